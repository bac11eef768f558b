"""Aggregates over many ranges of one array, without subtracting anything.

The difference of two prefix sums is the quick way to the sum of a range, and the wrong one: it is
as inexact as everything before the range is large, so that a window of zeros after a large value
does not sum to zero. Here a range is the join of two runs that start at a fixed boundary inside it
and lead away from it, one to either side: a disjoint sparse table, of which only the parts in
reach of a range are made. Every run holds values of its range only. Prefix sums are left to whole
numbers, which they add up exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np


class _Halves(NamedTuple):
    """Ranges that are cut at boundaries of the same level, and the values at those boundaries."""

    which: np.ndarray  # positions of the ranges
    row: np.ndarray  # which boundary cuts each
    reach: tuple[np.ndarray, np.ndarray]  # index of its last value, leftwards and rightwards
    values: tuple[np.ndarray, np.ndarray]  # a row for each boundary, leading away from it


def _halves(values: np.ndarray, first: np.ndarray, last: np.ndarray) -> Iterator[_Halves]:
    """Yield all ranges of two values or more, level by level.

    A boundary of level k is an odd multiple of 2**(k - 1). The highest bit in which the two ends
    of a range differ says at which level exactly one boundary lies between them.
    """
    level = np.frexp((first ^ last).astype(float))[1].astype(np.uint8)
    by_level = np.argsort(level, kind="stable")  # by radix
    ends = np.cumsum(np.bincount(level)).tolist()
    for k, (i, j) in enumerate(pairwise(ends), start=1):
        which = by_level[i:j]
        if not len(which):
            continue
        cut = last[which] >> (k - 1) << (k - 1)
        left, right = cut - 1 - first[which], last[which] - cut
        is_new = np.diff(cut, prepend=-1) > 0  # the ranges come in order of their last value
        boundary, row = cut[is_new], np.cumsum(is_new) - 1
        # All boundaries of a level together reach no more than the whole array.
        leftwards = boundary[:, None] - 1 - np.arange(left.max() + 1)
        rightwards = boundary[:, None] + np.arange(right.max() + 1)
        sides = (values.take(at, mode="clip") for at in (leftwards, rightwards))
        yield _Halves(which, row, (left, right), tuple(sides))


def reduce_ranges(
    ufunc: np.ufunc, values: np.ndarray, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Return ``ufunc.reduce(values[first:last + 1])`` for each range, none of them empty."""
    if ufunc is np.add and (values == np.rint(values)).all() and np.abs(values).sum() < 2**53:
        sums = np.cumsum(values)  # whole numbers: here the difference of two sums is exact
        return sums[last] - sums[first] + values[first]
    result = values[first]
    for which, row, reach, sides in _halves(values, first, last):
        left, right = (
            ufunc.accumulate(side, axis=1)[row, at] for side, at in zip(sides, reach, strict=True)
        )
        result[which] = ufunc(left, right)
    return result


def var_ranges(values: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return the sample variance of each range, none of them empty; NaN for a single value.

    Shifted data (Chan, Golub & LeVeque 1983), where the shift is a value of the range itself: its
    square distance from the mean is part of the sum of squares, so that at most a factor of the
    number of values can cancel, however far from zero they lie.
    """
    n = last - first + 1
    result = np.full(len(first), np.nan)
    for which, row, reach, sides in _halves(values, first, last):
        shift = sides[1][:, :1]
        sums = squares = 0.0
        for side, at in zip(sides, reach, strict=True):
            rest = side - shift
            sums = sums + np.add.accumulate(rest, axis=1)[row, at]
            squares = squares + np.add.accumulate(rest * rest, axis=1)[row, at]
        spread = squares - sums * sums / n[which]
        result[which] = np.maximum(spread, 0.0) / (n[which] - 1)
    return result
