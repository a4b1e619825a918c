"""Which notebook a file is: the one reader of file names, for archives, submissions, `pgcourse check` and `repair`.

Browsers, file managers and people change the name that a notebook was handed out with: `Copy of ps1.ipynb`,
`ps1 - Kopie (2).ipynb`, `ps1_final.ipynb`, `ps1.ipynb.txt`. What they add is taken off, one piece at a time, until a
known name is left; a name that is known as it stands, such as `ps1_final` in another course, comes first.
"""

import re
import unicodedata
from collections.abc import Iterable

# with what a browser or a file manager may append
ENDING = re.compile(r"(.+?)(?:\.ipynb(?:\.txt|\.json)?)+", re.IGNORECASE | re.DOTALL)
# "copy" as file managers of several languages write it
_COPY = "copy|kopie|kopia|kopio|kopi|kopija|copie|copia|cópia|còpia|kópia|kopya|másolat|копия|копія|コピー|副本|사본"
_DONE = (
    "finale?|finished|done|completed?|solved|solutions?|submission|submit(?:ted)?|"
    "fertig|abgabe|endversion|lösung|version|new|neu|v"
)
_BEFORE = re.compile(rf"^(?:{_COPY})(?:[ _+]*\(\d+\))?(?:[ _+]+(?:of|von|van|de|di|av|af))?[ _+–—-]+", re.IGNORECASE)
_AFTER = re.compile(
    rf"(?:[-_ +]+\d+|[-_ +]*\(\d+\)|[-_ +]*\[\d+\]|[-_ +–—.]+(?:{_COPY}|{_DONE})[-_ +]*\d*|(?:の|的)(?:コピー|副本))$",
    re.IGNORECASE,
)


def is_notebook(file: str) -> bool:
    """Say whether a file's name, without folders, is a notebook's."""
    return ENDING.fullmatch(file) is not None


def stem(file: str) -> str:
    """Return a notebook file's name without its ending, in composed letters; `file` must be a notebook's name."""
    found = ENDING.fullmatch(file)
    assert found is not None
    return composed(found[1]).strip()


def notebook_name(file: str, known: Iterable[str]) -> str | None:
    """Find the notebook that a file is a copy of, as `Copy of ps1 (2).ipynb` is of `ps1`.

    Parameters
    ----------
    file
        The file's name, without folders.
    known
        Names of notebooks, without `.ipynb`.

    Returns
    -------
    str or None
        One of the known names; None if it is none of them.
    """
    if not is_notebook(file):
        return None
    names = {composed(name).casefold(): name for name in known}
    rests = {stem(file).casefold()}
    while rests:
        if found := rests & names.keys():
            return names[min(found)]
        rests = {part.sub("", rest).strip() for rest in rests for part in (_BEFORE, _AFTER) if part.search(rest)}
    return None


def composed(text: str) -> str:
    """Return text with each letter and its accent in one character (NFC): macOS may write them as two."""
    return unicodedata.normalize("NFC", text)
