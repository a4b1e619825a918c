"""A zoo of mangled notebooks: each is mended where that is safe, and nothing the student wrote is lost."""

import ast
import copy
import json
from pathlib import Path

import nbformat
import pytest

from pgcourse.grading.intake import repair
from pgcourse.grading.intake.read import read_notebook
from pgcourse.tools import check, cli
from tests.support.course import tasks_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NAME = "ps4_left_right"
RELEASE = nbformat.read(ROOT / "assignments" / NAME / f"{NAME}.ipynb", 4)
WORK = {
    "clamp-policy": (
        "def clamp_policy(theta):\n"
        "    left = min(max(theta, 0), 1)  # my own words\n"
        "    return np.array([left, 1 - left])"
    ),
    "clamp-score": "def clamp_score(theta, action):\n    return 1.0  # a guess",
    "boundaries": "It stops for good, I think.",
}
WRONG_WAY = tuple(f"wrong-way-{part}" for part in ("probability", "example", "region"))
UNWRITTEN = ("gradient-sample", "numbers", "gradient-variance", *WRONG_WAY)


def worked():
    """Return the release with a student's work in it."""
    notebook = copy.deepcopy(RELEASE)
    for name, source in WORK.items():
        cell(notebook, name).source = source
    return notebook


def index(notebook, name):
    return next(i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def cell(notebook, name):
    return notebook.cells[index(notebook, name)]


def delete_check(notebook):
    del notebook.cells[index(notebook, "check-clamp-policy")]


def delete_every_check(notebook):
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("locked")]


def delete_solution(notebook):
    del notebook.cells[index(notebook, "numbers")]


def duplicate_solution_by_copying(notebook):
    notebook.cells.insert(index(notebook, "clamp-policy"), copy.deepcopy(cell(RELEASE, "clamp-policy")))


def duplicate_with_an_older_attempt(notebook):
    older = copy.deepcopy(cell(notebook, "clamp-policy"))
    older.source = "def clamp_policy(theta):\n    return theta  # first attempt"
    notebook.cells.insert(index(notebook, "clamp-policy"), older)


def duplicate_check(notebook):
    notebook.cells.append(copy.deepcopy(cell(notebook, "check-clamp-score")))


def split_solution(notebook):
    first = cell(notebook, "clamp-policy")
    second = copy.deepcopy(first)
    first.source, second.source = "# a helper\ndef inside(x):\n    return min(max(x, 0), 1)", first.source
    notebook.cells.insert(index(notebook, "clamp-policy") + 1, second)


def code_turned_into_markdown(notebook):
    mangled = cell(notebook, "clamp-policy")
    mangled.cell_type = "markdown"
    del mangled["outputs"], mangled["execution_count"]


def answer_turned_into_code(notebook):
    mangled = cell(notebook, "boundaries")
    mangled.cell_type, mangled.outputs, mangled.execution_count = "code", [], None


def renamed_grade_id(notebook):
    cell(notebook, "clamp-policy").metadata.nbgrader.grade_id = "my-policy"


def invented_grade_id(notebook):
    extra = nbformat.v4.new_code_cell("free_points = 100")
    extra.metadata["nbgrader"] = cell(RELEASE, "check-clamp-policy").metadata.nbgrader | {
        "grade_id": "bonus",
        "points": 99,
    }
    notebook.cells.append(nbformat.from_dict(extra))


def edited_points(notebook):
    cell(notebook, "check-clamp-score").metadata.nbgrader.points = 300


def unlocked_and_edited_check(notebook):
    cell(notebook, "check-clamp-score").metadata.nbgrader.locked = False
    cell(notebook, "check-clamp-score").source = "pass"


def all_metadata_lost(notebook):
    notebook.metadata = nbformat.from_dict({})
    for each in notebook.cells:
        each.metadata = nbformat.from_dict({})


def all_metadata_and_ids_lost(notebook):
    all_metadata_lost(notebook)
    for number, each in enumerate(notebook.cells):
        each.id = f"lost-{number}"


def leftover_stub(notebook):
    target = cell(notebook, "clamp-policy")
    stub = next(line for line in cell(RELEASE, "clamp-policy").source.splitlines() if "NotImplementedError" in line)
    target.source = target.source.replace("    left =", f"{stub}\n    left =", 1)


