"""Bytes to fetch, records to find, bytes to store."""

from __future__ import annotations

import csv
import gzip
import io
import mmap
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlsdlib import datasets
from mlsdlib.formats import (
    bytes_read,
    encoded_sizes,
    get_record,
    min_dtype,
    record_offsets,
    row_groups,
)

CHUNKS = [
    {"id": 80, "order.price": 50, "order.items.list.element": 10, "orders": 7},
    {"id": 90, "order.price": 60, "order.items.list.element": 20, "orders": 8},
]


class CountingFile(io.BytesIO):
    """A file that remembers which bytes were read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.touched = np.zeros(len(data), dtype=bool)

    def read(self, size: int | None = -1) -> bytes:
        start = self.tell()
        data = super().read(size)
        self.touched[start : start + len(data)] = True
        return data


def nested_file(row_group_size: int = 300) -> bytes:
    n = 1000
    rng = np.random.default_rng(0)
    table = pa.table(
        {
            "id": np.arange(n),
            "order": [{"price": float(p), "item": {"code": f"c{i % 40}"}}
                      for i, p in enumerate(rng.random(n))],
            "orders": rng.integers(0, 9, n),
            "tags": [["a", "b"][: i % 3] for i in range(n)],
        }
    )  # fmt: skip
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=row_group_size, store_schema=False)
    return sink.getvalue()


# --- row_groups and bytes_read ---


def test_row_groups_reads_every_chunk_of_the_footer():
    file = nested_file()
    groups = row_groups(pq.read_metadata(io.BytesIO(file)))
    paths = ["id", "order.price", "order.item.code", "orders", "tags.list.element"]
    assert [list(group) for group in groups] == [paths] * 4
    assert all(type(size) is int and size > 0 for group in groups for size in group.values())
    # The chunks, the footer and the frame (magic twice, footer length) are the whole file.
    chunks = sum(sum(group.values()) for group in groups)
    footer = pq.read_metadata(io.BytesIO(file)).serialized_size
    assert chunks + footer + 12 == len(file)


def test_columns_of_one_name_are_added_up():
    sink = io.BytesIO()
    twice = pa.Table.from_arrays([pa.array([1, 2]), pa.array([3, 4])], names=["x", "x"])
    pq.write_table(twice, sink)
    metadata = pq.read_metadata(sink)
    sizes = [metadata.row_group(0).column(c).total_compressed_size for c in (0, 1)]
    assert row_groups(metadata) == [{"x": sum(sizes)}]


@pytest.mark.parametrize(
    ("columns", "groups", "expected"),
    [
        ([], None, 0),
        (["id"], None, 170),
        (["id"], [1], 90),
        (["id"], [], 0),
        (["order"], None, 140),  # not "orders"
        (["order.items"], [0], 10),
        (["order", "order.price"], None, 140),  # one chunk, fetched once
        (["id", "id"], None, 170),
        (["id", "order", "orders"], [0, 1, 1], 325),
        (("orders",), np.array([1]), 8),
    ],
)
def test_bytes_read_by_hand(columns, groups, expected):
    assert bytes_read(CHUNKS, columns, groups=groups) == expected


def test_a_column_that_is_really_called_nothing():
    assert bytes_read([{"": 5, ".x": 7, "a": 1}], [""]) == 5


def test_a_file_without_row_groups_costs_nothing():
    sink = io.BytesIO()
    pq.write_table(pa.table({"x": pa.array([], pa.int64())}), sink)
    groups = row_groups(pq.read_metadata(sink))
    assert bytes_read(groups, ["x"]) == sum(group["x"] for group in groups)
    assert bytes_read([], ["x"]) == 0


@settings(max_examples=30, deadline=None)
@given(
    columns=st.lists(
        st.sampled_from(["id", "order", "order.item", "order.price", "orders", "tags"]), max_size=4
    ),
    groups=st.lists(st.integers(0, 3), max_size=4, unique=True),
)
def test_bytes_read_is_what_pyarrow_reads(columns, groups):
    data = nested_file()
    source = CountingFile(data)
    file = pq.ParquetFile(source, pre_buffer=False)
    source.touched[:] = False  # the footer comes on top
    file.read_row_groups(sorted(groups), columns=columns, use_threads=False)
    chunks = row_groups(file.metadata)
    assert bytes_read(chunks, columns, groups=groups) == source.touched.sum()


@pytest.mark.parametrize(
    ("columns", "groups", "error", "message"),
    [
        ("id", None, TypeError, "columns must be a list of names"),
        (["ids"], None, ValueError, "columns must be among id, order.price"),
        (["order.pri"], None, ValueError, "order.pri"),
        ([""], None, ValueError, "got ''"),
        (["id"], [2], ValueError, r"groups must lie in 0..1, got 2"),
        (["id"], [-1], ValueError, r"groups must lie in 0..1, got -1"),
        (["id"], [True], TypeError, "groups must hold whole numbers"),
        (["id"], [0.0], TypeError, "groups must hold whole numbers"),
    ],
)
def test_bytes_read_refuses(columns, groups, error, message):
    with pytest.raises(error, match=message):
        bytes_read(CHUNKS, columns, groups=groups)


def test_row_groups_refuses_what_is_no_footer():
    with pytest.raises(TypeError, match=r"metadata must be a pyarrow\.parquet\.FileMetaData"):
        row_groups("flights.parquet")


# --- record_offsets and get_record ---


def csv_module_offsets(data: bytes) -> list[int]:
    """The same offsets by Python's own reader, which pulls the lines of a record as it needs."""
    position = start = 0
    offsets = []

    def lines():
        nonlocal position
        for line in io.BytesIO(data):
            position += len(line)
            yield line.decode("latin-1")

    for _ in csv.reader(lines()):
        offsets.append(start)
        start = position
    return offsets


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"a", [0]),
        (b"a\n", [0]),
        (b"a\r\nb", [0, 3]),
        (b"a\nb\n", [0, 2]),
        (b"\n", [0]),
        (b"a\n\nb", [0, 2, 3]),  # an empty line is a record without fields
        (b'"a\nb",c\nd', [0, 8]),
        (b'"a""\n""b"\nd', [0, 10]),
        (b'""\n"""\n"""\nx', [0, 3, 11]),
        (b'x,""\r\n"\r\n",y\r\n', [0, 6]),
        (b'\xef\xbb\xbf"a",b\n1,2\n', [0, 9]),  # byte order mark
        ("ä,ö\n☃\n".encode(), [0, 6]),
    ],
)
def test_record_offsets_by_hand(data, expected):
    assert record_offsets(data) == expected


