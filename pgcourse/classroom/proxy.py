"""The proxy of JupyterHub, `configurable-http-proxy`: where it is, and whether it starts."""

import functools
import re
import shutil
import subprocess

from pgcourse.tools.needs import last_line

NAME = "configurable-http-proxy"
OLDEST = (4, 5)  # Debian 12's
REMEDY = f"run `sudo apt-get install node-{NAME}` or, with Node.js 22, `sudo npm install --global {NAME}@5`"
# Debian's packages of JavaScript, which no other Node.js than Debian's finds by itself
DEBIANS_NODE = ("env", "NODE_PATH=/usr/share/nodejs")


@functools.cache
def command() -> tuple[str, ...]:
    """Find the command that starts the proxy.

    Raises
    ------
    ValueError
        A sentence with the command that helps, if it is missing, does not start or is too old.
    """
    path = shutil.which(NAME)
    if path is None:
        raise ValueError(f"{NAME} is not installed, without which no page is served: {REMEDY}.")
    said = ""
    for words in ((path,), (*DEBIANS_NODE, path)):
        done = subprocess.run([*words, "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            _refuse_old(done.stdout.strip(), path)
            return words
        said = said or next((line for line in done.stderr.splitlines() if "Error" in line), last_line(done.stderr))
    raise ValueError(f"{path} does not start ({said}): {REMEDY}.")


def _refuse_old(version: str, path: str) -> None:
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    if not numbers or tuple(map(int, numbers.groups())) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise ValueError(f"{path} has the version {version}, and {wanted} or newer is wanted: {REMEDY}.")
