"""`pgcourse collect`: archives as Canvas and Moodle make them, as people remake them, and as an enemy would."""

import io
import shutil
import stat
import struct
import zipfile

import pytest
from nbgrader.api import Gradebook

from pgcourse.grading import coursefolder
from pgcourse.grading.intake.names import notebook_name
from pgcourse.grading.lms import collect, names
from pgcourse.grading.lms.roster import read_roster
from pgcourse.tools import cli
from tests.support.course import Course

pytestmark = pytest.mark.slow

PS = "ps4_left_right"
OTHER = "ps5_reward_to_go"
NOTEBOOK = f"{PS}.ipynb"
MONDAY, TUESDAY = (2026, 11, 2, 10, 0, 0), (2026, 11, 3, 10, 0, 0)
CANVAS = f"lovelaceada_11_501_{NOTEBOOK}"
MOODLE = f"Ada Lovelace_71_assignsubmission_file/{NOTEBOOK}"


@pytest.fixture(scope="module")
def empty_course(tmp_path_factory):
    """Make the gradebook once."""
    with pytest.MonkeyPatch.context() as patch:
        course = Course(tmp_path_factory.mktemp("collect"))
        isolate(patch, course)
        settings = coursefolder.course_directory()
        with Gradebook(settings.db_url, settings.course_id):
            return course


@pytest.fixture
def course(empty_course, tmp_path, monkeypatch):
    shutil.copytree(empty_course.path, tmp_path / "course")
    (tmp_path / "home").mkdir()
    course = Course.__new__(Course)
    course.path, course.home = tmp_path / "course", tmp_path / "home"
    isolate(monkeypatch, course)
    return course


def isolate(patch, course):
    """Stand in a course's folder, with a home of its own."""
    patch.chdir(course.path)
    patch.setenv("HOME", str(course.home))
    patch.setenv("JUPYTER_CONFIG_DIR", str(course.home))
    patch.setenv("PATH", "/usr/bin:/bin")


def archive(course, *members, name="all.zip", time=MONDAY):
    """Write a zip file of (name, text) or (ZipInfo, text); return its path."""
    path = course.path / name
    with zipfile.ZipFile(path, "w") as file:
        for member, text in members:
            info = member if isinstance(member, zipfile.ZipInfo) else zipfile.ZipInfo(member, time)
            file.writestr(info, text, zipfile.ZIP_DEFLATED)
    return path


def run(capsys, *arguments):
    """Run `pgcourse collect`; return its exit code, what it printed and what it complained of."""
    code = cli.main(["collect", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def submitted(course):
    """Return {path below submitted/: text} of all files there but time stamps."""
    root = course.path / "submitted"
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name != "timestamp.txt"]
    return {str(path.relative_to(root)): path.read_text() for path in files}


def students(course):
    with Gradebook(f"sqlite:///{course.path}/gradebook.db") as gradebook:
        return {one.id: (one.first_name, one.last_name, one.email, one.lms_user_id) for one in gradebook.students}


def canvas(name, file, **late):
    return names.Upload("canvas", name, "11", file, 501, **late)


def moodle(name, number):
    return names.Upload("moodle", name, number, NOTEBOOK)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (CANVAS, canvas("lovelaceada", NOTEBOOK)),
        (f"lovelaceada_LATE_11_501_{NOTEBOOK}", canvas("lovelaceada", NOTEBOOK, late=True)),
        ("łukaszżółć_11_501_ps4_left_right-2.ipynb", canvas("łukaszżółć", "ps4_left_right-2.ipynb")),
        (f"submissions/{CANVAS}", canvas("lovelaceada", NOTEBOOK)),
        ("vander_bergjan_11_501_a b.ipynb", canvas("vander_bergjan", "a b.ipynb")),
        (f"_11_501_{NOTEBOOK}", canvas("", NOTEBOOK)),
        (MOODLE, moodle("Ada Lovelace", "71")),
        (f"Ada Lovelace_71_assignsubmission_file_/{NOTEBOOK}", moodle("Ada Lovelace", "71")),
        (f"Ada Lovelace_71_assignsubmission_file_/week 4/{NOTEBOOK}", moodle("Ada Lovelace", "71")),
        (f"Ada Lovelace_71_assignsubmission_file_{NOTEBOOK}", moodle("Ada Lovelace", "71")),
        (f"all/Ada Lovelace_71_assignsubmission_file/{NOTEBOOK}", moodle("Ada Lovelace", "71")),
        (
            f"Eve_66_assignsubmission_file/Ada Lovelace_71_assignsubmission_file/{NOTEBOOK}",
            moodle("Eve", "66"),
        ),
    ],
)
def test_names_of_both_platforms_are_understood(name, expected):
    assert names.read_name(name) == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (NOTEBOOK, "not named the way Canvas and Moodle name"),
        (f"anon_x7Yz2_501_{NOTEBOOK}", "anonymous"),
        (f"LATE_anon_x7Yz2_501_{NOTEBOOK}", "anonymous"),
        (f"Participant_71_assignsubmission_file/{NOTEBOOK}", "anonymous"),
        ("lovelaceada_11_text.html", "typed into Canvas by lovelaceada, and no notebook: grade the text there"),
        ("lovelaceada_LATE_11_link.html", "typed into Canvas by lovelaceada"),
        ("Ada Lovelace_71_assignsubmission_onlinetext/onlinetext.html", "typed into Moodle by Ada Lovelace, and no"),
        (f"eve_11_66_501_{NOTEBOOK}", "three numbers"),  # Eve calls herself "eve_11" to be taken for student 11
        (f"eve_11_LATE_66_501_{NOTEBOOK}", "three numbers"),
    ],
)
def test_names_that_do_not_tell_whose_work_it_is_are_refused(name, words):
    with pytest.raises(ValueError, match=words):
        names.read_name(name)


