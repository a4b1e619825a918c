"""The system calls that a sandbox refuses, and those that are left to a fork that only reads, as seccomp filters.

User namespaces and resource limits already prevent most harm. Refused here are memory that no limit counts (memfd,
System V), keyrings, which outlive a kernel, unusual families of sockets, since some reach the host whatever the
namespace (vsock), and a few calls that no notebook needs and that often had flaws.

A kernel that kills itself by SIGKILL dies by SIGSYS instead: so the grader can tell its end from one that came from
outside, such as Linux's own when memory runs out. What gets around that (a timer's signal, for example) looks like the
latter, and then there is no mark until a person has seen to it.
"""

import os
import platform
import signal
import socket
import struct

# name: number on x86-64, number on aarch64
REFUSED = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
}
SOCKETS = {"socket": (41, 198), "socketpair": (53, 199)}
# ipykernel binds a port of the sandbox's own loopback device, for which ZeroMQ lists the devices (netlink's protocol 0)
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
KILL_BY_NUMBER = (62, 129)
# the argument that holds the signal: number on x86-64, number on aarch64
SIGNALS = {"tkill": (1, 200, 130), "tgkill": (2, 234, 131), "rt_sigqueueinfo": (1, 129, 138)}
SIGNALS["rt_tgsigqueueinfo"] = (2, 297, 240)
# what reading needs: files that are open or are opened to be read, memory, time, threads, its own signals and end
READING = {
    "read": (0, 63),
    "readv": (19, 65),
    "pread64": (17, 67),
    "write": (1, 64),
    "writev": (20, 66),
    "close": (3, 57),
    "lseek": (8, 62),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "mmap": (9, 222),
    "mremap": (25, 216),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "pselect6": (270, 72),
    "ppoll": (271, 73),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "times": (100, 153),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
OLD_READING = [4, 7, 6, 21, 23, 78, 89, 201]  # stat, poll, lstat, access, select, getdents, readlink, time: x86-64 only
OPEN, OPENAT, IOCTL, FCNTL, MADVISE = (2, None), (257, 56), (16, 29), (72, 25), (28, 233)
PRLIMIT, CLONE, TGKILL = (302, 261), (56, 220), SIGNALS["tgkill"][1:]
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
IS_TERMINAL, CLOSE_ON_EXEC = 0x5401, 0x5451  # asm-generic/ioctls.h: `open` needs both; another types into a terminal
FIRST_CHANGING = 4  # fcntl(2): below are copies of descriptors and flags; others have Linux send signals to anybody
FIRST_PRIVILEGED = 100  # madvise(2): from there on, the superuser breaks memory that others have too
THREAD = 0x10000  # linux/sched.h; clone3 hides its flags in memory, and is not needed
# the kernel's name for the machine, the column of the table
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
FIRST_X32_CALL = 0x40000000  # x86-64 has a second set of numbers for the same calls
LOAD, IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST, SECOND, THIRD = 0, 4, 16, 24, 32  # offsets in what the filter sees of a call
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
NO_SUCH_CALL, NO_SUCH_FAMILY, NO_SUCH_PROCESS, NO_ACCESS = FAIL | 38, FAIL | 97, FAIL | 3, FAIL | 13


def known() -> bool:
    """Say whether the numbers of this machine's system calls are known."""
    return platform.machine() in MACHINES


def unavailable_reason() -> str:
    """Return "" if system calls can be refused here, else why not."""
    return "" if known() else f"their numbers on {platform.machine()} are not known"


def program() -> bytes:
    """Return the filter as bytes: an array of the kernel's `struct sock_filter`."""
    _, column = MACHINES[platform.machine()]
    steps = _beginning()
    for numbers in REFUSED.values():
        steps += [(IF_EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, NO_SUCH_CALL)]
    for numbers in SOCKETS.values():
        allowed = [step for family in FAMILIES for step in ((IF_EQUAL, 0, 1, family), (RETURN, 0, 0, ALLOW))]
        route = [(IF_EQUAL, 0, 3, socket.AF_NETLINK), (LOAD, 0, 0, THIRD), (IF_EQUAL, 0, 1, 0), (RETURN, 0, 0, ALLOW)]
        one = [(LOAD, 0, 0, FIRST), *allowed, *route, (RETURN, 0, 0, NO_SUCH_FAMILY)]
        steps += [(IF_EQUAL, 0, len(one), numbers[column]), *one]
    return _packed(steps)


def reader(process: int) -> bytes:
    """Return a filter for a process that only reads: what is not in its list of calls does not exist for it.

    It opens nothing to write, has no sockets, and changes no file, no limit and no other process.

    Parameters
    ----------
    process
        Its process number.
    """
    _, column = MACHINES[platform.machine()]
    free = [numbers[column] for numbers in READING.values()] + (OLD_READING if column == 0 else [])
    conditions: list[tuple[int, list]] = [(number, []) for number in free]
    conditions += [(numbers[column], one) for numbers, one in _conditions(process) if numbers[column] is not None]
    steps = _beginning()
    for number, one in conditions:
        one = [*one, (RETURN, 0, 0, ALLOW)]
        steps += [(IF_EQUAL, 0, len(one), number), *one]
    return _packed(steps, NO_SUCH_CALL)


def _conditions(process):
    """Return pairs of a call's numbers and the steps that refuse it unless it only reads, and concerns this process."""
    no_call, no_process, no_access = ((RETURN, 0, 0, error) for error in (NO_SUCH_CALL, NO_SUCH_PROCESS, NO_ACCESS))
    itself = [(LOAD, 0, 0, FIRST), (IF_EQUAL, 1, 0, process), no_process]
    itself_or_0 = [(LOAD, 0, 0, FIRST), (IF_EQUAL, 2, 0, process), (IF_EQUAL, 1, 0, 0), no_process]
    new_limit = [(LOAD, 0, 0, THIRD), (IF_EQUAL, 1, 0, 0), no_call]  # an address, of which this is one half
    new_limit += [(LOAD, 0, 0, THIRD + 4), (IF_EQUAL, 1, 0, 0), no_call]
    return [
        (OPEN, [(LOAD, 0, 0, SECOND), (IF_ANY_BIT, 0, 1, WRITING), no_access]),
        (OPENAT, [(LOAD, 0, 0, THIRD), (IF_ANY_BIT, 0, 1, WRITING), no_access]),
        (IOCTL, [(LOAD, 0, 0, SECOND), (IF_EQUAL, 2, 0, IS_TERMINAL), (IF_EQUAL, 1, 0, CLOSE_ON_EXEC), no_call]),
        (FCNTL, [(LOAD, 0, 0, SECOND), (IF_AT_LEAST, 0, 1, FIRST_CHANGING), no_call]),
        (MADVISE, [(LOAD, 0, 0, THIRD), (IF_AT_LEAST, 0, 1, FIRST_PRIVILEGED), no_call]),
        (CLONE, [(LOAD, 0, 0, FIRST), (IF_ANY_BIT, 1, 0, THREAD), no_process]),
        (PRLIMIT, [*new_limit, *itself_or_0]),
        (KILL_BY_NUMBER, itself),
        (TGKILL, itself),
    ]


def own_end(kernel: int) -> bytes:
    """Return a second filter: it turns the SIGKILL that a kernel sends to itself into another signal.

    Parameters
    ----------
    kernel
        Its process number, which is also its process group's, as the kernel itself sees it.
    """
    _, column = MACHINES[platform.machine()]
    targets = [(IF_EQUAL, 0, 1, number & 0xFFFFFFFF) for number in (kernel, -kernel, 0)]
    targeted = [step for target in targets for step in (target, (RETURN, 0, 0, KILL))]
    everybody = [(IF_EQUAL, 0, 1, 0xFFFFFFFF), (RETURN, 0, 0, NO_SUCH_PROCESS), *targeted]
    by_number = [*_unless_sigkill(SECOND), (LOAD, 0, 0, FIRST), *everybody, (RETURN, 0, 0, ALLOW)]
    steps = [*_beginning(), (IF_EQUAL, 0, len(by_number), KILL_BY_NUMBER[column]), *by_number]
    for place, *numbers in SIGNALS.values():
        one = [*_unless_sigkill({1: SECOND, 2: THIRD}[place]), (RETURN, 0, 0, KILL)]
        steps += [(IF_EQUAL, 0, len(one), numbers[column]), *one]
    return _packed(steps)


def _beginning():
    """Return the steps that refuse other processors' calls, and end with the call's number loaded."""
    architecture, _ = MACHINES[platform.machine()]
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (IF_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (IF_AT_LEAST, 0, 1, FIRST_X32_CALL),
        (RETURN, 0, 0, NO_SUCH_CALL),
    ]


def _unless_sigkill(argument):
    return [(LOAD, 0, 0, argument), (IF_EQUAL, 1, 0, signal.SIGKILL), (RETURN, 0, 0, ALLOW)]


def _packed(steps, otherwise=ALLOW):
    return b"".join(struct.pack("=HBBI", *step) for step in [*steps, (RETURN, 0, 0, otherwise)])
