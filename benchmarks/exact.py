"""What do the exact moments cost? Run with `python benchmarks/exact.py [REVISION]`; it prints ratios.

First, if a revision of this repository is named, as in `python benchmarks/exact.py HEAD~20`: `moments`, `gradient` and
`return_variance` of the course's own problems, today's beside that revision's. Each lives in a process of its own, and
they take turns; seconds are those of the processor, on one thread. Then a large problem: 500 states, 10 actions with 10
possible next states each, 100 decisions, 5000 parameters, in processor seconds and in megabytes, again in a process of
its own.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

from interleave import report

ROOT = Path(__file__).parent.parent
ROUNDS = 25
WORKER = """
import sys, time
import numpy as np
import pgcourse as pg

problems = {
    "L/R exercise": (pg.problems.left_right(5, 10), pg.ClampPolicy(), [0.2]),
    **{name: (mdp, pg.SoftmaxPolicy(mdp.num_states, mdp.num_actions), None) for name, mdp in {
        "corridor of lecture 7": pg.problems.corridor(num_states=3, horizon=4, start=0, step_reward=-1, goal_reward=10),
        "corridor": pg.problems.corridor(),
        "gridworld": pg.problems.gridworld(),
    }.items()},
}
calls = {
    "total return": pg.exact.moments,
    "reward-to-go": lambda *problem: pg.exact.moments(*problem, "reward_to_go"),
    "gradient": pg.exact.gradient,
    "return variance": pg.exact.return_variance,
}
print(*(f"{call}, {problem}" for problem in problems for call in calls), sep=";", flush=True)
for line in sys.stdin:
    call, name = line.rstrip().split(", ")
    mdp, policy, theta = problems[name]
    theta = np.random.default_rng(1).normal(0, 0.5, policy.num_parameters) if theta is None else theta
    start = time.process_time()
    for _ in range(5):
        calls[call](mdp, policy, theta)
    print((time.process_time() - start) / 5, flush=True)
"""
LARGE = """
import resource, time
import numpy as np
import pgcourse as pg

rng = np.random.default_rng(0)
transitions = np.zeros((500, 10, 500))
for s, a in np.ndindex(500, 10):
    transitions[s, a, rng.choice(500, 10, replace=False)] = rng.dirichlet(np.ones(10))
mdp = pg.TabularMDP(np.eye(500)[0], transitions, rng.normal(size=(500, 10)), 0.95, 100)
policy, theta = pg.SoftmaxPolicy(500, 10), rng.normal(size=5000)

def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3

for name, call in {
    "utility": pg.exact.utility,
    "gradient": pg.exact.gradient,
    "moments, total return": pg.exact.moments,
    "moments, reward-to-go": lambda *problem: pg.exact.moments(*problem, "reward_to_go"),
}.items():
    before, start = megabytes(), time.process_time()
    call(mdp, policy, theta)
    print(f"  {name:<24} {time.process_time() - start:7.2f} processor seconds, {megabytes() - before:6.1f} MB more,"
          f" {megabytes():6.1f} MB in all", flush=True)
"""


def worker(folder):
    """Start a process that times what it is told, with the package in a folder."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**os.environ, **threads, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", WORKER]
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ask(process, name):
    """Return the seconds that a worker takes for one call."""
    process.stdin.write(f"{name}\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def compare(revision):
    """Print what the course's own problems cost today beside a revision, the reference, which is timed twice."""
    packed = subprocess.run(["git", "archive", revision, "pgcourse"], cwd=ROOT, capture_output=True, check=True).stdout
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stack.enter_context(tarfile.open(fileobj=BytesIO(packed))).extractall(folder, filter="data")
        contenders = {revision: folder, f"{revision} (again)": folder, "today": ROOT}
        workers = {name: stack.enter_context(worker(at)) for name, at in contenders.items()}
        offers = [process.stdout.readline().rstrip().split(";") for process in workers.values()]
        for call in offers[0]:
            print(call)
            seconds = {name: [] for name in workers}
            for _ in range(ROUNDS):
                for name, process in workers.items():
                    seconds[name].append(ask(process, call))
            report(seconds)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        compare(sys.argv[1])
    print("a large problem")
    subprocess.run([sys.executable, "-c", LARGE], cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True)
