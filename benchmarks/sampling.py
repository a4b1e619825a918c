"""How fast is the fast sampler? Run with `python benchmarks/sampling.py`; it prints ratios, never absolute promises.

Contenders draw m trajectories of corridor (10 states, 20 decisions) and gridworld (5 x 5, 30 decisions) under a random
policy and compute one component of the reward-to-go gradient for each: the fast sampler, the readable `pg.simulate`
with one array operation a step, a pure-Python loop, and gymnasium's SyncVectorEnv; the floor only draws the random
bits. Then: how time and memory grow with m, what `exact.moments` costs in trajectories, and what importing costs.
"""

import random
import subprocess
import sys
import tracemalloc
from bisect import bisect

import gymnasium
import numpy as np
from interleave import interleaved, report

import pgcourse as pg
from pgcourse.gradients.estimators import rewards_to_go

PROBLEMS = {"corridor": (pg.problems.corridor(), 8), "gridworld": (pg.problems.gridworld(), 1)}


def setting(name):
    """Return (mdp, policy, theta, component) of a problem under a fixed random policy."""
    mdp, component = PROBLEMS[name]
    policy = pg.SoftmaxPolicy(mdp.num_states, mdp.num_actions)
    return mdp, policy, np.random.default_rng(1).normal(0, 0.5, policy.num_parameters), component


def fast(mdp, policy, theta, component, m):
    """The fast sampler; like the others it starts from the problem, so that making its tables is counted."""
    rng = np.random.Generator(np.random.SFC64(0))
    return pg.sampling.gradient_samples(mdp, policy, theta, component, m, rng).reward_to_go


def readable(mdp, policy, theta, component, m):
    """The readable sampler and, to be fair, only the one component that is asked for."""
    batch = pg.simulate(mdp, policy, theta, m, np.random.default_rng(0))
    score = policy.score(theta)[:, :, component]
    weights = mdp.discount ** np.arange(mdp.horizon) * rewards_to_go(batch.rewards, mdp.discount)
    return (np.where(batch.active, score[batch.states, batch.actions], 0) * weights).sum(axis=1)


def pure_python(mdp, policy, theta, component, m):
    """A loop over trajectories and steps with lists and floats, as one would write it without NumPy."""
    actions = np.cumsum(policy.probabilities(theta), axis=1).tolist()
    following = np.cumsum(mdp.transitions, axis=2).tolist()
    rewards, terminal = mdp.rewards.tolist(), mdp.terminal.tolist()
    score = policy.score(theta)[:, :, component].tolist()
    start, draw, samples = int(mdp.initial.argmax()), random.Random(0).random, []
    last = mdp.num_states - 1
    for _ in range(m):
        state, scores, sample, discount = start, 0.0, 0.0, 1.0
        for _ in range(mdp.horizon):
            action = bisect(actions[state], draw(), hi=mdp.num_actions - 1)
            scores += score[state][action]
            sample += discount * rewards[state][action] * scores
            discount *= mdp.discount
            state = bisect(following[state][action], draw(), hi=last)
            if terminal[state]:
                break
        samples.append(sample)
    return np.array(samples)


class TabularEnvironment(gymnasium.Env):
    """A TabularMDP as a gymnasium environment."""

    def __init__(self, mdp):
        self.mdp, self.following = mdp, np.cumsum(mdp.transitions, axis=2)
        self.observation_space = gymnasium.spaces.Discrete(mdp.num_states)
        self.action_space = gymnasium.spaces.Discrete(mdp.num_actions)

    def reset(self, *, seed=None, options=None):
        """Start a new episode."""
        super().reset(seed=seed)
        self.state, self.steps = int(self.mdp.initial.argmax()), 0
        return self.state, {}

    def step(self, action):
        """Take one step."""
        reward = self.mdp.rewards[self.state, action]
        self.state = int(self.following[self.state, action].searchsorted(self.np_random.random(), "right"))
        self.steps += 1
        return self.state, reward, bool(self.mdp.terminal[self.state]), self.steps == self.mdp.horizon, {}


