"""The sources of the book's pages."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest

from pgcourse.book import pages
from tests.support.mounts import may_mount, read_only
from tests.support.waiting import alive, until


@pytest.mark.parametrize(
    ("path", "start", "services"),
    [
        ("lectures/05_left_right.ipynb", "../start.md", ["Binder", "Colab", "Codespaces"]),
        ("assignments/ps4_left_right/ps4_left_right.ipynb", "../../start.md", ["Binder", "Codespaces"]),
    ],
)
def test_a_page_says_below_its_title_where_to_run_it(path, start, services):
    line = pages.invitation(Path(path), "someone/policy-gradients")
    (_, way), *links = re.findall(r"\[([^]]+)\]\(([^)]+)\)", line)
    assert way == start
    assert [service for service, _ in links] == services
    assert all("someone/policy-gradients" in address for _, address in links)
    assert pages.invitation(Path(path), "") == f"*To run this notebook, open it [in JupyterLab]({start}).*"


def test_a_lecture_that_is_not_in_the_book_is_named_without_a_link():
    words = "See [notebook 4](lectures/04_log_derivative.ipynb) and [notebook\n5](lectures/05_left_right.ipynb)."
    assert pages.linked(words, ["04_log_derivative"]) == words.replace(
        "[notebook\n5](lectures/05_left_right.ipynb)", "notebook\n5"
    )


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Return the cells of a picture that comes with a bar of progress, and of one of a reader's function."""
    sources = (
        "import pgcourse as pg",
        "import ipywidgets\n\ndisplay(ipywidgets.HTML())\npg.demos.left_right.push()",
        "pg.demos.log_derivative.softmax_score(lambda *_: 0)",
    )
    path = tmp_path_factory.mktemp("book") / "lecture.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources]), path)
    return pages.run(path).cells[1:]


@pytest.mark.slow
def test_a_figure_is_placed_once_where_a_bar_of_progress_was_shown_as_well(cells):
    (output,) = cells[0].outputs
    assert output.data["text/html"].count('data-figure="left_right.push"') == 1


@pytest.mark.slow
def test_a_picture_of_a_readers_function_says_that_it_stands_still_here(cells):
    picture, words = cells[1].outputs
    assert "image/png" in picture.data
    assert pages.VIEW not in picture.data
    assert words.data["text/html"].startswith('<p class="pgcourse-needs-python">This picture is of your own function')
    assert '<a href="../start.html">' in words.data["text/html"]
    assert cells[1].metadata["mystnb"]["image"]["alt"] == picture.metadata["image/png"]["alt"] != ""


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_built(tmp_path):
    if not may_mount(tmp_path):
        pytest.skip("needs the right to mount a folder read-only")
    root = Path(__file__).parents[2]
    build = (
        "import sys; from pathlib import Path; from pgcourse.book.command import build; build(*map(Path, sys.argv[1:]))"
    )
    command = [*read_only(tmp_path), sys.executable, "-c", build, str(root), str(tmp_path / "a" / "book")]
    done = subprocess.run(command, capture_output=True, text=True)
    reason = "Read-only file system"
    sentence = f"{tmp_path}/a/book cannot be written to ({reason}): choose another folder"
    assert done.stderr.splitlines()[-1] == f"ValueError: {sentence}"
    assert done.stdout == ""


def test_what_builds_the_book_ends_with_the_process_that_was_told_to(tmp_path):
    program = tmp_path / "builds.py"
    program.write_text(
        "import os, time; from pgcourse.book import pages\n"
        "if __name__ == '__main__':\n"
        "    pool = pages.processes()\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    pool.submit(time.sleep, 3600).result()\n"
    )
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as building:
        worker = psutil.Process(int(building.stdout.readline()))
        building.kill()
        building.wait()
        ended = until(lambda: not alive(worker), 60)
        if not ended:
            worker.kill()
    assert ended
