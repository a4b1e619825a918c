"""Take the pictures: those of the README, or every figure of every lecture in a real JupyterLab, to be looked at.

python tests/pictures.py readme          writes docs/left_right.png and docs/slides.png
python tests/pictures.py all DIR         writes DIR/study and DIR/lecture: one file a figure, as students see it
"""

import sys
import tempfile
from pathlib import Path

from support import labdrive

from pgcourse import demos
from pgcourse.book import deck

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SLIDE = "left_right.arrows"


def readme():
    """Write the pictures that the README shows."""
    DOCS.mkdir(exist_ok=True)
    (DOCS / "left_right.png").write_bytes(demos.left_right.variance().png())
    with tempfile.TemporaryDirectory() as folder, labdrive.running_lab((1280, 720)) as notebook:
        deck.write(ROOT, Path(folder), ["05_left_right"])
        notebook.page.goto(Path(folder, "deck.html").as_uri())
        place = notebook.page.locator(f'[data-figure="{SLIDE}"]')
        notebook.page.evaluate(
            "place => Reveal.slide(Reveal.getIndices(place.closest('section')).h)", place.element_handle()
        )
        place.get_by_role("status").wait_for()
        notebook.page.screenshot(path=DOCS / "slides.png")


def every_figure(folder):
    """Write a screenshot of each live figure of each lecture, in both sizes."""
    for size in ("study", "lecture"):
        target = folder / size
        target.mkdir(parents=True, exist_ok=True)
        with labdrive.running_lab((1400, 1000), {"PGCOURSE_SIZE": size}) as notebook:
            for path in sorted((ROOT / "lectures").glob("*.ipynb")):
                figures = notebook.run(path).locator(".pgcourse-live")
                for number in range(figures.count()):
                    figures.nth(number).screenshot(path=target / f"{path.stem}-{number + 1}.png")
                print(f"{size} {path.stem}: {figures.count()} figures", flush=True)
            assert not notebook.problems, "\n".join(notebook.problems)


if __name__ == "__main__":
    if sys.argv[1:] == ["readme"]:
        readme()
    elif len(sys.argv) == 3 and sys.argv[1] == "all":
        every_figure(Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
