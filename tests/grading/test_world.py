"""The instructor's world in the checker, and what travels between it and a student's process.

Each table is graded in one notebook, without a sandbox: it is not what is tested here.
"""

import datetime
import decimal
import fractions
import random
import socket
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple

import nbformat
import numpy as np
import pytest

from pgcourse.grading.batch.source import InstructorVersion
from pgcourse.grading.checks import plain, protocol, randomness
from tests.grading.test_split import ENOUGH, Graded, preprocessor

pytestmark = pytest.mark.slow


def graded(folder, cells):
    """Grade a notebook of cells (kind, source, ...); a kind is plain, locked, answer, check or student.

    A plain, locked or answer cell has the instructor's source, then that of the submission if it is another one; an
    answer also what was handed out, last.
    """
    notebook, version = nbformat.v4.new_notebook(), InstructorVersion()
    for number, (kind, source, *other) in enumerate(cells):
        cell = nbformat.v4.new_code_cell(other[0] if other else source, metadata={"seconds": ENOUGH})
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
    ("locked", "from fractions import Fraction\nLIMIT = 5\nclass Box:\n    side = 2", "LIMIT = SIZE = 0"),
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


Pair = namedtuple("Pair", "a b")
ZONE = datetime.timezone(datetime.timedelta(hours=2))
VALUES = [
    [None, True, 1, -(2**12000), 1.5, "né", b"x", bytearray(b"y"), 1 + 2j, ..., NotImplemented],
    [(1, [2]), {1, 2}, frozenset({3}), {"a": {1: 2}}, deque([1, 2], 3), range(1, 9, 2), slice(1, None)],
    [OrderedDict(b=1, a=2), Counter("hello"), defaultdict(list, a=[1]), defaultdict(int, {"b": 2}), Pair(1, 2.5)],
    [fractions.Fraction(1, 3), decimal.Decimal("0.10"), decimal.Decimal("NaN"), int, ValueError, np.float32, Counter],
    [datetime.date(2024, 2, 29), datetime.time(1, 2, fold=1), datetime.timedelta(1, 2, 3), ZONE, datetime.UTC],
    [
        datetime.datetime(2024, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001
        datetime.datetime(2024, 1, 2, tzinfo=ZONE),
    ],
    [np.float64(0.1), np.float32(2), np.int8(3), np.bool_(True), np.str_("x"), np.datetime64("2024-01-01", "D")],
    [np.arange(6).reshape(2, 3).T, np.zeros((0, 3)), np.array(2.0), np.array([True]), np.array(["a", "bcd"])],
    [
        np.array([1, "a", None], object),
        np.array([[b"a"]]),
        np.array(["2024-01-01"], "M8[s]"),
        np.array([[1, 2]]).view(np.matrix),
    ],
    [np.ma.array([1.0, 2.0], mask=[0, 1], fill_value=-1), np.ma.masked, np.dtype("f4"), np.array([], object)],
    [random.Random(3), np.random.RandomState(4), {1: 2}.keys(), {1: [2]}.values(), {1: 2}.items()],
]


def sent(value):
    """Send a value over a connection; return what arrives."""
    content = plain.encode(value, refused)
    here, there = map(protocol.Channel, socket.socketpair())
    here.send(content)
    received = there.receive()
    here.close(), there.close()
    return plain.decode(received, None)


def refused(value):
    raise TypeError(f"a {type(value).__name__} does not travel")


def shown(value):
    """Say all that distinguishes a value: its type, its text, and its entries or its state."""
    more = value.tolist() if isinstance(value, (np.ndarray, np.generic)) else ""
    more = (more, value.dtype, value.shape) if isinstance(value, (np.ndarray, np.generic)) else more
    state = value.getstate() if isinstance(value, random.Random) else ""
    state = str(value.get_state()) if isinstance(value, np.random.RandomState) else state
    return type(value).__name__, "" if state else repr(value), more, state


@pytest.mark.parametrize("values", VALUES, ids=lambda values: type(values[0]).__name__)
def test_values_arrive_as_what_they_are(values):
    for value in values:
        assert shown(sent(value)) == shown(value)
        assert type(sent(value)) is type(value) or isinstance(value, Pair)
    assert [shown(value) for value in sent(values)] == [shown(value) for value in values]


class Text(str):
    __slots__ = ()


class Grid(np.ndarray):
    pass


class Table(dict):
    pass


class Named(namedtuple("Base", "a")):
    pass


@pytest.mark.parametrize(
    "value",
    [Text("a"), np.zeros(2).view(Grid), Table(), Named(1), 2 ** (2**21), np.zeros(1, "i,i")],
    ids=lambda value: type(value).__name__,
)
def test_what_only_resembles_plain_data_does_not_travel_as_it(value):
    with pytest.raises(TypeError, match="does not travel"):
        sent([value])


@pytest.mark.parametrize(
    "content",
    [
        {"integer": ["0x" + "f" * 10**6]},
        {"integer": [7]},
        {"complex": ["1"]},
        {"fraction": [1, 0]},
        {"named tuple": ["a b", ["x"], 1]},
        {"named tuple": ["P", ["class"], 1]},
        {"named tuple": ["P", ["x", "y"], 1]},
        {"dict": [1]},
        {"dict": [[], 1]},
        {"default dict": [3]},
        {"deque": ["long"]},
        {"zone": ["../../etc/passwd"]},
        {"type": ["eval"]},
        {"type": ["type"]},
        {"dtype": ["O"]},
        {"dtype": ["i4,i4"]},
        {"array": ["O", [1], b"12345678"]},
        {"array": ["<f8", [2], b"12345678"]},
        {"array": ["<f8", [-1], b"12345678"]},
        {"array": ["<U1", [1], b"\xff\xff\xff\xff"]},
        {"objects": [[10**12]]},
        {"objects": [[-1, -1], 1]},
        {"masked": [1, 2, 3]},
        {"random": [{"tuple": [3, {"tuple": [9999] * 625}, None]}]},
        {"random state": [{"dict": ["bit_generator", "MT19937", "state", {"dict": ["pos", 10**6]}]}]},
        {"frame": [[], [], 3]},
        {"series": [None, None, "interval", {"array": ["<f8", [1], b"12345678"]}]},
        {"keys": [[]]},
        {"moment": [2024, 1, 2, 3, 4, 5, 6, "UTC", 0]},
        {"pickle": [b"cos\nsystem\n(S'true'\ntR."]},
        {"bytes": 1, "more": 2},
    ],
    ids=lambda content: next(iter(content)),
)
def test_forged_values_are_refused(content):
    with pytest.raises(protocol.ProtocolError):
        protocol.Peer(None).decode(content)


def test_random_state_of_a_student_is_believed_only_if_drawing_leads_there():
    key, position, normal = before = randomness.changed({}, randomness.snapshot())["numpy"]
    generator = np.random.RandomState()
    for draws in (0, 1, 700, 100_000):
        generator.set_state(("MT19937", np.frombuffer(key, np.uint32), position, 0, 0.0))
        generator.bytes(4 * draws)
        _, words, now, *_ = generator.get_state()
        after = words.tobytes(), int(now), None
        assert randomness.leads_to(before, after)
        assert not draws or not randomness.leads_to(after, before)
    for forged in (bytes(2496), key[4:] + key[:4], key[:-4] + bytes(4)):
        assert not randomness.leads_to(before, (forged, position, normal))
    for odd in (float("nan"), 1e9):
        assert not randomness.leads_to(before, (key, position, odd))
    assert not randomness.leads_to(before, (key, 10**6, None))
