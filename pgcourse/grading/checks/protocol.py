"""What a checker and a student's kernel send each other: plain data as JSON and bytes, never pickle.

Each side has functions that the other may call. A call carries copies of its arguments there, and copies of those that
changed back, so that a function that changes an array in place does so for its caller. What both sides hold on to after
that gets a number: what becomes of it on one side goes with the next message to the other. What is not plain data - a
function, an object of a student's class - stays where it is; the other side gets a number for it. An iterator stays
too, and is asked for one value after the other.
"""

import builtins
import collections
import contextlib
import itertools
import json
import operator
import socket
import sys
import weakref
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np

from pgcourse.grading.checks import arrays, plain

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
        self._given: list[Any] = []  # what can be changed of the arguments that are being read
        self._changes: dict[str, list] = {}  # of what was passed to a function that raised an exception
        self._passed: list[Any] = []  # what the other side may return as it was passed
        self._shared: dict[int, list] = {}  # what both sides hold on to, and its state when they last agreed
        self._references: dict[int, dict] = {}  # to what both sides hold on to, by `id`
        self._iterators: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # of the other side: their numbers

    def ask(self, request: dict, follow: Callable[[dict], None] = lambda answer: None) -> dict:
        """Send a request and return its answer, which `follow` reads first, even that of a function that failed.

        Meanwhile answer what the other side asks. Raises ProtocolError, or what `error` makes of an exception of the
        other side's function.
        """
        self.channel.send(request | self.news())
        while True:
            message = self.channel.receive()
            if not isinstance(message, dict):
                raise ProtocolError("a message is no JSON object")
            if "ask" not in message:
                break
            self.answer(message)
        self.agree(message)
        follow(message)
        if "error" in message:
            raise self.error(message["error"])
        return message

    def answer(self, request: dict) -> None:
        """Serve a request and send the answer, or the exception."""
        try:
            self.agree(request)
            answer = self.serve(request)
            # the copy that a replay ended has told its own news
            self.channel.send(answer if "ended" in answer else answer | self.news())
        except (ProtocolError, KeyboardInterrupt):
            raise
        except BaseException as error:
            self.handed([], [])
            changes, self._changes = self._changes, {}
            self.channel.send({"error": self.describe(error)} | changes | self.news())

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
            self.handed([], plain.containers([end.value]))
            return {"returned": self.encode(end.value)}
        self.handed([], plain.containers([value]))
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
            sent = yield self.received(answer)

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
        sent, known = self._arguments(passed), _known(containers, passed)

        def follow(answer):
            try:
                self._passed = known
                for place, new in answer.get("changed objects", []):
                    self.update_in_place(passed[place], self.decode(new))
                for place, new in answer.get("changed", []):
                    self.update_in_place(containers[plain.expect(place, int)], self.decode(new))
            except (KeyError, IndexError, TypeError, ValueError, AttributeError):
                raise ProtocolError("an answer cannot be read") from None
            finally:
                self._passed = []

        request = {"ask": "call", "number": number, **more}
        request["arguments"] = [sent[place] for place in range(len(arguments))]
        request["keywords"] = {name: sent[name] for name in keywords}
        message = self.ask(request, follow)
        try:
            self._passed = known
            return self.received(message, containers), message
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ProtocolError("an answer cannot be read") from None
        finally:
            self._passed = []

    def called(self, function: Callable, request: dict) -> dict:
        """Call a function of this side as a request says; return the answer."""
        sent = {**dict(enumerate(request["arguments"])), **request["keywords"]}
        passed: dict[Any, Any] = {}
        held: dict[Any, list] = {}
        self._given = []
        for place, form in sent.items():
            passed[place] = self.decode(form)
            held[place] = list(plain.containers([passed[place]]))
            self._given += held[place]
        self._given = []  # else they would never be alone
        containers = [part for parts in held.values() for part in parts]
        known: dict[int, Any] = {id(part): {"passed": n} for n, part in enumerate(_known(containers, passed))}
        arguments = [value for place, value in passed.items() if isinstance(place, int)]
        try:
            value = function(*arguments, **{place: value for place, value in passed.items() if isinstance(place, str)})
        except Exception:
            self._changes = self._changed(sent, passed, held, known)
            raise
        results = distinct(plain.containers([value]), known)
        self.handed(containers, results)
        known |= {id(part): seen for part in results if (seen := self._view(part, containers))}
        return {"value": self.encode(value, known), **self._changed(sent, passed, held, known)}

    def _arguments(self, passed):
        """Return the forms of arguments; what several of them hold is one thing on the other side too."""
        known: dict[int, Any] = {}
        forms, count = {}, 0
        for place, argument in passed.items():
            forms[place] = self.encode(argument, known)
            for part in plain.containers([argument]):
                known.setdefault(id(part), {"given": count})
                count += 1
        return forms

    def _changed(self, sent, passed, held, known):
        """Return what has become of the arguments of a call, where that is not what was sent."""
        changed, objects = [], []
        for place, now in self._arguments(passed).items():
            if now == sent[place]:
                continue
            if not held[place] and self.is_mutable(passed[place]):
                objects.append([place, now])
            for part in held[place]:
                reference = known.pop(id(part))
                changed.append([reference["passed"], self.encode(part, known)])
                known[id(part)] = reference
        return {"changed": changed, "changed objects": objects}

    def _view(self, array, passed):
        """Return a reference to what an array is a view of, among what the other side has; None for what is no view."""
        if type(array) is not np.ndarray or id(array) in self._references:
            return None
        owners: list[tuple[Any, dict]] = [(part, {"passed": number}) for number, part in enumerate(passed)]
        owners += [(part, {"shared": number}) for number, (part, _) in self._shared.items()]
        for owner, reference in owners:
            if type(owner) is np.ndarray and array is not owner and np.may_share_memory(array, owner):
                places = arrays.places(array, owner)
                if places is None:
                    return {"read only": plain.encode(array, self.refer)}
                return {"view": [reference, plain.encode(places, self.refer)]}
        return None

    def handed(self, passed: Iterable, results: Iterable) -> None:
        """Note what can be changed of what was passed and is returned; the checker is told so by the student's side."""

    def received(self, message: dict, passed: Sequence = ()) -> Any:
        """Return the value of an answer; of it and of what was passed, note what the other side holds on to."""
        value, known = self.decode(message["value"]), {*map(id, passed)}
        results = distinct(plain.containers([value]), known)
        try:
            for number, is_passed, place in message.get("kept", []):
                parts = passed if plain.expect(is_passed, bool) else results
                self._share(plain.expect(number, int), parts[plain.expect(place, int)])
            for number, *_ in message.get("kept", []):
                self._shared[number][1] = self._state(number)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise ProtocolError("what is kept of a value cannot be read") from None
        return value

    def agree(self, message: dict) -> None:
        """Let what both sides hold on to be what it has become on the other side; raises ProtocolError."""
        try:
            for number, new in message.get("became", []):
                self.update_in_place(self._shared[number][0], self.decode(new))
            for number, _ in message.get("became", []):
                self._shared[number][1] = self._state(number)
            for number in message.get("released", []):
                self._part(number)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise ProtocolError("what became of a value cannot be read") from None

    def news(self) -> dict[str, Any]:
        """Return what the other side must know of what both hold on to: what is left to it alone, and what changed."""
        released, became = [], []
        for number, entry in self._shared.items():
            if type(entry[1]) is Parts and entry[1] == Parts(entry[0]):
                continue
            if (now := self._state(number)) != entry[1]:
                became.append([number, self._form(number)])
                entry[1] = now
        for number in list(self._shared):
            if is_alone(self._shared[number]):
                self._part(number)
                released.append(number)
        found = {"released": released, "became": became}
        return {name: told for name, told in found.items() if told}

    def _state(self, number):
        """Return what tells a change of what both sides hold on to: its parts if theirs are told too, else its form."""
        value = self._shared[number][0]
        if type(value) in (list, dict) and all(map(self._is_told, (parts := Parts(value)).parts)):
            return parts
        return self._form(number)

    def _is_told(self, value):
        """Say whether a value cannot change, or both sides hold on to it too."""
        kind = type(value)
        if kind is tuple:
            return all(map(self._is_told, value))
        return kind in UNCHANGING or isinstance(value, np.generic) or id(value) in self._references

    def _form(self, number):
        """Return the form of what both sides hold on to, the rest of it as references."""
        value = self._shared[number][0]
        reference = self._references.pop(id(value))
        try:
            return self.encode(value)
        finally:
            self._references[id(value)] = reference

    def _share(self, number, value):
        """Note what both sides hold on to."""
        self._shared[number] = [value, None]
        self._references[id(value)] = {"shared": number}

    def _part(self, number):
        """Forget what both sides held on to."""
        value, _ = self._shared.pop(number, (None, None))
        if self._references.get(id(value)) == {"shared": number}:
            del self._references[id(value)]

    def is_mutable(self, value: Any) -> bool:
        """Say whether the other side must hear what a function made of this argument."""
        return plain.is_mutable(value)

    def update_in_place(self, old: Any, new: Any) -> None:
        """Make what was passed equal to what became of it; raises TypeError or ValueError."""
        plain.update_in_place(old, new)

    def encode(self, value: Any, known: Mapping[int, Any] = plain.NOTHING) -> Any:
        """Return a value as what a Channel can send; `known` has references to what the other side has, by `id`."""
        if self._references:
            known = collections.ChainMap(cast(dict, known), self._references) if known else self._references
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
        if tag == "given":
            return self._given[plain.expect(content, int)]
        if tag == "shared":
            return self._shared[plain.expect(content, int)][0]
        if tag == "view":
            return arrays.view(*(plain.decode(part, self.resolve) for part in content))
        if tag == "read only":
            made = plain.expect(plain.decode(content, self.resolve), np.ndarray)
            made.flags.writeable = False
            return made
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


