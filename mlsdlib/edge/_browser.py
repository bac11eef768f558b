"""A page that runs a model in the reader's own browser, served from this process."""

from __future__ import annotations

import html
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from mlsdlib.edge._assets import (
    RUNTIME,
    RUNTIME_FILES,
    WEB,
    as_json,
    plain_layers,
    runtime_bytes,
)

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css",
    "mjs": "text/javascript",
    "json": "application/json",
    "wasm": "application/wasm",
}
# The page may load from this server and from nowhere else: the browser itself sees to it.
_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:"


class BrowserPage:
    """A page on 127.0.0.1 that runs a model of digits in the browser, until it is closed.

    The reader draws a digit or picks one; WebAssembly says which it is, and both WebAssembly and
    plain JavaScript are timed there. Everything comes from this process and its installed files,
    nothing from the network. The server is a thread of this process and ends with it. Only a
    browser on the same machine can open the address.

    Parameters
    ----------
    model : bytes
        An ONNX model of dense layers and ReLUs, from side * side grey levels (0 paper, 1 ink) to
        one score a class.
    pictures : array of shape (n, side, side), uint8, optional
        Examples to pick from; 0 is paper and 255 ink, as in `mlsdlib.datasets.load_mnist`.

    Attributes
    ----------
    url : str
        Where to point the browser.

    Raises
    ------
    TypeError, ValueError
        If `model` is another kind of model, or the pictures do not fit it.
    """

    def __init__(self, model: bytes, pictures: np.ndarray | None = None) -> None:
        shapes, numbers = plain_layers(model)
        side = round(int(shapes[0]["inputs"]) ** 0.5)
        if side * side != shapes[0]["inputs"]:
            raise ValueError(f"model must take side * side inputs, got {shapes[0]['inputs']}")
        if pictures is None:
            pictures = np.zeros((0, side, side), np.uint8)
        pictures = np.asarray(pictures)
        if pictures.dtype != np.uint8 or pictures.shape[1:] != (side, side):
            raise ValueError(
                f"pictures must be uint8 of shape (n, {side}, {side}), got {pictures.dtype} of "
                f"shape {pictures.shape}"
            )
        job = {"shapes": shapes, "side": side, "bytes": runtime_bytes() + len(model)}
        made = {"job.json": as_json(job), "layers.bin": numbers, "model.onnx": model,
                "pictures.bin": pictures.tobytes()}  # fmt: skip
        self._server = _Server(made)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving the page."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> BrowserPage:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "A page for your browser; its attribute `url` says where"

    def _repr_html_(self) -> str:
        # The course's tests blank a span of this class: the port is another one each time.
        url = html.escape(self.url)
        return (
            f'<p>Open <span class="mlsd-value"><a href="{url}" target="_blank">{url}</a></span> '
            "in a browser on this machine.</p>"
        )


def browser_page(model: bytes, pictures: np.ndarray | None = None) -> BrowserPage:
    """Return a page, served from this process, that runs the model in the reader's browser.

    Parameters
    ----------
    model, pictures
        As for `BrowserPage`; as a context manager the page closes at the end of the block.

    Examples
    --------
    >>> import torch
    >>> from mlsdlib.compression import to_onnx
    >>> model = to_onnx(torch.nn.Linear(784, 10), torch.zeros(1, 784))
    >>> with browser_page(model) as page:
    ...     page.url.startswith("http://127.0.0.1:")
    True
    """
    return BrowserPage(model, pictures)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, made: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.made = made
        names = ("page.css", "page.mjs", "runtimes.mjs", "drawing.mjs")
        self.files = {name: WEB / name for name in names} | {"": WEB / "page.html"}
        self.packed = {f"onnxruntime_web/{name}": RUNTIME / f"{name}.gz" for name in RUNTIME_FILES}

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that left before all was sent."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send one of the files that the page is made of."""
        # A page of another site that has its name point here must not read what the reader draws.
        if self.headers.get("Host") != f"127.0.0.1:{self.server.server_port}":
            self.send_error(403)
            return
        name, encoding = self.path.partition("?")[0].lstrip("/"), None
        if name in self.server.made:
            content = self.server.made[name]
        elif name in self.server.files:
            content = self.server.files[name].read_bytes()
        elif name in self.server.packed:
            content, encoding = self.server.packed[name].read_bytes(), "gzip"
        else:
            self.send_error(404)
            return
        self.send_response(200)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        kind = "html" if not name else name.rpartition(".")[2]
        self.send_header("Content-Type", _TYPES.get(kind, "application/octet-stream"))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing: the notebook's output is not for this."""
