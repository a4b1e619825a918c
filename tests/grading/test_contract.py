"""The contract of check cells is executed: what could not be graded is refused before it is handed out."""

import contextlib
import logging

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from pgcourse.grading.batch import contract
from pgcourse.grading.checks.idioms import ERRORS, LIKELY, UNKNOWN, has_classes, names_set, reason, unseen
from pgcourse.grading.configure import configure
from pgcourse.tools import check_source, cli
from pgcourse.tools.check import is_source
from tests.support.course import PROBLEM_SETS, ROOT, notebook_path
from tests.support.foreign_course import SETTINGS, answer, check

PS = "ps4_left_right"
MEAN = "def mean(x):\n    ### BEGIN SOLUTION\n    return sum(x) / len(x)\n    ### END SOLUTION\nclass Frame: pass"


def notebook(source, solution=MEAN, points=2):
    """Make a source notebook of an answer and a check."""
    cells = [
        nbformat.v4.new_code_cell("import numpy as np"),
        answer("answer", solution),
        check("check", source, points),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def saved(notebook, folder, name="means"):
    """Write a notebook into a folder; return its path."""
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def refused(notebook, folder):
    """Return the sentences that refuse a source notebook."""
    return check_source.breaches(notebook, saved(notebook, folder))[0]


@pytest.mark.sandbox
def test_a_problem_set_keeps_to_the_contract():
    """That of the others is in `tests/homework/test_kill_matrix.py`, where all solutions and releases are graded."""
    path = ROOT / "solutions" / notebook_path(PS)
    assert check_source.breaches(nbformat.read(path, as_version=4), path) == ([], [])


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("source", "points", "words"),
    [
        ("assert mean([1, 2]) == 1.5", 2, None),
        ("assert mean([1, 2]) == 1.5\n2", 2, None),
        ("assert mean([1, 2]) == 1.5", 0, None),
        ("x = 1\nassert mean([1, 2]) == x", 2, "check, line 2: the check fails (AssertionError): correct the solution"),
        ("assert mean([1, 2]) == 1", 0, "check, line 1: the check fails (AssertionError)"),
        ("mean([1, 2])", 2, "check: the check gives 1.5 of 2 points to the solution: let its last line come to 2"),
        ("assert True", 2, "check: the check gives 2 of 2 points to the release, where nothing is answered"),
        ("1", 2, "check: the check gives 1 of 2 points to the release"),
        ("-mean([1, 2])", 2, "line 1: the check ends in a number that cannot be its points (PointsError"),
        (
            "def half(x):\n    return wrong\nhalf(2)",
            2,
            "check, line 2: the check uses wrong, which nothing has defined",
        ),
        ("assert mean([1]) ==", 2, "check, line 1: the check is not Python (SyntaxError"),
        ("import no_such_module", 2, "imports no_such_module, which is not installed here"),
    ],
)
def test_the_solution_must_gain_everything_and_the_release_nothing(tmp_path, source, points, words):
    sentences = refused(notebook(source, points=points), tmp_path)
    lost = [sentence for sentence in sentences if words and words in sentence]
    assert len(lost) == (words is not None)
    assert sentences == [] or words


@pytest.mark.sandbox
def test_a_cell_that_ends_with_an_error_is_named_as_well(tmp_path):
    ended, lost = refused(notebook("assert mean([1]) == 1", solution="import no_such_module\n" + MEAN), tmp_path)
    assert ended.startswith("answer: this cell of the solution ends with ModuleNotFoundError: No module named")
    assert "uses mean, which nothing has defined" in lost


@pytest.mark.sandbox
def test_files_beside_the_source_and_long_names_do_no_harm(tmp_path):
    (tmp_path / "ruler.py").write_text("LENGTH = 1.5\n")
    source = notebook("from ruler import LENGTH\nassert mean([1, 2]) == LENGTH")
    source.cells[2].metadata.nbgrader.grade_id = "check-" + 90 * "x"
    assert refused(source, tmp_path) == []


@pytest.mark.sandbox
def test_without_a_sandbox_it_is_tried_all_the_same_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr(contract.bubblewrap, "unavailable_reason", lambda: "There is none.")
    source = notebook("assert mean([1, 2]) == 1")
    broken, said = check_source.breaches(source, saved(source, tmp_path))
    assert len(broken) == 1
    assert said == [contract.NO_SANDBOX.format("There is none.")]


def test_where_nothing_can_be_graded_the_text_is_read_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(contract.Trial, "_possible", lambda self: False)
    assert "uses inspect" in refused(notebook("import inspect"), tmp_path)[0]
    assert refused(notebook("assert mean([1, 2]) == 1"), tmp_path) == []


