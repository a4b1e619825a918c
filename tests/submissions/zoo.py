"""A course with secrets in it, run over the submissions of the zoo, and what can be seen of it afterwards."""

import contextlib
import ctypes
import hashlib
import html
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import psutil
from nbgrader.api import Gradebook

from tests.submissions.case import PS, half, save
from tests.support.course import ROOT, Course, solved, succeeded, without
from tests.support.waiting import PATIENCE

MODULE = ROOT / "solutions" / f"{PS}.py"
SECRETS = {
    "the solutions": "canary-in-the-solutions",
    "hidden tests": "canary-in-hidden-tests",
    "others' work": "canary-of-a-neighbour",
    "the gradebook": "canary-in-the-gradebook",
    "the environment": "canary-of-the-environment",
    "the home folder": "canary-at-home",
    "the configuration": "canary-of-the-configuration",
    "the network": "canary-on-the-line",
}
"""A word for each thing that no student may see; `Zoo` plants them."""
YOUNGER = ("task-wrong-way", "wrong-way", "check-wrong-way")
"""Cells that are younger than the column of stock nbgrader in the page, whose 12 points are without them."""
NEIGHBOURS = ("a neighbour", "h neighbour", "p neighbour", "zz neighbour")
"""Honest students, some before, between and after all others: two with everything, one half done, one untouched."""
STOCK_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "pgcourse"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
"""
CONFIG = """
# {secret}
c.Execute.timeout = {timeout}
c.Execute.iopub_timeout = {timeout}
"""
SUBREAPER = 36  # of Linux's prctl: orphans among its descendants become a process's children


@dataclass
class Found:
    """Hold what was seen of one submission after the batch.

    points    in the gradebook, a person's among them; None without a row
    leaks     what stands in the graded notebook or the feedback, in the words of SECRETS
    printed   the same for the outputs of the student's own cells and the files beside the notebook alone
    scripts   whether its markup would run in a browser
    said      sentences on what was mended or set aside
    text      all words of the autograded notebook that are not the student's own
    """

    points: float | None
    leaks: list = field(default_factory=list)
    printed: list = field(default_factory=list)
    scripts: bool = False
    said: list = field(default_factory=list)
    text: str = ""


class Zoo(Course):
    """A course folder with secrets; `known` is what the zoo's authors know of it."""

    def __init__(self, path, stock=False, timeout=3, like=None):
        """Make the course and its release.

        path     folder to make it in, with a short name: sockets have theirs in it
        stock    leave out all settings of this course
        timeout  seconds for a cell
        like     another Zoo whose release and gradebook are used
        """
        super().__init__(path)
        self.temporary, self.port, self.network = path / "tmp", 0, None
        self.temporary.mkdir()
        self.environment |= {"TMPDIR": str(self.temporary), "PG_SECRET": SECRETS["the environment"]}
        self.known = {"course": str(self.path), "home": str(self.home), "mark": f"zoo-mark-{path.name}"}
        (self.home / ".secret").write_text(SECRETS["the home folder"])
        config = self.path / "nbgrader_config.py"
        settings = STOCK_CONFIG if stock else config.read_text(encoding="utf-8")
        config.write_text(
            settings + CONFIG.format(secret=SECRETS["the configuration"], timeout=timeout), encoding="utf-8"
        )
        self._plant("clamp-policy", "### BEGIN SOLUTION", "the solutions")
        self._plant("check-gradient-sample", "### BEGIN HIDDEN TESTS", "hidden tests")
        if like:
            shutil.copytree(like.path / "assignments", self.path / "assignments")
            shutil.copy(like.path / "gradebook.db", self.path)  # in which nobody has handed in anything
        else:
            succeeded(self.nbgrader("generate_assignment", PS))
            with Gradebook(f"sqlite:///{self.path}/gradebook.db") as gradebook:
                gradebook.update_or_create_student("nobody", last_name=SECRETS["the gradebook"])

    def _plant(self, cell_id, after, what):
        notebook = without(self.read(PS, "solutions"), *YOUNGER)
        for cell in notebook.cells:
            if cell.id == cell_id:
                cell.source = re.sub(rf"^( *){after}$", rf"\g<0>\n\1# {SECRETS[what]}", cell.source, flags=re.M)
                assert SECRETS[what] in cell.source
        nbformat.write(notebook, self.path / "solutions" / PS / f"{PS}.ipynb")

    def nbgrader(self, *arguments, limit=900):
        """Run one nbgrader command; as the method of Course, but nothing that holds its output open delays it."""
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            command = [sys.executable, "-m", "nbgrader", *arguments]
            options = {"cwd": self.path, "env": self.environment, "stdout": output, "stderr": subprocess.STDOUT}
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
            try:
                code = process.wait(limit)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = None
            output.seek(0)
            return subprocess.CompletedProcess(command, code, output.read(), "")

    def folder(self, student):
        """Return where a student's work is handed in."""
        return self.path / "submitted" / student / PS

    def is_graded(self, student):
        """Say whether there is an autograded notebook of a student."""
        return (self.path / "autograded" / student / PS / f"{PS}.ipynb").is_file()

    def hand_in_neighbours(self, names=NEIGHBOURS):
        """Hand in the honest work."""
        whole = solved(self.read(PS), self.read(PS, "solutions"))
        for student in names:
            notebook = {"h neighbour": half(self), "p neighbour": self.read(PS)}.get(student, whole)
            notebook.cells[2].source += "\n# " + SECRETS["others' work"]
            notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith("play")]
            save(notebook, self.folder(student))

    def rows(self):
        """Return {student: (score, [(cell, automatic points, a person's, needs one, comment)])} from the gradebook."""
        with Gradebook(f"sqlite:///{self.path}/gradebook.db") as gradebook:
            return {
                submission.student.id: (
                    submission.score,
                    submission.student.first_name,
                    sorted(
                        (grade.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                        for notebook in submission.notebooks
                        for grade in notebook.grades
                    ),
                    sorted(
                        (comment.name, comment.auto_comment, comment.manual_comment)
                        for notebook in submission.notebooks
                        for comment in notebook.comments
                    ),
                )
                for submission in gradebook.assignment_submissions(PS)
            }

    def found(self, student, rows):
        """Return what was Found of a student's submission, given `rows()`."""
        own, printed, others = self._texts(student)
        pages = [self._bare(path) for path in sorted((self.path / "feedback" / student).rglob("*")) if path.is_file()]
        text = "\n".join([printed, others, *pages])
        raw = [path.read_text("utf-8", "replace") for path in (self.path / "feedback" / student).rglob("*.html")]
        points = rows[student][0] if student in rows else None
        leaks = self._leaks(text, own), self._leaks(printed, own)
        return Found(points, *leaks, any(map(runs_scripts, raw)), self._said(student), text)

    def _leaks(self, text, own):
        leaks = [what for what, secret in SECRETS.items() if secret in text and secret not in own]
        if any(line in text for line in hidden_lines() if line not in own):
            leaks.append("the hidden module")
        if any(path in text for path in self._host_paths() if path not in own):
            leaks.append("paths of the host")
        return leaks

    def _said(self, student):
        path = self.path / "autograded" / student / PS / f"{PS}.ipynb"
        metadata = nbformat.read(path, 4).metadata if path.is_file() else {}
        return [sentence for sentence in metadata.get("pgcourse", {}).get("said", []) if "not written" not in sentence]

    def _texts(self, student):
        """Return what a student wrote, what the student's cells printed, and what else the graded notebook holds."""
        own, printed, others = [], [], []
        for path in sorted((self.path / "autograded" / student).rglob("*")):
            if path.name == f"{PS}.ipynb" and path.is_file():
                with contextlib.suppress(ValueError):
                    for cell in nbformat.read(path, 4).cells:
                        check = cell.metadata.get("nbgrader", {}).get("locked")
                        # the grader's copy holds the whole check, hidden tests too; feedback must not
                        own.append("" if check else cell.source)
                        outputs = json.dumps([cell.get("outputs"), cell.metadata], ensure_ascii=False)
                        (others if check else printed).append(outputs)
            elif path.is_file():
                printed.append(path.read_bytes()[:3_000_000].decode("utf-8", "replace"))
        return "\n".join(own), *("\n".join(texts).replace("\\n", "\n") for texts in (printed, others))

    def _bare(self, path):
        """Return the text of a page without its markup, its style and its scripts."""
        text = path.read_bytes()[:30_000_000].decode("utf-8", "replace")
        text = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.S | re.I)
        return html.unescape(re.sub(r"<[^>]*>", "", text))

    def _host_paths(self):
        folders = {self.path, self.home, self.temporary, ROOT, Path(sys.prefix), Path(sys.base_prefix)}
        return {str(folder) for folder in folders if len(folder.parts) > 2}

    def handed_in(self):
        """Return {path: what it is} of everything in `submitted/`, links and times of change included."""
        return {str(path): _described(path) for path in sorted((self.path / "submitted").rglob("*"))}

    def marks(self):
        """Return the paths of files that submissions have left on the machine, outside what is handed in."""
        mark = self.known["mark"]
        own = [path for path in self.path.parent.rglob(f"*{mark}*") if "submitted" not in path.parts]
        shared = [Path(place) for place in ("/tmp", "/var/tmp", "/dev/shm", os.getcwd(), Path.home(), *sys.path)]
        return sorted({*own, *(path for place in shared if place.is_dir() for path in place.glob(f"*{mark}*"))})