def distinct(values: Iterable, known: Container[int] = ()) -> list[Any]:
    """Return each of some objects once, in order, without those whose `id` is known."""
    return list({id(value): value for value in values if id(value) not in known}.values())


class Parts:
    """The objects that a list or a dict holds, equal to those of another where all are the same: faster than a form."""

    def __init__(self, value: list | dict):
        self.parts = [*value, *value.values()] if isinstance(value, dict) else [*value]

    def __eq__(self, other: object) -> bool:
        """Say whether both hold the same objects, not only equal ones."""
        if not isinstance(other, Parts) or len(self.parts) != len(other.parts):
            return False
        return all(map(operator.is_, self.parts, other.parts))


UNCHANGING = (int, float, complex, bool, str, bytes, type(None))


def _known(containers, passed):
    """Return what of a call's arguments is known again where it is returned; a tuple cannot be changed."""
    return containers + [argument for argument in passed.values() if type(argument) is tuple]


def is_alone(holder: list) -> bool:
    """Say whether nothing but this list refers to its first entry, or to the array of which that is a view."""
    alone = sys.getrefcount(holder[0]) <= ALONE
    return alone and (getattr(holder[0], "base", None) is None or sys.getrefcount(holder[0].base) <= ALONE)


_SAMPLE: list[list] = [[]]
ALONE = sys.getrefcount(_SAMPLE[0])


def builtin_error(types: Sequence[str]) -> type[Exception]:
    """Return the most specific built-in exception among these names of types."""
    known = (getattr(builtins, name, None) for name in types)
    return next((kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception)), Exception)
