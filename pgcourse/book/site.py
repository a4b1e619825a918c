"""The pages, made by Sphinx: mathematics as MathML, and nothing from another machine."""

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.console import nocolor

from pgcourse import __version__
from pgcourse.book.reference import laid_out
from pgcourse.deck import page
from pgcourse.deck.parts import displayed, held, in_line

HERE = Path(__file__).parent
FIGURES = HERE.parent / "figures"
SCRIPTS = (FIGURES / "predict.js", HERE / "replay.js", HERE / "answer.js", HERE / "scroll.js")
HEADING = 'class="caption" role="heading"'  # to which Sphinx gives no level, so that a screen reader has none to say
SETTINGS = {
    "project": "Policy gradients",
    "author": "The pgcourse authors",
    "version": __version__,
    "release": __version__,
    "language": "en",
    "extensions": ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "pgcourse.book.site"],
    "autodoc_typehints": "none",  # a docstring says them in words
    "autodoc_member_order": "bysource",
    "default_role": "py:obj",
    "suppress_warnings": ["ref.python"],  # a parameter's name is that of several attributes
    "napoleon_google_docstring": False,
    "add_module_names": False,
    "myst_enable_extensions": ["dollarmath", "amsmath", "deflist"],
    "myst_heading_anchors": 4,
    "nb_execution_mode": "off",
    "nb_ipywidgets_js": {},
    "html_theme": "furo",
    "html_title": "Policy gradients",
    "html_math_renderer": "mathml",
    "html_show_search_summary": False,  # it would fetch pages, which a page opened from a folder may not
    "html_copy_source": False,
    "html_show_copyright": False,
    "html_js_files": ["book.js"],
    "html_css_files": ["live.css", "book.css"],
}


def build(sources: Path, static: Path, site: Path, work: Path) -> None:
    """Make the pages.

    Parameters
    ----------
    sources : Path
        What `pages.write` has written.
    static : Path
        Files that the pages load; the script and the style of live figures are added.
    site : Path
        Where the pages go.
    work : Path
        For Sphinx's own files.

    Raises
    ------
    ValueError
        If Sphinx cannot make the pages.
    """
    nocolor()
    (static / "book.js").write_text(script(), encoding="utf-8")
    for path in (FIGURES / "live.css", HERE / "book.css"):
        (static / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    settings: dict[str, Any] = SETTINGS | {"html_static_path": [str(static)]}
    with (work / "warnings").open("w", encoding="utf-8") as warnings:
        app = Sphinx(sources, None, site, work / "doctrees", "html", settings, status=None, warning=warnings)
        app.build()
    print((work / "warnings").read_text(encoding="utf-8"), end="", file=sys.stderr)
    if app.statuscode:
        raise ValueError("Sphinx could not make every page: correct what its warnings above name")
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8").replace(HEADING, f'{HEADING} aria-level="2"')
        path.write_text(held(text), encoding="utf-8")


def script() -> str:
    """Return the book's script: JupyterLab's front ends of live figures and questions, and what answers them here."""
    return page.script(*SCRIPTS)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx how to write a formula, and how to read a module's docstring."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("autodoc-process-docstring", _lay_out)
    app.connect("doctree-read", _leave_out_aliases)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _lay_out(_app: Sphinx, what: str, _name: str, _found: Any, _options: Any, lines: list[str]) -> None:
    if what == "module":
        lines[:] = laid_out(lines)


def _leave_out_aliases(_app: Sphinx, document: nodes.document) -> None:
    """Remove autodoc's lines on what a type is an alias of: lists of NumPy's private names; our words stand above."""
    for paragraph in list(document.findall(nodes.paragraph)):
        if paragraph.astext().startswith("alias of "):
            paragraph.parent.remove(paragraph)


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(in_line(node.astext()))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(displayed(node.astext()))
    raise nodes.SkipNode
