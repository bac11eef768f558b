"""What scripts ask of Slurm, and when the jobs of a cluster start."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.platform import parse_sbatch, run_at, simulate_cluster

OUTLINE = """#!/bin/bash
#SBATCH -J JobName
#SBATCH --time=11:00:00 # When to start the job
#SBATCH --mem-per-cpu=4096 # Memory, in MB, to be allocated per CPU
#SBATCH --cpus-per-task=4 # Number of cores per task
"""


def script(*lines):
    return "\n".join(["#!/bin/bash", *lines, "srun train", ""])


# ---- scripts


def test_a_comment_is_no_option():
    found = parse_sbatch(OUTLINE)
    assert (found.time_limit, found.begin) == (660, None)
    assert dict(found.options) == {"job-name": "JobName", "time": "11:00:00",
                                   "mem-per-cpu": "4096", "cpus-per-task": "4"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("30", 30), ("30:00", 30), ("30:01", 31), ("0:59", 1), ("0:61", 2), ("11:00:00", 660),
        ("1:30:30", 91), ("2-12", 3_600), ("1-06:30", 1_830), ("1-06:30:01", 1_831),
        ("100:00:00", 6_000), ("0", math.inf), ("UNLIMITED", math.inf), ("infinite", math.inf),
    ],
)  # fmt: skip
def test_times(text, minutes):
    assert parse_sbatch(script(f"#SBATCH --time={text}")).time_limit == minutes


def test_ways_to_write_an_option():
    for line in ("--time=5", "--time 5", "-t 5", "-t5", '--time="5"', "-J x --time=5 --requeue"):
        assert parse_sbatch(script(f"#SBATCH {line}")).time_limit == 5
    found = parse_sbatch(script("#SBATCH --exclusive", "#SBATCH -b now+1hour -c4"))
    assert dict(found.options) == {"exclusive": "", "begin": "now+1hour", "cpus-per-task": "4"}
    assert (found.time_limit, found.begin) == (None, "now+1hour")


def test_which_lines_count():
    read = parse_sbatch(script(
        "", "  # a comment", "#SBATCH -t 1", "##SBATCH -t 2", "# SBATCH -t 3", "#SBATCHER -t 4",
        "#SBATCH -c 2", "#SBATCH -t 5", "hostname", "#SBATCH -t 6",
    ))  # fmt: skip
    assert dict(read.options) == {"time": "5", "cpus-per-task": "2"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#SBATCH -t 5\n", "first line begins with #!"),
        (script("#SBATCH --time"), "option time has no value"),
        (script("#SBATCH time=5"), "'time=5' in .* is no option: is a - missing"),
        (script("#SBATCH -t 1:2:3:4"), "time must be minutes, .* got '1:2:3:4'"),
        (script("#SBATCH -t noon"), "got 'noon'"),
        (script("#SBATCH -t -5"), "got '-5'"),
    ],
)
def test_what_makes_no_sense_is_an_error(text, message):
    with pytest.raises(ValueError, match=message):
        parse_sbatch(text)


# ---- the clock

ME = "tests.library.test_platform_cluster"


def mark(file, seconds=0):
    with Path(file).open("a") as out:
        print("begins", file=out, flush=True)
        time.sleep(seconds)
        print("ends", file=out, flush=True)


def fail():
    raise OSError("no")


def test_jobs_start_by_the_clock_and_all_end(tmp_path, new_children):
    file = tmp_path / "log"
    job = {"file": str(file), "seconds": 3}
    run_at([(0, f"{ME}:mark", job), (0.2, f"{ME}:mark", job), (0.2, f"{ME}:mark", job)])
    assert file.read_text().split() == ["begins"] * 3 + ["ends"] * 3
    began = time.monotonic()
    run_at([(1, f"{ME}:mark", {"file": str(file)})])
    assert time.monotonic() - began >= 1
    assert not new_children()


def test_a_job_that_fails_is_an_error_and_ends_the_others(tmp_path, new_children):
    slow = {"file": str(tmp_path / "log"), "seconds": 600}
    with pytest.raises(RuntimeError, match="ended with code 1"):
        run_at([(0, f"{ME}:fail", {}), (0, f"{ME}:mark", slow)])
    assert not new_children()
    with pytest.raises(ValueError, match="in the order of their times"):
        run_at([(1, "a:b", {}), (0, "a:b", {})])


# ---- the cluster


def jobs(seed, n=40, capacity=16):
    rng = np.random.default_rng(seed)
    run = rng.integers(1, 20, n)
    return {"submitted": np.sort(rng.integers(0, 60, n)).tolist(),
            "cores": rng.integers(1, capacity + 1, n).tolist(), "run_time": run.tolist(),
            "limit": (run + rng.integers(0, 20, n)).tolist()}  # fmt: skip


def in_use(start, given, at):
    ends = np.array(start) + np.minimum(given["run_time"], given["limit"])
    return sum(c for s, e, c in zip(start, ends, given["cores"], strict=True) if s <= at < e)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.booleans())
def test_no_more_cores_than_there_are_and_none_too_early(seed, backfill):
    given_ = jobs(seed)
    start = simulate_cluster(**given_, capacity=16, backfill=backfill)
    assert all(s >= t for s, t in zip(start, given_["submitted"], strict=True))
    assert all(in_use(start, given_, s) <= 16 for s in start)
    if not backfill:
        assert start == sorted(start)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31))
def test_with_true_limits_backfilling_does_not_delay_the_first_that_waits(seed):
    given_ = jobs(seed)
    given_["limit"] = given_["run_time"]
    plain, filled = (simulate_cluster(**given_, capacity=16, backfill=b) for b in (False, True))
    waits = [start > come for start, come in zip(plain, given_["submitted"], strict=True)]
    first = waits.index(True)
    assert filled[: first + 1] == plain[: first + 1]
    assert sum(filled) < sum(plain) * 1.2  # it may delay others, but does good on the whole


def test_a_job_that_reaches_its_limit_is_ended():
    given_ = {"submitted": [0, 0], "cores": [4, 4], "run_time": [100, 1], "limit": [10, 1]}
    assert simulate_cluster(**given_, capacity=4) == [0, 10]


def test_cores_that_the_first_leaves_may_be_used_for_long():
    given_ = {"submitted": [0, 1, 2, 3], "cores": [3, 3, 1, 1], "run_time": [10, 5, 50, 50],
              "limit": [10, 5, 50, 50]}  # fmt: skip
    assert simulate_cluster(**given_, capacity=4) == [0, 10, 2, 15]
    assert simulate_cluster(**given_, capacity=4, backfill=False) == [0, 10, 10, 15]


def test_no_jobs():
    empty = {"submitted": [], "cores": [], "run_time": [], "limit": []}
    assert simulate_cluster(**empty, capacity=4) == []


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"cores": [1]}, ValueError, "must be as long as each other"),
        ({"cores": [1, 9]}, ValueError, "cores must be between 1 and 4, got 9"),
        ({"cores": [1, 1.5]}, TypeError, "cores must be a whole number"),
        ({"submitted": [1, 0]}, ValueError, "submitted must be in rising order"),
        ({"run_time": [1, 0]}, ValueError, "run_time and limit must be positive"),
        ({"limit": [1, -1]}, ValueError, "run_time and limit must be positive"),
        ({"capacity": 0}, ValueError, "capacity must be at least 1, got 0"),
    ],
)
def test_wrong_arguments_of_a_cluster_are_named(changes, error, message):
    right = {"submitted": [0, 1], "cores": [1, 1], "run_time": [1, 1], "limit": [1, 1]}
    with pytest.raises(error, match=message):
        simulate_cluster(**{**right, "capacity": 4, **changes})
