"""Validation against rules applied value by value, extraction, and the steps of the pipeline."""

from __future__ import annotations

import datetime
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlsdlib import datasets
from mlsdlib.etl import CHECKS, RETAIL, Field, extract, transform, validate


def outcome(value, kind):
    """Return ("ok", value), "missing" or "wrong" for one value, by Python's means alone."""
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return "missing"
    if isinstance(value, str):
        return "missing" if not value.strip() else text_outcome(value, kind)
    if isinstance(value, bool):
        return "wrong"
    if kind == "int" and isinstance(value, int):
        return ("ok", value) if -(2**63) <= value < 2**63 else "wrong"
    if kind == "int" and isinstance(value, float):
        whole = math.isfinite(value) and value == int(value) and abs(value) < 2**63
        return ("ok", int(value)) if whole else "wrong"
    if kind == "float" and isinstance(value, (int, float)):
        return ("ok", float(value)) if abs(value) < 2**1024 - 2**970 else "wrong"
    if kind == "time" and isinstance(value, datetime.datetime):
        return ("ok", value)
    return "wrong"


def text_outcome(text, kind):
    if kind == "text":
        return "wrong" if {"\ufffd", "\ufeff", "\0"} & set(text) else ("ok", text)
    if not text.isascii():
        return "wrong"
    if kind == "int":
        if not re.fullmatch(r"[+-]?\d{1,40}", text):
            return "wrong"
        return outcome(int(text), "int")
    if kind == "float":
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
            return "wrong"
        return outcome(float(text), "float")
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        return "wrong"
    if not re.fullmatch(r"\d{4}-.*", text) or "W" in text or "," in text:
        return "wrong"
    return ("ok", time.astimezone(datetime.UTC).replace(tzinfo=None) if time.tzinfo else time)


def check(values, kind, column):
    """Compare `validate` on a column with `outcome` on each value."""
    expected = [outcome(value, kind) for value in values]
    found = validate(pd.DataFrame({"v": column}), {"v": Field(kind=kind)})
    wrong = {"int": "an int", "float": "a float", "text": "text", "time": "a time"}[kind]
    reasons = {"missing": "missing", "wrong": f"not {wrong}"}
    errors = [(i, reasons[e]) for i, e in enumerate(expected) if isinstance(e, str)]
    assert list(zip(found.errors["row"], found.errors["reason"], strict=True)) == errors
    kept = [e[1] for e in expected if not isinstance(e, str)]
    assert found.valid.index.tolist() == [
        i for i, e in enumerate(expected) if not isinstance(e, str)
    ]
    assert found.valid["v"].tolist() == kept
    assert found.n_rows == len(values)


KINDS = ("int", "float", "text", "time")
NASTY = [
    "", " ", "\t\n", "0", "-0", "+7", "007", " 5", "5 ", "5\n", "1_000", "1,5", "1.0", ".5", "5.",
    ".", "1e3", "1e", "1e999", "-1e-999", "nan", "NaN", "inf", "Infinity", "None", "null",
    "NA", "0x10",
    "１２", "٣", "²", "1\u00a0000", "−5", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "-9223372036854775809", "0" * 40, "0" * 41, "9" * 5000, "true",
    "2013-02-28", "2013-02-29", "2013-13-01", "13/03/2013", "2013-3-1", "20130301",
    "2013-03-01T05:06", "2013-03-01 05:06:07", "2013-03-01 05:06:07.25", "2013-03-01 25:00",
    "2013-03-01 05:06:07Z", "2013-03-01T05:06:07-05:00", "2013-03-01 05:06:07+0530",
    "2013-03-01Z", "2013-W09-5", "2013-060", "\ufeff5", "a\0b", "caf\ufffd", "Ünï", "x\ny",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_text_is_taken_by_the_letter(kind):
    check(NASTY, kind, pd.Series(NASTY, dtype="str"))
    check(NASTY, kind, pd.Series(NASTY, dtype=object))
    repeated = [text for text in NASTY for _ in range(3)]
    check(repeated, kind, pd.Series(repeated, dtype="category"))


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(NASTY),
    st.text(max_size=6),
    st.decimals(allow_nan=False).map(str),
    st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)),
    st.just([1]),
    st.binary(max_size=2),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(anything, max_size=12), st.sampled_from(KINDS))
