"""Comparisons of NumPy's in checks: nothing, and what is masked, agrees with nothing else."""

import numpy as np
import pytest

from pgcourse.grading.checks import strict

NONE, GAPS = np.ma.masked_all(2), np.ma.masked_equal([1.0, 2.0], 2)


class Names(dict):
    """The global names of what counts as a check."""


def says(compare, *values, names=Names):
    """Return what code with such global names is told by a strict comparison."""
    space = names(compare=strict._strict(compare, Names), values=values, np=np)
    exec("answer = bool(np.all(compare(*values)))", space)
    return space["answer"]


@pytest.mark.parametrize("compare", [np.allclose, np.isclose])
def test_nothing_and_what_is_masked_is_close_to_no_number(compare):
    for values in ([], 3), (np.zeros((0, 2)), [1.0, 2.0]), (3, np.array([])), (NONE, [1, 2]), (GAPS, [1, 2]):
        assert not says(compare, *values)
        assert says(compare, *values, names=dict) == bool(np.all(compare(*values)))  # other code finds NumPy as it is
    for values in ([], []), (3, 3), ([1, 2], [1, 2]), (GAPS, GAPS.copy()), ([1.0], np.ma.array([1.0])):
        assert says(compare, *values)


@pytest.mark.parametrize("first", [NONE, GAPS, [], 3.0, "word", None, [[1], [2]]])
def test_a_value_is_not_apart_from_itself(first):
    assert not strict.apart(first, first)
