"""Stock nbgrader with one submission and a neighbour, in a cage: bubblewrap, with no more than this test's folder."""

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from signal import SIGKILL

from tests.submissions.case import EARNED, PS, cells
from tests.submissions.zoo import Listener, Zoo, watched
from tests.support.course import ROOT

LAST = "zz neighbour"
LIMIT = 90
"""Seconds that the two submissions may take; a good one takes under three."""


def caged(folder, readable, *command):
    """Run a command that can write to one folder alone, with processes and a network of its own; return what run does.

    folder    the one it can write to
    readable  another, under /tmp, that it needs
    """
    cage = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--die-with-parent"]
    cage += ["--tmpfs", "/tmp", "--tmpfs", "/var/tmp"]
    cage += ["--ro-bind", str(readable), str(readable), "--bind", str(folder), str(folder)]
    cage += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--setenv", "ZOO", "throw-away", "--chdir", str(ROOT)]
    cage += ["prlimit", f"--as={8 * 2**30}", "--core=0"]
    return subprocess.run([*cage, *command], capture_output=True, text=True, errors="replace", timeout=LIMIT + 120)


def alone(case, folder, template):
    """Grade one submission, with a neighbour after it; return a dict of what was seen. To be run in the cage.

    template  folder of a Zoo whose release is taken over
    """
    zoo = Zoo(folder, stock=True, timeout=8, like=template)
    listener = Listener(zoo)
    case.write(zoo.folder(case.name), zoo)
    zoo.hand_in_neighbours([LAST])
    with watched(zoo, patience=3) as left:
        done = zoo.nbgrader("autograde", PS, limit=LIMIT)
    rows = zoo.rows()
    seen = zoo.found(case.name, rows)
    if "title = 'zoo'" in seen.text:  # feedback holds nothing else that the notebook does not
        zoo.nbgrader("generate_feedback", PS, "--student", case.name, limit=LIMIT)
        seen = zoo.found(case.name, rows)
    listener.close()
    whole = rows.get(LAST, (None, ""))
    return {
        "ended": done.returncode is not None,
        "points": seen.points,
        "graded": zoo.is_graded(case.name),
        "leaks": seen.printed,
        "scripts": seen.scripts,
        "neighbour": whole[0] == 12 and not whole[1] and zoo.is_graded(LAST),
        **left,
    }


def outcome(case):
    """Return in a few words what stock nbgrader makes of a case."""
    if case.unsafe:
        return f"not run: {case.unsafe}"
    folder = Path(tempfile.mkdtemp(prefix="zoo-"))
    try:
        template = template_course().path.parent
        command = [sys.executable, "-m", "tests.submissions", "alone", case.name, str(folder), str(template)]
        done = caged(folder, template, *command)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode in (-SIGKILL, 128 + SIGKILL):
        return "**all that the instructor runs is killed**"
    if done.returncode:
        raise RuntimeError(f"{case.name}: the run in the cage stopped.\n{done.stderr[-3000:]}")
    return words(json.loads(done.stdout.splitlines()[-1]), usual())


def words(seen, usual_leaks=()):
    """Return in a few words what `alone` has seen."""
    if not seen["ended"]:
        return f"the batch hangs (ended after {LIMIT} s)"
    said = []
    if not seen["graded"]:
        said.append("not graded")
    elif seen["points"] != EARNED:
        said.append(f"**{seen['points']:g} points**" if seen["points"] > EARNED else f"{seen['points']:g} points")
    leaks = [leak for leak in seen["leaks"] if leak not in usual_leaks]
    if leaks:
        said.append(f"sees {', '.join(leaks)}")
    ways = {
        "scripts": "its scripts run in the feedback",
        "processes": "leaves processes",
        "files": "leaves files",
        "changed": "changes what was handed in",
    }
    said += [sentence for key, sentence in ways.items() if seen[key]]
    if not seen["neighbour"]:
        said.append("**its neighbour is not graded, or not rightly**")
    return "; ".join(said) or f"{EARNED:g} points"


@cache
def template_course():
    """Return a Zoo whose release others take over; it is removed when Python ends."""
    folder = Path(tempfile.mkdtemp(prefix="zoo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Zoo(folder, stock=True)


@cache
def usual():
    """Return what stock nbgrader shows to a student who has done nothing to see it."""
    folder = Path(tempfile.mkdtemp(prefix="zoo-"))
    try:
        return tuple(alone(cells("honest", "", {}), folder, template_course())["leaks"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def outcomes(cases, workers=2):
    """Yield (case, words) for each, in order."""
    usual()
    with ThreadPoolExecutor(workers) as pool:
        yield from zip(cases, pool.map(outcome, cases), strict=True)
