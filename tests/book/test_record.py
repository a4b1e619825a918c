"""Recordings of live figures: what is in them, what is left out of them, and how small their markup is."""

import functools
import gzip
import json

import numpy as np
import pytest

from pgcourse.book import record
from pgcourse.book.compact import compact
from pgcourse.figures import style
from pgcourse.figures.controls import button, choice, luck, slider
from pgcourse.figures.live import LiveFigure, demo


@demo
def dot(low=0.0, high=10.0, draw=luck):
    """A figure whose caption gives its values away; the preset lies between two positions."""
    live = LiveFigure(alt="A dot", width=3, height=2)
    live.axes[0].set(xlim=(low, high), ylim=(-1, 50))
    (point,) = live.moving(live.axes[0].plot([], [], **style.MARK))

    @live.controls(x=slider("x", 3, low, high, 0.1), colour=choice("colour", ["red", "blue"]), seed=draw(5))
    def update(x, colour, seed):
        point.set_data([x], [seed])
        return f"{x:.3f} {colour} {seed}"

    live.presets({"between": {"x": 2.345, "colour": "blue"}})
    return live


@pytest.fixture(scope="module")
def recording():
    return record.record(dot())


def caption(recording, key):
    return recording.frames[recording.settings[key]]["caption"]


@pytest.mark.slow
def test_each_control_alone_is_recorded_from_the_start_and_from_each_preset(recording):
    assert recording.start == "30,0,5"
    assert caption(recording, recording.start) == "3.000 red 5"
    assert caption(recording, "100,0,5") == "10.000 red 5"
    assert caption(recording, "30,1,5") == "3.000 blue 5"
    assert caption(recording, "30,0,17") == "3.000 red 17"
    assert recording.presets == [{0: "23~2.345", 1: "1"}]
    assert caption(recording, "23~2.345,1,5") == "2.345 blue 5"
    assert caption(recording, "23~2.345,0,5") == "2.345 red 5"
    assert caption(recording, "100,1,5") == "10.000 blue 5"
    assert "100,1,6" not in recording.settings


@pytest.mark.slow
def test_all_combinations_are_recorded_where_they_are_few():
    recording = record.record(dot(high=4.0))  # 41 positions, 2 colours, 13 draws: 1066 settings
    assert "40,1,17" not in recording.settings
    recording = record.record(dot(high=3.0))
    assert caption(recording, "0,1,17") == "0.000 blue 17"


@pytest.mark.parametrize(("draw", "again"), [(luck, False), (functools.partial(button, "Draw"), True)])
def test_a_setting_is_drawn_once_unless_the_figure_may_go_on_from_what_it_shows(draw, again):
    live, drawn = dot(draw=draw), []
    start, update = live.values, live._update
    live._update = lambda **values: drawn.append(values) or update(**values)
    record.record(live, [start, start | {"x": 1.0}, start, start | {"x": 2.0}])
    assert (start in drawn[:3]) == again


def test_a_thinned_recording_shows_the_same_at_the_positions_that_it_keeps(recording):
    thinned = recording.thinned(8)
    labels = thinned.figure["controls"][0]["labels"]
    kept = [0, 8, 16, 23, 24, 30, *range(32, 101, 8), 100]
    assert labels == [f"{at / 10:.2f}" for at in kept]
    assert caption(thinned, thinned.start) == "3.000 red 5"
    assert caption(thinned, f"{kept.index(100)},0,5") == "10.000 red 5"
    element = f"{kept.index(23)}~2.345"
    assert thinned.presets == [{0: element, 1: "1"}]
    assert caption(thinned, f"{element},1,17") == "2.345 blue 17"
    assert len(thinned.frames) < len(recording.frames) / 3
    assert json.loads(gzip.decompress(thinned.packed()))["stride"] == 8
    assert json.loads(gzip.decompress(recording.packed()))["stride"] == 1


@pytest.mark.slow
def test_the_largest_recording_is_thinned_until_all_fit(recording):
    small = record.record(dot(high=3.0))
    whole = {"large": recording, "small": small}
    limit = len(small.packed()) + len(recording.packed()) - 1
    packed = record.fitted(whole, limit)
    assert sum(map(len, packed.values())) <= limit
    assert sum(data != whole[name].packed() for name, data in packed.items()) == 1
    with pytest.raises(ValueError, match="too large a recording"):
        record.fitted(whole, 100)


def test_a_packed_recording_has_each_line_once(recording):
    whole = json.loads(gzip.decompress(recording.packed()))
    assert len(set(whole["lines"])) == len(whole["lines"])
    frame = whole["frames"][whole["settings"][whole["start"]]]
    assert [whole["lines"][line] for line in frame["moving"]] == recording.frames[recording.settings["30,0,5"]][
        "moving"
    ]


def test_a_figure_that_fails_is_not_recorded():
    live = dot()
    live._update = lambda x, colour, seed: f"{1 / (x - 10)}"
    with pytest.raises(ValueError, match="ZeroDivisionError"):
        record.record(live)


def test_compact_paths_lie_where_the_paths_lie():
    rng = np.random.default_rng(0)
    places = np.cumsum(rng.normal(size=(200, 2)), axis=0)
    path = "\n".join(f"{'L' if i else 'M'} {x:.6f} {y:.6f}" for i, (x, y) in enumerate(places))
    short = compact(f'<path d="{path}\nz\n" style="x"/>')
    steps = short.partition('d="')[2].partition('z"')[0].replace("m", "l").split("l")[1:]
    found = np.cumsum([[float(number) for number in step.split()] for step in steps], axis=0)
    assert np.abs(found - places).max() <= 0.05 + 1e-9
    assert len(short) < len(path) * 0.7


def test_a_path_of_other_commands_is_left_alone():
    markup = '<path d="M 1.00001 1 \nH 2"/>'
    assert compact(markup) == markup


def test_compact_curves_and_second_parts_begin_where_they_should():
    assert compact('<path d="M 1 1 \nC 2 2 3 3 4 5 \nL 4 8 \nL 4 9 \nz\nM 10 0 \nL 10 1"/>') == (
        '<path d="m1 1c1 1 2 2 3 4l0 4zm9 -1l0 1"/>'
    )
