"""Live figures: move a slider and the picture follows, fast enough to play with.

A demo is a function that builds a `LiveFigure` and returns it:

    @demo
    def variance():
        live = LiveFigure(alt="Variance of the gradient sample against the baseline")
        ax = live.axes[0]
        ax.set(xlim=(0, 3), ylim=(0, 10), xlabel="baseline", ylabel="variance")
        ax.plot(b, exact_variance(b), label="exact", **style.EXACT)           # stands still
        dot = live.moving(ax.plot([], [], **style.MARK))                      # moves

        @live.controls(baseline=slider("baseline", 0, 0, 3, 0.1), seed=luck())
        def update(baseline, seed):
            dot[0].set_data([baseline], [exact_variance(baseline)])
            return f"With the baseline {baseline:.1f} the variance is {exact_variance(baseline):.2f}."

        live.presets({"none": {"baseline": 0}, "best": {"baseline": 1.2}})
        return live

`update` takes one argument per control, changes artists in place and returns the caption: the numbers in words, which
a screen reader speaks. Artists registered with `moving` are drawn over a stored picture of all the others. Anything
else may change too - axis limits, ticks, a title - but each such change, even to the same value, costs a full drawing,
which is several times slower; `full_draws` counts them. Moving artists lie over those that stand still: register a
curve that must stay on top of a moving histogram as moving as well.

A test or a script works a live figure without a browser:

    live.set(baseline=1.2)
    live.caption_text, live.error_text, live.png()
"""

import functools
import inspect
import math

import numpy as np
import traitlets
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pgcourse.figures import controls, png, style
from pgcourse.figures.panel import Panel
from pgcourse.figures.progress import progress

OVERSAMPLING = 1.5  # picture pixels per CSS pixel: sharp enough on a dense screen, quick enough to send


def demo(function):
    """Make `function`, which returns a LiveFigure, run in the course's style."""

    @functools.wraps(function)
    def styled(*args, **kwargs):
        with style.context():
            return function(*args, **kwargs)

    styled.is_demo = True
    return styled


