"""Predictions of lecture 6: who learns first, pit or goal, step sizes, and how long the gradient is on its way."""

import numpy as np

from pgcourse import exact
from pgcourse.demos import _training_runs as training
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import at, choice

GROUPS = {
    "7 and 8, next to the goal": [7, 8],
    "4 to 6, from the start on": [4, 5, 6],
    "0 and 1, at the left wall": [0, 1],
}
PIT, GOAL = 12, 24
SOONER = "further at first, then lost to the noise"


@choice(
    "The first to learn are states",
    {
        "7 and 8, next to the goal": "Their choice matters most, but at the beginning few walks come that far.",
        "4 to 6, from the start on": "",
        "0 and 1, at the left wall": "They are seldom visited, and far from the goal.",
    },
    mark=at("policy_gradient.corridor", [{"x": float(np.mean(group))} for group in GROUPS.values()], axes=0),
)
def corridor():
    problem = training.PROBLEMS["corridor"]
    right = exact.gradient(problem, training.policy_for("corridor"), np.zeros(20))[1::2]
    return max(GROUPS, key=lambda name: right[GROUPS[name]].mean())


@choice(
    "It first learns",
    {
        "to reach the goal": "A random walk seldom comes there: what it has not met, it cannot learn.",
        "to avoid the pit": "",
        "both at once": "A random walk meets one of the two much more often than the other.",
    },
)
def gridworld():
    mdp, policy = training.PROBLEMS["gridworld"], training.policy_for("gridworld")
    theta = np.zeros(policy.num_parameters)
    alive = exact.state_distribution(mdp, policy, theta) * ~mdp.terminal
    entered = np.einsum("ks,sa,sat->t", alive, policy.probabilities(theta), mdp.transitions)
    return "to avoid the pit" if entered[PIT] > 3 * entered[GOAL] else "both at once"


@choice(
    "With larger and larger α the runs go",
    {
        "further and further, in the same band": "A larger step also carries the noise of its estimate further.",
        "equally far, in a wider band": "As long as the steps are small, larger ones go further along the same path.",
        SOONER: "",
    },
)
def curves():
    reached = [training.exact_path("corridor", alpha)[1][10] for alpha in training.STEP_SIZES]
    return SOONER if (np.diff(reached) > 0).all() else "equally far, in a wider band"


@choice(
    "With m = 5 the best is",
    {
        "α = 10, too": "A batch is often wrong about the direction, and a large step there is hard to undo.",
        "a smaller α, usually": "",
        "a larger α": "A larger step goes further in a wrong direction, too.",
    },
)
def step_sizes():
    return "a smaller α, usually"


@choice(
    "On the way to the best policy the gradient gets",
    {
        "shorter all the way, and the noise with it": "At the start few walks see the goal: it grows first.",
        "shorter all the way, and the noise more slowly": "At the start few walks see the goal: it grows first.",
        "longer, then shorter, and the noise as fast": "The noise shrinks, but late updates need more trajectories.",
        "longer, then shorter, and the noise more slowly": "",
    },
)
def noise():
    found = training.noise_along("corridor")
    way = "longer, then shorter" if found.signal[1] > found.signal[0] else "shorter all the way"
    slower = found.needed[-1] > found.needed[1]
    return f"{way}, and the noise {'more slowly' if slower else 'as fast'}"


__dir__ = only_predictions(globals())
