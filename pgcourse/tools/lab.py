"""`pgcourse lab`: JupyterLab on the lectures, on this machine only and silent towards the network."""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from pgcourse.tools import packages

# Nothing is fetched: no news, no look for updates, no list of extensions.
QUIET = [
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]

# Settings in the form in which Jupyter reads them. JupyterLab asks a newcomer about news even where it fetches none,
# and fetches another icon for the browser's tab whenever the kernel becomes busy or idle: twice for each step of a
# slider, once before the picture.
NO_QUESTIONS = Path(__file__).resolve().parent / "quiet"
SLIDES = "/deck/deck.html"  # of `pgcourse.tools.present`, which is imported only where it is needed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse lab`."""
    parser.add_argument("path", nargs="?", type=Path, help="notebook or folder to open (default: lectures)")
    parser.add_argument("--port", type=int, default=8888, help="port to try first (default: 8888)")
    parser.add_argument(
        "--present",
        action="store_true",
        help="show the lecture as slides, with pictures that a kernel on this machine moves",
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address, open nothing")


def main(args: argparse.Namespace) -> int:
    """Open JupyterLab; return its exit code, or 1 when there is nothing to open or to open it with."""
    root = course_root()
    if root is None and args.path is None:
        print("pgcourse lab: there is no course here; go to its folder, or name what to open.", file=sys.stderr)
        return 1
    path = Path(args.path or Path(root or "", "lectures")).resolve()
    root = root or (path if path.is_dir() else path.parent)
    if not path.exists():
        print(f"pgcourse lab: there is no {path}; name a notebook or a folder that exists.", file=sys.stderr)
        return 1
    if args.present and args.path:
        print("pgcourse lab: --present shows the lecture, from all notebooks: name none.", file=sys.stderr)
        return 1
    if faults := packages.faults("lab", *["slides"] * args.present):
        print(*(f"pgcourse lab: {fault}." for fault in faults), sep="\n", file=sys.stderr)
        return 1
    options = ["--no-browser"] if args.no_browser else []
    os.chdir(root)  # nbgrader's Formgrader reads the settings of the folder in which the server starts, and no other
    return _become(command(root, path, args.port, args.present) + options, environment(args.present))


def course_root() -> Path | None:
    """Return the course folder: the nearest one upwards with lectures and assignments, else this package's own.

    Returns
    -------
    Path, or None where there is neither
    """
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (folder / "lectures").is_dir() and (folder / "assignments").is_dir():
            return folder
    return None


def command(root: Path, path: Path, port: int, present: bool = False) -> list[str]:
    """Return the command that opens `path` in JupyterLab.

    Parameters
    ----------
    root : Path
        The course folder; the server shows it whole, so that assignments are one click away.
    path : Path
        The notebook or folder to open; absolute.
    port : int
        Tried first.
    present : bool
        Show the lecture's slides instead.
    """
    if not path.is_relative_to(root):
        root = path if path.is_dir() else path.parent
    location = quote(path.relative_to(root).as_posix())
    return [
        *(sys.executable, "-m", "pgcourse.tools.server"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url={SLIDES if present else f'/lab/tree/{location}'}",
        f"--Server.slides={present}",
        f"--ServerApp.allow_root={_is_root()}",
        *QUIET,
    ]


def environment(present: bool) -> dict[str, str]:
    """Return the environment of that command: during a presentation, pictures in notebooks are larger, too.

    This Python's programs come first on PATH, so that a terminal in JupyterLab finds them. On a path of settings the
    first folder takes precedence, so those of users come before NO_QUESTIONS; what they choose in JupyterLab's Settings
    Editor takes precedence over all of them.
    """
    users = os.environ.get("JUPYTER_CONFIG_PATH")
    own = {
        "PATH": _joined(Path(sys.executable).parent, os.environ.get("PATH")),
        "JUPYTER_CONFIG_PATH": _joined(users, NO_QUESTIONS),
    }
    if present:
        own["PGCOURSE_SIZE"] = "lecture"  # the slides' own kernel draws for a hall
    return os.environ | own


def _joined(*parts: str | Path | None) -> str:
    return os.pathsep.join(str(part) for part in parts if part)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _become(command: list[str], environment: dict[str, str]) -> int:
    """Replace this process by the command; on Windows, which cannot, wait for it."""
    if os.name == "nt":
        return subprocess.call(command, env=environment)
    os.execve(command[0], command, environment)
