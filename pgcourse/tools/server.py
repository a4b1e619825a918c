"""JupyterLab as `pgcourse lab` starts it: it prints only which address to open, and what goes wrong."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyterlab.labapp import LabApp
from traitlets import Bool, default

from pgcourse.tools import examine


class Connection(ZMQChannelsWebsocketConnection):
    """The connection of a kernel to a page, which sends each message at once.

    Otherwise TCP holds a small message back until the one before it is acknowledged, some 40 ms later, and the picture
    waits: a kernel says that it is busy before it says what has changed.
    """

    def connect(self) -> Any:
        """Connect, with Nagle's algorithm off."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()


class Server(ServerApp):
    """JupyterLab's server; it says its address in one line, once it is there.

    Attributes
    ----------
    slides : bool
        Whether it serves the lecture's slides, too.
    """

    slides = Bool(False, config=True)

    @default("kernel_websocket_connection_class")
    def _default_kernel_websocket_connection_class(self) -> Any:
        usual = super()._default_kernel_websocket_connection_class()
        return Connection if usual is ZMQChannelsWebsocketConnection else usual  # a gateway has its own

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Set up, and write the slides into a folder that is removed when this process ends."""
        super().initialize(*args, **kwargs)
        if self.slides:
            from pgcourse.tools import present

            self._folder = tempfile.TemporaryDirectory(prefix="pgcourse-slides-")
            try:
                present.write(Path(self.root_dir), Path(self._folder.name))
            except ValueError as error:
                sys.exit(f"pgcourse lab: {error}.")
            present.serve(self, Path(self._folder.name))

    def start_app(self) -> None:
        """Start, and say where."""
        address = self.public_url  # with the token, unless somebody has chosen it
        self.identity_provider.token_generated = False  # else seven lines say the same
        super().start_app()
        # Only once the loop runs, since a signal sent before that, on reading the line, would be lost; and past the
        # buffer of standard error: the server logs a signal there, which fails during a print and loses it as well.
        line = f"{'The lecture' if self.slides else 'JupyterLab'} is at {address} (Ctrl+C stops it)\n"
        self.io_loop.add_callback(os.write, sys.stderr.fileno(), line.encode())


def main() -> None:
    """Serve until it is stopped; the arguments are those of `jupyter lab`."""
    if faults := [fault for _, fault in examine.folders() if fault]:
        sys.exit("\n".join(f"pgcourse lab: {fault}." for fault in faults))
    LabApp.serverapp_class = Server
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C before it listens; later, the server asks
        LabApp.launch_instance(["--Application.log_level=WARN", *sys.argv[1:]])


if __name__ == "__main__":
    main()
