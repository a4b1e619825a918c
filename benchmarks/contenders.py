"""Who draws gradient samples, for `benchmarks/sampling.py`: each function takes (mdp, policy, theta, component, m).

Each returns m samples of one component of the reward-to-go gradient (those whose number of samples is fixed by batches
return whole batches), and starts from the problem, so that making its tables is counted; compiling is not. The rewards
of the problems are R(s, a, s'). numba, JAX and gymnasium are optional: `installed` says which of them are there.
"""

import random
from bisect import bisect
from functools import cache
from importlib.util import find_spec

import numpy as np

import pgcourse as pg
from pgcourse.gradients import fast as sampler
from pgcourse.gradients.estimators import rewards_to_go
from pgcourse.gradients.events import one_decision


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
            before, state = state, bisect(following[state][action], draw(), hi=last)
            sample += discount * rewards[before][action][state] * scores
            discount *= mdp.discount
            if terminal[state]:
                break
        samples.append(sample)
    return np.array(samples)


def environments(mdp, num_envs):
    """Return num_envs copies of a TabularMDP that step side by side, gymnasium's synchronous way."""
    import gymnasium

    class TabularEnvironment(gymnasium.Env):
        """A TabularMDP as a gymnasium environment."""

        following = np.cumsum(mdp.transitions, axis=2)
        observation_space = gymnasium.spaces.Discrete(mdp.num_states)
        action_space = gymnasium.spaces.Discrete(mdp.num_actions)

        def reset(self, *, seed=None, options=None):
            """Start a new episode."""
            super().reset(seed=seed)
            self.state, self.steps = int(mdp.initial.argmax()), 0
            return self.state, {}

        def step(self, action):
            """Take one step."""
            before, self.steps = self.state, self.steps + 1
            self.state = int(self.following[before, action].searchsorted(self.np_random.random(), "right"))
            reward = float(mdp.rewards[before, action, self.state])
            return self.state, reward, bool(mdp.terminal[self.state]), self.steps == mdp.horizon, {}

    return gymnasium.vector.SyncVectorEnv([TabularEnvironment] * num_envs)


def gymnasium_vector(mdp, policy, theta, component, m, num_envs=200):
    """The gymnasium way: synchronous vector environment, batches of num_envs episodes."""
    envs = environments(mdp, num_envs)
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


@cache
def compiled_loop():
    """Return a loop over trajectories and steps that numba compiles, for one thread."""
    import numba

    @numba.njit(inline="always")
    def rotated(x, k):
        return (x << np.uint64(k)) | (x >> np.uint64(64 - k))

    @numba.njit
    def loop(samples, start, horizon, discount, bits, shift, threshold, following, score, reward, terminal):
        s, t = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)  # xoroshiro128+, Blackman & Vigna 2021
        for i in range(len(samples)):
            state, scores, sample, weight = start, np.float32(0), np.float32(0), np.float32(1)
            for _ in range(horizon):
                draw = np.uint32((s + t) >> np.uint64(32))
                t ^= s
                s = rotated(s, 24) ^ t ^ (t << np.uint64(16))
                t = rotated(t, 37)
                event = (state << bits) + (draw >> shift)
                if draw >= threshold[event]:
                    event += len(threshold)
                scores += score[event]
                sample += weight * reward[event] * scores
                weight *= discount
                state = following[event]
                if terminal[state]:
                    break
            samples[i] = sample

    return loop


def numba_loop(mdp, policy, theta, component, m):
    """One compiled loop with a fast generator, on one thread, with the sampler's alias tables of single decisions."""
    tables, samples = single_decisions(mdp, policy, theta, component), np.empty(m, dtype=np.float32)
    start, shift, discount = np.int64(mdp.initial.argmax()), np.uint32(tables.shift), np.float32(mdp.discount)
    arrays = (tables.threshold, tables.following, tables.score, tables.reward, mdp.terminal)
    compiled_loop()(samples, start, mdp.horizon, discount, tables.bits, shift, *arrays)
    return samples


@cache
def compiled_scan():
    """Return a scan over the steps of blocks of trajectories that JAX compiles."""
    import jax
    from jax import lax
    from jax import numpy as jnp

    def one_block(key, start, weights, bits, shift, tables):
        threshold, following, score, reward = tables

        def step(carry, given):
            state, scores, sample = carry
            key, weight = given
            draw = jax.random.bits(key, state.shape, jnp.uint32)
            event = (state << bits) + (draw >> shift).astype(jnp.int32)
            event += jnp.where(draw >= threshold[event], len(threshold), 0)
            scores += score[event]
            return (following[event], scores, sample + weight * reward[event] * scores), None

        zeros = jnp.zeros(sampler.BLOCK, jnp.float32)
        first = (jnp.full(sampler.BLOCK, start, jnp.int32), zeros, zeros)
        return lax.scan(step, first, (jax.random.split(key, len(weights)), weights))[0][2]

    def blocks(keys, *rest):
        return lax.map(lambda key: one_block(key, *rest), keys)

    return jax.jit(blocks)


def jax_scan(mdp, policy, theta, component, m):
    """JAX on the processor: a scan over the steps, compiled, block by block, with the same alias tables."""
    import jax

    tables = single_decisions(mdp, policy, theta, component)
    keys = jax.random.split(jax.random.key(0, impl="unsafe_rbg"), -(-m // sampler.BLOCK))
    weights = np.float32(mdp.discount ** np.arange(mdp.horizon))
    arrays = (tables.threshold, np.int32(tables.following), tables.score, tables.reward)
    start = np.int32(mdp.initial.argmax())
    return np.asarray(compiled_scan()(keys, start, weights, tables.bits, tables.shift, arrays)).ravel()[:m]


def single_decisions(mdp, policy, theta, component):
    """Return the sampler's alias tables of one decision at a time."""
    score = policy.score(theta)[:, :, component]
    return sampler.EventTables(one_decision(mdp, policy.probabilities(theta), score))


def floor(mdp, policy, theta, component, m):
    """Draw the random bits alone: 32 for each step of each trajectory."""
    rng = np.random.Generator(np.random.SFC64(0))
    for start in range(0, m, sampler.BLOCK):
        rng.integers(1 << 32, size=(mdp.horizon, min(sampler.BLOCK, m - start)), dtype=np.uint32)


OPTIONAL = {"gymnasium": gymnasium_vector, "numba": numba_loop, "jax": jax_scan}
"""Contenders by the package that they need."""


def installed():
    """Return the OPTIONAL contenders whose package is there; of the others it is said that they are left out."""
    found = {package: contender for package, contender in OPTIONAL.items() if find_spec(package)}
    for package in OPTIONAL.keys() - found.keys():
        print(f"{package} is not installed, so its contender is left out: pip install {package} brings it.")
    return found
