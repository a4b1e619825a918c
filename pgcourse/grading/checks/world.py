"""The instructor's world: what a checker has of a notebook besides the checks, from the source, not a submission.

Modules that an ordinary cell or the release of an answer imports are there. So are the names that locked cells set, and
the functions, classes and constants (in CAPITALS) of ordinary cells; what a submission made of them is not asked for. A
name that an answer sets is the student's, from that answer on. A module that only the solution imports is there if the
submission has something of that name.

A name that functions of the solution read, that no answer sets, and to which a check gives a value, means the same to
the student's functions. What an answer changes, such as a list that a locked cell made, is the student's as well.
"""

import ast
import builtins
import contextlib
import re
from dataclasses import dataclass
from typing import Any

from pgcourse.grading.checks import kinds, replay
from pgcourse.grading.checks.cells import DEFINITIONS, bound, changed, importing, is_constant, parsed, read_by_functions
from pgcourse.grading.checks.connection import StudentConnection
from pgcourse.grading.checks.proxies import READABLE, RemoteModule, RemoteObject
from pgcourse.grading.checks.quiet import silenced
from pgcourse.grading.checks.texts import Texts

STAR = "*"
ORDERED = {f"__{name}__" for name in ("eq", "lt", "le", "gt", "ge")}


@dataclass(frozen=True)
class Cell:
    """A code cell of the instructor's, other than a check.

    Attributes
    ----------
    kind
        "plain", "locked" or "answer".
    source
        Its text; of an answer, with the solution.
    released
        Of an answer, the text that was handed out.
    """

    kind: str
    source: str
    released: str = ""


