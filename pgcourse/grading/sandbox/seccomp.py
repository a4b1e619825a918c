"""The system calls that a sandbox refuses, as a seccomp filter.

User namespaces and resource limits already prevent most harm. Refused here are memory that no limit counts (memfd,
System V), keyrings, which outlive a kernel, and a few calls that no notebook needs and that often had flaws.
"""

import platform
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
}
# the kernel's name for the machine, the column of the table
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
FIRST_X32_CALL = 0x40000000  # x86-64 has a second set of numbers for the same calls
LOAD, IF_EQUAL, IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE = 0, 4  # offsets in what the filter sees of a call
ALLOW, KILL, NO_SUCH_CALL = 0x7FFF0000, 0x80000000, 0x00050000 | 38


def known() -> bool:
    """Say whether the numbers of this machine's system calls are known."""
    return platform.machine() in MACHINES


def program() -> bytes:
    """Return the filter as bytes: an array of the kernel's `struct sock_filter`."""
    architecture, column = MACHINES[platform.machine()]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (IF_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (IF_AT_LEAST, 0, 1, FIRST_X32_CALL),
        (RETURN, 0, 0, NO_SUCH_CALL),
    ]
    for numbers in REFUSED.values():
        steps += [(IF_EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, NO_SUCH_CALL)]
    steps.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
