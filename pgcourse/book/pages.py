"""The sources of the book's pages: the course's notebooks, with what they print, and its documents.

A cell that ends by showing a live figure of the course shows the figure's recording instead, and one with a checkpoint
what `pgcourse.book.questions` puts below it. A prediction asks as in JupyterLab, since it needs no Python.
"""

import base64
import contextlib
import html
import importlib
import io
import json
import multiprocessing
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import nbclient
import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from pgcourse import _badges
from pgcourse._kernels import private_kernel
from pgcourse.book import questions, reference
from pgcourse.book import record as recording
from pgcourse.book.compact import compact
from pgcourse.figures.live import LiveFigure

FIGURE = re.compile(r"^pg\.demos\.(\w+\.\w+)\(\)\s*\Z", re.MULTILINE)
QUESTION = re.compile(r"^pg\.predict\.(\w+\.\w+)\(\)\s*\Z", re.MULTILINE)
PNG = "image/png"
VIEW = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS = 600
UNFINISHED = (CellExecutionError, CellTimeoutError, DeadKernelError)
PAGE_BYTES = 650_000  # of the recordings on a page, compressed
COPIED = (
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "docs/*.md",
    "docs/*.png",
    "docs/*.svg",
    "pgcourse/classroom/examples/**/*",
)
WORDS = Path(__file__).parent / "words"  # the first page and the glossary
PLACE = '<div data-figure="{name}" class="pgcourse-place">{picture}<p>{caption}</p></div>'
PICTURE = (
    '<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{alt}">'
    "<defs>{letters}</defs>{background}{moving}</svg>"
)
ASKED = '<div data-predict="{asked}"></div>'
TO_LECTURE = re.compile(r"\[([^]]+)\]\(lectures/(\w+)\.ipynb\)")
REFERENCE = re.compile(r' id="|href="#|url\(#')


def write(course: Path, sources: Path, lectures: list[str]) -> list[list[str]]:
    """Write the sources of all pages.

    Parameters
    ----------
    course : Path
        The folder of the course.
    sources : Path
        An empty folder.
    lectures : list of str
        The names of the lectures, which are run here.

    Returns
    -------
    list of list of str
        The figures of each lecture, as ``"left_right.variance"``, that are to be recorded.
    """
    problem_sets = sorted(path.name for path in (course / "assignments").iterdir() if path.is_dir())
    with processes() as pool:
        paths = [course / "lectures" / f"{name}.ipynb" for name in lectures]
        notebooks = dict(zip(lectures, pool.map(run, paths), strict=True))
    repository = _badges.students_repository(course)
    for name, notebook in notebooks.items():
        path = Path("lectures", f"{name}.ipynb")
        notebook.cells.insert(1, nbformat.v4.new_markdown_cell(invitation(path, repository), id="run-it"))
        _save(notebook, sources / path)
    for name in problem_sets:
        path = Path("assignments", name, f"{name}.ipynb")
        notebook = nbformat.read(course / path, as_version=4)
        for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
            cell.outputs = questions.to_do(cell, _root(path))
        notebook.cells.insert(1, nbformat.v4.new_markdown_cell(invitation(path, repository), id="run-it"))
        _save(notebook, sources / path)
    _copy_documents(course, sources)
    reference.write(sources / "api")
    names = {"lectures": lectures, "assignments": [f"{name}/{name}" for name in problem_sets]}
    for path in WORDS.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        for folder, entries in names.items():
            text = text.replace(f"{{{folder}}}", "\n".join(f"{folder}/{entry}" for entry in entries))
        (sources / path.name).write_text(linked(text, lectures), encoding="utf-8")
    return [figures(notebook) for notebook in notebooks.values()]


def linked(text: str, lectures: list[str]) -> str:
    """Return a page whose links to lectures that are not in the book are replaced by their words."""
    return TO_LECTURE.sub(lambda link: link[0] if link[2] in lectures else link[1], text)


def invitation(path: Path, repository: str) -> str:
    """Return the line below a notebook's title that says how to run it.

    Parameters
    ----------
    path : Path
        Of the notebook in the course.
    repository : str
        What `pgcourse._badges.students_repository` returns.
    """
    services = [f"[{badge.service}]({badge.address})" for badge in _badges.badges(repository, path.as_posix())]
    *others, last = ["", *services]
    on_the_web = f", or on the web in {', '.join(filter(None, others))} or {last}" if last else ""
    return f"*To run this notebook, open it [in JupyterLab]({_root(path)}start.md){on_the_web}.*"