@pytest.mark.parametrize(
    ("file", "notebook"),
    [
        (NOTEBOOK, PS),
        ("PS4_Left_Right.IPYNB", PS),
        ("ps4_left_right-1.ipynb", PS),
        ("ps4_left_right (2).ipynb", PS),
        ("ps4_left_right(2).ipynb", PS),
        ("ps4_left_right-Copy1.ipynb", PS),
        ("ps4_left_right - Copy (3)-1.ipynb", PS),
        ("ps4_left_right_final.ipynb", PS),
        ("Copy of ps4_left_right.ipynb", PS),
        ("Copy of Copy of ps4_left_right.ipynb", PS),
        ("Copy (2) of ps4_left_right.ipynb", PS),
        ("Copy+of+ps4_left_right-1.ipynb", PS),
        ("Kopie von ps4_left_right.ipynb", PS),
        ("Copie de ps4_left_right.ipynb", PS),
        ("Copia di ps4_left_right.ipynb", PS),
        ("Cópia de ps4_left_right.ipynb", PS),
        ("Co\u0301pia de ps4_left_right.ipynb", PS),
        ("Копия ps4_left_right.ipynb", PS),
        ("ps4_left_right - Kopie (2).ipynb", PS),
        ("ps4_left_right のコピー.ipynb", PS),
        ("ps4_left_right_FINAL_v2.ipynb", PS),
        ("ps4_left_right_solution_final(1).ipynb", PS),
        ("ps4_left_right_Abgabe.ipynb", PS),
        ("ps4_left_right.ipynb.ipynb", PS),
        ("ps4_left_right.ipynb.txt", PS),
        ("ps4_left_right.ipynb.json", PS),
        ("ps4.ipynb", None),
        ("final.ipynb", None),
        ("Copy of .ipynb", None),
        ("ps4_left_rightfinal.ipynb", None),
        ("ps5_reward_to_go_final.ipynb", OTHER),
        ("ps4_left_right.txt", None),
    ],
)
def test_a_notebook_is_known_under_the_names_that_copies_get(file, notebook):
    assert notebook_name(file, [PS, OTHER]) == notebook


def test_a_name_that_an_assignment_has_is_not_taken_for_a_copy_of_anothers():
    known = ["hw", "hw_final", "hw 2", "Copy of hw"]
    assert [notebook_name(f"{name}.ipynb", known) for name in known] == known
    assert notebook_name("Kopie von hw_final (1).ipynb", known) == "hw_final"


def test_canvas_archive(course, capsys):
    path = archive(course, (CANVAS, "ada"), (f"turingalan_LATE_12_502_{PS}-1.ipynb", "alan"))
    code, table, _ = run(capsys, path)
    assert code == 0
    assert submitted(course) == {f"11/{PS}/{NOTEBOOK}": "ada", f"12/{PS}/{NOTEBOOK}": "alan"}
    assert (course.path / "submitted" / "11" / PS / "timestamp.txt").read_text() == "2026-11-02 10:00:00 UTC\n"
    ada, alan, total = table.splitlines()
    assert ada.split() == ["11", "(lovelaceada)", CANVAS, f"{PS}:", "collected"]
    assert alan.endswith(f"{PS}: collected; late")
    assert total == "2 of 2 files collected."
    assert students(course)["11"] == (None, "lovelaceada", None, "11")


def test_canvas_names_come_from_its_own_gradebook(course, capsys):
    path = archive(course, (CANVAS, "ada"))
    run(capsys, path)
    roster = course.path / "gradebook.csv"
    rows = "Student,ID,SIS Login ID,Section", "    Points Possible,,,", '"Lovelace, Ada",11,ada,1'
    roster.write_text("\n".join(rows), "utf-8-sig")
    assert run(capsys, path, "--roster", roster)[0] == 0
    assert students(course)["11"] == ("Ada", "Lovelace", None, "11")


