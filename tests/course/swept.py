"""Sweeps made by hand, and what there is to see in their figures."""

from mlsdlib.course.claim import Claim, decide, describe_threshold
from mlsdlib.course.jobs import Job, Result
from mlsdlib.course.store import Store
from mlsdlib.course.sweep import Sweep, tidy
from mlsdlib.estimate import Estimate

MARKERS = {"holds": "o", "undecided": "D", "fails": "X"}
TEXT = "Reading {n_rows:,} rows is more than 5 times faster"


def result(*claims, section="3.2a", error="", parameters=None):
    job = Job(section, "n.ipynb", "{}", "o.ipynb", Store("unused"), parameters or {})
    return Result(job, "o.ipynb", 1.5, error, claims=claims)


def measured(value, low, high, parameters, id="3.2-1", text="It pays", unit="times", **threshold):
    threshold = threshold or {"above": 5}
    verdict = decide(Estimate(value, low, high), **threshold)
    words = describe_threshold(**threshold)
    return Claim(id, text, verdict, value, low, high, unit, "t", 9, words, parameters)


def swept(*points, **options):
    """A sweep of points given as ``(parameters, value)``, with intervals of one to each side.

    A point ``(parameters, value, low, high)`` has its own interval.
    """
    results = []
    for parameters, value, *ends in points:
        low, high = ends or (value - 1, value + 1)
        made = measured(value, low, high, parameters, **options)
        results.append(result(made, parameters=parameters))
    return Sweep(tidy(results))


def over(name, *verdicts, **others):
    """Points over a parameter, ``(value, letters)``: the verdicts of seeds 0, 1, ... as letters."""
    level = {"h": 9, "u": 5, "f": 2}
    return [
        ({name: value, "seed": seed} | others, level[letter])
        for value, letters in verdicts
        for seed, letter in enumerate(letters)
    ]


N_ROWS = over("n_rows", (100, "f"), (10_000, "h"), (300_000, "h"))


def axes_of(sweep, claim="3.2-1", **options):
    (axes,) = sweep.figure(claim, **options).axes
    return axes


def marks(axes):
    """The values drawn: ``(x, y, marker, colour)``, line by line."""
    drawn = [line for line in axes.lines if line.get_marker() in MARKERS.values()]
    return [
        (*line.get_xdata(), *line.get_ydata(), line.get_marker(), line.get_color())
        for line in drawn
    ]


def shades(axes):
    """The shaded regions: ``(start, end, bottom, top)``, heights as shares of the axes."""
    boxes = [patch.get_bbox() for patch in axes.patches]
    return sorted(
        (*(round(float(x), 6) for x in box.intervalx), *map(float, box.intervaly)) for box in boxes
    )


def legend(axes):
    (made,) = axes.figure.legends
    return [text.get_text() for text in made.get_texts()]


def tick_labels(axes):
    return [label.get_text() for label in axes.get_xticklabels()]
