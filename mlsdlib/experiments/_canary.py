"""A release to a few first: a test that may look after every answer, and a gate that uses it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_share, whole


@dataclass(frozen=True, eq=False)
class SprtResult:
    """What Wald's sequential test said of each sequence.

    Attributes
    ----------
    rejected, accepted : bool or bool array
        Whether the rate is taken to be `p1`, or `p0`; neither if the sequence ended before.
    n : int or int array
        Outcomes it took: all of them if it did not decide.
    """

    rejected: bool | np.ndarray
    accepted: bool | np.ndarray
    n: int | np.ndarray


def sprt(
    outcomes: Sequence[int] | np.ndarray,
    p0: float,
    p1: float,
    *,
    alpha: float = 0.05,
    beta: float = 0.05,
) -> SprtResult:
    """Return Wald's sequential probability ratio test of a failure rate (Wald 1945).

    After each outcome, the log-likelihood ratio of `p1` against `p0` moves up by
    ``log(p1 / p0)`` for a failure and down by ``log((1 - p0) / (1 - p1))`` for a success. The test
    rejects `p0` once the ratio is at least ``log((1 - beta) / alpha)``, and accepts it once it is
    at most ``log(beta / (1 - alpha))``. So one may look after each outcome: the two bounds hold the
    errors to about `alpha` and `beta`, however often one looks.

    Parameters
    ----------
    outcomes : array of shape (n,) or (runs, n)
        1 for a failure and 0 for a success, in order of time; each row is a sequence of its own.
    p0, p1 : float
        A rate that is good enough, and a higher one that is not; between them either answer is
        right.
    alpha, beta : float
        Probability of rejecting at `p0`, and of accepting at `p1`; their sum is below 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> sprt([1, 1, 1, 1], 0.1, 0.3)
    SprtResult(rejected=True, accepted=False, n=3)
    """
    up, down, upper, lower = _steps(p0, p1, alpha, beta)
    x = np.asarray(outcomes)
    if x.dtype.kind not in "biuf" or not np.isin(x, (0, 1)).all():
        raise ValueError("outcomes must hold 0 and 1 only")
    if x.ndim not in (1, 2) or x.shape[-1] == 0:
        raise ValueError(f"outcomes must have shape (n,) or (runs, n), got {x.shape}")
    failures = x.astype(np.int64).cumsum(axis=-1)
    trials = np.arange(1, x.shape[-1] + 1)
    ratio = _ratio(failures, trials, up, down)
    over, under = ratio >= upper, ratio <= lower
    done = over | under
    first = np.where(done.any(axis=-1), done.argmax(axis=-1), x.shape[-1] - 1)
    at = np.take_along_axis(over, first[..., None], axis=-1)[..., 0]
    below = np.take_along_axis(under, first[..., None], axis=-1)[..., 0]
    if x.ndim == 1:
        return SprtResult(bool(at), bool(below), int(first) + 1)
    return SprtResult(at, below, first + 1)


@dataclass(frozen=True, slots=True)
class GateDecision:
    """One decision of a `CanaryGate`, and what it was based on.

    Attributes
    ----------
    decision : str
        "next stage", "promote" or "roll back".
    share : float
        Share of the traffic that the challenger had until then.
    n, failures : int
        Its answers in this stage, and how many of them failed.
    ratio : float
        The log-likelihood ratio of the bad rate against the good one.
    """

    decision: str
    share: float
    n: int
    failures: int
    ratio: float


class CanaryGate:
    """Decides, answer by answer, whether a challenger gets more of the traffic or none.

    Each stage is a new test (`sprt`): whoever passes goes on to the next share, whoever passes the
    last is promoted, and whoever fails one is rolled back. The risk of a false roll-back is about
    `alpha` a stage, so at most `alpha` times the number of stages over a whole release.

    Parameters
    ----------
    p0, p1, alpha, beta
        As for `sprt`.
    shares : sequence of float
        Share of the traffic in each stage, rising, the last at most 1.

    Attributes
    ----------
    share : float
        Share of the traffic that the challenger should have now: 0 once it is rolled back.
    decided : str
        "" while the release goes on, then "promote" or "roll back".
    log : tuple of GateDecision
        Every decision so far.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> gate = CanaryGate(0.1, 0.3, shares=(0.1, 1.0))
    >>> [gate.update(failed) for failed in (True, True, True)]
    ['go on', 'go on', 'roll back']
    >>> gate.share
    0.0
    """

    def __init__(
        self,
        p0: float,
        p1: float,
        *,
        shares: Sequence[float] = (0.01, 0.05, 0.25, 1.0),
        alpha: float = 0.05,
        beta: float = 0.05,
    ) -> None:
        self._up, self._down, self._upper, self._lower = _steps(p0, p1, alpha, beta)
        self.shares = tuple(map(float, shares))
        rising = all(a < b for a, b in zip((0.0, *self.shares), self.shares, strict=False))
        if not self.shares or not rising or self.shares[-1] > 1:
            raise ValueError(f"shares must rise from above 0 to at most 1, got {list(shares)}")
        self.share, self.decided = self.shares[0], ""
        self.log: tuple[GateDecision, ...] = ()
        self._stage = self._n = self._failures = 0

    def update(self, failed: bool) -> str:
        """Return what to do after one more answer of the challenger: "go on", or a decision.

        Raises
        ------
        RuntimeError
            If it has been promoted or rolled back.
        """
        return self.update_many(int(bool(failed)), 1)

    def update_many(self, failures: int, n: int) -> str:
        """Return what to do after several answers at once: the gate looks after the last alone.

        Parameters
        ----------
        failures, n : int
            Answers of the challenger, and how many of them failed.

        Raises
        ------
        RuntimeError
            If it has been promoted or rolled back.
        """
        if self.decided:
            raise RuntimeError(f"the gate has decided: {self.decided}")
        n = whole("n", n, 1)
        self._n += n
        self._failures += whole("failures", failures, 0, n)
        ratio = float(_ratio(self._failures, self._n, self._up, self._down))
        if ratio >= self._upper:
            return self._decide("roll back", ratio)
        if ratio <= self._lower:
            last = self._stage == len(self.shares) - 1
            return self._decide("promote" if last else "next stage", ratio)
        return "go on"

    def _decide(self, decision: str, ratio: float) -> str:
        entry = GateDecision(decision, self.share, self._n, self._failures, ratio)
        self.log = (*self.log, entry)
        if decision == "next stage":
            self._stage += 1
            self.share, self._n, self._failures = self.shares[self._stage], 0, 0
        else:
            self.decided, self.share = decision, 1.0 if decision == "promote" else 0.0
        return decision


def _ratio(failures: np.ndarray, trials: np.ndarray, up: float, down: float) -> np.ndarray:
    return failures * up - (trials - failures) * down


def _steps(p0: float, p1: float, alpha: float, beta: float) -> tuple[float, float, float, float]:
    """Return how far a failure and a success move the ratio, and its two bounds."""
    p0, p1 = check_share("p0", p0), check_share("p1", p1)
    alpha, beta = check_share("alpha", alpha), check_share("beta", beta)
    if p0 >= p1:
        raise ValueError(f"p0 must be below p1, got {p0:g} and {p1:g}")
    if alpha + beta >= 1:
        raise ValueError(f"alpha + beta must be below 1, got {alpha + beta:g}")
    up, down = math.log(p1 / p0), math.log((1 - p0) / (1 - p1))
    return up, down, math.log((1 - beta) / alpha), math.log(beta / (1 - alpha))