@pytest.mark.clock
def test_moodle_archive_with_names_in_any_script_and_what_computers_add(course, capsys):
    path = archive(
        course,
        (MOODLE, "ada"),
        ("__MACOSX/._x", ""),
        (".DS_Store", ""),
        (f"Ада Ӣ Łukasz_72_assignsubmission_file/{NOTEBOOK}", "łukasz"),
    )
    code, table, _ = run(capsys, path)
    assert (code, table.splitlines()[-1]) == (0, "2 of 2 files collected.")
    assert submitted(course) == {f"Ada Lovelace/{PS}/{NOTEBOOK}": "ada", f"Ада Ӣ Łukasz/{PS}/{NOTEBOOK}": "łukasz"}
    assert students(course)["Ada Lovelace"] == ("Ada", "Lovelace", None, None)


def test_two_moodle_students_of_one_name_are_never_mixed(course, capsys):
    path = archive(course, *[(f"Ada Lovelace_{n}_assignsubmission_file/{NOTEBOOK}", f"ada {n}") for n in (71, 72)])
    code, table, _ = run(capsys, path)
    assert code == 1
    assert table.count("more than one student is called Ada Lovelace") == 2
    assert submitted(course) == {}
    worksheet = course.path / "worksheet.csv"
    rows = [f"Participant {n},Ada Lovelace,ada{n}@example.org" for n in (71, 72)]
    worksheet.write_text("\n".join(["Identifier,Full name,Email address", *rows]))
    assert run(capsys, path, "--roster", worksheet)[0] == 0
    assert submitted(course) == {f"Ada Lovelace (ada{n}@example.org)/{PS}/{NOTEBOOK}": f"ada {n}" for n in (71, 72)}
    assert students(course)["Ada Lovelace (ada71@example.org)"] == ("Ada", "Lovelace", "ada71@example.org", None)
    participants = course.path / "participants.csv"
    participants.write_text("First name;Last name;Email address\n" + "Ada;Lovelace;a@x\n" * 2)
    alone = archive(course, (MOODLE, "ada"), name="alone.zip")
    code, table, _ = run(capsys, alone, "--roster", participants)  # only one of them handed in: still not sure which
    assert (code, "more than one student" in table) == (1, True)


def test_a_roster_of_another_assignment_gives_nobody_anothers_work(course, capsys):
    worksheet = course.path / "worksheet.csv"
    worksheet.write_text("Identifier,Full name,Email address\nParticipant 71,Alan Turing,alan@example.org\n")
    code, table, _ = run(capsys, archive(course, (MOODLE, "ada")), "--roster", worksheet)
    assert (code, "Ada Lovelace is not in the roster" in table, submitted(course)) == (1, True, {})


def test_a_name_that_the_disk_of_this_locale_cannot_hold_is_refused(course, capsys, monkeypatch):
    monkeypatch.setattr(collect.os, "fsencode", lambda name: str(name).encode("iso8859-9"))
    path = archive(course, (MOODLE, "ada"), (f"Łukasz_72_assignsubmission_file/{NOTEBOOK}", "łukasz"))
    code, table, _ = run(capsys, path)
    assert (code, table.splitlines()[-1]) == (1, "1 of 2 files collected.")
    assert "not collected: the student's name cannot be the name of a folder" in table


@pytest.mark.clock
def test_names_are_compared_as_moodle_writes_them(course, capsys):
    participants = course.path / "participants.csv"
    participants.write_text("First name,Last name,Email address\nCONA\u0301N,O'Brien,conan@example.org\n", "utf-8")
    path = archive(course, (f"Conán OBrien_71_assignsubmission_file/{NOTEBOOK}", "conan"))
    assert run(capsys, path, "--roster", participants)[0] == 0
    assert students(course)["Conán OBrien"] == ("CONA\u0301N", "O'Brien", "conan@example.org", None)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"Full name\n\n"])
def test_what_is_no_roster_is_refused_in_one_sentence(course, capsys, content):
    roster = course.path / "roster.csv"
    roster.write_bytes(content)
    code, table, complaint = run(capsys, archive(course, (MOODLE, "ada")), "--roster", roster)
    assert (code, table, complaint.count("\n"), submitted(course)) == (1, "", 1, {})
    assert "roster.csv" in complaint


ADA = {"Ada Lovelace": ("Ada", "Lovelace", "ada@example.org", None)}
ROSTERS = {
    "german participants": "Vorname;Nachname;E-Mail-Adresse;Gruppen\nAda;Lovelace;ada@example.org;\n",
    "french participants": "Prénom,Nom,Numéro,Adresse de courriel\nAda,Lovelace,340934,ada@example.org\n",
    "japanese participants": "名,姓,メールアドレス\nAda,Lovelace,ada@example.org\n",
    "german worksheet": (
        "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung\n"
        'Teilnehmer/in71,Ada Lovelace,ada@example.org,"Zur Bewertung abgegeben, überfällig",\n'
        "Teilnehmer/in72,Alan Turing,alan@example.org,,\n"
    ),
    "spanish worksheet": "Identificador,Nombre completo,Correo\nParticipante 71,Ada Lovelace,ada@example.org\n",
    "a whole text in a cell": (
        "Identifier,Full name,Email address,Online text\nParticipant 71,Ada Lovelace,ada@example.org,"
        + '"{}"\n'.format("x, y\n" * 50_000)
    ),
    "last name first": "Surname,First name,Email address\nLovelace,Ada,ada@example.org\n",
}


