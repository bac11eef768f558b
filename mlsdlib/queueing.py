"""How long jobs wait for a server: Erlang's formula, stages in a row, and simulations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import whole

__all__ = [
    "PoolRun",
    "break_even_penalty",
    "erlang_c",
    "line_time",
    "mean_wait",
    "one_pool_time",
    "simulate_line",
    "simulate_pool",
    "simulate_waits",
]


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


def line_time(servers: int, utilisation: float, *, stages: int = 3, delay: float = 0.0) -> float:
    """Return the mean time through stages in a row, each with servers of its own.

    Jobs arrive at random (Poisson), and the work at each stage is exponential, with mean 1.
    Stages wait as if each stood alone (Burke 1956), so this is exact.

    Parameters
    ----------
    servers : int
        Servers of each stage.
    utilisation : float
        As in `erlang_c`; from 1 on the time is infinite.
    stages : int
        Number of stages.
    delay : float
        What passes between two stages, whoever is free.

    Examples
    --------
    >>> line_time(1, 0.5), line_time(1, 0.5, delay=2), line_time(1, 1.2)
    (6.0, 10.0, inf)
    """
    stages = whole("stages", stages)
    if not 0 <= delay < math.inf:
        raise ValueError(f"delay must be at least 0 and finite, got {delay!r}")
    wait = mean_wait(servers, utilisation) if not utilisation >= 1 else math.inf
    return stages * (1 + wait) + (stages - 1) * delay


def one_pool_time(
    servers: int, utilisation: float, *, stages: int = 3, penalty: float = 1.0
) -> float:
    """Return about the mean time of a job if each server does all of its stages.

    The same arrivals and work as in `line_time`, for the same number of people: one pool of
    ``stages * servers``, and each needs `penalty` times as long as a specialist would. Work of
    several stages varies less than that of one, which makes waits shorter by
    ``(1 + 1 / stages) / 2``. This correction is exact for one server and close for several.

    Parameters
    ----------
    servers, utilisation, stages
        As in `line_time`, so that the pool is busy ``penalty * utilisation`` of its time; from 1
        on the time is infinite.
    penalty : float
        Time that the pool needs for the work, in that of specialists; above 0.

    References
    ----------
    Lee and Longton (1959), *Queueing processes associated with airline passenger check-in*.

    Examples
    --------
    >>> [round(one_pool_time(1, 0.7, penalty=p), 2) for p in (1.0, 1.2, 1.3, 1.5)]
    [4.09, 7.17, 11.94, inf]
    """
    stages = whole("stages", stages)
    if not 0 < penalty < math.inf:
        raise ValueError(f"penalty must be above 0 and finite, got {penalty!r}")
    if penalty * utilisation >= 1:
        return math.inf
    wait = mean_wait(stages * whole("servers", servers), penalty * utilisation)
    return stages * penalty * (1 + wait * (1 + 1 / stages) / 2)


def break_even_penalty(
    servers: int, utilisation: float, *, stages: int = 3, delay: float = 0.0
) -> float:
    """Return the penalty at which one pool takes as long as stages in a row.

    Parameters
    ----------
    servers, utilisation, stages, delay
        As in `line_time`; the utilisation must be below 1.

    Examples
    --------
    >>> [round(break_even_penalty(c, 0.7), 2) for c in (1, 8)]
    [1.27, 1.09]
    """
    from scipy.optimize import brentq

    line = line_time(servers, utilisation, stages=stages, delay=delay)
    if line == math.inf:
        raise ValueError(f"utilisation must be below 1, got {utilisation!r}")

    def gap(penalty: float) -> float:  # of the speeds, which stay finite
        return 1 / line - 1 / one_pool_time(servers, utilisation, stages=stages, penalty=penalty)

    # Below one the pool is the faster one; no job takes less than its work.
    return float(brentq(gap, 0.5, line / stages + 1, xtol=1e-12))


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


def simulate_line(
    gaps: np.ndarray, run_times: np.ndarray, *, servers: int, delay: float = 0.0
) -> np.ndarray:
    """Return how long each job takes through stages in a row, each with servers of its own.

    Parameters
    ----------
    gaps : array of shape (..., n)
        As in `simulate_waits`.
    run_times : array of shape (..., stages, n)
        How long each job runs at each stage.
    servers : int
        Servers of each stage.
    delay : float
        What passes between two stages, whoever is free.

    Returns
    -------
    array of shape (..., n)
        Time from a job's arrival until it leaves the last stage, in order of arrival.

    Examples
    --------
    >>> simulate_line([0, 1, 1], [[2, 2, 2], [1, 1, 1]], servers=1)
    array([3., 4., 5.])
    """
    gaps, run_times = np.asarray(gaps, float), np.asarray(run_times, float)
    if run_times.ndim != gaps.ndim + 1 or gaps[..., None, :].shape[-1:] != run_times.shape[-1:]:
        raise ValueError(
            "run_times must have one axis more than gaps, for the stages, "
            f"got {run_times.shape} and {gaps.shape}"
        )
    if not 0 <= delay < math.inf:
        raise ValueError(f"delay must be at least 0 and finite, got {delay!r}")
    came = gaps.cumsum(axis=-1)
    now = came
    for stage in range(run_times.shape[-2]):
        now = now + delay * (stage > 0)
        order = np.argsort(now, axis=-1, kind="stable")  # jobs overtake if servers are several
        times = np.take_along_axis(now, order, -1)
        runs = np.take_along_axis(run_times[..., stage, :], order, -1)
        waits = simulate_waits(np.diff(times, axis=-1, prepend=0), runs, servers=servers)
        now = np.empty_like(times)
        np.put_along_axis(now, order, times + waits + runs, -1)
    return now - came


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
