"""What 05 and 07 to 09 draw of an estimator that the reader has written: its exact mean and standard deviation."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes

from pgcourse._types import Floats
from pgcourse.demos._short_corridor import short_corridor, towards_goal
from pgcourse.exact import one_decision, own_estimator
from pgcourse.figures import style, written
from pgcourse.figures.controls import choice, integer, slider
from pgcourse.figures.live import LiveFigure
from pgcourse.gradients.batches import standard_error
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.problems.mdp import TabularMDP

SamplesOf: TypeAlias = Callable[[TabularMDP, TabularPolicy, Floats], own_estimator.Samples]
"""Makes of a problem, a policy and theta the function that is drawn; written.Unusable where it is none."""
MomentsOf: TypeAlias = Callable[[TabularMDP, TabularPolicy, Floats], own_estimator.Moments]
"""Gives what such a function is compared with."""
PULLS = np.linspace(0, 2, 7)
THETAS = np.linspace(0.05, 0.95, 19)
REWARDS = [(f"({left}, {right})", (left, right)) for left, right in ((5, 10), (0, 1), (2, -1))]


def of_trajectories(samples: SamplesOf, references: Mapping[str, MomentsOf], step_reward: float = -1.0) -> LiveFigure:
    """Draw an estimator's moments over the preference for the goal, in the short corridor.

    Parameters
    ----------
    samples : SamplesOf
    references : dict of str to MomentsOf
        Two, by name: first what the estimator should be, then what it is compared with.
    step_reward : float
        Of the corridor.
    """
    live = LiveFigure(
        alt="Exact mean and standard deviation of the estimator written above, over those that are right",
        ncols=2,
        height=4.2,
    )
    means, deviations = live.axes
    for ax, title in ((means, "mean of one sample"), (deviations, "its standard deviation")):
        ax.set(title=title, xlabel="preference for the goal", xlim=(0, 2))
    means.set_ylim(-0.5, 2.5)
    deviations.set_ylim(0, 4.5)
    looks = zip(references, (style.EXACT, style.BASELINE), strict=True)
    curves = [live.moving(deviations.plot(PULLS, PULLS, label=f"exact, {name}", **look))[0] for name, look in looks]
    truth = live.moving(means.plot(PULLS, PULLS, **style.EXACT))[0]
    look = style.ESTIMATE | {"marker": "o"}
    own = [live.moving(ax.plot([], [], label="this estimator", **look))[0] for ax in live.axes]
    live.figure.legend(handles=[own[0], *curves], loc="outside upper center", ncols=3)

    @live.controls(
        state=choice("component θ(s, right)", [("s = 0", 0), ("s = 1", 1)]),
        discount=slider("discount γ", 0.7, 0, 1, 0.05),
    )
    def update(state: int, discount: float) -> str:
        mdp = short_corridor(discount, step_reward)
        settings = [(mdp, *towards_goal(mdp, pull)) for pull in PULLS]
        at = 2 * state + 1
        exact = [np.array([moments(*s) for s in settings])[:, :, at].T for moments in references.values()]
        truth.set_ydata(exact[0][0])
        for curve, (_, deviation) in zip(curves, exact, strict=True):
            curve.set_ydata(deviation)
        found, reason = written.attempt(
            lambda: np.array([own_estimator.of_samples(samples(*s), *s) for s in settings])[:, :, at].T
        )
        right, other = references
        spread = f"{exact[0][1].max():.2f} for “{right}” and {exact[1][1].max():.2f} for “{other}”"
        if found is None:
            for curve in own:
                curve.set_data([], [])
            return f"{reason} The largest standard deviation is {spread}."
        for curve, values in zip(own, found, strict=True):
            curve.set_data(PULLS, values)
        return (
            f"The mean of this estimator is at most {abs(found[0] - exact[0][0]).max():.3f} away from the exact "
            f"gradient. Its largest standard deviation is {found[1].max():.2f}; the exact one is {spread}."
        )

    return live


def _over_theta(alt: str, means_shown: tuple[float, float], largest_deviation: float) -> tuple[LiveFigure, Axes, Axes]:
    """Return a figure of means beside standard deviations over theta, both over the exact gradient; and its axes."""
    live = LiveFigure(alt=alt, ncols=2, height=4.2)
    means, deviations = live.axes
    means.set(title="mean ÷ exact gradient", ylim=means_shown)
    deviations.set(title="standard deviation ÷ |exact gradient|", ylim=(0, largest_deviation))
    for ax in live.axes:
        ax.set(xlabel="θ", xlim=(0, 1))
    return live, means, deviations


def of_batch(estimate: own_estimator.Estimate) -> LiveFigure:
    """Draw the exact mean and standard deviation of somebody's estimate from a batch, over theta.

    Parameters
    ----------
    estimate : own_estimator.Estimate
        It may raise written.Unusable.
    """
    live, means, deviations = _over_theta(
        "Exact mean and standard deviation of the batch estimate written above, over those with leave-one-out and "
        "without a baseline",
        (-0.5, 2.5),
        4,
    )
    means.plot([0, 1], [1, 1], **style.EXACT)
    looks = (("leave-one-out, exact", style.EXACT), ("no baseline, exact", style.BASELINE))
    curves = [live.moving(deviations.plot(THETAS, THETAS, label=label, **look))[0] for label, look in looks]
    look = style.ESTIMATE | {"marker": "o"}
    own = [live.moving(ax.plot([], [], label="this estimate", **look))[0] for ax in live.axes]
    live.figure.legend(handles=[own[0], *curves], loc="outside upper center", ncols=3)

    @live.controls(
        rewards=choice("R", REWARDS),
        m=integer("trajectories m", 4, 2, 5),
    )
    def update(rewards: tuple[float, float], m: int) -> str:
        gradient = one_decision.gradient(*rewards)
        exact = np.array([one_decision.estimate_moments(theta, *rewards, m)[[2, 0], 1] for theta in THETAS]).T
        for curve, values in zip(curves, exact, strict=True):
            curve.set_ydata(values / abs(gradient))
        at = int(np.searchsorted(THETAS, 0.2 - 1e-9))
        words = f"{exact[0, at]:.2f} with leave-one-out and {exact[1, at]:.2f} without a baseline"
        found, reason = written.attempt(lambda: own_estimator.of_batches(estimate, THETAS, *rewards, m))
        if found is None:
            for curve in own:
                curve.set_data([], [])
            return f"{reason} At θ = 0.2 the exact gradient is {gradient}, and the standard deviation is {words}."
        own[0].set_data(THETAS, found.mean / gradient)
        own[1].set_data(THETAS, found.deviation / abs(gradient))
        return (
            f"At θ = 0.2 the exact gradient is {gradient}, and this estimate has the mean {found.mean[at]:z.2f}. Its "
            f"standard deviation is {found.deviation[at]:z.2f}; it is {words}."
        )

    return live


def of_draws(function: Any) -> LiveFigure:
    """Draw the exact mean and standard deviation of a reader's gradient sample of the L/R exercise, over theta."""
    live, means, deviations = _over_theta(
        "Exact mean and standard deviation of the gradient sample written above, over those that are right", (-4, 4), 10
    )
    truth = means.plot([0, 1], [1, 1], label="exact", **style.EXACT)[0]
    curve = live.moving(deviations.plot(THETAS, THETAS, **style.EXACT))[0]
    look = style.ESTIMATE | {"marker": "o"}
    own = [live.moving(ax.plot([], [], label="this sample", **look))[0] for ax in live.axes]
    live.figure.legend(handles=[own[0], truth], loc="outside upper center", ncols=2)

    @live.controls(
        theta=slider("θ", 0.2, 0.05, 0.95, 0.05),
        rewards=choice("R", REWARDS),
    )
    def update(theta: float, rewards: tuple[float, float]) -> str:
        gradient = one_decision.gradient(*rewards)
        exact = standard_error(one_decision.variance(0, THETAS, *rewards), 1)
        curve.set_ydata(exact / abs(gradient))
        at = int(abs(THETAS - theta).argmin())
        there = f"At θ = {theta:.2f} the exact gradient is {gradient} and the standard deviation {exact[at]:.2f}"

        def sample(*arguments: float) -> float:
            return float(written.call(function, *arguments))

        found, reason = written.attempt(lambda: own_estimator.of_draws(sample, THETAS, *rewards))
        if found is None:
            for line in own:
                line.set_data([], [])
            return f"{reason} {there}."
        own[0].set_data(THETAS, found.mean / gradient)
        own[1].set_data(THETAS, found.deviation / abs(gradient))
        return (
            f"{there}. This sample has the mean {found.mean[at]:z.2f} and the standard deviation "
            f"{found.deviation[at]:z.2f}."
        )

    return live
