"""What a page says below cells that ask; how it judges numbers is tested in Chromium."""

import json
import re

import nbformat
import pytest

from pgcourse.book import questions
from tests.support.course import ROOT

LECTURES = sorted((ROOT / "lectures").glob("*.ipynb"))
SHOW_NOTHING = ("broken", "pair-experiment")  # a function of another's, and a place for comments
PROBLEM_SETS = sorted((ROOT / "assignments").glob("*/*.ipynb"))


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def words(outputs):
    return " ".join(output["data"]["text/html"] for output in outputs)


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_each_checkpoint_of_a_lecture_is_answered_in_the_page_or_says_what_to_do(path):
    found = []
    for cell in code_cells(path):
        names = re.findall(r"pg\.checkpoints\.\w+\.(\w+)\(", cell.source)
        outputs = questions.below(cell, "../")
        assert len(outputs) == len(names)
        for name, output in zip(names, outputs, strict=True):
            assert name in words([output])
            is_number = re.search(rf"^{name} = \.\.\.", cell.source, re.MULTILINE) is not None
            assert ("data-question" in words([output])) == is_number
            assert ('href="../start.html"' in words([output])) != is_number
        found += names
    assert len(found) >= 2


@pytest.mark.parametrize("path", PROBLEM_SETS, ids=lambda path: path.stem)
def test_each_cell_of_a_problem_set_says_what_to_do(path):
    for cell in code_cells(path):
        if cell.source.splitlines()[-1].startswith("import ") or cell.id in SHOW_NOTHING:
            assert questions.to_do(cell, "../../") == []
        else:
            (output,) = questions.to_do(cell, "../../")
            assert words([output]).count('href="../../start.html"') == 1
            assert ("check your answer" in words([output])) == cell.id.startswith("check-")


def test_what_a_page_knows_is_not_in_plain_sight():
    asked = questions.question("recap.difference_steps")
    (place,) = questions.below(nbformat.v4.new_code_cell("pg.checkpoints.recap.difference_steps(...)"), "../")
    assert f"{asked.truth()}" in json.dumps(questions.answers(asked))
    assert f"{asked.truth()}" not in words([place])
    assert "which is not right" not in words([place])
