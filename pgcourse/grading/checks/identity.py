"""Checks that ask which object, function or special method something is, where every answer would do.

What arrives from the student's process is a copy or stands for what stayed there: it never is an object of the check, a
function of a library or a special method that every object has, so a check that says so passes with any answer.
"""

import ast
import builtins
import importlib
import re
from collections.abc import Iterator
from typing import Any

ANOTHER = "asks whether an object is another one, which cannot be told here of what it made or what arrives as a copy"
CONTAINERS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
SPECIAL = set(dir(object)) - {"__class__", "__doc__"}
"""Special methods that every object has, so that asking for one tells nothing of who wrote it."""
COMPARED_WITH = {"__repr__", "__str__", "__hash__", "__eq__"}
"""Those of `object` that a check calls itself, to see that the student's differ."""
NOT_EQUAL = re.compile(r"(?:.+\.)?assert(IsNot|NotEqual)")
LIBRARIES = {
    name: name for name in ("numpy", "math", "statistics", "random", "itertools", "functools", "operator", "re")
}
LIBRARIES["np"] = "numpy"


def breaches(tree: ast.AST, copied: bool) -> Iterator[tuple[int, str, str]]:
    """Yield the line of what a check asks in vain, what that is, and what to write instead.

    Parameters
    ----------
    tree
        Of the check.
    copied
        Whether the notebook has classes outside of its answers: objects of theirs arrive as copies.
    """
    nodes: list[Any] = list(ast.walk(tree))
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    values = [(target.id, node.value) for node in assigned for target in node.targets if isinstance(target, ast.Name)]
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if name := _special(node, called):
            does = f"asks for {name} itself, which is not seen to be the one that every object has"
            yield node.lineno, does, "call it, or what calls it, and test what that returns"
        sides, as_objects = _told_apart(node)
        if function := next(filter(None, map(_of_a_library, sides)), ""):
            does = f"asks whether a function of the student's is {function}, which cannot be told here"
            yield node.lineno, does, "test what it returns"
        elif as_objects and _may_be_copies(sides, values, copied):
            yield node.lineno, ANOTHER, "compare what they hold"


def _told_apart(node: ast.AST) -> tuple[list[Any], bool]:
    """Return two sides that are said to differ, and whether as objects and not as values; [] for anything else."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.IsNot, ast.NotEq)):
        return [node.left, node.comparators[0]], isinstance(node.ops[0], ast.IsNot)
    if isinstance(node, ast.Call) and (found := NOT_EQUAL.fullmatch(ast.unparse(node.func))):
        return node.args[:2], found[1] == "IsNot"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Compare):
        inner = node.operand
        if isinstance(inner.ops[0], (ast.Is, ast.Eq)):
            return [inner.left, inner.comparators[0]], isinstance(inner.ops[0], ast.Is)
    return [], False


def _may_be_copies(sides: list[Any], values: list[tuple[str, Any]], copied: bool) -> bool:
    """Say whether objects may be told apart though they are one: a check made one of a class, or copies arrive."""
    names = [side.id for side in sides if isinstance(side, ast.Name)]
    named = [value for name, value in values if name in names]
    made = any(isinstance(value, ast.Call) and _is_class(value.func) for value in named)
    known = any(isinstance(side, (ast.Constant, *CONTAINERS)) for side in [*sides, *named])
    return not known and (made or copied)


def _special(node: Any, called: set[int]) -> str:
    """Return the special method that an expression reads and does not call; "" for anything else."""
    if isinstance(node, ast.Attribute) and node.attr in SPECIAL and isinstance(node.ctx, ast.Load):
        is_everybodys = ast.unparse(node.value) == "object" and node.attr in COMPARED_WITH
        return node.attr if is_everybodys or id(node) not in called else ""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr" and len(node.args) > 1:
        name = str(getattr(node.args[1], "value", ""))
        return name if name in SPECIAL and id(node) not in called else ""
    return ""


def _of_a_library(side: Any) -> str:
    """Return the name of a function of Python's or NumPy's that an expression names; "" for anything else."""
    text = ast.unparse(side) if isinstance(side, (ast.Name, ast.Attribute)) else ""
    root, *rest = text.split(".")
    if SPECIAL & {*rest}:
        return ""
    if root in LIBRARIES:
        found: Any = importlib.import_module(LIBRARIES[root])
    elif hasattr(builtins, root):
        found = getattr(builtins, root)
    else:
        return ""
    for name in rest:
        found = getattr(found, name, None)
    return text if callable(found) and not isinstance(found, type) else ""


def _is_class(called: ast.AST) -> bool:
    """Say whether what is called has the name of a class."""
    return isinstance(called, ast.Name) and called.id[0].isupper()
