"""What a learner writes in the lectures: each function is checked and drawn, and each bug is named by its check."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

import pgcourse as pg
from pgcourse import checkpoints
from pgcourse.exact import one_decision
from pgcourse.optimisers import regulator_plane

FOLDER = Path(__file__).parents[2] / "lectures"
WITH_A_BUG = sorted(FOLDER.glob("0[2-9]_*.ipynb"))
WRITTEN = {
    "02_zeroth_order": "fit",
    "03_first_order": "finite_difference",
    "04_log_derivative": "softmax_score",
    "06_policy_gradient": "reinforce",
    "07_reward_to_go": "estimator",
    "08_baselines": "leave_one_out",
    "09_recap": "gradient_estimate",
}


def sources(path):
    return {cell.id: cell.source for cell in nbformat.read(path, 4).cells}


def question_of(source):
    """Return the checkpoint that a cell calls."""
    lecture, name = re.search(r"pg\.checkpoints\.(\w+)\.(\w+)\(\w+\)", source).groups()
    return getattr(getattr(checkpoints, lecture), name)


def broken_program(path):
    """Return the function that the notebook gives with a bug."""
    namespace = {"np": np, "pg": pg}
    exec(sources(path)["bug-code"], namespace)
    return namespace["broken"]


@pytest.mark.parametrize(("stem", "name"), WRITTEN.items())
def test_what_is_written_is_checked_and_then_drawn(stem, name):
    cells = list(sources(FOLDER / f"{stem}.ipynb").values())
    at = next(i for i, source in enumerate(cells) if re.search(rf"^def {name}\(.*\n    return \.\.\.$", source, re.M))
    assert question_of(cells[at]).name == name
    assert re.fullmatch(rf"pg\.demos\.\w+\.{name}\({name}\)", cells[at + 1])
    assert cells[at + 2].startswith("**See.**")


@pytest.mark.parametrize("path", WITH_A_BUG, ids=lambda path: path.stem)
def test_the_bug_is_drawn_and_the_check_of_the_corrected_program_names_it(path):
    cells = sources(path)
    question = question_of(cells["bug-mend"])
    verdict = question(broken_program(path))
    assert verdict.kind == "wrong"
    assert any(known.sentence in verdict.message for known in question.mistakes), verdict.message
    assert re.fullmatch(r"pg\.demos\.\w+\.\w+\(broken\)", cells["bug-demo"])
    assert "<details><summary>Reveal</summary>" in cells["bug-question"]
    order = list(cells)
    first = order.index("bug")
    assert order[first : first + 5] == ["bug", "bug-code", "bug-demo", "bug-question", "bug-mend"]


@pytest.mark.slow
def test_the_loop_with_one_mean_stays_exactly_where_it_started():
    live = pg.demos.policy_gradient.reinforce(broken_program(FOLDER / "06_policy_gradient.ipynb"))
    start = pg.exact.utility(pg.problems.corridor(), pg.SoftmaxPolicy(10, 2), np.zeros(20))
    for alpha in (0, 3, 5):
        live.set(alpha=alpha)
        assert np.allclose(live.axes[0].lines[-1].get_ydata(), start, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_without_the_power_of_gamma_late_decisions_count_too_much_and_nothing_is_wrong_without_discount():
    live = pg.demos.reward_to_go.estimator(broken_program(FOLDER / "07_reward_to_go.ipynb"))
    off = {}
    for state, discount in ((0, 0.7), (1, 0.7), (0, 1), (1, 1)):
        live.set(state=state, discount=discount)
        truth, own = (curve.get_ydata() for curve in live.axes[0].lines)
        off[state, discount] = np.max(own / truth)
    assert 1 < off[0, 0.7] < 1 / 0.7 < off[1, 0.7]
    assert off[0, 1] == pytest.approx(1)
    assert off[1, 1] == pytest.approx(1)


@pytest.mark.slow
def test_a_baseline_of_the_action_leaves_neither_noise_nor_gradient():
    live = pg.demos.baselines.gradient_estimate(broken_program(FOLDER / "08_baselines.ipynb"))
    for rewards in ((5, 10), (0, 1), (2, -1)):
        live.set(rewards=rewards)
        for ax in live.axes:
            assert np.allclose(ax.lines[-1].get_ydata(), 0, atol=1e-12)


def test_with_rewards_0_and_1_no_baseline_is_less_noisy_than_leave_one_out_near_a_fifth():
    for m in (2, 3, 4, 5):
        deviations = one_decision.estimate_moments(0.2, 0, 1, m)[:, 1]
        assert deviations[0] < deviations[2]


@pytest.mark.slow
def test_the_score_without_the_factor_is_off_by_one_over_the_standard_deviation():
    live = pg.demos.log_derivative.regulator_score(broken_program(FOLDER / "04_log_derivative.ipynb"))
    stds, means = live.axes[1].lines[-1].get_data()
    np.testing.assert_allclose(means, 1 / stds, atol=1e-9)
    for action in (-1, 0, 1):
        live.set(action=action)
        said, exact = re.search(
            r"is ([-.\d]+) at θ₂ = 0.50, and this score says ([-.\d]+)\.", live.caption_text
        ).groups()
        assert float(exact) - float(said) == pytest.approx(2, abs=0.011)


@pytest.mark.slow
def test_a_variance_squared_stops_the_search_after_its_first_generation():
    live = pg.demos.zeroth_order.fit(broken_program(FOLDER / "02_zeroth_order.ipynb"))
    _, right, own = (curve.get_ydata() for curve in live.axes[1].lines)
    assert own[1] == pytest.approx(right[1])
    assert np.ptp(own[2:]) < 0.01
    assert own[-1] < right[-1] - 0.5


@pytest.mark.slow
def test_a_right_update_follows_the_fit_of_the_package():
    live = pg.demos.zeroth_order.fit(checkpoints.zeroth_order.fit.truth)
    _, right, own = (curve.get_ydata() for curve in live.axes[1].lines)
    np.testing.assert_allclose(own, right, atol=0.02)


@pytest.mark.slow
def test_steps_that_pile_up_add_the_slopes_whatever_delta_is_and_still_climb():
    live = pg.demos.first_order.finite_difference(broken_program(FOLDER / "03_first_order.ipynb"))
    slope = regulator_plane.gradient(regulator_plane.START)
    said = f"${slope[0]:.2f}{slope[1]:.2f}\\approx{slope.sum():.1f}$"
    assert said in sources(FOLDER / "03_first_order.ipynb")["bug-question"]
    exact, own = (curve.get_ydata() for curve in live.axes[1].lines)
    assert own[-1] < 1.2 * exact[-1] < exact[0] / 100
    for delta in (1e-3, 1e-2):
        live.set(delta=delta)
        found = re.search(r"differences are \((\S+), (\S+)\)", live.caption_text)
        wanted = [slope[0], slope.sum()]
        np.testing.assert_allclose([float(each) for each in found.groups()], wanted, rtol=4 * delta + 1e-3)


@pytest.mark.slow
def test_forward_differences_come_to_rest_half_a_step_beside_the_ridge():
    live = pg.demos.first_order.finite_difference(checkpoints.first_order.finite_difference.truth)
    live.set(delta=0.1)
    path = live.axes[0].lines[-1].get_xydata()
    assert path[-1, 1] == pytest.approx(-0.05, abs=1e-3)


def test_a_draw_the_wrong_way_has_the_right_spread_and_the_right_mean_at_a_half_only():
    live = pg.demos.left_right.gradient_sample(broken_program(FOLDER / "05_left_right.ipynb"))
    for rewards in ((5, 10), (0, 1), (2, -1)):
        live.set(rewards=rewards)
        exact, own = (curve.get_ydata() for curve in live.axes[1].lines)
        np.testing.assert_allclose(own, exact)
    live.set(rewards=(5, 10))
    thetas, means = live.axes[0].lines[-1].get_data()
    np.testing.assert_array_equal(np.flatnonzero(np.isclose(means, 1)), np.flatnonzero(np.isclose(thetas, 0.5)))


@pytest.mark.slow
def test_a_baseline_without_the_power_leaves_the_mean_alone_and_costs_more_than_it_saves():
    live = pg.demos.recap.gradient_estimate(broken_program(FOLDER / "09_recap.ipynb"))
    for state, discount in ((0, 0.5), (1, 0.5), (1, 0.9)):
        live.set(state=state, discount=discount)
        exact, own = (curve.get_ydata() for curve in live.axes[0].lines)
        np.testing.assert_allclose(own, exact, atol=1e-12)
    live.set(state=1, discount=0.5)
    _, without, own = (curve.get_ydata() for curve in live.axes[1].lines)
    assert (own > without).all()


def minutes(path):
    """Return the minutes of a notebook by section, the checkpoint under 0."""
    rows = re.findall(r"^\| (?:(\d)\. )?[^|]+\| (\d+) \|$", sources(path)["title"], re.M)
    return {int(section or 0): int(time) for section, time in rows}


def test_the_readme_says_how_long_the_notebooks_take():
    readme = " ".join((FOLDER.parent / "README.md").read_text(encoding="utf-8").split())
    shortest, longest, hours = map(
        int, re.search(r"takes (\d+) to (\d+) minutes .*?about (\d+) hours", readme).groups()
    )
    totals = [sum(minutes(path).values()) for path in sorted(FOLDER.glob("0*.ipynb"))]
    assert (shortest, longest) == (min(totals), max(totals))
    assert hours == round(sum(totals) / 60)
    path = re.search(r"A short path, after the lecture, is three hours: sections (.*?)\. The", readme)[1]
    parts = re.findall(r"(\d)(?: and (\d))? of `(\w+)`", path)
    assert len(parts) == 6
    taken = [minutes(FOLDER / f"{stem}.ipynb")[int(n)] for *sections, stem in parts for n in sections if n]
    assert 165 <= sum(taken) <= 180
