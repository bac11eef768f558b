"""How long jobs wait for a server: Erlang's formula, and simulations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import whole

__all__ = ["PoolRun", "erlang_c", "mean_wait", "simulate_pool", "simulate_waits"]


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
    gaps_of, runs_of = (
        np.ascontiguousarray(x.reshape(math.prod(x.shape[:-1]), n).T) for x in (gaps, run_times)
    )
    rows = np.arange(gaps_of.shape[1])
    left = np.zeros((len(rows), whole("servers", servers)))  # work that each server still has
    waits = np.empty_like(gaps_of)
    for k in range(n):
        left = np.maximum(left - gaps_of[k][:, None], 0)
        first = left.argmin(axis=1)
        waits[k] = left[rows, first]
        left[rows, first] += runs_of[k]
    return waits.T.reshape(gaps.shape)


@dataclass(frozen=True, slots=True)
class PoolRun:
    """What a pool of servers did on several days.

    Parameters
    ----------
    waiting, ready, paid : int arrays of shape (steps, days)
        Jobs that wait, servers that can take one, and servers that are paid for, those that
        still boot included.
    wait : array of shape (days,)
        Mean wait of a day's jobs, in mean run times.
    server_hours : array of shape (days,)
        Server hours paid for.
    """

    waiting: np.ndarray
    ready: np.ndarray
    paid: np.ndarray
    wait: np.ndarray
    server_hours: np.ndarray


def simulate_pool(
    load: np.ndarray,
    *,
    run_s: float,
    servers: int | None = None,
    boot_s: float = 0.0,
    spare: float = 0.2,
    step_s: float = 30.0,
    rng: np.random.Generator | int | None = None,
) -> PoolRun:
    """Return what a pool of servers does on days whose load changes from hour to hour.

    Jobs arrive at random and run for exponential times. The pool has a fixed number of servers, or
    it scales itself: at each step it wants as many servers as there are jobs, running or waiting,
    plus a spare share. A server that is wanted anew can take its first job after `boot_s`, and is
    paid for from the beginning; one that is no longer wanted goes at once.

    Parameters
    ----------
    load : array of shape (days, 24)
        Servers that the jobs of each hour would keep busy on average.
    run_s : float
        Mean run time of a job, in seconds.
    servers : int, optional
        Size of a fixed pool; without it the pool scales itself.
    boot_s, spare : float
        How the pool scales itself.
    step_s : float
        Seconds of a step; much less than `run_s`.
    rng : numpy Generator, int or None
        Source of randomness.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> run = simulate_pool(np.full((50, 24), 3.2), run_s=300, servers=4, rng=0)
    >>> print(f"{run.wait.mean():.1f}, {mean_wait(4, 0.8):.1f}, {run.server_hours[0]:.0f}")
    0.7, 0.7, 96
    """
    load = np.asarray(load, float)
    if load.ndim != 2 or load.shape[1] != 24 or not (load >= 0).all():
        raise ValueError("load must have a row of 24 numbers, none negative, for each day")
    if not 0 < step_s <= run_s:
        raise ValueError(f"step_s must be positive and at most run_s, got {step_s!r}")
    if not boot_s >= 0 or not spare >= 0:
        raise ValueError(f"boot_s and spare must be at least 0, got {boot_s!r} and {spare!r}")
    size = None if servers is None else whole("servers", servers)
    rng = np.random.default_rng(rng)
    steps, days = round(86_400 / step_s), len(load)
    comes = rng.poisson(load[:, (np.arange(steps) * step_s // 3600).astype(int)].T * step_s / run_s)
    leaves = step_s / run_s  # so that the mean is right: the exponential counted in whole steps
    booting = round(boot_s / step_s)
    jobs = np.zeros(days, int)
    waiting, ready, paid = np.empty((3, steps, days), int)
    for k in range(steps):
        jobs += comes[k]
        if size is None:
            paid[k] = np.maximum(1, np.ceil((1 + spare) * jobs))
            # Wanted all the time since it was asked for: those have booted.
            ready[k] = paid[max(0, k - booting) : k + 1].min(axis=0) if k >= booting else 1
        else:
            paid[k] = ready[k] = size
        busy = np.minimum(jobs, ready[k])
        waiting[k] = jobs - busy
        jobs -= rng.binomial(busy, leaves)
    arrived = np.maximum(comes.sum(axis=0), 1)
    # Little's law: the time that all jobs wait is the number that waits, summed over time.
    return PoolRun(waiting, ready, paid, waiting.sum(axis=0) * step_s / run_s / arrived,
                   paid.sum(axis=0) * step_s / 3600)  # fmt: skip
