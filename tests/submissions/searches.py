"""Submissions that look for what they should not see, and print what they find."""

from tests.submissions.case import PS, cells, files, half, save

LOOK = """
import re
import time


def look(*roots, names=r".*"):
    started, seen = time.time(), set()
    for root in roots:
        for folder, folders, found in os.walk(root):
            folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
            if time.time() > started + 1:
                break
            for name in found:
                path = os.path.join(folder, name)
                try:
                    if re.search(names, name) and os.path.getsize(path) < 3_000_000 and os.path.isfile(path):
                        with open(path, "rb") as file:
                            seen |= set(re.findall(rb"canary-[a-z-]+|^@clamp_\\w+\\.mistake.*", file.read(), re.M))
                except OSError:
                    pass
    print(seen)
"""
NAMES = "[.]ipynb$|[.]db$|[.]html$|secret|^ps[0-9].*[.]py|config[.]py$"
SPOIL = """
import sqlite3

for database in (f"{COURSE}/gradebook.db", "gradebook.db", "../../../gradebook.db"):
    try:
        with sqlite3.connect(f"file:{database}?mode=rw", uri=True) as gradebook:
            gradebook.execute("update grade set auto_score = 99, manual_score = 99")
            gradebook.execute("update student set first_name = 'robbed'")
    except sqlite3.Error as error:
        print(error)
"""
OVERWRITE = """
for folder in ("submitted", "autograded", "feedback", "solutions", "assignments"):
    for path, _, names in os.walk(f"{COURSE}/{folder}"):
        for name in names if "neighbour" in path or folder in ("solutions", "assignments") else []:
            try:
                with open(f"{path}/{name}", "a") as file:
                    file.write(" ")
                print("written")
            except OSError as error:
                print(error.strerror)
"""
PROC = """
print(dict(os.environ))
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline", "maps", "root/proc/1/environ"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                print(re.findall(rb"canary-[a-z-]+", file.read()))
        except OSError:
            pass
    look(f"/proc/{pid}/cwd", f"/proc/{pid}/root/root", f"/proc/{pid}/root/tmp", names=NAMES)
"""
NETWORK = """
import socket

for address in (("127.0.0.1", PORT), ("10.0.2.2", PORT), ("192.0.2.1", 80)):
    try:
        with socket.create_connection(address, timeout=0.5) as line:
            print(line.recv(100))
    except OSError as error:
        print(error)
try:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect("\\0" + MARK)
        print(line.recv(100))
except OSError as error:
    print(error)
"""
HISTORY = """
print(In, get_ipython().history_manager.input_hist_raw)
print(list(get_ipython().history_manager.get_tail(1000)))
"""
FRAMES = """
import sys

kept = []


def gradient_sample(*arguments):
    frame = sys._getframe()
    while frame:
        kept.append(str({**frame.f_locals, **frame.f_globals})[:200_000])
        kept.append(str(frame.f_code.co_consts))
        frame = frame.f_back
    return 0.0
"""
MEMORY = """
import gc
import sys

for thing in gc.get_objects():
    if type(thing) in (str, dict, list, tuple):
        for word in re.findall("canary-[a-z-]+", str(thing)[:100_000]):
            print(word)
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        if " rw" in line and time.time() < began + 2:
            low, high = (int(number, 16) for number in line.split()[0].split("-"))
            try:
                memory.seek(low)
                print(set(re.findall(rb"canary-[a-z-]{12,}", memory.read(min(high - low, 10**8)))))
            except (OSError, ValueError, OverflowError):
                pass
"""
MODULE = """
try:
    import inspect

    from pgcourse.homework import catalogue

    print(inspect.getsource(catalogue.load("ps4_left_right")))
except ValueError as error:
    print(error)
"""
REFERENCE = """
def gradient_sample(*arguments):
    from pgcourse.homework import catalogue

    return catalogue.load("ps4_left_right").gradient_sample.truth(*arguments)
"""
LATE = """
def gradient_sample(*arguments):
    look(COURSE, HOME, "/", names=NAMES)
    return 0.0
""".replace("NAMES", repr(NAMES))


