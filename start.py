"""Set up the course in a private .venv and open it. Needs Python 3.11 or newer and nothing else.

python3 start.py                 set up if needed, then open JupyterLab on the lectures
python3 start.py setup           only set up, and repair what is damaged
python3 start.py setup hub       the same, with what `pgcourse hub` needs
python3 start.py setup tests     the same, with what tests, pictures and benchmarks need
python3 start.py test [ARGS...]  do that, then run the tests; ARGS go to pytest
python3 start.py test quick [ARGS...]
                                 the same, without those that start a browser, a grader, a database or a set-up, or
                                 that compute for half a second or more

Any Python 3 must be able to read this file, so that an old one can say it is too old.
"""

import errno
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
SITE = VENV / ("Lib/site-packages" if os.name == "nt" else "lib/python{}.{}/site-packages".format(*sys.version_info))
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)  # not .venv's own, should that run this file
STAMP = VENV / "set-up.txt"  # what is installed; without it a set-up was never finished
LOCK = VENV / "set-up.lock"  # locked by the set-up that is running, whose process it names
OLDEST_PYTHON = (3, 11)
MORE = {  # files of the packages that a set-up installs besides; each kind includes those above it
    "": (),
    "hub": ("pgcourse/classroom/requirements.txt",),
    "tests": ("pgcourse/classroom/requirements.txt", "tests/requirements.txt"),
}
MEGABYTES, TEMPORARY_MEGABYTES = {"": 600, "hub": 720, "tests": 1400}, 200  # the disk space that a set-up needs
PIP_COUNTS = ("Collecting ", "Processing ", "Requirement already satisfied: ", "Ignoring ")  # one for each package
# more workers than processors of a small machine: many tests wait, for a browser or for what students' code may take
RUN_TESTS = ["-m", "pytest", "-n", "4", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "10"]
QUICK = ["-n", "2", "-m", "quick"]  # these do not wait, and every further worker imports everything again
DISK_FULL = f"The disk is full: the set-up needs about 1 GB free for {ROOT} and the temporary files."
NO_CERTIFICATE = "This network's certificate is not trusted: set PIP_CERT to the file that holds it."
NO_NETWORK = "The package index cannot be reached: the first set-up needs a network, later starts do not."
OTHER_INDEX = "let PIP_INDEX_URL or pip's settings name another index."
REASONS = {  # what a failed command writes: what to say; the first that fits
    r"No space left on device": DISK_FULL,
    r"CERTIFICATE_VERIFY_FAILED": NO_CERTIFICATE,
    r"NewConnectionError|ProxyError|ConnectTimeout": NO_NETWORK,
    r"No matching distribution found for (\S+)": "The package index that pip uses here lacks {}: " + OTHER_INDEX,
    r"DO NOT MATCH THE HASHES[\s\S]*?\n +(\S+) ": "The package index that pip uses here has another {}: " + OTHER_INDEX,
}


class Problem(Exception):
    """What stops the set-up, in one sentence for the user."""


def main(arguments):
    """Do what the arguments ask for; returns the exit code."""
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("lab", [])
    if verb in ("-h", "--help"):
        print(__doc__)
        return 0
    if verb != "test" and (verb, *rest) not in (("lab",), ("setup",), ("setup", "hub"), ("setup", "tests")):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return start(verb, rest)
    except Problem as problem:
        print(problem, file=sys.stderr)
    except OSError as error:
        print(DISK_FULL if error.errno == errno.ENOSPC else f"The set-up cannot go on: {error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted; the same command takes it up again.", file=sys.stderr)
        return 130
    return 1


def start(verb, rest):
    """Set up, then become JupyterLab or pytest."""
    check_python(sys.version_info)
    more = "tests" if verb == "test" else "".join(rest)
    if not all((ROOT / name).is_file() for name in MORE[more]):
        raise Problem(f"This copy of the course has no {more}: go to the full one, with the solutions.")
    set_up(more, repair=verb == "setup")
    if verb == "test":
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each worker would compile all the tests anew
    if verb == "test" and rest[:1] == ["quick"]:
        rest = [*QUICK, *rest[1:]]
    elif more:
        bring_programs(more)
    commands = {"lab": ["-m", "pgcourse", "lab"], "test": [*RUN_TESTS, *rest]}
    return become([str(PYTHON), *commands[verb]]) if verb in commands else 0


