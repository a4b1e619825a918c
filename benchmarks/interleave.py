"""Side-by-side timing: every contender in turn, many rounds, minimum and median of each, and an A/A pair.

A shared machine is noisy, so only ratios taken in one run mean anything; how far the A/A pair is from 1 says how much.
"""

import gc
import statistics
import time


def interleaved(contenders, rounds):
    """Time each function once a round.

    contenders  dict of name -> function without arguments; the first is the reference and is timed twice (the A/A pair)
    rounds      number of rounds, after one round of warming up
    returns     dict of name -> list of seconds
    """
    (reference, first), *others = contenders.items()
    functions = {reference: first, f"{reference} (again)": first, **dict(others)}
    seconds = {name: [] for name in functions}
    for round_number in range(rounds + 1):
        for name, function in functions.items():
            gc.collect()
            start = time.perf_counter()
            function()
            if round_number:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def report(seconds, unit=1e3, unit_name="ms"):
    """Print minimum and median of each contender, and their ratios to the first."""
    reference = next(iter(seconds.values()))
    for name, values in seconds.items():
        low, middle = min(values), statistics.median(values)
        print(
            f"  {name:<34} min {low * unit:9.2f}  median {middle * unit:9.2f} {unit_name}   ratio to the first: "
            f"min {low / min(reference):7.2f}  median {middle / statistics.median(reference):7.2f}"
        )
