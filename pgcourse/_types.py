"""Types that the signatures of the mathematics share."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Samples: TypeAlias = NDArray[np.floating[Any]]
"""Of 64 bits, or of 32 as the fast sampler draws them."""
Ints: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = float | Floats
"""A number, or an array of them: what a formula that broadcasts takes."""
Broadcast: TypeAlias = Any
"""What such a formula gives: a number if all that it takes are numbers, else an array."""
StepSize: TypeAlias = Numbers | Callable[[int], Numbers]
"""Alpha, or a function of the iteration k = 0, 1, ..."""
