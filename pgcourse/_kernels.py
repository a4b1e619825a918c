"""Kernels that talk through files, as nobody else's program can take a file's place between two looks at it.

Jupyter looks for free ports and starts the kernel afterwards, which ends at once where another program has taken one.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from traitlets.config import Config

LONGEST_FOLDER = 70  # bytes; a socket's path has at most 103 on macOS, 107 on Linux, its name in the folder 31


@contextlib.contextmanager
def private_kernel() -> Iterator[Config]:
    """Give settings with which nbclient's kernel listens on sockets in a folder of its own, not on Windows.

    Yields
    ------
    Config
        For `nbclient.NotebookClient(..., config=...)`; the folder is removed afterwards.
    """
    if os.name == "nt":
        yield Config()
        return
    with tempfile.TemporaryDirectory(prefix="pgcourse-", dir=_short_folder()) as folder:
        yield Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder, "kernel"))}})


def _short_folder() -> str:
    """Return a folder for temporary files whose path leaves room for a socket's name: TMPDIR may be too long."""
    folder = tempfile.gettempdir()
    return folder if len(os.fsencode(folder)) <= LONGEST_FOLDER else "/tmp"
