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

A step's process imports this package first: nothing heavy is imported here.
"""

from mlsdlib.platform._audit import Finding, audit_dockerfile, audit_manifest
from mlsdlib.platform._blas import train_elsewhere
from mlsdlib.platform._cells import CellRun, reorderings, run_cells
from mlsdlib.platform._cluster import simulate_cluster
from mlsdlib.platform._cron import run_at
from mlsdlib.platform._dag import DAG, Attempt, DagRun
from mlsdlib.platform._index import (
    Pin,
    Release,
    ResolveError,
    resolve,
    simulate_releases,
    write_wheels,
)
from mlsdlib.platform._sbatch import SbatchScript, parse_sbatch

__all__ = [
    "DAG",
    "Attempt",
    "CellRun",
    "DagRun",
    "Finding",
    "Pin",
    "Release",
    "ResolveError",
    "SbatchScript",
    "audit_dockerfile",
    "audit_manifest",
    "parse_sbatch",
    "reorderings",
    "resolve",
    "run_at",
    "run_cells",
    "simulate_cluster",
    "simulate_releases",
    "train_elsewhere",
    "write_wheels",
]
