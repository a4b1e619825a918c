"""Parts of start.py that an old Python need not read; they import only the standard library."""

import configparser
import contextlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import IO, Any

from pgcourse.tools.packages import damage

fcntl: Any = None
msvcrt: Any = None
try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

# the settings of pip that say how to reach its index: no other may change what a set-up does
PIP_SETTINGS = re.compile(
    "(?i)PIP_(?:(?:extra.)?index.url|find.links|no.index|trusted.host|proxy|(?:client.)?cert|keyring.provider"
    "|(?:default.)?timeout|retries|(?:no.)?cache.dir|use.feature)"
)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold a lock file, once the process that has it lets go of it, or has died with all that it started.

    Parameters
    ----------
    path
        Of the file, which names the process that has it.

    Yields
    ------
    bool
        Whether another process had it first.
    """
    waited = False
    with path.open("a+", encoding="utf-8") as file:
        os.set_inheritable(file.fileno(), True)  # commands hold it too, in case this process is killed before them
        with contextlib.suppress(OSError):  # a file system without locks
            if waited := not _lock(file):
                file.seek(0)
                owner = file.read()
                print(f"Another set-up of this folder is running (process {owner}): waiting for it ...", flush=True)
                while not _lock(file, wait=True):
                    time.sleep(1)
        file.truncate(0)
        print(os.getpid(), file=file, end="", flush=True)
        yield waited


def _lock(file: IO[str], wait: bool = False) -> bool:
    """Lock a file until it is closed; say whether that has worked. Windows cannot wait."""
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            file.seek(1 << 20)  # nobody reads there
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    return True


def index_settings(listing: str) -> dict[str, str]:
    """Return, as variables, those of the user's settings of pip that say how to reach its index.

    Parameters
    ----------
    listing
        What `pip config debug` prints, which names pip's files; what they say could change any other listing.
    """
    own_file, parser = os.environ.get("PIP_CONFIG_FILE"), configparser.RawConfigParser()
    if own_file != os.devnull:  # which means that no file counts
        files = re.findall(r"^  (.+), exists: True$", listing, re.M)
        parser.read(sorted(files, key=lambda file: file == own_file))  # the last word is that file's
    lines = [line for section in ("global", "install") if section in parser for line in parser[section].items()]
    named = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in lines}
    named |= {name: value for name, value in os.environ.items() if value}
    found = {name: value for name, value in named.items() if PIP_SETTINGS.fullmatch(name)}
    if "PIP_CERT" in found:
        found["REQUESTS_CA_BUNDLE"] = found["PIP_CERT"]  # else the user's comes before it
    return found


def damaged(folders: Iterable[Path]) -> list[Path]:
    """Return those of some .dist-info folders whose packages' files are not as they were installed."""
    return [folder for folder in folders if damage(PathDistribution(folder), thorough=True)]
