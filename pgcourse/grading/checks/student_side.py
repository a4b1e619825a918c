"""Runs in a student's kernel while a check runs elsewhere: sends copies of values and calls functions when asked.

Nothing here is secret and nothing here is trusted, since it belongs to the student's process. It learns the inputs of
the calls; a copy of the process may also call what a check lends for a replay.
"""

import builtins
import contextlib
import functools
import importlib
import io
import itertools
import operator
import socket
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from pgcourse.grading.checks import kinds, plain, protocol, randomness, replay
from pgcourse.grading.checks.quiet import isolated_call

TRAITS = ("__len__", "__iter__", "__next__", "__getitem__")
"""What the checker must know whether an object's type has."""

WARNINGS, MOST = 100, 2000
"""Warnings that are reported of a call, and characters of one, or of what an error holds."""


class Agent(protocol.Peer):
    """The student's end of the connection.

    Parameters
    ----------
    public_module
        Name of the module whose functions both sides have; "" for none.
    """

    def __init__(self, channel: protocol.Channel, public_module: str):
        super().__init__(channel)
        self.public_module, self._thread = public_module, threading.get_ident()
        self._built: list[Any] = []
        self._copied: set[type] = set()
        self._random: dict[str, Any] = {}  # of the global generators after the last call
        self._handed: list[list] = []  # what can be changed, whether it was passed, and its place there
        self._next = itertools.count()  # number of what both sides hold on to

    def ask(self, request: dict, follow: Callable[[dict], None] = lambda answer: None) -> dict:
        """Ask the checker; raises RuntimeError in a thread in which the checker would not expect it."""
        if threading.get_ident() != self._thread:
            raise RuntimeError("what a check hands over can only be used in the thread in which it was handed over")
        return super().ask(request, follow)

    def serve(self, request: dict) -> dict:
        """Return a value by its name, something of an object, call a function, or run the notebook again in a copy."""
        if request["ask"] == "replay":
            return replay.answer_from_a_copy(self, request)
        if request["ask"] == "name":
            names = vars(sys.modules["__main__"])
            name = request["name"]
            return self._value(names[name]) if name in names else {"missing": True}
        if request["ask"] == "attribute":
            with isolated_call(self.serve, {}):
                return self._value(getattr(self.mine(request["number"]), request["name"]))
        if request["ask"] == "set":
            with isolated_call(self.serve, {}):
                setattr(self.mine(request["number"]), request["name"], self.decode(request["value"]))
            return {"value": None}
        if request["ask"] in ("isinstance", "issubclass"):
            return {"value": self._is(request)}
        return super().serve(request)

    def _value(self, value):
        """Return the answer that is a value of the notebook's."""
        self.handed([], plain.containers([value]))
        return {"value": self.encode(value)}

    def handed(self, passed: Iterable, results: Iterable) -> None:
        """Note what can be changed of what was passed and is returned, each thing once."""
        self._handed = [[part, True, place] for place, part in enumerate(passed)]
        self._handed += [[part, False, place] for place, part in enumerate(protocol.distinct(results))]

    def news(self) -> dict[str, Any]:
        """Return what the checker must know of what both hold on to, and of what they do from now on."""
        told, kept = super().news(), []
        known, handed, self._handed = {*self._references}, self._handed[::-1], []
        while handed:
            entry = handed.pop()  # what holds others comes first
            if id(entry[0]) not in known and not protocol.is_alone(entry):
                known.add(id(entry[0]))
                kept.append([next(self._next), *entry[1:]])
                self._share(kept[-1][0], entry[0])
        for number, *_ in kept:
            self._shared[number][1] = self._state(number)
        return told | {"kept": kept} if kept else told

    def _is(self, request):
        """Say whether an object or a class is one of another class: of the student's, or of a library's."""
        test: Any = getattr(builtins, request["ask"])
        own = self.mine(request["number"])
        if "place" not in request:
            return bool(test(self.decode(request["of"]), own))
        kind = kinds.class_at(request["place"])
        return kind is not None and bool(test(own, kind))

    def called(self, function: Callable, request: dict) -> dict:
        """Call a student's function in isolation; report what it printed, warned of and drew."""
        if name := request.get("method"):
            function = functools.partial(_special(function, name), function)
        given = {name: self.decode(value) for name, value in request["given"].items()}
        given |= {name: importlib.import_module(module) for name, module in request["modules"].items()}
        if "random" in request:
            randomness.set_states(self.decode(request["random"]))
            self._random = {}
        before = self._random = self._random or randomness.snapshot()
        told: dict[str, Any] = {}
        with (
            isolated_call(function, given, request.get("refused", ()), request["without"]) as printed,
            self._patched(request, told),
            _recorded() as warned,
            np.errstate(**request.get("float errors", {})),
            _recursion(request.get("depth")),
        ):
            answer = super().called(_repeating(function, request.get("times")), request)
        told["printed"], told["complained"] = printed.getvalue(), printed.errors
        told["warned"] = [[self._kinds(note.category), str(note.message)[:MOST]] for note in warned[:WARNINGS]]
        self._random = randomness.snapshot()
        told["random"] = self.encode(randomness.changed(before, self._random))
        return answer | {name: value for name, value in told.items() if value and value != {"dict": []}}

    @contextlib.contextmanager
    def _patched(self, request: dict, told: dict) -> Iterator[None]:
        """Let `input` and `print` mean what the check lets them mean, and standard input hold what it holds there."""
        patched = {name: self.decode(value) for name, value in request.get("patched", {}).items()}
        text = request.get("stdin")
        stream = sys.stdin if text is None else io.StringIO(text)
        if text is not None:
            patched.setdefault("input", _reading_from(stream))
        before, usual = {name: getattr(builtins, name) for name in patched}, sys.stdin
        vars(builtins).update(patched)
        sys.stdin = stream
        try:
            yield
        finally:
            vars(builtins).update(before)
            sys.stdin = usual
            if text is not None:
                told["read"] = stream.tell()

    def public(self, name: str) -> Any:
        """Return the public module's function of this name: it runs here, without asking the checker."""
        return getattr(importlib.import_module(self.public_module), name)

    def resolve(self, tag: str, content: Any) -> Any:
        """Return what a reference refers to; what the notebook has too - modules, functions, classes - is its own."""
        names = vars(sys.modules["__main__"])
        if tag == "module":
            return importlib.import_module(content)
        if tag == "named":
            name, reference = content
            return names[name] if callable(names.get(name)) else plain.decode(reference, self.resolve)
        if tag == "member":
            return names[content[0]][content[1]]
        if tag == "again":
            return self._built[content]
        if tag == "instance":
            self._copied.add(names[content[0]])
            self._built.append(object.__new__(names[content[0]]))
            made = self._built[-1]
            vars(made).update(plain.decode(content[1], self.resolve))
            return made
        return super().resolve(tag, content)

    def is_mutable(self, value: Any) -> bool:
        """Say whether the checker must hear what a function made of this argument."""
        return super().is_mutable(value) or type(value) in self._copied

    def decode(self, value: Any) -> Any:
        """Return the value that the checker's `encode` was given."""
        self._built = []
        return super().decode(value)

    def traits(self, value: Any) -> list[str]:
        """Return which special methods a value's type has, and whether it is a class or a module."""
        kind = type(value)
        if isinstance(value, (type, types.ModuleType)):
            return ["class" if isinstance(value, type) else "module"]
        return [name for name in TRAITS if hasattr(kind, name)]

    def refer(self, value: Any) -> dict:
        """Return a reference; a class of exceptions is one that a check can expect."""
        reference = super().refer(value)
        if isinstance(value, type) and issubclass(value, BaseException):
            return {"exception": self._kinds(value)}
        return reference

    def _kinds(self, kind):
        """Return the names of an exception's types, and (number, module) of those that are not Python's own."""
        names = [each.__name__ for each in kind.__mro__]
        own = [each for each in kind.__mro__ if each.__module__ != "builtins"]
        return {
            "types": names,
            "kinds": [[protocol.Peer.refer(self, each)["mine"][0], each.__module__] for each in own],
        }

    def describe(self, error: BaseException) -> dict:
        """Return what is sent of an exception; one whose class is not Python's own can be asked for its attributes."""
        described = super().describe(error) | self._kinds(type(error))
        if described["kinds"]:
            described["error"] = protocol.Peer.refer(self, error.with_traceback(None))["mine"][0]
        arguments = [*error.args[:9], *([error.filename] if isinstance(error, OSError) and error.filename else [])]
        if all(type(part) in (bool, int, float, str) and len(repr(part)) < MOST for part in arguments):
            described["arguments"] = arguments
        return described

    def proxy(self, number: int, kind: str, name: str | None, traits: frozenset[str]) -> Callable:
        """Return a function that calls the checker's."""

        def function(*arguments, **keywords):
            return self.call(number, arguments, keywords)[0]

        function.__name__ = function.__qualname__ = name or kind
        return function

    def error(self, description: dict) -> Exception:
        """Return what the checker's function raised, as its built-in type."""
        return protocol.builtin_error(description["types"])(description["text"])


