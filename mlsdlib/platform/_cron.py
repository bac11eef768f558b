"""Programs that are started by the clock."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack

from mlsdlib.processes import Child


def run_at(jobs: Iterable[tuple[float, str, Mapping[str, object]]]) -> None:
    """Start each job at its time, whatever has become of the others, as cron does; wait for all.

    Parameters
    ----------
    jobs : list of (seconds, job, arguments)
        When to start, from now on, in rising order; ``"module:function"`` or
        ``"path/file.py:function"``; and what to hand over, of types that JSON has.

    Raises
    ------
    ValueError
        If the times are not in order.
    RuntimeError
        If a job fails; those that still run are ended then.

    Examples
    --------
    >>> run_at([(0.0, "gc:collect", {}), (0.1, "gc:collect", {"generation": 1})])
    """
    planned = list(jobs)
    if [seconds for seconds, *_ in planned] != sorted(seconds for seconds, *_ in planned):
        raise ValueError("jobs must be in the order of their times")
    began = time.monotonic()
    with ExitStack() as stack:
        children = []
        for seconds, job, arguments in planned:
            time.sleep(max(0.0, began + seconds - time.monotonic()))
            children.append(stack.enter_context(Child(job, arguments)))
        for child in children:
            child.finish(timeout=None)
