"""Messages between two processes that need not trust each other: a length, then JSON.

Only the standard library is imported: a worker loads this before anything else.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time

_HEAD = struct.Struct(">I")
MOST_BYTES = 4_000_000
"""The longest message that is taken from the other side, unless told."""


class WireError(Exception):
    """The other side has ended, sent too much, or no JSON."""


class Ended(WireError):
    """The other side has closed its end."""


class Late(WireError):
    """The other side has not answered in time."""


class Wire:
    """One end of a pair of sockets.

    Parameters
    ----------
    end : socket
        The end; it belongs to the wire.
    most : int
        The longest message that is taken.
    """

    def __init__(self, end: socket.socket, *, most: int = MOST_BYTES) -> None:
        self.socket, self.most = end, most

    def send(self, message: object, *, until: float | None = None) -> None:
        """Send what JSON can hold; `Late` if the other side has not taken it until then."""
        self.send_bytes(json.dumps(message).encode(), until=until)

    def send_bytes(self, body: bytes, *, until: float | None = None) -> None:
        """Send a message that is already JSON."""
        left = memoryview(_HEAD.pack(len(body)) + body)
        self.socket.setblocking(until is None)
        try:
            while left:
                if until is not None:
                    self._wait(until, write=True)
                left = left[self.socket.send(left) :]
        except OSError as err:
            raise Ended(f"the other side has ended: {err}") from None

    def receive(self, *, until: float | None = None) -> object:
        """Return the next message; `WireError` if it is not JSON."""
        try:
            return json.loads(self.receive_bytes(until=until))
        except (ValueError, RecursionError) as err:
            raise WireError(f"a message is not JSON: {type(err).__name__}") from None

    def receive_bytes(self, *, until: float | None = None) -> bytes:
        """Return the next message as it came.

        Parameters
        ----------
        until : float, optional
            When to give up, on the clock of `time.monotonic`.
        """
        (length,) = _HEAD.unpack(self._exactly(_HEAD.size, until))
        if length > self.most:
            raise WireError(f"a message has {length} bytes, at most {self.most} are taken")
        return self._exactly(length, until)

    def close(self) -> None:
        """Close this end."""
        self.socket.close()

    def _exactly(self, count: int, until: float | None) -> bytes:
        parts = []
        self.socket.setblocking(until is None)
        while count:
            if until is not None:
                self._wait(until, write=False)
            try:
                part = self.socket.recv(min(count, 1 << 16))
            except OSError as err:
                raise Ended(f"the other side has ended: {err}") from None
            if not part:
                raise Ended("the other side has ended")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _wait(self, until: float, *, write: bool) -> None:
        poll = select.poll()  # not select: that knows no handles above 1023
        poll.register(self.socket, select.POLLOUT if write else select.POLLIN)
        left = until - time.monotonic()
        if left <= 0 or not poll.poll(1000 * left):
            raise Late("no answer in time")
