"""What a checker and a student's kernel send each other: plain data as JSON and bytes, never pickle.

Each side has functions that the other may call. A call carries copies of its arguments there, and copies of those that
changed back, so that a function that changes an array in place does so for its caller. What is not plain data - a
function, an object of a student's class - stays where it is; the other side gets a number for it. An iterator stays
too, and is asked for one value after the other.
"""

import builtins
import contextlib
import itertools
import json
import socket
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pgcourse.grading.checks import plain

LIMIT = 32 * 2**20
"""Bytes that one message may have."""

ITEMS = 10**5
"""Values that are taken from the other side's iterator."""

PRIVATE_FILES = "NBGRADER_CHECKER_FILES"
"""Environment variable of a checker: the folder in which it finds copies of the course's private files."""


class ProtocolError(Exception):
    """The other side sent what cannot be understood, or is gone."""


class Channel:
    """Messages over a connected stream socket: each is a line of JSON, then the bytes that the line announces."""

    def __init__(self, socket: socket.socket):
        self.socket, self._file = socket, socket.makefile("rwb", buffering=2**16)

    def send(self, message: Any) -> None:
        """Send what JSON and bytes can hold; raises ValueError if it is too large, ProtocolError if nobody listens."""
        parts: list[bytes] = []

        def put_aside(data):
            parts.append(data)
            return {"bytes to come": len(data)}

        line = json.dumps(message, default=put_aside).encode() + b"\n"
        size = len(line) + sum(map(len, parts))
        if size > LIMIT:
            raise ValueError(f"{size / 2**20:.0f} MB are too much to be checked: up to {LIMIT >> 20} MB can be")
        try:
            self._file.writelines([line, *parts])
            self._file.flush()
        except (OSError, ValueError):
            raise ProtocolError("the connection ended") from None

    def receive(self) -> Any:
        """Wait for a message; raises ProtocolError if it cannot be read, TimeoutError after the socket's time-out."""
        room = LIMIT

        def fetch(entry):
            nonlocal room
            if "bytes to come" not in entry:
                return entry
            size = entry["bytes to come"]
            if type(size) is not int or not 0 <= size <= room:
                raise ProtocolError("a message is too large")
            room -= size
            data = self._file.read(size)
            if len(data) < size:
                raise ProtocolError("the connection ended")
            return data

        try:
            line = self._file.readline(LIMIT)
            if not line.endswith(b"\n"):
                raise ProtocolError("the connection ended")
            return json.loads(line, object_hook=fetch)
        except TimeoutError:
            raise
        except (OSError, ValueError, RecursionError):
            raise ProtocolError("the message cannot be read") from None

    def close(self) -> None:
        """End the connection."""
        self.socket.close()
        with contextlib.suppress(OSError, ValueError):
            self._file.close()


