"""A folder that is read-only for one command, where the tests may mount."""

import os
import shutil
import subprocess

READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"'


def may_mount(folder):
    """Say whether this process may mount folders where only its own children see it."""
    if os.name == "nt" or os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    return (
        subprocess.run(["unshare", "--mount", "mount", "--bind", folder, folder], capture_output=True).returncode == 0
    )


def read_only(folder):
    """Return the words that go before a command to run it in a folder that it cannot write to."""
    return ["unshare", "--mount", "sh", "-c", READ_ONLY, str(folder)]
