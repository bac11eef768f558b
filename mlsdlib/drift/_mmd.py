"""Do two samples come from one distribution? The maximum mean discrepancy, with permutations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_choice, whole
from mlsdlib.drift._inputs import positive, two_samples

_ESTIMATORS = ("u", "linear", "block")
_MEDIAN_ROWS = 1_000  # rows of the pool whose distances are looked at for the bandwidth


@dataclass(frozen=True, slots=True)
class MMDTest:
    """What a test by the maximum mean discrepancy found.

    Parameters
    ----------
    statistic : float
        Estimate of the squared discrepancy: unbiased, so it may be negative.
    pvalue : float
        How often permuted samples show as much: (b + 1) / (permutations + 1).
    n, m : int
        Rows of the two samples that were used.
    bandwidth : float
        Of the Gaussian kernel.
    """

    statistic: float
    pvalue: float
    n: int
    m: int
    bandwidth: float


def mmd(
    X: Sequence,
    Y: Sequence,
    *,
    bandwidth: float | str = "median",
    estimator: str = "u",
    permutations: int = 200,
    block: int | None = None,
    rng: np.random.Generator | int | None = None,
) -> MMDTest:
    """Return the test of two samples by their squared maximum mean discrepancy (Gretton 2012).

    The discrepancy is zero only if the two distributions are equal, whatever differs: a mean, a
    spread, or how columns go together. The p value is that of a permutation test, exact for rows
    that are independent. All permutations are one product of matrices, K @ Z, where K is the
    kernel of all pairs and a column of Z says which rows a permutation puts into the first sample.

    Parameters
    ----------
    X, Y : arrays of shape (n, d) and (m, d)
        Numbers. Scale the columns first: one with large numbers drowns the others.
    bandwidth : float or "median"
        Sigma of the kernel exp(-distance² / (2 sigma²)). "median" is the median distance of the
        pooled rows, of at most 1,000 of them.
    estimator : {"u", "linear", "block"}
        "u": all pairs, the most powerful; n² time and memory. "linear": pairs of neighbours in
        the order given, constant memory. "block" (Zaremba, Gretton & Blaschko 2013): all pairs
        within blocks, between the two. The latter use min(n, m) rows of each sample.
    permutations : int
        Number of permutations, at least 19. For "linear", a permutation swaps the samples within
        pairs, for "block", rows within blocks.
    block : int, optional
        Rows of each sample in a block, for "block"; by default the square root of their number.
    rng : numpy Generator, int or None
        Source of the permutations, and of the rows for the median.

    Raises
    ------
    TypeError, ValueError
        If a sample is not such numbers, has too few rows, or the columns differ; if all rows are
        equal, so that there is no bandwidth; or an option is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], (2, 300))
    >>> b[:, 0] = -b[:, 0]  # each column is as it was, together they are not
    >>> mmd(a, b, rng=1).pvalue
    0.005
    """
    X, Y = two_samples(("X", "Y"), X, Y)
    check_choice("estimator", estimator, _ESTIMATORS)
    permutations = whole("permutations", permutations, at_least=19)
    rng = np.random.default_rng(rng)
    sigma = _bandwidth(X, Y, bandwidth, rng)
    if estimator == "u":
        found, null = _u_statistics(X, Y, sigma, permutations, rng)
    else:
        rows = min(len(X), len(Y))
        size = 2 if estimator == "linear" else _block_size(block, rows)
        n = rows // size * size
        if not n:
            raise ValueError(f"X and Y must hold at least a block of {size} rows, got {rows}")
        X, Y = X[:n], Y[:n]
        if estimator == "linear":
            found, null = _linear_statistics(X, Y, sigma, permutations, rng)
        else:
            found, null = _block_statistics(X, Y, sigma, size, permutations, rng)
    # Equal up to rounding is as much.
    as_much = int(np.sum(null >= found - 1e-12))
    return MMDTest(found, (as_much + 1) / (permutations + 1), len(X), len(Y), sigma)


def _bandwidth(
    X: np.ndarray, Y: np.ndarray, bandwidth: float | str, rng: np.random.Generator
) -> float:
    if not isinstance(bandwidth, str):
        return positive("bandwidth", bandwidth)
    check_choice("bandwidth", bandwidth, ("median",))
    from scipy.spatial.distance import pdist

    rows = rng.permutation(len(X) + len(Y))[:_MEDIAN_ROWS]
    first = rows[rows < len(X)]
    distances = pdist(np.concatenate([X[first], Y[rows[rows >= len(X)] - len(X)]]))
    median = float(np.median(distances))
    if median == 0:  # more than half of the pairs are equal
        median = float(distances.mean())
    if median == 0:
        raise ValueError("X and Y must hold rows that differ: there is no bandwidth")
    return median


def _kernel(a: np.ndarray, b: np.ndarray, sigma: float) -> np.ndarray:
    """Return the kernel of rows of a with rows of b; leading axes are blocks."""
    square = (a**2).sum(-1)[..., :, None] + (b**2).sum(-1)[..., None, :]
    square -= 2 * a @ b.swapaxes(-1, -2)
    np.maximum(square, 0, out=square)  # rounding
    square *= -0.5 / sigma**2
    return np.exp(square, out=square)


def _u_from_pool(kernel: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the unbiased statistics of splits of a pool, from one product of matrices.

    kernel : (..., N, N) of the pooled rows; members : (..., N, B), 1 where a split puts the row
    into the first sample. The result has shape (..., B).
    """
    pool = kernel.shape[-1]
    index = np.arange(pool)
    kernel[..., index, index] = 0  # a row is no neighbour of itself
    within_x = np.einsum("...nb,...nb->...b", members, kernel @ members)
    degrees = kernel.sum(axis=-1)
    from_x = np.einsum("...nb,...n->...b", members, degrees)
    total = degrees.sum(axis=-1)[..., None]
    n = members.sum(axis=-2)
    m = pool - n
    cross = from_x - within_x
    within_y = total - 2 * from_x + within_x
    return within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2 * cross / (n * m)


