"""When the jobs of a cluster start: first come, first served, with backfilling or without."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from mlsdlib.checks import check_lengths, whole


def simulate_cluster(
    submitted: Sequence[float],
    cores: Sequence[int],
    run_time: Sequence[float],
    limit: Sequence[float],
    *,
    capacity: int,
    backfill: bool = True,
) -> list[float]:
    """Return when each job starts on a cluster that serves in order of submission.

    The first of the queue gets its cores as soon as enough of them are free. With `backfill`, the
    scheduler works out when that will be if every job runs up to its limit, and lets later jobs
    go first that do not delay it: because they end before, by their limits, or because they need
    only cores that will be left (EASY, as Slurm's plugin does for the first job). A job that
    reaches its limit is ended.

    Parameters
    ----------
    submitted : sequence of n numbers
        When each job comes, in rising order.
    cores : sequence of n whole numbers
        What it needs all the while.
    run_time : sequence of n numbers
        How long it would run.
    limit : sequence of n numbers
        After how long it is ended, which the scheduler knows.
    capacity : int
        Cores of the cluster.
    backfill : bool
        Whether later jobs may go first.

    Raises
    ------
    ValueError
        If the sequences differ in length, times are not in order or not positive, or a job needs
        more cores than there are.

    References
    ----------
    Lifka (1995), *The ANL/IBM SP scheduling system*; Mu'alem and Feitelson (2001), *Utilization,
    predictability, workloads, and user runtime estimates*.

    Examples
    --------
    >>> jobs = {"submitted": [0, 1, 2], "cores": [3, 4, 1], "run_time": [10, 5, 4]}
    >>> simulate_cluster(**jobs, limit=[10, 5, 4], capacity=4)  # the third slips in
    [0.0, 10.0, 2.0]
    >>> simulate_cluster(**jobs, limit=[10, 5, 20], capacity=4)  # it might take too long
    [0.0, 10.0, 15.0]
    """
    check_lengths(submitted=submitted, cores=cores, run_time=run_time, limit=limit)
    whole("capacity", capacity)
    come = [float(t) for t in submitted]
    need = [whole("cores", n, 1, capacity) for n in cores]
    limits = [float(t) for t in limit]
    runs = [min(float(t), most) for t, most in zip(run_time, limits, strict=True)]
    if come != sorted(come):
        raise ValueError("submitted must be in rising order")
    if any(not t > 0 for t in [*runs, *limits]):
        raise ValueError("run_time and limit must be positive")

    started = [0.0] * len(come)
    running: list[tuple[float, int]] = []  # a heap of ends, and whose they are
    queue: list[int] = []
    free, k = capacity, 0

    def start(j: int, now: float) -> int:
        started[j] = now
        heapq.heappush(running, (now + runs[j], j))
        return need[j]

    while k < len(come) or queue:
        now = min(come[k : k + 1] + [end for end, _ in running[:1]])
        while running and running[0][0] <= now:
            free += need[heapq.heappop(running)[1]]
        while k < len(come) and come[k] <= now:
            queue.append(k)
            k += 1
        while queue and need[queue[0]] <= free:
            free -= start(queue.pop(0), now)
        if not (queue and backfill and free):
            continue
        ends = sorted((started[j] + limits[j], need[j]) for _, j in running)
        reserved, spare = _reservation(ends, free, need[queue[0]])
        for j in queue[1:]:
            in_time = now + limits[j] <= reserved
            if need[j] <= free and (in_time or need[j] <= spare):
                spare -= 0 if in_time else need[j]
                free -= start(j, now)
                queue.remove(j)
    return started


def _reservation(ends: list[tuple[float, int]], free: int, needed: int) -> tuple[float, int]:
    """Return when the first of the queue will surely start, and the cores that it leaves."""
    for end, released in ends:
        free += released
        if free >= needed:
            return end, free - needed
    raise AssertionError("no job needs more than there is")