def check_python(version):
    """Refuse a Python that is too old; `version` is like sys.version_info."""
    if tuple(version[:2]) < OLDEST_PYTHON:
        wanted, found = ("{}.{}".format(*pair[:2]) for pair in (OLDEST_PYTHON, version))
        raise Problem(f"This is Python {found}, too old: run start.py with Python {wanted} or newer.")


def set_up(more, repair):
    """Install the pinned packages and this one in .venv, unless they are there; `repair` trusts no stamp, but looks."""
    if is_ready(more, repair):
        return
    VENV.mkdir(exist_ok=True)
    with the_rest().alone(LOCK) as others_went_first:
        if not (others_went_first and is_ready(more, repair)):
            brought = [name for name in MORE if all(any(file in line for line in noted()) for file in MORE[name][-1:])]
            install(max(more, *brought, key=list(MORE).index))


def is_ready(more, repair):
    """Say whether the stamp has all that is wanted and, with `repair`, whether that is true."""
    return PYTHON.exists() and set(wanted(more)) <= set(noted()) and not (repair and damaged())


def wanted(more):
    """Return the lines that the stamp must have: Python, folder, and hashes of the files that say what to install."""
    place = "Python {}.{} with pip in {}".format(*sys.version_info[:2], ROOT)
    names = ["pyproject.toml", "requirements.txt", *MORE[more]]
    return [place] + [name + " " + hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in names]


def noted():
    """Return the lines of the stamp; none where no set-up has begun."""
    return STAMP.read_text(encoding="utf-8").splitlines() if STAMP.exists() else []


def damaged():
    """Return the .dist-info folders that the stamp lists whose packages' files are not as they were installed."""
    return the_rest().damaged(SITE / line for line in noted() if line.endswith(".dist-info"))


def the_rest():
    """Return the module with the parts of this program that an old Python need not be able to read."""
    sys.path.insert(0, str(ROOT))  # which is not there under PYTHONSAFEPATH
    return importlib.import_module("pgcourse.tools.setting_up")


def install(more):
    """Make .venv, or make it whole, and write the stamp."""
    stamp = wanted(more)
    if stamp[0] in noted() and PYTHON.exists():
        for folder in damaged():
            shutil.rmtree(str(folder), ignore_errors=True)  # so that pip takes it for not installed
        STAMP.write_text(stamp[0], encoding="utf-8")  # an update that fails leaves .venv as good as it was
    else:
        make_environment(MEGABYTES[more])
    run("Adding pip", [str(PYTHON), "-m", "ensurepip", "--default-pip"])  # venv itself would hide why this fails
    bring(PYTHON, [line.split()[0] for line in stamp if "requirements.txt" in line], ["-e", "."])
    stamp += sorted(path.name for path in SITE.glob("*.dist-info"))
    STAMP.write_text("\n".join(stamp), encoding="utf-8")
    print("Set up: everything is in .venv.")


def bring(python, pinned, course):
    """Install the packages of some requirement files, then pgcourse, into the environment of a Python.

    That environment needs no pip, since .venv's is used; `course` is what `pip install` is given for pgcourse, a list.
    """
    pip, file = [str(PYTHON), "-m", "pip", "--python", str(python)], os.environ.get("PIP_CONFIG_FILE", "")
    debug = ["--log", os.devnull, "-vvv", "config", "debug"]  # else the user's settings could say otherwise
    listing = run("Reading pip's settings", [*pip, *debug], {"PIP_CONFIG_FILE": file})
    settings = {**the_rest().index_settings(listing), "PIP_CONFIG_FILE": os.devnull}
    files = [part for name in pinned for part in ("-r", name)]
    command = [*pip, "install", "--no-deps", "--require-hashes", *files]  # all is pinned: there is nothing to resolve
    named = [line for name in pinned for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if "==" in line]
    run("Installing the packages (a minute or two)", command, settings, len(named))
    run("Installing pgcourse", [*pip, "install", "--no-deps", "--no-build-isolation", *course], settings)


