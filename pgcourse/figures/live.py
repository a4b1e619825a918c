"""Live figures: move a slider and the picture follows, fast enough to play with.

A demo is a function that builds a `LiveFigure` and returns it:

    @demo
    def variance():
        live = LiveFigure(alt="Variance of the gradient sample against the baseline")
        ax = live.axes[0]
        ax.set(xlim=(0, 3), ylim=(0, 10), xlabel="baseline", ylabel="variance")
        ax.plot(b, exact_variance(b), label="exact", **style.EXACT)           # does not move
        dot = live.moving(ax.plot([], [], **style.MARK))                      # moves

        @live.controls(baseline=slider("baseline", 0, 0, 3, 0.1), seed=luck())
        def update(baseline, seed):
            dot[0].set_data([baseline], [exact_variance(baseline)])
            return f"With the baseline {baseline:.1f} the variance is {exact_variance(baseline):.2f}."

        live.presets({"none": {"baseline": 0}, "best": {"baseline": 1.2}})
        return live

`update` takes one argument per control, changes artists in place and returns the caption: the numbers in words, which
a screen reader reads out. Artists registered with `moving` are drawn over a stored picture of all the others
(blitting). Anything else may change too - axis limits, ticks, a title - but each such change, even to the same value,
costs a full redraw, which is several times slower; `full_draws` counts them. Moving artists are drawn above all others:
a curve that must stay visible above a moving histogram is registered as moving, too.

A test or a script uses a live figure without a browser:

    live.set(baseline=1.2)
    live.caption_text, live.error_text, live.png()
"""

import functools
import inspect
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ParamSpec, TypeVar

import numpy as np
import traitlets
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pgcourse.figures import controls, png, style
from pgcourse.figures.panel import Panel
from pgcourse.figures.progress import progress

OVERSAMPLING = 1.5  # picture pixels per CSS pixel: sharp enough on a dense screen, quick enough to send

Arguments = ParamSpec("Arguments")
Artists = TypeVar("Artists")
Item = TypeVar("Item")
Update = TypeVar("Update", bound=Callable[..., str])


def demo(function: Callable[Arguments, "LiveFigure"]) -> Callable[Arguments, "LiveFigure"]:
    """Decorate a function that makes a LiveFigure: it runs in the course's style and is listed as a picture."""

    @functools.wraps(function)
    def styled(*args: Arguments.args, **kwargs: Arguments.kwargs) -> "LiveFigure":
        with style.context():
            return function(*args, **kwargs)

    styled.is_demo = True  # type: ignore[attr-defined]
    return styled


