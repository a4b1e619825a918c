"""The wings of the house: demos only draw, one name for one thing, and no module hides a function of its folder."""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules, walk_packages
from types import ModuleType

import pytest

import pgcourse

ROOT = Path(pgcourse.__file__).parent
DEMOS = sorted((ROOT / "demos").glob("*.py"))
MATHEMATICS = ("problems", "gradients", "exact", "optimisers")

SHAPING = {
    *("arange", "array", "asarray", "full", "geomspace", "linspace", "logspace", "nan", "ndarray", "ones", "zeros"),
    *("column_stack", "concatenate", "meshgrid", "repeat", "reshape", "stack", "tile", "transpose", "float32"),
}
PICKING = {
    *("argmax", "argmin", "clip", "divmod", "flatnonzero", "isclose", "maximum", "median", "minimum", "quantile"),
    *("round", "searchsorted", "unique", "where"),
}
TYPES = {"str_"}
GENERATORS = {"random.default_rng", "random.Generator", "random.SFC64"}
LIBRARIES = ("numpy", "random", "scipy", "statistics")
STATISTICS = {"cumprod", "cumsum", "dot", "mean", "prod", "std", "trace", "var"}


def formulas(source):
    """Return the code in a demo that calculates instead of shaping, picking and handing on.

    Arrays may be made, shaped, compared and picked from; generators may be made and handed on. Powers, matrix
    products, any other function of NumPy, means and draws are mathematics, and so is what comes from other libraries of
    that kind.
    """
    tree = ast.parse(source)
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return [ast.unparse(node) for node in ast.walk(tree) if _calculates(node, inner)]


def _calculates(node, inner):
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        return isinstance(node.op, (ast.MatMult, ast.Pow))
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        return any(name not in ("numpy", "numpy.typing") and name.split(".")[0] in LIBRARIES for name in names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STATISTICS:
        return True
    if not isinstance(node, ast.Attribute):
        return False
    name = ast.unparse(node)
    if re.fullmatch(r"np(\.\w+)+", name):
        # Of np.random.default_rng only the whole counts, not np.random.
        return id(node) not in inner and name[3:] not in SHAPING | PICKING | TYPES | GENERATORS
    return name.startswith(("rng.", "np.random."))


@pytest.mark.parametrize("path", DEMOS, ids=lambda path: path.stem)
def test_demos_only_draw(path):
    assert formulas(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [  # each of these stood in a demo once
        "share = rng.binomial(1000, chance[0]) / 1000",
        "lefts = np.random.default_rng(seed).binomial(m, theta, 2000)",
        "spread = spread - 2 * b * cross + b**2 * square",
        "mean = chance @ sample",
        "np.einsum('ci,ij,cj->c', keep, covariance, keep)",
        "lengths = np.linalg.norm(slopes, axis=-1)",
        "logs = np.linalg.slogdet(covariance)[1]",
        "deviations = np.sqrt(variance / num_trajectories)",
        "estimates = samples.reshape(-1, num_trajectories).mean(axis=1)",
        "wrong = np.mean(averages * mean <= 0)",
        "turns = (np.diff(np.sign(path)) != 0).sum()",
        "means = np.cumsum(samples, dtype=float)[counts - 1] / counts",
        "score = np.eye(3)[action] - probabilities",
        "from numpy.linalg import solve",
    ],
)
def test_a_formula_in_a_demo_would_be_seen(source):
    assert formulas(source)


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nrng = np.random.default_rng(seed)\naverages = one_decision.batch_gradient(theta, rng)",
        "rng = np.random.Generator(np.random.SFC64(seed))",
        "values = np.where(kept, mean, 0)\nbar.set_height(values.sum() / values.max())",
    ],
)
def test_shaping_picking_and_handing_on_is_no_formula(source):
    assert formulas(source) == []


def packages():
    """Return pgcourse and all packages in it, with all their modules imported."""
    found = [pgcourse]
    for module in walk_packages(pgcourse.__path__, "pgcourse."):
        if module.ispkg:
            found.append(import_module(module.name))
    return found


@pytest.mark.parametrize("package", packages(), ids=lambda package: package.__name__)
def test_no_module_bears_the_name_of_a_function_that_its_folder_exports(package):
    modules = {module.name for module in iter_modules(package.__path__)}
    for name in modules & set(getattr(package, "__all__", ())):
        assert isinstance(getattr(package, name), ModuleType), f"{package.__name__}.{name}"


def public_functions():
    """Yield (name, function) of the public functions and methods of the mathematics."""
    for wing in MATHEMATICS:
        for module in iter_modules(import_module(f"pgcourse.{wing}").__path__):
            for name, value in vars(import_module(f"pgcourse.{wing}.{module.name}")).items():
                if name[0] != "_" and getattr(value, "__module__", "") == f"pgcourse.{wing}.{module.name}":
                    members = vars(value).items() if inspect.isclass(value) else [("", value)]
                    for member, function in members:
                        if inspect.isfunction(function) and (member[:1] != "_" or member == "__init__"):
                            yield f"{wing}.{module.name}.{name}.{member}".rstrip("."), function


FUNCTIONS = dict(public_functions())


def test_chance_comes_from_a_generator_that_is_handed_in():
    assert len(FUNCTIONS) > 80
    for name, function in FUNCTIONS.items():
        assert not any("seed" in parameter for parameter in inspect.signature(function).parameters), name


@pytest.mark.slow
def test_the_names_of_the_estimators_are_listed_once():
    lists = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign) and "ESTIMATORS" in [ast.unparse(target) for target in node.targets]
    ]
    assert lists == ["gradients/estimators.py"]


def test_a_baseline_means_the_same_everywhere():
    """None, a number or a Baseline: what else makes a baseline has another name."""
    for name, function in FUNCTIONS.items():
        hint = function.__annotations__.get("baseline")
        if hint is not None:
            assert "Callable" not in str(hint), name
            assert hint is not bool, name


def documented(text):
    """Return the names in the section Parameters of a docstring, None where there is no such section."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\S[^\n]*\n---|\Z)", text, re.DOTALL | re.MULTILINE)
    if section is None:
        return None
    lines = [line for line in section[1].splitlines() if line[:1].strip()]
    return [name for line in lines for name in line.split(" :")[0].split(", ")]


@pytest.mark.parametrize("wing", MATHEMATICS)
def test_docstrings_that_list_parameters_list_those_that_there_are(wing):
    listed = 0
    for module in iter_modules(import_module(f"pgcourse.{wing}").__path__):
        for name, value in vars(import_module(f"pgcourse.{wing}.{module.name}")).items():
            own = getattr(value, "__module__", "") == f"pgcourse.{wing}.{module.name}"
            names = documented(inspect.getdoc(value) or "") if own and name[0] != "_" else None
            if names is not None:
                listed += 1
                assert names == list(inspect.signature(value).parameters), f"{wing}.{module.name}.{name}"
    assert listed > 5
