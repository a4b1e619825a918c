"""Set-up: the pins, the conda file, and `start.py`, run for real in a folder with a space in its name."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import start
from pgcourse.tools.needs import NEEDS
from tests.support.course import notebook_path, solved
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.long
ROOT = Path(start.__file__).resolve().parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, EXTRAS = PYPROJECT["project"], PYPROJECT["project"]["optional-dependencies"]
# what start.py, environment.yml and the container bring
CONDA_NEEDS = [*PROJECT["dependencies"], *EXTRAS["lab"], *EXTRAS["grading"], *PYPROJECT["dependency-groups"]["build"]]
COURSE_NEEDS = [*CONDA_NEEDS, *EXTRAS["slides"]]
REQUIREMENT_FILES = ["requirements.txt", *start.MORE["tests"]]
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
COURSE = [
    "start.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    *REQUIREMENT_FILES,
    "pgcourse",
    "lectures",
    "assignments",
]
DEAD_PROXY = "http://127.0.0.1:9"


def pins(name):
    """Give {package: [(version, marker, number of hashes)]} of a requirement file."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        requirement = Requirement(requirement)
        found.setdefault(canonicalize_name(requirement.name), []).append((requirement, hashes))
    return found


def copy_course(folder):
    """Copy what `start.py setup` needs, as a clone would have it; returns the folder."""
    leave_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in COURSE:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=leave_out, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
    return folder


