"""Sweeps: the tidy table, what its figure shows and says, and that files keep all of it."""

import importlib
import io
import itertools
import json
import math
import subprocess
import sys

import matplotlib.colors
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from mlsdlib.course import show
from mlsdlib.course.claim import Claim, decide, describe_threshold
from mlsdlib.course.jobs import Job, Result
from mlsdlib.course.store import Store
from mlsdlib.course.sweep import Sweep, load, name_of, summary, tidy, write
from mlsdlib.course.sweep_table import COLUMNS
from mlsdlib.estimate import Estimate

MARKERS = {"holds": "o", "undecided": "D", "fails": "X"}
TEXT = "Reading {n_rows:,} rows is more than 5 times faster"


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    pyplot.close("all")


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


# ---- the table


def test_the_table_has_one_row_a_claim_and_one_column_a_parameter():
    values = {"seed": 1, "n_rows": 100, "mode": "fast"}
    first, second = measured(7, 6, 8, values), measured(4, 3, 6, values, id="3.2-2", unit="")
    frame = tidy([result(first, second, parameters={"n_rows": 100})])
    assert list(frame.columns) == ["section", "claim", "n_rows", "seed", "mode", *COLUMNS[2:]]
    assert frame.to_dict("records")[0] == {
        "section": "3.2a",
        "claim": "3.2-1",
        **values,
        "verdict": "holds",
        "value": 7.0,
        "low": 6.0,
        "high": 8.0,
        "unit": "times",
        "threshold": "above 5",
        "seconds": 1.5,
        "text": "It pays",
        "error": "",
    }
    assert list(frame["verdict"]) == ["holds", "undecided"]


def test_a_failed_notebook_is_a_row_without_a_claim_that_says_why():
    good = result(measured(7, 6, 8, {"n_rows": 5}), parameters={"n_rows": 5})
    frame = tidy([good, result(error="ValueError: no", parameters={"n_rows": 9})])
    assert list(frame["error"]) == ["", "ValueError: no"]
    assert list(frame["n_rows"]) == [5, 9]
    assert list(frame["claim"].isna()) == [False, True]


def test_a_parameter_that_was_set_is_there_even_if_the_notebook_did_not_tell_begin():
    frame = tidy([result(measured(7, 6, 8, {"seed": 1}), parameters={"n_rows": 100})])
    assert (list(frame["n_rows"]), list(frame["seed"])) == ([100], [1])


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], "int64"),
        ([1, None], "Int64"),
        ([True, False], "bool"),
        ([True, None], "boolean"),
        ([0.5, 2.0], "float64"),
        ([0.5, None], "float64"),
        ([1, 0.5], "float64"),
        (["a", None], "str"),
        (["a", 1], "str"),
        ([True, 1], "str"),
    ],
)
def test_a_parameters_type_survives_a_notebook_without_it(values, dtype):
    results = [result(measured(7, 6, 8, {} if value is None else {"x": value})) for value in values]
    column = tidy(results)["x"]
    assert column.dtype == dtype
    assert [None if pd.isna(cell) else cell for cell in column] == [
        str(value) if dtype == "str" and value is not None else value for value in values
    ]


def test_a_parameter_named_like_a_column_gets_an_underscore():
    values = {"value": 3, "value_": 4, "claim": "a", "n": 5}
    frame = tidy([result(measured(7, 6, 8, values), parameters=values)])
    named = frame[["value__", "value_", "claim_", "n"]]
    assert named.to_dict("records") == [{"value__": 3, "value_": 4, "claim_": "a", "n": 5}]
    assert (list(frame["value"]), list(frame["claim"])) == ([7.0], ["3.2-1"])


def test_no_result_is_an_empty_table():
    frame = tidy([])
    assert (list(frame.columns), len(frame)) == (list(COLUMNS), 0)
    assert (Sweep(frame).claims, summary(frame)) == ([], "")


def test_a_frame_without_the_columns_of_a_sweep_is_refused():
    with pytest.raises(ValueError, match="must have the columns of a sweep, lacks verdict, text"):
        Sweep(tidy([]).drop(columns=["verdict", "text"]))