def _repeating(function, times):
    """Return a function that calls this one so many times and returns a list; for None, this one."""
    if times is None:
        return function
    return lambda *arguments, **keywords: [function(*arguments, **keywords) for _ in range(times)]


def _special(value, name):
    """Return what a special method does: another class of the notebook may have one that this value's class has not."""
    kind = type(value)
    usual = {"__contains__": operator.contains, "__bool__": bool} if kind.__module__ == "__main__" else {}
    try:
        return usual[name] if name in usual else getattr(kind, name)
    except AttributeError as error:
        raise TypeError(str(error)) from None  # as an operator does


def _reading_from(stream):
    """Return a function that reads a line as `input` does."""

    def read(prompt=""):
        print(prompt, end="")
        line = stream.readline()
        if not line:
            raise EOFError("EOF when reading a line")
        return line.removesuffix("\n")

    return read


@contextlib.contextmanager
def _recursion(depth):
    """Limit recursion to the depth that a check has set; if it has set none, a limit that functions set stays."""
    if not depth:
        yield
        return
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(depth)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


@contextlib.contextmanager
def _recorded():
    """Return a list of the warnings that are given meanwhile."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield found


_OWN: tuple[list, dict] = ([], {})
"""What has a number, for as long as the kernel lives: a check may keep a function for the next check."""


def serve(address: str, public_module: str = "") -> None:
    """Answer a checker that listens at this address, until it closes the connection."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        agent = Agent(protocol.Channel(connection), public_module)
        agent.own, agent._numbers = _OWN
        with contextlib.suppress(protocol.ProtocolError):
            while True:
                agent.answer(agent.channel.receive())