@pytest.mark.parametrize("roster", ROSTERS)
def test_a_roster_of_moodle_in_any_language_is_read(course, capsys, roster):
    (course.path / "roster.csv").write_text(ROSTERS[roster], "utf-8-sig")
    code, table, complaint = run(capsys, archive(course, (MOODLE, "ada")), "--roster", course.path / "roster.csv")
    assert (code, complaint, students(course)) == (0, "", ADA), table


@pytest.mark.parametrize(
    ("save", "text"),
    [
        (lambda text: text.encode("cp1252"), "Vorname;Nachname;E-Mail-Adresse\nJürgen;Groß;j@example.org\n"),
        (lambda text: text.encode("utf-16"), "Vorname\tNachname\tE-Mail-Adresse\nJürgen\tGroß\tj@example.org\n"),
        (lambda text: text.encode("utf-16-le"), "Vorname;Nachname;E-Mail-Adresse\r\nJürgen;Groß;j@example.org\r\n"),
        (lambda text: text.encode("utf-8-sig"), "sep=;\r\nVorname;Nachname;E-Mail\r\nJürgen;Groß;j@example.org\r\n"),
        (lambda text: text.encode("cp1252"), "sep=,\r\nVor;name,Nach;name,E;Mail\r\nJürgen,Groß,j@example.org\r\n"),
        (lambda text: text.encode(), "Vorname;Nachname;E-Mail\nJu\u0308rgen;Groß;j@example.org\n\n;;\n"),
    ],
)
def test_a_roster_that_a_spreadsheet_has_saved_is_read(course, capsys, save, text):
    (course.path / "roster.csv").write_bytes(save(text))
    path = archive(course, (f"Jürgen Groß_71_assignsubmission_file/{NOTEBOOK}", "work"))
    assert run(capsys, path, "--roster", course.path / "roster.csv")[0] == 0
    assert students(course)["Jürgen Groß"][2] == "j@example.org"


@pytest.mark.parametrize(
    "text",
    [
        'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"Lovelace, Ada",340934.0,1,ada,1\n',
        "LastName,FirstName,ID,SIS User ID,SIS Login ID\n    Points Possible,,,,\nLovelace,Ada,340934,1,ada\n",
        'sep=;\nStudent;ID;SIS Login ID\n"Lovelace, Ada";340934,0;ada\n',
    ],
)
def test_every_gradebook_of_canvas_is_read(course, capsys, text):
    (course.path / "gradebook.csv").write_text(text)
    path = archive(course, (f"lovelaceada_340934_501_{NOTEBOOK}", "ada"))
    assert run(capsys, path, "--roster", course.path / "gradebook.csv")[0] == 0
    assert students(course)["340934"] == ("Ada", "Lovelace", None, "340934")


def test_ids_that_a_spreadsheet_has_shortened_are_refused(course, capsys):
    (course.path / "gradebook.csv").write_text('Student,ID\n"Lovelace, Ada",1.03409E+15\n')
    code, _, complaint = run(capsys, archive(course, (CANVAS, "ada")), "--roster", course.path / "gradebook.csv")
    assert (code, "a spreadsheet has shortened" in complaint, submitted(course)) == (1, True, {})


@pytest.mark.parametrize(
    "text",
    [
        'Student,ID\n"Lovelace, Ada","340,934"\n',
        "Student;ID\nLovelace, Ada;340.934\n",
        '"sep=;"\nStudent;ID\nLovelace, Ada;340934\n',
        "sep=;;\r\nStudent;ID\r\nLovelace, Ada;340934,0\r\n",
    ],
)
def test_what_a_spreadsheet_makes_of_ids_and_delimiters_is_read(tmp_path, text):
    (tmp_path / "gradebook.csv").write_text(text)
    (person,) = read_roster(tmp_path / "gradebook.csv")
    assert (person.first, person.last, person.number) == ("Ada", "Lovelace", "340934")


def moodle_archive(course, *names):
    return archive(course, *[(f"{name}_assignsubmission_file/{NOTEBOOK}", name) for name in names])


PARTICIPANTS = (
    "Vorname,Nachname,E-Mail-Adresse,Gruppen\nAda,Lovelace,ada@x.org,Gruppe 1\n"
    'Alan,Turing,alan@x.org,"Gruppe 1, Abend"\n'
    "Jean-Luc,Picard,jl@x.org,Gruppe 2\n"
)


