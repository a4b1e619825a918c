"""What a visitor of the repository relies on: one version, a changelog, forms, hooks."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml

import pgcourse

ROOT = Path(__file__).resolve().parents[2]
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


def test_the_promises_are_held_by_tests_that_exist():
    named = set(re.findall(r"`(test_\w+\.py)`", read("SECURITY.md")))
    assert len(named) >= 5
    assert named <= {path.name for path in (ROOT / "tests").rglob("test_*.py")}


def test_a_hole_is_reported_in_private_and_to_no_invented_address():
    text = read("SECURITY.md")
    assert "*Security* tab and choose *Report a vulnerability*" in text
    assert not re.search(r"\w@\w|mailto:", text)


def anchors(text):
    """Return what GitHub calls the headings of a page in links to them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
    "page", [path.relative_to(ROOT) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))], ids=str
)
def test_links_of_a_page_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = ROOT / page.parent / name if name else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
# GitHub's form schema: what each type of element may and must have
NEEDED = {"markdown": {"value"}, "input": {"label"}, "textarea": {"label"}, "dropdown": {"label", "options"}}
ALLOWED = {
    "markdown": {"value"},
    "input": {"label", "description", "placeholder", "value"},
    "textarea": {"label", "description", "placeholder", "value", "render"},
    "dropdown": {"label", "description", "multiple", "options", "default"},
}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_keeps_to_githubs_schema(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form.keys() <= {"name", "description", "title", "labels", "assignees", "projects", "type", "body"}
    assert all(isinstance(form[key], str) and form[key] for key in ("name", "description"))
    kinds = [element["type"] for element in form["body"]]
    assert any(kind != "markdown" for kind in kinds)
    for kind, element in zip(kinds, form["body"], strict=True):
        assert element.keys() <= {"type", "id", "attributes", "validations"}
        assert NEEDED[kind] <= element["attributes"].keys() <= ALLOWED[kind]
        assert element.get("validations", {}).keys() <= {"required"}
        assert ("id" in element) == (kind != "markdown")
    asked = [element for element in form["body"] if element["type"] != "markdown"]
    assert all(re.fullmatch(r"[\w-]+", element["id"]) for element in asked)
    for names in ({element["id"] for element in asked}, {element["attributes"]["label"] for element in asked}):
        assert len(names) == len(asked)


def test_there_is_a_form_for_each_kind_of_trouble():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in FORMS}
    assert list(texts) == ["1-mistake", "2-verdict", "3-installation"]
    assert "pgcourse doctor" in texts["3-installation"]
    assert "Report a vulnerability" in texts["2-verdict"]
    names = [yaml.safe_load(text)["name"] for text in texts.values()]
    assert len(set(names)) == len(names)


def test_the_list_of_forms_keeps_to_githubs_schema():
    config = yaml.safe_load(read(".github/ISSUE_TEMPLATE/config.yml"))
    assert config.keys() <= {"blank_issues_enabled", "contact_links"}
    assert isinstance(config["blank_issues_enabled"], bool)


def test_what_the_workflow_builds_is_what_it_publishes():
    jobs = yaml.safe_load(read(".github/workflows/book.yml"))["jobs"]
    set_up, build = (step["run"] for step in jobs["build"]["steps"] if "run" in step)
    assert re.search(rf"^{re.escape(set_up)}\s", read("start.py"), re.MULTILINE)
    (uploaded,) = (step["with"]["path"] for step in jobs["build"]["steps"] if "path" in step.get("with", {}))
    assert build == f".venv/bin/pgcourse book {uploaded}"
    assert jobs["publish"]["needs"] == "build"
