"""The system calls that a sandbox refuses, as a seccomp filter.

User namespaces and resource limits already prevent most harm. Refused here are memory that no limit counts (memfd,
System V), keyrings, which outlive a kernel, unusual families of sockets, since some reach the host whatever the
namespace (vsock), and a few calls that no notebook needs and that often had flaws.

A kernel that kills itself by SIGKILL dies by SIGSYS instead: so the grader can tell its end from one that came from
outside, such as Linux's own when memory runs out. What gets around that (a timer's signal, for example) looks like the
latter, and then nobody gets a mark without a person.
"""

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
EXEC = {"execve": (59, 221), "execveat": (322, 281)}
# processes that share nothing are made by these, threads by the last, whose other form hides its flags in memory
FORK, CLONE, CLONE_IN_MEMORY, THREAD = (57, 58), (56, 220), 435, 0x10000
# the argument that holds the signal: number on x86-64, number on aarch64
SIGNALS = {"tkill": (1, 200, 130), "tgkill": (2, 234, 131), "rt_sigqueueinfo": (1, 129, 138)}
SIGNALS["rt_tgsigqueueinfo"] = (2, 297, 240)
QUEUED = ("tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")  # which nobody needs to end by itself
# the kernel's name for the machine, the column of the table
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
FIRST_X32_CALL = 0x40000000  # x86-64 has a second set of numbers for the same calls
LOAD, IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST, SECOND, THIRD = 0, 4, 16, 24, 32  # offsets in what the filter sees of a call
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
NO_SUCH_CALL, NO_SUCH_FAMILY, NO_SUCH_PROCESS = FAIL | 38, FAIL | 97, FAIL | 3


def known() -> bool:
    """Say whether the numbers of this machine's system calls are known."""
    return platform.machine() in MACHINES


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
    """Return a filter for a process that only reads: no sockets, no programs, no other processes, no signals to them.

    Parameters
    ----------
    process
        Its process number.
    """
    _, column = MACHINES[platform.machine()]
    refused = [numbers[column] for numbers in (REFUSED | EXEC | SOCKETS).values()]
    refused += [CLONE_IN_MEMORY, *(FORK if column == 0 else ()), *(SIGNALS[name][1 + column] for name in QUEUED)]
    steps = _beginning()
    for number in refused:
        steps += [(IF_EQUAL, 0, 1, number), (RETURN, 0, 0, NO_SUCH_CALL)]
    thread = [(LOAD, 0, 0, FIRST), (IF_ANY_BIT, 0, 1, THREAD), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, NO_SUCH_PROCESS)]
    itself = [(LOAD, 0, 0, FIRST), (IF_EQUAL, 0, 1, process), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, NO_SUCH_PROCESS)]
    some = {CLONE[column]: thread, KILL_BY_NUMBER[column]: itself, SIGNALS["tgkill"][1 + column]: itself}
    for number, one in some.items():
        steps += [(IF_EQUAL, 0, len(one), number), *one]
    return _packed(steps)


def own_end(kernel: int) -> bytes:
    """Return a second filter: it turns the SIGKILL that a kernel sends to itself into another signal.

    Parameters
    ----------
    kernel
        Its process number, which is also its process group's, as it sees that.
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


def _packed(steps):
    return b"".join(struct.pack("=HBBI", *step) for step in [*steps, (RETURN, 0, 0, ALLOW)])