def test_claims_and_parameters_are_listed_in_order():
    both = [measured(7, 6, 8, {"seed": 0, "n_rows": 9}, id=id) for id in ("3.2-2", "3.2-1")]
    failed = result(error="ValueError: no", parameters={"n_rows": 9})
    sweep = Sweep(tidy([failed, result(*both), result(*both)]))
    assert (sweep.claims, sweep.parameters) == (["3.2-2", "3.2-1"], ["n_rows", "seed"])


# ---- the finding


@pytest.mark.parametrize(
    ("points", "finding"),
    [
        (N_ROWS, "holds for n_rows = 10,000 and 300,000, fails for 100"),
        (over("n_rows", (100, "f"), (9, "f")), "fails for both values of n_rows"),
        (over("x", (1, "hh"), (2, "hh"), (3, "hh")), "holds for all 3 values of x"),
        (over("x", (1, "hh"), (2, "hu")), "holds for x = 1, is mixed over seeds for 2"),
        (over("x", (1, "uu"), (2, "fh")), "is undecided for x = 1, is mixed over seeds for 2"),
        (over("x", *((n, "h") for n in (1, 2, 3, 5)), (4, "f")), "holds for x = 1 to 3 and 5, "),
        (over("x", *((n, "hf"[n % 2]) for n in range(20))), "holds for 10 of 20 values of x, fail"),
        (over("mode", ("b", "h"), ("a", "f")), "holds for mode = b, fails for a"),
        (over("mode", *((m, "h") for m in "abc"), ("d", "u")), "holds for mode = a, b and c, is u"),
        (over("on", (True, "h"), (False, "f")), "holds for on = True, fails for False"),
        (over("share", (0.05, "h"), (2.0, "f")), "holds for share = 0.05, fails for 2"),
        (over("x", (1, "hhfu")), "holds in 2 of 4 seeds, fails in 1, is undecided in 1"),
        (over("x", (1, "fff")), "fails in each of 3 seeds"),
        (over("x", (1, "u")), "is undecided"),
        ([({}, 9)], "holds"),
        ([({"x": 1, "k": 1}, 9), ({"x": 1, "k": 2}, 2)], "holds for k = 1, fails for 2"),
        (
            [({"x": x, "k": k}, 9 if x < 3 or k else 2) for x in (1, 2, 3) for k in (0, 1)],
            "holds for x = 1 and 2, depends on k for 3",
        ),
        (
            [({"x": x, "k": k, "m": m}, 9 * k) for x in (1, 2) for k in (0, 1) for m in "ab"],
            "depends on k and m for both values of x",
        ),
    ],
)
def test_the_finding_follows_the_data(points, finding):
    found = swept(*points).finding("3.2-1")
    assert found.startswith(f"3.2-1 {finding}")
    assert found.endswith(finding) or finding[-1] != found[-1]


def test_the_finding_over_another_parameter_is_about_that_one():
    points = [({"x": x, "seed": s}, 9 if s else 2) for x in (1, 2) for s in (0, 1)]
    sweep = swept(*points)
    assert sweep.finding("3.2-1") == "3.2-1 is mixed over seeds for both values of x"
    assert sweep.finding("3.2-1", over="seed") == "3.2-1 holds for seed = 1, fails for 0"


def test_a_claim_of_another_section_is_not_told_of_parameters_it_does_not_have():
    there = [result(measured(v, v, v, {"n_rows": n}), section="3.2a") for n, v in ((1, 9), (2, 1))]
    other = [
        result(measured(9, 8, 10, {"hops": h}, id="3.2-4"), section="3.2b", parameters={"hops": h})
        for h in (1, 2)
    ]
    sweep = Sweep(tidy(there + other))
    assert sweep.finding("3.2-1") == "3.2-1 holds for n_rows = 1, fails for 2"
    assert sweep.finding("3.2-4") == "3.2-4 holds for both values of hops"
    assert axes_of(sweep, "3.2-4").get_xlabel() == "hops"
    with pytest.raises(ValueError, match=r"parameter of claim 3\.2-4 \(hops\), got 'n_rows'"):
        sweep.figure("3.2-4", over="n_rows")


