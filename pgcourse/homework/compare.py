"""Checks that say which mistake was made.

An answer - a number, an array, a tuple of these, or a function - is compared with what is right on stated inputs. When
it is wrong and equals what a known mistake gives, the verdict names the mistake; it never shows the right answer.
Verdicts come in five kinds: not answered yet, stops with an error, wrong type or shape, wrong (and what that means),
correct.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from pgcourse.grading.checks.proxies import repeated
from pgcourse.grading.checks.quiet import Refused, isolated_call, silenced

Function: TypeAlias = Callable[..., Any]
Arguments: TypeAlias = tuple[Any, ...]
Inputs: TypeAlias = Sequence[Arguments]
"""Argument tuples; an argument with a method `fresh` is made anew for each call."""


class Form(str):
    """What is wrong with the type of an answer alone, so that there is nothing to reread."""


class Part(str):
    """What is wrong with an answer that earns a share of the points all the same."""

    share: float

    def __new__(cls, problem: str, share: float) -> "Part":
        """Return the problem - a sentence or the name of a mistake - with the share, from 0 to 1."""
        part = super().__new__(cls, problem)
        part.share = share
        return part


TOLERANCE = 1e-6
"""Relative and absolute: far above rounding in 64 bits, far below any mistake in a catalogue."""
REAL = "biuf"
"""NumPy's letters for kinds of real numbers."""
HELD = {"c": "complex numbers", "U": "text"}


@dataclass(frozen=True)
class Verdict:
    """What a check found; a notebook shows its message.

    Attributes
    ----------
    kind
        unanswered, error, shape, wrong or correct.
    message
        One sentence or two to the student.
    share
        Of the points, from 0 to 1: 1 where it is correct, and above 0 for what is right in part.
    """

    kind: str
    message: str
    share: float = 0.0

    @property
    def correct(self) -> bool:
        """Whether the answer is right."""
        return self.kind == "correct"

    def __repr__(self) -> str:
        return self.message

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        mark = {"correct": "✓", "unanswered": "…"}.get(self.kind, "✗")
        text = f"{mark} {self.message}"
        markup = f'<p role="status"><strong>{mark}</strong> {html.escape(self.message)}</p>'
        return {"text/plain": text, "text/html": markup}


def outputs_of(function: Function, inputs: Inputs) -> list[Any]:
    """Return what a function gives on fresh copies of each input."""
    with silenced():
        return [function(*fresh(arguments)) for arguments in inputs]


def outputs_of_mistake(function: Function, inputs: Inputs) -> list[Any]:
    """Return a mistake's outputs; None, which no answer equals, where it stops with an error or changes an argument.

    A function that changes an argument is told so anyway, and one that does the same to a copy makes another mistake.
    """
    outputs = []
    for arguments in inputs:
        passed = fresh(arguments)
        try:
            with silenced():
                output = function(*passed)
        except Exception:
            output = None
        outputs.append(None if changed(arguments, passed) else output)
    return outputs


def compare(
    name: str,
    answer: Any,
    inputs: Inputs,
    wanted: Sequence[Any],
    mistakes: Sequence[tuple[str, Sequence[Any]]],
    reread: str = "",
    tolerance: float = TOLERANCE,
    strict: bool = False,
    refused: Sequence[str] = (),
) -> Verdict:
    """Judge an answer by what is right on stated inputs.

    Parameters
    ----------
    name
        What the student calls it.
    answer
        A function of the inputs; a number, array or tuple where the only input is the empty tuple.
    inputs
        What a function is tried on.
    wanted
        The right outputs.
    mistakes
        Pairs of a sentence and outputs; the sentence is said when all outputs equal the answer's.
    reread
        Where to look again.
    tolerance
        Relative and absolute.
    strict
        Whether an array must be a NumPy array, and arguments must be left as they were.
    refused
        Functions, as "module:name", that the answer may not call: they are solutions of the task.
    """
    if answer is None or answer is ...:
        return _unanswered(name)
    if list(inputs) != [()] and not callable(answer):
        return Verdict("shape", f"{name} is {_kind(answer)} and not a function: define it with def.")
    function = answer if callable(answer) else lambda: answer
    outputs: list[Any] = []
    for arguments, right in zip(inputs, wanted, strict=True):
        output, verdict = run(name, function, arguments, strict, refused)
        problem = "" if verdict else type_problem(output, right, strict)
        if problem:
            rest = (run(name, function, later, strict, refused)[0] for later in inputs[len(outputs) + 1 :])
            known = _meaning([*outputs, output, *rest], [("", wanted), *mistakes], tolerance)
            found = f"{call_text(name, arguments)} {problem}."
            verdict = Verdict("shape", " ".join(part for part in (found, known) if part) + _pointer(reread))
        if verdict:
            return verdict
        outputs.append(output)
    wrong = next((i for i, pair in enumerate(zip(outputs, wanted, strict=True)) if not equal(*pair, tolerance)), None)
    if wrong is None:
        return Verdict("correct", f"{name} is correct.", 1.0)
    meaning = _meaning(outputs, mistakes, tolerance)
    verb = "gave" if inputs[wrong] else "is"
    found = f"{call_text(name, inputs[wrong])} {verb} {shown(outputs[wrong])}, which is not right."
    return Verdict("wrong", " ".join(part for part in (found, meaning) if part) + _pointer(reread))


