"""Which faults are left in a repaired policy-gradient program: the parts of the judge `repairs_the_program`.

The step of a right program is linear in the scores and in the rewards: theta moves by the sum of W f_ik r_jl, where
f_ik is the score of decision k of trajectory i and r_jl the reward of decision l of trajectory j. So the whole of W can
be read off, reward by reward, and each fault is a pattern in it that the others do not hide.
"""

from typing import Any

import numpy as np

from pgcourse._types import Floats
from pgcourse.homework.compare import Function, Part, equal
from pgcourse.homework.judges.handed import Refused, Witness, parameters
from pgcourse.homework.judges.loops import Script
from pgcourse.homework.visible import Rng

LEFT = {
    (True, True, True): "as it was",
    (False, True, True): "only begins anew",
    (True, False, True): "only in the right order",
    (True, True, False): "only discounted rightly",
    (True, False, False): "still runs on",
    (False, True, False): "still in the wrong order",
    (False, False, True): "still the wrong discount",
}
"""Whether the trace runs on, meets the wrong rewards, has the wrong factor -> the name of what is left."""


class Probe(Witness):
    """A simulator whose scores are unit vectors, one for each decision of each trajectory, and one reward is 1.

    Parameters
    ----------
    size : tuple
        m and H, of the batch.
    rewarded : int
        Number of the decision with the reward.
    """

    def __init__(self, size: tuple[int, int], rewarded: int):
        number = size[0] * size[1]
        super().__init__("simulate", (number,))
        self.scores, self.rewards = np.eye(number).reshape(*size, number), np.eye(number)[rewarded].reshape(size)

    def __call__(self, theta: Floats, rng: Any) -> tuple[Floats, Floats]:
        """Return (scores, rewards)."""
        self.take(theta)
        self.generators.append(rng)
        return self.scores.copy(), self.rewards.copy()


def faults_left(
    call: Function, theta: Floats, step_size: float, discount: float, scores: Floats, rewards: Floats
) -> str:
    """Return which faults are left in a program, as a Part: each fault that is gone earns an equal share.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations, discount and rng.
    theta, step_size, discount
        What it is called with; 0 < discount < 1.
    scores : array (m, H, n)
        Of a batch, with m >= 2 and H >= 3.
    rewards : array (m, H)
        Of it.
    """
    weights = step_weights(call, step_size, discount, rewards.shape)
    m, horizon = rewards.shape
    own = np.array([weights[i, :, i, :] for i in range(m)])
    if not own[:, 0].any(axis=1).all():
        raise Refused("The score of a first decision meets no reward of its trajectory.")
    _follow(call, weights, theta, step_size, discount, scores, rewards)
    if own.max() <= 0:
        raise Refused("goes downhill")
    later = np.triu(np.ones((horizon, horizon), dtype=bool))
    wanted = later * discount ** np.arange(horizon) / m
    runs_on = bool((weights.any(axis=(1, 3)) & ~np.eye(m, dtype=bool)).any())
    wrong_rewards = bool(((own != 0) != later).any())
    wrong_factor = not equal(own * later, (own != 0) * wanted)
    left = runs_on, wrong_rewards, wrong_factor
    return Part(LEFT[left], (3 - sum(left)) / 3) if any(left) else ""


def step_weights(call: Function, step_size: float, discount: float, size: tuple[int, int]) -> Floats:
    """Return W of one iteration, divided by step_size, as an array (m, H, m, H): score of (i, k), reward of (j, l)."""
    columns = []
    for rewarded in range(size[0] * size[1]):
        probe = Probe(size, rewarded)
        columns.append(_run(call, probe, np.zeros(probe.shape), step_size, 1, discount))
        if not equal(probe.seen, [np.zeros(probe.shape)]):
            raise Refused("simulate must be called once in each iteration, with the θ of that iteration.")
    weights = np.array(columns).T.reshape(*size, *size) / step_size
    return np.where(abs(weights) > 1e-9, weights, 0.0)


def _follow(
    call: Function,
    weights: Floats,
    theta: Floats,
    step_size: float,
    discount: float,
    scores: Floats,
    rewards: Floats,
) -> None:
    """Raise Refused where three iterations on other batches are not what these weights give."""
    script = Script(theta.shape, scores, rewards)
    result = _run(call, script, theta, step_size, 3, discount)
    calls = len(script.seen)
    if calls != 3:
        words = f"simulate is called {calls} times in 3 iterations: call it once in each."
        raise Refused("draws but once" if calls == 1 else words)
    first = step_size * np.einsum("ikn,ikjl,jl->n", scores, weights, rewards)
    path = [theta + total * first for total in (0, 1, 3, 6)]  # the scores of batch number j are j times as large
    if equal(script.seen, [theta] * 3):
        raise Refused("draws with the first theta")
    if not equal([*script.seen, result], path):
        raise Refused("moves by earlier batches")


def _run(
    call: Function, simulate: Witness, theta: Floats, step_size: float, num_iterations: int, discount: float
) -> Floats:
    """Call the student's function and return theta; Refused for what is no array of its shape."""
    result = call(simulate, theta, step_size, num_iterations, discount, Rng(0))
    simulate.check()
    return parameters(result, theta.shape)
