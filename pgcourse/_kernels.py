"""Kernels that talk through files, as nobody else's program can take a file's place between two looks at it.

Jupyter looks for free ports and starts the kernel afterwards, which ends at once where another program has taken one.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from traitlets.config import Config

from pgcourse.grading.tempfolders import short_top

PREFIX, INSIDE = "pgcourse-", "pgcourse-12345678/kernel-5"  # of the folder's name, and a socket's path in its length


@contextlib.contextmanager
def private_kernel() -> Iterator[Config]:
    """Return settings with which nbclient's kernel listens on sockets in a folder of its own, not on Windows.

    Yields
    ------
    Config
        For `nbclient.NotebookClient(..., config=...)`; the folder is removed afterwards.
    """
    if os.name == "nt":
        yield Config()
        return
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=short_top(INSIDE)) as folder:
        yield Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder, "kernel"))}})
