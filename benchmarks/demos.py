"""How long does each demo take to follow its controls? Run with `python benchmarks/demos.py [NAME ...]`.

Every control of every demo is swept from end to end in up to 20 steps, as a hand would, the others as they stand. For
each demo it prints the median and the 95th percentile of one update on the kernel's side, in wall time and in processor
time, which a busy machine disturbs less, and the slowest update; last comes the slowest demo. NAME is a lecture, as in
`baselines`.

Some controls start a training run, with a progress bar: those of COMPUTING. Their updates are timed once they have been
visited; what the first visit takes is printed apart.
"""

import sys
import time
from importlib import import_module

import numpy as np

from pgcourse import checkpoints, demos
from pgcourse.figures import controls, progress

LIMIT = 60  # ms, the 95th percentile that a lecturer does not notice
COMPUTING = {
    "policy_gradient.corridor": ("num_trajectories", "seed"),
    "policy_gradient.gridworld": ("num_trajectories", "seed"),
    "policy_gradient.learning_curves": ("name", "num_trajectories", "seed"),
    "policy_gradient.step_sizes": ("name", "num_trajectories", "seed"),
    "policy_gradient.noise": ("name",),
    "policy_gradient.reinforce": ("alpha", "num_trajectories", "seed"),
    "recap.methods": ("presses", "step_size"),
    "recap.cartpole": ("presses", "step_size", "seed"),
    "recap.episode": ("num_batches", "seed"),
}


def sweep(control):
    """Return the values that a hand would pass through."""
    if isinstance(control, controls.CountingButton):
        return [control.value + press for press in range(1, 8)]
    if isinstance(control, controls.NumberSlider):
        last = len(control.values) - 1
        return [control.values[round(i)] for i in np.linspace(0, last, min(20, last + 1))]
    return controls.ends(control)


def measure(demo, computing):
    """Time each update of a demo.

    computing  names of the controls that start a computation
    returns    (list of (wall ms, processor ms, control's name) of one update, list of ms of first visits)
    """
    live = demo(*checkpoints.right_answers(demo))
    start, found, visits = live.values, [], []
    for name, control in live.inputs.items():
        values = sweep(control)
        if name in computing:
            values = values[:3]
            visits += [timed(live, name, value)[0] for value in values]
            live.set(**start)
        found += [timed(live, name, value) for value in values]
        live.set(**start)
    return found, visits


def timed(live, name, value):
    """Set one control; return wall ms, processor ms and the control's name."""
    wall, processor = time.perf_counter(), time.process_time()
    live.set(**{name: value})
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - processor), name


def main(names):
    """Print one line a demo; the exit code tells whether one is over the limit in processor time."""
    progress.DELAY = np.inf  # no bars: outside a notebook each would print a line among the results
    rows = []
    for lecture in names or dir(demos):
        for name, demo in vars(import_module(f"pgcourse.demos.{lecture}")).items():
            if getattr(demo, "is_demo", False) and demo.__module__ == f"pgcourse.demos.{lecture}":
                name = f"{lecture}.{name}"
                rows.append((show(name, *measure(demo, COMPUTING.get(name, ()))), name))
    p95, name = max(rows)
    print(f"the slowest of {len(rows)}: {name}, p95 {p95:.1f} ms of processor time; the limit is {LIMIT} ms")
    return int(p95 > LIMIT)


def show(name, found, visits):
    """Print the line of one demo; return its 95th percentile in processor time."""
    wall, processor = (np.array([entry[i] for entry in found]) for i in (0, 1))
    p95 = np.percentile(processor, 95)
    first = f"   first visits up to {max(visits):.0f} ms" if visits else ""
    print(
        f"{name:<34} {len(found):4} updates   wall: median {np.median(wall):5.1f} p95 {np.percentile(wall, 95):5.1f} ms"
        f"   processor: median {np.median(processor):5.1f} p95 {p95:5.1f} ms"
        f"   slowest {max(found)[0]:4.0f} ms ({max(found)[2]}){first}",
        flush=True,
    )
    return p95


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
