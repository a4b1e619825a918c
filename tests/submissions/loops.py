"""Submissions that never end, or never stop printing."""

from tests.submissions.case import cells

NEVER = "def gradient_sample(*arguments):\n    "
BAD_EQ = """
class Endless(float):
    def __eq__(self, other):
        while True:
            pass

    __hash__ = None


def gradient_sample(*arguments):
    return Endless(1.0)
"""
BAD_REPR = """
class Endless:
    def __repr__(self):
        while True:
            pass


Endless()
"""
STUBBORN = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
DEAF = """
import signal
import time

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
while True:
    time.sleep(1)
"""
TASKS = """
import asyncio


async def turn():
    while True:
        await asyncio.sleep(0)


async def block():
    while True:
        pass


turning = [asyncio.ensure_future(turn()) for _ in range(20)]
"""
AT_EXIT = """
import atexit
import time


@atexit.register
def stay():
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass
"""
RAISES = """
class Slow(AssertionError):
    def __str__(self):
        while True:
            pass


def gradient_sample(*arguments):
    raise Slow()
"""
CASES = [
    cells("endless loop", "A cell never ends.", {"gradient-sample": "while True:\n    pass"}),
    cells(
        "endless loop in a call",
        "A function never returns when a check calls it.",
        {"gradient-sample": f"{NEVER}while True:\n        pass"},
    ),
    cells("endless repr", "The repr of a cell's value never returns.", {"gradient-sample": BAD_REPR}),
    cells("endless eq", "The == of a returned number never returns.", {"gradient-sample": BAD_EQ}),
    cells("endless error", "The text of an error that a function raises never ends.", {"gradient-sample": RAISES}),
    cells("stubborn loop", "An endless loop catches every interrupt.", {"gradient-sample": STUBBORN}),
    cells(
        "deaf to signals", "It ignores every signal that can be ignored, and sets an alarm.", {"gradient-sample": DEAF}
    ),
    cells("loop in C", "One operation takes years and reacts to no signal.", {"gradient-sample": "10 ** 10 ** 10 % 7"}),
    cells(
        "flood of lines",
        "It prints without end.",
        {"gradient-sample": "while True:\n    print('flood ' * 20)"},
    ),
    cells(
        "flood in a call",
        "A function prints without end when a check calls it.",
        {"gradient-sample": f"{NEVER}while True:\n        print('flood ' * 20, flush=True)"},
    ),
    cells(
        "one long line",
        "It prints 100 MB in one piece, and displays as much as HTML.",
        {
            "gradient-sample": "from IPython.display import HTML, display\n\n"
            "print('x' * 100_000_000)\ndisplay(HTML('x' * 100_000_000))"
        },
    ),
    cells(
        "deep recursion",
        "It calls itself without end, after raising the limit on recursion.",
        {
            "gradient-sample": "import sys\n\nsys.setrecursionlimit(10**9)\n\n\n"
            f"{NEVER}return gradient_sample(*map(lambda a: a, arguments))"
        },
    ),
    cells(
        "input",
        "It waits for input from the instructor, with input() and with getpass().",
        {"gradient-sample": "from getpass import getpass\n\nanswer = input('Your password? ')", "last": "getpass()"},
    ),
    cells(
        "asyncio tasks",
        "It leaves tasks running, and one that never yields.",
        {
            "gradient-sample": TASKS,
            "numbers": "blocking = asyncio.ensure_future(block())",
        },
    ),
    cells("atexit handler", "Its kernel does not end when it is asked to.", {"gradient-sample": AT_EXIT}),
]
