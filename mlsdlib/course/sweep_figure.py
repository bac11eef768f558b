"""The figure of one claim of a sweep: values with their intervals, threshold, verdicts."""

from __future__ import annotations

import math
import textwrap
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from mlsdlib.course.claim import VERDICTS, limits_of
from mlsdlib.course.figure import PALETTE, subplots
from mlsdlib.course.sweep_panel import WIDE, Axis, Panel, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKERS = {"holds": "o", "undecided": "D", "fails": "X"}
_COLOURS = {"holds": PALETTE[0], "undecided": PALETTE[1], "fails": PALETTE[5]}
_DASHES = ("-", "--", ":", "-.")
_SHADE = "#e4e4e4"
_STRIP = 0.025
"""Height, as a share of the axes, of the strip that shows where one of several lines changes."""
_SLOT = 0.018
"""How far apart repeats at one value stand, as a share of the axis."""
_SPREAD = 0.1
"""How wide repeats at one number may spread, as a share of the axis: they all belong to it."""
_LETTER = 0.016
"""Width of a letter below the axis, as a share of it."""


def draw(panel: Panel) -> Figure:
    """Return the figure of one claim.

    Verdicts differ in marker, and in colour where no colour is needed for several lines.
    """
    fig, axes = subplots(figsize=(8, 4.2))
    _set_x(axes, panel)
    _set_y(axes, panel)
    for number, line in enumerate(panel.lines):
        _shade(axes, panel, number, line)
        _line(axes, panel, number, line)
    for limit in _limits(panel):
        axes.axhline(limit, color="black", linestyle=(0, (5, 3)), linewidth=1.2, zorder=1.5)
    unit = f" ({panel.unit})" if panel.unit else ""
    axes.set_ylabel(f"measured{unit}{_interval(panel)}")
    axes.set_xlabel(panel.axis.name + _seeds(panel))
    # A dollar is money here, not the start of a formula.
    plainly = {"ha": "left", "parse_math": False}
    axes.set_title(_wrapped(f"“{panel.text}”", 88), fontsize=9, color="#444444", **plainly)
    fig.suptitle(_wrapped(panel.finding, 88), x=0.01, fontsize=11, fontweight="bold", **plainly)
    fig.legend(handles=_legend(axes, panel), loc="outside right center", fontsize=9)
    return fig


def describe(panel: Panel) -> str:
    """Return the alt text: what is drawn and what it shows, without a measured number."""
    each = f", a line for each {' and '.join(panel.others)}" if panel.others else ""
    wanted = " and ".join(f"claimed: {words}" for words in panel.thresholds)
    changed = any(panel.changes(line) for line in panel.lines)
    shaded = " Where the verdict changes, the axis is shaded." if changed else ""
    return (
        f"Measured value{_interval(panel)}, over {panel.axis.name}{_seeds(panel)}{each}, "
        f"beside the threshold ({wanted}). {panel.finding}.{shaded}"
    )


def _interval(panel: Panel) -> str:
    exact = all(row["low"] == row["high"] for row in panel.rows)
    return "" if exact else ", with 95 % interval"


def _seeds(panel: Panel) -> str:
    if panel.repeats > 1:
        return f" ({panel.repeats} seeds side by side, joined at their median)"
    return " (lines side by side)" if len(panel.lines) > 1 else ""


