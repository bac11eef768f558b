"""One model in three runtimes: native, WebAssembly, and plain JavaScript."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mlsdlib.edge._assets import as_json, plain_layers, unpack_for_node

OLDEST_NODE = 18
MIN_PAIRS = 7


@dataclass(frozen=True)
class RuntimeTimes:
    """How long one call takes in three runtimes, and how long it takes to load one of them.

    Each entry is one round: a fresh Node process, and the native runtime just before and after it.
    Only ratios of entries of the same round mean anything on another machine.

    Parameters
    ----------
    native, wasm, javascript : tuple of float
        Milliseconds of one call.
    load : tuple of float
        Milliseconds until WebAssembly is ready for its first call: the runtime is read and
        compiled, and the model loaded. Nothing is downloaded here.
    """

    native: tuple[float, ...]
    wasm: tuple[float, ...]
    javascript: tuple[float, ...]
    load: tuple[float, ...] = field(repr=False)


@functools.cache
def find_node() -> str | None:
    """Return the path of a Node that can run WebAssembly as a browser does, or None.

    It must be on the ``PATH`` and of version 18 or later; JavaScript and WebAssembly are measured
    only where there is one.

    Examples
    --------
    >>> find_node() is None or "node" in find_node()
    True
    """
    node = shutil.which("node")
    if node is None:
        return None
    try:
        done = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.match(r"v(\d+)\.", done.stdout)
    return node if version and int(version.group(1)) >= OLDEST_NODE else None


def time_runtimes(
    model: bytes,
    x: np.ndarray,
    *,
    rounds: int = 7,
    min_ms: float = 40.0,
    timeout: float = 120.0,
) -> RuntimeTimes:
    """Return how long a model takes natively, in WebAssembly and in plain JavaScript.

    WebAssembly is ONNX Runtime Web, JavaScript is the loops one would write by hand; both run in
    Node, on one thread, with the code that also runs in `browser_page`. Native is ONNX Runtime in
    this process, on one thread, too. Each round starts a fresh Node, times all of them in turn,
    and has Node end. All three must give the same outputs.

    Parameters
    ----------
    model : bytes
        An ONNX model of dense layers and ReLUs.
    x : array of shape (rows, inputs)
        What is handed to each call.
    rounds : int
        At least 7, as for `mlsdlib.timing.time_ratio`.
    min_ms : float
        A call shorter than this is repeated until one timed block lasts at least as long.
    timeout : float
        Seconds that all rounds together may take.

    Raises
    ------
    FileNotFoundError
        If there is no Node; ask `find_node` first.
    RuntimeError
        If Node fails or takes too long, or the outputs differ.
    TypeError, ValueError
        If an argument is out of its range.
    """
    shapes, numbers = plain_layers(model)
    x = np.ascontiguousarray(x, np.float32)
    if x.ndim != 2 or len(x) == 0 or x.shape[1] != shapes[0]["inputs"]:
        raise ValueError(
            f"x must have shape (rows, {shapes[0]['inputs']}) with rows >= 1, got {x.shape}"
        )
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < MIN_PAIRS:
        raise ValueError(f"rounds must be a whole number of at least {MIN_PAIRS}, got {rounds!r}")
    for name, value in (("min_ms", min_ms), ("timeout", timeout)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value!r}")
    node = find_node()
    if node is None:
        raise FileNotFoundError(
            f"Node {OLDEST_NODE} or later is not on the PATH: JavaScript and WebAssembly cannot be "
            "timed without it (https://nodejs.org)"
        )
    session = _session(model)
    expected = session.run(None, {session.get_inputs()[0].name: x})[0]
    deadline = time.monotonic() + timeout
    found: dict[str, list[float]] = {k: [] for k in ("native", "wasm", "javascript", "load")}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        unpack_for_node(folder)
        job = {"shapes": shapes, "rows": len(x), "minMs": min_ms}
        files = {"job.json": as_json(job), "layers.bin": numbers, "model.onnx": model,
                 "x.bin": x.tobytes()}  # fmt: skip
        for name, content in files.items():
            (folder / name).write_bytes(content)
        for _ in range(rounds):
            before = _native_ms(session, x, min_ms)
            told = _ask_node(node, folder, deadline - time.monotonic())
            after = _native_ms(session, x, min_ms)
            for name, outputs in told["outputs"].items():
                if not np.allclose(outputs, expected.ravel(), rtol=1e-3, atol=1e-4):
                    raise RuntimeError(f"{name} gives other outputs than the native runtime")
            found["native"].append((before * after) ** 0.5)
            found["load"].append(told["loadMs"])
            for name in ("wasm", "javascript"):
                found[name].append(told["callMs"][name])
    return RuntimeTimes(**{name: tuple(values) for name, values in found.items()})


def _ask_node(node: str, folder: Path, seconds: float) -> dict:
    """Run Node once over the job in a folder; it ends with this process, and in time."""
    from mlsdlib.processes import start_on_leash

    answer = folder / "found.json"
    answer.unlink(missing_ok=True)
    leash = start_on_leash([node, str(folder / "node.mjs"), str(folder)])
    try:
        code = leash.wait(max(seconds, 0.0))
    except subprocess.TimeoutExpired:
        raise RuntimeError("Node took too long") from None
    finally:
        leash.stdin.close()  # what still runs is ended by its leash
        leash.wait()
    if not answer.exists():
        raise RuntimeError(f"Node ended early, with code {code}")
    told = json.loads(answer.read_text(encoding="utf-8"))
    if "error" in told:
        raise RuntimeError(f"Node failed: {told['error']}")
    return told


def _session(model: bytes):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _native_ms(session, x: np.ndarray, min_ms: float) -> float:
    """Return the milliseconds of one call, in a block that takes at least `min_ms`."""
    feeds, calls = {session.get_inputs()[0].name: x}, 1
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            session.run(None, feeds)
        took = 1000 * (time.perf_counter() - start)
        if took >= min_ms:
            return took / calls
        calls *= 2
