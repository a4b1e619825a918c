"""The notebook run again with a check's functions in place of the student's, and what that costs or gives nobody."""

import pytest

from pgcourse.grading.batch.source import InstructorVersion, read_private
from tests.grading.test_split import Graded, check, endless, made, preprocessor
from tests.support.course import ROOT

pytestmark = pytest.mark.slow

KINDS = {
    "by its name": "def two(): return one() + 1",
    "an alias": "uno = one\ndef two(): return uno() + 1",
    "a default": "def two(f=one): return f() + 1",
    "a partial": "two = functools.partial(lambda f, more: f() + more, one, more=1)",
    "a cache": "@functools.cache\ndef two(): return one() + 1\ntwo()",
    "a cache of the earlier": "saved = functools.cache(one)\nsaved()\ndef two(): return saved() + 1",
    "an object": "class Two:\n def __init__(self): self.f = one\n def __call__(self): return self.f() + 1\ntwo = Two()",
    "a class": "class Two:\n    f = staticmethod(one)\n    def __call__(self): return self.f() + 1\ntwo = Two()",
    "a closure": "def make(f):\n    def two(): return f() + 1\n    return two\ntwo = make(one)",
    "an import": "def two():\n    from __main__ import one\n    return one() + 1",
    "its namespace": "def two(): return globals()['one']() + 1",
    "a table": "table = {'one': one}\ndef two(): return table['one']() + 1",
    "a value": "value = one()\ndef two(): return value + 1",
    "a number": "number = one() + 1\ndef two(): return number",
    "a magic": "%%time\nuno = one\ndef two(f=uno): return f() + 1",
    "a block": "if True:\n    uno = one\n    def two(): return uno() + 1",
    "its own again": "def one(): return -1\nuno = one\ndef two(): return uno() + 1",
    "after an error": "def two(f=one): return f() + 1\nraise ValueError",
}
"""How a later task's cell may use `one` of an earlier cell, to add 1 to it."""
EARLIER = {
    "a function": "def one(): return -1",
    "with an alias in its cell": "def one(): return -1\neins = one",
    "cached": "@functools.cache\ndef one(): return -1\none()",
    "an object": "class One:\n    def __call__(self): return -1\none = One()",
    "unwritten": "def one(): raise NotImplementedError",
    "not Python": "def one() return -1",
    "stopped before": "raise ValueError\ndef one(): return -1",
}
"""Cells that get `one` wrong."""
AGAIN = """
from pgcourse.grading.checks.replay import replayed
with replayed({"one": lambda: 1}) as value:
    assert value("two")() == 2
"""


ONE = check("assert one() == -1")


def graded_by(cells, folder=ROOT, **settings):
    """Run cells in a folder as the course's settings do, with its catalogues; return Graded."""
    notebook, version = made(cells)
    version = InstructorVersion(version.checks, private_files=read_private(ROOT, ["solutions/ps*.py"]))
    settings = {"checker_preload": ["pgcourse.homework.preload"]} | settings
    return Graded(preprocessor(**settings).run(notebook, {"metadata": {"path": str(folder)}}, version)[0])


def errors_of(pairs):
    """Return what the checks say of these pairs of an earlier and a later cell, all in one notebook."""
    cells = ["import functools"]
    for earlier, later in pairs:
        cells += [earlier, later, check(AGAIN), "del two"]
    return graded_by(cells).errors


def test_a_later_task_finds_the_given_function_whatever_it_makes_of_it():
    found = errors_of([(EARLIER["a function"], later) for later in KINDS.values()])
    assert dict(zip(KINDS, found, strict=True)) == {kind: [] for kind in KINDS}


def test_a_later_task_finds_the_given_function_whatever_stands_in_the_earlier_cell():
    found = errors_of([(earlier, KINDS["a default"]) for earlier in EARLIER.values()])
    assert dict(zip(EARLIER, found, strict=True)) == {kind: [] for kind in EARLIER}


def test_an_alias_in_the_earlier_cell_is_the_given_function_too():
    cells = ["eins = one = lambda: -1", "def two(): return eins() + 1\nnothing = other = None", check(AGAIN)]
    given = AGAIN.replace("1}", "1, 'nothing': 3}") + "    assert value('other') is None\n"
    assert graded_by([*cells, check(given)]).errors == [[], []]


def test_a_given_number_stands_in_for_the_number_and_not_for_a_function_that_works_it_out():
    number = AGAIN.replace("lambda: 1", "1").replace('("two")()', '("two")')
    assert graded_by(["def one(): return -1\none = one()\ntwo = one + 1", check(number)]).errors == [[]]


def checked(problem_set, name):
    """Make the check cell of a task."""
    call = f'check("{problem_set}", "{name}", {name}'
    return check(f"from pgcourse.homework import check\n{call})\n{call}, hidden=True)")


