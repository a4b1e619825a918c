"""Predictions: each question has its widget, and its answer stands nowhere in plain sight before there is a guess."""

import importlib
import itertools
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from pgcourse import predict
from pgcourse._lectures import LECTURES
from pgcourse.figures.question import Question
from pgcourse.predict.kinds import choice, number, point, ranking

ROOT = Path(__file__).parents[2]
ASKS = re.compile(r"pg\.predict\.(\w+)\.(\w+)\(\)")
QUESTION = re.compile(r"\*\*(Predict\.|Discuss[^*]*predict\.)\*\*")
REVEAL = "<details><summary>Reveal</summary>"
HEADING = re.compile(r"^#{1,4} ", re.MULTILINE)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TOLD = (-1, 0, 1)  # stand in prose for other things as well


def notebooks():
    """Return {name of the lecture's module: path of its notebook}, of those with predictions."""
    paths = {path.stem[3:]: path for path in sorted(ROOT.glob("lectures/*.ipynb"))}
    return {name: paths[name] for name in dir(predict)}


def predictions(lecture):
    module = importlib.import_module(f"pgcourse.predict.{lecture}")
    return {name: getattr(module, name) for name in dir(module)}


ALL = {f"{lecture}.{name}": one for lecture in dir(predict) for name, one in predictions(lecture).items()}


@pytest.fixture(params=notebooks().items(), ids=lambda pair: pair[0])
def lecture(request):
    name, path = request.param
    return name, nbformat.read(path, 4).cells


def is_end(cell):
    """Say whether a cell ends what a question covers, as predict.js does."""
    return cell.cell_type == "markdown" and (
        HEADING.search(cell.source) or "predict" in cell.source.partition(".")[0].lower()
    )


def covered(cells, asking):
    """Return the cells that the question in the cell of this number covers."""
    found = []
    for cell in cells[asking + 1 :]:
        if is_end(cell) or ASKS.fullmatch(cell.source):
            break
        found.append(cell)
    return found


def asked(cells):
    return [number for number, cell in enumerate(cells) if cell.cell_type == "code" and ASKS.fullmatch(cell.source)]


def test_each_question_is_followed_by_what_asks_it(lecture):
    name, cells = lecture
    questions = [i for i, cell in enumerate(cells) if cell.cell_type == "markdown" and QUESTION.search(cell.source)]
    assert [i + 1 for i in questions] == asked(cells)
    found = [ASKS.fullmatch(cells[i].source).groups() for i in asked(cells)]
    assert sorted(found) == sorted((name, one) for one in predictions(name))
    assert len(questions) >= (4 if name in LECTURES[:10] else 2)  # beyond the lecture they are short


def test_each_answer_is_folded_and_covered(lecture):
    _, cells = lecture
    folded = {cell.id for cell in cells if REVEAL in cell.source and cell.id != "bug-question"}  # no prediction
    under = [covered(cells, i) for i in asked(cells)]
    assert folded == {cell.id for cells in under for cell in cells if REVEAL in cell.source}
    for i, below in zip(asked(cells), under, strict=True):
        assert below, cells[i].source
        revealing = [cell for cell in below if REVEAL in cell.source]
        assert revealing in ([], below[:1]), f"{cells[i].source}: what is revealed comes first"
        for cell in revealing:
            assert cell.source.startswith(REVEAL)
            assert cell.source.endswith("</details>")


def in_plain_sight(prediction, prose):
    """Say whether what is right stands in some prose."""
    data = prediction.data()
    words = " ".join(prose.replace("$", "").replace("\\,", " ").replace("{,}", "").replace("−", "-").split()).lower()
    numbers = [float(found) for found in NUMBER.findall(words)]
    if prediction.kind == "number":
        shown = float(NUMBER.search(data["answer"].replace("−", "-").replace(" ", "").removeprefix("Itis"))[0])
        return shown not in TOLD and shown in numbers
    if prediction.kind == "point":
        return any(np.allclose(pair, data["right"]) for pair in itertools.pairwise(numbers))
    if prediction.kind == "ranking":
        return ", ".join(data["options"][i] for i in data["right"]).lower() in words
    told = [i for i, option in enumerate(data["options"]) if option.lower() in words]
    return told == [data["right"]] and " " in data["options"][data["right"]]  # a question may name all that it offers


