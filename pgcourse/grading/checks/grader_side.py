"""The process in which the checks of one notebook run: it never loads more than plain data from the student's.

A check cell runs here with names of its own. A name that neither it nor Python knows is asked of the student's kernel:
a value comes as a copy, a function as something that can be called and calls there. What is right, the hidden inputs
that are not yet tried and the check's own text stay here.

What a check may use is a contract, which `pgcourse check` reads a source notebook by. A check may call the student's
functions by name, use their values - numbers, text, None, lists, tuples, sets, dicts, arrays of numbers, generators of
random numbers - expect exceptions of Python's own types, and import. Anything else that comes from the student can only
be handed back to the student's functions. A function that a check hands over is called back here, except those of the
course's public module: students have these too, and they run beside the student's at once. A name that the checks
set stays theirs in later checks. Imports of locked cells are done here as well, and the files beside the source
notebook can be imported and opened. Not there: `inspect`, `isinstance` with a student's class, `globals`,
`get_ipython`, `In` and `Out`, magics and shell commands.
"""

import ast
import builtins
import contextlib
import importlib
import io
import json
import os
import queue
import resource
import signal
import socket
import sys
import threading
import types
import weakref
from functools import cache

from pgcourse.grading.checks import protocol
from pgcourse.grading.checks.quiet import silenced

MEMORY = 4 * 2**30
"""Bytes of address space of a checker, whatever it is sent."""

PRINTED = 100_000
"""Characters that a check may print."""


class StudentError(Exception):
    """An exception of the student's code; raised as a type of its name that is also Python's type of that name."""

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


class Foreign:
    """Something of the student's that is not plain data: it can be handed back, and that is all."""

    __hash__ = None

    def __init__(self, student, number):
        self.student, self.number = student, number

    def __repr__(self):
        return f"<{type(self).__name__} of the submission>"

    def __eq__(self, other):
        raise TypeError(f"a {type(self).__name__} of the submission is not plain data: nothing can be told from it")

    __bool__ = __eq__


class Names(dict):
    """Names by which the student's value is found where there is no other."""

    def __init__(self, student):
        super().__init__()
        self.student = student

    def __missing__(self, name):
        return self.student.value(name)


class Remote(Foreign):
    """A function of the student's.

    What is put into its `__globals__`, the student's function finds in place of its own names during a call. Whatever
    else is looked up there is the student's.
    """

    def __init__(self, student, number, name):
        super().__init__(student, number)
        self.__name__, self.__globals__ = name, Names(student)

    def __call__(self, *arguments, **keywords):
        """Call it in the student's process; raises StudentError or, when there is no answer, ConnectionError."""
        own = self.__globals__
        modules = {name: value.__name__ for name, value in own.items() if isinstance(value, types.ModuleType)}
        given = {name: self.student.encode(value) for name, value in own.items() if name not in modules}
        value, answer = self.student.call(self.number, arguments, keywords, given=given, modules=modules)
        if answer.get("drew"):  # judges look at whether NumPy's global random numbers were used
            importlib.import_module("numpy").random.random()
        return value

    def __bool__(self):
        return True


@cache
def _named(kind, name):
    """Return a subclass of a stand-in under the name of the student's type, which messages say."""
    return type(name if name.isidentifier() and len(name) < 60 else "object", (kind,), {})


class Student(protocol.Peer):
    """The checker's end of the conversation.

    public_module  name of the module whose functions the student's side has too, or ""
    """

    def __init__(self, public_module):
        super().__init__(None)
        self.public_module = public_module
        self.over, self.reason, self._socket = threading.Event(), "", None
        self._stand_ins = weakref.WeakValueDictionary()

    def listen(self, address):
        """Return a socket on which the student's kernel can connect."""
        self.over.clear()
        self.own, self._numbers = [], {}
        listener = socket.socket(socket.AF_UNIX)
        # not chmod: what lies at this path a moment later may be a link that the student made
        mask = os.umask(0)
        listener.bind(address)
        os.umask(mask)
        listener.listen(1)
        listener.settimeout(0.2)
        return listener

    def accept(self, listener):
        """Wait until the kernel connects or it is over."""
        self.channel = None
        while self.channel is None and not self.over.is_set():
            with contextlib.suppress(TimeoutError):
                self._socket = listener.accept()[0]
                self.channel = protocol.Channel(self._socket)
        address = listener.getsockname()
        listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(address)

    def hang_up(self):
        """End the connection; who waits at either end notices."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def end(self, reason):
        """Say that the kernel will not answer any more, and why; called by another thread."""
        self.reason = reason
        self.over.set()
        self.hang_up()

    def ask(self, request):
        """Ask the student's side; raises ConnectionError with the reason when there is no answer."""
        try:
            if self.channel is None or self.over.is_set():
                raise protocol.Broken
            return super().ask(request)
        except protocol.Broken:
            self.hang_up()
            self.over.wait()
            self.channel = None
            if self.reason:
                raise TimeoutError(self.reason) from None
            raise ConnectionError("the notebook broke off the conversation with its check") from None

    def value(self, name):
        """Return the student's value of a name; raises KeyError."""
        answer = self.ask({"ask": "name", "name": name})
        if "value" not in answer:
            raise KeyError(name)
        return self.decode(answer["value"])

    def refer(self, value):
        """Return a reference; what came from the student goes back as what it was there."""
        if isinstance(value, Foreign):
            return {"yours": value.number}
        if self._is_public(value):
            return {"public": value.__name__}
        if callable(value):
            return super().refer(value)
        words = "numbers, text, lists, tuples, sets, dicts, arrays, generators and functions"
        raise TypeError(f"a {type(value).__name__} cannot be handed to a student's function: {words} can")

    def _is_public(self, value):
        """Say whether a value is what the public module has under the value's own name."""
        if not self.public_module or getattr(value, "__module__", "") != self.public_module:
            return False
        return getattr(sys.modules.get(self.public_module), getattr(value, "__name__", ""), None) is value

    def stand_in(self, number, kind, name):
        """Return the stand-in for a student's function or object, the same one for the same."""
        key = number, kind, name
        found = self._stand_ins.get(key)
        if found is None:
            found = _named(Foreign, kind)(self, number) if name is None else _named(Remote, kind)(self, number, name)
            self._stand_ins[key] = found
        return found

    def error(self, description):
        """Return an exception with the student's words, under the student's name for it."""
        match description:
            case {"types": [str(), *_] as names, "text": str(text)} if all(isinstance(name, str) for name in names):
                pass
            case _:
                raise protocol.Broken("an exception cannot be read")
        try:
            return _error_type(names[0], protocol.builtin_error(names))(text)
        except TypeError:  # some types, such as ExceptionGroup, cannot be made so
            return StudentError(text)


