"""The slides as a page of reveal.js, which runs from a folder in any browser, and fetches nothing."""

import html
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import sphinx_revealjs
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from pgcourse.deck.parts import markup
from pgcourse.deck.slides import Program, Slide

HERE = Path(__file__).parent
FIGURES = HERE.parent / "figures"
REVEAL = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"  # all that is used of it
TAKEN = {"reveal.js": "dist/reveal.js", "reveal.css": "dist/reveal.css", "notes.js": "plugin/notes/notes.js"}
STATIC = "_static/deck"
EXPORT = re.compile(r"^export default .*$", re.MULTILINE)
COLOURS = HtmlFormatter(style="default")
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Policy gradients: the lecture</title>
<link rel="stylesheet" href="{static}/reveal.css">
<link rel="stylesheet" href="{static}/live.css">
<link rel="stylesheet" href="{static}/deck.css">
<style>{shown}</style>
</head>
<body>
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="{static}/reveal.js"></script>
<script src="{static}/notes.js"></script>
<script src="{static}/script.js"></script>
</body>
</html>
"""
SLIDE = """<section data-kind="{kind}" data-lecture="{lecture}"{answers}{code}>
<h2>{title}</h2>
{body}
</section>
"""


def write(folder: Path, slides: list[Slide], place: Callable[[str], str], scripts: Iterable[Path]) -> None:
    """Write `deck.html`, and beside it what it loads.

    Parameters
    ----------
    folder : Path
        Made if need be.
    slides : list of Slide
    place : callable
        Returns the markup of the place of a picture, given its name.
    scripts : iterable of Path
        Between the front end of the pictures and the keys of the deck: what makes the pictures move.
    """
    static = folder / STATIC
    static.mkdir(parents=True, exist_ok=True)
    for name, path in TAKEN.items():
        shutil.copy(REVEAL / path, static / name)
    shutil.copy(FIGURES / "live.css", static)
    colours = COLOURS.get_style_defs(".pgcourse-code")
    (static / "deck.css").write_text(f"{_read(HERE / 'deck.css')}\n{colours}\n", encoding="utf-8")
    (static / "script.js").write_text(script(*scripts, HERE / "deck.js"), encoding="utf-8")
    (folder / "deck.html").write_text(page(slides, place), encoding="utf-8")


def page(slides: list[Slide], place: Callable[[str], str]) -> str:
    """Return the page of some slides; parameters as for `write`."""
    shown = "\n".join(_shown(slide) for slide in slides if slide.controls is not None)
    return PAGE.format(static=STATIC, shown=shown, slides="\n".join(_section(slide, place) for slide in slides))


def script(*others: Path) -> str:
    """Return one script: the front end of JupyterLab's live figures, and others.

    It is no module, since a page opened from a folder may not import one.
    """
    parts = "\n".join(EXPORT.sub("", _read(path)) for path in (FIGURES / "live.js", *others))
    return f"(() => {{\n{parts}}})();\n"


def _section(slide: Slide, place: Callable[[str], str]) -> str:
    body = [*map(markup, slide.text)]
    if slide.figure:
        body.append(place(slide.figure))
    body += map(_code, slide.programs)
    if slide.notes:
        body.append(f'<aside class="notes">{"".join(map(markup, slide.notes))}</aside>')
    states = {"shown": any(program.shown for program in slide.programs), "hidden": bool(slide.programs)}
    state = next((name for name, holds in states.items() if holds), "")
    return SLIDE.format(
        kind=slide.kind,
        lecture=html.escape(slide.lecture),
        answers=" data-answers" * slide.answers,
        code=f' data-code="{state}"' * bool(state),
        title=markup(slide.title).removeprefix("<p>").removesuffix("</p>"),
        body="\n".join(body),
    )


def _code(program: Program) -> str:
    coloured = highlight(program.source, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip()
    setup, whole = (html.escape(source) for source in ("\n\n".join(program.setup), program.whole))
    pre = f"<pre><code>{coloured}</code></pre>"
    return f'<div class="pgcourse-code" data-setup="{setup}" data-run="{whole}">{pre}</div>'


def _shown(slide: Slide) -> str:
    """Return the style that leaves only some controls of a picture."""
    kept = "".join(f':not([data-control="{name}"])' for name in slide.controls or [])
    return f'[data-figure="{slide.figure}"] [data-control]{kept} {{ display: none !important; }}'


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
