"""The catalogue of every problem set, in plain Python: right solutions pass, known mistakes fail and are named.

The same is done through the real `nbgrader autograde` in test_kill_matrix.py; this is the quick half.
"""

import itertools
import json
import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest

from pgcourse import homework
from pgcourse.homework import visible as encoding
from pgcourse.homework.compare import Part, call_text, equal, outputs_of, shown
from pgcourse.homework.task import verdict_on
from tests.support.course import PROBLEM_SETS, SOLUTIONS, catalogue_of, names_for, tasks_of
from tests.support.notebooks import execute

ALL = [pytest.param(task, id=f"{name}.{task.name}") for name in PROBLEM_SETS for task in tasks_of(name)]
MISTAKES = [
    pytest.param(*param.values, known, id=f"{param.id}: {known.name}")
    for param in ALL
    for known in param.values[0].mistakes
]
RIGHTS = [
    pytest.param(*param.values, known, id=f"{param.id}: {known.name}")
    for param in ALL
    for known in param.values[0].rights
]


def answer(task, source):
    """Run a student's source in a namespace of its own; return the function or number it defines."""
    namespace = names_for(task)
    exec(source, namespace)
    defined = namespace[task.name]
    return defined() if task.is_number else defined


JUDGED = {}


def judged(task, known):
    """Return a known answer's verdicts, on the visible and on all inputs; worked out once for all tests."""
    if id(known) not in JUDGED:
        given = answer(task, known.source(task.name))
        JUDGED[id(known)] = task.visible_verdict(given), task.hidden_verdict(given)
    return JUDGED[id(known)]


@pytest.mark.slow
@pytest.mark.parametrize("task", ALL)
def test_the_reference_is_right(task):
    given = answer(task, task.reference_source())
    assert task.visible_verdict(given).correct
    assert task.hidden_verdict(given).correct


@pytest.mark.parametrize("task", ALL)
def test_there_are_three_right_solutions_and_some_mistakes(task):
    sources = {known.source(task.name) for known in task.rights} | {task.reference_source()}
    assert len(sources) >= 3
    assert len(task.mistakes) >= 3
    for known in task.mistakes:
        assert known.sentence[-1] == "."
        assert known.sentence[0].isupper()


@pytest.mark.slow
@pytest.mark.parametrize(("task", "known"), RIGHTS)
def test_right_solutions_pass(task, known):
    for verdict in judged(task, known):
        assert verdict.correct, verdict


@pytest.mark.slow
@pytest.mark.parametrize(("task", "known"), MISTAKES)
def test_mistakes_fail_and_the_message_helps(task, known):
    visible, hidden = judged(task, known)
    assert not hidden.correct
    assert hidden.kind in ("wrong", "shape", "error")
    assert task.name in hidden.message
    # One of the two verdicts names the mistake, unless the type alone already tells.
    named = any(known.sentence in verdict.message for verdict in (visible, hidden))
    assert named or hidden.kind != "wrong" or "in place" in hidden.message, (visible, hidden)
    assert hidden.share * task.points == known.points


@pytest.mark.slow
@pytest.mark.parametrize(("task", "known"), [param for param in MISTAKES if not param.values[0].judge])
def test_messages_do_not_show_the_answer(task, known):
    inputs = [*task.visible, *task.hidden]
    _, verdict = judged(task, known)
    for arguments in inputs:
        (wanted,) = outputs_of(task.truth, [arguments])
        text = verdict.message.replace(call_text(task.name, arguments), "").replace(task.name, "")
        for sentence in [other.sentence for other in task.mistakes]:
            text = text.replace(sentence, "")
        assert f"should be {shown(wanted)}" not in text
        assert "expected" not in text


