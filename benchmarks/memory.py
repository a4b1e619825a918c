"""What a student takes of a machine's memory: a JupyterLab server, and a kernel that has run a lecture.

python benchmarks/memory.py [NOTEBOOK]

Pages that processes share, such as those of libraries, are counted in equal shares (PSS), as of the two that run here:
where a whole class shares them, each takes somewhat less. Linux only.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]


def megabytes(pid: int) -> float:
    """Return the proportional share of memory of a process and its children, in megabytes."""
    total = int(re.search(r"^Pss: +(\d+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1]) / 1024
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return total + sum(megabytes(int(child)) for child in children)


def kernel(notebook: Path) -> float:
    """Return what a kernel takes once it has run a notebook."""
    client = NotebookClient(nbformat.read(notebook, 4), timeout=600)
    with client.setup_kernel():
        for index, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, index)
        return megabytes(client.km.provisioner.pid)


def server() -> float:
    """Return what JupyterLab takes once it answers."""
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += ["--allow-root"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            command, cwd=home, env={**os.environ, "HOME": home}, stderr=subprocess.PIPE, text=True
        )
        try:
            for line in process.stderr:
                if "is running at" in line:
                    break
            return megabytes(process.pid)
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    """Print both, and their sum."""
    notebook = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "lectures" / "05_left_right.ipynb"
    parts = {"JupyterLab": server(), f"a kernel after {notebook.name}": kernel(notebook)}
    for name, value in (*parts.items(), ("together", sum(parts.values()))):
        print(f"{name:40} {value:6.0f} MB")


if __name__ == "__main__":
    main()
