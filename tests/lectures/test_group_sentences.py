"""Sentences of notebooks 10 to 12, on groups of samples: each number that they state is computed here."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

import pgcourse as pg
from pgcourse.demos import divide_by_length, leave_one_out, what_grpo_climbs
from pgcourse.exact import group_baselines, lengths, one_decision

FOLDER = Path(__file__).parents[2] / "lectures"


def text(stem):
    """Return the words of a notebook."""
    cells = nbformat.read(FOLDER / f"{stem}.ipynb", 4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


# Notebook 10


def noises(size, p, shift=0.0):
    """Return the noise over signal without a baseline, with leave-one-out, and normalised."""
    return [float(group_baselines.noise(size, p, name, shift)) for name in leave_one_out.DRAWN]


def test_no_baseline_is_less_noisy_by_a_factor_of_8():
    none, others, _ = found = noises(8, 0.9)
    assert [round(each, 3) for each in found] == [0.118, 0.962, 0.891]
    assert round(others / none) == 8
    assert "by a factor of 8: 0.118 against 0.962" in text("10_leave_one_out")
    assert "is 0.118 times its mean without a baseline, 0.962 times with" in leave_one_out.noise().caption_text


def test_the_threshold_of_each_size():
    stated = "always for $G=2$, above 0.571 for $G=4$, 0.632 for 8, 0.651 for 16, 0.663 for 64, and in the limit above"
    assert stated in text("10_leave_one_out")
    assert group_baselines.less_noisy(2) == (0, 0)
    for size, threshold in ((4, 0.571), (8, 0.632), (16, 0.651), (64, 0.663), (100_000, 0.667)):
        low, high = group_baselines.less_noisy(size)
        assert low == 0
        assert round(high, 3) == threshold
        assert high == pytest.approx((2 * size - 4) / (3 * size - 5))


def test_it_is_where_v_hurts_in_notebook_8():
    """Where the policy earns 1 with probability p, V hurts above 2/3: there it is R that earns it, below 1/3 of L."""
    assert one_decision.harmless_thetas(0, 1)[0] == pytest.approx(1 / 3)
    assert one_decision.best_baseline(0.9, 1, 0) == pytest.approx(0.1)
    assert one_decision.value(0.9, 1, 0) == pytest.approx(0.9)


def test_the_mean_of_the_group_is_leave_one_out_with_a_smaller_step():
    for size in (2, 8, 64):
        mean, others = (group_baselines.update(size, 0.9, name) for name in ("group mean", "leave-one-out"))
        np.testing.assert_allclose(mean, (1 - 1 / size) * others, atol=1e-15)


def test_with_rewards_of_both_signs_no_baseline_is_less_noisy_for_every_p_and_g_and_with_1_and_2_it_never_is():
    for size in [*range(2, 40), 1000]:
        assert group_baselines.less_noisy(size, -0.5) == (0, 0)
        assert group_baselines.less_noisy(size, 1) == (0, 1)
    grid = np.arange(1, 20) / 20
    half = [np.abs(one_decision.best_baseline(grid, 1, 0) - b) for b in (0.5, one_decision.value(grid, 1, 0))]
    np.testing.assert_allclose(2 * half[0], half[1], atol=1e-12)


def test_more_samples_lower_the_noise_of_both():
    found = np.array([noises(size, 0.9)[:2] for size in (2, 4, 8, 16, 64)])
    assert (np.diff(found, axis=0) < 0).all()


@pytest.mark.parametrize("num_actions", [3, 6])
def test_with_a_parameter_for_each_wrong_answer_the_best_number_is_lower_still(num_actions):
    """The constant of least total variance, from three points of the parabola; one answer of a few is right."""
    mdp = pg.problems.bandit([1.0] + [0.0] * (num_actions - 1))
    for p in (0.1, 0.3, 0.6, 0.9):
        theta = np.append(np.log(p / (1 - p) * (num_actions - 1)), np.zeros(num_actions - 1))
        policy = pg.SoftmaxPolicy(1, num_actions)
        below, at, above = (pg.exact.moments(mdp, policy, theta, "reward_to_go", float(b))[1].sum() for b in (-1, 0, 1))
        best = (below - above) / (2 * (below - 2 * at + above))
        assert 0 < best < 1 - p


def test_the_caption_says_where_it_is_noisier():
    live = leave_one_out.noise()
    for settings, words in (
        ({"num_samples": 2}, "the noisier of the two for every p."),
        ({"num_samples": 8, "shift": 0}, "the noisier of the two for p above 0.632."),
        ({"num_samples": 64, "shift": -0.2}, "the noisier of the two for p below 0.204 and above 0.594."),
        ({"num_samples": 8, "shift": 1}, "the less noisy of the two for every p."),
    ):
        live.set(**settings)
        assert live.caption_text.endswith(words)
    assert re.search(r"Rewards 1\.0 and 2\.0, 8 samples", live.caption_text)


# Notebook 11


def weight(size, p):
    return float(group_baselines.weight(size, p))


def test_the_update_is_the_standard_deviation_of_the_group_and_with_that_of_a_sample_a_little_less():
    """Whatever p is: the p of the score drops out."""
    for size in (2, 5, 8):
        for num_successes in range(1, size):
            rewards = np.arange(size) < num_successes
            for p in (0.1, 0.7):
                for ddof, factor in ((0, 1), (1, np.sqrt(1 - 1 / size))):
                    deviation = rewards.std(ddof=ddof)
                    update = ((rewards - p) * (rewards - rewards.mean()) / deviation).mean()
                    assert update == pytest.approx(factor * rewards.std())


def test_the_factors_of_notebook_11():
    words = text("11_what_grpo_climbs")
    assert [round(weight(*at), 2) for at in ((8, 0.01), (8, 0.5), (64, 0.01))] == [2.61, 1.86, 6.74]
    assert "with $G=8$ it is 2.61 at $p=0.01$ and 1.86 at $p=0.5$" in words
    assert "with $G=64$ it is 6.74 at $p=0.01$" in words
    live = what_grpo_climbs.weight()
    live.set(num_samples=64, p=0.01)
    assert "6.74 times the gradient of U; with more and more samples it tends to 10.05 times" in live.caption_text


def test_for_2_and_3_samples_it_is_leave_one_out_sample_by_sample_and_for_4_it_is_not():
    updates = {
        size: [group_baselines.update(size, 0.3, name) for name in ("normalised", "leave-one-out")]
        for size in (2, 3, 4)
    }
    for size, factor in ((2, 1), (3, np.sqrt(2))):
        np.testing.assert_allclose(updates[size][0], factor * updates[size][1], atol=1e-15)
    normalised, others = (update[1:-1] for update in updates[4])
    assert np.ptp(normalised / others) > 0.1


def test_groups_that_teach_nothing():
    assert round(group_baselines.silent_share(8, 0.05), 2) == 0.66
    assert abs(0.95**8 - 2 / 3) < 0.005  # two groups in three are all wrong
    assert "In 66.3% of the groups at p = 0.05 all answers are equal" in what_grpo_climbs.weight().caption_text


def test_easy_and_hard_questions_count_alike_and_never_more_than_the_root_of_g_less_1():
    grid = np.concatenate([[1e-6, 1e-4], np.arange(1, 100) / 100])
    for size in (4, 8, 16, 64):
        factors = group_baselines.weight(size, grid)
        np.testing.assert_allclose(factors, group_baselines.weight(size, 1 - grid), rtol=1e-9)
        assert (factors < np.sqrt(size - 1)).all()
        assert factors[0] == pytest.approx(np.sqrt(size - 1), rel=1e-4)
        assert (np.diff(factors[grid <= 0.5]) < 0).all()  # least in the middle
        assert (np.diff(group_baselines.climbed(size, grid)) > 0).all()


def test_a_parameter_may_be_turned_the_other_way():
    """It helps a question with p = 0.05 and harms, a fifth as much, one with p = 1/2."""
    at, slopes = np.array([0.05, 0.5]), np.array([1, -0.2])
    gradient = slopes @ group_baselines.gradient(at)
    update = slopes @ group_baselines.update_moments(8, at, "normalised")[0]
    assert gradient < -0.002
    assert update > 0.02


# Notebook 12

PROFILE = (0.5, 0.3, 0.3, 0.4, 0.5, 0.8)
THETAS = np.linspace(-4, 4, 81)


def test_the_mean_of_the_scores_is_0_and_that_of_scores_over_length_is_not():
    for theta in (-1.0, 0.0, 2.0):
        assert lengths.mean_of_scores(theta)[0] == pytest.approx(0, abs=1e-15)
    assert round(float(lengths.mean_of_scores(0.0)[1]), 3) == -0.191
    assert text("12_divide_by_length").count("-0.191") == 3
    chances, scores = lengths.length_law(0.0)
    over = scores / np.arange(1, 7)
    assert (np.diff(scores) > 0).all()
    assert (np.diff(over) > 0).all()
    assert (scores[0] < 0) & (scores[2:] > 0).all()
    pushed = [chances @ (over * (np.array(PROFILE) - b)) for b in (0.4, 1.4)]
    assert np.diff(pushed)[0] == pytest.approx(0.191, abs=5e-4)  # towards longer answers


def test_where_length_does_not_matter_both_are_0():
    for q in (0.0, 0.5, 1.0):
        np.testing.assert_allclose(lengths.updates(THETAS, [q] * 6), 0, atol=1e-15)
    live = divide_by_length.signs()
    live.set(**divide_by_length.profile(*[0.5] * 6))
    assert "Both are 0. They are opposite for 0% of the θ shown." in live.caption_text


@pytest.mark.slow
def test_the_divided_update_goes_the_wrong_way_and_ends_at_short_answers():
    found = [float(each) for each in lengths.updates(0.0, PROFILE)]
    assert [f"{each:+.4f}" for each in found] == ["+0.0047", "-0.0156"]
    assert "gradient +0.0047; with each answer divided by its length the mean update is -0.0156. The signs are opp" in (
        divide_by_length.signs().caption_text
    )
    ends = []
    for which in (0, 1):
        theta = 0.0
        for _ in range(2000):
            theta += 20 * float(lengths.updates(theta, PROFILE)[which])
        ends.append(round(float(lengths.length_law(theta)[0] @ PROFILE), 2))
    assert ends == [0.8, 0.5]


@pytest.mark.slow
def test_about_one_in_ten_random_settings_has_opposite_signs():
    """Of 10 000 draws the share has a standard deviation of 0.003: 0.02 is more than six of them."""
    rng = np.random.default_rng(0)
    both = np.array([lengths.updates(rng.normal(), rng.random(6)) for _ in range(10_000)])
    assert lengths.opposite(*both.T).mean() == pytest.approx(0.1, abs=0.02)


def test_an_accuracy_that_only_rises_or_only_falls_has_no_band():
    """Two covariances with what rises with the length, as it stands in the notebook."""
    rng = np.random.default_rng(1)
    for right in np.sort(rng.random((50, 6))):
        for q in (right, right[::-1]):
            assert not lengths.opposite(*lengths.updates(THETAS, q)).any()
    chances, scores = lengths.length_law(0.7)
    for values, found in zip((scores, scores / np.arange(1, 7)), lengths.updates(0.7, PROFILE), strict=True):
        covariance = chances @ (values * PROFILE) - (chances @ values) * (chances @ PROFILE)
        assert float(found) == pytest.approx(covariance, abs=1e-15)


def test_to_the_right_of_the_band_the_signs_agree():
    differ = THETAS[lengths.opposite(*lengths.updates(THETAS, PROFILE))]
    assert differ[[0, -1]] == pytest.approx([0, 0.4])
