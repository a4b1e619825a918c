"""Submissions that exhaust a resource, or bring their own process down."""

from tests.submissions.case import cells

BOMB = """
import mmap

only_in_a_cage()
born = mmap.mmap(-1, 8)  # shared: the bomb has an end, so that it can be let loose on any machine
held = mmap.mmap(-1, 1)  # shared too: the process that says so need not be one that was held


def bomb():
    while True:
        count = int.from_bytes(born[:8], "little")
        if count >= 400:
            break
        born[:8] = (count + 1).to_bytes(8, "little")
        try:
            child = os.fork()
        except OSError as error:
            held[0] = error.errno
            break
        if not child:
            bomb()
            time.sleep(100)


import time

bomb()
if held[0]:
    print("held:", OSError(held[0], os.strerror(held[0])))
"""
THREADS = """
import threading

only_in_a_cage()
threading.stack_size(32768)
stop = threading.Event()
try:
    for number in range(3000):
        threading.Thread(target=stop.wait, args=(60,), daemon=True).start()
except RuntimeError as error:
    print("held at", number, error)
"""
DISK = """
only_in_a_cage()
places = {os.getcwd(), "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~")}
places |= {folder for folder, _, _ in os.walk("/run")} | {os.path.dirname(path) for path in SOCKETS}
left = 1_000_000_000  # so that it can be let loose on any machine
for place in places:
    try:
        for number in range(1000):
            with open(f"{place}/{MARK}-{number}", "wb") as file:
                left -= file.write(bytes(min(5_000_000, left)))
            if left <= 0:
                break
    except OSError as error:
        print("held:", error.strerror)
"""
SOCKETS = """
SOCKETS = [line.split()[-1] for line in open("/proc/net/unix") if line.split()[-1].startswith("/")]
"""
LIMITS = """
import resource

for name in dir(resource):
    if name.startswith("RLIMIT"):
        try:
            resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (OSError, ValueError) as error:
            print(name, error)
for act in (lambda: os.nice(-20), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))):
    try:
        print("allowed:", act())
    except OSError as error:
        print(error.strerror)
"""
MAPS = """
import mmap

only_in_a_cage()
maps = []
try:
    while len(maps) < 100:
        maps.append(mmap.mmap(-1, 10 * 2**30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000))
except (OSError, ValueError) as error:
    print("held at", len(maps), error)
"""
FDS = """
only_in_a_cage()
opened = []
try:
    while len(opened) < 100_000:
        opened.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    print("held at", len(opened), error.strerror)
"""
BUFFERS = """
import socket
import time

only_in_a_cage()
for _ in range(12):
    if os.fork() == 0:
        pairs = [socket.socketpair() for _ in range(60)]
        time.sleep(600)
time.sleep(600)
"""
FAMILIES = """
import socket

for family in range(46):
    try:
        socket.socket(family, socket.SOCK_STREAM if family != 16 else socket.SOCK_RAW).close()
        print("family", family)
    except OSError:
        pass
print("families of sockets were tried")
"""
SEGFAULT = "import ctypes\n\nctypes.string_at(0)"
KILL = """
only_in_a_cage()
for pid in (1, os.getppid(), -1):
    try:
        os.kill(pid, 9)
    except OSError as error:
        print(error.strerror)
"""
RAW = r"""
for number in (1, 2):
    for text in (b"\xff\xfe not UTF-8 \x1b[2J", b'{"msg_type": "execute_reply", "content": {}}', b"x" * 10_000_000):
        os.write(number, text)
os.system("echo from a shell; echo to stderr >&2")
"""
EXECS = """
import sys

os.environ["LD_PRELOAD"] = "./nothing.so"
os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(1000)"])
"""
DAEMON = """
import subprocess
import sys

LIVES = '''
import os, sys, time
if os.fork() or (os.setsid() or os.fork()):
    os._exit(0)
for number in range(3):
    try:
        os.close(number)
    except OSError:
        pass
for _ in range(600):
    for place in ("/tmp", "/dev/shm", os.path.expanduser("~"), os.getcwd()):
        try:
            open(f"{place}/" + sys.argv[1], "w").close()
        except OSError:
            pass
    time.sleep(0.1)
'''
subprocess.Popen([sys.executable, "-c", LIVES, MARK], start_new_session=True)
subprocess.Popen(["sleep", "600"])
"""
CASES = [
    cells(
        "10 GB",
        "It asks for 10 GB of memory and writes to it.",
        {"gradient-sample": "only_in_a_cage()\nlarge = bytearray(10 * 2**30)\nprint(len(large))"},
        unsafe="would take 10 GB",
    ),
    cells(
        "10 GB in a call",
        "A function asks for 10 GB when a check calls it.",
        {"gradient-sample": "def gradient_sample(*_):\n    only_in_a_cage()\n    return np.ones(10 * 2**27).sum()"},
        unsafe="would take 10 GB",
    ),
    cells(
        "a terabyte of maps",
        "It maps a hundred times 10 GB.",
        {"gradient-sample": MAPS},
        says="held at [0-9]+ .Errno 12",
    ),
    cells("fork bomb", "Processes start processes, up to 400.", {"gradient-sample": BOMB}, says="held: .Errno 11"),
    cells(
        "thread bomb", "It starts threads, up to 3000.", {"gradient-sample": THREADS}, says="held at [0-9]+ can't start"
    ),
    cells(
        "disk filler",
        "It fills every folder that it can write to, up to 1 GB.",
        {"gradient-sample": SOCKETS + DISK},
        unsafe="would write 1 GB to the instructor's disk",
        says="held: No space left",
    ),
    cells(
        "sockets",
        "Its processes open 1400 sockets, each with room for what nobody has read.",
        {"gradient-sample": BUFFERS},
        says="more than 1000 sockets",
    ),
    cells(
        "families of sockets",
        "It asks for sockets of every family, of which some reach the host from anywhere.",
        {"gradient-sample": FAMILIES},
        says=r"family 1\D+family 2\D+family 10\D+family 16\D+families",
    ),
    cells(
        "9 MB of code",
        "A cell holds a list of 4.5 million numbers, which takes gigabytes to parse.",
        {"last": "%%script true\nx = [" + "0," * 4_500_000 + "]"},
    ),
    cells("open files", "It opens up to 100 000 files.", {"gradient-sample": FDS}),
    cells(
        "limits and nice",
        "It raises all limits and its own priority.",
        {"gradient-sample": LIMITS},
        says="RLIMIT_NPROC not allowed",
    ),
    cells("os._exit", "It ends its process at once.", {"gradient-sample": "os._exit(0)"}),
    cells(
        "os._exit in a call",
        "A function ends the process when a check calls it.",
        {"gradient-sample": "def gradient_sample(*arguments):\n    os._exit(0)"},
    ),
    cells(
        "sys.exit",
        "A cell and a function end the session.",
        {
            "gradient-sample": "import sys\n\n\ndef gradient_sample(*arguments):\n    sys.exit(0)",
            "numbers": "sys.exit(0)",
        },
    ),
    cells("SIGKILL", "It kills its own process.", {"gradient-sample": "os.kill(os.getpid(), 9)"}),
    cells(
        "SIGSTOP",
        "It stops its own process, which then neither answers nor ends.",
        {"gradient-sample": "os.kill(os.getpid(), 19)"},
    ),
    cells("segfault", "It reads address 0.", {"gradient-sample": SEGFAULT}),
    cells("closed files", "It closes all files of its process.", {"gradient-sample": "os.closerange(0, 65536)"}),
    cells(
        "kill by pid",
        "It kills process 1, its parent and everything.",
        {"gradient-sample": KILL},
        says="No such process",
    ),
    cells("raw output", "It writes to file descriptors 1 and 2, and not only text.", {"gradient-sample": RAW}),
    cells("exec", "Another program replaces its process.", {"gradient-sample": EXECS}),
    cells(
        "background processes",
        "It leaves processes in sessions of their own, which go on writing.",
        {"gradient-sample": DAEMON},
    ),
    cells(
        "shell",
        "It runs shell commands, with ! and with %%script.",
        {
            "gradient-sample": "!sleep 600 & echo started",
            "numbers": "%%script --bg bash\nsleep 600",
            "last": "%%script bash\nsleep 600 & disown; kill -9 $PPID",
        },
    ),
]
