"""What the text of a cell says: the names that it sets, changes and reads, and which of its parts run with it."""

import ast
import builtins
import contextlib
import re
import symtable
from collections.abc import Iterable, Iterator
from typing import Any

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
CHANGING = {
    "append",
    "extend",
    "insert",
    "remove",
    "pop",
    "clear",
    "sort",
    "reverse",
    "add",
    "discard",
    "update",
    "fill",
}
"""Methods of lists, sets, dicts and arrays that change these."""


def tree_of(source: str) -> ast.Module:
    """Return a cell's tree, without magics and shell commands; raises SyntaxError if the rest is not Python."""
    try:
        return ast.parse(source)
    except SyntaxError:
        with contextlib.suppress(SyntaxError):
            return ast.parse(re.sub(r"(?m)^([ \t]*)[%!?].*", r"\1pass", source))
        raise


def parsed(source: str) -> ast.Module:
    """Return a cell's tree, without magics and shell commands; an empty one if the cell is not Python."""
    with contextlib.suppress(SyntaxError, ValueError):
        return tree_of(source)
    return ast.Module([], [])


def bound(statements: list[ast.stmt], imports: bool = True) -> set[str]:
    """Return the names that statements set in their cell, `*` for a star import's; on request without imports."""
    names: set[str] = set()
    for node in outside_functions(statements):
        if isinstance(node, DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, IMPORTS) and imports:
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return names


def changed(statements: list[ast.stmt]) -> set[str]:
    """Return the names of lists, arrays and the like that statements change, such as `names.append(x)`."""
    names: set[str] = set()
    for node in outside_functions(statements):
        target: Any = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
            target = node.func.value
        elif isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
            target = node.value
        while isinstance(target, (ast.Subscript, ast.Attribute)):
            target = target.value
        if isinstance(target, ast.Name):
            names.add(target.id)
    return names


def read_by_functions(tree: ast.Module) -> set[str]:
    """Return the names that functions of a cell read from outside of them, without those of Python's own."""
    tables = []
    with contextlib.suppress(SyntaxError):
        tables = symtable.symtable(ast.unparse(tree), "<cell>", "exec").get_children()
    names: set[str] = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {each.get_name() for each in table.get_symbols() if each.is_global() and each.is_referenced()}
    return names - vars(builtins).keys()


def outside_functions(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Go through the nodes that run with their cell: not those inside of functions, classes and comprehensions."""
    inner = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    for node in nodes:
        yield node
        if not isinstance(node, (*DEFINITIONS, *inner)):
            yield from outside_functions(ast.iter_child_nodes(node))


def importing(statement: ast.stmt) -> list[ast.stmt]:
    """Return the imports in a statement; `try` with its alternatives is one."""
    if isinstance(statement, ast.Try):
        return [statement] if any(isinstance(node, IMPORTS) for node in statement.body) else []
    return [node for node in outside_functions([statement]) if isinstance(node, IMPORTS)]


def is_constant(statement: ast.stmt) -> bool:
    """Say whether a statement gives a constant, with a name in capitals, a value that is written there."""
    if not isinstance(statement, ast.Assign) or not all(isinstance(target, ast.Name) for target in statement.targets):
        return False
    with contextlib.suppress(ValueError, TypeError, MemoryError, RecursionError):
        ast.literal_eval(statement.value)
        return all(target.id.isupper() for target in statement.targets)  # type: ignore[attr-defined]
    return False
