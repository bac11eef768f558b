"""One model in three runtimes: native, WebAssembly, and plain JavaScript."""

from __future__ import annotations

import functools
import json
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.edge._assets import as_json, plain_layers, unpack_for_node
from mlsdlib.timing import MIN_PAIRS

if TYPE_CHECKING:
    import onnxruntime as ort

OLDEST_NODE = 18
TURNS = 5  # blocks of each way in a round; their median counts


@dataclass(frozen=True)
class RuntimeTimes:
    """How long one call takes in three runtimes, and how long it takes to load one of them.

    Each entry is one round: a fresh Node, and the native runtime just before and after it. Only
    ratios of entries of the same round say something about another machine.

    Parameters
    ----------
    native, wasm, javascript : tuple of float
        Milliseconds of the processor for one call: what other programs take of a loaded machine is
        left out.
    load : tuple of float
        Milliseconds on the wall until WebAssembly is ready for its first call: the runtime is read
        and compiled, and the model loaded. Nothing is downloaded here.
    """

    native: tuple[float, ...]
    wasm: tuple[float, ...]
    javascript: tuple[float, ...]
    load: tuple[float, ...]

    @property
    def log_position(self) -> np.ndarray:
        """Where WebAssembly stands in each round on a log scale: JavaScript is 0, native is 1.

        Examples
        --------
        >>> RuntimeTimes((1.0,), (10.0,), (100.0,), (500.0,)).log_position.tolist()
        [0.5]
        """
        slow, fast = np.log(self.javascript), np.log(self.native)
        return (slow - np.log(self.wasm)) / (slow - fast)


@functools.cache
def find_node() -> str | None:
    """Return the path of a Node that runs WebAssembly as a browser does, or None.

    It must be on the ``PATH`` and of version 18 or later; JavaScript and WebAssembly are timed
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
    rows: Sequence[int] = (1,),
    rounds: int = 9,
    min_ms: float = 20.0,
    timeout: float = 180.0,
) -> dict[int, RuntimeTimes]:
    """Return how long a model takes natively, in WebAssembly and in plain JavaScript.

    WebAssembly is ONNX Runtime Web, JavaScript the loops one would write by hand; both run in Node
    with the files that `browser_page` sends to a browser. Native is ONNX Runtime in this process.
    All use one thread. Each round starts a fresh Node, which ends with the round, with this
    process, or when its time is up; in it the ways take turns, and the native runtime runs before
    and after it. The outputs of all three are compared.

    Parameters
    ----------
    model : bytes
        An ONNX model of dense layers and ReLUs.
    x : array of shape (n, inputs)
        Inputs; a call gets the first of them.
    rows : sequence of int
        How many inputs a call gets: each of these numbers is timed.
    rounds : int
        At least 7, as `mlsdlib.timing.ratio_from_pairs` needs. From 9 on, the interval of a median
        leaves out the smallest and the largest: one disturbed round does not widen it.
    min_ms : float
        A call shorter than this is repeated until one timed block lasts at least as long.
    timeout : float
        Seconds that all rounds together may take.

    Returns
    -------
    dict from each of `rows` to its `RuntimeTimes`

    Raises
    ------
    FileNotFoundError
        If there is no Node; ask `find_node` first.
    RuntimeError
        If Node fails or takes too long, or the outputs differ.
    TypeError, ValueError
        If the model is another kind of model, or an argument is out of its range.
    """
    shapes, numbers = plain_layers(model)
    x = _inputs(x, shapes[0]["inputs"], rows)
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < MIN_PAIRS:
        raise ValueError(f"rounds must be a whole number of at least {MIN_PAIRS}, got {rounds!r}")
    for name, value in (("min_ms", min_ms), ("timeout", timeout)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value!r}")
    node = find_node()
    if node is None:
        raise FileNotFoundError(
            f"there is no Node of version {OLDEST_NODE} or later on the PATH: JavaScript and "
            "WebAssembly cannot be timed without it"
        )
    session, deadline = _session(model), time.monotonic() + timeout
    job = {"shapes": shapes, "rows": [int(n) for n in rows], "minMs": min_ms,
           "turns": TURNS}  # fmt: skip
    files = {"job.json": as_json(job), "layers.bin": numbers, "model.onnx": model,
             "x.bin": x.tobytes()}  # fmt: skip
    times: dict[int, list[tuple[float, ...]]] = {n: [] for n in job["rows"]}
    with tempfile.TemporaryDirectory() as folder:
        unpack_for_node(Path(folder))
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        for _ in range(rounds):
            before = [_native_ms(session, x[:n], min_ms) for n in times]
            told = _ask_node(node, Path(folder), deadline - time.monotonic())
            for n, first, size in zip(times, before, told["sizes"], strict=True):
                _compare(size["outputs"], session, x[:n])
                native = statistics.median([*first, *_native_ms(session, x[:n], min_ms)])
                taken = [statistics.median(size["callMs"][k]) for k in ("wasm", "javascript")]
                times[n].append((native, *taken, told["loadMs"]))
    return {n: RuntimeTimes(*zip(*found, strict=True)) for n, found in times.items()}


def _inputs(x: np.ndarray, inputs: int, rows: Sequence[int]) -> np.ndarray:
    x = np.ascontiguousarray(x, np.float32)
    if x.ndim != 2 or x.shape[1] != inputs:
        raise ValueError(f"x must have shape (n, {inputs}), got {x.shape}")
    if len(rows) == 0 or not all(1 <= n <= len(x) for n in rows):
        raise ValueError(
            f"rows must be numbers from 1 to the {len(x)} rows of x, at least one, got {rows!r}"
        )
    return x


def _ask_node(node: str, folder: Path, seconds: float) -> dict:
    """Run Node once over the job in a folder; it ends with this process, and in time."""
    from mlsdlib.processes import start_on_leash

    answer = folder / "found.json"
    answer.unlink(missing_ok=True)
    command = [node, str(folder / "node.mjs"), str(folder)]
    leash = start_on_leash(command, remove=str(folder))
    try:
        code = leash.wait(max(seconds, 0.0))
    except subprocess.TimeoutExpired:
        raise RuntimeError("Node took too long") from None
    finally:
        leash.stdin.close()  # if Node still runs, its leash ends it
        leash.wait()
    if not answer.exists():
        raise RuntimeError(f"Node ended early, with code {code}")
    told = json.loads(answer.read_text(encoding="utf-8"))
    if "error" in told:
        raise RuntimeError(f"Node failed: {told['error']}")
    return told


def _compare(outputs: dict[str, list[float]], session: ort.InferenceSession, x: np.ndarray) -> None:
    expected = _call(session, x).ravel()
    for name, got in outputs.items():
        if not np.allclose(got, expected, rtol=1e-3, atol=1e-4):
            raise RuntimeError(f"{name} gives other outputs than the native runtime")


def _session(model: bytes) -> ort.InferenceSession:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _call(session: ort.InferenceSession, x: np.ndarray) -> np.ndarray:
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def _native_ms(session: ort.InferenceSession, x: np.ndarray, min_ms: float) -> list[float]:
    """Return the milliseconds of one call in each of `TURNS` blocks."""
    return [_block_ms(session, x, min_ms) for _ in range(TURNS)]


def _block_ms(session: ort.InferenceSession, x: np.ndarray, min_ms: float) -> float:
    """Return the processor's milliseconds of one call, in a block that takes at least `min_ms`."""
    calls = 1
    while True:
        start = time.thread_time()  # the session has no thread but this one
        for _ in range(calls):
            _call(session, x)
        took = 1000 * (time.thread_time() - start)
        if took >= min_ms:
            return took / calls
        calls *= 2
