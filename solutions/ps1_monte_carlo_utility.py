"""Problem set 1, Monte Carlo utility: the return, its mean and error, a sampler, where to stop, how many to draw."""

import numpy as np

from pgcourse.homework.judges.judges import draws_enough, follows_the_process
from pgcourse.homework.task import task

SEVEN_DIGITS = "rewards in single precision leave seven digits"


@task(
    points=2,
    visible=[
        (np.array([1.0, 2.0, 4.0]), 0.5),
        (np.array([0.0, 0.0, 5.0]), 0.9),
        (np.array([3, -1]), 0.3),
        (np.array([2.0, 3.0]), 0.0),
        (np.array([2.0, -5.0, 0.5]), 1.0),
        (np.array([6, 2]), 1),
        (np.array([-4.0]), 0.5),
        (np.array([0.5, 2.0], dtype=np.float32), 0.75),
        (np.full(12, 0.7), 0.95),
    ],
    hidden=[
        (np.array([2.5]), 0.7),
        (np.array([1.0, -2.0, 3.0, 0.5]), 0.0),
        (np.array([1.0, -2.0, 3.0, 0.5]), 1.0),
        (np.array([1.5, -0.25, 2.0], dtype=np.float32), 0.5),
        (np.array([7, 5, -3, 2]), 0.95),
        (np.array([4, 1, 1]), 1),
        (np.full(200, 0.1), 0.99),
    ],
    reread="the definition of the return, and which power of γ stands before r_0",
    tolerance=1e-5,
    why=SEVEN_DIGITS,
    package=("pgcourse.gradients.estimators:rewards_to_go", "pgcourse.gradients.trajectories:Trajectories.returns"),
)
def discounted_return(rewards, discount):
    return float(np.sum(discount ** np.arange(len(rewards)) * rewards))


@discounted_return.right
def a_loop(rewards, discount):
    total, weight = 0.0, 1.0
    for reward in rewards:
        total += weight * float(reward)
        weight *= discount
    return total


@discounted_return.right
def backwards(rewards, discount):
    total = 0.0
    for reward in rewards[::-1]:
        total = reward + discount * total
    return float(total)


@discounted_return.right
def a_polynomial(rewards, discount):
    return np.polyval(rewards[::-1].astype(float), discount)


@discounted_return.right
def single_precision(rewards, discount):
    weights = np.float32(discount) ** np.arange(len(rewards), dtype=np.float32)
    return weights @ rewards.astype(np.float32)


@discounted_return.mistake("This is the plain sum of the rewards: the discount is missing.")
def no_discount(rewards, discount):
    return np.sum(rewards)


@discounted_return.mistake("The discount is counted from one: r_0 is not discounted at all.")
def counted_from_one(rewards, discount):
    return np.sum(discount ** np.arange(1, len(rewards) + 1) * rewards)


@discounted_return.mistake("This is what you get with γ^(k-1): r_0 carries γ to the power 0.")
def one_power_less(rewards, discount):
    with np.errstate(all="ignore"):
        return np.sum(float(discount) ** (np.arange(len(rewards)) - 1) * rewards)


@discounted_return.mistake("The discount is counted from the end: it is the first reward that keeps its full weight.")
def counted_from_the_end(rewards, discount):
    return np.sum(discount ** np.arange(len(rewards))[::-1] * rewards)


@discounted_return.mistake("The discount is applied twice: the weight of r_k is γ^k, not γ^(2k).")
def discounted_twice(rewards, discount):
    return np.sum(discount ** (2 * np.arange(len(rewards))) * rewards)


@discounted_return.mistake("This is the mean of the discounted rewards: the return is their sum.")
def the_mean(rewards, discount):
    return np.mean(discount ** np.arange(len(rewards)) * rewards)


@discounted_return.mistake("The last reward is left out: the sum runs over all entries of the array.")
def last_reward_left_out(rewards, discount):
    return np.sum(discount ** np.arange(len(rewards) - 1) * rewards[:-1])


@discounted_return.mistake("The first reward is left out: the sum begins at k = 0.")
def first_reward_left_out(rewards, discount):
    return sum(discount**k * rewards[k] for k in range(1, len(rewards)))


@discounted_return.mistake("This is the first term alone: `return` belongs after the loop, not inside it.")
def returns_inside_the_loop(rewards, discount):
    total = 0.0
    for k, reward in enumerate(rewards):
        total += discount**k * reward
        return total