def hidden_lines():
    """Return lines of the hidden module that nobody writes by chance: those which name its mistakes and inputs."""
    text = MODULE.read_text(encoding="utf-8")
    return re.findall(
        r"^(?:@\w+\.mistake\(.*|from pgcourse\.homework\.task import task|THETAS = .*|REWARDS = .*)", text, re.M
    )


def _described(path):
    status = path.lstat()
    content = ""
    if stat.S_ISLNK(status.st_mode):
        content = os.readlink(path)
    elif stat.S_ISREG(status.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    return status.st_mode, status.st_mtime_ns, content


class _Scripts(HTMLParser):
    """Look for markup of the zoo that a browser would run."""

    found, inside = False, False

    def handle_starttag(self, tag, attributes):
        self.inside = tag in ("script", "svg")
        for name, value in attributes:
            handler = name.startswith("on") or "javascript:" in (value or "").lower().replace("\\", "")
            self.found |= handler and ("zoo" in value or "javascript:0" in value)

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        self.found |= self.inside and "title = 'zoo'" in data


def runs_scripts(page):
    """Say whether a script of the zoo would run in this page."""
    scripts = _Scripts()
    scripts.feed(page)
    return scripts.found


class Listener:
    """Sockets of this machine, on loopback and abstract, that say a secret to whoever connects."""

    def __init__(self, zoo):
        self.heard = 0
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind("\0" + zoo.known["mark"])
        abstract.listen()
        self.sockets = [socket.create_server(("127.0.0.1", 0)), abstract]
        zoo.port = self.sockets[0].getsockname()[1]
        for line in self.sockets:
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line):
        with contextlib.suppress(OSError):
            while True:
                caller, _ = line.accept()
                self.heard += 1
                with caller:
                    caller.sendall(SECRETS["the network"].encode())

    def close(self):
        for line in self.sockets:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


