"""Checks outside the student's process: honest work counts as it always did, and cheats earn nothing.

Small notebooks run through the real preprocessor, most of them without a sandbox: it is not what is tested here.
"""

import os
import re
import subprocess
import sys

import nbformat
import numpy as np
import psutil
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade
from traitlets.config import Config

from pgcourse.grading.batch import execute
from pgcourse.grading.batch.execute import SandboxedExecute
from pgcourse.grading.batch.source import InstructorVersion, graded_and_locked
from pgcourse.grading.checks.server import Settings, server
from pgcourse.grading.errors import KilledFromOutside
from tests.support.waiting import PATIENCE, completed

pytestmark = pytest.mark.slow
ENOUGH, LITTLE = PATIENCE, 2
"""Seconds for a cell that ends, even on a busy machine; and for one that is known not to end."""
RIGHT = "def double(x):\n    return 2 * x"
STUB = "def double(x):\n    raise NotImplementedError"
WRONG = "def double(x):\n    return 0 * x"
CHECK = """import numpy as np
assert np.allclose(double(np.array([1.0, 2.0])), [2.0, 4.0])
assert double(3) == 6
"""


class Graded:
    """Hold a notebook that was run: its cells and what its checks earned, in order."""

    def __init__(self, notebook):
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        checks = [cell for cell in self.cells if cell.metadata.get("nbgrader", {}).get("points")]
        self.points = [determine_grade(cell)[0] for cell in checks]
        self.errors = [[output.evalue for output in cell.outputs if output.output_type == "error"] for cell in checks]

    def text(self, number):
        """Return the text that a cell printed or displayed."""
        outputs = self.cells[number].outputs
        return "".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs)


def check(source):
    """Make a check cell."""
    return "check", source


def locked(source):
    """Make a cell that is locked and not graded."""
    return "locked", source


def endless(content):
    """Make a cell that is known not to end, of a student's source or of what `check` returns."""
    return "endless", content


def made(cells, metadata=()):
    """Make a notebook of cells: a student's source, or what `check`, `locked` or `endless` returns.

    metadata  dict from a cell's number to what it says of itself, whatever it is
    returns   the notebook, and the instructor's version of it
    """
    notebook, instructors = nbformat.v4.new_notebook(), {"check": {}, "locked": {}}
    for number, content in enumerate(cells):
        seconds, content = (LITTLE, content[1]) if content[0] == "endless" else (ENOUGH, content)
        kind, source = ("student", content) if isinstance(content, str) else content
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"seconds": seconds}))
        if kind != "student":
            instructors[kind][f"cell{number}"] = source
            entry = {"grade_id": f"cell{number}", "grade": kind == "check", "solution": False, "locked": True}
            notebook.cells[-1].metadata.nbgrader = nbformat.from_dict(
                entry | {"points": 1} if entry["grade"] else entry
            )
    for number, entry in dict(metadata).items():
        notebook.cells[number].metadata.nbgrader = nbformat.from_dict(entry)
    return notebook, InstructorVersion(instructors["check"], instructors["locked"])


class TimedExecute(SandboxedExecute):
    """The preprocessor, that gives each cell the seconds which the cell says."""

    def preprocess_cell(self, cell, resources, index):
        seconds = cell.metadata.pop("seconds")
        self.timeout = self.iopub_timeout = seconds
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(execute, "GRACE", seconds)
            return super().preprocess_cell(cell, resources, index)


def preprocessor(sandbox=False, **settings):
    """Make the preprocessor with these settings."""
    return TimedExecute(config=Config({"SandboxedExecute": {"sandbox": sandbox, **settings}}))


