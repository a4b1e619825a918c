"""Answers that no catalogue knows: a wrong one is not correct, and is told its own mistake or none."""

import pytest

from pgcourse.checkpoints import log_derivative


def told(question, answer):
    """Return the names of the mistakes whose sentences a wrong answer is told."""
    verdict = question(answer)
    assert not verdict.correct, verdict.message
    return [known.name for known in question.mistakes if known.sentence in verdict.message]


# Lecture 4


@pytest.mark.parametrize("chosen", [0, 1, 2, -1, -2, "argmax", "argmin"])
def test_the_index_of_the_drawn_action_cannot_be_written_into_the_code(chosen):
    def softmax_score(probabilities, action):
        score = -probabilities
        score[getattr(probabilities, chosen)() if isinstance(chosen, str) else chosen] += 1
        return score

    assert told(log_derivative.softmax_score, softmax_score) == []