@cache
def _error_type(name, kind):
    return type(name if name.isidentifier() and len(name) < 60 else "Exception", (StudentError, kind), {})


class Namespace(dict):
    """The names of the checks; what is not among them is the student's."""

    def __init__(self, student):
        super().__init__(__name__="__main__", __builtins__=builtins)
        self.student = student

    def __missing__(self, name):
        if hasattr(builtins, name):
            raise KeyError(name)
        return self.student.value(name)


def run(source, namespace):
    """Run a check; return its outputs as a notebook holds them: what it prints, then its error or its last value."""
    printed, outputs = io.StringIO(), []
    try:
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        with silenced(), contextlib.redirect_stdout(printed):
            exec(compile(tree, "<check>", "exec"), namespace)
            value = eval(compile(ast.Expression(last.value), "<check>", "eval"), namespace) if last else None
            if value is not None and not source.rstrip().endswith(";"):
                data = {"text/plain": repr(value)}
                outputs = [{"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data}]
    except BaseException as error:
        outputs = [error_output(type(error).__name__, str(error))]
    if printed.getvalue():
        outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": printed.getvalue()[:PRINTED]})
    return outputs


def error_output(name, words):
    """Return an error as a notebook holds it: in one line, with no traceback that would show the check."""
    words = " ".join(words.split())[:4000]
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": [f"{name}: {words}"]}


def imports(source):
    """Return a cell's imports alone, as a tree; nothing when the cell is not Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])
    tree.body = [statement for statement in tree.body if isinstance(statement, (ast.Import, ast.ImportFrom))]
    return tree


def work(control, public_module):
    """Do what the grader says until it is gone: this is a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.dont_write_bytecode = True  # nothing is to appear in the folder of a notebook's files
    channel, orders, student = protocol.Channel(control), queue.SimpleQueue(), Student(public_module)
    channel.send({"pid": os.getpid()})
    namespace = Namespace(student)

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
            for statement in imports(order["imports"]).body:
                with contextlib.suppress(ImportError), silenced():
                    exec(compile(ast.Module([statement], []), "<imports>", "exec"), namespace)
        else:
            listener = student.listen(order["address"])
            channel.send({"listening": True})
            student.accept(listener)
            outputs = run(order["check"], namespace)
            student.hang_up()
            channel.send({"outputs": outputs})


def main(descriptor, settings):
    """Fork a checker for each socket that comes, and kill those that are named, until nobody is there any more.

    settings  {"preload": names of modules to import once, "public_module": a module's name or ""}
    """
    if folder := os.environ.get(protocol.PRIVATE_FILES):
        sys.path.insert(0, folder)
    for module in settings["preload"]:
        try:
            importlib.import_module(module)
        except ImportError as error:
            sys.exit(f"c.SandboxedExecute.checker_preload names {module}, which cannot be imported: {error}.")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, children = socket.socket(fileno=descriptor), set()
    while True:
        message, sockets, *_ = socket.recv_fds(requests, 4, 1)
        if not message:
            return
        children -= {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0]}
        pid = int.from_bytes(message, "little")
        if pid in children:
            os.kill(pid, signal.SIGKILL)
        for number in sockets:
            child = os.fork()
            if child == 0:
                requests.close()
                try:
                    work(socket.socket(fileno=number), settings["public_module"])
                finally:
                    os._exit(1)
            os.close(number)
            children.add(child)


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
