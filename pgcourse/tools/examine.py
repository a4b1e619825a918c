"""What `pgcourse doctor` can only learn by importing what it looks at: so this runs in a process of its own.

`python -m pgcourse.tools.examine` prints one line per finding, JSON of [name, null or what is wrong and what to do].
"""

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_core import paths
from jupyter_server.extension.config import ExtensionConfigManager
from jupyterlab_server.config import get_federated_extensions, get_page_config

from pgcourse.grading.coursefolder import refusal
from pgcourse.tools.packages import remedy

PICTURES = ("numpy.random", "matplotlib.pyplot", "ipywidgets", "pgcourse.demos")
SERVER_EXTENSIONS = ("formgrader", "validate_assignment", "assignment_list", "course_list")
FOLDERS = {  # the variable that says where each is, if not in the home folder
    "JUPYTER_CONFIG_DIR": paths.jupyter_config_dir,
    "JUPYTER_DATA_DIR": paths.jupyter_data_dir,
    "JUPYTER_RUNTIME_DIR": paths.jupyter_runtime_dir,
}


def main() -> None:
    """Print all findings."""
    for name in PICTURES:
        importlib.import_module(name)
    checks = [kernel, folders]
    if importlib.util.find_spec("nbgrader"):
        checks += [lab_extension, server_extensions]
    for check in checks:
        for finding in check():
            print(json.dumps(finding), flush=True)


def kernel() -> Iterator[tuple[str, str | None]]:
    """Yield whether notebooks run in this Python."""
    name = "kernel python3"
    try:
        specification = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        yield name, f"missing; {remedy('--force-reinstall ipykernel')}"
        return
    program = specification.argv[0]
    # Jupyter starts a kernel whose program is plain `python` with the interpreter that it runs on itself.
    own = program in ("python", "python3") or _folder(program) == _folder(sys.executable)
    fault = f"it starts another Python, {program}; remove {specification.resource_dir}"
    yield name, None if own else fault


def _folder(program: str) -> Path:
    return Path(program).parent.resolve()  # not the program itself: environments link to a shared one


def folders() -> Iterator[tuple[str, str | None]]:
    """Yield whether JupyterLab can write down its settings, and what it needs to run."""
    name, said = "a home folder for JupyterLab", set()
    for variable, find in FOLDERS.items():
        variable = variable if variable in os.environ else "HOME"
        if variable not in said and (reason := refusal(Path(find()))):
            said.add(variable)
            yield name, f"{find()} cannot be written to ({reason}); set {variable} to a folder that can"
    if not said:
        yield name, None


def lab_extension() -> Iterator[tuple[str, str | None]]:
    """Yield whether JupyterLab has nbgrader's menus."""
    name, places = "@jupyter/nbgrader", paths.jupyter_path("labextensions")
    title = "nbgrader in JupyterLab"
    if name not in get_federated_extensions(places):
        yield title, f"not installed; {remedy('--force-reinstall nbgrader')}"
        return
    for part in get_page_config(places)["disabledExtensions"]:
        if part.partition(":")[0] == name:
            file = deciding("labconfig/page_config", lambda page: page.get("disabledExtensions", {}), part)
            way_out = f"remove that from {file}" if file else f"run `jupyter labextension enable {part}`"
            yield title, f"{part} is disabled; {way_out}"
            return
    yield title, None


def server_extensions() -> Iterator[tuple[str, str | None]]:
    """Yield for each of nbgrader's pages whether the server shows it."""
    manager = ExtensionConfigManager(read_config_path=paths.jupyter_config_path())
    enabled = manager.get_jpserver_extensions()
    for extension in SERVER_EXTENSIONS:
        module = f"nbgrader.server_extensions.{extension}"
        section = "jupyter_server_config"
        file = deciding(section, lambda page: page.get("ServerApp", {}).get("jpserver_extensions", {}), module)
        way_out = f"remove its line from {file}" if file else f"run `jupyter server extension enable {module}`"
        title = f"nbgrader's {extension} in the server"
        yield title, None if enabled.get(module) else f"not enabled; {way_out}"


def deciding(section: str, part: Callable[[Any], dict[str, Any]], name: str) -> Path | None:
    """Return the file of Jupyter's settings that decides about a name; None if none mentions it.

    Parameters
    ----------
    section : str
        Name of the file without its suffix, which may also be a folder NAME.d.
    part : callable
        Takes out of a file's content the dict in which the name may be.
    name : str
        Of an extension.
    """
    for folder in map(Path, paths.jupyter_config_path()):
        for file in [folder / f"{section}.json", *sorted(folder.glob(f"{section}.d/*.json"), reverse=True)]:
            if file.is_file() and file.stat().st_size and name in part(json.loads(file.read_text(encoding="utf-8"))):
                return file
    return None


if __name__ == "__main__":
    main()
