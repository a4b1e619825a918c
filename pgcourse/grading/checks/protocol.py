"""What a checker and a student's kernel send each other: plain data as JSON and bytes, never pickle.

Each side has functions that the other may call. A call carries copies of its arguments there, and copies of those that
changed back, so that a function that changes an array in place does so for its caller. What is not plain data - a
function, an object of a student's class - stays where it is; the other side gets a number for it.
"""

import builtins
import contextlib
import json
import math
import re
import socket
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

LIMIT = 32 * 2**20
"""Bytes that one message may have."""

DIGITS = 4000
"""Decimal digits that a whole number may have; Python reads up to 4300."""

PRIVATE_FILES = "NBGRADER_CHECKER_FILES"
"""Environment variable of a checker: the folder in which it finds copies of the course's private files."""

GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


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
            self.channel.send({"error": describe_error(error)})

    def serve(self, request: dict) -> dict:
        """Return the answer to a request of the other side."""
        if request["ask"] != "call":
            raise ProtocolError("nothing of that kind can be asked for")
        return self.called(self.mine(request["number"]), request)

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
                update_in_place(passed[place], self.decode(new))
            return self.decode(message["value"]), message
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ProtocolError("an answer cannot be read") from None

    def called(self, function: Callable, request: dict) -> dict:
        """Call a function of this side as a request says; return the answer."""
        sent = {**dict(enumerate(request["arguments"])), **request["keywords"]}
        passed = {place: self.decode(value) for place, value in sent.items()}
        arguments = [value for place, value in passed.items() if isinstance(place, int)]
        value = function(*arguments, **{place: value for place, value in passed.items() if isinstance(place, str)})
        changed = []
        for place, argument in passed.items():
            if isinstance(argument, (list, dict, set, np.ndarray, np.random.Generator)):
                now = self.encode(argument)
                if now != sent[place]:
                    changed.append([place, now])
        return {"value": self.encode(value), "changed": changed}

    def encode(self, value: Any) -> Any:
        """Return a value as what a Channel can send."""
        return encode(value, self.refer)

    def decode(self, value: Any) -> Any:
        """Return the value that the other side's `encode` was given; raises ProtocolError."""
        try:
            return decode(value, self.resolve)
        except ProtocolError:
            raise
        except Exception:  # a student's process may send anything
            raise ProtocolError("a value cannot be read") from None

    def refer(self, value: Any) -> dict:
        """Return a reference to what is not plain data."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.own)
            self.own.append(value)
        name = str(getattr(value, "__name__", type(value).__name__)) if callable(value) else None
        return {"mine": [number, type(value).__name__, name]}

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
        number, kind, name = content
        if type(number) is not int or not isinstance(kind, str) or not isinstance(name, (str, type(None))):
            raise ProtocolError("a reference cannot be read")
        return self.proxy(number, kind, name)

    def public(self, name: str) -> Any:
        """Return the public module's function of this name; raises ProtocolError on a side that accepts none."""
        raise ProtocolError("a public function cannot be sent here")

    def proxy(self, number: int, kind: str, name: str | None) -> Any:
        """Return a proxy for the other side's object of this number.

        Parameters
        ----------
        kind
            Name of its type.
        name
            Name of a function; None for what cannot be called.
        """
        raise NotImplementedError

    def error(self, description: Any) -> Exception:
        """Return the exception to raise for one of the other side."""
        raise NotImplementedError


