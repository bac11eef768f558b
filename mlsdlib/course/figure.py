"""Figures of the course: one style, colours that colour-blind readers tell apart, alt text."""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mlsdlib.course.session import publish

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
"""Okabe & Ito's colours (2008), in the order the course uses them."""

_STYLE = {
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "figure.constrained_layout.use": True,
    "figure.dpi": 110,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "lines.linewidth": 2,
}


def subplots(*args: Any, **kwargs: Any) -> tuple[Figure, Any]:
    """Return ``plt.subplots(*args, **kwargs)`` in the course's style.

    Examples
    --------
    >>> fig, axis = subplots(figsize=(4, 3))
    >>> axis.spines["top"].get_visible()
    False
    """
    from matplotlib import cycler, pyplot

    # The style is set, not used as a context: titles and legends are made later than the axes.
    pyplot.rcParams.update(_STYLE | {"axes.prop_cycle": cycler(color=PALETTE)})
    return pyplot.subplots(*args, **kwargs)


def show(fig: Figure, *, alt: str) -> None:
    """Show a figure with its alt text, and close it.

    Parameters
    ----------
    fig : Figure
        Every visible axes must have labels on both axes and a title, or stand in a grid whose
        figure has one (``fig.suptitle``); a colour bar needs its label only.
    alt : str
        What a reader who cannot see the figure should know: what is drawn, and its shape. At
        least five words; no measured number, since it would not follow the data.

    Raises
    ------
    ValueError
        If a label, the title or the alt text is missing.
    """
    from matplotlib import pyplot

    publish(*picture(fig, alt))
    pyplot.close(fig)


def animate(
    fig: Figure, steps: Iterable[object], *, alt: str, live: bool = False, pause: float = 0.2
) -> None:
    """Show a figure that is redrawn step by step, and close it.

    Parameters
    ----------
    fig : Figure
        As for `show`, at every step that is shown.
    steps : iterable
        Each step changes the figure; what it gives is not used.
    alt : str
        As for `show`.
    live : bool
        Whether each step is seen, in the place of the one before. Otherwise only the last one is,
        as soon as it is reached: what a notebook that nobody watches needs.
    pause : float
        Seconds to look at each step, if live.

    Raises
    ------
    ValueError
        As `show`.
    """
    from matplotlib import pyplot

    place, shown = secrets.token_hex(8) if live else "", False
    for _ in steps:
        if live:
            publish(*picture(fig, alt), place=place, update=shown)
            shown = True
            time.sleep(pause)
    if not shown:
        publish(*picture(fig, alt))
    pyplot.close(fig)


def picture(fig: Figure, alt: str) -> tuple[dict[str, str], dict[str, object]]:
    """Return a figure as the data and the metadata of an output; it stays open.

    Parameters
    ----------
    fig : Figure
        As for `show`.
    alt : str
        As for `show`.

    Raises
    ------
    ValueError
        As `show`.

    Examples
    --------
    >>> from matplotlib import pyplot
    >>> fig, axis = subplots()
    >>> _ = axis.set(xlabel="day", ylabel="orders", title="Orders rise")
    >>> data, about = picture(fig, "a line of orders that rises")
    >>> data["text/plain"], about["image/png"]
    ('Figure: a line of orders that rises', {'alt': 'a line of orders that rises'})
    >>> pyplot.close(fig)
    """
    if not isinstance(alt, str) or len(alt.split()) < 5:
        raise ValueError(f"alt must describe the figure in at least five words, got {alt!r}")
    _check_labels(fig)
    image = io.BytesIO()
    # Without the Software tag the same picture is the same bytes under any matplotlib.
    fig.savefig(image, format="png", bbox_inches="tight", metadata={"Software": None})
    data = {"text/plain": f"Figure: {alt}", "image/png": _base64(image.getvalue())}
    return data, {"image/png": {"alt": alt}}


def _check_labels(fig: Figure) -> None:
    suptitle = fig.get_suptitle().strip()
    panels = [axes for axes in fig.axes if axes.get_visible() and axes.axison]
    if not panels:
        raise ValueError("fig must hold at least one visible axes, got none")
    for number, axes in enumerate(panels):
        labels = {"x": axes.get_xlabel(), "y": axes.get_ylabel()}
        if axes.get_label() == "<colorbar>":
            if not any(label.strip() for label in labels.values()):
                raise ValueError("fig has a colour bar without a label: say what its colours mean")
            continue
        for side, label in labels.items():
            if not label.strip():
                raise ValueError(f"axes {number} of fig must have a label on its {side} axis")
        if not suptitle and not axes.get_title(loc="left").strip() and not axes.get_title().strip():
            raise ValueError(f"axes {number} of fig must have a title that says the finding")


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode("ascii")
