"""Notebook files: read, with one sentence about what is wrong where that fails, and written in one layout."""

import json
import re
from pathlib import Path

import nbformat

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
VALID_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def dumps(notebook: nbformat.NotebookNode) -> str:
    """Write a notebook as JSON text: sorted keys, one space of indent, one newline at the end."""
    return nbformat.v4.writes(notebook).rstrip("\n") + "\n"


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook file of format 4.

    Raises
    ------
    ValueError
        One sentence that names the file and the fix.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError as error:
        fix = "check its name" if isinstance(error, FileNotFoundError) else "check its permissions"
        raise ValueError(f"{path} cannot be read ({error.strerror}): {fix}.") from None
    except (ValueError, RecursionError):
        raise ValueError(f"{path} is not JSON in UTF-8: restore an earlier version of it.") from None
    if not isinstance(content, dict) or content.get("nbformat") != 4:
        raise ValueError(f"{path} is not a notebook of format 4: open it in JupyterLab and save it.")
    try:
        # cell ids came with format 4.5; missing or doubled ones are no fault, they can be made anew
        nbformat.validate(content, version=4, version_minor=4, relax_add_props=True)
    except nbformat.ValidationError as error:
        reason = error.message.splitlines()[0][:80]
        raise ValueError(f"{path} is not a valid notebook ({reason}): restore an earlier version.") from None
    return nbformat.v4.reads(text)
