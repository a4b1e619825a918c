"""The checkpoints at the end of the lectures: one module a lecture, one `Check` a question."""

from pgcourse.checkpoints import left_right

__all__ = ["left_right"]
