"""Hypothesis strategies and random problems shared by the tests of the mathematics."""

import numpy as np
from hypothesis import strategies as st

import pgcourse as pg


def random_mdp(rng, num_states, num_actions, horizon, discount, num_terminal=0, by_next_state=False, noisy=False):
    """Make a random MDP; the last num_terminal states are terminal, and some transitions are impossible.

    by_next_state  whether rewards depend on the next state
    noisy          whether about half of the rewards are normal
    """
    transitions = rng.dirichlet(np.ones(num_states), (num_states, num_actions))
    transitions[transitions < 0.1] = 0
    transitions /= transitions.sum(axis=2, keepdims=True)
    terminal = np.arange(num_states) >= num_states - num_terminal
    initial = np.where(terminal, 0, rng.random(num_states) + 0.1)
    rewards = rng.normal(size=(num_states, num_actions, num_states) if by_next_state else (num_states, num_actions))
    reward_std = np.maximum(rng.normal(size=rewards.shape), 0) if noisy else None
    return pg.TabularMDP(initial / initial.sum(), transitions, rewards, discount, horizon, terminal, reward_std)


@st.composite
def problems(draw):
    """Draw (mdp, policy, theta) small enough to enumerate."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    num_states, num_actions = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    mdp = random_mdp(
        rng,
        num_states,
        num_actions,
        horizon=draw(st.integers(1, 3)),
        discount=draw(st.sampled_from([0.0, 0.5, 0.9, 1.0])),
        num_terminal=draw(st.integers(0, num_states - 1)),
        by_next_state=draw(st.booleans()),
    )
    policy = pg.SoftmaxPolicy(num_states, num_actions)
    return mdp, policy, rng.normal(0, 1.5, policy.num_parameters)
