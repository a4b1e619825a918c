"""Files that are there whole or not at all, whatever is killed meanwhile and however full the disk is."""

import os
import tempfile
from pathlib import Path


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file in place, or leave what was there.

    Parameters
    ----------
    path
        Its folder must exist. Where a link is there, the file takes its place.
    mode
        Who may read and write it, whatever the umask.
    """
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(beside, mode)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
