"""Linear-Gaussian problems: one continuous state that an action pushes, with normal noise, and a quadratic cost."""

from dataclasses import dataclass

import numpy as np

from pgcourse import _validate as validate


@dataclass(frozen=True)
class Regulator:
    """Hold the simple regulator: s' = s + a + w, r = -s^2.

    Parameters
    ----------
    horizon : int
        d + 1, the number of decisions, at least 1.
    discount : float
        gamma in [0, 1].
    noise_std : float
        Standard deviation of w, at least 0.
    initial_mean, initial_std : float
        Of the normal distribution of s_0.

    Raises
    ------
    ValueError
        Naming the argument.

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, appendix F.5.
    """

    horizon: int
    discount: float
    noise_std: float
    initial_mean: float
    initial_std: float

    def __post_init__(self) -> None:
        validate.whole_number("horizon", self.horizon, 1)
        validate.in_interval("discount", self.discount, 0, 1)
        validate.real_number("initial_mean", self.initial_mean)
        for name in ("noise_std", "initial_std"):
            validate.in_interval(name, getattr(self, name), 0, np.inf)