@pytest.mark.parametrize("task", [param for param in ALL if not param.values[0].judge])
def test_mistakes_differ(task):
    data = task.data([*task.visible, *task.hidden])
    for (_, one), (_, other) in itertools.combinations(data["mistakes"], 2):
        assert any(a is None or b is None or not equal(a, b, task.tolerance) for a, b in zip(one, other, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("task", ALL)
def test_unfinished_work_is_told_so(task):
    def stub(*arguments):
        raise NotImplementedError("not written yet")

    for unfinished in (None, ..., stub):
        if task.is_number and unfinished is stub:
            continue
        for verdict in (task.visible_verdict(unfinished), task.hidden_verdict(unfinished)):
            assert verdict.kind == "unanswered"


@pytest.mark.slow
@pytest.mark.parametrize("task", ALL)
def test_rubbish_fails_and_never_stops_the_check(task):
    class Liar:
        def __eq__(self, other):
            return True

        def __array__(self, dtype=None, copy=None):
            return np.array(np.nan)

    def crash(*arguments):
        raise RuntimeError("no")

    rubbish = [float("nan"), np.nan, "text", [], {}, object(), np.array([1, "a"], dtype=object), Liar(), 1e300]
    functions = rubbish if task.is_number else [*(lambda *a, r=r: r for r in rubbish), crash, lambda: 1]
    for function in functions:
        assert not task.hidden_verdict(function).share
        assert not task.visible_verdict(function).share


@pytest.mark.slow
@pytest.mark.parametrize("task", [param for param in ALL if not param.values[0].is_number])
def test_shadowed_names_and_printing_cost_nothing(task, capsys):
    namespace = names_for(task)
    exec(f"{task.reference_source()}\nreference = {task.name}", namespace)
    exec(f"def {task.name}(*arguments):\n    print('x' * 100_000)\n    return reference(*arguments)", namespace)
    namespace |= {"np": None, "sum": 3, "len": None}
    assert task.hidden_verdict(namespace[task.name]).correct
    assert (namespace["np"], namespace["sum"], namespace["len"]) == (None, 3, None)
    assert capsys.readouterr().out == ""


@pytest.mark.slow
@pytest.mark.parametrize("task", ALL)
def test_the_worked_example_is_the_same_for_students(task):
    name = next(name for name in PROBLEM_SETS if task in tasks_of(name))
    written = encoding.load(name, task.name)
    for known in [*task.mistakes, *task.rights]:
        visible, _ = judged(task, known)
        assert repr(verdict_on(task.name, answer(task, known.source(task.name)), written)) == repr(visible)


@pytest.mark.slow
def test_visible_checks_are_written_down_as_they_are():
    assert encoding.same(encoding.FILE.read_text(encoding="utf-8"), encoding.text(SOLUTIONS)), "run: pgcourse visible"


OTHER_PROCESSOR = {
    "OPENBLAS_CORETYPE": "Prescott",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3",
}  # both are settings of NumPy


def test_visible_checks_are_the_same_on_another_processor():
    code = "import pathlib, sys; from pgcourse.homework import visible; print(visible.text(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(SOLUTIONS)]
    text = subprocess.run(command, env=os.environ | OTHER_PROCESSOR, capture_output=True, text=True, check=True).stdout
    assert encoding.same(encoding.FILE.read_text(encoding="utf-8"), text)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (0.44, 0.4400000000000004, True),
        (0.44, 0.4401, False),
        (np.array([1.0, np.nan, np.inf]), np.array([1 + 1e-15, np.nan, np.inf]), True),
        (np.array([1.0, 2.0]), np.array([1.0]), False),
        (np.array([1.0]), np.array([1.0], dtype=np.float32), False),
        (np.array([1]), np.array([1.0]), False),
        (1, 1.0, False),
        ({"theta": 1}, {"beta": 1}, False),
        ("a", "b", False),
    ],
)
def test_what_is_written_down_is_compared_but_for_rounding(one, other, expected):
    assert encoding.same(*(json.dumps(encoding.encode(value)) for value in (one, other))) == expected
    assert not encoding.same("{", "{}")


@pytest.mark.parametrize("task", ALL)
def test_a_statistical_check_states_its_false_alarm_rate(task):
    assert 0 <= task.false_alarm <= 1e-6
    assert task.why