def test_what_nbgrader_cannot_convert_is_said_in_a_sentence(tmp_path):
    outside = notebook("assert mean([1]) == 1")
    outside.cells[0].source = "### BEGIN SOLUTION\n### END SOLUTION"
    (sentence,) = refused(outside, tmp_path)
    assert (
        "means.ipynb: nbgrader makes no assignment of it (Solution region detected in a non-solution cell" in sentence
    )
    by_template = notebook("### AUTOTEST mean([1])")
    by_template.metadata.kernelspec = {"name": "python3"}
    (sentence,) = refused(by_template, tmp_path)
    assert "No such file or directory: 'autotests.yml'" in sentence
    (tmp_path / "nbgrader_config.py").write_text(
        SETTINGS + 'get_config().SandboxedExecute.private_files = ["absent.py"]\n'
    )
    (sentence,) = refused(notebook("assert mean([1]) == 1"), tmp_path)
    assert "private_files names absent.py" in sentence


def test_sources_are_told_from_what_students_have():
    for problem_set in PROBLEM_SETS:
        for folder, expected in (("solutions", True), ("assignments", False)):
            assert is_source(nbformat.read(ROOT / folder / notebook_path(problem_set), as_version=4)) == expected
    assert is_source(notebook("assert True", solution="def mean(x): return 1"))
    assert not is_source(nbformat.v4.new_notebook())


@pytest.mark.sandbox
def test_the_command_says_it_before_anything_runs(tmp_path, capsys):
    path = saved(notebook("import inspect\nprint('ran')\nassert mean([1]) == 1"), tmp_path)
    assert cli.main(["check", str(path)]) == 1
    seen = capsys.readouterr()
    assert seen.err.startswith("pgcourse check: check, line 1: the check uses inspect")
    assert "ran" not in seen.out
    path = saved(notebook("assert mean([1]) == 1"), tmp_path)
    assert cli.main(["check", str(path)]) == 0
    seen = capsys.readouterr()
    assert seen.err == ""
    assert "2 of 2 points" in seen.out


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("source", "enabled", "made"),
    [
        ("assert mean([1, 2]) == 1.5", True, True),
        ("assert mean([1, 2]) == 2", True, False),
        ("assert mean([1, 2]) == 2", False, True),
    ],
)
def test_no_assignment_is_made_of_what_could_not_be_graded(tmp_path, caplog, source, enabled, made):
    (tmp_path / "source" / "ps").mkdir(parents=True)
    saved(notebook(source), tmp_path / "source" / "ps")
    config = Config({"KeepsContract": {"enabled": enabled}, "SaveCells": {"enabled": False}})
    configure(config)
    course = CourseDirectory(root=str(tmp_path), config=config, assignment_id="ps")
    converter = GenerateAssignment(coursedir=course, config=config, no_database=True)
    converter.log = logging.getLogger(__name__)
    with contextlib.nullcontext() if made else pytest.raises(NbGraderException):
        converter.start()
    assert (tmp_path / "release" / "ps" / "means.ipynb").exists() == made
    assert ("check, line 1: the check fails (AssertionError)" in caplog.text) == (not made)


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("%matplotlib inline\nimport inspect", 2, "uses inspect"),
        ("\nimport inspect as look", 2, "uses inspect"),
        ("from inspect import signature", 1, "uses inspect"),
        ("from IPython.display import display", 1, "uses IPython"),
        ("import doctest", 1, "uses doctest"),
        ("assert 'for' not in In[-1]", 1, "uses In,"),
        ("assert get_ipython()", 1, "uses get_ipython"),
        ("assert mean.__code__", 1, "reads __code__"),
        ("with patch('random.random'):\n    pass", 1, "replaces random.random"),
        ("with mock.patch.object(np, 'sum'):\n    pass", 1, "replaces np.sum"),
        ("builtins.sum = None", 1, "replaces builtins.sum"),
        ("setattr(builtins, 'max', None)", 1, "replaces builtins.max"),
        ("import random as r\nr.randint = lambda a, b: 4", 2, "replaces r.randint"),
        ("del np.mean", 1, "replaces np.mean"),
        ("time.sleep = wait", 1, "replaces time.sleep"),
        ("m.setattr('random.random', half)", 1, "replaces random.random"),
        ("m.setenv('KEY', 'x')", 1, "replaces KEY"),
        ("def sum(xs): raise RuntimeError", 1, "sets sum"),
        ("max = None", 1, "sets max"),
        ("def f():\n    global mean\n    del mean", 1, "deletes mean within a function"),
        ("import weakref", 1, "uses weakref"),
        ("from time import process_time", 1, "reads process_time"),
        ("t = time.process_time()", 1, "reads process_time"),
        ("assert not plt.get_fignums()", 1, "reads get_fignums"),
        ("assert plt.gca().get_title() == ''", 1, "asks for plt.gca()"),
        ("assert threading.active_count() == 1", 1, "reads active_count"),
        ("assert np.isfortran(a)", 1, "reads isfortran"),
        ("assert a.flags.writeable", 1, "asks for a.flags.writeable"),
        ("assert a.flags['C_CONTIGUOUS']", 1, "asks for a.flags['C_CONTIGUOUS']"),
        ("assert not plt.rcParams['axes.grid']", 1, "asks for plt.rcParams['axes.grid']"),
        ("assert pd.options.display.width != 80", 1, "asks for pd.options.display.width"),
        ("case.assertNotEqual(decimal.getcontext().prec, 28)", 1, "asks for decimal.getcontext()"),
        ("assert os.environ['MODE'] != 'slow'", 1, "asks for os.environ['MODE']"),
        ("assert 'KEY' not in os.environ", 1, "asks for os.environ"),
        ("assert os.getenv('KEY') is None", 1, "asks for os.getenv"),
        ("assert 'old.txt' not in os.listdir('.')", 1, "asks for os.listdir"),
        ("assert not glob.glob('*.tmp')", 1, "asks for glob.glob"),
        ("assert len(list(glob.iglob('*.tmp'))) == 0", 1, "asks for glob.iglob"),
    ],
)
def test_what_would_pass_unseen_is_named_with_its_line(source, line, words):
    (breach,) = unseen(source)
    assert breach.line == line
    assert words in breach.does
    assert breach.mend


