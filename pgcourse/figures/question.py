"""A question that is asked before a picture: what the front end, `predict.js`, asks and how it judges a guess.

The guess stays in the reader's browser. Nothing of it comes here, so nothing of it is in the notebook's file.
"""

import base64
import json
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from pgcourse.figures import style

HERE = Path(__file__).parent
EXPORT = "export default {render};"
HOW_TO_BE_ASKED = "To be asked, run this cell."


def module() -> str:
    """Return the front end of a question: that of live figures, and what asks."""
    figures = (HERE / "live.js").read_text(encoding="utf-8")
    if EXPORT not in figures:
        raise ValueError(f"live.js does not say `{EXPORT}`, for which predict.js has its own")
    return figures.replace(EXPORT, "") + (HERE / "predict.js").read_text(encoding="utf-8")


def described(name: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return what the front end is told.

    Parameters
    ----------
    name : str
        Under which the browser keeps the guess.
    kind : {"number", "choice", "ranking", "point"}
    data : dict
        What the front end asks and knows of the answers. It is encoded, so that nobody reads it by accident.

    Returns
    -------
    dict
        `name` and `kind`; `words` for readers without a front end; `data`, encoded; and whether it `blocks`.

    Notes
    -----
    On a projector a question covers nothing, since a hall cannot wait for one reader's guess.
    """
    choices = "; ".join(data.get("options", []))
    words = f"{data['label']}{f': {choices}?' if choices else ' = ?'}"
    packed = base64.b64encode(json.dumps(data).encode()).decode()
    return {"name": name, "kind": kind, "words": words, "data": packed, "blocks": style.size() == "study"}


class Question(anywidget.AnyWidget):
    """The widget that asks.

    Attributes
    ----------
    asked : dict
        What `described` returns.
    """

    _esm = module()
    _css = HERE / "live.css"
    asked: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return bundle | {"text/plain": f"{self.asked['words']} {HOW_TO_BE_ASKED}"}, metadata
