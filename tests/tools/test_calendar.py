"""Other days, zones and languages: what reads a clock does the same on the last night of a year and in Turkish.

Tests marked `clock` are run again, in a process of its own for each day, and so is a problem set from hand-in to
export. `faketime` moves the clock of a process and of all that it starts. CONTRIBUTING says what is left out, and why.
"""

import datetime
import re
import subprocess
import sys
import zipfile
import zoneinfo

import nbformat
import pytest

from tests.support.course import ROOT, notebook_path, succeeded
from tests.support.small_course import PS, SmallCourse
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.calendar, pytest.mark.long]

# when it begins, in which zone, in which locale: each run goes past the end of a year or the change of clocks
DAYS = {
    "New Year's Eve, where a year begins first": ("2027-12-31 23:59:58", "Pacific/Kiritimati", "POSIX"),
    "29 February, where a day ends last": ("2028-02-29 23:59:58", "Pacific/Pago_Pago", "tr_TR.UTF-8"),
    "clocks are put forward": ("2026-03-29 01:59:58 CET", "Europe/Berlin", "C.UTF-8"),
    "clocks are put back": ("2026-10-25 02:59:58 CEST", "Europe/Berlin", "tr_TR.UTF-8"),
}
IN_EACH = ["-q", "-m", "clock", "-p", "no:cacheprovider", "-p", "no:xdist"]
WHERE = "import locale, time; print(time.time(), locale.setlocale(locale.LC_ALL, ''))"
STUDENT = "İpek Işık"


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """A folder with a Turkish locale, in which `I` and `i` are no pair and commas are points."""
    folder = tmp_path_factory.mktemp("locales")
    subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", str(folder / "tr_TR.UTF-8")], check=True)
    return folder


@pytest.fixture(params=DAYS.values(), ids=DAYS)
def elsewhere(request, locales):
    """The start of a command line that runs the rest of it on another day, elsewhere."""
    day, zone, language = request.param
    start = ["env", f"TZ={zone}", f"LC_ALL={language}", f"LOCPATH={locales}", "faketime", day]
    moment, spoken = run(start, "-c", WHERE).stdout.split()
    begin = datetime.datetime.fromisoformat(day[:19]).replace(tzinfo=zoneinfo.ZoneInfo(zone)).timestamp()
    assert begin <= float(moment) < begin + PATIENCE
    assert spoken == language.replace("POSIX", "C")
    return start


def run(start, *command, **options):
    command = [*start, sys.executable, *command]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=2 * PATIENCE, **options)


def test_what_reads_a_clock_passes(elsewhere):
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if re.search(r"mark\.clock", path.read_text("utf-8"))]
    done = run(elsewhere, "-m", "pytest", *IN_EACH, *map(str, files), cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("elsewhere", [next(iter(DAYS.values()))], indirect=True, ids=[next(iter(DAYS))])
def test_a_problem_set_is_collected_graded_and_exported(elsewhere, tmp_path_factory):
    course = SmallCourse(tmp_path_factory.mktemp("eve"))
    options = {"cwd": course.path, "env": course.environment}
    wrong = {"clamp-score": "def clamp_score(theta): return 0"}
    for time, answers, replaces in (((2027, 12, 31, 23, 59, 0), wrong, False), ((2028, 1, 1, 0, 0, 2), {}, True)):
        with zipfile.ZipFile(course.path / "moodle.zip", "w") as archive:
            member = zipfile.ZipInfo(f"{STUDENT}_71_assignsubmission_file/{notebook_path(PS).name}", time)
            archive.writestr(member, nbformat.writes(course.answers(**answers)))
        collected = run(elsewhere, "-m", "pgcourse", "collect", "moodle.zip", **options)
        succeeded(collected)
        assert collected.stdout.startswith(STUDENT)
        assert (" is in .replaced" in collected.stdout) == replaces
        graded = run(elsewhere, "-m", "pgcourse", "grade", PS, "--no-sandbox", **options)
        assert "1 graded" in graded.stdout, graded.stderr
    (replaced,) = (course.path / "submitted" / ".replaced" / STUDENT / PS).iterdir()
    assert re.match(r"2027-12-31_(09-59|10-0\d)", replaced.name)  # in UTC, as all that is written down
    exported = run(elsewhere, "-m", "pgcourse", "export", PS, "points.csv", "--to", "canvas", "--unfinished", **options)
    assert exported.stdout.endswith("points.csv: the points of 1 students.\n"), exported.stderr
    assert STUDENT in (course.path / "points.csv").read_text("utf-8")
