"""Search a folder that students get for what is in `solutions/`: its code, whatever the names, and its hidden inputs.

Code is compared as syntax trees in which names are numbers and docstrings are left out: each expression and statement
of at least `SIZE` nodes, and bodies of functions that are large only as a whole. A single formula that is smaller says
no more than the lectures do. Inputs are compared with all literals and all JSON as rows of numbers, at least four of
which three differ: shorter ones are anywhere.
"""

import ast
import contextlib
import json
from functools import cache

import nbformat
import numpy as np

from pgcourse.homework import visible
from tests.support.course import PROBLEM_SETS, SOLUTIONS, notebook_path, tasks_of

SIZE = 12
PUBLIC = {
    "for k in range(x.shape[-1] - 2, -1, -1):\n    x[..., k] += discount * x[..., k + 1]": "estimators.rewards_to_go",
    "weights = np.exp(theta - theta.max(axis=1, keepdims=True))": "SoftmaxPolicy",
    "(scores * weights[:, :, None]).sum(axis=1).mean(axis=0)": "the checkpoint of lecture 9",
    "return np.array([(u(x + shift) - u(x)) / delta for shift in delta * np.eye(len(x))])": "lecture 3's checkpoint",
    "np.cumsum(powers * rewards, axis=1) - powers * baseline": "a mistake that the checkpoint of lecture 9 names",
}
"""Code of `solutions/` that students have as well: where."""


class _Nameless(ast.NodeTransformer):
    """Makes all names the same, and drops what does not run."""

    def visit_Name(self, node):
        return ast.Name("_", ast.Load())

    def visit_arg(self, node):
        return ast.arg("_")

    def visit_FunctionDef(self, node):
        node.name, node.returns = "_", None
        node.body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        return self.generic_visit(node)

    def visit_AnnAssign(self, node):
        assignment = ast.Assign([node.target], node.value or ast.Constant(None))
        return self.generic_visit(ast.copy_location(assignment, node))


def parsed(source):
    """Return the tree of a source, the same whatever its names are."""
    return _Nameless().visit(ast.parse(source))


def size(node):
    """Return the number of nodes, without those that only say which operator it is."""
    small = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
    return sum(not isinstance(part, small) for part in ast.walk(node))


def parts(tree):
    """Return {text of a tree: line} of all expressions and statements that are large enough."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, (ast.expr, ast.stmt)) and size(node) >= SIZE)
    return {ast.dump(node): node.lineno for node in nodes}


def bodies(tree):
    """Return the lists of statements of functions, loops and the like."""
    return [node.body for node in ast.walk(tree) if isinstance(getattr(node, "body", None), list)]


def large_as_a_whole(tree):
    """Return the bodies that are large enough though none of their statements is."""
    return [body for body in bodies(tree) if max(map(size, body), default=0) < SIZE <= sum(map(size, body))]


def units(tree):
    """Return {text of a tree: line} of what is compared."""
    return parts(tree) | {"\n".join(map(ast.dump, body)): body[0].lineno for body in large_as_a_whole(tree)}


def trees(folder):
    """Yield (path, tree) of all code in a folder: of modules, and of the cells of notebooks."""
    for path in sorted(folder.rglob("*.py")):
        yield path, parsed(path.read_text(encoding="utf-8"))
    for path in sorted(folder.rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                yield path, parsed(cell.source)


def solution_trees():
    """Yield (path, tree) of the catalogues, and of the solution cells of the source notebooks."""
    for problem_set in PROBLEM_SETS:
        path = SOLUTIONS / f"{problem_set}.py"
        yield path, parsed(path.read_text(encoding="utf-8"))
        path = SOLUTIONS / notebook_path(problem_set)
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and "### BEGIN" in cell.source:
                yield path, parsed(cell.source)


def handed_out_trees():
    """Yield the trees of what the source notebooks give to students as it is, such as a program to repair."""
    for problem_set in PROBLEM_SETS:
        for cell in nbformat.read(SOLUTIONS / notebook_path(problem_set), as_version=4).cells:
            if cell.cell_type == "code" and "nbgrader" not in cell.metadata:
                yield parsed(cell.source)


@cache
def secret_code():
    """Return {text of a tree: file and line} of the code in `solutions/` that students do not have."""
    public = set().union(*(parts(parsed(source)) for source in PUBLIC), *map(units, handed_out_trees()))
    found = {}
    for path, tree in solution_trees():
        found |= {text: f"{path.name}:{line}" for text, line in units(tree).items() if text not in public}
    return found


@cache
def lengths_as_a_whole():
    """Return how many statements those bodies in `solutions/` have of which only the whole is large enough."""
    return {len(body) for _, tree in solution_trees() for body in large_as_a_whole(tree)}


def leaked_code(folder):
    """Return pairs of places, in a folder and in `solutions/`, at which the same code is."""
    secret, lengths, found = secret_code(), lengths_as_a_whole(), []
    for path, tree in trees(folder):
        lines = parts(tree)
        for body in bodies(tree):
            texts = [ast.dump(statement) for statement in body]
            for start, statement in enumerate(body):
                lines |= {"\n".join(texts[start : start + length]): statement.lineno for length in lengths}
        found += [(f"{path.name}:{line}", secret[text]) for text, line in lines.items() if text in secret]
    return found


def numbers(value):
    """Return the tuple of all numbers in a value, however they are nested and written down."""
    if isinstance(value, np.ndarray):
        return tuple(map(float, value.flat))
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return tuple(number for part in value for number in numbers(part))
    if isinstance(value, visible.Rng):
        value = value.seed
    with contextlib.suppress(TypeError, ValueError):
        return (float(value),)
    return ()


def rows(value):
    """Return the set of rows of numbers that a value has, whole and in all its parts, as far as they tell something."""
    value = value.tolist() if isinstance(value, np.ndarray) else value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    found = {numbers(value)}.union(*map(rows, inside))
    return {row for row in found if len(row) >= 4 and len(set(row)) >= 3}


@cache
def secret_rows():
    """Return {row of numbers: task} of hidden inputs, whole and each array, that no visible check has."""
    tasks = [task for problem_set in PROBLEM_SETS for task in tasks_of(problem_set)]
    seen = set().union(*(rows(task.visible) for task in tasks))
    found = {}
    for task in tasks:
        for arguments in task.hidden:
            whole = {numbers(arguments), *map(numbers, arguments)}
            found |= dict.fromkeys((rows(arguments) & whole) - seen, task.name)
    return found


def leaked_inputs(folder):
    """Return (path, task, row of numbers) of all hidden inputs in a folder."""
    secret, found = secret_rows(), []
    for path, value in values(folder):
        found += [(path.name, secret[row], row) for row in sorted(rows(value) & secret.keys())]
    return found


def values(folder):
    """Yield (path, value) of all JSON and of all literals in code."""
    for path in sorted(folder.rglob("*.json")):
        yield path, json.loads(path.read_text(encoding="utf-8"))
    for path, tree in trees(folder):
        for node in ast.walk(tree):
            if isinstance(node, (ast.List, ast.Tuple, ast.Dict)):
                with contextlib.suppress(ValueError, TypeError):
                    yield path, ast.literal_eval(node)
