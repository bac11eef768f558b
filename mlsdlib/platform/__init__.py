"""What a team's models run on: pipelines of steps, and jobs on a cluster.

A `DAG` runs each step when those before it have succeeded, and what was done before stays done::

    from mlsdlib import platform

    dag = platform.DAG(folder)
    dag.add("extract", "nightly.py:extract", retries=2, timeout=600, arguments={"night": night})
    dag.add("train", "nightly.py:train", after=["extract"])
    dag.run().status  # {"extract": "done", "train": "done"}

`parse_sbatch` reads what a script asks of Slurm, and `simulate_cluster` says when its jobs start.

A step's process imports this package first: nothing heavy is imported here.
"""

from mlsdlib.platform._cluster import simulate_cluster
from mlsdlib.platform._dag import DAG, Attempt, DagRun
from mlsdlib.platform._sbatch import SbatchScript, parse_sbatch

__all__ = ["DAG", "Attempt", "DagRun", "SbatchScript", "parse_sbatch", "simulate_cluster"]
