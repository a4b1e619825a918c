"""Hints say in words and formulas what to do, and hold no code of the solution, whatever its names are."""

import ast
import re

import nbformat
import pytest

from tests.support.course import PROBLEM_SETS, SOLUTIONS, notebook_path
from tests.support.leaks import parsed

OPERATIONS = (ast.Call, ast.BinOp, ast.Subscript, ast.Compare, ast.keyword, ast.stmt)
"""What code does; a name alone, such as `np.arange`, is none."""


def code_in_hints(notebook):
    """Return the pieces of code in all hints of a notebook, as trees; what is no Python is left out."""
    hints = [hint for cell in notebook.cells for hint in re.findall(r"<details>.*?</details>", cell.source, re.S)]
    pieces = [piece for hint in hints for piece in re.findall(r"```(?:python)?(.*?)```|`([^`]+)`", hint, re.S)]
    for text in map("".join, pieces):
        try:
            yield text, parsed(text.strip())
        except SyntaxError:
            continue


def operations(tree):
    """Return the operations of a tree as texts; an expression that is a statement is the expression alone."""
    nodes = (node for node in ast.walk(tree) if not isinstance(node, ast.Expr))
    return {ast.dump(node) for node in nodes if isinstance(node, OPERATIONS)}


def solution_of(notebook):
    """Return the operations of all solution cells."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code" and "### BEGIN SOLUTION" in cell.source]
    return set().union(*(operations(parsed(source)) for source in cells))


def shared(notebook):
    """Return the pieces of hints that do what the solution does."""
    solution = solution_of(notebook)
    return [text for text, tree in code_in_hints(notebook) if operations(tree) & solution]


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_no_hint_holds_code_of_the_solution(problem_set):
    notebook = nbformat.read(SOLUTIONS / notebook_path(problem_set), as_version=4)
    assert "<details>" in "".join(cell.source for cell in notebook.cells)
    assert shared(notebook) == []


@pytest.mark.parametrize(
    ("hint", "found"),
    [
        ("Use `np.std(values, ddof=1)`.", True),
        ("Write\n```python\nspread = np.std(returns, ddof=1)\n```", True),
        ("`np.std` takes `ddof`.", False),
        ("The spread is `not python at all (`.", False),
    ],
)
def test_code_is_found_under_other_names(hint, found):
    cells = [
        nbformat.v4.new_markdown_cell(f"<details><summary>A hint</summary>\n\n{hint}\n\n</details>"),
        nbformat.v4.new_code_cell("def f(returns):\n    ### BEGIN SOLUTION\n    return np.std(returns, ddof=1)"),
    ]
    assert bool(shared(nbformat.v4.new_notebook(cells=cells))) == found