def test_check_raises_one_sentence_and_prints_on_success(capsys):
    homework.check("ps4_left_right", "sample_left", 25.0)
    assert "✓ sample_left passes its check here" in capsys.readouterr().out
    with pytest.raises(AssertionError, match="sample_left is -25, which is not right"):
        homework.check("ps4_left_right", "sample_left", -25.0, hidden=True)
    for hidden in (False, True):
        with pytest.raises(ValueError, match=r"no check for|has no task"):
            homework.check("ps4_left_right", "sample_middle", 1.0, hidden)


def test_check_gives_a_share_of_the_points_for_what_is_right_in_part(capsys):
    name = "trajectories_needed"
    task = next(task for task in tasks_of("ps1_monte_carlo_utility") if task.name == name)
    (known,) = [known for known in task.mistakes if known.name == "nine times in ten"]
    for hidden in (False, True):
        assert homework.check("ps1_monte_carlo_utility", name, known.function, hidden) == 2
        assert capsys.readouterr().out == f"◐ 50% of the points. {task.visible_verdict(known.function).message}\n"
    assert homework.check("ps1_monte_carlo_utility", name, task.truth, hidden=True) is None


def test_of_several_inputs_the_smallest_share_counts():
    data = {"inputs": [(1.0,), (0.5,), (0.75,)], "judge": lambda call, arguments: Part(f"{arguments[0]}", arguments[0])}
    verdict = verdict_on("f", abs, data | {"mistakes": [], "package": [], "reread": "it"})
    assert (verdict.share, verdict.message) == (0.5, "f: 0.5 Reread it.")


def test_a_wrong_shape_is_told_the_mistake_it_is_and_a_right_value_in_a_wrong_form_is_not():
    task = catalogue_of("ps1_monte_carlo_utility").discounted_return
    (known,) = [known for known in task.mistakes if known.name == "one entry per step"]
    assert known.sentence in task.visible_verdict(known.function).message
    for other in (lambda *_: np.arange(3.0), lambda *arguments: str(task.truth(*arguments))):
        verdict = task.visible_verdict(other)
        assert verdict.kind == "shape"
        assert not any(known.sentence in verdict.message for known in task.mistakes)


@pytest.mark.slow
def test_a_notebook_shows_the_sentence_and_no_traceback():
    code = """
from pgcourse.homework import check
check("ps4_left_right", "sample_left", -25.0)
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    execute(notebook, allow_errors=True)
    (output,) = notebook.cells[0].outputs
    assert output.ename == "WrongAnswer"
    assert output.traceback == [f"WrongAnswer: {output.evalue}"]
    assert "sample_left is -25, which is not right" in output.evalue


def student(source, name):
    """Return a student's function that counts its calls in the list `calls` of its namespace."""
    namespace = {"np": np, "calls": []}
    exec(source, namespace)
    return namespace[name]


def passes(name, answer, hidden):
    """Say whether a check of ps5_reward_to_go passes."""
    try:
        homework.check("ps5_reward_to_go", name, answer, hidden)
    except AssertionError:
        return False
    return True


def test_a_judge_sees_an_input_once_and_every_input_when_the_answer_is_another():
    source = "def causality_loses():\n    calls.append(0)\n    return np.ones(2), -np.ones(2)"
    one, other = (student(source, "causality_loses") for _ in range(2))
    for answer, hidden, so_far in [(one, False, 1), (one, True, 1), (one, True, 2), (one, False, 3)]:
        assert passes("causality_loses", answer, hidden)
        assert len(one.__globals__["calls"]) == so_far
    assert passes("causality_loses", other, hidden=True)
    assert len(other.__globals__["calls"]) == 1


def test_encoding_round_trip():
    values = [1, 0.1, float("inf"), True, None, "text", (1, 2.5), [(), (3,)], {"a": (1,)}, np.arange(6.0).reshape(2, 3)]
    for value in values:
        back = encoding.decode(encoding.encode(value))
        assert type(back) is type(value)
        np.testing.assert_equal(back, value)
    generator = encoding.decode(encoding.encode(encoding.Rng(5)))
    assert generator.fresh().random() == np.random.default_rng(5).random()
    with pytest.raises(ValueError, match=r"name the function in pgcourse\.homework\.public"):
        encoding.encode(lambda: 0)
