"""The `pgcourse` command: verbs, help, exit codes, and what `lab` and `doctor` do."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from packaging.specifiers import SpecifierSet

from pgcourse import __main__
from pgcourse.classroom.ports import free_ports
from pgcourse.grading.sandbox import bubblewrap, landlock, seccomp
from pgcourse.tools import cli, doctor, examine, lab, packages, server
from pgcourse.tools.needs import Need, sandbox_fault
from tests.support.waiting import PATIENCE, until

ROOT = Path(lab.__file__).resolve().parents[2]
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


@pytest.mark.slow
@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([verb, "--help"])
    assert ended.value.code == 0
    assert f"usage: pgcourse {verb}" in capsys.readouterr().out


def test_a_terminal_without_greek_letters_is_no_reason_to_stop():
    program = (
        "from pgcourse.tools import cli, doctor; doctor.main = lambda args: print('\u03b3 = 1'); cli.main(['doctor'])"
    )
    options = {"env": os.environ | {"PYTHONIOENCODING": "iso8859-9"}, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", program], **options, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("\\u03b3 = 1\n", "")


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["doctor", "--nonsense"], ["lab", "--port", "x"]])
def test_wrong_usage_ends_with_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: pgcourse" in capsys.readouterr().err


@pytest.mark.slow
def test_only_the_first_word_is_the_verb(monkeypatch):
    monkeypatch.setitem(cli.VERBS, "grade", ("pgcourse.nonsense.grade", "which nobody has"))
    args = cli._parser().parse_args(["lab", "grade"])
    assert (args.verb, args.path) == ("lab", Path("grade"))
    with pytest.raises(ModuleNotFoundError, match="nonsense"):
        cli.main(["grade", "lab"])


def test_a_verb_says_which_extra_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "nbclient", None)
    monkeypatch.setattr(packages, "_course_of_start", lambda: None)
    sentence = r'^pgcourse check: nbclient is not installed here: run `.*pip install "pgcourse\[lab\]"`\.$'
    with pytest.raises(SystemExit, match=sentence):
        cli.main(["check", "x.ipynb"])


def test_a_verb_that_cannot_be_imported_ends_in_the_doctors_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "traitlets.config", None)
    for module in ("pgcourse.tools.check", "pgcourse._kernels"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with_requirements(monkeypatch, "no-such-package")
    with pytest.raises(SystemExit, match=r"^pgcourse check: no-such-package: not installed; run `[^\n]*$"):
        cli.main(["check", "x.ipynb"])
    with_requirements(monkeypatch, "numpy")  # nothing is wrong with that: the fault is ours
    with pytest.raises(ModuleNotFoundError):
        cli.main(["check", "x.ipynb"])


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
    port = str(*free_ports())  # two servers that start at once may take the same one
    command = [sys.executable, "-m", "pgcourse", "lab", "--no-browser", "--port", port, *arguments]
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
    with served(notebook, HOME=str(tmp_path)) as (output, url):
        assert output == [f"JupyterLab is at {url} (Ctrl+C stops it)\n"]
        assert "/lab/tree/lectures/05_left_right.ipynb?token=" in url
        assert "jupyter-config-data" in fetch(url)  # the token is the right one


def test_lab_sends_each_message_of_a_kernel_at_once(monkeypatch):
    app = server.Server()
    app.gateway_config = SimpleNamespace(gateway_enabled=False)
    assert app.kernel_websocket_connection_class is server.Connection
    told = []
    monkeypatch.setattr(server.ZMQChannelsWebsocketConnection, "connect", lambda _: "connected")
    monkeypatch.setattr(KernelWebsocketHandler, "set_nodelay", lambda _, value: told.append(value))
    page = server.Connection.__new__(server.Connection)
    page.websocket_handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    assert page.connect() == "connected"
    assert told == [True]


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


def test_lab_puts_users_settings_before_its_own(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    for present in (False, True):
        found = lab.environment(present)["JUPYTER_CONFIG_PATH"].split(os.pathsep)
        assert found == ["theirs", str(lab.NO_QUESTIONS)]


def test_notebooks_that_are_opened_beside_the_slides_have_pictures_of_the_usual_shape():
    """Words of pictures that are on no slide would not fit into the low shape that those on slides have."""
    assert lab.environment(present=True)["PGCOURSE_SIZE"] == "lecture"


def test_lab_shows_the_lecture_and_no_single_notebook_as_slides(capsys):
    assert cli.main(["lab", "--present", "lectures/05_left_right.ipynb"]) == 1
    assert "--present shows the lecture, from all notebooks: name none." in capsys.readouterr().err


def test_course_root_is_found_from_a_folder_inside_and_from_outside(tmp_path, monkeypatch):
    inside = tmp_path / "lectures" / "deep"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert lab.course_root() == ROOT
    (tmp_path / "assignments").mkdir()
    assert lab.course_root() == tmp_path


@pytest.mark.slow
def test_check_runs_where_the_folder_for_temporary_files_is_too_long_for_sockets(tmp_path):
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    notebook = ROOT / "lectures" / "00_map.ipynb"
    done = run("check", str(notebook), env={**os.environ, "TMPDIR": str(folder)})
    assert "has no graded cells" in done.stderr  # so it ran


@pytest.mark.slow
def test_doctor_finds_this_installation_healthy():
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "WRONG" not in done.stdout
    assert "ok     kernel python3" in done.stdout


def with_requirements(monkeypatch, *lines):
    """Let the course need something else."""
    installed = SimpleNamespace(requires=list(lines))
    original = packages.distribution
    monkeypatch.setattr(packages, "distribution", lambda name: installed if name == "pgcourse" else original(name))


def test_doctor_says_what_to_do_and_ends_with_code_1(monkeypatch, capsys):
    with_requirements(monkeypatch, "numpy<1", "no-such-package>=1", "absent>=1; extra == 'test'")
    monkeypatch.chdir(ROOT)
    assert doctor.main(None) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("WRONG")]
    assert len(lines) == 2
    assert "the course needs <1; run `python3 start.py setup`" in lines[0]
    assert "no-such-package: not installed; run `python3 start.py setup`" in lines[1]


def test_remedies_name_what_is_there(monkeypatch, tmp_path):
    for folder in ("course/.venv", "mine"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("course/start.py", "course/.venv/set-up.txt", "mine/pip"):
        (tmp_path / file).touch(mode=0o700)
    monkeypatch.setattr(packages.sys, "prefix", str(tmp_path / "course" / ".venv"))
    monkeypatch.chdir(tmp_path / "course")
    assert packages.remedy("x") == "run `python3 start.py setup`"
    assert packages.remedy("x", "grading") == "run `python3 start.py setup`"
    assert packages.remedy("x", "hub") == "run `python3 start.py setup hub`"
    monkeypatch.chdir(tmp_path)
    assert packages.remedy("x") == f"run `python3 {tmp_path / 'course' / 'start.py'} setup`"
    monkeypatch.setattr(packages.sys, "prefix", str(tmp_path))  # an environment that start.py has not made
    monkeypatch.setattr(packages.sys, "executable", str(tmp_path / "mine" / "python"))
    assert packages.remedy("x") == f"run `{tmp_path}/mine/python -m pip install x`"  # not activated
    monkeypatch.setenv("PATH", str(tmp_path / "mine"))
    assert packages.remedy('"x>1"') == 'run `pip install "x>1"`'


@pytest.mark.slow
def test_an_extra_is_asked_for_whole_or_not_at_all(monkeypatch):
    monkeypatch.setattr(packages, "_course_of_start", lambda: None)
    monkeypatch.setattr(packages, "pip", lambda: "pip")
    absent = ['no-such-lab[x]>=4,<5 ; extra == "lab"', 'no-such-slides ; extra == "lab"']
    half = ['nbgrader>=0.9 ; extra == "grading"', 'no-such ; extra == "grading"']
    with_requirements(monkeypatch, "numpy>=2", *absent, *half)
    # nbgrader is there, so the rest of its extra must be
    assert packages.faults() == ['no-such: not installed; run `pip install "pgcourse[grading]"`']
    lab = ["no-such-lab: not installed;", "no-such-slides: not installed;", "no-such: not installed;"]
    assert [" ".join(fault.split()[:3]) for fault in packages.faults("lab")] == lab
    note = 'note   no no-such-lab, which `pgcourse lab` needs: run `pip install "pgcourse[lab]"`'
    assert note in doctor._notes()


def test_what_a_hub_needs_is_brought_by_start_where_that_made_the_environment(monkeypatch, tmp_path):
    with_requirements(monkeypatch, 'no-such-hub>=5 ; extra == "hub"')
    monkeypatch.setattr(packages, "pip", lambda: "pip")
    monkeypatch.chdir(tmp_path)
    for course, command in ((None, 'pip install "pgcourse[hub]"'), (tmp_path, "python3 start.py setup hub")):
        monkeypatch.setattr(packages, "_course_of_start", lambda course=course: course)
        assert f"note   no no-such-hub, which `pgcourse hub` needs: run `{command}`" in doctor._notes()


@pytest.mark.slow
@pytest.mark.sandbox
def test_the_doctor_says_which_walls_there_are(monkeypatch):
    said = list(doctor._notes())
    assert [line for line in said if line == "ok     control groups" or "no control groups (" in line]
    assert [line for line in said if line == "ok     Landlock" or "no Landlock (" in line]
    assert "ok     a filter of system calls" in said
    monkeypatch.setattr(doctor, "sandbox_fault", lambda part: "it is old")
    said = [line for line in doctor._notes() if "(it is old): a submission" in line]
    assert [line.partition(" (")[0] for line in said] == [
        "note   no control groups",
        "note   no Landlock",
        "note   no filter of system calls",
    ]


def test_a_wall_that_is_missing_says_why(monkeypatch):
    monkeypatch.setattr(landlock, "version", lambda: 0)
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    assert landlock.unavailable_reason() == "Linux has it from 5.13 on, unless it is turned off"
    assert seccomp.unavailable_reason() == "their numbers on riscv64 are not known"


def test_what_start_brings_must_be_there_in_what_it_made(monkeypatch):
    monkeypatch.setattr(packages, "_course_of_start", lambda: Path.cwd())
    with_requirements(monkeypatch, 'no-such-lab ; extra == "lab"', 'no-such-cluster ; extra == "cluster"')
    assert packages.faults() == ["no-such-lab: not installed; run `python3 start.py setup`"]


@pytest.mark.slow
def test_pip_brings_an_extra_of_what_is_installed_and_looks_for_no_other_pgcourse(tmp_path):
    """The name could be somebody else's on an index: here it is, in a later version."""
    files = {
        "METADATA": "Metadata-Version: 2.1\nName: pgcourse\nVersion: 99\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(tmp_path / "pgcourse-99-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(f"pgcourse-99.dist-info/{name}", text)
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--find-links", tmp_path]
    for requirement, wanted in {"pgcourse[cluster]": False, "pgcourse==99": True}.items():
        done = subprocess.run([*pip, requirement], capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        assert ("pgcourse-99" in done.stdout) == wanted


def test_every_extra_for_users_has_a_purpose():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert extras.keys() - {"test"} <= packages.PURPOSES.keys()


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4), st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_ranges_of_versions_are_those_of_packaging(found, bound):
    found, bound = (".".join(map(str, numbers)) for numbers in (found, bound))
    for sign in packages.OPERATORS:
        requirement = packages.Requirement("", "x", f"{sign}{bound}", "")
        assert requirement.holds(found) == SpecifierSet(f"{sign}{bound}").contains(found)


def test_the_course_states_only_ranges_that_the_doctor_understands():
    ranges = [requirement.range for requirement in packages.requirements()]
    assert len(ranges) > 5
    assert set(re.findall(r"[^\w.,]+", " ".join(ranges).replace(" ", ","))) == packages.OPERATORS.keys()


@pytest.mark.slow
def test_the_doctor_imports_nothing_that_it_examines():
    before, after = "import sys; old = set(sys.modules)", "print(*{*sys.modules} - old)"
    program = f"{before}; from pgcourse.tools import doctor; doctor.main(None); {after}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    modules = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert modules - sys.stdlib_module_names == {"pgcourse"}
    assert "ok     kernel python3" in done.stdout


def test_a_sandbox_without_ipykernel_asks_for_that_and_not_for_bubblewrap(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", None)
    reason = bubblewrap.unavailable_reason.__wrapped__()  # not what another test has asked, and for no other test
    assert "needs the package ipykernel" in reason
    assert "apt-get" not in reason


def test_doctor_refuses_an_old_python(monkeypatch):
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.10.4")
    assert faults(doctor._python)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["doctor"], ["lab"]])