def test_what_a_group_handed_in_is_each_members(course, capsys):
    (course.path / "participants.csv").write_text(PARTICIPANTS)
    path = moodle_archive(course, "Gruppe 1_5", "Gruppe 2_6")
    code, table, _ = run(capsys, path)
    assert (code, table.count("seems to name a group"), submitted(course)) == (1, 2, {})
    assert run(capsys, path, "--roster", course.path / "participants.csv")[0] == 0
    assert submitted(course) == {
        f"Ada Lovelace/{PS}/{NOTEBOOK}": "Gruppe 1_5",
        f"Alan Turing/{PS}/{NOTEBOOK}": "Gruppe 1_5",
        f"Jean-Luc Picard/{PS}/{NOTEBOOK}": "Gruppe 2_6",
    }


def test_a_word_in_two_columns_of_a_roster_makes_nobody_a_member(course, capsys):
    (course.path / "participants.csv").write_text(
        "First name,Last name,City/town,Email address,Groups\n"
        "Ada,Lovelace,London,ada@x.org,Berlin\nAlan,Turing,Berlin,alan@x.org,Paris\nGrace,Hopper,Rome,g@x.org,Paris\n"
    )
    path = moodle_archive(course, "Berlin_9", "Paris_10")
    code, table, _ = run(capsys, path, "--roster", course.path / "participants.csv")
    assert (code, "Berlin stands in more than one column of the roster" in table) == (1, True)
    assert sorted(submitted(course)) == [f"{name}/{PS}/{NOTEBOOK}" for name in ("Alan Turing", "Grace Hopper")]


def test_groups_may_have_underscores_and_commas_in_their_names(course, capsys):
    (course.path / "participants.csv").write_text(
        'First name,Last name,Email address,Groups\nAda,Lovelace,ada@x.org,Team_1\nAlan,Turing,alan@x.org,"Mon, 10am"\n'
    )
    path = moodle_archive(course, "Team 1_9", "Mon, 10am_10")  # Moodle writes a blank for an underscore
    assert run(capsys, path, "--roster", course.path / "participants.csv")[0] == 0
    assert submitted(course) == {
        f"Ada Lovelace/{PS}/{NOTEBOOK}": "Team 1_9",
        f"Alan Turing/{PS}/{NOTEBOOK}": "Mon, 10am_10",
    }


@pytest.mark.parametrize("words", ["Nachname;Vorname", "Apellido(s);Nombre", "Nom;Prénom", "Surname;First name"])
def test_a_surname_that_comes_first_is_known_by_its_column(tmp_path, words):
    (tmp_path / "participants.csv").write_text(f"{words};E-Mail\nLovelace;Ada;ada@x.org\n", encoding="utf-8")
    (person,) = read_roster(tmp_path / "participants.csv")
    assert (person.first, person.last) == ("Ada", "Lovelace")


@pytest.mark.parametrize("words", ["Vorname;Nachname", "Nom;Cognoms", "First name;Surname", "Imię;Nazwisko"])
def test_a_surname_that_comes_second_stays_there(tmp_path, words):
    (tmp_path / "participants.csv").write_text(f"{words};E-Mail\nAda;Lovelace;ada@x.org\n", encoding="utf-8")
    (person,) = read_roster(tmp_path / "participants.csv")
    assert (person.first, person.last) == ("Ada", "Lovelace")


def test_a_group_before_the_students_name_is_no_part_of_it(course, capsys):
    (course.path / "participants.csv").write_text(PARTICIPANTS)
    path = moodle_archive(course, "Gruppe A-Ada Lovelace_71", "Gruppe A-Alan Turing_72", "B-C-Jean-Luc Picard_73")
    code, table, _ = run(capsys, path)
    assert (code, table.count("seems to name a group"), submitted(course)) == (1, 3, {})
    assert run(capsys, path, "--roster", course.path / "participants.csv")[0] == 0
    assert sorted(submitted(course)) == [
        f"{name}/{PS}/{NOTEBOOK}" for name in ("Ada Lovelace", "Alan Turing", "Jean-Luc Picard")
    ]


def test_a_hyphen_makes_no_group(course, capsys):
    (course.path / "participants.csv").write_text(PARTICIPANTS)
    code, table, _ = run(capsys, moodle_archive(course, "Jean-Luc Picard_73", "Ada Lovelace_71"))
    assert (code, sorted(students(course))) == (0, ["Ada Lovelace", "Jean-Luc Picard"])
    path = moodle_archive(course, "Mary-Ada Lovelace_77", "Alan Turing_72")  # Mary is not Ada
    code, table, _ = run(capsys, path, "--roster", course.path / "participants.csv")
    assert (code, "Mary-Ada Lovelace is not in the roster" in table) == (1, True)


