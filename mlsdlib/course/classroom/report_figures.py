"""The figures of the report: each with an alt text, readable for one exercise and for forty."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from mlsdlib.course.classroom.marking import CORRECT, GRADER_ERROR
from mlsdlib.course.classroom.report import Summary, many
from mlsdlib.course.figure import PALETTE, subplots

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# From right to never begun, so that each neighbour differs in lightness too.
_LOOKS: dict[str, dict[str, str]] = {
    CORRECT: {"color": PALETTE[0]},
    "not yet": {"color": PALETTE[4]},
    "raised an error": {"color": PALETTE[1]},
    "stopped": {"color": PALETTE[5]},
    "broken cell": {"color": PALETTE[3]},
    "not attempted": {"color": "#c9c9c9"},
    "missing": {"facecolor": "white", "hatch": "////"},
    GRADER_ERROR: {"color": PALETTE[6]},
}
_WIDE = 9.0
"""Inches of a figure's width."""
_ROW = 0.3
"""Inches of an exercise's height."""
_MOST_KINDS = 12
_REST = "all other cases"
_PALE = 5
"""Up to so many students, a cell of the table does not get the darkest colour."""
_BINS = 20


def outcomes(found: Sequence[Summary]) -> tuple[Figure, str]:
    """Return a bar for each exercise, stacked from its outcomes, and the alt text.

    Parameters
    ----------
    found : sequence of Summary
        At least one exercise.

    Examples
    --------
    >>> fig, alt = outcomes([Summary("4.1-e1", {"correct": 2, "not yet": 1}, ())])
    >>> alt
    'Stacked bars of outcomes, one for each of 1 exercise. Right on 4.1-e1: 2 of 3 students who
    are graded.'
    """
    present = [name for name in _LOOKS if any(name in one.outcomes for one in found)]
    height = max(_tall(len(found)), 0.25 * len(present) + 0.7)
    fig, axes = subplots(figsize=(_WIDE, height), dpi=160)
    most = max(sum(one.outcomes.values()) for one in found)
    left = [0] * len(found)
    for name in present:
        counts = [one.outcomes.get(name, 0) for one in found]
        look = {"edgecolor": "#555555" if "hatch" in _LOOKS[name] else "white", "linewidth": 0.6}
        axes.barh(range(len(found)), counts, left=left, label=name, **look, **_LOOKS[name])
        for row, count in enumerate(counts):
            if count / most > 0.014 * len(str(count)) + 0.004:  # the number has room in its bar
                _number(axes, left[row] + count / 2, row, count, name)
        left = [start + count for start, count in zip(left, counts, strict=True)]
    _rows(axes, [one.exercise for one in found])
    _counted(axes, "x")
    axes.set(xlabel="students", xlim=(0, most))
    fig.legend(loc="outside right upper", fontsize=9)
    finding = _fewest(found)
    _titled(fig, finding)
    each = f"one for each of {many(len(found), 'exercise')}"
    return fig, f"Stacked bars of outcomes, {each}. {finding}"


