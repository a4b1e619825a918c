"""Types that the signatures of the mathematics share."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = float | Floats
"""A number, or an array of them: a formula that broadcasts."""
StepSize: TypeAlias = Numbers | Callable[[int], Numbers]
"""Alpha, or a function of the iteration k = 0, 1, ..."""
