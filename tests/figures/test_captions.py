"""What captions say where a sentence is easily false: equal values, nothing yet done, a zero with a sign."""

import re

import pytest

from pgcourse.demos import (
    _words,
    baselines,
    first_order,
    forgotten_discount,
    how_far_per_step,
    left_right,
    log_derivative,
    policy_gradient,
    policy_optimization,
    recap,
    reward_to_go,
    zeroth_order,
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("picture", "settings"),
    [
        (left_right.arrows, {"theta": 0.79, "reward_left": 11.5, "reward_right": 0}),
        (left_right.push, {"theta": 0.47, "reward_left": 2.5, "reward_right": 2.5, "baseline": 2.2}),
        (left_right.tree, {"theta": -0.17, "reward_left": -0.5, "reward_right": 4.5}),
        (left_right.variance, {"theta": 0.52, "reward_left": 4.5, "reward_right": 0}),
        (baselines.gap, {"state": 0, "pull": 1.75, "discount": 0.65, "step_reward": -1.5}),
        (first_order.ascent, {"start_gain": -1.7, "start_deviation": -0.2, "step_size": 0.03, "iteration": 14}),
        (policy_optimization.truncation, {"discount": 0.58, "d": 31, "right": 2.0}),
        (forgotten_discount.wrong_way, {"discount": 0.65, "toll": 1.4, "prize": 0}),
        (how_far_per_step.clipping, {"theta_old": 0.9, "epsilon": 0.15, "theta": 0.9}),
        (log_derivative.budget, {"preference": -0.4, "delta": 2, "seed": 1}),
        (log_derivative.identity, {"family": "exponential", "theta": 3.5, "at": 3.45}),
        (reward_to_go.matrix, {"struck": 2, "state": 1, "pull": 0.75, "discount": 0}),
    ],
)
def test_no_caption_says_minus_0(picture, settings):
    live = picture()
    live.set(**settings)
    assert not re.search(r"(?<![\d.])-0(\.0+)?(?![\d.])", live.caption_text), live.caption_text


def test_of_two_actions_that_earn_the_same_none_is_called_the_better_one():
    live = left_right.learning()
    for rewards, words in (((3, 3), "which are equally good"), ((3, 4), "at the better action")):
        live.set(step_size=0.06, reward_left=rewards[0], reward_right=rewards[1])
        assert words in live.caption_text
    assert left_right.ends(3, 5, -1) == "5 at the better action, 3 at the worse one"
    assert left_right.ends(3, 5, 1) == "3 at the better action, 5 at the worse one"


def test_of_two_values_of_u_on_either_side_of_the_top_neither_is_higher():
    live = policy_optimization.optimisers()
    for gain, level in ((-1.1, "as high"), (-1.2, "higher"), (-1.0, "lower")):  # the second value lies at gain + 0.2
        live.set(gain=gain, distance=0.2, second=True)
        assert f"is {level}, " in live.caption_text


@pytest.mark.slow
def test_where_only_the_goal_pays_causality_leaves_the_variance_as_large_as_it_is():
    live = recap.tricks()
    live.set(log_derivative=True, causality=True, step_reward=0)
    assert "as large as with the log-derivative trick alone" in live.caption_text
    words = [recap.change(ratio) for ratio in (1, 1.001, 0.999, 2, 0.5)]
    assert words == [
        "as large as",
        "hardly larger than",
        "hardly smaller than",
        "2 times larger than",
        "2 times smaller than",
    ]


@pytest.mark.slow
def test_before_the_first_update_no_step_size_leads():
    live = policy_gradient.step_sizes()
    live.set(iteration=0)
    assert "the best median is -1.01, where all step sizes start." in live.caption_text


def test_factors_are_written_without_powers_of_ten():
    assert [_words.digits(x) for x in (1.0012, 38.96, 999.7, 1283, 294_721)] == ["1", "39", "1,000", "1,280", "295,000"]


@pytest.mark.slow
@pytest.mark.parametrize(("toll", "prize"), [(0.8, 1.25), (1.4, 0), (1.5, 2), (1, 1), (2, 3)])
def test_the_bands_of_discounts_are_where_the_signs_differ(toll, prize):
    live = forgotten_discount.wrong_way()
    live.set(toll=toll, prize=prize)
    bands = [tuple(map(float, band)) for band in re.findall(r"from (\d\.\d\d) to (\d\.\d\d)", live.caption_text)]
    assert bands

    def differ(discount):
        gradient = 0.6 - toll * discount + prize * discount**3
        return gradient * (0.6 - toll + prize * discount**2) < -1e-12

    for low, high in bands:
        assert differ(low)
        assert differ(high)
        assert low == 0 or not differ(low - 0.01)
        assert not differ(high + 0.01)


@pytest.mark.slow
def test_where_all_are_the_elite_they_may_look_worse_than_they_are():
    live, said = zeroth_order.winners_curse(), set()
    for seed in range(4):
        live.set(population_size=10, num_elite=10, num_trajectories=1, seed=seed)
        said.add(re.search(r"they look 0\.\d\d (better|worse)", live.caption_text)[1])
    assert said == {"better", "worse"}