def failing(found: Sequence[Summary]) -> tuple[Figure, str]:
    """Return how many students fail first on which kind of case of which exercise; and the alt.

    Parameters
    ----------
    found : sequence of Summary
        At least one of them with a failure.

    Examples
    --------
    >>> reasons = (("random case", "They must sum to 1.", 2),)
    >>> fig, alt = failing([Summary("4.1-e1", {"not yet": 2}, reasons)])
    >>> fig.get_suptitle()
    'Most frequent failure: random case of 4.1-e1, 2 students.'
    """
    cells = Counter()
    for row, one in enumerate(found):
        for kind, _, count in one.failures:
            cells[kind, row] += count
    by_kind = Counter()
    for (kind, _), count in cells.items():
        by_kind[kind] += count
    kinds = sorted(sorted(by_kind, key=lambda kind: -by_kind[kind])[:_MOST_KINDS], key=_natural)
    columns = [*kinds, _REST] if len(by_kind) > len(kinds) else kinds
    shown = [[0] * len(columns) for _ in found]
    for (kind, row), count in cells.items():
        shown[row][columns.index(kind if kind in kinds else _REST)] += count
    fig, axes = subplots(figsize=(_WIDE, _tall(len(found)) + 0.5), dpi=160)
    most = max(_PALE, *map(max, shown))
    edges = [[n - 0.5 for n in range(size + 1)] for size in (len(columns), len(found))]
    look = {"cmap": "Blues", "vmin": 0, "vmax": most, "edgecolors": "white", "linewidth": 0.8}
    axes.pcolormesh(*edges, shown, **look)
    for row, counts in enumerate(shown):
        for column, count in enumerate(counts):
            if count:
                dark = "white" if count > 0.7 * most else "black"
                axes.text(column, row, count, ha="center", va="center", color=dark, fontsize=9)
    _rows(axes, [one.exercise for one in found])
    labels = [_wrapped(kind, 10, lines=4) for kind in columns]
    axes.set_xticks(range(len(columns)), labels, fontsize=8.5, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.xaxis.set_label_position("top")
    # A few columns do not fill the width: a cell stays a cell.
    axes.set_xlim(-0.5, max(len(columns), 9) - 0.5)
    axes.set_xlabel("the first case that fails", loc="left")
    axes.grid(False)
    axes.spines[:].set_visible(False)
    (kind, row), count = max(cells.items(), key=lambda item: item[1])
    where = f"{kind} of {found[row].exercise}"
    finding = f"Most frequent failure: {where}, {many(count, 'student')}."
    _titled(fig, finding)
    return fig, f"Table of counts by exercise and by the first case that fails. {finding}"


def stopped(last: Mapping[str, int], exercises: Sequence[str]) -> tuple[Figure, str]:
    """Return after which exercise students attempted nothing more, and the alt text.

    Parameters
    ----------
    last : mapping
        How many students by the last exercise attempted, as `last_attempts` returns it.
    exercises : sequence of str
        All exercises, in their order.

    Examples
    --------
    >>> fig, alt = stopped({"4.1-e1": 3, "4.1-e2": 1}, ["4.1-e1", "4.1-e2"])
    >>> fig.get_suptitle()
    '1 of 4 students attempted the last exercise; of the others, most got no further than
    4.1-e1: 3.'
    """
    rows = ["", *exercises]
    counts = [last.get(exercise, 0) for exercise in rows]
    fig, axes = subplots(figsize=(_WIDE, _tall(len(rows) + 1)), dpi=160)
    colours = [PALETTE[1]] * len(exercises) + [PALETTE[0]]
    for row, count in enumerate(counts):
        axes.barh(row, count, color=colours[row])
        axes.text(count, row, f" {count}", va="center", fontsize=9)
    _rows(axes, ["none", *exercises])
    _counted(axes, "x")
    axes.set(xlabel="students", ylabel="last exercise\nattempted", xlim=(0, 1.06 * max(counts)))
    total = sum(counts)
    finding = f"{counts[-1]:,} of {many(total, 'student')} attempted the last exercise"
    early = max(range(len(rows) - 1), key=lambda row: counts[row])
    if counts[early]:
        where = f"got no further than {rows[early]}" if early else "attempted nothing"
        finding += f"; of the others, most {where}: {counts[early]:,}"
    _titled(fig, f"{finding}.")
    return fig, f"Bars of students by the last exercise that they attempted. {finding}."


def totals(points: Sequence[float], of: float) -> tuple[Figure, str]:
    """Return how the total points are spread over students, and the alt text.

    Parameters
    ----------
    points : sequence of float
        The sum of each student who is graded to the end, at least one.
    of : float
        The most that can be had.

    Examples
    --------
    >>> fig, alt = totals([0.5, 2.0, 3.0], 4.0)
    >>> alt
    'Histogram of the total points of students. The median of 3 students is 2 of 4 points.'
    """
    low, high = min(0.0, *points), max(of, *points)
    width = _nice((high - low) / _BINS or 1.0)
    first = math.floor(low / width)
    last = max(math.ceil(high / width), first + 1)
    edges = [round(width * n, 9) for n in range(first, last + 1)]  # 0.3 belongs above 0.3
    fig, axes = subplots(figsize=(_WIDE, 3.2), dpi=160)
    axes.hist(points, bins=edges, color=PALETTE[0], edgecolor="white", linewidth=0.6)
    middle = round(median(points), 2)
    axes.axvline(middle, color="black", linestyle="--", linewidth=1.4, label=f"median {middle:g}")
    _counted(axes, "y")
    axes.set(xlabel=f"total points, of {of:g}", ylabel="students")
    axes.set_xlim(edges[0] - 0.2 * width, edges[-1] + 0.2 * width)
    fig.legend(loc="outside right upper", fontsize=9)
    finding = f"The median of {many(len(points), 'student')} is {middle:g} of {of:g} points."
    _titled(fig, finding)
    return fig, f"Histogram of the total points of students. {finding}"


def _fewest(found: Sequence[Summary]) -> str:
    """Return the finding: where the smallest share of what is graded is right."""
    graded = [one for one in found if one.graded]
    if not graded:
        return "Nothing could be graded."
    worst = min(graded, key=lambda one: one.right / one.graded)
    if worst.right == worst.graded:
        return "All that is graded is right."
    which = "Fewest are right" if len(graded) > 1 else "Right"
    share = f"{worst.right:,} of {many(worst.graded, 'student')}"
    return f"{which} on {worst.exercise}: {share} who are graded."


def _number(axes: Axes, x: float, row: int, count: int, name: str) -> None:
    """Write a count into its bar."""
    look = {"color": "white" if name in (CORRECT, "stopped", GRADER_ERROR) else "black"}
    if "hatch" in _LOOKS[name]:
        look["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    axes.text(x, row, count, ha="center", va="center", fontsize=8.5, **look)


def _rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows, the first one on top."""
    axes.set_yticks(range(len(names)), names, fontsize=9, parse_math=False)
    axes.set(ylabel="exercise", ylim=(len(names) - 0.5, -0.5))
    axes.grid(False, axis="y")


def _counted(axes: Axes, side: str) -> None:
    """Let the ticks of a side be whole numbers."""
    from matplotlib.ticker import MaxNLocator

    getattr(axes, f"{side}axis").set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _titled(fig: Figure, finding: str) -> None:
    look = {"x": 0.01, "ha": "left", "fontsize": 11, "fontweight": "bold", "parse_math": False}
    fig.suptitle(_wrapped(finding, 98, lines=3), **look)


def _tall(rows: int) -> float:
    """Return the height of a figure with so many rows, in inches."""
    return _ROW * rows + 1.1


def _nice(width: float) -> float:
    """Return the next larger one of 1, 2, 5, 10, … and of their tenths."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width)


def _natural(kind: str) -> tuple[str, int]:
    """Return a key that puts case 2 before case 10."""
    words, _, number = kind.rpartition(" ")
    return (words, int(number)) if number.isdecimal() else (kind, 0)


def _wrapped(text: str, width: int, *, lines: int) -> str:
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder="…"))
