"""One model in Node and in a page: the files, what they compute, and that nothing is left over."""

import gzip
import hashlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from mlsdlib import datasets, edge
from mlsdlib.compression import open_session, to_onnx_each
from mlsdlib.edge import _assets, _runtimes
from tests.course.processes import alive, started_under, within

needs_node = pytest.mark.skipif(edge.find_node() is None, reason="there is no Node")


@pytest.fixture(scope="module")
def models():
    dense, relu = torch.nn.Linear, torch.nn.ReLU()
    modules = {
        "digits": torch.nn.Sequential(dense(784, 12), relu, dense(12, 10)),
        "tiny": torch.nn.Sequential(dense(3, 4), relu, dense(4, 2), relu),
        "odd": torch.nn.Sequential(dense(3, 2), torch.nn.Sigmoid()),
        "branches": Branches(),
    }
    widths = {"digits": 784, "tiny": 3, "odd": 3, "branches": 3}
    return to_onnx_each(modules, {k: np.zeros((1, n), np.float32) for k, n in widths.items()})


class Branches(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)

    def forward(self, x):
        return self.second(x) + self.first(x)


# ---- layers


def test_the_layers_of_a_model_are_what_it_computes(models):
    shapes, numbers = _assets.plain_layers(models["tiny"])
    assert [(s["inputs"], s["outputs"], s["relu"]) for s in shapes] == [(3, 4, True), (4, 2, True)]
    w1, b1, w2, b2 = np.split(np.frombuffer(numbers, "<f4"), np.cumsum([12, 4, 8]))
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    hidden = np.maximum(x @ w1.reshape(4, 3).T + b1, 0)
    ours = np.maximum(hidden @ w2.reshape(2, 4).T + b2, 0)
    theirs = open_session(models["tiny"]).run(None, {"x": x})[0]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "message"),
    [("odd", "dense layers .* and ReLUs only, got Sigmoid"), ("branches", "one with branches")],
)
def test_a_model_of_another_kind_is_refused(models, name, message):
    with pytest.raises(ValueError, match=message):
        edge.time_runtimes(models[name], np.zeros((1, 3)))
    with pytest.raises(ValueError, match=message):
        edge.browser_page(models[name])
    with pytest.raises(TypeError, match="model must be bytes of an ONNX model, got str"):
        edge.browser_page("model.onnx")


# ---- Node


@needs_node
def test_all_runtimes_are_timed_and_nothing_is_left(models, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    x = np.random.default_rng(0).normal(size=(4, 3))
    times = edge.time_runtimes(models["tiny"], x, rows=[1, 4], min_ms=1.0)
    assert list(times) == [1, 4]
    for found in times.values():
        for each in (found.native, found.wasm, found.javascript, found.load):
            assert len(each) == 9
            assert min(each) > 0
        assert min(found.load) > max(found.javascript)
        assert found.log_position.shape == (9,)
    assert list(tmp_path.glob("tmp*")) == []
    assert not [c for c in psutil.Process().children(recursive=True) if "node" in c.name()]


@needs_node
def test_other_outputs_are_told(models, monkeypatch):
    shapes, numbers = _assets.plain_layers(models["tiny"])
    wrong = np.frombuffer(numbers, "<f4") + np.float32(1)
    monkeypatch.setattr(_runtimes, "plain_layers", lambda model: (shapes, wrong.tobytes()))
    with pytest.raises(RuntimeError, match="javascript gives other outputs than the native"):
        edge.time_runtimes(models["tiny"], np.ones((1, 3)), min_ms=1.0)


@needs_node
def test_a_failure_in_node_is_told(models, monkeypatch):
    monkeypatch.setattr(_runtimes, "unpack_for_node", lambda folder: None)
    with pytest.raises(RuntimeError, match="Node ended early, with code 1"):
        edge.time_runtimes(models["tiny"], np.ones((1, 3)))


@needs_node
def test_node_is_ended_when_its_time_is_up(models, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="Node took too long"):
        edge.time_runtimes(models["tiny"], np.ones((1, 3)), timeout=0.2, min_ms=50.0)
    assert list(tmp_path.glob("tmp*")) == []
    assert not [c for c in psutil.Process().children(recursive=True) if "node" in c.name()]


@needs_node
@pytest.mark.skipif(sys.platform != "linux", reason="reads the environment of other processes")
def test_node_and_its_folder_go_with_a_killed_owner(models, tmp_path):
    model = tmp_path / "model.onnx"
    model.write_bytes(models["tiny"])
    folder = tmp_path / "tmp"
    folder.mkdir()
    code = """
import sys
from pathlib import Path
import numpy as np
from mlsdlib import edge
from mlsdlib.edge import _runtimes
_runtimes._native_ms = lambda *arguments: [1.0]  # only Node is to be busy
edge.time_runtimes(Path(sys.argv[1]).read_bytes(), np.ones((1, 3)), min_ms=60_000)"""
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(model)], env=os.environ | {"TMPDIR": str(folder)}
    )

    def nodes():
        return [line for line in started_under(str(folder)) if "node.mjs" in line]

    try:
        assert within(60, lambda: len(nodes()) > 1)  # the leash, and Node
    finally:
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait()
    assert within(20, lambda: not nodes())
    assert within(20, lambda: not list(folder.glob("tmp*")))  # other packages leave files there
    assert not alive(owner.pid)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"x": np.zeros((1, 4))}, r"x must have shape \(n, 3\), got \(1, 4\)"),
        ({"x": np.zeros(3)}, r"x must have shape \(n, 3\), got \(3,\)"),
        ({"rows": []}, "rows must be numbers from 1 to the 2 rows of x"),
        ({"rows": [3]}, r"rows must be numbers from 1 to the 2 rows of x, .* got \[3\]"),
        ({"rows": [0]}, "rows must be numbers from 1"),
        ({"rounds": 6}, "rounds must be a whole number of at least 7, got 6"),
        ({"rounds": True}, "rounds must be a whole number"),
        ({"min_ms": 0.0}, "min_ms must be positive, got 0.0"),
        ({"timeout": np.nan}, "timeout must be positive, got nan"),
    ],
)
def test_a_measurement_out_of_range_is_refused(models, wrong, message):
    options = {"x": np.zeros((2, 3))} | wrong
    with pytest.raises(ValueError, match=message):
        edge.time_runtimes(models["tiny"], options.pop("x"), **options)


