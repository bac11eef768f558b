"""Sweeps: one tidy table of claims over parameters, and a figure for each claim.

`mlsd sweep` writes them; a notebook may show one that was written::

    from mlsdlib.course import show, sweep

    swept = sweep.load("3.2-n_rows-seed")
    show(swept.figure("3.2-1"), alt=swept.alt("3.2-1"))
"""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlsdlib.course import paths
from mlsdlib.course.claim import VERDICTS
from mlsdlib.course.store import Store
from mlsdlib.course.sweep_figure import describe, draw
from mlsdlib.course.sweep_panel import Panel
from mlsdlib.course.sweep_table import COLUMNS, check_columns, from_csv, tidy
from mlsdlib.files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Sweep", "load", "name_of", "publish", "summary", "tidy", "write"]

PUBLISHED = Path(__file__).with_name("sweeps")
"""Tables that notebooks show, each made with ``mlsd sweep --publish``."""
_TABLES = ("claims.parquet", "claims.csv")


@dataclass(frozen=True, eq=False)
class Sweep:
    """The claims of a grid of runs.

    Parameters
    ----------
    frame : DataFrame
        One row a claim, as `tidy` makes it.

    Raises
    ------
    ValueError
        If the frame lacks one of the columns that every sweep has.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"section": "3.2a", "claim": "3.2-1", "value": 7.0, "low": 6.0, "high": 8.0}
    >>> row |= {"unit": "times", "threshold": "above 5", "text": "It pays", "error": ""}
    >>> few, many = {"n_rows": 100, "verdict": "fails"}, {"n_rows": 9_000, "verdict": "holds"}
    >>> swept = Sweep(pd.DataFrame([row | few, row | many]).assign(seconds=1.0))
    >>> swept.finding("3.2-1")
    '3.2-1 holds for n_rows = 9,000, fails for 100'
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        check_columns(self.frame.columns)

    @property
    def claims(self) -> list[str]:
        """The ids of the claims, in order."""
        return list(self.frame["claim"].dropna().unique())

    @property
    def parameters(self) -> list[str]:
        """The columns that hold parameters, in order."""
        return [name for name in self.frame.columns if name not in COLUMNS]

    def figure(self, claim: str, *, over: str | None = None) -> Figure:
        """Return the figure of a claim: value and interval over a parameter, threshold, verdicts.

        Parameters
        ----------
        claim : str
            The claim's number.
        over : str, optional
            The parameter on the x axis; by default the first one but `seed` that varies. Others
            that vary make lines of their own, seeds stand side by side.

        Raises
        ------
        ValueError
            If the sweep has no such claim, or the claim no such parameter.
        """
        return draw(self._panel(claim, over))

    def alt(self, claim: str, *, over: str | None = None) -> str:
        """Return the alt text of a figure: without measured numbers, its finding included."""
        return describe(self._panel(claim, over))

    def finding(self, claim: str, *, over: str | None = None) -> str:
        """Return where a claim holds and where not, in words: the figure's title."""
        return self._panel(claim, over).finding

    def _panel(self, claim: str, over: str | None = None) -> Panel:
        if claim not in self.claims:
            listed = ", ".join(self.claims) or "none"
            raise ValueError(f"claim must be one of this sweep ({listed}), got {claim!r}")
        return Panel.of(self.frame[self.frame["claim"] == claim], self.parameters, over)


def write(sweep: Sweep, store: Store) -> list[str]:
    """Put the table, as Parquet and CSV, and a figure for each claim into a store.

    Returns
    -------
    list of str
        Their full paths or URLs.
    """
    from matplotlib import pyplot

    store.put(_TABLES[0], sweep.frame.to_parquet(index=False))
    store.put(_TABLES[1], sweep.frame.to_csv(index=False, lineterminator="\n").encode())
    names = list(_TABLES)
    for claim in sweep.claims:
        fig, image = sweep.figure(claim), io.BytesIO()
        fig.savefig(image, format="png", bbox_inches="tight", metadata={"Software": None})
        pyplot.close(fig)
        names.append(f"figures/{claim}.png")
        store.put(names[-1], image.getvalue())
    return [store.url(name) for name in names]


