"""What a team works on and with, and what its models run on.

Environments, containers and notebooks. An index of packages in a folder is resolved by pip itself,
at any date one likes::

    from mlsdlib import platform

    platform.write_wheels(folder, releases)
    platform.resolve(folder, ["learner==1.2.0"])

`audit_dockerfile` and `audit_manifest` name what is left open; `run_cells` runs the cells of a
notebook in any order; `platform.bookings` holds a program to plant mistakes in.

Pipelines of steps, and jobs on a cluster. A `DAG` runs each step when those before it have
succeeded, and what was done before stays done::

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
from mlsdlib.platform._audit import Finding, audit_dockerfile, audit_manifest
from mlsdlib.platform._blas import train_elsewhere
from mlsdlib.platform._cells import CellRun, reorderings, run_cells
from mlsdlib.platform._cluster import simulate_cluster
from mlsdlib.platform._cron import run_at
from mlsdlib.platform._dag import DAG, Attempt, DagRun
from mlsdlib.platform._experiments import TASKS, save_pickle, try_bundle, try_pickle
from mlsdlib.platform._feature_store import Entity, FeatureStore, FeatureView
from mlsdlib.platform._index import (
    Pin,
    Release,
    ResolveError,
    resolve,
    simulate_releases,
    write_wheels,
)
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
    "CellRun",
    "DagRun",
    "Entity",
    "FeatureStore",
    "FeatureView",
    "Finding",
    "ModelStore",
    "Pin",
    "Release",
    "ResolveError",
    "SbatchScript",
    "SharedFeatures",
    "audit_dockerfile",
    "audit_manifest",
    "parse_sbatch",
    "point_in_time_join",
    "reorderings",
    "resolve",
    "run_at",
    "run_cells",
    "save_pickle",
    "share_features",
    "simulate_cluster",
    "simulate_releases",
    "train_elsewhere",
    "try_bundle",
    "try_pickle",
    "verify_bundle",
    "write_wheels",
]
