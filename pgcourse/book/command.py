"""`pgcourse book DIR`: build the course as static pages, whose sliders move without Python."""

import argparse
import gzip
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pgcourse.book import deck, pages, site
from pgcourse.grading.coursefolder import course_folder, refusal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse book`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write it: a new or empty folder")
    parser.add_argument(
        "--lecture", action="append", metavar="NAME", help="only this lecture, such as 05_left_right; may be repeated"
    )


def main(args: argparse.Namespace) -> int:
    """Build the book; the exit code is 1 where that would overwrite something or fails."""
    try:
        build(course_folder(), args.folder.resolve(), args.lecture)
    except (ValueError, OSError) as error:
        print(f"pgcourse book: {error}", file=sys.stderr)
        return 1
    on_disk, packed = size(args.folder)
    print(f"wrote {args.folder}, {on_disk / 1e6:.1f} MB, or {packed / 1e6:.1f} MB compressed: open index.html")
    return 0


def build(course: Path, folder: Path, lectures: list[str] | None = None) -> None:
    """Build the book of a course, whole or not at all.

    Parameters
    ----------
    course : Path
        The folder of the course.
    folder : Path
        Made if need be.
    lectures : list of str, optional
        The names of the lectures in it; without it, all.

    Raises
    ------
    ValueError
        For a folder that is not empty, an unknown lecture, and what cannot be made a page.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is not empty: choose a new folder")
    if reason := refusal(folder):  # building takes minutes: say so before
        raise ValueError(f"{folder} cannot be written to ({reason}): choose another folder")
    found = sorted(path.stem for path in (course / "lectures").glob("*.ipynb"))
    chosen = lectures or found
    if unknown := set(chosen) - set(found):
        raise ValueError(f"there is no lecture {min(unknown)!r}: there are {', '.join(found)}")
    with tempfile.TemporaryDirectory(prefix="pgcourse-book-") as work:
        sources, static = Path(work, "sources"), Path(work, "static")
        sources.mkdir()
        print(f"running {len(chosen)} of the lectures ...", flush=True)
        figures = dict(zip(chosen, pages.write(course, sources, chosen), strict=True))
        for lecture in pages.record(figures, static / "figures"):
            print(f"recording the figures of {lecture} ...", flush=True)
        site.build(sources, static, Path(work, "site"), Path(work))
        print("recording the pictures of the slides ...", flush=True)
        deck.write(course, Path(work, "site"), chosen)
        shutil.copytree(Path(work, "site"), folder, dirs_exist_ok=True)


def size(folder: Path) -> tuple[int, int]:
    """Return how many bytes a site has on disk, and how many a server that compresses would send of it."""
    files = [path.read_bytes() for path in _files(folder)]
    return sum(map(len, files)), sum(len(gzip.compress(data)) for data in files)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