@pytest.mark.parametrize("words", ["Teilnehmerin", "Participante", "参加者", "Gruppe A-Teilnehmerin"])
def test_an_anonymous_download_is_refused_in_any_language(course, capsys, words):
    code, table, _ = run(capsys, moodle_archive(course, f"{words}_71"))
    assert (code, "an anonymous submission" in table, submitted(course)) == (1, True, {})


def test_one_word_for_several_is_nobodys_name(course, capsys):
    code, table, _ = run(capsys, moodle_archive(course, "Mshiriki_71", "Mshiriki_72"))
    assert (code, table.count("an anonymous submission"), submitted(course)) == (1, 2, {})


def test_the_work_of_students_without_a_group_and_typed_answers_are_refused_by_name(course, capsys):
    path = archive(course, (f"Default group_assignsubmission_file/{NOTEBOOK}", "x"), (MOODLE, "ada"),
                   ("Ada Lovelace_71_assignsubmission_onlinetext/texteenligne.html", "<p>"))  # fmt: skip
    code, table, _ = run(capsys, path)
    assert (code, "without a group" in table, "typed into Moodle by Ada Lovelace" in table) == (1, True, True)
    assert submitted(course) == {f"Ada Lovelace/{PS}/{NOTEBOOK}": "ada"}


@pytest.mark.parametrize("by_hand", ["Zoe\u0308", "Zo\u00eb"])
def test_accents_in_either_form_are_one_students(course, capsys, by_hand):
    mine = course.path / "submitted" / f"{by_hand} Ray" / PS
    mine.mkdir(parents=True)
    (mine / NOTEBOOK).write_text("by hand")
    for number, letters in enumerate(["Zoe\u0308", "Zo\u00eb"]):
        assert run(capsys, moodle_archive(course, f"{letters} Ray_{number}"))[0] == 0
    assert [path.name for path in (course.path / "submitted").iterdir() if path.name[0] != "."] == [f"{by_hand} Ray"]
    assert list(students(course)) == ["Zo\u00eb Ray"]
    assert "by hand" in submitted(course).values()


def test_what_editors_leave_is_passed_over(course, capsys):
    folder = "Ada Lovelace_71_assignsubmission_file"
    path = archive(course, (MOODLE, "ada"), (f"{folder}/.ipynb_checkpoints/{PS}-checkpoint.ipynb", "old"))
    code, table, _ = run(capsys, path)
    assert (code, "checkpoint" in table, submitted(course)) == (0, False, {f"Ada Lovelace/{PS}/{NOTEBOOK}": "ada"})


@pytest.mark.clock
def test_a_later_submission_replaces_an_earlier_one_which_is_kept(course, capsys):
    run(capsys, archive(course, (CANVAS, "first")))
    mine = course.path / "submitted" / "11" / PS / "note.txt"
    mine.write_text("the instructor's")
    code, table, _ = run(capsys, archive(course, (CANVAS, "second"), time=TUESDAY))
    assert (code, "collected; the earlier submission is in .replaced" in table) == (0, True)
    found = submitted(course)
    assert found.pop(f"11/{PS}/{NOTEBOOK}") == "second"
    assert sorted(found.values()) == ["first", "the instructor's"]
    assert all(name.startswith(f".replaced/11/{PS}/") for name in found)


@pytest.mark.clock
@pytest.mark.parametrize(
    ("stamp", "counts"), [("2026-11-03 01:00:00 Asia/Tokyo", "second"), ("2026-11-02 23:00:00 -02:00", "first")]
)
def test_the_later_of_two_submissions_is_the_later_in_every_zone(course, capsys, stamp, counts):
    run(capsys, archive(course, (CANVAS, "first")))
    (course.path / "submitted" / "11" / PS / "timestamp.txt").write_text(stamp)
    run(capsys, archive(course, (CANVAS, "second"), time=(2026, 11, 2, 20, 0, 0)))
    found = submitted(course)
    assert found.pop(f"11/{PS}/{NOTEBOOK}") == counts
    assert {counts, *found.values()} == {"first", "second"}


@pytest.mark.clock
def test_what_has_a_broken_timestamp_is_replaced_and_kept_and_that_is_said(course, capsys):
    run(capsys, archive(course, (CANVAS, "second"), time=TUESDAY))
    (course.path / "submitted" / "11" / PS / "timestamp.txt").write_text("2026-11")
    _, table, _ = run(capsys, archive(course, (CANVAS, "first")))
    assert "in .replaced; its timestamp.txt gives no complete date and time" in table
    found = submitted(course)
    assert (found.pop(f"11/{PS}/{NOTEBOOK}"), *found.values()) == ("first", "second")


