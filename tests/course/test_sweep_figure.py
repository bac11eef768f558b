"""Sweeps: what a figure shows."""

import importlib
import itertools
import math

import matplotlib.colors
import numpy as np
import pytest
from matplotlib import pyplot

from mlsdlib.course import show
from mlsdlib.course.sweep import Sweep, tidy
from tests.course.swept import (
    N_ROWS,
    axes_of,
    legend,
    marks,
    measured,
    over,
    result,
    shades,
    swept,
    tick_labels,
)


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    pyplot.close("all")


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
