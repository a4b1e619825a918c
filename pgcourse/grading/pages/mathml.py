"""Formulas as MathML, which browsers display without a script and without a network."""

import contextlib
import re
import unicodedata
from xml.etree import ElementTree

import latex2mathml.converter
from markupsafe import Markup


def _words(text):
    return frozenset(text.split())


MATHML = "{http://www.w3.org/1998/Math/MathML}"
MATH_TAGS = _words("""
    math menclose mfrac mi mn mo mover mpadded mphantom mroot mrow ms mspace msqrt mstyle msub msubsup msup
    mtable mtd mtext mtr munder munderover
""")
MATH_ATTRIBUTES = _words("""
    accent columnalign columnlines columnspacing depth display displaystyle fence form height linethickness
    lspace mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace scriptlevel separator
    stretchy symmetric voffset width
""")
LENGTHS = _words("depth height linethickness lspace maxsize minsize rowspacing columnspacing rspace voffset width")
LENGTH = re.compile(r"0|\d{0,2}(\.\d+)?(em|ex|pt|px|mu|cm|mm|in)?|thin|medium|thick|\d?\.?\d+")
LONGEST_FORMULA = 5_000  # characters
MACROS = re.compile(r"\\(def|newcommand|renewcommand|providecommand|let)\b")  # a few lines of them can fill the memory
SYNONYMS = {  # usual names that the converter lacks, or takes for bars that grow with what follows
    r"\\arg\b": r"\operatorname{arg}",
    r"\\[lr]Vert\b": r"\|",
    r"\\[lr]vert\b": "|",
    r"\{aligned\}": "{align*}",
}
ARROWS = frozenset("⟵⟶⟷⟸⟹⟺")  # for the converter these are letters, without space around
SIGNS, CLOSING = {"+", "−", "±", "∓"}, {")", "]", "}", "|", "!", "…", None}
THIN = "0.167em"


def mathml(latex: str, display: str = "inline") -> Markup:
    """Return the MathML of a formula, or its LaTeX as code if it cannot be converted.

    Parameters
    ----------
    latex
        Without dollar signs.
    display
        "inline" or "block".
    """
    if len(latex) <= LONGEST_FORMULA and not MACROS.search(latex):
        with contextlib.suppress(Exception):  # the converter raises many kinds, RecursionError among them
            return Markup(_converted(latex, display))
    return Markup("<code>{}</code>").format(latex)


def _converted(latex, display):
    for lacking, other in SYNONYMS.items():
        latex = re.sub(lacking, other.replace("\\", r"\\"), latex)
    root = ElementTree.fromstring(latex2mathml.converter.convert(latex, display=display))
    elements = list(root.iter())
    if not all(map(_is_mathematics, elements)):
        raise ValueError("a formula becomes MathML and nothing else")
    for element in elements:
        _typeset(element)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _is_mathematics(element):
    """Say whether an element is MathML, and remove its other attributes; the converter lets HTML through."""
    element.tag = element.tag.removeprefix(MATHML)
    for name, value in list(element.attrib.items()):
        # what moves a formula over its neighbours could hide them, or write over the page's own words
        moves = element.tag == "mpadded" or (name in LENGTHS and not all(map(LENGTH.fullmatch, value.split())))
        if name not in MATH_ATTRIBUTES or moves:
            del element.attrib[name]
    return element.tag in MATH_TAGS


def _typeset(element):
    """Set alphabets, signs, long arrows and the space after log as TeX does; neither the converter nor browsers do."""
    if element.text in ARROWS:
        element.tag = "mo"
    variant = element.get("mathvariant", "normal")
    if variant != "normal":
        del element.attrib["mathvariant"]
        element.text = "".join(_letter(variant, letter) for letter in element.text or "")
    for before, child in zip([None, *element], element, strict=False):
        follows = before is not None and before.tag == "mo" and before.text not in CLOSING
        if child.tag == "mo" and child.text in SIGNS and follows:
            child.set("form", "prefix")
        elif before is not None and before.tag == "mi" and len(before.text or "") > 1 and child.text != "(":
            before.tag = "mo"
            before.attrib.update(form="prefix", lspace="0", rspace=THIN)


def _letter(variant, letter):
    """Return a letter or digit of another mathematical alphabet, or unchanged if Unicode has none."""
    kind = re.sub(r"LATIN |GREEK |LETTER ", "", unicodedata.name(letter, ""))
    style = variant.replace("bold-", "bold ").upper()
    for name in (f"MATHEMATICAL {style} {kind}", f"{style} {kind}"):
        with contextlib.suppress(KeyError):
            return unicodedata.lookup(name)
    return letter
