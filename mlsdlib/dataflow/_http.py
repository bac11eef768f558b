"""A service that answers HTTP requests, and the services behind it."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from mlsdlib.processes import Child


class Server(ThreadingHTTPServer):
    """The server inside a service's process; a thread for each connection."""

    daemon_threads = True

    def __init__(
        self, *, work_ms: float, next_url: str, availability: float, seed: int, log: str
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.work_ms, self.next_url = work_ms, next_url
        self.availability, self.random = availability, random.Random(seed)
        self._stack, self._lock = ExitStack(), threading.Lock()
        if log:
            from mlsdlib.dataflow._workers import open_log

            self.note = self._stack.enter_context(open_log(log))
        else:
            self.note = lambda message: None

    def is_up(self) -> bool:
        """Return whether this request is answered, by lot."""
        with self._lock:
            return self.random.random() < self.availability


class Handler(BaseHTTPRequestHandler):
    """Answers a POST with what it got, after its own work and the next service's."""

    protocol_version = "HTTP/1.1"  # keeps the connection
    # Two small packets for an answer would wait for each other some 40 ms (Nagle's algorithm).
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        """Open the connection to the next service when the caller opens one to this."""
        super().setup()
        self.next = Client(self.server.next_url) if self.server.next_url else None

    def finish(self) -> None:
        """Close it when the caller does."""
        if self.next:
            self.next.close()
        super().finish()

    def do_POST(self) -> None:
        """Answer 200, or 503 if this service or one behind it is down."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_answered = self.server.is_up()
        if is_answered:
            self.server.note(json.loads(body))
            time.sleep(self.server.work_ms / 1000)
            if self.next:
                is_answered = self.next.call(json.loads(body))
        self.send_response(200 if is_answered else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class Client:
    """A caller that keeps its connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)

    def call(self, message: object, *, retries: int = 0) -> bool:
        """Return whether the service answered, at last."""
        for _ in range(retries + 1):
            try:
                self._connection.request("POST", "/", json.dumps(message))
                response = self._connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):  # nobody there, or gone in the middle
                self._connection.close()
                continue
            if response.status == 200:
                return True
        return False

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class HttpService:
    """An HTTP service in a process of its own, on 127.0.0.1, for as long as a block lasts.

    A POST with a JSON body is answered with the same body after the service's work, and after the
    answer of the service behind it, if there is one: the caller waits for all of them.

    Parameters
    ----------
    work_ms : float
        Milliseconds of work for each request.
    next_url : str
        The service that this one calls for each request; empty for none.
    availability : float
        Share of the requests that it answers at all, drawn by lot; it fails the others with 503.
    rng : int
        Seed of the lot.

    Attributes
    ----------
    url : str
        Where it listens.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> with HttpService() as orders, HttpService(next_url=orders.url) as shop:
    ...     before = shop.call({"order": 1})
    ...     orders.kill()
    ...     before, shop.call({"order": 2})
    (True, False)
    """

    def __init__(
        self,
        *,
        work_ms: float = 0.0,
        next_url: str = "",
        availability: float = 1.0,
        rng: int = 0,
    ) -> None:
        if not 0 <= availability <= 1:
            raise ValueError(f"availability must lie from 0 to 1, got {availability!r}")
        if not 0 <= work_ms < float("inf"):
            raise ValueError(f"work_ms must be a finite number of at least 0, got {work_ms!r}")
        self._options = {"work_ms": work_ms, "next_url": next_url, "availability": availability,
                         "seed": rng, "log": ""}  # fmt: skip
        self._worker: Child | None = None
        self._client: Client | None = None
        self.url = ""

    def __enter__(self) -> HttpService:
        """Start the process and wait until it listens."""
        self._worker = Child("mlsdlib.dataflow._workers:serve", self._options)
        try:
            self.url = f"http://127.0.0.1:{self._worker.hear()}"
        except BaseException:
            self._worker.kill()
            raise
        self._client = Client(self.url)
        return self

    def __exit__(self, *exc: object) -> None:
        """End the process."""
        self.kill()

    def call(self, message: object, *, retries: int = 0) -> bool:
        """Return whether a request was answered, after at most so many repetitions.

        Parameters
        ----------
        message : object
            Anything that JSON can say.
        retries : int
            How often to ask again.

        Raises
        ------
        RuntimeError
            If the service was never started.
        """
        if self._client is None:
            raise RuntimeError("the service was not started: use it in a with statement")
        return self._client.call(message, retries=retries)

    def kill(self) -> None:
        """Kill the process with SIGKILL; callers get no answer any more."""
        if self._worker is not None:
            self._worker.kill()
            self._client.close()