def _meaning(outputs: list[Any], mistakes: Sequence[tuple[str, Sequence[Any]]], tolerance: float) -> str:
    """Return the sentence of the mistake that gives the same outputs; empty where none does."""
    same = (s for s, other in mistakes if all(equal(*pair, tolerance) for pair in zip(outputs, other, strict=True)))
    return next(same, "")


def run(
    name: str,
    function: Function,
    arguments: Arguments,
    strict: bool = False,
    refused: Sequence[str] = (),
    times: int | None = None,
) -> tuple[Any, Verdict | None]:
    """Call a student's function on fresh copies of its arguments.

    Parameters
    ----------
    name
        What the student calls it.
    function, arguments
        What is called, and with what.
    strict
        Whether a call that changes an array of its arguments gives no output.
    refused
        Functions as "module:name" that it may not call.
    times
        Call it so often, with the same copies; without it, once.

    Returns
    -------
    tuple
        Its output - with `times`, a list of outputs - and None, or None and the Verdict on a call that gives none.
    """
    passed = fresh(arguments)

    def spoilt() -> Verdict | None:
        words = "changes its argument number {} in place: work on a copy of it."
        return next((Verdict("wrong", f"{name} {words.format(n)}") for n in changed(arguments, passed)), None)

    try:
        with isolated_call(function, {"np": np}, refused):
            output = function(*passed) if times is None else repeated(function, times, passed)
    except NotImplementedError:
        return None, _unanswered(name)
    except Exception as error:
        if strict and times is not None and (verdict := spoilt()):  # a later call may have stopped for that alone
            return None, verdict
        if type(error).__name__ == Refused.__name__:  # in another process it is another class of this name
            return None, Verdict("wrong", f"{name} calls {error}, the course's own solution of this task: write yours.")
        words = f"{call_text(name, arguments)} stops with {type(error).__name__}: {error}"
        return None, Verdict("error", f"{words.rstrip('.: ')}.")
    outputs = [output] if times is None else output
    missing = next((one for one in outputs if one is ... or one is None), 0)
    if missing is ...:
        return None, _unanswered(name)
    if missing is None:
        words = "returns nothing: end the function with return, since a number that is printed is not returned"
        return None, Verdict("shape", f"{call_text(name, arguments)} {words}.")
    if strict and (verdict := spoilt()):
        return None, verdict
    return output, None


def changed(arguments: Arguments, passed: Sequence[Any]) -> list[int]:
    """Return the numbers, from 1, of the arrays among some arguments that a function has changed.

    Parameters
    ----------
    arguments
        As they were.
    passed
        Their copies, after the call.
    """
    pairs = enumerate(zip(arguments, passed, strict=True), 1)
    return [
        number
        for number, (before, after) in pairs
        if isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True)
    ]


def fresh(arguments: Arguments) -> list[Any]:
    """Return copies of the arguments, so that a call cannot spoil the next one."""
    return [
        argument.copy()
        if isinstance(argument, np.ndarray)
        else argument.fresh()
        if hasattr(argument, "fresh")
        else argument
        for argument in arguments
    ]


