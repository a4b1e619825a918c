"""The badges of README.md, from the one setting that says where the students' repository is.

python -m tests.badges     writes them
"""

import re
from pathlib import Path

from pgcourse import _badges

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PLACE = re.compile(r"(<!-- badges -->).*?(<!-- end of badges -->)", re.DOTALL)


def with_badges(text, repository):
    """Return a page with the badges of a repository in their place, or with none."""
    line = _badges.markdown(repository)
    return PLACE.sub(lambda found: found[1] + (f"\n{line}\n" if line else "") + found[2], text)


if __name__ == "__main__":
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_badges(readme, _badges.students_repository(ROOT)), encoding="utf-8")