def test_no_answer_stands_in_plain_sight(lecture):
    """In the prose of the same section, above the question and in it, as far as no other question covers it."""
    _, cells = lecture
    hidden = {cell.id for i in asked(cells) for cell in covered(cells, i)}
    for i in asked(cells):
        start = max(k for k in range(i) if cells[k].source.startswith("## "))
        shown = [cell.source for cell in cells[start:i] if cell.cell_type == "markdown" and cell.id not in hidden]
        lecture, name = ASKS.fullmatch(cells[i].source).groups()
        assert not in_plain_sight(ALL[f"{lecture}.{name}"], "\n".join(shown)), name


@number("n", digits=1)
def some_number():
    return -2.5


@choice("It is", {"a cat": "No.", "a dog": ""})
def some_choice():
    return "a dog"


@ranking("from small to large", "No.")
def some_order():
    return {"dog": 2, "cat": 1}


@some_order.mistake("The other way round.")
def other_way_round():
    return ["dog", "cat"]


@point("it", ("x", 0, 2), ("y", 0, 8), "No.")
def some_point():
    return 0.5, 3


@pytest.mark.parametrize(
    ("prediction", "given_away", "kept"),
    [
        (some_number, "so it is $-2.5$.", "between 2 and 5, or 2.5"),
        (some_choice, "Surely a dog.", "an animal"),
        (some_order, "first the cat, dog last", "dogs and cats, dog, cat"),
        (some_point, "at $(0.5,\\,3)$", "between 3 and 0.5"),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_an_answer_that_is_given_away_is_found(prediction, given_away, kept):
    assert in_plain_sight(prediction, f"Some words, {given_away}")
    assert not in_plain_sight(prediction, f"Some words, {kept}")


@pytest.mark.parametrize("name", ALL)
def test_each_wrong_guess_has_a_sentence_of_its_own(name):
    data, kind = ALL[name].data(), ALL[name].kind
    assert ALL[name].name == name
    if kind == "choice":
        sentences = [words for i, words in enumerate(data["sentences"]) if i != data["right"]]
        assert data["sentences"][data["right"]] == ""
        assert len(data["options"]) == len(set(data["options"])) >= 2
    else:
        sentences = [words for _, words in data["known"]]
        for value, _ in data["known"]:
            assert value != data["right"]
            if kind == "number":
                assert abs(value - data["right"]) > data["within"] + 1e-9
    assert all(words.endswith(".") for words in sentences)


@pytest.mark.slow
def test_a_mark_stands_in_a_picture_that_is_there():
    marks = {name: data["mark"] for name, one in ALL.items() if (data := one.data()).get("mark")}
    assert len(marks) >= 6
    for name, mark in marks.items():
        lecture, picture = mark["figure"].split(".")
        live = getattr(importlib.import_module(f"pgcourse.demos.{lecture}"), picture)()
        assert live.panel.figure["name"] == mark["figure"], name
        assert mark["axes"] < len(live.axes), name
        assert mark["figure"] in _figures(lecture), name


def _figures(lecture):
    cells = nbformat.read(notebooks()[lecture], 4).cells
    return re.findall(r"pg\.demos\.(\w+\.\w+)\(\)", "\n".join(cell.source for cell in cells))


@pytest.mark.slow
def test_the_right_guess_is_marked_inside_of_the_picture():
    for name, one in ALL.items():
        data = one.data()
        if not (mark := data.get("mark")):
            continue
        lecture, picture = mark["figure"].split(".")
        ax = getattr(importlib.import_module(f"pgcourse.demos.{lecture}"), picture)().axes[mark["axes"]]
        if one.kind == "number":
            place = {mark["along"]: mark["per"] * data["right"]}
        elif one.kind == "point":
            place = dict(zip("xy", data["right"], strict=True))
        else:
            place = mark["places"][data["right"]]
            assert len(mark["places"]) == len(data["options"]), name
        for coordinate, value in place.items():
            low, high = sorted(ax.get_xlim() if coordinate == "x" else ax.get_ylim())
            assert low <= value <= high, name


def test_a_question_holds_nothing_of_a_reader():
    """What the front end is told is the same for all, and it has nowhere to write a guess to."""
    asking = some_number()
    assert isinstance(asking, Question)
    assert set(asking.keys) - {"_esm", "_css", "_anywidget_id"} <= set(Question().keys) | {"asked"}
    assert asking.asked == some_number.asked()
    assert "-2.5" not in str(asking.asked)


def test_the_projector_covers_nothing(monkeypatch):
    assert some_number.asked()["blocks"]
    monkeypatch.setenv("PGCOURSE_SIZE", "lecture")
    assert not some_number.asked()["blocks"]
