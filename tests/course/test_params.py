"""The parameters cell: what it may declare, what a run may set, and papermill's own reading."""

import ast
import logging
import math

import nbformat
import numpy as np
import papermill
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.course.params import Parameter, check_known, parse_parameters, quick_values
from mlsdlib.course.plan import MOST_JOBS, values_of

CELL = """\
seed: int = 0  # which sample is drawn [0, 1_000_000]
n_rows: int = 200_000  # rows of the flights table [100, 336_776] quick 1_000
share: float = 0.25  # share of the rows, a half at most [0, 0.5]
noise: float = 1e-3  # how quick the noise grows
mode: str = "fast"  # how it goes {fast, slow} quick slow
exact: bool = False  # whether rows are counted
folds: int = 5  # parts of the data {2, 5, 10}
"""
KNOWN = parse_parameters(CELL)
unhurried = settings(deadline=None)


def one(line):
    (parameter,) = parse_parameters(line).values()
    return parameter


def test_names_types_and_defaults():
    assert {p.name: (p.type, p.default) for p in KNOWN.values()} == {
        "seed": (int, 0),
        "n_rows": (int, 200_000),
        "share": (float, 0.25),
        "noise": (float, 1e-3),
        "mode": (str, "fast"),
        "exact": (bool, False),
        "folds": (int, 5),
    }


def test_ranges_choices_quick_values_and_descriptions():
    rows, mode = KNOWN["n_rows"], KNOWN["mode"]
    assert (rows.low, rows.high, rows.quick) == (100, 336_776, 1_000)
    assert rows.description == "rows of the flights table"
    assert (mode.choices, mode.quick, mode.description) == (("fast", "slow"), "slow", "how it goes")
    assert KNOWN["share"].description == "share of the rows, a half at most"
    assert quick_values(KNOWN) == {"n_rows": 1_000, "mode": "slow"}


def test_the_word_quick_inside_a_description_is_no_value():
    assert (KNOWN["noise"].description, KNOWN["noise"].quick) == ("how quick the noise grows", None)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("n_rows", "int from 100 to 336776"),
        ("share", "float from 0 to 0.5"),
        ("noise", "float"),
        ("mode", "str, one of fast, slow"),
        ("folds", "int, one of 2, 5, 10"),
    ],
)
def test_what_a_parameter_takes_in_words(name, words):
    assert KNOWN[name].takes == words


def test_papermill_reads_the_same_names_types_and_defaults(tmp_path, caplog):
    cell = nbformat.v4.new_code_cell(CELL, metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "n.ipynb")
    with caplog.at_level(logging.WARNING):
        found = papermill.inspect_notebook(str(tmp_path / "n.ipynb"))
    assert caplog.text == ""
    assert [
        (facts["name"], facts["inferred_type_name"], ast.literal_eval(facts["default"]))
        for facts in found.values()
    ] == [(p.name, p.type.__name__, p.default) for p in KNOWN.values()]
    assert all(p.description in found[p.name]["help"] for p in KNOWN.values())


def test_papermill_cannot_read_a_comment_with_an_equals_sign(tmp_path, caplog):
    # The reason for our rule: should papermill learn it, the rule can go.
    line = "n_rows: int = 5  # rows [1, 9] quick=2"
    cell = nbformat.v4.new_code_cell(line, metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(
        nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}),
        tmp_path / "n.ipynb",
    )
    with caplog.at_level(logging.WARNING):
        found = papermill.inspect_notebook(str(tmp_path / "n.ipynb"))
    assert "Unable to parse" in caplog.text or found["n_rows"]["inferred_type_name"] != "int"


# ---- values


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("n_rows", "1000", 1_000),
        ("n_rows", "1_000", 1_000),
        ("n_rows", "2e5", 200_000),
        ("n_rows", 100, 100),
        ("n_rows", "336776", 336_776),
        ("share", "0.5", 0.5),
        ("share", 0, 0.0),
        ("noise", "1e-9", 1e-9),
        ("mode", "slow", "slow"),
        ("exact", "true", True),
        ("exact", "False", False),
        ("exact", True, True),
        ("folds", "10", 10),
    ],
)
def test_a_value_is_taken_in_its_type(name, given, value):
    found = KNOWN[name].check(given)
    assert (found, type(found)) == (value, KNOWN[name].type)


