"""Every demo is driven to the ends and corners of all its controls in plain Python; the time per frame is printed."""

import re
import time
from importlib import import_module
from pkgutil import iter_modules

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.transforms import Bbox

from pgcourse import checkpoints, demos
from pgcourse.book import record
from pgcourse.figures import style
from pgcourse.figures.controls import NumberSlider, corners, ends
from tests.support import words

pytestmark = pytest.mark.slow

ONE_OF_MANY = (
    r"(?<![\d.,+-])1 (pull|iteration|decision|trajectorie|update|batche|run|step|parameter|generation|product)s\b"
)
VERBS = (
    "add are asks can continues count differ do does draws earned end ended ends fall falls fell find fits gains "
    "gives goes had has have helps holds hurts is lead leads leans leaves left lie lies look loses lost make "
    "makes must need needs pushes puts raises reached reaches rise rises say says sit stay stays stood stop takes "
    "tell tends tick use used uses was work works would write "
)
"""Of the captions; a verb that a new one brings is added here."""
VERB = re.compile(rf"\b({'|'.join(VERBS.split())})\b", re.IGNORECASE)
ALL = [
    pytest.param(demo, id=f"{module.name}.{name}")
    for module in iter_modules(demos.__path__)
    for name, demo in vars(import_module(f"pgcourse.demos.{module.name}")).items()
    if getattr(demo, "is_demo", False)
]


PHONE = 358, 0.65 * 844  # CSS pixels: the room for a picture in the book on a screen of 390 by 844
LEGIBLE = 9.9  # CSS pixels

CAPTIONS = {}  # {settings: caption} of the picture that is being tested, where its tests have drawn it


@pytest.fixture(scope="module", params=ALL)
def live(request):
    """One picture for all tests of a demo, as it is at first: the tests below follow each other in this order."""
    CAPTIONS.clear()
    return request.param(*checkpoints.right_answers(request.param))


def caption(live, values):
    """Return what a picture says at these settings, which it need not draw again if its tests have done so."""
    place = tuple(values.items())
    if place not in CAPTIONS:
        live.set(**values)
        CAPTIONS[place] = live.caption_text
    return CAPTIONS[place]


def test_the_caption_says_numbers(live):
    assert any(character.isdigit() for character in live.caption_text)
    assert not live.alt.endswith("."), "an alt text is a phrase, without a full stop"


def phone_scale(parts):
    """Return how large a picture's points are on a phone, in CSS pixels, with its columns stacked as live.js does."""
    legends, columns = parts["legends"], parts["columns"]
    scales = []
    for wide in range(1, len(columns) + 1):
        groups = [columns[i : i + wide] for i in range(0, len(columns), wide)]
        rows = [[box] for box in legends] if len(groups) > 1 else []
        rows += [[*group[0], *(boxes[-1] for boxes in group[1:])] for group in groups]
        width = max(sum(box[2] for box in row) for row in rows)
        height = sum(max(box[3] for box in row) for row in rows)
        scales.append(min(PHONE[0] / width, PHONE[1] / height))
    return max(scales)


def test_on_a_phone_the_numbers_at_the_ticks_are_legible(live):
    with style.context("study"):
        tick = mpl.rcParams["xtick.labelsize"]
    assert phone_scale(live.panel.figure["parts"]) * tick >= LEGIBLE


def unread(caption):
    """Return the sentences of a caption that a newcomer could not read aloud: no verb, or a sign in place of a word."""
    sentences = re.split(r"(?<=[.?!])\s+(?=[A-Z“])", caption)
    return [one for one in sentences if not VERB.search(one) or re.search(r"±|\bsd\b|(?<![π\w])\([LR]\)", one)]


def test_a_caption_that_is_a_row_of_numbers_cannot_be_read_aloud():
    assert len(unread("Elite of 3 from 20 on m = 3: -0.67. Exact mean ± sd: 2.")) == 2
    assert unread("At θ = 0.2 the mean is 3.0. Your b gives 2.") == []


