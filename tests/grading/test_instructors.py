"""docs/instructors.md: every command on the page is run, in the page's order, and does what the page says."""

import csv
import getpass
import importlib
import json
import re
import shutil
import subprocess
import zipfile

import pytest
from nbgrader.api import Gradebook
from traitlets.config.loader import PyFileConfigLoader

from pgcourse.grading.lms import collect
from pgcourse.tools import release
from tests.support.course import ROOT, Course, cell, notebook_path, solved, succeeded, tasks_of, written

PAGE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
PS = "ps4_left_right"
FULL = sum(task.points for task in tasks_of(PS))
HALF = 5
WRITTEN = "boundaries"
ME = getpass.getuser()
COLLECTED = {"11": FULL, "12": 0, "Ada Lovelace": HALF, ME: FULL}


def blocks(language):
    """Return the fenced blocks of a language, each a list of lines."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
    return [text.splitlines() for found, text in fenced if found == language]


COMMANDS = [line for block in blocks("") for line in block]

# what has no place in a course folder of a test: {how it begins: (file that runs it, words there)}
ELSEWHERE = {
    "python3 start.py setup": ("tests/tools/test_setup.py", 'run_start(folder, "setup"'),
    "sudo apt-get install bubblewrap": ("pgcourse/tools/needs.py", '"bubblewrap"'),
    "pgcourse lab": ("tests/browser/test_formgrader.py", '"pgcourse", "lab"'),
    "podman": ("tests/grading/test_instructors.py", "test_the_container"),
    "docker": ("tests/grading/test_instructors.py", "test_the_container"),
    "dask scheduler": ("tests/grading/test_cluster.py", "scheduler"),
    "dask worker": ("tests/grading/test_cluster.py", "worker"),
    f"pgcourse grade {PS} --scheduler": ("tests/grading/test_cluster.py", "--scheduler"),
    "nbgrader db ": ("tests/grading/test_term.py", '"nbgrader db assignment add"'),
    f"nbgrader collect {PS} --": ("tests/grading/test_term.py", "--before-duedate"),
    f"nbgrader release_assignment {PS} --force": ("tests/grading/test_term.py", '"nbgrader release_assignment"'),
    f"pgcourse grade {PS} --student dan": ("tests/grading/test_term.py", "--student dan --force"),
    "sudo apt-get install postgresql": ("pgcourse/tools/needs.py", '"postgresql"'),
    "sudo -u postgres createuser": ("tests/grading/test_postgres.py", '"createuser"'),
    "sudo -u postgres createdb": ("tests/grading/test_postgres.py", '"createdb"'),
    "systemd-run": ("pgcourse/tools/doctor.py", "systemd-run --user --scope -p Delegate=yes"),  # needs its session
}


def elsewhere(command):
    return next((place for start, place in ELSEWHERE.items() if command.startswith(start)), None)


class Term(Course):
    """A whole course folder, with an exchange, and what happens in it between the page's commands."""

    def __init__(self, path):
        """Copy the course and make what the page says the machine has."""
        super().__init__(path)
        for name in ("lectures", "assignments", "pgcourse"):
            shutil.copytree(ROOT / name, self.path / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in release.FILES:
            (self.path / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.path / name)
        self.exchange = path / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        (setting,) = re.findall(r'`(c\.Exchange\.root = )"/srv/nbgrader/exchange"`', PAGE)
        self.setting = f'{setting}"{self.exchange}"\n'
        with open(self.path / "nbgrader_config.py", "a", encoding="utf-8") as file:
            file.write(f"\n{self.setting}")

    def run(self, command, folder=None):
        """Run a command of the page in a shell."""
        pipes = {"capture_output": True, "text": True, "timeout": 600}
        return subprocess.run(command, shell=True, cwd=folder or self.path, env=self.environment, **pipes)

    def submission(self, points):
        """Return a notebook that earns this much, as text; the whole one has the written answer too."""
        solution, notebook = self.read(PS, "solutions"), self.read(PS)
        if points == HALF:
            written(notebook, {name: cell(solution, name).source for name in ("clamp-policy", "clamp-score")})
        if points == FULL:
            written(solved(notebook, solution), {WRITTEN: cell(solution, WRITTEN).source})
        return json.dumps(notebook)

    def download(self, name, members):
        """Write an archive of {member: points} as a platform would."""
        with zipfile.ZipFile(self.path / name, "w") as archive:
            for member, points in members.items():
                archive.writestr(zipfile.ZipInfo(member, (2026, 11, 2, 10, 0, 0)), self.submission(points))

    def come(self, student, points):
        """Let a student hand in by hand."""
        path = self.path / "submitted" / student / notebook_path(PS)
        path.parent.mkdir(parents=True)
        path.write_text(self.submission(points), encoding="utf-8")
        (time,) = re.findall(r"`timestamp\.txt` with the time of submission, as in\s`(.*?)`", PAGE)
        path.with_name("timestamp.txt").write_text(time)

    def points(self):
        """Return {student: points of the checks}."""
        return {
            student: sum(score or 0 for cell_id, (score, _) in grades.items() if cell_id != WRITTEN)
            for student, grades in self.grades(PS).items()
        }

    def gradebook(self):
        """Open the gradebook."""
        return Gradebook(f"sqlite:///{self.path}/gradebook.db", "pgcourse")


# Before a command of the page: what others do meanwhile.


def download_from_canvas(term):
    names = {f"lovelaceada_11_501_{PS}-1.ipynb": FULL, f"turingalan_LATE_12_502_{PS}.ipynb": 0}
    term.download("canvas.zip", names)


def download_from_moodle(term):
    term.download("moodle.zip", {f"Ada Lovelace_71_assignsubmission_file/{PS}.ipynb": HALF})
    (term.path / "participants.csv").write_text("First name,Last name,Email address\nAda,Lovelace,ada@example.org\n")


def submit_to_the_exchange(term):
    desk = term.home / "desk"
    desk.mkdir()
    (desk / "nbgrader_config.py").write_text(f"c = get_config()\n{term.setting}")
    succeeded(term.run(f"nbgrader fetch_assignment --course pgcourse {PS}", desk))
    (desk / notebook_path(PS)).write_text(term.submission(FULL))
    succeeded(term.run(f"nbgrader submit --course pgcourse {PS}", desk))


def mark(term):
    with term.gradebook() as gradebook:
        for student in ("11", ME):
            grade = gradebook.find_grade(WRITTEN, PS, PS, student)
            grade.manual_score, grade.needs_manual_grade = 1.5, False
            gradebook.find_comment(WRITTEN, PS, PS, student).manual_comment = "Think of the edges."
        gradebook.db.commit()


def leave_feedback_of_the_exchange(term):
    (term.path / "feedback").rename(term.home / "feedback")
    shutil.copytree(term.home / "feedback" / ME, term.path / "feedback" / ME)


BEFORE = {
    "pgcourse collect canvas.zip": download_from_canvas,
    "pgcourse collect moodle.zip --roster participants.csv": download_from_moodle,
    f"nbgrader collect {PS}": submit_to_the_exchange,
    f"pgcourse grade {PS} --jobs 2": lambda term: term.come("late comer", HALF),
    f"nbgrader generate_feedback {PS}": mark,
    f"nbgrader release_feedback {PS}": leave_feedback_of_the_exchange,
    f"pgcourse grade {PS} --no-sandbox": lambda term: term.come("trusted 1", HALF),
    f"nbgrader autograde {PS} --SandboxedExecute.sandbox=False": lambda term: term.come("trusted 2", HALF),
}

# After it: what the page promises. A command that is not here must end well and no more is known of it.


def check_source(term, done):
    assert f"{FULL}" in done.stdout


def check_release(term, done):
    released = term.path.parent / "students"
    assert (released / "assignments" / notebook_path(PS)).is_file()
    assert (released / "lectures" / "00_map.ipynb").is_file()
    assert not (released / "solutions").exists()


def check_exchange(term, done):
    assert (term.exchange / "pgcourse" / "outbound" / notebook_path(PS)).is_file()


def check_collected(*students):
    def check(term, done):
        for student in students:
            assert (term.path / "submitted" / student / notebook_path(PS)).is_file()

    return check


def check_graded(*more):
    def check(term, done):
        assert term.points() == COLLECTED | dict.fromkeys(more, HALF)

    return check


def check_feedback(term, done):
    for student, points in term.points().items():
        page = (term.path / "feedback" / student / notebook_path(PS).with_suffix(".html")).read_text(encoding="utf-8")
        total = points + 1.5 * (student in ("11", ME))
        assert f"(Score: {total} / " in page
        assert ("Think of the edges." in page) == (student in ("11", ME))


def check_released_feedback(term, done):
    assert len(list((term.exchange / "pgcourse" / "feedback").glob("*.html"))) == 1
    shutil.rmtree(term.path / "feedback")
    (term.home / "feedback").rename(term.path / "feedback")


def rows(term, name):
    with open(term.path / name, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def check_canvas(term, done):
    header, _, *students = rows(term, "canvas.csv")
    assert header[-1] == "Problem set 4 (98765)"
    assert {row[1] or row[3]: row[-1] for row in students} == {
        "11": f"{FULL + 1.5}", "12": "0", "Ada Lovelace": f"{HALF}", ME: f"{FULL + 1.5}", "late comer": f"{HALF}",
    }  # fmt: skip


def check_moodle(term, done):
    assert rows(term, "moodle.csv")[1:] == [["Ada", "Lovelace", "ada@example.org", f"{HALF}"]]
    assert done.returncode == 1  # those of Canvas have no address
    assert "11, 12" in done.stdout


def check_regraded(term, done):
    check_graded("late comer")(term, done)
    with term.gradebook() as gradebook:
        assert gradebook.find_grade(WRITTEN, PS, PS, "11").manual_score == 1.5
        assert gradebook.find_comment(WRITTEN, PS, PS, "11").manual_comment == "Think of the edges."


def check_warned(term, done):
    check_graded("late comer", "trusted 1")(term, done)
    assert "Without the sandbox" in done.stderr


AFTER = {
    f"pgcourse check solutions/{PS}": check_source,
    "pgcourse release": check_release,
    "nbgrader release_assignment": check_exchange,
    "pgcourse collect canvas.zip": check_collected("11", "12"),
    "pgcourse collect moodle.zip": check_collected("Ada Lovelace"),
    f"nbgrader collect {PS}": check_collected(ME),
    f"nbgrader autograde {PS}": check_graded(),
    f"pgcourse grade {PS} --jobs 2": check_graded("late comer"),
    f"nbgrader generate_feedback {PS}": check_feedback,
    "nbgrader release_feedback": check_released_feedback,
    f"pgcourse export {PS} canvas.csv": check_canvas,
    f"pgcourse export {PS} moodle.csv": check_moodle,
    f"pgcourse grade {PS} --student 11 --force": check_regraded,
    f"nbgrader autograde {PS} --force": check_regraded,
    f"nbgrader generate_feedback {PS} --force": lambda term, done: None,
    f"pgcourse grade {PS} --no-sandbox": check_warned,
    f"nbgrader autograde {PS} --SandboxedExecute.sandbox=False": check_graded("late comer", "trusted 1", "trusted 2"),
}


def longest(table, command):
    """Return what a table has for a command, by the longest beginning that fits."""
    fitting = [start for start in table if command.startswith(start)]
    return table[max(fitting, key=len)] if fitting else None


@pytest.mark.sandbox
@pytest.mark.long
def test_a_term_as_the_page_tells_it(tmp_path):
    term = Term(tmp_path)
    for command in COMMANDS:
        if elsewhere(command):
            continue
        if command in BEFORE:
            BEFORE[command](term)
        done = term.run(command)
        check = longest(AFTER, command)
        if check is not check_moodle:
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        if check:
            check(term, done)


def test_every_command_is_run_somewhere():
    for start, (file, words) in ELSEWHERE.items():
        assert any(command.startswith(start) for command in COMMANDS), f"the page has no {start}"
        assert words in (ROOT / file).read_text(encoding="utf-8")
    assert BEFORE.keys() <= set(COMMANDS)
    assert all(any(command.startswith(start) for command in COMMANDS) for start in AFTER)


def test_limits_on_the_page_are_the_defaults():
    (lines,) = [block for block in blocks("python") if "c.Execute.timeout" in block[0]]
    homes = {"Execute": "nbgrader.preprocessors", "SandboxedExecute": "pgcourse.grading.batch.execute"}
    settings = PyFileConfigLoader("nbgrader_config.py", str(ROOT)).load_config()
    for line in lines:
        name, trait, value = re.fullmatch(r"c\.(\w+)\.(\w+) = (\w+)(?:  # .*)?", line).groups()
        found = getattr(importlib.import_module(homes.get(name, "pgcourse.grading.sandbox.provisioner")), name)
        assert found.class_traits(config=True)[trait]
        default = settings[name].get(trait, found.class_traits()[trait].default())
        assert str(default) == value.replace("_", "")
    assert f"up to {collect.FILE_BYTES >> 20} MB" in " ".join(PAGE.split())


def test_links_on_the_page_lead_somewhere():
    links = re.findall(r"\]\(([^)#]*)(?:#([\w-]+))?\)", PAGE)
    for file, anchor in links:
        if file.startswith("https://"):
            continue
        target = ROOT / "docs" / file if file else ROOT / "docs" / "instructors.md"
        assert target.is_file(), file
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M)
        anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors, anchor
    assert "(docs/instructors.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_container_has_what_the_set_up_and_the_sandbox_need():
    text = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    names = [name for name, _ in steps]
    (installed,) = [rest for name, rest in steps if name == "RUN" and "apt-get install" in rest]
    assert {"bubblewrap", "python3", "python3-venv"} <= set(installed.split())
    copied = [word for name, rest in steps if name == "COPY" for word in rest.split()[1:-1]]
    assert all((ROOT / name).exists() for name in copied)
    assert {"start.py", "pyproject.toml", "requirements.txt", "README.md", "LICENSE", "pgcourse"} <= set(copied)
    assert (
        names.index("USER")
        < names.index("COPY")
        < [rest for _, rest in steps].index("python3 start.py setup && rm -rf /home/grader/.cache")
    )
    assert dict(steps)["USER"] == "grader"  # the last one: nothing runs as root
    (volume,) = set(re.findall(r'--volume "\$PWD:(/\w+)', PAGE))
    assert dict(steps)["WORKDIR"] == volume