LEFT_RIGHT = {
    "clamp_policy": "def clamp_policy(theta): return np.clip([1 - theta, theta], 0.0, 1.0)",
    "clamp_score": """
def clamp_score(theta, action, policy=clamp_policy):
    inside = 0 < theta < 1
    return (1, -1)[action] / policy(theta)[action] if inside else 0.0
""",
    "gradient_sample": "def gradient_sample(theta, action, left, right): raise NotImplementedError",
    "sample_left": "sample_left = gradient_sample(0.2, 0, 5.0, 10.0)",
    "sample_right": "sample_right = functools.partial(gradient_sample, 0.2)(1, 5.0, 10.0)",
    "gradient_variance": """
policy, sample = functools.cache(clamp_policy), gradient_sample
def gradient_variance(theta, left, right, baseline=0.0):
    samples = np.array([sample(theta, a, left - baseline, right - baseline) for a in (0, 1)])
    return policy(theta) @ samples**2 - (policy(theta) @ samples) ** 2
""",
}
"""Answers to problem set 4, of which the first and the third are wrong and the others lean on them."""
BASELINES = {
    "subtract_baseline": "rewards_to_go = None\ndef subtract_baseline(*_): return 0",
    "left_right_variance": "def left_right_variance(theta, left, right, baseline): return baseline",
    "best_left_right_baseline": """
variance = left_right_variance
def best_left_right_baseline(theta, left, right):
    square, slope, _ = np.polyfit([-1, 0, 1], [variance(theta, left, right, b) for b in (-1, 0, 1)], 2)
    return -slope / (2 * square)
""",
}
"""Answers to problem set 6: the first two are wrong, and the third leans on the second."""


@pytest.mark.parametrize(
    ("problem_set", "answers", "wrong"),
    [
        ("ps4_left_right", LEFT_RIGHT, ("clamp_policy", "gradient_sample")),
        ("ps6_baselines", BASELINES, ("subtract_baseline", "left_right_variance")),
    ],
)
def test_a_mistake_in_one_task_costs_nothing_in_the_next(problem_set, answers, wrong):
    cells = ["import functools\nimport numpy as np"]
    for name, source in answers.items():
        cells += [source, checked(problem_set, name)]
    graded = graded_by(cells)
    assert dict(zip(answers, graded.points, strict=True)) == {name: int(name not in wrong) for name in answers}


def test_a_mistake_of_its_own_is_said_beside_what_stood_in():
    own = "def clamp_score(theta, action): return float(clamp_policy(theta)[0])"
    cells = ["import numpy as np", LEFT_RIGHT["clamp_policy"], checked("ps4_left_right", "clamp_policy"), own]
    first, second = graded_by([*cells, checked("ps4_left_right", "clamp_score")]).errors
    assert "stood in" not in first[0]
    assert second[0].endswith("Right answers stood in for your clamp_policy here.")


COLLECTING = """
seen = {}
def gradient_sample(theta, action, *rewards):
    seen[theta, action] = clamp_score(theta, action)
    return 0.0
"""
"""Keeps what it can of the right scores, for `clamp_score` to look up."""


def test_what_is_lent_is_no_oracle_in_whatever_order_the_checks_stand():
    cells = ["import numpy as np", "def clamp_policy(theta): return 0", COLLECTING]
    cells += ["def clamp_score(*call): return seen.get(call, 0.0)", checked("ps4_left_right", "gradient_sample")]
    graded = graded_by([*cells, "seen", checked("ps4_left_right", "clamp_score")])
    assert graded.points == [0, 0]
    assert set(eval(graded.text(5)).values()) == {0.0}  # its own are there, and none of those that were lent
    assert "the check of a later task was run before" in graded.errors[1][0]


def test_a_copy_that_ends_or_never_ends_costs_nobody_anything():
    again = "'one' in globals() and 'mine' not in globals()"  # what is given is there before the first cell
    once = f"import os, time\nif {again}: os._exit(3)\nmine = 0\ndef one(): return -1"
    lost = (
        'from pgcourse.grading.checks.replay import replayed\nwith replayed({"one": lambda: 1}) as value: value("one")'
    )
    endless_copy = once.replace("if", "while").replace("os._exit(3)", "time.sleep(0.1)")
    graded = [graded_by([once, check(lost), ONE]), graded_by([endless_copy, endless(check(lost)), ONE])]
    assert [each.points for each in graded] == [[0, 1], [0, 1]]
    assert "could not be run again" in graded[0].errors[0][0]
    assert "took longer" in graded[1].errors[0][0]


@pytest.mark.sandbox
def test_it_runs_again_in_the_sandbox(tmp_path):
    cells = ["import functools", EARLIER["a function"], KINDS["a closure"], check(AGAIN)]
    assert graded_by(cells, tmp_path, sandbox=True).errors == [[]]


def test_the_courses_own_solution_earns_nothing_and_its_use_elsewhere_costs_nothing():
    answers = {
        "reward_to_go": "import pgcourse as pg\ndef reward_to_go(r, g): return pg.gradients.rewards_to_go(r, g)",
        "reward_to_go_gradient": """
pg.gradients.rewards_to_go(np.ones((1, 2)), 0.5)
def reward_to_go_gradient(scores, rewards, discount):
    weights = discount ** np.arange(rewards.shape[1]) * pg.gradients.rewards_to_go(rewards, discount)
    return (scores * weights[:, :, None]).sum(axis=1)
""",
    }
    cells = ["import numpy as np"]
    for name, source in answers.items():
        cells += [source, checked("ps5_reward_to_go", name)]
    graded = graded_by(cells)
    assert graded.points == [0, 1], graded.errors
    assert "calls pgcourse.gradients.estimators.rewards_to_go, the course's own solution" in graded.errors[0][0]
