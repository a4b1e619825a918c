"""The controls of live figures. All can be used from the keyboard, and all look alike.

    slider("θ", 0.2, -0.2, 1.2, 0.01)             a number
    integer("decisions", 5, 1, 20)                a whole number
    log_slider("trajectories m", 1e3, 1, 1e6)     a number over several powers of ten
    steps("trajectories m", [10, 100, 1000])      one of several values, in order
    choice("estimator", ["total", "to go"])       one of a few words
    toggle("show the baseline")                   yes or no
    button("Pull the left arm")                   how often it was pressed
    luck()                                        the seed, by the button "New luck"

A control knows the positions at which it can stand, a label and a value for each: what draws it needs no more.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:  # live imports this module
    from pgcourse.figures.live import LiveFigure

Options: TypeAlias = Sequence[Any]
"""Values, or (label, value) pairs."""

ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
"""First digits of the values of a `log_slider`."""
DECIMALS = 12  # of a slider's values: 0.3, not 0.30000000000000004


class Control:
    """What a reader can change in a figure; made by one of the functions below.

    Attributes
    ----------
    kind : str
        "slider", "choice", "toggle" or "button".
    description : str
        The words beside it.
    values, labels : list
        What it can be, and the words for that, position by position. A button has none: its value is its position.
    changed : callable
        Called when `value` has changed; the figure that shows the control sets it.
    """

    def __init__(self, kind: str, description: str, values: Sequence[Any], labels: Sequence[str], value: Any) -> None:
        self.kind, self.description = kind, description
        self.values, self.labels = list(values), list(labels)
        self.changed: Callable[[], None] = lambda: None
        self._value = self._checked(value)

    @property
    def value(self) -> Any:
        """What it is now. To set a value that it cannot take is a ValueError."""
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        before, self._value = self._value, self._checked(value)
        if self._value != before:
            self.changed()

    @property
    def position(self) -> int:
        """Where it stands, counted from 0."""
        return self.values.index(self._value)

    @property
    def text(self) -> str:
        """The words for its value, if that lies between two positions; else an empty string."""
        return ""

    def move(self, position: int) -> None:
        """Move it to a position, as a reader does; a value between two positions stays if it does not move."""
        if position != self.position:
            self.value = self.values[position]

    def _checked(self, value: Any) -> Any:
        if value not in self.values:
            raise ValueError(f"{self.description!r} cannot take the value {value!r}")
        return self.values[self.values.index(value)]


class NumberSlider(Control):
    """A slider over numbers in rising order; code may give it any number between its ends."""

    def __init__(self, description: str, value: float, values: Sequence[float], format: str) -> None:
        self.format = format
        labels = [f"{number:{format}}" for number in values]
        super().__init__("slider", description, values, labels, value)

    @property
    def position(self) -> int:
        """The position nearest to its value."""
        after = bisect.bisect_left(self.values, self._value)
        around = range(max(after - 1, 0), min(after + 1, len(self.values)))
        return min(around, key=lambda i: abs(self.values[i] - self._value))

    @property
    def text(self) -> str:
        """Its value in its format, if that lies between two positions; else an empty string."""
        return "" if self._value == self.values[self.position] else f"{self._value:{self.format}}"

    def _checked(self, value: Any) -> Any:
        low, high = self.values[0], self.values[-1]
        try:
            taken = type(low)(value)
            fits = math.isclose(taken, value) and math.isclose(taken, min(max(taken, low), high), abs_tol=1e-12)
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise ValueError(f"{self.description!r} cannot take the value {value!r}")
        return min(max(taken, low), high)


class CountingButton(Control):
    """A button whose value counts its presses, starting from a given number."""

    def __init__(self, description: str, value: int) -> None:
        super().__init__("button", description, (), (), value)

    @property
    def position(self) -> int:
        """Its value."""
        return int(self._value)

    def click(self) -> None:
        """Press it once."""
        self.value += 1

    def move(self, position: int) -> None:
        """Count up to `position`."""
        self.value = position

    def _checked(self, value: Any) -> int:
        if not isinstance(value, int):
            raise ValueError(f"{self.description!r} cannot take the value {value!r}")
        return value


class Luck(CountingButton):
    """The button of a seed: what a figure draws depends on where it stands, and not on how it came there."""


def slider(description: str, value: float, low: float, high: float, step: float, format: str = ".2f") -> NumberSlider:
    """Make a slider for a number.

    Parameters
    ----------
    description : str
        The words beside the slider.
    value : float
        Where it starts.
    low, high : float
        Its ends, both included.
    step : float
        The distance between neighbouring values.
    format : str
        Format of the number shown beside it.
    """
    return NumberSlider(description, float(value), [float(number) for number in _grid(low, high, step)], format)


def integer(description: str, value: int, low: int, high: int, step: int = 1) -> NumberSlider:
    """Make a slider for a whole number; the parameters are those of `slider`."""
    return NumberSlider(description, value, [int(number) for number in _grid(low, high, step)], "d")


def log_slider(description: str, value: float, low: float, high: float) -> NumberSlider:
    """Make a slider for a positive number, with ten steps of about equal ratio from a value to ten times that value.

    All its values are round numbers, so that what it shows is what is used.

    Parameters
    ----------
    description, value, low, high
        As for `slider`; each of the numbers is a power of ten times a number of ROUND.

    Raises
    ------
    ValueError
        Unless 0 < low < high, and for a value or an end that is not round.
    """
    if not 0 < low < high:
        raise ValueError(f"the log slider {description!r} cannot run from {low} to {high}: choose 0 < low < high")
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [number for k in decades for digits in ROUND if low <= (number := float(f"{digits}e{k}")) <= high]
    for number in (value, low, high):
        if number not in values:
            raise ValueError(
                f"the log slider {description!r} has no {number:g}: choose a power of ten times one of "
                f"{', '.join(map(str, ROUND))}"
            )
    return NumberSlider(description, float(value), values, "g")


def steps(description: str, options: Options, value: Any = None) -> Control:
    """Make a slider over several values, in the order in which they are given.

    Parameters
    ----------
    description : str
        The words beside the slider.
    options : sequence
        The values, or (label, value) pairs.
    value : object, optional
        The value at which it starts: without it, the first.
    """
    return _of_options("slider", description, options, value)


def choice(description: str, options: Options, value: Any = None) -> Control:
    """Make a row of buttons, one of which is pressed; the parameters are those of `steps`."""
    return _of_options("choice", description, options, value)


def toggle(description: str, value: bool = False) -> Control:
    """Make a checkbox."""
    return Control("toggle", description, (False, True), ("no", "yes"), value)


def button(description: str, value: int = 0) -> CountingButton:
    """Make a button whose value is the number of presses, counted from `value`."""
    return CountingButton(description, value)


def luck(seed: int = 0) -> Luck:
    """Make the button "New luck", whose value is the seed: each press adds one.

    Moving another control keeps the seed, so that the picture changes only because a parameter did.
    """
    return Luck("New luck", seed)


def ends(control: Control) -> list[Any]:
    """Return the extreme values of a control: the ends of a slider, every option, or one more press of a button."""
    if isinstance(control, NumberSlider):
        return [control.values[0], control.values[-1]]
    return list(control.values) or [control.value + 1]


def corners(figure: LiveFigure) -> Iterator[dict[str, Any]]:
    """Yield the settings of a figure's controls at which a demo is most likely to break.

    Use as ``for values in corners(figure): figure.set(**values)``.

    Parameters
    ----------
    figure : LiveFigure

    Yields
    ------
    dict of str to object
        A value for each control: first the present ones; then each control alone at each of its `ends`; then all
        combinations of the ends of up to four controls, or of every pair of controls if there are more.
    """
    start = figure.values
    extremes = {name: ends(control) for name, control in figure.inputs.items()}
    yield start
    for name, values in extremes.items():
        for value in values:
            yield start | {name: value}
    # All combinations of n controls are 2**n settings: too many to draw when n is large.
    for names in itertools.combinations(extremes, len(extremes) if len(extremes) <= 4 else 2):
        for combination in itertools.product(*(_outer(extremes[name]) for name in names)):
            yield start | dict(zip(names, combination, strict=True))


def check(name: str, control: Control) -> None:
    """Check that a control was made here, so that it can be used from the keyboard, and is described.

    Parameters
    ----------
    name : str
        The control's name in the messages.
    control : Control

    Raises
    ------
    TypeError
        If it was not made by a function of this module.
    ValueError
        If its description is empty.
    """
    if not isinstance(control, Control):
        raise TypeError(
            f"control {name!r} is a {type(control).__name__}, which the figure cannot draw: "
            "make it with a function of pgcourse.figures.controls"
        )
    if not control.description.strip():
        raise ValueError(f"control {name!r} has no description: say what it changes")


def _grid(low: float, high: float, step: float) -> list[float]:
    """Return low, low + step, ... and high, which is the last value whether a step ends there or not."""
    count = math.ceil((high - low) / step - 1e-9)
    return [*(round(low + step * k, DECIMALS) for k in range(count)), high]


def _of_options(kind: str, description: str, options: Options, value: Any) -> Control:
    pairs = [option if isinstance(option, tuple) else (str(option), option) for option in options]
    labels, values = zip(*pairs, strict=True)
    return Control(kind, description, values, labels, values[0] if value is None else value)


def _outer(values: list[Any]) -> list[Any]:
    return values if len(values) < 2 else [values[0], values[-1]]
