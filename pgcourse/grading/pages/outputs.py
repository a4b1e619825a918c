"""What a student's code printed and displayed, cleaned: no folders of this machine, no tracebacks of tests, no floods.

Whatever a kernel sends may be forged: an output is built anew from the few parts that are known to be harmless. What
students' cells showed is cleaned apart from the grader, since parsers read it; what checks showed comes from the
grader's own side and decides on points, so nothing apart may touch it.
"""

import functools
import html
import itertools
import re
import sys
import tempfile
from pathlib import Path

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, ValidationError, from_dict, validate
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked, is_solution
from traitlets import List

from pgcourse.grading.intake import apart
from pgcourse.grading.pages.markdown import LIMITS, Limits, clean_html
from pgcourse.grading.pages.room import CUT, Room, visible

TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex")
IMAGES = ("image/png", "image/jpeg", "image/gif")
SIZES = ("width", "height")  # what an image's metadata may say, in pixels
LONGEST_TEXT = 100_000  # characters of one output
LONGEST_ALT = 1_000  # characters of an image's text alternative
LARGEST_CELL = 5_000_000  # characters of all outputs of a cell
LONGEST_HTML = 50_000  # beyond it the plain text is shown
MOST_OUTPUTS = 50  # of a cell
MOST_SEEN = 200  # of a cell: cleaning takes time also for what is not kept
SECONDS = 20  # of processor time, for the Markdown, the formulas and the colours of a page: what comes later stays text
NOT_CLEANED = "[What this cell showed {}.]\n"
LEFT_OUT = "... more output is not shown: there is too much of it."
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
PLAIN_NAME = re.compile(r"[\w-]+")
NAMES = {"student", "last_name", "first_name", "notebook_path"}  # what the Formgrader says about a submission
SYSTEM = {Path("/"), Path("/usr"), Path("/usr/local")}  # the same everywhere, and part of many other names


class CleanOutputs(NbGraderPreprocessor):
    """A preprocessor of `nbgrader autograde`, before the points are saved: makes outputs fit to be stored and shown."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with clean outputs, for which all cells together have a limited room.

        Raises KilledFromOutside if the process that cleans was killed, by neither itself nor a limit.
        """
        room = Room()
        cells = [cell for cell in nb.cells if cell.cell_type == "code"]
        for cell in filter(_is_check, cells):
            cell.outputs = clean_outputs(cell.outputs, room)
            hide_traceback(cell)
        shown = [cell for cell in cells if cell.outputs and not _is_check(cell)]
        for cell, outputs in zip(shown, _cleaned_apart(shown, room), strict=True):
            cell.outputs = outputs
        return nb, resources


def _is_check(cell):
    return is_grade(cell) and not is_solution(cell)


def _cleaned_apart(cells, room):
    """Return the clean outputs of each of these cells, made in a fork; of none if that does not come to its end."""
    try:
        done = apart.run(lambda: [clean_outputs(cell.outputs, room) for cell in cells]) if cells else []
        return _outputs(done, len(cells))
    except apart.Failed as failure:
        return [[new_output("stream", name="stdout", text=NOT_CLEANED.format(failure))] for _ in cells]


def _outputs(done, number):
    """Return the outputs of so many cells from what a fork gave back; raises Failed for any other form."""
    try:
        cells = [[from_dict(output) for output in outputs] for outputs in done]
        for output in itertools.chain(*cells):
            validate(output, ref="output", version=4, version_minor=5)
    except (AttributeError, RecursionError, TypeError, ValueError, ValidationError):
        raise apart.Failed(apart.UNREADABLE) from None
    if len(cells) != number:
        raise apart.Failed(apart.UNREADABLE)
    return cells


class KeepHidden(ClearHiddenTests):
    """The first preprocessor of `nbgrader generate_feedback`: shows of a check its visible part and its message."""

    # nbconvert sets this trait on all preprocessors of an HTML page; nbgrader's lacks it, and would warn
    display_data_priority: List = List().tag(config=True)

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int) -> tuple[NotebookNode, dict]:
        """Return a check as it was handed out, its errors without the traceback; other cells as they are."""
        if is_locked(cell) and cell.cell_type == "code":
            cell, resources = super().preprocess_cell(cell, resources, cell_index)
            hide_traceback(cell)
        return cell, resources


class HarmlessPage(Preprocessor):
    """The first preprocessor of the Formgrader's and the feedback's pages: nothing on them is active.

    A notebook that was graded earlier, or elsewhere, is cleaned in the same way.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with what the page's template shows, and the names on the page as plain text."""
        self.room = Room()
        resources[LIMITS] = Limits(SECONDS)
        nb.metadata = from_dict({"language_info": {"name": "python", "pygments_lexer": "ipython3"}})
        nb, resources = super().preprocess(nb, resources)
        for name in NAMES & resources.keys():
            resources[name] = html.escape(str(resources[name] or ""))
        return nb, resources

    def preprocess_cell(self, cell: NotebookNode, resources: dict, cell_index: int) -> tuple[NotebookNode, dict]:
        """Return a cell without tags and strange names, its outputs clean."""
        entry = cell.metadata.get("nbgrader", {})
        cell.metadata = from_dict({"nbgrader": entry} if PLAIN_NAME.fullmatch(str(entry.get("grade_id"))) else {})
        cell.id = f"cell-{cell_index}"
        cell.source = self.room.cut(visible(cell.source))
        if cell.cell_type == "code":
            cell.outputs = clean_outputs(cell.outputs, self.room)
            for output in cell.outputs:
                data = output.get("data", {})
                if "text/latex" in data:  # only Markdown's filter converts formulas
                    output.data = from_dict({"text/markdown": data["text/latex"]})
        return cell, resources


