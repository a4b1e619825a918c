"""What the text of a check says that no answer could fail: it is content in JupyterLab too, and takes no points away.

The release does lose such a check, since it raises NotImplementedError, so that grading it does not tell.
"""

import ast
import builtins
import re
from collections.abc import Collection, Iterator

AN_ASSERT = "write `assert` before what must be true"
COMPARING = re.compile(r"(?:\w+\.)*(?:isinstance|allclose|isclose|array_equal|array_equiv|all|any|equals|issubset)")
JUDGING = re.compile(r"assert|raise|fail|test|check|verif|grad|valid|warns|run|main|exec|eval|exit", re.IGNORECASE)
"""What the name of a function has in it that may take points away."""

COLLECTING = re.compile(r"\b(?:globals|locals|vars|dir|unittest|pytest|ipytest)\b|^%%", re.MULTILINE)
UNCALLED = {"all", "any", "equals", "allclose", "isclose", "array_equal", "isdigit", "isalpha", "isupper", "islower"}
LITERALS = (ast.List, ast.Tuple, ast.Dict, ast.Set)


def in_vain(tree: ast.Module, answers: Collection[str]) -> Iterator[tuple[int, str, str]]:
    """Yield what a check says in vain: its line, what it does there, and what to write instead.

    Parameters
    ----------
    tree
        Of the check.
    answers
        Names that answers define.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple) and node.test.elts:
            yield node.lineno, "asserts a tuple, which is true whatever it holds", "leave its brackets away"
        elif isinstance(node, ast.Assert) and (always := _always(node.test)):
            yield (
                node.lineno,
                f"asserts {always}, which is always true",
                "assert what it says, as by `all(...)` or `in`",
            )
        if isinstance(node, ast.Assert) and (_is_comparison(node.msg) or _is_number(node.msg)):
            yield (
                node.lineno,
                "gives a second value, which is the message and not compared",
                "write an `assert` for each",
            )
        if isinstance(node, ast.Expr) and _is_comparison(node.value):
            yield node.lineno, "compares and does nothing with it", AN_ASSERT
        if isinstance(node, ast.Call) and re.search(r"assert_?(?:true|false)$", _called(node), re.IGNORECASE):
            second = node.args[1] if len(node.args) > 1 else None
            if isinstance(second, LITERALS) or (isinstance(second, ast.Constant) and not isinstance(second.value, str)):
                words = f"gives {_called(node)} a second value, which is the message and not compared"
                yield node.lineno, words, "write `assertEqual`"
        if isinstance(node, ast.Try) and (content := _content(node, answers)):
            yield content
    yield from _uncalled(tree)
    if tree.body and not any(_judges(node, answers) for node in ast.walk(tree)) and not _gives_points(tree.body[-1]):
        yield tree.body[-1].lineno, "asserts nothing, so that a wrong answer keeps its points", AN_ASSERT


def _always(value):
    """Return what is true whatever an answer is: a method that is not called, a generator, a text after `or`."""
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        return next((ast.unparse(part) for part in value.values if isinstance(part, ast.Constant) and part.value), "")
    uncalled = isinstance(value, ast.Attribute) and value.attr in UNCALLED
    answers = isinstance(value, ast.ListComp) and _is_comparison(value.elt)  # a list of yes and no
    return ast.unparse(value) if uncalled or answers or isinstance(value, (ast.GeneratorExp, ast.Lambda)) else ""


def _is_number(value):
    return isinstance(value, ast.Constant) and isinstance(value.value, (int, float, complex))


def _is_comparison(value):
    """Say whether an expression says yes or no."""
    if isinstance(value, ast.BoolOp):
        return all(map(_is_comparison, value.values))
    return isinstance(value, ast.Compare) or (isinstance(value, ast.Call) and bool(COMPARING.fullmatch(_called(value))))


def _content(node, answers):
    """Return what is said of a `try` that is content with an assertion that fails, or with no error; else None."""
    inside = [part for each in (*node.body, *node.orelse) for part in ast.walk(each)]
    if any(isinstance(part, (ast.Assign, ast.AugAssign, ast.Return, ast.Raise)) for part in inside) or node.orelse:
        return None
    for handler in node.handlers:
        kinds = ast.unparse(handler.type) if handler.type else "Exception"
        quiet = all(
            isinstance(each, ast.Pass) or _called(getattr(each, "value", None)) == "print" for each in handler.body
        )
        if not quiet:
            continue
        asserts = any(isinstance(part, ast.Assert) for part in inside)
        if asserts and re.search(r"\b(AssertionError|(Base)?Exception)\b", kinds):
            return handler.lineno, "swallows the failure of its own assertion", "let no `except` be content with it"
        tried = [each for each in node.body if isinstance(each, ast.Expr) and _names(each) & {*answers}]
        if not asserts and tried and tried[-1] is node.body[-1] and not any(map(_judging, inside)):
            return (
                node.lineno,
                "expects an error and is content where none comes",
                "write `assert False` after the call",
            )
    return None


def _uncalled(tree):
    """Yield the tests that are defined and not called, where nothing else may find them."""
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]
    for node in tests if not COLLECTING.search(ast.unparse(tree)) else ():
        if node.name not in read and len(node.args.args) == len(node.args.defaults):
            yield node.lineno, f"defines {node.name} and does not call it", "call it"


def _judges(node, answers):
    """Say whether a part of a check may take points away."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        helper = {node.func.id} - {*answers, *vars(builtins), "display"}
        return bool(helper) or _judging(node)
    return isinstance(node, (ast.Assert, ast.Raise)) or _judging(node)


def _judging(node):
    return isinstance(node, ast.Call) and bool(JUDGING.search(_called(node).rpartition(".")[2]))


def _gives_points(last):
    """Say whether a check ends in what may be its points."""
    return isinstance(last, ast.Expr) and not (
        _called(last.value) in ("print", "display") or _is_comparison(last.value)
    )


def _called(node):
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def _names(node):
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
