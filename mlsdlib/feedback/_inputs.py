"""What comes in, checked."""

from __future__ import annotations

import numpy as np

from mlsdlib.checks import numbers


def counts(name: str, x: object, *, least_dimensions: int = 1) -> np.ndarray:
    """Return finite numbers that are not negative."""
    array = numbers(name, x, least_dimensions=least_dimensions)
    if array.min() < 0:
        raise ValueError(f"{name} must not be negative, got {array.min():g}")
    return array


def click_tables(clicks: object, shows: object) -> tuple[np.ndarray, np.ndarray]:
    """Return two tables of one shape; nothing is clicked more often than shown."""
    clicks = counts("clicks", clicks, least_dimensions=2)
    shows = counts("shows", shows, least_dimensions=2)
    if clicks.shape != shows.shape:
        raise ValueError(
            f"clicks and shows must have one shape, got {clicks.shape} and {shows.shape}"
        )
    if (clicks > shows).any():
        where = tuple(int(i) for i in np.argwhere(clicks > shows)[0])
        raise ValueError(
            f"clicks must not exceed shows, got {clicks[where]:g} of {shows[where]:g} at {where}"
        )
    return clicks, shows


def probabilities(name: str, x: object, *, least_dimensions: int = 1) -> np.ndarray:
    """Return numbers from 0 to 1."""
    array = numbers(name, x, least_dimensions=least_dimensions)
    if array.min() < 0 or array.max() > 1:
        bad = array[(array < 0) | (array > 1)][0]
        raise ValueError(f"{name} must lie between 0 and 1, got {bad:g}")
    return array
