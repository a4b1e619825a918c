"""An answer that calls the course's own solution of its task is named and earns nothing; its neighbours are not."""

import functools
import importlib
import inspect

import numpy as np
import pytest

from pgcourse import gradients, homework
from pgcourse.gradients import estimators
from pgcourse.gradients.estimators import rewards_to_go
from pgcourse.grading.checks.quiet import named
from tests.support.course import PROBLEM_SETS, names_for, tasks_of

SOLVED = [
    pytest.param(task, name, id=f"{task.name}: {name.partition(':')[2]}")
    for problem_set in PROBLEM_SETS
    for task in tasks_of(problem_set)
    for name in task.package
]
REWARD_TO_GO = next(task for task in tasks_of("ps5_reward_to_go") if task.name == "reward_to_go")


@pytest.mark.parametrize(("task", "name"), SOLVED)
def test_the_packages_solution_of_a_task_is_named_and_earns_nothing(task, name):
    function = named(name)
    assert inspect.isfunction(function)

    def answer(*arguments):
        return function(*arguments)

    for verdict in (task.visible_verdict(answer), task.hidden_verdict(answer)):
        assert verdict.kind == "wrong"
        assert f"{task.name} calls {name.replace(':', '.')}, the course's own solution" in verdict.message


def by_its_front_door(rewards, discount):
    return gradients.rewards_to_go(rewards, discount)


def imported_inside(rewards, discount):
    from pgcourse.gradients.estimators import rewards_to_go as of

    return of(rewards, discount)


def found_by_name(rewards, discount):
    return getattr(importlib.import_module("pgcourse.gradients.estimators"), "rewards" + "_to_go")(rewards, discount)


def a_default(rewards, discount, of=rewards_to_go):
    return of(rewards, discount) + 0.0


def spoilt_and_mended(rewards, discount):
    return -rewards_to_go(-rewards, discount)


def by_what_calls_it(rewards, discount):
    return estimators.__dict__["rewards_to_go"](rewards, discount)


WAYS = [
    *(by_its_front_door, imported_inside, found_by_name, a_default, spoilt_and_mended, by_what_calls_it, rewards_to_go),
    functools.partial(rewards_to_go),
    functools.wraps(rewards_to_go)(lambda *call: rewards_to_go(*call)),
]


@pytest.mark.parametrize("answer", WAYS, ids=lambda answer: getattr(answer, "__name__", type(answer).__name__))
def test_it_is_named_in_whatever_way_it_is_called(answer):
    assert "the course's own solution of this task: write yours." in REWARD_TO_GO.hidden_verdict(answer).message


RIGHT = REWARD_TO_GO.truth


def with_a_fall_back(rewards, discount):
    try:
        return rewards_to_go(rewards, discount)
    except Exception:
        return RIGHT(rewards, discount)


def with_other_functions_of_the_package(rewards, discount):
    assert gradients.SoftmaxPolicy(1, 2).probabilities(np.zeros(2)).sum() == 1
    return RIGHT(rewards, discount)


def that_only_names_it(rewards, discount):
    """The same as pgcourse.gradients.rewards_to_go(rewards, discount)."""
    wanted = rewards_to_go  # compare with rewards_to_go(rewards, discount)
    return RIGHT(rewards, discount) if wanted else None


def of_the_same_name():
    def rewards_to_go(rewards, discount):
        return RIGHT(rewards, discount)

    return rewards_to_go


NEIGHBOURS = [with_a_fall_back, with_other_functions_of_the_package, that_only_names_it, of_the_same_name()]


@pytest.mark.parametrize("answer", NEIGHBOURS, ids=lambda answer: answer.__name__)
def test_an_answer_that_does_not_need_it_is_not_accused(answer):
    before = rewards_to_go(np.ones((1, 3)), 0.5)
    verdict = REWARD_TO_GO.hidden_verdict(answer)
    assert verdict.correct, verdict
    assert (rewards_to_go(np.ones((1, 3)), 0.5) == before).all()  # it works again between calls


def test_what_an_earlier_tasks_solution_is_may_be_called_in_a_later_one():
    task = next(task for task in tasks_of("ps6_baselines") if task.name == "subtract_baseline")
    assert "pgcourse.gradients.estimators:rewards_to_go" not in task.package
    space = names_for(task) | {"rewards_to_go": rewards_to_go}
    exec(task.reference_source(), space)
    assert task.hidden_verdict(space[task.name]).correct


def test_a_students_check_says_it_too():
    with pytest.raises(homework.WrongAnswer, match="rewards_to_go, the course's own solution"):
        homework.check("ps5_reward_to_go", "reward_to_go", by_its_front_door)
