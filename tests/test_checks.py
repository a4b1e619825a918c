"""Checks: every right answer passes, every known mistake is rejected and named, and no message shows the answer."""

import itertools
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

from pgcourse import checkpoints
from pgcourse.homework.compare import Check, Mistake

ALL = [
    pytest.param(check, id=f"{module.name}.{name}")
    for module in iter_modules(checkpoints.__path__)
    for name, check in vars(import_module(f"pgcourse.checkpoints.{module.name}")).items()
    if isinstance(check, Check)
]


def answer_like(check, function):
    """Give a student's answer that returns what function does: a number or, where there are inputs, a function."""
    return function if check.inputs != ((),) else function()


@pytest.mark.parametrize("check", ALL)
def test_the_truth_is_correct_in_many_guises(check):
    assert check(answer_like(check, check.truth)).correct
    for guise in (np.asarray, np.float64, lambda x: np.asarray(x).tolist()):
        if guise is np.float64 and np.ndim(check.truth(*check.inputs[0])):
            continue
        assert check(answer_like(check, lambda *a, guise=guise: guise(check.truth(*a)))).correct


@pytest.mark.parametrize("check", ALL)
def test_every_mistake_is_named(check):
    assert check.mistakes
    for mistake in check.mistakes:
        verdict = check(answer_like(check, mistake.make))
        assert verdict.kind == "wrong"
        assert mistake.sentence in verdict.message


@pytest.mark.parametrize("check", ALL)
def test_mistakes_differ_from_each_other(check):
    outputs = [[np.asarray(m.make(*a)).tolist() for a in check.inputs] for m in check.mistakes]
    for one, other in itertools.combinations(outputs, 2):
        assert one != other


@pytest.mark.parametrize("check", ALL)
def test_not_answered_yet(check):
    for answer in (..., None, *([lambda *a: ..., lambda *a: None] if check.inputs != ((),) else [])):
        assert check(answer).kind == "unanswered"


CHECK = Check(
    "double",
    lambda x: 2 * x,
    (Mistake("This is the square.", lambda x: x**2), Mistake("This changes x.", lambda x: 3 * x)),
    "section 1",
    ((np.array([1.0, 2.0]),), (np.array([3.0, 4.0]),)),
)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (lambda x: 2 * x + 1e-3, "wrong", "double([1., 2.]) gave [2.001, 4.001], which is not right. Reread section"),
        (lambda x: x**2, "wrong", "double([1., 2.]) gave [1., 4.], which is not right. This is the square. Reread"),
        (lambda x: 2 * x[0], "shape", "has shape (), but should have shape (2,)"),
        (lambda x: [[1], [2, 3]], "shape", "is a ragged list"),
        (lambda x: "two", "shape", "is a str and not a NumPy array of numbers"),
        (lambda x: x * np.nan, "wrong", "gave [nan, nan]"),
        (lambda x: x.nothing, "error", "double([1., 2.]) stops with AttributeError"),
        (lambda: 1, "error", "stops with TypeError"),
        ([2.0, 4.0], "shape", "double is list and not a function: define it with def."),
    ],
)
def test_kinds_of_verdict(answer, kind, words):
    verdict = CHECK(answer)
    assert verdict.kind == kind
    assert words in verdict.message


def test_a_list_of_one_is_not_a_number_and_the_message_says_so_in_words():
    verdict = Check("half", lambda: 0.5)([0.5])
    assert verdict.kind == "shape"
    assert verdict.message == "half has shape (1,), but should be a single number."


def test_in_place_changes_of_the_input_do_not_spoil_the_check():
    def in_place(x):
        x *= 2
        return x

    assert CHECK(in_place).correct
    assert CHECK(lambda x: 2 * x).correct


def test_not_implemented_is_not_an_error():
    def stub(x):
        raise NotImplementedError

    assert CHECK(stub).kind == "unanswered"


def test_a_message_with_markup_is_escaped():
    def rude(x):
        raise ValueError("<script>alert(1)</script>")

    bundle = CHECK(rude)._repr_mimebundle_()
    assert "<script>" not in bundle["text/html"]
    assert bundle["text/plain"].startswith("✗ double")