fields = st.text(alphabet='ab",\n\r ;é', max_size=6)
tables = st.lists(st.lists(fields, min_size=1, max_size=4), max_size=12)


def as_csv(rows: list[list[str]], end: str, quote_all: bool) -> bytes:
    """Write rows by the book; Python's writer leaves a lone CR unquoted before 3.13."""

    def field(value: str) -> str:
        needed = quote_all or any(c in value for c in '",\r\n')
        return '"' + value.replace('"', '""') + '"' if needed else value

    lines = ['""' if row == [""] else ",".join(map(field, row)) for row in rows]
    return "".join(line + end for line in lines).encode()


@settings(max_examples=400, deadline=None)
@given(rows=tables, end=st.sampled_from(["\n", "\r\n"]), quote_all=st.booleans(),
       cut=st.booleans())  # fmt: skip
@example(rows=[["\n"], ["a"]], end="\r\n", quote_all=True, cut=True)
def test_record_offsets_agrees_with_the_csv_module(tmp_path_factory, rows, end, quote_all, cut):
    data = as_csv(rows, end, quote_all)
    if cut:  # the last line without its end
        data = data.removesuffix(end.encode())
    offsets = record_offsets(data)
    assert offsets == csv_module_offsets(data)
    assert len(offsets) == len(rows)
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    path.write_bytes(data)
    assert [get_record(path, offsets, i) for i in range(len(rows))] == rows


def test_record_offsets_on_real_text(tmp_path):
    retail = datasets.load_online_retail(columns=["StockCode", "Description", "UnitPrice"])
    sample = retail.sample(5000, random_state=1)
    assert sample["Description"].str.contains('"').any()
    path = tmp_path / "retail.csv"
    sample.to_csv(path, index=False)
    offsets = record_offsets(path.read_bytes())
    assert offsets == csv_module_offsets(path.read_bytes())
    assert len(offsets) == 5001
    assert get_record(path, offsets, 0) == ["StockCode", "Description", "UnitPrice"]
    for i in (1, 2500, 5000):
        assert get_record(path, offsets, i)[0] == sample["StockCode"].iloc[i - 1]


