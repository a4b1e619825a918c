"""The instructor's world in the checker, and what a check reads of a student's process.

Each table is graded in one notebook, without a sandbox: it is not what is tested here.
"""

import nbformat
import pytest

from pgcourse.grading.batch.source import InstructorVersion, taught
from tests.grading.test_split import ENOUGH, LITTLE, Graded, preprocessor

pytestmark = pytest.mark.slow


def graded(folder, cells):
    """Grade a notebook of cells (kind, source, ...); a kind is plain, locked, answer, check, endless or student.

    A plain, locked or answer cell has the instructor's source, then that of the submission if it is another one; an
    answer also what was handed out, last.
    """
    notebook, version = nbformat.v4.new_notebook(), InstructorVersion()
    for number, (kind, source, *other) in enumerate(cells):
        seconds, kind = (LITTLE, "check") if kind == "endless" else (ENOUGH, kind)
        cell = nbformat.v4.new_code_cell(other[0] if other else source, metadata={"seconds": seconds})
        if kind in ("locked", "answer", "check"):
            name = f"cell{number}"
            entry = {"grade_id": name, "grade": kind == "check", "solution": kind == "answer", "locked": True}
            cell.metadata.nbgrader = nbformat.from_dict(entry | {"points": int(kind == "check")})
        if kind == "plain":
            version.plain.append(source)
        elif kind == "answer":
            version.answers[name] = [source, other[-1] if other else "raise NotImplementedError"]
        elif kind != "student":
            (version.checks if kind == "check" else version.locked)[name] = source
        notebook.cells.append(cell)
    resources = {"metadata": {"path": str(folder)}}
    return Graded(preprocessor().run(notebook, resources, version)[0])


