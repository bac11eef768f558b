"""When does a user get something new, and when the same as before?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

__all__ = ["should_refresh", "sticky_choice"]


def should_refresh(
    shown: Sequence[Hashable] | None,
    scores: Mapping[Hashable, float],
    *,
    delta: float,
    changed: bool = False,
    in_use: bool = False,
) -> bool:
    """Return whether a user gets new recommendations instead of those shown before.

    The rules, the first that applies:

    1. nothing was shown yet, or something that was shown is not to be had any more: refresh;
    2. the user changed what they look for: refresh;
    3. the user is using what is shown: keep;
    4. refresh if the best items are, together, better by more than `delta`.

    Parameters
    ----------
    shown : sequence of items or None
        What the user saw last; None or empty on a first visit.
    scores : mapping of item to number
        The estimated value of every item to be had.
    delta : float
        The gain that is worth a change, at least 0.
    changed, in_use : bool
        Whether the user changed the query; whether they have applied something shown.

    Raises
    ------
    ValueError
        If `delta` is negative or NaN, or nothing is to be had.

    Examples
    --------
    >>> scores = {"red": 1.0, "blue": 1.3, "cheap": 0.2}
    >>> should_refresh(["red"], scores, delta=0.5)
    False
    >>> should_refresh(["red"], scores, delta=0.2)
    True
    >>> should_refresh(["sold out"], scores, delta=0.5)
    True
    """
    _check_delta(delta)
    if not scores:
        raise ValueError("scores must hold at least one item, got none")
    if not shown or any(item not in scores for item in shown) or changed:
        return True
    if in_use:
        return False
    best = sorted(scores.values(), reverse=True)[: len(shown)]
    return sum(best) - sum(scores[item] for item in shown) > delta


def sticky_choice(scores: np.ndarray, delta: float) -> np.ndarray:
    """Return which item each user sees at each visit if it changes only for a gain above `delta`.

    Rule 4 of `should_refresh` for one item, and many users at once.

    Parameters
    ----------
    scores : array of shape (visits, users, items)
        Estimated values. The first visit shows the best item.
    delta : float
        The gain that is worth a change, at least 0; infinite never changes.

    Returns
    -------
    integer array of shape (visits, users)

    Raises
    ------
    ValueError
        If the shape is another, something is NaN, or `delta` is negative.

    Examples
    --------
    >>> visits = [[[1.0, 0.0]], [[1.0, 1.2]], [[1.0, 1.6]]]  # one user, two items
    >>> sticky_choice(visits, 0.5).ravel()
    array([0, 0, 1])
    """
    _check_delta(delta)
    scores = np.asarray(scores, float)
    if scores.ndim != 3 or 0 in scores.shape:
        raise ValueError(f"scores must have the shape (visits, users, items), got {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError("scores must not hold NaN")
    users = np.arange(scores.shape[1])
    shown = np.empty(scores.shape[:2], dtype=np.intp)
    shown[0] = now = scores[0].argmax(axis=1)
    for visit in range(1, len(scores)):
        best = scores[visit].argmax(axis=1)
        gain = scores[visit, users, best] - scores[visit, users, now]
        now = np.where(gain > delta, best, now)
        shown[visit] = now
    return shown


def _check_delta(delta: float) -> None:
    if not delta >= 0:  # NaN is not
        raise ValueError(f"delta must be at least 0, got {delta!r}")