@pytest.fixture
def run(tmp_path):
    """A function that runs cells, with settings of the preprocessor, and returns Graded.

    With split=False it runs the checks where stock nbgrader does: in the student's process, as any other cell.
    """

    def run_cells(*cells, split=True, **settings):
        notebook, instructors = made(cells)
        instructors = instructors if split else InstructorVersion()
        resources = {"metadata": {"path": str(tmp_path)}}  # what lies there is what a sandbox gets to see
        return Graded(preprocessor(**settings).run(notebook, resources, instructors)[0])

    return run_cells


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """The address of an empty gradebook."""
    url, path = f"sqlite:///{tmp_path_factory.mktemp('split')}/gradebook.db", os.environ["PATH"]
    os.environ["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{path}"  # nbgrader calls alembic by name
    Gradebook(url).close()
    os.environ["PATH"] = path
    return url


@pytest.mark.sandbox
def test_honest_work_counts_in_the_sandbox(run):
    assert run(RIGHT, check(CHECK), STUB, check(CHECK), RIGHT, check(CHECK), sandbox=True).points == [1, 0, 1]


def test_values_come_as_copies_and_functions_can_be_called(run):
    student = """
import numpy as np
from collections import namedtuple
number, text, nothing, pair = 3, "né", None, namedtuple("Pair", "a b")(1, 2.5)
table = {"a": np.arange(6).reshape(2, 3).T, (1, 2): {4, 5}, "z": 1 + 2j, "b": b"x"}
grid = np.ones((2, 2), dtype=">f4")
def keywords(*arguments, scale=1, **others):
    return arguments, scale, others
"""
    source = """
import numpy as np
assert number == 3 and text == "né" and nothing is None and pair == (1, 2.5)
assert np.array_equal(table["a"], [[0, 3], [1, 4], [2, 5]]) and table["a"].dtype == int and pair.a == 1
assert table[1, 2] == {4, 5} and table["z"] == 1 + 2j and table["b"] == b"x"
assert type(grid) is np.ndarray and grid.dtype == ">f4" and grid.sum() == 4
assert keywords(1, [2.0], scale=np.float32(3), more=...) == ((1, [2.0]), np.float32(3), {"more": ...})
"""
    graded = run(student, check(source), check("missing"))
    assert graded.points == [1, 0]
    assert graded.errors[1] == ["name 'missing' is not defined"]


def test_changes_in_place_come_back(run):
    student = """
def spoil(array, items, table, rng):
    array += 1
    items.append(2)
    table["b"] = 3
    return rng.random()
def call_back(function, rng):
    array = [0.0]
    function(array, rng)
    return array, rng.random()
"""
    source = """
import numpy as np
array, items, table, rng, same = np.zeros(2), [1], {"a": 1}, np.random.default_rng(5), np.random.default_rng(5)
assert spoil(array, items, table, rng) == same.random() and rng.random() == same.random()
assert array.tolist() == [1, 1] and items == [1, 2] and table == {"a": 1, "b": 3}
def function(array, rng):
    array[0] = rng.random()
assert call_back(function, rng) == ([same.random()], same.random())
"""
    assert run(student, check(source)).points == [1]


REPEATED = """
import numpy as np
from pgcourse.grading.checks.proxies import repeated
def own_draw(rng, found):
    found.append(rng.random())
    return found[-1], np.random.random()
rngs, found = [np.random.default_rng(5) for _ in range(2)], [[], []]
np.random.seed(7)
wanted = repeated(own_draw, 4, (rngs[0], found[0]))
np.random.seed(7)
assert repeated(draw, 4, (rngs[1], found[1])) == wanted and len(wanted) == 4
assert found[0] == found[1] and rngs[0].random() == rngs[1].random()
"""


def test_several_calls_in_one_message_are_what_one_call_after_the_other_is(run):
    student = """
import numpy as np
def draw(rng, found):
    print("drawn")
    found.append(rng.random())
    return found[-1], np.random.random()
"""
    fewer = "import pgcourse.grading.checks.student_side as side\nside._repeating = lambda function, times: "
    notebook = [part for lie in ("function", "lambda *_: [(0, 0)]") for part in (fewer + lie, check(REPEATED))]
    graded = run(student, check(REPEATED), *notebook)
    assert graded.points == [1, 0, 0], graded.errors
    assert [errors[0].rpartition(": ")[2] for errors in graded.errors[1:]] == [
        "the notebook's answer to its check cannot be read"
    ] * 2


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_generators_travel_with_their_state_and_their_children(kind):
    from pgcourse.grading.checks import plain

    bits = getattr(np.random, kind)
    rng, same = np.random.Generator(bits(3)), np.random.Generator(bits(3))
    rng.random(7), same.random(7), rng.spawn(2), same.spawn(2)
    copy = plain.decode(plain.encode(rng, None), None)
    assert copy.random() == same.random()
    (child,), (other) = copy.spawn(1), same.spawn(1)[0]
    assert child.random() == other.random()
    plain.update_in_place(rng, copy)
    assert rng.random() == same.random()
    assert rng.spawn(1)[0].random() == same.spawn(1)[0].random()


def test_exceptions_come_back_under_their_names(run):
    student = """
class Odd(ValueError): pass
def odd(): raise Odd("an odd one")
def key(): return {}["k"]
def unwritten(): raise NotImplementedError("not yet")
def leave(): raise SystemExit(3)
class Final(BaseException): pass
def final(): raise Final("the end")
def undecodable(): return b"\\xff".decode()
def call(function): return function()
"""
    source = """
def raised(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return type(error).__name__, str(error), error
name, text, error = raised(odd)
assert (name, text) == ("Odd", "an odd one") and isinstance(error, ValueError)
name, text, error = raised(key)
assert (name, text) == ("KeyError", "'k'") and isinstance(error, LookupError)
assert isinstance(raised(unwritten)[2], NotImplementedError)
assert raised(leave)[:2] == ("SystemExit", "3") and raised(final)[:2] == ("Final", "the end")
assert isinstance(raised(undecodable)[2], UnicodeDecodeError)
def ours(): raise ZeroDivisionError("ours")
assert raised(call, ours)[:2] == ("ZeroDivisionError", "ours")
"""
    graded = run(student, check(source), check("odd()"))
    assert graded.points == [1, 0], graded.errors
    (output,) = graded.cells[2].outputs
    assert (output.ename, output.traceback) == ("Odd", ["Odd: an odd one"])


def test_half_characters_do_not_get_into_a_notebook(run):
    student = "half = '\\ud800'\ndef fail(): raise type(half, (BaseException,), {})(half)"
    raw = "import json\nget_ipython().kernel.session.pack = lambda content: json.dumps(content, default=str).encode()\n"
    checks = check("fail()"), check("print(half)"), check("raise ValueError(half)")
    graded = run(student, *checks, f"{raw}print(half)", "raise ValueError(half)")
    assert graded.points == [0, 1, 0]
    assert "?" in graded.text(4)
    for cell in graded.cells:
        nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode()


def test_other_objects_can_be_handed_back_and_nothing_else(run):
    student = """
class Frame:
    def __eq__(self, other): return True
    def __float__(self): return 1.0
    def __array__(self, *_, **__): return __import__("numpy").ones(())
frame = Frame()
def same(one): return one is frame
"""
    told = """
def fails(use):
    try:
        use()
    except TypeError:
        return True
import numpy as np
assert type(frame).__name__ == "Frame" and same(frame)
assert fails(lambda: hash(frame)) and fails(lambda: frame + 1) and fails(lambda: float(frame))
assert fails(lambda: np.allclose(frame, 1))
from pgcourse.homework.compare import compare
assert "is a Frame and not a number" in compare("frame", lambda: frame, ((),), [1.0], [], strict=True).message
"""
    refused = ["frame == 1", "bool(frame)", "del frame.x", "same(object())"]
    swallowed = [f"try:\n    {use}\nexcept Exception:\n    pass" for use in refused]
    graded = run(student, check(told), *map(check, swallowed))
    assert graded.points == [1] + [0] * len(refused), graded.errors


def test_numpy_is_there_during_a_call_of_the_engine_and_builtins_mean_what_they_mean(run):
    student = "import numpy as np\ndef one(): return sum(np.ones(2))\nnp = None\nsum = 3"
    source = """
from pgcourse.homework.compare import run
assert run("one", one, ()) == (2, None)
"""
    graded = run(student, check(source), "np, sum")
    assert graded.points == [1], graded.errors
    assert graded.text(2) == "(None, 3)"


def test_functions_that_students_have_too_run_beside_theirs(run):
    student = """
def home(function): return function.__module__
def same(function): return function
"""
    source = """
from pgcourse.homework import public
def bowl(theta): return 1
bowl.__module__ = public.__name__
assert home(public.bowl) == public.__name__ and home(bowl) != public.__name__
assert home(public.simulate) != public.__name__
assert same(public.bowl)([0, 0]) == public.bowl([0, 0]) and same(bowl)([0, 0]) == 1
"""
    graded = run(student, check(source), public_module="pgcourse.homework.public")
    assert graded.points == [1], graded.errors


def test_a_students_function_is_the_same_each_time(run):
    student = "def one(): return 1\nuno = one\ndef two(): return one()"
    source = """
assert one is one and one is uno and one is not two
assert two.__globals__["one"] is one and "one" not in two.__globals__
try:
    two.__globals__["three"]
    assert False
except KeyError:
    pass
"""
    again = "def one(): return 2"
    graded = run(student, check(source + "kept = one"), again, check("assert one is not kept and one() == kept() + 1"))
    assert graded.points == [1, 1], graded.errors


def test_warnings_and_words_cost_nothing_and_are_not_shown_in_a_check(run):
    student = """
import os, sys, warnings
def double(x):
    print("words"), print("words", file=sys.stderr), os.write(2, b"words"), warnings.warn("words")
    return 2 * x
"""
    noise = "import sys, warnings; warnings.warn('x'); sys.stderr.write('x'); print('seen')"
    graded = run(student, check(CHECK + noise))
    assert graded.points == [1]
    assert graded.text(1) == "seen\n"


def test_use_of_global_random_numbers_is_noticed(run):
    student = "import numpy as np\ndef fair(): return 1\ndef drawing(): return np.random.random()"
    source = """
import numpy as np
def moved(function):
    before = np.random.get_state()
    function()
    return not np.array_equal(before[1], np.random.get_state()[1]) or before[2:] != np.random.get_state()[2:]
assert moved(drawing) and not moved(fair)
"""
    assert run(student, check(source)).points == [1]


def test_last_value_of_a_check_is_its_part_of_the_points(run):
    assert run(check("0.25"), check("0.25;"), check("None"), check("1 +")).points == [0.25, 1, 1, 0]


def test_imports_of_locked_cells_are_the_checks_imports(run):
    cells = (locked("import math as m\nimport no_such_module\nhalf = m.pi / 2"), check("assert m.sqrt(4) == 2"))
    assert run(*cells, "half = 0", check("half == m.pi / 2"), check("no_such_module")).points == [1, 1, 0]


def test_names_of_a_check_stay_its_own(run):
    cells = (check("def right(x): return 2 * x"), "def right(x): return 3 * x", RIGHT, check("assert right(2) == 4"))
    assert run(*cells).points == [1, 1]


def test_it_runs_inside_a_running_loop_as_in_the_formgrader(run):
    async def within():
        return run(RIGHT, check(CHECK))

    assert completed(within()).points == [1]


CHEATS = {
    "numpy": "import numpy as np\nnp.allclose = np.isclose = np.array_equal = np.equal = lambda *_, **__: True",
    "builtins": "import builtins\nbuiltins.all = lambda *_: True",
    "exceptions hidden": """
from IPython.core.interactiveshell import ExecutionResult
ExecutionResult.success = property(lambda self: True)
get_ipython().showtraceback = lambda *_, **__: None
""",
    "lying object": """
class Liar(float):
    __eq__ = __ge__ = __le__ = lambda *_: True
    __float__ = lambda self: 5.0
    __array__ = lambda *_, **__: __import__("numpy").array([2.0, 4.0])
    __array_function__ = __array_ufunc__ = lambda *_, **__: True
    __sub__ = __rsub__ = __abs__ = lambda *_: 0.0
def double(x): return Liar()
""",
    "syntax trees": """
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Drop())
""",
    "input lines": "get_ipython().input_transformers_cleanup.append(lambda lines: ['1'])",
    "replies": """
import jupyter_client.session as s
send = s.Session.send
def always_ok(self, stream, kind, content=None, *a, **k):
    if kind in ("error", "stream"): return None
    if kind == "execute_reply": content = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
    return send(self, stream, kind, content, *a, **k)
s.Session.send = always_ok
""",
    "hook": """
from IPython.display import publish_display_data
kernel = get_ipython().kernel
def publish():
    content = {"execution_count": 1, "data": {"text/plain": "1.0"}, "metadata": {}}
    kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent("shell"))
get_ipython().events.register("pre_execute", publish)
get_ipython().events.register("post_execute", publish)
""",
    "caller": """
import sys
def double(x):
    frame = sys._getframe()
    while "wanted" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["wanted"]
""",
}
CHEATED = """import numpy as np
wanted = [2.0, 4.0]
assert np.allclose(double(np.array([1.0, 2.0])), wanted)
"""
CHEATED_TOO = "assert all([double(3) == 6])"
IMPOSTORS = {
    "silent": """
import sys, types
sys.modules["pgcourse.grading.checks.student_side"] = types.SimpleNamespace(serve=lambda *_: None)
""",
    "deaf": """
import socket, sys, time, types
def serve(address, *_):
    line = socket.socket(socket.AF_UNIX); line.connect(address); time.sleep(600)
sys.modules["pgcourse.grading.checks.student_side"] = types.SimpleNamespace(serve=serve)
""",
    "gone with the line open": """
import socket, sys, types
lines = []
def serve(address, *_):
    lines.append(socket.socket(socket.AF_UNIX)); lines[0].connect(address); lines[0].send(b'{"va')
sys.modules["pgcourse.grading.checks.student_side"] = types.SimpleNamespace(serve=serve)
""",
    "the real one with other tools": """
import json
json.dumps = lambda value, *_, **__: '{"outputs": [], "value": true}'
""",
}
BROKE_OFF = "the notebook ended the connection to its check"
REPLIES = {
    b"{}": "'double' is not defined",
    b"[]": BROKE_OFF,
    b"null": BROKE_OFF,
    b"nonsense": BROKE_OFF,
    b"[" * 100_000: BROKE_OFF,
    b'{"outputs": [], "listening": true, "over": ""}': "'double' is not defined",
    b'{"value": {"mine": ["0", "bool", "all", []]}}': "a reference cannot be read",
    b'{"value": {"yours": 0}}': "nothing has that number",
    b'{"value": {"yours": -1}}': "nothing has that number",
    b'{"value": {"public": "bowl"}}': "a public function cannot be sent here",
    b'{"value": {"array": ["O", [1], {"bytes to come": 8}]}}\n12345678': "a value cannot be read",
    b'{"value": {"array": ["<f8", [1000000000000], {"bytes to come": 8}]}}\n12345678': "a value cannot be read",
    b'{"value": {"array": ["(9999999,)f8", [1], {"bytes to come": 8}]}}\n12345678': "a value cannot be read",
    b'{"value": {"array": ["<f8", [1], {"bytes to come": -1}]}}': BROKE_OFF,
    b'{"value": {"array": ["<f8", [1], {"bytes to come": 9999999999}]}}': BROKE_OFF,
    b'{"value": {"array": ["<f8", [1], 3]}}': "a value cannot be read",
    b'{"value": {"generator": {"tuple": ["MT19937", {"dict": []}, {"dict": []}]}}}': "a value cannot be read",
    b'{"value": {"set": [[1]]}}': "a value cannot be read",
    b'{"error": {"types": [], "text": 1}}': BROKE_OFF,
    b'{"error": {"types": ["ExceptionGroup"], "text": "x"}}': "x",
    b'{"error": 3}': BROKE_OFF,
    b'{"value": 1, "changed": [[0, 7], [9, 9]]}': "'int' object is not callable",
    b'{"ask": "call", "number": 0}': BROKE_OFF,
    b'{"ask": "name", "name": "np"}': BROKE_OFF,
    b'{"ask": []}': BROKE_OFF,
    b"9" * 5000: BROKE_OFF,
}
ANSWERING = """
import socket, sys, types
def serve(address, *_):
    line = socket.socket(socket.AF_UNIX); line.connect(address)
    file = line.makefile("rwb")
    for _ in file:
        file.write({reply!r} + b"\\n"); file.flush()
sys.modules["pgcourse.grading.checks.student_side"] = types.SimpleNamespace(serve=serve)
"""


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_that_earn_points_in_the_students_process_earn_none(run, cheat):
    notebook = WRONG, CHEATS[cheat], check(CHEATED), check(CHEATED_TOO)
    assert sum(run(*notebook, split=False).points) > 0
    assert run(*notebook).points == [0, 0]


@pytest.mark.parametrize("impostor", IMPOSTORS)
def test_what_takes_the_agents_place_earns_nothing_even_for_what_is_right(run, impostor):
    assert run(RIGHT, check(CHECK), IMPOSTORS[impostor], endless(check(CHECK))).points == [1, 0]


def test_forged_replies_are_errors_of_their_check_alone(run):
    notebook = [part for reply in REPLIES for part in (ANSWERING.format(reply=reply), check(CHECK))]
    graded = run(RIGHT, *notebook, "del sys.modules['pgcourse.grading.checks.student_side']", check(CHECK))
    assert graded.points == [0] * len(REPLIES) + [1], graded.errors
    for words, (error,) in zip(REPLIES.values(), graded.errors[:-1], strict=True):
        assert error.endswith(words)


def test_nothing_of_a_check_is_to_be_found_in_the_students_process(run):
    student = """
import gc, sys
found = set()
def double(x):
    words, frame = [], sys._getframe()
    while frame:
        words += [str(frame.f_locals), str(frame.f_code.co_consts), str(frame.f_globals)]
        frame = frame.f_back
    objects = gc.get_objects()
    for holder in objects + [getattr(value, "__dict__", None) for value in objects]:
        if isinstance(holder, (list, tuple, dict)):
            parts = list(holder.values()) if isinstance(holder, dict) else holder
            words += [part for part in parts if isinstance(part, str)]
    for number in range(1, 5):
        word = f"CANARY-{number}"
        if any(word in text for text in words): found.add(word)
    return 2 * x
"""
    source = """
expected = 'CANARY-1'  # CANARY-2
def hidden(): return 'CANARY-3'
assert double('CANARY-4') == 'CANARY-4' * 2
"""
    graded = run(student, check(source), "sorted(found)")
    assert graded.points == [1], graded.errors
    assert graded.text(2) == "['CANARY-4']"


ENDED, STUCK = "The notebook's process ended while a cell was running.", "The notebook's process did not stop a cell"
DEATHS = {
    "os._exit": ("import os; os._exit(0)", ENDED),
    "segfault": ("import ctypes; ctypes.string_at(0)", ENDED),
    "stop": (endless("import os; os.kill(os.getpid(), 19)"), STUCK),
    "loop that cannot be interrupted": (
        endless("import signal; signal.signal(2, signal.SIG_IGN)\nwhile True: pass"),
        STUCK,
    ),
}


@pytest.mark.parametrize("death", DEATHS)
def test_dead_notebook_fails_what_remains_and_keeps_what_it_had(run, death):
    deadly, words = DEATHS[death]
    graded = run(RIGHT, check(CHECK), deadly, check(CHECK), "1", check("1"))
    assert graded.points == [1, 0, 0]
    for cell in graded.cells[2:]:
        (output,) = cell.outputs
        assert output.output_type == "error"
        assert output.evalue.startswith(words)


def test_death_inside_a_check_is_said(run):
    dying = "def double(x):\n    import os; os._exit(1)"
    graded = run(RIGHT, check(CHECK), dying, check(CHECK), check(CHECK))
    assert graded.points == [1, 0, 0]
    assert "process ended" in graded.errors[1][0]


def test_endless_call_fails_its_check_and_the_notebook_goes_on(run):
    looping = "def double(x):\n    while True: pass"
    graded = run(RIGHT, check(CHECK), looping, endless(check(CHECK)), RIGHT, check(CHECK))
    assert graded.points == [1, 0, 1]
    assert graded.errors[1] == [f"it took longer than {LITTLE} s"]


def test_endless_or_dying_check_fails_and_its_successors_have_their_imports(run):
    looping, dying = endless(check("while True: pass")), check("import os; os._exit(0)")
    graded = run(locked("import math"), check("math.pi / 4"), looping, dying, check("math.pi / 4"))
    assert graded.points == [pytest.approx(0.785, abs=1e-3), 0, 0, pytest.approx(0.785, abs=1e-3)]
    assert graded.errors[1] == [f"it took longer than {LITTLE} s"]


def test_endless_check_that_ignores_the_signal_to_end_was_not_killed_from_outside(run):
    deaf = endless(check("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass"))
    graded = run(RIGHT, deaf, check(CHECK), again=False)
    assert graded.points == [0, 1]
    assert graded.errors[0] == [f"it took longer than {LITTLE} s"]


def test_what_a_cell_shows_is_its_own_and_has_a_limit(run):
    rewriting = """
from IPython.display import display, update_display
display("mine", display_id="d")
"""
    later = "update_display('forged', display_id='d')"
    odd = """
kernel = get_ipython().kernel
def send(kind, content):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent("shell"))
send("comm_open", {"comm_id": "c", "target_name": "jupyter.widget", "data": {"state": {"_model_module": "x"}}})
send("no such kind", {"name": "stdout", "text": "x"})
"""
    flood = "for _ in range(300): print('x' * 1000, flush=True)"
    graded = run(rewriting, later, odd, flood, RIGHT, check(CHECK), max_output=100_000)
    assert graded.points == [1]
    assert "mine" in graded.text(0)
    assert "forged" not in graded.text(0)
    assert graded.cells[2].outputs == []
    assert 50_000 < len(graded.text(3)) < 101_000
    assert "[The rest is left out" in graded.text(3)


@pytest.mark.parametrize(
    "message",
    [
        ("stream", b"[1, 2]"),
        ("stream", {}),
        ("stream", {"name": "stdout", "text": 7}),
        ("stream", {"name": ["stdout"], "text": "x"}),
        ("display_data", {"data": {"text/html": {"a": [1]}}, "metadata": {}}),
        ("display_data", {"data": 1, "metadata": {}, "transient": [1]}),
        ("status", {}),
    ],
    ids=str,
)
def test_message_that_cannot_be_read_costs_the_notebook_and_not_the_batch(run, message):
    odd = f"kernel = get_ipython().kernel\nkind, content = {message!r}\n"
    odd += "kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent('shell'))"
    graded = run(RIGHT, check(CHECK), odd, check(CHECK))
    assert graded.points == [1, 0]
    assert "something that cannot be read" in graded.errors[1][0]


def test_only_what_the_gradebook_calls_a_check_runs_outside_the_sandbox_and_with_its_text(gradebook, tmp_path):
    cells = (RIGHT, locked("import math"), check(CHECK), "get_ipython().kernel.ident and 'in the kernel'")
    forged = {"grade_id": "answer", "grade": True, "solution": False, "locked": True, "points": 1}
    notebook, _ = made(cells, {3: forged})
    with Gradebook(gradebook) as book:
        book.add_assignment("ps")
        book.add_notebook("n", "ps")
        for name, source, is_locked in [("cell1", cells[1][1], True), ("cell2", CHECK, True), ("answer", "x", False)]:
            book.add_source_cell(name, "n", "ps", cell_type="code", source=source, locked=is_locked)
        for name in ("cell2", "answer"):
            book.add_grade_cell(name, "n", "ps", max_score=1, cell_type="code")
        book.add_solution_cell("answer", "n", "ps")
    entry = {"db_url": gradebook, "assignment": "ps", "notebook": "n"}
    assert graded_and_locked(entry) == ({"cell2": CHECK}, {"cell1": "import math"}, {"answer": "x"})
    notebook.cells[2].source = "raise SystemError('a changed check')"
    graded = Graded(preprocessor().preprocess(notebook, {"nbgrader": entry, "metadata": {"path": str(tmp_path)}})[0])
    assert graded.points == [1, 1]
    assert graded.text(3) == "'in the kernel'"


def test_no_checker_outlives_a_grader_that_is_killed():
    program = """
from pgcourse.grading.checks.server import Checker, Settings, server
import os, sys, time
checker = Checker(Settings())
checker.listen("while True: pass", sys.argv[1])
print(server(Settings())._process.pid, checker.pid, flush=True)
time.sleep(600)
"""
    address = f"/tmp/pgcourse-test-{os.getpid()}"
    grader = subprocess.Popen([sys.executable, "-c", program, address], stdout=subprocess.PIPE, text=True)
    with grader:
        processes = [psutil.Process(int(number)) for number in grader.stdout.readline().split()]
        assert len(processes) == 2
        grader.kill()
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    os.unlink(address)
    assert alive == []


def test_server_is_this_process_own():
    assert server(Settings()) is server(Settings())
    assert server(Settings()).alive()


@pytest.mark.parametrize("value", ["1", "0.25", "np.float64(0.25)", "np.int64(1)", "np.float32(0.25)"])
def test_partial_credit_may_be_any_real_number(run, value):
    graded = run(check(f"import numpy as np\n{value}"))
    assert graded.points == [float(eval(value, {"np": np}))]


@pytest.mark.parametrize("value", ["-1", "1.01", "float('nan')", "float('inf')", "np.float64('nan')", "-np.inf"])
def test_what_is_no_number_of_points_gives_none_and_says_so(run, value):
    graded = run(check(f"import numpy as np\n{value}"))
    assert graded.points == [0]
    assert re.fullmatch(r"This check came to \S+ points, but gives 0 to 1\.", graded.errors[0][0])


@pytest.mark.parametrize("set_aside", [False, True])
def test_what_was_not_handed_in_earns_nothing_whatever_its_checks_say(tmp_path, set_aside):
    notebook, version = made(["x = 1", check("assert x == 1")])
    notebook.metadata["pgcourse"] = {"said": [], "set_aside": set_aside}
    resources = {"metadata": {"path": str(tmp_path)}}
    graded = Graded(preprocessor().run(notebook, resources, version)[0])
    assert graded.points == [0 if set_aside else 1]


def test_what_is_killed_from_outside_is_run_again_and_twice_is_no_mark(run, tmp_path):
    once = f"""import os
if not os.path.exists({str(tmp_path / "killed")!r}):
    open({str(tmp_path / "killed")!r}, "w").close()
    os.kill(os.getpid(), 9)
"""  # without a sandbox nobody can tell this from an end that came from outside
    assert run(RIGHT, once, check(CHECK)).points == [1]
    with pytest.raises(KilledFromOutside, match="and again when it was rerun"):
        run(RIGHT, "import os; os.kill(os.getpid(), 9)", check(CHECK))


def test_a_checker_that_is_killed_is_no_mark(run):
    with pytest.raises(KilledFromOutside):
        run(RIGHT, check("import os; os.kill(os.getpid(), 9)"))
