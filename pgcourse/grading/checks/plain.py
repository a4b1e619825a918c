"""Plain data: what a checker and a student's kernel may hand each other, and how it is written as JSON and bytes.

A value is written if its type is exactly one that has a form: a subclass may lie about itself, and is not silently
taken for what it is a subclass of. It is rebuilt from its parts by this list alone, never from a pickle.
"""

import builtins
import collections
import datetime
import decimal
import fractions
import itertools
import keyword
import random
import re
import types
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np

from pgcourse.grading.checks import arrays, tables

NOTHING: Mapping[int, Any] = types.MappingProxyType({})

BITS = 2**20
"""Binary digits that a whole number may have."""

SIZE = 2**25
"""Parts, characters and bytes that a value may have, those of an object at several places counted at each of them."""


def encode(value: Any, refer: Callable[[Any], Any], known: Mapping[int, Any] = NOTHING) -> Any:
    """Return a value as what JSON and bytes can hold.

    Parameters
    ----------
    refer
        Returns a reference to what is not plain data.
    known
        References to data that the other side has, by their `id`.
    """
    return _encoded(value, refer, known, {})


def _encoded(value, refer, known, seen):
    """Return a value's form; `seen` numbers the objects that can be changed, and keeps them so that no `id` recurs."""
    kind = type(value)
    if value is None or kind in (bool, float, str, bytes):
        return value
    if id(value) in known:
        return known[id(value)]
    if kind is int and value.bit_length() < 10_000:
        return value
    if id(value) in seen:
        return {"same": seen[id(value)][1]}
    form: Any
    if kind is list:
        form = [_encoded(part, refer, known, seen) for part in value]
    elif tag := _tag(value, kind):
        form = {tag: [_encoded(part, refer, known, seen) for part in FORMS[tag][0](value)]}
    else:
        return refer(value)
    if is_mutable(value):
        seen[id(value)] = value, len(seen)
    return form


def decode(value: Any, resolve: Callable[[str, Any], Any]) -> Any:
    """Return what `encode` was given; `resolve` returns what a reference, its tag and content, refers to.

    An object that is at two places is one here too. Raises whatever Python raises for data of another form.
    """
    return _decoded(value, resolve, [], [0])


def _decoded(value, resolve, seen, total):
    """Return the value of a form; `seen` has what can be changed and its size, `total` the size so far."""
    before = total[0]
    total[0] += len(value) if isinstance(value, (str, bytes)) else 1
    made: Any
    if isinstance(value, list):
        made = [_decoded(part, resolve, seen, total) for part in value]
    elif not isinstance(value, dict):
        return value
    else:
        ((tag, content),) = value.items()
        if tag == "same":
            made, size = seen[expect(content, int)]
            total[0] += size
            if total[0] > SIZE:
                raise ValueError("too large")
            return made
        if tag not in FORMS:
            return resolve(tag, content)
        made = FORMS[tag][1](*[_decoded(part, resolve, seen, total) for part in content])
    if is_mutable(made):
        seen.append((made, total[0] - before))
    return made


def _tag(value, kind):
    """Return the name of a value's form; None if it has none."""
    if kind is int:
        return "integer" if value.bit_length() <= BITS else None
    if issubclass(kind, type):
        return "type" if _name_of(value) else None
    if issubclass(kind, tuple) and kind is not tuple:
        return "named tuple" if _is_named_tuple(kind) else None
    if kind in TAGS:
        return TAGS[kind]
    return tables.tag(value, kind) if kind.__module__.partition(".")[0] == "pandas" else arrays.tag(value, kind)


def update_in_place(old: Any, new: Any) -> None:
    """Make a mutable object equal to another of its type; raises TypeError or ValueError."""
    if type(old) is not type(new):
        raise TypeError("another type")
    if isinstance(old, np.ndarray):
        if old.shape != new.shape or old.dtype != new.dtype:
            raise ValueError("another shape or type of numbers")
        old[...] = new
    elif isinstance(old, (list, bytearray)):
        old[:] = new
    elif isinstance(old, (dict, set)):
        old.clear()
        old.update(new)
    elif isinstance(old, collections.deque):
        old.clear()
        old.extend(new)
    elif isinstance(old, random.Random):
        old.setstate(new.getstate())
    elif isinstance(old, np.random.RandomState):
        old.set_state(new.get_state())
    elif isinstance(old, np.random.Generator):
        old.bit_generator.state = new.bit_generator.state
        seeds: list[Any] = [generator.bit_generator.seed_seq for generator in (old, new)]
        seeds[0].spawn(min(max(seeds[1].n_children_spawned - seeds[0].n_children_spawned, 0), 1000))
    elif not tables.update_in_place(old, new):
        raise TypeError("this cannot be changed in place")


