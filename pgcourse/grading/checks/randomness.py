"""The state of the global random generators, `random` and `np.random`, which a call takes to the student's process.

`np.random.seed(0)` in a check holds for the function that it calls, and what the function drew is drawn for the check
too. A state that the student's process sends back is believed only if drawing leads there from the state that was sent:
any other could make what the check draws next whatever the student likes.
"""

import random
from typing import Any

import numpy as np

State = tuple[bytes, int, float | None]
"""The key of a Mersenne twister, the position in it, and the normal number that is kept for the next call."""

WORDS = 624
KEYS, ROUNDS = 500, 4
"""Keys that are tried at a time, and how often: a call may draw some 600,000 uniform numbers."""
NORMAL = 9.0
"""The largest normal number that a generator may have kept."""


def snapshot() -> dict[str, Any]:
    """Return something to compare for each of the global generators that is a Mersenne twister, as both usually are."""
    found: dict[str, Any] = {"random": random.getstate()}
    now: Any = np.random.get_state(legacy=False)  # noqa: NPY002 - looked at, not drawn from
    if now["bit_generator"] == "MT19937":
        normal = now["gauss"] if now["has_gauss"] else None
        found["numpy"] = now["state"]["key"].tobytes(), int(now["state"]["pos"]), normal
    return found


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, State]:
    """Return the states in the second snapshot that are not those in the first."""
    return {name: _state(name, seen) for name, seen in after.items() if seen != before.get(name)}


def _state(name, seen):
    if name == "numpy":
        return seen
    _, words, normal = seen
    return np.array(words[:-1], np.uint32).tobytes(), words[-1], normal


def set_states(wanted: dict[str, State]) -> None:
    """Set the global generators to what `changed` returned; raises ValueError for what is no state."""
    for name, (key, position, normal) in wanted.items():
        words = np.frombuffer(key, np.uint32)
        if len(words) != WORDS or not 0 <= position <= WORDS:
            raise ValueError("no state of a generator")
        if name == "random":
            random.setstate((3, (*words.tolist(), position), normal))
        else:
            np.random.set_state(("MT19937", words, position, normal is not None, normal or 0.0))  # noqa: NPY002


def leads_to(before: State, after: State) -> bool:
    """Say whether drawing numbers leads from one state to another."""
    (key, position, _), (wanted, end, normal) = before, after
    if not 0 <= end <= WORDS or not (normal is None or abs(normal) <= NORMAL):
        return False
    if key == wanted:
        return position <= end
    goal, bits = _twister(wanted, 0).random_raw(WORDS), _twister(key, WORDS)
    for _ in range(ROUNDS):
        drawn = bits.random_raw(KEYS * WORDS).reshape(KEYS, WORDS)
        if any(np.array_equal(row, goal) for row in drawn[drawn[:, 0] == goal[0]]):
            return True
    return False


def _twister(key, position):
    bits = np.random.MT19937()
    bits.state = {"bit_generator": "MT19937", "state": {"key": np.frombuffer(key, np.uint32), "pos": position}}
    return bits


def follow(before: dict[str, State], after: dict[str, State]) -> None:
    """Draw what a call drew, given the states that were sent with it and those that came back.

    Where none was sent, or the one that came back cannot be reached, one number is drawn: a check may ask whether a
    function draws from the global generators.
    """
    for name, state in after.items():
        if name in before and leads_to(before[name], state):
            set_states({name: state})
        elif name == "random":
            random.random()
        else:
            np.random.random()  # noqa: NPY002
