"""What is seen inside a sandbox: the system, Python, the students' copy of this package; nothing of the course."""

import compileall
import functools
import importlib.metadata
import os
import shutil
import sys
from pathlib import Path

from pgcourse.grading import tempfolders
from pgcourse.tools import release

# paths inside
ENVIRONMENT = "/environment"
COURSE = "/course"
HOME = "/home/student"

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache")
PACKAGE = Path(__file__).resolve().parents[2]


def arguments():
    """Return bubblewrap's arguments for all that is read-only."""
    course, found = students_course(), []
    for folder in _above_python():  # it may lie in somebody's home, which bubblewrap would keep private
        found += ["--perms", "0755", "--dir", str(folder)]
    for outside, inside in shown():
        if outside.is_symlink():
            found += ["--symlink", os.readlink(outside), inside]
        else:
            found += ["--ro-bind", str(outside), inside]
    for outside, inside in _masked():
        if outside.is_dir():
            found += ["--tmpfs", inside, "--remount-ro", inside]
        else:
            found += ["--ro-bind", str(course / "empty"), inside]
    return [*found, "--ro-bind", str(course), COURSE, "--ro-bind", str(course / "passwd"), "/etc/passwd"]


def python():
    """Return the path of the Python interpreter inside."""
    own = Path(sys.executable)
    if _is_virtual() and own.is_relative_to(sys.prefix):
        return str(Path(ENVIRONMENT, own.relative_to(sys.prefix)))
    return str(own)


def variables():
    """Return the environment variables of a kernel: all of them, none is inherited."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return threads | {
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "PATH": f"{Path(python()).parent}:/usr/bin:/bin",
        "PYTHONPATH": COURSE,
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": f"{HOME}/.ipython",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{HOME}/.matplotlib",
        "NBGRADER_EXECUTION": "autograde",
    }


def shows(path):
    """Return the folder by which a path of the host can be seen inside; None when it cannot."""
    path = Path(path).resolve()
    return next((outside for outside, _ in shown() if path.is_relative_to(outside.resolve())), None)


@functools.cache
def shown():
    """Return pairs (Path outside, path inside); none comes from sys.path, on which nbgrader puts the course."""
    pairs = [(Path(path), path) for path in SYSTEM if os.path.lexists(path)]
    if _is_virtual():
        pairs.append((Path(sys.prefix), ENVIRONMENT))
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        pairs.append((Path(sys.base_prefix).resolve(), sys.base_prefix))
    return pairs


@functools.cache
def students_course():
    """Make the folder seen as `COURSE`, once a process: the students' package, compiled, and small files.

    returns  Path
    """
    import matplotlib

    tempfolders.sweep()
    folder = _kept().path / "course"
    folder.mkdir()
    for path in release.package_files():
        target = folder / path.relative_to(PACKAGE.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    compileall.compile_dir(folder, stripdir=str(folder), prependdir=COURSE, quiet=2)
    (folder / "matplotlib").mkdir()
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):  # slow to make
        shutil.copyfile(fonts, folder / "matplotlib" / fonts.name)
    (folder / "empty").touch()
    (folder / "passwd").write_text(f"student:x:1000:1000::{HOME}:/bin/sh\n")
    tempfolders.let_read(folder)
    return folder


@functools.cache
def _masked():
    """Return pairs (Path outside, path inside) of what must not be seen though it is: this package, and where it is."""
    files = importlib.metadata.files("pgcourse") or []
    paths = {Path(file.locate()) for file in files if file.suffix == ".pth" or file.name == "direct_url.json"}
    return [
        (path, str(Path(inside, path.relative_to(outside))))
        for path in sorted({*paths, PACKAGE})
        for outside, inside in shown()
        if path.exists() and path.is_relative_to(outside) and not outside.is_symlink()
    ]


def _above_python():
    above = [] if Path(sys.base_prefix).is_relative_to("/usr") else Path(sys.base_prefix).parents
    return [folder for folder in reversed(above) if folder != Path("/")]


@functools.cache
def _kept():
    """Return the temporary folder that lasts as long as this process."""
    return tempfolders.Scratch()


def _is_virtual():
    return sys.prefix != sys.base_prefix