@example([2**63 - 1, None, "5"], "int")
@example([1, 1.5, True, "1"], "float")
@example([2.0**63], "int")
@example([10**400], "float")
def test_objects_are_judged_one_by_one(values, kind):
    check(values, kind, pd.Series(values, dtype=object))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "values",
    [
        [1, -2, 3],
        [1.0, 2.5, float("nan"), float("inf"), 2.0**63],
        [True, False],
        [2**64 - 1, 1],
        [],
    ],
)
def test_typed_columns_are_judged_by_their_type(kind, values):
    check(values, kind, pd.Series(values))


def test_times_of_a_zone_become_utc():
    times = pd.Series(pd.to_datetime(["2013-03-01 05:00-05:00"], utc=True)).dt.tz_convert(
        "Asia/Tokyo"
    )
    found = validate(pd.DataFrame({"t": times}), {"t": Field(kind="time")})
    assert found.valid["t"].tolist() == [pd.Timestamp("2013-03-01 10:00")]
    nullable = pd.DataFrame({"i": pd.array([1, None], dtype="Int64")})
    assert validate(nullable, {"i": Field(kind="int")}).errors["reason"].tolist() == ["missing"]


def test_all_reasons_are_given():
    schema = {
        "id": Field(kind="int", low=1, high=9),
        "code": Field(kind="text", pattern="[A-Z]+", references=["A", "B"]),
        "day": Field(kind="time", low=datetime.datetime(2013, 1, 1)),
        "price": Field(kind="float", required=False, low=0.0),
    }
    rows = [
        {"id": 1, "code": "A", "day": "2013-01-01"},
        {"id": 0, "code": "a", "day": "2012-12-31", "price": -1},
        {"id": 10, "code": "C", "day": None, "price": "free", "extra": 1, "void": None},
        {"id": 9, "code": "B", "day": "2014-01-01", "price": 0},
    ]
    found = validate(rows, schema, checks={"even": lambda f: f["id"] % 2 == 0})
    said = list(found.errors[["row", "column", "reason"]].itertuples(index=False, name=None))
    assert said == [
        (1, "id", "below 1"),
        (1, "code", "does not match [A-Z]+"),
        (1, "code", "unknown key"),
        (1, "day", "below 2013-01-01 00:00:00"),
        (1, "price", "below 0.0"),
        (1, "", "even"),
        (2, "id", "above 9"),
        (2, "code", "unknown key"),
        (2, "day", "missing"),
        (2, "price", "not a float"),
        (2, "extra", "not in the schema"),
        (2, "", "even"),
    ]
    assert found.valid.index.tolist() == [0, 3]
    assert found.valid.dtypes.astype(str).to_dict() == {
        "id": "int64", "code": "str", "day": "datetime64[us]", "price": "float64"
    }  # fmt: skip
    values = found.errors.set_index(["row", "column", "reason"])["value"]
    assert values[2, "price", "not a float"] == "free"


def test_an_optional_integer_with_gaps_stays_an_integer():
    found = validate([{"i": 2**53 + 1}, {}], {"i": Field(kind="int", required=False)})
    assert found.valid["i"].dtype == "Int64"
    assert found.valid["i"][0] == 2**53 + 1
    assert found.errors.empty


def test_foreign_keys_of_the_flights():
    flights, planes = datasets.load_flights(columns=["tailnum"]), datasets.load_planes()
    found = validate(flights, {"tailnum": Field(kind="text", references=planes["tailnum"])})
    missing, unknown = flights["tailnum"].isna(), ~flights["tailnum"].isin(planes["tailnum"])
    counts = found.errors["reason"].value_counts()
    assert counts["missing"] == missing.sum()
    assert counts["unknown key"] == (unknown & ~missing).sum()
    assert len(found.valid) == (~unknown).sum()


def test_no_records_and_no_schema():
    assert validate([], {"a": Field(kind="int")}).valid.columns.tolist() == ["a"]
    assert validate([{"a": 1}], {}).errors["reason"].tolist() == ["not in the schema"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Field(kind="date"), ValueError, "kind must be among int, float, text, time; got"),
        (lambda: Field(kind="text", low=1), ValueError, "low and high must be left out"),
        (lambda: Field(kind="int", pattern="x"), ValueError, "pattern must be left out for an int"),
        (lambda: validate("a,b", {}), TypeError, "records must be a DataFrame or a list, got str"),
        (lambda: validate([1], {}), TypeError, "records must hold mappings, got 1"),
        (lambda: validate([{}], {"a": "int"}), TypeError, r"schema\['a'\] must be a Field, got"),
        (lambda: validate([{"a": 1}], {"a": Field(kind="int")}, checks={"c": lambda f: f["a"]}),
         ValueError, r"checks\['c'\] must give 1 booleans, got 1 Int64"),
        (lambda: validate([{"a": 1}], {"a": Field(kind="int")}, checks={"c": lambda f: [True] * 2}),
         ValueError, r"checks\['c'\] must give 1 booleans, got 2 bool"),
        (lambda: extract("lines.json"), ValueError, "source must be a .csv or .parquet file, got"),
        (lambda: extract(7), TypeError, "records must be a DataFrame or a list, got int"),
        (lambda: transform(pd.DataFrame({"InvoiceNo": []})), ValueError, "lacks StockCode"),
    ],
)  # fmt: skip
def test_etl_rejects(call, error, message):
    with pytest.raises(error, match=message):
        call()


