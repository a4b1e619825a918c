"""The roster: read as spreadsheets save it, and each fault a sentence that names the line and says what to write."""

import grp
import pwd
import re

import pytest

from pgcourse.classroom import roster
from pgcourse.classroom.roster import Member

CLASS = """name,id,e-mail,role
"Lovelace, Ada",ada,ada@example.org,student
Émilie du Châtelet,emilie,,student
Grace Hopper,g.hopper,grace@example.org,TA
"""
MEMBERS = [
    Member("Lovelace, Ada", "ada", "ada@example.org", "student"),
    Member("Émilie du Châtelet", "emilie", "", "student"),
    Member("Grace Hopper", "g.hopper", "grace@example.org", "instructor"),
]


def read(folder, text, encoding="utf-8"):
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return roster.read(path)


def faults(folder, *lines, head="name,id,e-mail,role\nGrace,grace,,instructor\n"):
    """Return what is said of lines from the third on, without the file's name."""
    with pytest.raises(ValueError, match="roster") as told:
        read(folder, head + "\n".join(lines))
    return [line.removeprefix(f"{folder}/roster.csv: ") for line in str(told.value).splitlines()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("change", ["", "semicolons", "tabs", "sep"])
def test_a_roster_is_read_as_a_spreadsheet_saves_it(tmp_path, encoding, ends, change):
    text = CLASS
    if change:
        delimiter = {"semicolons": ";", "tabs": "\t", "sep": ";"}[change]
        text = re.sub(',(?! Ada")', delimiter, CLASS)
    if change == "sep":
        text = "sep=;\n" + text
    assert read(tmp_path, text.replace("\n", ends), encoding) == MEMBERS


def test_columns_may_stand_in_any_order_with_others_between_them(tmp_path):
    text = "Role,Group,Email,ID,Name\nstudent,A,a@example.org,ada,Ada\nInstructor,,,grace,Grace\n"
    assert read(tmp_path, text) == [
        Member("Ada", "ada", "a@example.org", "student"),
        Member("Grace", "grace", "", "instructor"),
    ]


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "roster.csv"
    roster.write(path, MEMBERS)
    assert roster.read(path) == MEMBERS


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Ada,grace,,student", "line 3 has the id grace of line 2: give each person another one."),
        (",ada,,student", "line 3 has no name: write one."),
        ("Ada,root,,student", "line 3 has the id root, which an account or a group of the system has: choose another"),
        ("Ada,daemon,,student", "line 3 has the id daemon, which an account or a group of the system has"),
        ("Ada,sudo,,student", "line 3 has the id sudo, which an account or a group of the system has"),
        ("Ada,Ada,,student", "line 3 has 'Ada' as an id, no name for an account: write up to 32 of"),
        ("Ada,,,student", "line 3 has '' as an id, no name for an account"),
        ("Ada,../ada,,student", "line 3 has '../ada' as an id, no name for an account"),
        ("Ada,-rf,,student", "line 3 has '-rf' as an id, no name for an account"),
        ("Ada,4711,,student", "line 3 has '4711' as an id, no name for an account"),
        (f"Ada,{33 * 'a'},,student", f"line 3 has '{33 * 'a'}' as an id, no name for an account"),
        ("Ada,1.2E+11,,student", "line 3 has the id 1.2E+11, which a spreadsheet has shortened"),
        ("Ada,ada,example.org,student", "line 3 has 'example.org' as an e-mail: write an address such as ada@"),
        ("Ada,ada,,studnet", "line 3 has the role 'studnet': write student or instructor (grader and TA mean"),
        ("Ada,ada", "line 3 has the role ''"),
    ],
)
def test_each_fault_names_the_line_and_says_what_to_write(tmp_path, line, words):
    (said,) = faults(tmp_path, line)
    assert said.startswith(words)
    assert said[-1] in ".?"


def test_a_better_id_and_role_are_proposed(tmp_path):
    assert faults(tmp_path, "Ada,Ada L.,,student", "Bob,bob,,Instructr") == [
        "line 3 has 'Ada L.' as an id, no name for an account: write up to 32 of a-z, 0-9, ., _ and -, a letter first "
        "and no full stop last, such as adal.",
        "line 4 has the role 'Instructr': write student or instructor (grader and TA mean instructor); is it "
        "instructor?",
    ]


@pytest.mark.parametrize(
    ("name", "proposed"), [("José", "such as jose."), ("0042", "such as s0042."), ("Root", " last."), ("李", " last.")]
)
def test_the_id_that_is_proposed_is_one_that_can_be_used(tmp_path, name, proposed):
    (said,) = faults(tmp_path, f"Ada,{name},,student")
    assert said.endswith(proposed)


def test_all_faults_are_said_at_once_by_the_lines_of_the_file(tmp_path):
    lines = ('"Ada', 'Lovelace",ada,,student', "", "Bob,bob,x,student", "Cleo,ada,,student")
    said = faults(tmp_path, *lines)
    assert [re.match(r"line \d+", sentence)[0] for sentence in said] == ["line 3", "line 6", "line 7"]
    said = faults(tmp_path, ",ada,,student", head="sep=,\nname,id,e-mail,role\nGrace,grace,,instructor\n")
    assert said == ["line 4 has no name: write one."]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty: begin it with the line name,id,e-mail,role"),
        ("\n,,\n", "is empty: begin it with the line name,id,e-mail,role"),
        ("name,id,role\nAda,ada,student\n", "line 1 names no column e-mail: write name,id,e-mail,role there."),
        ("Ada,ada,a@example.org,student\n", "line 1 names no column name: write name,id,e-mail,role there."),
        ("name,id,id,e-mail,role\n", "line 1 names more than one column id"),
        ("name,id,e-mail,role\n", "line 1 is the only one: write one for each person below it."),
        ("name,id,e-mail,role\nAda,ada,,student\n", "nobody has the role instructor: give it to those"),
    ],
)
def test_a_file_that_is_no_roster_is_told_what_it_lacks(tmp_path, text, words):
    with pytest.raises(ValueError, match="roster") as told:
        read(tmp_path, text)
    assert re.fullmatch(rf".*roster\.csv:? {re.escape(words)}[^\n]*(?<=\.)", str(told.value))


def test_no_file_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"^\S+/none\.csv cannot be read as a CSV file \(.*No such file.*\): check"):
        roster.read(tmp_path / "none.csv")


def test_an_ordinary_account_may_be_in_a_class(monkeypatch):
    people = {"ada": 1001, "nobody": 65534, "www": 33}
    monkeypatch.setattr(pwd, "getpwnam", lambda name: pwd.struct_passwd((name, "x", people[name], 1, "", "", "")))
    monkeypatch.setattr(grp, "getgrnam", {"staff": None}.__getitem__)
    assert [name for name in (*people, "staff", "emilie") if roster.is_systems(name)] == ["nobody", "www", "staff"]
