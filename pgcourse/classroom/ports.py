"""Which ports of this machine are in use."""

import contextlib
import errno
import random
import socket
from collections.abc import Sequence

PORTS = range(10_000, 32_000)  # the system hands higher ones to whoever wants any, before ours are in use


def free_ports(count: int = 1, wishes: Sequence[int] = ()) -> list[int]:
    """Return ports of 127.0.0.1 that are free now.

    Parameters
    ----------
    count
        How many.
    wishes
        Ports that are taken first, if they are free; the others are drawn from PORTS.

    Returns
    -------
    list of int
        No port twice.

    Raises
    ------
    ValueError
        A sentence, if there are not that many.
    """
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        for port in (*wishes, *random.SystemRandom().sample(PORTS, min(100, len(PORTS)))):
            if len(found) < count:
                with contextlib.suppress(OSError):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
                    found.append(port)
    if len(found) < count:
        raise ValueError("no port of this machine can be used: end what has taken them all, then try again.")
    return found


def is_taken(port: int) -> bool:
    """Say whether a program listens on a port, at any address of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # nobody listens on one that has just been left
        try:
            probe.bind(("", port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
