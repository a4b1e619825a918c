"""What all tests share: a picture back end without a window, and two rules for tests that start programs.

A test marked with a key of `pgcourse.tools.needs.NEEDS`, such as `@pytest.mark.browser`, is skipped where that
program is missing; the end of the run lists what was skipped and the command that would enable it.
With CI=true nothing may be skipped so: the test fails.

A test that starts a browser, a grader, a database or a set-up bears a marker of SLOW, and so does one that computes
for half a second or more, or whose cases together take seconds. All others are marked `quick`, which
`start.py test quick` runs, and fail as soon as they start one. Files with slow tests begin first, those that take
minutes, which are marked `long`, before all others; so quick tests fill the time at the end.
"""

import os
import re
import signal
import sys

import hypothesis
import matplotlib
import pytest

from pgcourse.tools.needs import NEEDS

pytest_plugins = ["tests.support.labdrive"]
matplotlib.use("Agg")
hypothesis.settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy machine")
MISSING = "needs {what}, enabled by: {command}"
SLOW = {"slow": "starts a grader or a server, or computes for half a second or more"} | {
    name: f"needs {need.what}" for name, need in NEEDS.items()
}
STARTS_SLOWLY = re.compile(
    r"-m (venv|jupyterlab|nbgrader|dask|pgcourse\.grading)\b|\bpip install\b"
    r"|\bpgcourse (grade|doctor|lab --no-browser)\b|\bstart\.py setup( tests)?$"
    r"|(^|/sh -c )\S*(nbgrader|bwrap|initdb|pg_ctl|postgres|chrom\w*|playwright\S*)( |$)"
)
_running = []  # the quick test that is running


def pytest_configure(config):
    """Register the markers, and hear Ctrl+C: a job in the background ignores it, and so would what it starts."""
    others = {"quick": "bears none of the others; set by itself", "long": "in a file that takes minutes: begins first"}
    for marker, meaning in (SLOW | others).items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
    config.addinivalue_line("markers", "clock: reads a clock, a zone or a locale; test_calendar.py runs it elsewhere")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before pytest looks at `-m quick`
def pytest_collection_modifyitems(items):
    """Mark the quick tests, and put files with others first, keeping the tests of a file together."""
    order = {}
    for item in items:
        if not any(map(item.get_closest_marker, SLOW)):
            item.add_marker("quick")
        rank = 0 if item.get_closest_marker("long") else 2 if item.get_closest_marker("quick") else 1
        order[item.path] = min(rank, order.get(item.path, rank))
    items.sort(key=lambda item: order[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Watch over what a quick test and its fixtures start."""
    _running[:] = [item] if item.get_closest_marker("quick") else []
    try:
        return (yield)
    finally:
        _running.clear()


def _watch(event, arguments):
    if event != "subprocess.Popen" or not _running:
        return
    words = [arguments[1]] if isinstance(arguments[1], (str, bytes)) else arguments[1]
    command = " ".join(map(os.fsdecode, words))
    if command.startswith(f"{sys.executable} -c "):  # a program may name what it does not start
        return
    if found := STARTS_SLOWLY.search(command):
        pytest.fail(f"A quick test starts no `{found[0]}`: mark it with one of {', '.join(SLOW)}.")


sys.addaudithook(_watch)


def pytest_runtest_setup(item):
    """Skip a test whose program is missing, or fail it in CI."""
    for marker, need in NEEDS.items():
        if item.get_closest_marker(marker) and not need.present():
            reason = MISSING.format(what=need.what, command=need.command())
            if os.environ.get("CI") == "true":
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


def pytest_terminal_summary(terminalreporter):
    """Say how many tests each missing program has cost and what would enable them."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for need in NEEDS.values():
        reason = MISSING.format(what=need.what, command=need.command())
        count = sum(reason in text for text in skipped)
        if count:
            terminalreporter.write_line(f"SKIPPED {count} tests: each {reason}", yellow=True, bold=True)
