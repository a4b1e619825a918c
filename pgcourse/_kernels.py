"""Kernels that talk through sockets in a folder of their own, where no other program can take an address first.

By default Jupyter looks for free ports and starts the kernel afterwards, which ends at once if another program has
taken one in between.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from traitlets.config import Config

from pgcourse.grading.tempfolders import short_top

PREFIX, INSIDE = "pgcourse-", "pgcourse-12345678/kernel-5"  # of the folder's name; a path as long as a socket's


@contextlib.contextmanager
def private_kernel() -> Iterator[Config]:
    """Give settings with which nbclient's kernel listens on sockets in a folder of its own; on Windows, the usual ones.

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
