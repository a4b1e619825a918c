"""Links that open a notebook of the students' repository on the web: in Binder, Colab or Codespaces.

One setting says where that repository is: `students-repository` of the table `tool.pgcourse` in the course's
pyproject.toml, OWNER/NAME on GitHub. Its branch `main` holds what `pgcourse release` writes. Without the setting there
are no links.
"""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

FIRST = "lectures/00_map.ipynb"
REPOSITORY = re.compile(r"[\w-]+/[\w.-]+")


class Badge(NamedTuple):
    """A link to a service.

    Attributes
    ----------
    service
        Its name, for a link of words: "Binder".
    address
        Where the link leads.
    image
        Address of the service's own badge, for pages that may load it.
    """

    service: str
    address: str
    image: str


def students_repository(course: Path) -> str:
    """Return the setting of a course, ``"OWNER/NAME"``, or an empty string where it is not set.

    Raises
    ------
    ValueError
        For a setting of another form, and for the repository that this folder with its solutions is pushed to.
    """
    settings = tomllib.loads((course / "pyproject.toml").read_text(encoding="utf-8"))
    repository = settings.get("tool", {}).get("pgcourse", {}).get("students-repository", "")
    if not repository:
        return ""
    said = f"students-repository in {course / 'pyproject.toml'} is {repository!r}"
    if not isinstance(repository, str) or not REPOSITORY.fullmatch(repository):
        raise ValueError(f"{said}: write OWNER/NAME, as GitHub does.")
    if (course / "solutions").exists() and repository.lower() in _remotes(course):
        raise ValueError(f"{said}, to which this folder with its solutions is pushed: name that of the students' copy.")
    return repository


def badges(repository: str, notebook: str = FIRST) -> list[Badge]:
    """Return the links that open a notebook, or none where there is no repository.

    Parameters
    ----------
    repository
        What `students_repository` returns.
    notebook
        Its path in the students' copy, such as ``"lectures/05_left_right.ipynb"``. Colab is for lectures only: what
        is handed in should be as JupyterLab writes it.
    """
    if not repository:
        return []
    binder = f"https://mybinder.org/v2/gh/{repository}/main?labpath={quote(notebook, safe='')}"
    colab = f"https://colab.research.google.com/github/{repository}/blob/main/{quote(notebook)}"
    found = [
        Badge("Binder", binder, "https://mybinder.org/badge_logo.svg"),
        Badge("Colab", colab, "https://colab.research.google.com/assets/colab-badge.svg"),
        Badge("Codespaces", f"https://codespaces.new/{repository}", "https://github.com/codespaces/badge.svg"),
    ]
    return [badge for badge in found if badge.service != "Colab" or notebook.startswith("lectures/")]


def markdown(repository: str, notebook: str = FIRST) -> str:
    """Return the same links as a line of Markdown, with the services' own badges."""
    return " ".join(f"[![Open in {name}]({image})]({address})" for name, address, image in badges(repository, notebook))


def colab_cell(repository: str) -> str:
    """Return the code of the cell that installs the package in Colab, and does nothing elsewhere."""
    return (
        "# Google Colab has to fetch the course's package; anywhere else this cell does nothing.\n"
        "import sys\n\n"
        'if "google.colab" in sys.modules:\n'
        f"    %pip install --quiet git+https://github.com/{repository}"
    )


def _remotes(folder: Path) -> set[str]:
    """Return OWNER/NAME, in small letters, of each remote of a git repository; nothing where there is none."""
    try:
        done = subprocess.run(["git", "-C", folder, "remote", "-v"], capture_output=True, text=True)
    except OSError:  # no git, so nothing is pushed with it
        return set()
    addresses = [line.split()[1].lower() for line in done.stdout.splitlines()]
    return {"/".join(re.split("[/:]", address.removesuffix(".git"))[-2:]) for address in addresses}
