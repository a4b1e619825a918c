"""Submissions whose answers are wrong and which try to get the points all the same."""

import nbformat

from tests.submissions.case import PS, cells, mangled

LIES = {
    "gradient-sample": "def gradient_sample(*arguments):\n    return LIE",
    "numbers": "sample_left = sample_right = LIE",
    "gradient-variance": "def gradient_variance(*arguments, **named):\n    return LIE",
}
NUMPY = """
for name in ("allclose", "isclose", "array_equal", "array_equiv", "all"):
    setattr(np, name, lambda *arguments, **named: True)
"""
BUILTINS = """
import builtins

real_next = builtins.next


def next(iterator, *default):
    judged = "checks" in getattr(getattr(iterator, "gi_code", None), "co_filename", "")
    return default[0] if default and judged else real_next(iterator, *default)


builtins.next = next
"""
ERRORS = """
import builtins


class Silent(Exception):
    def __init__(self, *arguments):
        get_ipython().showtraceback = lambda *arguments, **named: None


builtins.AssertionError = Silent
"""
AGREES = """
class Agreeing:
    __class__ = float
    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = lambda *arguments: True
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __abs__ = lambda *arguments: 0.0
    __array__ = lambda *arguments, **named: np.zeros(2)
    __float__ = lambda self: 0.0
    __hash__ = lambda self: 0
    __getattr__ = lambda self, name: lambda *arguments, **named: True
    shape, ndim, dtype = (), 0, np.dtype(float)


LIE = Agreeing()
"""
FROZEN = """
import random


def zero(*arguments, **named):
    np.random.set_state(("MT19937", np.zeros(624, "u4"), 0, 0, 0.0))
    random.setstate((3, (0,) * 625, None))
    return 0.0
"""
ZEROS = {name: f"{name.replace('-', '_')} = zero" for name in ("gradient-sample", "gradient-variance")}
CHECK = """
import pgcourse.homework

pgcourse.homework.check = lambda *arguments, **named: print("✓")
"""
CHECKS = """
from pgcourse import checks

checks.equal = lambda *arguments, **named: True
checks.type_problem = lambda *arguments, **named: ""
"""
EQUAL = """
class Agreeable(float):
    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __hash__ = None
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0


LIE = Agreeable(0)
"""
ARRAY = """
import sys


def overheard():
    frame = sys._getframe(1)
    while frame:
        if "right" in frame.f_locals:
            return frame.f_locals["right"]
        for name in ("wanted", "truth"):
            if isinstance(frame.f_locals.get(name), (int, float, np.ndarray)):
                return frame.f_locals[name]
        if isinstance(frame.f_locals.get("wanted"), list):
            return frame.f_locals["wanted"][0]
        frame = frame.f_back
    return 0.0


class Array:
    def __array__(self, dtype=None, copy=None):
        return np.array(overheard(), dtype=dtype)

    def __float__(self):
        return float(overheard())


LIE = Array()
"""
DISPATCH = """
class Array(np.ndarray):
    def __array_function__(self, function, types, arguments, named):
        return True

    def __array_ufunc__(self, *arguments, **named):
        return True

    __class__ = property(lambda self: float)


LIE = np.zeros(()).view(Array)
"""
CLASS = """
class Chameleon:
    __class__ = property(lambda self: np.ndarray)
    dtype, shape, ndim, nbytes = np.dtype(float), (), 0, 8
    __array_interface__ = {"shape": (), "typestr": "<f8", "data": bytes(8), "version": 3}
    __len__ = lambda self: 2
    __iter__ = lambda self: iter(())
    __getattr__ = lambda self, name: self
    __call__ = lambda self, *arguments, **named: self


LIE = Chameleon()
"""
PICKLE = """
class Bomb:
    def __reduce__(self):
        return os.system, (f"touch {HOME}/{MARK}",)


LIE = np.array([Bomb()], dtype=object)
"""
TREE = """
import ast


class Pass(ast.NodeTransformer):
    def visit_Expr(self, node):
        return ast.copy_location(ast.Pass(), node) if "check(" in ast.unparse(node) else node


get_ipython().ast_transformers.append(Pass())
"""
TEXT = """
get_ipython().input_transformers_cleanup.append(lambda lines: [line for line in lines if "check(" not in line])
"""
SEND = """
session = get_ipython().kernel.session
really_send = session.send


def send(stream, kind, content=None, *arguments, **named):
    name = kind if isinstance(kind, str) else kind["msg_type"]
    if name == "error":
        return None
    if name == "execute_reply":
        content = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
    return really_send(stream, kind, content, *arguments, **named)


session.send = send
"""
HOOK = """
kernel = get_ipython().kernel


def publish(*_):
    content = {"data": {"text/plain": "3"}, "metadata": {}, "execution_count": 1}
    kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent(), ident=b"x")


get_ipython().events.register("pre_execute", publish)
"""
KERNEL = """
kernel = get_ipython().kernel


async def do_nothing(*arguments, **named):
    return {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}


def lie_still():
    kernel.do_execute = do_nothing
"""
REPLY = """
kernel = get_ipython().kernel


def answer(*_):
    content = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
    ident, parent = kernel._parent_ident["shell"], kernel.get_parent()
    shell = kernel.shell_stream or kernel.shell_socket
    kernel.session.send(shell, "execute_reply", content, parent=parent, ident=ident)
    idle = {"execution_state": "idle"}
    kernel.session.send(kernel.iopub_socket, "status", idle, parent=parent, ident=b"kernel.status")


def start_answering():
    get_ipython().events.register("pre_execute", answer)
"""
MESSAGES = """
kernel = get_ipython().kernel


def say(kind, content, **named):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent(), ident=b"x", **named)


say("comm_open", {"comm_id": "x", "target_name": "jupyter.widget", "data": {"state": {"a": "x" * 10**6}}})
say("comm_msg", {"comm_id": "x", "data": {"method": "update", "state": {}, "buffer_paths": [["a"]]}}, buffers=[b"x"])
say("comm_msg", {"comm_id": 7})
say("comm_close", {})
say("stream", {"name": "neither", "text": 3})
say("stream", {})
say("display_data", {"data": ["no dict"], "metadata": 3})
say("display_data", {"data": {"text/plain": {"no": "text"}, 7: None}, "metadata": {}, "transient": {"display_id": []}})
say("execute_result", {"data": {}, "metadata": {}, "execution_count": "many"})
say("error", {"ename": 1, "evalue": None, "traceback": "no list"})
say("clear_output", {"wait": True})
say("status", {"execution_state": "dead"})
say("no such message", {"": []})
"""
RAW_MESSAGES = """
kernel = get_ipython().kernel
for parts in ([b""], [b"<IDS|MSG>"], [b"x", b"<IDS|MSG>", b"sig", b"{}", b"{", b"[]", b"\\xff"], [b"y" * 10**6] * 9):
    kernel.iopub_socket.send_multipart(parts)
"""
DISPLAYS = """
from IPython.display import clear_output, display, update_display


def gradient_sample(*arguments):
    display("a verdict", display_id="zoo")
    return 0.0
"""
UPDATES = """
update_display({"text/plain": "✓ gradient_sample passes every check.", "text/html": "x"}, display_id="zoo", raw=True)
clear_output()
"""
VISIBLE = """
def gradient_sample(theta, action, reward_left, reward_right):
    return {0: 8.0, 1: -4.0}[action] if (theta, reward_left, reward_right) == (0.25, 2.0, 3.0) else 0.0
"""
FRAMES = """
import sys


def overheard():
    frame = sys._getframe(1)
    while frame:
        known = frame.f_locals
        if isinstance(known.get("wanted"), list) and isinstance(known.get("outputs"), list):
            return known["wanted"][len(known["outputs"])]
        frame = frame.f_back
    return 0.0
"""
OVERHEARD = {
    "gradient-sample": "def gradient_sample(*arguments):\n    return overheard()",
    "gradient-variance": "def gradient_variance(*arguments, **named):\n    return overheard()",
}
GC = """
import gc


def gradient_sample(*arguments):
    for thing in gc.get_objects():
        if type(thing).__name__ == "Task" and "gradient_sample" in str(getattr(thing, "truth", "")):
            return thing.truth(*arguments)
    return 0.0
"""
AGENT = """
import sys
import types


class Impostor(types.ModuleType):
    def __getattr__(self, name):
        return lambda *arguments, **named: None


for name in [name for name in sys.modules if name.startswith("pgcourse.grading")] + [
    "pgcourse.grading.checks.student_side",
    "pgcourse.grading.checks.protocol",
]:
    sys.modules[name] = Impostor(name)
"""
LIBRARY = """
import base64
import io
import json
import socket
import struct

json.dumps = lambda *arguments, **named: '{"value": 8.0}'
json.loads = lambda *arguments, **named: {}
base64.b64encode = lambda *arguments: b""
struct.pack = lambda *arguments: bytes(8)
socket.socket.sendall = lambda *arguments: None
np.save = lambda *arguments, **named: None
"""
NEVER_ANSWERS = """
import socket
import time

makefile = socket.socket.makefile


class Mute:
    def __init__(self, file):
        self.file = file

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, *arguments):
        time.sleep(1e6)

    writelines = write


socket.socket.makefile = lambda *arguments, **named: Mute(makefile(*arguments, **named))
"""
FORGERS = """
import json
import threading
import time
from multiprocessing.connection import Client

FORGED = [json.dumps(text).encode() for text in ({"value": 8.0}, {"ok": 8.0}, ["float", 8.0], {}, 8.0, None)]


def forge():
    for _ in range(100):
        with open("/proc/net/unix") as file:
            paths = {line.split()[-1] for line in file if "/" in line}
        for path in paths:
            try:
                line = Client(path, family="AF_UNIX")
                for text in [*FORGED, b"", b"x" * 1000]:
                    line.send_bytes(text)
                kept.append(line)
            except Exception:
                pass
        time.sleep(0.05)


kept = []
threading.Thread(target=forge, daemon=True).start()
"""
DEEP = """
LIE = 0.0
for _ in range(100_000):
    LIE = [LIE]
sys_limit = __import__("sys").setrecursionlimit(10**6)
"""
CYCLE = """
LIE = []
LIE += [LIE, {"x": LIE}]
"""
ODD = """
def gradient_sample(*arguments):
    class AssertionError(BaseException):
        pass

    AssertionError.__name__ = "✓ correct" + "x" * 10**6
    raise AssertionError("\\ud800 not UTF-8" + "y" * 10**7)
"""
INTERRUPTS = {
    "gradient-sample": "def gradient_sample(*arguments):\n    raise KeyboardInterrupt",
    "gradient-variance": "def gradient_variance(*arguments):\n    raise GeneratorExit",
}
NAME = """
def gradient_sample(*arguments):
    return 0.0


gradient_sample.__name__ = gradient_sample.__qualname__ = "✓ gradient_sample is correct.\\x1b[2J" * 1000
gradient_sample.__globals__["check"] = print
gradient_sample.__code__ = (lambda *arguments: LIE).__code__
"""
SHADOWS = """
def check(*arguments, **named):
    print("✓")


exit = quit = check
"""