def test_record_offsets_across_pieces(monkeypatch):
    from mlsdlib.formats import _records

    data = b'a,"b""\n\n",c\r\n\n"d",e\n' * 7
    whole = record_offsets(data)
    for piece in (1, 2, 3, 5, 64):
        monkeypatch.setattr(_records, "_PIECE", piece)
        assert record_offsets(data) == whole == csv_module_offsets(data)


def test_record_offsets_takes_every_kind_of_bytes(tmp_path):
    data = b'a,"b\nc"\nd,e'
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert record_offsets(mapped) == [0, 8]
    assert record_offsets(bytearray(data)) == record_offsets(memoryview(data)) == [0, 8]


def test_another_delimiter_and_encoding(tmp_path):
    data = 'name;"note"\nMüller;"a;b"\n'.encode("latin-1")
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    offsets = record_offsets(data, delimiter=";")
    assert get_record(path, offsets, 1, delimiter=";", encoding="latin-1") == ["Müller", "a;b"]
    with pytest.raises(ValueError, match="quote at byte 5"):
        record_offsets(data)


def test_get_record_takes_the_byte_order_mark_away(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes('"naïve",b\n\n1,2\n'.encode("utf-8-sig"))
    offsets = record_offsets(path.read_bytes())
    assert [get_record(str(path), np.array(offsets), i) for i in range(3)] == [
        ["naïve", "b"],
        [],
        ["1", "2"],
    ]


def test_get_record_reads_that_record_only(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"good\n\xff\xff\n")
    assert get_record(path, [0, 5], 0) == ["good"]
    with pytest.raises(UnicodeDecodeError):
        get_record(path, [0, 5], 1)


@pytest.mark.parametrize("i", [-1, 2, 100])
def test_get_record_refuses_a_record_that_is_not_there(tmp_path, i):
    with pytest.raises(IndexError, match=rf"i must lie in 0\.\.1, got {i}"):
        get_record(tmp_path / "x.csv", [0, 2], i)


def test_get_record_refuses_the_offsets_of_another_file(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n")
    with pytest.raises(ValueError, match="offsets do not belong to"):
        get_record(path, [0, 2, 4], 1)


@pytest.mark.parametrize(
    ("data", "byte"),
    [
        (b'a"b\n', 1),  # inside an unquoted field, never closed
        (b'a"b"\n', 1),
        (b'"a"b\n', 2),
        (b'"a" "b"\n', 2),
        (b'x,"a\nb\nc', 2),
        (b' "a"\n', 1),
        (b'"a""\n', 3),
    ],
)
def test_record_offsets_refuses_quotes_it_cannot_place(data, byte):
    with pytest.raises(ValueError, match=f"data has a quote at byte {byte} "):
        record_offsets(data)


@pytest.mark.parametrize("piece", [1, 2, 3])
def test_errors_across_pieces(monkeypatch, piece):
    from mlsdlib.formats import _records

    monkeypatch.setattr(_records, "_PIECE", piece)
    for data, byte in ((b'ab"\n', 2), (b'"ab"c\n', 3), (b'\xef\xbb\xbf"a"\n,"b', 8)):
        with pytest.raises(ValueError, match=f"data has a quote at byte {byte} "):
            record_offsets(data)


FIELD = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
CSV = re.compile(rf"(?:{FIELD}(?:,{FIELD})*(?:\r?\n|\Z))*")


@settings(max_examples=500)
@given(st.lists(st.sampled_from(["a", '"', ",", "\n", "\r\n"]), max_size=14).map("".join))
@example('"a"\r\n"b"')
def test_record_offsets_takes_exactly_the_grammar(text):
    """Whatever it accepts is RFC 4180's and read as Python reads it; the rest it refuses."""
    data = text.encode()
    if CSV.fullmatch(text):
        assert record_offsets(data) == csv_module_offsets(data)
    else:
        with pytest.raises(ValueError, match="data has a quote at byte"):
            record_offsets(data)


def test_record_offsets_refuses_text_and_delimiters():
    with pytest.raises(TypeError, match="data must be bytes, got str"):
        record_offsets("a,b")
    for delimiter in ("", ",,", "é", '"', "\n"):
        with pytest.raises(ValueError, match="delimiter must be one ASCII character"):
            record_offsets(b"a", delimiter=delimiter)


# --- min_dtype ---


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 255], "u1"),
        ([0, 256], "u2"),
        ([-1, 127], "i1"),
        ([-1, 128], "i2"),
        ([-129], "i2"),
        ([2**32], "u8"),
        ([-(2**63)], "i8"),
        ([2**64 - 1], "u8"),
        ([2**53 + 1], "u8"),
        ([-1, 2**53 + 1], "i8"),
        (np.array([2**53 + 1]), "u8"),
        ([True, False], "?"),
        (np.array([True]), "?"),
        ([], "u1"),
        (np.array([], dtype=bool), "?"),
        (np.array([], dtype=float), "u1"),
        ([1.0, 200.0], "u1"),
        ([-1.0, 1.0], "i1"),
        ([1.0, np.nan], "f2"),
        ([2048.0, np.nan], "f2"),
        ([2049.0, np.nan], "f4"),
        ([2.0**24 + 1, np.nan], "f8"),
        ([1, None], "f2"),
        ([np.nan], "f2"),
        ([None], "f2"),
        ([0.5], "f2"),
        ([0.1], "f8"),
        ([float(np.float32(0.1))], "f4"),
        ([65504.0, 0.5], "f2"),
        ([65536.5, 0.5], "f4"),
        ([1e-300], "f8"),
        ([np.inf, 1.0], "f2"),
        ([-0.0], "f2"),
        ([1e300], "f8"),
        ([2.0**40], "f4"),  # whole, but the float is smaller than an integer of 8 bytes
        ([1, 0.5], "f2"),
        ([2**60, 0.5], "f4"),
        ([2**60 + 2**30, 0.5], "f8"),
        (pd.Series([1, 2, None], dtype="Int64"), "f2"),
        (pd.Series([1, 2**53 + 1], dtype="Int64"), "u8"),
        (pd.Series([1.0, None]), "f2"),
        (np.array([[1, 2], [3, 400]]), "u2"),
    ],
)
def test_min_dtype_by_hand(values, expected):
    assert min_dtype(values) == np.dtype(expected)


