"""Tests that may be looked at while they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from mlsdlib.checks import check_choice, check_share, numbers

SPENDING = ("obrien_fleming", "pocock")
_NODES = 201
_FAR = 12.0
"""A z-score that no experiment reaches: the bound where nearly no error may be spent."""


def spending_bounds(
    looks: int | Sequence[float], *, alpha: float = 0.05, spending: str = "obrien_fleming"
) -> np.ndarray:
    """Return how large |z| must be at each look, so that all looks together err with `alpha`.

    Parameters
    ----------
    looks : int or rising array of shape (k,)
        So many looks at equal distances, or the share of the planned sample that is there at each
        look, the last of them 1.
    alpha : float
        Level of the two-sided test over all looks.
    spending : {"obrien_fleming", "pocock"}
        How much of `alpha` is spent until a share t of the sample is there, half of it on either
        side: ``4 - 4 Phi(z / sqrt t)`` with ``Phi(z) = 1 - alpha / 4`` keeps nearly all of it for
        the end; ``alpha log(1 + (e - 1) t)`` spends it about evenly.

    Returns
    -------
    array of shape (k,)

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    References
    ----------
    Lan & DeMets (1983), *Discrete sequential boundaries for clinical trials*; Armitage, McPherson &
    Rowe (1969) for the integration.

    Examples
    --------
    >>> spending_bounds(1).round(3)
    array([1.96])
    >>> spending_bounds(5).round(3)
    array([4.877, 3.357, 2.68 , 2.29 , 2.031])
    >>> spending_bounds(5, spending="pocock").round(3)
    array([2.438, 2.427, 2.41 , 2.397, 2.386])
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    share, alpha = _fractions(looks), check_share("alpha", alpha)
    check_choice("spending", spending, SPENDING)
    if spending == "pocock":
        spent = alpha * np.log1p((np.e - 1) * share)
    else:
        spent = 4 * ndtr(ndtri(alpha / 4) / np.sqrt(share))
    path = _Path(share, drift=0.0)
    bounds = []
    for step in np.diff(spent, prepend=0.0):
        gap = _gap(path, step)
        bounds.append(_FAR if gap(_FAR) > 0 else float(brentq(gap, 0.0, _FAR, xtol=1e-10)))
        path.stop_beyond(bounds[-1])
    return np.array(bounds)


def crossing_probabilities(
    bounds: Sequence[float], looks: int | Sequence[float] | None = None, *, drift: float = 0.0
) -> np.ndarray:
    """Return the probability that a test stops at each look since |z| reaches the bound there.

    Parameters
    ----------
    bounds : array of shape (k,)
        Positive; the same number at all looks is what a fixed-sample test uses that is looked at
        k times.
    looks : int or array of shape (k,), optional
        As in `spending_bounds`; equal distances by default.
    drift : float
        What z is on average at the end: 0 without an effect; 2.8 if the sample was planned for a
        power of 0.8.

    Returns
    -------
    array of shape (k,)
        Its sum is the level if `drift` is 0, else the power.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    References
    ----------
    Armitage, McPherson & Rowe (1969), *Repeated significance tests on accumulating data*.

    Examples
    --------
    >>> print(f"{crossing_probabilities([1.96] * 5).sum():.3f}")
    0.142
    """
    bounds = numbers("bounds", bounds, least_dimensions=1)
    if bounds.ndim != 1 or bounds.min() <= 0:
        raise ValueError("bounds must be positive numbers in one row")
    share = _fractions(len(bounds) if looks is None else looks)
    if len(share) != len(bounds):
        raise ValueError(f"looks must be as many as bounds, got {len(share)} and {len(bounds)}")
    path = _Path(share, drift=float(numbers("drift", drift)))
    found = []
    for bound in np.minimum(bounds, _FAR):
        found.append(path.beyond(bound))
        path.stop_beyond(bound)
    return np.array(found)


