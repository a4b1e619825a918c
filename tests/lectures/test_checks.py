"""Checkpoints: right answers pass, each known mistake is rejected and named, and no message shows the answer."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from pgcourse import checkpoints
from pgcourse.checkpoints import Checkpoint, checkpoint
from pgcourse.homework.compare import type_problem

ALL = [
    pytest.param(question, id=f"{lecture}.{name}")
    for lecture in dir(checkpoints)
    for name, question in vars(getattr(checkpoints, lecture)).items()
    if isinstance(question, Checkpoint)
] + [pytest.param(checkpoints.zeroth_order.elite_mean, id="of version 0.1")]


def answer_like(question, function):
    """Give a student's answer that returns what function does: a number or, where there are inputs, a function."""
    return function() if question.is_number else function


def by_parts(function, value):
    """Apply a function to a value, or to each part of a tuple."""
    return tuple(map(function, value)) if isinstance(value, tuple) else function(value)


@pytest.mark.parametrize("question", ALL)
def test_the_truth_is_correct_in_many_guises(question):
    assert question(answer_like(question, question.truth)).correct
    for guise in (np.asarray, np.float64, lambda x: np.asarray(x).tolist()):
        truth = question.truth(*question.visible[0])
        if guise is np.float64 and (isinstance(truth, tuple) or np.ndim(truth)):
            continue
        assert question(answer_like(question, lambda *a, guise=guise: by_parts(guise, question.truth(*a)))).correct


@pytest.mark.parametrize("question", ALL)
def test_every_mistake_is_named(question):
    assert question.mistakes
    for mistake in question.mistakes:
        verdict = question(answer_like(question, mistake.function))
        assert verdict.kind == "wrong"
        assert mistake.sentence in verdict.message


@pytest.mark.parametrize("question", ALL)
def test_mistakes_differ_from_each_other(question):
    outputs = [
        [by_parts(lambda part: np.asarray(part).tolist(), known.function(*a)) for a in question.visible]
        for known in question.mistakes
    ]
    for one, other in itertools.combinations(outputs, 2):
        assert one != other


@pytest.mark.parametrize("question", ALL)
def test_not_answered_yet(question):
    for answer in (..., None, *([] if question.is_number else [lambda *a: ...])):
        assert question(answer).kind == "unanswered"


def test_questions_of_lectures_have_no_points_and_nothing_hidden():
    assert {(param.values[0].points, len(param.values[0].hidden)) for param in ALL} == {(0, 0)}


@checkpoint(reread="section 1", inputs=[(np.array([1.0, 2.0]),), (np.array([3.0, 4.0]),)])
def double(x):
    return 2 * x


@double.mistake("This is the square.")
def square(x):
    return x**2


@double.mistake("This changes x.")
def triple(x):
    return 3 * x


@checkpoint(reread="section 1")
def half():
    return 0.5


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
        (lambda x: print(2 * x), "shape", "double([1., 2.]) returns nothing: end the function with return, since"),
        (lambda x: Fraction(5), "shape", "is a Fraction: make it a float, as float(...) does"),
        ([2.0, 4.0], "shape", "double is a list and not a function: define it with def."),
    ],
)
def test_kinds_of_verdict(answer, kind, words):
    verdict = double(answer)
    assert verdict.kind == kind
    assert words in verdict.message


ARRAY, PAIR = np.zeros(2), (np.zeros(2), 0.0)


@pytest.mark.parametrize(
    ("output", "wanted", "words"),
    [
        (5, ARRAY, "is an int and not a NumPy array of numbers"),
        (True, ARRAY, "is a bool and not a NumPy array of numbers"),
        (10**30, 0.0, "is a whole number of more than 64 bits"),
        (1j, 0.0, "is a complex number and not a real number"),
        (np.complex128(1), ARRAY, "is a complex number and not a NumPy array of real numbers"),
        (ARRAY + 1j, ARRAY, "is an array of complex numbers and not a NumPy array of real numbers"),
        (np.array([1.0, None]), ARRAY, "is an array of objects and not a NumPy array of numbers"),
        (np.array(["1", "2"]), ARRAY, "is an array of text and not a NumPy array of numbers"),
        ([1.0, None], ARRAY, "is a list of objects and not a NumPy array of numbers"),
        ([1.0, 2.0], ARRAY, "is a list and not a NumPy array of numbers"),
        (np.zeros(4), PAIR, "is an array of shape (4,), but should be a tuple of 2"),
        ([0.0] * 4, PAIR, "is a list of 4, but should be a tuple of 2"),
        (0.0, PAIR, "is a float, but should be a tuple of 2"),
        (
            (ARRAY + 1j, 0.0),
            PAIR,
            "has a part that is an array of complex numbers and not a NumPy array of real numbers",
        ),
    ],
)
def test_a_wrong_type_is_called_what_it_is(output, wanted, words):
    assert type_problem(output, wanted, strict=True) == words


@checkpoint(reread="section 1", inputs=[(2.0,), (3.0,)])
def fourfold(x):
    return 4 * x


@fourfold.mistake("This is the square.")
def squared(x):
    return x**2


@fourfold.mistake("This is the double.")
def doubled(x):
    return 2 * x


def test_what_has_the_wrong_type_is_told_the_mistake_that_it_makes_on_all_inputs():
    message = fourfold(lambda x: Fraction(2 * x)).message
    assert "is a Fraction: make it a float" in message
    assert "This is the double." in message
    assert "This is the square." not in message
    assert "This is" not in fourfold(lambda x: Fraction(4 * x)).message


def test_a_list_of_one_is_not_a_number_and_the_message_says_so_in_words():
    verdict = half([0.5])
    assert verdict.kind == "shape"
    assert verdict.message == "half has shape (1,), but should be a single number. Reread section 1."


def test_in_place_changes_of_the_input_do_not_spoil_the_check():
    def in_place(x):
        x *= 2
        return x

    assert double(in_place).correct
    assert double(lambda x: 2 * x).correct


def test_not_implemented_is_not_an_error():
    def stub(x):
        raise NotImplementedError

    assert double(stub).kind == "unanswered"


def test_a_message_with_markup_is_escaped():
    def rude(x):
        raise ValueError("<script>alert(1)</script>")

    bundle = double(rude)._repr_mimebundle_()
    assert "<script>" not in bundle["text/html"]
    assert bundle["text/plain"].startswith("✗ double")
