"""What one task consists of, and how it judges an answer.

    @task(points=2, visible=[(rewards, 0.5)], hidden=[...], reread="the definition of reward-to-go")
    def reward_to_go(rewards, discount):
        '''The reference: what is right.'''

    @reward_to_go.mistake("This is what you get when the discount is counted from the end.")
    def discount_from_the_end(rewards, discount): ...

    @reward_to_go.right
    def one_matrix_product(rewards, discount): ...

The functions of a catalogue use numpy as `np` and nothing else, because tests write their source into notebooks and
grade these for real. A task whose right output is not unique has a judge instead of a comparison: a function
judge(call, arguments) that returns an empty string, the name of a mistake, or a sentence. A judge that returns a `Part`
gives a share of the points; of several inputs the smallest share counts.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pgcourse.homework.compare import (
    TOLERANCE,
    Arguments,
    Form,
    Function,
    Inputs,
    Verdict,
    compare,
    outputs_of,
    outputs_of_mistake,
    run,
)

Judge: TypeAlias = Callable[[Function, Arguments], str]


class Stop(Exception):
    """Ends a judge early: the call went wrong, and the verdict says how."""

    def __init__(self, verdict: Verdict):
        super().__init__(verdict.message)
        self.verdict = verdict


@dataclass(frozen=True)
class Call:
    """What a judge calls: a student's function, in isolation; a call that gives no output ends the judge.

    Attributes
    ----------
    name, function
        The student's function, and what the student calls it.
    strict, refused
        As for `run`.
    """

    name: str
    function: Function
    strict: bool
    refused: Sequence[str]

    def __call__(self, *arguments: Any) -> Any:
        """Return the function's output."""
        return self._output(arguments, None)

    def several(self, times: int, *arguments: Any) -> list[Any]:
        """Return the outputs of several calls in a row, which together take less time in a sandbox."""
        first = self(*arguments)  # a call that gives no output, or changes its arguments, ends the judge here
        return [first, *self._output(arguments, times - 1)]

    def _output(self, arguments: Arguments, times: int | None) -> Any:
        output, problem = run(self.name, self.function, arguments, self.strict, self.refused, times)
        if problem:
            raise Stop(problem)
        return output


@dataclass(frozen=True)
class KnownAnswer:
    """A known mistake, or another right solution.

    Attributes
    ----------
    name
        Of the function, in words.
    sentence
        What the mistake is, as the student is told; empty for a right solution.
    function
        What gives this answer.
    points
        Those that the grader gives for a mistake all the same.
    """

    name: str
    sentence: str
    function: Function
    points: float = 0

    def source(self, name: str) -> str:
        """Return the function's source as a student would have it, under the task's name."""
        return transplanted(self.function, name)


