"""Walk a deck of slides in Chromium, in either of its lives, and measure each slide on the way."""

from playwright.sync_api import expect

SMALLEST = 0.04  # of the screen's height: what is read from the back row
LETTERS = {"wide": 0.041, "narrow": 0.04}  # the letters at the ticks of a picture, on a screen of 16:9 and of 4:3
SIZES = [(1280, 720), (1920, 1080), (1024, 768)]

# Of the slide that is shown: its title, its smallest text and picture's letters as parts of the screen's height, and
# what is cut off or lies over something else. In formulas only the letters on the line count.
MEASURE = """(tick) => {
    const slide = Reveal.getCurrentSlide(), scale = Reveal.getScale(), room = slide.getBoundingClientRect();
    const small = "aside, svg, [hidden], :is(msub, msup, msubsup, munder, mover, munderover, mfrac) *";
    const words = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    const sizes = [], faults = [];
    const outside = (box) => box.width && (box.right > room.right - 2 || box.bottom > room.bottom - 2
        || box.left < room.left + 2 || box.top < room.top - 2);
    while (words.nextNode()) {
        const {currentNode: text, currentNode: {parentElement}} = words;
        const range = document.createRange();
        range.selectNodeContents(text);
        const boxes = [...range.getClientRects()];
        const said = text.textContent.trim();
        if (!said || !boxes.some((box) => box.width) || parentElement.closest("aside, svg")) continue;
        if (boxes.some(outside)) faults.push(`outside: ${said}`);
        if (!parentElement.closest(small)) sizes.push(parseFloat(getComputedStyle(parentElement).fontSize) * scale);
    }
    for (const part of slide.querySelectorAll(".pgcourse-picture, .pgcourse-controls *, pre")) {
        if (outside(part.getBoundingClientRect())) faults.push(`outside: ${part.className || part.tagName}`);
    }
    const excess = slide.scrollHeight - slide.clientHeight;
    if (excess > 1) faults.push(`too high by ${excess}`);
    const parts = [...slide.querySelectorAll(":scope > *:not(aside), .pgcourse-live > div > *")]
        .filter((part) => part.clientHeight && !part.querySelector(".pgcourse-live"))
        .map((part) => [part, part.getBoundingClientRect()]);
    parts.forEach(([part, box], i) => {
        const below = parts[i + 1]?.[1];
        if (below && box.bottom > below.top + 2) faults.push(`over the next: ${part.className || part.tagName}`);
    });
    const picture = slide.querySelector(".pgcourse-picture");
    const drawn = picture?.querySelector("svg").viewBox.baseVal, shown = picture?.getBoundingClientRect();
    const letters = picture ? tick * Math.min(shown.width / drawn.width, shown.height / drawn.height) / innerHeight : 1;
    return {index: Reveal.getIndices().h, title: slide.querySelector("h2").textContent, faults,
        smallest: Math.min(...sizes) / innerHeight, letters};
}"""


def begin(page, width, height):
    """Show the first slide on a screen of a size."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(f"innerWidth === {width} && Reveal.isReady()")
    page.evaluate("Reveal.slide(0)")


def walk(page, key, count, tick, look=None):
    """Press a key `count` - 1 times; yield what is measured of each slide.

    tick  points of the smallest letters of a picture
    look  a function that is given the number of each slide, such as one that takes a picture
    """
    for number in range(count):
        pictures = page.locator("section.present [data-figure]")
        if pictures.count():
            expect(pictures.get_by_role("status").first).not_to_be_empty()
        found = page.evaluate(MEASURE, tick)
        if look:
            look(found["index"])
        yield found
        if number < count - 1:
            page.keyboard.press(key)
