"""Notebooks from 10 on, which go beyond the lecture: short, one main picture each, tied to a notebook before them."""

import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "lectures"
BEYOND = sorted(FOLDER.glob("1*.ipynb"))


@pytest.mark.parametrize("path", BEYOND, ids=lambda path: path.stem)
def test_form(path):
    cells = [cell.source for cell in nbformat.read(path, 4).cells]
    first, last = cells[0], cells[-1]
    assert re.search(r"^\*\*The lecture's sentence\.\*\* ", first, re.M)
    number = re.search(r"^You are here: beyond the lecture, after notebook (\d)\.", first, re.M)[1]
    assert list(FOLDER.glob(f"0{number}_*.ipynb"))
    assert 10 <= sum(map(int, re.findall(r"\| (\d+) \|$", first, re.M))) <= 20
    assert len([source for source in cells if "pg.demos." in source]) == 1
    (header,) = re.findall(r"^\| often said \| exactly \|\n\| --- \| --- \|\n(?:\|.*\|.*\|\n?){3}", last, re.M)
    assert "**Sources.**" in last.partition(header)[2]
