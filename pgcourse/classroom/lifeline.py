"""JupyterHub as the child of a trial: it ends, in order, with whoever started it, however that one ended.

Run as `python -m pgcourse.classroom.lifeline ARGS`, where ARGS are JupyterHub's. Its standard input is a pipe, whose
other end is held by the trial and closed by the system even when the trial is killed.
"""

import os
import signal
import sys
import threading

from jupyterhub.app import main


def _end_with_the_other_end() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_other_end, daemon=True).start()
    main()
