"""Notebook 13: each number and comparison is computed from what draws it, and its formulas from all trajectories."""

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.demos import forgotten_discount as pictures
from pgcourse.exact import forgotten_discount
from pgcourse.gradients.shared import SharedPolicy
from pgcourse.problems.toll_road import toll_road
from pgcourse.testing import PolicyConformance, ProblemConformance

ROAD = (0.6, 1.5, 2.0)
GRID = np.linspace(0, 1, 1001)
CORRIDOR = {"num_states": 4, "start": 0, "horizon": 6}


class TestSharedPolicy(PolicyConformance):
    policy = SharedPolicy(3)
    thetas = ([0.0], [-1.3], [2.0], [40.0])


class TestTollRoad(ProblemConformance):
    problem = toll_road()


def both(discount, theta, *road):
    """Return the gradient of U and the mean update without gamma^k, from all trajectories."""
    mdp, policy = toll_road(discount, *road), SharedPolicy(5)
    chance, tree = pg.tree.all_trajectories(mdp, policy, [theta])
    scores = policy.score_at([theta], tree.states, tree.actions)[:, :, 0] * tree.active
    samples = scores * pg.estimators.rewards_to_go(tree.rewards, discount)
    return chance @ (samples @ discount ** np.arange(mdp.horizon)), chance @ samples.sum(axis=1)


@pytest.mark.parametrize("road", [ROAD, (0.3, 1.0, 4.0), (-1.0, 0.5, 0.2)])
@pytest.mark.parametrize("discount", [0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("theta", [0.0, 1.2])
def test_the_formulas_are_means_over_all_trajectories(road, discount, theta):
    p = 1 / (1 + np.exp(-theta))
    mdp, policy = toll_road(discount, *road), SharedPolicy(5)
    wanted = both(discount, theta, *road)
    found = np.array(forgotten_discount.slopes(discount, *road)) * p * (1 - p)
    np.testing.assert_allclose(found, wanted, atol=1e-14)
    np.testing.assert_allclose(pg.exact.gradient(mdp, policy, [theta])[0], wanted[0], atol=1e-14)
    np.testing.assert_allclose(forgotten_discount.update(mdp, policy, [theta])[0], wanted[1], atol=1e-14)
    line = p * forgotten_discount.slopes(discount, *road)[0]
    assert pg.exact.utility(mdp, policy, [theta]) == pytest.approx(line, abs=1e-14)


def test_at_a_half_the_gradient_is_0025_and_the_update_minus_01():
    np.testing.assert_allclose(both(0.5, 0.0, *ROAD), [0.025, -0.1])
    np.testing.assert_allclose(np.round(both(0.95, 0.0, *ROAD), 3), [0.222, 0.226])


def test_the_signs_differ_for_every_discount_below_067():
    gradient, update = forgotten_discount.slopes(GRID, *ROAD)
    assert (gradient > 0).all()
    assert GRID[gradient.argmin()] == 0.5
    turning_point = np.sqrt(0.45)
    np.testing.assert_array_equal(update < 0, turning_point > GRID)
    assert round(turning_point, 2) == 0.67


def test_the_update_ends_at_the_worst_policy_for_both_utilities():
    for discount, most in ((0.5, 0.1), (1.0, 1.1)):
        utilities = [pg.exact.utility(toll_road(discount), SharedPolicy(5), [theta]) for theta in (-40, -1, 0, 1, 40)]
        assert (np.diff(utilities) > 0).all()
        assert utilities[0] == pytest.approx(0, abs=1e-15)
        assert utilities[-1] == pytest.approx(most)
    for theta in (-3, 0, 3):
        assert both(0.5, theta, *ROAD)[1] < 0


def test_seen_from_the_toll_left_is_better_and_from_the_start_right():
    action_values = pg.exact.values(toll_road(0.5), SharedPolicy(5), [0.0])[1]
    assert action_values[1, 1, 1] - action_values[1, 1, 0] == pytest.approx(-1)
    assert forgotten_discount.slopes(0.5, *ROAD)[0] == pytest.approx(0.1)


def test_the_jacobian_of_the_update_is_not_symmetric_and_that_of_the_gradient_is():
    policy, theta = pg.SoftmaxPolicy(4, 2), np.zeros(8)
    corridor = pg.problems.corridor(**CORRIDOR, discount=0.95)
    assert round(forgotten_discount.asymmetry(corridor, policy, theta), 4) == 0.0027
    assert forgotten_discount.asymmetry(corridor, policy, theta, discounted=True) < 1e-9
    undiscounted = pg.problems.corridor(**CORRIDOR, discount=1.0)
    assert forgotten_discount.asymmetry(undiscounted, policy, theta) < 1e-9


def test_with_preferences_for_each_state_and_no_limit_the_update_points_the_same_way_in_each_state():
    """Each decision ends the trajectory with probability 0.3: after 100 nothing is left for a limit to cut."""
    rng, policy = np.random.default_rng(0), pg.SoftmaxPolicy(4, 3)
    for _ in range(20):
        transitions = np.zeros((4, 3, 4))
        transitions[:3, :, :3] = 0.7 * rng.dirichlet(np.ones(3), size=(3, 3))
        transitions[:3, :, 3], transitions[3, :, 3] = 0.3, 1
        rewards = np.vstack([rng.normal(size=(3, 3)), np.zeros((1, 3))])
        mdp = pg.TabularMDP([0.5, 0.3, 0.2, 0], transitions, rewards, 0.6, 100, np.arange(4) == 3)
        theta = rng.normal(size=12)
        gradient, update = pg.exact.gradient(mdp, policy, theta), forgotten_discount.update(mdp, policy, theta)
        for along, other in zip(gradient.reshape(4, 3)[:3], update.reshape(4, 3)[:3], strict=True):
            assert along @ other == pytest.approx(np.linalg.norm(along) * np.linalg.norm(other))


def test_the_asymmetry_does_not_come_from_the_width_of_the_differences():
    corridor = pg.problems.corridor(**CORRIDOR, discount=0.95)
    widths = [
        forgotten_discount.asymmetry(corridor, pg.SoftmaxPolicy(4, 2), np.zeros(8), delta=d) for d in (1e-2, 1e-3)
    ]
    np.testing.assert_allclose(widths, 0.00274007, rtol=1e-3)


def test_the_picture_shades_where_the_signs_differ():
    live = pictures.wrong_way()
    assert "the signs differ for γ from 0.00 to 0.67." in live.caption_text
    assert "the update leads to π(R) = 0, where U is 0.00, or 0.00 undiscounted" in live.caption_text
    live.set(prize=1)  # the gradient is negative in between, and the update up to 0.95
    gradient, update = forgotten_discount.slopes(GRID, 0.6, 1.5, 1)
    differ = gradient * update < 0
    assert np.diff(differ.astype(int)).tolist().count(1) == 1
    first = GRID[differ][np.flatnonzero(np.diff(GRID[differ]) > 0.01)[0]]
    assert f"from 0.00 to {np.floor(first * 100) / 100:.2f} and from" in live.caption_text
    live.set(toll=0)
    assert "the signs agree for every γ" in live.caption_text
