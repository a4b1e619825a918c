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
a screen reader reads out. Artists registered with `moving` are drawn over a stored picture of all the others. Anything
else may change too - axis limits, ticks, a title - but each such change, even to the same value, draws its axes
again, which is several times slower; `full_draws` counts such updates. Moving artists are drawn above all others: a
curve that must stay visible above a moving histogram is registered as moving, too.

A test or a script uses a live figure without a browser:

    live.set(baseline=1.2)
    live.caption_text, live.error_text, live.png()
"""

import base64
import functools
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ParamSpec, TypeVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pgcourse.figures import controls, png, still, style
from pgcourse.figures.main_thread import in_main_thread
from pgcourse.figures.panel import HOW_TO_MOVE, Panel, described
from pgcourse.figures.progress import progress
from pgcourse.figures.vectors import POINTS_PER_INCH, Vectors

OVERSAMPLING = 1.5  # pixels of a file per CSS pixel: sharp enough on a dense screen

Arguments = ParamSpec("Arguments")
Artists = TypeVar("Artists")
Item = TypeVar("Item")
Update = TypeVar("Update", bound=Callable[..., str])


def demo(function: Callable[Arguments, "LiveFigure"]) -> Callable[Arguments, "LiveFigure"]:
    """Decorate a function that makes a LiveFigure: it runs in the course's style and is listed as a picture."""
    module = function.__module__ or ""  # None for code that runs in a namespace without a name
    name = f"{module.rpartition('.')[2]}.{function.__name__}"

    @functools.wraps(function)
    def styled(*args: Arguments.args, **kwargs: Arguments.kwargs) -> "LiveFigure":
        with style.context():
            live = function(*args, **kwargs)
        live.panel.figure = live.panel.figure | {"name": name}
        return live

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
        Inches of 96 CSS pixels, in study size. A notebook page is about 9 wide, as pictures of several columns are;
        those of one column are 6 wide, since on a phone nothing of them can stand below the rest.
    **subplots
        Further arguments of ``Figure.subplots``, such as ``sharey=True`` or ``width_ratios=[2, 1]``.

    Attributes
    ----------
    axes : list of Axes
        The axes, row by row.
    inputs : dict of str to Control
        The controls, by the names of update's arguments.
    full_draws : int
        How often something that stands still was drawn, not only what moves.

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
        width: float | None = None,
        height: float = 3.6,
        **subplots: Any,
    ) -> None:
        if not alt.strip():
            raise ValueError("alt is empty: describe the picture in one sentence")
        self.alt, self.size = alt, style.size()
        width, height = style.SHAPES.get(self.size, (width or (9.0 if ncols > 1 else 6.0), height))
        self.inputs: dict[str, controls.Control] = {}
        self._moving: list[Artist] = []
        self._presets: list[dict[str, Any]] = []
        self.full_draws = 0
        self._update: Callable[..., str]  # set by `controls`
        self._background = ""
        self._held, self._displayed = False, False
        with style.context(self.size):
            self.figure = Figure(figsize=(width, height), dpi=POINTS_PER_INCH, layout="constrained")
            self.axes: list[Axes] = list(self.figure.subplots(nrows, ncols, squeeze=False, **subplots).flat)
        self.canvas = FigureCanvasAgg(self.figure)
        self._vectors = Vectors(self.figure)
        self._scale = style.magnification(self.size)
        self.panel = Panel()
        self.panel.figure = {
            "name": "",
            "alt": alt,
            "asleep": HOW_TO_MOVE,
            "width": width * style.CSS_PIXELS_PER_INCH * self._scale,
            "scale": self._scale,
            "size": self._vectors.size,
            "parts": {},
            "controls": [],
            "presets": [],
        }
        self.panel.observe(self._moved, "at")
        self.panel.on_msg(self._chosen)

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
        self.figure.stale = True
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
            If a control was not made there, or the names are not those of update's arguments.
        ValueError
            If a control has no description.
        """
        for name, control in inputs.items():
            controls.check(name, control)

        def connect(update: Update) -> Update:
            _check_arguments(update, inputs)
            self._update, self.inputs = update, inputs
            for control in inputs.values():
                control.changed = self._changed
            drawn = [
                {"name": name, "kind": control.kind, "description": control.description, "labels": control.labels}
                for name, control in inputs.items()
            ]
            self.panel.figure = self.panel.figure | {"controls": drawn}
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
        taken = []
        for values in settings.values():
            self._assign(values)  # to learn whether the controls can take them
            taken.append({name: self.inputs[name].value for name in values})
            self._assign(before)
        self._presets += taken
        self.panel.figure = self.panel.figure | {"presets": [*self.panel.figure["presets"], *settings]}
        self.panel.frame = self.panel.frame | {"pressed": self._pressed()}

    @property
    def preset_values(self) -> list[dict[str, Any]]:
        """What each preset sets, in the order of their buttons, as a new list."""
        return [dict(preset) for preset in self._presets]

    def progress(self, iterable: Collection[Item], label: str) -> Iterator[Item]:
        """Yield the items of `iterable` inside `update`; after a second, a progress bar appears below the picture.

        Parameters
        ----------
        iterable, label
            As for `pgcourse.figures.progress.progress`.
        """
        return progress(iterable, label, self.panel.show_progress if self._displayed else None)

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
        return str(self.panel.frame["caption"])

    @property
    def error_text(self) -> str:
        """The sentence that says what went wrong, or an empty string."""
        return str(self.panel.error.get("sentence", ""))

    def png(self) -> bytes:
        """Draw the figure in its present state and return it as the bytes of a PNG file."""
        return png.encode(self._pixels())

    # Drawing

    def _pixels(self) -> NDArray[np.uint8]:
        """Draw the whole figure as pixels, for a file."""
        with style.context(self.size):
            if self.figure.stale:  # a drawing as pixels would pass for one of the background
                self._draw()
            self.figure.dpi = style.CSS_PIXELS_PER_INCH * self._scale * OVERSAMPLING
            try:
                self.canvas.draw()
                self._draw_moving(self.canvas.get_renderer())
                return np.array(self.canvas.buffer_rgba())
            finally:
                self.figure.dpi = POINTS_PER_INCH
                self.figure.stale = False

    def _draw(self) -> str:
        """Return the moving artists as markup; draw all others again if one of them has changed."""
        if self.figure.stale:  # as Matplotlib says of all but moving artists
            self._background = self._vectors.background()
            self.full_draws += 1
            if not self.panel.figure["parts"]:
                parts = self._vectors.parts(self.canvas.get_renderer())
                self.panel.figure = self.panel.figure | {"parts": parts}
            # From now on the axes keep their places and limits, so that only what `update` moves appears to move.
            self.figure.set_layout_engine("none")
            for ax in self.figure.axes:
                ax.set_autoscale_on(False)
            for artist in [*self.figure.get_children(), self.figure]:  # drawn is also what drawing itself has changed
                artist.stale = False
        return self._vectors.markup(self._draw_moving)

    def _draw_moving(self, renderer: RendererBase) -> None:
        for artist in self._moving:
            artist.draw(renderer)

    # What the front end says, and what it is told

    def _changed(self) -> None:
        if not self._held:
            self._refresh()

    def _moved(self, change: Any) -> None:
        in_main_thread(lambda: self._follow(change["new"]))

    def _follow(self, positions: dict[str, int]) -> None:
        """Follow the front end to the positions where its controls are now."""
        before = self.values
        self._held = True
        for name, control in self.inputs.items():
            control.move(positions[name])
        self._held = False
        if self.values != before:
            self._refresh()

    def _chosen(self, _panel: Panel, message: dict[str, Any], _buffers: Any) -> None:
        in_main_thread(lambda: self.set(**self._presets[message["preset"]]))

    def _pressed(self) -> list[int]:
        """Return the numbers of the presets whose values the controls have."""
        values = self.values
        return [i for i, preset in enumerate(self._presets) if preset.items() <= values.items()]

    def _refresh(self) -> None:
        told: dict[str, Any] = {}
        try:
            with style.context(self.size):
                caption = self._update(**self.values)
                if not isinstance(caption, str):
                    raise TypeError(f"update returned {caption!r} instead of the caption, a string")
                moving = self._draw()
            texts = {name: control.text for name, control in self.inputs.items() if control.text}
            frame = {"moving": moving, "caption": caption, "texts": texts, "pressed": self._pressed()}
            told = {"letters": self._vectors.letters, "background": self._background, "frame": frame, "error": {}}
        except KeyboardInterrupt:
            told = {"frame": self.panel.frame | {"caption": "Stopped. The picture has not been updated."}}
        except Exception as error:  # ipywidgets would write it to a log that nobody reads
            told = {"error": described(error)}
        finally:
            at = {name: control.position for name, control in self.inputs.items()}
            self.panel.tell(at=at, progress="", **told)

    def _repr_mimebundle_(self, **_kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the widget, and for readers without a kernel the picture with its caption."""
        self._displayed = True
        words = list(filter(None, [self.caption_text, self.error_text, HOW_TO_MOVE]))
        bundle, metadata = self.panel._repr_mimebundle_() or ({}, {})  # for Colab they say who shows the widget
        bundle["text/plain"] = "\n".join([self.alt, *words])
        if self._background:  # there is none when the first drawing failed
            picture = still.with_words(self._pixels(), " ".join(words), self._scale * OVERSAMPLING)
            bundle["image/png"] = base64.b64encode(picture).decode()
        alt = f"{self.alt}. {self.caption_text}"
        return bundle, metadata | {"image/png": {"alt": alt, "width": round(self.panel.figure["width"])}}


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
    if name not in inputs:
        raise ValueError(f"there is no control {name!r}: this figure has {', '.join(inputs)}")
    try:
        inputs[name].value = value
    except ValueError:
        raise ValueError(f"control {name!r} cannot take the value {value!r}") from None
