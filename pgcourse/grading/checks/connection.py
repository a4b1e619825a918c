"""The checker's end of the connection to a student's kernel."""

import builtins
import contextlib
import enum
import functools
import io
import os
import socket
import sys
import threading
import types
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import numpy as np

from pgcourse.grading.checks import plain, protocol, proxies, randomness

PATCHED = ("input", "print")
"""Built-in functions that a check may replace for a student's function."""

USUAL = {name: getattr(builtins, name) for name in PATCHED}
USUAL_ERRORS = np.geterr()
USUAL_DEPTH = sys.getrecursionlimit()
Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


def _in_turn(method: Callable[Arguments, Value]) -> Callable[Arguments, Value]:
    """Let a check's threads speak one after the other: they share the connection, and its notes of what passed."""

    @functools.wraps(method)
    def speak(*arguments: Arguments.args, **keywords: Arguments.kwargs) -> Value:
        connection: Any = arguments[0]
        with connection._turn:
            return method(*arguments, **keywords)

    return speak


class StudentConnection(protocol.Peer):
    """The checker's end of the connection.

    Parameters
    ----------
    public_module
        Name of the module whose functions the student's side has as well; "" for none.

    Attributes
    ----------
    classes, methods
        Names of the classes that the instructor's solution defines, and of what these have.
    refused
        Errors that refuse what the present check does.
    own_output
        The stream to which the check itself prints: what a student's function prints does not go there.
    """

    def __init__(self, public_module: str):
        super().__init__(None)
        self.public_module = public_module
        self.over, self.reason = threading.Event(), ""
        self._turn = threading.RLock()
        self.classes: set[str] = set()
        self.methods: set[str] = set()
        self.own_output: Any = None
        self.namespace: Any = {}
        self.refused: list[Exception] = []
        self._socket: socket.socket | None = None
        self._proxies: weakref.WeakValueDictionary = weakref.WeakValueDictionary()
        self._errors: dict[int, Any] = {}
        self._sent: dict[int, int] = {}
        self._built: dict[int, Any] = {}
        self._random = randomness.snapshot()

    def listen(self, address: str) -> socket.socket:
        """Return a socket to which the student's kernel can connect."""
        self.over.clear()
        self.own, self._numbers, self._shared, self._references = [], {}, {}, {}
        listener = socket.socket(socket.AF_UNIX)
        # not chmod: a moment later this path may be a link that the student made
        mask = os.umask(0)
        listener.bind(address)
        os.umask(mask)
        listener.listen(1)
        listener.settimeout(0.2)
        return listener

    def accept(self, listener: socket.socket) -> None:
        """Wait until the kernel connects, or will not do so any more."""
        self.channel = None
        while self.channel is None and not self.over.is_set():
            with contextlib.suppress(TimeoutError):
                self._socket, _ = listener.accept()
                self.channel = protocol.Channel(self._socket)
        address = listener.getsockname()
        listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(address)

    def refusal(self, error: Exception) -> Exception:
        """Note an error that refuses what a check does, so that no `except` of the check can swallow it; return it."""
        self.refused.append(error)
        return error

    def hang_up(self) -> None:
        """End the connection; whoever waits at either end notices."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def end(self, reason: str) -> None:
        """Note that the kernel will not answer any more, and why; called by another thread."""
        self.reason = reason
        self.over.set()
        self.hang_up()

    @_in_turn
    def ask(self, request: dict, follow: Callable[[dict], None] = lambda answer: None) -> dict:
        """Ask the student's side; raises ConnectionError or TimeoutError with the reason if there is no answer."""
        if request["ask"] != "name":
            self.namespace.copies.clear()
        try:
            if self.channel is None or self.over.is_set():
                raise protocol.ProtocolError
            return super().ask(request, follow)
        except protocol.ProtocolError:
            self.hang_up()
            self.over.wait()
            self.channel = None
            if self.reason:
                raise TimeoutError(self.reason) from None
            raise ConnectionError("the notebook ended the connection to its check") from None

    @_in_turn
    def value(self, name: str) -> Any:
        """Return the value that the student's name has; raises KeyError."""
        answer = self.ask({"ask": "name", "name": name})
        if "value" not in answer:
            raise KeyError(name)
        return self.received(answer)

    @_in_turn
    def attribute(self, number: int, name: str) -> Any:
        """Return an attribute of the student's object of this number; raises AttributeError."""
        return self.received(self.ask({"ask": "attribute", "number": number, "name": name}))

    def special(self, number: int, name: str, arguments: Sequence) -> Any:
        """Return what a special method of the student's object returns."""
        return self.run(number, arguments, {}, {}, method=name)

    @_in_turn
    def run(self, number: int, arguments: Sequence, keywords: dict[str, Any], given: dict, **more: Any) -> Any:
        """Call a function in the student's process, with what stands in for its names, and follow what it does.

        The states of the global random generators go there if the check has used them, and what the function draws,
        prints, reads and warns of is drawn, printed, read and warned of here.
        """
        given = {**self.namespace.shared(), **given}
        modules = {name: value.__name__ for name, value in given.items() if isinstance(value, types.ModuleType)}
        more["given"] = {name: self.encode(value) for name, value in given.items() if name not in modules}
        more["modules"], more["without"] = modules, sorted(self.namespace.hidden)
        patched = {name: self.namespace.get(name, getattr(builtins, name)) for name in PATCHED}
        more["patched"] = {name: self.encode(use) for name, use in patched.items() if use is not USUAL[name]}
        if isinstance(sys.stdin, io.StringIO):
            place = sys.stdin.tell()
            more["stdin"] = sys.stdin.read()
            sys.stdin.seek(place)
        before, self._random = self._random, randomness.snapshot()
        sent = randomness.changed(before, self._random)
        if sent:
            more["random"] = self.encode(sent)
        if (handling := np.geterr()) != USUAL_ERRORS and {*handling.values()} <= {"ignore", "warn", "raise"}:
            more["float errors"] = handling
        if (depth := sys.getrecursionlimit()) != USUAL_DEPTH:
            more["depth"] = depth
        value, answer = self.call(number, arguments, keywords, **more)
        self._follow(answer, sent)
        return value

    def _follow(self, answer, sent):
        """Do here what a call did there; raises ProtocolError for what cannot be read."""
        try:
            if "random" in answer:
                randomness.follow(sent, self.decode(answer["random"]))
                self._random = randomness.snapshot()
            if "read" in answer and isinstance(sys.stdin, io.StringIO):
                sys.stdin.seek(min(sys.stdin.tell() + plain.expect(answer["read"], int), len(sys.stdin.getvalue())))
            printed, complained = (plain.expect(answer.get(name, ""), str) for name in ("printed", "complained"))
            noted = [(self._category(described), str(text)) for described, text in answer.get("warned", [])]
        except (LookupError, TypeError, ValueError, AttributeError):
            raise protocol.ProtocolError("an answer cannot be read") from None
        if sys.stdout is not self.own_output:
            sys.stdout.write(printed)
        sys.stderr.write(complained)
        for kind, text in noted:
            warnings.warn(text, kind if issubclass(kind, Warning) else UserWarning, stacklevel=4)

    def _category(self, described):
        """Return the class of a warning: the library's or Python's own, or what stands for the student's."""
        names, kinds = described["types"], described["kinds"]
        known = self._instructors(names[0], kinds[0][1]) if kinds else protocol.builtin_error(names)
        return known or self.error_kind(described)

    def made(self, value: Any) -> Any:
        """Return the proxy of an object that a check made; operators combine only such proxies with plain values."""
        if not isinstance(value, proxies.RemoteObject) or isinstance(
            value, (proxies.RemoteClass, proxies.RemoteModule)
        ):
            return value
        number = value._wire[1]
        named = [value.__name__] if isinstance(value, proxies.RemoteFunction) else []
        kind: Any = type(value)
        return self._kept((number, "made"), lambda: kind(self, number, *named, made=True))

    def refer(self, value: Any) -> dict:
        """Return a reference; what came from the student goes back as the object that it was there."""
        if isinstance(value, proxies.RemoteObject):
            return {"yours": value._wire[1]}
        if isinstance(value, types.ModuleType):
            return {"module": value.__name__}
        if callable(value) and self._owned(getattr(value, "__name__", None)) is value:
            return {"named": [value.__name__, super().refer(value)]}
        if self._is_copied(type(value)):
            return self._copied(value)
        if self._is_public(value):
            return {"public": value.__name__}
        if callable(value) or type(value).__name__ in plain.ITERATORS:
            return super().refer(value)
        words = "numbers, text, lists, tuples, sets, dicts, arrays, tables, times, iterators, generators and functions"
        told = f"a {type(value).__name__} cannot be passed to a student's function: {words} can"
        raise self.refusal(TypeError(told))

    def _owned(self, name):
        """Return what a name of the instructor's stands for; None for any other name."""
        with contextlib.suppress(KeyError):
            return self.namespace[name] if name in getattr(self.namespace, "own", ()) else None
        return None

    def _is_copied(self, kind):
        """Say whether objects of a class travel as their attributes: it is the notebook's, or a module's beside it."""
        if self._owned(kind.__name__) is not kind or issubclass(kind, BaseException):
            return False
        if kind.__new__ is not object.__new__ and not issubclass(kind, enum.Enum):
            return False
        file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
        return kind.__module__ == "__main__" or file.startswith(os.getcwd() + os.sep)

    def _copied(self, value):
        """Return what an object of a class that the notebook has too holds, by the names of its attributes."""
        if isinstance(value, enum.Enum):
            return {"member": [type(value).__name__, value.name]}
        if id(value) in self._sent:
            return {"again": self._sent[id(value)]}
        self._sent[id(value)] = len(self._sent)
        return {"instance": [type(value).__name__, plain.encode(vars(value), self.refer)]}

    def encode(self, value: Any, known: Mapping[int, Any] = plain.NOTHING) -> Any:
        """Return a value as what a Channel can send; `known` has references to what the other side has, by `id`."""
        self._sent = {}
        return super().encode(value, known)

    def decode(self, value: Any) -> Any:
        """Return the value that the student's `encode` was given; raises ProtocolError."""
        self._built = {}
        return super().decode(value)

    def _is_public(self, value):
        """Say whether a value is what the public module has under the value's own name."""
        if not self.public_module or getattr(value, "__module__", "") != self.public_module:
            return False
        return getattr(sys.modules.get(self.public_module), getattr(value, "__name__", ""), None) is value

    def resolve(self, tag: str, content: Any) -> Any:
        """Return what a reference refers to."""
        return self.error_kind(content) if tag == "exception" else super().resolve(tag, content)

    def proxy(self, number: int, kind: str, name: str | None, traits: frozenset[str]) -> Any:
        """Return the proxy for a student's function or object, always the same one for the same object."""
        own = self._owned(kind if name is None else name)
        if isinstance(own, type) and self._is_copied(own) and (name is None or "class" in traits):
            return self._rebuilt(number, own) if name is None else own
        methods = traits & {*proxies.READING} | self.methods & {*proxies.METHODS} - {*proxies.READING}
        base: Any
        if "module" in traits:
            base, methods = proxies.RemoteModule, frozenset()
        elif "class" in traits:
            base, methods = proxies.RemoteClass, frozenset()
        else:
            base = proxies.RemoteObject if name is None else proxies.RemoteFunction
        named = () if name is None else (name,)
        kinds = proxies.proxy_type(base, kind, frozenset(methods))
        return self._kept((number, kind, name), lambda: kinds(self, number, *named))

    def _rebuilt(self, number, own):
        """Return an object of a class of the instructor's, with what the student's object of that name holds."""
        if issubclass(own, enum.Enum):
            return own[plain.expect(self._plain_attribute(number, "name"), str)]
        if number not in self._built:
            self._built[number] = made = object.__new__(own)
            held = plain.expect(self._plain_attribute(number, "__dict__"), dict)
            for name, value in held.items():
                if callable(getattr(own, plain.expect(name, str), None)):
                    raise protocol.ProtocolError(f"a {own.__name__} of the submission has a {name} of its own")
                vars(made)[name] = value
            return made
        return self._built[number]

    def _plain_attribute(self, number, name):
        """Return an attribute as a part of the value that is being decoded."""
        answer = self.ask({"ask": "attribute", "number": number, "name": name})
        return plain.decode(answer["value"], self.resolve)

    def update_in_place(self, old: Any, new: Any) -> None:
        """Make what was passed equal to what became of it; raises TypeError or ValueError."""
        if type(old) is type(new) and self._is_copied(type(old)):
            held = dict(vars(new))
            vars(old).clear()
            vars(old).update(held)
        else:
            super().update_in_place(old, new)

    def _kept(self, key, make):
        found = self._proxies.get(key)
        if found is None:
            found = self._proxies[key] = make()
        return found

    def error(self, description: Any) -> Exception:
        """Return an exception with the text and the name that the student's has."""
        match description:
            case {"types": [str(), *_], "text": str(text)}:
                try:
                    kind = self.error_kind(description)
                except (KeyError, TypeError, ValueError):
                    raise protocol.ProtocolError("an exception cannot be read") from None
            case _:
                raise protocol.ProtocolError("an exception cannot be read")
        try:
            made = kind(text)
            made.args = tuple(self.decode(description.get("arguments", [text])))
        except TypeError:  # some types, such as ExceptionGroup, need other arguments
            return proxies.StudentError(text)
        if not description.get("kinds"):  # a check may ask whether its type is exactly that
            with contextlib.suppress(Exception):
                usual = protocol.builtin_error(description["types"][:1])(*made.args)
                if type(usual).__name__ == description["types"][0] and str(usual) == text:
                    return usual
        if type(number := description.get("error")) is int:
            made.wire = self, number
        return made

    def error_kind(self, description: Any) -> Any:
        """Return the type for a student's exception: a subclass of its bases, and of the instructor's of that name."""
        names, kinds = description["types"], description.get("kinds", [])
        if not all(isinstance(name, str) for name in names) or len(kinds) > len(names):
            raise protocol.ProtocolError("an exception cannot be read")
        kind: Any = protocol.builtin_error(names)
        for name, (number, module) in reversed([*zip(names, map(tuple, kinds), strict=False)]):
            kind = self._errors.get(number) or proxies.error_type(name, self._instructors(name, module) or kind)
            if len(self._errors) < 1000:
                self._errors[number] = kind
        return kind if issubclass(kind, proxies.StudentError) else proxies.error_type(names[0], kind)

    def _instructors(self, name, module):
        """Return the exception type of this name that a locked cell or a module of the check's has, if any."""
        place = self.namespace if module == "__main__" else vars(sys.modules.get(str(module), types.ModuleType("none")))
        found = dict.get(place, name)
        return found if isinstance(found, type) and issubclass(found, Exception) else None
