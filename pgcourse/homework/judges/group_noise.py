"""When leave-one-out is noisier than no baseline: the judge's part of problem set 7."""

from typing import Any

import numpy as np

from pgcourse.exact import group_baselines
from pgcourse.homework.compare import Form, type_problem

CLOSE = 0.1
"""How far below the threshold an answer is told that it is close."""


def wrong_probability(result: Any, num_samples: int) -> str:
    """Return what is wrong with a probability at which leave-one-out is said to be noisier than no baseline."""
    problem = type_problem(result, 0.5, strict=True)
    if problem:
        return Form(f"What it returns {problem}.") if not isinstance(result, (tuple, list)) else "an interval"
    p = float(np.asarray(result))
    if not 0 <= p <= 1:
        return "in per cent"
    if p in (0, 1):
        return "no noise"
    none, others = (group_baselines.noise(num_samples, p, name) for name in ("none", "leave-one-out"))
    if others > none:
        return ""
    return "not quite" if p > group_baselines.less_noisy(num_samples)[1] - CLOSE else "less noisy"
