"""Exercise 3.1-e1: check a record that somebody typed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted

__all__ = ["EXERCISE"]

GOOD = {"date": "2013-06-30", "carrier": "UA", "flight": "1545", "delay": "11"}


def validate(record):
    """Return, sorted, the names of the fields of a delay report that are not valid."""
    patterns = {
        "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "carrier": "[A-Z0-9]{2}",
        "flight": "[0-9]{1,4}",
        "delay": "-?[0-9]{1,4}",
    }
    wrong = set()
    for field, pattern in patterns.items():
        text = record.get(field)
        if not isinstance(text, str) or not re.fullmatch(pattern, text):
            wrong.add(field)
    if "date" not in wrong:
        try:
            datetime.date.fromisoformat(record["date"])
        except ValueError:
            wrong.add("date")
    if "delay" not in wrong and not -120 <= int(record["delay"]) <= 1800:
        wrong.add("delay")
    return sorted(wrong)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def record(**changed):
        return {"args": [{**GOOD, **changed}]}

    yield record()
    yield record(delay="late")
    yield record(delay="NaN")
    yield record(delay="1e2")
    yield record(delay=True)
    yield record(delay="\u0661\u0662")  # twelve, in Arabic digits: int() takes it
    yield record(delay=" 12")
    yield record(delay="1_0")
    yield record(delay="")
    yield record(date="2013-02-30")
    yield record(date="13/03/2013")
    yield record(date="20130313")
    yield record(date="2012-02-29")
    yield record(carrier="\ufeffUA")
    yield record(carrier="ua")
    yield record(carrier="9E")
    yield record(carrier="NA")
    yield record(flight="0017")
    yield record(flight="15450")
    yield record(flight="-17")
    yield record(flight="17\n")
    yield record(delay="-120")
    yield record(delay="-121")
    yield record(delay="1800")
    yield record(delay="1801")
    yield record(delay="0")
    yield {"args": [{name: GOOD[name] for name in ("date", "flight")}]}
    yield {"args": [{}]}
    spoiled = {"date": "2013-13-01", "carrier": "U A", "flight": "15a", "delay": "2000"}
    for _ in range(20):
        chosen = {name: spoiled[name] for name in spoiled if rng.random() < 0.4}
        yield record(**chosen)


def _call(fn, case: Case) -> object:
    result = attempted(fn(*case["args"]))
    return list(result) if isinstance(result, (list, tuple, set)) else result


_WHY = {
    "date": "A date reads YYYY-MM-DD and must exist: 2012-02-29 does, 2013-02-30 does not.",
    "carrier": "A carrier is two of the letters A to Z and the digits 0 to 9, nothing else, not "
    "even a mark that you cannot see. NA is one of them.",
    "flight": "A flight is one to four of the digits 0 to 9; leading zeros are fine.",
    "delay": "A delay is text: whole minutes in the digits 0 to 9, perhaps with a minus, from "
    "-120 to 1800, both included.",
}


def _judge(case: Case, result: object) -> Problem | None:
    (record,) = case["args"]
    expected = validate(record)
    if result == expected:
        return None
    if not isinstance(result, list):
        return Problem(expected, "The answer must be a list of field names.")
    if sorted(result, key=str) == expected:
        return Problem(expected, "Give the names in sorted order.")
    field = next(iter(sorted(set(map(str, result)) ^ set(expected))), "")
    if field in _WHY and field not in record:
        return Problem(expected, f"A field that is missing is not valid: {field} is.")
    return Problem(expected, _WHY.get(field, "Give each field's name once."))


def _by_conversion(record):
    wrong = []
    for field in ("date", "carrier", "flight", "delay"):
        try:
            text = record[field]
            good = {
                "date": lambda text: bool(datetime.date.fromisoformat(text)),
                "carrier": lambda text: len(text) == 2,
                "flight": lambda text: 0 <= int(text) <= 9999,
                "delay": lambda text: -120 <= int(text) <= 1800,
            }[field](text)
        except (KeyError, ValueError, TypeError):
            good = False
        wrong += [] if good else [field]
    return sorted(wrong)


def _shape_only(record):
    shapes = {"date": r"\d{4}-\d\d-\d\d", "carrier": "[A-Z0-9]{2}", "flight": "[0-9]{1,4}"}
    shapes["delay"] = "-?[0-9]{1,4}"
    return sorted(f for f, s in shapes.items() if not re.fullmatch(s, str(record.get(f, ""))))


def _missing_is_fine(record):
    return [field for field in validate({**GOOD, **record}) if field in record]


def _open_range(record):
    wrong = validate(record)
    return sorted({*wrong, "delay"}) if record.get("delay") in ("-120", "1800") else wrong


def _no_unassigned_carrier(record):
    wrong = validate(record)
    return sorted({*wrong, "carrier"}) if record.get("carrier") == "NA" else wrong


EXERCISE = Exercise(
    id="3.1-e1",
    name="validate",
    reference=validate,
    cases=_cases,
    call=_call,
    judge=_judge,
    hints=(
        "That a value can be converted does not make it valid: int() takes spaces, underscores "
        "and the digits of every script.",
        "Say first what a good text looks like, with re.fullmatch and [0-9]; then check that the "
        "date exists and the delay is possible.",
        "For each field: text = record.get(field); wrong if not isinstance(text, str) or not "
        "re.fullmatch(pattern, text); then datetime.date.fromisoformat(text), and "
        "-120 <= int(text) <= 1800.",
    ),
    wrong=(
        Wrong("conversion as validation", _by_conversion, "A delay is text"),
        Wrong("the shape alone", _shape_only, "A date reads YYYY-MM-DD and must exist"),
        Wrong("a missing field passes", _missing_is_fine, "A field that is missing"),
        Wrong("the ends left out", _open_range, "both included"),
        Wrong("NA read as missing", _no_unassigned_carrier, "NA is one of them"),
    ),
    note="It says which fields are wrong and not why; a form would want a reason a field. And it "
    "trusts each field alone: that flight 1545 did not fly on that day takes a look into a table.",
)
