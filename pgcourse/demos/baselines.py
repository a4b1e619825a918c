"""Lecture 8, baselines: which number to subtract, what it does to the variance, and where to take it from."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pgcourse import exact, problems
from pgcourse._types import Floats
from pgcourse.demos import _own_estimator, _words, only_pictures
from pgcourse.demos._short_corridor import pull_slider, short_corridor, towards_goal
from pgcourse.exact import baselines, one_decision, own_estimator, state_baseline, tree
from pgcourse.figures import counts, layout, plots, style, written
from pgcourse.figures.controls import Control, choice, integer, luck, slider
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients.batches import mean_and_std

LOW, HIGH = -3.2, (3.2, 12.8)
"""Ends of the axes of baselines; the upper one for small rewards and for all others."""
NONE: style.Look = {"color": style.BLACK, "marker": "s", "markersize": 10}
VALUE: style.Look = {"color": style.VERMILLION, "marker": "D", "markersize": 10}
LECTURE: style.Look = {
    "color": style.BLUE,
    "marker": "o",
    "markersize": 15,
    "markerfacecolor": "none",
    "markeredgewidth": 3,
}
BEST: style.Look = {"color": style.GREEN, "marker": "*", "markersize": 13}
TRAP: style.Look = {"color": style.PURPLE, "marker": "X", "markersize": 12}
REWARDS = {
    f"R = ({left}, {right})": {"theta": 0.2, "reward_left": left, "reward_right": right}
    for left, right in ((5, 10), (1, 2), (0, 1), (5, 6), (2, -1))
}


SOURCES = dict(
    zip(
        one_decision.SOURCES,
        ("no baseline", "the mean of the same batch", "leave-one-out", "the mean of the previous batch"),
        strict=True,
    )
)
"""What the captions call them."""


def left_right_controls() -> dict[str, Control]:
    """Make the sliders for theta and both rewards of the L/R exercise."""
    return {
        "theta": slider("θ", 0.2, 0.05, 0.95, 0.01),
        "reward_left": slider("reward of L", 5, -3, 12, 0.5, ".1f"),
        "reward_right": slider("reward of R", 10, -3, 12, 0.5, ".1f"),
    }


def reach(*values: float) -> float:
    """Return the upper end of the axis of baselines on which these rewards and baselines lie."""
    return HIGH[max(values) > HIGH[0]]


def points(live: LiveFigure, ax: Axes, looks: Iterable[tuple[str, style.Look]]) -> list[Line2D]:
    """Draw a single moving point for each (label, look); return them in order."""
    return [
        live.moving(ax.plot([], [], label=label, **style.MARK | {"clip_on": True} | look))[0] for label, look in looks
    ]


@demo
def bowl() -> LiveFigure:
    """Show the exact variance of the L/R exercise against the baseline, with the baselines of this lecture on it."""
    live = LiveFigure(
        alt="Parabola of the exact variance against the baseline, with the usual choices marked", height=4
    )
    ax = live.axes[0]
    ax.set(xlabel="baseline b", ylabel=layout.sized("variance of one sample", "variance"))
    ax.yaxis.set_label_coords(-0.11, 0.5)  # beside the widest numbers, wherever the limits are
    curve = live.moving(ax.plot([], [], **style.EXACT))[0]
    looks = (("none, b = 0", NONE), ("V", VALUE), ("the lecture's", LECTURE), ("b*", BEST))
    marks = points(live, ax, (*looks, ("your b", {"color": style.PURPLE, "marker": "v"})))
    layout.legend_above(ax, 3)

    @live.controls(**left_right_controls(), baseline=slider("your baseline b", 2, -3, 12, 0.1))
    def update(theta: float, reward_left: float, reward_right: float, baseline: float) -> str:
        problem = (theta, reward_left, reward_right)
        limit = reach(reward_left, reward_right, baseline)
        layout.set_limits([ax], limit, low=LOW)
        grid = np.linspace(LOW, limit, 321)
        curve.set_data(grid, one_decision.variance(grid, *problem))
        v, b = one_decision.value(*problem), one_decision.best_baseline(*problem)
        variances = [one_decision.variance(x, *problem) for x in (0, v, b, b, baseline)]
        for mark, x, height in zip(marks, (0, v, b, b, baseline), variances, strict=True):
            mark.set_data([x], [height])
        highest = max(variances[:2])
        top = next(limit for limit in (3, 12, 50, 300, 1200, 5000, 20_000) if limit > 1.05 * highest)
        if ax.get_ylim()[1] != top:
            ax.set_ylim(-0.05 * top, top)
        return (
            f"The variance is {variances[0]:.2f} without a baseline, {variances[1]:.2f} with V = {v:z.2f}, 0 with the "
            f"lecture's baseline, which here equals b* = {b:z.2f}, and {variances[-1]:.2f} with your b = "
            f"{baseline:.2f}."
        )

    live.presets(REWARDS)
    return live


@demo
def region() -> LiveFigure:
    """Show where in the plane of theta and b a baseline is worse than none, with the lines of V and b*."""
    live = LiveFigure(alt="Plane of theta and baseline, shaded where a baseline is worse than none", height=4.4)
    ax = live.axes[0]
    theta_grid = np.linspace(0, 1, 201)
    ax.set(xlim=(0, 1), xlabel="θ", ylabel="baseline b")
    look: style.Look = {"facecolor": "#dddddd", "hatch": "//", "edgecolor": style.GREY, "linewidth": 0}
    shades = live.moving([ax.fill_between(theta_grid, 0 * theta_grid, **look) for _ in range(2)])
    shades[0].set_label("worse than none")
    lines = [
        live.moving(ax.plot(theta_grid, theta_grid, label=label, **look))[0]
        for label, look in (("b*", style.OPTIMUM | {"linewidth": 4}), ("V", style.BASELINE))
    ]
    hurting = live.moving(ax.plot([], [], label="V where it hurts", color=style.VERMILLION, linewidth=7))[0]
    here = live.moving(plots.vertical(ax, **style.REFERENCE))
    dot = points(live, ax, [("V at your θ", VALUE)])[0]
    layout.legend_above(ax, 3, 5, handles=[shades[0], *lines, hurting, dot])

    @live.controls(**left_right_controls())
    def update(theta: float, reward_left: float, reward_right: float) -> str:
        rewards = (reward_left, reward_right)
        layout.set_limits([ax], reach(*rewards), "y", LOW)
        b, v = one_decision.best_baseline(theta_grid, *rewards), one_decision.value(theta_grid, *rewards)
        low, high = one_decision.harmless(theta_grid, *rewards)
        shades[0].set_data(theta_grid, high, 2 * HIGH[1])
        shades[1].set_data(theta_grid, -2 * HIGH[1], low)
        hurts = one_decision.hurts(v, theta_grid, *rewards)
        for line, y in zip((*lines, hurting), (b, v, np.where(hurts, v, np.nan)), strict=True):
            line.set_data(theta_grid, y)
        here.set_xdata([theta, theta])
        dot.set_data([theta], [one_decision.value(theta, *rewards)])
        with_v, without = (one_decision.variance(x, theta, *rewards) for x in (one_decision.value(theta, *rewards), 0))
        verdict = "hurts" if with_v > without + 1e-12 else "helps" if with_v < without - 1e-12 else "changes nothing"
        return (
            f"At θ = {theta:.2f} the variance is {without:.2f} without a baseline and {with_v:.2f} with V: here V "
            f"{verdict}. It hurts {where_v_hurts(*one_decision.harmless_thetas(*rewards))}."
        )

    live.presets(REWARDS | {"R = (-1, 1)": {"reward_left": -1, "reward_right": 1}})
    return live


def where_v_hurts(low: float, high: float) -> str:
    """Say for which theta between 0 and 1 V hurts, from the lowest and the highest for which it does not."""
    if high - low < 1e-9:
        return f"for every θ but {low:.2f}"
    parts = [f"below {low:.2f}"] * (low > 0) + [f"above {high:.2f}"] * (high < 1)
    return f"for θ {' and '.join(parts)}" if parts else "for no θ between 0 and 1"


@demo
def gap() -> LiveFigure:
    """Show the lecture's baseline beside the true minimum for several decisions, on the exact parabola."""
    live = LiveFigure(alt="Parabola of the exact variance for several decisions, with six baselines marked", height=4.4)
    ax = live.axes[0]
    grid = np.linspace(-4, 14, 361)
    ax.set(
        xlim=(-4, 14),
        ylim=(0, 2.4),
        yticks=[0, 0.5, 1, 1.5, 2],
        xlabel="baseline b of this component",
        ylabel="variance, relative to none",
    )
    curve = live.moving(ax.plot(grid, grid, **style.EXACT))[0]
    levels = live.moving(
        [
            ax.axhline(0, label="V, for each k and s", **style.BASELINE),
            ax.axhline(0, label="best for each k and s", **style.OPTIMUM | {"linewidth": 4}),
        ]
    )
    looks = (("none", NONE), ("mean of ratios", TRAP), ("the lecture's", LECTURE), ("optimal b*", BEST))
    marks = points(live, ax, looks)
    layout.legend_above(ax, 2, 3, handles=[*marks, *levels])

    @live.controls(
        state=choice("component θ(s, right)", [("s = 0", 0), ("s = 1", 1)], 1),
        pull=pull_slider(1),
        discount=slider("discount γ", 0.95, 0.5, 1, 0.05),
        step_reward=slider("reward of a step", -1, -2, 2, 0.5, ".1f"),
    )
    def update(state: int, pull: float, discount: float, step_reward: float) -> str:
        mdp, component = short_corridor(discount, step_reward), 2 * state + 1
        problem = (mdp, *towards_goal(mdp, pull))
        spread = baselines.parabola(*problem, component)
        trap = tree.mean_of_ratios(*problem, component)
        lecture, optimal = (f(*problem)[component] for f in (exact.lecture_baseline, exact.optimal_baseline))
        variances_of = baselines.variance_with_values, state_baseline.variance_with_state_baseline
        with_v, with_best = (variances(*problem)[component] for variances in variances_of)
        curve.set_ydata(spread(grid) / spread(0))
        for level, variance in zip(levels, (with_v, with_best), strict=True):
            level.set_ydata([variance / spread(0)] * 2)
        for mark, b in zip(marks, (0, trap, lecture, optimal), strict=True):
            mark.set_data([b], [spread(b) / spread(0)])
        return (
            f"The exact variance is {spread(0):.3f} without a baseline. Among baselines with one number for the "
            f"component it is {spread(lecture):.3f} with the lecture's b = {lecture:z.2f}, {spread(optimal):.3f} with "
            f"the optimal b* = {optimal:z.2f}, and {spread(trap):.3f} with the mean of ratios, b = {trap:z.2f}. Among "
            f"those with a number for each decision and state it is {with_v:.3f} with V and {with_best:.3f} at best."
        )

    live.presets({"the lecture's loses": {"state": 0, "pull": 0}, "V loses": {"state": 1, "pull": 1}})
    return live