def wrong_kernel(notebook):
    notebook.metadata["kernelspec"] = {"name": "my-conda-env", "display_name": "Mine"}


def metadata_of_the_wrong_type(notebook):
    cell(notebook, "clamp-policy").metadata["nbgrader"] = "graded"


def doubled_cell_ids(notebook):
    notebook.cells[1].id = notebook.cells[0].id


def reordered(notebook):
    notebook.cells.reverse()


def shuffled_with_the_checks_first(notebook):
    notebook.cells.sort(key=lambda each: not each.metadata.get("nbgrader", {}).get("locked"))


def grade_id_of_the_wrong_type(notebook):
    cell(notebook, "check-clamp-policy").metadata.nbgrader.grade_id = ["check-clamp-policy"]


ZOO = [
    *(
        delete_check,
        delete_every_check,
        delete_solution,
        duplicate_solution_by_copying,
        duplicate_with_an_older_attempt,
    ),
    *(duplicate_check, split_solution, code_turned_into_markdown, answer_turned_into_code, renamed_grade_id),
    *(invented_grade_id, edited_points, unlocked_and_edited_check, all_metadata_lost, all_metadata_and_ids_lost),
    *(leftover_stub, wrong_kernel, metadata_of_the_wrong_type, doubled_cell_ids, reordered),
    *(shuffled_with_the_checks_first, grade_id_of_the_wrong_type),
]


@pytest.mark.parametrize("mangle", ZOO, ids=lambda mangle: mangle.__name__)
def test_the_zoo(mangle):
    notebook = worked()
    mangle(notebook)
    before = copy.deepcopy(notebook)
    mended, said = repair.repaired(notebook, RELEASE)
    assert notebook == before
    nbformat.validate(mended)
    assert mended.metadata.kernelspec.name == "python3"
    graded = {c.metadata.nbgrader.grade_id: c for c in mended.cells if "nbgrader" in c.metadata}
    names = [c.metadata.nbgrader.grade_id for c in mended.cells if "nbgrader" in c.metadata]
    wanted = {c.metadata.nbgrader.grade_id: c for c in RELEASE.cells if "nbgrader" in c.metadata}
    assert sorted(names) == sorted(wanted)
    for name, release in wanted.items():
        assert graded[name].metadata.nbgrader == release.metadata.nbgrader
        assert graded[name].cell_type == release.cell_type
        if release.metadata.nbgrader.locked:
            assert graded[name].source == release.source
    text = "\n".join(c.source for c in mended.cells)
    for source in (c.source for c in before.cells if c.source not in ("pass",)):
        for line in source.splitlines():
            assert line in text or "NotImplementedError" in line
    if mangle is not delete_solution:
        assert graded["clamp-policy"].source == WORK["clamp-policy"]
    if mangle is not doubled_cell_ids:
        assert said
    for sentence in said:
        assert sentence.endswith(".")
    assert repair.repaired(mended, RELEASE)[0] == mended


SCAFFOLD = "def total(xs):\n    result = 0\n    raise NotImplementedError()\n    return result"
TOOLBAR = {"grade": False, "solution": False, "locked": False, "schema_version": 3}


