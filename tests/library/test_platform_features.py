"""What was known at some moment: the join, the feature store, and what Feast answers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.platform import Entity, FeatureStore, FeatureView, point_in_time_join

START = pd.Timestamp("2024-01-01", tz="UTC")
small = st.integers(-3, 9)


def brute_force(questions, rows, ttl):
    """Look at every row for every question."""
    found = []
    for key, time in questions:
        known = [(happened, came, place, value)
                 for place, (k, happened, came, value) in enumerate(rows)
                 if k == key and happened <= time and came <= time]  # fmt: skip
        best = max(known) if known else None
        found.append(best[3] if best and best[0] >= time - ttl else None)
    return found


def join(questions, rows, ttl=None, **options):
    asked = pd.DataFrame(questions, columns=["key", "at"])
    table = pd.DataFrame(rows, columns=["key", "day", "came", "value"])
    options = {"by": "key", "on": "at", "event": "day", "available": "came"} | options
    found = point_in_time_join(asked, table, ttl=ttl, **options)["value"]
    return [None if pd.isna(value) else value for value in found]


# ---- the join


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), small), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 2), small, small, st.integers(0, 99)), min_size=1,
             max_size=12),
    st.integers(0, 6),
)  # fmt: skip
def test_join_is_the_brute_force_loop(questions, rows, ttl):
    expected = brute_force(questions, rows, ttl)
    assert join(questions, rows, ttl) == expected
    floats = [(k, float(day), float(came), value) for k, day, came, value in rows]
    assert join([(k, float(at)) for k, at in questions], floats, ttl) == expected


def test_join_of_datetimes_in_any_unit_and_zone_is_the_join_of_numbers():
    rng = np.random.default_rng(0)
    questions = [(int(k), int(t)) for k, t in rng.integers(0, 40, (200, 2))]
    rows = [(int(k), int(e), int(e + late), int(v)) for k, e, late, v in
            rng.integers(0, 40, (200, 4))]  # fmt: skip
    expected = brute_force(questions, rows, 9)
    asked = pd.DataFrame(questions, columns=["key", "at"])
    table = pd.DataFrame(rows, columns=["key", "day", "came", "value"])
    for unit, zone in (("s", "UTC"), ("us", "Asia/Tokyo"), ("ns", None)):

        def moments(days, unit=unit, zone=zone):
            times = (START + pd.to_timedelta(days, unit="D")).dt.as_unit(unit)
            return times.dt.tz_convert(zone) if zone else times.dt.tz_localize(None)

        found = point_in_time_join(
            asked.assign(at=START + pd.to_timedelta(asked["at"], unit="D")),
            table.assign(day=moments(table["day"]), came=moments(table["came"])),
            by=["key"], on="at", event="day", available="came", ttl=timedelta(days=9),
        )["value"]  # fmt: skip
        assert [None if pd.isna(v) else int(v) for v in found] == expected


def test_join_is_duckdbs_where_nothing_is_late():
    import duckdb

    rng = np.random.default_rng(1)
    asked = pd.DataFrame({"key": rng.integers(0, 9, 2_000), "at": rng.permutation(9_000)[:2_000]})
    rows = pd.DataFrame({"key": rng.integers(0, 9, 2_000), "day": rng.permutation(9_000)[:2_000],
                         "value": rng.normal(size=2_000)})  # fmt: skip
    with duckdb.connect() as base:
        base.register("asked", asked)
        base.register("rows", rows)
        expected = base.sql(
            "SELECT value FROM asked ASOF LEFT JOIN rows "
            'ON asked.key = rows.key AND asked."at" >= rows."day" ORDER BY asked."at"'
        ).df()["value"]
    found = point_in_time_join(asked, rows, by="key", on="at", event="day")
    np.testing.assert_array_equal(found.sort_values("at")["value"], expected)


def test_join_keeps_order_index_and_types():
    asked = pd.DataFrame({"a": ["x", "y"], "b": [1, 1], "at": [5, 5]}, index=[9, 4])
    rows = pd.DataFrame({"a": ["y", "x", "x"], "b": [1, 1, 2], "day": [1, 2, 3],
                         "n": np.array([2**60 + 1, 7, 8]), "text": ["p", "q", "r"]})  # fmt: skip
    found = point_in_time_join(asked, rows, by=["a", "b"], on="at", event="day")
    assert found.index.tolist() == [9, 4]
    assert found["n"].tolist() == [7, 2**60 + 1]
    assert found["text"].tolist() == ["q", "p"]
    assert list(asked.columns) == ["a", "b", "at"]  # the argument is as it was
    empty = point_in_time_join(asked, rows[:0], by=["a", "b"], on="at", event="day")
    assert empty["n"].isna().all()
    assert point_in_time_join(asked[:0], rows, by=["a", "b"], on="at", event="day").shape == (0, 5)


def test_join_with_extreme_times():
    far = 2**62
    assert join([(0, far), (0, -far)], [(0, -far, -far, 1), (0, far, far, 2)]) == [2, 1]


def test_join_refuses():
    asked = pd.DataFrame({"key": [1], "at": [1]})
    rows = pd.DataFrame({"key": [1], "day": [1], "value": [1]})
    options = {"by": "key", "on": "at", "event": "day"}
    with pytest.raises(KeyError, match="entities has no column 'key'"):
        point_in_time_join(asked[["at"]], rows, **options)
    with pytest.raises(KeyError, match="rows has no column 'came'"):
        point_in_time_join(asked, rows, **options, available="came")
    with pytest.raises(ValueError, match="both have the column 'value'"):
        point_in_time_join(asked.assign(value=1), rows, **options)
    with pytest.raises(ValueError, match="day must not hold missing times, got 1"):
        point_in_time_join(asked, rows.assign(day=[float("nan")]), **options)
    with pytest.raises(ValueError, match="at must not hold missing times"):
        point_in_time_join(asked.assign(at=[pd.NaT]), rows, **options)
    with pytest.raises(ValueError, match="key must not hold missing keys"):
        point_in_time_join(asked, rows.assign(key=[None]), **options)
    with pytest.raises(TypeError, match="one kind"):
        point_in_time_join(asked.assign(at=[START]), rows, **options)
    with pytest.raises(TypeError, match="must hold datetimes or numbers"):
        point_in_time_join(asked.assign(at=["now"]), rows, **options)
    with pytest.raises(TypeError, match="ttl must be a number"):
        point_in_time_join(asked, rows, **options, ttl=timedelta(1))
    with pytest.raises(ValueError, match="ttl must be zero or positive"):
        point_in_time_join(asked, rows, **options, ttl=-1)


# ---- the store


def days(numbers):
    return START + pd.to_timedelta(np.asarray(numbers, float), unit="D")


def some_rows(rng, n=60):
    happened = rng.integers(0, 20, n)
    return pd.DataFrame({
        "user": rng.integers(0, 6, n), "shop": rng.choice(["a", "b"], n),
        "event_timestamp": days(happened), "created": days(happened + rng.integers(0, 5, n)),
        "count": rng.integers(0, 50, n), "score": rng.normal(size=n),
        "label": rng.choice(["x", "y"], n), "flag": rng.random(n) < 0.5,
    })  # fmt: skip


def make_store(place, *, ttl=None, created="created"):
    store = FeatureStore(place)
    store.apply(
        Entity("pair", ["user", "shop"]),
        FeatureView(name="stats", entity="pair", features=["count", "score", "label", "flag"],
                    created_timestamp_column=created, ttl=ttl),
    )  # fmt: skip
    return store


ALL = ["stats:count", "stats:score", "stats:label", "stats:flag"]
KEYS = [{"user": user, "shop": shop} for user in range(7) for shop in "ab"]


@pytest.mark.parametrize("ttl", [None, timedelta(days=4)])
@pytest.mark.parametrize("created", ["created", None])
def test_online_is_offline_at_the_same_instant(tmp_path, ttl, created):
    rng = np.random.default_rng(2)
    store = make_store(tmp_path, ttl=ttl, created=created)
    for _ in range(3):  # rows come in parts, in no order
        store.write_to_offline_store("stats", some_rows(rng))
    for day in (-1, 0, 3.5, 8, 12, 30):
        now = days([day])[0]
        asked = pd.DataFrame(KEYS).assign(event_timestamp=now)
        offline = store.get_historical_features(asked, ALL)
        store.materialize(now)
        online = store.get_online_features(ALL, KEYS, now=now)
        for name in ("count", "score", "label", "flag"):
            told = [None if pd.isna(value) else value for value in offline[name]]
            assert online[name] == told
        assert [*online] == ["user", "shop", "count", "score", "label", "flag"]


def test_a_late_row_is_in_the_next_copy(tmp_path):
    store = make_store(tmp_path)
    row = some_rows(np.random.default_rng(3), 1).assign(
        user=1, shop="a", event_timestamp=days([2]), created=days([6]), count=5)  # fmt: skip
    store.write_to_offline_store("stats", row)

    def online(day):
        return store.get_online_features(["stats:count"], KEYS[2:3], now=days([day])[0])["count"]

    assert store.materialize(days([5])[0]) == 0
    assert online(5) == [None]
    assert store.materialize(days([6])[0]) == 1
    assert online(6) == [5]
    store.write_to_offline_store("stats", row.assign(event_timestamp=days([1]), count=9))
    store.materialize(days([7])[0])
    assert online(7) == [5]  # came last, happened earlier


def test_online_values_grow_stale_and_expire(tmp_path):
    store = make_store(tmp_path, ttl=timedelta(days=3))
    row = some_rows(np.random.default_rng(3), 1).assign(
        user=1, shop="a", event_timestamp=days([2]), created=days([2]), count=5)  # fmt: skip
    store.write_to_offline_store("stats", row)
    store.materialize(days([2])[0])
    store.write_to_offline_store("stats", row.assign(event_timestamp=days([3]), count=6))
    found = [store.get_online_features(["stats:count"], KEYS[2:3], now=days([day])[0])["count"][0]
             for day in (2, 4, 5, 5.01)]  # fmt: skip
    assert found == [5, 5, 5, None]


def test_a_copy_that_fails_leaves_the_old_one(tmp_path):
    store = make_store(tmp_path)
    store.write_to_offline_store("stats", some_rows(np.random.default_rng(4)))
    held = store.materialize(days([30])[0])
    store.apply(FeatureView(name="empty", entity="pair", features=["n"]))
    with pytest.raises(FileNotFoundError, match="'empty' has no rows"):
        store.materialize(days([30])[0])
    with closing(sqlite3.connect(tmp_path / "online.sqlite")) as base:
        assert base.execute("SELECT count(*) FROM online").fetchone() == (held,)


def test_missing_values_are_none_online(tmp_path):
    store = make_store(tmp_path)
    row = some_rows(np.random.default_rng(3), 1).assign(
        user=1, shop="a", created=days([1]), event_timestamp=days([1]), score=np.nan)  # fmt: skip
    store.write_to_offline_store("stats", row)
    store.materialize(days([9])[0])
    answer = store.get_online_features(["stats:score"], KEYS[2:3], now=days([9])[0])
    assert answer == {"user": [1], "shop": ["a"], "score": [None]}


def test_a_store_goes_on_with_what_the_folder_holds(tmp_path):
    first = make_store(tmp_path, ttl=timedelta(hours=36))
    first.write_to_offline_store("stats", some_rows(np.random.default_rng(5)))
    second = make_store(tmp_path, ttl=timedelta(hours=36))  # the same again is no conflict
    assert second.list_feature_views() == first.list_feature_views()
    assert second.list_feature_views()[0].ttl == timedelta(hours=36)
    asked = pd.DataFrame(KEYS).assign(event_timestamp=days([9])[0])
    pd.testing.assert_frame_equal(*(s.get_historical_features(asked, ALL) for s in (first, second)))


def test_a_name_has_one_meaning(tmp_path):
    store = make_store(tmp_path)
    with pytest.raises(ValueError, match="'stats' is registered with another definition"):
        store.apply(FeatureView(name="stats", entity="pair", features=["count"]))
    with pytest.raises(ValueError, match="'pair' is registered with another definition"):
        store.apply(Entity("pair", ["user"]))
    with pytest.raises(ValueError, match="entity of view 'other' is not known: 'product'"):
        store.apply(FeatureView(name="other", entity="product", features=["n"]))
    assert [view.name for view in store.list_feature_views()] == ["stats"]


def test_store_refuses(tmp_path):
    store = make_store(tmp_path)
    rows = some_rows(np.random.default_rng(0))
    now = datetime(2024, 1, 9, tzinfo=UTC)
    asked = pd.DataFrame(KEYS).assign(event_timestamp=now)
    with pytest.raises(KeyError, match="no view 'other': there are stats"):
        store.write_to_offline_store("other", rows)
    with pytest.raises(KeyError, match="must have the column 'score'"):
        store.write_to_offline_store("stats", rows.drop(columns="score"))
    with pytest.raises(TypeError, match="created must hold datetimes, got dtype float64"):
        store.write_to_offline_store("stats", rows.assign(created=1.5))
    with pytest.raises(TypeError, match="count must hold numbers or text"):
        store.write_to_offline_store("stats", rows.assign(count=now))
    with pytest.raises(FileNotFoundError, match="'stats' has no rows"):
        store.get_historical_features(asked, ALL)
    store.write_to_offline_store("stats", rows)
    with pytest.raises(KeyError, match="has no feature 'n'"):
        store.get_historical_features(asked, ["stats:n"])
    with pytest.raises(FileNotFoundError, match="materialize first"):
        store.get_online_features(ALL, KEYS, now=now)
    store.materialize(now)
    with pytest.raises(KeyError, match="shop"):
        store.get_online_features(ALL, [{"user": 1}], now=now)
    with pytest.raises(TypeError, match="objects must be entities or views, got str"):
        store.apply("stats")
    with pytest.raises(TypeError, match="join_keys must be a sequence of names"):
        Entity("user", "user_id")
    with pytest.raises(TypeError, match="features must be a sequence of names"):
        FeatureView(name="a", entity="pair", features="n")
    with pytest.raises(TypeError, match="ttl must be a timedelta"):
        FeatureView(name="a", entity="pair", features=["n"], ttl=3)
    with pytest.raises(ValueError, match="name must be letters"):
        FeatureView(name="../a", entity="pair", features=["n"])


# ---- Feast


def hours(numbers):
    return START + pd.to_timedelta(numbers, unit="h")


def test_feast_answers_the_same(tmp_path):
    kept = json.loads((Path(__file__).parent / "feast_answers.json").read_text())
    rows, asked = (
        pd.DataFrame({"event_timestamp": hours(kept[name].pop("hour"))} | kept[name])
        for name in ("rows", "asked")
    )
    store = FeatureStore(tmp_path)
    store.apply(Entity("user", ["user"]), FeatureView(
        name="stats", entity="user", features=["count"], created_timestamp_column="created",
        ttl=timedelta(hours=kept["ttl_hours"])))  # fmt: skip
    store.write_to_offline_store("stats", rows.assign(created=rows["event_timestamp"]))

    found = store.get_historical_features(asked, ["stats:count"])
    feasts = pd.DataFrame(kept["offline"], columns=["user", "hour", "feast"])
    feasts = feasts.assign(event_timestamp=hours(feasts.pop("hour")))
    both = found.merge(feasts, on=["user", "event_timestamp"], how="left", indicator=True)
    np.testing.assert_array_equal(both["count"].to_numpy(float), both["feast"].to_numpy(float))
    # Feast leaves a question out whose key has rows, but none that may be used: we say missing.
    assert both.loc[both["_merge"] == "left_only", "count"].isna().all()
    assert 0.05 < both["count"].isna().mean() < 0.9

    now = hours([kept["online"]["hour"]])[0].to_pydatetime()
    store.materialize(now)
    keys = [{"user": user} for user in range(len(kept["online"]["count"]))]
    mine = store.get_online_features(["stats:count"], keys, now=now)["count"]
    answered = [(a, b) for a, b in zip(mine, kept["online"]["count"], strict=True) if b is not None]
    assert len(answered) > 4
    assert all(a == b for a, b in answered)
