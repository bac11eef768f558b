"""A dashboard: numbers over time, their limits, and when their alerts fire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mlsdlib.monitoring._alerts import AlertRule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE, _FIRING = "#0072B2", "#E69F00"


def draw_board(
    axes: Sequence[Axes],
    times: Sequence[float],
    seen: Sequence[Mapping[str, float]],
    rules: Mapping[str, AlertRule],
    *,
    until: float,
    unit: str = "day",
) -> None:
    """Draw numbers, each on its own axes, and on the last axes which alerts fire when.

    What was on the axes is erased, so that a board can be drawn again as time goes on.

    Parameters
    ----------
    axes : sequence of Axes
        One for each number, and one more.
    times : sequence of float
        When the numbers were read.
    seen : sequence of mapping from str to float
        The numbers by name, once for each time, the same names in each.
    rules : mapping from str to AlertRule
        Rules by the name of their number. Their limits are drawn, and their alerts shaded.
    until : float
        End of the axis of time; an alert that still fires is drawn up to it.
    unit : str
        Of the times.

    Raises
    ------
    ValueError
        If there are not as many axes as said above, nothing was seen, or times and numbers differ
        in length.
    """
    if not seen or len(seen) != len(times):
        raise ValueError(f"seen must have one entry for each time, got {len(seen)}, {len(times)}")
    names = list(seen[0])
    if len(axes) != len(names) + 1:
        raise ValueError(f"axes must be {len(names) + 1}, one more than numbers, got {len(axes)}")
    *panels, last = axes
    for axis in axes:
        axis.clear()
        axis.set(xlim=(times[0] - 1, until), xlabel=unit, ylabel="value")
    for axis, name in zip(panels, names, strict=True):
        axis.plot(times, [row[name] for row in seen], color=_LINE, marker=".", linewidth=1)
        rule = rules.get(name)
        for limit in rule.limits if rule and rule.limits else ():
            axis.axhline(limit, color="black", linewidth=1, linestyle=":")
        spans = _spans(rule, until)
        for start, end in spans:
            axis.axvspan(start, end, color=_FIRING, alpha=0.4)
        axis.set_title(f"{name}: {unit} {spans[0][0]:g}" if spans else name)
    for y, name in enumerate(names):
        for start, end in _spans(rules.get(name), until):
            last.barh(y, end - start, left=start, color=_FIRING)
    last.set_yticks(range(len(names)), names)
    last.set(ylim=(len(names) - 0.4, -0.6), ylabel="alert", title="Which alert fires when")


def _spans(rule: AlertRule | None, until: float) -> list[tuple[float, float]]:
    return [(a.fired, min(a.resolved, until)) for a in rule.alerts] if rule else []