def scaffolded(source=SCAFFOLD):
    """Return a notebook in which a scaffold is handed out, with an entry that nbgrader's toolbar left at a text."""
    entry = {"grade_id": "total", "grade": False, "solution": True, "locked": False, "schema_version": 3}
    cells = [
        nbformat.v4.new_markdown_cell("Add.", id="text", metadata={"nbgrader": dict(TOOLBAR)}),
        nbformat.v4.new_code_cell(source, id="total", metadata={"nbgrader": entry}),
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": RELEASE.metadata.kernelspec})


def test_what_was_handed_out_is_nobodys_work_and_stays_as_it_is():
    mended, said = repair.repaired(scaffolded(), scaffolded())
    assert (cell(mended, "total").source, said) == (SCAFFOLD, [])


ANSWER = "The score is 0 there, so no step is taken."


def unanswered():
    """Return a student's work in which the written answer is as it was handed out."""
    notebook = worked()
    cell(notebook, "boundaries").source = cell(RELEASE, "boundaries").source
    return notebook


def beside(make, where):
    """Return a change that puts a new cell at a distance from the written answer."""
    return lambda notebook: notebook.cells.insert(index(notebook, "boundaries") + where, make(ANSWER))


def into(name, text):
    """Return a change that adds text to the cell at a distance from the written answer, or of a name."""

    def change(notebook):
        place = index(notebook, "boundaries") + name if isinstance(name, int) else index(notebook, name)
        notebook.cells[place].source += text

    return change


LONGER = f"My answers to the last question of this sheet: {ANSWER}"
ASTRAY = {
    "text below": beside(nbformat.v4.new_markdown_cell, 1),
    "text above": beside(nbformat.v4.new_markdown_cell, 0),
    "text above the question": beside(nbformat.v4.new_markdown_cell, -1),
    "raw text below": beside(nbformat.v4.new_raw_cell, 1),
    "text in a cell of code": beside(nbformat.v4.new_code_cell, 1),
    "a comment in a new cell": beside(lambda text: nbformat.v4.new_code_cell(f"# {text}"), 1),
    "a printed text": beside(lambda text: nbformat.v4.new_code_cell(f"print({text!r})"), 1),
    "text at the very top": lambda notebook: notebook.cells.insert(0, nbformat.v4.new_markdown_cell(LONGER)),
    "text in a cell of code at the top": lambda notebook: notebook.cells.insert(0, nbformat.v4.new_code_cell(LONGER)),
    "text at the very end": lambda notebook: notebook.cells.append(nbformat.v4.new_markdown_cell(LONGER)),
    "the question": into(-1, f"\n\n{ANSWER}"),
    "a comment in the answer above": into("wrong-way-region", f"\n# {ANSWER}"),
    "a comment in the check above": into("check-wrong-way-region", f"\n# {ANSWER}"),
}


@pytest.mark.parametrize("where", ASTRAY)
def test_a_written_answer_outside_of_its_cell_reaches_a_person(where):
    notebook = unanswered()
    ASTRAY[where](notebook)
    before = copy.deepcopy(notebook)
    mended, said = repair.repaired(notebook, RELEASE)
    assert notebook == before
    assert ANSWER in cell(mended, "boundaries").source  # not what was handed out, so nbgrader asks a person
    assert any("The cell boundaries was left as it was handed out, but text stands near it" in words for words in said)
    assert sum(ANSWER in each.source for each in mended.cells) == 2  # it stays where it is, too
    assert repair.repaired(mended, RELEASE) == (mended, [])


@pytest.mark.parametrize(
    "change",
    [
        lambda notebook: None,
        beside(lambda text: nbformat.v4.new_code_cell("# try it\nnp.arange(3)"), 1),
        beside(lambda text: nbformat.v4.new_markdown_cell(" \n"), 1),
        into("wrong-way-region", "\n# rewards = np.array([left, right, 1.0, 2.0, 3.0])\n# my own words"),
        into("clamp-policy", f"\n# {ANSWER}"),  # of another task, with others between
        lambda notebook: notebook.cells.insert(0, nbformat.v4.new_markdown_cell("Name: Ada Lovelace, 340934")),
        lambda notebook: notebook.cells.insert(0, nbformat.v4.new_code_cell(f"# {LONGER}\nimport math")),
    ],
)
def test_what_is_no_answer_asks_nobody(change):
    notebook = unanswered()
    change(notebook)
    assert repair.repaired(notebook, RELEASE) == (notebook, [])


def test_an_answer_in_its_cell_stays_as_it_is_whatever_stands_near_it():
    notebook = worked()
    notebook.cells.insert(index(notebook, "boundaries"), nbformat.v4.new_markdown_cell(ANSWER))
    assert repair.repaired(notebook, RELEASE) == (notebook, [])


@pytest.mark.parametrize(
    ("edit", "own", "kind"),
    [
        (lambda check, code: f"{code}\n\n{check}", WORK["clamp-policy"], "code"),
        (lambda check, code: f"{check}\n{code}", WORK["clamp-policy"], "code"),
        (lambda check, code: code, WORK["clamp-policy"], "code"),
        (lambda check, code: f"{check}\n{code}", "no python at all", "raw"),
        (lambda check, code: f"{check}\n    {code}", "    x = 1", "code"),
    ],
)
def test_code_in_a_check_is_kept_in_a_cell_above_it(edit, own, kind):
    notebook = worked()
    check_cell = cell(notebook, "check-clamp-policy")
    check_cell.source = edit(check_cell.source, own)
    mended, said = repair.repaired(notebook, RELEASE)
    kept = mended.cells[index(mended, "check-clamp-policy") - 1]
    assert (kept.source, kept.cell_type, "nbgrader" in kept.metadata) == (own.strip(), kind, False)
    assert cell(mended, "check-clamp-policy").source == cell(RELEASE, "check-clamp-policy").source
    assert said[-1] == "What was written into the check check-clamp-policy beside it is kept in a cell above it."
    assert repair.repaired(mended, RELEASE) == (mended, [])


@pytest.mark.parametrize(
    "edit", [lambda text: text.replace("\n", "\n\n"), lambda text: text[: text.index("\n")], lambda text: ""]
)
def test_a_check_that_holds_nothing_else_leaves_nothing(edit):
    notebook = worked()
    check_cell = cell(notebook, "check-clamp-policy")
    check_cell.source = edit(check_cell.source)
    mended, said = repair.repaired(notebook, RELEASE)
    assert (mended, len(said)) == (worked(), 1)


def test_the_stub_beside_a_students_own_line_is_removed():
    mended, said = repair.repaired(scaffolded(SCAFFOLD.replace("= 0", "= sum(xs)")), scaffolded())
    assert "NotImplementedError" not in cell(mended, "total").source
    assert len(said) == 1


def test_a_good_notebook_is_left_alone():
    notebook = worked()
    mended, said = repair.repaired(notebook, RELEASE)
    assert mended == notebook
    assert said == []
    assert repair.left_to_do(mended) == [f"The cell {name} is not written yet." for name in UNWRITTEN]


@pytest.mark.parametrize("keep_metadata", [True, False])
def test_two_answers_in_one_cell_are_one_of_them(keep_metadata):
    notebook = worked()
    both = "\n\n".join(cell(notebook, name).source for name in ("clamp-policy", "clamp-score"))
    cell(notebook, "clamp-score").source = both
    del notebook.cells[index(notebook, "clamp-policy")]
    if not keep_metadata:
        all_metadata_and_ids_lost(notebook)
    mended, _ = repair.repaired(notebook, RELEASE)
    defining = [each.source for each in mended.cells if "def clamp_" in each.source]
    assert defining == [both]
    names = sorted(each.metadata.nbgrader.grade_id for each in mended.cells if "nbgrader" in each.metadata)
    assert names == sorted(each.metadata.nbgrader.grade_id for each in RELEASE.cells if "nbgrader" in each.metadata)


@pytest.mark.parametrize("mangle", [reordered, shuffled_with_the_checks_first])
def test_shuffled_cells_are_in_the_order_handed_out(mangle):
    notebook = worked()
    notebook.cells.insert(0, nbformat.v4.new_code_cell("mine = 1"))
    mangle(notebook)
    place = next(i for i, each in enumerate(notebook.cells) if each.source == "mine = 1")
    mended, said = repair.repaired(notebook, RELEASE)
    assert "checks stood before the code" in said[-1]
    assert mended.cells.pop(place).source == "mine = 1"
    assert mended == worked()


def places(notebook):
    """Return what of the release stands where: ids of cells."""
    return [each.id for each in notebook.cells]


@pytest.mark.parametrize("own", [[], ["mine = 1"]])
def test_checks_in_another_order_change_places_and_nothing_else_moves(own):
    """At the end and in reverse order, the check of a late task would come before that of an early one."""
    notebook = worked()
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in own]
    checks = [each for each in notebook.cells if each.id.startswith("check-")]
    for each in checks:
        notebook.cells.remove(each)
    wanted = places(notebook) + [each.id for each in checks]
    notebook.cells += reversed(checks)
    mended, said = repair.repaired(notebook, RELEASE)
    assert said == ["The checks stood in another order: they are back in their original order."]
    assert places(mended) == wanted


