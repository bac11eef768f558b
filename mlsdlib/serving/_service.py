"""A service that predicts over HTTP."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.serving._batcher import BatcherStats, Closed, MicroBatcher, Overloaded, Predict
from mlsdlib.serving._inputs import seconds

_PATIENCE = 10.0
"""Seconds after which a connection on which nothing comes is closed."""

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PredictionService:
    """An HTTP service on 127.0.0.1 that predicts, for as long as a block lasts.

    ``POST /predict`` with ``{"features": [numbers]}`` is answered with ``{"prediction": …}``. The
    rows of requests that come at the same time are predicted together (`MicroBatcher`). Every
    request is answered, and an error says what is wrong as ``{"error": …}``:

    - 400, 404, 405, 411, 413: the request is malformed, goes elsewhere, or is too large
    - 500: the model failed for this row
    - 503: as many rows wait as may, or the service is about to stop; ``Retry-After`` says when to
      come again
    - 504: the answer was not there in time

    ``GET /health`` is answered with 200, and with 503 once the service is about to stop.

    Parameters
    ----------
    predict : callable
        From an array of shape (n, n_features), float32, to n predictions.
    n_features : int
        Numbers in a row; another count is refused.
    max_batch, max_wait, max_queue
        As for `MicroBatcher`; ``max_batch=1`` predicts each row alone. By default the queue is
        bounded.
    deadline : float
        Seconds after which a request is given up. A request may ask for less, ``"timeout_ms"``.
    max_body : int
        Most bytes of a request.
    max_connections : int
        Most connections at a time; each has a thread.

    Attributes
    ----------
    url : str
        Where it listens, on a port that the system chooses.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> import urllib.request
    >>> with PredictionService(lambda rows: rows.sum(axis=1), n_features=2) as service:
    ...     body = b'{"features": [1, 2]}'
    ...     urllib.request.urlopen(service.url + "/predict", body).read()
    b'{"prediction": 3.0}'
    """

    def __init__(
        self,
        predict: Predict,
        *,
        n_features: int,
        max_batch: int = 32,
        max_wait: float = 0.0,
        max_queue: int | None = 64,
        deadline: float = 10.0,
        max_body: int = 65_536,
        max_connections: int = 1_000,
    ) -> None:
        self._set_up(n_features, deadline, max_body, max_connections)
        self._make = lambda: MicroBatcher(predict, max_batch, max_wait, max_queue=max_queue)
        self._make().close()  # complains now about what it will not take

    def _set_up(self, n_features: int, deadline: float, max_body: int, connections: int) -> None:
        """Take what every service needs, whatever answers its rows."""
        self.n_features = whole("n_features", n_features, 1)
        self.deadline = seconds("deadline", deadline, positive=True)
        self.max_body = whole("max_body", max_body, 1)
        self._slots = threading.Semaphore(whole("max_connections", connections, 1))
        self._batcher: MicroBatcher | None = None
        self._server: _Server | None = None
        self.url = ""

    def __enter__(self) -> PredictionService:
        """Listen."""
        if self._server is not None:
            raise RuntimeError("the service was started before: make another one")
        self._batcher = self._make()
        self._server = _Server(self, self._batcher, self._slots)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        listen = {"target": self._server.serve_forever, "args": (0.02,), "daemon": True}
        threading.Thread(**listen).start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop, and drain."""
        self.stop()

    def stats(self) -> BatcherStats:
        """Return what became of the rows so far, those refused before they were rows not counted.

        Raises
        ------
        RuntimeError
            If the service was never started.
        """
        if self._batcher is None:
            raise RuntimeError("the service was not started: use it in a with statement")
        return self._batcher.stats()

    def statuses(self) -> dict[int, int]:
        """Return how many requests were answered with each HTTP status so far."""
        return dict(self._server.statuses) if self._server else {}

    def stop(self, *, drain: bool = True, timeout: float = 30.0) -> None:
        """Take no more requests, and end; nothing happens if that is done.

        Parameters
        ----------
        drain : bool
            Whether the requests that wait are predicted before; otherwise they get a 503.
        timeout : float
            Seconds after which connections are closed whatever happens on them.
        """
        if self._server is not None:
            self._server.drain(wait_for_model=drain, timeout=seconds("timeout", timeout))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, service: PredictionService, batcher: MicroBatcher, slots: threading.Semaphore
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service, self.batcher = service, batcher
        self.statuses: Counter[int] = Counter()
        self.draining = False
        self._slots, self._open, self._busy = slots, set(), 0
        self._changed = threading.Condition()

    def process_request(self, request: socket.socket, address: object) -> None:
        """Give a connection its thread, or turn it away if there are too many."""
        if not self._slots.acquire(blocking=False):
            self.count(503)
            with contextlib.suppress(OSError):
                request.sendall(_BUSY)
            self.shutdown_request(request)
            return
        with self._changed:
            self._open.add(request)
        super().process_request(request, address)

    def process_request_thread(self, request: socket.socket, address: object) -> None:
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, address)
        finally:
            with self._changed:
                self._open.discard(request)
            self._slots.release()

    def handle_error(self, request: socket.socket, address: object) -> None:
        """Print nothing: a caller that goes away in the middle is no error of ours."""

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Count a request from its first line to its answer."""
        with self._changed:
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def count(self, status: int) -> None:
        """Count an answer."""
        with self._changed:
            self.statuses[status] += 1

    def drain(self, *, wait_for_model: bool, timeout: float) -> None:
        """Answer what has come, then close all connections."""
        with self._changed:
            if self.draining:
                return
            self.draining = True
        end = time.monotonic() + timeout
        self.shutdown()
        self.server_close()  # from now on nobody can connect
        self.batcher.close(drain=wait_for_model, timeout=timeout)
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, max(0.0, end - time.monotonic()))
            still = [*self._open]
        for connection in still:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"  # keeps the connection
    # Two small packets for an answer would wait for each other some 40 ms (Nagle's algorithm).
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = _PATIENCE
    default_request_version = "HTTP/1.0"  # an answer to a bad request has a status line, too
    error_content_type = "application/json"
    error_message_format = '{"error": "%(message)s"}'

    def do_GET(self) -> None:
        """Say whether the service takes requests."""
        with self.server.at_work():
            if "Content-Length" in self.headers:  # a body that nobody reads is no next request
                self.close_connection = True
            if self.path != "/health":
                self._answer(*_elsewhere(self.path))
            elif self.server.draining:
                self._answer(503, {"status": "stopping"})
            else:
                self._answer(200, {"status": "up"})

    def do_POST(self) -> None:
        """Predict."""
        with self.server.at_work():
            try:
                answer = json.dumps({"prediction": self._predicted()}, allow_nan=False)
            except _Refused as refused:
                self._answer(refused.status, {"error": str(refused)})
            except (TypeError, ValueError) as error:
                self._answer(500, {"error": f"JSON cannot say what the model gave: {error}"})
            else:
                self._answer(200, answer)

    def _predicted(self) -> object:
        """Return the prediction of a request, as JSON can say it."""
        service = self.server.service
        body = self._body(service.max_body)
        if self.path != "/predict":
            status, said = _elsewhere(self.path)
            raise _Refused(status, said["error"])
        row, timeout = _parsed(body, service.n_features, service.deadline)
        if self.server.draining:
            raise _Refused(503, "the service is about to stop")
        try:
            answer = self.server.batcher(row, timeout=timeout)
        except (Overloaded, Closed) as error:
            raise _Refused(503, str(error)) from None
        except TimeoutError:
            raise _Refused(504, f"no answer within {1000 * timeout:g} ms") from None
        except Exception as error:
            raise _Refused(500, f"the model failed: {type(error).__name__}: {error}") from None
        return answer.tolist() if isinstance(answer, (np.ndarray, np.generic)) else answer

    def _body(self, most: int) -> bytes:
        """Return the body; close the connection afterwards if it cannot be read to its end."""
        length = self.headers.get("Content-Length")
        keep, self.close_connection = self.close_connection, True
        if length is None:
            raise _Refused(411, "Content-Length is missing")
        if not (length.isascii() and length.isdigit()):
            raise _Refused(400, f"Content-Length must be a whole number, got {length!r}")
        # Very many digits would take Python long to read.
        if len(length) > 18 or int(length) > most:
            raise _Refused(413, f"a request has at most {most} bytes, this one {length[:18]}")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise _Refused(400, f"the body ends after {len(body)} of {length} bytes")
        self.close_connection = keep
        return body

    def _answer(self, status: int, said: str | Mapping[str, object]) -> None:
        content = (said if isinstance(said, str) else json.dumps(said)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 405:
            self.send_header("Allow", "POST" if self.command == "GET" else "GET")
        if status == 503:
            self.send_header("Retry-After", "1")
        if self.server.draining or self.close_connection:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def send_response(self, code: int, message: str | None = None) -> None:
        """Count every answer, also those to requests that are no HTTP."""
        self.server.count(code)
        super().send_response(code, message)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def _elsewhere(path: str) -> tuple[int, dict[str, str]]:
    places = {"/predict": "POST", "/health": "GET"}
    if path in places:
        return 405, {"error": f"{path} takes {places[path]} only"}
    return 404, {"error": "there are POST /predict and GET /health"}


def _parsed(body: bytes, n_features: int, deadline: float) -> tuple[np.ndarray, float]:
    """Return the row of a request, and how long its caller waits for it."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or brackets without end
        raise _Refused(400, "the body must be JSON") from None
    if not isinstance(said, dict) or "features" not in said:
        raise _Refused(400, 'the body must be {"features": [numbers]}')
    if unknown := set(said) - {"features", "timeout_ms"}:
        raise _Refused(400, f"unknown: {', '.join(sorted(unknown))[:80]}")
    values = said["features"]
    if not isinstance(values, list) or not all(map(_is_number, values)):
        raise _Refused(400, "features must be a list of numbers")
    if len(values) != n_features:
        raise _Refused(400, f"features must be {n_features} numbers, got {len(values)}")
    with np.errstate(over="ignore"):
        try:
            row = np.array(values, np.float32)
        except OverflowError:  # a whole number of hundreds of digits
            row = np.array([np.inf])
    if not np.isfinite(row).all():
        raise _Refused(400, "features must be finite in 32 bits")
    asked = said.get("timeout_ms", 1000 * deadline)
    if not _is_number(asked) or not 0 < asked < float("inf"):
        raise _Refused(400, f"timeout_ms must be a number above 0, got {str(asked)[:40]}")
    return row, min(asked / 1000, deadline)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
