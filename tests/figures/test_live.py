"""Live figures without a browser: what is drawn, what is said, what is sent, and what happens when something fails."""

import base64
import io
import re

import ipywidgets as widgets
import matplotlib as mpl
import numpy as np
import pytest
from ipywidgets import Widget
from PIL import Image

from pgcourse.figures import png, progress, style
from pgcourse.figures.controls import button, choice, corners, integer, log_slider, luck, slider, steps, toggle
from pgcourse.figures.live import OVERSAMPLING, LiveFigure, demo
from pgcourse.figures.panel import HOW_TO_MOVE


@demo
def parabola():
    """A live figure with a curve that stands still, a dot that moves, and an error at divisor 0."""
    live = LiveFigure(alt="A dot on a parabola", width=4, height=2.5)
    ax = live.axes[0]
    ax.set(xlim=(-3, 3), ylim=(-1, 9), xlabel="x", ylabel="square of x")
    grid = np.linspace(-3, 3)
    ax.plot(grid, grid**2, **style.EXACT)
    dots = live.moving(ax.plot([], [], **style.MARK))
    title = live.moving(ax.set_title(""))

    @live.controls(x=slider("x", 1, -2, 2, 0.5), divisor=integer("divisor", 1, 0, 3), seed=luck())
    def update(x, divisor, seed):
        noise = np.random.default_rng(seed).normal(scale=0.2, size=20)
        dots[0].set_data([x] * 20, x * x / divisor + noise)
        title.set_text(f"x = {x:g}")
        return f"x = {x:g}, divisor {divisor}, seed {seed}"

    live.presets({"right": {"x": 2, "divisor": 2}})
    return live


@pytest.fixture
def live():
    return parabola()


@pytest.fixture
def study(monkeypatch):
    """Begin with "study", and let nothing be chosen afterwards that was not before."""
    monkeypatch.setattr(style, "_chosen", "study")


@pytest.fixture
def sent(monkeypatch):
    """Collect the states that widgets send to the browser: a dict for each message."""
    messages = []
    send = Widget._send

    def spy(widget, message, buffers=None):
        if message["method"] == "update":
            messages.append(message["state"])
        send(widget, message, buffers)

    monkeypatch.setattr(Widget, "_send", spy)
    return messages


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def shapes(markup):
    """Return the paths, letters and marks of a piece of SVG, without what is drawn around them."""
    return re.findall(r"<(?:path|use) [^>]*>", markup)


def move(live, **positions):
    """Move controls as the front end does."""
    live.panel.set_state({"at": live.panel.at | positions})


def press(live, preset):
    """Press the button of a preset as the front end does."""
    live.panel._handle_custom_msg({"preset": preset}, [])


def one_control(control, update=lambda x: "fine"):
    live = LiveFigure(alt="Nothing", width=2, height=1)
    live.controls(x=control)(update)
    return live


# Drawing


def test_a_change_moves_the_picture_and_the_words(live):
    before = live.png()
    live.set(x=-1.5)
    assert live.caption_text == "x = -1.5, divisor 1, seed 0"
    assert live.png() != before


def test_only_moving_artists_are_drawn_again(live):
    for x in (-2, 0, 1.5):
        live.set(x=x)
    assert live.full_draws == 1


def test_what_stands_still_and_what_moves_are_together_the_whole_picture(live):
    live.set(x=-0.5)
    live.set(x=1.5)
    assert live.full_draws == 1
    parts = shapes(live.panel.background) + shapes(live.panel.frame["moving"])
    for artist in live._moving:
        artist.set_animated(False)
    with style.context():
        assert sorted(parts) == sorted(shapes(live._vectors.markup(live.figure.draw)))


def columns(**subplots):
    live = LiveFigure(alt="Nothing", ncols=3, width=6, height=2, **subplots)
    for ax in live.axes:
        ax.set(ylabel="y", title="a title")
    live.controls(x=toggle("x"))(lambda x: "fine")
    return live


def test_columns_part_the_picture_between_its_axes():
    live = columns()
    parts = live.panel.figure["parts"]
    assert parts["legends"] == []
    boxes = [box for [box] in parts["columns"]]
    assert len(boxes) == 3
    assert [left + width for left, _, width, _ in boxes] == pytest.approx([*(box[0] for box in boxes[1:]), 6 * 72])
    for ax, (left, top, width, height) in zip(live.axes, boxes, strict=True):
        box = ax.get_tightbbox()
        assert left <= box.x0 < box.x1 <= left + width
        assert (top, height) == (0, 2 * 72)


