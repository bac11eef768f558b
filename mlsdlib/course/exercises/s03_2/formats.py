"""Section 3.2a, data formats: what is read, where records begin, which type is enough."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted, same_number

__all__ = ["EXERCISES"]


# 3.2-e1 --------------------------------------------------------------------------------------


def bytes_read(row_groups, columns, groups=None):
    """Return the bytes a reader fetches for some columns, from the row groups it must open."""
    if groups is None:
        groups = range(len(row_groups))
    total = 0
    for number in groups:
        for path, size in row_groups[number].items():
            if any(path == name or path.startswith(name + ".") for name in columns):
                total += size
    return total


_NESTED = [
    {"id": 80, "order.price": 50, "order.item.code": 10, "orders": 7},
    {"id": 90, "order.price": 60, "order.item.code": 20, "orders": 8},
    {"id": 30, "order.price": 40, "order.item.code": 30, "orders": 9},
]


def _bytes_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [_NESTED, ["id"]]}
    yield {"args": [_NESTED, ["order"]]}
    yield {"args": [_NESTED, []]}
    yield {"args": [_NESTED, ["id", "orders"]], "kwargs": {"groups": [0, 2]}}
    yield {"args": [_NESTED, ["id"]], "kwargs": {"groups": []}}
    yield {"args": [_NESTED, ["order", "order.price"]]}
    yield {"args": [[{"price": 5, "order.price": 50}], ["price"]]}
    yield {"args": [_NESTED, ["id"]], "kwargs": {"groups": [2]}}
    yield {"args": [[], ["id"]]}
    names = ["id", "order.price", "order.item.code", "orders", "note"]
    for _ in range(25):
        count = int(rng.integers(1, 5))
        sizes = rng.integers(1, 1_000, size=(count, len(names))).tolist()
        row_groups = [dict(zip(names, row, strict=True)) for row in sizes]
        wanted = rng.choice(["id", "order", "order.item", "orders", "note"], 2, replace=False)
        kept = sorted(rng.choice(count, int(rng.integers(0, count + 1)), replace=False).tolist())
        yield {"args": [row_groups, wanted.tolist()], "kwargs": {"groups": kept}}


def _judge_bytes(case: Case, result: object) -> Problem | None:
    row_groups, columns = case["args"]
    groups = case.get("kwargs", {}).get("groups")
    expected = bytes_read(row_groups, columns, groups)
    if same_number(result, expected):
        return None
    if groups is not None and same_number(result, bytes_read(row_groups, columns)):
        why = "Only the row groups named in groups are opened; an empty list opens none."
    elif "order" in columns and "order.price" in columns:
        why = "A chunk that two names cover is fetched once."
    elif groups and not any(name.startswith("order") for name in columns):
        why = "Open just the row groups named in groups; they are counted from 0."
    elif any(name == "order" or name.startswith("order.") for name in columns):
        why = 'Asking for "order" fetches its leaves, such as "order.price", but not "orders".'
    else:
        why = "Add up the sizes of the wanted columns' chunks, in every row group that is opened."
    return Problem(expected, why)


def _exact_names_only(row_groups, columns, groups=None):
    chosen = range(len(row_groups)) if groups is None else groups
    return sum(row_groups[g].get(name, 0) for g in chosen for name in columns)


def _any_prefix(row_groups, columns, groups=None):
    chosen = range(len(row_groups)) if groups is None else groups
    return sum(
        size
        for g in chosen
        for path, size in row_groups[g].items()
        if any(path.startswith(name) for name in columns)
    )


def _every_group(row_groups, columns, groups=None):
    return bytes_read(row_groups, columns, groups or None)


def _counted_twice(row_groups, columns, groups=None):
    return sum(bytes_read(row_groups, [name], groups) for name in columns)


# 3.2-e2 --------------------------------------------------------------------------------------


def record_offsets(data):
    """Return the byte offset at which each record of a CSV file begins."""
    offsets = []
    start, quoted = 0, False
    for position, byte in enumerate(data):
        if byte == ord('"'):
            quoted = not quoted
        elif byte == ord("\n") and not quoted:
            offsets.append(start)
            start = position + 1
    if start < len(data):
        offsets.append(start)
    return offsets


def _offset_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": ["id,note\n1,plain\n2,plain\n"]}
    yield {"args": ['id,note\n1,"two\nlines"\n2,plain\n']}
    yield {"args": ["id,note\r\n1,plain\r\n"]}
    yield {"args": ["id,note\n1,no line end"]}
    yield {"args": ['id,note\n1,"a ""quoted"" word"\n2,x\n']}
    yield {"args": ["id,note\n1,café\n2,x\n"]}
    yield {"args": [""]}
    notes = ["plain", "two\nlines", 'say "hi"', "a, b", "", "naïve", 'open "\n close"']
    for _ in range(25):
        text = io.StringIO(newline="")
        ending = str(rng.choice(["\n", "\r\n"]))
        writer = csv.writer(text, lineterminator=ending)
        for row in range(int(rng.integers(1, 8))):
            writer.writerow([row, notes[int(rng.integers(len(notes)))]])
        whole = text.getvalue()
        yield {"args": [whole if rng.random() < 0.7 else whole.removesuffix(ending)]}


def _call_offsets(fn, case: Case) -> object:
    result = attempted(fn(case["args"][0].encode()))
    if not isinstance(result, (list, tuple, np.ndarray)):
        return result
    return [int(x) if isinstance(x, (int, np.integer)) else repr(x) for x in result]


def _show_offsets(name: str, case: Case) -> str:
    return f"{name}({case['args'][0].encode()!r})"


def _judge_offsets(case: Case, result: object) -> Problem | None:
    text = case["args"][0]
    data = text.encode()
    expected = record_offsets(data)
    if result == expected:
        return None
    if not isinstance(result, list) or not all(isinstance(x, int) for x in result):
        why = "The answer must be a list of whole numbers."
    elif not data:
        why = "An empty file holds no record."
    elif '"' in text and len(result) > len(expected):
        why = "A line end inside quotes belongs to the value: it does not end the record."
    elif result and result[-1] == len(data):
        why = "The last line end begins no new record: nothing follows it."
    elif len(result) == len(expected) - 1:
        why = "The first record begins at 0, and the last one may have no line end."
    elif not text.isascii():
        why = "Offsets count bytes; some characters take two."
    else:
        why = "A record begins right after the line end of the one before; a line may end in CRLF."
    return Problem(expected, why)


def _every_line_end(data):
    starts = [0] + [i + 1 for i, byte in enumerate(data) if byte == 10]
    return [start for start in starts if start < len(data)]


def _one_too_many(data):
    offsets, quoted = [0], False
    for i, byte in enumerate(data):
        quoted ^= byte == 34
        if byte == 10 and not quoted:
            offsets.append(i + 1)
    return offsets


def _in_characters(data):
    return record_offsets(data.decode().encode("ascii", "replace"))


def _ends_only(data):
    return [offset for offset in record_offsets(data) if offset > 0]


# 3.2-e3 --------------------------------------------------------------------------------------

INTEGERS = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
FLOATS = ["float16", "float32", "float64"]


def holds(name, value):
    """Return whether a numpy type holds this very value; a float type holds a missing one."""
    if name.startswith("float"):
        with np.errstate(over="ignore"):
            stored = float(np.dtype(name).type(value))
        return math.isnan(value) or stored == value
    limits = np.iinfo(name)
    return not math.isnan(value) and value == int(value) and limits.min <= value <= limits.max


def min_dtype(values):
    """Return the name of the first type that holds every value exactly."""
    whole = all(not math.isnan(value) and value == int(value) for value in values)
    for name in INTEGERS if whole else FLOATS:
        if all(holds(name, value) for value in values):
            return name
    raise ValueError("no type holds all of these values")


def _dtype_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[0, 255]]}
    yield {"args": [[-1, 255]]}
    yield {"args": [[-128, 127]]}
    yield {"args": [[1.0, 300.0]]}
    yield {"args": [[1.0, math.nan, 5.0]]}
    yield {"args": [[1, 2**53 + 1]]}
    yield {"args": [[0.1, 0.2]]}
    yield {"args": [[0.5, 100_000.0]]}
    yield {"args": [[math.nan, 100_001.0]]}
    yield {"args": [[-1, 2**31]]}
    yield {"args": [[2**63]]}
    yield {"args": [[-1, 2**63 - 1]]}
    yield {"args": [[256]]}
    yield {"args": [[]]}
    for exponent in rng.uniform(1, 60, size=25):
        values = rng.integers(0, int(2**exponent) + 1, size=4)
        sign = -1 if rng.random() < 0.4 else 1
        numbers = [sign * int(value) for value in values]
        if exponent < 50 and rng.random() < 0.3:
            numbers = [*map(float, numbers), math.nan]
        yield {"args": [numbers]}


def _call_dtype(fn, case: Case) -> object:
    result = attempted(fn(*case["args"]))
    try:
        return np.dtype(result).name if result is not None else None
    except TypeError:
        return repr(result)


def _judge_dtype(case: Case, result: object) -> Problem | None:
    (values,) = case["args"]
    expected = min_dtype(values)
    if result == expected:
        return None
    if not values:
        why = "Every type holds all of no values: the first integer type will do."
    elif result not in INTEGERS + FLOATS:
        why = "The answer must be one of INTEGERS or FLOATS."
    elif not all(holds(result, value) for value in values):
        why = "This type does not hold every value exactly."
    elif result in FLOATS and expected in INTEGERS:
        why = "Whole values take an integer type; fractions and missing values need a float."
    elif np.dtype(result).itemsize > np.dtype(expected).itemsize:
        why = "A smaller type holds every value exactly."
    else:
        why = "Of two types of one size, take the one that comes first."
    return Problem(expected, why)


def _numpy_default(values):
    return np.asarray(values).dtype.name


def _signed_only(values):
    fits = (n for n in [*INTEGERS[1::2], *FLOATS] if all(holds(n, v) for v in values))
    return next(fits, "float64")


def _floats_stay_floats(values):
    if any(isinstance(value, float) for value in values):
        return next(n for n in FLOATS if all(holds(n, value) for value in values))
    return min_dtype(values)


def _range_only(values):
    finite = [value for value in values if not math.isnan(value)]
    return min_dtype([int(value) for value in finite])


EXERCISES = (
    Exercise(
        id="3.2-e1",
        name="bytes_read",
        reference=bytes_read,
        cases=_bytes_cases,
        judge=_judge_bytes,
        hints=(
            "A Parquet file is a list of row groups, and each holds one chunk a column. A reader "
            "opens only the chunks it needs.",
            "Loop over the row groups kept, then over their paths; add a size if a wanted column "
            "covers its path.",
            'path == name or path.startswith(name + ".") tells whether a column covers a path.',
        ),
        wrong=(
            Wrong("nested columns are unknown", _exact_names_only, "fetches its leaves"),
            Wrong("any prefix will do", _any_prefix, 'not "orders"'),
            Wrong("an empty list means all", _every_group, "opens none"),
            Wrong("each name pays", _counted_twice, "fetched once"),
        ),
        note="It counts data only: the footer, which every reader needs, comes on top.",
    ),
    Exercise(
        id="3.2-e2",
        name="record_offsets",
        reference=record_offsets,
        cases=_offset_cases,
        judge=_judge_offsets,
        call=_call_offsets,
        show=_show_offsets,
        hints=(
            "A record ends at a line end, unless that line end stands inside quotes.",
            "Walk over the bytes and keep one flag: are we inside quotes? Each quote flips it; a "
            "doubled quote flips it twice.",
            "At a line end outside quotes: append the start, then start = position + 1. At the "
            "end, append the start if data is left.",
        ),
        wrong=(
            Wrong("every line end counts", _every_line_end, "inside quotes"),
            Wrong("one record too many", _one_too_many, "nothing follows it"),
            Wrong("characters, not bytes", _in_characters, "count bytes"),
            Wrong("the first is forgotten", _ends_only, "begins at 0"),
        ),
        note="mlsdlib.formats.record_offsets does the same with arrays, and checks the quotes.",
    ),
    Exercise(
        id="3.2-e3",
        name="min_dtype",
        reference=min_dtype,
        cases=_dtype_cases,
        judge=_judge_dtype,
        call=_call_dtype,
        hints=(
            "A type is enough if every value comes back unchanged. Try them from the smallest on.",
            "Write holds(name, value) first: for integers compare with np.iinfo(name), for floats "
            "convert there and back.",
            "Take INTEGERS if every value is whole, else FLOATS; return the first name for which "
            "all(holds(name, value) for value in values).",
        ),
        wrong=(
            Wrong("numpy's default", _numpy_default, "A smaller type"),
            Wrong("signed types only", _signed_only, "A smaller type"),
            Wrong("floats stay floats", _floats_stay_floats, "Whole values take"),
            Wrong("fractions and gaps ignored", _range_only, "hold every value exactly"),
        ),
        note="mlsdlib.formats.min_dtype does it for arrays, without a loop over values.",
        equivalent={
            "holds: `np.errstate(over='ignore')` -> `np.errstate()`": "it silences a warning only"
        },
    ),
)
