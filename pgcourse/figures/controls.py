"""The controls of live figures. All can be used from the keyboard, and all look alike.

    slider("θ", 0.2, -0.2, 1.2, 0.01)             a number
    integer("decisions", 5, 1, 20)                a whole number
    log_slider("trajectories m", 1e3, 1, 1e6)     a number over several powers of ten
    steps("trajectories m", [10, 100, 1000])      one of several values, in order
    choice("estimator", ["total", "to go"])       one of a few words
    toggle("show the baseline")                   yes or no
    button("Pull the left arm")                   how often it was pressed
    luck()                                        the seed; the button "New luck" moves on to the next one

Dropdowns, lists and radio buttons are left out: in JupyterLab they cannot be used from the keyboard alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import ipywidgets as widgets
import traitlets

if TYPE_CHECKING:  # live imports this module
    from pgcourse.figures.live import LiveFigure

Control: TypeAlias = widgets.DOMWidget
"""A widget of ipywidgets with a `value` and a `description`, made by one of the functions below."""
Options: TypeAlias = Sequence[Any]
"""Values, or (label, value) pairs."""

SLIDER_WIDTH = 18  # em, without the description
LETTER_WIDTH = 0.6  # em, roughly
ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
"""First digits of the values of a `log_slider`."""
NATURAL = {"width": "auto", "max_width": "100%"}


class CountingButton(widgets.Button):
    """A button whose `value` counts its presses, starting from a given number."""

    value = traitlets.Int(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_click(self._count)

    def _count(self, _button: widgets.Button) -> None:
        self.value += 1


class LogSlider(widgets.SelectionSlider):
    """A slider over round numbers; made by `log_slider`."""


SLIDERS = (widgets.IntSlider, widgets.FloatSlider, widgets.SelectionSlider)
ALLOWED = (*SLIDERS, widgets.ToggleButtons, widgets.Checkbox, CountingButton)


def slider(
    description: str, value: float, low: float, high: float, step: float, format: str = ".2f"
) -> widgets.FloatSlider:
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
    return widgets.FloatSlider(value, min=low, max=high, step=step, description=description, readout_format=format)


def integer(description: str, value: int, low: int, high: int, step: int = 1) -> widgets.IntSlider:
    """Make a slider for a whole number; the parameters are those of `slider`."""
    return widgets.IntSlider(value, min=low, max=high, step=step, description=description)


def log_slider(description: str, value: float, low: float, high: float) -> LogSlider:
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
    return LogSlider(options=[(f"{number:g}", number) for number in values], value=value, description=description)


def steps(description: str, options: Options, value: Any = None) -> widgets.SelectionSlider:
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
    return widgets.SelectionSlider(options=options, value=_start(options, value), description=description)


def choice(description: str, options: Options, value: Any = None) -> widgets.ToggleButtons:
    """Make a row of buttons, one of which is pressed; the parameters are those of `steps`."""
    return widgets.ToggleButtons(
        options=options,
        value=_start(options, value),
        description=description,
        style={"button_width": "auto", "description_width": "auto"},
        layout=dict(NATURAL),
    )


def toggle(description: str, value: bool = False) -> widgets.Checkbox:
    """Make a checkbox."""
    return widgets.Checkbox(value, description=description, indent=False, layout=dict(NATURAL))


def button(description: str, value: int = 0) -> CountingButton:
    """Make a button whose value is the number of presses, counted from `value`."""
    return CountingButton(value=value, description=description, layout=dict(NATURAL))


def luck(seed: int = 0) -> CountingButton:
    """Make the button "New luck", whose value is the seed: each press adds one.

    Moving another control keeps the seed, so that the picture changes only because a parameter did.
    """
    new_luck = button("New luck", seed)
    new_luck.tooltip = "Draw again with the next seed"
    return new_luck


def ends(control: Control) -> list[Any]:
    """Return the extreme values of a control: the ends of a slider, every option, or one more press of a button."""
    if isinstance(control, LogSlider):
        return [_values(control.options)[0], _values(control.options)[-1]]
    if isinstance(control, (widgets.IntSlider, widgets.FloatSlider)):
        return [control.min, control.max]
    if isinstance(control, (widgets.SelectionSlider, widgets.ToggleButtons)):
        return _values(control.options)
    if isinstance(control, widgets.Checkbox):
        return [False, True]
    return [control.value + 1]


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
    """Check that a control can be used from the keyboard and is described.

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
    if not isinstance(control, ALLOWED):
        raise TypeError(
            f"control {name!r} is a {type(control).__name__}, which cannot be used from the keyboard in JupyterLab: "
            "make it with a function of pgcourse.figures.controls"
        )
    if not control.description.strip():
        raise ValueError(f"control {name!r} has no description: say what it changes")


def align(controls: Iterable[Control]) -> None:
    """Make the descriptions of the sliders among the controls as wide as the longest of them."""
    sliders = [control for control in controls if isinstance(control, SLIDERS)]
    room = 0.5 + LETTER_WIDTH * max((len(control.description) for control in sliders), default=0)
    for control in sliders:
        control.style.description_width = f"{room:.1f}em"
        control.layout.width, control.layout.max_width = f"{room + SLIDER_WIDTH:.1f}em", "100%"


def _outer(values: list[Any]) -> list[Any]:
    return values if len(values) < 2 else [values[0], values[-1]]


def _start(options: Options, value: Any) -> Any:
    return _values(options)[0] if value is None else value


def _values(options: Options) -> list[Any]:
    return [option[1] if isinstance(option, tuple) else option for option in options]
