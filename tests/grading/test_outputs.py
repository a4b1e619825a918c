"""What people are shown of a submission: outputs and pages without folders, tests, scripts, requests and floods."""

import base64
import copy
import html.parser
import json
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.server_extensions.formgrader import handlers
from nbgrader.utils import has_failed
from traitlets.config.loader import PyFileConfigLoader

from pgcourse.grading.intake import apart
from pgcourse.grading.pages import markdown as pages
from pgcourse.grading.pages import mathml, outputs
from pgcourse.grading.pages.outputs import CleanOutputs, HarmlessPage, KeepHidden, clean_outputs
from pgcourse.grading.pages.room import MARKUP, Room, visible
from pgcourse.homework.compare import Verdict
from tests.support.course import ROOT

pytestmark = pytest.mark.slow

DOT = base64.b64encode(b"\x89PNG\r\n\x1a\n...").decode()
CHECK = {"nbgrader": {"grade": True, "solution": False, "locked": True, "grade_id": "check-it", "points": 1}}
EVIL = "http://evil.invalid/x"
FORMS = ["formgrade", "feedback"]
TEXT_ATTRIBUTES = {"class", "style", "alt", "display", "align", "colspan", "rowspan", "type"}
HOSTILE_MARKUP = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.invalid/x.js></SCRIPT >",
    f"<img src={EVIL} onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<svg><script>alert(1)</script></svg><svg onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>",
    f"<meta http-equiv=refresh content='0;url={EVIL}'><base href={EVIL}><link rel=stylesheet href={EVIL}>",
    f"<style>@import '{EVIL}'; * {{background: url({EVIL})}}</style><p style='background: url({EVIL})'>x</p>",
    "<a href='javascript:alert(1)'>x</a><a href='/formgrader?path=submitted/eve'>y</a>",
    f"<form action={EVIL}><input class=score id=boundaries><button>Full credit</button></form>",
    "<div class='nbgrader_cell score' id='boundaries' onclick=alert(1)>x</div>",
    "<video src=x onerror=alert(1)><audio src=x><source src=x></audio></video>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='><img src='data:text/html,x'><img srcset=x>",
    "<template><script>alert(1)</script></template><noscript><p title='</noscript><script>alert(1)</script>'>",
    "<!--><script>alert(1)</script>-->",
]


class Tags(html.parser.HTMLParser):
    """Collect (tag, attributes) as a parser that is not the cleaner's reads them."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text + ">")  # ends a tag that is left open

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def assert_harmless(text, tags=pages.TAGS | mathml.MATH_TAGS):
    """Fail unless HTML has none but known tags, and attributes that neither run, fetch, name nor lead anywhere."""
    for tag, attributes in Tags(text).found:
        assert tag in tags, tag
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("href", "id", "srcset", "action", "srcdoc", "data"), (tag, name)
            assert name != "src" or value.startswith("data:image/png;base64,"), value
            assert name != "class" or re.fullmatch(r"highlight|\w{1,3}", value), value
            assert name != "style" or re.fullmatch(r"text-align:\s*\w+;?", value), value


def active(text):
    """Return what may do more on a page than be read: (tag, attributes)."""

    def acts(name, value):
        is_image = name == "src" and value.startswith("data:image/png;base64,")
        is_cell = name == "id" and value.startswith("cell-id=cell-")
        return name.startswith("on") or (name not in TEXT_ATTRIBUTES and not is_image and not is_cell)

    return [
        (tag, attributes)
        for tag, attributes in Tags(text).found
        if tag == "script" or any(acts(*one) for one in attributes.items())
    ]


def show(markdown, **cell):
    """Return the HTML of a Markdown text, as the pages' templates get it."""
    return pages.markdown2html({"cell": cell, "resources": {"metadata": {"path": str(ROOT)}}}, markdown)


def page(notebook, form="feedback"):
    """Return a page that is made with the settings of this course."""
    config = PyFileConfigLoader("nbgrader_config.py", str(ROOT)).load_config()
    config.HTMLExporter.template_name = form
    config.HTMLExporter.extra_template_paths = [
        str(Path(handlers.static_path, "node_modules", "bootstrap", "dist", "css"))
    ]
    graded = {"notebook": "ps0", "score": 0, "max_score": 1, "late_penalty": 0}
    words = {"base_url": "", "index": 0, "total": 1, "student": '<img src="x">', "last_name": None, "nbgrader": graded}
    return HTMLExporter(config=config).from_notebook_node(notebook, resources=words)[0]


