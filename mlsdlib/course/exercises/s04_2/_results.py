"""What a learner's function may return where a list is asked for."""

from __future__ import annotations

import numpy as np


def as_list(result: object) -> object:
    """Return a tuple or an array as a list, anything else as it is."""
    if isinstance(result, np.ndarray):
        return result.tolist()
    return list(result) if isinstance(result, tuple) else result
