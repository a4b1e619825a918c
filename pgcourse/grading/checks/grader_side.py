"""The process in which the checks of one notebook run: it receives only plain data from the student's process.

A check cell runs here in a namespace of its own. A name that neither it nor Python defines is looked up in the
student's kernel: a value comes as a copy, a function as a proxy that calls it there. The right answers, the hidden
inputs that are not yet tried and the text of the check stay here.

What a check may do is a contract; `pgcourse check` says where a source notebook breaks it. A check may call the
student's functions by name, use their values - numbers, text, None, lists, tuples, sets, dicts, arrays of numbers,
random generators - expect exceptions of Python's own types, and import. Anything else that comes from the student can
only be passed back to the student's functions. A function that a check passes to a student's function is called back
here, except those of the course's public module: students have these as well, so they run in the student's process. A
name that a check defines keeps its meaning in later checks. The imports of locked cells are done here too, and the
files beside the source notebook can be imported and opened. Not available are `inspect`, `isinstance` with a student's
class, `globals`, `get_ipython`, `In` and `Out`, magics and shell commands.
"""

import ast
import builtins
import contextlib
import importlib
import io
import json
import numbers
import os
import queue
import resource
import signal
import socket
import sys
import threading
import types
import weakref
from functools import lru_cache
from typing import Any

from pgcourse.grading.checks import protocol, replay
from pgcourse.grading.checks.quiet import silenced

MEMORY = 4 * 2**30
"""Bytes of address space that a checker may use, whatever it is sent."""

MOST_TYPES, LONGEST_NAME = 500, 200
"""Types that are made for names which a student's process sends, and characters of a function's name that are kept."""

PRINTED = 100_000
"""Characters that a check may print."""


class StudentError(Exception):
    """An exception raised in the student's process; its class is created so that `except ValueError` catches it."""

    def __init__(self, text: str):
        self.text = text

    def __str__(self):
        return self.text


class OpaqueObject:
    """A proxy for an object of the student's that is not plain data: it can only be passed back."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, student: "StudentConnection", number: int):
        self.student, self.number = student, number

    def __repr__(self):
        return f"<{type(self).__name__} of the submission>"

    def __eq__(self, other):
        raise TypeError(f"a {type(self).__name__} of the submission is not plain data and cannot be compared")

    __bool__ = __eq__


class FunctionGlobals(dict):
    """Namespace that falls back to the student's variables."""

    def __init__(self, student: "StudentConnection"):
        super().__init__()
        self.student = student

    def __missing__(self, name):
        return self.student.value(name)


class RemoteFunction(OpaqueObject):
    """A proxy for a function of the student's.

    What is put into its `__globals__` replaces the student's own names during a call. Any other name that is looked up
    there is the student's. The functions in `refused` raise an exception during a call.
    """

    def __init__(self, student: "StudentConnection", number: int, name: str):
        super().__init__(student, number)
        self.__name__, self.__globals__, self.refused = name, FunctionGlobals(student), ()

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call it in the student's process; raises StudentError, or ConnectionError if there is no answer."""
        own = self.__globals__
        modules = {name: value.__name__ for name, value in own.items() if isinstance(value, types.ModuleType)}
        given = {name: self.student.encode(value) for name, value in own.items() if name not in modules}
        more = {"given": given, "modules": modules, "refused": list(self.refused)}
        value, answer = self.student.call(self.number, arguments, keywords, **more)
        if answer.get("drew"):  # a check may ask whether NumPy's global random numbers were used
            importlib.import_module("numpy").random.random()
        return value

    def __bool__(self):
        return True


def _fit(name, other):
    """Return a name that a student's process sent if a type can have it, else the other one."""
    return name if len(name) < 60 and name.isidentifier() else other


@lru_cache(MOST_TYPES)
def _named(kind, name):
    """Return a subclass of a proxy that is named like the student's type, for messages."""
    return type(name, (kind,), {})