def test_a_column_without_labels_of_its_own_comes_with_those_that_it_shares():
    live = columns(sharey=True)
    [first], *others = live.panel.figure["parts"]["columns"]
    for labels, _ in others:
        left, top, width, height = labels
        assert (left, top) == (0, 0)
        assert 0 < live.axes[0].bbox.x0 - width < 2
        assert 0 < 2 * 72 - height < live.axes[0].bbox.y0
    assert first[2] > labels[2]


@pytest.mark.parametrize("place", ["upper", "lower"])
def test_a_legend_of_all_axes_is_a_part_of_its_own(place):
    live = LiveFigure(alt="Nothing", ncols=2, width=6, height=2)
    live.axes[0].plot([0, 1], label="a curve with a name so long that its legend lies above or below both")
    live.figure.legend(loc=f"outside {place} center")
    live.controls(x=toggle("x"))(lambda x: "fine")
    parts = live.panel.figure["parts"]
    [(_, top, _, height)] = parts["legends"]
    assert [len(boxes) for boxes in parts["columns"]] == [1, 1]
    for [box] in parts["columns"]:
        window = (top + height, 2 * 72) if place == "upper" else (0, top)
        assert (box[1], box[1] + box[3]) == pytest.approx(window)


def test_a_legend_beside_axes_keeps_its_place():
    live = LiveFigure(alt="Nothing", width=6, height=2)
    live.axes[0].plot([0, 1], label="a curve")
    live.figure.legend(loc="outside right center")
    live.controls(x=toggle("x"))(lambda x: "fine")
    assert live.panel.figure["parts"]["legends"] == []
    assert len(live.panel.figure["parts"]["columns"]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"ylim": (-2, 20)}, {"xticks": [0, 1]}, {"ylabel": "other"}, {"yscale": "symlog"}])
def test_a_change_of_anything_else_draws_its_axes_again(live, change):
    picture, before = live.png(), live.panel.background
    live.axes[0].set(**change)
    assert live.png() != picture
    live.set(seed=1)
    assert live.full_draws == 2
    assert live.panel.background != before
    live.set(seed=2)
    assert live.full_draws == 2


def test_only_the_axes_that_have_changed_are_drawn_again():
    live = columns(sharex=True)
    markup, drawn = live._vectors.markup, []
    live._vectors.markup = lambda draw: drawn.append(draw.__self__) or markup(draw)
    live.axes[1].set_ylim(0, 7)
    live.set(x=True)
    assert drawn[0] is live.axes[1]
    assert len(drawn) == 2  # with what moves
    live.axes[1].set_xlim(0, 3)  # for all of them
    live.set(x=False)
    assert drawn[2:-1] == live.axes
    with style.context():
        whole = markup(live.figure.draw)
    assert set(shapes(live.panel.background)) == set(shapes(whole))
    assert live.panel.background.count("<use") == whole.count("<use")


def test_a_file_is_drawn_with_many_pixels_and_leaves_the_figure_as_it_is(live):
    height, width, _ = pixels(live.png()).shape
    assert (width, height) == (4 * 96 * OVERSAMPLING, 2.5 * 96 * OVERSAMPLING)
    before = live.panel.frame["moving"]
    live.set(seed=1)
    live.set(seed=0)
    assert live.panel.frame["moving"] == before
    assert live.full_draws == 1


def test_letters_are_sent_once_and_all_that_are_shown_are_known(live):
    for x in (-2, 0.5, 1.5):
        live.set(x=x)
    letters = re.findall(r'<path id="([^"]+)"', live.panel.letters)
    assert len(letters) == len(set(letters))
    for markup in (live.panel.background, live.panel.frame["moving"]):
        marks = re.findall(r'<path id="([^"]+)"', markup)
        used = re.findall(r'href="#([^"]+)"', markup)
        assert used
        assert set(used) <= {*letters, *marks}


def test_markup_holds_no_style_for_the_whole_page_and_says_nothing_of_its_maker(live):
    for markup in (live.panel.background, live.panel.frame["moving"]):
        assert markup.strip().startswith("<g")
        assert not re.search("<style|<metadata|<svg|</svg", markup)