CHOICES = ("none", "V", "best for k, s", "lecture's b", "optimal b*")


@demo
def gridworld() -> LiveFigure:
    """Show in which states of the gridworld V leaves more variance than a number for each action, and all totals."""
    live = LiveFigure(
        alt="Gridworld with the difference that V makes to the variance in each state, beside the optimal numbers for "
        "each action, and bars of the total variance of five choices",
        ncols=2,
        height=4.4,
        width_ratios=[1, 1.15],
    )
    grid, bars = live.axes
    size = 4
    cells = live.moving(plots.matrix(grid, size, size))
    grid.set(title="variance with V, against that with b*", xticks=[], yticks=[])
    live.moving([grid.text(x + 0.05, x + 0.05, name, va="top", weight="bold") for x, name in ((2, "pit"), (3, "goal"))])
    heights = np.arange(len(CHOICES))[::-1]
    bars.set(xlim=(0, 1.35), xticks=[0], yticks=heights, yticklabels=CHOICES, title="total variance")
    bars.grid(False, axis="y")
    rows = live.moving(bars.barh(heights, 0 * heights, height=0.6, **style.BARS))
    numbers = live.moving([bars.text(0, y, "", va="center") for y in heights])

    @live.controls(
        pull=pull_slider(),
        pit_reward=slider("reward of the pit", -1, -3, 0, 0.25),
        step_reward=slider("reward of a step", -0.02, -0.1, 0.1, 0.02),
        slip=slider("slip", 0.2, 0, 0.5, 0.05),
    )
    def update(pull: float, pit_reward: float, step_reward: float, slip: float) -> str:
        mdp = problems.gridworld(size=size, horizon=20, slip=slip, step_reward=step_reward, pit_reward=pit_reward)
        problem = (mdp, *towards_goal(mdp, pull))
        spread, terms = exact.moments(*problem, "reward_to_go")[1], exact.baseline_terms(*problem)
        least = baselines.variance_with_optimal(*problem)
        with_v = baselines.variance_with_values(*problem)
        choices = (
            spread,
            with_v,
            state_baseline.variance_with_state_baseline(*problem),
            least + terms.excess(terms.lecture),
        )
        gains = relative_gain(with_v, least, spread)
        plots.fill_matrix(cells, gains.reshape(size, size), percent(gains))
        totals = np.array([variances.sum() for variances in (*choices, least)])
        for bar, number, total in zip(rows, numbers, totals, strict=True):
            bar.set_width(total / totals.max())
            number.set(x=total / totals.max() + 0.03, text=f"{total:.3f}")
        more, fewer = (gains > 1e-9).sum(), (gains < -1e-9).sum()
        return (
            f"V leaves more variance than the optimal numbers for each action in {_words.counted(more, 'state')}, and "
            f"less in {fewer}. Summed over all {len(spread)} components, the exact variance is {totals[0]:.3f} without "
            f"a baseline, {totals[1]:.3f} with V, {totals[2]:.3f} with the best number for each decision and state, "
            f"{totals[3]:.3f} with the lecture's constants and {totals[4]:.3f} with the optimal ones."
        )

    return live


