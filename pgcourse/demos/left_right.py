"""Lecture 5, the L/R exercise: one decision, two trajectories, one parameter, and everything known exactly."""

from typing import Any

import numpy as np

from pgcourse import exact, problems
from pgcourse.demos import _left_right as shared
from pgcourse.demos import _own_estimator, _words, only_pictures
from pgcourse.demos._left_right import LOOKS
from pgcourse.exact import one_decision
from pgcourse.figures import counts, layout, plots, style
from pgcourse.figures.controls import Control, choice, integer, log_slider, luck, slider, steps
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients.batches import directions, standard_error
from pgcourse.gradients.policies import ClampPolicy
from pgcourse.optimisers import left_right as runs

POLICY = ClampPolicy()
PRESETS = {
    f"R = ({left}, {right})": {"reward_left": left, "reward_right": right}
    for left, right in ((5, 10), (1, 2), (0, 1), (5, 6))
}


def theta_slider(low: float = -0.2, high: float = 1.2) -> Control:
    """Make the slider for theta, which starts at the exercise's 0.2."""
    return slider("θ", 0.2, low, high, 0.01)


def reward_sliders() -> dict[str, Control]:
    """Make the two reward sliders, which start at the exercise's rewards."""
    return {
        "reward_left": slider("reward of L", 5, -4, 12, 0.5, ".1f"),
        "reward_right": slider("reward of R", 10, -4, 12, 0.5, ".1f"),
    }


@demo
def tree() -> LiveFigure:
    """Show the problem's two states, and its two trajectories with their probability, score and gradient sample."""
    live = LiveFigure(
        alt="Tree of the two trajectories of the L/R exercise, with the gradient sample of each, beside its two states",
        ncols=2,
        height=3.9,
        width_ratios=[1, 1.8],
    )
    rewards = live.moving(shared.two_states(live.axes[0]))
    ax = live.axes[1]
    ax.set(xlim=(0, 10), ylim=(0.6, 4))
    ax.axis("off")
    leaves = list(zip("LR", (2.4, 7.6), ("right", "left"), LOOKS, strict=True))
    branches = [ax.plot([5, x], [3.5, 2.3], **look)[0] for _, x, _, look in leaves]
    chances = [ax.text(0.5 * (x + 5), 3.05, "", ha=side, color=look["color"]) for _, x, side, look in leaves]
    texts = [ax.text(x, 1.95, "", ha="center", va="top", linespacing=1.5) for _, x, _, _ in leaves]
    live.moving([branches, chances, texts, [plots.node(ax, x, 2.25, name) for name, x, _, _ in leaves]])
    live.moving(plots.node(ax, 5, 3.5, "s = 1"))

    @live.controls(theta=theta_slider(), **reward_sliders())
    def update(theta: float, reward_left: float, reward_right: float) -> str:
        shared.show_rewards(rewards, reward_left, reward_right)
        chance, score, sample = found = one_decision.samples(theta, reward_left, reward_right)
        for i, (name, reward) in enumerate((("L", reward_left), ("R", reward_right))):
            branches[i].set_linewidth(1 + 14 * chance[i])
            chances[i].set_text(f"π({name} | 1) = {chance[i]:.2f}")
            lines = [
                f"score  ∇log π = {score[i]:+z.2f}",
                f"return  R(τ) = {reward:g}",
                f"sample  {score[i]:+z.2f} × {reward:g} = {sample[i]:+z.2f}",
            ]
            texts[i].set_text("\n".join(lines if chance[i] > 0 else ["never drawn"]))
        return (
            f"At θ = {theta:.2f} the action L has the probability {chance[0]:.2f} and the gradient sample "
            f"{sample[0]:+z.2f}; R has the probability {chance[1]:.2f} and the gradient sample {sample[1]:+z.2f}. "
            f"Their mean is {found.mean:+z.2f}, the exact gradient of U."
        )

    live.presets(PRESETS)
    return live


