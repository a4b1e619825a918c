"""When a submission was handed in: the one reader and the one writer of `timestamp.txt`.

nbgrader's own `parse_utc` fills in from today's date, or from this machine's zone, what a time stamp leaves out: it
would be another moment tomorrow, or elsewhere. Here a stamp says all of it or is broken, and nbgrader is given what
`written` writes, which can be read in one way only. A stamp is one line of UTF-8,

    YYYY-MM-DD HH:MM[:SS[.FRACTION]] [ZONE]

with a blank or a `T` before the hour, where ZONE is

    UTC, GMT, Z            as nbgrader's exchange and `pgcourse collect` write it
    +02:00, +0200, +02     an offset, of 14 hours at most
    Europe/Berlin          a name of the IANA time zone database, Area/City
    left out               UTC: nbgrader's `zip_collect` writes so

Abbreviations such as CET or CST are refused: several zones share one, and most hold for half of the year only. A byte
order mark and any end of line are accepted, since Windows' editors write them.
"""

import datetime
import os
import re
import zoneinfo
from pathlib import Path

from pgcourse.grading.intake.read import MEGABYTE, Unusable, read_file, shown

TIMESTAMP = "timestamp.txt"
FIRST_YEAR = 1900
STAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T| +)"
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
    r"(?: *([A-Za-z+-]\S*))?"
)
OFFSET = re.compile(r"([+-])(0[0-9]|1[0-4])(?::?([0-5][0-9]))?")
PLACE = re.compile(r"[A-Z]\w*(?:/[\w+-]+)+", re.ASCII)


def read_timestamp(folder: Path) -> tuple[datetime.datetime | None, list[str]]:
    """Read when a submission was handed in.

    Returns
    -------
    tuple
        The moment in UTC, None if it is not known, and sentences on what is wrong with the stamp.
    """
    path = folder / TIMESTAMP
    if not os.path.lexists(path):
        return None, []
    try:
        return parsed(_text(path)), []
    except Unusable as fault:
        return None, [f"{TIMESTAMP} {fault}: it is not known when this was handed in."]


def parsed(text: str) -> datetime.datetime:
    """Return the moment that a stamp means, a datetime in UTC; raise Unusable, to be read after the file's name."""
    text = text.strip()
    if not text:
        raise Unusable("is empty")
    if len(text.splitlines()) > 1:
        raise Unusable("has more than one line")
    found = STAMP.fullmatch(text)
    if not found:
        raise Unusable("gives no complete date and time such as 2026-11-02 10:00:00 UTC")
    *numbers, fraction, name = found.groups()
    local, zone = _local([int(number or 0) for number in numbers], fraction or ""), _zone(name or "UTC")
    moments = {moment for fold in (0, 1) if (moment := _moment(local, zone, fold))}
    if len(moments) != 1:  # where clocks were changed, an hour never came or came twice
        raise Unusable(f"says a time that the clocks of {name} {'showed twice' if moments else 'never showed'}")
    return moments.pop()


def written(moment: datetime.datetime) -> str:
    """Return the stamp of a moment, a datetime with a zone, as text without an end of line."""
    return f"{moment.astimezone(datetime.UTC).replace(tzinfo=None)} UTC"


def replace_parse_utc() -> None:
    """Let nbgrader read submissions' stamps this way: its Formgrader shows no page at all where one stamp is broken."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    def existing(coursedir, folder):
        moment, _ = read_timestamp(Path(folder))
        return moment and moment.replace(tzinfo=None)  # nbgrader's and the gradebook's are in UTC without saying so

    def submitted(api, assignment, student):
        course = api.coursedir
        return existing(course, course.format_path(course.submitted_directory, student, assignment))

    CourseDirectory.get_existing_timestamp = existing
    NbGraderAPI.get_submitted_timestamp = submitted


def _text(path):
    try:
        return read_file(path, MEGABYTE).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable("says no date and time") from None


def _local(numbers, fraction):
    """Return the datetime that a clock on the spot shows; raises Unusable for what neither calendar nor clock has."""
    year, month, day, hour, minute, second = numbers
    if year < FIRST_YEAR:
        raise Unusable(f"says a year before {FIRST_YEAR}")
    try:
        date = datetime.date(year, month, day)
    except ValueError:
        raise Unusable(f"says {year}-{month:02}-{day:02}, which is no day of the calendar") from None
    try:
        return datetime.datetime.combine(date, datetime.time(hour, minute, second, int(f"{fraction[:6]:0<6}")))
    except ValueError:  # 24:00, and leap seconds, which Python's clock does not have
        raise Unusable(f"says {hour:02}:{minute:02}:{second:02}, which is no time of day") from None


def _zone(name):
    if name in ("UTC", "GMT", "Z"):
        return datetime.UTC
    if found := OFFSET.fullmatch(name):
        offset = datetime.timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return datetime.timezone(-offset if found[1] == "-" else offset)
    try:
        if PLACE.fullmatch(name):
            return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # the last for a folder of the database
        pass
    known = "UTC, an offset like +02:00 or a place like Europe/Berlin"
    raise Unusable(f"names the zone {shown(name)}, which is not {known}")


def _moment(local, zone, fold):
    """Return the moment at which the clocks of a zone show a local time; None where they do not."""
    try:
        moment = local.replace(tzinfo=zone, fold=fold).astimezone(datetime.UTC)
        return moment if moment.astimezone(zone).replace(tzinfo=None, fold=0) == local else None
    except OverflowError:
        raise Unusable("says a time after the year 9999") from None
