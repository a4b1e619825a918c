"""The pages of the package's functions and classes, made of their docstrings: one page a folder of the package."""

import importlib
import itertools
import pkgutil
import re
from pathlib import Path

FOLDERS = ("problems", "gradients", "exact", "optimisers", "figures", "testing", "demos")
ENTRY = re.compile(r"(\S.*?) {2,}(\S.*)")  # of a list: a name, and what it is
TITLE = "The package, name by name"
MODULE = "{title}\n{line}\n\n.. automodule:: {name}\n   :members:\n{options}\n"
TREE = ".. toctree::\n   :maxdepth: 1\n\n   {entries}\n"


def write(folder: Path) -> None:
    """Write the sources of the pages.

    Parameters
    ----------
    folder : Path
        Made here. The first page is ``index``.
    """
    folder.mkdir()
    entries = "\n   ".join(FOLDERS)
    text = f"{TITLE}\n{'=' * len(TITLE)}\n\n.. automodule:: pgcourse\n   :no-index:\n\n{TREE.format(entries=entries)}"
    (folder / "index.rst").write_text(text, encoding="utf-8")
    for name in FOLDERS:
        (folder / f"{name}.rst").write_text("\n".join(_sections(f"pgcourse.{name}")), encoding="utf-8")


def _sections(package: str) -> list[str]:
    """Return what a package offers itself, then each of its modules with what it does not offer."""
    module = importlib.import_module(package)
    offered = getattr(module, "__all__", [])
    options = "   :imported-members:\n" if offered else ""
    first = MODULE.format(title=package, line="=" * len(package), name=package, options=options)
    names = sorted(found.name for found in pkgutil.iter_modules(module.__path__) if not found.name.startswith("_"))
    rest = f"   :exclude-members: {', '.join(offered)}\n" if offered else ""
    return [first, *(_section(f"{package}.{name}", rest) for name in names)]


def _section(name: str, options: str) -> str:
    return MODULE.format(title=name, line="-" * len(name), name=name, options=options)


def laid_out(docstring: list[str]) -> list[str]:
    """Return a module's docstring as reStructuredText: lists of names, and code, are plain text in ours.

    Parameters
    ----------
    docstring : list of str
        Its lines.
    """
    lines: list[str] = []
    for blank, group in itertools.groupby(docstring, key=lambda line: not line.strip()):
        lines += [""] if blank else _paragraph(list(group), lines)
    return lines


def _paragraph(paragraph: list[str], before: list[str]) -> list[str]:
    """Return one paragraph as reStructuredText; it may go on with the code in which the lines before it end."""
    if all(line.startswith("    ") for line in paragraph):
        goes_on = next((line for line in reversed(before) if line), "").startswith("    ")
        return paragraph if goes_on else ["::", "", *paragraph]
    entries = list(map(ENTRY.fullmatch, paragraph))
    if not all(entries):
        return paragraph
    public = [(entry[1], entry[2]) for entry in entries if entry and not entry[1].startswith("_")]
    return [line for name, words in public for line in (f"``{name}``", f"    {words}")]