@pytest.mark.clock
def test_an_earlier_submission_is_kept_but_does_not_count(course, capsys):
    run(capsys, archive(course, (CANVAS, "second"), time=TUESDAY))
    for _ in range(2):  # once is enough
        code, table, _ = run(capsys, archive(course, (CANVAS, "first")))
        assert (code, "kept in .replaced: there is a later submission" in table) == (0, True)
        assert "of 2026-11-03 10:00:00 UTC; this one is of 2026-11-02 10:00:00 UTC" in table
    found = submitted(course)
    assert found.pop(f"11/{PS}/{NOTEBOOK}") == "second"
    assert list(found.values()) == ["first"]


@pytest.mark.clock
def test_collecting_again_changes_nothing(course, capsys):
    members = [(CANVAS, "ada"), (f"lovelaceada_11_499_{PS}-1.ipynb", "earlier")]
    run(capsys, archive(course, *members))
    before = submitted(course)
    code, table, _ = run(capsys, archive(course, *members, time=TUESDAY))  # another download of the same files
    assert (code, "as collected before" in table) == (0, True)
    assert submitted(course) == before
    assert "2026-11-02" in (course.path / "submitted" / "11" / PS / "timestamp.txt").read_text()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_several_files_the_last_upload_counts_and_the_others_are_kept(course, capsys):
    members = [(f"lovelaceada_11_{n}_{PS}-{n}.ipynb", f"upload {n}") for n in (503, 501, 1000)]
    code, table, _ = run(capsys, archive(course, *members, (CANVAS, "upload 501 again"), (CANVAS, "the same name")))
    found = submitted(course)
    assert found.pop(f"11/{PS}/{NOTEBOOK}") == "upload 1000"
    assert sorted(found.values()) == ["the same name", "upload 501", "upload 501 again", "upload 503"]
    assert (code, table.count("kept in .replaced: there is a later file")) == (0, 4)


def test_each_file_goes_to_its_problem_set_unless_one_is_asked_for(course, capsys):
    path = archive(course, (CANVAS, "four"), (f"lovelaceada_11_502_{OTHER}.ipynb", "five"))
    code, table, _ = run(capsys, path, "--assignment", OTHER)
    assert (code, f"not collected: this is {PS}" in table) == (1, True)
    assert submitted(course) == {f"11/{OTHER}/{OTHER}.ipynb": "five"}
    assert run(capsys, path)[0] == 0
    assert submitted(course) == {f"11/{OTHER}/{OTHER}.ipynb": "five", f"11/{PS}/{NOTEBOOK}": "four"}


def test_a_students_only_notebook_is_collected_under_any_name_when_the_problem_set_is_named(course, capsys):
    path = archive(course, ("lovelaceada_11_501_mine.ipynb", "ada"), ("turingalan_12_502_a.ipynb", "a"),
                   ("turingalan_12_503_b.ipynb", "b"))  # fmt: skip
    code, table, _ = run(capsys, path)
    assert (code, table.count("--assignment NAME collects it"), submitted(course)) == (1, 3, {})
    code, table, _ = run(capsys, path, "--assignment", PS)
    assert (code, table.count("not named like any assignment")) == (1, 2)
    assert submitted(course) == {f"11/{PS}/{NOTEBOOK}": "ada"}


def test_an_unknown_problem_set_is_named_with_those_that_there_are(course, capsys):
    code, _, complaint = run(capsys, archive(course, (CANVAS, "ada")), "--assignment", "ps9")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "no assignment ps9" in complaint
    assert PS in complaint


def link(name):
    info = zipfile.ZipInfo(name, MONDAY)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (f"../../{CANVAS}", "points out of the archive"),
        (f"a/../../{MOODLE}", "points out of the archive"),
        (f"..\\{CANVAS}", "points out of the archive"),
        (f"/tmp/{CANVAS}", "points out of the archive"),
        (f"C:/{CANVAS}", "points out of the archive"),
        (link(CANVAS), "a link or a special file"),
        ("lovelaceada_11_501_all.zip", "an archive"),
        ("lovelaceada_11_501_notes.pdf", "not a notebook"),
        (f".._71_assignsubmission_file/{NOTEBOOK}", "cannot be the name of a folder"),
        (f" ._71_assignsubmission_file/{NOTEBOOK}", "cannot be the name of a folder"),
        (f"{'x' * 250}_71_assignsubmission_file/{NOTEBOOK}", "cannot be the name of a folder"),
        (f"a\x1b[2Jb_71_assignsubmission_file/{NOTEBOOK}", "cannot be the name of a folder"),
    ],
)
def test_a_hostile_member_is_refused_and_its_neighbour_collected(course, capsys, member, words):
    before = {path for path in course.path.parent.rglob("*") if "submitted" not in path.parts}
    path = archive(course, (member, "eve"), (f"turingalan_12_502_{NOTEBOOK}", "alan"))
    code, table, _ = run(capsys, path)
    assert (code, words in table, "\x1b" in table) == (1, True, False)
    assert "1 of 2 files collected." in table
    assert submitted(course) == {f"12/{PS}/{NOTEBOOK}": "alan"}
    after = {path for path in course.path.parent.rglob("*") if "submitted" not in path.parts}
    assert after - before <= {path}


