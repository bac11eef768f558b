"""Sweeps: the tidy table and what is said about it."""

import pandas as pd
import pytest
from matplotlib import pyplot

from mlsdlib.course.sweep import Sweep, summary, tidy
from mlsdlib.course.sweep_table import COLUMNS
from tests.course.swept import N_ROWS, axes_of, measured, over, result, swept


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    pyplot.close("all")


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