def test_a_package_that_pythonpath_replaces_is_named_with_its_remedy(tmp_path, arguments):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").touch()
    done = run(*arguments, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    (line,) = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("ok")]
    assert f"Python finds {tmp_path}/numpy/__init__.py in its place; PYTHONPATH names its folder" in line
    command, variables = re.search("`(.*)`", line)[1], {**os.environ, "PYTHONPATH": str(tmp_path)}
    typed = f"{command}; {sys.executable} -m pgcourse doctor"
    done = subprocess.run(["bash", "-c", typed], env=variables, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["random", "json", "tempfile", "dataclasses", "argparse", "typing"])
@pytest.mark.parametrize("verb", ["doctor", "lab", "check"])
def test_a_module_of_pythons_own_that_pythonpath_hides_is_named_with_its_remedy(tmp_path, name, verb):
    (tmp_path / f"{name}.py").write_text("x = 1\n")
    done = run(verb, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    way_out = "PYTHONPATH names its folder: run `unset PYTHONPATH`"
    assert done.stderr == f"pgcourse: Python finds {tmp_path}/{name}.py in the place of its own module; {way_out}.\n"


def test_python_s_own_folder_on_pythonpath_hides_nothing(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(os.__file__).parent))
    assert __main__._shadow() == ""


def test_a_package_is_missed_that_another_extra_names_as_well(monkeypatch):
    found = packages._found
    monkeypatch.setattr(packages, "_found", lambda name: None if packages._normal(name) == "pyyaml" else found(name))
    assert any(line.startswith("pyyaml: not installed, but ") for line in map(str.lower, packages.faults()))


