"""Text and formulas on the pages of the Formgrader and the feedback: no script, no request.

Students write Markdown, HTML and LaTeX, and an instructor reads it in a browser session that may grade everybody. So
HTML is reduced to what text needs, links to their addresses, images to those that the notebook contains, and LaTeX is
converted to MathML, which browsers display without a network. `configure` puts the filters into nbconvert's
HTMLExporter, which nbgrader uses for both pages; `templates/` adds a content security policy to each page, so that the
browser refuses whatever might slip through.
"""

import html
import math
import re
import secrets
import time
from typing import Any

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from pygments.token import STANDARD_TYPES

from pgcourse.grading.pages.mathml import mathml
from pgcourse.grading.pages.room import PICTURES, Room, visible


def _words(text):
    return frozenset(text.split())


TAGS = _words("""
    abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6
    hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead
    tr u ul var
""")
ATTRIBUTES = {
    "src": re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*"),
    "alt": re.compile(r".*", re.DOTALL),
    "width": re.compile(r"\d{1,4}"),
    "height": re.compile(r"\d{1,4}"),
    "colspan": re.compile(r"\d{1,2}"),
    "rowspan": re.compile(r"\d{1,2}"),
    # other classes, such as "btn", imitate the page's own fields and buttons; these colour code
    "class": re.compile("|".join({"highlight", *filter(None, STANDARD_TYPES.values())})),
}

LIMITS = "page_limits"  # name of a page's resource
LONGEST_TEXT = 20_000  # characters of a text or of code; parsers take quadratic time
PYTHON = _words("python py python3 ipython ipython3")
NO_ROOM = " (this picture is not shown: the page holds too many)"
OPEN, CLOSE = "\ue000", "\ue001"  # private characters, around the number of a formula


def _harmless(tag, name, value):
    """Return an attribute's value, or None for an attribute that is to be removed."""
    if OPEN in value:  # a formula belongs in text, never in an attribute
        return None
    known = ATTRIBUTES.get(name)
    return value if known is None or known.fullmatch(value) else None


CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={
        "*": {"class"},
        "img": {"src", "alt", "width", "height"},
        "td": {"colspan", "rowspan", "style"},
        "th": {"colspan", "rowspan", "style"},
    },
    attribute_filter=_harmless,
    filter_style_properties={"text-align"},
    url_schemes={"data"},
)


def clean_html(text: str) -> Markup:
    """Return HTML with harmless tags and attributes only; a filter of the page templates.

    Parameters
    ----------
    text
        Any HTML; Markup, which `markdown2html` returns, is clean already.
    """
    return text if isinstance(text, Markup) else Markup(visible(CLEANER.clean(str(text))))


class Limits:
    """How much of a page is more than plain text.

    Parameters
    ----------
    seconds
        Processor time after which text and code stay as they were written.
    """

    def __init__(self, seconds: float = math.inf):
        self.until, self.pictures = time.process_time() + seconds, Room(PICTURES)

    def reached(self, source: str) -> bool:
        """Say whether a text or code is too long, or the page too late, for anything but its plain characters."""
        return len(source) > LONGEST_TEXT or time.process_time() > self.until


def _limits(context):
    return (context.get("resources") or {}).get(LIMITS) or Limits()


@pass_context
def markdown2html(context: Context, source: str) -> Markup:
    """Return the HTML of a Markdown text, its formulas as MathML; a filter of the page templates.

    Parameters
    ----------
    context
        Jinja's context: the cell has attachments, the resources say where local images are.
    source
        The text.
    """
    cell, resources = context.get("cell") or {}, context.get("resources") or {}
    folder = resources.get("metadata", {}).get("path", "")
    limits = _limits(context)
    renderer = _Renderer(limits, cell.get("attachments") or {}, folder)
    try:
        if limits.reached(source):
            raise ValueError("too long")
        page = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # a text that the parser cannot read must not hide the submission
        return Markup("<pre>{}</pre>").format(visible(source))
    return Markup(renderer.placeholder.sub(lambda match: renderer.shown(int(match[1])), clean_html(page)))


class _Renderer(IPythonRenderer):
    """Keeps formulas apart until the rest is clean, spells links out, shows only images that are available."""

    def __init__(self, limits, attachments, folder):
        super().__init__(
            escape=False, attachments=attachments, embed_images=True, path=folder, exclude_anchor_links=True
        )
        self.limits = limits
        self.formulas = []
        self.key = secrets.token_hex(8)  # so that no student's text can imitate a placeholder
        self.placeholder = re.compile(rf"{OPEN}{self.key} (\d+){CLOSE}")

    def _formula(self, latex, display):
        self.formulas.append((latex, display))
        return f"{OPEN}{self.key} {len(self.formulas) - 1}{CLOSE}"

    def shown(self, number):
        """Return a formula as MathML, or as it was written if the page is late."""
        latex, display = self.formulas[number]
        return Markup("<code>{}</code>").format(latex) if self.limits.reached(latex) else mathml(latex, display)

    def block_code(self, code, info=None):
        # other languages have parsers that nobody has tried to slow down
        return super().block_code(code, info if info in PYTHON else None)

    def inline_math(self, body):
        return self._formula(body, "inline")

    def block_math(self, body):
        return self._formula(body, "block")

    def latex_environment(self, name, body):
        return self._formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def link(self, text, url, title=None):
        # A click in the Formgrader would be made in the instructor's name.
        return text if text == url else f"{text} ({html.escape(url)})"

    def image(self, text, url, title=None):
        room = self.limits.pictures
        try:
            shown = super().image(text, url, title) if room.left else ""
        except InvalidNotebook:  # an attachment that is not there
            return html.escape(text)
        if shown and room.fits(len(shown)):
            return shown
        room.left = 0  # nothing more is read, since that takes time as well
        return html.escape(text) + NO_ROOM

    def _html_embed_images(self, html):
        return html  # it would close the tags that a block of HTML opens for the next one

    def _src_to_base64(self, src):
        try:
            return super()._src_to_base64(src)
        except (OSError, ValueError):  # a folder, or no path at all
            return None


def strip_files_prefix(text: str) -> str:
    """Return a text as it is; a filter of the page templates.

    nbconvert's own changes addresses, of which none is left here, in quadratic time: hours for one long line.
    """
    return text


_coloured = Highlight2HTML(pygments_lexer="ipython3")  # whatever language a notebook claims to be in


@pass_context
def highlight_code(context: Context, source: str, language: str | None = None, metadata: Any = None) -> Markup | str:
    """Return the HTML of code, in colours unless that would take too long; a filter of the page templates."""
    if _limits(context).reached(source):
        return Markup('<div class="highlight"><pre>{}</pre></div>').format(source)
    return _coloured(source, language, metadata)