class Peer:
    """One end of a connection: calls the other side's functions, and answers calls of its own.

    A subclass defines what a proxy for something of the other side is, and what else can be asked for.
    """

    def __init__(self, channel: Channel | None):
        self.channel: Any = channel  # None while the other side is not connected
        self.own: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._passed: list[Any] = []  # what the other side may return as it was passed
        self._iterators: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # of the other side: their numbers

    def ask(self, request: dict) -> dict:
        """Send a request and return its answer; meanwhile answer what the other side asks.

        Raises ProtocolError, or what `error` makes of an exception of the other side's function.
        """
        self.channel.send(request)
        while True:
            message = self.channel.receive()
            if not isinstance(message, dict):
                raise ProtocolError("a message is no JSON object")
            if "ask" not in message:
                break
            self.answer(message)
        if "error" in message:
            raise self.error(message["error"])
        return message

    def answer(self, request: dict) -> None:
        """Serve a request and send the answer, or the exception."""
        try:
            self.channel.send(self.serve(request))
        except (ProtocolError, KeyboardInterrupt):
            raise
        except BaseException as error:
            self.channel.send({"error": self.describe(error)})

    def serve(self, request: dict) -> dict:
        """Return the answer to a request of the other side."""
        if request["ask"] == "next":
            return self.advanced(self.mine(request["number"]), self.decode(request["sent"]))
        if request["ask"] != "call":
            raise ProtocolError("nothing of that kind can be asked for")
        return self.called(self.mine(request["number"]), request)

    def advanced(self, iterator: Iterator, sent: Any) -> dict:
        """Return an iterator's next value, or what a generator returned."""
        if not isinstance(iterator, Iterator):
            raise ProtocolError("nothing with that number can be iterated over")
        try:
            value = next(iterator) if sent is None else iterator.send(sent)  # type: ignore[attr-defined]
        except StopIteration as end:
            return {"returned": self.encode(end.value)}
        return {"value": self.encode(value)}

    def iterated(self, number: int, kind: str) -> Iterator:
        """Return an iterator over the other side's iterator of this number: a generator if that is one."""
        values = self._values(number)
        made = values if kind == "generator" else plain.iterator_type(kind)(values)
        self._iterators[made] = number
        return made

    def _values(self, number):
        sent = None
        for count in itertools.count():
            if count == ITEMS:
                raise ValueError(f"an iterator gave more than {ITEMS:,} values")
            answer = self.ask({"ask": "next", "number": number, "sent": self.encode(sent)})
            if "value" not in answer:
                return self.decode(answer.get("returned"))
            sent = yield self.decode(answer["value"])

    def call(self, number: int, arguments: Sequence, keywords: dict[str, Any], **more: Any) -> tuple[Any, dict]:
        """Call the other side's function of this number.

        Parameters
        ----------
        number
            Under which the other side knows the function.
        arguments, keywords
            What it is called with; what it changes in place is changed in these as well.
        more
            What else the other side must know.

        Returns
        -------
        tuple
            The value that the function returns, and the whole answer.
        """
        passed: dict[Any, Any] = {**dict(enumerate(arguments)), **keywords}
        containers = list(plain.containers(passed.values()))
        message = self.ask(
            {
                "ask": "call",
                "number": number,
                "arguments": [self.encode(argument) for argument in arguments],
                "keywords": {name: self.encode(argument) for name, argument in keywords.items()},
                **more,
            }
        )
        try:
            for place, new in message.get("changed", []):
                self.update_in_place(passed[place], self.decode(new))
            self._passed = containers
            return self.decode(message["value"]), message
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ProtocolError("an answer cannot be read") from None
        finally:
            self._passed = []

    def called(self, function: Callable, request: dict) -> dict:
        """Call a function of this side as a request says; return the answer."""
        sent = {**dict(enumerate(request["arguments"])), **request["keywords"]}
        passed = {place: self.decode(value) for place, value in sent.items()}
        arguments = [value for place, value in passed.items() if isinstance(place, int)]
        containers = list(plain.containers(passed.values()))
        value = function(*arguments, **{place: value for place, value in passed.items() if isinstance(place, str)})
        changed = []
        for place, argument in passed.items():
            if self.is_mutable(argument):
                now = self.encode(argument)
                if now != sent[place]:
                    changed.append([place, now])
        # a container of a changed argument is not the one that was passed, unless it is the argument
        replaced = {id(part) for place, _ in changed for part in plain.containers([passed[place]])}
        replaced -= {id(argument) for argument in passed.values()}
        known = {id(part): {"passed": n} for n, part in enumerate(containers) if id(part) not in replaced}
        return {"value": self.encode(value, known), "changed": changed}

    def is_mutable(self, value: Any) -> bool:
        """Say whether the other side must hear what a function made of this argument."""
        return plain.is_mutable(value)

    def update_in_place(self, old: Any, new: Any) -> None:
        """Make what was passed equal to what became of it; raises TypeError or ValueError."""
        plain.update_in_place(old, new)

    def encode(self, value: Any, known: Mapping[int, Any] = plain.NOTHING) -> Any:
        """Return a value as what a Channel can send; `known` has references to what the other side has, by `id`."""
        return plain.encode(value, self.refer, known)

    def decode(self, value: Any) -> Any:
        """Return the value that the other side's `encode` was given; raises ProtocolError."""
        try:
            return plain.decode(value, self.resolve)
        except ProtocolError:
            raise
        except Exception:  # a student's process may send anything
            raise ProtocolError("a value cannot be read") from None

    def refer(self, value: Any) -> dict:
        """Return a reference to what is not plain data."""
        kind = type(value).__name__
        iterator = kind in plain.ITERATORS and isinstance(value, Iterator)
        if iterator and value in self._iterators:
            return {"yours": self._iterators[value]}
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.own)
            self.own.append(value)
        if iterator:
            return {"iterator": [number, kind]}
        name = str(getattr(value, "__name__", kind)) if callable(value) else None
        return {"mine": [number, kind, name, self.traits(value)]}

    def traits(self, value: Any) -> list[str]:
        """Return what the other side must know of an object that stays here."""
        return []

    def mine(self, number: Any) -> Any:
        """Return what this side gave a number to; raises ProtocolError."""
        if type(number) is not int or not 0 <= number < len(self.own):
            raise ProtocolError("nothing has that number")
        return self.own[number]

    def resolve(self, tag: str, content: Any) -> Any:
        """Return what a reference refers to; raises ProtocolError, or whatever Python raises if it is none."""
        if tag == "yours":
            return self.mine(content)
        if tag == "public":
            return self.public(content)
        if tag == "passed":
            return self._passed[plain.expect(content, int)]
        if tag == "iterator":
            number, kind = content
            return self.iterated(plain.expect(number, int), kind)
        if tag != "mine":
            raise ProtocolError("a value cannot be read")
        number, kind, name, traits = content
        if type(number) is not int or not isinstance(kind, str) or not isinstance(name, (str, type(None))):
            raise ProtocolError("a reference cannot be read")
        return self.proxy(number, kind, name, frozenset(traits))

    def public(self, name: str) -> Any:
        """Return the public module's function of this name; raises ProtocolError on a side that accepts none."""
        raise ProtocolError("a public function cannot be sent here")

    def proxy(self, number: int, kind: str, name: str | None, traits: frozenset[str]) -> Any:
        """Return a proxy for the other side's object of this number.

        Parameters
        ----------
        kind
            Name of its type.
        name
            Name of a function; None for what cannot be called.
        traits
            What its `traits` returned on the other side.
        """
        raise NotImplementedError

    def describe(self, error: BaseException) -> dict:
        """Return what is sent of an exception: the names of its types, the most specific first, and its text."""
        try:
            text = str(error)
        except Exception:
            text = ""
        return {"types": [kind.__name__ for kind in type(error).__mro__], "text": text[:2000]}

    def error(self, description: Any) -> Exception:
        """Return the exception to raise for one of the other side."""
        raise NotImplementedError


def builtin_error(types: Sequence[str]) -> type[Exception]:
    """Return the most specific built-in exception among these names of types."""
    known = (getattr(builtins, name, None) for name in types)
    return next((kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception)), Exception)
