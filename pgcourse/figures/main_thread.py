"""Answer a front end in the kernel's main thread, where Jupyter's interrupt and a timer reach what is computed."""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from IPython.core.getipython import get_ipython


def in_main_thread(work: Callable[[], None]) -> None:
    """Call a function in the main thread, and return once it has returned there.

    JupyterLab has widgets answered in a thread of the kernel, beside that of the cells (a subshell). There no
    interrupt arrives, no timer can be set, and Matplotlib's settings are shared with a cell that may be drawing. So a
    cell that is running is waited for. Without a kernel, or in its main thread, the function is simply called.

    Parameters
    ----------
    work : callable
        What it raises is raised here.
    """
    kernel: Any = getattr(get_ipython(), "kernel", None)
    if kernel is None or threading.current_thread() is threading.main_thread():
        work()
        return
    done: Future[None] = Future()

    def answer() -> None:
        ignoring = signal.signal(signal.SIGINT, signal.default_int_handler)  # as ipykernel does while a cell runs
        try:
            work()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)
        finally:
            signal.signal(signal.SIGINT, ignoring)

    kernel.io_loop.add_callback(answer)
    done.result()