def test_what_unpacks_to_too_much_is_refused(course, capsys, monkeypatch):
    monkeypatch.setattr(collect, "FILE_BYTES", 1000)
    monkeypatch.setattr(collect, "ARCHIVE_BYTES", 2500)
    uploads = [
        (f"s_{n}_{n}_{NOTEBOOK}", "x" * size) for n, size in [(1, 100_000), (2, 1000), (3, 1000), (4, 600), (5, 400)]
    ]
    code, table, _ = run(capsys, archive(course, *uploads))
    lines = table.splitlines()
    assert code == 1
    assert [("larger than" in line, "holds more than" in line) for line in lines[:-1]] == [
        (True, False), (False, False), (False, False), (False, True), (False, False),
    ]  # fmt: skip
    assert sorted(submitted(course)) == [f"{n}/{PS}/{NOTEBOOK}" for n in (2, 3, 5)]


def content(data):
    """Return where the first file's packed content begins."""
    return 30 + struct.unpack("<H", data[26:28])[0]


def unpackable(data):
    """Make the first file's packed content begin with a kind of block that there is not."""
    return data[: content(data)] + b"\xff" + data[content(data) + 1 :]


def other_sum(data):
    """Change the first file's check sum, in both places where an archive has it."""
    return data.replace(data[14:18], b"\0\0\0\0")


def encrypted(data):
    """Set the flag that says so, in both places where an archive has it."""
    central = data.index(b"PK\x01\x02")
    return data[:6] + b"\x01" + data[7 : central + 8] + b"\x01" + data[central + 9 :]


def other_name_inside(data):
    return data.replace(CANVAS.encode(), CANVAS.replace("11", "12").encode(), 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (unpackable, "damaged"),
        (other_sum, "damaged"),
        (encrypted, "not collected: encrypted"),
        (other_name_inside, "damaged"),
    ],
)
def test_a_broken_member_is_refused_and_its_neighbour_collected(course, capsys, change, words):
    path = archive(course, (CANVAS, "ada" * 1000), (f"turingalan_12_502_{NOTEBOOK}", "alan"))
    path.write_bytes(change(path.read_bytes()))
    code, table, _ = run(capsys, path)
    assert (code, words in table) == (1, True)
    assert submitted(course) == {f"12/{PS}/{NOTEBOOK}": "alan"}


@pytest.mark.parametrize("content", [None, b"", b"PK not really", b"<html>log in first</html>"])
def test_what_is_no_archive_is_refused_in_one_sentence(course, capsys, content):
    path = course.path / "all.zip"
    if content is not None:
        path.write_bytes(content)
    code, table, complaint = run(capsys, path)
    assert (code, table, complaint.count("\n")) == (1, "", 1)
    assert ("there is no" if content is None else "all.zip cannot be read as a zip file") in complaint


def test_an_empty_archive_is_said_to_be_empty(course, capsys):
    path = course.path / "all.zip"
    path.write_bytes(empty_zip())
    assert run(capsys, path) == (0, "The archive holds no files.\n", "")


def empty_zip():
    with io.BytesIO() as file:
        zipfile.ZipFile(file, "w").close()
        return file.getvalue()


def test_a_file_without_a_time_is_collected_without_one(course, capsys):
    info = zipfile.ZipInfo(CANVAS)
    path = archive(course, (info, "ada"))
    data = path.read_bytes()
    stamp = struct.pack("<HH", 0, 33)  # 1 January 1980
    path.write_bytes(data.replace(stamp, b"\0\0\0\0"))
    assert run(capsys, path)[0] == 0
    assert not (course.path / "submitted" / "11" / PS / "timestamp.txt").exists()
    assert submitted(course) == {f"11/{PS}/{NOTEBOOK}": "ada"}


def test_names_that_the_instructor_gave_are_left_alone(course, capsys):
    with Gradebook(f"sqlite:///{course.path}/gradebook.db") as gradebook:
        gradebook.add_student("11", first_name="Augusta", last_name="King")
    run(capsys, archive(course, (CANVAS, "ada")))
    assert students(course)["11"] == ("Augusta", "King", None, "11")


def test_a_gradebook_that_cannot_be_written_is_said_in_one_sentence(course, capsys):
    (course.path / "gradebook.db").write_text("no database")
    code, _, complaint = run(capsys, archive(course, (CANVAS, "ada")))
    assert (code, complaint.count("\n")) == (1, 1)
    assert "not the names" in complaint
    assert submitted(course) == {f"11/{PS}/{NOTEBOOK}": "ada"}


def test_outside_a_course_nothing_is_written(course, capsys, tmp_path, monkeypatch):
    path = archive(course, (CANVAS, "ada"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    code, _, complaint = run(capsys, path)
    assert (code, "go to the one that holds nbgrader_config.py" in complaint) == (1, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []
