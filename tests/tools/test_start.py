"""start.py on machines that are not as it would like: a course that needs one small package is set up in each."""

import contextlib
import functools
import http.server
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

import start
from pgcourse.tools import setting_up
from tests.support.waiting import PATIENCE, until

pytestmark = pytest.mark.long
ROOT = Path(start.__file__).resolve().parent
PACKAGE = re.search(r"^flit-core==.*(\n    .*)*", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M)[0]
PIN = PACKAGE.split()[0]
BIN = start.PYTHON.parent.relative_to(ROOT)
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
WAITING = "Another set-up of this folder is running (process {pid}): waiting for it ...\n"
# settings of pip that would let it install elsewhere, otherwise or nothing, or keep it from saying what is asked
HURTFUL = {
    "user": "1",
    "target": "{elsewhere}/target",
    "prefix": "{elsewhere}/prefix",
    "root": "{elsewhere}/root",
    "python": "{elsewhere}/python",
    "log": "{elsewhere}/no/log",
    "constraint": "{elsewhere}/constraint",
    "require-virtualenv": "1",
    "require-hashes": "1",
    "no-binary": ":all:",
    "no-deps": "1",
    "dry-run": "1",
    "quiet": "2",
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """A folder that holds the package, and nothing else."""
    folder = tmp_path_factory.mktemp("wheels")
    (folder.parent / "one.txt").write_text(PACKAGE)
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    done = subprocess.run([*pip, "-r", folder.parent / "one.txt", "-d", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def small(tmp_path):
    """The course in a folder with a space in its name, where requirements.txt names the package alone."""
    folder = tmp_path / "a b"
    folder.mkdir()
    for name in ("start.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "pgcourse", folder / "pgcourse", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "requirements.txt").write_text(PACKAGE)
    return folder


def variables(**own):
    """Return the environment of a user without settings of Python and pip, and with some others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "VIRTUAL"))}
    return kept | {"PIP_CONFIG_FILE": os.devnull} | {name: str(value) for name, value in own.items()}


def from_wheels(wheels):
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels}


def set_up(folder, **own):
    command = [BASE_PYTHON, str(folder / "start.py"), "setup"]
    return subprocess.run(command, env=variables(**own), capture_output=True, text=True, timeout=3 * PATIENCE)


def works(folder):
    """Say whether what a set-up brings is where it belongs, and of that place."""
    done = subprocess.run([folder / BIN / "pgcourse", "--version"], env=variables(), capture_output=True, text=True)
    pip = subprocess.run([folder / BIN / "pip", "--version"], env=variables(), capture_output=True, text=True)
    return done.returncode == 0 and f"from {folder}" in pip.stdout


def hostile_variables(elsewhere, wheels):
    (elsewhere / "pip.py").write_text("raise SystemExit('the wrong pip')")
    pip = {
        f"PIP_{name.upper().replace('-', '_')}": value.format(elsewhere=elsewhere) for name, value in HURTFUL.items()
    }
    temporary = elsewhere / ("long" * 30)
    temporary.mkdir()
    return pip | from_wheels(wheels) | {
        "PYTHONPATH": elsewhere,
        "PYTHONHOME": sys.base_prefix,
        "PYTHONUSERBASE": elsewhere / "user",
        "PYTHONOPTIMIZE": "2",
        "PYTHONSAFEPATH": "1",
        "VIRTUAL_ENV": elsewhere,
        "TMPDIR": temporary,
    }  # fmt: skip


def hostile_file(elsewhere, wheels):
    lines = [f"{name} = {value.format(elsewhere=elsewhere)}" for name, value in HURTFUL.items()]
    text = "\n".join(["[global]", "no-index = true", *lines, "[install]", f"find-links = {wheels}", *lines])
    (elsewhere / "pip.conf").write_text(text)
    return {"PIP_CONFIG_FILE": elsewhere / "pip.conf", "HOME": elsewhere}


@pytest.mark.slow
@pytest.mark.parametrize("hostile", [hostile_variables, hostile_file])
def test_no_setting_of_python_or_pip_changes_what_is_done(small, wheels, tmp_path, hostile):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    own = hostile(elsewhere, wheels)
    before = set(elsewhere.rglob("*"))
    done = set_up(small, **own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert works(small)
    new = {path.relative_to(elsewhere).parts[0] for path in set(elsewhere.rglob("*")) - before}
    assert {name for name in new if not name.startswith(".")} == set()  # .cache is pip's own


@pytest.mark.slow
def test_settings_that_lead_to_the_index_are_kept_in_pips_own_order(tmp_path, monkeypatch):
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = one\nextra-index-url = a\n  b\nproxy = p\nuser = true\n"
        "[install]\nindex_url = two\n[download]\ncert = c\n"
    )
    command = [sys.executable, "-m", "pip", "config", "debug"]
    listing = subprocess.run(command, env=variables(PIP_CONFIG_FILE=file), capture_output=True, text=True).stdout
    listing = "\n".join(line for line in listing.splitlines() if str(tmp_path) in line)  # not this machine's own files
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("PIP_PROXY", "q")
    monkeypatch.setenv("RETRIES", "somebody else's")
    monkeypatch.setenv("PIP_CERT", "")
    found = setting_up.index_settings(listing)
    assert found == {"PIP_INDEX_URL": "two", "PIP_EXTRA_INDEX_URL": "a\nb", "PIP_PROXY": "q"}


def index(folder, wheels):
    """Make a package index of files, with the package if there are wheels; return the setting that names it."""
    (folder / "flit-core").mkdir(parents=True)
    links = [f'<a href="{path.as_uri()}">{path.name}</a>' for path in wheels.iterdir()] if wheels else []
    (folder / "flit-core" / "index.html").write_text("<!DOCTYPE html><body>" + "".join(links))
    return {"PIP_INDEX_URL": folder.as_uri()}


@pytest.mark.slow
def test_an_index_that_lacks_a_pinned_version_or_has_another_is_named(small, wheels, tmp_path):
    done = set_up(small, **index(tmp_path / "lacking", None))
    assert (done.returncode, done.stderr) == (
        1,
        f"The package index that pip uses here lacks {PIN}: let PIP_INDEX_URL or pip's settings name another index.\n",
    )
    other = shutil.copytree(wheels, tmp_path / "other")
    for path in other.iterdir():
        path.write_bytes(path.read_bytes() + b"\0")
    done = set_up(small, **index(tmp_path / "differing", other))
    assert done.returncode == 1
    assert done.stderr.startswith(f"The package index that pip uses here has another {PIN}")
    assert done.stderr.count("\n") == 1
    done = set_up(small, **index(tmp_path / "whole", wheels))
    assert done.returncode == 0, done.stderr
    assert works(small)


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, once the gate is open."""

    gate, asked = threading.Event(), threading.Event()

    def do_GET(self):
        self.asked.set()
        self.gate.wait(PATIENCE)
        with contextlib.suppress(ConnectionError):  # who asked is gone
            super().do_GET()

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def served(folder, context=None):
    """Serve a folder on loopback; yield the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=folder))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        Files.gate.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def waiting_index(wheels, tmp_path):
    """The setting that names an index with the package, which does not answer before the gate is open."""
    folder = tmp_path / "index"
    (folder / "flit-core").mkdir(parents=True)
    for path in wheels.iterdir():
        shutil.copy(path, folder / "flit-core")
    Files.gate.clear()
    Files.asked.clear()
    with served(folder) as address:
        yield {"PIP_INDEX_URL": address, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def begin(folder, log, **own):
    """Start a set-up that writes to a file."""
    command = [BASE_PYTHON, str(folder / "start.py"), "setup"]
    with open(log, "w") as output:
        return subprocess.Popen(command, env=variables(**own), stdout=output, stderr=subprocess.STDOUT)


@pytest.mark.slow
def test_of_two_set_ups_one_waits_and_has_nothing_left_to_do(small, waiting_index, tmp_path):
    one = begin(small, tmp_path / "1", **waiting_index)
    assert Files.asked.wait(PATIENCE), (tmp_path / "1").read_text()
    two = begin(small, tmp_path / "2", **waiting_index)
    assert until((tmp_path / "2").read_text) == WAITING.format(pid=one.pid)
    Files.gate.set()
    assert [one.wait(PATIENCE), two.wait(PATIENCE)] == [0, 0], (tmp_path / "1").read_text()
    assert (tmp_path / "2").read_text() == WAITING.format(pid=one.pid)
    assert works(small)


@pytest.mark.slow
def test_the_lock_of_a_set_up_that_was_killed_is_none_once_its_commands_are_gone(small, waiting_index, tmp_path):
    one = begin(small, tmp_path / "1", **waiting_index)
    assert Files.asked.wait(PATIENCE), (tmp_path / "1").read_text()
    (pip,) = psutil.Process(one.pid).children()
    two = begin(small, tmp_path / "2", **waiting_index)
    assert until((tmp_path / "2").read_text)
    one.send_signal(signal.SIGKILL)
    one.wait()
    assert str(small / start.LOCK.relative_to(ROOT)) in [file.path for file in pip.open_files()]
    assert (tmp_path / "2").read_text() == WAITING.format(pid=one.pid)
    Files.gate.set()
    assert two.wait(PATIENCE) == 0, (tmp_path / "2").read_text()
    assert "Making .venv ..." in (tmp_path / "2").read_text()
    assert works(small)


@pytest.mark.slow
def test_a_folder_that_was_moved_is_set_up_anew(small, wheels, tmp_path):
    assert set_up(small, **from_wheels(wheels)).returncode == 0
    moved = small.rename(tmp_path / "moved")
    assert not works(moved)
    done = set_up(moved, **from_wheels(wheels))
    assert "Making .venv ..." in done.stdout
    assert works(moved)


@pytest.mark.slow
def test_a_certificate_that_is_not_trusted_is_one_sentence_and_its_remedy_helps(small, wheels, tmp_path):
    if not shutil.which("openssl"):
        assert os.environ.get("CI") != "true"
        pytest.skip("needs openssl")
    key, certificate, other = (tmp_path / name for name in ("key.pem", "certificate.pem", "other.pem"))
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.1"
    for file in (other, certificate):
        subprocess.run([*make.split(), "-keyout", key, "-out", file], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    Files.gate.set()
    folder = tmp_path / "index"
    shutil.copytree(wheels, folder / "flit-core")
    with served(folder, context) as address:
        own = {"PIP_INDEX_URL": address, "PIP_RETRIES": "0", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        own["REQUESTS_CA_BUNDLE"] = other
        done = set_up(small, **own)
        assert (done.returncode, done.stderr) == (1, start.NO_CERTIFICATE + "\n")
        done = set_up(small, **own, PIP_CERT=certificate)
    assert done.returncode == 0, done.stderr
    assert works(small)


def on_a_disk(small, wheels, tmp_path, script):
    """Run a script, $1 an empty folder, $2 the small course, with a namespace of its own for what it mounts."""
    (tmp_path / "disk").mkdir()
    arguments = ["sh", tmp_path / "disk", small, BASE_PYTHON]
    command = ["unshare", "--map-root-user", "--mount", "sh", "-euc", script, *arguments]
    pipes = {"capture_output": True, "text": True, "timeout": 3 * PATIENCE}
    return subprocess.run(command, env=variables(**from_wheels(wheels)), **pipes)


@pytest.mark.sandbox  # a namespace with a disk that nobody else sees takes what the sandbox takes
def test_a_full_disk_is_found_out_before_anything_is_brought(small, wheels, tmp_path):
    script = """
        mount -t tmpfs -o size=12m tmpfs "$1"
        cp -r "$2"/. "$1"
        "$3" "$1/start.py" setup && exit 7
        mount -o remount,size=2g "$1"
        "$3" "$1/start.py" setup
    """
    done = on_a_disk(small, wheels, tmp_path, script)
    assert done.returncode == 0, done.stdout + done.stderr
    needed = f"The disk is too full: the set-up needs {start.MEGABYTES['']} MB in {tmp_path}/disk/.venv"
    assert re.fullmatch(re.escape(needed) + r", and \d+ MB are free\.\n", done.stderr)
    assert done.stdout.startswith("Making .venv ...\n")  # of the second one: the first had not begun
    assert done.stdout.count("Making .venv ...\n") == 1


@pytest.mark.sandbox
def test_a_disk_from_which_nothing_may_be_run_is_one_sentence(small, wheels, tmp_path):
    script = 'mount -t tmpfs -o noexec tmpfs "$1"; cp -r "$2"/. "$1"; "$3" "$1/start.py" setup'
    done = on_a_disk(small, wheels, tmp_path, script)
    words = f"No program may be run from {tmp_path}/disk, which is mounted noexec: move the course to another disk.\n"
    assert (done.returncode, done.stderr) == (1, words)


@pytest.mark.sandbox
def test_from_the_folder_for_temporary_files_nothing_need_be_run(small, wheels, tmp_path):
    script = 'mount -t tmpfs -o noexec,size=1g tmpfs "$1"; TMPDIR="$1" "$3" "$2/start.py" setup'
    done = on_a_disk(small, wheels, tmp_path, script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert works(small)


@pytest.mark.slow
def test_a_copy_without_tests_says_so(small):
    done = subprocess.run([BASE_PYTHON, small / "start.py", "setup", "tests"], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("This copy of the course has no tests")