class LiveFigure:
    """A matplotlib figure that follows its controls.

    alt            what the picture shows: one sentence for readers who cannot see it
    nrows, ncols   grid of axes; `axes` is the list of them, row by row
    width, height  inches of 96 CSS pixels in study size; a notebook page is about 9 wide
    subplots       further arguments of `Figure.subplots`, such as `sharey=True` or `width_ratios=[2, 1]`

    Raises ValueError when `alt` is empty.
    """

    def __init__(self, alt, *, nrows=1, ncols=1, width=9.0, height=3.6, **subplots):
        if not alt.strip():
            raise ValueError("alt is empty; say in one sentence what the picture shows")
        self.alt, self.size = alt, style.size()
        self.inputs = {}
        self._moving, self._background = [], None
        self.full_draws = 0
        self._update, self._held, self._displayed = None, False, False
        pixels = style.CSS_PIXELS_PER_INCH * style.magnification(self.size)
        with style.context(self.size):
            self.figure = Figure(figsize=(width, height), dpi=pixels * OVERSAMPLING, layout="constrained")
            self.axes = list(self.figure.subplots(nrows, ncols, squeeze=False, **subplots).flat)
        self.canvas = FigureCanvasAgg(self.figure)
        self.panel = Panel(alt, width * pixels, style.magnification(self.size))

    # Building

    def moving(self, artists):
        """Register what `update` moves: an artist, or any nest of lists, tuples or containers. Returns it unchanged."""
        for artist in _flatten(artists):
            artist.set_animated(True)
            self._moving.append(artist)
        self._moving.sort(key=Artist.get_zorder)
        self._background = None
        return artists

    def controls(self, **inputs):
        """Decorate `update(**values) -> str`: call it with the controls' values at once and at every change.

        inputs  controls made by `pgcourse.figures.controls`, by the names of update's arguments

        Raises TypeError for a control that the keyboard cannot work or when the names do not fit `update`,
        ValueError for one without a description.
        """
        for name, control in inputs.items():
            controls.check(name, control)

        def connect(update):
            _check_arguments(update, inputs)
            self._update, self.inputs = update, inputs
            controls.align(inputs.values())
            self.panel.inputs.children = tuple(inputs.values())
            for control in inputs.values():
                control.observe(self._changed, "value")
            self._refresh()
            return update

        return connect

    def presets(self, settings):
        """Add a row of buttons, each of which sets several controls in one redraw.

        settings  dict of label -> dict of control name -> value

        Raises ValueError for a control or a value that the figure does not have.
        """
        before = self.values
        buttons = []
        for label, values in settings.items():
            self._assign(values)
            button = controls.button(label)
            button.on_click(lambda _button, values=values: self.set(**values))
            buttons.append(button)
        self._assign(before)
        self.panel.presets.children = (*self.panel.presets.children, *buttons)

    def progress(self, iterable, label):
        """Yield the items of `iterable` inside `update`, with a bar under the picture after one second."""
        return progress(iterable, label, self.panel.bar if self._displayed else None)

    # Working it without a browser

    @property
    def values(self):
        """The value of every control, as a new dict."""
        return {name: control.value for name, control in self.inputs.items()}

    def set(self, **values):
        """Set controls by name, then redraw once if a value changed.

        Raises ValueError for a name or a value that the figure does not have.
        """
        before = self.values
        self._assign(values)
        if self.values != before:
            self._refresh()

    def _assign(self, values):
        """Set controls without a redraw: all of them, or none when one is refused."""
        before = self.values
        self._held = True
        try:
            for name, value in values.items():
                _put(self.inputs, name, value)
        except ValueError:
            for name, value in before.items():
                self.inputs[name].value = value
            raise
        finally:
            self._held = False

    @property
    def caption_text(self):
        """The caption, without markup."""
        return self.panel.caption

    @property
    def error_text(self):
        """The sentence that says what went wrong, or an empty string."""
        return self.panel.error

    def png(self):
        """Draw the figure as it stands and return it as the bytes of a PNG file."""
        with style.context(self.size):
            self._draw()
        return png.encode(np.asarray(self.canvas.buffer_rgba()))

    # Drawing

    def _draw(self):
        # Matplotlib marks the figure stale when anything but a moving artist changes.
        if self._background is None or self.figure.stale:
            self._draw_background()
        else:
            self.canvas.restore_region(self._background)
        renderer = self.canvas.get_renderer()
        for artist in self._moving:
            artist.draw(renderer)

    def _draw_background(self):
        self.canvas.draw()
        self.full_draws += 1
        if self._background is None:
            # From now on axes keep their places and limits, so that only what `update` moves seems to move.
            self.figure.set_layout_engine("none")
            for ax in self.figure.axes:
                ax.set_autoscale_on(False)
        self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.figure.stale = False

    # Following the controls

    def _changed(self, _change):
        if not self._held:
            self._refresh()

    def _refresh(self):
        try:
            with style.context(self.size):
                caption = self._update(**self.values)
            if not isinstance(caption, str):
                raise TypeError(f"update returned {caption!r} instead of the caption, a string")
            self.panel.show(self.png())
            self.panel.say(caption)
            self.panel.forgive()
        except KeyboardInterrupt:
            self.panel.say("Stopped. The picture is still the one before.")
        except Exception as error:  # an observer's exception would only reach a log nobody reads
            self.panel.blame(error)
        finally:
            self.panel.bar.value = ""

    def _repr_mimebundle_(self, **kwargs):
        self._displayed = True
        bundle = self.panel.box._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = "\n".join(filter(None, [self.alt, self.caption_text, self.error_text]))
        return bundle


def _flatten(artists):
    if isinstance(artists, Artist):
        return [artists]
    return [artist for part in artists if part is not None for artist in _flatten(part)]


def _check_arguments(update, inputs):
    try:
        inspect.signature(update).bind(**inputs)
    except TypeError as error:
        raise TypeError(f"update and its controls do not fit: {error}") from None


def _put(inputs, name, value):
    """Set one control, and make sure that it took the value instead of clipping it to its range."""
    if name not in inputs:
        raise ValueError(f"there is no control {name!r}; this figure has {', '.join(inputs)}")
    control = inputs[name]
    try:
        control.value = value
        taken = control.value
    except traitlets.TraitError:
        taken = None
    same = math.isclose(taken, value) if isinstance(taken, float) else taken == value
    if not same:
        raise ValueError(f"control {name!r} cannot take the value {value!r}")
