"""Two processes that train one model, with torch's gloo backend on the loopback device."""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.processes import Child
from mlsdlib.training._inputs import delays_of

_LOOPBACK = {"linux": "lo", "darwin": "lo0"}
_WORKERS = 2
_TIMEOUT = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class DistributedRuns:
    """What two processes made of each run.

    Parameters
    ----------
    losses : array of shape (runs, steps + 1)
        Mean of half the squared error over all rows, before the first step and after each;
        infinite once it has left the numbers.
    seconds : array of shape (runs,)
        From the first gradient to the last, a duration of this machine: compare, never print.
    """

    losses: np.ndarray
    seconds: np.ndarray


def two_process_sgd(
    X: np.ndarray,
    y: Sequence[float],
    *,
    learning_rate: float | Sequence[float],
    staleness: int | Sequence[int] = 0,
    steps: int = 100,
    pauses: np.ndarray | None = None,
) -> DistributedRuns:
    """Return the losses of a linear model that two processes train, each on half of the rows.

    A step of a worker is a gradient on all its rows, which `all_reduce` averages with the other's.
    With ``staleness=0`` both wait for the average and apply it: synchronous training. With more,
    a worker goes on and applies the average of `staleness` steps before, when it has arrived: it
    waits less and its updates are late. Nothing is applied in the first `staleness` steps.

    Both processes end with this function, and with this process however that ends. They talk over
    the loopback device only, on ports that the system chooses.

    Parameters
    ----------
    X : array of shape (n, d)
        Inputs. Even rows are the first worker's, odd ones the second's.
    y : array of shape (n,)
        Targets.
    learning_rate, staleness : number or sequence, broadcast with each other
        One run each, from weights of zero; the processes start once for all of them.
    steps : int
        Gradients of each worker in a run, at least 1.
    pauses : array of shape (steps, 2), optional
        Seconds that each worker sleeps before each gradient: a straggler.

    Raises
    ------
    ImportError
        If torch is not installed.
    RuntimeError
        If a worker fails.
    TimeoutError
        If they take longer than two minutes: then both are killed.
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> X = np.array([[1.0], [1.0], [-1.0], [-1.0]])  # curvature 1
    >>> runs = two_process_sgd(X, 3 * X[:, 0], learning_rate=0.2, staleness=[0, 10], steps=300)
    >>> runs.losses[:, -1] < runs.losses[:, 0]  # late by ten steps, 0.2 is too large
    array([ True, False])
    """
    job = _job(X, y, learning_rate, staleness, steps, pauses)
    if find_spec("torch") is None:
        raise ImportError("two_process_sgd needs the package 'torch': pip install torch")
    deadline = time.monotonic() + _TIMEOUT
    with tempfile.TemporaryDirectory(prefix="mlsd-") as folder, ExitStack() as stack:
        np.savez(Path(folder, "job.npz"), timeout=_TIMEOUT, **job)
        workers = [stack.enter_context(_worker(rank, Path(folder))) for rank in range(_WORKERS)]
        while None in (codes := [worker.poll() for worker in workers]) or any(codes):
            for rank, code in enumerate(codes):
                if code:
                    said = Path(folder, f"{rank}.log").read_text(errors="replace").strip()
                    raise RuntimeError(f"worker {rank} failed: {said[-2000:]}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"the workers were not done after {_TIMEOUT:g} s")
            time.sleep(0.01)
        with np.load(Path(folder, "runs.npz")) as runs:
            return DistributedRuns(runs["losses"], runs["seconds"])


def _job(
    X: np.ndarray,
    y: Sequence[float],
    learning_rate: float | Sequence[float],
    staleness: int | Sequence[int],
    steps: int,
    pauses: np.ndarray | None,
) -> dict[str, object]:
    """Return the arguments, checked, as arrays."""
    X, y = np.asarray(X, float), np.asarray(y, float)
    if X.ndim != 2 or len(X) < _WORKERS or not X.shape[1]:
        raise ValueError(f"X must have a row for each worker and a column, got shape {X.shape}")
    if y.shape != (len(X),):
        raise ValueError(f"y must hold a number a row of X: got shape {y.shape} for {len(X)} rows")
    for name, array in (("X", X), ("y", y)):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must hold finite numbers")
    steps = whole("steps", steps)
    rate, delay = np.broadcast_arrays(np.asarray(learning_rate, float), delays_of(staleness))
    if rate.ndim > 1 or not rate.size:
        raise ValueError(f"learning_rate and staleness must be of one dimension, got {rate.shape}")
    if not ((rate > 0) & (rate < math.inf)).all():
        raise ValueError(f"learning_rate must be positive, got {rate.min():g}")
    pauses = np.zeros((steps, _WORKERS)) if pauses is None else np.asarray(pauses, float)
    if pauses.shape != (steps, _WORKERS):
        raise ValueError(f"pauses must be of shape ({steps}, {_WORKERS}), got {pauses.shape}")
    if not ((pauses >= 0) & (pauses < math.inf)).all():
        raise ValueError(f"pauses must be zero or positive, got {pauses.min():g}")
    rate, delay = np.atleast_1d(rate), np.atleast_1d(delay)
    return {"X": X, "y": y, "rate": rate, "delay": delay, "pauses": pauses}


@contextmanager
def _worker(rank: int, folder: Path) -> Iterator[Child]:
    environment = {"OMP_NUM_THREADS": "1"}
    if sys.platform in _LOOPBACK:
        environment["GLOO_SOCKET_IFNAME"] = _LOOPBACK[sys.platform]
    job, arguments = "mlsdlib.training._worker:work", {"rank": rank, "folder": str(folder)}
    with (
        Path(folder, f"{rank}.log").open("wb") as log,
        Child(job, arguments, env=environment, stdout=subprocess.DEVNULL, stderr=log) as child,
    ):
        yield child
