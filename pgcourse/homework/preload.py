"""Imported once by the process from which checkers are forked: everything that checks need."""

from importlib import import_module

from pgcourse.homework.judges import judges
from pgcourse.homework.write import problem_sets

__all__ = ["judges"]

for name in problem_sets():
    import_module(f"pgcourse.homework.{name}")