class StudentConnection(protocol.Peer):
    """The checker's end of the connection.

    Parameters
    ----------
    public_module
        Name of the module whose functions the student's side has as well; "" for none.
    """

    def __init__(self, public_module: str):
        super().__init__(None)
        self.public_module = public_module
        self.over, self.reason = threading.Event(), ""
        self._socket: socket.socket | None = None
        self._proxies: weakref.WeakValueDictionary = weakref.WeakValueDictionary()

    def listen(self, address: str) -> socket.socket:
        """Return a socket to which the student's kernel can connect."""
        self.over.clear()
        self.own, self._numbers = [], {}
        listener = socket.socket(socket.AF_UNIX)
        # not chmod: a moment later this path may be a link that the student made
        mask = os.umask(0)
        listener.bind(address)
        os.umask(mask)
        listener.listen(1)
        listener.settimeout(0.2)
        return listener

    def accept(self, listener: socket.socket) -> None:
        """Wait until the kernel connects or will not any more."""
        self.channel = None
        while self.channel is None and not self.over.is_set():
            with contextlib.suppress(TimeoutError):
                self._socket, _ = listener.accept()
                self.channel = protocol.Channel(self._socket)
        address = listener.getsockname()
        listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(address)

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

    def ask(self, request: dict) -> dict:
        """Ask the student's side; raises ConnectionError or TimeoutError with the reason if there is no answer."""
        try:
            if self.channel is None or self.over.is_set():
                raise protocol.ProtocolError
            return super().ask(request)
        except protocol.ProtocolError:
            self.hang_up()
            self.over.wait()
            self.channel = None
            if self.reason:
                raise TimeoutError(self.reason) from None
            raise ConnectionError("the notebook ended the connection to its check") from None

    def value(self, name: str) -> Any:
        """Return the value that the student's name has; raises KeyError."""
        answer = self.ask({"ask": "name", "name": name})
        if "value" not in answer:
            raise KeyError(name)
        return self.decode(answer["value"])

    def refer(self, value: Any) -> dict:
        """Return a reference; what came from the student goes back as the object that it was there."""
        if isinstance(value, OpaqueObject):
            return {"yours": value.number}
        if self._is_public(value):
            return {"public": value.__name__}
        if callable(value):
            return super().refer(value)
        words = "numbers, text, lists, tuples, sets, dicts, arrays, generators and functions"
        raise TypeError(f"a {type(value).__name__} cannot be passed to a student's function: {words} can")

    def _is_public(self, value):
        """Say whether a value is what the public module has under the value's own name."""
        if not self.public_module or getattr(value, "__module__", "") != self.public_module:
            return False
        return getattr(sys.modules.get(self.public_module), getattr(value, "__name__", ""), None) is value

    def proxy(self, number: int, kind: str, name: str | None) -> OpaqueObject:
        """Return the proxy for a student's function or object, always the same one for the same object."""
        kind = _fit(kind, "object")
        name = name and name[:LONGEST_NAME]
        key = number, kind, name
        found = self._proxies.get(key)
        if found is None:
            found = (
                _named(OpaqueObject, kind)(self, number)
                if name is None
                else _named(RemoteFunction, kind)(self, number, name)
            )
            self._proxies[key] = found
        return found

    def error(self, description: Any) -> Exception:
        """Return an exception with the text and the name that the student's has."""
        match description:
            case {"types": [str(), *_] as names, "text": str(text)} if all(isinstance(name, str) for name in names):
                pass
            case _:
                raise protocol.ProtocolError("an exception cannot be read")
        try:
            kind: Any = protocol.builtin_error(names)
            return _error_type(_fit(names[0], "Exception"), kind)(text)
        except TypeError:  # some types, such as ExceptionGroup, need other arguments
            return StudentError(text)


@lru_cache(MOST_TYPES)
def _error_type(name: str, kind: Any) -> Any:
    return type(name, (StudentError, kind), {})


class Namespace(dict):
    """Namespace of the checks, which falls back to the student's variables."""

    def __init__(self, student: StudentConnection):
        super().__init__(__name__="__main__", __builtins__=builtins)
        self.student = student

    def __missing__(self, name):
        if hasattr(builtins, name):
            raise KeyError(name)
        try:
            return self.student.value(name)
        except KeyError:
            return replay.missing[name]


