"""`pgcourse visible`: write to `visible.json` what a visible check needs of each graded task, as plain data.

Arrays, tuples, generators and the named functions of `pgcourse.homework.public` and `pgcourse.homework.judges.judges`
are written as objects with one key that says what they are.
"""

import argparse
import json
import math
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from pgcourse.grading.coursefolder import course_folder
from pgcourse.homework import catalogue, generated
from pgcourse.homework.generated import add_arguments

__all__ = ["FILE", "Rng", "add_arguments", "decode", "encode", "load", "main", "same", "text"]

FILE = Path(__file__).parent / "visible.json"
FUNCTION_MODULES = ("pgcourse.homework.public", "pgcourse.homework.judges.judges")


class Rng:
    """An argument that is a new `numpy.random.Generator` of the same seed at each call."""

    def __init__(self, seed: int):
        self.seed = seed

    def fresh(self) -> np.random.Generator:
        """Return the generator."""
        return np.random.default_rng(self.seed)

    def __repr__(self) -> str:
        return f"np.random.default_rng({self.seed})"


def encode(value: Any) -> Any:
    """Return value as what JSON can hold; ValueError for what cannot be written down."""
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": str(value.dtype)}
    if isinstance(value, (float, np.floating)):
        return {"float": repr(float(value))}  # JSON itself has no NaN and no infinity
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, tuple):
        return {"tuple": [encode(part) for part in value]}
    if isinstance(value, list):
        return [encode(part) for part in value]
    if isinstance(value, dict):
        return {"dict": {key: encode(part) for key, part in value.items()}}
    if isinstance(value, Rng):
        return {"rng": value.seed}
    if getattr(value, "__module__", "") in FUNCTION_MODULES:
        return {"function": f"{value.__module__}:{value.__qualname__}"}
    raise ValueError(f"{value!r} cannot be written to {FILE.name}: name the function in pgcourse.homework.public.")


def decode(value: Any) -> Any:
    """Return what `encode` was given."""
    if isinstance(value, list):
        return [decode(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["array"], dtype=value["dtype"])
    ((kind, content),) = value.items()
    if kind == "function":
        module, name = content.split(":")
        return getattr(import_module(module), name)
    readers: dict[str, Callable[[Any], Any]] = {
        "float": float,
        "tuple": lambda parts: tuple(decode(part) for part in parts),
        "dict": lambda parts: {key: decode(part) for key, part in parts.items()},
        "rng": Rng,
    }
    return readers[kind](content)


def text(solutions: Path) -> str:
    """Return the text of visible.json for the catalogues in a folder."""
    content = {
        name: {task.name: encode(task.visible_data()) for task in catalogue.load(name, solutions).TASKS}
        for name in catalogue.problem_sets(solutions)
    }
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def same(one: str, other: str) -> bool:
    """Return whether two texts of visible.json hold the same data.

    The same sum may differ in its last digits between two processors, whose instructions add in another order.
    """
    try:
        return _same(json.loads(one), json.loads(other))
    except json.JSONDecodeError:
        return False


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        if one.keys() == other.keys() == {"float"}:
            return _same(float(one["float"]), float(other["float"]))
        return one.keys() == other.keys() and all(_same(part, other[key]) for key, part in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return one == other


def load(problem_set: str, name: str) -> dict[str, Any]:
    """Return the visible data of a task; ValueError where there is none."""
    content = _read()
    if name not in content.get(problem_set, {}):
        raise ValueError(f"there is no check for {name} of {problem_set}: run the check cell as it was handed out.")
    return decode(content[problem_set][name])


@cache
def _read() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


def main(args: argparse.Namespace) -> int:
    """Write the file in the package's source; the exit code is 1 where it is out of date or cannot be written."""
    place = Path("pgcourse", "homework", FILE.name)
    exit_code = generated.write("visible", place, text, args.check, same)
    if exit_code == 0 and FILE.read_bytes() != (course_folder() / place).read_bytes():
        print(f"The package that is installed, {FILE.parents[1]}, has another {FILE.name}: install it anew.")
    return exit_code
