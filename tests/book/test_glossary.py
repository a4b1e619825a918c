"""The glossary: each term is in the notebook to which its entry leads, and what a notebook defines is there."""

import re
from pathlib import Path

import nbformat
import pytest

from pgcourse.book.pages import TO_LECTURE, WORDS

ROOT = Path(__file__).parents[2]
NOTEBOOKS = {path.stem: nbformat.read(path, 4) for path in sorted(ROOT.glob("lectures/*.ipynb"))}
ENTRIES = dict(re.findall(r"^(\S.*)\n: (.*(?:\n  .*)*)", (WORDS / "glossary.md").read_text(encoding="utf-8"), re.M))
DEFINED = re.compile(r"\*\*((?:[a-z$]|[A-Z]{2})[^*\n]*[^*\n.:?,])\*\*")
"""A term in bold within a sentence, or an abbreviation; headings begin with one capital."""


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def unknown(text):
    """Return the terms that a text defines and the glossary has not."""
    return [term for term in DEFINED.findall(text) if term not in ENTRIES]


def test_the_terms_are_in_alphabetical_order_and_each_ends_with_its_only_link():
    order = [re.sub(r"\W", "", term.replace("varepsilon", "e")).lower() for term in ENTRIES]
    assert order == sorted(order)
    assert len(ENTRIES) > 50
    for entry in ENTRIES.values():
        (link,) = TO_LECTURE.finditer(entry)
        assert entry[: link.start()].rstrip().endswith(".")
        assert link.end() == len(entry)


@pytest.mark.parametrize("term", ENTRIES)
def test_a_term_is_in_the_notebook_to_which_its_entry_leads(term):
    label, stem = TO_LECTURE.search(ENTRIES[term]).groups()
    assert int(label.split()[1]) == int(stem[:2])
    assert term.lower() in prose(NOTEBOOKS[stem]).lower()


@pytest.mark.parametrize("stem", NOTEBOOKS)
def test_what_a_notebook_defines_is_in_the_glossary(stem):
    assert unknown(prose(NOTEBOOKS[stem])) == []


def test_a_term_that_is_missing_is_found():
    text = "**See.** A **score** is a vector, and **entropy** a number.\n- **Explore.** By **DQN**, or **2.25**"
    assert unknown(text) == ["entropy", "DQN"]