# --- outputs that are written ---


@pytest.mark.parametrize(
    "place",
    [
        f"{ROOT}/solutions/ps0.ipynb",
        f"{sys.prefix}/lib/python3.11/site-packages/numpy/__init__.py",
        f"{sys.base_prefix}/lib",
        f"{Path.home()}/secret.txt",
        str(Path("/tmp", "run-of-somebody", "ps0.py")),
    ],
)
def test_no_output_names_a_folder_of_this_machine(place, monkeypatch):
    monkeypatch.chdir(ROOT)
    found = clean_outputs(
        [
            new_output("stream", name="stdout", text=f"see {place}:3"),
            new_output("error", ename=place, evalue=f"no '{place}'", traceback=[f"File \x1b[32m{place}\x1b[39m:3"]),
            new_output("display_data", data=dict.fromkeys(outputs.TEXTS, f"<p>{place}</p>")),
        ]
    )
    assert len(found) == 3
    secrets = {str(ROOT), sys.prefix, sys.base_prefix, "run-of-somebody"} - {"/usr", "/usr/local"}
    assert not [secret for secret in secrets if secret in json.dumps(found)]
    assert place not in json.dumps(found)
    assert Path(place).name in json.dumps(found)


def test_words_that_only_begin_like_a_folder_stay(monkeypatch):
    monkeypatch.setenv("HOME", "/root")
    outputs._places.cache_clear()
    (found,) = clean_outputs([new_output("stream", name="stdout", text="/rooted /root-2 /root/x and /usr/bin")])
    outputs._places.cache_clear()
    assert found.text == "/rooted /root-2 home/x and /usr/bin"


def test_what_an_honest_student_shows_stays():
    verdict = Verdict("wrong", "f(1) gave 2 < 3, which is not right.")._repr_mimebundle_()
    honest = [
        new_output("stream", name="stdout", text="1\n"),
        new_output("stream", name="stderr", text="beware\n"),
        new_output("display_data", data=verdict),
        new_output("execute_result", data={"text/plain": "0.5"}, execution_count=3),
        new_output(
            "display_data",
            data={"image/png": DOT},
            metadata={"image/png": {"width": 300, "height": 2.5, "alt": "a dot < 1"}},
        ),
        new_output("display_data", data={"text/latex": r"$\theta$", "text/plain": "theta"}),
        new_output("error", ename="ValueError", evalue="no", traceback=["line 1", "line 2"]),
    ]
    cleaned = clean_outputs(honest)
    honest[2].data["text/html"] = verdict["text/html"].replace(' role="status"', "")
    assert cleaned == honest


@pytest.mark.parametrize(
    "forged",
    [
        {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg onload='alert(1)'/>"}, "metadata": {}},
        {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}},
        {"output_type": "display_data", "data": {"image/png": '"><script>alert(1)</script>'}},
        {"output_type": "display_data", "data": {"text/html": {"a": 1}, "image/png": ["x"]}},
        {"output_type": "display_data", "data": "text/html", "svg_filename": EVIL},
        {"output_type": "update_display_data", "data": {"text/html": "x"}},
        {"data": {"text/html": "x"}},
    ],
)
def test_what_is_not_text_or_image_goes(forged):
    assert clean_outputs([nbformat.from_dict(forged)]) == []


def test_a_forged_output_keeps_only_its_plain_parts():
    forged = {
        "output_type": "execute_result",
        "execution_count": "<b>",
        "data": {"image/png": DOT, "text/plain": "x"},
        "metadata": {
            "image/png": {"width": "1 onload=alert(1)", "height": True, "alt": ["x"]},
            "filenames": {"image/png": EVIL},
        },
        "svg_filename": EVIL,
    }
    stream = {"output_type": "stream", "name": "<b>", "text": 3}
    result, words = clean_outputs(nbformat.from_dict([forged, stream]))
    data = {"image/png": DOT, "text/plain": "x"}
    assert result == {"output_type": "execute_result", "execution_count": None, "data": data, "metadata": {}}
    assert words == {"output_type": "stream", "name": "stderr", "text": ""}


