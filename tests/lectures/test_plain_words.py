"""The prose of the course keeps to the words of textbooks: a sample of phrases that were there, and what to say."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
INSTEAD = {
    r"differentiat\w+ by\b": "differentiate with respect to",
    r"\bturn\w* (the|its) sign\b|\bsign is turned\b": "flip the sign",
    r"\b(un)?mend(s|ed|ing)?\b": "correct, or repair",
    r"\b(long|longer|short|shorter) scores?\b": "a large or a small score",
    r"(?<!standard[ \n-])\bdeviations?\b": "standard deviation, or difference from the mean",
    r"\blikewise\b": "the words that it stands for",
    r"\b(earn|earns) (their|its) keep\b": "are worth what they cost",
    r"\bof (its|their) kind\b": "the noun",
    r"\bpull to the (goal|right)\b": "preference for the goal",
    r"\bbest opponent\b": "the best alternative",
    r"\bat a pinch\b": "if one must go",
    r"\b(is|only) an anecdote\b": "proves little",
    r"\bover a cliff\b": "diverges",
    r"\bbias and all\b": "with its bias",
    r"\belite of \d+ from\b": "a sentence with a verb",
    r"\bpraised? or blamed?\b": "get the credit",
    r"\bmakes? up for being\b": "compensates for",
    r"\bno baseline (is|was) (less )?noi\w+ than\b": "is noisier than no baseline",
    r"\bas far as it is concerned\b|\bin so far as\b": "where",
}
NOTEBOOKS = sorted([*ROOT.glob("lectures/*.ipynb"), *ROOT.glob("solutions/*/*.ipynb")])
MODULES = sorted(
    path
    for folder in ("pgcourse/demos", "pgcourse/checkpoints", "pgcourse/predict", "solutions")
    for path in (ROOT / folder).glob("*.py")
)
PAGES = sorted((ROOT / "pgcourse" / "book" / "words").glob("*.md"))


def prose(path):
    """Return what a reader reads of a file: text cells, strings of code without its names, or a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, 4).cells
        return "\n\n".join(cell.source if cell.cell_type == "markdown" else strings(cell.source) for cell in cells)
    return strings(text) if path.suffix == ".py" else text


def strings(code):
    """Return the strings of a program, docstrings and parts of f-strings among them."""
    constants = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    return "\n\n".join(value for value in constants if isinstance(value, str))


def unplain(text):
    """Return each phrase that is not plain, with what to say instead."""
    return [(found[0], say) for phrase, say in INSTEAD.items() for found in re.finditer(phrase, text, re.IGNORECASE)]


@pytest.mark.parametrize("path", [*NOTEBOOKS, *MODULES, *PAGES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_prose_is_plain(path):
    assert unplain(prose(path)) == []


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_line_begins_with_the_sign_of_a_quotation(path):
    """Which *Kernel > Restart Kernel* becomes if its line is broken there; the course quotes nobody at length."""
    assert re.findall(r"^ {0,3}>.*", prose(path), re.MULTILINE) == []


def test_what_is_not_plain_is_found_in_every_kind_of_file(tmp_path):
    phrase = "Turn the sign, and its deviation"
    program = f'deviation = f"{phrase} {{1}}"'
    cells = {"text": nbformat.v4.new_markdown_cell(phrase), "code": nbformat.v4.new_code_cell(program)}
    (tmp_path / "page.md").write_text(phrase)
    (tmp_path / "module.py").write_text(program)
    for name, cell in cells.items():
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / f"{name}.ipynb")
    for path in tmp_path.iterdir():
        assert [found for found, _ in unplain(prose(path))] == ["Turn the sign", "deviation"], path
    assert unplain("the standard deviation, by parts") == []