@dataclass
class Task:
    """One task; made by the decorator `task`, with the reference as `truth`.

    Attributes
    ----------
    truth
        The right function of the inputs; without inputs, the right number or array is what it returns.
    reread
        Where a student should look again.
    visible
        Argument tuples tried beside the task; the worked example is the first. One empty tuple where the answer is a
        number or an array.
    points
        Of the task in its problem set.
    hidden
        Argument tuples that the grader tries as well.
    tolerance
        Relative and absolute; `why` says why it is what it is.
    judge
        What judges the answer where the right one is not unique; it must be importable in a student's copy.
    package
        Functions of the package that solve this very task, as "module:name": an answer that calls one earns nothing.
    false_alarm
        Stated rate at which a right answer is rejected by chance, at most 1e-6.
    mistakes, rights
        Known mistakes, and other right solutions.
    """

    truth: Function
    reread: str
    visible: list[Arguments]
    points: float = 0
    hidden: list[Arguments] = field(default_factory=list)
    tolerance: float = TOLERANCE
    why: str = "both sides are the same few operations in 64 bits"
    judge: Judge | None = None
    package: tuple[str, ...] = ()
    false_alarm: float = 0.0
    mistakes: list[KnownAnswer] = field(default_factory=list)
    rights: list[KnownAnswer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mistakes = list(self.mistakes)  # a copy: the list may be another task's, which must not get ours

    @property
    def name(self) -> str:
        """The name of the student's function or number."""
        return self.truth.__name__

    @property
    def lent(self) -> Any:
        """What stands in for the student's own where a later task is judged: the right function, or number."""
        return self.truth() if self.is_number else self.truth

    @property
    def is_number(self) -> bool:
        """Whether the student gives a number or an array, not a function."""
        return self.visible == [()]

    def __call__(self, *arguments: Any) -> Any:
        """Call the reference: in a catalogue, the name of an earlier task stands for its right function."""
        return self.truth(*arguments)

    def mistake(self, sentence: str, points: float = 0) -> Callable[[Function], Function]:
        """Decorate a function that makes a known mistake, with what the student is told and the points it earns."""

        def add(function: Function) -> Function:
            self.mistakes.append(KnownAnswer(function.__name__.replace("_", " "), sentence, function, points))
            return function

        return add

    def right(self, function: Function) -> Function:
        """Decorate another right solution."""
        self.rights.append(KnownAnswer(function.__name__.replace("_", " "), "", function))
        return function

    def reference_source(self) -> str:
        """Return the reference's source as a student would have it."""
        return transplanted(self.truth, self.name)

    def visible_verdict(self, answer: Any) -> Verdict:
        """Judge an answer on the visible inputs, as a student's copy of the course does."""
        return verdict_on(self.name, answer, self.visible_data())

    def hidden_verdict(self, answer: Any, tried: bool = False) -> Verdict:
        """Judge an answer on all inputs.

        Parameters
        ----------
        answer
            A function of the inputs, or a number.
        tried
            Whether the answer has just passed the visible inputs: a judge need not see them again.
        """
        inputs = self.hidden if tried and self.judge else [*self.visible, *self.hidden]
        return verdict_on(self.name, answer, self.data(inputs))

    def visible_data(self) -> dict[str, Any]:
        """Return what a visible check needs; `pgcourse visible` writes it for students."""
        return self.data(self.visible)

    def data(self, inputs: Inputs) -> dict[str, Any]:
        """Return what is needed to judge an answer on these inputs, as `verdict_on` takes it."""
        data = {"inputs": inputs, "reread": self.reread, "tolerance": self.tolerance, "judge": self.judge}
        data |= {"package": list(self.package), "points": self.points}
        if self.judge:
            return data | {"wanted": [], "mistakes": [(known.sentence, known.name) for known in self.mistakes]}
        mistakes = [(known.sentence, outputs_of_mistake(known.function, inputs)) for known in self.mistakes]
        return data | {"wanted": outputs_of(self.truth, inputs), "mistakes": mistakes}


def task(**settings: Any) -> Callable[[Function], Task]:
    """Make a Task of the decorated reference solution; takes the fields of Task."""
    return lambda reference: Task(reference, **settings)


def verdict_on(name: str, answer: Any, data: Mapping[str, Any], strict: bool = True) -> Verdict:
    """Judge an answer.

    Parameters
    ----------
    name
        What the student calls it.
    answer
        A function of the inputs, or a number or array.
    data
        What is tried and what is right: what `Task.data` returns.
    strict
        As for `compare`.
    """
    if not data["judge"]:
        return compare(
            *(name, answer, data["inputs"], data["wanted"], data["mistakes"], data["reread"], data["tolerance"]),
            strict=strict,
            refused=data["package"],
        )
    if answer is None or answer is ... or not callable(answer):
        return compare(name, answer, [("",)], [0], [])

    call = Call(name, answer, strict, data["package"])
    sentences = {mistake: sentence for sentence, mistake in data["mistakes"]}
    found = Verdict("correct", f"{name} is correct.", 1.0)
    for arguments in data["inputs"]:
        try:
            problem = data["judge"](call, arguments)
        except Stop as stop:
            return stop.verdict
        if problem:
            pointer = "" if isinstance(problem, Form) else f" Reread {data['reread']}."
            share = getattr(problem, "share", 0.0)
            if share < found.share:
                found = Verdict("wrong", f"{name}: {sentences.get(problem, problem)}{pointer}", share)
            if not share:
                break
    return found


def transplanted(function: Function, name: str) -> str:
    """Return the source of a catalogue's function without its decorators, under another name."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list, definition.name = [], name
    return ast.unparse(definition)
