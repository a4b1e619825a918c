"""Runs in a student's kernel while a check runs elsewhere: hands out copies of values and calls functions when asked.

Nothing here is secret and nothing here is trusted: it belongs to the student's process. It knows the inputs of the
calls and nothing of what is right.
"""

import contextlib
import importlib
import socket
import sys
import threading

import numpy as np

from pgcourse.grading.checks import protocol
from pgcourse.grading.checks.quiet import isolated_call


class Agent(protocol.Peer):
    """The student's end of the conversation.

    public_module  name of the module whose functions both sides have, or ""
    """

    def __init__(self, channel, public_module):
        super().__init__(channel)
        self.public_module = public_module

    def serve(self, request):
        """Return a value by its name, or call a function."""
        if request["ask"] != "name":
            return super().serve(request)
        names = vars(sys.modules["__main__"])
        name = request["name"]
        return {"value": self.encode(names[name])} if name in names else {"missing": True}

    def called(self, function, request):
        """Call a student's function by itself; say whether NumPy's global random numbers were used."""
        given = {name: self.decode(value) for name, value in request["given"].items()}
        given |= {name: importlib.import_module(module) for name, module in request["modules"].items()}
        before = np.random.get_state()  # noqa: NPY002 - looked at, not drawn from
        with isolated_call(function, given):
            answer = super().called(function, request)
        after = np.random.get_state()  # noqa: NPY002
        same = np.array_equal(before[1], after[1]) and before[2:] == after[2:]
        return answer if same else answer | {"drew": True}

    def public(self, name):
        """Return the public module's function of this name: it runs here, with no word to the checker."""
        return getattr(importlib.import_module(self.public_module), name)

    def stand_in(self, number, kind, name):
        """Return a function that calls the checker's."""
        thread = threading.get_ident()

        def function(*arguments, **keywords):
            if threading.get_ident() != thread:
                raise RuntimeError(f"{name} can only be called in the thread in which it was handed over")
            return self.call(number, arguments, keywords)[0]

        function.__name__ = function.__qualname__ = name or kind
        return function

    def error(self, description):
        """Return what the checker's function raised, as its built-in type."""
        return protocol.builtin_error(description["types"])(description["text"])


_OWN = ([], {})
"""What has a number, for as long as the kernel lives: a check may keep a function for the next check."""


def serve(address, public_module=""):
    """Answer a checker that listens at this address, until it has no more questions."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        agent = Agent(protocol.Channel(connection), public_module)
        agent.own, agent._numbers = _OWN
        with contextlib.suppress(protocol.Broken):
            while True:
                agent.answer(agent.channel.receive())
