"""At the door: every function that takes a problem, a policy or trajectories checks them, and takes keywords.

The functions are found, not listed: a new one is tested as soon as it is there.
"""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.optimisers import left_right, regulator_plane

CORRIDOR = pg.problems.corridor(num_states=4, horizon=3, start=1)
SOFTMAX = pg.SoftmaxPolicy(4, 2)
REGULATOR = pg.problems.regulator(horizon=3)
GAUSSIAN = pg.LinearGaussianPolicy()
FIT = {"TabularMDP": (CORRIDOR, SOFTMAX, np.zeros(8)), "Regulator": (REGULATOR, GAUSSIAN, np.array([-0.5, 0.5]))}
SIZES = r"policy chooses among 2 actions in 3 states, but mdp has 2 actions and 4 states: make the policy for this prob"
NO_TABLE = "mdp is a Regulator, whose states are real numbers, but this needs a table: pass a TabularMDP, such as"
USE_SOFTMAX = r"but mdp has a table of 2 actions in 4 states: pass SoftmaxPolicy\(4, 2\) or another TabularPolicy"
USE_GAUSSIAN = "but mdp is a Regulator, whose states are real numbers: pass LinearGaussianPolicy"
NO_PROBLEM = r"mdp must be a problem, such as pgcourse.problems.corridor\(\), but is a str"
NOT_TABULAR = [
    (CORRIDOR, GAUSSIAN, f"policy is a LinearGaussianPolicy, {USE_SOFTMAX}"),
    (CORRIDOR, "softmax", f"policy is a str, {USE_SOFTMAX}"),
    (CORRIDOR, pg.SoftmaxPolicy, f"policy is the class SoftmaxPolicy, {USE_SOFTMAX}"),
    (CORRIDOR, pg.SoftmaxPolicy(3, 2), SIZES),
    (CORRIDOR, pg.ClampPolicy(), "policy chooses among 2 actions in 1 states"),
    ("corridor", SOFTMAX, NO_PROBLEM),
]
WRONG = {
    "TabularMDP": [*NOT_TABULAR, (REGULATOR, GAUSSIAN, NO_TABLE), (REGULATOR, pg.SoftmaxPolicy(1, 2), NO_TABLE)],
    "Regulator": [
        (REGULATOR, pg.SoftmaxPolicy(1, 2), f"policy is a SoftmaxPolicy, {USE_GAUSSIAN}"),
        (REGULATOR, None, f"policy is a NoneType, {USE_GAUSSIAN}"),
        (CORRIDOR, SOFTMAX, r"mdp must be a Regulator, such as pgcourse.problems.regulator\(\), but is a TabularMDP"),
        ("regulator", GAUSSIAN, "mdp must be a Regulator, such as .*, but is a str"),
    ],
    "TabularMDP | Regulator": [
        *NOT_TABULAR,
        (REGULATOR, pg.SoftmaxPolicy(1, 2), f"policy is a SoftmaxPolicy, {USE_GAUSSIAN}"),
    ],
}


def functions(*parameters):
    """Return {name: function} of the public functions of the mathematics that take these parameters."""
    found = {}
    for wing in ("exact", "gradients", "optimisers"):
        for module in iter_modules(import_module(f"pgcourse.{wing}").__path__):
            if module.name in ("_model", "pairs"):
                continue
            for name, value in vars(import_module(f"pgcourse.{wing}.{module.name}")).items():
                is_own = inspect.isfunction(value) and value.__module__ == f"pgcourse.{wing}.{module.name}"
                if is_own and not name.startswith("_") and {*parameters} <= {*inspect.signature(value).parameters}:
                    found[f"{wing}.{module.name}.{name}"] = value
    return found


def kind(function):
    """Return for which problems a function is, as its signature says."""
    annotation = inspect.signature(function).parameters["mdp"].annotation
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "TabularMDP | Regulator")