def test_axes_keep_their_limits_when_data_leave_them():
    live = LiveFigure(alt="Nothing", width=2, height=1)
    (line,) = live.axes[0].plot([0, 1], [0, 1])
    live.png()
    limits = live.axes[0].get_ylim()
    line.set_data([0, 1], [0, 50])
    live.axes[0].plot([0, 1], [0, 99])
    live.png()
    assert live.axes[0].get_ylim() == limits


def test_nested_and_missing_parts_can_move():
    live = LiveFigure(alt="Nothing", ncols=2, width=2, height=1)
    ax = live.axes[1]
    parts = [ax.bar([0, 1], [1, 2]), ax.errorbar([0], [0], xerr=1, fmt="none")]
    assert live.moving(parts) is parts
    assert all(artist.get_animated() for artist in [*parts[0], *ax.collections])


def test_same_seed_same_picture_and_new_luck_another(live):
    first = live.png()
    live.set(x=2)
    live.set(x=1)
    assert live.png() == first
    live.inputs["seed"].click()
    assert live.values["seed"] == 1
    assert live.png() != first


def test_png_keeps_every_pixel():
    picture = np.random.default_rng(0).integers(0, 256, (7, 5, 4), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(png.encode(picture)), picture)


# Messages


def test_one_message_is_sent_for_each_change_and_without_what_stands_still(live, sent):
    live.inputs["x"].value = 2
    live.inputs["divisor"].value = 3
    assert [message["at"] for message in sent] == [{"x": 8, "divisor": 1, "seed": 0}, {"x": 8, "divisor": 3, "seed": 0}]
    assert [message["frame"]["caption"] for message in sent] == [
        "x = 2, divisor 1, seed 0",
        "x = 2, divisor 3, seed 0",
    ]
    assert all("background" not in message for message in sent)


@pytest.mark.slow
def test_a_preset_sends_one_picture(live, sent):
    press(live, 0)
    assert (live.values["x"], live.values["divisor"]) == (2, 2)
    assert len(sent) == 1
    assert sent[0]["frame"]["pressed"] == [0]
    live.set(x=1)
    assert sent[1]["frame"]["pressed"] == []


def test_the_front_end_moves_a_control(live, sent):
    move(live, x=0, seed=7)
    assert live.values == {"x": -2, "divisor": 1, "seed": 7}
    (frame,) = [message["frame"] for message in sent if "frame" in message]
    assert frame["caption"] == "x = -2, divisor 1, seed 7"
    assert frame["texts"] == {}
    assert "at" not in sent[-1]  # it would set a slider back that has been dragged further


def test_a_value_between_two_positions_stays_when_another_control_moves(live):
    live.set(x=0.6)
    assert (live.panel.at["x"], live.panel.frame["texts"]["x"]) == (5, "0.60")
    move(live, divisor=3)
    assert live.values["x"] == 0.6
    move(live, x=6)
    assert live.values["x"] == 1


def test_set_without_a_change_updates_nothing():
    calls = []
    live = one_control(toggle("x"), lambda x: calls.append(x) or "fine")
    live.set(x=False)
    assert calls == [False]
    live.set(x=True)
    assert calls == [False, True]


# Failing


def test_an_error_is_shown_in_words_and_goes_away(live):
    before = live.panel.frame
    live.set(divisor=0)
    assert live.error_text == "The picture could not be updated: ZeroDivisionError: float division by zero"
    assert "in update" in live.panel.error["details"]
    assert "in _refresh" not in live.panel.error["details"]
    assert live.panel.frame == before
    assert live.panel.at["divisor"] == 0
    live.set(divisor=1)
    assert live.error_text == ""


def test_an_error_at_the_start_and_in_drawing_is_shown():
    live = one_control(toggle("x"), lambda x: "fine" if x else 1 / 0)
    assert "ZeroDivisionError" in live.error_text
    assert live.panel.background == ""
    assert "image/png" not in live._repr_mimebundle_()[0]
    live.set(x=True)
    assert live.error_text == ""
    assert live.panel.background
    live = LiveFigure(alt="Nothing", width=2, height=1)
    live.axes[0].set_title("$\\nonsense$")
    live.controls(x=toggle("x"))(lambda x: "fine")
    assert "nonsense" in live.error_text


