"""Who gets a message when a real broker is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from mlsdlib.dataflow._loop import flush
from mlsdlib.dataflow._measures import deliver
from mlsdlib.dataflow._server import NatsServer
from mlsdlib.loops import run

if TYPE_CHECKING:
    import pandas as pd


def run_bindings(
    server: NatsServer,
    bindings: Mapping[str, str | tuple[str, str]],
    subjects: Iterable[str],
) -> pd.DataFrame:
    """Return what the broker delivered to whom: what `deliver` says, and whom it picked.

    Each subscriber has a connection of its own and listens before the first message is published.

    Parameters
    ----------
    server : NatsServer
        The broker, which is running.
    bindings : mapping
        Name of each subscriber to its pattern, or to (pattern, queue group), as in `deliver`.
    subjects : iterable of str
        One message is published to each of these, in this order.

    Returns
    -------
    DataFrame
        A row for each delivery: "message", from 0, "subject" and "subscriber"; those of a
        subscriber in the order in which it got them.

    Raises
    ------
    TypeError, ValueError
        As `deliver`; or if the server does not run.

    Examples
    --------
    >>> bindings = {"audit": "orders.*", "a": ("orders.*", "packers"), "b": ("orders.*", "packers")}
    >>> with NatsServer() as server:
    ...     found = run_bindings(server, bindings, ["orders.uk"] * 100)
    >>> sum(found["subscriber"] == "audit"), sum(found["subscriber"].isin(["a", "b"]))
    (100, 100)
    """
    import pandas as pd

    if not isinstance(server, NatsServer) or not server.is_running():
        raise ValueError(f"server must be a running NatsServer, got {server!r}")
    subjects = list(subjects)
    for subject in dict.fromkeys(subjects):
        deliver(bindings, subject)  # an invalid subject would hang the client's connection
    got = run(_deliveries(server.url, bindings, subjects))
    frame = pd.DataFrame(got, columns=["message", "subject", "subscriber"])
    return frame.astype({"message": "int64", "subject": "str", "subscriber": "str"})


async def _deliveries(url: str, bindings: Mapping, subjects: list[str]) -> list[tuple]:
    import nats

    got: dict[str, list] = {name: [] for name in bindings}

    def listener(name: str):
        async def on_message(message) -> None:
            got[name].append((int(message.data), message.subject, name))

        return on_message

    publisher = await nats.connect(url)
    subscribers = []
    for name, binding in bindings.items():
        pattern, group = (binding, "") if isinstance(binding, str) else binding
        nc = await nats.connect(url)
        await nc.subscribe(pattern, queue=group, cb=listener(name))
        await flush(nc)
        subscribers.append(nc)
    for message, subject in enumerate(subjects):
        await publisher.publish(subject, str(message).encode())
    # The broker answers in order: after this it has sent every message on, and draining a
    # connection handles all that was sent to it.
    await flush(publisher)
    for nc in subscribers:
        await nc.drain()
    await publisher.close()
    return [delivery for name in bindings for delivery in got[name]]
