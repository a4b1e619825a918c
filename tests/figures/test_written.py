"""A reader's function in a picture: a right one is drawn, and whatever else it does, one sentence says so."""

import functools
import signal
import time

import numpy as np
import pytest
from matplotlib.layout_engine import ConstrainedLayoutEngine

import pgcourse as pg
from pgcourse import checkpoints
from pgcourse.figures import written
from pgcourse.figures.vectors import Vectors
from tests.figures.test_demos import ALL

PICTURES = [param for param in ALL if checkpoints.right_answers(param.values[0])]


def endless(*_):
    while True:
        pass


def shadowing(*_):
    raise SystemExit


def not_begun(*_):
    raise NotImplementedError


HOSTILE = [
    (..., written.NOT_YET),
    (None, written.NOT_YET),
    (lambda *_: ..., written.NOT_YET),
    (not_begun, written.NOT_YET),
    (lambda *_: None, "returns nothing: end it with return."),
    (lambda *_: 1 / 0, "stops with ZeroDivisionError: division by zero."),
    (lambda: 0, "stops with TypeError"),
    (shadowing, "shadowing stops with SystemExit"),
    (lambda *_: "text", "returns a str and not "),
    (lambda *_: [[1], [2, 3]], "returns "),
    (lambda *_: np.zeros((7, 7, 7)), "returns "),
    (3.0, "What should be a function is a float: define it with def."),
]


@pytest.mark.parametrize(("function", "words"), HOSTILE)
def test_whatever_a_function_does_one_sentence_says_so(function, words):
    result, sentence = written.attempt(lambda: written.call(function, np.ones(2), shape=(2,)))
    assert result is None
    assert words in sentence


@pytest.fixture
def anywhere(monkeypatch):
    """Leave the axes where they are: many pictures are drawn, and to find the places takes nearly half of the time."""
    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", lambda *_: None)
    monkeypatch.setattr(Vectors, "parts", lambda *_: {})


@functools.cache
def right_caption(demo):
    """Return what a picture says of the right function."""
    return demo(*checkpoints.right_answers(demo)).caption_text


@pytest.mark.slow
@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("demo", PICTURES)
def test_a_picture_survives_any_function(demo, monkeypatch):
    right = right_caption(demo)
    monkeypatch.setattr(written, "SECONDS", 0.1)
    for function, words in (*HOSTILE[::4], (endless, "Stopped after computing for 0.1 seconds")):
        live = demo(function)
        assert live.error_text == "", function
        assert words in live.caption_text, live.caption_text
        assert live.caption_text != right
    assert live.png()


@pytest.mark.slow
@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("demo", PICTURES)
def test_a_picture_shows_that_a_mistake_is_one(demo):
    """At the setting at which the picture opens, for one of the known mistakes at least; and none breaks it."""
    question = getattr(getattr(checkpoints, demo.__module__.rpartition(".")[2]), demo.__name__)
    captions = []
    for known in question.mistakes:
        live = demo(known.function)
        assert live.error_text == "", known.name
        captions.append(live.caption_text)
    assert set(captions) - {right_caption(demo)}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(written.Unusable, match="not finite"):
        written.call(lambda: [1.0, value], shape=(2,))


def test_a_function_cannot_spoil_the_arrays_that_it_is_given():
    theta = np.ones(2)

    def in_place(theta):
        theta += 1
        return theta

    assert written.call(in_place, theta, shape=(2,)).tolist() == [2, 2]
    assert theta.tolist() == [1, 1]


def test_a_time_limit_ends_and_leaves_no_timer_behind():
    handler = signal.getsignal(signal.SIGVTALRM)
    start = time.process_time()
    result, sentence = written.attempt(endless, seconds=0.05)
    assert result is None
    assert "a loop without an end?" in sentence
    assert time.process_time() - start < written.SECONDS
    assert signal.getsignal(signal.SIGVTALRM) is handler
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_a_check_does_not_wait_for_a_loop_without_an_end(monkeypatch):
    monkeypatch.setattr(written, "SECONDS", 0.05)
    verdict = checkpoints.policy_gradient.reinforce(endless)
    assert (verdict.kind, verdict.message[:26]) == ("error", "reinforce: Stopped after c")


def test_a_fit_without_a_covariance_is_said_in_a_sentence():
    live = pg.demos.zeroth_order.fit(lambda population, *_: (population[0], np.diag([1.0, -1.0])))
    assert live.error_text == ""
    assert "covariance must be symmetric with no negative eigenvalue" in live.caption_text