def test_an_update_must_return_its_caption():
    assert "returned None instead of the caption" in one_control(toggle("x"), lambda x: None).error_text


def test_an_interrupt_stops_the_update_only():
    pressed = []

    def update(x):
        for step in live.progress(range(10), "counting"):
            if x and step == 3:
                pressed.append(step)
                raise KeyboardInterrupt
        return f"done with {x}"

    live = LiveFigure(alt="Nothing", width=2, height=1)
    live.controls(x=toggle("x"))(update)
    live.set(x=True)
    assert pressed == [3]
    assert live.caption_text.startswith("Stopped")
    live.set(x=False)
    assert live.caption_text == "done with False"


def test_progress_shows_a_bar_after_a_while_and_clears_it(monkeypatch):
    seen = []
    monkeypatch.setattr(progress, "DELAY", 1000)
    list(progress.progress(range(4), "fast", seen.append))
    assert seen == []
    monkeypatch.setattr(progress, "DELAY", 0)
    monkeypatch.setattr(progress, "PERIOD", 0)
    list(progress.progress(range(4), "slow & steady", seen.append))
    assert all(f"slow &amp; steady: {percent} %" in text for percent, text in zip((0, 25, 50, 75), seen, strict=False))
    assert seen[4:] == [""]


@pytest.mark.parametrize(
    ("values", "words"),
    [({"y": 1}, "there is no control 'y'"), ({"x": 7}, "'x' cannot take the value 7"), ({"x": "a"}, "'x' cannot take")],
)
def test_impossible_settings_are_refused_and_change_nothing(live, values, words):
    before = live.values
    with pytest.raises(ValueError, match=words):
        live.set(divisor=2, **values)
    with pytest.raises(ValueError, match=words):
        live.presets({"bad": values})
    assert live.values == before


@pytest.mark.parametrize(
    "control",
    [
        widgets.IntSlider(description="x"),
        3,
    ],
)
def test_controls_that_were_made_elsewhere_are_refused(control):
    with pytest.raises(TypeError, match=r"control 'x' is a (IntSlider|int).* pgcourse.figures.controls"):
        one_control(control)


def test_a_control_without_description_is_refused():
    with pytest.raises(ValueError, match="control 'x' has no description"):
        one_control(slider(" ", 0, 0, 1, 0.1))


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(TypeError, match="missing a required argument: 'y'"):
        one_control(toggle("x"), lambda x, y: "")


def test_an_empty_alt_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        LiveFigure(alt=" ")


def test_log_slider_refuses_ends_that_have_no_logarithm():
    with pytest.raises(ValueError, match="0 < low < high"):
        log_slider("m", 1, 0, 10)


@pytest.mark.parametrize(("value", "low", "high"), [(0.07, 0.01, 1), (0.1, 0.035, 1), (0.1, 0.01, 1.1), (2, 0.1, 1)])
def test_log_slider_refuses_what_it_could_not_show(value, low, high):
    with pytest.raises(ValueError, match=r"power of ten times one of 1, 1\.2, 1\.5"):
        log_slider("m", value, low, high)


def test_log_slider_shows_the_very_number_that_is_used():
    control = log_slider("δ", 0.3, 0.001, 20)
    assert [float(label) for label in control.labels] == control.values
    assert [value for value in control.values if 0.1 <= value <= 1] == [
        0.1,
        0.12,
        0.15,
        0.2,
        0.25,
        0.3,
        0.4,
        0.5,
        0.6,
        0.8,
        1,
    ]
    ratios = np.divide(control.values[1:], control.values[:-1])
    assert len(ratios) == 43
    assert 1.19 < ratios.min() < ratios.max() < 1.35


# Controls


@pytest.mark.parametrize(
    ("control", "values"),
    [
        (slider("x", 0.5, 0, 1, 0.1), [0, 0.5, 1]),
        (integer("x", 3, 1, 9), [1, 3, 9]),
        (log_slider("x", 10, 1, 1000), [1, 10, 1000]),
        (steps("x", [5, 6, 7], 6), [5, 6, 7]),
        (choice("x", [("a", 1), ("b", 2)]), [1, 2]),
        (toggle("x"), [False, True]),
        (button("x"), [0, 1]),
        (luck(4), [4, 5]),
    ],
)
def test_corners_reach_the_ends_of_every_control(control, values):
    live = one_control(control, lambda x: f"{x}")
    reached = set()
    for setting in corners(live):
        live.set(**setting)
        reached.add(live.values["x"])
        assert live.caption_text == f"{live.values['x']}"
    assert sorted(reached) == pytest.approx(values)