@pytest.mark.parametrize(
    ("name", "given", "takes"),
    [
        ("n_rows", 99, "int from 100 to 336776"),
        ("n_rows", "336_777", "int from 100 to 336776"),
        ("n_rows", "many", "int from 100 to 336776"),
        ("n_rows", "100.5", "int from 100 to 336776"),
        ("n_rows", 1_000.0, "int from 100 to 336776"),
        ("n_rows", True, "int from 100 to 336776"),
        ("n_rows", np.int64(1_000), "int from 100 to 336776"),
        ("n_rows", None, "int from 100 to 336776"),
        ("n_rows", "inf", "int from 100 to 336776"),
        ("share", -0.1, "float from 0 to 0.5"),
        ("share", "nan", "float from 0 to 0.5"),
        ("noise", math.nan, "float"),
        ("noise", "x", "float"),
        ("mode", "Fast", "str, one of fast, slow"),
        ("mode", 1, "str, one of fast, slow"),
        ("exact", "yes", "bool"),
        ("exact", 1, "bool"),
        ("folds", 3, "int, one of 2, 5, 10"),
    ],
)
def test_another_type_or_range_is_refused(name, given, takes):
    with pytest.raises(ValueError) as error:
        KNOWN[name].check(given)
    assert str(error.value) == f"{name} takes {takes}, got {given!r}"


@unhurried
@given(value=st.integers(100, 336_776))
def test_a_value_and_its_text_are_the_same(value):
    assert KNOWN["n_rows"].check(str(value)) == KNOWN["n_rows"].check(f"{value:_}") == value


def test_an_unknown_name_lists_those_there_are():
    check_known(["seed"], KNOWN, section="3.2")
    with pytest.raises(ValueError) as error:
        check_known({"seed": 1, "rows": 5}, {"seed": KNOWN["seed"]}, section="3.2")
    assert str(error.value) == (
        "section 3.2 has no parameter 'rows'. It takes seed (int from 0 to 1000000)"
    )


# ---- several values

SEED = Parameter("seed", int, 0, "sample drawn", low=-99, high=99)
FREE = Parameter("seed", int, 0, "sample drawn")
SHARE = Parameter("share", float, 0.5, "share of the rows", low=0, high=1)
MODE = Parameter("mode", str, "fast", "how it goes", choices=("fast", "slow", "0:2"))
EXACT = Parameter("exact", bool, False, "whether rows are counted")


@pytest.mark.parametrize(
    ("wanted", "parameter", "values"),
    [
        ("3", SEED, [3]),
        (3, SEED, [3]),
        ("7,1, 3", SEED, [7, 1, 3]),
        ("0:5", SEED, [0, 1, 2, 3, 4]),
        (" -2:1 ", SEED, [-2, -1, 0]),
        ("0:3,7,1:4", SEED, [0, 1, 2, 7, 3]),
        ("1e1,10,1_0", SEED, [10]),
        ([3, "4"], SEED, [3, 4]),
        ((1, 1), SEED, [1]),
        (range(0, 6, 2), SEED, [0, 2, 4]),
        ("0:100000", FREE, list(range(MOST_JOBS))),
        ("0.1,1", SHARE, [0.1, 1.0]),
        ([0, 0.0], SHARE, [0.0]),
        ("slow,fast", MODE, ["slow", "fast"]),
        ("0:2", MODE, ["0:2"]),  # a range is of whole numbers
        ("true,False", EXACT, [True, False]),
        (True, EXACT, [True]),
    ],
)
def test_one_value_or_several_are_read_in_their_order_and_type(wanted, parameter, values):
    found = values_of(wanted, parameter)
    assert found == values
    assert {type(value) for value in found} == {parameter.type}


