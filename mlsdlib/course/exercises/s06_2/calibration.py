"""Exercise 6.2-e3: the calibration error without its bias."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def ece_debiased(y, p, n_bins):
    """Return the debiased l2 calibration error."""
    total = 0.0
    for k in range(1, n_bins + 1):
        low, high = (k - 1) / n_bins, k / n_bins
        rows = [i for i, x in enumerate(p) if low < x <= high or (k == 1 and x == 0)]
        n = len(rows)
        if n > 1:
            s = sum(y[i] for i in rows) / n
            gap = s - sum(p[i] for i in rows) / n
            total += n * (gap**2 - s * (1 - s) / (n - 1))
    return max(total / len(y), 0.0) ** 0.5


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    sure = [0.9] * 10
    for y, p, n_bins in (
        ([1] * 6 + [0] * 4, sure, 15),
        ([1] * 9 + [0], sure, 15),  # perfect: the square is negative
        ([1, 1, 0, 0], [1.0, 1.0, 0.0, 0.0], 10),  # perfect, and sure
        ([0, 0, 1, 1], [1.0, 1.0, 0.0, 0.0], 10),  # wrong, and sure
        ([1, 0, 0, 0], [0.9, 0.8, 0.7, 0.6], 1),  # one bin
        ([1, 0], [0.1, 0.9], 10),  # a row a bin
        ([1, 0, 0], [0.1, 0.9, 0.9], 10),  # one row alone, two together
        ([0, 0, 0, 0], [0.5, 0.5, 0.51, 0.6], 2),  # an upper edge belongs to the bin below it
        ([0, 0, 0], [0.0, 0.5, 0.4], 2),
        ([1, 1, 1, 0], [0.2, 0.2, 0.2, 0.8], 5),
        ([1] * 5 + [0] * 5 + [1] * 3, [0.2] * 10 + [0.9] * 3, 4),  # bins of different sizes
    ):
        yield {"args": [y, p, n_bins]}
    for _ in range(15):
        n = int(rng.integers(1, 40))
        p = rng.integers(0, 21, n) / 20
        y = (rng.random(n) < p ** float(rng.choice([1, 3]))).astype(int)
        yield {"args": [y.tolist(), p.tolist(), int(rng.integers(1, 6))]}


def _judge(case: Case, result: object) -> Problem | None:
    y, p, n_bins = case["args"]
    expected = ece_debiased(y, p, n_bins)
    if same_number(result, expected, tolerance=1e-6):
        return None
    if isinstance(result, complex) or (isinstance(result, float) and np.isnan(result)):
        why = "A negative mean has no root: return 0.0 there."
    elif same_number(result, expected**2, tolerance=1e-6):
        why = "Return the root of the mean."
    elif same_number(result, _singles_count(y, p, n_bins), tolerance=1e-6):
        why = "A bin with one row says nothing about its share: it counts with 0."
    elif same_number(result, _plain(y, p, n_bins), tolerance=1e-6):
        why = "Subtract from each squared gap what chance adds: s(1 - s) / (n - 1)."
    elif same_number(result, _by_n(y, p, n_bins), tolerance=1e-6):
        why = "Divide by n - 1, not by n: the variance is estimated from the same rows."
    elif same_number(result, _bins_alike(y, p, n_bins), tolerance=1e-6):
        why = "Weigh each bin by its rows."
    else:
        why = (
            "Bin k of n_bins holds what is above (k - 1)/n_bins and up to k/n_bins; the first "
            "holds 0, too."
        )
    return Problem(expected, why)


def _binned(y, p, n_bins, square, weight=lambda n: n, left=False):
    """Return the root of a mean over bins of a function of their size, share and gap."""
    bins: dict[int, list[int]] = {}
    for i, x in enumerate(p):
        k = min(int(x * n_bins), n_bins - 1) if left else max(0, int(np.ceil(x * n_bins)) - 1)
        bins.setdefault(k, []).append(i)
    total = weights = 0.0
    for rows in bins.values():
        n = len(rows)
        s = sum(y[i] for i in rows) / n
        total += weight(n) * square(n, s, s - sum(p[i] for i in rows) / n)
        weights += weight(n)
    return max(total / weights, 0.0) ** 0.5


def _mended(n, s, gap):
    return gap**2 - s * (1 - s) / (n - 1) if n > 1 else 0.0


def _plain(y, p, n_bins):
    return _binned(y, p, n_bins, lambda n, s, gap: gap**2)


def _by_n(y, p, n_bins):
    return _binned(y, p, n_bins, lambda n, s, gap: gap**2 - s * (1 - s) / n if n > 1 else 0.0)


def _bins_alike(y, p, n_bins):
    return _binned(y, p, n_bins, _mended, weight=lambda n: 1)


def _singles_count(y, p, n_bins):
    return _binned(y, p, n_bins, lambda n, s, gap: _mended(n, s, gap) if n > 1 else gap**2)


def _open_on_the_right(y, p, n_bins):
    return _binned(y, p, n_bins, _mended, left=True)


def _squared(y, p, n_bins):
    return ece_debiased(y, p, n_bins) ** 2


def _nan_below_zero(y, p, n_bins):
    found = ece_debiased(y, p, n_bins)
    return found if found > 0 else float("nan")


EXERCISE = Exercise(
    id="6.2-e3",
    name="ece_debiased",
    reference=ece_debiased,
    cases=_cases,
    judge=_judge,
    hints=(
        "Go bin by bin. What does the squared gap average to when the model is perfect?",
        "Of n rows with share s, chance gives the share the variance s(1 - s) / n, and the "
        "estimate of it from the same rows divides by n - 1.",
        "total += n * (gap**2 - s * (1 - s) / (n - 1)) for each bin of n > 1 rows; "
        "return max(total / len(y), 0.0) ** 0.5",
    ),
    wrong=(
        Wrong("not debiased", _plain, "what chance adds"),
        Wrong("divided by n", _by_n, "n - 1"),
        Wrong("bins alike", _bins_alike, "by its rows"),
        Wrong("single rows count", _singles_count, "one row"),
        Wrong("open on the right", _open_on_the_right, "up to k/n_bins"),
        Wrong("squared", _squared, "root of the mean"),
        Wrong("NaN below zero", _nan_below_zero, "no root"),
    ),
    note="The square is unbiased before it is cut off at zero; its root is not. To test whether a "
    "model is calibrated, use calibration_test, which knows what a perfect one shows.",
    equivalent={
        "ece_debiased: `n_bins + 1` -> `n_bins + 2`": "no probability lies above the last bin",
    },
)
