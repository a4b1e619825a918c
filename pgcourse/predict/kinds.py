"""The kinds of predictions: decorators that make a `Prediction` of the function that says what is right.

    @number("mean reward U", digits=3)
    def utility():
        return CHANCE @ MEANS

    @utility.mistake("This is the plain mean: weight each arm by its probability.")
    def plain_mean():
        return MEANS.mean()

A number is compared with what the function returns, a choice with the label, a ranking with the labels in order of the
values in a dict, a point with two numbers. The function of a mistake returns an answer of the same form, and that of a
ranking a list of labels.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pgcourse.figures.question import Question, described

Truth: TypeAlias = Callable[[], Any]
Mark: TypeAlias = dict[str, Any]
CLOSER = 0.02  # how far a guess may be from the right number and still be right, relative to that number
MORE, LESS = "It is more than that.", "It is less than that."


class Prediction:
    """A question that is asked before what follows it is seen; calling it shows the question.

    Parameters
    ----------
    kind : {"number", "choice", "ranking", "point"}
    truth : callable
        What is right; its name is the question's.
    data : dict
        What `predict.js` needs besides the answers.
    answers : callable
        Returns, of what is right and of the mistakes with their sentences, what the front end compares with.
    """

    def __init__(
        self,
        kind: str,
        truth: Truth,
        data: dict[str, Any],
        answers: Callable[[Any, list[tuple[Any, str]]], dict[str, Any]],
    ) -> None:
        self.kind, self.truth, self._data, self._answers = kind, truth, data, answers
        self.name = f"{truth.__module__.rpartition('.')[2]}.{truth.__name__}"
        self._mistakes: list[tuple[Truth, str]] = []

    def mistake(self, sentence: str) -> Callable[[Truth], Truth]:
        """Decorate a function that returns the answer of a known mistake, with the sentence that is said of it."""

        def add(function: Truth) -> Truth:
            self._mistakes.append((function, sentence))
            return function

        return add

    def data(self) -> dict[str, Any]:
        """Return what the front end asks and what it knows of the answers."""
        return self._data | self._answers(self.truth(), [(wrong(), words) for wrong, words in self._mistakes])

    def asked(self) -> dict[str, Any]:
        """Return what `Question` and a page are told."""
        return described(self.name, self.kind, self.data())

    def __call__(self) -> Question:
        """Ask."""
        return Question(asked=self.asked())


def along(figure: str, coordinate: str, axes: int = 0, per: float = 1.0) -> Mark:
    """Say that a number is marked in a picture by a line.

    Parameters
    ----------
    figure : str
        Such as ``"left_right.variance"``.
    coordinate : {"x", "y"}
        What the number is there.
    axes : int
        Which of the picture's.
    per : float
        What it is multiplied by.
    """
    return {"figure": figure, "axes": axes, "along": coordinate, "per": per}


def at(figure: str, places: Sequence[Mapping[str, float]], axes: int = 0) -> Mark:
    """Say that a choice is marked in a picture: for each of the options `x`, `y` or both; others as for `along`."""
    return {"figure": figure, "axes": axes, "places": [dict(place) for place in places]}


def number(
    label: str,
    *,
    within: float = CLOSER,
    digits: int = 2,
    low: str = MORE,
    high: str = LESS,
    mark: Mark | None = None,
) -> Callable[[Truth], Prediction]:
    """Ask for a number.

    Parameters
    ----------
    label : str
        The words beside the field.
    within : float
        How far a guess may be from the right number and still be right, relative to that number.
    digits : int
        How many follow the decimal point in the answer that is shown.
    low, high : str
        What is said of a guess that is too low or too high, unless a mistake is known for it.
    mark : Mark, optional
        What `along` returns.
    """

    def answers(right: Any, mistakes: list[tuple[Any, str]]) -> dict[str, Any]:
        return {
            "right": float(right),
            "within": within * abs(float(right)),
            "known": [(float(value), words) for value, words in mistakes],
            "answer": f"It is {right:,.{digits}f}.".replace(",", " ").replace("-", "−"),
        }

    data = {"label": label, "low": low, "high": high, "mark": mark}
    return lambda truth: Prediction("number", truth, data, answers)


def choice(label: str, options: Mapping[str, str], *, mark: Mark | None = None) -> Callable[[Truth], Prediction]:
    """Ask for one of a few answers.

    Parameters
    ----------
    label : str
        The words beside the buttons.
    options : dict of str to str
        {answer: what is said of it}; that of the right one is never shown.
    mark : Mark, optional
        What `at` returns.
    """

    def answers(right: Any, _mistakes: list[tuple[Any, str]]) -> dict[str, Any]:
        return {"right": list(options).index(right), "answer": ""}

    data = {"label": label, "options": list(options), "sentences": list(options.values()), "mark": mark}
    return lambda truth: Prediction("choice", truth, data, answers)


def ranking(label: str, other: str, *, seed: int = 0) -> Callable[[Truth], Prediction]:
    """Ask for an order, from the smallest value to the largest.

    Parameters
    ----------
    label : str
        The words beside the buttons.
    other : str
        What is said of a wrong order for which no mistake is known.
    seed : int
        Of the order in which the page offers them.
    """

    def answers(right: Mapping[str, float], mistakes: list[tuple[Any, str]]) -> dict[str, Any]:
        ordered = sorted(right, key=right.__getitem__)
        options = random.Random(seed).sample(ordered, len(ordered))
        numbers = [[options.index(option) for option in order] for order in (ordered, *(m for m, _ in mistakes))]
        return {
            "options": options,
            "right": numbers[0],
            "known": [(order, words) for order, (_, words) in zip(numbers[1:], mistakes, strict=True)],
            "answer": f"The order is {', '.join(ordered)}.",
        }

    return lambda truth: Prediction("ranking", truth, {"label": label, "other": other}, answers)


def point(
    label: str,
    x: tuple[str, float, float],
    y: tuple[str, float, float],
    other: str,
    *,
    within: float = 0.06,
    figure: str = "",
    axes: int = 0,
) -> Callable[[Truth], Prediction]:
    """Ask for a point in a plane.

    Parameters
    ----------
    label : str
        The words beside it.
    x, y : tuple
        Name, lower and upper end of each axis.
    other : str
        What is said of a wrong point for which no mistake is known.
    within : float
        How far a guess may be from the right point and still be right, as a share of each axis.
    figure : str
        In which the point is marked, such as ``"zeroth_order.landscape"``.
    axes : int
        Which of the picture's.
    """

    def answers(right: Any, mistakes: list[tuple[Any, str]]) -> dict[str, Any]:
        return {
            "right": [float(number) for number in right],
            "known": [([float(number) for number in place], words) for place, words in mistakes],
            "answer": f"It is ({', '.join(f'{number:.2f}'.replace('-', '−') for number in right)}).",
        }

    data = {
        "label": label,
        "axes": [{"name": name, "from": low, "to": high} for name, low, high in (x, y)],
        "within": [within * (high - low) for _, low, high in (x, y)],
        "other": other,
        "mark": {"figure": figure, "axes": axes} if figure else None,
    }
    return lambda truth: Prediction("point", truth, data, answers)
