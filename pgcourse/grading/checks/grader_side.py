"""The process in which the checks of one notebook run: it receives only plain data from the student's process.

A check cell runs here in a namespace of its own (`world`), which has what the instructor's other cells give it. A name
that neither they nor Python define is looked up in the student's kernel: a value comes as a copy (`plain`), a function
or another object as a proxy (`proxies`). The right answers, the hidden inputs that are not yet tried and the text of
the check stay here.

What a check may do is in docs/instructors.md. A function that a check passes to a student's function is called back
here, except those that students have as well, which run in the student's process: the course's public module's, and
those of locked and ordinary cells. A name that a check defines keeps its meaning in later checks, unless an answer
between them sets it.
"""

import ast
import contextlib
import importlib
import io
import json
import numbers
import os
import queue
import random
import resource
import signal
import socket
import sys
import threading
import traceback
from typing import Any

import numpy as np

from pgcourse.grading.checks import protocol, replay, strict
from pgcourse.grading.checks.cells import tree_of
from pgcourse.grading.checks.connection import StudentConnection
from pgcourse.grading.checks.quiet import PRINTED, silenced
from pgcourse.grading.checks.world import Cell, Namespace

MEMORY = 4 * 2**30
"""Bytes of address space that a checker may use, whatever it is sent."""


def run_check(source: str, namespace: Namespace) -> list[dict]:
    """Run a check; return its outputs as a notebook holds them: what it prints, then its error or last value."""
    namespace.student.own_output = printed = io.StringIO()
    namespace.student.refused.clear()
    outputs: list[dict] = []
    try:
        tree = tree_of(source)
        with silenced(), contextlib.redirect_stdout(printed):
            namespace.catch_up()
            namespace.texts.learn(tree)
            last: Any = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            namespace.prepare(tree)
            exec(compile(tree, "<check>", "exec"), namespace)
            value = eval(compile(ast.Expression(last.value), "<check>", "eval"), namespace) if last else None
            if namespace.student.refused:  # and the check has gone on
                raise namespace.student.refused[0]
            if value is not None and not source.rstrip().endswith(";"):
                data = {"text/plain": _result_text(value)}
                outputs = [{"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data}]
    except BaseException as error:
        outputs = [error_output(type(error).__name__, str(error)) | {"line": failing_line(error)}]
    if printed.getvalue():
        outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": printed.getvalue()[:PRINTED]})
    return outputs


def failing_line(error: BaseException) -> int | None:
    """Return the number of the check's line at which an error came up; None if it was at none."""
    lines = [step.lineno for step in traceback.extract_tb(error.__traceback__) if step.filename == "<check>"]
    return lines[-1] if lines else getattr(error, "lineno", None)


def _result_text(value):
    """Return the text of a check's last value; nbgrader reads partial credit from it, which may be NumPy's number."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return repr(float(value))
    return repr(value)


def error_output(name: str, words: str) -> dict:
    """Return an error as a notebook holds it: one line, without a traceback that would show the check."""
    words = " ".join(words.split())[:4000]
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": [f"{name}: {words}"]}


def run_checker(control: socket.socket, public_module: str) -> None:
    """Carry out the grader's orders until it is gone; called in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.dont_write_bytecode = True  # not into the folder of the notebook's files
    random.seed()  # a fork would draw what its siblings draw
    np.random.seed()  # noqa: NPY002
    channel, student = protocol.Channel(control), StudentConnection(public_module)
    orders: queue.SimpleQueue = queue.SimpleQueue()
    channel.send({"pid": os.getpid()})
    namespace, replay.checker = Namespace(student), student
    sys.addaudithook(namespace.texts.hook)

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
        elif "cell" in order:
            namespace.add(Cell(**order["cell"]))
        else:
            listener = student.listen(order["address"])
            channel.send({"listening": True})
            student.accept(listener)
            outputs = run_check(order["check"], namespace)
            student.hang_up()
            channel.send({"outputs": outputs, "line": outputs[-1].pop("line", None) if outputs else None})


def ending(pid: int) -> int:
    """End a child; return the number of the signal that ended it, which is SIGKILL if that came from elsewhere."""
    deaf = threading.Event()

    def kill():
        deaf.set()
        os.kill(pid, signal.SIGKILL)

    os.kill(pid, signal.SIGTERM)
    too_late = threading.Timer(2, kill)
    too_late.start()
    _, status = os.waitpid(pid, 0)
    too_late.cancel()
    return signal.SIGTERM if deaf.is_set() else os.WTERMSIG(status)


def gone(requests: socket.socket) -> bool:
    """Say whether the process at a socket's other end is gone."""
    try:
        return not requests.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


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
    requests = socket.socket(fileno=descriptor)
    strict.install(Namespace)
    for module in settings["preload"]:
        try:
            importlib.import_module(module)
        except Exception as error:
            if gone(requests):  # and the next run has removed its files
                return
            if isinstance(error, ImportError):
                named = f"c.SandboxedExecute.checker_preload names {module}, which cannot be imported ({error})"
                sys.exit(f"{named}: install it, or correct the setting.")
            raise
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
