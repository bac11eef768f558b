"""Ask Feast, and keep its answers in `feast_answers.json` for `test_platform_features.py`.

Feast needs an older pandas than the course, so it runs in an environment of its own:
``python -m venv feast; feast/bin/pip install feast==0.67.0``, then with that Python this file.
"""

# /// script
# dependencies = ["feast==0.67.0"]
# ///

import json
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import feast
import numpy as np
import pandas as pd
from feast.types import Int64

START = pd.Timestamp("2024-01-01", tz="UTC")
TTL_HOURS, USERS = 48, 9


def days(numbers):
    """Whole hours: Feast rounds to microseconds."""
    return START + pd.to_timedelta(np.asarray(numbers), unit="h")


def main(file: Path) -> None:
    """Write rows, questions, and what Feast answers, offline and online."""
    rng, n = np.random.default_rng(6), 400
    rows = {"user": rng.integers(0, USERS, n), "hour": rng.permutation(960)[:n],
            "count": rng.integers(0, 50, n)}  # fmt: skip
    asked = {"user": rng.integers(0, USERS + 2, 200), "hour": rng.permutation(960)[:200]}
    with tempfile.TemporaryDirectory() as folder:
        store, now = store_of(rows, Path(folder)), 960
        frame = pd.DataFrame({"user": asked["user"], "event_timestamp": days(asked["hour"])})
        offline = store.get_historical_features(frame, ["stats:count"]).to_df()
        store.materialize(days([now - 36])[0].to_pydatetime(), days([now])[0].to_pydatetime())
        keys = [{"user": user} for user in range(USERS)]
        online = store.get_online_features(["stats:count"], keys).to_dict()["count"]
    hours = (offline["event_timestamp"] - START) // pd.Timedelta(hours=1)
    counts = [None if pd.isna(count) else int(count) for count in offline["count"]]
    kept = {
        "feast": feast.__version__,
        "ttl_hours": TTL_HOURS,
        "rows": {name: values.tolist() for name, values in rows.items()},
        "asked": {name: values.tolist() for name, values in asked.items()},
        "offline": sorted(zip(offline["user"].tolist(), hours.tolist(), counts, strict=True)),
        "online": {"hour": now, "count": online},
    }
    file.write_text(json.dumps(kept) + "\n", encoding="utf-8")


def store_of(rows: dict, folder: Path) -> feast.FeatureStore:
    """Return a store of Feast that holds the rows, each of them known when it happens."""
    frame = pd.DataFrame({"user": rows["user"], "event_timestamp": days(rows["hour"]),
                          "count": rows["count"]})  # fmt: skip
    frame["created"] = frame["event_timestamp"]  # Feast's column breaks ties and hides nothing
    frame.to_parquet(folder / "rows.parquet")
    source = feast.FileSource(
        path=str(folder / "rows.parquet"), timestamp_field="event_timestamp",
        created_timestamp_column="created")  # fmt: skip
    entity = feast.Entity(name="user", join_keys=["user"])
    view = feast.FeatureView(
        name="stats", entities=[entity], ttl=timedelta(hours=TTL_HOURS), source=source,
        schema=[feast.Field(name="count", dtype=Int64)])  # fmt: skip
    store = feast.FeatureStore(config=feast.RepoConfig(
        project="p", registry=str(folder / "registry.db"), provider="local",
        offline_store={"type": "file"}, entity_key_serialization_version=3,
        online_store={"type": "sqlite", "path": str(folder / "online.db")}))  # fmt: skip
    store.apply([entity, view])
    return store


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else Path(__file__).with_suffix(".json")))