def test_floods_are_cut_and_said_to_be():
    long = new_output("stream", name="stdout", text="x" * 10_000_000)
    (found,) = clean_outputs([long])
    assert len(found.text) < 1.01 * outputs.LONGEST_TEXT
    assert found.text.endswith("too long.")
    image = new_output("display_data", data={"image/png": DOT * 100_000})
    assert [one.get("text") for one in clean_outputs([image] * 40)][-1] == outputs.LEFT_OUT
    assert len(str(clean_outputs([image] * 40))) < 1.01 * outputs.LARGEST_CELL
    wide = new_output("display_data", data={"text/html": "<div>" * 100_000, "text/plain": "x"})
    assert clean_outputs([wide])[0].data == {"text/plain": "x"}


@pytest.mark.parametrize(
    "failure",
    [new_output("error", ename="E", evalue="e", traceback=[]), new_output("stream", name="stderr", text="failed")],
)
def test_a_flood_does_not_wash_a_failure_away(failure):
    cell = new_code_cell(outputs=[new_output("stream", name="stdout", text="x")] * 500 + [failure] * 500)
    cell.outputs = clean_outputs(cell.outputs)
    assert has_failed(cell)
    assert len(cell.outputs) == outputs.MOST_OUTPUTS + 2


def test_of_many_outputs_only_the_first_are_looked_at_and_a_failure(monkeypatch):
    looked_at = []
    clean = outputs._clean
    monkeypatch.setattr(outputs, "_clean", lambda output: looked_at.append(output) or clean(output))
    error = new_output("error", ename="AssertionError", evalue="wrong", traceback=[])
    many = [new_output("stream", text=str(number)) for number in range(5000)]
    for last in (error, new_output("stream", name="stderr", text="oh")):
        kept = clean_outputs([*many, last, last])
        assert len(looked_at) == outputs.MOST_SEEN + 1
        assert len(kept) == outputs.MOST_OUTPUTS + 2
        assert has_failed(new_code_cell("x", metadata=CHECK, outputs=kept))
        assert kept[-1].text == outputs.LEFT_OUT
        looked_at.clear()


def test_a_check_shows_its_message_and_no_line_of_the_test():
    error = new_output("error", ename="CheckFailed", evalue="f is wrong.", traceback=["check(f, hidden=True)", "..."])
    own = new_output("error", ename="ValueError", evalue="no", traceback=["my line", "..."])
    notebook = new_notebook(
        cells=[new_code_cell(outputs=[error], metadata=CHECK), new_code_cell(outputs=[own])],
    )
    check, code = CleanOutputs().preprocess(notebook, {})[0].cells
    assert check.outputs[0].traceback == ["CheckFailed: f is wrong."]
    assert code.outputs[0].traceback == ["my line", "..."]


def note_here(outputs, room=None):
    """Clean as usual, and leave a trace in the process that does it."""
    cleaned_here.append(len(outputs))
    return clean_outputs(outputs, room)


cleaned_here: list[int] = []


def test_students_outputs_are_cleaned_apart_and_a_checks_are_not(monkeypatch):
    monkeypatch.setattr(outputs, "clean_outputs", note_here)
    cleaned_here.clear()
    hostile = new_output("display_data", data={"text/html": "<script>x</script><b>b</b>"})
    error = new_output("error", ename="AssertionError", evalue="wrong", traceback=[])
    cells = [new_code_cell(outputs=[hostile] * 2), new_code_cell(outputs=[error], metadata=CHECK), new_code_cell()]
    student, check, empty = CleanOutputs().preprocess(new_notebook(cells=cells), {})[0].cells
    assert [output.data["text/html"] for output in student.outputs] == ["<b>b</b>"] * 2
    assert (cleaned_here, has_failed(check), empty.outputs) == ([1], True, [])


ONE_TEXT = [{"output_type": "stream", "name": "stdout", "text": "x"}]


@pytest.mark.parametrize(
    "given", [None, 5, "ab", [], [5], [[5]], [ONE_TEXT], [ONE_TEXT, [{"output_type": "bad"}]], [ONE_TEXT] * 3]
)
def test_what_cleans_apart_is_not_trusted(monkeypatch, given):
    monkeypatch.setattr(apart, "run", lambda work: given)
    cells = [new_code_cell(outputs=[new_output("stream", text="a")]) for _ in range(2)]
    cleaned = CleanOutputs().preprocess(new_notebook(cells=cells), {})[0].cells
    words = "[What this cell showed cannot be read: ask your instructor to look at it.]\n"
    assert [[output.text for output in cell.outputs] for cell in cleaned] == [[words]] * 2