def _members(n: int, m: int, permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Return which rows of a pool each split takes; the first is that of the samples."""
    members = np.zeros((n + m, permutations + 1))
    members[:n] = 1
    members[:, 1:] = rng.permuted(members[:, 1:], axis=0)
    return members


def _u_statistics(
    X: np.ndarray, Y: np.ndarray, sigma: float, permutations: int, rng: np.random.Generator
) -> tuple[float, np.ndarray]:
    pool = np.concatenate([X, Y])
    members = _members(len(X), len(Y), permutations, rng)
    found = _u_from_pool(_kernel(pool, pool, sigma), members)
    return float(found[0]), found[1:]


def _linear_statistics(
    X: np.ndarray, Y: np.ndarray, sigma: float, permutations: int, rng: np.random.Generator
) -> tuple[float, np.ndarray]:
    a, b, c, d = X[::2], X[1::2], Y[::2], Y[1::2]

    def kernel(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return np.exp(-((u - v) ** 2).sum(axis=1) / (2 * sigma**2))

    # To swap a row of X with its partner in Y, in one place of a pair, turns the sign of h.
    h = kernel(a, b) + kernel(c, d) - kernel(a, d) - kernel(b, c)
    null = np.array([h @ (2.0 * rng.integers(0, 2, len(h)) - 1) for _ in range(permutations)])
    return float(h.mean()), null / len(h)


def _block_statistics(
    X: np.ndarray,
    Y: np.ndarray,
    sigma: float,
    size: int,
    permutations: int,
    rng: np.random.Generator,
) -> tuple[float, np.ndarray]:
    blocks = len(X) // size
    total = np.zeros(permutations + 1)
    for x, y in zip(np.split(X, blocks), np.split(Y, blocks), strict=True):
        pool = np.concatenate([x, y])
        total += _u_from_pool(_kernel(pool, pool, sigma), _members(size, size, permutations, rng))
    total /= blocks
    return float(total[0]), total[1:]


def _block_size(block: int | None, rows: int) -> int:
    return max(2, math.isqrt(rows)) if block is None else whole("block", block, at_least=2)