def test_a_choice_starts_where_it_is_told_to():
    assert (steps("x", [5, 6, 7], 6).value, steps("x", [5, 6, 7]).value) == (6, 5)
    assert (choice("x", [("a", 1), ("b", 2)], 2).value, choice("x", [("a", 1), ("b", 2)]).value) == (2, 1)


def test_corners_combine_up_to_four_controls_and_pairs_of_more():
    def count(number):
        live = LiveFigure(alt="Nothing", width=2, height=1)
        names = "abcdef"[:number]
        live.controls(**{name: toggle(name) for name in names})(lambda **values: "fine")
        return {tuple(values.values()) for values in corners(live)}

    assert len(count(4)) == 16
    assert len(count(6)) == 1 + 6 + 15  # none, one and two boxes ticked
    assert (True,) * 6 not in count(6)


# Style


def test_a_demo_leaves_matplotlib_as_it_was():
    with mpl.rc_context({"font.size": 3, "axes.grid": False}):
        before = dict(mpl.rcParams)
        parabola().set(x=2)
        assert dict(mpl.rcParams) == before


@pytest.mark.slow
def test_the_lecture_picture_is_the_study_picture_magnified(study):
    small = pixels(parabola().png()).shape
    style.use("lecture")
    large = pixels(parabola().png()).shape
    assert np.array(large[:2]) / small[:2] == pytest.approx(18 / 13, rel=0.01)


def test_the_environment_chooses_the_size(monkeypatch):
    monkeypatch.setattr(style, "_chosen", None)
    monkeypatch.setenv("PGCOURSE_SIZE", "lecture")
    assert style.size() == "lecture"
    monkeypatch.setenv("PGCOURSE_SIZE", "huge")
    with pytest.raises(ValueError, match="PGCOURSE_SIZE is 'huge'"):
        style.size()


def test_use_refuses_an_unknown_size():
    with pytest.raises(ValueError, match='size is 3; choose "study", "lecture" or "hall"'):
        style.use(3)


def test_the_picture_is_opaque(live):
    assert pixels(live.png())[..., 3].min() == 255
    assert (pixels(live.png())[0, 0] == 255).all()


def test_notebook_without_widgets_shows_words(live):
    bundle, metadata = live._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == live.panel.model_id
    assert bundle["text/plain"] == f"A dot on a parabola\nx = 1, divisor 1, seed 0\n{HOW_TO_MOVE}"
    assert metadata["image/png"] == {"alt": "A dot on a parabola. x = 1, divisor 1, seed 0", "width": 4 * 96}
    file = base64.b64decode(bundle["image/png"])
    assert len(file) < len(live.png())
    still, picture = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"), int), pixels(live.png())[..., :3]
    assert np.abs(still[: len(picture)] - picture).mean() < 2  # of 255: fewer colours, the same picture
    below = still[len(picture) :]
    assert below.min() < 100  # there are words
    assert below[:, [0, -1]].min() > 250  # and they are not cut


LINE_COLOURS = [look["color"] for look in (*style.LINES, style.EXACT, style.ESTIMATE, style.BASELINE, style.OPTIMUM)]
# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "full": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour):
    value = np.array(mpl.colors.to_rgb(colour))
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* of linear sRGB under D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("colour", [*LINE_COLOURS, style.GREY])
def test_lines_stand_out_from_white(colour):
    luminance = linear(colour) @ [0.2126, 0.7152, 0.0722]
    assert 1.05 / (luminance + 0.05) >= 3  # WCAG 2.2, criterion 1.4.11


@pytest.mark.parametrize("vision", VISION)
def test_lines_differ_for_every_reader(vision):
    seen = [lab(VISION[vision] @ linear(look["color"])) for look in style.LINES]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(distances) > 15  # 2.3 is just noticeable


def test_no_two_lines_share_a_line_style_or_marker():
    looks = [style.line(i) for i in range(len(style.LINES))]
    assert len({look["linestyle"] for look in looks}) == len({look["marker"] for look in looks}) == len(looks)
