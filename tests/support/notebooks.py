"""Run a notebook in a kernel of its own."""

import nbclient

from pgcourse._kernels import private_kernel
from tests.support.waiting import PATIENCE

TRANSPORT = """
from ipykernel.kernelapp import IPKernelApp
print(IPKernelApp.instance().transport)
"""


def execute(notebook, folder=None, **options):
    """Run a notebook in place.

    folder   in which it runs
    options  nbclient's
    """
    resources = {"metadata": {"path": folder}} if folder else {}
    limits = dict.fromkeys(("timeout", "startup_timeout"), PATIENCE)
    with private_kernel() as config:
        nbclient.NotebookClient(notebook, resources=resources, config=config, **limits, **options).execute()
