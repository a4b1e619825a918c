"""What `import pgcourse as pg` offers: what a user wants, nothing else, and nothing before it is asked for."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import jedi
import pytest
from jupyter_client.manager import start_new_kernel

import pgcourse as pg
from pgcourse import _aliases

NAMES = [
    *("Baseline", "ClampPolicy", "LinearGaussianPolicy", "Regulator", "SoftmaxPolicy", "TabularMDP", "TabularPolicy"),
    *("Trajectories", "ascent", "bandits", "checkpoints", "demos", "estimators", "exact", "gradients", "learning"),
    *("practice", "predict", "problems", "race", "sampling", "search", "simulate", "tree"),
]
LECTURES = [path.stem[3:] for path in (Path(__file__).parents[2] / "lectures").glob("*.ipynb")]


@pytest.fixture(scope="module")
def complete():
    """A function that returns what a kernel offers after a Tab, once `pgcourse` is imported as `pg`."""
    manager, client = start_new_kernel()
    client.execute_interactive("import pgcourse as pg, pgcourse.demos.left_right", timeout=300)

    def offered(text):
        reply = client.complete(text, reply=True, timeout=300)["content"]
        assert reply["status"] == "ok"
        return sorted(match.removeprefix(text) for match in reply["matches"])

    yield offered
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("pg.", NAMES),
        ("pg.demos.", LECTURES),
        ("pg.checkpoints.", LECTURES),
        ("pg.demos.left_right.", ["arrows", "gradient_sample", "learning", "policy", "push", "tree", "variance"]),
        ("pg.checkpoints.left_right.", ["best_baseline", "gradient_sample", "sample_left", "sample_right"]),
    ],
)
def test_tab_offers_what_a_user_wants_and_nothing_else(complete, text, names):
    assert complete(text) == sorted(names)


def test_each_name_of_the_front_door_is_there_and_explained():
    assert sorted(dir(pg)) == sorted(pg.__all__) == sorted(NAMES)
    for name in NAMES:
        assert getattr(pg, name).__doc__
        assert re.search(rf"\b{name}\b", pg.__doc__), f"the docstring of pgcourse does not say what {name} is"
    with pytest.raises(AttributeError, match="no attribute 'demo'"):
        _ = pg.demo


def test_a_module_of_the_front_door_offers_what_it_defines_and_all_that_the_course_uses_of_it():
    root = Path(__file__).parents[2]
    texts = [path.read_text(encoding="utf-8") for kind in ("lectures/*.ipynb", "docs/*.md") for path in root.glob(kind)]
    used = set(re.findall(r"\bpg\.(\w+)\.(\w+)", "\n".join([*texts, (root / "README.md").read_text("utf-8")])))
    modules = {name: getattr(pg, name) for name in NAMES if inspect.ismodule(getattr(pg, name))}
    for name, module in modules.items():
        lectures = LECTURES if name in ("checkpoints", "demos", "predict") else []
        offered = set(dir(module))
        assert {used_name for place, used_name in used if place == name} <= offered, name
        assert offered.isdisjoint({"Any", "Callable", "Floats", "dataclass", "np", "validate"}), name
        foreign = [one for one in offered - {*lectures} if inspect.ismodule(getattr(module, one))]
        assert not foreign, f"pg.{name}.<Tab> offers {foreign}"


def test_importing_the_package_imports_none_of_its_parts():
    code = "import sys, pgcourse; print(*(name for name in sys.modules if name.partition('.')[0] in {kinds}))"
    code = code.format(kinds={"pgcourse", "numpy", "matplotlib", "ipywidgets", "nbgrader"})
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pgcourse._aliases", "pgcourse"]


def test_mathematics_waits_for_no_picture():
    names = ", ".join(name for name in NAMES if name not in ("checkpoints", "demos", "practice", "predict"))
    heavy = {"matplotlib", "ipywidgets", "IPython", "nbformat"}
    code = f"import sys; from pgcourse import {names}; print(*{heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.slow
def test_editors_see_the_same_names():
    (block,) = [node for node in ast.parse(inspect.getsource(pg)).body if isinstance(node, ast.If)]
    own = [node for node in block.body if node.module != "typing"]
    assert sorted(alias.asname or alias.name for node in own for alias in node.names) == sorted(NAMES)
    found = jedi.Script("import pgcourse as pg\npg.exact.mom").complete(2, 12)
    assert [completion.name for completion in found] == ["moments"]


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), _aliases.ALIASES.items())
def test_old_names_are_the_modules_of_today(old, new):
    """In a new process, since a module imported once by its own name would hide a fault."""
    code = f"import {old} as old, {new} as new; assert old is new and new.__spec__.name == {new!r}, new.__spec__"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.slow
def test_what_handed_out_notebooks_import_works():
    code = "\n".join(
        [
            "from pgcourse import arena, left_right, plots, style",
            "from pgcourse.controls import integer, log_slider, luck, slider, steps",
            "from pgcourse.estimators import rewards_to_go",
            "from pgcourse.live import LiveFigure, demo",
            "from pgcourse.tasks import check",
            "from pgcourse.tasks.inputs import corridor_utility, simulate_corridor",
            "import pgcourse as pg; pg.regulator.pathwise_gradients, pg.practice.train, pg.race.METHODS",
            "pg.checkpoints.zeroth_order.elite_mean",
            "(arena.draw, arena.noise_steps, arena.START, arena.evaluator, arena.utility, arena.BEST)",
            "(left_right.variance, plots.band, style.EXACT)",
        ]
    )
    subprocess.run([sys.executable, "-c", code], check=True)
