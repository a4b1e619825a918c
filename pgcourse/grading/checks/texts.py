"""What runs as code in the process of the checks stands in the instructor's cells, and comes from no student.

`eval` and its like are watched while a check runs, since its text does not always show whose text they are given: in a
helper, in SymPy's functions, which read text by `eval`, in a table's `query`, in a command line.
"""

import ast
import os
import re
import sys
from typing import Any

COMPILING = {"eval", "exec", "compile"}
APPLYING = ("pandas.", "numpy.")
"""Packages that call for each entry what a check hands them, which may be `eval`."""

STARTING = {"os.system", "os.exec", "os.spawn", "os.posix_spawn", "subprocess.Popen"}
"""Events of Python's audit at which a program starts."""

READERS = {
    ("sympy.parsing.sympy_parser", "parse_expr"): "s",
    ("sympy.utilities.lambdify", "lambdify"): "expr",
    ("pandas.core.computation.eval", "eval"): "expr",
    ("timeit", "__init__"): "stmt",
}
"""Functions that compile what is made of an argument, by module and name, and that argument."""

NUMBER = r"[-+.\deE]{1,30}"
SHELL = {"/bin/sh", "-c", sys.executable}
TIMED = {"_stmt()", "_setup()"}
"""What `timeit` compiles to call a function."""

WORDS = "what runs as code must stand in the check"


class Texts:
    """The texts of checks, locked and ordinary cells, and an audit hook that lets no other be run.

    Parameters
    ----------
    kind
        Of the namespace of the checks, by which their own code is known.
    """

    def __init__(self, kind: type):
        self._kind, self._known = kind, SHELL | TIMED
        self._patterns: set[str] = set()

    def learn(self, tree: ast.AST) -> None:
        """Note the texts in a cell; in an f-string, what is put in may be any number."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._known.add(node.value.strip())
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else NUMBER for part in node.values
                ]
                self._patterns.add("".join(parts).strip())

    def hook(self, event: str, arguments: tuple) -> None:
        """Raise ValueError for what a check would run and does not contain; for `sys.addaudithook`."""
        if event == "compile" and isinstance(arguments[0], (str, bytes)):
            given: Any = self._compiled(sys._getframe(1), arguments[0])
        elif event in STARTING and self._is_checks(_outside_library(sys._getframe(1))):
            given = arguments[:2]
        else:
            return
        for text in map(str.strip, _texts(given)):
            if text not in self._known and not any(re.fullmatch(pattern, text) for pattern in self._patterns):
                raise ValueError(f"{WORDS}: {text[:40]!r} does not")

    def _compiled(self, frame, source):
        """Return what was handed over to be compiled; None where a library compiles what it wrote itself."""
        applied = str(frame.f_globals.get("__name__")).startswith(APPLYING) and not COMPILING & {*frame.f_code.co_names}
        if self._is_checks(frame) or applied:
            return source
        for _ in range(20):
            if name := READERS.get((frame.f_globals.get("__name__"), frame.f_code.co_name)):
                return frame.f_locals.get(name)
            frame = frame.f_back
            if frame is None or self._is_checks(frame):
                return None
        return None

    def _is_checks(self, frame):
        return isinstance(frame.f_globals, self._kind)


def _outside_library(frame):
    """Return the frame that had `subprocess` or `os` start a program."""
    while frame.f_globals.get("__name__") in ("subprocess", "os") and frame.f_back:
        frame = frame.f_back
    return frame


def _texts(given):
    """Go through the texts in what was handed over."""
    if isinstance(given, (str, bytes, os.PathLike)):
        yield os.fsdecode(given)
    elif isinstance(given, (list, tuple, set, frozenset)):
        for part in given:
            yield from _texts(part)
    elif isinstance(given, dict):
        yield from _texts([*given, *given.values()])
