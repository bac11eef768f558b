"""A small program about cancelled bookings, mistakes to plant in it, and tests to find them.

What is mutated here is a source, so that a mistake is a change of text, as it is in life.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd

from mlsdlib.checks import whole

__all__ = ["MUTANTS", "SOURCE", "data", "draw", "fails", "lint", "measured", "program", "unit"]

SOURCE = """
import numpy as np
from sklearn.linear_model import LogisticRegression
COLUMNS = ["lead_time", "adr", "children", "previous_cancellations", "total_of_special_requests"]
def split(table, share=0.3):
    table = table.drop_duplicates()
    table = table.sort_values("arrival", kind="stable")
    cut = len(table) - int(len(table) * share)
    return table.iloc[:cut], table.iloc[cut:]
def features(table, middle):
    filled = table[COLUMNS].fillna(middle)
    return np.log1p(filled.clip(lower=0).to_numpy(float))
def train(table):
    middle = table[COLUMNS].median()
    model = LogisticRegression(C=1.0)
    return model.fit(features(table, middle), table["is_canceled"]), middle
def score(model, middle, table):
    said = model.predict(features(table, middle))
    return float(np.mean(said == table["is_canceled"]))
def evaluate(table):
    old, new = split(table)
    return score(*train(old), new)
"""
"""Trains on earlier arrivals, and tests on later ones."""

_TRUTH = 'table["is_canceled"]'
MUTANTS = {  # name: what it is, what stood there, what stands there now
    "misspelt name": ("bug", "table.iloc[cut:]", "tabel.iloc[cut:]"),
    "one row lost": ("bug", "iloc[cut:]", "iloc[cut + 1 :]"),
    "part too small": ("bug", "share=0.3", "share=0.03"),
    "labels swapped": ("bug", f"middle), {_TRUTH})", f"middle), 1 - {_TRUTH})"),
    "labels one row off": ("bug", f"middle), {_TRUTH})", f"middle), np.roll({_TRUTH}, 1))"),
    "gaps are zero": ("bug", "fillna(middle)", "fillna(0)"),
    "log of zero": ("bug", "np.log1p", "np.log"),
    "negative prices stay": ("bug", ".clip(lower=0)", ""),
    "far too stiff": ("bug", "C=1.0", "C=1e-6"),
    "labels with labels": ("bug", "np.mean(said ==", f"np.mean({_TRUTH} =="),
    "one row in both parts": ("leak", "iloc[cut:]", "iloc[cut - 1 :]"),
    "tested on all rows": ("leak", "table.iloc[cut:]", "table"),
    "trained on all rows": ("leak", "train(old)", "train(table)"),
    "score of the training": ("leak", "train(old), new", "train(old), old"),
    "column of the outcome": ("leak", '"adr"', '"adr", "closed"'),
    "duplicates stay": ("leak", "table.drop_duplicates()", "table.copy()"),
    "parts by lead time": ("leak", 'sort_values("arrival", ', 'sort_values("lead_time", '),
    "median of the test": ("leak", "said = ", "middle = table[COLUMNS].median(); said = "),
    "columns in another order": ("same", "table[COLUMNS].fillna", "table[COLUMNS[::-1]].fillna"),
    "truth == answer": ("same", f"said == {_TRUTH}", f"{_TRUTH} == said"),
}  # fmt: skip
"""Name to: bug, leak or same (equivalent), what stood there, what stands there now."""

_KNOWN = {"lead_time", "adr", "children", "previous_cancellations", "total_of_special_requests"}


def lint(source: str) -> None:
    """Raise if a name does not exist, or a value is not used; nothing is run."""
    tree = ast.parse(source)
    kinds = (ast.Name, ast.FunctionDef, ast.arg, ast.alias)
    names, functions, arguments, aliases = (
        [n for n in ast.walk(tree) if isinstance(n, kind)] for kind in kinds
    )
    known = {*dir(builtins), *(f.name for f in functions), *(a.arg for a in arguments)}
    known |= {(a.asname or a.name) for a in aliases}
    known |= {n.id for n in names if isinstance(n.ctx, ast.Store)}
    assert known.issuperset(n.id for n in names), "a name that does not exist"
    for f in functions:
        inside = [n for n in ast.walk(f) if isinstance(n, ast.Name)]
        used = {n.id for n in inside if isinstance(n.ctx, ast.Load)}
        assert used.issuperset(n.id for n in inside), "a value that nobody uses"


odd = np.arange(11) % 2
_TOY = pd.DataFrame({
    "arrival": [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0], "is_canceled": [*(1 - odd[:10]), 0],
    "lead_time": [90, 1, 80, 2, 85, 0, 70, 3, 95, 1, 1], "previous_cancellations": 0,
    "adr": [50, 60, -5, 70, 55, 65, 0, 75, 80, 85, 85], "closed": 0,
    "children": [0, np.nan, 1, 0, 0, 2, 0, 0, 1, 0, 0],
    "total_of_special_requests": [*odd[:10], 1]})  # fmt: skip


def unit(p: SimpleNamespace) -> None:
    """Raise unless each function does on eleven rows what it should."""
    old, new = p.split(_TOY)  # the last two rows are the same
    assert (len(old), len(new)) == (7, 3)
    assert old["arrival"].max() < new["arrival"].min()
    middle = _TOY[p.COLUMNS].median() * 0 + 3
    X = p.features(_TOY, middle)
    assert X.shape == (11, 5)
    assert np.isfinite(X).all()
    assert np.isclose(X[1, 2], np.log(4))
    assert X[2, 1] == 0
    assert p.score(*p.train(_TOY), _TOY) == 1
    seen = []
    always = SimpleNamespace(predict=lambda X: seen.append(X) or np.ones(len(X)))
    assert p.score(always, middle, _TOY.iloc[1:2]) == 0
    assert np.isclose(seen[0][0, 2], np.log(4))


def data(p: SimpleNamespace, table: pd.DataFrame) -> None:
    """Raise unless the two parts of a table are what may be trained and tested on."""
    old, new = p.split(table)
    assert not set(old.index) & set(new.index), "rows in both parts"
    assert not old.duplicated().any()
    assert old["arrival"].max() <= new["arrival"].min()
    assert _KNOWN.issuperset(p.COLUMNS), "a column that is not known at the time of booking"
    assert 0.2 < len(new) / len(table) < 0.4
    assert 0.2 < old["is_canceled"].mean() < 0.6
    assert np.isfinite(p.features(table, old[p.COLUMNS].median())).all()


def fails(test: Callable, *arguments: object) -> bool:
    """Return whether a test raises anything."""
    try:
        with np.errstate(all="ignore"):
            test(*arguments)
    except Exception:
        return True
    return False


def program(source: str) -> SimpleNamespace:
    """Return the functions of a source, as a module would hold them."""
    space = {}
    exec(source, space)
    return SimpleNamespace(**space)


def measured(p: SimpleNamespace, table: pd.DataFrame) -> float:
    """Return its accuracy, or NaN if it breaks."""
    try:
        with np.errstate(all="ignore"):
            return p.evaluate(table)
    except Exception:
        return np.nan


def draw(samples: int, rows: int, *, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Return samples of real bookings; none is in two of them.

    `adr` is the price of a night. `closed`, which is not known beforehand, is the number of days
    from the arrival to the last change of the booking.
    """
    from mlsdlib import datasets

    whole("samples", samples)
    whole("rows", rows)
    hotel = datasets.load_hotel_bookings()
    if samples * rows > len(hotel):
        raise ValueError(
            f"samples times rows must be at most {len(hotel)}, got {samples} times {rows}"
        )
    hotel = hotel.iloc[rng.permutation(len(hotel))[: samples * rows]]
    year, month, day = (hotel[f"arrival_date_{part}"].astype(str)
                        for part in ("year", "month", "day_of_month"))  # fmt: skip
    when = year + " " + month + " " + day
    arrival = pd.to_datetime(when, format="%Y %B %d")
    closed = pd.to_datetime(hotel["reservation_status_date"]) - arrival
    table = hotel[["is_canceled", *sorted(_KNOWN)]].astype(float)
    table = table.assign(arrival=(arrival - arrival.min()).dt.days, closed=closed.dt.days)
    table = table.reset_index(drop=True)
    return [table.iloc[k : k + rows] for k in range(0, len(table), rows)]
