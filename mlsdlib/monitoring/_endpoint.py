"""A registry served over HTTP, and the scrape that reads it."""

from __future__ import annotations

import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mlsdlib.monitoring._inputs import seconds
from mlsdlib.monitoring._metrics import Registry
from mlsdlib.monitoring._text import CONTENT_TYPE, parse


class MetricsEndpoint:
    """A page ``/metrics`` on 127.0.0.1 that shows a registry, for as long as a block lasts.

    The monitoring system pulls: it asks for this page every few seconds. A service that is dead
    is noticed at once, because its page does not answer.

    Parameters
    ----------
    registry : Registry
        What is shown, as it is at the moment of each request.

    Attributes
    ----------
    url : str
        Address of the page, on a port that the system chooses.

    Raises
    ------
    TypeError
        If `registry` is something else.

    Examples
    --------
    >>> registry = Registry()
    >>> registry.gauge("model_age_days", "Days since the training.").set(3)
    >>> with MetricsEndpoint(registry) as endpoint:
    ...     scrape(endpoint.url)
    {'model_age_days': 3.0}
    """

    def __init__(self, registry: Registry) -> None:
        if not isinstance(registry, Registry):
            raise TypeError(f"registry must be a Registry, got {registry!r}")
        self._registry = registry
        self._server: ThreadingHTTPServer | None = None
        self.url = ""

    def __enter__(self) -> MetricsEndpoint:
        """Listen."""
        if self._server is not None:
            raise RuntimeError("the endpoint was started before: make another one")
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.registry = self._registry
        self.url = f"http://127.0.0.1:{self._server.server_port}/metrics"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.daemon = True
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def scrape(url: str, *, timeout: float = 5.0) -> dict[str, float]:
    """Return the samples that a metrics page shows, by series.

    Parameters
    ----------
    url : str
        Address of the page.
    timeout : float
        Seconds after which it counts as down.

    Raises
    ------
    OSError
        If nobody answers, or with an error.
    ValueError
        If the answer is not in the text format.
    """
    with urllib.request.urlopen(url, timeout=seconds("timeout", timeout)) as answer:
        return parse(answer.read().decode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    registry: Registry

    def handle_error(self, request: object, address: object) -> None:
        """Print nothing: a reader that goes away in the middle is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10.0

    def do_GET(self) -> None:
        """Show the registry."""
        if self.path != "/metrics":
            self.send_error(404, "only /metrics is here")
            return
        body = self.server.registry.text().encode()
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""