@discounted_return.mistake("This is the last term alone: add each term to the sum, as `+=` does.")
def overwritten_in_the_loop(rewards, discount):
    for k, reward in enumerate(rewards):
        total = discount**k * reward
    return total


@discounted_return.mistake("The result is rounded: return it as it is.")
def rounded(rewards, discount):
    return round(float(np.sum(discount ** np.arange(len(rewards)) * rewards)), 2)


@discounted_return.mistake(
    "Each reward is looked up by its value, so that equal rewards get one power: use `enumerate`."
)
def place_of_an_equal_reward(rewards, discount):
    return sum(discount ** list(rewards).index(reward) * reward for reward in rewards)


@discounted_return.mistake("The rewards were whole numbers here, and so the array you wrote into cut off the digits.")
def cut_off_digits(rewards, discount):
    weighted = np.zeros_like(rewards)
    for k in range(len(rewards)):
        weighted[k] = discount**k * rewards[k]
    return weighted.sum()


@discounted_return.mistake("The weights grow with k: every step multiplies by γ, it does not divide.")
def divided(rewards, discount):
    with np.errstate(all="ignore"):
        return np.sum(rewards / float(discount) ** np.arange(len(rewards)))


@discounted_return.mistake("This is an array with one entry per step: return their sum.")
def one_entry_per_step(rewards, discount):
    return discount ** np.arange(len(rewards)) * rewards


@discounted_return.mistake("This changes the rewards in place: work on a copy of them.")
def in_place(rewards, discount):
    rewards *= discount ** np.arange(len(rewards))
    return rewards.sum()


@discounted_return.mistake("This knows the examples by heart and nothing else.")
def by_heart(rewards, discount):
    return {7: 3.0, 5: 4.05, 2: 2.7}.get(float(np.sum(rewards)), 0.0)


@task(
    points=3,
    visible=[
        (np.array([2.0, 10.0, 10.0, 10.0]),),
        (np.array([3, 0, 4, 1, 2]),),
        (np.array([1.5, -2.5, 0.25], dtype=np.float32),),
        (np.array([5, 0, 0]),),
        (np.full(3, 2.5),),
    ],
    hidden=[
        (np.array([-1.0, 4.0]),),
        (np.full(6, 3.0),),
        (np.array([0.5, -1.5, 2.0, 0.25], dtype=np.float32),),
        (np.array([7, 7, 7, 8]),),
        (np.sqrt(np.arange(1000.0)) - 20,),
        (np.array([100.0, 101.0, 103.0]),),
    ],
    reread="the two formulas: what is divided by m, by m-1, and by the root of m",
    tolerance=1e-5,
    why=SEVEN_DIGITS,
)
def monte_carlo_utility(returns):
    return np.mean(returns), np.std(returns, ddof=1) / np.sqrt(len(returns))


@monte_carlo_utility.right
def two_loops(returns):
    m = len(returns)
    estimate = sum(float(value) for value in returns) / m
    squares = sum((float(value) - estimate) ** 2 for value in returns)
    return estimate, (squares / (m - 1) / m) ** 0.5


@monte_carlo_utility.right
def population_deviation_over_the_root_of_m_minus_one(returns):
    return returns.mean(), returns.std() / np.sqrt(len(returns) - 1)


@monte_carlo_utility.right
def variance_of_the_mean(returns):
    return np.average(returns), np.sqrt(np.cov(returns) / returns.size)


@monte_carlo_utility.right
def single_precision_and_a_list(returns):
    returns = returns.astype(np.float32)
    return [np.float32(returns.mean()), np.sqrt(returns.var(ddof=1) / np.float32(len(returns)))]


@monte_carlo_utility.mistake("The squares are divided by m: the mean was estimated too, so divide by m-1 (ddof=1).")
def ddof_0(returns):
    return np.mean(returns), np.std(returns) / np.sqrt(len(returns))


@monte_carlo_utility.mistake("This is the spread of one return: the standard error is that of the mean of m returns.")
def standard_deviation(returns):
    return np.mean(returns), np.std(returns, ddof=1)


@monte_carlo_utility.mistake(
    "This is the spread of one return, with m below the squares: take m-1 there (ddof=1), and divide by the root of m."
)
def as_np_std_has_it(returns):
    return np.mean(returns), np.std(returns)