MUTABLE: tuple[type, ...] = (list, dict, set, bytearray, collections.deque, np.ndarray)
MUTABLE += (random.Random, np.random.RandomState, np.random.Generator)


def containers(values: Iterable[Any]) -> Iterator[Any]:
    """Yield what can be changed in place among values and inside of them, in an order that a copy has too."""
    for value in values:
        if is_mutable(value) and (type(value) is list or _tag(value, type(value))):
            yield value
        if type(value) in (list, tuple):
            yield from containers(value)
        elif type(value) is dict:
            yield from containers(value.values())


def is_mutable(value: Any) -> bool:
    """Say whether a function may change this in place."""
    return isinstance(value, MUTABLE) or type(value).__module__.partition(".")[0] == "pandas"


def expect(value: Any, *kinds: type) -> Any:
    """Return a value whose type is exactly one of these; raises TypeError for any other."""
    if type(value) not in kinds:
        raise TypeError(f"a {type(value).__name__} in the place of another type")
    return value


# iterators

_LAZY: tuple[Iterator, ...] = (map(abs, ()), filter(abs, ()), zip(), enumerate(()), reversed(()))
_MANY: tuple[Iterable, ...] = ([], (), "", b"", {}, {}.values(), {}.items(), set(), range(0))
ITERATORS = {type(made).__name__ for made in (*_LAZY, *map(iter, _MANY))}
ITERATORS |= {name for name, kind in vars(itertools).items() if isinstance(kind, type)} | {"generator"}
"""Names of the types of iterators whose values travel one by one."""


@cache
def iterator_type(kind: str) -> type:
    """Return the type of what stands for an iterator of this type, and has its name."""
    if kind not in ITERATORS:
        raise ValueError("no known iterator")
    return type(kind, (TravellingIterator,), {})


class TravellingIterator:
    """Stands for an iterator of the other side."""

    def __init__(self, values):
        self._values = values

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._values)


# numbers


def _integer(digits):
    if len(expect(digits, str)) > BITS // 4 + 4:
        raise ValueError("too long")
    return int(digits, 16)


def _fraction(numerator, denominator):
    return fractions.Fraction(expect(numerator, int), expect(denominator, int))


def _complex(real, imaginary):
    return complex(expect(real, float), expect(imaginary, float))


# containers


def _pairs(table):
    return itertools.chain.from_iterable(table.items())


def _table(*pairs):
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def _default_table(factory, *pairs):
    if factory is not None and not callable(factory):
        raise TypeError("not a factory")
    return collections.defaultdict(factory, _table(*pairs))


def _queue(length, *parts):
    return collections.deque(parts, expect(length, int, type(None)))


def _is_named_tuple(kind):
    """Say whether a type is a tuple with names and nothing else, such as collections.namedtuple makes."""
    fields = getattr(kind, "_fields", None)
    if kind.__bases__ != (tuple,) or type(fields) is not tuple or not all(type(name) is str for name in fields):
        return False
    usual = {*vars(collections.namedtuple("_Usual", fields, rename=True)), "__annotations__", "__orig_bases__"}
    return vars(kind).keys() <= usual | {"__static_attributes__", "__firstlineno__", "__annotate__", *fields}


def _named_tuple(name, fields, *values):
    if not all(map(is_name, [name, *fields])) or len(fields) != len(values) or len(fields) > 100:
        raise ValueError("not a tuple with names")
    return _named_tuple_type(name, tuple(fields))(*values)


@lru_cache(maxsize=256)
def _named_tuple_type(name, fields):
    return collections.namedtuple(name, fields)


def is_name(name: Any) -> bool:
    """Say whether this is a name that something in Python may have, of at most 60 characters."""
    return type(name) is str and len(name) < 60 and name.isidentifier() and not keyword.iskeyword(name)


# times


def _time(*numbers_and_zone):
    *numbers, zone, fold = numbers_and_zone
    return datetime.time(*numbers).replace(tzinfo=zone, fold=fold)


def _moment(*parts):
    return datetime.datetime.combine(datetime.date(*parts[:3]), _time(*parts[3:]))


def _offset(difference, name):
    usual = datetime.timezone(difference)
    return usual if usual.tzname(None) == name else datetime.timezone(difference, name)


