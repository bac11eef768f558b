"""How long jobs wait for a server: Erlang's formula, and a simulation that takes any durations."""

from __future__ import annotations

import numpy as np

from mlsdlib.checks import whole

__all__ = ["erlang_c", "mean_wait", "simulate_waits"]


def erlang_c(servers: int, utilisation: float) -> float:
    """Return the probability that a job has to wait, in the queue M/M/c.

    Jobs arrive at random (Poisson), run for exponential times, and go to the first free of `c`
    servers, in order of arrival.

    Parameters
    ----------
    servers : int
        Their number c.
    utilisation : float
        The share of its time that a server is busy, at least 0 and below 1: above, the queue grows
        without end.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of its range.

    References
    ----------
    Erlang (1917), *Solution of some problems in the theory of probabilities of significance in
    automatic telephone exchanges*.

    Examples
    --------
    >>> erlang_c(1, 0.5), round(erlang_c(3, 2 / 3), 6)
    (0.5, 0.444444)
    """
    from scipy.special import gammaincc, gammaln, xlogy

    c = whole("servers", servers)
    if not 0 <= utilisation < 1:
        raise ValueError(f"utilisation must be at least 0 and below 1, got {utilisation!r}")
    load = c * utilisation
    # Without a queue, jobs would find all servers busy with this probability (Erlang's B): the
    # last term of a Poisson distribution over the sum up to it. No factorial overflows.
    lost = np.exp(xlogy(c, load) - load - gammaln(c + 1)) / gammaincc(c + 1, load)
    return float(lost / (1 - utilisation * (1 - lost)))


def mean_wait(servers: int, utilisation: float) -> float:
    """Return the mean wait in the queue M/M/c, in units of the mean run time.

    Stages in a row, each M/M/c, wait as if each stood alone, since what leaves such a queue is
    again at random (Burke 1956): the mean time through three of them is three times
    ``1 + mean_wait``.

    Parameters
    ----------
    servers, utilisation
        As in `erlang_c`.

    Examples
    --------
    >>> [round(mean_wait(c, 0.9), 2) for c in (1, 4, 16)]
    [9.0, 1.97, 0.37]
    """
    return erlang_c(servers, utilisation) / (servers * (1 - utilisation))


def simulate_waits(gaps: np.ndarray, run_times: np.ndarray, *, servers: int) -> np.ndarray:
    """Return how long each job waits that goes to the first free server, in order of arrival.

    Parameters
    ----------
    gaps : array of shape (..., n)
        Time since the job before, of any distribution; leading axes are independent replicates.
    run_times : array of the same shape
        How long each job runs.
    servers : int
        Number of servers.

    Returns
    -------
    array of the same shape
        Waits. A job leaves at ``gaps.cumsum(axis=-1) + waits + run_times``, which the next stage
        takes, sorted, as arrivals.

    Raises
    ------
    ValueError
        If the shapes differ, or a time is negative or NaN.

    References
    ----------
    Kiefer and Wolfowitz (1955), *On the theory of queues with many servers*.

    Examples
    --------
    >>> simulate_waits([0, 1, 1], [5, 5, 5], servers=2)
    array([0., 0., 3.])
    """
    gaps, run_times = np.asarray(gaps, float), np.asarray(run_times, float)
    if gaps.shape != run_times.shape or gaps.ndim == 0:
        raise ValueError(
            f"gaps and run_times must have the same shape, got {gaps.shape} and {run_times.shape}"
        )
    for name, times in (("gaps", gaps), ("run_times", run_times)):
        if not (times >= 0).all():
            raise ValueError(f"{name} must be at least 0, none NaN")
    n = gaps.shape[-1]
    gaps_of, runs_of = (np.ascontiguousarray(x.reshape(-1, n).T) for x in (gaps, run_times))
    rows = np.arange(gaps_of.shape[1])
    left = np.zeros((len(rows), whole("servers", servers)))  # work that each server still has
    waits = np.empty_like(gaps_of)
    for k in range(n):
        left = np.maximum(left - gaps_of[k][:, None], 0)
        first = left.argmin(axis=1)
        waits[k] = left[rows, first]
        left[rows, first] += runs_of[k]
    return waits.T.reshape(gaps.shape)