@monte_carlo_utility.mistake("The standard deviation is divided by m: the error falls with the root of m only.")
def divided_by_m(returns):
    return np.mean(returns), np.std(returns, ddof=1) / len(returns)


@monte_carlo_utility.mistake("This is the variance of the estimate: the standard error is its root.")
def no_root(returns):
    return np.mean(returns), np.var(returns, ddof=1) / len(returns)


@monte_carlo_utility.mistake("The variance is divided by the root of m: take its root first.")
def variance_over_the_root_of_m(returns):
    return np.mean(returns), np.var(returns, ddof=1) / np.sqrt(len(returns))


@monte_carlo_utility.mistake("Both denominators have m-1: it belongs under the squares, and m under the variance.")
def m_minus_one_twice(returns):
    return np.mean(returns), np.std(returns, ddof=1) / np.sqrt(len(returns) - 1)


@monte_carlo_utility.mistake("The estimate is the sum of the returns: divide it by m.")
def sum_for_mean(returns):
    return np.sum(returns), np.std(returns, ddof=1) / np.sqrt(len(returns))


@monte_carlo_utility.mistake("The estimate is the median: the utility is an expectation, so take the mean.")
def the_median(returns):
    return np.median(returns), np.std(returns, ddof=1) / np.sqrt(len(returns))


@monte_carlo_utility.mistake("The two numbers are swapped: the estimate comes first.")
def swapped(returns):
    return np.std(returns, ddof=1) / np.sqrt(len(returns)), np.mean(returns)


@monte_carlo_utility.mistake("This is half of a 95 % confidence interval: the standard error comes without the 1.96.")
def half_an_interval(returns):
    return np.mean(returns), 1.96 * np.std(returns, ddof=1) / np.sqrt(len(returns))


@monte_carlo_utility.mistake("This returns the estimate alone: return the standard error as well.")
def estimate_alone(returns):
    return np.mean(returns)


@monte_carlo_utility.mistake("The returns were whole numbers here, and so the array you wrote into cut off the digits.")
def differences_cut_off(returns):
    estimate, differences = np.mean(returns), np.zeros_like(returns)
    differences[:] = returns - estimate
    return estimate, np.sqrt((differences**2).sum() / (len(returns) - 1) / len(returns))


@monte_carlo_utility.mistake("This changes the returns in place: work on a copy of them.")
def centred_in_place(returns):
    estimate = np.mean(returns)
    returns -= estimate
    return estimate, np.sqrt((returns**2).sum() / (len(returns) - 1) / len(returns))


@monte_carlo_utility.mistake("This knows the examples by heart and nothing else.")
def examples_by_heart(returns):
    return {4: (8.0, 2.0), 5: (2.0, 0.5**0.5)}.get(len(returns), (0.0, 1.0))


WORKED = (
    np.array([0.0, 0.0, 1.0]),
    np.array(
        [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        ]
    ),
    np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
)
RANDOM = (
    np.array([0.1, 0.3, 0.6]),
    np.array(
        [
            [[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]],
            [[0.25, 0.5, 0.25], [0.9, 0.0, 0.1]],
            [[0.0, 0.4, 0.6], [0.6, 0.3, 0.1]],
        ]
    ),
    np.array([[1.0, -2.0], [0.5, 4.0], [0.0, 3.0]]),
    np.array([[0.9, 0.1], [0.3, 0.7], [0.15, 0.85]]),
)
WIDE = (
    np.array([0.4, 0.0, 0.35, 0.25]),
    np.array(
        [
            [[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0.0, 0.0, 1.0, 0.0]],
            [[0.7, 0.1, 0.1, 0.1], [0.0, 0.5, 0.5, 0.0], [0.25, 0.25, 0.25, 0.25]],
            [[0.0, 0.9, 0.0, 0.1], [0.6, 0.0, 0.4, 0.0], [0.1, 0.1, 0.1, 0.7]],
            [[1.0, 0.0, 0.0, 0.0], [0.0, 0.3, 0.3, 0.4], [0.2, 0.6, 0.1, 0.1]],
        ]
    ),
    np.arange(12.0).reshape(4, 3) - 5,
    np.array([[0.2, 0.3, 0.5], [0.8, 0.1, 0.1], [0.0, 0.45, 0.55], [0.6, 0.4, 0.0]]),
)
BANDIT = (
    np.ones(1),
    np.ones((1, 5, 1)),
    np.array([[0.0, 1.0, 5.0, -2.0, 3.0]]),
    np.array([[0.15, 0.2, 0.25, 0.2, 0.2]]),
)

