"""Kernels are given no ports: Jupyter looks for free ones, which another program may take before the kernel does."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from pgcourse.book import pages
from tests.support.notebooks import TRANSPORT, execute

pytestmark = pytest.mark.slow  # starts kernels


def test_no_kernel_of_a_test_is_given_a_port():
    notebook = new_notebook(cells=[new_code_cell(TRANSPORT)])
    execute(notebook)
    assert notebook.cells[0].outputs[0].text == "ipc\n"


def test_no_kernel_of_the_book_is_given_a_port(tmp_path, monkeypatch):
    (tmp_path / ("long" * 25)).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("long" * 25)))
    path = tmp_path / "notebook.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(TRANSPORT)]), path)
    assert pages.run(path).cells[0].outputs[0].text == "ipc\n"
