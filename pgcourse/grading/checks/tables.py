"""The tables of pandas, where it is installed: in parts that are plain data, and from such parts.

Columns are NumPy's numbers, text and times, categories, and pandas' own types of text, of numbers with gaps, of
intervals and of periods.
"""

import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

OWN = re.compile(
    r"string|str|boolean|U?Int(8|16|32|64)|Float(32|64)|datetime64\[(s|ms|us|ns), UTC\]|"
    r"interval\[[\w\[\]]{1,20}, (left|right|both|neither)\]|period\[[\w-]{1,10}\]"
)
"""Types of pandas' own."""

INDEXES = ("Index", "DatetimeIndex", "TimedeltaIndex", "CategoricalIndex", "IntervalIndex", "PeriodIndex")
KINDS = {"RangeIndex": "range index", "MultiIndex": "multi-index", "Timestamp": "timestamp", "Timedelta": "lapse"}
KINDS |= {"Interval": "interval", "Period": "period"}


def tag(value: Any, kind: type) -> str | None:
    """Return the name of the form in which something of pandas travels; None if it cannot."""
    pandas = sys.modules["pandas"]
    if kind is pandas.DataFrame:
        columns = [tag(value.iloc[:, place], pandas.Series) for place in range(value.shape[1])]
        return "frame" if all(columns) and tag(value.columns, type(value.columns)) else None
    if kind is pandas.Series:
        return "series" if _column_parts(value) and tag(value.index, type(value.index)) else None
    if kind in (getattr(pandas, name) for name in INDEXES):
        return "index" if _column_parts(value) else None
    if value is pandas.NA or value is pandas.NaT:
        return "missing"
    return KINDS.get(kind.__name__) if getattr(pandas, kind.__name__, None) is kind else None


def update_in_place(old: Any, new: Any) -> bool:
    """Make a table equal to another; return whether it is a table."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(old, (pandas.DataFrame, pandas.Series)):
        return False
    old._update_inplace(new)
    old.attrs = new.attrs
    return True


def _column_parts(column):
    """Return the name of a column's type, its values and all its categories, if any; None if it cannot travel."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return ["", column.to_numpy()]
    if str(dtype) == "category":
        return ["category", column.to_numpy(object), dtype.categories.to_numpy(), bool(dtype.ordered)]
    return [str(dtype), column.to_numpy(object)] if OWN.fullmatch(str(dtype)) else None


def _frame_parts(frame):
    columns = (_column_parts(frame.iloc[:, place]) for place in range(frame.shape[1]))
    return [frame.attrs, frame.columns, frame.index, *columns]


def _column(make, parts, **more):
    """Return a Series or an Index of what `_column_parts` returns."""
    import pandas

    code, values, *rest = parts
    if type(values) is not np.ndarray or values.ndim != 1 or not (code in ("", "category") or OWN.fullmatch(code)):
        raise TypeError("no column")
    dtype = pandas.CategoricalDtype(*rest) if code == "category" else code or values.dtype
    return make(values, dtype=dtype, **more)


def _series(attrs, index, name, *parts):
    import pandas

    series = _column(pandas.Series, parts, index=index, name=name)
    series.attrs = attrs
    return series


def _index(name, *parts):
    import pandas

    return _column(pandas.Index, parts, name=name)


def _frame(attrs, columns, index, *parts):
    import pandas

    series = [_column(pandas.Series, each, index=index) for each in parts]
    frame = pandas.DataFrame(dict(enumerate(series)), index=index)
    frame.columns = columns  # raises ValueError where their number is another
    frame.attrs = attrs
    return frame


def _multi_index(names, *entries):
    import pandas

    return pandas.MultiIndex.from_tuples(entries, names=names)


def _range_index(start, stop, step, name):
    import pandas

    return pandas.RangeIndex(start, stop, step, name=name)


def _timestamp(text):
    import pandas

    return pandas.Timestamp(str(text))


def _lapse(text):
    import pandas

    return pandas.Timedelta(str(text))


def _interval(left, right, closed):
    import pandas

    return pandas.Interval(left, right, str(closed))


def _period(ordinal, step):
    import pandas

    if type(ordinal) is not int or not OWN.fullmatch(f"period[{step}]"):
        raise ValueError("no period")
    return pandas.Period(ordinal=ordinal, freq=step)


def _missing(name):
    import pandas

    return {"NA": pandas.NA, "NaT": pandas.NaT}[name]


FORMS: dict[str, tuple[Callable, Callable]] = {
    "frame": (_frame_parts, _frame),
    "series": (lambda series: [series.attrs, series.index, series.name, *_column_parts(series)], _series),
    "index": (lambda index: [index.name, *_column_parts(index)], _index),
    "range index": (
        lambda index: [index.start, index.stop, index.step, index.name],
        _range_index,
    ),
    "multi-index": (lambda index: [list(index.names), *index], _multi_index),
    "timestamp": (lambda value: [value.isoformat()], _timestamp),
    "lapse": (lambda value: [value.isoformat()], _lapse),
    "interval": (lambda value: [value.left, value.right, value.closed], _interval),
    "period": (lambda value: [value.ordinal, value.freqstr], _period),
    "missing": (lambda value: [str(value).strip("<>")], _missing),
}
