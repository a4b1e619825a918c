"""Pages that nbconvert and nbgrader make of a notebook: live figures are pictures there, and nothing is fetched."""

import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from traitlets.config import PyFileConfigLoader

from pgcourse.grading.pages.outputs import clean_outputs
from pgcourse.predict.policy_optimization import visits
from tests.figures.test_live import parabola
from tests.grading.test_outputs import page as graded_page

ROOT = Path(__file__).parents[2]
STATE = "application/vnd.jupyter.widget-state+json"
LOADED = re.compile(r"""(?:\bsrc|<link[^>]*href|Src) ?= ?["']?(https?://[^"'\s>]+)""")


@pytest.fixture(scope="module")
def executed():
    """A notebook as `--execute` leaves it: an output, and the state of its widget."""
    live = parabola()
    live.set(x=-1.5)
    data, metadata = live._repr_mimebundle_()
    output = nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("parabola()", outputs=[output])])
    state = {"model_name": "AnyModel", "model_module": "anywidget", "state": {}}
    widgets = {"state": {live.panel.model_id: state}, "version_major": 2, "version_minor": 0}
    notebook.metadata["widgets"] = {STATE: widgets}
    return notebook


def page(notebook, **settings):
    return HTMLExporter(**settings).from_notebook_node(notebook)[0]


@pytest.mark.slow
def test_the_courses_template_shows_the_picture_with_its_words_and_fetches_no_widget(executed):
    config = PyFileConfigLoader("jupyter_nbconvert_config.py", str(ROOT)).load_config()  # as nbconvert does there
    html = page(executed, config=config)
    (image,) = re.findall(r"<img [^>]*>", html)
    assert re.search(r'\balt="([^"]*)"', image)[1] == "A dot on a parabola. x = -1.5, divisor 1, seed 0"
    assert re.search(r'\bwidth="?384\b', image)
    assert 'src="data:image/png;base64,' in image
    assert "widget-view" not in html
    assert all("mathjax" in address for address in LOADED.findall(html))


def test_a_question_is_its_words():
    data, metadata = visits()._repr_mimebundle_()
    output = nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("visits()", outputs=[output])])
    config = PyFileConfigLoader("jupyter_nbconvert_config.py", str(ROOT)).load_config()
    html = page(notebook, config=config)
    assert "The state is: state 0; state 1; state 2; state 3? To be asked, run this cell." in html
    assert "widget-view" not in html


def test_nbconverts_own_template_would_fetch_the_widget(executed):
    html = page(executed)
    assert "<img" not in html
    assert any("html-manager" in address for address in LOADED.findall(html))


@pytest.mark.parametrize("form", ["feedback", "formgrade"])
def test_a_page_of_grading_shows_the_last_picture_with_its_words(executed, form):
    (cell,) = executed.cells
    outputs = clean_outputs(cell.outputs)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    html = graded_page(notebook, form)
    assert 'alt="A dot on a parabola. x = -1.5, divisor 1, seed 0"' in html
    assert f'src="data:image/png;base64,{cell.outputs[0].data["image/png"]}"' in html