def test_feedback_keeps_hidden_tests(caplog):
    source = "check(f)\n### BEGIN HIDDEN TESTS\ncheck(f, hidden=True)\n### END HIDDEN TESTS"
    error = new_output("error", ename="CheckFailed", evalue="f is wrong.", traceback=["check(f, hidden=True)"])
    notebook = new_notebook(cells=[new_code_cell(source, outputs=[error], metadata=CHECK)])
    (check,) = KeepHidden(parent=HTMLExporter()).preprocess(notebook, {})[0].cells
    assert "hidden" not in json.dumps(check).lower()
    assert "f is wrong." in json.dumps(check)
    assert not caplog.records  # no settings that it does not know


# --- pages that are shown ---


@pytest.mark.parametrize("markup", HOSTILE_MARKUP)
def test_hostile_markup_is_harmless(markup):
    assert_harmless(pages.clean_html(markup))
    assert_harmless(show(markup))
    assert_harmless(show(f"a | b\n--|--\n{markup} | $x$\n\n- {markup}\n\n> {markup} $x$"))


def test_the_harmless_test_notices_what_is_harmful():
    for markup in HOSTILE_MARKUP[:-1]:
        with pytest.raises(AssertionError):
            assert_harmless(markup)


@pytest.mark.parametrize(
    "markdown",
    [
        "[x](javascript:alert(1))",
        f"[x]({EVIL})",
        f"<{EVIL}>",
        f"![x]({EVIL})",
        "![x](attachment:none.png)",
        "![x](attachment:evil.svg)",
        "![x](/etc/passwd) ![x](.) ![x](../x) ![x](%00)",
        "[x](/formgrader?path=submitted/eve)",
        "[x][1]\n\n[1]: javascript:alert(1)",
        '<div><img alt="\n\n$x$\n\n<div title="">',
        '<img alt="$x$">',
        "```<img/src=x onerror=alert(1)>\nx\n```",
        "# <img src=x onerror=alert(1)>",
    ],
)
def test_hostile_markdown_is_harmless(markdown):
    shown = show(markdown, attachments={"evil.svg": {"image/svg+xml": "PHN2Zz4="}})
    assert_harmless(shown)
    assert not re.search(r'<[^>]*=["\'][^"\']*<math', shown)


def test_a_link_is_spelt_out():
    assert (
        show("[a paper](https://example.invalid/a?b&c)").strip() == "<p>a paper (https://example.invalid/a?b&amp;c)</p>"
    )


def test_honest_markdown_looks_right():
    shown = show("# T\n\n| a | b |\n|---|--:|\n| *1* | `2` |\n\n```python\ndef f(): pass\n```\n\n- [ ] x\n- y")
    assert_harmless(shown)
    for part in (
        "<h1>T</h1>",
        "<em>1</em>",
        "<code>2</code>",
        "text-align:right",
        '<span class="k">def</span>',
        "<li>y",
    ):
        assert part in shown
    folded = show("<details><summary>A hint</summary>\n\nUse $x$.\n\n</details>")
    assert re.fullmatch(r"<details><summary>A hint</summary>\s*<p>Use <math.*</math>.</p>\s*</details>\s*", folded)


def test_images_come_from_the_notebook_or_its_folder(tmp_path):
    (tmp_path / "plot.png").write_bytes(base64.b64decode(DOT))
    context = {
        "cell": {"attachments": {"a.png": {"image/png": DOT}}},
        "resources": {"metadata": {"path": str(tmp_path)}},
    }
    for name in ("attachment:a.png", "plot.png"):
        assert pages.markdown2html(context, f"![what is seen]({name})").strip() == (
            f'<p><img src="data:image/png;base64,{DOT}" alt="what is seen"></p>'
        )
    context["resources"]["metadata"]["path"] = str(tmp_path / "other")
    assert "data:" not in pages.markdown2html(context, "![x](../plot.png)")