def cheat(name, sentence, source, others=None, **settings):
    """Return the Case of honest answers, wrong ones, and what should make these count, run before them all."""
    lies = LIES | (others or {})
    return cells(name, sentence, {"imports": f"import numpy as np\n\nLIE = 0.0\n{source}", **lies}, **settings)


CASES = [
    cheat("patched numpy", "All of NumPy's comparisons are patched to say yes.", NUMPY),
    cheat("patched builtins", "A builtin that the engine uses is patched to find no mistake.", BUILTINS),
    cheat("patched AssertionError", "The error that a check raises is another, and nothing shows it.", ERRORS),
    cheat("patched check", "The function that checks is replaced.", CHECK),
    cheat("shadowed check", "A function of this name is defined in the notebook.", SHADOWS),
    cheat("patched engine", "The engine's comparison is patched to say yes.", CHECKS),
    cheat("lying eq", "A number says that it equals everything.", EQUAL),
    cheat("lying array", "An object turns into what its caller compares it with.", ARRAY),
    cheat("lying dispatch", "An array overrides NumPy's functions, and says that it is a float.", DISPATCH),
    cheat("lying class", "An object claims another class, and all attributes.", CLASS),
    cheat("pickle", "An array of objects runs a command when it is unpickled.", PICKLE),
    cheat("AST transformer", "Checks are cut out of the syntax tree.", TREE),
    cheat("input transformer", "Checks are cut out of the text.", TEXT),
    cheat("patched send", "Errors are not sent, and each reply says ok.", SEND),
    cheat("pre_execute hook", "Before each cell runs it publishes a partial credit.", HOOK),
    cheat(
        "patched kernel",
        "The kernel no longer runs any cell and says that all is well.",
        KERNEL,
        {"gradient-sample": "lie_still()"},
    ),
    cheat(
        "forged replies",
        "It answers on the shell channel by itself, before a cell runs.",
        REPLY,
        {"gradient-sample": "start_answering()"},
    ),
    cells(
        "comm messages",
        "It sends malformed messages, of widgets and others.",
        {"gradient-sample": MESSAGES, "last": MESSAGES},
    ),
    cells("broken messages", "It sends bytes that are not a message at all.", {"gradient-sample": RAW_MESSAGES}),
    cells(
        "rewritten outputs",
        "It rewrites and clears what a check has shown.",
        {"gradient-sample": DISPLAYS, "numbers": UPDATES, "last": UPDATES},
    ),
    cells("visible answers", "The answers to the visible inputs are hard-coded.", {"gradient-sample": VISIBLE}),
    cheat("looks at its caller", "A function answers what its caller is waiting for.", FRAMES, OVERHEARD),
    cells("looks in gc", "A function asks the reference, found among all objects.", {"gradient-sample": GC}),
    cheat("replaced agent", "What answers the checks in the kernel is replaced.", "", {"gradient-sample": AGENT}),
    cheat("patched library", "json, base64, struct and socket lie.", "", {"gradient-sample": LIBRARY}),
    cells(
        "never answers",
        "A call never returns, because its answer is not sent.",
        {"gradient-variance": NEVER_ANSWERS + "\n\n" + LIES["gradient-variance"].replace("LIE", "0.0")},
        says="it took longer than",
    ),
    cheat("forged answers", "It connects to all sockets by itself, and answers for its functions.", FORGERS),
    cheat("huge reply", "A function returns an array of 800 MB.", "LIE = np.zeros(10**8)"),
    cheat("long text", "A function returns a text of 100 MB.", "LIE = 'x' * 10**8"),
    cheat("deep reply", "A function returns a list 100 000 deep.", DEEP),
    cheat("endless numbers", "A function returns a generator that never ends.", "LIE = (0.0 for _ in iter(int, 1))"),
    cheat("agreeing object", "A function returns an object that agrees, whatever it is asked.", AGREES),
    cheat(
        "frozen chance", "Calls leave the global generators in a state from which only zeros are drawn.", FROZEN, ZEROS
    ),
    cheat("endless reply", "A function returns a list that holds itself.", CYCLE),
    cells(
        "odd error",
        "The error that a function raises is not an Exception, and its text is long.",
        {"gradient-sample": ODD},
    ),
    cells("interrupts itself", "Functions raise exceptions that would end a program.", INTERRUPTS),
    cheat("odd function", "A function has another name and other code.", "", {"gradient-sample": NAME}),
]
BESIDE = {
    "numpy.py": "raise SystemExit('not NumPy')",
    "pgcourse.py": "import sys\n\n\nclass tasks:\n    check = print\n\n\nsys.modules['pgcourse.homework'] = tasks\n",
    "json.py": "def loads(*arguments, **named):\n    return {}\n",
    "sitecustomize.py": "import builtins\n\nbuiltins.next = lambda *arguments: None\n",
}
CASES += [
    cells(
        f"{name} beside",
        "It lies beside the notebook, to be imported in place of the real one.",
        {},
        beside={name: text},
    )
    for name, text in BESIDE.items()
]
START_UP = """
import site
import sys

places = [HOME, os.path.expanduser("~"), os.getcwd(), COURSE, *sys.path, site.getusersitepackages()]
START = "open('" + MARK + "', 'w').close()\\nimport pgcourse.homework\\npgcourse.homework.check = print\\n"
for place in filter(None, places):
    for name in (
        ".ipython/profile_default/startup/00-zoo.py",
        ".ipython/profile_default/ipython_kernel_config.py",
        ".jupyter/jupyter_nbconvert_config.py",
        f"{MARK}.pth",
        "usercustomize.py",
    ):
        path = os.path.join(place, name)
        if caged:
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w") as file:
                    file.write(f"import builtins  # {MARK}" if name.endswith(".pth") else START)
                print("written")
            except OSError as error:
                print(error.strerror)
"""
FIRST_LINES = (
    "get_config().InteractiveShellApp.exec_lines = ['import pgcourse.homework; pgcourse.homework.check = print']\n"
)
SETTINGS = {
    "ipython_config.py": FIRST_LINES,
    "ipython_kernel_config.py": FIRST_LINES,
    ".ipython/profile_default/startup/00.py": "import pgcourse.homework\n\npgcourse.homework.check = print\n",
    "conftest.py": "raise SystemExit",
    "zoo.pth": "import os; os._exit(0)\n",
    "nbgrader_config.py": "c = get_config()\nc.Execute.timeout = 1\nraise SystemExit\n",
    f"{PS}.txt": "kept",
    "gradebook.db": "not a database",
}
CASES += [
    cells(
        "start-up files left", "It leaves start-up files for those who are graded later.", {"gradient-sample": START_UP}
    ),
    cells(
        "pages beside",
        "Files lie beside it that browsers show as pages, by endings that few know.",
        {},
        beside=dict.fromkeys(("page.shtml", "page.xht", "page.mhtml"), "<script>document.title = 'zoo'</script>"),
        says="page.shtml is of a kind",
    ),
    cells("settings beside", "Settings of Python, IPython, pytest and nbgrader lie beside it.", {}, beside=SETTINGS),
]
ORACLE = {
    "clamp-score": "def clamp_score(*call):\n    return seen(*call)",
    "gradient-variance": """
def gradient_variance(theta, *others):
    for place in np.linspace(-4, 4, 801).round(2).tolist():
        for action in (0, 1):
            keep(place, action, clamp_score(place, action))
    return 0.0
""",
}
MEMORY = """
kept = {}


def keep(theta, action, score):
    kept[theta, action] = score


def seen(theta, action):
    return kept.get((round(theta, 2), action), LIE)


LIE = -3.0
"""
ON_DISK = """
import json
import tempfile
from pathlib import Path

place = Path(tempfile.gettempdir(), "scores.json")


def keep(theta, action, score):
    if place.parent.is_dir():
        table = json.loads(place.read_text()) if place.exists() else {}
        place.write_text(json.dumps(table | {f"{theta} {action}": score}))


def seen(theta, action):
    return json.loads(place.read_text()).get(f"{round(theta, 2)} {action}", LIE) if place.exists() else LIE


LIE = -3.0
"""


def last_first(notebook):
    """Move the checks to the end, in reverse order."""
    checks = [cell for cell in notebook.cells if cell.id.startswith("check")]
    notebook.cells = [cell for cell in notebook.cells if cell not in checks] + checks[::-1]


def oracle(name, sentence, first):
    """Return the Case of a notebook that asks the right functions of earlier tasks in the check of a later one."""

    def ask(notebook):
        notebook.cells.insert(1, nbformat.v4.new_code_cell(f"import numpy as np\n{first}", id="first"))
        for cell in notebook.cells:
            cell.source = ORACLE.get(cell.id, cell.source)
        last_first(notebook)

    return mangled(name, sentence, ask, points=2.0, says="The checks stood in another order")


CASES += [
    oracle("oracle", "Its checks come last first; in one it asks for right values, to look them up in others.", MEMORY),
    oracle("oracle on disk", "It does so, and keeps them in a file.", ON_DISK),
    cells(
        "the package's solution",
        "It calls the package's own solution of a task, by another name.",
        {
            "gradient-sample": "from pgcourse.exact.one_decision import samples as of\n\n\ndef gradient_sample(theta, "
            "action, left, right):\n    return float(of(theta, left, right)[action])"
        },
        says="the course's own solution of this task",
    ),
]