@pytest.mark.parametrize("ask", [Sweep.figure, Sweep.alt, Sweep.finding])
def test_a_claim_that_the_sweep_does_not_have_is_refused(ask):
    with pytest.raises(ValueError, match=r"one of this sweep \(3\.2-1\), got '3\.2-9'"):
        ask(swept(*N_ROWS), "3.2-9")


# ---- the figure


def test_a_notebook_can_show_the_figure_and_its_alt_text(monkeypatch):
    shown = []
    module = importlib.import_module("mlsdlib.course.figure")
    monkeypatch.setattr(module, "publish", lambda data, metadata: shown.append(metadata))
    points = over("n_rows", (100, "fu"), (10_000, "hh"))
    sweep = swept(*[(values, y + 0.4321) for values, y in points])
    show(sweep.figure("3.2-1"), alt=sweep.alt("3.2-1"))
    alt = shown[0]["image/png"]["alt"]
    assert "over n_rows (2 seeds side by side" in alt
    assert "claimed: above 5" in alt
    assert sweep.finding("3.2-1") in alt
    assert ".4321" not in alt


def test_the_figure_is_titled_and_labelled_from_the_data():
    axes = axes_of(swept(*N_ROWS))
    assert (
        axes.figure.get_suptitle() == "3.2-1 holds for n_rows = 10,000 and 300,000, fails for 100"
    )
    assert axes.get_title(loc="left") == "“It pays”"
    assert axes.get_xlabel() == "n_rows"
    assert axes.get_ylabel() == "measured (times), with 95 % interval"
    exact = swept(({"x": 1}, 3, 3, 3), unit="")
    assert axes_of(exact).get_ylabel() == "measured"


def test_the_claims_text_leaves_out_what_differs_between_runs():
    def title(*texts):
        results = [result(measured(7, 6, 8, {"x": n}, text=t)) for n, t in enumerate(texts)]
        return axes_of(Sweep(tidy(results))).get_title(loc="left")

    assert title("Of 10 rows 9 go", "Of 90 rows 9 go") == "“Of … rows 9 go”"
    assert title("With gzip level 9 it pays", "With none it pays") == "“With … it pays”"
    assert title("It pays", "It pays") == "“It pays”"


def test_dollars_in_a_claim_are_no_formula(tmp_path):
    sweep = swept(({"x": "$_"}, 7), ({"x": "_$"}, 2), text="It saves $5 of each $_")
    sweep.figure("3.2-1").savefig(tmp_path / "a.png")
    assert axes_of(sweep).get_title(loc="left") == "“It saves $5 of each $_”"


@pytest.mark.parametrize(
    ("values", "scale", "labels"),
    [
        ([100, 10_000, 300_000], "log", ["100", "10,000", "300,000"]),
        ([0.01, 0.5], "log", ["0.01", "0.5"]),
        ([100, 3_000], "linear", ["100", "3,000"]),
        ([0, 10_000], "linear", ["0", "10,000"]),
        ([-1, 100], "linear", ["-1", "100"]),
        ([True, False], "linear", ["False", "True"]),
        (["slow", "fast"], "linear", ["slow", "fast"]),
        ([7], "linear", ["7"]),
    ],
)
def test_the_axis_fits_the_values_swept(values, scale, labels):
    axes = axes_of(swept(*[({"x": value}, 7) for value in values]))
    assert (axes.get_xscale(), tick_labels(axes)) == (scale, labels)
    places = values if scale == "log" or labels[0] in ("100", "0", "-1", "7") else [0, 1]
    assert [x for x, *_ in marks(axes)] == pytest.approx(sorted(places))


def test_labels_that_would_overlap_are_left_out_but_of_choices_none_is():
    close = axes_of(swept(*[({"x": value}, 7) for value in (100, 100_000, 120_000)]))
    assert tick_labels(close) == ["100", "100,000"]
    names = [f"a choice with a long name {n}" for n in range(9)]
    choices = axes_of(swept(*[({"x": name}, 7) for name in names]))
    assert tick_labels(choices) == names
    assert choices.get_xticklabels()[0].get_rotation() > 0


