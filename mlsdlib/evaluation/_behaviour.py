"""Tests of what a model does, not of how often it is right (Ribeiro et al. 2020, CheckList)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_choice
from mlsdlib.estimate import Estimate, wilson
from mlsdlib.evaluation._inputs import not_negative


@dataclass(frozen=True, slots=True)
class BehaviourTest:
    """What a behaviour test found.

    Parameters
    ----------
    rate : Estimate
        Share of the tested rows that fail, with Wilson's interval. It takes the rows for
        independent draws; variants of one sentence are not.
    failed : int64 array
        Positions of the failing rows, in order: `X` or `cases` at these is what to look at.
    n : int
        Number of rows tested.
    unchanged : int
        Rows that the perturbation left as they were. They cannot fail and are not counted in `n`.
    """

    rate: Estimate
    failed: np.ndarray
    n: int
    unchanged: int = 0


def invariance_test(
    predict: Callable, X: Sequence, perturb: Callable, *, tol: float = 0.0
) -> BehaviourTest:
    """Return how often a change that must not matter changes the prediction.

    `predict` is called once, with the rows before and after the change stacked.

    Parameters
    ----------
    predict : callable
        Takes rows, returns a prediction a row: labels, numbers, or a row of probabilities.
    X : array, DataFrame, Series or list of length n
        The rows.
    perturb : callable
        Takes `X`, returns the rows changed: as many, in the same order, of the same kind.
    tol : float
        How far a number may move. Of a row of probabilities the one that moves most counts.

    Raises
    ------
    ValueError
        If `X` is empty, `perturb` changes no row or the number of rows, or a prediction is NaN.

    Examples
    --------
    >>> shouting = lambda texts: [text.upper() for text in texts]
    >>> spam = lambda texts: ["FREE" in text for text in texts]
    >>> found = invariance_test(spam, ["free money", "see you", "FREE", "WOW"], shouting)
    >>> found.failed, found.n, found.unchanged
    (array([0]), 2, 2)
    """
    tol = not_negative("tol", tol)
    rows, before, after = _before_and_after(predict, X, perturb)
    fails = _too_far(before, after, tol).reshape(len(rows), -1).any(axis=1)
    return _result(fails, rows, len(X) - len(rows))


def directional_test(
    predict: Callable,
    X: Sequence,
    perturb: Callable,
    *,
    direction: str,
    tol: float = 0.0,
) -> BehaviourTest:
    """Return how often a change that must push the prediction one way pushes it the other way.

    A prediction that stays where it is does not fail. `predict` is called once.

    Parameters
    ----------
    predict : callable
        Takes rows, returns a number a row.
    X, perturb
        As in `invariance_test`.
    direction : {"up", "down"}
        Where the prediction may go.
    tol : float
        How far it may go the other way.

    Raises
    ------
    TypeError
        If the predictions are no numbers.
    ValueError
        If `direction` is another, or as `invariance_test`.

    Examples
    --------
    >>> fare = lambda km: 3.0 + 2.0 * km - 0.05 * km**2
    >>> km = np.array([1.0, 5.0, 30.0])
    >>> directional_test(fare, km, lambda km: km + 1, direction="up").failed
    array([2])
    """
    check_choice("direction", direction, ("up", "down"))
    tol = not_negative("tol", tol)
    rows, before, after = _before_and_after(predict, X, perturb)
    if before.dtype.kind not in "iuf" or before.ndim != 1:
        raise TypeError(f"predict must return a number a row, got {_kind(before)}")
    rise = _rise(before, after)
    return _result(rise < -tol if direction == "up" else rise > tol, rows, len(X) - len(rows))


def minimum_functionality_test(
    predict: Callable, cases: Sequence, expected: Sequence
) -> BehaviourTest:
    """Return how often the model is wrong on simple cases that everybody would get right.

    Parameters
    ----------
    predict : callable
        Takes rows, returns a label a row. It is called once.
    cases : array, DataFrame, Series or list of length n
        The rows.
    expected : sequence of length n
        What each must give.

    Raises
    ------
    ValueError
        If there are no cases, not as many expectations, or a prediction is NaN.

    Examples
    --------
    >>> is_positive = lambda texts: ["good" in text for text in texts]
    >>> cases = ["a good film", "a bad film", "not a good film"]
    >>> minimum_functionality_test(is_positive, cases, [True, False, False]).failed
    array([2])
    """
    n = _count("cases", cases)
    if len(expected) != n:
        raise ValueError(f"expected must hold a value a case: got {len(expected)} for {n}")
    found = _predictions(predict, cases, n)
    wanted = np.asarray(expected)
    if found.ndim != 1 or wanted.ndim != 1:
        raise ValueError(f"predict must return one value a case, got {_kind(found)}")
    return _result(_not_equal(found, wanted), np.arange(n), 0)


def _too_far(a: np.ndarray, b: np.ndarray, tol: float) -> np.ndarray:
    """Return where numbers differ by more than `tol`, or labels at all."""
    if not tol:
        return _not_equal(a, b)
    if a.dtype.kind not in "iuf" or b.dtype.kind not in "biuf":
        raise ValueError(f"tol must be 0 where predictions are labels, got {tol:g}")
    return np.abs(_rise(b, a)) > tol


def _rise(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # what stays infinite gives NaN, which exceeds nothing
        return after.astype(float) - before


def _result(fails: np.ndarray, rows: np.ndarray, unchanged: int) -> BehaviourTest:
    rate = wilson(int(fails.sum()), len(rows))
    return BehaviourTest(rate, rows[fails].astype(np.int64), len(rows), unchanged)


def _before_and_after(
    predict: Callable, X: Sequence, perturb: Callable
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the positions of the changed rows, and their predictions before and after."""
    n = _count("X", X)
    changed = perturb(X)
    if type(changed) is not type(X):
        raise TypeError(
            f"perturb must return what it takes, a {type(X).__name__}; got a "
            f"{type(changed).__name__}"
        )
    if len(changed) != n:
        raise ValueError(f"perturb must return a row for each: got {len(changed)} for {n}")
    rows = np.flatnonzero(_differ(X, changed))
    if not len(rows):
        raise ValueError(f"perturb must change at least one row, it changed none of {n}")
    m = len(rows)
    both = _predictions(predict, _stack(_take(X, rows), _take(changed, rows)), 2 * m)
    return rows, both[:m], both[m:]