def arguments(function, mdp, policy, theta):
    """Return an argument that fits for each parameter of a function that has no default."""
    rng = np.random.default_rng(0)
    size = 2 if mdp is REGULATOR else 8
    table = (np.zeros(size), np.zeros(8).reshape(1, 4, 2) + 0.5)
    values = {
        **{"mdp": mdp, "policy": policy, "theta": theta, "other": theta, "rng": rng, "other_rng": rng},
        **{"component": 1, "delta": 0.5, "rung": 4, "num_trajectories": 20, "num_pairs": 5, "num_runs": 2, "m": 3},
        **{"gain": -0.5, "std": 0.5, "path": np.zeros((2, 8)), "step_size": 0.1, "num_iterations": 2},
        **{"method": "reward_to_go", "budget": 100, "probabilities": table[1], "estimator": "reward_to_go"},
        **{"table": np.full((4, 2), 0.5), "score": np.zeros((4, 2)), "wrong": np.zeros(4), "lams": [0, 1]},
        "samples": lambda scores, rewards, *_: scores.sum(axis=1) * rewards.sum(axis=1, keepdims=True),
        "loop": lambda draw, samples, theta, alpha, _: theta + alpha * samples(draw(theta), theta).mean(axis=0),
        "trajectories": pg.simulate(*FIT["Regulator" if mdp is REGULATOR else "TabularMDP"], 5, rng),
    }
    names = inspect.signature(function).parameters
    return {name: values[name] for name, of in names.items() if of.default is of.empty or name in ("mdp", "policy")}


def result(function, given):
    """Call a function by keywords alone, and draw once where it yields."""
    returned = function(**given)
    return next(returned) if isinstance(returned, Iterator) else returned


def cases(wrong):
    for name, function in functions("mdp").items():
        has_policy = "policy" in inspect.signature(function).parameters
        for number, (mdp, policy, words) in enumerate(wrong[kind(function)]):
            if has_policy or (words.startswith("mdp") and policy in (SOFTMAX, GAUSSIAN)):
                yield pytest.param(function, mdp, policy, words, id=f"{name}-{number}")


@pytest.mark.parametrize(("function", "mdp", "policy", "words"), [*cases(WRONG)])
def test_what_does_not_fit_is_one_sentence(function, mdp, policy, words):
    right = FIT["Regulator" if kind(function) == "Regulator" else "TabularMDP"]
    given = arguments(function, *right) | {"mdp": mdp}
    if "policy" in given:
        given["policy"] = policy
    with pytest.raises(ValueError, match=f"^{words}") as told:
        result(function, given)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("function", [*functions("mdp").values()], ids=[*functions("mdp")])
@pytest.mark.parametrize("problem", FIT)
def test_keywords_do_as_well(function, problem):
    if problem in kind(function):
        given = arguments(function, *FIT[problem])
        result(function, given)


def test_the_functions_are_found():
    found = functions("mdp", "policy")
    assert {"exact.evaluation.utility", "gradients.trajectories.simulate", "optimisers.ascent.policy_gradient"} <= {
        *found
    }
    assert {kind(function) for function in functions("mdp").values()} == {*WRONG}


TABULAR = pg.simulate(*FIT["TabularMDP"], 5, np.random.default_rng(0))
CONTINUOUS = pg.simulate(*FIT["Regulator"], 5, np.random.default_rng(0))
ANOTHER = "the trajectories hold {}: pass the policy that drew them"


@pytest.mark.parametrize("function", [*functions("trajectories").values()], ids=[*functions("trajectories")])
@pytest.mark.parametrize(
    ("trajectories", "policy", "words"),
    [
        (TABULAR, GAUSSIAN, "policy is a LinearGaussianPolicy, but the trajectories hold whole numbers"),
        (
            CONTINUOUS,
            SOFTMAX,
            "policy is a SoftmaxPolicy, but the trajectories hold states of dtype float64, not whole",
        ),
        (TABULAR, pg.SoftmaxPolicy(2, 2), f"policy has the states 0 to 1, but {ANOTHER.format(3)}"),
        (TABULAR, pg.SoftmaxPolicy(4, 1), f"policy has the actions 0 to 0, but {ANOTHER.format(1)}"),
        (TABULAR, pg.SoftmaxPolicy, "policy must be a policy, such as .*, but is the class SoftmaxPolicy"),
        (TABULAR, None, "policy must be a policy, such as .*, but is a NoneType"),
        (TABULAR.states, SOFTMAX, "trajectories must be Trajectories, as simulate returns them, but is a ndarray"),
    ],
)
def test_trajectories_are_those_of_the_policy(function, trajectories, policy, words):
    given = {"trajectories": trajectories, "policy": policy, "theta": np.zeros(8), "mdp": CORRIDOR, "discount": 1.0}
    names = inspect.signature(function).parameters
    if "mdp" in names and policy is not SOFTMAX:
        words = "policy (is|chooses)"  # the problem is looked at first
    if "policy" in names:
        with pytest.raises(ValueError, match=f"^{words}"):
            function(**{name: given[name] for name, of in names.items() if of.default is of.empty})