def relative_gain(with_v: Floats, least: Floats, spread: Floats) -> Floats:
    """Return by how much V raises the variance of each state's components, as a share of that without a baseline, (S,).

    Parameters
    ----------
    with_v, least, spread : (4 S,) array
        The variances with V, with the optimal numbers and without a baseline.
    """
    change, whole = (variances.reshape(-1, 4).sum(axis=1) for variances in (with_v - least, spread))
    return change / np.where(whole > 0, whole, 1)


def percent(shares: Floats) -> list[str]:
    """Write shares with a sign, and nothing for exactly 0."""
    words = (f"{share:+.1%}".replace("-", "−") if abs(share) > 5e-4 else "≈0" for share in shares)
    return ["" if share == 0 else word for share, word in zip(shares, words, strict=True)]


@demo
def bias() -> LiveFigure:
    """Show the exact mean and standard deviation of the batch estimate for baselines from four sources."""
    live = LiveFigure(
        alt="Exact mean and standard deviation of the batch estimate for four sources of the baseline, and the mean "
        "and error of the same-batch estimate against the batch size",
        ncols=2,
        height=4,
    )
    rows, curve = live.axes
    y = np.arange(len(one_decision.SOURCES))[::-1]
    rows.set(
        ylim=(-0.6, 3.6),
        yticks=y,
        yticklabels=one_decision.SOURCES,
        xlabel="estimate: exact mean ± sd",
    )
    truth = live.moving(plots.vertical(rows, **style.EXACT))
    spans = [
        live.moving(rows.plot([], [], color=style.SKY, linestyle="-", linewidth=11, solid_capstyle="butt"))[0]
        for _ in y
    ]
    dots = live.moving(rows.plot([], [], linestyle="none", marker="o", markersize=11, color=style.BLUE))[0]
    batch_sizes = np.arange(2, 31)
    curve.set(xlim=(1, 31), ylim=(-0.05, 1.4), xlabel="trajectories m", title="relative to leave-one-out")
    curve.plot(batch_sizes, 1 + 0 * batch_sizes, label="leave-one-out", **style.EXACT)
    curve.plot(batch_sizes, one_decision.shrinkage(batch_sizes), label="mean, same batch", **style.BASELINE)
    ratios = live.moving(curve.plot(batch_sizes, batch_sizes, label="rms error, same batch", **style.ESTIMATE))[0]
    here = live.moving([curve.plot([], [], **style.MARK | {"color": c})[0] for c in (style.VERMILLION, style.BLUE)])
    curve.legend(loc="lower right")

    @live.controls(**left_right_controls(), m=integer("trajectories m", 3, 2, 30))
    def update(theta: float, reward_left: float, reward_right: float, m: int) -> str:
        moments = one_decision.estimate_moments(theta, reward_left, reward_right, m)
        gradient = one_decision.gradient(reward_left, reward_right)
        farthest = (abs(moments[:, 0]) + moments[:, 1]).max()
        layout.set_limits([rows], next(limit for limit in (6.5, 26, 104) if farthest <= limit))
        truth.set_xdata([gradient, gradient])
        dots.set_data(moments[:, 0], y)
        for span, height, (mean, deviation) in zip(spans, y, moments, strict=True):
            span.set_data([mean - deviation, mean + deviation], [height, height])
        relative = one_decision.relative_error_of_same_batch(theta, reward_left, reward_right, batch_sizes)
        ratios.set_ydata(relative)
        at = int(np.searchsorted(batch_sizes, m))
        for dot, height in zip(here, (one_decision.shrinkage(m), relative[at]), strict=True):
            dot.set_data([m], [height])
        words = _words.listed(
            [
                f"{mean:z.2f} with the standard deviation {deviation:.2f} for {SOURCES[name]}"
                for name, (mean, deviation) in zip(one_decision.SOURCES, moments, strict=True)
            ]
        )
        return (
            f"The exact gradient is {gradient:g}. The mean of the estimate is {words}. The root mean square error "
            f"of the same batch, its bias included, is {relative[at]:.2f} times that of leave-one-out."
        )

    live.presets(REWARDS)
    return live