def always_valid_pvalues(
    difference: Sequence[float], variance: Sequence[float], *, spread: float
) -> np.ndarray:
    """Return p-values that hold at every look, however many there are and whenever one stops.

    The mixture sequential probability ratio test: at each look the likelihood of what was seen,
    averaged over effects from a normal distribution around 0, over its likelihood without an
    effect. Under the null hypothesis the inverse of the largest such ratio falls below `alpha` with
    probability at most `alpha`, ever.

    Parameters
    ----------
    difference : array of shape (..., looks)
        The estimated effect at each look, of all data so far.
    variance : array, broadcast against `difference`
        Its squared standard error at that look, positive.
    spread : float
        Standard deviation of the effects that are thought possible, positive. A wrong one costs
        power and never validity.

    Returns
    -------
    array of shape (..., looks)
        Never rising along the last axis.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    References
    ----------
    Robbins (1970), *Statistical methods related to the law of the iterated logarithm*; Johari,
    Koomen, Pekelis & Walsh (2017), *Peeking at A/B tests*.

    Examples
    --------
    >>> always_valid_pvalues([0.02, 0.03, 0.01], [1e-4, 5e-5, 2e-5], spread=0.02).round(4)
    array([0.4515, 0.001 , 0.001 ])
    """
    difference = numbers("difference", difference, least_dimensions=1)
    variance = numbers("variance", variance)
    if variance.min() <= 0:
        raise ValueError(f"variance must be positive, got {variance.min():g}")
    prior = float(numbers("spread", spread)) ** 2
    if spread <= 0:
        raise ValueError(f"spread must be positive, got {spread!r}")
    total = variance + prior
    log_ratio = (np.log(variance / total) + difference**2 * prior / (variance * total)) / 2
    return np.minimum(1.0, np.exp(-np.maximum.accumulate(log_ratio, axis=-1)))


class _Path:
    """Where a test stands that has not stopped yet, look by look, on a grid.

    The sum of the observations, scaled to variance t at a share t of the sample, is a random walk
    with independent steps; z is the sum over the root of t. Its density is kept at the nodes of
    Gauss-Legendre, which leaves no error that a rounded bound would show.
    """

    def __init__(self, share: np.ndarray, *, drift: float) -> None:
        self._share, self._drift, self._look = share, drift, 0
        self._at, self._mass = np.zeros(1), np.ones(1)

    def _next(self) -> tuple[float, float, float]:
        """Return the share at the next look, and mean and deviation of the step to it."""
        now = self._share[self._look]
        step = now - (self._share[self._look - 1] if self._look else 0.0)
        return now, self._drift * step, float(np.sqrt(step))

    def beyond(self, bound: float) -> float:
        """Return the probability of going on till here and of exceeding a bound here."""
        from scipy.special import ndtr

        now, mean, deviation = self._next()
        edge, start = bound * np.sqrt(now), self._at + mean
        outside = ndtr((-edge - start) / deviation) + ndtr((start - edge) / deviation)
        return float(outside @ self._mass)

    def stop_beyond(self, bound: float) -> None:
        """Take the next look, and keep what is within the bound."""
        now, mean, deviation = self._next()
        nodes, weights = _quadrature()
        edge = min(bound * np.sqrt(now), _FAR * np.sqrt(now))
        at = edge * nodes
        apart = (at[:, None] - self._at - mean) / deviation
        density = np.exp(-(apart**2) / 2) / (np.sqrt(2 * np.pi) * deviation)
        self._at, self._mass = at, edge * weights * (density @ self._mass)
        self._look += 1


@cache
def _quadrature() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(_NODES)


def _gap(path: _Path, step: float) -> Callable[[float], float]:
    return lambda bound: path.beyond(bound) - step


def _fractions(looks: int | Sequence[float]) -> np.ndarray:
    if isinstance(looks, (int, np.integer)) and not isinstance(looks, bool):
        if looks < 1:
            raise ValueError(f"looks must be at least 1, got {looks}")
        return np.arange(1, looks + 1) / looks
    share = numbers("looks", looks, least_dimensions=1)
    if share.ndim != 1 or share[0] <= 0 or (np.diff(share) <= 0).any() or share[-1] != 1:
        raise ValueError("looks must be rising shares of the sample that end with 1")
    return share
