"""The progress of a job that takes longer than a second."""

import sys
import time


class Progress:
    """The progress of a job: a bar on a terminal, else a line for each step that has words."""

    WIDTH = 30

    def __init__(self, total: int) -> None:
        self.total, self.done, self.start = total, 0, time.monotonic()
        self.is_terminal = sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        self._draw()
        return self

    def __exit__(self, *error: object) -> None:
        if self.is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def step(self, words: str = "") -> None:
        """Count one step; where there is no terminal, `words` say what it was, and "" says nothing."""
        self.done += 1
        if self.is_terminal:
            self._draw()
        elif words:
            print(f"{self.done} of {self.total}: {words}", file=sys.stderr)

    def _draw(self) -> None:
        if self.is_terminal:
            filled = self.WIDTH * self.done // self.total
            left = (time.monotonic() - self.start) / self.done * (self.total - self.done) if self.done else None
            words = "" if left is None else f", about {left / 60:.0f} min left" if left > 90 else f", {left:.0f} s left"
            bar = "#" * filled + "." * (self.WIDTH - filled)
            print(f"\r\033[K[{bar}] {self.done} of {self.total}{words}", end="", file=sys.stderr, flush=True)
