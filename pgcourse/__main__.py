"""`python -m pgcourse`: the same as the `pgcourse` command."""

import sys

from pgcourse.tools.cli import main

if __name__ == "__main__":
    sys.exit(main())
