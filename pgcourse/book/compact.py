"""SVG markup with as few characters as a screen needs: a tenth of a point, and each path on one line."""

import re

PATH = re.compile(r'(?<= d=")[^"]*')
STEP = re.compile(r"([MLCQZz])([^A-Za-z]*)")
OTHER = re.compile(r"[^MLCQZz\d.\s-]")
PLACE = re.compile(r'(?<= )([xy]|x1|x2|y1|y2|width|height)="(-?[\d.]+)"')
PARTS = 10  # of a point


def compact(markup: str) -> str:
    """Return markup that looks the same.

    Parameters
    ----------
    markup : str
        As `pgcourse.figures.vectors` makes it: paths of absolute commands.
    """
    shorter = PLACE.sub(lambda found: f'{found[1]}="{_rounded(found[2]) / PARTS:g}"', markup)
    return PATH.sub(lambda found: _relative(found[0]), shorter)


def _relative(path: str) -> str:
    """Return a path in steps, which are shorter than places and alike where the places are not."""
    if OTHER.search(path):
        return path
    start = at = [0, 0]
    steps: list[tuple[str, list[int]]] = []
    for command, numbers in STEP.findall(path):
        places = [_rounded(number) for number in numbers.split()]
        pairs = [places[i : i + 2] for i in range(0, len(places), 2)]
        moved = [coordinate - before for pair in pairs for coordinate, before in zip(pair, at, strict=True)]
        at = pairs[-1] if pairs else start
        start = at if command == "M" else start
        if steps and command == steps[-1][0] == "L" and _goes_on(steps[-1][1], moved):
            moved = [one + other for one, other in zip(steps.pop()[1], moved, strict=True)]
        steps.append((command, moved))
    return "".join(command.lower() + " ".join(f"{number / PARTS:g}" for number in moved) for command, moved in steps)


def _goes_on(one: list[int], other: list[int]) -> bool:
    """Say whether a step goes on in the direction of the one before it, along an axis."""
    (x, y), (then_x, then_y) = one, other
    return (x == then_x == 0 and y * then_y >= 0) or (y == then_y == 0 and x * then_x >= 0)


def _rounded(number: str) -> int:
    return round(float(number) * PARTS)