def _set_x(axes: Axes, panel: Panel) -> None:
    from matplotlib.ticker import NullLocator

    axis = panel.axis
    places = [axis.place(value) for value in axis.values]
    span = places[-1] - places[0]
    if axis.kind == "log":
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    edge = (0.06 * span or 0.5) + 0.5 * _slot(panel) * len(panel.lines) * panel.repeats
    axes.set_xlim(axis.coordinate(places[0] - edge), axis.coordinate(places[-1] + edge))
    labels = _spaced(axis, places)
    coordinates = [axis.coordinate(place) for place in labels]
    letters = sum(len(label) + 2 for label in labels.values())
    sloping = {"rotation": 20, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(coordinates, labels.values(), **(sloping if letters * _LETTER > 1 else {}))


def _spaced(axis: Axis, places: list[float]) -> dict[float, str]:
    """Return the labels by place: of numbers those that have room, of choices all."""
    words = [plain(value) for value in axis.values]
    if any(isinstance(value, str) for value in axis.values):
        return dict(zip(places, words, strict=True))
    room = (max(map(len, words)) + 1.5) * _LETTER * (places[-1] - places[0])
    labels: dict[float, str] = {}
    for place, label in zip(places, words, strict=True):
        if not labels or place - max(labels) >= room:
            labels[place] = label
    return labels


def _set_y(axes: Axes, panel: Panel) -> None:
    """Fix scale and range, so that what lies beyond can be drawn at the edge."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    points = _finite([row["value"] for row in panel.rows]) + _limits(panel)
    ends = _finite([row[end] for row in panel.rows for end in ("low", "high")])
    log = bool(points) and min(points) > 0 and max(points) / min(points) > WIDE
    if log:
        least = math.log10(min(points)) - 1  # an end near zero must not take the whole axis
        points = [math.log10(point) for point in points]
        ends = [max(least, math.log10(end)) if end > 0 else least for end in ends]
    low, high = min(points + ends, default=0.0), max(points + ends, default=0.0)
    edge = 0.1 * (high - low) or 0.1 * abs(low) or 1.0
    strips = len(panel.lines) * _STRIP * (high - low) if len(panel.lines) > 1 else 0
    low, high = low - edge - strips, high + edge
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high - low < 2.5 else (1,)))
        axes.yaxis.set_minor_locator(NullLocator())
        low, high = 10**low, 10**high
    axes.set_ylim(low, high)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.10g}"))


def _line(axes: Axes, panel: Panel, number: int, line: str) -> None:
    """Draw the rows of one line, and what joins their medians."""
    axis, several = panel.axis, len(panel.lines) > 1
    colour, dashes = _look(number)
    slot, repeats = _slot(panel), panel.repeats
    centre = (number - (len(panel.lines) - 1) / 2) * repeats
    joined = []
    for x in (x for x in axis.values if x in panel.lines[line]):
        cell = panel.lines[line][x]
        for rank, row in enumerate(cell):
            shift = slot * (centre + rank - (len(cell) - 1) / 2)
            place = axis.coordinate(axis.place(x) + shift)
            _point(axes, place, row, colour if several else _COLOURS[row["verdict"]])
        middle = _inside(axes, median(row["value"] for row in cell))
        joined.append((axis.coordinate(axis.place(x) + slot * centre), middle))
    if several or axis.name != "seed":  # one run has nothing to do with the next
        style = (colour, dashes, 1.4) if several else ("#888888", "-", 1.0)
        axes.plot(*zip(*joined, strict=True), color=style[0], ls=style[1], lw=style[2], zorder=2)


def _point(axes: Axes, x: float, row: dict[str, object], colour: str) -> None:
    """Draw a value and its interval; an end that lies beyond the axes becomes an arrow."""
    low, value, high = (_inside(axes, row[name]) for name in ("low", "value", "high"))
    axes.plot([x, x], [low, high], color=colour, lw=1.4, zorder=2.5)
    for end, marker in ((low, "v"), (high, "^")):
        if end != row["low" if marker == "v" else "high"]:
            axes.plot([x], [end], marker=marker, color=colour, ms=6, zorder=2.5, clip_on=False)
    axes.plot([x], [value], color=colour, zorder=3, **_mark(row["verdict"], colour))


def _mark(verdict: str, colour: str) -> dict[str, object]:
    """Return the marker of a verdict: filled, hollow or crossed."""
    face = "white" if verdict == "undecided" else colour
    size = 7.5 if verdict == "fails" else 6
    return {
        "marker": _MARKERS[verdict],
        "ms": size,
        "mfc": face,
        "mec": colour if verdict == "undecided" else "white",
        "mew": 1.5 if verdict == "undecided" else 0.6,
        "ls": "",
    }


def _look(number: int) -> tuple[str, str]:
    """Return colour and dashes of a line: 28 that differ."""
    return PALETTE[number % len(PALETTE)], _DASHES[number % len(_DASHES)]


def _inside(axes: Axes, y: float) -> float:
    low, high = axes.get_ylim()
    return min(max(y, low), high)


def _slot(panel: Panel) -> float:
    """Return how far apart two rows at one value stand; neighbours keep half of their distance."""
    places = [panel.axis.place(value) for value in panel.axis.values]
    gaps = [after - before for before, after in pairwise(places)]
    span, gap = (places[-1] - places[0], min(gaps)) if gaps else (1.0, 1.0)
    room = 0.5 * gap if panel.axis.kind == "category" else min(0.5 * gap, _SPREAD * span)
    return min(_SLOT * span, room / (len(panel.lines) * panel.repeats))


def _shade(axes: Axes, panel: Panel, number: int, line: str) -> None:
    """Shade where the verdict changes: over the whole height, or in a strip for each line."""
    axis, several = panel.axis, len(panel.lines) > 1
    bottom, top = (number * _STRIP, (number + 0.8) * _STRIP) if several else (0, 1)
    for pair in panel.changes(line):
        start, end = (axis.coordinate(axis.place(x)) for x in pair)
        colour = _look(number)[0] if several else _SHADE
        axes.axvspan(start, end, bottom, top, color=colour, lw=0, zorder=0.5)


def _legend(axes: Axes, panel: Panel) -> list[object]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    several, neutral = len(panel.lines) > 1, "#444444"
    handles: list[object] = []
    for number, line in enumerate(panel.lines if several else ()):
        colour, dashes = _look(number)
        handles.append(Line2D([], [], color=colour, ls=dashes, lw=1.6, label=line))
    shown = {row["verdict"] for row in panel.rows}
    for verdict in (verdict for verdict in VERDICTS if verdict in shown):
        colour = neutral if several else _COLOURS[verdict]
        label = "is undecided" if verdict == "undecided" else verdict
        handles.append(Line2D([], [], color=colour, label=label, **_mark(verdict, colour)))
    for words in panel.thresholds:
        dashed = {"color": "black", "ls": (0, (5, 3)), "lw": 1.2}
        handles.append(Line2D([], [], label=f"claimed: {words}", **dashed))
    if any(panel.changes(line) for line in panel.lines):
        label = "the verdict\nchanges here"
        if several:
            label = "strip below: that line's\nverdict changes here"
        handles.append(Patch(color=_SHADE, label=label))
    low, high = axes.get_ylim()
    if any(row["low"] < low or row["high"] > high for row in panel.rows):
        handles.append(Line2D([], [], color=neutral, marker="^", ls="", label="interval goes on"))
    return handles


def _limits(panel: Panel) -> list[float]:
    return _finite([limit for words in panel.thresholds for limit in limits_of(words)])


def _finite(numbers: list[float]) -> list[float]:
    return [number for number in numbers if math.isfinite(number)]


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))