def _zone(key):
    if not re.fullmatch(r"[A-Za-z0-9_+-]{1,30}(/[A-Za-z0-9_+-]{1,30}){0,2}", key):
        raise ValueError("no name of a zone")
    return zoneinfo.ZoneInfo(key)


# types

NAMED = {kind.__name__: kind for kind in vars(builtins).values() if isinstance(kind, type)}
NAMED = {
    name: kind
    for name, kind in NAMED.items()
    if issubclass(kind, (Exception, int, float, complex, str, bytes, list, tuple, dict, set, frozenset))
}
NAMED |= {"object": object, "NoneType": type(None), "range": range}
NAMED |= {f"numpy.{kind.__name__}": kind for kind in {*np.sctypeDict.values(), np.ndarray}}


def _name_of(kind):
    name = getattr(kind, "__name__", "")
    return next((full for full in (name, f"numpy.{name}") if NAMED.get(full) is kind), None)


FORMS: dict[str, tuple[Callable, Callable]] = {
    "integer": (lambda value: [hex(value)], _integer),
    "complex": (lambda value: [value.real, value.imag], _complex),
    "fraction": (lambda value: [value.numerator, value.denominator], _fraction),
    "decimal": (lambda value: [str(value)], lambda digits: decimal.Decimal(expect(digits, str))),
    "tuple": (list, lambda *parts: parts),
    "set": (list, lambda *parts: set(parts)),
    "frozenset": (list, lambda *parts: frozenset(parts)),
    "dict": (lambda table: [*_pairs(table)], _table),
    "ordered dict": (lambda table: [*_pairs(table)], lambda *pairs: collections.OrderedDict(_table(*pairs))),
    "counter": (lambda table: [*_pairs(table)], lambda *pairs: collections.Counter(_table(*pairs))),
    "default dict": (lambda table: [table.default_factory, *_pairs(table)], _default_table),
    "deque": (lambda queue: [queue.maxlen, *queue], _queue),
    "named tuple": (lambda value: [type(value).__name__, list(value._fields), *value], _named_tuple),
    "bytearray": (lambda value: [bytes(value)], lambda data: bytearray(expect(data, bytes))),
    "range": (lambda value: [value.start, value.stop, value.step], range),
    "slice": (lambda value: [value.start, value.stop, value.step], slice),
    "keys": (list, lambda *parts: dict.fromkeys(parts).keys()),
    "values": (list, lambda *parts: dict(enumerate(parts)).values()),
    "items": (list, lambda *parts: dict(parts).items()),
    "ellipsis": (lambda value: [], lambda: ...),
    "not implemented": (lambda value: [], lambda: NotImplemented),
    "date": (lambda day: [day.year, day.month, day.day], datetime.date),
    "time": (lambda t: [t.hour, t.minute, t.second, t.microsecond, t.tzinfo, t.fold], _time),
    "moment": (
        lambda t: [t.year, t.month, t.day, t.hour, t.minute, t.second, t.microsecond, t.tzinfo, t.fold],
        _moment,
    ),
    "duration": (lambda value: [value.days, value.seconds, value.microseconds], datetime.timedelta),
    "offset": (lambda zone: [zone.utcoffset(None), zone.tzname(None)], _offset),
    "zone": (lambda zone: [zone.key], _zone),
    "type": (lambda kind: [_name_of(kind)], lambda name: NAMED[name]),
    **arrays.FORMS,
    **tables.FORMS,
}
TAGS: dict[type, str] = {
    complex: "complex",
    fractions.Fraction: "fraction",
    decimal.Decimal: "decimal",
    tuple: "tuple",
    set: "set",
    frozenset: "frozenset",
    dict: "dict",
    collections.OrderedDict: "ordered dict",
    collections.Counter: "counter",
    collections.defaultdict: "default dict",
    collections.deque: "deque",
    bytearray: "bytearray",
    range: "range",
    slice: "slice",
    type({}.keys()): "keys",
    type({}.values()): "values",
    type({}.items()): "items",
    types.EllipsisType: "ellipsis",
    types.NotImplementedType: "not implemented",
    datetime.date: "date",
    datetime.time: "time",
    datetime.datetime: "moment",
    datetime.timedelta: "duration",
    datetime.timezone: "offset",
    zoneinfo.ZoneInfo: "zone",
}
NAMED |= {
    kind.__name__: kind for kind in TAGS if kind.__module__ in ("collections", "fractions", "decimal", "datetime")
}
