"""Lecture 7, causality: which products of a score and a reward matter, and what the others do to the variance."""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pgcourse import exact, problems
from pgcourse._types import Floats, Samples
from pgcourse.demos import _own_estimator, _words, only_pictures
from pgcourse.demos._short_corridor import NUM_DECISIONS, pull_slider, short_corridor, towards_goal
from pgcourse.exact import own_estimator, tree, two_decisions
from pgcourse.figures import counts, layout, plots, style, written
from pgcourse.figures.controls import choice, integer, luck, slider, steps
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients import fast
from pgcourse.gradients.batches import batch_means, directions, standard_error
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.problems.mdp import TabularMDP

TOTAL: style.Look = {"color": style.BLUE, "linestyle": "-", "marker": "o"}
TO_GO: style.Look = {"color": style.VERMILLION, "linestyle": "--", "marker": "s"}


@demo
def matrix() -> LiveFigure:
    """Show the exact mean of every product f_k gamma**l r_l and its share of the variance; strike products out."""
    live = LiveFigure(
        alt="Matrices of the exact means of all products of a score and a reward and of their shares of the variance, "
        "and the variance of the sum against the number struck out",
        ncols=3,
        height=3.5,
        width_ratios=[1, 1, 1.15],
    )
    means, shares, falling = live.axes
    corner = np.repeat(np.arange(NUM_DECISIONS + 1), 2)
    cells = []
    for ax, title in ((means, "exact mean"), (shares, "variance share")):
        cells.append(live.moving(plots.matrix(ax, NUM_DECISIONS, NUM_DECISIONS)))
        live.moving(ax.plot(corner[1:-2], corner[2:-1], color=style.BLACK, linewidth=3))
        ax.set(title=title, xlabel="reward, l", ylabel="score, k")
    count_axis = np.arange(NUM_DECISIONS * (NUM_DECISIONS - 1) // 2 + 1)
    falling.set(title="total variance", xlabel="struck out", xlim=(0, count_axis[-1]), xticks=[0, 3, 6])
    falling.set(ylim=(0, 1.25), yticks=[0], box_aspect=1)
    curve = live.moving(falling.plot(count_axis, np.zeros(len(count_axis)), **style.EXACT))[0]
    dot = live.moving(falling.plot([], [], **style.MARK))[0]
    number = live.moving(falling.text(0, 0, "", ha="center", va="bottom"))

    @live.controls(
        struck=integer("products struck out", 0, 0, len(count_axis) - 1),
        state=choice("component θ(s, right)", [("s = 0", 0), ("s = 1", 1)]),
        pull=pull_slider(),
        discount=slider("discount γ", 0.95, 0, 1, 0.05),
        step_reward=slider("reward of a step", -1, -3, 3, 0.5, ".1f"),
    )
    def update(struck: int, state: int, pull: float, discount: float, step_reward: float) -> str:
        mdp = short_corridor(discount, step_reward)
        chance, terms = tree.products(mdp, *towards_goal(mdp, pull), 2 * state + 1)
        mean, covariance = tree.mean_and_covariance(chance, terms)
        variances, kept, shares = tree.strike_out(covariance)
        kept_means = np.where(kept[struck], mean, 0)
        for cell, values in zip(cells, (kept_means, shares[struck]), strict=True):
            plots.fill_matrix(cell, values, np.where(kept[struck], words(values), "×"))
        heights = variances / max(variances.max(), 1e-9)
        curve.set_ydata(heights)
        dot.set_data([struck], [heights[struck]])
        number.set(x=np.clip(struck, 0.6, 5.4), y=heights[struck] + 0.06, text=f"{variances[struck]:.2f}")
        others = [f"With none struck out it would be {variances[0]:.2f}."] * (struck > 0)
        others += [f"With all 6 it would be {variances[-1]:.2f}."] * (struck < len(count_axis) - 1)
        return (
            f"{struck} of the 6 products below the diagonal are struck out. The means add up to the exact gradient, "
            f"{kept_means.sum():z.2f}, the shares to the variance, {variances[struck]:.2f}. {' '.join(others)}"
        )

    live.presets(
        {
            "total return": {"struck": 0},
            "reward-to-go": {"struck": 6},
            "the next state": {"state": 1, "pull": 0, "discount": 0.95, "step_reward": -1},
        }
    )
    return live


def words(values: Floats) -> NDArray[np.str_]:
    """Write numbers with one decimal; tell what is exactly 0, up to rounding errors, from what is only small."""
    return np.reshape(
        ["0" if abs(v) < 1e-12 else "≈0" if abs(v) < 0.05 else f"{v:.1f}" for v in values.flat], values.shape
    )


PROBLEMS = {
    "corridor": (problems.corridor(), {"start": 9, "goal": 17}),
    "gridworld": (problems.gridworld(size=4, horizon=20), {"start": 1, "goal": 46}),
}
"""Each problem with two components: of moving right in the start state, and into the goal from the state beside it."""
NUM_SAMPLES = 30_000


@functools.lru_cache(maxsize=8)
def exact_moments(name: str, pull: float, place: str) -> list[tuple[float, float]]:
    """Return the exact (mean, variance) of the problem's component, for the total return and for the reward-to-go."""
    mdp, components = PROBLEMS[name]
    policy, theta = towards_goal(mdp, pull)
    pairs = [exact.moments(mdp, policy, theta, estimator) for estimator in exact.ESTIMATORS]
    return [(mean[components[place]], variance[components[place]]) for mean, variance in pairs]


@functools.lru_cache(maxsize=2)
def drawn(name: str, pull: float, place: str, seed: int) -> tuple[Samples, Samples]:
    """Draw the samples of both estimators from the same trajectories, two arrays (NUM_SAMPLES,)."""
    mdp, components = PROBLEMS[name]
    rng = np.random.Generator(np.random.SFC64(seed))
    samples = fast.gradient_samples(mdp, *towards_goal(mdp, pull), components[place], NUM_SAMPLES, rng)
    return samples.total_return, samples.reward_to_go


@demo
def estimator(function: Any = None) -> LiveFigure:
    """Show the exact mean and standard deviation of an estimator that the reader has written.

    Parameters
    ----------
    function
        A function of (scores (m, H, n), rewards (m, H), discount) that returns the samples (m, n).
    """

    def samples(mdp: TabularMDP, _policy: TabularPolicy, _theta: Floats) -> own_estimator.Samples:
        return lambda scores, rewards, _: written.call(
            function, scores, rewards, mdp.discount, shape=(len(scores), scores.shape[2])
        )

    references = {
        name: functools.partial(own_estimator.of_package, estimator=key)
        for name, key in (("reward-to-go", "reward_to_go"), ("total return", "total_return"))
    }
    return _own_estimator.of_trajectories(samples, references)


ROWS = (1.46, 1.22)
"""Heights of the two standard deviations above the histograms."""
WHAT = ("the drawn total-return estimates", "the reward-to-go estimates")
SHADES: tuple[style.Look, ...] = (
    {"facecolor": style.BLUE, "edgecolor": style.BLUE, "alpha": 0.35},
    {"facecolor": "none", "edgecolor": style.VERMILLION, "linewidth": 2.6},
)


@demo
def histograms() -> LiveFigure:
    """Show that both estimators have the same mean and different standard deviations, on the same trajectories."""
    live = LiveFigure(
        alt="Histograms of gradient estimates with the total return and with the reward-to-go, over each other, with "
        "the exact mean and the exact standard deviation of each",
        height=4.6,
    )
    ax = live.axes[0]
    ax.set(ylim=(0, 1.62), yticks=[], xlabel="gradient estimate: mean over m trajectories")
    ax.locator_params(axis="x", nbins=6)
    look: style.Look = {"facecolor": "none", "edgecolor": style.GREY, "alpha": 0.35, "hatch": "//", "linewidth": 0}
    wrong = live.moving(ax.axvspan(0, 1, ymax=1 / 1.62, **look))
    word = live.moving(ax.text(0, 1.04, "", color=style.GREY))
    names = ("total return", "reward-to-go")
    bars = [counts.histogram(ax, 101, name) for name in names]
    for bar, shade in zip(bars, SHADES, strict=True):
        bar.set(**shade)
    live.moving(bars)
    mean_line = live.moving(plots.vertical(ax, "exact mean", 1 / 1.62, **style.EXACT))
    line: style.Look = {"linestyle": "-", "linewidth": 4, "markersize": 9}
    spans = [live.moving(ax.plot([], [], **shape | line))[0] for shape in (TOTAL, TO_GO)]
    numbers = [
        live.moving(ax.text(0, y, "", va="center", color=shape["color"]))
        for y, shape in zip(ROWS, (TOTAL, TO_GO), strict=True)
    ]
    live.figure.legend(handles=[*bars, mean_line], loc="outside upper center", ncols=3)

    @live.controls(
        name=choice("problem", list(PROBLEMS)),
        place=choice("decision", [("in the start state", "start"), ("beside the goal", "goal")]),
        pull=pull_slider(),
        num_trajectories=steps("trajectories m", [1, 3, 10, 30], 10),
        seed=luck(),
    )
    def update(name: str, place: str, pull: float, num_trajectories: int, seed: int) -> str:
        moments = exact_moments(name, pull, place)
        mean = moments[0][0]
        deviations = [standard_error(variance, num_trajectories) for _, variance in moments]
        estimates = [batch_means(samples, num_trajectories) for samples in drawn(name, pull, place, seed)]
        limit = 1.05 * layout.rounded_up(
            2.2 * max(standard_error(variance, 1) for _, variance in moments), (1, 1.5, 2.5, 4, 6)
        )
        layout.set_limits([ax], limit)
        counts.fill_histograms(bars, estimates, -limit, limit)
        mean_line.set_xdata([mean, mean])
        plots.move_band(wrong, *((-limit, 0) if mean > 0 else (0, limit)))
        word.set(x=-limit if mean > 0 else limit, ha="left" if mean > 0 else "right", text=" wrong sign ")
        for span, number, y, deviation in zip(spans, numbers, ROWS, deviations, strict=True):
            span.set_data([mean - deviation, mean, mean + deviation], [y, y, y])
            number.set(x=mean + deviation, text=f"  sd {deviation:.3f}")
        ways = [_words.pointing(directions(drawn, mean), what) for drawn, what in zip(estimates, WHAT, strict=True)]
        return (
            f"The exact mean of both is {mean:z.3f}. The exact standard deviation for m = {num_trajectories} is "
            f"{deviations[0]:.3f} with the total return and {deviations[1]:.3f} with the reward-to-go. "
            f"{ways[0]}; {ways[1]}."
        )

    return live


@demo
def horizons() -> LiveFigure:
    """Show how the variance of both estimators grows with the number of decisions."""
    live = LiveFigure(alt="Exact total variance of both estimators against the number of decisions", height=4.2)
    ax = live.axes[0]
    lengths = np.array([1, 5, 10, 20, 30])
    looks = zip(("total return", "reward-to-go"), (TOTAL, TO_GO), strict=True)
    curves = [live.moving(ax.plot(lengths, np.ones(len(lengths)), label=name, **look))[0] for name, look in looks]
    ax.set(xlim=(0, 31), xticks=lengths, xlabel="decisions d + 1")
    ax.set(ylim=(0, 1.05), yticks=[0, 0.5, 1], ylabel="exact variance, relative")
    ax.legend(loc="upper left")

    @live.controls(
        step_reward=slider("reward of a step", -0.1, -1, 1, 0.1, ".1f"),
        pull=pull_slider(),
        discount=slider("discount γ", 0.95, 0.8, 1, 0.05),
    )
    def update(step_reward: float, pull: float, discount: float) -> str:
        totals = []
        for horizon in lengths.tolist():
            mdp = problems.corridor(horizon=horizon, discount=discount, step_reward=step_reward)
            policy, theta = towards_goal(mdp, pull)
            totals.append([exact.moments(mdp, policy, theta, name)[1].sum() for name in exact.ESTIMATORS])
        total, to_go = np.transpose(totals)
        for curve, variances in zip(curves, (total, to_go), strict=True):
            curve.set_ydata(variances / max(total.max(), to_go.max()))
        return (
            f"Summed over all components, the variance for 30 decisions is {total[-1]:.4g} with the total return and "
            f"{to_go[-1]:.4g} with the reward-to-go: a batch of the total return must be "
            f"{total[-1] / to_go[-1]:.1f} times as large for the same accuracy."
        )

    live.presets(
        {"costly steps": {"step_reward": -1}, "free steps": {"step_reward": 0}, "paid steps": {"step_reward": 1}}
    )
    return live


TRAP = {"first_left": 1, "first_right": 1, "second_left": -1, "second_right": -1}


@demo
def two_step() -> LiveFigure:
    """Show for which rewards of two decisions causality raises the variance."""
    live = LiveFigure(
        alt="Plane of the mean rewards of two decisions, with the region where causality loses, and both variances",
        ncols=2,
        height=4.4,
        width_ratios=[1.15, 1],
    )
    plane, bars = live.axes
    plane.set(xlim=(-3, 3), ylim=(-3, 3), xlabel="mean reward of decision 0", ylabel="mean reward of decision 1")
    x = np.linspace(0.01, 3, 150)
    look: style.Look = {"facecolor": "#dddddd", "hatch": "//", "edgecolor": style.GREY, "linewidth": 0}
    wedges = live.moving([plane.fill_between(side * x, 0 * x, 0 * x, **look) for side in (1, -1)])
    wedges[0].set_label("causality loses")
    dot = live.moving(plane.plot([], [], label="your rewards", **style.MARK))[0]
    layout.legends_above([plane], [2], [[wedges[0], dot]])
    bars.set(xlim=(-0.5, 1.5), xticks=[0, 1], xticklabels=["θ of decision 0", "θ of decision 1"])
    bars.set(ylim=(0, 1.4), yticks=[0], title="exact variance")
    columns = [
        bars.bar(np.arange(2) + shift, [0, 0], 0.36, label=label, facecolor=color, hatch=hatch, edgecolor=style.BLACK)
        for shift, label, color, hatch in (
            (-0.2, "total return", style.BLUE, ""),
            (0.2, "reward-to-go", style.ORANGE, "\\\\"),
        )
    ]
    numbers = [[bars.text(bar.get_x() + 0.18, 0, "", ha="center", va="bottom") for bar in row] for row in columns]
    live.moving([columns, numbers])
    bars.legend(loc="upper left", ncols=2)
    rewards = ("first_left", "first_right", "second_left", "second_right")
    labels = ("r₀ of left", "r₀ of right", "r₁ of left", "r₁ of right")

    @live.controls(**{name: slider(label, 1, -3, 3, 0.5, ".1f") for name, label in zip(rewards, labels, strict=True)})
    def update(first_left: float, first_right: float, second_left: float, second_right: float) -> str:
        means = (first_left + first_right) / 2, (second_left + second_right) / 2
        edge = two_decisions.break_even(x, (first_left, first_right))
        wedges[0].set_data(x, -3, np.maximum(edge, -3))
        wedges[1].set_data(-x, np.minimum(-edge, 3), 3)
        dot.set_data([means[0]], [means[1]])
        variances = two_decisions.variances((first_left, first_right), (second_left, second_right))
        largest = max(variances.max(), 1e-9)
        for row, texts, values in zip(columns, numbers, variances, strict=True):
            for bar, text, value in zip(row, texts, values, strict=True):
                bar.set_height(value / largest)
                text.set(y=value / largest + 0.02, text=f"{value:.2f}")
        total, to_go = variances[:, 1]
        change = to_go - total
        verdict = "causality loses" if change > 1e-12 else "causality wins" if change < -1e-12 else "a draw"
        return (
            f"For the second decision's component the total return has variance {total:.3f} and the reward-to-go "
            f"{to_go:.3f}: {verdict}. The first decision's component has {variances[0, 0]:.3f} either way."
        )

    live.presets({"the trap (+1, -1)": TRAP, "all +1": dict.fromkeys(TRAP, 1)})
    return live


__dir__ = only_pictures(globals())