@demo
def policy() -> LiveFigure:
    """Show the policy, the score of each action and U, against theta, with the flat ends of the clamp."""
    live = LiveFigure(
        alt="Policy, scores and utility of the L/R exercise against theta",
        ncols=3,
        height=3.8,
        width_ratios=[1, 1, 1.05],
    )
    grid = np.linspace(-0.2, 1.2, 281)
    inside = grid[(grid > 0.02) & (grid < 0.98)]
    curves = (
        (grid, one_decision.samples(grid, 0, 0).probabilities),
        (inside, one_decision.samples(inside, 0, 0).scores),
    )
    for ax, (x, rows), title, limits in zip(
        live.axes, curves, ("π(a | 1)", "score ∇log π(a | 1)"), ((-0.05, 1.05), (-12, 12)), strict=False
    ):
        for i, name in enumerate("LR"):
            ax.plot(x, rows[i], label=name, **LOOKS[i] | {"linestyle": ("-", "--")[i]})
        ax.set(title=title, ylim=limits)
    live.axes[0].legend(loc="center right")
    live.axes[2].set(title="U(θ) and its slope", ylim=(-4.5, 12.5), yticks=range(-4, 13, 4))
    utility = live.moving(live.axes[2].plot(grid, grid, **style.EXACT))[0]
    tangent = live.moving(live.axes[2].plot([], [], color=style.PURPLE, linestyle="-", linewidth=6))[0]
    for ax in live.axes:
        ax.set(xlim=(-0.2, 1.2), xlabel="θ", xticks=[0, 0.5, 1])
        plots.hatch_flat_ends(ax.axvspan)
    dots = [[live.moving(ax.plot([], [], **style.MARK | look))[0] for look in LOOKS] for ax in live.axes[:2]]

    @live.controls(theta=theta_slider(), **reward_sliders())
    def update(theta: float, reward_left: float, reward_right: float) -> str:
        mdp = problems.left_right(reward_left, reward_right)
        chance, score, _ = one_decision.samples(theta, reward_left, reward_right)
        for i in range(2):
            dots[0][i].set_data([theta], [chance[i]])
            dots[1][i].set_data([theta], [np.clip(score[i], -12, 12)])
        value, slope = exact.utility(mdp, POLICY, [theta]), exact.gradient(mdp, POLICY, [theta])[0]
        utility.set_ydata(one_decision.value(np.clip(grid, 0, 1), reward_left, reward_right))
        plots.move_tangent(tangent, theta, value, slope, width=0.3)
        flat = " The clamp is flat here: the drawn action has score 0, and learning stops." if not score.any() else ""
        return (
            f"At θ = {theta:.2f} the probability of L is {chance[0]:.2f} and its score {score[0]:+z.2f}; the "
            f"probability of R is {chance[1]:.2f} and its score {score[1]:+z.2f}. U is {value:z.2f}, and its slope is "
            f"{slope:+z.2f}.{flat}"
        )

    live.presets(PRESETS)
    return live


