"""Running notebooks on a Dask cluster: a submission is sent to a worker, and comes back run and checked, as plain text.

The gradebook and nbgrader's own steps stay where `pgcourse grade` runs. The workers need this package, the course's
packages and what the sandbox needs. What travels is a notebook with its checks, the files beside it, the course's
private files and settings.
"""

import base64
import dataclasses
import functools
import json
import platform
import uuid
from collections.abc import Callable
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import NbGraderException
from nbgrader.preprocessors import Execute

from pgcourse.grading.batch.source import InstructorVersion
from pgcourse.grading.errors import Stopped
from pgcourse.grading.sandbox import bubblewrap
from pgcourse.grading.sandbox.provisioner import SandboxedProvisioner

LOST = (
    "The workers that ran this notebook were killed, one after the other, perhaps because it needs more memory than "
    "they have: give them more, then run the same command."
)
BYTES = "/base64"  # the key of what stands for bytes; no file is called so
SAME = ("pgcourse", "nbgrader", "nbclient", "ipykernel", "numpy")  # what decides how a notebook is run and checked


def execute(
    run: Callable[[str], str],
    executor: Execute,
    nb: nbformat.NotebookNode,
    resources: dict,
    version: InstructorVersion,
) -> nbformat.NotebookNode:
    """Run a notebook on the cluster whose scheduler an executor names.

    Parameters
    ----------
    run
        Called by a worker with what `packed` returns; returns the text of the notebook that was run.
    executor
        A SandboxedExecute.
    nb
        The submission.
    resources
        nbconvert's; the files beside the submission are sent too.
    version
        The instructor's version of the notebook.

    Raises
    ------
    Stopped
        If the cluster cannot be used.
    NbGraderException
        If the workers that ran this notebook were killed.
    """
    import distributed

    client = connect(executor.scheduler, executor.sandbox, executor.scheduler_timeout)
    work = packed(nb, Path(resources["metadata"]["path"]), version, settings(executor))
    future = client.submit(run, work, key=f"pgcourse-{uuid.uuid4()}", pure=False)
    while not future.done():
        try:
            distributed.wait([future], timeout=executor.scheduler_timeout)
        except TimeoutError:
            _expect_workers(client, executor.scheduler, executor.scheduler_timeout)
    try:
        return nbformat.reads(future.result(), as_version=nbformat.NO_CONVERT)
    except distributed.KilledWorker:
        raise NbGraderException(LOST) from None
    except (distributed.client.FutureCancelledError, OSError) as error:
        remedy = "start it again, then run the same command"
        raise Stopped(f"The scheduler at {executor.scheduler} is gone ({error}): {remedy}.") from error


def packed(nb: nbformat.NotebookNode, folder: Path, version: InstructorVersion, settings: dict) -> str:
    """Return what a worker needs as JSON text: a notebook, the files beside it, the instructor's version, settings."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".ipynb"]
    work = {
        "notebook": nbformat.writes(nb),
        "files": {path.relative_to(folder).as_posix(): path.read_bytes() for path in files},
        "version": dataclasses.asdict(version),
        "settings": settings,
    }
    return json.dumps(work, default=lambda data: {BYTES: base64.b64encode(data).decode()})


def unpacked(text: str) -> tuple[nbformat.NotebookNode, dict[str, bytes], dict, dict]:
    """Return what `packed` was given, the files as {name: bytes} and the instructor's version as a dict."""
    work = json.loads(text, object_hook=lambda entry: base64.b64decode(entry[BYTES]) if BYTES in entry else entry)
    notebook = nbformat.reads(work["notebook"], as_version=nbformat.NO_CONVERT)
    return notebook, work["files"], work["version"], work["settings"]


def settings(executor: Execute) -> dict[str, dict]:
    """Return {class: {trait: value}} of what configures an executor and its sandbox, as far as JSON can hold it."""
    left_out = ("scheduler", "private_files")  # a worker gets the files' content
    sandbox = SandboxedProvisioner(config=executor.config)  # its limits, by whichever class and way they were set
    return {"SandboxedExecute": _plain(executor, left_out), "SandboxedProvisioner": _plain(sandbox, ())}


def _plain(each, left_out):
    """Return {trait: value} of what configures an object, as far as JSON can hold it."""
    kinds = (bool, int, float, str, list, type(None))
    values = {name: getattr(each, name) for name in each.trait_names(config=True) if name not in left_out}
    return {name: value for name, value in values.items() if isinstance(value, kinds)}


@functools.cache
def connect(scheduler: str, sandboxed: bool, timeout: float) -> Any:
    """Return the Dask client of a scheduler whose workers can grade; raises Stopped for any other."""
    try:
        import distributed
    except ImportError:
        raise Stopped("A cluster needs the package distributed: run `pip install distributed`.") from None
    try:
        client = distributed.Client(scheduler, timeout=timeout)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise Stopped(f"There is no Dask scheduler at {scheduler} ({reason}): check the address.", 2) from error
    try:
        _expect_workers(client, scheduler, timeout)
        _expect_the_same(client, sandboxed)
    except Stopped:
        client.close()
        raise
    client.run_on_scheduler(retry_once)
    return client


def _expect_the_same(client, sandboxed):
    own = versions()
    for worker, (theirs, problem) in client.run(condition, sandboxed).items():
        differing = [
            f"{name} {theirs.get(name)} instead of {own[name]}" for name in own if theirs.get(name) != own[name]
        ]
        if differing:
            raise Stopped(f"The worker {worker} has {', '.join(differing)}: install the same versions everywhere.")
        if problem:
            raise Stopped(f"The worker {worker} has no sandbox. {problem}")


def _expect_workers(client, scheduler, timeout):
    try:
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError:
        sentence = (
            f"The scheduler at {scheduler} has no workers: start some with `dask worker {scheduler} --nthreads 1`."
        )
        raise Stopped(sentence) from None


def versions() -> dict[str, str]:
    """Return {package: version} of what must be the same everywhere."""
    return {"python": platform.python_version()} | {name: installed(name) for name in SAME}


def condition(sandboxed: bool) -> tuple[dict[str, str], str]:
    """Return a worker's versions, and a sentence if it lacks a sandbox that it needs."""
    return versions(), bubblewrap.unavailable_reason() if sandboxed else ""


def retry_once(dask_scheduler: Any) -> None:
    """Let a scheduler give a notebook to a second worker if the first one is killed, and to no third."""
    dask_scheduler.allowed_failures = 1
