"""Problem set 5, causality: reward-to-go, its gradient samples, training with them, a repair, and when they lose."""

import numpy as np

from pgcourse.homework.judges.judges import follows_its_simulator, raises_the_variance, repairs_the_program
from pgcourse.homework.public import corridor_utility, simulate_corridor
from pgcourse.homework.task import task

TWO_ROWS = np.array([[1.0, 2.0, 3.0], [4.0, 0.0, -2.0]])
RIPPLE = np.cos(np.arange(20.0) ** 2).reshape(4, 5)


@task(
    points=2,
    visible=[
        (np.array([1.0, 2.0, 4.0]), 0.5),
        (TWO_ROWS, 0.5),
        (np.array([2, 1, 5]), 0.5),
        (TWO_ROWS.astype(np.float32), 0.0),
        (TWO_ROWS, 1.0),
        (np.array([-2.0]), 0.5),
        (np.array([[4.0], [1.0]]), 0.5),
        (TWO_ROWS[:1], 0.25),
        (np.full((2, 3), 2.0), 0.5),
    ],
    hidden=[
        (RIPPLE, 0.9),
        (RIPPLE, 0.0),
        (RIPPLE, 1.0),
        (RIPPLE.T, 0.3),
        (RIPPLE[0], 0.7),
        (np.array([3.0]), 0.5),
        (np.array([[3.0], [-1.0]]), 0.5),
        (np.array([1, 2, 3, 5]), 0.25),
        (np.array([[1, 0, 7], [2, 2, 2], [0, 0, 1]]), 0.5),
        (RIPPLE.astype(np.float32), 0.9),
        (np.ones(400), 0.1),
    ],
    reread="the definition of reward-to-go, and the example by hand",
    package=("pgcourse.gradients.estimators:rewards_to_go",),
)
def reward_to_go(rewards, discount):
    to_go = np.array(rewards, dtype=float)
    for k in range(to_go.shape[-1] - 2, -1, -1):
        to_go[..., k] += discount * to_go[..., k + 1]
    return to_go


@reward_to_go.right
def one_matrix_product(rewards, discount):
    steps = np.arange(rewards.shape[-1])
    gaps = steps[:, None] - steps  # l - k, for row l and column k
    return rewards @ np.where(gaps >= 0, float(discount) ** np.maximum(gaps, 0), 0.0)


@reward_to_go.right
def one_trajectory_at_a_time(rewards, discount):
    if rewards.ndim == 2:
        return np.array([reward_to_go(row, discount) for row in rewards])
    ahead, to_go = 0.0, []
    for reward in rewards[::-1]:
        ahead = reward + discount * ahead
        to_go.append(ahead)
    return np.array(to_go[::-1])


@reward_to_go.right
def dot_products_with_the_discounts(rewards, discount):
    horizon = rewards.shape[-1]
    discounts = discount ** np.arange(horizon)
    return np.stack([rewards[..., k:] @ discounts[: horizon - k] for k in range(horizon)], axis=-1)


@reward_to_go.mistake("This adds up the rewards before each step: reward-to-go looks ahead.")
def what_was_earned_before(rewards, discount):
    earned = rewards.astype(float)
    for k in range(1, rewards.shape[-1]):
        earned[..., k] += discount * earned[..., k - 1]
    return earned


@reward_to_go.mistake(
    "The loop stops before the first step: `range(H - 2, -1, -1)` ends at 0, and `range(H - 2, 0, -1)` at 1."
)
def first_step_left_out(rewards, discount):
    to_go = rewards.astype(float)
    for k in range(rewards.shape[-1] - 2, 0, -1):
        to_go[..., k] += discount * to_go[..., k + 1]
    return to_go


@reward_to_go.mistake("This looks one step ahead: all later rewards belong to it.")
def one_step_ahead(rewards, discount):
    to_go = rewards.astype(float)
    to_go[..., :-1] += discount * rewards[..., 1:]
    return to_go


@reward_to_go.mistake("This is the return at every step: count from step k on.")
def return_at_every_step(rewards, discount):
    total = rewards @ discount ** np.arange(rewards.shape[-1])
    return np.repeat(total[..., None], rewards.shape[-1], axis=-1)


