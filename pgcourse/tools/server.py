"""JupyterLab as `pgcourse lab` starts it: of all that it does it says which address to open, and what goes wrong."""

import contextlib
import os
import sys

from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp

from pgcourse.tools import examine


class Server(ServerApp):
    """JupyterLab's server; it says its address in one line, once it is there."""

    def start_app(self) -> None:
        """Start, and say where."""
        address = self.public_url  # with the token, unless somebody has chosen it
        self.identity_provider.token_generated = False  # else seven lines say the same
        super().start_app()
        # Once the loop runs, since a signal that comes before would be lost; and past the buffer of standard error,
        # where the server logs each signal: in the middle of a print there it would fail, and be lost as well.
        line = f"JupyterLab is at {address} (Ctrl+C stops it)\n"
        self.io_loop.add_callback(os.write, sys.stderr.fileno(), line.encode())


def main() -> None:
    """Serve until it is stopped; the arguments are those of `jupyter lab`."""
    if faults := [fault for _, fault in examine.folders() if fault]:
        sys.exit("\n".join(f"pgcourse lab: {fault}." for fault in faults))
    LabApp.serverapp_class = Server
    with contextlib.suppress(KeyboardInterrupt):  # before it listens; then it asks
        LabApp.launch_instance(["--Application.log_level=WARN", *sys.argv[1:]])


if __name__ == "__main__":
    main()
