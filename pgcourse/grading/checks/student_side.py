"""Runs in a student's kernel while a check runs elsewhere: sends copies of values and calls functions when asked.

Nothing here is secret and nothing here is trusted, since it belongs to the student's process. It learns the inputs of
the calls; a copy of the process may also call what a check lends for a replay.
"""

import contextlib
import importlib
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from pgcourse.grading.checks import protocol, replay
from pgcourse.grading.checks.quiet import isolated_call


class Agent(protocol.Peer):
    """The student's end of the connection.

    Parameters
    ----------
    public_module
        Name of the module whose functions both sides have; "" for none.
    """

    def __init__(self, channel: protocol.Channel, public_module: str):
        super().__init__(channel)
        self.public_module = public_module

    def serve(self, request: dict) -> dict:
        """Return a value by its name, call a function, or run the notebook again in a copy of this process."""
        if request["ask"] == "replay":
            return replay.answer_from_a_copy(self, request)
        if request["ask"] != "name":
            return super().serve(request)
        names = vars(sys.modules["__main__"])
        name = request["name"]
        return {"value": self.encode(names[name])} if name in names else {"missing": True}

    def called(self, function: Callable, request: dict) -> dict:
        """Call a student's function in isolation; report whether it used NumPy's global random numbers."""
        given = {name: self.decode(value) for name, value in request["given"].items()}
        given |= {name: importlib.import_module(module) for name, module in request["modules"].items()}
        before: Any = np.random.get_state()  # noqa: NPY002 - looked at, not drawn from
        with isolated_call(function, given, request["refused"]):
            answer = super().called(function, request)
        after: Any = np.random.get_state()  # noqa: NPY002
        same = np.array_equal(before[1], after[1]) and before[2:] == after[2:]
        return answer if same else answer | {"drew": True}

    def public(self, name: str) -> Any:
        """Return the public module's function of this name: it runs here, without asking the checker."""
        return getattr(importlib.import_module(self.public_module), name)

    def proxy(self, number: int, kind: str, name: str | None) -> Callable:
        """Return a function that calls the checker's."""
        thread = threading.get_ident()

        def function(*arguments, **keywords):
            if threading.get_ident() != thread:
                raise RuntimeError(f"{name} can only be called in the thread in which it was handed over")
            return self.call(number, arguments, keywords)[0]

        function.__name__ = function.__qualname__ = name or kind
        return function

    def error(self, description: dict) -> Exception:
        """Return what the checker's function raised, as its built-in type."""
        return protocol.builtin_error(description["types"])(description["text"])


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
