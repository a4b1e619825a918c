"""What the captions of several pictures say in the same words."""

from collections.abc import Sequence

from pgcourse.gradients.batches import Directions


def counted(number: int, noun: str) -> str:
    """Write a number and what it counts: "1 pull", "2,000 trajectories"."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + ("es" if noun.endswith("ch") else "s")
    return f"{number:,} {noun if number == 1 else plural}"


def digits(number: float) -> str:
    """Write a number of 1 or more with three significant digits and no power of ten: "1.13", "295,000"."""
    return f"{float(f'{number:.3g}'):,g}" if number < 1000 else f"{float(f'{number:.3g}'):,.0f}"


def factor(ratio: float) -> str:
    """Say how many times larger or smaller something is: "39 times smaller", "hardly larger"."""
    often = digits(max(ratio, 1 / ratio))
    return f"{'hardly' if often == '1' else f'{often} times'} {'smaller' if ratio < 1 else 'larger'}"


def times(number: int) -> str:
    """Write how often something is done: "once", "3 times"."""
    return "once" if number == 1 else f"{number:,} times"


def listed(names: Sequence[str]) -> str:
    """Write names as in a sentence: "one", "one and two", "one, two, and three"."""
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])}, and {names[-1]}"


def pointing(directions: Directions, estimates: str) -> str:
    """Say which way estimates point.

    Parameters
    ----------
    directions : Directions
    estimates : str
        What they are called, such as "500 batches".
    """
    if sum(directions) < 0.999:
        return "The exact mean is 0, so that neither sign is right"
    wrong, zero, right = (f"{share:.0%}" for share in directions)
    return f"{wrong} of {estimates} have the wrong sign, {zero} are 0, and {right} have the right sign"
