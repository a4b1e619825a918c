"""docs/class.md: its lines can be typed in their order, its files are what the hub reads, its numbers are the defaults.

tests/tools/test_setup.py types the commands that need no other machine, test_hub_command.py `pgcourse hub` with a
roster, with settings and with --check, and test_trial.py the trial.
"""

import re

import pytest

from pgcourse.classroom import classfile, proxy, roster, unit
from pgcourse.classroom.classfile import Limits
from pgcourse.classroom.places import Places
from pgcourse.tools.needs import NEEDS
from tests.support.course import ROOT
from tests.support.small_course import PS

PAGE = (ROOT / "docs" / "class.md").read_text(encoding="utf-8")
PROGRAMS = NEEDS["sandbox"].packages() + NEEDS["hub"].packages()
# what a line has need of: lines before it, in its section, that hold these words
NEEDED = {
    "start.py setup": [f"apt-get install .*{package}" for package in ("python3-venv", *PROGRAMS)],
    "git clone": ["apt-get install .*git"],
    "cd course": ["git clone .* course$"],
    "chmod 700 .": ["cd course"],
    "source .venv/": ["start.py setup hub"],
    "pgcourse ": ["source .venv/bin/activate"],
    "sudo .venv/bin/pgcourse": ["cd course", "chmod 700", "sudo python3 start.py setup hub"],
}


def section(title):
    return re.search(rf"^## {title}$(.*?)(?=^## |\Z)", PAGE, re.M | re.S)[1]


def lines(title, language=""):
    """Return the lines of the blocks of a section in a language."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", section(title), re.M | re.S)
    return [line for found, text in blocks if found == language for line in text.splitlines()]


@pytest.mark.parametrize("title", ["Look at it first", "Set it up"])
def test_each_line_has_what_it_needs_from_those_before_it(title):
    typed = lines(title)
    for number, line in enumerate(typed):
        for start, wanted in NEEDED.items():
            for words in wanted if line.removeprefix("sudo python3 ").startswith((start, f"python3 {start}")) else []:
                assert any(re.search(words, before) for before in typed[:number]), f"{line}: no {words} before it"
    assert sum(line.startswith(tuple(NEEDED)) for line in typed) >= 2


def test_the_proxy_that_npm_brings_is_the_one_that_is_named_where_it_is_missing():
    (command,) = re.findall(r"`(sudo npm [^`]*)`", PAGE)
    assert command in proxy.REMEDY


def test_the_roster_is_one(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("\n".join(lines("Set it up", "text")), encoding="utf-8")
    assert [person.is_instructor for person in roster.read(path)] == [True, False, False]
    assert all(f"`{role}`" in PAGE for role in ("grader", "ta"))


def test_the_settings_are_some(tmp_path):
    text = "\n".join(lines("Set it up", "toml"))
    for place in re.findall(r'"(/etc/.*?)"', text):
        file = tmp_path / place[1:].replace("/", "-")
        file.touch()
        text = text.replace(place, str(file))
    path = tmp_path / "class.toml"
    path.write_text(text.replace("[limits]", "subdomains = true\n[limits]"), encoding="utf-8")
    said = classfile.read(path)
    assert said.hub.subdomains
    assert f"`*.{said.hub.address.removeprefix('https://')}`" in " ".join(PAGE.split())
    assert said.limits == Limits()


def test_what_the_page_says_is_the_default():
    words, limits, places = " ".join(PAGE.split()), Limits(), Places()
    assert f"`instructors_memory` is {limits.instructors_memory}" in words
    assert f"`instructors_processors` is {limits.instructors_processors:g}" in words
    assert limits.idle_hours == 12
    assert "nobody has used for twelve hours" in words
    assert f"at `{classfile.Hub().address}`" in words
    for place in (places.course, places.exchange, places.state / "passwords.csv"):
        assert f"`{place}`" in words


def test_the_page_and_the_hub_name_the_same_log():
    assert f"(`{unit.LOG}`)" in section("Set it up")


def test_a_problem_set_is_put_into_the_gradebook_before_it_is_released():
    generate, release = lines("The first lecture")
    assert generate == f"nbgrader generate_assignment {PS} --force"  # as the grader asks for it, where it is missing
    assert release == f"nbgrader release_assignment {PS}"


def test_links_of_the_page_lead_somewhere():
    for link in re.findall(r"\]\(([^)]*)\)", PAGE):
        file, _, anchor = link.partition("#")
        target = ROOT / "docs" / file
        assert target.is_file(), link
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M)
        assert not anchor or anchor in [heading.lower().replace(" ", "-") for heading in headings], link
