"""How much of a notebook is kept and shown, so that a page is made in seconds, and what of it would not be seen."""

import re
import unicodedata

from nbformat import NotebookNode

ROOM = 2_000_000  # characters of all outputs that are kept of a notebook, or of all that a page shows of its cells
PICTURES = 20_000_000  # characters of all pictures in a page's texts, each as often as it is shown
ESCAPED = re.compile(r"[<>&\"']")
ESCAPED_LENGTH = 5  # about how many characters one of these is on a page, which is what takes time
MARKUP = 500  # about how many characters a page has around an output
IMAGE = 50  # characters of an image cost a page as much as one of text: they are not read
# they turn the order of letters round, or take no room: text that holds them says something else than it seems to
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
JOINERS = "\u200c\u200d"  # belong in words of some scripts


def visible(text: str) -> str:
    """Return a text in which characters that turn the order of others round, or are not seen, are spelled out.

    Joiners stay where they belong: within words of scripts that need them, and between pictures.
    """

    def spelled(match):
        letter, before = match[0], match.string[max(match.start() - 1, 0) : match.start()]
        if letter in JOINERS and before and (ord(before) >= 0x600 and unicodedata.category(before)[0] in "LMS"):
            return letter
        return f"[U+{ord(letter):04X}]"

    return UNSEEN.sub(spelled, text)


class Room:
    """The room that is left for a notebook's cells."""

    def __init__(self, characters: int = ROOM):
        self.left = characters

    def take(self, output: NotebookNode) -> bool:
        """Say whether there was room for an output, and take it."""
        images = sum(len(value) for kind, value in output.get("data", {}).items() if kind.startswith("image/"))
        return self.fits(MARKUP + cost(str(output)) - images + images // IMAGE)

    def cut(self, text: str) -> str:
        """Return as much of a text as there is room for."""
        if self.fits(cost(text)):
            return text
        return text[: max(self.left, 0) // ESCAPED_LENGTH] + CUT

    def fits(self, size: int) -> bool:
        """Say whether there was room for so many characters, and take it."""
        fits = size <= self.left
        self.left -= size if fits else 0
        return fits


CUT = "\n... the rest is not shown: it is too long."


def cost(text: str) -> int:
    """Return about how many characters a text has on a page."""
    return len(text) + (ESCAPED_LENGTH - 1) * len(ESCAPED.findall(text))
