"""What lies in the inbound folder of nbgrader's exchange, where every account may put anything under anybody's name.

nbgrader itself takes what lies there under a student's name, follows links to whatever the instructor may read, and
stops for all at a folder that it cannot read.
"""

import os
import shutil
import stat
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange.default.collect import ExchangeCollect

from pgcourse.grading import timestamps
from pgcourse.grading.intake.read import Unusable

NOBODYS = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # nbgrader's times have no zone
NO_LINKS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Collect(ExchangeCollect):
    """Collects what students have handed in themselves, and says in one sentence what it leaves where it lies.

    `c.ExchangeCollect.check_owner = False` trusts the folders' names instead, for a class that shares one account.
    """

    src_records: list[dict[str, Any]]  # nbgrader's

    def _path_to_record(self, path: str) -> dict[str, Any]:
        if fault := self._fault(Path(path)):
            self.log.warning("%s is not collected: %s.", path, fault)
            # a name that no other folder has, so that it stands for nobody's latest hand-in
            return {"username": path, "filename": "", "timestamp": NOBODYS}
        return super()._path_to_record(path)

    def init_src(self) -> None:
        """Find the latest hand-in of each student."""
        super().init_src()
        self.src_records = [record for record in self.src_records if record["filename"]]

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy a hand-in by way of a private folder, since a student may exchange a file for a link meanwhile."""
        with tempfile.TemporaryDirectory() as private:
            copy = Path(private) / "copy"
            copy_files(Path(src), copy)
            super().do_copy(str(copy), dest, log)

    def _fault(self, path: Path) -> str:
        """Return what is wrong with a folder of the exchange, as the end of a sentence; "" for nothing."""
        words = path.name.rsplit("+", 3)
        if len(words) != 4:
            return "its name is not STUDENT+ASSIGNMENT+TIME+RANDOM"
        try:
            timestamps.parsed(words[2])
        except Unusable as fault:
            return f"the time in its name {fault}"
        owner = _owner(path)
        if self.check_owner and owner != words[0]:
            return f"it is said to be {words[0]}'s, and {owner} has put it there"
        return fault_of_files(path, self.coursedir.max_dir_size)


def fault_of_files(folder: Path, kilobytes: int) -> str:
    """Return what is wrong with the files that are handed in, as the end of a sentence; "" for nothing."""
    if not stat.S_ISDIR(folder.lstat().st_mode):
        return "it is no folder"
    size = 0
    for path in folder.rglob("*"):
        state = path.lstat()
        if not stat.S_ISDIR(state.st_mode) and not stat.S_ISREG(state.st_mode):
            return f"{path.relative_to(folder)} in it is neither a file nor a folder"
        if not os.access(path, os.R_OK):
            return f"{path.relative_to(folder)} in it cannot be read"
        size += state.st_size
    return f"it is larger than {kilobytes} kB" if size > 1000 * kilobytes else ""


def copy_files(source: Path, target: Path) -> None:
    """Copy the files of a folder that its owner may change meanwhile; links, and whatever is no file, are left out."""
    if sys.platform == "win32":  # which has no exchange
        raise OSError("nbgrader's exchange needs Linux or macOS")
    for folder, _, names, place in os.fwalk(source, follow_symlinks=False):
        there = target / Path(folder).relative_to(source)
        there.mkdir()
        for name in names:
            try:
                handle = os.open(name, NO_LINKS, dir_fd=place)
            except OSError:  # a link, or gone
                continue
            with open(handle, "rb") as file:
                if stat.S_ISREG(os.fstat(handle).st_mode):
                    with (there / name).open("wb") as copy:
                        shutil.copyfileobj(file, copy)


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return "an account without a name"
