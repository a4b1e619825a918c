"""The `pgcourse` command, which is also `python -m pgcourse`.

Before it imports anything else, it looks whether PYTHONPATH hides a module of Python's own, on which nothing can rely
then. What hides a module that Python itself needs to begin, such as `types`, it cannot name.
"""

import os
import sys


def main() -> int:
    """Run the command line; the exit code is 1 where something is wrong."""
    if shadow := _shadow():
        way_out = "PYTHONPATH names its folder: run `unset PYTHONPATH`"
        print(f"pgcourse: Python finds {shadow} in the place of its own module; {way_out}.", file=sys.stderr)
        return 1
    from pgcourse.tools import cli

    return cli.main()


def _shadow() -> str:
    """Return a file of PYTHONPATH that hides a module of Python's own; "" for none."""
    folders = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    own = os.path.realpath(os.path.dirname(os.__file__))
    for folder in (folder for folder in folders if os.path.realpath(folder) != own):
        for name in sorted(sys.stdlib_module_names):
            for path in (os.path.join(folder, f"{name}.py"), os.path.join(folder, name, "__init__.py")):
                if os.path.exists(path):
                    return path
    return ""


if __name__ == "__main__":
    sys.exit(main())
