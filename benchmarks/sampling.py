"""How fast is the fast sampler? Run with `python benchmarks/sampling.py`; it prints ratios, never absolute promises.

Contenders draw m trajectories of corridor (10 states, 20 decisions) and gridworld (5 x 5, 30 decisions) under a random
policy and compute one component of the reward-to-go gradient for each: the fast sampler, the readable `pg.simulate`
with one array operation a step, a pure-Python loop and, where they are installed, numba's compiled loop on one thread,
JAX on the processor, and gymnasium's SyncVectorEnv; the floor only draws random bits, 32 for each decision, more than
the fast sampler needs where one draw decides several. First, all contenders' means are compared with the exact one.
Then: how time and memory grow with m, what `exact.moments` costs in trajectories, and what importing costs.
"""

import subprocess
import sys
import tracemalloc

import numpy as np
from contenders import fast, floor, installed, pure_python, readable
from interleave import interleaved, report

import pgcourse as pg

PROBLEMS = {"corridor": (pg.problems.corridor(), 8), "gridworld": (pg.problems.gridworld(), 1)}


def setting(name):
    """Return (mdp, policy, theta, component) of a problem under a fixed random policy."""
    mdp, component = PROBLEMS[name]
    policy = pg.SoftmaxPolicy(mdp.num_states, mdp.num_actions)
    return mdp, policy, np.random.default_rng(1).normal(0, 0.5, policy.num_parameters), component


def agree(name, contenders, m=20_000):
    """Stop unless each contender's mean is the exact one, to 6 standard errors."""
    mdp, policy, theta, component = setting(name)
    mean, variance = (part[component] for part in pg.exact.moments(mdp, policy, theta, "reward_to_go"))
    for contender in contenders:
        samples = contender(mdp, policy, theta, component, m)
        distance = abs(samples.mean(dtype=float) - mean) / np.sqrt(variance / len(samples))
        assert distance < 6, f"{contender.__name__} is off by {distance:.0f} standard errors"
    print(f"{name}: the means of {', '.join(each.__name__ for each in contenders)} are the exact one")


def compare(name, m, rounds, contenders):
    """Time contenders on one problem at one m, side by side."""
    print(f"{name}, m = {m:g}, {rounds} rounds")
    arguments = (*setting(name), m)
    report(interleaved({f.__name__: lambda f=f: f(*arguments) for f in contenders}, rounds))


def growth():
    """Print how time grows with m (linear: ratio 10 for each ten times m), and the peak memory at m = 1e6."""
    print("growth: the fast sampler on the corridor")
    arguments = setting("corridor")
    seconds = interleaved({f"m = {m:g}": lambda m=m: fast(*arguments, m) for m in (10**4, 10**5, 10**6)}, 5)
    report(seconds)
    for name in PROBLEMS:
        tracemalloc.start()
        fast(*setting(name), 10**6)
        print(f"  peak memory on the {name} at m = 1e6: {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB")
        tracemalloc.stop()


def exact_cost():
    """Print the cost of the exact moments beside 6e4 sampled trajectories."""
    for name in PROBLEMS:
        mdp, policy, theta, component = setting(name)
        print(f"exact moments of all {policy.num_parameters} components on the {name}, beside 6e4 trajectories of one")
        report(
            interleaved(
                {
                    "6e4 trajectories": lambda s=(mdp, policy, theta, component): fast(*s, 60_000),
                    "moments, total_return": lambda s=(mdp, policy, theta): pg.exact.moments(*s),
                    "moments, reward_to_go": lambda s=(mdp, policy, theta): pg.exact.moments(*s, "reward_to_go"),
                },
                25,
            )
        )


def import_cost():
    """Print what the mathematics of pgcourse adds to `import numpy, matplotlib` in a new interpreter."""
    print("import cost, a new interpreter each")

    def importing(names):
        return lambda: subprocess.run([sys.executable, "-c", f"import {names}"], check=True)

    report(
        interleaved(
            {
                "numpy, matplotlib": importing("numpy, matplotlib"),
                "and pgcourse": importing(
                    "numpy, matplotlib, pgcourse.bandits, pgcourse.exact, pgcourse.race, pgcourse.tree"
                ),
            },
            11,
        )
    )


if __name__ == "__main__":
    optional = installed()
    compiled = [optional[package] for package in ("numba", "jax") if package in optional]
    vector = [optional["gymnasium"]] if "gymnasium" in optional else []
    for problem in PROBLEMS:
        agree(problem, (fast, readable, pure_python, *vector, *compiled))
        compare(problem, 1_000, 11, (fast, readable, pure_python, *vector, *compiled, floor))
        compare(problem, 10_000, 7, (fast, readable, pure_python, *compiled, floor))
        compare(problem, 100_000, 5, (fast, readable, pure_python, *compiled, floor))
        compare(problem, 1_000_000, 3, (fast, readable, *compiled, floor))
    growth()
    exact_cost()
    import_cost()