def hide_traceback(cell: NotebookNode) -> None:
    """Reduce each error to its name and message: a traceback quotes the lines of the test."""
    for output in cell.outputs:
        if output.output_type == "error":
            output.traceback = [f"{output.ename}: {output.evalue}"]


def clean_outputs(outputs: list, room: Room | None = None) -> list[NotebookNode]:
    """Return new, valid outputs that hold plain text, clean HTML and images, within limits.

    The first error or text on stderr is always kept, since nbgrader grades a check by it.

    Parameters
    ----------
    outputs
        The outputs of one cell, in any form.
    room
        Of the notebook; by default one for this cell.
    """
    room = room or Room()
    kept: list[NotebookNode] = []
    size, failed, cut = 0, False, False
    for number, raw in enumerate(outputs):
        if number >= MOST_SEEN and (failed or not _may_fail(raw)):
            cut = True
            continue
        output = _clean(raw)
        if output is None:
            continue
        size += len(str(output))
        is_failure = output.output_type == "error" or output.get("name") == "stderr"
        fits = len(kept) < MOST_OUTPUTS and size <= LARGEST_CELL and room.take(output)
        if fits or (is_failure and not failed):
            kept.append(output)
            failed = failed or is_failure
        else:
            cut = True
    return [*kept, new_output("stream", name="stdout", text=LEFT_OUT)] if cut else kept


def neutral(text: str) -> str:
    """Return a text that is not too long, in which folders of this machine are replaced by words."""
    text = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + CUT
    for pattern, word in _places(Path.cwd()):
        text = pattern.sub(word, text)
    return visible(text)


@functools.cache
def _places(course):
    """Return pairs of a pattern and a word, the longest folder first; nbgrader works in the course's folder."""
    named = {
        course: "course",
        Path(__file__).parents[3]: "course",
        Path.home(): "home",
        Path(sys.prefix): "python",
        Path(sys.base_prefix): "python",
    }
    folders = named | {path.resolve(): word for path, word in named.items()}
    temporary = {Path(tempfile.gettempdir()), Path("/tmp")}
    patterns = {re.escape(str(path)): word for path, word in folders.items() if path not in SYSTEM}
    # one folder of many: its name says who works here
    patterns |= {re.escape(str(path)) + r"/[\w.+-]+": "temporary" for path in temporary}
    return [(re.compile(rf"{pattern}(?![\w-])"), patterns[pattern]) for pattern in sorted(patterns, key=len)[::-1]]


def _may_fail(output):
    """Say whether nbgrader may take an output for a failure."""
    return output.get("output_type") == "error" or (
        output.get("output_type") == "stream" and output.get("name") != "stdout"
    )


def _clean(output):
    """Return an output built anew, or None if nothing of it can be shown."""
    kind = output.get("output_type")
    if kind == "stream":
        name = "stdout" if output.get("name") == "stdout" else "stderr"
        return new_output(kind, name=name, text=neutral(_text(output.get("text"))))
    if kind == "error":
        lines = output.get("traceback")
        return new_output(
            kind,
            ename=neutral(_text(output.get("ename"))),
            evalue=neutral(_text(output.get("evalue"))),
            traceback=[neutral(_text(line)) for line in lines] if isinstance(lines, list) else [],
        )
    if kind not in ("display_data", "execute_result"):
        return None
    data = _clean_data(output.get("data"))
    if not data:
        return None
    cleaned = new_output(kind, data=data, metadata=_clean_sizes(output.get("metadata"), data))
    if kind == "execute_result":
        count = output.get("execution_count")
        cleaned.execution_count = count if isinstance(count, int) else None
    return cleaned


def _clean_data(data):
    data = {kind: _text(value) for kind, value in data.items()} if isinstance(data, dict) else {}
    if len(data.get("text/html", "")) > LONGEST_HTML:
        del data["text/html"]
    texts = {kind: neutral(data[kind]) for kind in TEXTS if kind in data}
    if "text/html" in texts:
        texts["text/html"] = str(clean_html(texts["text/html"]))
    images = {kind: data[kind] for kind in IMAGES if BASE64.fullmatch(data.get(kind, "-"))}
    return {kind: value for kind, value in (texts | images).items() if value}


def _clean_sizes(metadata, data):
    """Return the sizes of images and their text alternatives; other metadata could become part of the page."""
    found = {kind: metadata[kind] for kind in IMAGES if kind in data and isinstance(metadata.get(kind), dict)}
    sizes = {
        kind: {key: said[key] for key in SIZES if type(said.get(key)) in (int, float)} for kind, said in found.items()
    }
    for kind, said in found.items():
        if isinstance(said.get("alt"), str):
            sizes[kind]["alt"] = neutral(said["alt"][:LONGEST_ALT])
    return {kind: size for kind, size in sizes.items() if size}


def _text(value):
    return value if isinstance(value, str) else ""
