"""A time stamp means one moment, whatever the date, the zone or the machine that reads it, or it is broken."""

import datetime
import json
import shutil
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from pgcourse.grading.coursefolder import replace_alembic
from pgcourse.grading.intake import mirror as intake
from pgcourse.grading.timestamps import parsed, read_timestamp, written
from tests.support.course import Course, notebook_path

# nbgrader's own, when a submission is added
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning")

PS = "ps4_left_right"
FIRST = datetime.datetime(1900, 1, 1)  # noqa: DTZ001 - what hypothesis wants
UNKNOWN = ": it is not known when this was handed in."
NO_TIME = "gives no complete date and time such as 2026-11-02 10:00:00 UTC"
NO_ZONE = "which is not UTC, an offset like +02:00 or a place like Europe/Berlin"


def read(folder, data):
    """Read the stamp of a submission from the bytes of its file."""
    (folder / "timestamp.txt").write_bytes(data)
    return read_timestamp(folder)


@pytest.mark.clock
@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-02 10:00:00 UTC", "2026-11-02 10:00:00"),
        ("2026-11-02 10:00:00.123456 UTC", "2026-11-02 10:00:00.123456"),
        ("2015-02-02 15:58:23.948203 America/Los_Angeles", "2015-02-02 23:58:23.948203"),
        ("2026-11-02 10:00:00.000000", "2026-11-02 10:00:00"),
        ("2026-11-02 10:00 GMT", "2026-11-02 10:00:00"),
        ("2026-11-02T10:00:00Z", "2026-11-02 10:00:00"),
        ("2026-11-02T10:00:00.5+02:00", "2026-11-02 08:00:00.500000"),
        ("2026-11-02 10:00:00 +0530", "2026-11-02 04:30:00"),
        ("2026-11-02 10:00:00 -03", "2026-11-02 13:00:00"),
        ("2026-01-01 00:30 Pacific/Kiritimati", "2025-12-31 10:30:00"),
        ("2026-12-31 23:59:59.123456789 Pacific/Pago_Pago", "2027-01-01 10:59:59.123456"),
        ("2028-02-29 12:00 Etc/GMT+5", "2028-02-29 17:00:00"),
        ("2026-03-29 03:00 Europe/Berlin", "2026-03-29 01:00:00"),
        ("2026-10-25 03:00 Europe/Berlin", "2026-10-25 02:00:00"),
        ("1900-01-01 00:00 +14:00", "1899-12-31 10:00:00"),
        ("9999-12-31 23:59:59 UTC", "9999-12-31 23:59:59"),
        ("\ufeff2026-11-02 10:00:00 UTC\r\n", "2026-11-02 10:00:00"),
    ],
)
def test_a_whole_stamp_is_one_moment_for_us_and_for_nbgrader(tmp_path, text, utc):
    moment, said = read(tmp_path, text.encode())
    assert said == []
    assert written(moment) == f"{utc} UTC"
    assert parse_utc(written(moment)) == moment.replace(tzinfo=None)


@pytest.mark.clock
@pytest.mark.parametrize(
    ("data", "fault"),
    [
        *((text.encode(), NO_TIME) for text in ("2026-11", "2026-11-02", "12:30", "tomorrow", "Nov 27", "2026-W45-1")),
        (b"10:00:00 UTC", NO_TIME),
        (b"11/02/2026 10:00:00 UTC", NO_TIME),
        (b"Mon, 02 Nov 2026 10:00:00 GMT", NO_TIME),
        (b"12026-11-02 10:00:00 UTC", NO_TIME),
        (b"2026-11-02 10:00:00 UTC, about", NO_TIME),
        ("٢٠٢٦-11-02 10:00:00 UTC".encode(), NO_TIME),
        (b"", "is empty"),
        (b"\r\n", "is empty"),
        (b"\xff\xfe", "says no date and time"),
        ("2026-11-02 10:00:00 UTC".encode("utf-16"), "says no date and time"),
        (b"1" * 1001, NO_TIME),
        (b"1" * (2**20 + 1), "has more than the 1 MB that are read"),
        (b"2026-11-02 10:00:00 UTC\n2026-11-03 10:00:00 UTC", "has more than one line"),
        (b"2026-02-31 10:00:00 UTC", "says 2026-02-31, which is no day of the calendar"),
        (b"2026-02-29 10:00:00 UTC", "says 2026-02-29, which is no day of the calendar"),
        (b"2026-11-02 24:00:00 UTC", "says 24:00:00, which is no time of day"),
        (b"2016-12-31 23:59:60 UTC", "says 23:59:60, which is no time of day"),
        (b"1899-12-31 10:00:00 UTC", "says a year before 1900"),
        (b"9999-12-31 23:59:59 -05:00", "says a time after the year 9999"),
        (b"2026-03-29 02:30 Europe/Berlin", "says a time that the clocks of Europe/Berlin never showed"),
        (b"2026-10-25 02:30 Europe/Berlin", "says a time that the clocks of Europe/Berlin showed twice"),
        *(
            (f"2026-07-02 10:00:00 {zone}".encode(), f"names the zone {zone}, {NO_ZONE}")
            for zone in ("CET", "CEST", "CST", "utc", "localtime", "Europe/Atlantis", "America/Argentina", "+14:60")
        ),
        (b"2026-11-02 10:00:00 right/Europe/Berlin", f"names the zone right/Europe/Berlin, {NO_ZONE}"),
        (b"2026-11-02 10:00:00 A/../../passwd", f"names the zone A/../../passwd, {NO_ZONE}"),
        (b"2026-11-02 10:00:00 PM", f"names the zone PM, {NO_ZONE}"),
    ],
)
def test_any_other_stamp_is_broken_and_one_sentence_says_how(tmp_path, data, fault):
    assert read(tmp_path, data) == (None, [f"timestamp.txt {fault}{UNKNOWN}"])


