"""How many times faster is one call than another, measured in interleaved pairs."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import replace

from mlsdlib.estimate import Estimate, median_interval

__all__ = ["MIN_PAIRS", "ratio_from_pairs", "time_ratio"]

MIN_PAIRS = 7
"""Fewest pairs `time_ratio` accepts: with seven, the smallest and the largest ratio enclose the
true median with 98 % probability."""


def time_ratio(
    slow: Callable[[], object],
    fast: Callable[[], object],
    *,
    pairs: int = 15,
    min_seconds: float = 0.01,
    cpu: bool = False,
    same: Callable[[object, object], bool] | None = None,
) -> Estimate:
    """Return how many times longer `slow` takes than `fast`: the median ratio over pairs.

    The two calls alternate, and which one goes first alternates too, so that a machine that
    slows down during the measurement slows both. The interval is the exact one of the median of
    the logarithms of the ratios (`mlsdlib.estimate.median_interval`), exponentiated. An absolute
    time never leaves this function: it would describe the machine, not the method.

    Parameters
    ----------
    slow, fast : callable without arguments
        What to compare. Each is called once, untimed, before the measurement.
    pairs : int
        Number of interleaved pairs, at least 7. With 15 the interval leaves out three outliers at
        either end; with 7 it spans all pairs, so that one disturbed pair widens it.
    min_seconds : float
        A call shorter than this is repeated until one timed block lasts at least as long.
    cpu : bool
        Count the seconds that the processor spends on this thread, not those on the wall: what
        other programs take of a loaded machine is left out. Right only for calls that compute in
        the thread that makes them and wait for nothing.
    same : callable, optional
        ``same(slow(), fast())`` must be true: only calls with equal results are compared.

    Raises
    ------
    TypeError
        If `slow` or `fast` cannot be called.
    ValueError
        If there are fewer than 7 pairs, or the results are not the same.

    Examples
    --------
    >>> ratio = time_ratio(lambda: sum(range(20_000)), lambda: sum(range(200)), same=None)
    >>> ratio.low > 10
    True
    """
    for name, call in (("slow", slow), ("fast", fast)):
        if not callable(call):
            raise TypeError(f"{name} must be callable, got {type(call).__name__}")
    if isinstance(pairs, bool) or not isinstance(pairs, int):
        raise TypeError(f"pairs must be a whole number, got {pairs!r}")
    if pairs < MIN_PAIRS:
        raise ValueError(f"pairs must be at least {MIN_PAIRS}, got {pairs}")
    first, second = slow(), fast()
    if same is not None and not same(first, second):
        raise ValueError("slow and fast must give the same result before they are compared")
    del first, second
    clock = time.thread_time if cpu else time.perf_counter
    repeats = _repeats(slow, min_seconds, clock), _repeats(fast, min_seconds, clock)
    seconds: tuple[list[float], list[float]] = ([], [])
    for i in range(pairs):
        for which in (0, 1) if i % 2 == 0 else (1, 0):
            seconds[which].append(_seconds((slow, fast)[which], repeats[which], clock))
    return ratio_from_pairs(*seconds)


def ratio_from_pairs(slow: list[float], fast: list[float]) -> Estimate:
    """Return the median ratio ``slow / fast`` over pairs, with its exact interval.

    Parameters
    ----------
    slow, fast : sequences of shape (n,), n >= 7
        Durations of the two calls, pair by pair, in the same unit, all positive.

    Raises
    ------
    ValueError
        If there are fewer than 7 pairs, the lengths differ, or a duration is not positive.

    Examples
    --------
    >>> print(ratio_from_pairs([2.0, 2.2, 1.9, 2.1, 2.0, 2.4, 1.8], [1.0] * 7))
    2 times [1.8, 2.4]
    """
    if len(slow) != len(fast):
        raise ValueError(f"slow and fast must be pairs, got {len(slow)} and {len(fast)} durations")
    if len(slow) < MIN_PAIRS:
        raise ValueError(f"slow and fast must hold at least {MIN_PAIRS} pairs, got {len(slow)}")
    if not (min(slow) > 0 and min(fast) > 0):
        raise ValueError("slow and fast must hold positive durations only")
    logs = [math.log(a / b) for a, b in zip(slow, fast, strict=True)]
    return replace(median_interval(logs).map(math.exp, unit="times"), method="interleaved pairs")


def _repeats(call: Callable[[], object], min_seconds: float, clock: Callable[[], float]) -> int:
    repeats = 1
    while (elapsed := _seconds(call, repeats, clock) * repeats) < min_seconds:
        wanted = math.ceil(0.8 * repeats * min_seconds / max(elapsed, 1e-9))
        # A block too short for the clock tells nothing: grow by steps, not by a wild guess.
        repeats = min(max(2 * repeats, wanted), 100 * repeats)
    return repeats


def _seconds(call: Callable[[], object], repeats: int, clock: Callable[[], float]) -> float:
    """Return the seconds one call takes, with the garbage collector kept out of the way."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        start = clock()
        for _ in range(repeats):
            call()
        return (clock() - start) / repeats
    finally:
        if was_enabled:
            gc.enable()