def make_environment(megabytes):
    """Make .venv, anew if it is another Python's, was moved or was never finished."""
    for path in VENV.iterdir() if STAMP.exists() or not PYTHON.exists() else ():
        if path != LOCK:
            shutil.rmtree(str(path)) if path.is_dir() and not path.is_symlink() else path.unlink()
    STAMP.write_text("", encoding="utf-8")
    check_disk({VENV: megabytes, Path(tempfile.gettempdir()): TEMPORARY_MEGABYTES})
    if not importlib.util.find_spec("ensurepip"):  # Debian and Ubuntu keep it in a package of its own
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        if not apt_install([package]):
            raise Problem(f"Python's venv module is not complete: run `sudo apt-get install {package}` first.")
    run("Making .venv", [BASE_PYTHON, "-m", "venv", "--without-pip", str(VENV)])


def check_disk(needed):
    """Refuse to begin without room for what is needed, {folder: megabytes}, or where .venv's programs may not run."""
    for folder in needed:
        disk = folder.stat().st_dev
        megabytes = sum(needed[other] for other in needed if other.stat().st_dev == disk)
        free = shutil.disk_usage(str(folder)).free >> 20
        if free < megabytes:
            raise Problem(f"The disk is too full: the set-up needs {megabytes} MB in {folder}, and {free} MB are free.")
    if hasattr(os, "ST_NOEXEC") and os.statvfs(str(VENV)).f_flag & os.ST_NOEXEC:
        raise Problem(f"No program may be run from {ROOT}, which is mounted noexec: move the course to another disk.")


def bring_programs(more):
    """Install what tests or a hub need from outside Python; where that fails, they will say so."""
    try:
        packages = run("Looking for programs", [str(PYTHON), "-m", "pgcourse.tools.needs", more]).split()
        if packages and not apt_install(packages):
            print("Not installed, for want of apt-get or of the right to use it:", *packages)
    except Problem as problem:
        print(problem)


def apt_install(packages):
    """Install packages of Debian or Ubuntu; False where that is not possible without a password."""
    if not shutil.which("apt-get"):
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and (not shutil.which("sudo") or subprocess.call([*sudo, "true"], stderr=subprocess.DEVNULL)):
        return False
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    run("Reading this system's list of packages (apt-get update)", [*apt, "update"])
    names = " ".join(packages)
    run(f"Installing {names} with apt-get", [*apt, "install", "--yes", "--no-install-recommends", *packages])
    return True


def run(doing, command, settings=(), packages=0):
    """Run a command, show how far it is and give back what it wrote; a failure becomes a Problem.

    `packages` is how many pip will look for, if that is what it does: a bar counts them. The command inherits none of
    the variables that change where Python and pip look or install; `settings` come on top.
    """
    print(doing, "...", flush=True)
    hurtful = ("PIP_", "PYTHON", "VIRTUAL_ENV", "__PYVENV")
    own = {name: value for name, value in os.environ.items() if not name.startswith(hurtful)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "errors": "replace", "close_fds": False}
    lines, found = [], 0
    with subprocess.Popen(command, cwd=str(ROOT), env={**own, **dict(settings)}, **pipes) as process:
        for line in process.stdout:
            lines.append(line)
            found += line.startswith(PIP_COUNTS)
            show_progress(bar(found, packages) + line)
    show_progress("")
    if process.returncode != 0:
        raise Problem(explain(doing, "".join(lines)))
    return "".join(lines)


def bar(done, total):
    """Return a bar and its numbers; nothing if there is nothing to count."""
    filled = 20 * done // total if total else 0
    return f"[{'#' * filled}{'.' * (20 - filled)}] {done} of {total}  " if total else ""


def show_progress(line):
    """Write a line over the last one, on a terminal only."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + line.strip()[:width].ljust(width), end="" if line else "\r", flush=True)


def explain(doing, output):
    """Say in one sentence why a command failed; where the reason is not known, with its last lines."""
    for sign, reason in REASONS.items():
        found = re.search(sign, output)
        if found:
            return reason.format(*found.groups())
    last_lines = "\n".join(output.splitlines()[-15:])
    return f"{last_lines}\n{doing} failed, for the reason above."


def become(command):
    """Replace this process by a command; on Windows, which cannot, run it and give its exit code."""
    os.chdir(str(ROOT))
    os.environ.pop("PYTHONHOME", None)  # it would lead .venv's Python out of .venv; `activate` unsets it too
    if os.name == "nt":
        return subprocess.call(command)
    sys.stdout.flush()
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
