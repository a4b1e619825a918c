"""What is seen inside a sandbox: the system, Python, copies of this package and of the course's; no other file."""

import contextlib
import functools
import importlib.machinery
import importlib.metadata
import importlib.util
import marshal
import os
import re
import shutil
import struct
import sys
import types
from dataclasses import dataclass
from pathlib import Path

from pgcourse.grading import tempfolders
from pgcourse.grading.errors import SandboxError

# paths inside
ENVIRONMENT = "/environment"
COURSE = "/course"
HOME = "/home/student"

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache")
PACKAGE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Contents:
    """What a course adds to its sandboxes.

    Attributes
    ----------
    packages
        Names of packages and modules that can be imported there.
    preload
        Names of modules that are imported once, before kernels are forked.
    """

    packages: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()


def arguments(packages: tuple[str, ...] = ()) -> list[str]:
    """Return bubblewrap's arguments for everything read-only, copies of these packages included."""
    course, found = copies(packages), []
    for folder in _above_python():  # it may lie in somebody's home, a folder that bubblewrap would make private
        found += ["--perms", "0755", "--dir", str(folder)]
    for outside, inside in shown():
        if outside.is_symlink():
            found += ["--symlink", os.readlink(outside), inside]
        else:
            found += ["--ro-bind", str(outside), inside]
    for outside, inside in _masked(packages):
        if outside.is_dir():
            found += ["--tmpfs", inside, "--remount-ro", inside]
        else:
            found += ["--ro-bind", str(course / "empty"), inside]
    if _is_virtual():  # the real one says where the environment was made, and by what command
        found += ["--ro-bind", str(course / "pyvenv.cfg"), f"{ENVIRONMENT}/pyvenv.cfg"]
    return [*found, "--ro-bind", str(course), COURSE, "--ro-bind", str(course / "passwd"), "/etc/passwd"]


def python() -> str:
    """Return the path of the Python interpreter inside."""
    own = Path(sys.executable)
    if _is_virtual() and own.is_relative_to(sys.prefix):
        return str(Path(ENVIRONMENT, own.relative_to(sys.prefix)))
    return str(own)


def variables() -> dict[str, str]:
    """Return the environment variables of a kernel, which inherits none."""
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


def shows(path: Path, packages: tuple[str, ...] = ()) -> Path | None:
    """Return the folder through which a path of the host can be seen inside; None if it cannot."""
    path = path.resolve()
    folders = [outside for outside, _ in shown()] + [found for _, found in sources(packages)]
    return next((folder for folder in folders if path.is_relative_to(folder.resolve())), None)


@functools.cache
def shown() -> list[tuple[Path, str]]:
    """Return pairs (path outside, path inside); none comes from sys.path, on which nbgrader puts the course."""
    pairs = [(Path(path), path) for path in SYSTEM if os.path.lexists(path)]
    if _is_virtual():
        pairs.append((Path(sys.prefix), ENVIRONMENT))
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        pairs.append((Path(sys.base_prefix).resolve(), sys.base_prefix))
    return pairs


@functools.cache
def sources(packages: tuple[str, ...]) -> list[tuple[str, Path]]:
    """Return pairs (name, path) of this package and the course's, as installed here; raises SandboxError."""
    own = PACKAGE.name
    return [(own, PACKAGE), *((name, _source(name)) for name in packages if name != own)]


def _source(name):
    """Return the path of a package's folder, or of a module's file."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    places = [*(spec.submodule_search_locations or ()), spec.origin] if spec else []
    if not places or not places[0] or not os.path.exists(places[0]):
        raise SandboxError(f"c.SandboxedExecute.packages names {name}, which is not installed here: install it.")
    return Path(places[0])


@functools.cache
def copies(packages: tuple[str, ...]) -> Path:
    """Make the folder seen as `COURSE`, once in each process: copies of packages, compiled, and small files."""
    import matplotlib

    tempfolders.sweep()
    _kept.append(tempfolders.Scratch())
    folder = _kept[-1].path / "course"
    folder.mkdir()
    copy = functools.partial(_copy, folder)
    for name, path in sources(packages):
        target = folder / Path(*name.split("."))
        if path.is_dir():
            shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"), copy_function=copy)
        else:
            copy(path, target.with_suffix(path.suffix))
    (folder / "matplotlib").mkdir()
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):  # slow to make
        shutil.copyfile(fonts, folder / "matplotlib" / fonts.name)
    (folder / "empty").touch()
    if _is_virtual():
        (folder / "pyvenv.cfg").write_text(_needed(Path(sys.prefix, "pyvenv.cfg").read_text()))
    (folder / "passwd").write_text(f"student:x:1000:1000::{HOME}:/bin/sh\n")
    tempfolders.let_read(folder)
    return folder


def _copy(folder, source, target):
    """Copy a file and, of a module, its bytecode: what Python has kept of it, with the name that it has inside."""
    shutil.copy2(source, target)
    if os.path.splitext(target)[1] != ".py":
        return
    loader = importlib.machinery.SourceFileLoader(COURSE, str(source))
    with contextlib.suppress(SyntaxError, ValueError):  # Python will say so to whoever imports it
        code = _named(loader.get_code(COURSE), f"{COURSE}/{Path(target).relative_to(folder)}")
        found = os.stat(target)
        header = importlib.util.MAGIC_NUMBER + struct.pack("<3I", 0, int(found.st_mtime) & 0xFFFFFFFF, found.st_size)
        compiled = Path(importlib.util.cache_from_source(target))
        compiled.parent.mkdir(exist_ok=True)
        compiled.write_bytes(header + marshal.dumps(code))


def _named(code, name):
    """Return bytecode that gives its file this name, and none of the host's."""
    constants = (_named(part, name) if isinstance(part, types.CodeType) else part for part in code.co_consts)
    return code.replace(co_filename=name, co_consts=tuple(constants))


_kept: list[tempfolders.Scratch] = []  # temporary folders that last as long as this process


@functools.cache
def _masked(packages):
    """Return pairs (path outside, path inside) of what would be seen and must not: packages, and where they lie."""
    names = {PACKAGE.name}
    if packages:
        distributions = importlib.metadata.packages_distributions()
        names.update(*(distributions.get(name.partition(".")[0], ()) for name in packages))
    files = [file for name in names for file in importlib.metadata.files(name) or []]
    paths = {Path(file.locate()) for file in files if file.suffix == ".pth" or file.name == "direct_url.json"}
    return [
        (path, str(Path(inside, path.relative_to(outside))))
        for path in sorted({*paths, *(path for _, path in sources(packages))})
        for outside, inside in shown()
        if path.exists() and path.is_relative_to(outside) and not outside.is_symlink()
    ]


def _needed(settings):
    """Return the lines of an environment's settings that Python reads."""
    return "".join(line for line in settings.splitlines(True) if re.match(r"home\b|include-|version", line))


def _above_python():
    above = [] if Path(sys.base_prefix).is_relative_to("/usr") else Path(sys.base_prefix).parents
    return [folder for folder in reversed(above) if folder != Path("/")]


def _is_virtual():
    return sys.prefix != sys.base_prefix
