"""A client that waits for the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nats


async def flush(nc: nats.NATS) -> None:
    """Return when the broker has handled all that this client has sent.

    One flush of nats-py is not enough: it writes its PING before the commands that still wait in
    the client, and the broker answers in order. The second PING comes after them.
    """
    for _ in range(2):
        await nc.flush()
