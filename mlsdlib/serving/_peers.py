"""Another service, asked over HTTP, and one that is asked beside it."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import threading
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from mlsdlib.serving._batcher import Overloaded


@dataclass(frozen=True, slots=True)
class Shadowed:
    """One mirrored request: its row, the answer that was served, and the shadow's or None."""

    row: np.ndarray
    served: object
    shadow: object


class Peer:
    """Another service, asked over connections that are kept."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or parts.scheme != "http" or not parts.hostname or not parts.port:
            raise ValueError(f"url must be http://host:port, got {url!r}")
        self.url, self._place = url, (parts.hostname, parts.port)
        self._idle: deque[http.client.HTTPConnection] = deque()

    def ask(self, row: np.ndarray, timeout: float) -> object:
        """Return the prediction for a row, or raise what a `MicroBatcher` would."""
        body = json.dumps({"features": row.tolist(), "timeout_ms": 1000 * timeout})
        while True:
            try:
                connection, kept = self._idle.pop(), True
            except IndexError:
                connection, kept = http.client.HTTPConnection(*self._place), False
            try:
                return self._asked(connection, body, timeout)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if isinstance(error, TimeoutError):
                    raise
                if not kept:
                    raise RuntimeError(f"no answer: {type(error).__name__}") from None
                # A connection that was kept may have been closed meanwhile: take another.

    def _asked(self, connection: http.client.HTTPConnection, body: str, timeout: float) -> object:
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        connection.request("POST", "/predict", body)
        with connection.getresponse() as answer:
            said, status = answer.read(), answer.status
            closing = answer.will_close
        if closing:
            connection.close()
        else:
            self._idle.append(connection)
        if status == 200:
            return json.loads(said)["prediction"]
        why = said.decode("utf-8", "replace")[:200]
        kind = {503: Overloaded, 504: TimeoutError}.get(status, RuntimeError)
        raise kind(f"status {status}: {why}")

    def close(self) -> None:
        """Close what is kept."""
        while self._idle:
            self._idle.pop().close()


class Mirror:
    """Asks a shadow what the champion was asked, and keeps both answers."""

    def __init__(self, peer: Peer, inline: bool, most: int, timeout: float) -> None:
        self._peer, self._inline, self._timeout = peer, inline, timeout
        self._lock, self._ended = threading.Lock(), False
        self._found: list[Shadowed] = []
        self._waiting: queue.Queue = queue.Queue(most + 1)  # one place for the end
        self._most = most
        self._thread = threading.Thread(target=self._work, daemon=True)
        if not inline:
            self._thread.start()

    def copy(self, row: np.ndarray, served: object) -> None:
        """Mirror a request."""
        if self._inline:
            self._compare(row, served)
            return
        with self._lock:
            full = self._ended or self._waiting.qsize() >= self._most
            if not full:
                self._waiting.put_nowait((row, served))
        if full:
            self._keep(Shadowed(row, served, None))

    def end(self) -> list[Shadowed]:
        """Answer what waits, and return all."""
        with self._lock:
            self._ended = True
        if not self._inline:
            self._waiting.put(None)
            self._thread.join()
        with self._lock:
            return [*self._found]

    def _work(self) -> None:
        while (copied := self._waiting.get()) is not None:
            self._compare(*copied)

    def _compare(self, row: np.ndarray, served: object) -> None:
        shadow = None
        with contextlib.suppress(Exception):  # whatever is wrong with it is no customer's concern
            shadow = self._peer.ask(row, self._timeout)
        self._keep(Shadowed(row, served, shadow))

    def _keep(self, found: Shadowed) -> None:
        with self._lock:
            self._found.append(found)
