"""The live pictures of the lectures: one module a lecture, one function a picture.

    pg.demos.left_right.variance()

as the last line of a notebook cell shows the picture with its sliders.
"""

from pgcourse.demos import left_right

__all__ = ["left_right"]