@demo
def variance() -> LiveFigure:
    """Show gradient samples, one at a time and averaged, over their exact mean and standard deviation."""
    live = LiveFigure(
        alt="Histograms of gradient samples and of their averages over the exact mean", ncols=2, height=4.3
    )
    single, averaged = live.axes
    single.set(title="one trajectory", xlabel="gradient sample", ylabel="share", ylim=(0, 1.6), yticks=[0, 0.5, 1])
    averaged.set(title="average over m", xlabel="gradient estimate", ylim=(0, 1.6), yticks=[])
    for ax in live.axes:  # without steps of 2.5, whose decimals at the picture's edge would be cut
        ax.locator_params("x", nbins=6, steps=[1, 2, 5, 10])
    averaged.set_ylabel("share (largest = 1)")
    marks = [live.moving(plots.mean_and_deviation(ax, 0.72)) for ax in live.axes]
    spikes = live.moving([single.plot([], [], linewidth=9, solid_capstyle="butt", **look)[0] for look in LOOKS])
    shares = live.moving(plots.ticks(single, "1000 drawn"))
    bars = live.moving(counts.histogram(averaged, 61, "2000 batches"))
    names = live.moving(
        [single.text(0, 0, name, ha="center", color=look["color"]) for name, look in zip("LR", LOOKS, strict=True)]
    )
    for ax, handles in ((single, [shares]), (averaged, [bars, *marks[1]])):
        ax.legend(handles=handles, loc="upper left")

    @live.controls(
        theta=theta_slider(0.15, 0.85),
        **reward_sliders(),
        num_trajectories=steps("trajectories m", [1, 3, 10, 30, 100, 300, 1000], 10),
        seed=luck(),
    )
    def update(theta: float, reward_left: float, reward_right: float, num_trajectories: int, seed: int) -> str:
        mdp = problems.left_right(reward_left, reward_right)
        mean, variance = (moment[0] for moment in exact.moments(mdp, POLICY, [theta]))
        chance, _, sample = one_decision.samples(theta, reward_left, reward_right)
        rng = np.random.default_rng(seed)
        batches = np.full(2000, theta), reward_left, reward_right, num_trajectories
        averages = one_decision.batch_gradient(*batches, rng)
        share = one_decision.share_of_left(theta, 1000, rng)
        # few sizes: each change of limits costs a full drawing
        limit = next(size for size in (10, 30, 84) if abs(sample).max() <= size)
        layout.set_limits(live.axes, limit)
        for i in range(2):
            spikes[i].set_data([sample[i]] * 2, [0, chance[i]])
            names[i].set_position((sample[i], chance[i] + 0.07))
        shares.set_data(sample, [share, 1 - share])
        deviations = [standard_error(variance, m) for m in (1, num_trajectories)]
        for mark, deviation in zip(marks, deviations, strict=True):
            plots.move_mean_and_deviation(mark, mean, deviation)
        counts.fill_histogram(bars, averages, -limit, limit)
        ways = directions(averages, one_decision.gradient(reward_left, reward_right))
        return (
            f"One gradient sample is {sample[0]:+z.2f} after L and {sample[1]:+z.2f} after R. Its exact mean is "
            f"{mean:+z.2f}, its standard deviation {deviations[0]:.2f} and its variance {variance:.2f}. The average of "
            f"{_words.counted(num_trajectories, 'sample')} has the standard deviation {deviations[1]:.2f}. "
            f"{_words.pointing(ways, '2000 batches')}."
        )

    live.presets(PRESETS)
    return live


@demo
def arrows() -> LiveFigure:
    """Show U against theta, and where one update sends theta: after L, after R and on average."""
    live, show = shared.arrows_over_utility(
        "Line of U against theta, with an arrow for the update after L, one after R and one for their mean"
    )

    @live.controls(theta=theta_slider(0.05, 0.95), **reward_sliders())
    def update(theta: float, reward_left: float, reward_right: float) -> str:
        found = show(theta, reward_left, reward_right)
        value = one_decision.value(theta, reward_left, reward_right)
        return (
            f"At θ = {theta:.2f} the utility is {value:z.2f}. L pushes θ by {found.gradients[0]:+z.2f} and R by "
            f"{found.gradients[1]:+z.2f}, times the step size; their mean is {found.mean:+z.2f}, the slope of U."
        )

    live.presets(PRESETS)
    return live


