"""What one graded task consists of, and how it judges an answer.

    @task(points=2, visible=[(rewards, 0.5)], hidden=[...], reread="the definition of reward-to-go")
    def reward_to_go(rewards, discount):
        '''The reference: what is right.'''

    @reward_to_go.mistake("This is what you get when the discount is counted from the end.")
    def discount_from_the_end(rewards, discount): ...

    @reward_to_go.right
    def one_matrix_product(rewards, discount): ...

The functions of a catalogue use numpy as `np` and nothing else, because tests write their source into notebooks and
grade these for real. A task whose right output is not unique has a judge instead of a comparison: a function
judge(call, arguments) that returns an empty string, the name of a mistake, or a sentence.
"""

import ast
import inspect
import textwrap
from dataclasses import dataclass, field

from pgcourse.homework.compare import TOLERANCE, Verdict, compare, outputs_of, run


class Stop(Exception):
    """Ends a judge early: the call went wrong, and the verdict says how."""

    def __init__(self, verdict):
        super().__init__(verdict.message)
        self.verdict = verdict


@dataclass(frozen=True)
class Known:
    """Hold a known mistake, or with an empty sentence another right solution: its name and the function."""

    name: str
    sentence: str
    function: object

    def source(self, name):
        """Return the function's source as a student would have it, under the task's name."""
        return transplanted(self.function, name)


@dataclass
class Task:
    """Hold one graded task; made by the decorator `task`, with the reference as `truth`.

    points       of the task in its problem set
    visible      list of argument tuples tried beside the task; the worked example is the first
    hidden       list of argument tuples that the grader tries as well
    reread       where a student should look again
    tolerance    relative and absolute; `why` says why it is what it is
    given        dict of right functions of earlier tasks, put in place of the student's own when the grader runs
    judge        None, or a function of (call, arguments); it must be importable in a student's copy
    false_alarm  stated rate at which a right answer is rejected by chance, at most 1e-6
    """

    truth: object
    points: float
    visible: list
    hidden: list
    reread: str
    tolerance: float = TOLERANCE
    why: str = "both sides are the same few operations in 64 bits"
    given: dict = field(default_factory=dict)
    judge: object = None
    false_alarm: float = 0.0
    mistakes: list = field(default_factory=list)
    rights: list = field(default_factory=list)

    @property
    def name(self):
        """The name of the student's function or number."""
        return self.truth.__name__

    @property
    def is_number(self):
        """Whether the student gives a number, not a function."""
        return self.visible == [()]

    def __call__(self, *arguments):
        """Call the reference: in a catalogue, the name of an earlier task stands for its right function."""
        return self.truth(*arguments)

    def mistake(self, sentence):
        """Decorate a function that makes a known mistake; the sentence tells the student what it means."""

        def add(function):
            self.mistakes.append(Known(function.__name__.replace("_", " "), sentence, function))
            return function

        return add

    def right(self, function):
        """Decorate another right solution."""
        self.rights.append(Known(function.__name__.replace("_", " "), "", function))
        return function

    def reference_source(self):
        """Return the reference's source as a student would have it."""
        return transplanted(self.truth, self.name)

    def visible_verdict(self, answer):
        """Judge an answer on the visible inputs, as a student's copy of the course does."""
        return Visible(self.name, self.visible_data()).verdict(answer)

    def hidden_verdict(self, answer, given=None, tried=False):
        """Judge an answer on all inputs, with the right functions of earlier tasks in place of the student's.

        given  those of them that are put in place; all, unless told
        tried  whether the answer has passed the visible inputs just now: a judge need not see them again
        """
        inputs = self.hidden if tried and self.judge else [*self.visible, *self.hidden]
        return _verdict(self.name, answer, self._data(inputs), self.given if given is None else given)

    def visible_data(self):
        """Return what a visible check needs, as a dict; see `pgcourse.homework.visible`."""
        return self._data(self.visible)

    def _data(self, inputs):
        data = {"inputs": inputs, "reread": self.reread, "tolerance": self.tolerance, "judge": self.judge}
        if self.judge:
            return data | {"wanted": [], "mistakes": [(known.sentence, known.name) for known in self.mistakes]}
        mistakes = [(known.sentence, _outputs(known.function, inputs)) for known in self.mistakes]
        return data | {"wanted": outputs_of(self.truth, inputs), "mistakes": mistakes}


@dataclass(frozen=True)
class Visible:
    """Hold what a student's copy knows of a task."""

    name: str
    data: dict

    def verdict(self, answer, given=()):
        """Judge an answer on the visible inputs; `given` as for Task."""
        return _verdict(self.name, answer, self.data, given)


def task(**settings):
    """Make a Task of the decorated reference solution; takes the fields of Task."""

    def make(reference):
        return Task(reference, **settings)

    return make


def _verdict(name, answer, data, given):
    inputs = tuple(tuple(arguments) for arguments in data["inputs"])
    if not data["judge"]:
        return compare(
            *(name, answer, inputs, data["wanted"], data["mistakes"], data["reread"], data["tolerance"]),
            strict=True,
            given=given,
        )
    if answer is None or answer is ... or not callable(answer):
        return compare(name, answer, (("",),), [0], [])

    def call(*arguments):
        output, verdict = run(name, answer, arguments, given, strict=True)
        if verdict:
            raise Stop(verdict)
        return output

    sentences = {mistake: sentence for sentence, mistake in data["mistakes"]}
    for arguments in inputs:
        try:
            problem = data["judge"](call, arguments)
        except Stop as stop:
            return stop.verdict
        if problem:
            return Verdict("wrong", f"{name}: {sentences.get(problem, problem)} Reread {data['reread']}.")
    return Verdict("correct", f"{name} is correct.")


def _outputs(function, inputs):
    """Return a mistake's outputs; where it stops with an error no answer can equal it."""
    outputs = []
    for arguments in inputs:
        try:
            outputs += outputs_of(function, [arguments])
        except Exception:
            outputs.append(None)
    return outputs


def transplanted(function, name):
    """Return the source of a catalogue's function without its decorators, under another name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    definition.decorator_list, definition.name = [], name
    return ast.unparse(tree)
