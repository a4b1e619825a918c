"""`pgcourse doctor`: check the installation, one line a check, and say what to do."""

import platform
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from pgcourse.tools.lab import course_root
from pgcourse.tools.needs import NEEDS

SET_UP = "run `python3 start.py setup`"
SERVER_EXTENSIONS = ("formgrader", "validate_assignment", "assignment_list", "course_list")


def add_arguments(parser):
    """Declare the arguments of `pgcourse doctor`: it has none."""


def main(args):
    """Run every check; gives back 1 if anything is wrong that the course needs, else 0."""
    healthy = True
    for check in (_python, _packages, _kernel, _lab_extension, _server_extensions, _course_folder):
        for name, fault in check():
            print(f"ok     {name}" if fault is None else f"WRONG  {name}: {fault}", flush=True)
            healthy = healthy and fault is None
    for need in NEEDS.values():
        present = need.present()
        users = f"{need.users} needs" if need.users else "only tests need"
        remedy = "" if present else need.fault() or need.command()
        print(f"ok     {need.what}" if present else f"note   no {need.what} that works, which {users}: {remedy}")
    return 0 if healthy else 1


# Each check yields pairs (what was checked, None or what is wrong and what to do).


def _python():
    wanted = metadata("pgcourse")["Requires-Python"]
    found = platform.python_version()
    fault = f"the course needs {wanted}; install one and {SET_UP} with it"
    yield f"Python {found}", None if SpecifierSet(wanted).contains(found) else fault


def _packages():
    for requirement in map(Requirement, requires("pgcourse")):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield _package(requirement)


def _package(requirement):
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return requirement.name, f"not installed; {SET_UP}"
    fits = requirement.specifier.contains(found, prereleases=True)
    fault = f"the course needs {requirement.specifier}; {SET_UP}"
    return f"{requirement.name} {found}", None if fits else fault


def _kernel():
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    name = "kernel python3"
    try:
        specification = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        yield name, f"missing; {SET_UP}"
        return
    program = specification.argv[0]
    # Jupyter starts a kernel whose program is plain `python` with the interpreter that it runs on itself.
    own = program in ("python", "python3") or _folder(program) == _folder(sys.executable)
    fault = f"it starts another Python, {program}; remove {specification.resource_dir}"
    yield name, None if own else fault


def _folder(program):
    return Path(program).parent.resolve()  # not the program itself: environments link to a shared one


def _lab_extension():
    from jupyter_core.paths import jupyter_path
    from jupyterlab_server.config import get_federated_extensions, get_page_config

    name, folders = "@jupyter/nbgrader", jupyter_path("labextensions")
    title = "nbgrader in JupyterLab"
    if name not in get_federated_extensions(folders):
        yield title, f"not installed; {SET_UP}"
    elif any(disabled.startswith(name) for disabled in get_page_config(folders)["disabledExtensions"]):
        yield title, f"disabled; run `jupyter labextension enable {name}`"
    else:
        yield title, None


def _server_extensions():
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    enabled = manager.get_jpserver_extensions()
    for extension in SERVER_EXTENSIONS:
        module = f"nbgrader.server_extensions.{extension}"
        fault = f"not enabled; run `jupyter server extension enable {module}`"
        yield f"nbgrader's {extension} in the server", None if enabled.get(module) else fault


def _course_folder():
    root = course_root()
    name = f"course folder {root}"
    try:
        with tempfile.TemporaryFile(dir=root):
            yield name, None
    except OSError as error:
        yield name, f"cannot be written to ({error.strerror}); copy the course to a folder of your own"
