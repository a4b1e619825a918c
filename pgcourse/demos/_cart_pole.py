"""What the pictures of CartPole in lecture 9 share: trainings, each run only once, and the cart with its pole."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from pgcourse._types import Floats, Ints
from pgcourse.figures import style
from pgcourse.optimisers import cartpole as practice
from pgcourse.problems import cart_pole

VARIANTS = {
    "total return": ("total_return", False),
    "reward-to-go": ("reward_to_go", False),
    "with baseline": ("reward_to_go", True),
}
"""Estimator, and whether V-hat is subtracted."""
WIDTH, HEIGHT = 0.5, 0.25  # of the cart, in metres


@lru_cache(maxsize=1 << 14)
def training(name: str, step_size: float, seed: int, num_batches: int) -> practice.Training:
    """Return the practice.Training after num_batches; call it for 1, 2, 3 ... in turn, so that each goes on."""
    if num_batches == 0:
        return practice.Training()
    so_far = training(name, step_size, seed, num_batches - 1)
    rng = np.random.default_rng([seed, num_batches - 1])  # its own for each batch
    return practice.train(1, rng, *VARIANTS[name], step_size, so_far)


class Episode(NamedTuple):
    """One episode of K steps, to be watched."""

    states: Floats
    """(K + 1, 4), with that in which it ended"""
    actions: Ints
    """(K,) 0 pushes left, 1 right"""
    ended: bool
    """False where the pole stood to the last step"""


@lru_cache(maxsize=256)
def episode(num_batches: int, seed: int) -> Episode:
    """Return an Episode steered by the policy that was trained with a baseline, in so many batches."""
    theta = training("with baseline", practice.STEP_SIZE, 0, num_batches).theta
    drawn = practice.draw_episodes(theta, 1, np.random.default_rng(seed))
    states = np.concatenate([drawn.observations[0], drawn.last])
    return Episode(states, drawn.actions[0], bool(cart_pole.has_fallen(states[-1])))


def angles(watched: Episode) -> Floats:
    """Return the angle of the pole in degrees at every step of an Episode, (K + 1,)."""
    return cart_pole.degrees(watched.states)


class Cart(NamedTuple):
    """The artists of a cart with its pole, of the push that it is given, and of the words at the end."""

    body: Rectangle
    pole: Line2D
    push: Line2D
    end: Text


def draw(ax: Axes) -> Cart:
    """Draw the track and a cart; returns the Cart, which moves."""
    ax.set(xlim=(-2.75, 2.75), ylim=(-0.45, 1.2), aspect="equal", yticks=[], xlabel="position (m)")
    ax.grid(False)
    ax.spines["left"].set_visible(False)
    ax.hlines(-HEIGHT, -cart_pole.LARGEST_POSITION, cart_pole.LARGEST_POSITION, color=style.GREY, linewidth=2)
    for side in (-1, 1):
        ax.plot([side * cart_pole.LARGEST_POSITION] * 2, [-HEIGHT, 0], "-", color=style.GREY, linewidth=4)
    body = Rectangle((0, -HEIGHT), WIDTH, HEIGHT, facecolor=style.SKY, edgecolor=style.BLACK)
    ax.add_patch(body)
    (pole,) = ax.plot([], [], "-", color=style.VERMILLION, linewidth=7, solid_capstyle="round")
    (push,) = ax.plot([], [], color=style.BLACK, markersize=13, linestyle="none")
    end = ax.text(1, 1.05, "", transform=ax.transAxes, ha="right", weight="bold")  # in line with the title
    return Cart(body, pole, push, end)


def move(cart: Cart, watched: Episode, step: int) -> None:
    """Move a Cart to a step of an Episode; beyond its end it stays where it ended."""
    cart.end.set_text(outcome(watched) if step >= len(watched.actions) else "")
    step = min(step, len(watched.actions))
    state = watched.states[step]
    (x, y), position = cart_pole.tip(state), state[0]
    cart.body.set_x(position - WIDTH / 2)
    cart.pole.set_data([position, x], [0, y])
    pushed = step < len(watched.actions)
    right = pushed and watched.actions[step] == 1
    side = -1 if right else 1  # an arrow that pushes to the right stands on the left
    cart.push.set_data([position + side * (WIDTH / 2 + 0.17)] if pushed else [], [-HEIGHT / 2] if pushed else [])
    cart.push.set_marker(">" if right else "<")


def outcome(watched: Episode) -> str:
    """Say in words how an Episode ended."""
    last = len(watched.actions)
    if not watched.ended:
        return f"pole stood for {last} steps"
    fell = abs(watched.states[-1, 2]) > cart_pole.LARGEST_ANGLE
    return f"{'pole fell' if fell else 'cart left the track'} after {last} steps"


def words(watched: Episode, step: int) -> str:
    """Say in words what a step of an Episode shows."""
    if step >= len(watched.actions):
        return f"the {outcome(watched)}"
    angle = cart_pole.degrees(watched.states[step])
    return f"the pole leans {abs(angle):.1f}° to the {'right' if angle > 0 else 'left'}"