def test_a_check_that_comes_before_its_code_when_checks_change_places_is_put_below_it():
    notebook = worked()
    late, early = (
        notebook.cells.pop(index(notebook, f"check-{name}")) for name in ("gradient-variance", "clamp-policy")
    )
    answer = notebook.cells.pop(index(notebook, "gradient-variance"))
    notebook.cells[index(notebook, "clamp-policy") : 0] = [answer, late]
    notebook.cells.append(early)
    mended, said = repair.repaired(notebook, RELEASE)
    assert "checks stood before the code" in said[-1]
    assert mended == worked()


def test_an_answer_that_stands_further_up_stays_there():
    notebook = worked()
    moved = notebook.cells.pop(index(notebook, "gradient-variance"))
    notebook.cells.insert(index(notebook, "clamp-score"), moved)
    assert repair.repaired(notebook, RELEASE) == (notebook, [])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "nbgrader_config.py").write_text('get_config().CourseDirectory.release_directory = "assignments"\n')
    (tmp_path / "assignments" / NAME).mkdir(parents=True)
    nbformat.write(RELEASE, tmp_path / "assignments" / NAME / f"{NAME}.ipynb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_keeps_a_backup(folder, capsys):
    path = folder / f"{NAME}.ipynb"
    notebook = worked()
    delete_check(notebook)
    nbformat.write(notebook, path)
    handed_in = path.read_bytes()
    assert cli.main(["repair", str(path)]) == 0
    assert "The cell check-clamp-policy was missing: it is back." in capsys.readouterr().out
    assert (folder / f"{NAME}.before-repair-1.ipynb").read_bytes() == handed_in
    mended = path.read_bytes()
    assert cli.main(["repair", str(path)]) == 0
    assert path.read_bytes() == mended
    assert not (folder / f"{NAME}.before-repair-2.ipynb").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (f"{NAME}.ipynb", "{}", "is not a notebook: it has no list of cells."),
        (f"{NAME}.ipynb", "not json", "it is not valid JSON."),
        ("homework.ipynb", None, f"was handed out: give it back the name that it had, of {NAME}.ipynb."),
    ],
)
def test_the_command_says_why_it_cannot(folder, capsys, name, content, words):
    path = folder / name
    path.write_text(nbformat.writes(worked()) if content is None else content, "utf-8")
    before = path.read_bytes()
    assert cli.main(["repair", str(path)]) == 1
    assert words in capsys.readouterr().err
    assert path.read_bytes() == before


