"""What JupyterLab shows of a live figure: controls, picture, caption, progress bar and error, one below the other."""

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

    Image has no text alternative, and a tooltip on a widget without a description makes its view fail in the browser
    (ipywidgets issue 3860). With an empty description the tooltip becomes the picture's title, which names it.
    """

    description = traitlets.Unicode("").tag(sync=True)


class Panel:
    """The widgets around one picture.

    alt            what the picture shows, in words
    width          CSS pixels of the picture; it shrinks with a narrow page
    magnification  of the text
    """

    def __init__(self, alt, width, magnification):
        # Hidden until there is a picture: a browser shows an empty image as a broken one.
        layout = {"width": f"{width:.0f}px", "max_width": "100%", "display": "none"}
        self.image = DescribedImage(tooltip=alt, format="png", layout=layout)
        self.presets, self.inputs = _row(), _row()
        self.bar = widgets.HTML()
        self._caption, self._error = widgets.HTML(), widgets.HTML()
        css = CSS.format(text=round(TEXT * magnification), line=round(LINE * magnification))
        hidden = widgets.HTML(css, layout={"display": "none"})
        # The owner must keep this box: an unreferenced one is collected and JupyterLab "could not create a view".
        self.box = widgets.VBox([hidden, self.presets, self.inputs, self.image, self._caption, self.bar, self._error])
        self.box.add_class("pgcourse-live")

    @property
    def caption(self):
        """The caption, without markup."""
        return _text(self._caption)

    @property
    def error(self):
        """The sentence that says what went wrong, or an empty string."""
        return _text(self._error).split("\n")[0]

    def show(self, picture):
        """Show the picture, the bytes of a PNG file."""
        self.image.value = picture
        self.image.layout.display = None

    def say(self, caption):
        """Show the caption; a screen reader speaks it."""
        self._caption.value = f'<div role="status" aria-live="polite">{html.escape(caption)}</div>'

    def blame(self, error):
        """Show one sentence about an exception, with its traceback folded away."""
        sentence = html.escape(f"The picture could not follow: {type(error).__name__}: {error}")
        own_part = error.with_traceback(error.__traceback__.tb_next)  # without the frame that called the author's code
        trace = html.escape("".join(traceback.format_exception(own_part)))
        details = f"<details><summary>Details</summary><pre>{trace}</pre></details>"
        self._error.value = f'<div role="alert">{sentence}\n{details}</div>'

    def forgive(self):
        """Take the error away."""
        self._error.value = ""


def _row():
    return widgets.Box(layout={"flex_flow": "row wrap", "align_items": "center"})


def _text(widget):
    return html.unescape(re.sub(r"<[^>]*>", "", widget.value))