@reward_to_go.mistake("This adds up the rewards so far: it looks back, not ahead.")
def looks_back(rewards, discount):
    discounts = float(discount) ** np.arange(rewards.shape[-1])
    return np.cumsum(rewards * discounts, axis=-1)


@reward_to_go.mistake("This is the reversed cumulative sum, not reversed again at the end.")
def not_reversed_again(rewards, discount):
    to_go = np.array(rewards, dtype=float)
    for k in range(to_go.shape[-1] - 2, -1, -1):
        to_go[..., k] += discount * to_go[..., k + 1]
    return to_go[..., ::-1]


@reward_to_go.mistake("The discount is missing.")
def no_discount(rewards, discount):
    return np.cumsum(rewards[..., ::-1], axis=-1, dtype=float)[..., ::-1]


@reward_to_go.mistake("The discount is counted from the start of the trajectory: from step k on it begins again at 1.")
def discounted_from_the_start(rewards, discount):
    discounted = rewards * float(discount) ** np.arange(rewards.shape[-1])
    return np.cumsum(discounted[..., ::-1], axis=-1)[..., ::-1]


@reward_to_go.mistake("The reward of step k itself is missing.")
def without_the_reward_of_the_step(rewards, discount):
    to_go = np.zeros(rewards.shape)
    for k in range(rewards.shape[-1] - 2, -1, -1):
        to_go[..., k] = rewards[..., k + 1] + discount * to_go[..., k + 1]
    return to_go


@reward_to_go.mistake("The present reward is missing: the sum begins at l = k, not at k+1.")
def without_the_present_reward(rewards, discount):
    to_go = np.array(rewards, dtype=float)
    for k in range(to_go.shape[-1] - 2, -1, -1):
        to_go[..., k] += discount * to_go[..., k + 1]
    return to_go - rewards


@reward_to_go.mistake("The reward of step k itself is discounted: its factor is 1.")
def discounted_once_too_often(rewards, discount):
    to_go = np.array(rewards, dtype=float) * discount
    for k in range(to_go.shape[-1] - 2, -1, -1):
        to_go[..., k] += discount * to_go[..., k + 1]
    return to_go


@reward_to_go.mistake("The discount is applied twice.")
def doubled_discount(rewards, discount):
    to_go = np.array(rewards, dtype=float)
    for k in range(to_go.shape[-1] - 2, -1, -1):
        to_go[..., k] += discount**2 * to_go[..., k + 1]
    return to_go


@reward_to_go.mistake("This runs along the first axis, over the trajectories: the steps are along the last.")
def along_the_first_axis(rewards, discount):
    to_go = np.array(rewards, dtype=float)
    for k in range(len(to_go) - 2, -1, -1):
        to_go[k] += discount * to_go[k + 1]
    return to_go