def test_a_state_below_0_is_no_state():
    batch = pg.Trajectories(-np.ones((1, 2), dtype=int), TABULAR.actions[:1, :2], np.ones((1, 2)), np.array([2]))
    with pytest.raises(ValueError, match="policy has the states 0 to 3, but the trajectories hold -1"):
        pg.estimators.reward_to_go(batch, SOFTMAX, np.zeros(8), 1.0)


@pytest.mark.parametrize("field", ["states", "actions", "rewards", "lengths"])
def test_masked_entries_of_trajectories_are_no_numbers(field):
    arrays = {name: getattr(TABULAR, name) for name in ("states", "actions", "rewards", "lengths")}
    with pytest.raises(ValueError, match=f"^{field} has masked entries: put numbers in their place"):
        pg.Trajectories(**arrays | {field: np.ma.masked_equal(arrays[field], arrays[field].flat[0])})


RNG = np.random.default_rng(0)


@pytest.mark.parametrize("step_size", [np.nan, np.inf, "small", None, np.ma.masked])
@pytest.mark.parametrize(
    "climb",
    [
        lambda alpha: pg.ascent.gradient_ascent(lambda theta: theta, [1.0], alpha, 2),
        lambda alpha: pg.ascent.policy_gradient(CORRIDOR, SOFTMAX, np.zeros(8), alpha, 2, 2, RNG),
        lambda alpha: pg.learning.policy_gradient_runs(CORRIDOR, np.zeros(8), alpha, 2, 2, RNG),
        lambda alpha: list(zip(range(2), _runs_with(lambda k: alpha), strict=False)),
        lambda alpha: pg.race.race(CORRIDOR, "with_baseline", 100, alpha, 2, RNG),
        lambda alpha: pg.race.race(CORRIDOR, "finite_differences", 1000, alpha, 2, RNG),
        lambda alpha: pg.search.pattern_search(sum, [1.0], alpha, 2),
        lambda alpha: pg.practice.train(1, RNG, step_size=alpha),
        lambda alpha: left_right.paths(0.5, 1, 2, alpha, 2, 2, 2, RNG),
        lambda alpha: left_right.exact_path(0.5, 1, 2, alpha, 2),
        lambda alpha: regulator_plane.climb(regulator_plane.gradient, [[0.0, 0.5]], alpha),
        lambda alpha: regulator_plane.climb_by_estimates(alpha, "constant", 2, 2, RNG),
    ],
)
def test_a_step_size_is_a_finite_number(climb, step_size):
    with pytest.raises(ValueError, match=r"^step_sizes? (is|must|has)"):
        climb(step_size)


def _runs_with(step_size):
    return pg.learning.policy_gradient_runs(CORRIDOR, np.zeros(8), step_size, 2, 2, RNG)


@pytest.mark.parametrize("shape", [(3, 1, 1), (2, 4, 3), (1, 2, 4, 2)])
def test_a_step_size_is_no_table_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"^step_size must be a number or broadcast to \(2, 4, 2\), but has shape"):
        _runs_with(np.ones(shape))


def test_a_baseline_from_the_batch_has_the_shape_of_the_batch():
    runs = pg.learning.policy_gradient_runs(
        CORRIDOR, np.zeros(8), 0.1, 2, 2, RNG, baseline_from_batch=lambda states, to_go, active: to_go.mean(axis=1)
    )
    next(runs)
    with pytest.raises(ValueError, match=r"^what baseline_from_batch returns must have shape \(2, 2, 3\)"):
        next(runs)