def test_seeds_alone_are_names_without_scale_neighbours_or_trend():
    axes = axes_of(swept(*[({"seed": seed}, 9 if seed else 2) for seed in (5, 0, 9_000)]))
    assert (axes.get_xscale(), axes.get_xlabel()) == ("linear", "seed")
    assert tick_labels(axes) == ["0", "5", "9,000"]
    assert [(x, y) for x, y, *_ in marks(axes)] == [(0, 2), (1, 9), (2, 9)]
    assert shades(axes) == []
    assert not any(len(line.get_xdata()) == 3 for line in axes.lines)


@pytest.mark.parametrize(
    ("values", "above", "scale"),
    [
        ([1, 29], 5, "linear"),
        ([1, 31], 5, "log"),
        ([100, 200], 1, "log"),
        ([1, 31], 0, "linear"),
        ([-1, 31], 5, "linear"),
        ([0, 31], 5, "linear"),
    ],
)
def test_the_values_take_a_log_axis_where_they_are_positive_and_far_apart(values, above, scale):
    points = [({"x": n}, value, value, value) for n, value in enumerate(values)]
    axes = axes_of(swept(*points, above=above))
    assert axes.get_yscale() == scale
    low, high = axes.get_ylim()
    assert all(low < number < high for number in (*values, above))


@pytest.mark.parametrize(("value", "room"), [(0.001, 0.0002), (5_000, 1_000), (0, 2)])
def test_one_number_that_is_its_own_threshold_gets_an_axis_of_its_size(value, room):
    low, high = axes_of(swept(({"x": 1}, value, value, value), above=value)).get_ylim()
    assert (low < value < high, high - low) == (True, pytest.approx(room))


def test_a_short_log_axis_of_values_has_labels_enough_to_be_read():
    for most, least in ((40, 4), (1e6, 4)):
        axes = axes_of(swept(({"x": 1}, 1, 1, 1), ({"x": 2}, most, most, most)))
        low, high = axes.get_ylim()
        ticks = [tick for tick in axes.get_yticks() if low <= tick <= high]
        assert least <= len(ticks) <= 9
    assert axes.yaxis.get_major_formatter()(100_000) == "100,000"


def test_verdicts_differ_in_marker_and_colour_and_stand_in_the_legend():
    axes = axes_of(swept(*over("x", (1, "h"), (2, "u"), (3, "f"))))
    assert [marker for _, _, marker, _ in marks(axes)] == ["o", "D", "X"]
    assert len({colour for *_, colour in marks(axes)}) == 3
    assert legend(axes)[:4] == ["holds", "fails", "is undecided", "claimed: above 5"]
    assert "fails" not in legend(axes_of(swept(*over("x", (1, "h"), (2, "u")))))


