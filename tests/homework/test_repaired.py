"""The broken program of problem set 5: each fault is judged alone, and its curve says little about it."""

import itertools

import nbformat
import numpy as np
import pytest

from pgcourse.homework.public import corridor_utility, simulate_corridor
from tests.support.course import SOLUTIONS, catalogue_of, cell, notebook_path

PS = "ps5_reward_to_go"
PS5 = catalogue_of(PS)
REPAIRED = PS5.repaired
KNOWN = {known.name: known for known in REPAIRED.mistakes}
SENTENCES = {"runs on": PS5.RUNS_ON, "order": PS5.WRONG_REWARDS, "discount": PS5.WRONG_FACTOR}


def program(faults):
    """Return the program with some of its three faults."""

    def repaired(simulate, theta, step_size, num_iterations, discount, rng):
        for _ in range(num_iterations):
            scores, rewards = simulate(theta, rng)
            gradient, trace = np.zeros(len(theta)), np.zeros(len(theta))
            for i in range(len(rewards)):
                trace = trace if "runs on" in faults else np.zeros(len(theta))
                for k in range(rewards.shape[1]):
                    before, kept = trace, discount if "discount" in faults else 1
                    trace = kept * trace + scores[i, k]
                    factor = 1 if "discount" in faults else discount**k
                    gradient += factor * rewards[i, k] * (before if "order" in faults else trace)
            theta = theta + step_size * gradient / len(rewards)
        return theta

    return repaired


SUBSETS = [faults for size in range(4) for faults in itertools.combinations(SENTENCES, size)]


@pytest.mark.parametrize("faults", SUBSETS, ids=", ".join)
def test_each_fault_costs_its_own_point_and_is_named(faults):
    for verdict in (REPAIRED.visible_verdict(program(faults)), REPAIRED.hidden_verdict(program(faults))):
        assert verdict.correct == (not faults)
        assert verdict.share == pytest.approx(1 - len(faults) / 3)
        assert [name for name, sentence in SENTENCES.items() if sentence in verdict.message] == list(faults)


def test_the_notebook_hands_out_the_program_with_all_three():
    space = {"np": np}
    exec(cell(nbformat.read(SOLUTIONS / notebook_path(PS), as_version=4), "broken").source, space)
    rng = np.random.default_rng(0)
    batch = rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 4))
    programs = [space["broken"], KNOWN["as it was"].function, program(SENTENCES)]
    handed, *others = (broken(lambda *_: batch, np.ones(2), 0.1, 2, 0.7, rng) for broken in programs)
    for other in others:
        np.testing.assert_allclose(handed, other)


def reached(function, num_runs=8):
    """Return the mean exact utility in the corridor after 40 iterations with the discount 0.9."""
    start, rngs = np.zeros(8), map(np.random.default_rng, range(num_runs))
    return corridor_utility(np.array([function(simulate_corridor, start, 0.5, 40, 0.9, rng) for rng in rngs])).mean()


@pytest.mark.slow
def test_it_learns_a_little_and_one_repair_alone_gives_the_curve_of_all():
    """The numbers of the task's text; one run with all faults has the standard deviation 0.055, and others 0.006."""
    assert reached(program(SENTENCES), 100) == pytest.approx(0.11, abs=0.025)
    assert reached(REPAIRED.truth) == pytest.approx(0.70, abs=0.02)
    assert reached(program(["runs on", "discount"])) == pytest.approx(0.71, abs=0.02)


@pytest.mark.parametrize("name", ["draws with the first theta", "draws but once", "moves by earlier batches"])
def test_a_new_fault_earns_nothing(name):
    verdict = REPAIRED.visible_verdict(KNOWN[name].function)
    assert (verdict.kind, verdict.share) == ("wrong", 0)


def test_what_is_right_in_one_iteration_alone_is_found_out():
    """The weights are read off from single iterations, which the program can count."""

    def two_faced(simulate, theta, step_size, num_iterations, discount, rng):
        chosen = program(() if num_iterations == 1 else SENTENCES)
        return chosen(simulate, theta, step_size, num_iterations, discount, rng)

    verdict = REPAIRED.visible_verdict(two_faced)
    assert (verdict.kind, verdict.share) == ("wrong", 0)


def test_what_tells_unit_scores_from_others_is_found_out():
    def two_faced(simulate, theta, step_size, num_iterations, discount, rng):
        for _ in range(num_iterations):
            scores, _ = batch = simulate(theta, rng)
            honest = program(() if set(np.unique(scores)) == {0, 1} else SENTENCES)
            theta = honest(lambda *_, batch=batch: batch, theta, step_size, 1, discount, rng)
        return theta

    verdict = REPAIRED.visible_verdict(two_faced)
    assert (verdict.kind, verdict.share) == ("wrong", 0)