@pytest.fixture
def other_node(tmp_path, monkeypatch):
    """Put another program of the name of Node on the PATH, and nothing else."""

    def put(script):
        if script:
            program = tmp_path / "node"
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        edge.find_node.cache_clear()

    yield put
    edge.find_node.cache_clear()


@pytest.mark.skipif(os.name == "nt", reason="writes a shell script")
@pytest.mark.parametrize(
    ("script", "found"),
    [("echo v20.1.0", True), ("echo v18.0.0", True), ("echo v16.20.2", False), ("exit 3", False),
     ("", False)],
)  # fmt: skip
def test_a_node_that_is_too_old_or_not_there_is_no_node(models, other_node, script, found):
    other_node(script)
    assert (edge.find_node() is not None) == found
    if not found:
        with pytest.raises(FileNotFoundError, match="no Node of version 18 or later on the PATH"):
            edge.time_runtimes(models["tiny"], np.ones((1, 3)))


# ---- what is drawn


def to_input(pictures, size):
    """Let `drawing.mjs` prepare pictures that lie on a canvas, as the page does."""
    code = f"""
import {{ toInput }} from {json.dumps((_assets.WEB / "drawing.mjs").as_uri())};
const canvases = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(canvases.map((ink) => {{
  const input = toInput(Float32Array.from(ink), {size}, 28);
  return input && Array.from(input);
}})));""".replace('require("fs")', "(await import('node:fs'))")
    done = subprocess.run(
        [edge.find_node(), "--input-type=module", "-e", code],
        input=json.dumps([np.ravel(p).tolist() for p in pictures]),
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@needs_node
def test_a_digit_that_is_picked_comes_out_as_it_was():
    images, _ = datasets.load_mnist()
    digits = images[::500] / 255
    canvases = np.kron(digits, np.ones((10, 10)))  # the page paints each pixel ten wide
    for digit, found in zip(digits, to_input(canvases, 280), strict=True):
        assert np.corrcoef(digit.ravel(), found)[0, 1] > 0.85


@needs_node
def test_size_and_place_of_a_drawing_do_not_matter():
    canvas = np.zeros((3, 280, 280))
    canvas[0, 20:120, 30:60] = 1
    canvas[1, 150:250, 200:230] = 1  # elsewhere
    canvas[2, 40:240, 100:160] = 1  # twice as large
    found = np.array(to_input(canvas, 280))
    assert np.abs(found - found[0]).max() < 0.5  # at the edges of the stroke
    assert np.abs(found - found[0]).mean() < 0.02
    rows = np.flatnonzero(found[0].reshape(28, 28).max(axis=1) > 0.5)
    assert (rows[0], rows[-1]) == (4, 23)  # a box of 20 in the middle


@needs_node
def test_an_empty_canvas_is_no_digit():
    assert to_input(np.zeros((1, 280, 280)), 280) == [None]


# ---- the page


def fetch(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.headers, answer.read()


@pytest.fixture(scope="module")
def page(models):
    images, _ = datasets.load_mnist()
    with edge.browser_page(models["digits"], images[::1_700]) as page:
        yield page


def test_the_page_listens_on_loopback_and_says_where(page):
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", page.url)
    assert f'<span class="mlsd-value"><a href="{page.url}"' in page._repr_html_()
    assert "127.0.0.1" not in repr(page)


def test_the_page_finds_all_that_it_names(page):
    headers, home = fetch(page.url)
    assert headers["Content-Type"].startswith("text/html")
    named = set(re.findall(r'(?:src|href)="([\w.]+)"', home.decode()))
    scripts = b"".join(fetch(page.url + name)[1] for name in named)
    named |= set(re.findall(r'(?:from|get\() ?"(?:\./)?([\w./]+)"', scripts.decode()))
    named |= {f"onnxruntime_web/{name}" for name in _assets.RUNTIME_FILES}
    assert {"page.mjs", "page.css", "drawing.mjs", "runtimes.mjs", "job.json"} <= named
    for name in named:
        headers, content = fetch(page.url + name)
        assert content
        assert "connect-src" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'self';")


def test_the_page_names_no_other_place():
    for file in _assets.WEB.glob("*.*"):
        assert "//" not in re.sub(r"(?m)^\s*//.*$| // .*$", "", file.read_text("utf-8")), file.name


def test_the_page_sends_the_model_and_the_pictures(page, models):
    job = json.loads(fetch(page.url + "job.json")[1])
    assert (job["side"], job["shapes"][0]["inputs"]) == (28, 784)
    assert job["bytes"] == edge.runtime_bytes() + len(models["digits"])
    assert fetch(page.url + "model.onnx")[1] == models["digits"]
    assert len(fetch(page.url + "pictures.bin")[1]) == 3 * 784
    layers = np.frombuffer(fetch(page.url + "layers.bin")[1], "<f4")
    assert len(layers) == 784 * 12 + 12 + 12 * 10 + 10


def test_the_runtime_is_sent_compressed(page):
    headers, content = fetch(page.url + "onnxruntime_web/ort-wasm-simd-threaded.wasm")
    assert (headers["Content-Encoding"], headers["Content-Type"]) == ("gzip", "application/wasm")
    assert gzip.decompress(content)[:4] == b"\0asm"


@pytest.mark.parametrize("path", ["nothing", "../_browser.py", "node.mjs", "onnxruntime_web/"])
def test_nothing_else_is_served(page, path):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(page.url + path)


def test_another_name_for_this_machine_is_refused(page):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetch(page.url, Host="evil.example")


def test_a_browser_that_leaves_early_leaves_no_word(page, capfd):
    address = page.url.removeprefix("http://").rstrip("/")
    host, port = address.split(":")
    others = threading.active_count()
    with socket.create_connection((host, int(port))) as browser:
        linger = struct.pack("ii", 1, 0)  # on closing, reset: what is still sent fails
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        wasm = f"GET /onnxruntime_web/{_assets.RUNTIME_FILES[-1]} HTTP/1.1"
        browser.sendall(f"{wasm}\r\nHost: {address}\r\n\r\n".encode())
        assert browser.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert within(20, lambda: threading.active_count() <= others)
    assert capfd.readouterr() == ("", "")


# What the page asks of a browser, and no more: elements by id, canvases of grey squares, clicks.
STAND_IN = """
import { readFileSync } from "node:fs";

class Element {
  constructor() { Object.assign(this, { children: [], style: {}, dataset: {}, heard: {} }); }
  setAttribute() {}
  append(...more) { this.children.push(...more); }
  replaceChildren(...now) { this.children = now; }
  addEventListener(name, listener) { this.heard[name] = listener; }
  click() { return this.heard.click(); }
  get firstElementChild() { return this.children[0]; }
  getContext() { return (this.context ??= new Context(this)); }
}

class Context {
  constructor(canvas) { this.grey = new Uint8Array(canvas.width * (this.width = canvas.width)); }
  fillRect(left, top, width, height) {
    const level = this.fillStyle === "white" ? 255 : Number(/\\d+/.exec(this.fillStyle)[0]);
    for (let y = top; y < top + height; y++) {
      this.grey.fill(level, y * this.width + left, y * this.width + left + width);
    }
  }
  getImageData() { return { data: Array.from(this.grey).flatMap((g) => [g, g, g, 255]) }; }
}

const all = { drawing: Object.assign(new Element(), { width: 280, height: 280 }) };
const at = (id) => (all[id] ??= new Element());
globalThis.document = {
  getElementById: at, createElement: () => new Element(), body: new Element(),
};
const web = globalThis.fetch;
globalThis.fetch = (name) => String(name).startsWith("file:")
  ? new Response(readFileSync(new URL(name)), { headers: { "Content-Type": "application/wasm" } })
  : web(new URL(name, process.argv[2]));

await import("./page.mjs");
const { dataset } = document.body;
while (!dataset.state) await new Promise((resume) => setTimeout(resume, 10));
const seen = { state: dataset.state, answers: [at("answer").textContent] };
if (dataset.state === "ready") {
  for (const id of ["javascript", "wasm", "javascript-load", "wasm-load", "verdict"]) {
    seen[id] = at(id).textContent;
  }
  seen.bars = at("bars").children.map((bar) => bar.children[2]);
  for (const picture of at("pictures").children.slice(1)) {
    const before = at("bars").children;
    picture.click();
    while (at("bars").children === before) await new Promise((resume) => setTimeout(resume, 10));
    seen.answers.push(at("answer").textContent);
  }
  await at("clear").click();
  seen.cleared = at("answer").textContent;
}
console.log(JSON.stringify(seen));
process.exit();
"""


@needs_node
def test_the_page_reads_the_pictures_as_the_native_runtime_does(page, models, tmp_path):
    (tmp_path / "onnxruntime_web").mkdir()
    for name in ("page.mjs", "drawing.mjs", "runtimes.mjs"):
        (tmp_path / name).write_bytes(fetch(page.url + name)[1])
    for name in (f"onnxruntime_web/{name}" for name in _assets.RUNTIME_FILES):
        (tmp_path / name).write_bytes(gzip.decompress(fetch(page.url + name)[1]))
    (tmp_path / "stand_in.mjs").write_text(STAND_IN)
    done = subprocess.run(
        [edge.find_node(), str(tmp_path / "stand_in.mjs"), page.url],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    seen = json.loads(done.stdout)
    assert seen["state"] == "ready", seen
    canvases = np.kron(datasets.load_mnist()[0][::1_700] / 255, np.ones((10, 10)))
    inputs = np.array(to_input(canvases, 280), np.float32)
    native = open_session(models["digits"]).run(None, {"x": inputs})[0].argmax(axis=1)
    assert seen["answers"] == [f"This is a {digit}" for digit in native]
    assert len(seen["bars"]) == 10
    assert abs(sum(int(bar.removesuffix(" %")) for bar in seen["bars"]) - 100) <= 5
    for name in ("javascript", "wasm", "javascript-load", "wasm-load"):
        assert re.match(r"[\d.,]+ (ms|µs)", seen[name]), name
    assert "WebAssembly" in seen["verdict"]
    assert seen["cleared"] == "Nothing is drawn yet."


def test_a_closed_page_is_gone(models):
    page = edge.browser_page(models["digits"])
    page.close()
    with pytest.raises(urllib.error.URLError):
        fetch(page.url)


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (np.zeros((2, 28, 28)), "pictures must be uint8 of shape .*, got float64"),
        (np.zeros((2, 27, 28), np.uint8), r"\(n, 28, 28\), got uint8 of shape \(2, 27, 28\)"),
    ],
)
def test_pictures_that_do_not_fit_are_refused(models, pictures, message):
    with pytest.raises(ValueError, match=message):
        edge.browser_page(models["digits"], pictures)
    with pytest.raises(ValueError, match=r"model must take side \* side inputs, got 3"):
        edge.browser_page(models["tiny"])


# ---- what we carry


def test_the_runtime_is_the_one_that_its_readme_names():
    readme = (_assets.RUNTIME / "README.md").read_text("utf-8")
    named = dict(re.findall(r"\| `([\w.-]+)` \| (\w{64}) \|", readme))
    assert set(named) == set(_assets.RUNTIME_FILES)
    for name, sha256 in named.items():
        packed = (_assets.RUNTIME / f"{name}.gz").read_bytes()
        assert hashlib.sha256(gzip.decompress(packed)).hexdigest() == sha256


def test_its_licences_lie_beside_it():
    assert (_assets.RUNTIME / "LICENSE.txt").read_text("utf-8").startswith("MIT License")
    notices = gzip.decompress((_assets.RUNTIME / "ThirdPartyNotices.txt.gz").read_bytes())
    assert b"protobuf" in notices
    root = Path(__file__).resolve().parents[2]
    assert "onnxruntime_web/LICENSE.txt" in (root / "README.md").read_text("utf-8")