class Namespace(dict):
    """Namespace of the checks, which falls back to the student's variables."""

    def __init__(self, student: StudentConnection):
        super().__init__(__name__="__main__", __builtins__=builtins, display=print)
        self.update(globals=lambda: Names(self), locals=lambda: Names(self), vars=self._vars, dir=self._dir)
        self.update(isinstance=kinds.is_instance, issubclass=kinds.is_subclass)
        self.hidden: set[str] = set()
        """Names of the student's that a check has deleted, so that neither it nor the student's functions find them."""
        self.copies: dict[str, Any] = {}
        """Copies of the student's values that a check has looked up, until student's code runs again."""
        self.student = student
        student.namespace = self
        self.own: set[str] = set()
        """Names of the instructor's, which are not looked up in a submission even where they have no value here."""
        self._imports: dict[str, list[ast.stmt]] = {}
        self._solved: dict[str, list[ast.stmt]] = {}
        self._waiting: list[Cell] = []
        self._read: set[str] = set()
        self._set: set[str] = set()
        self._given: dict[str, Any] = {}  # what locked and ordinary cells set
        self._deleted: dict[str, Any] = {}
        self.texts = Texts(Namespace)

    def __delitem__(self, name):
        if name not in self.keys():
            self.student.value(name)
            self.hidden.add(name)
        else:
            if name in self.own:  # it is in the student's process too
                self.hidden.add(name)
                self._deleted[name] = self[name]
            super().__delitem__(name)

    def __setitem__(self, name, value):
        if name in self.hidden and isinstance(value, RemoteObject):  # what was deleted is put back
            self.hidden.discard(name)
        else:
            if name in self.hidden and self._deleted.get(name, self) is value:
                self.hidden.discard(name)
            super().__setitem__(name, value)

    def __missing__(self, name):
        if name in self.hidden:
            raise KeyError(name)
        if name in self._imports or self._imports.get(STAR):
            for statement in self._imports.pop(name, []) or self._imports.pop(STAR):
                self._run(statement)
            return self[name]
        if hasattr(builtins, name):
            raise KeyError(name)
        if name in self.own:
            raise KeyError(name)
        if name not in self.copies:
            try:
                self.copies[name] = self.student.value(name)
            except KeyError:
                return replay.missing[name]
        if name not in self._solved:
            return self.copies[name]
        for statement in self._solved.pop(name):
            self._run(statement)
        return self[name]

    def prepare(self, tree: ast.AST) -> None:
        """Import what the classes of a tree use: names of their bodies are not asked for."""
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        for name in {node.id for each in classes for node in ast.walk(each) if isinstance(node, ast.Name)}:
            for statement in self._imports.pop(name, []):
                self._run(statement)

    def add(self, cell: Cell) -> None:
        """Note a cell that stands before the checks that follow."""
        self._waiting.append(cell)

    def catch_up(self) -> None:
        """Run what was noted and can be run, now that the submission can be asked for what it needs."""
        self.copies.clear()
        waiting, self._waiting = self._waiting, []
        for cell in waiting:
            tree = parsed(cell.source)
            if cell.kind != "answer":  # another right answer has other texts
                self.texts.learn(tree)
            getattr(self, f"_add_{cell.kind}")(tree, parsed(cell.released))
            names = bound(tree.body, imports=False)
            self._set |= bound(tree.body) - names
            if cell.kind == "answer":
                self._set |= names
            else:
                self._given |= {name: self.get(name) for name in names}

    def shared(self) -> dict[str, Any]:
        """Return the check's values and modules whose names functions of the solution read and no answer sets."""
        found = {name: self[name] for name in (self._read - self._set) & self.keys()}
        return {
            name: value
            for name, value in found.items()
            if not callable(value) and value is not self._given.get(name, self)
        }

    def _add_plain(self, tree, _):
        self._note(tree, self._imports)
        self.own |= self._imports.keys() - {STAR}
        for statement in tree.body:
            if isinstance(statement, DEFINITIONS) or is_constant(statement):
                self.own |= bound([statement])
                self._run(statement)

    def _add_locked(self, tree, _):
        self.own |= bound(tree.body)
        for statement in tree.body:
            self._run(statement)

    def _add_answer(self, tree, released):
        self._note(released, self._imports)
        for statement in self._imports.pop(STAR, []):  # before, so as not to hide what the answer sets
            self._run(statement)
        for name in bound(tree.body, imports=False) | changed(tree.body) & self._given.keys():
            self.own.discard(name)
            self.hidden.discard(name)
            self.pop(name, None)
            self._imports.pop(name, None)
        self._note(tree, self._solved)
        self._read |= read_by_functions(tree)
        for name in self._imports:
            self._solved.pop(name, None)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.student.classes.add(node.name)
                self.student.methods |= _methods(node, self)

    def _note(self, tree, imports):
        """Note the imports of a cell by the names that they set; they are done when a check asks for one."""
        for statement in tree.body:
            for part in importing(statement):
                for name in bound([part]):
                    imports.setdefault(name, []).append(part)

    def _vars(self, *objects):
        return vars(*objects) if objects else Names(self)

    def _dir(self, *objects):
        if objects and isinstance(objects[0], RemoteObject):
            return Attributes(objects[0])
        return dir(*objects) if objects else Names(self)

    def _run(self, statement):
        """Run a statement of the instructor's; one that fails leaves its names without a value, as in a kernel."""
        self.prepare(statement)
        module = ast.Module([statement], [])
        with contextlib.suppress(Exception, SystemExit), silenced():
            exec(compile(ast.fix_missing_locations(module), "<cell>", "exec"), self)


class Names:
    """What `globals()` returns in a check: whether a name is there, in the check or the submission, and its value."""

    def __init__(self, namespace: Namespace):
        self._namespace = namespace

    def __getitem__(self, name):
        return self._namespace[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a name, or the default."""
        return self._namespace[name] if name in self else default

    def __contains__(self, name):
        try:
            self._namespace[name]
        except KeyError:
            return False
        return True

    def __iter__(self):
        raise TypeError("the names of the submission cannot be listed")


class Attributes:
    """What `dir` returns in a check for an object of the student's: whether it has an attribute."""

    def __init__(self, proxy: RemoteObject):
        self._proxy = proxy

    def __contains__(self, name):
        if isinstance(self._proxy, RemoteModule) or (name.startswith("__") and name not in READABLE):
            iter(self)
        return hasattr(self._proxy, name)

    def __iter__(self):
        raise TypeError("the names of the submission cannot be listed")


def _methods(node: ast.ClassDef, namespace: dict) -> set[str]:
    """Return the names that a class has by its text and, as far as they are known here, by its bases."""
    names = bound(node.body)
    decorators = " ".join(ast.unparse(each) for each in node.decorator_list)
    if re.search(r"dataclass|total_ordering", decorators):
        names |= ORDERED
    for base in node.bases:
        with contextlib.suppress(Exception):
            found: Any = eval(compile(ast.Expression(base), "<cell>", "eval"), {**namespace})
            names |= {name for name in dir(found) if isinstance(found, type) and not hasattr(object, name)}
    return names
