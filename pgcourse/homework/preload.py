"""Imported once by the process from which checkers are forked: the judges and the catalogues.

Without catalogues no check of a problem set can be run: nothing is graded then, rather than everything with 0 points.
"""

from pgcourse import homework
from pgcourse.grading.checks import replay
from pgcourse.homework import catalogue
from pgcourse.homework.judges import judges

__all__ = ["judges"]

try:
    for name in catalogue.problem_sets():
        replay.missing |= {task.name: homework.NOT_DEFINED for task in catalogue.load(name).TASKS}
except catalogue.NoCatalogue:
    raise ImportError('c.SandboxedExecute.private_files must name the catalogues, as in ["solutions/ps*.py"]') from None