@pytest.mark.parametrize(
    ("wanted", "parameter", "message"),
    [
        ("5:5", SEED, "seed must have at least one value, got '5:5'"),
        ("5:2", SEED, "seed must have at least one value, got '5:2'"),
        ([], SEED, r"seed must have at least one value, got \[\]"),
        ("98:101", SEED, "seed takes int from -99 to 99, got 100"),
        ("1,100", SEED, "seed takes int from -99 to 99, got '100'"),
        ("1,,2", SEED, "seed takes int from -99 to 99, got ''"),
        ("1,many", SEED, "seed takes int from -99 to 99, got 'many'"),
        ("1:2:3", SEED, "seed takes int from -99 to 99, got '1:2:3'"),
        ([1, 2.5], SEED, r"seed takes int from -99 to 99, got 2\.5"),
        ([1, [2]], SEED, r"seed takes int from -99 to 99, got \[2\]"),
        (np.arange(3), SEED, r"seed takes int from -99 to 99, got array"),
        ({1, 2}, SEED, r"seed takes int from -99 to 99, got \{1, 2\}"),
        ("0:1", SHARE, "share takes float from 0 to 1, got '0:1'"),
        ("0.5,nan", SHARE, "share takes float from 0 to 1, got 'nan'"),
        ("fast,idle", MODE, "mode takes str, one of fast, slow, 0:2, got 'idle'"),
        ("true,1", EXACT, "exact takes bool, got '1'"),
        ("0:100001", FREE, "seed must have at most 100000 values, got more"),
        ("0:60000,0:60000", FREE, "seed must have at most 100000 values, got more"),
        (range(10**15), FREE, "seed must have at most 100000 values, got more"),
    ],
)
def test_no_value_too_many_another_type_or_range_are_refused(wanted, parameter, message):
    with pytest.raises(ValueError, match=message):
        values_of(wanted, parameter)


# ---- declarations


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("seed = 0  # a sample", "must read `name: type = default  # …`, got 'seed = 0"),
        ("seed: int  # a sample", "must read `name: type = default"),
        ("self.seed: int = 0  # a sample", "must read `name: type = default"),
        ("import numpy", "must read `name: type = default"),
        (
            "seed: list = []  # a sample",
            "type must be one of int, float, str, bool, got 'seed: list",
        ),
        ("seed: int | None = 0  # a sample", "type must be one of int"),
        ("seed: int = 0", "needs a trailing comment that says what it does: 'seed: int = 0'"),
        ("seed: int = 0  # [0, 9]", "needs a trailing comment that says what it does"),
        ("seed: int = 0  # quick 1", "needs a trailing comment that says what it does"),
        ("seed: int = 0  # a sample quick=1", "comment must hold no equals sign"),
        ("seed: int = 0  # a sample [0 9]", r"a range must read \[low, high\]"),
        ("seed: int = 0  # a sample [0, 9", r"a range must read \[low, high\]"),
        ("seed: int = 0  # a sample {0, 9", r"choices \{a, b\}"),
        ("seed: int = 0  # a sample [low, high]", "must be plain values of type int"),
        ("seed: int = 0  # a sample {a, b}", "must be plain values of type int"),
        ("seed: int = 0  # a sample quick few", "must be plain values of type int"),
        ("seed: int = 2**5  # a sample", "must be plain values of type int"),
        ("seed: int = int(3)  # a sample", "must be plain values of type int"),
        ("seed: int = 0.5  # a sample", r"seed takes int, got 0\.5"),
        ("seed: int = 10  # a sample [0, 9]", "seed takes int from 0 to 9, got 10"),
        ("seed: int = 5  # a sample [9, 0]", "seed takes int from 9 to 0, got 5"),
        ("seed: int = 5  # a sample [0, 9] quick 10", "seed takes int from 0 to 9, got 10"),
        ('mode: str = "c"  # how {a, b}', "mode takes str, one of a, b, got 'c'"),
        ("x: int = 1  # one\nx: int = 2  # two", "must be declared once, got 'x: int = 2  # two'"),
        ("", "must declare at least one parameter, got none"),
        ("# a comment only", "must declare at least one parameter, got none"),
    ],
)
def test_a_declaration_of_another_form_is_refused(line, message):
    with pytest.raises(ValueError, match=message):
        parse_parameters(line)


def test_a_default_may_be_negative_and_a_whole_float():
    assert one("x: float = -1  # a shift [-2, 2]").default == -1
    assert one("x: int = -1  # a shift [-2, 2]").low == -2


def test_a_hash_inside_a_text_is_no_comment():
    assert one('mark: str = "#"  # the sign').description == "the sign"