def gym_vector(mdp, policy, theta, component, m, num_envs=200):
    """The gymnasium way: synchronous vector environment, batches of num_envs episodes."""
    envs = gymnasium.vector.SyncVectorEnv([lambda: TabularEnvironment(mdp)] * num_envs)
    rng, cumulative = np.random.default_rng(0), np.cumsum(policy.probabilities(theta), axis=1)
    score, samples = policy.score(theta)[:, :, component], []
    for _ in range(m // num_envs):
        state, _ = envs.reset()
        scores, sample, alive = np.zeros(num_envs), np.zeros(num_envs), np.ones(num_envs, dtype=bool)
        for k in range(mdp.horizon):
            action = (cumulative[state][:, :-1] <= rng.random((num_envs, 1))).sum(axis=1)
            scores += alive * score[state, action]
            state, reward, ended, _, _ = envs.step(action)
            sample += alive * mdp.discount**k * reward * scores
            alive &= ~ended
        samples.append(sample)
    return np.concatenate(samples)


def floor(mdp, policy, theta, component, m):
    """Draw the random bits alone: 32 for each step of each trajectory."""
    rng = np.random.Generator(np.random.SFC64(0))
    for start in range(0, m, pg.sampling.BLOCK):
        rng.integers(1 << 32, size=(mdp.horizon, min(pg.sampling.BLOCK, m - start)), dtype=np.uint32)


def compare(name, m, rounds, contenders):
    """Time contenders on one problem at one m, side by side."""
    print(f"{name}, m = {m:g}, {rounds} rounds")
    arguments = (*setting(name), m)
    report(interleaved({f.__name__: lambda f=f: f(*arguments) for f in contenders}, rounds))


def growth():
    """Print how time grows with m (linear: ratio 10 for each ten times m), and the peak memory at m = 1e6."""
    print("growth: the fast sampler on the corridor")
    arguments = setting("corridor")
    seconds = interleaved({f"m = {m:g}": lambda m=m: fast(*arguments, m) for m in (10**4, 10**5, 10**6)}, 5)
    report(seconds)
    for name in PROBLEMS:
        tracemalloc.start()
        fast(*setting(name), 10**6)
        print(f"  peak memory on the {name} at m = 1e6: {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB")
        tracemalloc.stop()


def exact_cost():
    """Print the cost of the exact moments beside 6e4 sampled trajectories."""
    for name in PROBLEMS:
        mdp, policy, theta, component = setting(name)
        print(f"exact moments of all {policy.num_parameters} components on the {name}, beside 6e4 trajectories of one")
        report(
            interleaved(
                {
                    "6e4 trajectories": lambda s=(mdp, policy, theta, component): fast(*s, 60_000),
                    "moments, total_return": lambda s=(mdp, policy, theta): pg.exact.moments(*s),
                    "moments, reward_to_go": lambda s=(mdp, policy, theta): pg.exact.moments(*s, "reward_to_go"),
                },
                25,
            )
        )


def import_cost():
    """Print what the mathematics of pgcourse adds to `import numpy, matplotlib` in a new interpreter."""
    print("import cost, a new interpreter each")

    def importing(names):
        return lambda: subprocess.run([sys.executable, "-c", f"import {names}"], check=True)

    report(
        interleaved(
            {
                "numpy, matplotlib": importing("numpy, matplotlib"),
                "and pgcourse": importing(
                    "numpy, matplotlib, pgcourse.bandits, pgcourse.exact, pgcourse.race, pgcourse.tree"
                ),
            },
            11,
        )
    )


if __name__ == "__main__":
    for problem in PROBLEMS:
        compare(problem, 1_000, 11, (fast, readable, pure_python, gym_vector, floor))
        compare(problem, 10_000, 7, (fast, readable, pure_python, floor))
        compare(problem, 100_000, 5, (fast, readable, pure_python, floor))
        compare(problem, 1_000_000, 2, (fast, readable, floor))
    growth()
    exact_cost()
    import_cost()
