"""The controls of a live figure: all work from the keyboard, all look alike.

    slider("θ", 0.2, -0.2, 1.2, 0.01)             a number
    integer("decisions", 5, 1, 20)                a whole number
    log_slider("trajectories m", 1e3, 1, 1e6)     a number over several powers of ten
    steps("trajectories m", [10, 100, 1000])      one of a row of values, in order
    choice("estimator", ["total", "to go"])       one of a few words
    toggle("show the baseline")                   yes or no
    button("Pull the left arm")                   how often it was pressed
    luck()                                        the seed; the button "New luck" takes the next one

A dropdown, a list and radio buttons are left out: in JupyterLab they cannot be worked from the keyboard alone.
"""

import itertools
import math

import ipywidgets as widgets
import traitlets

SLIDER_WIDTH = 18  # em, without the description
LETTER_WIDTH = 0.6  # em, roughly
NATURAL = {"width": "auto", "max_width": "100%"}


class CountingButton(widgets.Button):
    """A button whose `value` counts its presses, starting from a given number."""

    value = traitlets.Int(0)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.on_click(self._count)

    def _count(self, _button):
        self.value += 1


SLIDERS = (widgets.IntSlider, widgets.FloatSlider, widgets.FloatLogSlider, widgets.SelectionSlider)
ALLOWED = (*SLIDERS, widgets.ToggleButtons, widgets.Checkbox, CountingButton)


def slider(description, value, low, high, step, format=".2f"):
    """Make a slider for a number from `low` to `high`; `format` is that of the number shown beside it."""
    return widgets.FloatSlider(value, min=low, max=high, step=step, description=description, readout_format=format)


def integer(description, value, low, high, step=1):
    """Make a slider for a whole number from `low` to `high`, both included."""
    return widgets.IntSlider(value, min=low, max=high, step=step, description=description)


def log_slider(description, value, low, high, steps_per_decade=10, format=".3g"):
    """Make a slider for a number from `low` to `high`, both above 0, with steps of equal ratio."""
    if not 0 < low < high:
        raise ValueError(f"{description}: the ends of a log slider are {low} and {high}; give 0 < low < high")
    return widgets.FloatLogSlider(
        value,
        min=math.log10(low),
        max=math.log10(high),
        step=1 / steps_per_decade,
        description=description,
        readout_format=format,
    )


def steps(description, options, value=None):
    """Make a slider over a row of values in order, or over (label, value) pairs; starts at the first, or at `value`."""
    return widgets.SelectionSlider(options=options, value=_start(options, value), description=description)


def choice(description, options, value=None):
    """Make a row of buttons of which one is down; `options` and `value` as for `steps`."""
    return widgets.ToggleButtons(
        options=options,
        value=_start(options, value),
        description=description,
        style={"button_width": "auto", "description_width": "auto"},
        layout=dict(NATURAL),
    )


def toggle(description, value=False):
    """Make a box to tick."""
    return widgets.Checkbox(value, description=description, indent=False, layout=dict(NATURAL))


def button(description, value=0):
    """Make a button; its value is the number of presses, counted from `value`."""
    return CountingButton(value=value, description=description, layout=dict(NATURAL))


def luck(seed=0):
    """Make the "New luck" button; its value is the seed, one more at each press.

    A redraw for another reason keeps the seed, so the picture moves because a parameter moved.
    """
    new_luck = button("New luck", seed)
    new_luck.tooltip = "Draw again with the next seed"
    return new_luck


def ends(control):
    """Return the extreme values of a control, in a list: the two ends, every option, or one more press."""
    if isinstance(control, widgets.FloatLogSlider):
        return [control.base**control.min, control.base**control.max]
    if isinstance(control, (widgets.IntSlider, widgets.FloatSlider)):
        return [control.min, control.max]
    if isinstance(control, (widgets.SelectionSlider, widgets.ToggleButtons)):
        return _values(control.options)
    if isinstance(control, widgets.Checkbox):
        return [False, True]
    return [control.value + 1]


def corners(figure):
    """Yield the settings of a figure's controls at which a demo is most likely to break.

    figure   a LiveFigure
    returns  dicts of one value per control: as it stands; each control alone at each of its `ends`; then all
             combinations of ends of up to four controls, or of every pair of controls if there are more

    Use as `for values in corners(figure): figure.set(**values)`.
    """
    start = figure.values
    extremes = {name: ends(control) for name, control in figure.inputs.items()}
    yield start
    for name, values in extremes.items():
        for value in values:
            yield start | {name: value}
    for names in itertools.combinations(extremes, len(extremes) if len(extremes) <= 4 else 2):
        for combination in itertools.product(*(_outer(extremes[name]) for name in names)):
            yield start | dict(zip(names, combination, strict=True))


def check(name, control):
    """Raise TypeError unless students can work the control from the keyboard, ValueError if it is not named."""
    if not isinstance(control, ALLOWED):
        raise TypeError(
            f"control {name!r} is a {type(control).__name__}, which the keyboard cannot work in JupyterLab; "
            "use one of pgcourse.figures.controls"
        )
    if not control.description.strip():
        raise ValueError(f"control {name!r} has no description; say beside it what it changes")


def align(sliders):
    """Give the sliders among the controls descriptions of one width, that of the longest."""
    sliders = [control for control in sliders if isinstance(control, SLIDERS)]
    room = 0.5 + LETTER_WIDTH * max((len(control.description) for control in sliders), default=0)
    for control in sliders:
        control.style.description_width = f"{room:.1f}em"
        control.layout.width, control.layout.max_width = f"{room + SLIDER_WIDTH:.1f}em", "100%"


def _outer(values):
    return values if len(values) < 2 else [values[0], values[-1]]


def _start(options, value):
    return _values(options)[0] if value is None else value


def _values(options):
    return [option[1] if isinstance(option, tuple) else option for option in options]
