"""The widget that shows a live figure: what the kernel and the front end, `live.js`, tell each other."""

import traceback
from pathlib import Path
from typing import Any

import anywidget
import traitlets

HERE = Path(__file__).parent
NOTHING_YET = {"moving": "", "caption": "", "texts": {}, "pressed": []}
HOW_TO_MOVE = "To make this picture move, run its cell."


class Panel(anywidget.AnyWidget):
    """What the front end draws, and where its controls stand.

    Attributes
    ----------
    figure : dict
        What never changes: name, such as "left_right.variance", alt, width in CSS pixels, scale of the text, size of
        the picture's coordinate system, its parts as `Vectors.parts` returns them, and for each control its name, kind,
        description and labels; the labels of the presets.
    at : dict
        The position of each control, by its name; the front end sets it, too.
    letters, background : str
        SVG markup of letters' outlines and of what stands still. With the latter is what `Vectors.places` returns.
    frame : dict
        What belongs to these positions: the moving artists as markup, the caption, the words for a value between two
        positions, by the control's name, and the numbers of the presets whose values the controls have.
    progress : str
        HTML of a progress bar, or an empty string.
    error : dict
        A sentence and its details, or empty.
    """

    _esm = HERE / "live.js"
    _css = HERE / "live.css"
    figure: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    # without an echo, which would set a slider back to where the hand that drags it was
    at: "traitlets.Dict[str, int]" = traitlets.Dict().tag(sync=True, echo_update=False)
    letters = traitlets.Unicode().tag(sync=True)
    background = traitlets.Unicode().tag(sync=True)
    frame: "traitlets.Dict[str, Any]" = traitlets.Dict(NOTHING_YET).tag(sync=True)
    progress = traitlets.Unicode().tag(sync=True)
    error: "traitlets.Dict[str, str]" = traitlets.Dict().tag(sync=True)

    def tell(self, **state: Any) -> None:
        """Change several attributes in one message."""
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def show_progress(self, markup: str) -> None:
        """Show a progress bar, or none for an empty string."""
        self.progress = markup


def described(error: BaseException) -> dict[str, str]:
    """Describe an exception of an author's code in one sentence, and in detail."""
    # The first frame is the one that called the author's code, which tells the author nothing.
    own_part = error.with_traceback(error.__traceback__.tb_next) if error.__traceback__ else error
    sentence = f"The picture could not be updated: {type(error).__name__}: {error}"
    return {"sentence": sentence, "details": "".join(traceback.format_exception(own_part))}