def minor(number):
    """Return the bytes of the worked notebook as programs write it that know of no cell ids."""
    data = json.loads(nbformat.writes(worked()))
    data["nbformat_minor"] = number
    for each in data["cells"]:
        del each["id"]
    return json.dumps(data).encode()


def ended(line):
    """Return the worked notebook's bytes with other ends of lines in its cells and in the file."""
    notebook = worked()
    for each in notebook.cells:
        each.source = each.source.replace("\n", line)
    return nbformat.writes(notebook).replace("\n", line).encode()


TEXT = nbformat.writes(worked())
FORMATS = {
    **{f"format 4.{number}": minor(number) for number in range(5)},
    "format 3": nbformat.writes(nbformat.convert(worked(), 3), version=3).encode(),
    "byte order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "Windows": ended("\r\n"),
    "old Macs": ended("\r"),
    "zeros": TEXT.encode() + bytes(5000),
    "zeros of UTF-16": TEXT.encode("utf-16") + bytes(500) + b"\n\0",
}
NAMES = (f"Copy of {NAME}.ipynb", f"{NAME} (1).ipynb", f"{NAME}.ipynb.txt", f"Kopie von {NAME}_final.ipynb")


@pytest.mark.parametrize("form", FORMATS)
def test_the_commands_read_what_grading_reads(folder, capsys, monkeypatch, form):
    monkeypatch.setattr(check, "results", lambda notebook, folder: [check.Result(notebook.cells[0].source, 1, 1, "")])
    path = folder / f"{NAME}.ipynb"
    path.write_bytes(FORMATS[form])
    assert cli.main(["check", str(path)]) == 0
    assert worked().cells[0].source in capsys.readouterr().out
    assert path.read_bytes() == FORMATS[form]
    assert cli.main(["repair", str(path)]) == 0
    assert "had been edited" not in capsys.readouterr().out
    mended, said = read_notebook(path)
    assert said == []
    assert {name: cell(mended, name).source for name in WORK} == WORK
    assert [each.source for each in mended.cells] == [each.source for each in worked().cells]