def equal(output: Any, wanted: Any, tolerance: float = TOLERANCE) -> bool:
    """Say whether two outputs are equal: numbers and arrays to the tolerance, tuples part by part.

    If None is wanted, no output is equal to it.
    """
    if wanted is None:
        return False
    if isinstance(wanted, tuple):
        same_length = isinstance(output, (tuple, list)) and len(output) == len(wanted)
        return same_length and all(equal(*pair, tolerance) for pair in zip(output, wanted, strict=True))
    try:
        if np.iscomplexobj(output):
            return False
        output, wanted = np.asarray(output, dtype=float), np.asarray(wanted, dtype=float)
    except (TypeError, ValueError):
        return False
    return output.shape == wanted.shape and np.allclose(output, wanted, tolerance, tolerance, equal_nan=True)


def type_problem(output: Any, wanted: Any, strict: bool) -> str:
    """Return what is wrong with the type or shape of an output, as the end of a sentence; empty when nothing is."""
    if isinstance(wanted, tuple):
        return _tuple_problem(output, wanted, strict)
    try:
        array = np.asarray(output)
    except ValueError:
        return "is a ragged list, not an array"
    wants_array = np.ndim(wanted) > 0
    if array.dtype.kind not in REAL or (strict and wants_array and not isinstance(output, np.ndarray)):
        return _kind_problem(output, array.dtype.kind, wants_array)
    if array.shape != np.shape(wanted):
        wish = f"have shape {np.shape(wanted)}" if wants_array else "be a single number"
        return f"has shape {array.shape}, but should {wish}"
    if strict and np.asarray(wanted).dtype.kind == "i" and array.dtype.kind not in "iu":
        return f"is of type {array.dtype}, but should {'hold whole numbers' if wants_array else 'be a whole number'}"
    return ""


def _tuple_problem(output: Any, wanted: tuple[Any, ...], strict: bool) -> str:
    if not isinstance(output, (tuple, list)) or len(output) != len(wanted):
        size = f" of {len(output)}" if isinstance(output, (tuple, list)) else ""
        size = f" of shape {output.shape}" if isinstance(output, np.ndarray) else size
        return f"is {_kind(output)}{size}, but should be a tuple of {len(wanted)}"
    problems = (type_problem(*pair, strict) for pair in zip(output, wanted, strict=True))
    return next((f"has a part that {problem}" for problem in problems if problem), "")


def _kind_problem(output: Any, kind: str, wants_array: bool) -> str:
    """Return what is wrong with an output that is no number, or no array, where one is wanted."""
    if type(output).__name__ in ("Fraction", "Decimal"):
        return f"is {_kind(output)}: make it a float, as float(...) does"
    if isinstance(output, int) and kind not in REAL:
        return "is a whole number of more than 64 bits"
    holds = f" of {HELD.get(kind, 'objects')}" if isinstance(output, (np.ndarray, list, tuple)) else ""
    number = "real number" if kind == "c" else "number"
    wanted = f"a NumPy array of {number}s" if wants_array else f"a {number}"
    return f"is {_kind(output)}{'' if kind in REAL else holds} and not {wanted}"


def call_text(name: str, arguments: Arguments) -> str:
    """Return the call as a student would write it, with long arguments shortened."""
    return f"{name}({', '.join(map(shown, arguments))})" if arguments else name


def shown(value: Any) -> str:
    """Return a short text for a value: arrays in a few digits, functions by name."""
    if isinstance(value, np.ndarray):
        return " ".join(np.array2string(value, precision=4, threshold=12, separator=", ").split())
    if isinstance(value, tuple):
        return f"({', '.join(map(shown, value))})"
    if isinstance(value, np.random.Generator):
        return "rng"
    if callable(value):
        return getattr(value, "__name__", "a function")
    text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "an array"
    name = "complex number" if isinstance(value, (complex, np.complexfloating)) else type(value).__name__
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _unanswered(name: str) -> Verdict:
    return Verdict("unanswered", f"{name} is not answered yet: write your answer and run again.")


def _pointer(reread: str) -> str:
    return f" Reread {reread}." if reread else ""