def load(place: str | Path) -> Sweep:
    """Return a sweep that was written.

    Parameters
    ----------
    place : str or Path
        A folder, a URL that fsspec knows, a ``.parquet`` or ``.csv`` file at either, or the bare
        name of a folder in the course's `runs/`; ``published/`` and a name for a table that comes
        with the course.

    Raises
    ------
    FileNotFoundError
        If there is no sweep; the message says where it was looked for.
    ValueError
        If what is there is not the table of a sweep.
    """
    tried = []
    for folder, names in _places(str(place)):
        store = Store(folder)
        for name in names:
            tried.append(store.url(name))
            data = store.get(name)
            if data is not None:
                return _read(data, tried[-1])
    raise FileNotFoundError(f"no sweep at {place}, looked for {', '.join(tried)}")


def publish(sweep: Sweep, name: str) -> str:
    """Keep a sweep's table in the package, so that a notebook can show it; return its path.

    A notebook loads it as ``load("published/" + name)``.

    Raises
    ------
    ValueError
        If the name would not do as a file's name.
    """
    if name != name_of([name], {}):
        raise ValueError(f"name may hold letters, digits and _.-, got {name!r}")
    file = PUBLISHED / f"{name}.csv"
    write_text(file, sweep.frame.to_csv(index=False, lineterminator="\n"))
    return str(file)


def summary(frame: pd.DataFrame) -> str:
    """Return a line a claim: how often which verdict came out, and where it changes."""
    sweep = Sweep(frame)
    rows = []
    for claim in sweep.claims:
        found = Counter(frame.loc[frame["claim"] == claim, "verdict"])
        counts = ", ".join(f"{found[verdict]} {verdict}" for verdict in VERDICTS if found[verdict])
        rows.append((claim, counts, sweep.finding(claim).removeprefix(f"{claim} ")))
    wide = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    lines = [f"{claim:<{wide[0]}}  {counts:<{wide[1]}}  {words}" for claim, counts, words in rows]
    failed = int(frame["claim"].isna().sum())
    return "\n".join([*lines, *([f"notebooks that failed: {failed}"] if failed else [])])


def name_of(sections: Iterable[str], parameters: Iterable[str]) -> str:
    """Return the name of a sweep's folder: what is swept over which parameters.

    Examples
    --------
    >>> name_of(["3.2"], {"n_rows": "100,10000", "seed": "0:5"})
    '3.2-n_rows-seed'
    """
    return re.sub(r"[^A-Za-z0-9_.-]", "_", "-".join([*sections, *parameters]))


def _places(place: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield where a sweep may be: a folder, and the files in it."""
    file = place.endswith((".parquet", ".csv"))
    if "://" in place:
        folder, _, name = place.rpartition("/")
        yield (folder, (name,)) if file else (place, _TABLES)
        return
    if place.startswith("published/"):
        yield str(PUBLISHED), (f"{place.removeprefix('published/')}.csv",)
        return
    path = Path(place)
    if not file and path.is_file():
        raise ValueError(f"place must be a folder, a .parquet or a .csv file, got {place}")
    yield (str(path.parent), (path.name,)) if file else (place, _TABLES)
    if not file and len(path.parts) == 1:
        yield str(paths.root() / "runs" / place), _TABLES


def _read(data: bytes, url: str) -> Sweep:
    import pandas as pd

    try:
        if url.endswith(".parquet"):
            return Sweep(pd.read_parquet(io.BytesIO(data)))
        return Sweep(from_csv(data))
    except ValueError as err:  # what pandas and pyarrow raise of a file that is none of theirs
        raise ValueError(f"{url} is not the table of a sweep: {err}") from err
