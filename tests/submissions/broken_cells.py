"""Notebooks whose cells or metadata are not what was handed out; what was honestly done keeps its points."""

import copy

import nbformat

from tests.submissions.case import cells, mangled

SCRIPT = "<script>document.title = 'zoo'</script><img src=x onerror=\"document.title = 'zoo'\">"


def find(notebook, name):
    """Return the cell with this id."""
    return next(cell for cell in notebook.cells if cell.id == name)


def deleted(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith("check")]


def deleted_answers(notebook):
    notebook.cells = [cell for cell in notebook.cells if cell.id not in ("numbers", "gradient-variance", "boundaries")]


def duplicated(notebook):
    for name in ("clamp-policy", "check-clamp-score"):
        notebook.cells.append(copy.deepcopy(find(notebook, name)))
        notebook.cells[-1].id += "-again"  # nbformat sees to that


def reordered(notebook):
    notebook.cells[3:] = notebook.cells[:2:-1]
    policy, score = find(notebook, "clamp-policy"), find(notebook, "clamp-score")
    for cell in (policy, score):  # what is checked still stands before its check
        notebook.cells.remove(cell)
        notebook.cells.insert(3, cell)


def renamed(notebook):
    find(notebook, "clamp-policy").metadata.nbgrader.grade_id = "my-policy"
    find(notebook, "check-clamp-score").metadata.nbgrader.grade_id = "check-everything"


def retyped(notebook):
    for name in ("clamp-policy", "check-gradient-sample"):
        cell = find(notebook, name)
        cell.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]
    answer = find(notebook, "boundaries")
    answer.cell_type, answer.outputs, answer.execution_count = "code", [], None


def edited_checks(notebook):
    for cell in notebook.cells:
        if cell.id.startswith("check"):
            cell.source = "pass"


def unlocked_checks(notebook):
    for cell in notebook.cells:
        if cell.id.startswith("check"):
            cell.source = "pass"
            cell.metadata.nbgrader.update(locked=False, solution=True, checksum="0" * 32)


def edited_points(notebook):
    for cell in notebook.cells:
        if cell.id.startswith("check"):
            cell.metadata.nbgrader.points = 100


def invented(notebook):
    cell = nbformat.v4.new_code_cell("pass", id="bonus")
    cell.metadata["nbgrader"] = dict(find(notebook, "check-clamp-score").metadata.nbgrader, grade_id="bonus", points=99)
    notebook.cells.append(cell)


def schema(notebook):
    for version, cell in enumerate(cell for cell in notebook.cells if "nbgrader" in cell.metadata):
        cell.metadata.nbgrader.schema_version = (1, 99, "three", None, -1)[version % 5]


def odd_metadata(notebook):
    find(notebook, "clamp-policy").metadata["nbgrader"] = "graded"
    find(notebook, "clamp-score").metadata["nbgrader"] = {}
    find(notebook, "boundaries").metadata["nbgrader"] = {"grade_id": ["a"], "points": "many", "grade": 1}
    notebook.metadata["celltoolbar"] = {"x": [1]}


def kernelspec(notebook):
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "../../etc", "language": "bash"}
    notebook.metadata["language_info"] = {"name": "bash"}


def no_metadata(notebook):
    notebook.metadata.clear()
    for cell in notebook.cells:
        cell.metadata.clear()


def no_metadata_no_ids(notebook):
    no_metadata(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"lost-{number}"


def too_many(notebook):
    notebook.cells += [nbformat.v4.new_code_cell("1", id=f"more-{number}") for number in range(20_000)]


def stored_outputs(notebook):
    text = nbformat.v4.new_output("stream", name="stdout", text="x" * 30_000_000)
    page = nbformat.v4.new_output(
        "display_data", {"text/html": SCRIPT, "application/javascript": "document.title = 'zoo'"}
    )
    find(notebook, "imports").outputs = [text, page]
    find(notebook, "check-gradient-sample").outputs = [
        nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    ]
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"x": "x" * 1_000_000}}}


def scripts(notebook):
    find(
        notebook, "boundaries"
    ).source = f"{SCRIPT}\n\n[here](javascript:document.title='zoo')\n\n$\\href{{javascript:0}}{{x}}$"
    notebook.cells.append(nbformat.v4.new_markdown_cell(SCRIPT, id="words"))
    notebook.cells.append(nbformat.v4.new_raw_cell(SCRIPT, id="raw"))
    notebook.cells[-1].metadata["raw_mimetype"] = "text/html"
    shows = (
        "from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display\n\n"
        f"text = {SCRIPT!r}\n"
        "display(HTML(text), Markdown(text), Latex(text), Javascript(\"document.title = 'zoo'\"))\n"
        "display({'image/svg+xml': '<svg xmlns=\"http://www.w3.org/2000/svg\">' + text + '</svg>'}, raw=True)\n"
        "raise ValueError(text)"
    )
    notebook.cells.append(nbformat.v4.new_code_cell(shows, id="shows"))
    find(notebook, "gradient-sample").source = f"def gradient_sample(*arguments):\n    raise ValueError({SCRIPT!r})"


MARKUP = "Markup and JavaScript stand in its text, outputs and errors."


def unseen(notebook):
    """Let a text read backwards."""
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("This is \u202eton\u202c right: &#8238;ton", id="unseen"))


CASES = [
    mangled("deleted checks", "All checks are deleted.", deleted),
    mangled("deleted answers", "Cells to answer in are deleted.", deleted_answers),
    mangled("duplicated cells", "An answer and a check are there twice.", duplicated),
    mangled("reordered cells", "Most cells stand in the reverse order.", reordered),
    mangled("renamed cells", "An answer and a check have other grade ids.", renamed),
    mangled("re-typed cells", "Code is Markdown, and Markdown is code.", retyped),
    mangled("edited checks", "All checks say pass.", edited_checks),
    mangled("unlocked checks", "All checks say pass, and that they are answers.", unlocked_checks),
    mangled("edited points", "Each check says that it is worth 100 points.", edited_points),
    mangled("invented check", "A new check says that it is worth 99 points.", invented),
    mangled("odd schema", "Cells name other versions of nbgrader's metadata.", schema),
    mangled("odd metadata", "The grading data of three cells have no sense.", odd_metadata),
    mangled("wrong kernelspec", "The notebook names a kernel for another language.", kernelspec),
    mangled("no metadata", "All metadata are lost.", no_metadata),
    mangled("no metadata or ids", "All metadata and all cell ids are lost.", no_metadata_no_ids),
    mangled("20 000 cells", "It has 20 000 cells more than it should.", too_many, exact=False),
    mangled("stored outputs", "It was handed in with 30 MB of outputs, a partial credit among them.", stored_outputs),
    mangled("scripts", MARKUP, scripts),
    mangled("unseen letters", "Its text holds characters that turn the order of others round.", unseen),
    cells(
        "floods of brackets",
        "It displays 50 texts of 40 000 brackets, five characters each on a page.",
        {"last": "for _ in range(50):\n    display('<' * 40_000)"},
        says="more output is not shown",
    ),
]
