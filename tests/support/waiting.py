"""Wait for a state, never for a time: on a machine that has other work a step may take ten times as long."""

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

PATIENCE = 600
"""Seconds after which what is waited for counts as never to come; none of them is spent when all is well."""


def until(condition, seconds=PATIENCE):
    """Wait until a function says yes, and return that; when the time is over, return its last answer."""
    end = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def alive(process):
    """Say whether a process still runs; one that waits for its parent to hear of its end does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def completed(coroutine):
    """Run a coroutine to its end, in a thread of its own: a browser that other tests left open has this one's loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