@pytest.mark.parametrize(
    ("threshold", "limits", "words"),
    [
        ({"above": 5}, [5], "claimed: above 5"),
        ({"below": 0.5}, [0.5], "claimed: below 0.5"),
        ({"between": (2, 3)}, [2, 3], "claimed: between 2 and 3"),
    ],
)
def test_the_threshold_is_a_line_that_says_what_was_claimed(threshold, limits, words):
    axes = axes_of(swept(({"x": 1}, 2.5), **threshold))
    across = [line.get_ydata()[0] for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    assert across == limits
    assert words in legend(axes)


def test_the_interval_is_a_bar_from_its_low_to_its_high_end():
    axes = axes_of(swept(({"x": 1}, 7, 6, 9)))
    bars = [list(line.get_ydata()) for line in axes.lines if list(line.get_xdata()) == [1, 1]]
    assert bars == [[6, 9]]


@pytest.mark.parametrize(
    ("verdicts", "regions"),
    [
        ([(1, "h"), (2, "h"), (3, "h")], []),
        ([(1, "f"), (2, "h"), (3, "h")], [(1, 2)]),
        ([(1, "f"), (2, "u"), (3, "h")], [(1, 2), (2, 3)]),
        ([(1, "hh"), (2, "hf"), (3, "hh"), (4, "hh")], [(1, 2), (2, 3)]),
        ([(1, "hf"), (2, "hh"), (3, "hh")], [(1, 2)]),
        ([(100, "f"), (1_000, "f"), (90_000, "h")], [(1_000, 90_000)]),
        ([(True, "h"), (False, "f")], [(0, 1)]),
        ([("a", "h"), ("b", "h"), ("c", "u")], [(1, 2)]),
    ],
)
def test_the_region_where_the_verdict_changes_is_shaded(verdicts, regions):
    axes = axes_of(swept(*over("x", *verdicts)))
    assert shades(axes) == [(start, end, 0.0, 1.0) for start, end in regions]
    assert ("the verdict\nchanges here" in legend(axes)) == bool(regions)


@pytest.mark.parametrize("values", [(100, 1_000, 100_000), (1, 2, 4), ("a", "b", "c")])
def test_seeds_stand_side_by_side_and_are_joined_at_their_median(values):
    points = [
        ({"x": x, "seed": seed}, y)
        for x in values
        for seed, y in ((2, 9.0), (0, 7.0), (1, 8.5), (3, 8.0), (4, 6.0))
    ]
    axes = axes_of(swept(*points))
    assert "5 seeds side by side" in axes.get_xlabel()
    spread = np.reshape([mark[:2] for mark in marks(axes)], (3, 5, 2))
    assert spread[0, :, 1].tolist() == [7.0, 8.5, 9.0, 8.0, 6.0]  # in the order of the seeds
    places = [axes.transData.transform((x, 7))[0] for x in spread[:, :, 0].ravel()]
    steps = np.diff(np.reshape(places, (3, 5)))
    assert steps == pytest.approx(np.full((3, 4), steps[0, 0]))
    assert steps[0, 0] > 1
    joined = next(line for line in axes.lines if len(line.get_xdata()) == 3)
    assert joined.get_xdata() == pytest.approx(spread[:, 2, 0])
    assert list(joined.get_ydata()) == [8.0, 8.0, 8.0]
    ends = axes.transData.transform([(x, 7) for x in joined.get_xdata()])[:, 0]
    assert np.ptp(places[:5]) < 0.5 * np.diff(ends).min()


def test_more_seeds_than_room_still_stand_nearer_to_their_own_value():
    axes = axes_of(swept(*[({"x": x, "seed": s}, 7) for x in (0, 1, 50) for s in range(40)]))
    own = np.reshape([x for x, *_ in marks(axes)], (3, 40))
    assert own[0].max() < 0.5 < own[1].min()


def test_another_parameter_makes_lines_that_differ_without_colour_too():
    points = [
        ({"x": x, "k": k, "seed": 0}, 9 if x * k >= 100 else 2)
        for x in (10, 100, 1_000)
        for k in (1, 10)
    ]
    axes = axes_of(swept(*points))
    assert legend(axes)[:4] == ["k = 1", "k = 10", "holds", "fails"]
    first, second = (line for line in axes.lines if len(line.get_xdata()) == 3)
    assert first.get_color() != second.get_color()
    assert first.get_linestyle() != second.get_linestyle()
    assert list(first.get_ydata()) == [2, 9, 9]
    assert [marker for *_, marker, _ in marks(axes)] == ["X", "o", "o", "o", "o", "o"]
    assert {colour for *_, colour in marks(axes)[:3]} == {first.get_color()}


def test_each_line_has_a_strip_of_its_own_where_its_verdict_changes():
    points = [({"x": x, "k": k}, 9 if x >= k else 2) for x in (1, 2, 3, 4) for k in (2, 3, 4)]
    axes = axes_of(swept(*points))
    assert [(start, end) for start, end, *_ in shades(axes)] == [(1, 2), (2, 3), (3, 4)]
    heights = [pair[2:] for pair in shades(axes)]
    assert all(below[1] < above[0] for below, above in itertools.pairwise(heights))
    colours = [matplotlib.colors.to_hex(patch.get_facecolor()).upper() for patch in axes.patches]
    lines = [line.get_color() for line in axes.lines if len(line.get_xdata()) == 4]
    assert colours == lines
    lowest = min(y for _, y, *_ in marks(axes)) - 1  # the end of its interval
    share = axes.transAxes.inverted().transform(axes.transData.transform((1, lowest)))[1]
    assert share > heights[-1][1]


def test_lines_stand_side_by_side_in_the_same_order_everywhere():
    points = [({"x": x, "k": k}, 7) for x in (1, 2) for k in (5, 6, 7)]
    axes = axes_of(swept(*points))
    assert axes.get_xlabel() == "x (lines side by side)"
    places = np.reshape([x for x, *_ in marks(axes)], (3, 2))
    assert (places[1] == [1, 2]).all()
    assert (np.diff(places, axis=0) > 0).all()
    joined = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
    assert all(any(np.array_equal(x, own) for x in joined) for own in places)


def test_however_many_lines_and_seeds_there_are_all_stand_inside_and_above_the_strips():
    points = [
        ({"x": x, "k": k, "seed": seed}, 9 if x == "b" else 2)
        for x in "ab"
        for k in range(9)
        for seed in range(20)
    ]
    axes = axes_of(swept(*points))
    places = axes.transAxes.inverted().transform(
        axes.transData.transform([(x, y - 1) for x, y, *_ in marks(axes)])
    )
    assert len(places) == 360
    assert (places[:, 0] > 0.005).all()
    assert (places[:, 0] < 0.995).all()
    assert places[:, 1].min() > max(top for *_, top in shades(axes))


def test_two_seeds_stand_close_together():
    axes = axes_of(swept(*[({"x": x, "seed": s}, 7) for x in (0, 100) for s in (0, 1)]))
    (first, *_), (second, *_) = marks(axes)[:2]
    assert 1 < second - first < 3


def test_over_puts_another_parameter_on_the_axis():
    points = [({"x": x, "k": k, "seed": s}, 7) for x in (1, 2) for k in "ab" for s in (0, 1)]
    sweep = swept(*points)
    assert axes_of(sweep).get_xlabel().startswith("x (2 seeds")
    axes = axes_of(sweep, over="k")
    assert (axes.get_xlabel()[:2], tick_labels(axes)) == ("k ", ["a", "b"])
    assert legend(axes)[:2] == ["x = 1", "x = 2"]


def test_an_interval_without_end_becomes_an_arrow_at_the_edge():
    points = [({"x": 1}, 7, -math.inf, 8), ({"x": 2}, 6, 5, math.inf), ({"x": 3}, 7)]
    axes = axes_of(swept(*points))
    low, high = axes.get_ylim()
    assert (low, high) == (pytest.approx(4.7), pytest.approx(8.3))
    arrows = [line for line in axes.lines if line.get_marker() in ("v", "^")]
    assert [(a.get_marker(), *a.get_xdata(), *a.get_ydata()) for a in arrows] == [
        ("v", 1, low),
        ("^", 2, high),
    ]
    assert not any(arrow.get_clip_on() for arrow in arrows)  # else half of each is cut off
    assert legend(axes)[-1] == "interval goes on"
    assert "interval goes on" not in legend(axes_of(swept(({"x": 1}, 7))))


def test_a_value_without_end_is_drawn_at_the_edge():
    axes = axes_of(swept(({"x": 1}, math.inf, 8, math.inf), ({"x": 2}, 7)))
    assert marks(axes)[0][1] == axes.get_ylim()[1]


def test_an_end_near_zero_does_not_take_a_whole_log_axis():
    axes = axes_of(swept(({"x": 1}, 1, 1e-9, 2), ({"x": 2}, 200, -5, 300)))
    low, _ = axes.get_ylim()
    assert 0.01 < low < 0.1
    arrows = [line.get_ydata()[0] for line in axes.lines if line.get_marker() == "v"]
    assert arrows == [low, low]


def test_rows_that_failed_do_not_reach_the_figure():
    failed = [result(error="ValueError: no", parameters={"n_rows": n, "seed": 0}) for n in (5, 100)]
    good = [result(measured(y, y - 1, y + 1, p), parameters=p) for p, y in N_ROWS]
    axes = axes_of(Sweep(tidy([*failed, *good])))
    assert len(marks(axes)) == 3
    assert tick_labels(axes) == ["100", "10,000", "300,000"]


# ---- the files


ODD = [
    ({"n_rows": 100, "share": 0.1, "on": True, "mode": "NA"}, 1 / 3, -math.inf, math.inf),
    (
        {"n_rows": 300_000, "share": 2.0, "on": False, "mode": 'a "b", c'},
        0.1 + 0.2,
        0.3,
        1e-300 + 1,
    ),
]


def odd_sweep():
    """Two sections, so that every parameter is missing somewhere, and a notebook that failed."""
    here = [
        result(measured(*ends, values, text='With a "comma", \u2265 1\r\nline'), parameters=values)
        for values, *ends in ODD
    ]
    there = result(measured(7, 6, 8, {"hops": 1}, id="3.2-4", unit=""), section="3.2b")
    failed = result(error="ValueError: it's 1,5", parameters={"n_rows": 5})
    return Sweep(tidy([*here, there, failed]))


def test_what_is_written_is_a_table_twice_and_a_figure_for_each_claim(tmp_path):
    sweep = odd_sweep()
    written = write(sweep, Store(tmp_path))
    names = ["claims.parquet", "claims.csv", "figures/3.2-1.png", "figures/3.2-4.png"]
    assert written == [str(tmp_path / name) for name in names]
    image = (tmp_path / names[2]).read_bytes()
    assert image.startswith(b"\x89PNG")
    assert b"Software" not in image
    assert pyplot.get_fignums() == []
    assert len((tmp_path / names[1]).read_text().splitlines()) == 1 + 4 + 2  # two texts of 2 lines


def test_a_sweep_without_any_claim_is_written_without_figures(tmp_path):
    sweep = Sweep(tidy([result(error="ValueError: no", parameters={"seed": 1})]))
    assert len(write(sweep, Store(tmp_path))) == 2
    pd.testing.assert_frame_equal(load(tmp_path).frame, sweep.frame)
    assert summary(sweep.frame) == "notebooks that failed: 1"


@pytest.mark.parametrize("name", ["claims.parquet", "claims.csv"])
def test_a_table_read_back_is_the_one_that_was_written(tmp_path, name):
    sweep = odd_sweep()
    write(sweep, Store(tmp_path))
    back = load(tmp_path / name)
    pd.testing.assert_frame_equal(back.frame, sweep.frame, check_exact=True)
    assert back.frame["n_rows"].dtype == "Int64"
    assert back.frame["on"].dtype == "boolean"


def test_a_sweep_is_found_by_folder_by_file_by_the_runs_name_and_by_url(tiny):
    sweep, place = swept(*N_ROWS), tiny.root / "runs" / "9.9-n_rows"
    write(sweep, Store(place))
    remote = Store("memory://sweeps/9.9")
    assert write(sweep, remote)[0] == "memory://sweeps/9.9/claims.parquet"
    urls = ["memory://sweeps/9.9", "memory://sweeps/9.9/", "memory://sweeps/9.9/claims.csv"]
    try:
        for where in (place, str(place), place / "claims.csv", "9.9-n_rows", *urls):
            pd.testing.assert_frame_equal(load(where).frame, sweep.frame)
    finally:
        for name in ("claims.parquet", "claims.csv", "figures/3.2-1.png"):
            remote.remove(name)
    with pytest.raises(FileNotFoundError, match=r"no sweep at memory://sweeps/9\.9, looked for"):
        load("memory://sweeps/9.9")


def test_the_csv_alone_is_enough(tmp_path):
    sweep = swept(*N_ROWS)
    write(sweep, Store(tmp_path))
    (tmp_path / "claims.parquet").unlink()
    pd.testing.assert_frame_equal(load(tmp_path).frame, sweep.frame)


def test_a_place_without_a_sweep_says_where_it_was_looked_for(tiny):
    with pytest.raises(FileNotFoundError) as caught:
        load("nowhere")
    for place in ("nowhere/claims.parquet", f"{tiny.root}/runs/nowhere/claims.csv"):
        assert place in str(caught.value)
    with pytest.raises(FileNotFoundError, match=r"looked for .*/missing\.csv$"):
        load(tiny.root / "missing.csv")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.parquet", b"no table", r"a\.parquet is not the table of a sweep"),
        ("a.csv", b"", r"a\.csv is not the table of a sweep"),
        ("a.csv", b"\xff\xfe\x00", r"a\.csv is not the table of a sweep"),
        ("a.csv", b"claim,value\n3.2-1,7\n", "lacks section, verdict, low"),
        ("a.csv", b"claim,value\n3.2-1,seven\n", r"a\.csv is not the table of a sweep"),
        ("a.txt", b"text", r"a folder, a \.parquet or a \.csv file, got .*a\.txt"),
    ],
)
def test_a_file_that_holds_no_sweep_is_refused(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=message):
        load(tmp_path / name)


