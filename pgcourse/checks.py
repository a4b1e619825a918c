"""Checks that say which mistake was made.

A `Check` compares an answer - a number, an array or a function - with the truth. When it is wrong and equals what a
known mistake gives, the verdict names the mistake; it never shows the right answer. Verdicts come in five kinds:
not answered yet, fails to run, wrong type or shape, wrong (and what that means), correct.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-6
"""Relative and absolute: far above rounding in 64 bits, far below any mistake in a catalogue."""


@dataclass(frozen=True)
class Mistake:
    """Hold a known mistake: one sentence to the student, and the function that makes it."""

    sentence: str
    make: Callable


@dataclass(frozen=True)
class Verdict:
    """Hold what a check found: `kind` is unanswered, error, shape, wrong or correct; it displays its message."""

    kind: str
    message: str

    @property
    def correct(self):
        """Say whether the answer is right."""
        return self.kind == "correct"

    def __repr__(self):
        return self.message

    def _repr_mimebundle_(self, **_):
        mark = {"correct": "✓", "unanswered": "…"}.get(self.kind, "✗")
        text = f"{mark} {self.message}"
        markup = f'<p role="status"><strong>{mark}</strong> {html.escape(self.message)}</p>'
        return {"text/plain": text, "text/html": markup}


@dataclass(frozen=True)
class Check:
    """Compare an answer with the truth on stated inputs.

    name      what the student calls it, such as "sample_left"
    truth     function of an input that gives the right output
    mistakes  tuple of Mistake, each a function of the same inputs
    reread    where to look again, such as "section 2"
    inputs    tuple of argument tuples; a number or array is checked as a function without arguments

    Calling it with an answer returns a Verdict. Outputs are compared to 1e-6, relative and absolute.
    """

    name: str
    truth: Callable
    mistakes: tuple[Mistake, ...] = ()
    reread: str = ""
    inputs: tuple[tuple, ...] = ((),)

    def __call__(self, answer):
        """Return the Verdict on an answer: a number, an array or a function of the inputs."""
        if answer is None or answer is ...:
            return self._unanswered()
        if self.inputs != ((),) and not callable(answer):
            return Verdict("shape", f"{self.name} is {type(answer).__name__} and not a function: define it with def.")
        function = answer if callable(answer) else lambda: answer
        outputs = []
        for arguments in self.inputs:
            try:
                output = function(*_copies(arguments))
            except NotImplementedError:
                return self._unanswered()
            except Exception as error:
                return Verdict("error", f"{self._call(arguments)} stops with {type(error).__name__}: {error}.")
            if output is None or output is ...:
                return self._unanswered()
            problem = _shape_problem(output, self.truth(*arguments))
            if problem:
                return Verdict("shape", f"{self._call(arguments)} {problem}.{self._pointer()}")
            outputs.append(np.asarray(output, dtype=float))
        return self._compare(outputs)

    def _compare(self, outputs):
        wrong = next((i for i, match in enumerate(self._matches(outputs, self.truth)) if not match), None)
        if wrong is None:
            return Verdict("correct", f"{self.name} is correct.")
        meaning = next((m.sentence for m in self.mistakes if all(self._matches(outputs, m.make))), "")
        shown = np.array2string(outputs[wrong], precision=4, threshold=20)
        verb = "gave" if self.inputs[wrong] else "is"
        found = f"{self._call(self.inputs[wrong])} {verb} {shown}, which is not right."
        return Verdict("wrong", " ".join(part for part in (found, meaning) if part) + self._pointer())

    def _matches(self, outputs, function):
        for arguments, output in zip(self.inputs, outputs, strict=True):
            wanted = np.asarray(function(*_copies(arguments)), dtype=float)
            yield wanted.shape == output.shape and np.allclose(output, wanted, TOLERANCE, TOLERANCE)

    def _unanswered(self):
        return Verdict("unanswered", f"{self.name} is not answered yet: replace the ... by your answer and run again.")

    def _call(self, arguments):
        return f"{self.name}({', '.join(map(_shown, arguments))})" if arguments else self.name

    def _pointer(self):
        return f" Reread {self.reread}." if self.reread else ""


def _copies(arguments):
    return [argument.copy() if isinstance(argument, np.ndarray) else argument for argument in arguments]


def _shown(argument):
    text = np.array2string(argument, precision=4, threshold=8) if isinstance(argument, np.ndarray) else repr(argument)
    return " ".join(text.split())


def _shape_problem(output, wanted):
    try:
        array = np.asarray(output)
    except ValueError:
        return "is a ragged list, not an array"
    if array.dtype.kind not in "biuf":
        return f"is {type(output).__name__} and not {'a number' if np.ndim(wanted) == 0 else 'an array of numbers'}"
    if array.shape != np.shape(wanted):
        return f"has shape {array.shape}, but should have shape {np.shape(wanted)}"
    return ""