def _count(name: str, X: Sequence) -> int:
    if isinstance(X, (str, bytes)) or not hasattr(X, "__len__"):
        raise TypeError(f"{name} must be an array, a frame or a list of rows; got {X!r}")
    if not len(X):
        raise ValueError(f"{name} must hold at least one row, got none")
    return len(X)


def _differ(X: Sequence, changed: Sequence) -> np.ndarray:
    """Return which rows are not the same; a missing value is the same as another."""
    if hasattr(X, "iloc"):
        if X.ndim == 1:
            return _not_equal(X.to_numpy(), changed.to_numpy())
        if list(X.columns) != list(changed.columns):
            raise ValueError(
                f"perturb must keep the columns {list(X.columns)}, got {list(changed.columns)}"
            )
        pairs = ((X.iloc[:, i], changed.iloc[:, i]) for i in range(X.shape[1]))
        return np.any([_not_equal(a.to_numpy(), b.to_numpy()) for a, b in pairs], axis=0)
    if not isinstance(X, np.ndarray):
        return np.array([_is_changed(a, b) for a, b in zip(X, changed, strict=True)], bool)
    if X.shape != changed.shape:
        raise ValueError(f"perturb must keep the shape {X.shape}, got {changed.shape}")
    return _not_equal(X, changed).reshape(len(X), -1).any(axis=1)


def _is_changed(a: object, b: object) -> bool:
    both_nan = isinstance(a, float) and isinstance(b, float) and a != a and b != b
    return not both_nan and bool(np.any(a != b))


def _not_equal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    import pandas as pd

    gone, gone_too = pd.isna(a), pd.isna(b)
    result = np.asarray(gone != gone_too)
    there = ~(gone | gone_too)
    result[there] = a[there] != b[there]  # what is missing may not be compared: pd.NA
    return result


def _take(X: Sequence, rows: np.ndarray) -> Sequence:
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    return X[rows] if isinstance(X, np.ndarray) else [X[i] for i in rows.tolist()]


def _stack(a: Sequence, b: Sequence) -> Sequence:
    if hasattr(a, "iloc"):
        import pandas as pd

        return pd.concat([a, b], ignore_index=True)
    return np.concatenate([a, b]) if isinstance(a, np.ndarray) else a + b


def _predictions(predict: Callable, X: Sequence, n: int) -> np.ndarray:
    """Return the predictions of n rows as an array, one- or two-dimensional."""
    found = np.asarray(predict(X))
    if found.ndim == 0 or found.ndim > 2 or len(found) != n:
        raise ValueError(f"predict must return a prediction a row: {_kind(found)} for {n} rows")
    if found.dtype.kind == "f" and np.isnan(found).any():
        raise ValueError(f"predict must not return NaN, got {int(np.isnan(found).sum())}")
    return found


def _kind(found: np.ndarray) -> str:
    return f"shape {found.shape} of {found.dtype}"