@demo
def push() -> LiveFigure:
    """Show where one update sends theta after L and after R, and how a baseline changes that."""
    live, show = shared.arrows_over_utility(
        "Line of U against theta, with an arrow for the update after L, one after R and one for their mean, less a "
        "baseline"
    )

    @live.controls(
        theta=theta_slider(0.05, 0.95), **reward_sliders(), baseline=slider("baseline b", 0, -4, 12, 0.1, ".1f")
    )
    def update(theta: float, reward_left: float, reward_right: float, baseline: float) -> str:
        found = show(theta, reward_left, reward_right, baseline)
        spread = one_decision.variance(baseline, theta, reward_left, reward_right)
        best = one_decision.best_baseline(theta, reward_left, reward_right)
        value = one_decision.value(theta, reward_left, reward_right)
        return (
            f"With baseline {baseline:.1f}, L pushes θ by {found.gradients[0]:+z.2f} and R by "
            f"{found.gradients[1]:+z.2f}, times the step size; the mean stays {found.mean:+z.2f} and the variance is "
            f"{spread:.2f}. It would be 0 at b* = {best:z.2f}; the value of the state is {value:z.2f}."
        )

    live.presets(PRESETS | {"b = 0": {"baseline": 0}})
    return live


@demo
def learning() -> LiveFigure:
    """Show forty runs of stochastic gradient ascent, and how many of them end stuck on the flat ends of the clamp."""
    live = LiveFigure(
        alt="Forty learning curves of theta, some of which stop on the flat ends of the clamp", height=4.0
    )
    ax = live.axes[0]
    num_iterations, num_runs = 60, 40
    ax.set(xlim=(0, num_iterations), ylim=(-0.35, 1.35), xlabel="iteration", ylabel="θ", yticks=[0, 0.5, 1])
    plots.hatch_flat_ends(ax.axhspan)
    curves = [
        live.moving(
            ax.plot(
                np.arange(num_iterations + 1),
                np.zeros(num_iterations + 1),
                color=style.BLUE,
                linestyle="-",
                alpha=0.45,
                linewidth=1.5,
            )
        )[0]
        for _ in range(num_runs)
    ]
    truth = live.moving(ax.plot([], [], label="exact gradient", **style.EXACT | {"linewidth": 4}))[0]
    ax.legend(handles=[truth], loc="upper right", framealpha=1, frameon=True)

    @live.controls(
        start=slider("start θ", 0.5, 0.05, 0.95, 0.05),
        **reward_sliders(),
        step_size=log_slider("step size α", 0.006, 0.0006, 0.6),
        num_trajectories=integer("trajectories m", 1, 1, 50),
        with_best_baseline=choice("baseline", [("none", False), ("b*", True)]),
        seed=luck(),
    )
    def update(
        start: float,
        reward_left: float,
        reward_right: float,
        step_size: float,
        num_trajectories: int,
        with_best_baseline: bool,
        seed: int,
    ) -> str:
        problem = start, reward_left, reward_right, step_size, num_iterations
        rng = np.random.default_rng(seed)
        theta = runs.paths(*problem, num_trajectories, num_runs, rng, with_best_baseline)
        for curve, run in zip(curves, theta.T, strict=True):
            curve.set_ydata(run)
        truth.set_data(np.arange(num_iterations + 1), runs.exact_path(*problem))
        stuck_left, stuck_right = int((theta[-1] >= 1).sum()), int((theta[-1] <= 0).sum())
        return (
            f"After {num_iterations} updates {stuck_left + stuck_right} of {num_runs} runs are stuck on a flat end, "
            f"where the score of the drawn action is 0: {ends(stuck_left, stuck_right, reward_left - reward_right)}."
        )

    live.presets(PRESETS)
    return live


def ends(at_left: int, at_right: int, gain: float) -> str:
    """Say how many runs are stuck at L and at R, where L earns more than R by `gain`."""
    if gain == 0:
        return f"{at_left} at L and {at_right} at R, which are equally good"
    better, worse = (at_left, at_right) if gain > 0 else (at_right, at_left)
    return f"{better} at the better action, {worse} at the worse one"


@demo
def gradient_sample(function: Any = None) -> LiveFigure:
    """Show the exact mean and standard deviation of a gradient sample that the reader has written.

    Parameters
    ----------
    function
        A function of theta, a uniform number, R_L and R_R that returns a number.
    """
    return _own_estimator.of_draws(function)


__dir__ = only_pictures(globals())
