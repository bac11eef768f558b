"""What a team's models run on: pipelines of steps, and jobs on a cluster.

A `DAG` runs each step when those before it have succeeded, and what was done before stays done::

    from mlsdlib import platform

    dag = platform.DAG(folder)
    dag.add("extract", "nightly.py:extract", retries=2, timeout=600, arguments={"night": night})
    dag.add("train", "nightly.py:train", after=["extract"])
    dag.run().status  # {"extract": "done", "train": "done"}

`run_at` starts jobs by the clock and nothing else, as cron does. `parse_sbatch` reads what a
script asks of Slurm, and `simulate_cluster` says when its jobs start.

A step's process imports this package first: nothing heavy is imported here.
"""

from mlsdlib.platform._cluster import simulate_cluster
from mlsdlib.platform._cron import run_at
from mlsdlib.platform._dag import DAG, Attempt, DagRun
from mlsdlib.platform._sbatch import SbatchScript, parse_sbatch

__all__ = [
    "DAG",
    "Attempt",
    "DagRun",
    "SbatchScript",
    "parse_sbatch",
    "run_at",
    "simulate_cluster",
]