def test_a_parquet_file_of_something_else_is_refused(tmp_path):
    other = io.BytesIO()
    pd.DataFrame({"a": [1]}).to_parquet(other)
    (tmp_path / "a.parquet").write_bytes(other.getvalue())
    with pytest.raises(ValueError, match=r"a\.parquet is not the table .* lacks section, claim"):
        load(tmp_path / "a.parquet")


# ---- words


def test_the_summary_has_a_line_a_claim_and_counts_what_failed():
    results = [
        result(measured(y, y - 1, y + 1, values), measured(9, 8, 10, values, id="3.2-10"))
        for values, y in N_ROWS
    ]
    failed = [result(error="ValueError: no", parameters={"n_rows": 5, "seed": 0})]
    assert summary(tidy(results + failed)).splitlines() == [
        "3.2-1   2 holds, 1 fails  holds for n_rows = 10,000 and 300,000, fails for 100",
        "3.2-10  3 holds           holds for all 3 values of n_rows",
        "notebooks that failed: 1",
    ]


@pytest.mark.parametrize(
    ("sections", "parameters", "name"),
    [
        (["3.2"], ["n_rows", "seed"], "3.2-n_rows-seed"),
        (["3.2a", "0"], ["seed"], "3.2a-0-seed"),
        (["all"], ["seed"], "all-seed"),
        (["../x y", "é"], ["a/b:*"], ".._x_y-_-a_b__"),
    ],
)
def test_a_folder_is_named_after_the_call_in_letters_any_system_takes(sections, parameters, name):
    assert name_of(sections, dict.fromkeys(parameters, "1")) == name


