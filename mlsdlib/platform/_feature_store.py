"""Features that are computed once, found by name, and the same for training and for serving."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mlsdlib.files import write_text
from mlsdlib.platform._asof import clock, point_in_time_join
from mlsdlib.platform._keys import check_name

if TYPE_CHECKING:
    import pandas as pd

ASKED = "event_timestamp"
"""The column with the time of a question, as Feast calls it."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What features are of: a customer, or a pair of customer and product.

    Parameters
    ----------
    name : str
    join_keys : tuple of str
        The columns that tell one from another.
    """

    name: str
    join_keys: tuple[str, ...]

    def __post_init__(self) -> None:
        check_name("name", self.name)
        if isinstance(self.join_keys, str) or not self.join_keys:
            raise TypeError(f"join_keys must be a sequence of names, got {self.join_keys!r}")
        object.__setattr__(self, "join_keys", tuple(self.join_keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureView:
    """Features that come together, from one table.

    Parameters
    ----------
    name : str
    entity : str
        The name of an `Entity`.
    features : tuple of str
        Columns of numbers, truth values or text.
    timestamp_field : str
        When a row happened.
    created_timestamp_column : str, optional
        When it arrived. Unlike Feast's, whose column only breaks ties, a row is not used before.
    ttl : timedelta, optional
        For how long after it happened a row may be used.
    definition : str
        How the features are computed, in words or as a query, for those who look for some.
    owner : str
        Whom to ask.
    """

    name: str
    entity: str
    features: tuple[str, ...]
    timestamp_field: str = "event_timestamp"
    created_timestamp_column: str | None = None
    ttl: timedelta | None = None
    definition: str = ""
    owner: str = ""

    def __post_init__(self) -> None:
        check_name("name", self.name)
        if isinstance(self.features, str) or not self.features:
            raise TypeError(f"features must be a sequence of names, got {self.features!r}")
        if self.ttl is not None and not isinstance(self.ttl, timedelta):
            raise TypeError(f"ttl must be a timedelta, got {self.ttl!r}")
        object.__setattr__(self, "features", tuple(self.features))

    @property
    def times(self) -> list[str]:
        """The columns of times."""
        return [name for name in (self.timestamp_field, self.created_timestamp_column) if name]


class FeatureStore:
    """Features in a folder: all of the past in Parquet, the newest of each key in SQLite.

    The nouns are Feast's. Offline, `get_historical_features` answers each question with what was
    known at its time. `materialize` copies what is known at some time to the online store, from
    which `get_online_features` reads a few keys quickly. At the time of the copy the two agree.

    Files are written to the side and renamed, and the online store is changed in a transaction:
    whoever reads sees the old or the new. One program at a time may write.

    Parameters
    ----------
    folder : path
        It is made if it is not there.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = FeatureStore(folder.name)
    >>> store.apply(Entity("customer", ["customer_id"]),
    ...             FeatureView(name="tickets", entity="customer", features=["n"]))
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-05"])
    >>> store.write_to_offline_store("tickets", pd.DataFrame(
    ...     {"customer_id": [7, 7], "event_timestamp": days, "n": [1, 4]}))
    >>> asked = pd.DataFrame(
    ...     {"customer_id": [7], "event_timestamp": pd.to_datetime(["2024-01-03"])})
    >>> store.get_historical_features(asked, ["tickets:n"])["n"].tolist()
    [1]
    >>> store.materialize(days[1])
    1
    >>> store.get_online_features(["tickets:n"], [{"customer_id": 7}], now=days[1])
    {'customer_id': [7], 'n': [4]}
    >>> folder.cleanup()
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        (self.folder / "offline").mkdir(parents=True, exist_ok=True)

    def apply(self, *objects: Entity | FeatureView) -> None:
        """Register entities and views; what is registered already must be the same.

        Raises
        ------
        TypeError, ValueError
            If it is neither, a name stands for something else already, or the entity of a view is
            not known.
        """
        entities, views = self._registry()
        for thing in objects:
            if not isinstance(thing, Entity | FeatureView):
                raise TypeError(f"objects must be entities or views, got {type(thing).__name__}")
            known = entities if isinstance(thing, Entity) else views
            if known.setdefault(thing.name, thing) != thing:
                raise ValueError(
                    f"{thing.name!r} is registered with another definition: a model may depend on "
                    "it, so give the new one another name"
                )
            if isinstance(thing, FeatureView) and thing.entity not in entities:
                raise ValueError(f"entity of view {thing.name!r} is not known: {thing.entity!r}")
        content = {
            "entities": [asdict(entity) for entity in entities.values()],
            "views": [asdict(view) | {"ttl": _seconds(view.ttl)} for view in views.values()],
        }
        write_text(self.folder / "registry.json", json.dumps(content, indent=1))

    def list_feature_views(self) -> list[FeatureView]:
        """Return the views that there are, in the order in which they came."""
        return list(self._registry()[1].values())

    def write_to_offline_store(self, view: str, rows: pd.DataFrame) -> None:
        """Add rows to the past of a view.

        Raises
        ------
        KeyError, TypeError, ValueError
            If there is no such view, or a column is missing, or holds what it must not.
        """
        found = self._view(view)
        columns = [*self._keys(found), *found.times, *found.features]
        if gone := [name for name in columns if name not in rows.columns]:
            raise KeyError(f"rows of view {view!r} must have the column {gone[0]!r}")
        for name in found.times:
            if not clock(name, rows[name])[1]:
                raise TypeError(f"{name} must hold datetimes, got dtype {rows[name].dtype}")
        for name in found.features:
            if rows[name].dtype.kind not in "biufOU" and str(rows[name].dtype) != "str":
                raise TypeError(f"{name} must hold numbers or text, got dtype {rows[name].dtype}")
        place = self.folder / "offline" / view
        place.mkdir(exist_ok=True)
        side = place / ".part"
        rows[columns].to_parquet(side, index=False)
        side.replace(place / f"{len(list(place.glob('*.parquet'))):06}.parquet")

    def get_historical_features(
        self, entity_df: pd.DataFrame, features: Sequence[str]
    ) -> pd.DataFrame:
        """Return `entity_df` with features as they were known at each row's time.

        Parameters
        ----------
        entity_df : DataFrame
            Keys, and the column ``event_timestamp``.
        features : sequence of str
            As ``"view:feature"``.

        Raises
        ------
        KeyError, TypeError, ValueError
            If there is no such feature, or as `point_in_time_join`.
        """
        answer = entity_df
        for view, names in self._asked(features).items():
            answer = self._join(answer, view, names)
        return answer

    def materialize(self, end: datetime) -> int:
        """Return how many keys the online store holds, after it is what is known at `end`.

        It is made anew, so that rows that came late are in it, whenever they happened.
        """
        import pandas as pd

        total = 0
        with closing(sqlite3.connect(self.folder / "online.sqlite")) as base, base:
            base.execute("CREATE TABLE IF NOT EXISTS online (view TEXT, key TEXT, happened INTEGER,"
                         " features TEXT, PRIMARY KEY (view, key)) WITHOUT ROWID")  # fmt: skip
            base.execute("DELETE FROM online")
            for view in self.list_feature_views():
                keys, rows = self._keys(view), self._read(view, list(view.features))
                for name in view.times:
                    rows = rows[clock(name, rows[name])[0] <= _moment(end).value]
                rows["_happened"] = clock(view.timestamp_field, rows[view.timestamp_field])[0]
                asked = rows[keys].drop_duplicates().assign(_now=_moment(end))
                # However old: `ttl` is asked for when it is read.
                newest = _known(asked, rows, replace(view, ttl=None), keys, "_now")
                answers = newest[list(view.features)].astype(object)
                told = answers.where(pd.notna(answers), None).to_numpy().tolist()
                total += len(newest)
                base.executemany("INSERT INTO online VALUES (?, ?, ?, ?)", [
                    (view.name, _key(key), int(happened), json.dumps(values, default=_plain))
                    for key, happened, values in zip(
                        newest[keys].to_numpy().tolist(), newest["_happened"], told, strict=True)
                ])  # fmt: skip
        return total

    def get_online_features(
        self,
        features: Sequence[str],
        entity_rows: Sequence[Mapping[str, object]],
        *,
        now: datetime,
    ) -> dict[str, list]:
        """Return the columns of keys and features as they were last copied; None if unknown.

        Parameters
        ----------
        features : sequence of str
            As ``"view:feature"``.
        entity_rows : sequence of mappings
            The keys of each.
        now : datetime
            What is older than a view's `ttl` is not used.

        Raises
        ------
        KeyError, FileNotFoundError
            If there is no such feature or key, or nothing has been materialized.
        """
        if not (self.folder / "online.sqlite").exists():
            raise FileNotFoundError("the online store is empty: materialize first")
        names = list(dict.fromkeys(name for row in entity_rows for name in row))
        answer: dict[str, list] = {name: [row[name] for row in entity_rows] for name in names}
        moment = _moment(now).value
        with closing(sqlite3.connect(self.folder / "online.sqlite")) as base:
            for view, wanted in self._asked(features).items():
                oldest = moment - _seconds(view.ttl) * 10**9 if view.ttl else -(2**63)
                places = [view.features.index(name) for name in wanted]
                keys = self._keys(view)
                answer.update({name: [] for name in wanted})
                for row in entity_rows:
                    key = _key([row[name] for name in keys])
                    found = base.execute(
                        "SELECT features FROM online WHERE view = ? AND key = ? AND happened >= ?",
                        (view.name, key, int(oldest)),
                    ).fetchone()
                    values = json.loads(found[0]) if found else [None] * len(view.features)
                    for name, place in zip(wanted, places, strict=True):
                        answer[name].append(values[place])
        return answer

    def _join(self, entity_df: pd.DataFrame, view: FeatureView, names: list[str]) -> pd.DataFrame:
        return _known(entity_df, self._read(view, names), view, self._keys(view), ASKED)

    def _read(self, view: FeatureView, names: list[str]) -> pd.DataFrame:
        import pyarrow as pa
        import pyarrow.parquet as pq

        files = sorted((self.folder / "offline" / view.name).glob("*.parquet"))
        if not files:
            raise FileNotFoundError(f"view {view.name!r} has no rows: write some first")
        columns = [*self._keys(view), *view.times, *names]
        parts = [pq.read_table(file, columns=columns) for file in files]
        return pa.concat_tables(parts, promote_options="permissive").to_pandas()

    def _asked(self, features: Sequence[str]) -> dict[FeatureView, list[str]]:
        """Return the features asked for, by view."""
        found: dict[FeatureView, list[str]] = {}
        for feature in features:
            name, _, column = feature.partition(":")
            view = self._view(name)
            if column not in view.features:
                raise KeyError(f"view {name!r} has no feature {column!r}, only {view.features}")
            found.setdefault(view, []).append(column)
        return found

    def _view(self, name: str) -> FeatureView:
        views = self._registry()[1]
        if name not in views:
            raise KeyError(f"no view {name!r}: there are {', '.join(views) or 'none'}")
        return views[name]

    def _keys(self, view: FeatureView) -> list[str]:
        return list(self._registry()[0][view.entity].join_keys)

    def _registry(self) -> tuple[dict[str, Entity], dict[str, FeatureView]]:
        file = self.folder / "registry.json"
        if not file.exists():
            return {}, {}
        content = json.loads(file.read_text(encoding="utf-8"))
        entities = [Entity(**entity) for entity in content["entities"]]
        views = [
            FeatureView(**view | {"ttl": view["ttl"] and timedelta(seconds=view["ttl"])})
            for view in content["views"]
        ]
        return {e.name: e for e in entities}, {v.name: v for v in views}


def _known(
    asked: pd.DataFrame, rows: pd.DataFrame, view: FeatureView, keys: list[str], on: str
) -> pd.DataFrame:
    """Return the questions with what was known; the view's columns of times are not told."""
    event, created = view.timestamp_field, view.created_timestamp_column
    return point_in_time_join(asked, rows, by=keys, on=on, event=event, available=created,
                              ttl=view.ttl)  # fmt: skip


def _moment(time: datetime) -> pd.Timestamp:
    import pandas as pd

    time = pd.Timestamp(time).as_unit("ns")
    return time.tz_localize("UTC") if time.tzinfo is None else time.tz_convert("UTC")


def _seconds(ttl: timedelta | None) -> float | None:
    return None if ttl is None else ttl.total_seconds()


def _key(values: Sequence[object]) -> str:
    return json.dumps(list(values), default=_plain)


def _plain(value: object) -> object:
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a feature or key must be a number, a truth value or text, got {value!r}")