def run_check(source: str, namespace: dict) -> list[dict]:
    """Run a check; return its outputs as a notebook holds them: what it prints, then its error or last value."""
    printed = io.StringIO()
    outputs: list[dict] = []
    try:
        tree = ast.parse(source)
        last: Any = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        with silenced(), contextlib.redirect_stdout(printed):
            exec(compile(tree, "<check>", "exec"), namespace)
            value = eval(compile(ast.Expression(last.value), "<check>", "eval"), namespace) if last else None
            if value is not None and not source.rstrip().endswith(";"):
                data = {"text/plain": _result_text(value)}
                outputs = [{"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data}]
    except BaseException as error:
        outputs = [error_output(type(error).__name__, str(error))]
    if printed.getvalue():
        outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": printed.getvalue()[:PRINTED]})
    return outputs


def _result_text(value):
    """Return the text of a check's last value; nbgrader reads partial credit from it, which may be NumPy's number."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return repr(float(value))
    return repr(value)


def error_output(name: str, words: str) -> dict:
    """Return an error as a notebook holds it: one line, without a traceback that would show the check."""
    words = " ".join(words.split())[:4000]
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": [f"{name}: {words}"]}


def import_statements(source: str) -> list[ast.stmt]:
    """Return the import statements of a cell; none if the cell is not Python."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    return [statement for statement in body if isinstance(statement, (ast.Import, ast.ImportFrom))]


def run_checker(control: socket.socket, public_module: str) -> None:
    """Carry out the grader's orders until it is gone; called in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.dont_write_bytecode = True  # not into the folder of the notebook's files
    channel, student = protocol.Channel(control), StudentConnection(public_module)
    orders: queue.SimpleQueue = queue.SimpleQueue()
    channel.send({"pid": os.getpid()})
    namespace, replay.checker = Namespace(student), student

    def receive():
        try:
            while True:
                order = channel.receive()
                if "over" in order:
                    student.end(order["over"])
                else:
                    orders.put(order)
        finally:
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    while True:
        order = orders.get()
        if "folder" in order:
            os.chdir(order["folder"])
            sys.path.insert(0, order["folder"])
        elif "imports" in order:
            for statement in import_statements(order["imports"]):
                with contextlib.suppress(ImportError), silenced():
                    exec(compile(ast.Module([statement], []), "<imports>", "exec"), namespace)
        else:
            listener = student.listen(order["address"])
            channel.send({"listening": True})
            student.accept(listener)
            outputs = run_check(order["check"], namespace)
            student.hang_up()
            channel.send({"outputs": outputs})


def ending(pid: int) -> int:
    """End a child; return the number of the signal that ended it, which is SIGKILL if that came from elsewhere."""
    os.kill(pid, signal.SIGTERM)
    too_late = threading.Timer(2, os.kill, (pid, signal.SIGKILL))
    too_late.start()
    _, status = os.waitpid(pid, 0)
    too_late.cancel()
    return os.WTERMSIG(status)


def main(descriptor: int, settings: dict) -> None:
    """Fork a checker for each socket that arrives, and end those that are named, until the grader is gone.

    The answer to a name is one byte: the number of the signal that ended the checker.

    Parameters
    ----------
    descriptor
        Of the socket that the grader sends its requests through.
    settings
        `preload` names modules to import once; `public_module` is a module's name or "".
    """
    if folder := os.environ.get(protocol.PRIVATE_FILES):
        sys.path.insert(0, folder)
    for module in settings["preload"]:
        try:
            importlib.import_module(module)
        except ImportError as error:
            sys.exit(f"c.SandboxedExecute.checker_preload names {module}, which cannot be imported: {error}.")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests = socket.socket(fileno=descriptor)
    children: set[int] = set()
    while True:
        message, sockets, *_ = socket.recv_fds(requests, 4, 1)
        if not message:
            return
        if (pid := int.from_bytes(message, "little")) in children:
            requests.sendall(bytes([ending(pid)]))
            children.remove(pid)
        for number in sockets:
            child = os.fork()
            if child == 0:
                requests.close()
                try:
                    run_checker(socket.socket(fileno=number), settings["public_module"])
                finally:
                    os._exit(1)
            os.close(number)
            children.add(child)


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