def test_the_readers_side_loads_nothing_that_runs_notebooks():
    code = "import json, sys, mlsdlib.course.sweep; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "mlsdlib.course.sweep" in loaded
    ours = {f"mlsdlib.course.{name}" for name in ("jobs", "batch", "plan", "cli_batch")}
    heavy = {"typer", "papermill", "nbformat", "pandas", "matplotlib", "pyarrow", "fsspec"}
    assert loaded & (ours | heavy) == set()


# ---- the command


@pytest.mark.usefixtures("no_process_left")
def test_a_sweep_writes_table_and_figures_and_tells_what_failed(tiny, mlsd):
    tiny.write()
    done = mlsd("sweep", "9.9", "-p", "scale=0.5,2", "--cold", "--workers", 1)
    # Half the scale lies below its own interval, which no Estimate takes.
    assert done.exit_code == 1, done.output
    place = tiny.root / "runs" / "9.9-scale"
    lines = done.stdout.splitlines()
    assert "9.9-1  1 holds  holds" in lines
    assert [line for line in lines if line.startswith("wrote")] == [
        f"wrote {place / name}" for name in ("claims.parquet", "claims.csv", "figures/9.9-1.png")
    ]
    assert "FAILED section 9.9" in done.stderr
    frame = load("9.9-scale").frame
    assert list(frame["scale"]) == [0.5, 2.0]
    assert list(frame["value"].dropna()) == [4.0]
    assert frame["error"][0].startswith("ValueError: low <= value <= high must hold")
    assert (place / "figures" / "9.9-1.png").exists()
