"""A Markdown cell in its parts: its heading, what it says, what it asks, and the answers that it folds."""

import re
from typing import NamedTuple

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from pgcourse.grading.pages.mathml import mathml

HEADING = re.compile(r"#+ (?:\d+\. )?(.*)")  # without the number that it has in its notebook
FOLDED = re.compile(r"<details><summary>.*?</summary>\n*(.*?)\n*</details>", re.DOTALL)
LONG = 60  # characters of LaTeX
SIDE_BY_SIDE = r"\qquad"  # between formulas, and words, that are below each other on a narrow screen
HELD = re.compile(r"([(“]?)(<math\b(?:(?!</math>).)*</math>)([^\w\s<&]*)", re.DOTALL)
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
    return held(MarkdownWithMath(renderer=_Renderer(escape=False, exclude_anchor_links=True)).render(text).strip())


def held(page: str) -> str:
    """Return HTML in which no line ends between a formula and the marks around it, as browsers would let it."""
    whole = r'<span style="white-space: nowrap">\g<0></span>'
    return HELD.sub(lambda found: found.expand(whole) if found[1] or found[3] else found[0], page)


def in_line(formula: str) -> str:
    """Return the MathML of a formula within a line, given its LaTeX, in pieces between which a line may end."""
    return " ".join(str(mathml(piece, "inline")) for piece in _breakable(formula))


def displayed(formula: str) -> str:
    """Return the MathML of a formula that stands alone, in pieces that are below each other on a narrow screen."""
    formulas = [[formula]] if r"\begin" in formula else map(_breakable, formula.split(SIDE_BY_SIDE))
    pieces = ["".join(str(mathml(piece, "block")) for piece in one) for one in formulas]
    return f'<div class="math">{"".join(f"<span>{piece}</span>" for piece in pieces)}</div>'


class _Renderer(IPythonRenderer):
    def inline_math(self, body: str) -> str:
        return in_line(body)

    def block_math(self, body: str) -> str:
        return displayed(body)


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