def run_start(folder, *arguments, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_ENV")}
    command = [sys.executable, str(folder / "start.py"), *arguments]
    pipes = {"capture_output": True, "text": True, "timeout": 3 * PATIENCE}
    return subprocess.run(command, env={**environment, **variables}, **pipes)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Set up a copy of all of the course once, as contributors do, in a folder with a space in its name."""
    leave_out = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".ipynb_checkpoints")
    folder = shutil.copytree(ROOT, tmp_path_factory.mktemp("a b") / "course", ignore=leave_out)
    (folder / "mine").mkdir()
    released, solution = (
        nbformat.read(folder / name / notebook_path("ps4_left_right"), as_version=4)
        for name in ("assignments", "solutions")
    )
    nbformat.write(solved(released, solution), folder / "mine" / "ps4_left_right.ipynb")
    done = run_start(folder, "setup", "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Installing the packages" in done.stdout
    return folder


def site(course):
    return course / start.SITE.relative_to(ROOT)


def typed(course, command, **options):
    """Start a command as a user types it: in a new shell, in the course folder, with the environment active."""
    reached = ("PIP_", "SSL_", "REQUESTS_", "HTTP", "NO_PROXY", "http", "no_proxy")
    variables = {name: value for name, value in os.environ.items() if name.startswith(reached)}
    variables |= {"HOME": str(course.parent), "PATH": os.defpath, "LANG": "C.UTF-8", "BROWSER": "true", "USER": "me"}
    line = f"source .venv/bin/activate && {command}"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "cwd": course, "env": variables}
    return subprocess.Popen(["bash", "--noprofile", "--norc", "-c", line], **pipes | options)


def run_typed(course, command):
    """Run it to its end; return its exit code and what it writes."""
    with typed(course, command) as process:
        output, _ = process.communicate(timeout=3 * PATIENCE)
    return process.returncode, output


@pytest.mark.parametrize(
    ("files", "ranges"),
    [
        (REQUIREMENT_FILES[:1], COURSE_NEEDS),
        (REQUIREMENT_FILES[:2], EXTRAS["hub"]),
        (REQUIREMENT_FILES, EXTRAS["test"]),
    ],
)
def test_every_dependency_is_pinned_inside_its_range(files, ranges):
    pinned = {}
    for name in files:
        pinned.update(pins(name))
    for wanted in map(Requirement, ranges):
        for pin, _ in pinned[canonicalize_name(wanted.name)]:
            (specifier,) = pin.specifier
            assert wanted.specifier.contains(specifier.version), f"{pin} is not in {wanted}"


@pytest.mark.parametrize("name", REQUIREMENT_FILES)
def test_every_requirement_is_one_version_with_hashes(name):
    for package in pins(name).values():
        for pin, hashes in package:
            assert [specifier.operator for specifier in pin.specifier] == ["=="]
            assert hashes
            assert all(re.fullmatch("sha256:[0-9a-f]{64}", value) for value in hashes)


def test_no_package_is_pinned_twice():
    names = [name for file in REQUIREMENT_FILES for name in pins(file)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [*REQUIREMENT_FILES, "environment.yml", "pyproject.toml", "start.py"])
def test_no_host_or_folder_of_a_machine_is_named(name):
    text = re.sub(r"(?ms)^\[project\.urls\]$.*?^$", "", (ROOT / name).read_text(encoding="utf-8"))
    assert not re.search(r"://|--index|--extra-index|--find-links|\b\w+\.(org|com|net|io)\b", text)


def test_conda_environment_equals_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    wanted = ["python" + PROJECT["requires-python"], "pip"]
    for requirement in map(Requirement, CONDA_NEEDS):
        name = CONDA_NAMES.get(requirement.name, requirement.name)
        wanted.append(f"{name}{requirement.specifier}")
    assert sorted(map(normal, environment["dependencies"])) == sorted(map(normal, wanted))


def normal(requirement):
    requirement = Requirement(requirement)
    return requirement.name, frozenset(map(str, requirement.specifier))


@pytest.mark.slow
def test_set_up_holds_the_pins_and_a_consistent_set(course):
    python = course / start.PYTHON.relative_to(ROOT)
    listing = subprocess.run([python, "-m", "pip", "freeze", "--all"], capture_output=True, text=True, check=True)
    installed = dict(line.split("==") for line in listing.stdout.splitlines() if "==" in line)
    installed = {canonicalize_name(name): version for name, version in installed.items()}
    for name, package in pins("requirements.txt").items():
        wanted = [str(pin.specifier)[2:] for pin, _ in package if pin.marker is None or pin.marker.evaluate()]
        assert [installed[name]] == wanted if wanted else name not in installed
    subprocess.run([python, "-m", "pip", "check"], check=True, capture_output=True)


@pytest.mark.slow
def test_set_up_takes_no_more_of_the_disk_than_is_asked_for(course):
    def megabytes(names):
        found = importlib.metadata.distributions(path=[str(site(course))])
        chosen = [dist for dist in found if names is None or canonicalize_name(dist.name) in names]
        paths = [Path(dist.locate_file(file)) for dist in chosen for file in dist.files]
        return sum(path.stat().st_blocks * 512 for path in paths if path.exists()) >> 20

    light, hub = (pins(name).keys() for name in REQUIREMENT_FILES[:2])
    assert megabytes(light) < start.MEGABYTES[""]
    assert megabytes(light | hub) < start.MEGABYTES["hub"]
    assert megabytes(None) < start.MEGABYTES["tests"]


@pytest.mark.slow
def test_set_up_gives_a_working_pgcourse_command(course):
    code, output = run_typed(course, "pgcourse doctor")
    assert code == 0, output
    assert f"course folder {course}" in output


def lose(course):
    """Remove packages, one of which others need, pip, and a file of one more; return what the doctor says then."""
    for path in [path for name in ("nh3", "numpy", "nbclient", "pip") for path in site(course).glob(f"{name}*")]:
        shutil.rmtree(path)
    (site(course) / "matplotlib" / "pyplot.py").unlink()
    return [
        r"numpy: not installed",
        r"matplotlib \S+: its file matplotlib/pyplot.py is missing",
        r"nbclient: not installed, but \S+ needs it",
        r"nh3: not installed",
    ]


def spoil(course):
    """Spoil a file that is imported, and keep its size; return what the doctor says then."""
    (path,) = site(course).glob("numpy/_core/_multiarray_umath*")
    size = path.stat().st_size
    path.unlink()
    path.write_bytes(bytes(size))
    return [r"importing the packages: .*_multiarray_umath.*"]


@pytest.mark.slow
@pytest.mark.parametrize("harm", [lose, spoil])
def test_what_the_doctor_finds_is_repaired_by_the_command_that_it_names(course, harm):
    faults = harm(course)
    code, output = run_typed(course, "pgcourse doctor")
    said = sorted(line for line in output.splitlines() if not line.startswith("ok"))
    assert code == 1
    for words, line in zip(sorted(faults), said, strict=True):
        assert re.fullmatch(rf"WRONG  {words}; run `python3 start.py setup`", line)
    if harm is lose:
        code, output = run_typed(course, "pgcourse lab --no-browser")
        assert code == 1
        assert sorted(output.splitlines()) == [f"pgcourse lab: {line.removeprefix('WRONG  ')}." for line in said]
    code, output = run_typed(course, re.search("`(.*)`", said[0])[1])
    assert code == 0, output
    code, output = run_typed(course, "pgcourse doctor && pip --version")
    assert code == 0, output
    assert str(site(course)) in output


@pytest.mark.slow
def test_second_set_up_installs_nothing_and_needs_no_network(course):
    stamp = course / ".venv" / "set-up.txt"
    before = stamp.stat().st_mtime_ns
    done = run_start(course, "setup", PATH=os.defpath, HTTPS_PROXY=DEAD_PROXY, ALL_PROXY=DEAD_PROXY)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")  # though it looks at every file
    assert stamp.stat().st_mtime_ns == before


@pytest.mark.slow
def test_changed_pins_are_installed_over_the_old_ones(course):
    leftover = course / ".venv" / "leftover"
    leftover.touch()
    with (course / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    done = run_start(course, "setup", HTTPS_PROXY=DEAD_PROXY, ALL_PROXY=DEAD_PROXY)
    assert done.returncode == 0, done.stderr
    assert "Installing the packages" in done.stdout
    assert leftover.exists()
    assert (done := run_start(course, "setup")).stdout == "", done.stdout


@pytest.mark.slow
def test_an_interrupted_set_up_is_made_anew(tmp_path):
    folder = copy_course(tmp_path / "a b")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "set-up.txt").touch()
    leftover = folder / ".venv" / "leftover"
    leftover.touch()
    run_start(folder, "setup", PATH=os.defpath, HTTPS_PROXY=DEAD_PROXY, ALL_PROXY=DEAD_PROXY, PIP_RETRIES="0")
    assert not leftover.exists()
    assert (folder / ".venv" / "set-up.txt").read_text() == ""


@pytest.mark.slow
def test_no_network_is_one_sentence(tmp_path):
    folder = copy_course(tmp_path / "a b")
    proxies = dict.fromkeys(["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"], DEAD_PROXY)
    empty = {"PIP_CACHE_DIR": str(tmp_path / "pip")}
    done = run_start(folder, "setup", **proxies, **empty, PIP_RETRIES="1", NO_PROXY="", no_proxy="")
    assert (done.returncode, done.stderr) == (1, start.NO_NETWORK + "\n")


def test_an_unknown_failure_shows_the_last_lines():
    with pytest.raises(start.Problem, match=r"(?s)last words.*Trying failed, for the reason above"):
        start.run("Trying", [sys.executable, "-c", "import sys; sys.exit('last words')"])


def test_a_bar_counts_the_packages(monkeypatch):
    said = "Ignoring a: markers\nCollecting b\n  Downloading b\nProcessing c\n"
    shown = []
    monkeypatch.setattr(start, "show_progress", shown.append)
    start.run("Trying", [sys.executable, "-c", f"print({said!r}, end='')"], packages=4)
    assert shown == [
        "[#####...............] 1 of 4  Ignoring a: markers\n",
        "[##########..........] 2 of 4  Collecting b\n",
        "[##########..........] 2 of 4    Downloading b\n",
        "[###############.....] 3 of 4  Processing c\n",
        "",
    ]


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 99)])
def test_an_old_python_is_told_so_in_one_sentence(version):
    with pytest.raises(start.Problem) as told:
        start.check_python(version)
    assert f"This is Python {version[0]}.{version[1]}, too old" in str(told.value)
    assert "\n" not in str(told.value)


def test_an_old_python_can_read_start():
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_oldest_python_is_that_of_pyproject():
    assert "Python>={}.{}".format(*start.OLDEST_PYTHON) == "Python" + PROJECT["requires-python"]
    start.check_python((*start.OLDEST_PYTHON, 0))


@pytest.mark.parametrize(
    ("line", "code"), [("--help", 0), ("nonsense", 2), ("setup extra", 2), ("setup tests extra", 2), ("lab x", 2)]
)
def test_usage(line, code):
    done = run_start(ROOT, *line.split())
    assert done.returncode == code
    assert start.__doc__ in (done.stderr if code else done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("more", ["tests", "hub"])
def test_programs_come_from_apt_get_which_is_said_first(tmp_path, monkeypatch, capfd, more):
    for name, script in {"apt-get": 'echo "apt-get $*" >> "$LOG"', "env": 'shift; exec "$@"'}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setattr(start.os, "geteuid", lambda: 0)
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    start.bring_programs(more)
    packages = subprocess.run(
        [sys.executable, "-m", "pgcourse.tools.needs", more], capture_output=True, text=True
    ).stdout.split()
    assert (NEEDS["browser"].packages()[0] in packages) is (more == "tests")
    assert NEEDS["hub"].packages()[0] in packages
    install = f"apt-get install --yes --no-install-recommends {' '.join(packages)}"
    assert (tmp_path / "log").read_text().splitlines() == ["apt-get update", install]
    assert f"Installing {' '.join(packages)} with apt-get ..." in capfd.readouterr().out


def test_a_missing_program_is_left_to_the_tests_when_it_may_not_be_installed(monkeypatch):
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    assert start.apt_install(["chromium"]) is False


# Every command that the pages name, typed by a user.

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES += [path for path in sorted((ROOT / "docs").glob("*.md")) if path.stem not in ("zoo", "kill_matrix")]
PROGRAMS = ["source", "python3?", "pip", "pgcourse", "nbgrader", "jupyter", "ruff", "pre-commit", "dask", "faketime"]
PROGRAMS += ["cd", "chmod"]
NOT_HERE = {
    "conda": "is not what this is tried with",
    "podman": "would make an image",
    "docker": "would make an image",
    "sudo": "would change this machine",
    "git": "needs a repository",
    "systemd-run": "needs a session of systemd",
    "helm": "needs a cluster",
    "kubectl": "needs a cluster",
    "ngshare-course-management": "needs a cluster",
}
COMMAND = re.compile(rf"(?:\w+=\S+ )*(?:{'|'.join([*PROGRAMS, *NOT_HERE])})(?: .*)?")
NO_COMMANDS = ("lectures/", "nothing", "U", "total_return", "score", "after", "[0.5")  # first words of other blocks
PLACES = {
    "NOTEBOOK": "mine/ps4_left_right.ipynb",
    "DIR": "../new",
    "SOURCE": "solutions/ps4_left_right/ps4_left_right.ipynb",
    "psN_name": "ps4_left_right",
}

# what is typed where the whole would take long, or needs what comes before it on its page
SHORTER = {
    r"python3 start\.py test.*": "python3 start.py test tests/tools/test_setup.py --collect-only",
    r"python (benchmarks|tests)/(\w+)\.py.*": r'cd \1 && python -c "import \2"',  # each takes minutes
    r"(python -m tests\.submissions \w+).*": r"\1 --help",
    r"cd course": "cd .",  # which is the copy that the line before it makes
    r"python -m pytest test_river\.py": "python -m pytest --version",  # tests/tools/test_documents.py has the file
    r"(.* faketime .* python -m pytest) .*": r"\1 --version",  # tests/tools/test_calendar.py
    r"pre-commit .*": "pre-commit --version",  # tests/tools/test_hooks.py has the repository that it needs
    r"(pgcourse (?:matrix|check|release|repair|grade|collect|export))": r"\1 --help",  # named without arguments
    r"(dask \w+) .*": r"\1 --help",  # tests/grading/test_cluster.py
    r"(pgcourse (?:collect|grade|export)) .*": r"\1 --help",  # tests/grading/test_instructors.py: a whole term
    r"nbgrader .*": "nbgrader --version",  # there too
    r"(pgcourse book) .*": r"\1 --help",  # tests/browser/test_book.py
    r"(pgcourse hub)(?: .*)?": r"\1 --help",  # tests/classroom: each on a machine of its own
}
SERVES = re.compile(r"python3 start\.py|(\w+=\w+ )?pgcourse lab\b.*")


def blocks(page):
    """Return the fenced blocks of a page that are in no language, each a list of lines without comments."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
    plain = [block.splitlines() for language, block in found if not language]
    return [[re.sub(r"\s+#.*", "", line) for line in block] for block in plain]


def commands():
    """Return all commands of the pages, in blocks and in sentences, in their order."""
    found = []
    for page in PAGES:
        found += [line for block in blocks(page) for line in block if COMMAND.fullmatch(line)]
        prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
        found += [span for span in spans if COMMAND.fullmatch(span) and " " in span]
    return list(dict.fromkeys(found))


def shortened(command):
    """Return what is typed for a command of the pages; None for one that cannot be typed here."""
    if command.split()[0] in NOT_HERE:
        return None
    for name, place in PLACES.items():
        command = re.sub(rf"\b{name}\b", place, command)
    for pattern, shorter in SHORTER.items():
        if re.fullmatch(pattern, command):
            return re.sub(pattern, shorter, command)
    return command


def to_type():
    """Return what is typed, each once, with the marker of the program that it needs."""
    for command in dict.fromkeys(filter(None, map(shortened, commands()))):
        yield pytest.param(command, marks=[pytest.mark.calendar] if "faketime" in command else [])


def test_a_block_is_of_commands_or_of_something_known():
    for page in PAGES:
        for block in blocks(page):
            are = {bool(COMMAND.fullmatch(line)) for line in block}
            assert are == {True} or block[0].split()[0] in NO_COMMANDS, f"{page.name}: {block}"


def test_only_few_commands_are_not_typed():
    assert len(commands()) > 50
    assert {command.split()[0] for command in commands() if shortened(command) is None} == NOT_HERE.keys()


@pytest.mark.slow
@pytest.mark.parametrize("command", list(to_type()))
def test_a_documented_command_can_be_typed_in_a_new_shell(course, command):
    if not SERVES.fullmatch(command):
        code, output = run_typed(course, command)
        assert code == 0, output
        return
    with typed(course, f"exec env {command}" if "=" in command.split()[0] else f"exec {command}") as server:
        try:
            lines = iter(server.stdout.readline, "")
            assert any(re.match(r"(JupyterLab|The lecture) is at http://127\.0\.0\.1:", line) for line in lines)
            server.terminate()
            server.wait(PATIENCE)
        finally:
            server.kill()
