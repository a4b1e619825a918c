"""Written answers outside of their cells: only a person can say whether the text near an untouched answer is it.

nbgrader gives 0 points without a person to a written answer that is as it was handed out. Where text that is not the
course's stands near one - in a new cell, in the question, in a comment - or before or after all graded cells, a copy of
it is put into the answer's cell, which nbgrader then leaves to a person. The text itself stays where it is.
"""

import ast
import difflib
import re

from nbformat import NotebookNode

FOUND = "*This cell was left as it was handed out. What follows was found near it, and may be the answer:*"
LEAST_WORDS = 5  # of comments in graded code that may be an answer; a note on the code mostly has fewer
LEAST_WORDS_ELSEWHERE = 3  # of comments and strings in other code
LEAST_WORDS_OUTSIDE = 8  # of what stands before or after all graded cells, where students write their names too
MOST_TEXT = 20_000  # characters of a cell that are copied
MOST_PARSED = 100_000  # characters of a cell that are parsed: each may take a kilobyte of memory
MOST_LINES = 2_000  # that are compared with what was handed out, which takes quadratic time


def astray(notebook: NotebookNode, release: NotebookNode) -> list[str]:
    """Copy text near untouched written answers into their cells, in place; return sentences that say so."""
    said = []
    handed_out = {_grade_id(cell): cell for cell in release.cells if _grade_id(cell)}
    known = {line.strip() for cell in release.cells for line in (*cell.source.splitlines(), *_lines(cell, False))}
    cells = list(notebook.cells)
    untouched = [
        place
        for place, cell in enumerate(cells)
        if _is_written_answer(cell) and cell.source.strip() == handed_out[_grade_id(cell)].source.strip()
    ]
    for place, texts in [(place, _texts_near(cells, place, known)) for place in untouched]:
        texts += [text for text in _texts_outside(cells, known) if text not in texts]
        if texts:
            cells[place].source = "\n\n".join([FOUND, *texts])
            name = _grade_id(cells[place])
            said.append(
                f"The cell {name} was left as it was handed out, but text stands near it: a person will see whether it "
                f"is the answer. Write your answer into the cell {name} itself."
            )
    return said


def added(text: str, original: str) -> str:
    """Return the lines of a text that its original does not have, in their order."""
    old, new = original.splitlines(), text.splitlines()
    if len(new) > MOST_LINES:
        known = {line.strip() for line in old}
        return "\n".join(line for line in new if line.strip() not in known)
    changes = difflib.SequenceMatcher(None, [line.strip() for line in old], [line.strip() for line in new], False)
    kept = [new[i] for tag, _, _, start, end in changes.get_opcodes() if tag != "equal" for i in range(start, end)]
    return "\n".join(kept)


def _is_written_answer(cell):
    entry = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "markdown" and bool(entry.get("grade") and entry.get("solution"))


def _texts_near(cells, place, known):
    """Return the texts, up to the next graded cells and in the code of these, of which the release has no line."""
    texts = []
    for way in (range(place - 1, -1, -1), range(place + 1, len(cells))):
        found = []
        for cell in map(cells.__getitem__, way):
            is_graded = _grade_id(cell) is not None
            if is_graded and cell.metadata.nbgrader.get("locked"):  # checks and locked texts are the course's own
                continue
            found.append(_text(cell, is_graded, known))
            if is_graded:
                break
        texts += found[::-1] if way.step < 0 else found
    return [text for text in texts if text]


def _texts_outside(cells, known):
    """Return the longer texts before the first graded cell and after the last one, where answers to all may stand."""
    graded = [place for place, cell in enumerate(cells) if _grade_id(cell) is not None]
    outside = cells[: graded[0]] + cells[graded[-1] + 1 :] if graded else []
    texts = [_text(cell, False, known) for cell in outside if cell.cell_type != "code" or not is_python(cell.source)]
    return [text for text in texts if len(re.findall(r"\w+", text)) >= LEAST_WORDS_OUTSIDE]


def _text(cell, is_graded, known):
    """Return the text of a cell that may be an answer; "" if there is too little of it."""
    text = "\n".join(line for line in _lines(cell, is_graded) if line.strip() not in known).strip()
    least = 1 if cell.cell_type != "code" else LEAST_WORDS if is_graded else LEAST_WORDS_ELSEWHERE
    return text[:MOST_TEXT] if len(re.findall(r"\w+", text)) >= least else ""


def _lines(cell, is_graded):
    """Return the lines of a cell that are no code; in graded cells comments only."""
    source = cell.source[:MOST_PARSED]
    if cell.cell_type != "code":
        return [] if is_graded else source.splitlines()
    if not is_graded and not is_python(cell.source):  # a new cell is code, whatever is written into it
        return source.splitlines()
    comments = [match[1] for match in re.finditer(r"^[ \t]*#+ ?(.*)", source, re.MULTILINE)]
    words = [line for line in comments if not is_python(line[:200])]
    return words if is_graded else words + _strings(cell.source)


def _strings(source):
    """Return the lines of the strings in Python code that are sentences, such as those that it prints."""
    if len(source) > MOST_PARSED:
        return []
    constants = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    texts = [value for value in constants if isinstance(value, str) and len(value.split()) >= LEAST_WORDS]
    return [line for text in texts for line in text.splitlines()]


def is_python(source: str) -> bool:
    """Say whether a text is Python; a very long one is taken for it, since to parse it would fill the memory."""
    if len(source) > MOST_PARSED:
        return True
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a hostile text can cause each of them
        return False
    return True


def _grade_id(cell):
    entry = cell.metadata.get("nbgrader")
    return entry.get("grade_id") if isinstance(entry, dict) else None