@reward_to_go.mistake("Where γ^k is 0, dividing by it is 0/0, which is NaN: build the sum from the end instead.")
def zero_over_zero(rewards, discount):
    discounts = float(discount) ** np.arange(rewards.shape[-1])
    tails = np.cumsum((rewards * discounts)[..., ::-1], axis=-1)[..., ::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return tails / discounts


@reward_to_go.mistake("Dividing by γ^k fails where γ^k is 0: build the sum from the end instead.")
def divided_by_the_discounts(rewards, discount):
    discounts = float(discount) ** np.arange(rewards.shape[-1])
    tails = np.cumsum((rewards * discounts)[..., ::-1], axis=-1)[..., ::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(tails / discounts)


@reward_to_go.mistake("An array of whole numbers cuts off the digits of each sum: make it an array of floats.")
def integer_truncation(rewards, discount):
    to_go = np.zeros_like(rewards)
    to_go[..., -1] = rewards[..., -1]
    for k in range(rewards.shape[-1] - 2, -1, -1):
        to_go[..., k] = rewards[..., k] + discount * to_go[..., k + 1]
    return to_go


@reward_to_go.mistake("This changes the rewards in place: work on a copy of them.")
def in_place(rewards, discount):
    for k in range(rewards.shape[-1] - 2, -1, -1):
        rewards[..., k] += discount * rewards[..., k + 1]
    return rewards


COLUMN = np.array([[[1.0], [3.0], [-2.0]], [[2.0], [0.0], [1.0]]])
ONE = np.array([[[1.0, 0.0], [2.0, 1.0]]])
SCORES = np.sin(np.arange(60.0) ** 2).reshape(4, 5, 3)


@task(
    points=3,
    visible=[
        (ONE, np.array([[4.0, 2.0]]), 0.5),
        (COLUMN, TWO_ROWS, 0.5),
        (COLUMN, np.array([[3, 1, 0], [2, 5, 1]]), 0.25),
        (COLUMN.astype(np.float32), TWO_ROWS.astype(np.float32), 0.0),
        (COLUMN, TWO_ROWS, 1.0),
        (COLUMN[:, :1], TWO_ROWS[:, :1], 0.5),
        (np.arange(18.0).reshape(3, 2, 3) % 5 - 2, np.array([[1.0, 3.0], [-2.0, 4.0], [0.5, 0.0]]), 0.8),
    ],
    hidden=[
        (SCORES, RIPPLE, 0.9),
        (SCORES, RIPPLE, 0.0),
        (SCORES, RIPPLE, 1.0),
        (SCORES[:1], RIPPLE[:1], 0.7),
        (SCORES[:, :1], RIPPLE[:, :1], 0.7),
        (SCORES[:, :, :1], RIPPLE, 0.4),
        (SCORES[:3, :3], np.array([[1, 0, 7], [2, 2, 2], [0, 0, 1]]), 0.5),
        (SCORES.astype(np.float32), RIPPLE.astype(np.float32), 0.9),
    ],
    reread="the formula of the sample: which score meets which rewards, and the factor γ^k",
    package=("pgcourse.gradients.estimators:reward_to_go",),
)
def reward_to_go_gradient(scores, rewards, discount):
    discounts = discount ** np.arange(rewards.shape[1])
    weights = discounts * reward_to_go(rewards, discount)
    return (scores * weights[:, :, None]).sum(axis=1)


@reward_to_go_gradient.right
def double_loop(scores, rewards, discount):
    num_trajectories, horizon, size = scores.shape
    samples = np.zeros((num_trajectories, size))
    for i in range(num_trajectories):
        to_go = reward_to_go(rewards[i], discount)
        for k in range(horizon):
            samples[i] += scores[i, k] * discount**k * to_go[k]
    return samples


@reward_to_go_gradient.right
def each_reward_meets_the_scores_before_it(scores, rewards, discount):
    discounted = rewards * discount ** np.arange(rewards.shape[1])
    return np.einsum("ml,mln->mn", discounted, np.cumsum(scores, axis=1))


@reward_to_go_gradient.right
def discounted_rewards_from_step_k_on(scores, rewards, discount):
    discounted = rewards * float(discount) ** np.arange(rewards.shape[1])
    tails = np.flip(np.cumsum(np.flip(discounted, 1), axis=1), 1)
    return (tails[:, None, :] @ scores)[:, 0, :]


@reward_to_go_gradient.mistake("The factor is γ^(2k) here: multiply by γ^k once.")
def discounted_twice(scores, rewards, discount):
    weights = float(discount) ** (2 * np.arange(rewards.shape[1])) * reward_to_go(rewards, discount)
    return (scores * weights[:, :, None]).sum(axis=1)


@reward_to_go_gradient.mistake("The factor γ^k is missing: step k counts as if it were the first.")
def without_the_discount_of_the_step(scores, rewards, discount):
    return np.einsum("mk,mkn->mn", reward_to_go(rewards, discount), scores)


@reward_to_go_gradient.mistake("The factor is γ^(k+1): steps are counted from 0, so the first has the factor 1.")
def counted_from_one(scores, rewards, discount):
    discounts = discount ** np.arange(1, rewards.shape[1] + 1)
    return np.einsum("k,mk,mkn->mn", discounts, reward_to_go(rewards, discount), scores)


@reward_to_go_gradient.mistake("The discount is counted twice: in the rewards and again within reward-to-go.")
def doubled_discount_of_rewards(scores, rewards, discount):
    discounts = discount ** np.arange(rewards.shape[1])
    return np.einsum("k,mk,mkn->mn", discounts, reward_to_go(rewards * discounts, discount), scores)


@reward_to_go_gradient.mistake(
    "This is the total-return sample: each score is multiplied by all rewards, earlier ones too."
)
def total_return(scores, rewards, discount):
    returns = rewards @ discount ** np.arange(rewards.shape[1])
    return scores.sum(axis=1) * returns[:, None]


@reward_to_go_gradient.mistake(
    "Each score is multiplied by the rewards up to its step: causality keeps those from its step on."
)
def rewards_before(scores, rewards, discount):
    so_far = np.cumsum(rewards * discount ** np.arange(rewards.shape[1]), axis=1)
    return np.einsum("mk,mkn->mn", so_far, scores)


@reward_to_go_gradient.mistake(
    "Each score is multiplied by the reward of its own step only: the later ones count as well."
)
def own_reward_only(scores, rewards, discount):
    return np.einsum("mk,mkn->mn", rewards * discount ** np.arange(rewards.shape[1]), scores)


@reward_to_go_gradient.mistake("Each score is multiplied by the later rewards only: the present one counts as well.")
def without_the_present_reward_of_the_score(scores, rewards, discount):
    weights = discount ** np.arange(rewards.shape[1]) * (reward_to_go(rewards, discount) - rewards)
    return np.einsum("mk,mkn->mn", weights, scores)


@reward_to_go_gradient.mistake("This is the mean over the steps: the formula has a sum.")
def mean_over_steps(scores, rewards, discount):
    weights = discount ** np.arange(rewards.shape[1]) * reward_to_go(rewards, discount)
    return (scores * weights[:, :, None]).mean(axis=1)


@reward_to_go_gradient.mistake("The sums over the steps are multiplied: multiply step by step, then add.")
def product_of_sums(scores, rewards, discount):
    weights = discount ** np.arange(rewards.shape[1]) * reward_to_go(rewards, discount)
    return scores.sum(axis=1) * weights.sum(axis=1)[:, None]


@reward_to_go_gradient.mistake("The sign is flipped: utility is maximised.")
def descent(scores, rewards, discount):
    weights = discount ** np.arange(rewards.shape[1]) * reward_to_go(rewards, discount)
    return -np.einsum("mk,mkn->mn", weights, scores)


@reward_to_go_gradient.mistake("This is the mean over the trajectories: return one sample for each, of shape (m, n).")
def mean_over_trajectories(scores, rewards, discount):
    weights = discount ** np.arange(rewards.shape[1]) * reward_to_go(rewards, discount)
    return np.einsum("mk,mkn->mn", weights, scores).mean(axis=0)


def moves(scores, rewards):
    """Return how far θ moves in one iteration, divided by the step size: if all is right (""), and by mistake."""
    samples = reward_to_go_gradient(scores, rewards, 1.0)
    returns = rewards.sum(axis=1)[:, None]
    return {
        "": samples.mean(axis=0),
        "descent on utility": -samples.mean(axis=0),
        "sum for mean": samples.sum(axis=0),
        "total return for reward to go": (scores.sum(axis=1) * returns).mean(axis=0),
        "first trajectory only": samples[0],
        "mean over all decisions": samples.mean(axis=0) / rewards.shape[1],
        "score alone": scores.sum(axis=1).mean(axis=0),
    }


def script(theta, step_size, num_iterations, scores, rewards):
    """Return the inputs of the judge for a simulator that gives this batch in every iteration."""
    return ("batch", theta, step_size, num_iterations, scores, rewards, moves(scores, rewards))


BY_HAND = (np.array([[[1.0], [2.0]], [[3.0], [1.0]]]), np.array([[1.0, 2.0], [0.0, 4.0]]))
BAR = 0.65
"""What the exact utility must reach: θ = 0 has 0.007, always going right 0.750, right training 0.705 ± 0.005."""
NUM_RUNS = 7
CORRIDOR = (simulate_corridor, corridor_utility, np.zeros(8), 0.5, 40, BAR, NUM_RUNS)


@task(
    points=4,
    visible=[
        # first, since it tells most mistakes apart
        script(np.array([0.5, -1.0]), 0.1, 5, SCORES[:3, :4, :2], RIPPLE[:3, :4]),
        script(np.array([0.0]), 0.1, 1, *BY_HAND),
        script(np.array([1.0]), 0.1, 3, *BY_HAND),
        script(np.array([2, -1]), 0.1, 2, SCORES[:2, :3, :2], RIPPLE[:2, :3]),
        ("corridor", *CORRIDOR, 0),
    ],
    hidden=[
        script(np.array([1.0, -2.0, 0.5]), 0.25, 4, SCORES, RIPPLE),
        script(np.array([3, 1, -2]), 0.05, 2, SCORES[:3, :4], RIPPLE[:3, :4]),
        script(np.zeros(3), 2.0, 1, SCORES[1:, :2], RIPPLE[1:, 3:]),
        ("corridor", *CORRIDOR, 1000),
    ],
    reread="the loop of the policy gradient: simulate with the present θ, average the samples, step uphill",
    judge=follows_its_simulator,
    false_alarm=1e-6,
    why="one right run misses the bar less than once in 100 times, most of 7 runs less than once in a million",
    package=("pgcourse.optimisers.ascent:policy_gradient", "pgcourse.optimisers.ascent:stochastic_gradient_ascent"),
)
def policy_gradient(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.right
def on_a_copy(simulate, theta, step_size, num_iterations, rng):
    theta = np.array(theta, dtype=float)
    while num_iterations > 0:
        samples = reward_to_go_gradient(*simulate(theta, rng), 1)
        theta += step_size / len(samples) * samples.sum(axis=0)
        num_iterations -= 1
    return theta


@policy_gradient.right
def without_the_earlier_tasks(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        tails = np.cumsum(rewards[:, ::-1], axis=1)[:, ::-1]
        theta = theta + step_size * np.einsum("mk,mkn->n", tails, scores) / len(rewards)
    return theta


@policy_gradient.right
def with_a_generator_of_its_own_from_rng(simulate, theta, step_size, num_iterations, rng):
    own = np.random.Generator(np.random.PCG64(rng.integers(2**63)))
    thetas = [np.asarray(theta, dtype=float)]
    for k in range(num_iterations):
        scores, rewards = simulate(thetas[k], own)
        gradient = [reward_to_go_gradient(scores[[i]], rewards[[i]], 1.0)[0] for i in range(len(scores))]
        thetas.append(thetas[k] + step_size * np.mean(gradient, axis=0))
    return thetas[-1]


@policy_gradient.mistake("The sign is flipped: this goes downhill, and utility is maximised.")
def descent_on_utility(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta = theta - step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.mistake("Each step takes the sum of the samples: take their mean over the trajectories.")
def sum_for_mean(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, 1.0).sum(axis=0)
    return theta


@policy_gradient.mistake("This steps along the total-return samples: use reward_to_go_gradient.")
def total_return_for_reward_to_go(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        samples = scores.sum(axis=1) * rewards.sum(axis=1)[:, None]
        theta = theta + step_size * samples.mean(axis=0)
    return theta


@policy_gradient.mistake("Each step uses the first trajectory alone: average over the batch.")
def first_trajectory_only(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, 1.0)[0]
    return theta


@policy_gradient.mistake("This averages over the decisions as well: average over the trajectories alone.")
def mean_over_all_decisions(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        samples = reward_to_go_gradient(scores, rewards, 1.0) / rewards.shape[1]
        theta = theta + step_size * samples.mean(axis=0)
    return theta


@policy_gradient.mistake("This steps along the scores alone: the rewards are missing.")
def score_alone(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, _ = simulate(theta, rng)
        theta = theta + step_size * scores.sum(axis=1).mean(axis=0)
    return theta


@policy_gradient.mistake("Every batch is drawn at the start: simulate with the θ of the present iteration.")
def simulates_at_the_start(simulate, theta, step_size, num_iterations, rng):
    start = theta
    for _ in range(num_iterations):
        scores, rewards = simulate(start, rng)
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.mistake("One batch serves all iterations: call simulate again in each.")
def one_batch_for_all(simulate, theta, step_size, num_iterations, rng):
    scores, rewards = simulate(theta, rng)
    for _ in range(num_iterations):
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.mistake("There is one iteration too few.")
def one_iteration_too_few(simulate, theta, step_size, num_iterations, rng):
    for _ in range(1, num_iterations):
        scores, rewards = simulate(theta, rng)
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.mistake("Two different generators give the same batches: simulate with the rng that you are given.")
def seeded_inside(simulate, theta, step_size, num_iterations, rng):
    rng = np.random.default_rng(0)
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.mistake("Equal generators give different results: simulate with the rng that you are given.")
def numbers_from_elsewhere(simulate, theta, step_size, num_iterations, rng):
    rng = np.random.default_rng()
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.mistake(
    "What is passed to simulate is not a numpy.random.Generator: pass on the rng that you are given."
)
def global_random_numbers(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, np.random)
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.mistake("This changes θ in place: work on a copy of it.")
def theta_in_place(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta += step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.mistake("A copy of whole numbers holds whole numbers: make θ an array of floats first.")
def a_copy_of_whole_numbers(simulate, theta, step_size, num_iterations, rng):
    theta = theta.copy()
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta += step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)
    return theta


@policy_gradient.mistake("This returns every θ on the way: return the last one.")
def the_whole_path(simulate, theta, step_size, num_iterations, rng):
    path = [theta]
    for _ in range(num_iterations):
        scores, rewards = simulate(path[-1], rng)
        path.append(path[-1] + step_size * reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0))
    return np.array(path)


THREE_STEPS = (np.array([[[1.0], [2.0], [1.0]], [[3.0], [1.0], [-1.0]]]), np.array([[1.0, 2.0, 4.0], [0.0, 4.0, 8.0]]))
RUNS_ON = "Scores meet rewards of other trajectories: begin the trace anew with each, and use its own rewards alone."
WRONG_REWARDS = "A score must meet all rewards from its own step on, that one too, and none from before."
WRONG_FACTOR = "Where r_k meets a score, the factor must be α γ^k/m, whichever earlier step the score is from."


@task(
    points=3,
    visible=[
        (np.array([1.0]), 0.1, 0.5, *THREE_STEPS),
        (np.array([2, -1]), 0.2, 0.5, SCORES[:2, :3, :2], RIPPLE[:2, :3]),
    ],
    hidden=[
        (np.array([0.3, -2.0, 0.5]), 0.25, 0.8, SCORES[:3, :4], RIPPLE[:3, :4]),
        (np.array([3, 1, -2]), 0.05, 0.3, SCORES[1:3, 1:4], RIPPLE[1:3, 1:4]),
    ],
    reread="the formula in task 4, and what the trace holds when reward k is read",
    judge=repairs_the_program,
    why="the step is linear in scores and rewards, so all its weights are read off exactly",
    package=("pgcourse.optimisers.ascent:policy_gradient", "pgcourse.optimisers.ascent:stochastic_gradient_ascent"),
)
def repaired(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient = np.zeros(len(theta))
        for i in range(len(rewards)):
            trace = np.zeros_like(gradient)
            for k in range(rewards.shape[1]):
                trace = trace + scores[i, k]
                gradient += discount**k * rewards[i, k] * trace
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.right
def by_the_earlier_tasks(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        theta = theta + step_size * reward_to_go_gradient(*simulate(theta, rng), discount).mean(axis=0)
    return theta


@repaired.right
def discounted_trace_and_discounted_score(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient = np.zeros(len(theta))
        for i in range(len(rewards)):
            trace = np.zeros(len(theta))
            for k in range(rewards.shape[1]):
                trace = discount * trace + discount**k * scores[i, k]
                gradient += rewards[i, k] * trace
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.right
def all_trajectories_at_once(simulate, theta, step_size, num_iterations, discount, rng):
    theta = np.array(theta, dtype=float)
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        traces = np.cumsum(scores, axis=1)
        discounts = discount ** np.arange(rewards.shape[1])
        theta = theta + step_size * np.mean(((discounts * rewards)[:, :, None] * traces).sum(axis=1), axis=0)
    return theta


@repaired.right
def backwards_in_time(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        num_trajectories, horizon = rewards.shape
        gradient = np.zeros(len(theta))
        for i in range(num_trajectories):
            ahead = 0.0
            for k in reversed(range(horizon)):
                ahead += discount**k * rewards[i, k]
                gradient += ahead * scores[i, k] / num_trajectories
        theta = theta + step_size * gradient
    return theta


@repaired.mistake(f"{RUNS_ON} {WRONG_REWARDS} {WRONG_FACTOR}")
def as_it_was(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient, trace = np.zeros(len(theta)), np.zeros(len(theta))
        for i in range(len(rewards)):
            for k in range(rewards.shape[1]):
                gradient += rewards[i, k] * trace
                trace = discount * trace + scores[i, k]
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake(f"{WRONG_REWARDS} {WRONG_FACTOR}", points=1)
def only_begins_anew(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient = np.zeros(len(theta))
        for i in range(len(rewards)):
            trace = np.zeros(len(theta))
            for k in range(rewards.shape[1]):
                gradient += rewards[i, k] * trace
                trace = discount * trace + scores[i, k]
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake(f"{RUNS_ON} {WRONG_FACTOR}", points=1)
def only_in_the_right_order(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient, trace = np.zeros(len(theta)), np.zeros(len(theta))
        for i in range(len(rewards)):
            for k in range(rewards.shape[1]):
                trace = discount * trace + scores[i, k]
                gradient += rewards[i, k] * trace
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake(f"{RUNS_ON} {WRONG_REWARDS}", points=1)
def only_discounted_rightly(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient, trace = np.zeros(len(theta)), np.zeros(len(theta))
        for i in range(len(rewards)):
            for k in range(rewards.shape[1]):
                gradient += discount**k * rewards[i, k] * trace
                trace = trace + scores[i, k]
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake(RUNS_ON, points=2)
def still_runs_on(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient, trace = np.zeros(len(theta)), np.zeros(len(theta))
        for i in range(len(rewards)):
            for k in range(rewards.shape[1]):
                trace = trace + scores[i, k]
                gradient += discount**k * rewards[i, k] * trace
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake(WRONG_REWARDS, points=2)
def still_in_the_wrong_order(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient = np.zeros(len(theta))
        for i in range(len(rewards)):
            trace = np.zeros(len(theta))
            for k in range(rewards.shape[1]):
                gradient += discount**k * rewards[i, k] * trace
                trace = trace + scores[i, k]
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake(WRONG_FACTOR, points=2)
def still_the_wrong_discount(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient = np.zeros(len(theta))
        for i in range(len(rewards)):
            trace = np.zeros(len(theta))
            for k in range(rewards.shape[1]):
                trace = discount * trace + scores[i, k]
                gradient += rewards[i, k] * trace
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake(WRONG_FACTOR, points=2)
def discounted_in_both_places(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient = np.zeros(len(theta))
        for i in range(len(rewards)):
            trace = np.zeros(len(theta))
            for k in range(rewards.shape[1]):
                trace = discount * trace + scores[i, k]
                gradient += discount**k * rewards[i, k] * trace
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake(WRONG_FACTOR, points=2)
def not_discounted_at_all(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient = np.zeros(len(theta))
        for i in range(len(rewards)):
            trace = np.zeros(len(theta))
            for k in range(rewards.shape[1]):
                trace = trace + scores[i, k]
                gradient += rewards[i, k] * trace
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake(WRONG_FACTOR, points=2)
def divided_by_all_decisions(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        samples = reward_to_go_gradient(scores, rewards, discount)
        theta = theta + step_size * samples.sum(axis=0) / rewards.size
    return theta


@repaired.mistake(WRONG_REWARDS, points=2)
def whole_return_for_each_score(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        returns = rewards @ discount ** np.arange(rewards.shape[1])
        theta = theta + step_size * (scores.sum(axis=1) * returns[:, None]).mean(axis=0)
    return theta


@repaired.mistake(WRONG_REWARDS, points=2)
def trace_begins_anew_at_each_step(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        gradient = np.zeros(len(theta))
        for i in range(len(rewards)):
            for k in range(rewards.shape[1]):
                gradient += discount**k * rewards[i, k] * scores[i, k]
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake("A new fault: the sign is flipped, and each step goes downhill.")
def goes_downhill(simulate, theta, step_size, num_iterations, discount, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta = theta - step_size * reward_to_go_gradient(scores, rewards, discount).mean(axis=0)
    return theta


@repaired.mistake(
    "A new fault: in each iteration simulate must get the present θ, and step_size times the mean sample of its batch "
    "must be all that moves θ."
)
def moves_by_earlier_batches(simulate, theta, step_size, num_iterations, discount, rng):
    gradient = np.zeros(len(theta))
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        for i in range(len(rewards)):
            trace = np.zeros(len(theta))
            for k in range(rewards.shape[1]):
                trace = trace + scores[i, k]
                gradient += discount**k * rewards[i, k] * trace
        theta = theta + step_size * gradient / len(rewards)
    return theta


@repaired.mistake("A new fault: every batch is drawn with the θ of the start.")
def draws_with_the_first_theta(simulate, theta, step_size, num_iterations, discount, rng):
    start = theta
    for _ in range(num_iterations):
        theta = theta + step_size * reward_to_go_gradient(*simulate(start, rng), discount).mean(axis=0)
    return theta


@repaired.mistake("A new fault: simulate is called but once, and each iteration needs a batch of its own.")
def draws_but_once(simulate, theta, step_size, num_iterations, discount, rng):
    scores, rewards = simulate(theta, rng)
    for _ in range(num_iterations):
        theta = theta + step_size * reward_to_go_gradient(scores, rewards, discount).mean(axis=0)
    return theta


@task(
    points=2,
    visible=[(np.zeros(4),)],
    reread="the two samples, and what is left of each when the rewards do not depend on the actions",
    judge=raises_the_variance,
    why="both variances are exact; they must differ by more than 0.001, far above rounding",
)
def causality_loses():
    return np.ones(2), -np.ones(2)


@causality_loses.right
def first_a_loss():
    return np.full(2, -3), np.full(2, 2)


@causality_loses.right
def rewards_that_depend_on_the_action():
    rewards = np.array([[2.0, 1.0], [-1.5, -2.5]])
    return rewards[0], rewards[1]


@causality_loses.right
def large_rewards():
    return np.array([10.0, 9.0], dtype=np.float32), np.array([-10.0, -8.0], dtype=np.float32)


@causality_loses.mistake("Here reward-to-go has the smaller variance, as it usually does.")
def causality_helps():
    return np.array([1.0, 1.0]), np.array([1.0, 1.0])


@causality_loses.mistake("Nothing is earned in the second step, so dropping the first reward there can only help.")
def nothing_in_the_second_step():
    return np.array([1.0, 2.0]), np.array([0.0, 0.0])


@causality_loses.mistake("Nothing is earned in the first step, so there is nothing that reward-to-go could drop.")
def nothing_in_the_first_step():
    return np.array([0.0, 0.0]), np.array([1.0, -1.0])


@causality_loses.mistake("Both variances are the same here: make the difference larger than 0.001.")
def a_tie():
    return np.array([2.0, 2.0]), np.array([-1.0, -1.0])


@causality_loses.mistake("A reward is not a number between -10 and 10.")
def not_a_number():
    return np.array([1.0, np.nan]), np.array([-1.0, -1.0])


@causality_loses.mistake("These are lists: return two NumPy arrays.")
def lists():
    return [1.0, 1.0], [-1.0, -1.0]


@causality_loses.mistake("This is one number per step: return one for each action.")
def one_number_a_step():
    return 1.0, -1.0


@causality_loses.mistake("This is one table: return its rows as two arrays.")
def one_table():
    return np.array([[1.0, 1.0], [-1.0, -1.0]])


TASKS = [reward_to_go, reward_to_go_gradient, policy_gradient, repaired, causality_loses]