# Extraction


def test_csv_stays_text(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        '\ufeffzip,country,note\n00501,NA,"two\nlines, ""q"""\n,nan,\n', encoding="utf-8"
    )
    assert extract(path).to_dict("list") == {
        "zip": ["00501", ""],
        "country": ["NA", "nan"],
        "note": ['two\nlines, "q"', ""],
    }


def test_an_empty_csv_file_is_an_error(tmp_path):
    (tmp_path / "x.csv").write_text("")
    with pytest.raises(ValueError, match=r"must have a header line, x\.csv is empty"):
        extract(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text("a,b\n")
    assert extract(tmp_path / "x.csv").shape == (0, 2)


def test_csv_keeps_malformed_lines_in_their_place(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b'a,b\n1,2\n3\n4,"5\n6"\n7,8,9\ncaf\xe9,0\n')
    frame = extract(str(path))
    assert frame["malformed line"].fillna("").tolist() == ["", "3", "", "7,8,9", ""]
    found = validate(frame, {"a": Field(kind="text"), "b": Field(kind="text")})
    assert found.valid.index.tolist() == [0, 2]
    assert found.valid["b"].tolist() == ["2", "5\n6"]
    errors = found.errors.groupby("row")["reason"].agg(list).to_dict()
    assert errors[1] == errors[3] == ["missing", "missing", "not in the schema"]
    assert errors[4] == ["not text"]


def test_parquet_keeps_its_types(tmp_path):
    frame = pd.DataFrame({"a": [1.5, None], "b": ["x", None]})
    frame.to_parquet(tmp_path / "x.parquet")
    pd.testing.assert_frame_equal(extract(tmp_path / "x.parquet"), frame)
    pd.testing.assert_frame_equal(extract(frame.set_axis([5, 6])), frame)


# The shop's rules


def line(**changes):
    return {
        "InvoiceNo": "536365", "StockCode": "85123A", "Description": "WHITE HEART", "Quantity": 6,
        "InvoiceDate": "2010-12-01 08:26", "UnitPrice": 2.55, "CustomerID": 17850.0,
        "Country": "France",
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, []),
        ({"CustomerID": None}, []),
        ({"InvoiceNo": "C536365", "Quantity": -6}, []),
        ({"UnitPrice": 0.001, "Quantity": 100_000}, []),
        ({"Quantity": -6}, ["the quantity's sign contradicts the invoice"]),
        ({"InvoiceNo": "C536365"}, ["the quantity's sign contradicts the invoice"]),
        ({"Quantity": 0}, ["no pieces"]),
        ({"Quantity": None}, ["missing"]),
        ({"InvoiceNo": "A536365"}, ["does not match C?[0-9]{6}"]),
        ({"UnitPrice": 0.0, "Description": ""}, ["missing", "below 0.001"]),
        ({"Quantity": "six", "UnitPrice": "2,55"}, ["not an int", "not a float"]),
    ],
)
def test_rules_of_the_shop(changes, reasons):
    found = validate([line(**changes)], RETAIL, checks=CHECKS)
    assert found.errors["reason"].tolist() == reasons


def test_transform_cleans_and_drops_what_is_there_twice():
    rows = [
        line(StockCode=" 85123a "),
        line(Description=" WHITE   HEART  "),
        line(Description="another name"),
        line(Country="EIRE", CustomerID=None),
        line(Quantity=7),
    ]
    valid = validate(rows, RETAIL).valid
    before = valid.copy()
    lines, n_duplicates = transform(valid)
    pd.testing.assert_frame_equal(valid, before)
    assert n_duplicates == 2
    assert lines["stock_code"].unique().tolist() == ["85123A"]
    assert lines["description"].tolist() == ["WHITE HEART"] * 3
    assert lines["country"].tolist() == ["France", "Ireland", "France"]
    assert lines["customer_id"].tolist() == [17850, 0, 17850]
    assert lines["quantity"].tolist() == [6, 6, 7]
    assert lines["unit_price"].dtype == np.float64
