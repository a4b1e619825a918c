"""A Markdown cell in its parts: its heading, what it says, what it asks, and the answers that it folds."""

import re
from typing import NamedTuple

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from pgcourse.grading.pages.mathml import mathml

HEADING = re.compile(r"#+ (?:\d+\. )?(.*)")  # without the number that it has in its notebook
FOLDED = re.compile(r"<details><summary>.*?</summary>\n*(.*?)\n*</details>", re.DOTALL)
LONG = 60  # characters of LaTeX
SIDE_BY_SIDE = re.compile(r"\\qquad(?:\\text\{[^}]*\}\\qquad)?")  # which are below each other on a narrow screen
ASKS = re.compile(r"\*\*(?:Predict|Discuss)[^*]*\*\* *")


class Parts(NamedTuple):
    """What a Markdown cell holds, each part a list of blocks: paragraphs, formulas, lists and tables.

    Attributes
    ----------
    headings : list of str
        Without their numbers.
    text, question, answer : list of str
        A question begins with *Predict* or *Discuss*, words that are left out; an answer is folded in the notebook.
    """

    headings: list[str]
    text: list[str]
    question: list[str]
    answer: list[str]


def parts(source: str) -> Parts:
    """Return the parts of a Markdown cell, given its source."""
    found = Parts([], [], [], [])
    for i, piece in enumerate(FOLDED.split(source)):
        now = found.answer if i % 2 else found.text
        for block in filter(None, map(str.strip, re.split(r"\n{2,}", piece))):
            if heading := HEADING.fullmatch(block):
                found.headings.append(heading[1])
                continue
            if not i % 2 and ASKS.match(block):
                now = found.question
            now.append(ASKS.sub("", block, count=1) if now is found.question else block)
    return found


def markup(text: str) -> str:
    """Return Markdown as HTML, its formulas as MathML.

    Parameters
    ----------
    text : str
        Of the course: its HTML is kept as it is.
    """
    return MarkdownWithMath(renderer=_Renderer(escape=False, exclude_anchor_links=True)).render(text).strip()


class _Renderer(IPythonRenderer):
    def inline_math(self, body: str) -> str:
        return " ".join(str(mathml(formula, "inline")) for formula in _breakable(body))

    def block_math(self, body: str) -> str:
        formulas = [[body]] if r"\begin" in body else map(_breakable, SIDE_BY_SIDE.split(body))
        pieces = ["".join(str(mathml(piece, "block")) for piece in formula) for formula in formulas]
        return f'<div class="math">{"".join(f"<span>{piece}</span>" for piece in pieces)}</div>'


def _breakable(formula: str) -> list[str]:
    """Return a formula in pieces between which a line may end: a browser breaks no line in MathML."""
    if len(formula) < LONG:
        return [formula]
    pieces, depth = [""], 0
    for letter in formula:
        depth += (letter in "{[(") - (letter in ")]}")
        if letter == "=" and depth == 0:
            pieces.append("")
        pieces[-1] += letter
    return pieces