def test_readouts_show_the_values_that_are_used(live):
    """Of every position of a slider over numbers; and no start and no preset lies between two positions."""
    sliders = {name: control for name, control in live.inputs.items() if isinstance(control, NumberSlider)}
    for name, control in sliders.items():
        assert [float(label) for label in control.labels] == pytest.approx(control.values, rel=1e-9), name
        assert control.text == "", name
    before = live.values
    for number in range(len(live.panel.figure["presets"])):
        live.panel._handle_custom_msg({"preset": number}, [])
        assert [name for name, control in sliders.items() if control.text] == [], number
    live.set(**before)


def test_the_same_settings_give_the_same_picture(live):
    before, said = live.png(), live.caption_text
    settings = list(corners(live))
    live.set(**settings[-1])
    live.set(**settings[0])
    assert (live.caption_text, live.png() == before) == (said, True)


def cut(live):
    """Return the labels of the axes whose words, or whose numbers at the ticks, reach over the picture's edge."""
    shown = [axis for ax in live.figure.axes if ax.axison for axis in (ax.xaxis, ax.yaxis)]
    boxes = {axis.get_label_text(): axis.get_tightbbox() for axis in shown}
    frame = live.figure.bbox.padded(1)
    return [label for label, box in boxes.items() if box and not np.allclose(Bbox.union([frame, box]), frame)]


def test_at_each_preset_words_lie_within_the_picture_and_apart(live):
    """Although the axes keep the places that they have at first, whatever numbers come later to the ticks."""
    start = live.values
    for preset in ({}, *live.preset_values):
        live.set(**start | preset)
        assert cut(live) == [], preset
        assert words.misplaced(live) == [], preset
    live.set(**start)


def test_corners(live):
    assert live.error_text == ""
    times = []
    for values in corners(live):
        start = time.perf_counter()
        live.set(**values)
        times.append(time.perf_counter() - start)
        assert live.error_text == "", values
        assert not re.search(r"\bnan\b", live.caption_text), values
        assert not unread(live.caption_text), values
        assert not re.search(ONE_OF_MANY, live.caption_text), values
        CAPTIONS[tuple(values.items())] = live.caption_text
    if record.goes_on(live):
        CAPTIONS.clear()
    print(f"{len(times)} settings, median {1e3 * np.median(times):.1f} ms, slowest {1e3 * max(times):.0f} ms a frame")


def test_a_recording_says_what_the_figure_says(live):
    """At each preset and at the ends of each control, found as the book finds them; all of it is in the whole one."""
    start, names = live.values, list(live.inputs)
    at_ends = [
        ({i: str(control.values.index(value) if control.values else value)}, start | {names[i]: value})
        for i, control in enumerate(live.inputs.values())
        for value in ends(control)
    ]
    presets = [start | preset for preset in live.preset_values]
    wanted = [start, *presets, *(values for _, values in at_ends)]
    offered = list(record.settings(live))
    assert [values for values in wanted if values not in offered] == []
    before = (start,) if record.goes_on(live) else ()
    recording = record.record(live, [values for one in wanted for values in (*before, one)])
    found = recording.start.split(",")
    for change, values in [({}, start), *zip(recording.presets, presets, strict=True), *at_ends][::-1]:
        key = ",".join(change.get(i, element) for i, element in enumerate(found))
        for settings in before:
            live.set(**settings)
        assert recording.frames[recording.settings[key]]["caption"] == caption(live, values), values
    live.set(**start)


def test_in_a_hall_the_numbers_on_contours_are_as_large_as_those_at_the_ticks(monkeypatch):
    monkeypatch.setenv("PGCOURSE_SIZE", "hall")
    live = demos.recap.regulator()
    numbers = [text for text in live.axes[0].texts if re.fullmatch(r"-\d+(\.\d+)?", text.get_text())]
    with style.context("hall"):
        tick = mpl.rcParams["xtick.labelsize"]
    assert {text.get_text() for text in numbers} == {"-16", "-4", "-1"}
    assert {text.get_fontsize() for text in numbers} == {tick}


def test_the_numbers_on_contours_are_upright():
    """Although the axes get another shape after the contours were labelled."""
    texts = [text for ax in demos.zeroth_order.genetic().axes for text in ax.texts]
    assert len(texts) > 3
    assert {text.get_rotation() for text in texts} == {0}