def test_what_is_no_file_is_broken_and_no_stamp_is_none(tmp_path):
    assert read_timestamp(tmp_path) == (None, [])
    (tmp_path / "timestamp.txt").symlink_to("nowhere")
    assert read_timestamp(tmp_path) == (None, [f"timestamp.txt is a link and not a file of its own{UNKNOWN}"])


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course folder in which ann's problem set is graded, as far as the intake of a run looks."""
    path = tmp_path_factory.mktemp("graded")
    replace_alembic()
    with Gradebook(f"sqlite:///{path}/gradebook.db") as gradebook:
        gradebook.add_assignment(PS)
        gradebook.add_notebook(PS, PS)
        gradebook.add_student("ann")
        gradebook.add_submission(PS, "ann")
    for step, marks in (("submitted", {}), ("autograded", {"graded": True})):
        (path / step / "ann" / PS).mkdir(parents=True)
        (path / step / "ann" / notebook_path(PS)).write_text(json.dumps({"metadata": {"pgcourse": marks}}))
    return path


@pytest.mark.clock
@pytest.mark.parametrize(
    ("handed_in", "then", "waits"),
    [
        (None, None, False),
        ("2026-11-02 10:00:00 UTC", "2026-11-02 10:00:00 UTC", False),
        ("2026-11-02 10:00:01 UTC", "2026-11-02 10:00:00 UTC", True),
        ("2026-11-02 11:30:00 Europe/Berlin", "2026-11-02 10:00:00 UTC", True),
        ("2026-11-02 11:30:00 +02:00", "2026-11-02 10:00:00 UTC", False),
        ("2026-11-22 10:00:00 UTC", None, True),
        ("2026-11-22 10:00:00 UTC", "2026-11", True),
        ("2026-11-22 10:00:00 UTC", "Nov 27", True),
        ("2026-11", "2026-11-02 10:00:00 UTC", False),
    ],
)
def test_what_was_handed_in_later_than_what_is_graded_is_graded_again(graded, tmp_path, handed_in, then, waits):
    shutil.copytree(graded, tmp_path, dirs_exist_ok=True)
    for step, stamp in (("submitted", handed_in), ("autograded", then)):
        if stamp is not None:
            (tmp_path / step / "ann" / PS / "timestamp.txt").write_text(stamp)
    converter = intake.Autograde(coursedir=CourseDirectory(root=str(tmp_path), assignment_id=PS))
    converter.init_notebooks()
    intake.Mirror(converter).remove()
    assert bool(converter.assignments) == waits


FORMGRADER = """
import sys
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader

app = NbGrader()
app.initialize([])
with Gradebook(app.coursedir.db_url) as gradebook:
    gradebook.add_assignment("ps")
for student in sys.argv[1:]:
    print(app.coursedir.get_existing_timestamp(f"submitted/{student}/ps"))
    print(NbGraderAPI(app.coursedir).get_submission("ps", student)["display_timestamp"])
"""


@pytest.mark.slow
def test_nbgraders_own_pages_read_stamps_so(tmp_path):
    course = Course(tmp_path)
    stamps = {"ann": "2026-11", "bob": "tomorrow", "cleo": "2026-11-02 10:00:00 +0200"}
    for student, stamp in stamps.items():
        (course.path / "submitted" / student / "ps").mkdir(parents=True)
        (course.path / "submitted" / student / "ps" / "timestamp.txt").write_text(stamp)
    command = [sys.executable, "-W", "ignore", "-c", FORMGRADER, *stamps]
    done = subprocess.run(command, cwd=course.path, env=course.environment, capture_output=True, text=True)
    lines = ["None", "None", "None", "None", "2026-11-02 08:00:00", "2026-11-02 08:00:00 UTC"]
    assert done.stdout.splitlines() == lines, done.stderr


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has no TZ")
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"])
@settings(max_examples=30)
@given(moment=st.datetimes(FIRST, timezones=st.just(datetime.UTC)))
def test_what_is_written_is_read_as_the_same_moment_in_every_zone(zone, moment):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        assert parsed(written(moment)) == moment
        assert parse_utc(written(moment)) == moment.replace(tzinfo=None)
    time.tzset()
