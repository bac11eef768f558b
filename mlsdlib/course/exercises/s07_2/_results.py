"""Results as learners return them: arrays and numpy's numbers will do for lists and numbers."""

from __future__ import annotations

import numpy as np

__all__ = ["plain"]


def plain(result: object) -> object:
    """Return a result in which arrays are lists, numpy's numbers are numbers, at any depth.

    Examples
    --------
    >>> plain([np.array([1, 0]), (np.float64(0.5), np.bool_(True))])
    [[1, 0], (0.5, True)]
    """
    if isinstance(result, (np.ndarray, np.generic)):
        return result.tolist()
    if isinstance(result, list):
        return [plain(value) for value in result]
    if isinstance(result, tuple):
        return tuple(plain(value) for value in result)
    if isinstance(result, dict):
        return {name: plain(value) for name, value in result.items()}
    return result
