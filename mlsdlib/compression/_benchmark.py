"""What a model takes and what it gives: size, latency, accuracy, the worst slice, calibration."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.compression._inputs import finite
from mlsdlib.compression._onnx import open_session
from mlsdlib.estimate import Estimate, wilson
from mlsdlib.timing import ratio_from_pairs, time_ratio

BLOCKS = 15
"""The calls are added up in so many blocks; a ratio of each gives the interval of the speed."""

FEATURES = ("avx2", "avx512_f", "avx_vnni", "avx512_vnni", "amx_int8", "avx512_fp16", "neon_dot")

_TYPES = {"tensor(float16)": np.float16, "tensor(double)": np.float64}


@dataclass(frozen=True)
class Benchmark:
    """What one model took and gave, measured beside the others.

    Parameters
    ----------
    bytes : int
        Size of the model.
    p50, p95 : float
        Quantiles of the seconds of the processor that a call takes: its latency on this machine
        while nothing else runs there.
    speed : Estimate
        How many times fewer seconds of the processor a call takes than with the first model.
    right : boolean array
        Which answers are right.
    accuracy : Estimate
    worst : object
        The slice with the lowest accuracy, and
    worst_accuracy : Estimate
        that accuracy.
    calibration : float
        Expected calibration error, 15 bins.
    """

    bytes: int
    p50: float
    p95: float
    speed: Estimate
    right: np.ndarray
    accuracy: Estimate
    worst: object
    worst_accuracy: Estimate
    calibration: float


def benchmark(
    models: Mapping[str, bytes],
    x: np.ndarray,
    y: np.ndarray,
    *,
    batch: int = 1,
    slices: np.ndarray | None = None,
    unfused: Collection[str] = (),
    calls: int = 300,
) -> dict[str, Benchmark]:
    """Return what each model takes and gives, measured side by side on one thread.

    Parameters
    ----------
    models : mapping from name to bytes
        ONNX models from inputs to logits. Speed is told against the first.
    x : array of shape (n, ...)
    y : array of shape (n,)
        True classes, from 0.
    batch : int
        Rows in a call.
    slices : array of shape (n,), optional
        To which part of the data each row belongs; by default its class.
    unfused : collection of str
        Models that run node by node as they stand, see `open_session`.
    calls : int
        How many calls of each model are timed, at least 15. They take turns, so that a machine
        that slows down slows all.

    Raises
    ------
    TypeError, ValueError
        If the inputs do not fit, or a name of `unfused` is unknown.

    Examples
    --------
    >>> import torch
    >>> from mlsdlib.compression import to_onnx
    >>> x, y = np.eye(3, dtype=np.float32)[[0, 1, 2, 2]], np.array([0, 1, 2, 0])
    >>> found = benchmark({"identity": to_onnx(torch.nn.Identity(), x)}, x, y)["identity"]
    >>> found.accuracy.value, int(found.worst), found.worst_accuracy.value, found.speed.value
    (0.75, 0, 0.5, 1.0)
    """
    x, y = finite("x", x).astype(np.float32), np.asarray(y)
    slices = y if slices is None else np.asarray(slices)
    if not models:
        raise ValueError("models must hold at least one model, got none")
    if y.shape != x.shape[:1] or slices.shape != y.shape or y.dtype.kind not in "iu":
        raise ValueError(
            f"y and slices must have a value for each row of x, classes in whole numbers; got "
            f"{y.dtype} of shape {y.shape} and shape {slices.shape} for {len(x)} rows"
        )
    if unknown := set(unfused) - set(models):
        raise ValueError(f"unfused must name some of the models, got {sorted(unknown)}")
    batch, calls = whole("batch", batch, 1, len(x)), whole("calls", calls, BLOCKS)
    sessions = {
        name: open_session(model, fuse=name not in unfused) for name, model in models.items()
    }
    seconds = _times(sessions, x, batch, calls)
    found = {}
    for number, (name, session) in enumerate(sessions.items()):
        logits = session.run(None, {session.get_inputs()[0].name: x})[0]
        right = logits.argmax(-1) == y
        by_slice = {part: right[slices == part] for part in np.unique(slices)}
        worst = min(by_slice, key=lambda part: by_slice[part].mean())
        found[name] = Benchmark(
            bytes=len(models[name]),
            p50=float(np.quantile(seconds[:, number], 0.5)),
            p95=float(np.quantile(seconds[:, number], 0.95)),
            speed=_speed(seconds[:, 0], seconds[:, number]),
            right=right,
            accuracy=wilson(int(right.sum()), len(right)),
            worst=worst,
            worst_accuracy=wilson(int(by_slice[worst].sum()), len(by_slice[worst])),
            calibration=_calibration(logits, right),
        )
    return found


def faster(one: bytes, other: bytes, x: np.ndarray, *, pairs: int = 15) -> Estimate:
    """Return how many times fewer seconds of the processor a model takes than another.

    Parameters
    ----------
    one, other : bytes
        ONNX models. Above 1, the other is faster.
    x : array of shape (n, ...)
        The rows of a call. Each model gets them in the type that it takes.
    pairs : int
        As in `mlsdlib.timing.time_ratio`.

    Raises
    ------
    TypeError, ValueError
        If a model is not bytes, or `x` is not finite.

    Examples
    --------
    >>> import torch
    >>> from mlsdlib.compression import to_onnx_each
    >>> x, layers = np.zeros((64, 256), np.float32), {n: torch.nn.Linear(256, n) for n in (4, 999)}
    >>> models = to_onnx_each(layers, x)
    >>> faster(models[999], models[4], x).low > 2
    True
    """
    x = finite("x", x)
    calls = []
    for model in (one, other):
        session = open_session(model)
        wanted = session.get_inputs()[0]
        feed = {wanted.name: x.astype(_TYPES.get(wanted.type, np.float32))}
        calls.append(partial(session.run, None, feed))
    return time_ratio(*calls, pairs=pairs, min_seconds=0.004, cpu=True)


def cpu_features() -> dict[str, bool]:
    """Return which instructions this processor has, of those that change what a model costs.

    ``avx512_vnni`` and ``avx_vnni`` multiply and add 8-bit integers in one step, ``avx512_fp16``
    computes in half precision. Without the first two int8 gains less.

    Examples
    --------
    >>> set(map(type, cpu_features().values()))
    {<class 'bool'>}
    """
    import torch

    # Older versions of torch do not tell; then nothing is known, and nothing is claimed.
    known = getattr(torch.cpu, "get_capabilities", dict)()
    return {name: bool(known.get(name, False)) for name in FEATURES}


def _times(sessions: Mapping, x: np.ndarray, batch: int, calls: int) -> np.ndarray:
    """Return the seconds of the processor that each call of each session takes."""
    feeds = [{s.get_inputs()[0].name: None} for s in sessions.values()]
    runs = [session.run for session in sessions.values()]
    starts = np.arange(calls) * batch % (len(x) - batch + 1)
    seconds = np.empty((calls, len(runs)))
    for call in range(-BLOCKS, calls):  # the first ones warm up, and are written over
        rows = x[starts[call] : starts[call] + batch]
        for number, run in enumerate(runs):
            feed = dict.fromkeys(feeds[number], rows)
            before = time.thread_time()
            run(None, feed)
            seconds[call, number] = time.thread_time() - before
    return seconds


def _speed(first: np.ndarray, this: np.ndarray) -> Estimate:
    def blocks(seconds: np.ndarray) -> list[float]:
        return [float(np.median(part)) for part in np.array_split(seconds, BLOCKS)]

    return ratio_from_pairs(blocks(first), blocks(this))


def _calibration(logits: np.ndarray, right: np.ndarray) -> float:
    from scipy.special import softmax

    from mlsdlib.evaluation import expected_calibration_error

    return float(expected_calibration_error(right, softmax(logits, axis=-1).max(-1)))
