"""Exercise 3.1-e3: how small is the smallest crowd somebody hides in?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number

__all__ = ["EXERCISE"]


def k_anonymity(rows, quasi):
    """Return the size of the smallest group of rows that agree in all columns of quasi."""
    sizes = Counter(tuple(row[column] for column in quasi) for row in rows)
    return min(sizes.values(), default=0)


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def rows(*triples):
        return [{"age": age, "town": town, "film": film} for age, town, film in triples]

    same = rows((30, "A", "x"), (30, "A", "y"), (30, "A", "z"))
    two = rows((30, "A", "x"), (30, "A", "y"), (40, "B", "x"), (40, "B", "y"), (40, "B", "z"))
    crossed = rows((30, "A", "x"), (30, "B", "x"), (40, "A", "x"), (40, "B", "x"))
    unknown = rows((None, "A", "x"), (None, "A", "y"), (30, "A", "z"), (30, "A", "w"))
    alone = rows((30, "A", "x"), (30, "A", "y"), (None, "A", "z"))
    binned = rows(
        ("30-39", "A", "x"), ("30-39", "A", "y"), ("40-49", "A", "z"), ("40-49", "A", "z")
    )
    yield {"args": [same, ["age", "town"]]}
    yield {"args": [two, ["age", "town"]]}
    yield {"args": [two, ["age", "town", "film"]]}
    yield {"args": [crossed, ["age", "town"]]}
    yield {"args": [unknown, ["age", "town"]]}
    yield {"args": [alone, ["age", "town"]]}
    yield {"args": [binned, ["age"]]}
    yield {"args": [same, []]}
    yield {"args": [[], ["age"]]}
    for _ in range(20):
        n = int(rng.integers(4, 30))
        ages = rng.choice([20, 30, 40, None], n).tolist()
        towns = rng.choice(["A", "B"], n).tolist()
        films = rng.choice(["x", "y"], n).tolist()
        quasi = ["age", "town", "film"][: int(rng.integers(1, 4))]
        yield {"args": [rows(*zip(ages, towns, films, strict=True)), quasi]}


def _judge(case: Case, result: object) -> Problem | None:
    rows, quasi = case["args"]
    expected = k_anonymity(rows, quasi)
    if same_number(result, expected):
        return None
    if not rows:
        why = "Without rows there is no group: the answer is 0."
    elif not quasi:
        why = "Who knows nothing cannot tell the rows apart: they are one group."
    elif any(row[column] is None for row in rows for column in quasi):
        why = "Rows with an unknown value are people too: those that agree form a group."
    elif len(quasi) > 1:
        why = "The columns work together: group by all of them at once, and take the smallest."
    else:
        why = "Count the rows in each group, and take the smallest count."
    return Problem(expected, why)


def _unknown_left_out(rows, quasi):
    known = [row for row in rows if all(row[column] is not None for column in quasi)]
    return k_anonymity(known, quasi)


def _column_by_column(rows, quasi):
    return min((k_anonymity(rows, [column]) for column in quasi), default=len(rows))


def _mean_group(rows, quasi):
    groups = {tuple(row[column] for column in quasi) for row in rows}
    return len(rows) / len(groups) if groups else 0


def _number_of_groups(rows, quasi):
    return len({tuple(row[column] for column in quasi) for row in rows})


EXERCISE = Exercise(
    id="3.1-e3",
    name="k_anonymity",
    reference=k_anonymity,
    cases=_cases,
    judge=_judge,
    hints=(
        "Somebody hides among those who look the same to an attacker who knows the columns quasi.",
        "Group the rows by all these columns at once. The person in the smallest group is the one "
        "in danger.",
        "sizes = Counter(tuple(row[c] for c in quasi) for row in rows); the answer is "
        "min(sizes.values(), default=0)",
    ),
    wrong=(
        Wrong("unknown values left out", _unknown_left_out, "people too"),
        Wrong("one column at a time", _column_by_column, "work together"),
        Wrong("the mean group", _mean_group, "smallest"),
        Wrong("the number of groups", _number_of_groups, "smallest"),
    ),
    note="A table with k = 5 may still give a secret away: if all five share the same illness, "
    "nobody needs to know which of them you are. And it protects against the columns you thought "
    "of, no others (Sweeney 2002; Machanavajjhala and others 2007).",
)
