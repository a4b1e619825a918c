"""What travels between a checker and a student's process arrives as exactly what it is, and nothing else is built."""

import datetime
import decimal
import fractions
import random
import socket
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest

from pgcourse.grading.checks import plain, protocol, randomness

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


def test_an_object_at_two_places_arrives_as_one():
    row, numbers = [0], np.zeros(2)
    first, second, table, other = sent([row, row, {"a": numbers, "b": numbers}, [0]])
    assert first is second
    assert table["a"] is table["b"]
    assert other == first
    assert other is not first


def test_a_list_that_would_seem_endless_does_not_arrive():
    doubled = [b"x" * 1000]
    for _ in range(40):
        doubled = [doubled, doubled]
    with pytest.raises(ValueError, match="too large"):
        sent(doubled)


@pytest.mark.parametrize("values", VALUES, ids=lambda values: type(values[0]).__name__)
def test_values_arrive_as_what_they_are(values):
    for value in values:
        assert shown(sent(value)) == shown(value)
        assert type(sent(value)) is type(value) or isinstance(value, Pair)
    assert [shown(value) for value in sent(values)] == [shown(value) for value in values]


@pytest.mark.slow
def test_tables_arrive_as_what_they_are():
    import pandas  # slow to import

    frame = pandas.DataFrame(
        {
            "a": [1, 2, 3],
            "b": ["x", None, "z"],
            "c": pandas.Categorical(["u", "v", "u"], ordered=True),
            "d": pandas.to_datetime(["2024-01-01", "2024-01-02", None]),
            "e": pandas.array([1, None, 3], "Int64"),
            ("f", 1): [1.5, float("nan"), 2],
        },
        index=pandas.Index([3, 1, 2], name="key"),
    )
    series = pandas.Series([1.0, 2.0], ["p", "q"], name="s")
    levels = pandas.DataFrame({"v": [1, 2]}, pandas.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None]))
    for table in (frame, levels, frame.groupby("c", observed=True).a.mean().to_frame(), frame[:0], pandas.DataFrame()):
        table = pandas.concat([table, table])
        pandas.testing.assert_frame_equal(sent(table), table, check_exact=True)
    for table in (series, frame.b, frame.c, series.astype("string"), pandas.Series([[1], {2}]), levels.v):
        pandas.testing.assert_series_equal(sent(table), table, check_exact=True)
    bins, days = pandas.cut(series, [0.0, 1.5, 2.0], right=False), pandas.date_range("2024", periods=2)
    for table in (
        bins,
        bins.value_counts(),
        pandas.Series(days).dt.to_period("M"),
        pandas.Series(1, days.to_period("D")),
    ):
        pandas.testing.assert_series_equal(sent(table), table, check_exact=True)
    for index in (pandas.interval_range(0, 2, closed="both"), pandas.IntervalIndex.from_breaks(days)):
        pandas.testing.assert_index_equal(sent(index), index)
    assert sent([pandas.NA, pandas.Timestamp("2024-01-01T01:02:03.5"), pandas.Timedelta("1h")])[1].minute == 2
    assert sent(pandas.NaT) is pandas.NaT
    assert sent(pandas.NA) is pandas.NA
    with pytest.raises(TypeError, match="does not travel"):
        sent(pandas.DataFrame({"a": pandas.arrays.SparseArray([0, 1])}))


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


def test_an_iterator_that_does_not_end_is_left():
    class Endless(protocol.Peer):
        def ask(self, request):
            return {"value": request["number"]}

    with pytest.raises(ValueError, match="more than 100,000 values"):
        sum(Endless(None).decode({"iterator": [7, "generator"]}))


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


@pytest.fixture
def held():
    """A Peer, and lists in a list of which the other side has the same."""
    peer, rows = protocol.Peer(None), [[0, 1.5], [{"a": None}, (2, "b")]]
    parts = list(plain.containers([rows]))
    for number, part in enumerate(parts):
        peer._share(number, part)
    for number in range(len(parts)):
        peer._shared[number][1] = peer._state(number)
    return peer, rows


def test_what_both_sides_hold_on_to_is_not_written_out_while_nothing_changes(held, monkeypatch):
    peer, _ = held
    monkeypatch.setattr(peer, "_form", None)
    assert peer.news() == {}


@pytest.mark.parametrize(
    ("change", "number", "form"),
    [
        (lambda rows: rows[0].append(3), 1, [0, 1.5, 3]),
        (lambda rows: rows[0].__setitem__(0, False), 1, [False, 1.5]),
        (lambda rows: rows[1][0].update(a=4), 3, {"dict": ["a", 4]}),
        (lambda rows: rows.reverse(), 0, [{"shared": 2}, {"shared": 1}]),
    ],
)
def test_only_what_has_changed_is_told_of(held, change, number, form):
    peer, rows = held
    change(rows)
    assert peer.news() == {"became": [[number, form]]}
    assert peer.news() == {}


def test_an_object_that_may_change_unseen_is_written_out_each_time():
    peer, value = protocol.Peer(None), [deque([1])]
    peer._share(0, value)
    peer._shared[0][1] = peer._state(0)
    value[0].append(2)
    assert peer.news() == {"became": [[0, [plain.encode(deque([1, 2]), peer.refer)]]]}