@pytest.mark.parametrize("name", NAMES)
def test_the_command_knows_a_notebook_by_a_copys_name(folder, capsys, name):
    notebook = worked()
    delete_check(notebook)
    nbformat.write(notebook, folder / name)
    assert cli.main(["repair", str(folder / name)]) == 0
    assert "The cell check-clamp-policy was missing: it is back." in capsys.readouterr().out


@pytest.mark.parametrize(
    "top", ["%%time\n", "%%time\n%%capture out\n", "\n%%timeit -n 1\n", "%matplotlib inline\n!ls\n"]
)
def test_the_stub_under_a_magic_is_removed(top):
    notebook = worked()
    leftover_stub(notebook)
    own = cell(notebook, "clamp-policy")
    own.source = top + own.source
    mended, said = repair.repaired(notebook, RELEASE)
    assert cell(mended, "clamp-policy").source == (top + WORK["clamp-policy"])
    assert len(said) == 1


def test_a_magic_alone_begins_no_answer():
    notebook = worked()
    stub = cell(RELEASE, "clamp-policy").source
    cell(notebook, "clamp-policy").source = f"%%time\n{stub}"
    assert repair.repaired(notebook, RELEASE) == (notebook, [])


def test_students_mend_the_notebook_that_they_work_on(folder, capsys):
    path = folder / "assignments" / NAME / f"{NAME}.ipynb"
    assert cli.main(["repair", str(path)]) == 1
    assert "is itself what is handed out" in capsys.readouterr().err
    (folder / "assignments" / ".released").mkdir()
    nbformat.write(RELEASE, folder / "assignments" / ".released" / path.name)
    notebook = worked()
    delete_check(notebook)
    nbformat.write(notebook, path)
    assert cli.main(["repair", str(path)]) == 0
    assert "The cell check-clamp-policy was missing: it is back." in capsys.readouterr().out


def test_check_prints_the_points(folder, capsys):
    path = folder / f"{NAME}.ipynb"
    nbformat.write(worked(), path)
    before = path.read_bytes()
    assert cli.main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert "2 of 2   clamp-policy: passes the check here" in out
    assert "0 of 3   clamp-score: clamp_score(0.25, 0) " in out
    assert "- of 3   boundaries: graded by hand" in out
    assert out.strip().endswith("2 of 16 points by the checks here")
    assert path.read_bytes() == before


def test_check_prints_the_points_of_what_is_right_in_part(folder, capsys):
    half = next(known for known in tasks_of(NAME)[-1].mistakes if known.points == 1)
    path, notebook = folder / f"{NAME}.ipynb", worked()
    cell(notebook, "wrong-way-region").source = half.source("wrong_way_region")
    nbformat.write(notebook, path)
    assert cli.main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert f"1 of 2   wrong-way-region: ◐ 50% of the points. wrong_way_region: {half.sentence}" in out
    assert out.strip().endswith("3 of 16 points by the checks here")


def test_check_says_why_it_cannot(folder, capsys):
    path = folder / "empty.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    assert cli.main(["check", str(path)]) == 1
    assert "has no graded cells" in capsys.readouterr().err
    assert cli.main(["check", str(folder / "absent.ipynb")]) == 1
    assert "check its name" in capsys.readouterr().err


def test_a_huge_cell_is_not_parsed_nor_compared_line_by_line(monkeypatch):
    parsed, real = [], ast.parse
    monkeypatch.setattr(ast, "parse", lambda source, *more: parsed.append(len(source)) or real(source, *more))
    repair.repaired(worked(), RELEASE)
    assert parsed
    notebook, huge = worked(), "x = [" + "[],\n" * 300_000 + "]"
    cell(notebook, "clamp-policy").source = f'{huge}\n{repair.PLACEHOLDER}"")'
    cell(notebook, "check-clamp-policy").source = huge
    notebook.cells += [nbformat.v4.new_code_cell(huge)]
    done, _ = repair.repaired(notebook, RELEASE)
    assert max(parsed) <= 100_000
    assert sum(len(one.source) for one in done.cells) > 2.9 * len(huge)  # nothing is lost