def formulas_of(markdown):
    """Return pairs of LaTeX and how it is displayed."""
    renderer = pages._Renderer(pages.Limits(), {}, "")
    MarkdownWithMath(renderer=renderer).render(markdown)
    return renderer.formulas


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/*/*.ipynb")) + sorted(ROOT.glob("lectures/*.ipynb")), ids=str)
def test_every_formula_of_the_course_becomes_mathematics(path):
    notebook = nbformat.read(path, as_version=4)
    formulas = formulas_of("\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown"))
    assert formulas
    for latex, display in formulas:
        made = pages.mathml(latex, display)
        assert made.startswith(f'<math display="{display}">'), latex
        assert "\\" not in made, latex  # the converter leaves what it does not know as it is


def test_alphabets_signs_and_names_are_set_as_in_tex():
    assert "<mi>ℝ</mi>" in pages.mathml(r"\mathbb R")
    assert "<mi>𝒜</mi>" in pages.mathml(r"\mathcal A")
    assert "<mi>𝐱</mi>" in pages.mathml(r"\mathbf x")
    assert "<mi>𝜽</mi>" in pages.mathml(r"\boldsymbol\theta")
    assert '<mo form="prefix">−</mo>' in pages.mathml("x=-1")
    assert "<mo>−</mo>" in pages.mathml("(x)-1")
    assert "rspace" in pages.mathml(r"\log x")
    assert "rspace" not in pages.mathml(r"\log(x)")
    assert "<mo>⟺</mo>" in pages.mathml(r"a\iff b")
    assert pages.mathml(r"\lVert x\rVert+\lvert x\rvert") == pages.mathml(r"\|x\|+|x|")


@pytest.mark.parametrize(
    "display", ["$x^2$", "$$x^2$$", r"\begin{align}a&=b\\c&=d\end{align}", r"\begin{equation}x\end{equation}"]
)
def test_every_way_to_write_a_formula_is_known(display):
    assert "<math" in show(f"Take {display}.")
    assert "<code" not in show(f"Take {display}.")


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{</mtext><img src=x onerror=alert(1)>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(//evil.invalid)}{x} \class{score}{x}",
        r"\color{red;background:url(//evil.invalid)}{x}",
        "<img src=x onerror=alert(1)>",
        r"\newcommand{\a}{\b\b}\a",
        r"\frac",
        "{" * 2500,
        "x" * 100_000,
        "",
    ],
)
def test_a_hostile_or_broken_formula_harms_nobody(latex):
    assert_harmless(pages.mathml(latex), tags=mathml.MATH_TAGS | {"code"})


def hostile_notebook():
    """Return a notebook that attacks through every place of the format."""
    markup = "\n".join(HOSTILE_MARKUP)
    data = {
        "text/html": markup,
        "text/markdown": markup,
        "text/latex": r"$\text{<script>alert(1)</script>}$",
        "application/javascript": "alert(1)",
        "image/svg+xml": "<svg onload='alert(1)'/>",
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
    }
    alt = '" onload="alert(1)"><script>alert(1)</script><img src=\'http://evil.invalid\''
    metadata = {"image/png": {"width": "1 onload=alert(1)", "alt": alt}, "text/html": {"isolated": True}}
    shown = [new_output("display_data", data={kind: value}, metadata=metadata) for kind, value in data.items()]
    shown.append(new_output("display_data", data={"image/png": DOT}, metadata=metadata))
    shown.append(new_output("stream", name="stdout", text=f"\x1b[31m{markup}"))
    shown.append(new_output("error", ename="<script>", evalue=markup, traceback=[markup]))
    tags = {"tags": ['"><script>alert(1)</script>'], "magics_language": "<b>", "raw_mimetype": "text/html"}
    entry = {"nbgrader": {"grade": True, "solution": True, "grade_id": '"><script>alert(1)</script>', "points": 1}}
    cells = [
        new_markdown_cell(markup, metadata=tags),
        new_markdown_cell("![x](attachment:x)", attachments={"x": {"image/svg+xml": "PHN2Zz4="}}),
        new_raw_cell(markup, metadata=tags),
        new_code_cell(markup, outputs=shown, metadata=tags),
        new_code_cell("%%html\n" + markup, outputs=shown),
        new_markdown_cell("x", metadata=entry),
    ]
    state = {"application/vnd.jupyter.widget-state+json": {"state": {}, "x": "</script><script>alert(1)</script>"}}
    return new_notebook(cells=cells, metadata={"widgets": state, "title": markup, "language_info": {"name": markup}})


@pytest.mark.parametrize("form", FORMS)
def test_a_page_of_a_hostile_notebook_does_what_that_of_an_empty_one_does(form):
    empty = active(page(new_notebook(), form))
    assert ("script" in dict(empty)) == (form == "formgrade")
    assert active(page(hostile_notebook(), form)) == empty


@pytest.mark.parametrize("form", FORMS)
def test_a_page_forbids_what_might_slip_through(form):
    metas = [attributes for tag, attributes in Tags(page(new_notebook(), form)).found if tag == "meta"]
    (policy,) = (meta["content"] for meta in metas if meta.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "'unsafe-inline'" not in rules.get("script-src", "")
    assert "http" not in policy


def test_deeply_nested_text_is_shown():
    deep = new_notebook(cells=[new_markdown_cell("<div>" * 3900 + "inside"), new_markdown_cell(">" * 9000 + "below")])
    shown = page(deep)
    assert "inside" in shown
    assert "below" in shown


def test_what_takes_too_long_is_shown_as_it_was_written():
    assert show("*x* " * 10_000).startswith("<pre>*x* ")
    assert pages.mathml("x+" * 10_000).startswith("<code>")
    assert pages.mathml(r"\newcommand{\a}{x}\a").startswith("<code>")


def test_code_that_takes_too_long_to_colour_is_shown_without_colours(monkeypatch):
    coloured = '<span class="n">x</span>'
    assert coloured in page(new_notebook(cells=[new_code_cell("x = 1")]))
    long = page(new_notebook(cells=[new_code_cell("x = 1\n" * 5_000 + "'<script>'")]))
    assert coloured not in long
    assert "'&lt;script&gt;'" in long
    monkeypatch.setattr(outputs, "SECONDS", -1)
    assert coloured not in page(new_notebook(cells=[new_code_cell("x = 1")]))
    assert "<span" in show("```python\ndef f(): pass\n```")
    assert "<span" not in show("```haskell\nf = 1\n```")


@pytest.mark.parametrize("form", FORMS)
def test_no_filter_of_a_page_takes_quadratic_time(form):
    assert len(page(new_notebook(cells=[new_markdown_cell("[" * 1_500_000)]), form)) > 1_500_000  # hours otherwise


def test_a_formula_that_comes_too_late_is_shown_as_it_was_written():
    renderer = pages._Renderer(pages.Limits(), {}, "")
    renderer.inline_math("x<y")
    assert renderer.shown(0).startswith("<math")
    renderer.limits.until = 0
    assert renderer.shown(0) == "<code>x&lt;y</code>"


def test_pictures_have_limited_room_however_often_they_are_shown(monkeypatch):
    picture = "A" * 4000
    text, attachments = "![of a dot](attachment:a) " * 20, {"a": {"image/png": picture}}
    cells = [new_markdown_cell(text, attachments=attachments) for _ in range(3)]
    assert page(new_notebook(cells=cells)).count(picture) == 60
    monkeypatch.setattr(pages, "PICTURES", 100_000)
    shown = page(new_notebook(cells=cells))
    assert shown.count(picture) == 24
    assert shown.count("of a dot (this picture is not shown: the page holds too many)") == 36


def test_an_image_that_is_missing_costs_its_text_nothing(tmp_path):
    for image in ("attachment:none.png", ".", "%00", "none.png"):
        assert "<em>kept</em>" in show(f"*kept* ![x]({image})")


@pytest.mark.parametrize("form", FORMS)
def test_an_image_keeps_its_text_alternative(form):
    image = new_output("display_data", data={"image/png": DOT}, metadata={"image/png": {"alt": "a dot & no more"}})
    assert 'alt="a dot &amp; no more"' in page(new_notebook(cells=[new_code_cell(outputs=[image])]), form)


def test_mathematics_of_an_output_is_shown():
    latex = new_output("display_data", data={"text/latex": r"$\displaystyle \frac{1}{2}$", "text/plain": "1/2"})
    assert "<mfrac>" in page(new_notebook(cells=[new_code_cell(outputs=[latex])]))


def test_a_page_is_cleaned_whatever_the_notebook_was_before():
    notebook, resources = HarmlessPage().preprocess(
        hostile_notebook(), {"student": "<b>", "last_name": None, "x": "<b>"}
    )
    nbformat.validate(notebook)
    assert {"student": "&lt;b&gt;", "last_name": "", "x": "<b>"}.items() <= resources.items()
    assert notebook.metadata.keys() == {"language_info"}
    assert all(cell.metadata.keys() <= {"nbgrader"} for cell in notebook.cells)


# --- what would hide or imitate, and what would take too long ---


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\u200b", "\u00ad", "\ufeff", "\u2060", "\U000e0041", "\u3164"])
def test_characters_that_are_not_seen_are_spelled_out_everywhere(letter):
    word = f"[U+{ord(letter):04X}]"
    printed = new_output("stream", name="stdout", text=f"a{letter}b")
    error = new_output("error", ename=f"E{letter}", evalue=letter, traceback=[letter])
    code = new_code_cell(f"x = 1  # {letter}", outputs=[printed, error])
    shown = page(new_notebook(cells=[code, new_markdown_cell(f"a{letter} &#{ord(letter)}; ${letter}x$ `{letter}`")]))
    assert letter not in shown
    assert shown.count(word) >= 6


def test_characters_that_are_not_seen_take_no_quadratic_time():
    taken = []

    class Text(str):
        def __getitem__(self, place):
            taken.append(len(super().__getitem__(place)))
            return super().__getitem__(place)

    assert visible(Text("a\u202e" * 100)) == "a[U+202E]" * 100
    assert set(taken) == {1}  # not all that stands before each of them


def test_joiners_stay_where_words_and_pictures_need_them():
    assert visible("می‌خواهم 👩‍🔬 é") == "می‌خواهم 👩‍🔬 é"
    assert visible("pass\u200dword \u200c") == "pass[U+200D]word [U+200C]"


@pytest.mark.parametrize("latex", [r"a\hspace{-9em}b", r"a\!b", r"\llap{x}", r"\mathrlap{x}", r"\smash{x}"])
def test_no_formula_is_moved_over_what_stands_beside_it(latex):
    converted = mathml.mathml(latex)
    assert "<math" in converted
    assert not re.search(r'"-|<mpadded [^>]*=', converted)


def test_usual_space_in_formulas_is_kept():
    assert 'width="1em"' in mathml.mathml(r"a\quad b")
    assert (
        'columnspacing="0em 2em'
        in mathml.mathml(r"\begin{align*}a&=b\end{align*}", "block")
        + mathml.mathml(r"\begin{alignedat}{2}a&=b\end{alignedat}")
        + 'columnspacing="0em 2em'
    )


@pytest.mark.parametrize("name", ["btn", "row", "nav", "col", "tab", "fa", "in", "h1"])
def test_no_class_is_one_of_the_pages_own(name):
    assert "class" not in pages.clean_html(f'<span class="{name}">Full credit</span>')
    assert "class" in pages.clean_html('<span class="kn">import</span>')


def test_a_notebook_has_limited_room_for_its_outputs_and_pages():
    flood = new_output("display_data", data={"text/plain": "<" * 40_000})
    cells = [new_code_cell("x", outputs=[flood] * 20) for _ in range(60)]
    notebook, _ = CleanOutputs().preprocess(new_notebook(cells=copy.deepcopy(cells)), {})
    assert sum(len(cell.outputs) for cell in notebook.cells) == 60 + 9
    assert all("more output is not shown" in cell.outputs[-1].text for cell in notebook.cells[1:])
    shown = page(new_notebook(cells=[*cells, new_code_cell("<" * 3_000_000), new_markdown_cell("<" * 3_000_000)]))
    assert len(shown) < 4_000_000  # it grows with the page's own style sheets
    assert "the rest is not shown" in shown


def test_what_a_page_has_around_an_output_takes_room_too():
    kept = clean_outputs([new_output("stream", text="a")] * 45, Room(20_000))
    assert len(kept) < 20_000 / MARKUP + 1
    assert kept[-1].text == outputs.LEFT_OUT


def test_an_error_is_kept_when_there_is_no_room():
    error = new_output("error", ename="AssertionError", evalue="wrong", traceback=[])
    cell = new_code_cell("x", outputs=[new_output("stream", text="<" * 90_000)] * 9)
    check = new_code_cell("y", metadata=CHECK, outputs=[error])
    notebook, _ = CleanOutputs().preprocess(new_notebook(cells=[cell, check]), {})
    assert has_failed(notebook.cells[1])


@pytest.mark.parametrize("form", ["feedback", "formgrade"])
def test_markdown_stays_text_when_a_page_takes_too_long_and_on_that_page_alone(monkeypatch, form):
    monkeypatch.setattr(outputs, "SECONDS", -1)
    assert "<em>" not in page(new_notebook(cells=[new_markdown_cell("*word*")]), form)
    assert "<em>word" in show("*word*")
    monkeypatch.setattr(outputs, "SECONDS", 1000)
    assert "<em>word" in page(new_notebook(cells=[new_markdown_cell("*word*")]), form)