def run(path: Path) -> NotebookNode:
    """Run a notebook, and put in the place of each live figure of the course what becomes its recording.

    Raises
    ------
    ValueError
        If it cannot be run to its end.
    """
    notebook = nbformat.read(path, as_version=4)
    try:
        with private_kernel() as config:
            nbclient.NotebookClient(
                notebook,
                config=config,
                timeout=CELL_SECONDS,
                startup_timeout=CELL_SECONDS,
                kernel_name="python3",
                extra_arguments=["--IPKernelApp.log_level=ERROR"],  # on Windows it warns that others could listen
            ).execute()
    except UNFINISHED as error:
        raise ValueError(f"{path} cannot be run to its end: {error}") from None
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if found := QUESTION.search(cell.source):
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": asked(found[1])})]
            continue
        shown = questions.below(cell, _root(Path("lectures", path.name)))
        # a widget without a picture is a bar of progress, which has come to its end
        cell.outputs = [output for output in shown if VIEW not in (data := output.get("data", {})) or PNG in data]
        if found := FIGURE.search(cell.source):
            cell.outputs = [_placed(found[1], output) for output in cell.outputs]
        still = [output for output in cell.outputs if output.get("data", {}).pop(VIEW, None)]
        if still:  # of a reader's function, which no kernel calls here
            cell.metadata["mystnb"] = {"image": {"alt": still[0].metadata[PNG]["alt"]}}
            cell.outputs.append(questions.own_picture(_root(Path("lectures", path.name))))
    notebook.metadata.pop("widgets", None)
    return notebook


def _placed(name: str, output: NotebookNode) -> NotebookNode:
    return (
        nbformat.v4.new_output("display_data", {"text/html": place(name)}) if VIEW in output.get("data", {}) else output
    )


def place(name: str) -> str:
    """Return the markup where a figure of the course begins to move; it shows the first picture, on paper too."""
    with contextlib.redirect_stdout(io.StringIO()):  # a progress bar
        live = figure(name)
    width, height = live.panel.figure["size"]
    picture = PICTURE.format(
        width=width,
        height=height,
        alt=html.escape(live.alt),
        letters=live.panel.letters,
        background=compact(live.panel.background),
        moving=compact(live.panel.frame["moving"]),
    )
    own = REFERENCE.sub(lambda start: f"{start[0]}{name}-", picture)  # what it refers to is its own, not another's
    return PLACE.format(name=name, picture=own, caption=html.escape(live.caption_text))


def asked(name: str) -> str:
    """Return the markup where a prediction, named as ``"left_right.sample_left"``, asks."""
    lecture, question = name.split(".")
    prediction = getattr(importlib.import_module(f"pgcourse.predict.{lecture}"), question)
    return ASKED.format(asked=html.escape(json.dumps(prediction.asked())))


def figures(notebook: NotebookNode) -> list[str]:
    """Return the names of the figures of a notebook, as ``"left_right.variance"``."""
    return [found[1] for cell in notebook.cells if (found := FIGURE.search(cell.source))]


def record(names: Mapping[str, list[str]], folder: Path) -> Iterator[str]:
    """Record the figures of pages, each to a script that its page loads by a tag.

    Parameters
    ----------
    names : dict of str to list of str
        For each page its figures, as ``"left_right.variance"``. All are recorded together, so that no process waits
        for the last figure of a page.
    folder : Path
        Made if need be.

    Yields
    ------
    str
        A page, when its figures are the next to be there.

    Raises
    ------
    ValueError
        For a figure that fails at one of its settings, or is too large for a page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pool = processes()
    try:
        recordings = {page: pool.map(_recorded, figures) for page, figures in names.items()}
        for page, found in recordings.items():
            yield page
            for name, packed in recording.fitted(dict(zip(names[page], found, strict=True)), PAGE_BYTES).items():
                (folder / f"{name}.js").write_text(script(name, packed), encoding="utf-8")
    finally:
        pool.shutdown(cancel_futures=True)


def script(name: str, packed: bytes) -> str:
    """Return a figure's packed recording as the script that hands it to the page."""
    return f'pgcourseRecording("{name}", "{base64.b64encode(packed).decode()}");\n'


def figure(name: str) -> LiveFigure:
    """Make a figure of the course, named as ``"left_right.variance"``."""
    lecture, function = name.split(".")
    return getattr(importlib.import_module(f"pgcourse.demos.{lecture}"), function)()


def _recorded(name: str) -> recording.Recording:
    with contextlib.redirect_stdout(io.StringIO()):
        return recording.record(figure(name))


def processes(begin: Callable[..., None] | None = None, *arguments: Any) -> ProcessPoolExecutor:
    """Return a pool of fresh processes: the one that asks may have threads, which a forked copy would lack.

    Parameters
    ----------
    begin : callable, optional
        What each process does first, with the arguments that follow.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(os.cpu_count(), context, _begin, (begin, *arguments))


def _begin(begin: Callable[..., None] | None, *arguments: Any) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if begin is not None:
        begin(*arguments)


def _end_with_parent() -> None:
    """Wait until the process that asked for this one has ended: killed, it can tell nobody to stop."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # for the type checker
    parent.join()
    os._exit(1)


def _copy_documents(course: Path, sources: Path) -> None:
    for pattern in COPIED:
        for path in course.glob(pattern):
            if path.is_file() and path.parent.name != "__pycache__":
                target = sources / path.relative_to(course)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)


def _root(path: Path) -> str:
    """Return the relative path from a page to the folder of the book."""
    return "../" * (len(path.parts) - 1)


def _save(notebook: NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
