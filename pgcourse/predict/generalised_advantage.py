"""Predictions of notebook 14: the advantage for lambda = 1, and the best lambda for a right and for a wrong critic."""

import numpy as np

from pgcourse import exact
from pgcourse.demos import generalised_advantage as pictures
from pgcourse.demos._short_corridor import towards_goal
from pgcourse.gradients.estimators import Baseline
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import along, choice, number

NUM_TRAJECTORIES = 10  # as the picture has them at first


@choice(
    "For λ = 1 it is",
    {
        "δₖ alone": "That is λ = 0: all later errors then have the weight 0.",
        "the reward-to-go": "The values in between cancel, but the first one has no partner.",
        "the reward-to-go less V̂(sₖ)": "",
    },
)
def ends():
    corridor = pictures.CORRIDOR
    problem = (corridor, *towards_goal(corridor, 0))
    guess = exact.values(corridor, *towards_goal(corridor, 1))[0]  # of another policy
    baseline = Baseline.per_step_and_state(guess)
    candidates = {
        "δₖ alone": exact.advantage_moments(*problem, values=guess, lam=0),
        "the reward-to-go": exact.moments(*problem, "reward_to_go"),
        "the reward-to-go less V̂(sₖ)": exact.moments(*problem, "reward_to_go", baseline),
    }
    found = exact.advantage_moments(*problem, values=guess, lam=1)
    (same,) = [name for name, moments in candidates.items() if np.allclose(moments, found)]
    return same


def _best(error):
    """Return the best lambda where V-hat is so much of the way from V to the values of another policy."""
    found = pictures.errors(pictures.WRONG[0])
    return pictures.LAMS[found.root_mean_square(error, NUM_TRAJECTORIES).argmin()]


@number("λ of the least variance", digits=1, within=0.35)
def right_critic():
    return _best(0)


@right_critic.mistake("One term alone is not the least noisy: what λ adds first is negatively correlated with it.")
def one_term():
    return 0


@right_critic.mistake("There the variance is largest: nothing that the critic knows is used but the first value.")
def largest_variance():
    return pictures.LAMS[pictures.errors(pictures.WRONG[0]).total_variance(0).argmax()]


@number(
    "best λ for m = 10",
    within=0.3,  # the curve is flat there
    low="It is more than that: ten trajectories average a part of the noise away, but nothing of the bias.",
    high="It is less than that: ten trajectories are too few to do without the critic.",
    mark=along("generalised_advantage.best_lambda", "x"),
)
def wrong_critic():
    return _best(1)


@wrong_critic.mistake("This is the best λ for the right V: where the critic is wrong, it should be believed less.")
def as_if_right():
    return _best(0)


@wrong_critic.mistake("There the bias is 0, but the noise is largest, and ten trajectories leave much of it.")
def no_bias():
    return pictures.LAMS[pictures.errors(pictures.WRONG[0]).bias.argmin()]


__dir__ = only_predictions(globals())
