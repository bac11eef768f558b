"""Writers that are killed, writers in each other's way, and none that is left behind."""

from __future__ import annotations

import time

import psutil
import pytest

from mlsdlib.storage import commit_rates, crash_transfers


def is_there(pid):
    """Return whether a process runs; one that has ended may wait for its parent to notice."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_only_a_transaction_survives_kills(new_children):
    without = crash_transfers(16, transactional=False, rng=1)
    # Half of the time is spent between the two updates: 16 kills all outside: once in 65,536.
    assert without["broken"].any()
    assert (without["debits"] - without["credits"]).isin([0, 1]).all()
    within = crash_transfers(6, rng=1)
    assert not within["broken"].any()
    for found in (without, within):
        assert (found["credits"] >= found["reported"]).all()  # what was reported is durable
        assert (found["credits"] <= found["reported"] + 1).all()
        assert (found["reported"] >= 1).all()
    assert within["kill"].tolist() == list(range(6))
    assert not new_children()


@pytest.mark.parametrize("writers", [1, 3])
def test_no_commit_to_sqlite_is_lost(writers, new_children):
    rates = commit_rates("sqlite", writers=writers, seconds=0.5)
    assert len(rates) == writers
    assert rates["commits"].sum() > 0
    assert rates["commits"].equals(rates["stored"])
    assert (rates["lock_errors"].sum() > 0) == (writers > 1)
    assert not new_children()


def test_duckdb_has_one_writing_process():
    rates = commit_rates("duckdb", writers=2, seconds=0.5)
    assert sorted(rates["commits"] > 0) == [False, True]
    assert rates["commits"].equals(rates["stored"])
    assert (rates["lock_errors"] > 0).equals(rates["commits"] == 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: crash_transfers(0), "kills must be at least 1, got 0"),
        (lambda: crash_transfers(1, longest_ms=0.5), r"longest_ms must be at least 1, got 0\.5"),
        (lambda: commit_rates("mysql"), "engine must be 'sqlite' or 'duckdb', got 'mysql'"),
        (lambda: commit_rates("sqlite", writers=0), "writers must be a whole number of at least 1"),
        (lambda: commit_rates("sqlite", writers=1.0), "writers must be a whole number"),
        (lambda: commit_rates("sqlite", seconds=0), "seconds must be positive, got 0"),
    ],
)
def test_experiments_reject(call, message):
    with pytest.raises(ValueError, match=message):
        call()