@pytest.mark.parametrize(
    "source",
    [
        "assert mean([1, 2]) == 1.5",
        "In = 3\nassert In == 3",
        "assert mean([1]) is not None and type(mean([1])) is not int",
        "xs = [1]\nassert copied(xs) is not xs",
        "ys = copied(xs)\nassert ys is not xs",
        "x = [1]\ny = list(x)\nassert x is not y",
        "a = fresh()\nb = fresh()\nassert a is not b",
        "with patch('builtins.input', return_value='4'):\n    pass",
        "with patch('matplotlib.pyplot.show'):\n    pass",
        "assert isinstance(mean([1]), Frame) and mean.__name__ == 'mean'",
        "import sys\nsys.stdout = io.StringIO()",
        "plt.show = lambda: None",
        "time = clock()\ntime.hour = 3",
        "setattr(mean([1]), 'size', 3)",
        "sum = 0\nround_ = round",
        "plt.rcParams['axes.grid'] = True",
        "for path in glob.glob('*.csv'):\n    assert mean([1]) == len(os.listdir('.'))",
        "assert mean(os.environ['PRIVATE_FILES']) == os.environ['NBGRADER_EXECUTION']",
        "assert country.flags == 2 and mean.flags.colour",
    ],
)
def test_what_can_be_tried_is_not_refused_by_its_text(source):
    assert unseen(source) == []


NODE = "class Node:\n    def __init__(self, following=None):\n        self.following = following"
GROW = "def grow(node):\n    ### BEGIN SOLUTION\n    return Node(node)\n    ### END SOLUTION"
NOT_THE_SAME = "assert grow(head).following is not grow(head)"


@pytest.mark.sandbox
def test_an_object_that_arrives_as_a_copy_is_not_said_to_be_another(tmp_path):
    tried = notebook(f"head = None\n{NOT_THE_SAME}\nassert grow(head).following is None", solution=GROW)
    tried.cells[0].source += f"\n{NODE}"
    (sentence,) = refused(tried, tmp_path)
    assert sentence.startswith("check, line 2: the check asks whether an object is another one")


@pytest.mark.parametrize(
    "source",
    [
        "xs = [1]\nassert copied(xs) is not xs",
        "assert mean([1]) is not None",
        "assert colour() is not Colour.RED",
    ],
)
def test_what_is_known_again_may_be_said_to_be_another(source):
    enumerated = "class Colour(Enum):\n    RED = 1\nclass Odd(ValueError): pass"
    assert unseen(source, (), has_classes([enumerated])) == []


@pytest.mark.parametrize(
    "source",
    [
        "assert eval(mean) == 3",
        "exec(f'x = {mean()}')",
        "text = mean([1])\nmore = [text]\nfor each in more:\n    assert sympy.sympify(each) == 3",
        "assert all(sp.S(each) == 3 for each in mean())",
        "pickle.loads(bytes(mean()))",
        "os.system(mean() + ' x')",
    ],
)
def test_what_the_student_wrote_is_not_run_where_the_checks_are(source):
    (breach,) = unseen(source, {"mean"})
    assert breach.does.startswith("runs what the student's process returns by ")
    assert unseen(source) == []


def test_the_checks_own_text_is_run():
    for source in ("assert eval('mean([1])') == mean([1])", "for each in ['3', '4']:\n    mean([eval(each)])"):
        assert unseen(source, {"mean"}) == []


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("class Own(Frame): pass", "AttributeError: x", "inherits from Frame, which is the student's"),
        ("mean = 3", "AssertionError", "sets mean, which the answer's functions do not notice"),
        ("x = 3", "AssertionError", UNKNOWN[0]),
        ("assert mean == 3 ==", "SyntaxError: invalid syntax", "is not Python"),
        ("%x", "Other", UNKNOWN[0]),
    ],
)
def test_the_reason_of_a_failure_is_named(source, error, words):
    assert reason(source, 1, error, names_set(MEAN)).does == words


def test_every_reason_says_what_to_write_instead():
    assert all(does and mend and not mend.endswith(".") for _, does, mend in ERRORS + LIKELY)
    assert names_set("import os\na, (b, c) = 1, (2, 3)\ndef f():\n    d = 1\nclass G: e = 1") == {*"abcfG"}
    assert names_set("%magic") == set()
