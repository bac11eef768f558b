"""Load on a service: many callers, from a process of their own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.processes import Child
from mlsdlib.serving._inputs import seconds

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = ("answered", "rejected", "late", "refused", "failed")


@dataclass(frozen=True, eq=False, repr=False)
class LoadRun:
    """What callers of a service saw.

    Attributes
    ----------
    log : DataFrame
        A row for each request, in the order in which they were due: row, which features were sent;
        due_ms, since the start; latency_ms, from when it was due to its outcome; outcome; and
        prediction, a number or None. The outcomes: "answered"; "rejected", 503; "late", 504;
        "refused", 4xx; and "failed", another error of the service, a connection that was refused or
        cut, or no answer within the timeout.
    seconds : float
        From the start to the last outcome: a duration of this machine; compare, never print.
    planned : int
        Requests there were to be.
    """

    log: pd.DataFrame
    seconds: float
    planned: int

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(name):,} {name}" for name in OUTCOMES)
        return f"<LoadRun: {self.planned:,} requests, {counts}, {self.lost:,} lost>"

    def count(self, outcome: str) -> int:
        """Return the number of requests with an outcome.

        Raises
        ------
        ValueError
            If there is no such outcome.
        """
        if outcome not in OUTCOMES:
            raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}, got {outcome!r}")
        return int((self.log["outcome"] == outcome).sum())

    @property
    def lost(self) -> int:
        """Requests of which their caller never heard: neither an answer nor an error."""
        return self.planned - len(self.log)

    def latency_ms(self, quantile: float) -> float:
        """Return a quantile of the latency of the answered requests, NaN if there is none."""
        answered = self.log.loc[self.log["outcome"] == "answered", "latency_ms"]
        return float(answered.quantile(quantile))

    def within(self, ms: float) -> int:
        """Return how many requests were answered within so many milliseconds."""
        log = self.log
        return int(((log["outcome"] == "answered") & (log["latency_ms"] <= ms)).sum())


def run_load(
    urls: Sequence[str],
    rows: np.ndarray,
    *,
    n: int,
    clients: int | None = None,
    rate: float | None = None,
    timeout: float = 10.0,
    timeout_ms: float | None = None,
    rng: np.random.Generator | int | Sequence[int] | None = None,
) -> list[LoadRun]:
    """Return what callers saw who asked each service for predictions, one service after the other.

    The callers are a process of their own, which ends with this function. There are two kinds:

    - `clients`, each of which sends its next request when it has the outcome of the last (closed
      loop). They never ask faster than they are answered.
    - requests that come at a `rate`, as a Poisson process, whatever became of those before (open
      loop): what the world does. The latency counts from when a request was due, also if the caller
      itself came late.

    Parameters
    ----------
    urls : sequence of str
        The services; one may come several times.
    rows : array of shape (k, n_features)
        Features to send, drawn with replacement.
    n : int
        Requests to each.
    clients : int, optional
    rate : float, optional
        Requests a second; exactly one of the two must be given.
    timeout : float
        Seconds after which a caller gives up.
    timeout_ms : float, optional
        What the callers tell the service of their patience.
    rng : numpy Generator, int, sequence of int or None
        Draws rows and times.

    Returns
    -------
    list of LoadRun
        One for each of `urls`.

    Raises
    ------
    RuntimeError
        If the callers' process fails.
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> from mlsdlib.serving import PredictionService
    >>> with PredictionService(lambda rows: rows[:, 0], n_features=1) as service:
    ...     run_load([service.url], [[1.0], [2.0]], n=20, clients=4, rng=0)
    [<LoadRun: 20 requests, 20 answered, 0 rejected, 0 late, 0 refused, 0 failed, 0 lost>]
    """
    rows = np.asarray(rows, float)
    if rows.ndim != 2 or len(rows) == 0:
        raise ValueError(f"rows must have shape (k, n_features), got {rows.shape}")
    if isinstance(urls, str):
        raise TypeError("urls must be a sequence of addresses, got one string")
    n, rng = whole("n", n, 1), np.random.default_rng(rng)
    if (clients is None) == (rate is None):
        raise ValueError("exactly one of clients and rate must be given")
    plan = {"clients": None if clients is None else whole("clients", clients, 1),
            "timeout": seconds("timeout", timeout, positive=True), "runs": []}  # fmt: skip
    if rate is not None:
        seconds("rate", rate, positive=True)
    asked = {} if timeout_ms is None else {"timeout_ms": timeout_ms}
    plan["bodies"] = [json.dumps({"features": row, **asked}) for row in rows.tolist()]
    for url in urls:
        due = np.zeros(n) if rate is None else rng.exponential(1 / rate, n).cumsum()
        drawn = rng.integers(len(rows), size=n)
        plan["runs"].append({"url": url, "due": due.tolist(), "rows": drawn.tolist()})
    with tempfile.TemporaryDirectory(prefix="mlsd-") as folder:
        Path(folder, "plan.json").write_text(json.dumps(plan))
        with Child("mlsdlib.serving._callers:main", {"folder": folder}) as child:
            if child.hear() != "done":
                raise RuntimeError("the callers' process failed")
        found = json.loads(Path(folder, "found.json").read_text())
    return [_run(run, n) for run in found]


def _run(found: dict[str, object], n: int) -> LoadRun:
    import pandas as pd

    columns = ["request", "row", "due_ms", "latency_ms", "outcome", "prediction"]
    log = pd.DataFrame(found["log"], columns=columns).sort_values("request").set_index("request")
    return LoadRun(log, float(found["seconds"]), n)