COIN = (np.ones(1), np.ones((1, 2, 1)), np.array([[-1.0, 2.0]]), np.array([[0.4, 0.6]]))


@task(
    points=4,
    visible=[(*WORKED, 4, 20, 0), (*RANDOM, 3, 500, 1), (*COIN, 2, 100, 6), (*BANDIT, 2, 200, 7)],
    hidden=[(*RANDOM, 30, 100, 2), (*WIDE, 3, 1000, 3), (*BANDIT, 1, 300, 4), (*WIDE, 1, 500, 5)],
    reread="the four lines of the loop: what is drawn, from which row, and what is stored when",
    judge=follows_the_process,
    false_alarm=1e-6,
    why="each draw is held against its exact probability; a right sampler fails by chance once in over a million times",
    package=("pgcourse.gradients.trajectories:simulate",),
)
def sample_trajectory(initial, transitions, rewards, probabilities, horizon, rng):
    num_states, num_actions = probabilities.shape
    states, actions, earned = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int), np.zeros(horizon)
    state = rng.choice(num_states, p=initial)
    for k in range(horizon):
        action = rng.choice(num_actions, p=probabilities[state])
        states[k], actions[k], earned[k] = state, action, rewards[state, action]
        state = rng.choice(num_states, p=transitions[state, action])
    return states, actions, earned


@sample_trajectory.right
def cumulative_probabilities(initial, transitions, rewards, probabilities, horizon, rng):
    def draw(distribution):
        return int(np.sum(rng.random() >= np.cumsum(distribution)[:-1]))

    path = []
    state = draw(initial)
    for _ in range(horizon):
        action = draw(probabilities[state])
        path.append((state, action, rewards[state, action]))
        state = draw(transitions[state, action])
    states, actions, earned = zip(*path, strict=True)
    return np.array(states), np.array(actions), np.array(earned)


@sample_trajectory.right
def all_random_numbers_first(initial, transitions, rewards, probabilities, horizon, rng):
    numbers = rng.random((2, horizon))
    states, actions = np.empty((2, horizon), dtype=np.int32)
    for k in range(horizon):
        distribution = initial if k == 0 else transitions[states[k - 1], actions[k - 1]]
        states[k] = np.searchsorted(np.cumsum(distribution)[:-1], numbers[0, k], side="right")
        actions[k] = np.searchsorted(np.cumsum(probabilities[states[k]])[:-1], numbers[1, k], side="right")
    return states, actions, rewards[states, actions]


