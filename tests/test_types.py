"""The types of public functions hold, as mypy reads them here and where the package is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def mypy(*arguments):
    """Run mypy with the settings of pyproject.toml; returns the finished process."""
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


def test_the_package_is_typed_as_it_says():
    found = mypy()
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("moments(corridor(), SoftmaxPolicy(10, 2), [0.0] * 20, baseline=0.5)[1].sum()", "Success"),
        ("moments(corridor(), 'softmax', [0.0] * 20)", 'incompatible type "str"; expected "TabularPolicy"'),
        (
            "moments(corridor(), SoftmaxPolicy(10, 2), [0.0] * 20, estimator=2)",
            'incompatible type "int"; expected "str"',
        ),
        ("corridor(horizon='long')", 'incompatible type "str"; expected "int"'),
        ("def untyped(theta): return theta", "Function is missing a type annotation"),
    ],
)
def test_whoever_uses_it_is_told_what_does_not_fit(tmp_path, line, words):
    script = tmp_path / "script.py"
    imports = ("exact import moments", "gradients import SoftmaxPolicy", "problems import corridor")
    script.write_text("".join(f"from pgcourse.{name}\n" for name in imports) + line + "\n")
    assert words in mypy(str(script)).stdout