@pytest.mark.slow
def test_a_version_that_pythonpath_brings_is_named_with_its_remedy(tmp_path, monkeypatch):
    (tmp_path / "numpy-1.0.dist-info").mkdir()
    (tmp_path / "numpy-1.0.dist-info" / "METADATA").write_text("Name: numpy\nVersion: 1.0\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    fault = dict(packages.check())["numpy 1.0"]
    assert fault == "the course needs >=2.1,<3; PYTHONPATH names its folder: run `unset PYTHONPATH`"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["doctor"], ["lab", "--no-browser"]])
def test_a_home_that_cannot_be_written_to_is_named_with_its_remedy(tmp_path, arguments):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    (tmp_path / "file").touch()
    done = run(*arguments, env={**kept, "HOME": str(tmp_path / "file" / "home")})
    assert done.returncode == 1
    (line,) = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("ok")]
    assert "cannot be written to (Not a directory); set HOME to a folder that can" in line
    assert run("doctor", env={**kept, "HOME": str(tmp_path)}).returncode == 0


def test_a_home_matters_only_where_jupyter_uses_it(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    for variable in examine.FOLDERS:
        monkeypatch.setenv(variable, str(tmp_path / "new" / "folder"))
    assert not faults(examine.folders)
    assert not (tmp_path / "new").exists()  # it only looks
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "file" / "data"))
    (fault,) = faults(examine.folders)
    assert "set JUPYTER_DATA_DIR to a folder that can" in fault


