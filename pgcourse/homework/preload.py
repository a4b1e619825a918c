"""Imported once by the process from which checkers are forked: the judges, and the catalogues where there are any."""

from contextlib import suppress

from pgcourse.homework import catalogue
from pgcourse.homework.judges import judges

__all__ = ["judges"]

with suppress(catalogue.NoCatalogue):
    for name in catalogue.problem_sets():
        catalogue.load(name)