def describe_error(error: BaseException) -> dict:
    """Return what is sent of an exception: the names of its types, the most specific first, and its text."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return {"types": [kind.__name__ for kind in type(error).__mro__], "text": text[:2000]}


def builtin_error(types: Sequence[str]) -> type[Exception]:
    """Return the most specific built-in exception among these names of types."""
    known = (getattr(builtins, name, None) for name in types)
    return next((kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception)), Exception)


def encode(value: Any, refer: Callable[[Any], dict]) -> Any:
    """Return a value as what JSON and bytes can hold; `refer` returns a reference to what is not plain data."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc":
        array = np.asarray(value)
        content = [array.dtype.str, list(array.shape), array.tobytes()]
        return {"scalar" if isinstance(value, np.generic) else "array": content}
    if isinstance(value, int):
        return int(value) if value.bit_length() < DIGITS / math.log10(2) else refer(value)
    if isinstance(value, (str, float)):  # also of a subclass, such as NumPy's float64
        return str(value) if isinstance(value, str) else float(value)
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, bytes):
        return {"bytes": bytes(value)}
    if isinstance(value, list):
        return [encode(part, refer) for part in value]
    if isinstance(value, dict):
        return {"dict": [[encode(key, refer), encode(part, refer)] for key, part in value.items()]}
    for kind in ("tuple", "set", "frozenset"):
        if isinstance(value, getattr(builtins, kind)):
            return {kind: [encode(part, refer) for part in value]}
    if value is ...:
        return {"ellipsis": None}
    if isinstance(value, np.random.Generator):
        return _encode_generator(value, refer)
    return refer(value)


def decode(value: Any, resolve: Callable[[str, Any], Any]) -> Any:
    """Return what `encode` was given; `resolve` returns what a reference, its tag and content, refers to.

    Raises whatever Python raises for data that does not have this form.
    """
    if isinstance(value, list):
        return [decode(part, resolve) for part in value]
    if not isinstance(value, dict):
        return value
    ((tag, content),) = value.items()
    if tag in ("mine", "yours", "public"):
        return resolve(tag, content)
    if tag == "array":
        return _array(*content)
    if tag == "scalar":
        return _array(*content)[()]
    if tag == "complex":
        return complex(*content)
    if tag == "bytes":
        return bytes(content)
    if tag == "ellipsis":
        return ...
    if tag == "dict":
        return {decode(key, resolve): decode(part, resolve) for key, part in content}
    if tag == "generator":
        return _generator(*decode(content, resolve))
    return {"tuple": tuple, "set": set, "frozenset": frozenset}[tag](decode(part, resolve) for part in content)


def _array(code, shape, data):
    """Return a writable array; its bytes come from the student, so they are read as numbers and nothing else."""
    if not re.fullmatch(r"[<>|][biufc]\d{1,2}", code):
        raise ValueError("not a type of numbers")
    if code == "|b1":  # a byte that is neither 0 nor 1 would make sums and counts wrong
        return (np.frombuffer(data, np.uint8) != 0).reshape(shape)
    return np.frombuffer(data, np.dtype(code)).reshape(shape).copy()


def _encode_generator(generator, refer):
    bits = generator.bit_generator
    if type(bits).__name__ not in GENERATORS:
        return refer(generator)
    seed = getattr(bits.seed_seq, "state", {})  # where it spawns from
    return {"generator": encode([type(bits).__name__, bits.state, seed], refer)}


def _generator(name, state, seed):
    """Return a generator in this state; NumPy does not check positions, and would read memory at any of them."""
    if name not in GENERATORS:
        raise ValueError("no known generator")
    inner = state["state"]
    if not 0 <= inner.get("pos", 0) <= 624 or not 0 <= state.get("buffer_pos", 0) <= 4:
        raise ValueError("no position in a generator")
    if seed.get("pool_size", 4) != 4:
        raise ValueError("no usual seed")
    bits = getattr(np.random, name)(np.random.SeedSequence(**seed))
    bits.state = state
    return np.random.Generator(bits)


def update_in_place(old: Any, new: Any) -> None:
    """Make a mutable object equal to another of its type; raises TypeError or ValueError."""
    if type(old) is not type(new):
        raise TypeError("another type")
    if isinstance(old, np.ndarray):
        if old.shape != new.shape or old.dtype != new.dtype:
            raise ValueError("another shape or type of numbers")
        old[...] = new
    elif isinstance(old, list):
        old[:] = new
    elif isinstance(old, (dict, set)):
        old.clear()
        old.update(new)
    elif isinstance(old, np.random.Generator):
        old.bit_generator.state = new.bit_generator.state
        seeds: list[Any] = [generator.bit_generator.seed_seq for generator in (old, new)]
        seeds[0].spawn(min(max(seeds[1].n_children_spawned - seeds[0].n_children_spawned, 0), 1000))
    else:
        raise TypeError("this cannot be changed in place")
