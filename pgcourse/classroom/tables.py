"""A table of a TOML file, made into a dataclass: what a person mistypes gets one sentence."""

import difflib
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

TYPES = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list[str]: "a list of texts in quotes",
    dict: "a table, with this name in brackets on a line of its own",
}
Table = TypeVar("Table")


def fill(kind: type[Table], values: Mapping[str, Any], where: str) -> Table:
    """Make a dataclass of what a TOML reader found in a table.

    Parameters
    ----------
    kind
        A dataclass whose fields are of `TYPES`.
    values
        The table; a field that it leaves out has its default.
    where
        The file and the table, for the message.

    Raises
    ------
    ValueError
        A sentence, for a key that is not a field or a value of another type.
    """
    types = typing.get_type_hints(kind)
    for key, value in values.items():
        check(f"{where} {key}", key, value, types)
    return kind(**values)


def check(name: str, key: str, value: Any, types: Mapping[str, Any]) -> None:
    """Check a key of a table and its value.

    Parameters
    ----------
    name : str
        The key's name in the message, with the file and the table.
    key, value
    types : dict of str to type
        Of the known keys.

    Raises
    ------
    ValueError
        If the key is not known, or its value is of another type.
    """
    if key not in types:
        near = difflib.get_close_matches(key, types, n=1)
        raise ValueError(f"{name} is not known: {f'did you mean {near[0]}?' if near else _known(types)}")
    if not _fits(value, types[key]):
        raise ValueError(f"{name} is {value!r}: write {TYPES[types[key]]}.")


def _known(types: Mapping[str, Any]) -> str:
    return f"the keys are {', '.join(types)}."


def _fits(value: Any, wanted: Any) -> bool:
    if wanted == list[str]:
        return isinstance(value, list) and all(isinstance(part, str) and part for part in value)
    if isinstance(value, bool):  # which Python takes for a number
        return wanted is bool
    return isinstance(value, (int, float) if wanted is float else wanted)