WORLD = [
    ("plain", "import numpy as np\ntry:\n    import no_such_module as js\nexcept ImportError:\n    import json as js"),
    ("plain", "from math import *\nimport os.path, collections as c\nSIZE = 3\nsize = 3\n%matplotlib inline"),
    ("plain", "def same(a, b):\n    return a == b and LIMIT == 5", "same = lambda a, b: True"),
    ("locked", "from fractions import Fraction\nLIMIT = 5\nclass Box:\n    side = int(np.sqrt(4))", "LIMIT = SIZE = 0"),
    ("locked", "def near(a, b):\n    return abs(a - b) < TOLERANCE\nTOLERANCE = 1e-9", "near = lambda a, b: True"),
    ("locked", "kept = 1\n!ls\nbroken = no_such_name\nlater = 2", "broken = 3"),
    ("student", "size, np, js = 4, None, None"),
    (
        "answer",
        "import statistics as st\ndef gamma(x):\n    return 7\nkept = 8",
        "import statistics as st\ngamma = lambda x: 7",
    ),
    ("answer", "import calendar\nanswered = 1", "answered = 1"),
]
IN_THE_WORLD = {
    "module": "assert np.pi > 3 and js.loads('[1]') == [1] and os.path.sep == '/' and c.Counter('a')['a'] == 1",
    "star": "assert floor(2.5) == 2 and gamma(1) == 7",
    "only in the solution": "assert st.mean([1, 3]) == 2",
    "locked helper": "assert near(1, 1) and not near(1, 2) and LIMIT == 5 and Box().side == 2",
    "constant of a plain cell": "assert SIZE == 3 and size == 4",
    "plain helper": "assert same(1, 1) and not same(1, 2)",
    "class of a check": "class Own:\n    two = js.loads('2')\nassert Own.two == 2",
    "after what fails": "assert later == 2",
}
NOT_IN_THE_WORLD = {
    "failed in the locked cell, set by the student": "broken",
    "imported by the solution, not by the student": "calendar.isleap(2024)",
    "locked, then the answer's": "kept",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    checks = {**IN_THE_WORLD, **NOT_IN_THE_WORLD}
    result = graded(tmp_path_factory.mktemp("world"), [*WORLD, *(("check", source) for source in checks.values())])
    return dict(zip(checks, zip(result.points, result.errors, strict=True), strict=True))


@pytest.mark.parametrize("name", IN_THE_WORLD)
def test_checker_has_what_the_instructor_wrote(world, name):
    assert world[name] == (1, []), name


@pytest.mark.parametrize("name", NOT_IN_THE_WORLD)
def test_what_has_no_value_in_the_checker_is_not_the_students(world, name):
    points, (error,) = world[name]
    assert points == 0
    assert error.endswith("is not defined")


SHARED = [
    ("plain", "def doubled(x):\n    return 2 * x"),
    ("locked", "found, step, fixed = [], 1, [0]"),
]
SHARED_SOLUTION = """
for x in range(3):
    found.append(doubled(x))
def walk(x):
    return x + step + width
def last():
    return doubled(3) + fixed[0]
"""
SHARED_WRONG = "def walk(x):\n    return x + 1\ndef last():\n    return 6\nfixed[0] = 7"
OF_BOTH = {
    "a list of a locked cell's that an answer fills": "assert found == [0, 2, 4]",
    "a number of a locked cell's that a check sets": "step, width = 5, 2\nassert walk(1) == 8",
    "and sets again": "width = 0\nassert walk(1) == 6",
    "a function of an ordinary cell's that a check deletes": """
assert fixed == [0]
kept = doubled
del doubled
try:
    last()
except NameError:
    pass
else:
    raise AssertionError("doubled is not used")
finally:
    doubled = kept
assert last() == 6 == doubled(3)
""",
}


@pytest.mark.parametrize(("submitted", "points"), [(SHARED_SOLUTION, 1), (SHARED_WRONG, 0)])
def test_what_checks_and_answers_change_is_seen_on_both_sides(tmp_path, submitted, points):
    cells = [*SHARED, ("answer", SHARED_SOLUTION, submitted, ""), *(("check", source) for source in OF_BOTH.values())]
    assert dict(zip(OF_BOTH, graded(tmp_path, cells).points, strict=True)) == dict.fromkeys(OF_BOTH, points)


def test_plain_cells_and_solutions_are_read_from_the_source():
    cells = [
        ("import numpy as np", {}),
        ("x = 1", {"nbgrader": {"grade": False, "solution": False}}),  # as nbgrader's toolbar leaves it
        ("answer = 42", {"nbgrader": {"grade_id": "a", "solution": True}}),
        ("assert answer", {"nbgrader": {"grade_id": "check", "grade": True}}),
    ]
    source = nbformat.v4.new_notebook()
    source.cells = [nbformat.v4.new_code_cell(text, metadata=metadata) for text, metadata in cells]
    source.cells.append(nbformat.v4.new_markdown_cell("import this"))
    answers, plain_cells = taught(source, {"a": "answer = 0", "lost": "b = 0"})
    assert answers == {"a": ["answer = 42", "answer = 0"], "lost": ["b = 0", "b = 0"]}
    assert plain_cells == ["import numpy as np", "x = 1"]


SOLUTION = [
    ("plain", "import numpy as np, random"),
    (
        "locked",
        """
import enum
from dataclasses import dataclass
class Empty(Exception):
    pass
class Tree:
    def __init__(self, value, parent=None):
        self.value, self.parent, self.children = value, parent, []
        if parent:
            parent.children.append(self)
    def total(self):
        return self.value + sum(child.total() for child in self.children)
@dataclass
class Point:
    x: float
    y: float = 0.0
class Colour(enum.Enum):
    RED = 1
    BLUE = 2
def cube(x):
    return x**3
""",
    ),
    (
        "answer",
        """
class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)
    def __mul__(self, other):
        return Vector(self.x * other, self.y * other) if isinstance(other, int) else self.x * other.x
    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)
    def __len__(self):
        return 2
    def __getitem__(self, place):
        return (self.x, self.y)[place]
    def __repr__(self):
        return f"Vector({self.x}, {self.y})"
    def length(self):
        return (self.x**2 + self.y**2) ** 0.5
    @property
    def double(self):
        return 2 * self.x
    @classmethod
    def zero(cls):
        return cls(0, 0)
class Poor(ValueError):
    def __init__(self, balance):
        super().__init__(f"only {balance}")
        self.balance = balance
class Poorer(Poor): pass
""",
    ),
]
STUDENT = """
import collections, itertools, math, sys, warnings
def evens():
    for number in itertools.count(0, 2):
        yield number
def squares(numbers): return map(lambda number: number**2, numbers)
def echoing():
    said = yield 1
    yield said
    return "end"
def first(values): return next(values), next(values)
def drawn(): return random.random(), np.random.rand(), np.random.randn()
def greet(name):
    print("Hello,", name)
    print("bye", end="")
    return len(name)
def ask():
    name = input("Name? ")
    return name + "/" + input()
def warn(): warnings.warn("old", DeprecationWarning)
def pay(balance): raise Poor(balance) if balance else Poorer(-1)
def empty(): raise Empty("nothing there")
def singular(): return np.linalg.inv(np.zeros((2, 2)))
def split(text): return {word: text.count(word) for word in text.split()}.keys()
def shuffled(rng, items): rng.shuffle(items)
def tally(words): return collections.Counter(words)
def kind_of(value): return type(value)
def frozen():
    '''Say something.'''
frozen.calls = 3
class Node:
    def __init__(self, value, after=None): self.value, self.after = value, after
node = Node(1, Node(2))
def rest(node): return node.after
def big(): return 2**20_000
def swallow(queue, table): queue.append(4); table["a"] += 1; return len(queue)
def grown(values):
    root = Tree(values[0])
    for value in values[1:]: Tree(value, root)
    return root
def grow(tree, value): Tree(value, tree.children[0]); tree.value = 10
def mirrored(point): return Point(-point.x, point.y)
def other(colour): return Colour.BLUE if colour is Colour.RED else Colour.RED
def is_cube(function): return function is cube and function(2) == 8
"""
CALLS = {
    "endless generator": """
import itertools, types
assert isinstance(evens(), types.GeneratorType) and list(itertools.islice(evens(), 3)) == [0, 2, 4]
""",
    "iterators": """
numbers = squares([1, 2, 3])
assert type(numbers).__name__ == "map" and next(numbers) == 1 and list(numbers) == [4, 9]
talk = echoing()
assert next(talk) == 1 and talk.send([2]) == [2]
try:
    next(talk)
    assert False
except StopIteration as end:
    assert end.value == "end"
""",
    "iterators of the check's": """
values = iter([3, 4, 5])
assert first(values) == (3, 4) and next(values) == 5 and first(x for x in range(9)) == (0, 1)
again = evens()
assert first(again) == (0, 2) and next(again) == 4
""",
    "seeds": """
random.seed(1), np.random.seed(2)
wanted = drawn_here = random.random(), np.random.rand(), np.random.randn()
random.seed(1), np.random.seed(2)
assert drawn() == wanted
after = random.random(), np.random.rand(), np.random.randn()
random.seed(1), np.random.seed(2)
random.random(), np.random.rand(), np.random.randn()
assert after == (random.random(), np.random.rand(), np.random.randn())
""",
    "generators": """
same = np.random.RandomState(5), random.Random(6), np.random.default_rng(7)
for rng, twin in zip((np.random.RandomState(5), random.Random(6), np.random.default_rng(7)), same):
    items, wanted = [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]
    twin.shuffle(wanted)
    shuffled(rng, items)
    assert items == wanted and rng.random() == twin.random()
""",
    "printed": """
import io, sys
from contextlib import redirect_stdout
with redirect_stdout(io.StringIO()) as shown:
    assert greet("Ada") == 3
assert shown.getvalue() == "Hello, Ada\\nbye"
kept, sys.stdout = sys.stdout, io.StringIO()
greet("Bob")
text, sys.stdout = sys.stdout.getvalue(), kept
assert text.startswith("Hello, Bob")
from unittest import mock
with mock.patch("builtins.print") as printing:
    greet("Eve")
printing.assert_any_call("Hello,", "Eve")
""",
    "input": """
import builtins, io, sys
from unittest import mock
with mock.patch("builtins.input", side_effect=["Ada", "Bob"]) as asked:
    assert ask() == "Ada/Bob"
asked.assert_any_call("Name? ")
usual, builtins.input = builtins.input, lambda prompt="": "x"
assert ask() == "x/x"
builtins.input = usual
kept, sys.stdin = sys.stdin, io.StringIO("one\\ntwo\\nthree\\n")
assert ask() == "one/two" and sys.stdin.readline() == "three\\n"
sys.stdin = kept
""",
    "warnings": """
import warnings
with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    warn()
assert [(note.category, str(note.message)) for note in found] == [(DeprecationWarning, "old")]
""",
    "exceptions": """
def raised(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        return error
assert raised(Poor, pay, 3).balance == 3 and raised(ValueError, pay, 3).args == ("only 3",)
assert raised(Poor, pay, 0).balance == -1 and type(raised(Poorer, pay, 0)).__name__ == "Poorer"
assert issubclass(Poorer, Poor) and not issubclass(Poor, Poorer)
assert str(raised(Empty, empty)) == "nothing there"
assert raised(np.linalg.LinAlgError, singular) is not None
""",
    "objects": """
one, two = Vector(3, 4), Vector(1, 2)
assert one.x == 3 and one.length() == 5 and one.double == 6 and hasattr(one, "y") and not hasattr(one, "z")
assert isinstance(one, Vector) and not isinstance(3, Vector) and type(one).__name__ == "Vector"
assert one + two == Vector(4, 6) and one != two and two * 2 == Vector(2, 4) and one * two == 3
assert len(one) == 2 and one[1] == 4 and [*one] == [3, 4] and 4 in [*one] and one.__dict__ == {"x": 3, "y": 4}
assert repr(one) == str(one) == f"{one}" == "Vector(3, 4)" and Vector.zero().x == 0
try:
    one.z
    assert False
except AttributeError:
    pass
""",
    "objects of classes that the solution does not have": """
assert node.value == 1 and node.after.value == 2 and node.after.after is None and rest(node).value == 2
assert node == node and node != node.after and node is not None and node != None and rest(node) is node.after
assert frozen.__doc__ == "Say something." and frozen.calls == 3 and frozen.__name__ == "frozen"
""",
    "objects of the instructor's classes": """
tree = grown([1, 2, 3])
assert type(tree) is Tree and tree.total() == 6 and tree.children[0].parent is tree and len(tree.children) == 2
grow(tree, 4)
assert tree.total() == 19 and tree.children[0].children[0].parent.value == 2
assert mirrored(Point(3, 1)) == Point(-3, 1) and isinstance(mirrored(Point(0)), Point) and is_cube(cube)
assert other(Colour.RED) is Colour.BLUE and other(Colour.BLUE) == Colour.RED
""",
    "exact types": """
assert type(tally("aab")).__name__ == "Counter" and tally("aab").most_common(1) == [("a", 2)]
assert kind_of(3) is int and kind_of(np.zeros(1)) is np.ndarray and big() == 2**20_000
assert split("a b a") == {"a", "b"}
from collections import deque, defaultdict
queue, table = deque([1, 2], 2), defaultdict(int)
assert swallow(queue, table) == 2 and list(queue) == [2, 4] and queue.maxlen == 2 and table == {"a": 1}
""",
}


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    checks = [("check", source) for source in CALLS.values()]
    result = graded(tmp_path_factory.mktemp("calls"), [*SOLUTION, ("student", STUDENT), *checks])
    return dict(zip(CALLS, zip(result.points, result.errors, strict=True), strict=True))


@pytest.mark.parametrize("name", CALLS)
def test_checks_use_what_stays_in_the_students_process(calls, name):
    assert calls[name] == (1, [])


LIARS = """
import itertools, random, numpy as np
class Liar:
    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = lambda *_: True
    __ne__ = lambda *_: False
    __sub__ = __rsub__ = __add__ = __radd__ = __abs__ = __mul__ = __rmul__ = __truediv__ = lambda *_: 0.0
    __float__ = __int__ = lambda self: 6
    __bool__ = lambda self: True
    __hash__ = lambda self: 6
    __class__ = int
    equals = all = any = startswith = issubset = close = lambda *_, **__: True
    shape, dtype = (), float
    __array__ = lambda *_, **__: np.float64(6)
    __array_ufunc__ = __array_function__ = lambda *_, **__: True
class Vector(Liar):
    def __new__(cls, *_): return only
class Text(str):
    __eq__ = lambda *_: True
    __hash__ = str.__hash__
class Number(float):
    __eq__ = __le__ = lambda *_: True
    __sub__ = __rsub__ = lambda *_: 0.0
    __hash__ = float.__hash__
only = object.__new__(Vector)
class Tree:
    value = 7
    def __init__(self, held=None): self.__dict__.update(held or {})
    __eq__ = is_close = lambda *_: True
def shadowing(*_): return Tree({"value": 1, "is_close": lambda *_: True})
def empty_tree(*_): return Tree()
def lying_tree(*_): return Tree({"value": Liar()})
def endless_tree(*_):
    tree = Tree()
    for _ in range(10_000): tree = Tree({"value": tree})
    return tree
class Dictless:
    __class__ = Tree
    __dict__ = property(lambda self: {"value": 7})
Dictless.__name__ = "Tree"
def dictless(*_): return Dictless()
def liar(*_): return Liar()
def vector(*_): return only
def text(*_): return Text("x")
def number(*_): return Number(1)
class double(Liar):
    def __init__(self, *_): pass
def endless(*_): return itertools.repeat(0)
def deep(*_):
    value = []
    for _ in range(100_000): value = [value]
    return value
def cycle(*_):
    value = []
    value.append(value)
    return value
def huge(*_): return np.zeros(10**8)
def wide(*_): return "x" * 10**8
def zeros(*_):
    np.random.set_state(("MT19937", np.zeros(624, "u4"), 0, 0, 0.0))
    random.setstate((3, (0,) * 624 + (0,), None))
same = near = lambda *_: True
TARGET = LIMIT = 0
class Raising(ValueError):
    def __str__(self): return "x" * 10**7
def raising(*_): raise Raising
input = print = lambda *_: 6
"""
HOSTILE_WORLD = [
    ("plain", "import numpy as np, random, sys\ndef near(a, b):\n    return abs(a - b) < LIMIT\nLIMIT = 1e-9"),
    ("locked", "TARGET = 6\ndef same(a, b):\n    return a == b"),
    (
        "locked",
        """
class Tree:
    def __init__(self, value):
        self.value = value
    def is_close(self, other):
        return abs(self.value - other.value) < 1
    def __eq__(self, other):
        return self.value == other.value
""",
    ),
    SOLUTION[-1],
    ("student", LIARS),
]
HOSTILE = {
    **{f"{name} == 6": f"assert {name}(3) == 6" for name in ("liar", "vector", "double", "number")},
    **{f"6 == {name}": f"assert 6 == {name}(3)" for name in ("liar", "vector", "double", "number")},
    **{f"{name} near 6": f"assert abs({name}(3) - 6) < 1e-6" for name in ("liar", "vector", "double", "number")},
    **{f"{name} isclose": f"assert np.allclose({name}(3), 7)" for name in ("liar", "vector", "double", "number")},
    "made first": "one = Vector(1, 2)\nassert vector(3) == 6",
    "times": "assert (vector(3) * 2) is not None",
    "product": "assert Vector(1, 2) * Vector(3, 4) == 11 + Vector(1, 2)",
    "equals": "assert liar(3).equals(6)",
    "all": "assert (liar(3) == 6).all()",
    "startswith": "assert liar(3).startswith('x')",
    "bool": "assert liar(3)",
    "in": "assert 6 in liar(3)",
    "in a list": "assert liar(3) in [6]",
    "index": "assert [6].index(liar(3)) == 0",
    "set": "assert {liar(3)} == {6}",
    "key": "assert {6: 1}[liar(3)] == 1",
    "isinstance": "assert isinstance(liar(3), int)",
    "float": "assert float(liar(3)) == 6",
    "text": "assert text(3) == 'y'",
    "text in a dict": "assert {'y': 1}[text(3)] == 1",
    "none": "assert liar(3) == None",
    "locked helper": "assert same(liar(3), 6)",
    "locked helper and constant": "assert same(TARGET, 0)",
    "plain helper": "assert near(1, 2)",
    "plain constant": "assert near(LIMIT, 0)",
    "endless": "assert sum(endless(3)) == 0",
    **{name: f"assert {name}(3) == 6" for name in ("deep", "cycle", "huge", "wide", "raising")},
    "random": "zeros()\nassert np.random.rand() == 0",
    "seeded, then random": "np.random.seed(1)\nzeros()\nassert np.random.rand() == 0",
    "seeded, then random.random": "random.seed(1)\nzeros()\nassert random.random() == 0",
    **{
        f"{name}.is_close": f"assert {name}(3).is_close(Tree(7))"
        for name in ("shadowing", "empty_tree", "lying_tree", "endless_tree")
    },
    "lying tree equal": "assert lying_tree(3) == Tree(7)",
    "wrong tree equal": "assert Tree(8) == dictless(3)",
    "setting": "Vector.x = 6",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    checks = [("endless" if name == "endless" else "check", source) for name, source in HOSTILE.items()]
    result = graded(tmp_path_factory.mktemp("hostile"), [*HOSTILE_WORLD, *checks, ("check", "assert TARGET == 6")])
    assert result.points.pop() == 1  # the checker survives them all
    return dict(zip(HOSTILE, zip(result.points, result.errors, strict=False), strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_the_students_decides_what_is_right(hostile, name):
    points, errors = hostile[name]
    assert points == 0
    assert len(errors) == 1
