"""What runs inside a sandbox before a student's kernel does: files, limits, then ipykernel.

Run as `python -m pgcourse.grading.sandbox.kernel ORDER`, where ORDER is JSON:

    arguments  list of strings for ipykernel
    limits     {name of a resource limit without RLIMIT_: number}
    work_size  megabytes that each private directory may hold
"""

import contextlib
import json
import os
import resource
import shutil
import sys
from pathlib import Path


def main(order):
    """Become the kernel of an order; comes back when the kernel ends."""
    settle_in()
    limit(order["limits"])
    kernel = application(order["arguments"])
    kernel.start()


def settle_in():
    """Copy the submission's files and matplotlib's list of fonts to where the kernel may write; go there."""
    work = Path.home() / "submission"
    shutil.copytree("/files", work, symlinks=True)
    shutil.copytree("/course/matplotlib", os.environ["MPLCONFIGDIR"])
    os.chdir(work)
    sys.path.remove(str(Path.home()))  # put there by Python; ipykernel adds the folder in which the kernel works


def limit(limits):
    """Set the resource limits of this process and of all that it starts; be the first to go when memory ends."""
    Path("/proc/self/oom_score_adj").write_text("1000")
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


def application(arguments):
    """Return the kernel, its sockets bound, without a debugger, ready to start."""
    with no_debugger():
        import ipykernel.debugger  # noqa: F401
        from ipykernel.kernelapp import IPKernelApp
    sys.argv = ["ipykernel_launcher", *arguments]
    silence()
    kernel = IPKernelApp.instance()
    kernel.initialize(arguments)
    return kernel


@contextlib.contextmanager
def no_debugger():
    """Import ipykernel without the debugger: it is slow to import and of no use here."""
    sys.modules["debugpy"] = None
    yield
    del sys.modules["debugpy"]


def silence():
    """Send what is written below Python nowhere: not to the grader's terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
