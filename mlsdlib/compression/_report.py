"""What `benchmark` found, to read and to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlsdlib.compression._benchmark import Benchmark


def table(found: Mapping[str, Benchmark]) -> str:
    """Return what `benchmark` found as a table: sizes in kB, latencies in the first's median.

    Examples
    --------
    >>> import numpy as np, torch
    >>> from mlsdlib.compression import benchmark, to_onnx
    >>> x, y = np.eye(3, dtype=np.float32), np.arange(3)
    >>> found = benchmark({"identity": to_onnx(torch.nn.Identity(), x)}, x, y, calls=15)
    >>> table(found).splitlines()[0].split()
    ['model', 'kB', 'p50', 'p95', 'speed', 'accuracy', 'worst', 'slice', 'ECE']
    """
    unit = _first_median(found)
    times = {
        name: (f"{one.p50 / unit:.2f}", f"{one.p95 / unit:.2f}") for name, one in found.items()
    }
    width = max(map(len, [*found, "model"]))
    wide = max(4, *(len(time) for both in times.values() for time in both))  # one may be very late
    head = f"{'model':<{width}}  {'kB':>6}  {'p50':>{wide}}  {'p95':>{wide}}  speed  accuracy"
    rows = [
        f"{name:<{width}}  {one.bytes / 1e3:>6.0f}  {times[name][0]:>{wide}}  "
        f"{times[name][1]:>{wide}}  {one.speed.value:>5.3g}  {one.accuracy.value:>8.2f}  "
        f"{f'{one.worst}: {one.worst_accuracy.value:.2f}':>12}  {one.calibration:>4.2f}"
        for name, one in found.items()
    ]
    return "\n".join([head + "   worst slice   ECE", *rows])


def draw(found: Mapping[str, Benchmark], axes: Sequence[Axes]) -> None:
    """Draw what `benchmark` found, a row a model: size, latency, accuracy, calibration.

    Parameters
    ----------
    found : mapping
        From `benchmark`.
    axes : sequence of four matplotlib axes
        That share their y axis. Latency and accuracy have two marks for each model: a dot for the
        median and the mean, a triangle for the 95th percentile and the worst slice.

    Raises
    ------
    ValueError
        If there are not four axes.

    Examples
    --------
    >>> import numpy as np, torch
    >>> from matplotlib.figure import Figure
    >>> from mlsdlib.compression import benchmark, to_onnx
    >>> x, y = np.eye(3, dtype=np.float32), np.arange(3)
    >>> found = benchmark({"identity": to_onnx(torch.nn.Identity(), x)}, x, y, calls=15)
    >>> axes = Figure().subplots(1, 4, sharey=True)
    >>> draw(found, axes)
    >>> [label.get_text() for label in axes[0].get_yticklabels()]
    ['identity']
    """
    if len(axes) != 4:
        raise ValueError(f"axes must be four, got {len(axes)}")
    from matplotlib.ticker import LogLocator

    size, latency, accuracy, calibration = axes
    unit = _first_median(found)
    for row, one in enumerate(found.values()):
        color = f"C{row % 10}"
        size.barh(row, one.bytes / 1e3, color=color)
        latency.plot([one.p50 / unit, one.p95 / unit], [row, row], color=color)
        latency.plot(one.p50 / unit, row, "o", color=color)
        latency.plot(one.p95 / unit, row, ">", color=color)
        for share, mark, below in ((one.accuracy, "o", 0.0), (one.worst_accuracy, ">", 0.25)):
            ends = [[share.value - share.low], [share.high - share.value]]
            accuracy.errorbar(share.value, row + below, xerr=ends, fmt=mark, color=color)
        calibration.barh(row, one.calibration, color=color)
    size.set(xscale="log", xlabel="size, kB")
    latency.set(xscale="log", xlabel=f"latency: p50, p95 (▸)\np50 of {next(iter(found))} = 1")
    # Two latencies may lie within one power of ten, which alone would be labelled.
    latency.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    latency.xaxis.set_major_formatter("{x:g}")
    latency.minorticks_off()
    accuracy.set(xlabel="accuracy: all, worst slice (▸)")
    calibration.set(xlabel="calibration error")
    for axis in axes:
        axis.set(ylabel="model")
    size.set_yticks(range(len(found)), found)
    size.invert_yaxis()


def _first_median(found: Mapping[str, Benchmark]) -> float:
    if not found:
        raise ValueError("found must hold at least one model, got none")
    return next(iter(found.values())).p50