@contextlib.contextmanager
def watched(zoo, patience=PATIENCE):
    """Watch over what is done to the machine meanwhile; yield a dict that is filled at the end.

    Its keys: "processes", names of those left running (they are ended); "mounts", those that are new; "files", what was
    left in the temporary folder, and marks of submissions; "changed", paths of what was handed in and is not as it was.
    What is being ended gets so many seconds of patience.
    """
    left, handed_in = {}, zoo.handed_in()
    mounts, children = _mounts(), set(psutil.Process().children(recursive=True))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    assert prctl(SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield left
    finally:
        left["processes"] = _ended(children, patience)
        prctl(SUBREAPER, 0, 0, 0, 0)
        left["mounts"] = sorted(_mounts() - mounts)
        left["files"] = [str(path) for path in (*zoo.temporary.iterdir(), *zoo.marks())]
        now = zoo.handed_in()
        left["changed"] = sorted(path for path in {*handed_in, *now} if handed_in.get(path) != now.get(path))


def _ended(before, patience):
    """End what descends from this process, but from none that was there before; return what was to be ended."""
    deadline, left = time.monotonic() + patience, []
    while True:  # what is being ended by its parent gets a moment to do so
        running = []
        for process in set(psutil.Process().children(recursive=True)) - before:
            with contextlib.suppress(psutil.Error):
                if before.intersection(process.parents()):  # a server of other tests is at work
                    continue
                if process.status() == psutil.STATUS_ZOMBIE:
                    with contextlib.suppress(ChildProcessError):
                        os.waitpid(process.pid, os.WNOHANG)
                else:
                    running.append(process)
        if not running or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    for process in running:
        with contextlib.suppress(psutil.Error):
            left.append(" ".join(process.cmdline())[:200])
            process.kill()
    return left


def _mounts():
    return set(Path("/proc/self/mounts").read_text().splitlines())
