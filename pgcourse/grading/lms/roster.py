"""Lists of students that Canvas and Moodle export, in any language, and as a spreadsheet may have saved them again.

The words in the first line are in the language of whoever exported the list, so columns are recognised by their place
and by the shape of what stands in them: an e-mail address, a number, a word and a number such as `Participant 71`.
"""

import csv
import dataclasses
import io
import json
import re
from pathlib import Path

EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
NUMBER = re.compile(r"(\d+)(?:[.,]0+)?|\d{1,3}(?:[.,]\d{3})+")  # spreadsheets add zeros, or group the digits
SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
PARTICIPANT = re.compile(r"[^\d@]{0,40}[^\W\d][^\d@]{0,2}(\d+)")
# Canvas's header in all languages, then what Moodle and registrars call a surname
LAST_FIRST = re.compile(
    r"last ?name|surname|family name|nachname|familienname|nom|nom de famille|cognoms|apellidos?|apellido\(s\)|cognome|"
    "achternaam|apelido|sobrenome|efternavn|etternavn|efternamn|sukunimi|nazwisko|příjmení|priezvisko|vezetéknév|prezime|"
    "priimek|nume|perenimi|uzvārds|pavardė|soyadı|επώνυμο|фамилия|прізвище|фамилно име|שם משפחה|姓|성",
    re.IGNORECASE,
)
LONGEST_WORD = 200  # characters that decide what a cell is
LARGEST_CELL = 2**24  # a worksheet holds students' whole texts


@dataclasses.dataclass(frozen=True)
class Person:
    """A row of a roster; "" stands for what it does not say.

    Attributes
    ----------
    names
        The full name as it may be written in an archive.
    number
        Canvas's user id.
    participant
        Moodle's number of a participant in one assignment.
    groups
        Pairs of a column, counted from 0, and what stands there in the row, whole and in parts. It is one of the
        columns that say nothing else, and which of them names groups is not known.
    """

    names: tuple[str, ...]
    first: str
    last: str
    email: str = ""
    number: str = ""
    participant: str = ""
    groups: tuple[tuple[int, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Columns:
    """The places in a row of what it says, counted from 0; None for what it does not say."""

    names: list[int]
    last_first: bool
    email: int | None
    number: int | None
    participant: int | None


def read_roster(path: Path) -> list[Person]:
    """Read a list of students that Canvas or Moodle exports.

    Parameters
    ----------
    path
        A CSV file: Canvas's gradebook, or Moodle's list of participants or grading worksheet.

    Raises
    ------
    ValueError
        A sentence, if it is none of these.
    """
    rows = [row for _, row in numbered_rows(path)]
    people = []
    if rows:
        columns = _columns(rows[0], rows[1:])
        if any(SHORTENED.fullmatch(cell) for row in rows[1:] for cell in row[:3]):
            raise ValueError(f"{path} has ids that a spreadsheet has shortened (1.2E+11): export it again.")
        people = [person for row in rows[1:] if (person := _person(row, columns))]
    if not people:
        known = "Canvas's gradebook, or Moodle's list of participants or grading worksheet"
        raise ValueError(f"{path} lists no students: it must be {known}.")
    return people


def numbered_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Read a CSV file as a spreadsheet writes it, in its encodings and with its delimiters.

    Returns
    -------
    list of tuple
        The line on which a row begins, from 1 on, and the row: stripped texts, the same number in each. Empty rows are
        left out.

    Raises
    ------
    ValueError
        A sentence, if the file cannot be read.
    """
    try:
        return _rows(_text(path.read_bytes()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        remedy = "check its name, or export it again"
        raise ValueError(f"{path} cannot be read as a CSV file ({error}): {remedy}.") from None


def _text(data):
    """Return the text of a file in the encodings that spreadsheets write."""
    detected = json.detect_encoding(data)  # by a byte order mark, or the zeros of UTF-16
    try:
        return data.decode(detected)
    except UnicodeDecodeError:
        if not detected.startswith("utf-8"):
            raise
        return data.decode("cp1252")


def _rows(text):
    """Return what `numbered_rows` does of the text of a file."""
    told = re.match(r'"?sep=(.)"?[,;\t]*\r?\n', text, re.IGNORECASE)  # a line of Excel's own, maybe saved once more
    text = text[told.end() :] if told else text
    head = text.partition("\n")[0]
    delimiter = told[1] if told else max(",;\t", key=head.count)
    csv.field_size_limit(LARGEST_CELL)
    reader, rows, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [], 1 + bool(told)
    for row in reader:
        rows.append((line, [cell.strip() for cell in row]))
        line = reader.line_num + 1 + bool(told)
    width = max((len(row) for _, row in rows), default=0)
    return [(line, row + [""] * (width - len(row))) for line, row in rows if any(row)]


def _columns(head, body):
    """Find the columns, by the shape of most of what is in them."""
    shapes = [_shape([row[place] for row in body]) for place in range(len(head))]
    first = int(shapes[:1] == ["participant"])
    names: list[int] = []
    for place in range(first, len(head)):
        if shapes[place] != "text" or len(names) == 2 - first:
            break
        names.append(place)
    after = first + len(names)
    return Columns(
        names,
        [bool(LAST_FIRST.fullmatch(head[place])) for place in names] == [True, False],  # "Nom, Cognoms" is Catalan
        shapes.index("email") if "email" in shapes else None,
        after if shapes[after : after + 1] == ["number"] else None,
        0 if first else None,
    )


def _shape(cells):
    cells = [cell[:LONGEST_WORD] for cell in cells if cell]
    for name, pattern in {"email": EMAIL, "number": NUMBER, "participant": PARTICIPANT}.items():
        fitting = [cell for cell in cells if pattern.fullmatch(cell)]
        if len(fitting) * 2 > len(cells) and (name != "participant" or len(set(fitting)) == len(cells)):
            return name
    return "text"


def _person(row, columns):
    """Return what a row says; None if it names nobody."""
    parts = [row[place] for place in columns.names if row[place]]
    if not re.search(r"[^\W\d]", "".join(parts)):
        return None
    if len(parts) == 2:
        first, last = parts[::-1] if columns.last_first else parts
    elif "," in parts[0]:  # Canvas's "Last, First"
        last, _, first = (part.strip() for part in parts[0].partition(","))
    else:
        first, _, last = parts[0].rpartition(" ")
    names = [f"{first} {last}".strip(), f"{last} {first}".strip()]
    if len(parts) == 1 and "," not in parts[0]:
        names = names[:1]
    number = NUMBER.fullmatch(_cell(row, columns.number))
    participant = PARTICIPANT.fullmatch(_cell(row, columns.participant))
    used = {*columns.names, columns.email, columns.number, columns.participant}
    others = (
        (place, part.strip())
        for place, cell in enumerate(row)
        if place not in used
        for part in (cell, *re.split("[,;\n]", cell))  # a group's own name may hold a comma
    )
    return Person(
        tuple(dict.fromkeys(names)),
        first,
        last,
        _cell(row, columns.email),
        (number[1] or re.sub(r"\D", "", number[0])) if number else "",
        participant[1] if participant else "",
        tuple(dict.fromkeys((place, part) for place, part in others if part)),
    )


def _cell(row, place):
    return "" if place is None else row[place]
