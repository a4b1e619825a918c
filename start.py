"""Set up the course in a private .venv and open it. Needs Python 3.11 or newer and nothing else.

python3 start.py                 set up if needed, then open JupyterLab on the lectures
python3 start.py setup           only set up
python3 start.py test [ARGS...]  set up, then run the tests; ARGS go to pytest
python3 start.py test quick [ARGS...]
                                 the same, without those that start a browser, a grader, a database or a set-up

Any Python 3 must be able to read this file, so that an old one can say it is too old.
"""

import errno
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)  # not .venv's own, should that run this file
STAMP = VENV / "set-up.txt"  # what is installed; without it a set-up was never finished
OLDEST_PYTHON = (3, 11)
# more workers than processors of a small machine: many tests wait, for a browser or for what students' code may take
RUN_TESTS = ["-m", "pytest", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "10"]
QUICK = ["-m", "quick"]  # see tests/conftest.py

DISK_FULL = f"The disk is full: the set-up needs about 1 GB free for {ROOT} and the temporary files."
NO_CERTIFICATE = "This network's certificate is not trusted: set SSL_CERT_FILE and PIP_CERT to the file that holds it."
NO_NETWORK = "The package index cannot be reached: the first set-up needs a network, later starts do not."
REASONS = {  # what a failed command writes: what to say; the first that fits
    "No space left on device": DISK_FULL,
    "os error 28": DISK_FULL,
    "CERTIFICATE_VERIFY_FAILED": NO_CERTIFICATE,
    "invalid peer certificate": NO_CERTIFICATE,
    "NewConnectionError": NO_NETWORK,
    "ProxyError": NO_NETWORK,
    "ConnectTimeout": NO_NETWORK,
    "error sending request": NO_NETWORK,
    "Failed to fetch": NO_NETWORK,
}


class Problem(Exception):
    """What stops the set-up, in one sentence for the user."""


def main(arguments):
    """Do what the arguments ask for; returns the exit code."""
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("lab", [])
    if verb in ("-h", "--help"):
        print(__doc__)
        return 0
    if verb not in ("lab", "setup", "test") or (rest and verb != "test"):
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


def start(verb, pytest_arguments):
    """Set up, then become JupyterLab or pytest."""
    check_python(sys.version_info)
    if verb == "test" and not (ROOT / "tests").is_dir():
        raise Problem("This copy of the course has no tests: they are in the full one, with the solutions.")
    set_up(with_tests=verb == "test")
    if verb == "lab":
        return become([str(PYTHON), "-m", "pgcourse", "lab"])
    if verb == "test":
        if pytest_arguments[:1] == ["quick"]:
            pytest_arguments = [*QUICK, *pytest_arguments[1:]]
        else:
            bring_programs()
        return become([str(PYTHON), *RUN_TESTS, *pytest_arguments])
    return 0


def check_python(version):
    """Refuse a Python that is too old; `version` is like sys.version_info."""
    if tuple(version[:2]) < OLDEST_PYTHON:
        wanted, found = ("{}.{}".format(*pair[:2]) for pair in (OLDEST_PYTHON, version))
        raise Problem(f"This is Python {found}, too old: run start.py with Python {wanted} or newer.")


def set_up(with_tests):
    """Bring the pinned packages and this one into .venv, unless the stamp says that they are there."""
    requirements = ["requirements.txt"] + ["tests/requirements.txt"] * with_tests
    place = "Python {}.{} in {}".format(*sys.version_info[:2], ROOT)
    wanted = [place] + [digest(name) for name in ["pyproject.toml", *requirements]]
    found = STAMP.read_text(encoding="utf-8").splitlines() if STAMP.exists() else []
    if PYTHON.exists() and set(wanted) <= set(found):
        return
    if place not in found or not PYTHON.exists():
        make_environment()
    else:
        STAMP.write_text(place, encoding="utf-8")  # an update that fails leaves .venv as good as it was
    install = ["uv", "pip", "install", "--compile-bytecode", "--python", str(PYTHON)]
    if not shutil.which("uv"):
        install = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    pinned = [part for name in requirements for part in ("-r", name)]
    run("Installing the packages (a minute or two)", [*install, "--require-hashes", *pinned])
    run("Installing pgcourse", [*install, "--no-deps", "--no-build-isolation", "-e", "."])
    STAMP.write_text("\n".join(wanted), encoding="utf-8")
    print("Set up: everything is in .venv.")


def digest(name):
    """Give the name and SHA-256 of a file of the course."""
    return name + " " + hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def make_environment():
    """Make .venv, anew if it is another Python's, was moved or was never finished."""
    if STAMP.exists() or (VENV.exists() and not PYTHON.exists()):
        shutil.rmtree(VENV)
    VENV.mkdir(exist_ok=True)
    STAMP.write_text("", encoding="utf-8")
    if shutil.which("uv"):
        command = ["uv", "venv", "--seed", "--allow-existing", "--python", BASE_PYTHON, str(VENV)]
        run("Making .venv with uv", command)
        return
    if not importlib.util.find_spec("ensurepip"):  # Debian and Ubuntu keep it in a package of its own
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        if not apt_install([package]):
            raise Problem(f"Python's venv module is not complete: run `sudo apt-get install {package}` first.")
    run("Making .venv", [BASE_PYTHON, "-m", "venv", "--without-pip", str(VENV)])
    run("Adding pip to it", [str(PYTHON), "-m", "ensurepip"])  # venv itself would hide why this fails


def bring_programs():
    """Install what tests need from outside Python; where that fails, those tests will say so."""
    listing = subprocess.run(
        [str(PYTHON), "-m", "pgcourse.tools.needs"], cwd=str(ROOT), stdout=subprocess.PIPE, check=True
    )
    packages = listing.stdout.decode().split()
    try:
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


def run(doing, command):
    """Run a command, show how far it is, and turn its failure into a Problem."""
    print(doing, "...", flush=True)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "errors": "replace"}
    lines = []
    with subprocess.Popen(command, cwd=str(ROOT), **pipes) as process:
        for line in process.stdout:
            lines.append(line)
            show_progress(line)
    show_progress("")
    if process.returncode != 0:
        raise Problem(explain(doing, "".join(lines)))


def show_progress(line):
    """Write a line over the last one, on a terminal only."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + line.strip()[:width].ljust(width), end="" if line else "\r", flush=True)


def explain(doing, output):
    """Say in one sentence why a command failed; where the reason is not known, with its last lines."""
    for sign, reason in REASONS.items():
        if sign in output:
            return reason
    last_lines = "\n".join(output.splitlines()[-15:])
    return f"{last_lines}\n{doing} failed, for the reason above."


def become(command):
    """Replace this process by a command; on Windows, which cannot, run it and give its exit code."""
    os.chdir(str(ROOT))
    if os.name == "nt":
        return subprocess.call(command)
    sys.stdout.flush()
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
