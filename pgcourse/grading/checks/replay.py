"""A notebook's cells, run once more with a check's functions in place of the student's own.

So a mistake in one task costs nothing in the next, whatever the next makes of the earlier function: an alias, a cache,
a partial function, a default argument, a closure. The student's process forks, and the copy forgets what the notebook
set, binds the given names and runs again what the notebook has run so far. After each statement the names get the given
values back. The copy answers the check until the check lets go of it; then it ends, and with it all that it remembers.
Functions are given as proxies of the check's: the copy can call them, and learns what they return.
"""

import ast
import contextlib
import copy
import os
import signal
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pgcourse.grading.checks.quiet import silenced

PUT_BACK = "__put_back__"
COMPOUND = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

checker: Any = None
"""In the process of the checks, its end of the connection to the student's process; elsewhere None."""

missing: dict[str, Any] = {}
"""What a check finds under a name that the notebook never set; a module that checks preload may fill it."""


@contextlib.contextmanager
def replayed(given: Mapping[str, Any]) -> Iterator[Callable[[str], Any]]:
    """Let the student's process run the notebook's cells again for the ``with`` block.

    Parameters
    ----------
    given
        What the cells find under these names from the beginning: functions of this process, or plain data.

    Yields
    ------
    function
        Returns what a name means after the cells; raises KeyError.

    Raises
    ------
    ConnectionError, TimeoutError, ProtocolError
        Where the student's process ends or does not answer.
    """
    if checker is None:
        raise ConnectionError("there is no notebook to run again")
    other = copy.copy(checker)  # the copy of the student's process has numbers of its own for its functions
    other.own, other._numbers, other._errors = [], {}, {}
    other._shared, other._references = {}, {}
    other._proxies, other._iterators = weakref.WeakValueDictionary(), weakref.WeakKeyDictionary()
    try:
        answer = other.ask({"ask": "replay", "given": {name: other.encode(value) for name, value in given.items()}})
        if "replayed" not in answer:
            raise ConnectionError("the notebook could not be run again")
        try:
            yield other.value
        finally:
            other.ask({"ask": "end"})
            other.channel = None
    except ConnectionError:
        if checker.reason:
            raise TimeoutError(checker.reason) from None
        raise


def answer_from_a_copy(agent: Any, request: dict) -> dict:
    """Let a fork of the student's process answer until the check lets go of it; return the answer to that."""
    number = os.fork()
    if number == 0:
        try:
            _answer_after_a_replay(type(agent)(agent.channel, agent.public_module), request)
        finally:
            os._exit(0)
    try:
        with contextlib.suppress(ChildProcessError):  # a notebook may have told the system not to wait for children
            os.waitpid(number, 0)
    except BaseException:  # the check took too long and was interrupted
        with contextlib.suppress(ProcessLookupError, ChildProcessError):  # the copy may have heard the same signal
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
        raise
    return {"ended": True}


def _answer_after_a_replay(agent, request):
    with silenced():
        run_again({name: agent.decode(value) for name, value in request["given"].items()})
        agent.channel.send({"replayed": True})
        while (request := agent.channel.receive())["ask"] != "end":
            agent.answer(request)


def run_again(given: Mapping[str, Any]) -> None:
    """Run the cells of the notebook's history in an emptied namespace in which the given names keep their values."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    cells, names = list(shell.history_manager.input_hist_parsed), vars(sys.modules["__main__"])
    for name in [name for name in names if not name.startswith("_") and name not in shell.user_ns_hidden]:
        del names[name]
    names[PUT_BACK] = lambda: put_back(names, given)
    names[PUT_BACK]()
    shell.ast_transformers.append(PuttingBack())  # magics such as %%time compile their cells themselves
    shell.display_pub.publish = lambda *_, **__: None
    for source in cells:
        with contextlib.suppress(Exception, SystemExit):  # what follows an error in a cell was not run then either
            exec(shell.compile(PuttingBack().visit(ast.parse(source)), "<replay>", "exec"), names)


class PuttingBack(ast.NodeTransformer):
    """Adds to each statement outside of functions and classes that the given names get their values back."""

    def generic_visit(self, node: ast.AST) -> Any:
        """Return the changed node; for a statement, it and the one that puts back."""
        if not isinstance(node, COMPOUND):
            super().generic_visit(node)
        if not isinstance(node, ast.stmt) or getattr(node, "module", "") == "__future__":
            return node
        call = ast.Expr(ast.Call(ast.Name(PUT_BACK, ast.Load()), [], []))
        return [node, ast.fix_missing_locations(ast.copy_location(call, node))]


def put_back(names: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Bind the given names to their values again, and with them each name of a function that one of them stands for."""
    for name, value in given.items():
        own = names.get(name)
        # data do not replace a function of the name: the notebook may call it, and give the name what it returns
        if own is value or (callable(own) and not callable(value)):
            continue
        if callable(own) and getattr(own, "__module__", "") == "__main__":
            for alias in [other for other in names if names[other] is own]:
                names[alias] = value
        names[name] = value
