"""What a frozen dataclass lacks when its fields are arrays."""

from dataclasses import fields
from typing import Any

import numpy as np


class ByValue:
    """Compares and hashes by value, and is copied and unpickled by its constructor, which checks and protects arrays.

    To inherit with ``@dataclass(frozen=True, eq=False)``: the ``==`` of a dataclass fails on arrays, and the arrays of
    a deep or pickled copy could be changed, since such a copy is not made by the constructor.
    """

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(np.array_equal(mine, theirs) for mine, theirs in zip(self._values(), other._values(), strict=True))

    def __hash__(self) -> int:
        # Adding 0 makes 0 of -0, since the two are equal.
        return hash(tuple(np.add(v, 0).tobytes() if isinstance(v, np.ndarray) else v for v in self._values()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._values()

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]  # of a dataclass
