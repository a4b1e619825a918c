"""The `pgcourse` command: verbs, help, exit codes, and what `lab` and `doctor` do."""

import contextlib
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pgcourse.grading.sandbox import bubblewrap
from pgcourse.tools import cli, doctor, lab
from pgcourse.tools.needs import NEEDS, Need
from tests.waiting import PATIENCE, until

ROOT = Path(lab.__file__).resolve().parents[1]
NOTIFICATIONS = "/lab/api/settings/@jupyterlab/apputils-extension:notification"


def run(*arguments, **options):
    command = [sys.executable, "-m", "pgcourse", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **options)


def fetch(url):
    def answer():  # the server names its address a moment before it listens there
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(url, timeout=PATIENCE) as file:
            return file.read().decode()

    return until(answer)


def faults(check):
    return [fault for _, fault in check() if fault is not None]


def test_help_lists_every_verb_and_loads_none_of_their_modules():
    program = "import sys; from pgcourse.tools import cli\ntry: cli.main(['--help'])\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    usage, modules = done.stdout.rsplit("\n", 2)[:2]
    assert done.returncode == 0
    for verb, (module, summary) in cli.VERBS.items():
        assert f"{verb} " in usage
        assert summary in usage
        assert module not in modules.split()


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([verb, "--help"])
    assert ended.value.code == 0
    assert f"usage: pgcourse {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["doctor", "--nonsense"], ["lab", "--port", "x"]])
def test_wrong_usage_ends_with_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: pgcourse" in capsys.readouterr().err


def test_only_the_first_word_is_the_verb(monkeypatch):
    monkeypatch.setitem(cli.VERBS, "grade", ("pgcourse.nonsense.grade", "which a student's copy has not"))
    args = cli._parser().parse_args(["lab", "grade"])
    assert (args.verb, args.path) == ("lab", Path("grade"))
    with pytest.raises(SystemExit, match="pgcourse grade: this is a student's copy"):
        cli.main(["grade", "lab"])


