"""The types of public functions hold, as mypy reads them here and where the package is installed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def mypy(*arguments):
    """Run mypy with the settings of pyproject.toml; returns the finished process."""
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


@pytest.mark.slow  # starts mypy
def test_the_package_is_typed_as_it_says():
    found = mypy()
    assert found.returncode == 0, found.stdout + found.stderr


def untyped(node, name):
    """Yield the names of public functions below a node of which an argument or what they return has no type."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, (ast.ClassDef, ast.FunctionDef)) and not part.name.startswith("_"):
            if isinstance(part, ast.ClassDef):
                yield from untyped(part, f"{name}.{part.name}")
                continue
            given = part.args
            arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            plain = [a for a in arguments if a and a.annotation is None and a.arg not in ("self", "cls")]
            if plain or part.returns is None:
                yield f"{name}.{part.name}"


@pytest.mark.slow
def test_every_public_function_has_types():
    """All but those of tasks and predictions, which are what a student would write."""
    found = []
    for path in sorted((ROOT / "pgcourse").rglob("*.py")):
        tree, name = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(ROOT).with_suffix("").as_posix()
        if path.parent.name not in ("checkpoints", "predict") or path.stem in ("__init__", "kinds"):
            found += untyped(tree, name)
    assert found == []


USES = {
    "moments(corridor(), SoftmaxPolicy(10, 2), [0.0] * 20, baseline=0.5)[1].sum()": "",
    "moments(corridor(), 'softmax', [0.0] * 20)": 'incompatible type "str"; expected "TabularPolicy"',
    "moments(corridor(), SoftmaxPolicy(10, 2), [0.0] * 20, estimator=2)": 'incompatible type "int"; expected "str"',
    "corridor(horizon='long')": 'incompatible type "str"; expected "int"',
    "def untyped(theta): return theta": "Function is missing a type annotation",
}
"""Lines of somebody's script, and words of what mypy says of each; none where all fits."""


@pytest.mark.slow  # starts mypy
def test_whoever_uses_it_is_told_what_does_not_fit(tmp_path):
    imports = ("exact import moments", "gradients import SoftmaxPolicy", "problems import corridor")
    before = "".join(f"from pgcourse.{name}\n" for name in imports)
    scripts = [tmp_path / f"script_{number}.py" for number in range(len(USES))]
    for script, line in zip(scripts, USES, strict=True):
        script.write_text(f"{before}{line}\n")
    found = mypy(*map(str, scripts)).stdout
    for script, words in zip(scripts, USES.values(), strict=True):
        (said,) = [line for line in found.splitlines() if f"{script.name}:" in line] or [""]
        assert words in said
        assert bool(words) == bool(said)
    assert f"Found 4 errors in 4 files (checked {len(USES)} source files)" in found
