"""What all tests share: a picture back end without a window, and one rule for tests that need a program.

A test marked with a key of `pgcourse.tools.needs.NEEDS`, such as `@pytest.mark.browser`, is skipped where that
program is missing; the end of the run lists what was skipped and the command that would enable it.
With CI=true nothing may be skipped so: the test fails.
"""

import os

import matplotlib
import pytest

from pgcourse.tools.needs import NEEDS

pytest_plugins = ["labdrive"]
matplotlib.use("Agg")
MISSING = "needs {what}, enabled by: {command}"


def pytest_configure(config):
    """Register one marker for each need."""
    for marker, need in NEEDS.items():
        config.addinivalue_line("markers", f"{marker}: needs {need.what}")


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
