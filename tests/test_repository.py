"""What a visitor of the repository relies on: one version, a changelog, forms, hooks."""

import re
import tomllib
from datetime import date
from pathlib import Path

import yaml

import pgcourse

ROOT = Path(__file__).resolve().parent.parent
CHANGES = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}  # Keep a Changelog 1.1.0


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def releases():
    """Return (version, date) of each release of the changelog, as it lists them."""
    return re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", read("CHANGELOG.md"), re.MULTILINE)


def test_there_is_one_version():
    version = pgcourse.__version__
    assert version == tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert version == str(yaml.safe_load(read("CITATION.cff"))["version"])
    assert version == releases()[0][0]


def test_the_changelog_has_the_form_of_keep_a_changelog():
    headings = re.findall(r"^(##+) (.+)$", read("CHANGELOG.md"), re.MULTILINE)
    assert len(releases()) == sum(level == "##" for level, _ in headings)
    assert {title for level, title in headings if level == "###"} <= CHANGES
    numbers = [tuple(map(int, version.split("."))) for version, _ in releases()]
    assert numbers == sorted(set(numbers), reverse=True)
    assert numbers[-1] == (0, 1, 0)
    dates = [date.fromisoformat(day) for _, day in releases()]
    assert dates == sorted(dates, reverse=True)
