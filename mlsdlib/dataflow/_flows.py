"""The same messages from one process to another, in the four ways that data flows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mlsdlib.dataflow._producers import Consumer, by_database, by_service, by_stream, by_subject
from mlsdlib.dataflow._server import NatsServer
from mlsdlib.loops import run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FLOWS = ("database", "service", "pub-sub", "queue")


def run_flow(
    flow: str,
    n_messages: int = 200,
    *,
    server: NatsServer | None = None,
    interval_ms: float = 2.0,
    poll_ms: float = 5.0,
    work_ms: float = 0.0,
    down: tuple[int, int] | None = None,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Return when each message was sent, when the producer was free again, and when it arrived.

    This process produces, another one consumes:

    - "database": the producer inserts a row into an SQLite file, a commit each, and the consumer
      looks for new rows every `poll_ms`;
    - "service": the producer sends an HTTP request and waits for the answer, which the consumer
      gives when its work is done;
    - "pub-sub": the producer publishes to a subject of the broker, which passes the message on to
      those who listen at this moment;
    - "queue": the producer publishes to a JetStream, waits until the broker has stored the
      message, and the broker delivers it until the consumer acknowledges it.

    Parameters
    ----------
    flow : {"database", "service", "pub-sub", "queue"}
        The way.
    n_messages : int
        How many messages, numbered from 0.
    server : NatsServer
        The broker, which is running; needed for "pub-sub" and "queue" only.
    interval_ms : float
        Mean time between two messages, drawn from the exponential distribution. If the producer
        is held longer than that, it sends the next message as soon as it is free.
    poll_ms : float
        Pause of the consumer between two looks, for "database" only.
    work_ms : float
        What the consumer does with each message takes so long.
    down : pair of int, optional
        The consumer is killed with SIGKILL before the first of these messages is sent, and a new
        one is started before the second.
    rng : int or numpy Generator, optional
        What the intervals are drawn from.

    Returns
    -------
    DataFrame of shape (n_messages, 7)
        "flow"; "message"; "sent_s", seconds since the first; "held_ms", how long the producer was
        held; "accepted", whether it was told that all went well; "latency_ms", from sending until
        the consumer had the message, NaN if it never had; "deliveries", how often it had it.

    Raises
    ------
    ValueError
        If the flow is another, a number is out of range, or the broker is missing.

    Examples
    --------
    >>> found = run_flow("service", 20, work_ms=1, rng=0)
    >>> sum(found["deliveries"]), min(found["held_ms"]) >= 1
    (20, True)
    """
    import numpy as np

    _check(flow, n_messages, server, interval_ms, poll_ms, work_ms, down)
    gaps = np.random.default_rng(rng).exponential(interval_ms / 1000, n_messages)
    with tempfile.TemporaryDirectory(prefix="mlsd-") as folder:
        log = str(Path(folder, "log"))
        consumer = Consumer(log, work_ms, down)
        try:
            if flow == "database":
                sent = by_database(consumer, gaps, str(Path(folder, "db")), poll_ms)
            elif flow == "service":
                sent = by_service(consumer, gaps)
            else:
                produce = by_subject if flow == "pub-sub" else by_stream
                sent = run(produce(consumer, gaps, server.url))
        finally:
            consumer.kill()
        return _tidy(flow, sent, Path(log))


def _tidy(flow: str, sent: list[tuple[int, int, bool]], log: Path) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    arrived: dict[int, list[int]] = {}
    for line in log.read_text().splitlines() if log.exists() else ():
        at, message = map(int, line.split())
        arrived.setdefault(message, []).append(at)
    rows = [
        {
            "flow": flow,
            "message": message,
            "sent_s": (start - sent[0][0]) / 1e9,
            "held_ms": (end - start) / 1e6,
            "accepted": accepted,
            "latency_ms": (arrived[message][0] - start) / 1e6 if message in arrived else np.nan,
            "deliveries": len(arrived.get(message, ())),
        }
        for message, (start, end, accepted) in enumerate(sent)
    ]
    return pd.DataFrame(rows)


def _check(
    flow: str,
    n_messages: int,
    server: object,
    interval_ms: float,
    poll_ms: float,
    work_ms: float,
    down: tuple[int, int] | None,
) -> None:
    if flow not in FLOWS:
        raise ValueError(f"flow must be among {', '.join(FLOWS)}; got {flow!r}")
    if isinstance(n_messages, bool) or not hasattr(n_messages, "__index__") or n_messages < 1:
        raise ValueError(f"n_messages must be a whole number of at least 1, got {n_messages!r}")
    for name, number in (("interval_ms", interval_ms), ("poll_ms", poll_ms), ("work_ms", work_ms)):
        if not 0 <= number < float("inf"):
            raise ValueError(f"{name} must be a finite number of at least 0, got {number!r}")
    if down is not None and not 0 <= down[0] < down[1] <= n_messages:
        raise ValueError(f"down must be two messages in order, up to {n_messages}; got {down!r}")
    if flow in ("pub-sub", "queue") and not (isinstance(server, NatsServer) and server.url):
        raise ValueError(f"server must be a running NatsServer for {flow!r}, got {server!r}")