class LiveFigure:
    """A Matplotlib figure that follows its controls.

    Parameters
    ----------
    alt : str
        One sentence that describes the picture to readers who cannot see it.
    nrows, ncols : int
        The grid of axes.
    width, height : float
        Inches of 96 CSS pixels, in study size; a notebook page is about 9 wide.
    **subplots
        Further arguments of ``Figure.subplots``, such as ``sharey=True`` or ``width_ratios=[2, 1]``.

    Attributes
    ----------
    axes : list of Axes
        The axes, row by row.
    inputs : dict of str to Control
        The controls, by the names of update's arguments.
    full_draws : int
        How often the whole figure was drawn, not only what moves.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """

    def __init__(
        self,
        alt: str,
        *,
        nrows: int = 1,
        ncols: int = 1,
        width: float = 9.0,
        height: float = 3.6,
        **subplots: Any,
    ) -> None:
        if not alt.strip():
            raise ValueError("alt is empty: describe the picture in one sentence")
        self.alt, self.size = alt, style.size()
        self.inputs: dict[str, controls.Control] = {}
        self._moving: list[Artist] = []
        self._background: Any = None  # the stored picture of all that does not move
        self.full_draws = 0
        self._update: Callable[..., str]  # set by `controls`
        self._held, self._displayed = False, False
        pixels = style.CSS_PIXELS_PER_INCH * style.magnification(self.size)
        with style.context(self.size):
            self.figure = Figure(figsize=(width, height), dpi=pixels * OVERSAMPLING, layout="constrained")
            self.axes: list[Axes] = list(self.figure.subplots(nrows, ncols, squeeze=False, **subplots).flat)
        self.canvas = FigureCanvasAgg(self.figure)
        self.panel = Panel(alt, width * pixels, style.magnification(self.size))

    # Building

    def moving(self, artists: Artists) -> Artists:
        """Register what `update` moves.

        Parameters
        ----------
        artists : Artist, or nested lists, tuples or containers of them
            A None among them is skipped.

        Returns
        -------
        The artists, unchanged.
        """
        for artist in _flatten(artists):
            artist.set_animated(True)
            self._moving.append(artist)
        self._moving.sort(key=Artist.get_zorder)
        self._background = None
        return artists

    def controls(self, **inputs: controls.Control) -> Callable[[Update], Update]:
        """Decorate ``update(**values) -> str``: it is called with the controls' values at once and at every change.

        Parameters
        ----------
        **inputs : Control
            Controls made by `pgcourse.figures.controls`, by the names of update's arguments.

        Raises
        ------
        TypeError
            If a control cannot be used from the keyboard, or the names are not those of update's arguments.
        ValueError
            If a control has no description.
        """
        for name, control in inputs.items():
            controls.check(name, control)

        def connect(update: Update) -> Update:
            _check_arguments(update, inputs)
            self._update, self.inputs = update, inputs
            controls.align(inputs.values())
            self.panel.inputs.children = tuple(inputs.values())
            for control in inputs.values():
                control.observe(self._changed, "value")
            self._refresh()
            return update

        return connect

    def presets(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        """Add a row of buttons, each of which sets several controls in one redraw.

        Parameters
        ----------
        settings : dict of str to dict
            For each label of a button, the values of the controls by their names.

        Raises
        ------
        ValueError
            If the figure has no such control, or the control cannot take the value.
        """
        before = self.values
        buttons = []
        for label, values in settings.items():
            self._assign(values)  # only to learn whether the controls can take them
            button = controls.button(label)
            button.on_click(lambda _button, values=values: self.set(**values))
            buttons.append(button)
        self._assign(before)
        self.panel.presets.children = (*self.panel.presets.children, *buttons)

    def progress(self, iterable: Collection[Item], label: str) -> Iterator[Item]:
        """Yield the items of `iterable` inside `update`; after a second, a progress bar appears below the picture.

        Parameters
        ----------
        iterable, label
            As for `pgcourse.figures.progress.progress`.
        """
        return progress(iterable, label, self.panel.bar if self._displayed else None)

    # Use without a browser

    @property
    def values(self) -> dict[str, Any]:
        """The value of every control, as a new dict."""
        return {name: control.value for name, control in self.inputs.items()}

    def set(self, **values: Any) -> None:
        """Set controls, then redraw once if a value has changed.

        Parameters
        ----------
        **values
            The new values, by the controls' names; the other controls stay as they are.

        Raises
        ------
        ValueError
            If the figure has no such control, or the control cannot take the value; then no control is changed.
        """
        before = self.values
        self._assign(values)
        if self.values != before:
            self._refresh()

    def _assign(self, values: Mapping[str, Any]) -> None:
        """Set controls without a redraw: all of them, or none if one cannot take its value."""
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
    def caption_text(self) -> str:
        """The caption, without markup."""
        return self.panel.caption

    @property
    def error_text(self) -> str:
        """The sentence that says what went wrong, or an empty string."""
        return self.panel.error

    def png(self) -> bytes:
        """Draw the figure in its present state and return it as the bytes of a PNG file."""
        with style.context(self.size):
            self._draw()
        return png.encode(np.asarray(self.canvas.buffer_rgba()))

    # Drawing

    def _draw(self) -> None:
        # Matplotlib marks the figure as stale when anything but an animated artist changes.
        if self._background is None or self.figure.stale:
            self._draw_background()
        else:
            self.canvas.restore_region(self._background)
        renderer = self.canvas.get_renderer()
        for artist in self._moving:
            artist.draw(renderer)

    def _draw_background(self) -> None:
        self.canvas.draw()
        self.full_draws += 1
        if self._background is None:
            # From now on the axes keep their places and limits, so that only what `update` moves appears to move.
            self.figure.set_layout_engine("none")
            for ax in self.figure.axes:
                ax.set_autoscale_on(False)
        self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.figure.stale = False

    # Reactions to the controls

    def _changed(self, _change: Any) -> None:
        if not self._held:
            self._refresh()

    def _refresh(self) -> None:
        try:
            with style.context(self.size):
                caption = self._update(**self.values)
            if not isinstance(caption, str):
                raise TypeError(f"update returned {caption!r} instead of the caption, a string")
            self.panel.show_picture(self.png())
            self.panel.show_caption(caption)
            self.panel.clear_error()
        except KeyboardInterrupt:
            self.panel.show_caption("Stopped. The picture has not been updated.")
        except Exception as error:  # ipywidgets would write it to a log that nobody reads
            self.panel.show_error(error)
        finally:
            self.panel.bar.value = ""

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        self._displayed = True
        bundle: dict[str, Any] = self.panel.box._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = "\n".join(filter(None, [self.alt, self.caption_text, self.error_text]))
        return bundle


def _flatten(artists: Any) -> list[Artist]:
    if isinstance(artists, Artist):
        return [artists]
    return [artist for part in artists if part is not None for artist in _flatten(part)]


def _check_arguments(update: Callable[..., str], inputs: Mapping[str, controls.Control]) -> None:
    try:
        inspect.signature(update).bind(**inputs)
    except TypeError as error:
        raise TypeError(f"the controls are not the arguments of update: {error}") from None


def _put(inputs: Mapping[str, controls.Control], name: str, value: Any) -> None:
    """Set one control, and check that it took the value: a slider clips one that is outside its range."""
    if name not in inputs:
        raise ValueError(f"there is no control {name!r}: this figure has {', '.join(inputs)}")
    control = inputs[name]
    try:
        control.value = value
        taken = control.value
    except traitlets.TraitError:
        taken = None
    same = math.isclose(taken, value) if isinstance(taken, float) else taken == value
    if not same:
        raise ValueError(f"control {name!r} cannot take the value {value!r}")
