"""What a team's models run on: pipelines of steps, jobs on a cluster, stores.

A `DAG` runs each step when those before it have succeeded, and what was done before stays done::

    from mlsdlib import platform

    dag = platform.DAG(folder)
    dag.add("extract", "nightly.py:extract", retries=2, timeout=600, arguments={"night": night})
    dag.add("train", "nightly.py:train", after=["extract"])
    dag.run().status  # {"extract": "done", "train": "done"}

`run_at` starts jobs by the clock and nothing else, as cron does. `parse_sbatch` reads what a
script asks of Slurm, and `simulate_cluster` says when its jobs start.

A `FeatureStore` answers what was known of a key at some time, for training and for serving, with
`point_in_time_join`; a `ModelStore` keeps models with all that is needed to use, check and remake
them::

    store = platform.FeatureStore(folder)
    store.apply(Entity("customer", ["customer_id"]), FeatureView(name="tickets", …))
    store.write_to_offline_store("tickets", rows)
    store.get_historical_features(asked, ["tickets:n"])  # as known when asked
    store.materialize(now)
    store.get_online_features(["tickets:n"], [{"customer_id": 7}], now=now)

What happens where part of a bundle lacks, where a pickle meets another version of its class, and
where models share features, `try_bundle`, `try_pickle` and `share_features` find out.

A step's process imports this package first: nothing heavy is imported here.
"""

from mlsdlib.platform._asof import point_in_time_join
from mlsdlib.platform._cluster import simulate_cluster
from mlsdlib.platform._cron import run_at
from mlsdlib.platform._dag import DAG, Attempt, DagRun
from mlsdlib.platform._experiments import TASKS, save_pickle, try_bundle, try_pickle
from mlsdlib.platform._feature_store import Entity, FeatureStore, FeatureView
from mlsdlib.platform._model_store import (
    ARTEFACTS,
    Bundle,
    BundleReport,
    ModelStore,
    verify_bundle,
)
from mlsdlib.platform._sbatch import SbatchScript, parse_sbatch
from mlsdlib.platform._sharing import SharedFeatures, share_features

__all__ = [
    "ARTEFACTS",
    "DAG",
    "TASKS",
    "Attempt",
    "Bundle",
    "BundleReport",
    "DagRun",
    "Entity",
    "FeatureStore",
    "FeatureView",
    "ModelStore",
    "SbatchScript",
    "SharedFeatures",
    "parse_sbatch",
    "point_in_time_join",
    "run_at",
    "save_pickle",
    "share_features",
    "simulate_cluster",
    "try_bundle",
    "try_pickle",
    "verify_bundle",
]