@given(
    values=st.one_of(
        st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
        st.lists(st.integers(0, 2**64 - 1), min_size=1),
        st.lists(st.floats(width=16), min_size=1),
        st.lists(st.floats(width=32), min_size=1),
        st.lists(st.floats(), min_size=1),
        st.lists(st.booleans(), min_size=1),
        st.lists(st.one_of(st.integers(-(2**53), 2**53), st.floats()), min_size=1),
    )
)
def test_min_dtype_holds_exactly_and_nothing_smaller_does(values):
    dtype = min_dtype(values)
    held = np.array(values, dtype=object).astype(dtype)
    same = [a == b or (a != a and b != b) for a, b in zip(held.tolist(), values, strict=True)]
    assert all(same)
    if dtype.kind in "iu":
        smaller = ["u1", "i1", "u2", "i2", "u4", "i4"]
        for t in (t for t in smaller if np.dtype(t).itemsize < dtype.itemsize):
            assert min(values) < np.iinfo(t).min or max(values) > np.iinfo(t).max
    elif dtype.kind == "f":
        with np.errstate(over="ignore"):
            smaller = [t for t in ("f2", "f4") if np.dtype(t).itemsize < dtype.itemsize]
            for t in smaller:
                lost = np.array(values, dtype=float)
                assert not np.array_equal(lost.astype(t).astype(float), lost, equal_nan=True)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([2**64], ValueError, "values must fit in 64 bits"),
        ([-1, 2**63], ValueError, "values must fit in 64 bits"),
        ([2**53 + 1, None], ValueError, "9007199254740993 needs an integer"),
        ([2**53 + 1, 0.5], ValueError, "9007199254740993 needs an integer"),
        ([10**400, 0.5], ValueError, "needs an integer"),
        (pd.Series([2**53 + 1, None], dtype="Int64"), ValueError, "needs an integer"),
        ([True, 2], TypeError, "got booleans beside others"),
        ([True, None], TypeError, "got booleans beside others"),
        (["1", "2"], TypeError, "got '1'"),
        (np.array(["1"]), TypeError, "got dtype <U1"),
        ([1j], TypeError, "got 1j"),
        (np.array(["2020-01-01"], dtype="M8[D]"), TypeError, "got dtype datetime64"),
    ],
)
def test_min_dtype_refuses(values, error, message):
    with pytest.raises(error, match=message):
        min_dtype(values)


# --- encoded_sizes ---