@sample_trajectory.right
def one_hot_draws(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = [int(rng.multinomial(1, initial).argmax())], []
    for k in range(horizon):
        actions.append(int(rng.multinomial(1, probabilities[states[k]]).argmax()))
        states.append(int(rng.multinomial(1, transitions[states[k], actions[k]]).argmax()))
    states, actions = np.array(states[:-1]), np.array(actions)
    return states, actions, np.array([rewards[pair] for pair in zip(states, actions, strict=True)])


@sample_trajectory.right
def a_generator_made_from_rng(initial, transitions, rewards, probabilities, horizon, rng):
    own = np.random.Generator(np.random.MT19937(rng.integers(2**32)))
    states, actions = np.zeros(horizon, dtype=np.int64), np.zeros(horizon, dtype=np.int64)
    states[0] = own.choice(len(initial), p=initial)
    for k in range(horizon):
        actions[k] = own.choice(len(probabilities[0]), p=probabilities[states[k]])
        if k + 1 < horizon:
            states[k + 1] = own.choice(len(initial), p=transitions[states[k], actions[k]])
    return states, actions, rewards[states, actions]


@sample_trajectory.right
def in_single_precision(initial, transitions, rewards, probabilities, horizon, rng):
    def draw(distribution):
        edges = np.cumsum(distribution.astype(np.float32))
        return min(int(np.searchsorted(edges, rng.random() * edges[-1], side="right")), len(edges) - 1)

    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    earned = np.zeros(horizon, dtype=np.float32)
    state = draw(initial)
    for k in range(horizon):
        action = draw(probabilities[state])
        states[k], actions[k], earned[k] = state, action, rewards[state, action]
        state = draw(transitions[state, action])
    return states, actions, earned


@sample_trajectory.mistake("Every trajectory starts in state 0: draw s_0 from `initial`.")
def starts_in_state_0(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    for k in range(horizon):
        if k > 0:
            states[k] = rng.choice(len(initial), p=transitions[states[k - 1], actions[k - 1]])
        actions[k] = rng.choice(len(probabilities[0]), p=probabilities[states[k]])
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake("The first state is drawn with equal probabilities: draw it from `initial`.")
def starts_anywhere(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = rng.integers(len(initial))
    for k in range(horizon):
        states[k], actions[k] = state, rng.choice(len(probabilities[0]), p=probabilities[state])
        state = rng.choice(len(initial), p=transitions[state, actions[k]])
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake("The states are stored after the move: store s_k before you draw the next state.")
def states_after_the_move(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions, earned = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int), np.zeros(horizon)
    state = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        actions[k] = rng.choice(len(probabilities[0]), p=probabilities[state])
        earned[k] = rewards[state, actions[k]]
        state = rng.choice(len(initial), p=transitions[state, actions[k]])
        states[k] = state
    return states, actions, earned


@sample_trajectory.mistake("The actions are drawn with equal probabilities: draw a_k from `probabilities[s_k]`.")
def actions_at_random(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        states[k], actions[k] = state, rng.integers(probabilities.shape[1])
        state = rng.choice(len(initial), p=transitions[state, actions[k]])
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake("This always takes the most probable action: the policy is stochastic, so draw a_k.")
def most_probable_action(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        states[k], actions[k] = state, np.argmax(probabilities[state])
        state = rng.choice(len(initial), p=transitions[state, actions[k]])
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake("The next state does not depend on the action: its row is `transitions[s_k, a_k]`.")
def next_state_of_action_0(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        states[k], actions[k] = state, rng.choice(len(probabilities[0]), p=probabilities[state])
        state = rng.choice(len(initial), p=transitions[state, 0])
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake(
    "Given the action, the next state does not have the probabilities `transitions[s_k, a_k]`: "
    "draw it with a random number of its own."
)
def one_random_number_for_two_draws(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = np.searchsorted(np.cumsum(initial)[:-1], rng.random(), side="right")
    for k in range(horizon):
        number = rng.random()
        states[k] = state
        actions[k] = np.searchsorted(np.cumsum(probabilities[state])[:-1], number, side="right")
        state = np.searchsorted(np.cumsum(transitions[state, actions[k]])[:-1], number, side="right")
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake(
    "Each outcome is compared with a random number of its own: draw one, and find the first cumulative probability "
    "above it."
)
def a_random_number_for_each_outcome(initial, transitions, rewards, probabilities, horizon, rng):
    def draw(distribution):
        edges = np.cumsum(distribution)
        return next((k for k in range(len(edges) - 1) if rng.random() < edges[k]), len(edges) - 1)

    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = draw(initial)
    for k in range(horizon):
        states[k], actions[k] = state, draw(probabilities[state])
        state = draw(transitions[state, actions[k]])
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake(
    "The first action is right and the second is not: draw each action from the row of the state you are in then."
)
def policy_of_the_first_state(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = rng.choice(len(initial), p=initial)
    start = state
    for k in range(horizon):
        states[k], actions[k] = state, rng.choice(len(probabilities[0]), p=probabilities[start])
        state = rng.choice(len(initial), p=transitions[state, actions[k]])
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake("The reward is that of the next state: r_k = R(s_k, a_k), from before the move.")
def reward_of_the_next_state(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions, earned = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int), np.zeros(horizon)
    state = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        states[k], actions[k] = state, rng.choice(len(probabilities[0]), p=probabilities[state])
        state = rng.choice(len(initial), p=transitions[state, actions[k]])
        earned[k] = rewards[state, actions[k]]
    return states, actions, earned


@sample_trajectory.mistake("The rewards are added up on the way: store each r_k alone.")
def rewards_added_up(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        states[k], actions[k] = state, rng.choice(len(probabilities[0]), p=probabilities[state])
        state = rng.choice(len(initial), p=transitions[state, actions[k]])
    return states, actions, np.cumsum(rewards[states, actions])


@sample_trajectory.mistake("There is one state too many: the state after the last decision is not stored.")
def one_state_too_many(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon + 1, dtype=int), np.zeros(horizon, dtype=int)
    states[0] = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        actions[k] = rng.choice(len(probabilities[0]), p=probabilities[states[k]])
        states[k + 1] = rng.choice(len(initial), p=transitions[states[k], actions[k]])
    return states, actions, rewards[states[:-1], actions]


@sample_trajectory.mistake("These are lists: return three NumPy arrays.")
def lists(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions, earned = [], [], []
    state = rng.choice(len(initial), p=initial)
    for _ in range(horizon):
        action = rng.choice(len(probabilities[0]), p=probabilities[state])
        states.append(state)
        actions.append(action)
        earned.append(rewards[state, action])
        state = rng.choice(len(initial), p=transitions[state, action])
    return states, actions, earned


@sample_trajectory.mistake("This draws from NumPy's global random numbers: draw from the given `rng`.")
def global_random_numbers(initial, transitions, rewards, probabilities, horizon, rng):
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = np.random.choice(len(initial), p=initial)  # noqa: NPY002 - the mistake
    for k in range(horizon):
        states[k] = state
        actions[k] = np.random.choice(len(probabilities[0]), p=probabilities[state])  # noqa: NPY002
        state = np.random.choice(len(initial), p=transitions[state, actions[k]])  # noqa: NPY002
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake("Two calls in a row give the same: draw from the given `rng`, do not seed one inside.")
def seeded_inside(initial, transitions, rewards, probabilities, horizon, rng):
    rng = np.random.default_rng(0)
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        states[k], actions[k] = state, rng.choice(len(probabilities[0]), p=probabilities[state])
        state = rng.choice(len(initial), p=transitions[state, actions[k]])
    return states, actions, rewards[states, actions]


@sample_trajectory.mistake("Equal generators give different results: draw from the given `rng` and nothing else.")
def numbers_from_elsewhere(initial, transitions, rewards, probabilities, horizon, rng):
    rng = np.random.default_rng()
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        states[k], actions[k] = state, rng.choice(len(probabilities[0]), p=probabilities[state])
        state = rng.choice(len(initial), p=transitions[state, actions[k]])
    return states, actions, rewards[states, actions]


@task(
    points=2,
    visible=[(0.5, 1.0, 0.25), (0.5, 1.0, 4.0), (0.9, 2.0, 0.1), (0.0, 2.0, 0.5), (0.6, 4, 1.0), (0.995, 2.0, 0.25)],
    hidden=[
        (0.0, 3.0, 0.1),
        (0.5, 1.0, 1.5),
        (0.5, 1.0, 0.125),
        (0.5, 8.0, 1.0),
        (0.3, 1.0, 0.5),
        (0.95, 10.0, 0.01),
        (0.99, 1, 1e-3),
        (0.999, 1.0, 0.5),
        (0.7, 2.5, 100.0),
        (0.8, 1.0, 4.5),
    ],
    reread="the bound, and which values of d may be tried",
    package=("pgcourse.exact.evaluation:truncation_bounds",),
)
def truncation_depth(discount, reward_max, tolerance):
    depth = 0
    while discount ** (depth + 1) * reward_max / (1 - discount) > tolerance:
        depth += 1
    return depth


@truncation_depth.right
def by_logarithms(discount, reward_max, tolerance):
    if discount == 0:
        return 0
    decisions = np.log(tolerance * (1 - discount) / reward_max) / np.log(discount)
    return max(0, int(np.ceil(decisions)) - 1)


@truncation_depth.right
def shrinking_remainder(discount, reward_max, tolerance):
    depth = np.int64(0)
    remainder = discount * reward_max / (1 - discount)
    while remainder > tolerance:
        remainder *= discount
        depth += 1
    return depth


@truncation_depth.right
def first_that_fits(discount, reward_max, tolerance):
    bounds = discount ** np.arange(1, 20_000) * reward_max / (1 - discount)
    return np.argmax(bounds <= tolerance)


@truncation_depth.mistake("The power is γ^d: after decision d the first reward left out carries γ^(d+1).")
def one_power_too_low(discount, reward_max, tolerance):
    depth = 0
    while discount**depth * reward_max / (1 - discount) > tolerance:
        depth += 1
    return depth


@truncation_depth.mistake("This is the number of decisions, d+1: return d.")
def number_of_decisions(discount, reward_max, tolerance):
    depth = 0
    while discount ** (depth + 1) * reward_max / (1 - discount) > tolerance:
        depth += 1
    return depth + 1


@truncation_depth.mistake("This d is one too small: its bound is still above the tolerance.")
def rounded_down(discount, reward_max, tolerance):
    if discount == 0:
        return 0
    decisions = np.log(tolerance * (1 - discount) / reward_max) / np.log(discount)
    return max(0, int(np.floor(decisions)) - 1)


@truncation_depth.mistake("This counts one reward that is left out: all later ones add up to the factor 1/(1-γ).")
def no_geometric_sum(discount, reward_max, tolerance):
    depth = 0
    while discount ** (depth + 1) * reward_max > tolerance:
        depth += 1
    return depth


@truncation_depth.mistake("The largest reward is left out of the bound.")
def no_largest_reward(discount, reward_max, tolerance):
    depth = 0
    while discount ** (depth + 1) / (1 - discount) > tolerance:
        depth += 1
    return depth


@truncation_depth.mistake("This multiplies by 1-γ: the sum of all powers of γ is 1/(1-γ).")
def multiplied(discount, reward_max, tolerance):
    depth = 0
    while discount ** (depth + 1) * reward_max * (1 - discount) > tolerance:
        depth += 1
    return depth


@truncation_depth.mistake("This goes on where the bound equals the tolerance: equal is good enough.")
def strictly_below(discount, reward_max, tolerance):
    depth = 0
    while discount ** (depth + 1) * reward_max / (1 - discount) >= tolerance:
        depth += 1
    return depth


@truncation_depth.mistake("This begins at d = 1: d may be 0 as well.")
def begins_at_1(discount, reward_max, tolerance):
    depth = 1
    while discount ** (depth + 1) * reward_max / (1 - discount) > tolerance:
        depth += 1
    return depth


@truncation_depth.mistake("This can be below 0: there is always one decision, so d is at least 0.")
def below_zero(discount, reward_max, tolerance):
    if discount == 0:
        return 0
    decisions = np.log(tolerance * (1 - discount) / reward_max) / np.log(discount)
    return int(np.ceil(decisions)) - 1


@truncation_depth.mistake("This rounds to the nearest whole number: round up.")
def rounded_to_the_nearest(discount, reward_max, tolerance):
    if discount == 0:
        return 0
    decisions = np.log(tolerance * (1 - discount) / reward_max) / np.log(discount)
    return max(0, round(float(decisions)) - 1)


@truncation_depth.mistake("This is a decimal number: return a whole number.")
def a_float(discount, reward_max, tolerance):
    if discount == 0:
        return 0.0
    decisions = np.log(tolerance * (1 - discount) / reward_max) / np.log(discount)
    return np.maximum(0, np.ceil(decisions) - 1)


@truncation_depth.mistake("This knows the examples by heart and nothing else.")
def known_by_heart(discount, reward_max, tolerance):
    return {0.25: 2, 4.0: 0, 0.1: 50}.get(tolerance, 1)


SMOOTH = (
    np.array([0.3, 0.2, 0.5]),
    np.array(
        [
            [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]],
            [[0.35, 0.4, 0.25], [0.8, 0.1, 0.1]],
            [[0.1, 0.4, 0.5], [0.5, 0.35, 0.15]],
        ]
    ),
    np.array([[2.0, -1.0], [0.0, 6.0], [1.5, 3.5]]),
    np.array([[0.55, 0.45], [0.7, 0.3], [0.35, 0.65]]),
)


@task(
    points=4,
    visible=[(*COIN, 1, 1.0, 0.02, 11), (*RANDOM, 3, 0.9, 0.02, 12)],
    hidden=[(*WIDE, 3, 0.8, 0.03, 13), (*BANDIT, 1, 1.0, 0.04, 14), (*SMOOTH, 4, 0.7, 0.03, 15)],
    reread="what the question asks for, and how a standard error falls with m",
    tolerance=0.25,
    why="an experiment knows the variance only roughly: from 0.85 to 1.25 times the exact number passes",
    judge=draws_enough,
    false_alarm=1e-6,
)
def trajectories_needed(draw_returns, error):
    deviation = np.std(draw_returns(5000), ddof=1)
    return int(np.ceil((1.96 * deviation / error) ** 2))


@trajectories_needed.right
def in_ten_batches(draw_returns, error):
    returns = np.concatenate([draw_returns(400) for _ in range(10)])
    _, standard_error = monte_carlo_utility(returns)
    return round(len(returns) * (1.96 * standard_error / error) ** 2)


@trajectories_needed.right
def on_the_safe_side(draw_returns, error):
    spread = np.var(draw_returns(8000))
    return int(1.1 * (2 / error) ** 2 * spread)


@trajectories_needed.right
def until_it_is_enough(draw_returns, error):
    returns = draw_returns(1000)
    while 1.96 * np.std(returns) / np.sqrt(len(returns)) > error:
        returns = np.append(returns, draw_returns(1000))
    return len(returns)


@trajectories_needed.right
def running_sums(draw_returns, error):
    total = squares = 0.0
    for _ in range(500):
        few = draw_returns(8)
        total, squares = total + few.sum(), squares + few @ few
    variance = squares / 4000 - (total / 4000) ** 2
    return np.int64(3.8416 * variance / error**2)


@trajectories_needed.mistake("With this m one standard error equals `error`, so that it is exceeded 32 times in 100.")
def one_standard_error(draw_returns, error):
    return int(np.ceil((np.std(draw_returns(5000), ddof=1) / error) ** 2))


@trajectories_needed.mistake(
    "This makes the whole interval as wide as `error`: the estimate may be off to either side."
)
def whole_interval(draw_returns, error):
    return int(np.ceil((2 * 1.96 * np.std(draw_returns(5000), ddof=1) / error) ** 2))


@trajectories_needed.mistake("The square is missing: half of the error takes four times as many trajectories.")
def no_square(draw_returns, error):
    return int(np.ceil(1.96 * np.std(draw_returns(5000), ddof=1) / error))


@trajectories_needed.mistake("The variance stands where the standard deviation belongs.")
def variance_for_deviation(draw_returns, error):
    return int(np.ceil((1.96 * np.var(draw_returns(5000), ddof=1) / error) ** 2))


@trajectories_needed.mistake("The standard error of your experiment stands where the spread of one return belongs.")
def error_of_the_mean(draw_returns, error):
    _, standard_error = monte_carlo_utility(draw_returns(5000))
    return int(np.ceil((1.96 * standard_error / error) ** 2))


@trajectories_needed.mistake(
    "This is Chebyshev's bound, which holds for any distribution; a mean of so many returns is nearly normal."
)
def by_chebyshev(draw_returns, error):
    return int(np.ceil(np.var(draw_returns(5000), ddof=1) / (0.05 * error**2)))


@trajectories_needed.mistake(
    "Nothing was drawn from this `draw_returns`: m depends on how much its returns vary, so draw some."
)
def no_experiment(draw_returns, error):
    return int(np.ceil((1.96 * 1.47 / error) ** 2))


@trajectories_needed.mistake("This is a decimal number: m is a whole number.")
def not_a_whole_number(draw_returns, error):
    return np.ceil((1.96 * np.std(draw_returns(5000), ddof=1) / error) ** 2)


@trajectories_needed.mistake(
    "Your experiment is too small: from so few returns their variance is known only roughly, and with it m.", points=2
)
def too_few_returns(draw_returns, error):
    return int(np.ceil((1.96 * np.std(draw_returns(100), ddof=1) / error) ** 2))


@trajectories_needed.mistake(
    "Your experiment draws more than the number of trajectories that it finds: a smaller one is enough.", points=2
)
def as_large_as_its_answer(draw_returns, error):
    return int(np.ceil((1.96 * np.std(draw_returns(100_000), ddof=1) / error) ** 2))


@trajectories_needed.mistake(
    "This is right for 90 times in 100: for 95 the standard error counts 1.96 times.", points=2
)
def nine_times_in_ten(draw_returns, error):
    return int(np.ceil((1.645 * np.std(draw_returns(5000), ddof=1) / error) ** 2))


@trajectories_needed.mistake(
    "This is right for 99 times in 100: for 95 the standard error counts 1.96 times.", points=2
)
def ninety_nine_times(draw_returns, error):
    return int(np.ceil((2.576 * np.std(draw_returns(5000), ddof=1) / error) ** 2))


TASKS = [discounted_return, monte_carlo_utility, sample_trajectory, truncation_depth, trajectories_needed]
