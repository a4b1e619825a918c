"""How long does a step of a slider take in the book? Run with `python benchmarks/book.py DIR`, where the book is.

Chromium opens each lecture from the folder and steps each slider of each figure from end to end. A step lasts from the
slider's event until the page is laid out with the new picture; the time to paint it is not in it. Printed are the
median and the 95th percentile for each lecture, and what the lecture weighs with its pictures, compressed.
"""

import gzip
import re
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from pgcourse.tools.needs import CHROMIUM_ARGUMENTS, find_chromium

LIMIT = 16  # ms, a frame of a screen
SECONDS = 120  # for a picture to appear
AWAKE = "place => place.querySelector('[role=status]')?.textContent"
STEPS = """place => [...place.querySelectorAll('input[type=range]')].flatMap(slider => {
    const milliseconds = [];
    for (let at = 0; at <= Number(slider.max); at++) {
        slider.value = at;
        const start = performance.now();
        slider.dispatchEvent(new Event('input'));
        place.getBoundingClientRect();
        milliseconds.push(performance.now() - start);
    }
    return milliseconds;
})"""


def steps(page):
    """Return the milliseconds of each step of each slider on a page."""
    found = []
    for place in page.query_selector_all("[data-figure]"):
        place.scroll_into_view_if_needed()
        page.wait_for_function(AWAKE, arg=place, timeout=SECONDS * 1000)
        found += place.evaluate(STEPS)
    return found


def weight(lecture):
    """Return the bytes of a page and its recordings, compressed."""
    names = re.findall(r'data-figure="([^"]+)"', lecture.read_text(encoding="utf-8"))
    figures = lecture.parent.parent / "_static" / "figures"
    return sum(len(gzip.compress(path.read_bytes())) for path in [lecture, *(figures / f"{name}.js" for name in names)])


def main(folder):
    """Print one line a lecture; the exit code tells whether one is over the limit."""
    slowest = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_ARGUMENTS))
        for lecture in sorted(Path(folder, "lectures").resolve().glob("*.html")):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(lecture.as_uri())
            found = steps(page)
            page.close()
            p95 = np.percentile(found, 95) if found else 0
            slowest = max(slowest, p95)
            print(
                f"{lecture.stem:<24} {weight(lecture) / 1e3:4.0f} kB   {len(found):5} steps   median "
                f"{np.median(found or [0]):5.1f} ms   p95 {p95:5.1f} ms",
                flush=True,
            )
        browser.close()
    print(f"the slowest p95 is {slowest:.1f} ms; the limit is {LIMIT} ms")
    return int(slowest > LIMIT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