@pytest.mark.parametrize(
    ("values", "text", "binary", "smallest"),
    [
        ([1, 22, 333], "1\n22\n333\n", 24, 6),
        ([1.0, 2.5], "1\n2.5\n", 16, 4),
        ([1.0, None], "1\n\n", 16, 4),
        ([True, None], "true\n\n", 2, 2),
        (["a", "bé", None, ""], "a\nbé\n\n\n", 12, 12),
        (['a"b', "c,d", "e\nf"], '"a""b"\n"c,d"\n"e\nf"\n', 9, 9),
        (pd.to_datetime(["2013-01-01 10:00"]), "2013-01-01 10:00:00\n", 8, 8),
        (pd.to_datetime(["2013-01-01"], utc=True), "2013-01-01 00:00:00Z\n", 8, 8),
        (pd.to_datetime(["2013-01-01 10:00:00.25"]), "2013-01-01 10:00:00.250\n", 8, 8),
        (pa.array([1, None]), "1\n\n", 16, 4),
        (pa.array([2**53 + 1]), "9007199254740993\n", 8, 8),
        (pa.chunked_array([["a"], ["b"]]), "a\nb\n", 2, 2),
        (pd.Series(["x", "x"], dtype="category"), "x\nx\n", 2, 2),
        (pd.Series(["x", None]), "x\n\n", 2, 2),
        (pa.array(["skip", "a"])[1:], "a\n", 1, 1),
        ([], "", 0, 0),
        ([None, None], "\n\n", 16, 4),
    ],
)
def test_encoded_sizes_by_hand(values, text, binary, smallest):
    sizes = encoded_sizes(values)
    assert sizes["csv"] == len(text.encode())
    assert sizes["csv.gz"] == len(gzip.compress(text.encode(), 6))
    assert (sizes["binary"], sizes["binary.min"]) == (binary, smallest)


def test_parquet_sizes_are_those_of_a_file(tmp_path):
    values = np.random.default_rng(0).integers(0, 50, 10_000)
    table = pa.table({"value": values})
    for options in ({}, {"compression": "zstd"}, {"compression": "none", "dictionary": False}):
        sizes = encoded_sizes(values, **options)
        pq.write_table(table, tmp_path / "x", compression=options.get("compression", "snappy"),
                       use_dictionary=options.get("dictionary", True))  # fmt: skip
        assert sizes["parquet"] == (tmp_path / "x").stat().st_size
    assert sizes["parquet"] == sizes["parquet.plain"]


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=50))
def test_csv_text_of_floats_gives_them_back(values):
    from mlsdlib.formats._sizes import _csv_text

    lines = _csv_text(pa.array(values)).decode().splitlines()
    assert [float(line) for line in lines] == values


@given(st.lists(st.text(alphabet='ab",\n\ré ', min_size=1, max_size=5), min_size=1, max_size=20))
def test_csv_text_of_strings_is_read_back(values):
    from mlsdlib.formats._sizes import _csv_text

    text = _csv_text(pa.array(values))
    assert text == as_csv([[value] for value in values], "\n", quote_all=False)
    assert list(csv.reader(io.StringIO(text.decode(), newline=""))) == [[v] for v in values]


@pytest.mark.parametrize(
    ("values", "options", "error", "message"),
    [
        ([1, "a"], {}, TypeError, "values must be all of one type"),
        ([2**70], {}, TypeError, "values must be all of one type"),
        ([[1], [2]], {}, ValueError, "values must be one column"),
        (np.zeros((2, 2)), {}, ValueError, r"got shape \(2, 2\)"),
        ([b"raw"], {}, TypeError, "got binary"),
        ([1], {"compression": "zip"}, ValueError, "compression must be among"),
        ([1], {"gzip_level": 0}, ValueError, "gzip_level must be a whole number from 1 to 9"),
    ],
)
def test_encoded_sizes_refuses(values, options, error, message):
    with pytest.raises(error, match=message):
        encoded_sizes(values, **options)


def test_digits_show_that_binary_is_not_always_smaller():
    digits = np.random.default_rng(0).integers(0, 10, 20_000)
    floats = np.random.default_rng(0).random(20_000)
    a, b = encoded_sizes(digits), encoded_sizes(floats)
    assert a["csv"] == 2 * len(digits) < a["binary"] == 8 * len(digits)
    assert b["csv"] > 2 * b["binary"]


def test_import_is_light():
    code = (
        "import sys, mlsdlib.formats, mlsdlib.relational, mlsdlib.graphs;"
        "print([m for m in ('pandas', 'pyarrow', 'duckdb', 'scipy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