@demo
def leave_one_out(function: Any = None) -> LiveFigure:
    """Show the exact mean and standard deviation of the estimate with a baseline that the reader has written.

    Parameters
    ----------
    function
        A function of the returns (m,) of a batch that returns the baselines (m,).
    """

    def baseline(returns: Floats) -> Floats:
        return written.call(function, returns, shape=returns.shape)

    return _own_estimator.of_batch(own_estimator.with_baseline(baseline))


@demo
def gradient_estimate(function: Any = None) -> LiveFigure:
    """Show the exact mean and standard deviation of an estimate that the reader has written.

    Parameters
    ----------
    function
        A function of scores (m,) and returns (m,) that returns a number.
    """
    return _own_estimator.of_batch(lambda scores, returns: float(written.call(function, scores, returns)))


@demo
def ratio() -> LiveFigure:
    """Show the lecture's ratio, estimated as a ratio of means and as a mean of ratios, with the limit of each."""
    live = LiveFigure(
        alt="Histograms of a ratio of batch means and of a batch mean of ratios, over V and b*",
        nrows=2,
        height=4.2,
        sharex=True,
    )
    names = ("ratio of means", "mean of ratios")
    bars = [live.moving(counts.histogram(ax, 129, "drawn")) for ax in live.axes]
    looks = (("b*", style.OPTIMUM | {"linewidth": 4}), ("V", style.BASELINE))
    lines = [[live.moving(plots.vertical(ax, label, **look)) for label, look in looks] for ax in live.axes]
    for ax, name in zip(live.axes, names, strict=True):
        ax.set(title=name, ylim=(0, 1.1), yticks=[])
    live.axes[0].legend(handles=[bars[0], *lines[0]], loc="lower right", bbox_to_anchor=(1, 1), ncols=3)
    live.axes[1].set_xlabel("baseline from a batch of m trajectories")

    @live.controls(**left_right_controls(), m=integer("trajectories m", 10, 1, 200), seed=luck())
    def update(theta: float, reward_left: float, reward_right: float, m: int, seed: int) -> str:
        rng = np.random.default_rng(seed)
        estimates = one_decision.ratio_estimates(theta, reward_left, reward_right, m, 2000, rng)
        (mean, deviation), (mean_of_ratios, deviation_of_ratios) = (mean_and_std(drawn) for drawn in estimates)
        b, v = (f(theta, reward_left, reward_right) for f in (one_decision.best_baseline, one_decision.value))
        limit = reach(reward_left, reward_right)
        layout.set_limits(live.axes, limit, low=LOW)
        for bar, pair, drawn in zip(bars, lines, estimates, strict=True):
            counts.fill_histogram(bar, drawn, LOW, limit)
            for line, x in zip(pair, (b, v), strict=True):
                line.set_xdata([x, x])
        return (
            f"Over 2000 batches of {_words.counted(m, 'trajectory')} the ratio of means is {mean:z.2f} on average, "
            f"with the standard deviation {deviation:.2f}; b* is {b:z.2f}. The mean of ratios is {mean_of_ratios:z.2f} "
            f"on average, with the standard deviation {deviation_of_ratios:.2f}; V is {v:z.2f}."
        )

    live.presets(REWARDS)
    return live


__dir__ = only_pictures(globals())
