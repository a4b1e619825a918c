"""The widgets of a live figure: controls, picture, caption, progress bar and error message, from top to bottom."""

import html
import re
import traceback

import ipywidgets as widgets
import traitlets

TEXT, LINE = 14, 28  # CSS pixels of the controls' text and of their lines, in study size

CSS = """<style>
.pgcourse-live {{
  --jp-widgets-font-size: {text}px; --jp-widgets-inline-height: {line}px; font-size: {text}px; }}
.pgcourse-live .widget-inline-hbox > .widget-label {{ margin-right: 1em; }}
.pgcourse-live [role=status], .pgcourse-live [role=alert] {{
  font-size: 1.15em; line-height: 1.4; min-height: 1.4em; color: var(--jp-content-font-color1, inherit); }}
.pgcourse-live [role=alert] {{ border-left: 4px solid var(--jp-error-color1, #b00020); padding-left: 0.6em; }}
.pgcourse-live .widget-box {{ column-gap: 0.8em; }}
.pgcourse-live pre {{ white-space: pre-wrap; }}
</style>"""


class DescribedImage(widgets.Image):
    """An `ipywidgets.Image` with an accessible name.

    Image has no text alternative, and its view fails in the browser if it has a tooltip but no description
    (ipywidgets issue 3860). With an empty description the tooltip becomes the picture's title, which names it.
    """

    description = traitlets.Unicode("").tag(sync=True)


class Panel:
    """The widgets around one picture.

    Parameters
    ----------
    alt : str
        What the picture shows, in words.
    width : float
        CSS pixels of the picture; on a narrower page it shrinks.
    magnification : float
        The ratio of the text's size to the study size.
    """

    def __init__(self, alt: str, width: float, magnification: float) -> None:
        # Hidden until there is a picture: browsers show an empty image as a broken one.
        layout = {"width": f"{width:.0f}px", "max_width": "100%", "display": "none"}
        self.image = DescribedImage(tooltip=alt, format="png", layout=layout)
        self.presets, self.inputs = _row(), _row()
        self.bar = widgets.HTML()
        self._caption, self._error = widgets.HTML(), widgets.HTML()
        css = CSS.format(text=round(TEXT * magnification), line=round(LINE * magnification))
        hidden = widgets.HTML(css, layout={"display": "none"})
        # The owner must keep this box: once it is garbage-collected, JupyterLab "could not create a view".
        self.box = widgets.VBox([hidden, self.presets, self.inputs, self.image, self._caption, self.bar, self._error])
        self.box.add_class("pgcourse-live")

    @property
    def caption(self) -> str:
        """The caption, without markup."""
        return _text(self._caption)

    @property
    def error(self) -> str:
        """The sentence that says what went wrong, or an empty string."""
        return _text(self._error).split("\n")[0]

    def show_picture(self, picture: bytes) -> None:
        """Show a picture, the bytes of a PNG file."""
        self.image.value = picture
        self.image.layout.display = None

    def show_caption(self, caption: str) -> None:
        """Show a caption; a screen reader reads it out."""
        self._caption.value = f'<div role="status" aria-live="polite">{html.escape(caption)}</div>'

    def show_error(self, error: BaseException) -> None:
        """Show an exception in one sentence, with its traceback folded away."""
        sentence = html.escape(f"The picture could not be updated: {type(error).__name__}: {error}")
        # The first frame is the one that called the author's code, which tells the author nothing.
        own_part = error.with_traceback(error.__traceback__.tb_next) if error.__traceback__ else error
        trace = html.escape("".join(traceback.format_exception(own_part)))
        details = f"<details><summary>Details</summary><pre>{trace}</pre></details>"
        self._error.value = f'<div role="alert">{sentence}\n{details}</div>'

    def clear_error(self) -> None:
        """Remove the error message."""
        self._error.value = ""


def _row() -> widgets.Box:
    return widgets.Box(layout={"flex_flow": "row wrap", "align_items": "center"})


def _text(widget: widgets.HTML) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", widget.value))