def test_doctor_finds_a_kernel_of_another_python(tmp_path, monkeypatch):
    kernel = tmp_path / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(
        '{"argv": ["/elsewhere/bin/python", "-m", "ipykernel_launcher"], "display_name": "", "language": ""}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (fault,) = faults(examine.kernel)
    assert "/elsewhere/bin/python" in fault
    shutil.rmtree(re.search("remove (.*)", fault)[1])
    assert not faults(examine.kernel)


def removed(fault, line):
    """Do what a fault says: remove a line from a file."""
    file = Path(re.search("from (.*)", fault)[1])
    text = file.read_text()
    file.write_text(text.replace(line, ""))
    assert file.read_text() != text


@pytest.mark.parametrize("name", ["jupyter_server_config.json", "jupyter_server_config.d/mine.json"])
def test_doctor_finds_a_server_extension_that_is_switched_off(tmp_path, monkeypatch, name):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    line = '"nbgrader.server_extensions.formgrader": false'
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(f'{{"ServerApp": {{"jpserver_extensions": {{{line}}}}}}}')
    (fault,) = faults(examine.server_extensions)
    assert fault == f"not enabled; remove its line from {tmp_path / name}"
    removed(fault, line)
    assert not faults(examine.server_extensions)


@pytest.mark.parametrize("name", ["@jupyter/nbgrader", "@jupyter/nbgrader:formgrader"])
def test_doctor_finds_a_lab_extension_that_is_switched_off(tmp_path, monkeypatch, name):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    (tmp_path / "labconfig").mkdir()
    (tmp_path / "labconfig" / "page_config.json").write_text(f'{{"disabledExtensions": {{"{name}": true}}}}')
    (fault,) = faults(examine.lab_extension)
    assert fault == f"{name} is disabled; remove that from {tmp_path}/labconfig/page_config.json"
    removed(fault, f'"{name}": true')
    assert not faults(examine.lab_extension)


def test_doctor_finds_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "course_root", lambda: tmp_path / "gone")
    (fault,) = faults(doctor._course_folder)
    assert "cannot be written to" in fault