def linked(folder, zoo):
    """Hand in honest work with links beside it: to the solutions, to a file of the instructor's, to a folder above."""
    save(half(zoo), folder)
    (folder / "solutions").symlink_to(zoo.path / "solutions")
    (folder / "data.txt").symlink_to(zoo.home / ".secret")
    (folder / "up").symlink_to("../..")


def linked_and_read(folder, zoo):
    """Hand in the same, and a notebook that reads through them."""
    reading.write(folder, zoo)
    (folder / "solutions").symlink_to(zoo.path / "solutions")
    (folder / "data.txt").symlink_to(zoo.home / ".secret")
    (folder / "up").symlink_to("../..")


reading = cells("", "", {"gradient-sample": LOOK + 'look(".", "up", "solutions", "../..", "../../..")'})


def linked_notebook(folder, zoo):
    """Hand in a link to the solution."""
    folder.mkdir(parents=True)
    (folder / f"{PS}.ipynb").symlink_to(zoo.path / "solutions" / PS / f"{PS}.ipynb")


def linked_secret(folder, zoo):
    """Hand in a link to a file of the instructor's."""
    folder.mkdir(parents=True)
    (folder / f"{PS}.ipynb").symlink_to(zoo.home / ".secret")


def linked_folder(folder, zoo):
    """Hand in a link to the folder of the solution."""
    folder.parent.mkdir(parents=True)
    folder.symlink_to(zoo.path / "solutions" / PS)


CASES = [
    cells("reads the solutions", "It looks through the course's folder.", {"gradient-sample": LOOK + "look(COURSE)"}),
    cells(
        "reads the home folder",
        "It looks through the instructor's home.",
        {"gradient-sample": LOOK + 'look(HOME, os.path.expanduser("~"), "/root", "/home")'},
    ),
    cells(
        "reads everything",
        "It looks through the whole file system.",
        {"gradient-sample": LOOK + f'look(COURSE, HOME, "/", names="{NAMES}")'},
    ),
    cells(
        "reads in a call",
        "A function looks through the file system when a check calls it.",
        {"gradient-sample": LOOK + LATE},
    ),
    cells(
        "reads proc",
        "It reads the environment, and what /proc says about every process.",
        {"gradient-sample": LOOK + f"NAMES = {NAMES!r}\n" + PROC},
    ),
    cells(
        "network",
        "It connects to this machine, to the network and to an abstract socket.",
        {"gradient-sample": NETWORK},
        says="Network is unreachable",
    ),
    cells(
        "writes to the gradebook",
        "It gives everybody 99 points.",
        {"gradient-sample": SPOIL, "last": SPOIL},
        says="unable to open database file",
    ),
    cells(
        "writes to neighbours",
        "It writes to others' work, the solutions and the releases.",
        {"gradient-sample": OVERWRITE},
    ),
    cells(
        "hidden tests in the history",
        "It prints all cells that ran.",
        {"gradient-sample": "def gradient_sample(*arguments):\n    return 0.0", "last": HISTORY},
    ),
    cells(
        "hidden tests in frames",
        "A function prints what its callers know.",
        {"gradient-sample": FRAMES, "last": "print(*kept)"},
    ),
    cells(
        "hidden tests in memory",
        "It looks through all objects, and then all memory, of its process.",
        {
            "gradient-sample": "def gradient_sample(*arguments):\n    return 0.0",
            "last": "import re\nimport time\n\nbegan = time.time()\n" + MEMORY,
        },
    ),
    cells(
        "hidden module",
        "It prints the source of the module of the hidden tests.",
        {"gradient-sample": MODULE},
        says="is not in a course's folder",
    ),
    cells("hidden reference", "A function calls the reference when a check calls it.", {"gradient-sample": REFERENCE}),
    files("links beside", "Links to the solutions, a secret and a folder above lie beside it.", linked, points=5.0),
    files("links read", "The same, and it reads through them.", linked_and_read, points=5.0),
    files("link to the solution", "The notebook is a link to the solution.", linked_notebook),
    files("link to a secret", "The notebook is a link to a file of the instructor's.", linked_secret),
    files("link to a folder", "The folder is a link to the solution's.", linked_folder),
]
