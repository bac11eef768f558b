"""Training: many machines at once, updates that come late, and runs that can be repeated.

What distribution costs is a law of small numbers of things, and can be simulated: a synchronous
step is as slow as the slowest worker (`straggler_times`), a late gradient needs a smaller step
(`max_stale_learning_rate`, `stale_descent`). `two_process_sgd` does it for real, with two
processes that talk over the loopback device. `run_id`, `record_run` and `read_runs` keep what a
run needs to be repeated.
"""

from mlsdlib.training._distributed import DistributedRuns, two_process_sgd
from mlsdlib.training._staleness import max_stale_learning_rate, stale_descent, straggler_times
from mlsdlib.training._tracking import read_runs, record_run, run_id

__all__ = [
    "DistributedRuns",
    "max_stale_learning_rate",
    "read_runs",
    "record_run",
    "run_id",
    "stale_descent",
    "straggler_times",
    "two_process_sgd",
]
