"""CartPole: a cart on a track carries a pole, and pushes to the left or right keep the pole up. Many carts at once.

A state is (x, its speed, the angle of the pole from upright in radians, its speed), positive to the right; arrays of
states have shape (..., 4). A step takes 0.02 s. The pole has fallen beyond 12 degrees, or with its cart beyond 2.4 m.

Barto, Sutton & Anderson 1983, with the constants and Euler's method of gymnasium's CartPole-v1.
"""

import numpy as np

from pgcourse._types import Bools, Floats, Ints

GRAVITY = 9.8
"""m / s^2"""
CART_MASS, POLE_MASS = 1.0, 0.1
"""kg"""
HALF_LENGTH = 0.5
"""m, from the joint to the pole's centre"""
FORCE = 10.0
"""N, of a push to either side"""
STEP = 0.02
"""s, between pushes"""
LARGEST_POSITION, LARGEST_ANGLE = 2.4, np.radians(12)


def start(num_carts: int, rng: np.random.Generator) -> Floats:
    """Draw first states (num_carts, 4): every entry uniform in [-0.05, 0.05)."""
    return rng.uniform(-0.05, 0.05, (num_carts, 4))


def pushed(state: Floats, action: Ints) -> Floats:
    """Return the states (..., 4) one step after pushes: action (...) is 0 for left and 1 for right."""
    speed, angle, turning = state[..., 1], state[..., 2], state[..., 3]
    sin, cos, mass = np.sin(angle), np.cos(angle), CART_MASS + POLE_MASS
    force = np.where(action == 1, FORCE, -FORCE)
    # what would accelerate the cart if the pole stood still
    pull = (force + POLE_MASS * HALF_LENGTH * turning**2 * sin) / mass
    angular = (GRAVITY * sin - cos * pull) / (HALF_LENGTH * (4 / 3 - POLE_MASS * cos**2 / mass))
    linear = pull - POLE_MASS * HALF_LENGTH * angular * cos / mass
    change = np.empty(state.shape)  # np.stack would take half of the time of a step
    change[..., 0], change[..., 1], change[..., 2], change[..., 3] = speed, linear, turning, angular
    return state + STEP * change


def has_fallen(state: Floats) -> Bools:
    """Say of states (..., 4) where the pole has fallen, or the cart has left the track."""
    return (np.abs(state[..., 0]) > LARGEST_POSITION) | (np.abs(state[..., 2]) > LARGEST_ANGLE)


def tip(state: Floats) -> Floats:
    """Return where the pole of states (..., 4) ends, (..., 2), in metres from the middle of the track at the joint."""
    length, angle = 2 * HALF_LENGTH, state[..., 2]
    return np.stack([state[..., 0] + length * np.sin(angle), length * np.cos(angle)], axis=-1)


def degrees(state: Floats) -> Floats:
    """Return the angle of the pole of states (..., 4) in degrees from upright, positive to the right."""
    return np.degrees(state[..., 2])