@pytest.mark.slow
def test_a_missing_program_is_a_note_and_no_fault(monkeypatch, capsys):
    need = Need("Teleporter", lambda: False, lambda: ["beam"])
    caged = Need("cage", lambda: False, lambda: ["cage"], users="safe grading", fault=lambda: "It is open. Close it.")
    monkeypatch.setattr(doctor, "NEEDS", {"teleporter": need, "cage": caged})
    assert doctor.main(None) == 0
    out = capsys.readouterr().out
    assert f"note   no Teleporter that works, which only tests need: {need.command()}" in out
    assert "note   no cage that works, which safe grading needs: It is open. Close it." in out


def test_the_sandbox_is_tried_where_nothing_else_is_imported(monkeypatch, tmp_path):
    sandbox_fault.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sandbox_fault().endswith(bubblewrap.ALTERNATIVES)
    (tmp_path / "concurrent.py").write_text("raise ImportError")
    sandbox_fault.cache_clear()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert sandbox_fault().startswith("it cannot be tried (")
    sandbox_fault.cache_clear()


@pytest.mark.browser
def test_a_folder_too_long_for_chromium_is_named_with_one_that_helps(tmp_path):
    (folder := tmp_path / ("long" * 25)).mkdir()
    program = "from pgcourse.tools import needs; print(needs.chromium_fault())"

    def fault(temporary):
        command, settings = [sys.executable, "-c", program], os.environ | {"TMPDIR": str(temporary)}
        return subprocess.run(command, env=settings, capture_output=True, text=True, check=True).stdout.strip()

    words = f"it does not start with its temporary files in {folder}: set TMPDIR to another folder, such as (.+)"
    assert fault(re.fullmatch(words, fault(folder))[1]) == ""