def test_lab_names_a_path_that_does_not_exist(tmp_path):
    done = run("lab", str(tmp_path / "no.ipynb"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no.ipynb" in done.stderr


def test_lab_opens_a_course_file_with_the_course_as_root_on_loopback(tmp_path):
    notebook = tmp_path / "lectures" / "a b.ipynb"
    command = lab.command(tmp_path, notebook, 8888)
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--LabApp.default_url=/lab/tree/lectures/a%20b.ipynb" in command
    assert "--ServerApp.ip=127.0.0.1" in command


def test_lab_shows_only_the_folder_of_a_file_outside_the_course(tmp_path):
    notebook = tmp_path / "mine.ipynb"
    notebook.touch()
    command = lab.command(tmp_path / "course", notebook, 8888)
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--LabApp.default_url=/lab/tree/mine.ipynb" in command


@contextlib.contextmanager
def served(*arguments, **variables):
    """Start `pgcourse lab`; yield what it writes up to its address, and the address."""
    command = [sys.executable, "-m", "pgcourse", "lab", "--no-browser", *arguments]
    environment = {**os.environ, **variables}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        output, found = [], None
        while not found:
            output.append(server.stderr.readline())
            assert output[-1], "".join(output)
            found = re.search(r"http://127\.0\.0\.1:\S+", output[-1])
        yield output, found[0]
    finally:
        server.terminate()
        server.communicate()


@pytest.mark.slow
def test_lab_starts_jupyterlab_that_fetches_nothing(tmp_path):
    with served(HOME=str(tmp_path), JUPYTER_RUNTIME_DIR=str(tmp_path / "runtime")) as (_, url):
        assert "/lab/tree/lectures?token=" in url
        page = fetch(url)
        schema = json.loads(fetch(url.replace("/lab/tree/lectures", NOTIFICATIONS)))["schema"]
    settings = json.loads(re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert settings["news"] == {"disabled": True}
    assert schema["properties"]["fetchNews"]["default"] == "false"  # else it asks whether it may
    assert settings["extensionManager"]["name"] == "read-only"
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in lab.QUIET


@pytest.mark.slow
def test_lab_says_where_it_is_in_one_line(tmp_path):
    notebook = str(ROOT / "lectures" / "05_left_right.ipynb")
    with served("--present", notebook, HOME=str(tmp_path)) as (output, url):
        assert output == [f"JupyterLab is at {url} (Ctrl+C stops it)\n"]
        assert "/doc/tree/lectures/05_left_right.ipynb?token=" in url
        assert "jupyter-config-data" in fetch(url)  # the token is the right one


@pytest.mark.slow
def test_lab_does_not_show_a_token_that_somebody_chose(tmp_path):
    with served(HOME=str(tmp_path), JUPYTER_TOKEN="a-secret") as (output, url):
        assert url.endswith("?token=...")
        assert "a-secret" not in "".join(output)
        assert "jupyter-config-data" in fetch(url.replace("...", "a-secret"))


@pytest.mark.slow
def test_lab_still_says_what_goes_wrong(tmp_path):
    settings = {"ServerApp": {"jpserver_extensions": {"no_such_extension": True}}}
    (tmp_path / "jupyter_server_config.json").write_text(json.dumps(settings))
    with served(HOME=str(tmp_path), JUPYTER_CONFIG_DIR=str(tmp_path)) as (output, _):
        assert "no_such_extension" in "".join(output)


def test_lab_puts_users_settings_before_its_own_but_for_a_presentation(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    own = {str(lab.NO_QUESTIONS): "quiet", str(lab.PRESENT): "present"}
    for present, order in ((False, ["theirs", "quiet"]), (True, ["present", "theirs", "quiet"])):
        found = lab.environment(present)["JUPYTER_CONFIG_PATH"].split(os.pathsep)
        assert [own.get(path, path) for path in found] == order


def test_course_root_is_found_from_a_folder_inside_and_from_outside(tmp_path, monkeypatch):
    inside = tmp_path / "lectures" / "deep"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert lab.course_root() == lab.Path(lab.__file__).resolve().parents[2]
    (tmp_path / "assignments").mkdir()
    assert lab.course_root() == tmp_path


@pytest.mark.slow
def test_doctor_finds_this_installation_healthy():
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "WRONG" not in done.stdout
    assert "ok     kernel python3" in done.stdout


def test_doctor_says_what_to_do_and_ends_with_code_1(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "NEEDS", {})
    monkeypatch.setattr(
        doctor, "requires", lambda name: ["numpy<1", "no-such-package>=1", "absent>=1; extra == 'test'"]
    )
    assert doctor.main(None) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("WRONG")]
    assert len(lines) == 2
    assert "the course needs <1; run `python3 start.py setup`" in lines[0]
    assert "no-such-package: not installed; run `python3 start.py setup`" in lines[1]


def test_doctor_refuses_an_old_python(monkeypatch):
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.10.4")
    assert faults(doctor._python)


def test_doctor_finds_a_kernel_of_another_python(tmp_path, monkeypatch):
    kernel = tmp_path / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(
        '{"argv": ["/elsewhere/bin/python", "-m", "ipykernel_launcher"], "display_name": "", "language": ""}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (fault,) = faults(doctor._kernel)
    assert "/elsewhere/bin/python" in fault
    assert str(kernel.parent) in fault


def test_doctor_finds_switched_off_extensions(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    module = "nbgrader.server_extensions.formgrader"
    server = f'{{"ServerApp": {{"jpserver_extensions": {{"{module}": false}}}}}}'
    (tmp_path / "jupyter_server_config.json").write_text(server)
    (tmp_path / "labconfig").mkdir()
    page = '{"disabledExtensions": {"@jupyter/nbgrader": true}}'
    (tmp_path / "labconfig" / "page_config.json").write_text(page)
    assert faults(doctor._server_extensions) == [f"not enabled; run `jupyter server extension enable {module}`"]
    assert faults(doctor._lab_extension) == ["disabled; run `jupyter labextension enable @jupyter/nbgrader`"]


def test_doctor_finds_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "course_root", lambda: tmp_path / "gone")
    (fault,) = faults(doctor._course_folder)
    assert "cannot be written to" in fault


def test_a_missing_program_is_a_note_and_no_fault(monkeypatch, capsys):
    need = Need("Teleporter", lambda: False, lambda: ["beam"])
    monkeypatch.setattr(doctor, "NEEDS", {"teleporter": need, "sandbox": NEEDS["sandbox"]})
    monkeypatch.setattr(bubblewrap, "why_not", lambda: "Python does not start in a sandbox (no). Do this.")
    assert doctor.main(None) == 0
    out = capsys.readouterr().out
    assert f"note   no Teleporter that works, which only tests need: {need.command()}" in out
    assert "note   no bubblewrap that works, which safe grading needs: Python does not start in a sandbox (no)." in out
