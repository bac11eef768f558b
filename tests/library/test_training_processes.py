"""Two processes that train together: the same as one, quicker when late, and gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from mlsdlib.training import _distributed, max_stale_learning_rate, two_process_sgd

pytestmark = pytest.mark.xdist_group("two processes")


def data(n=200, d=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X @ rng.normal(size=d) + 0.1 * rng.normal(size=n)


def by_one_process(X, y, rate, delay, steps):
    """Gradients of all rows, of which each arrives `delay` steps late."""
    path = [np.zeros(X.shape[1])]
    for t in range(steps):
        step = 0.0
        if t >= delay:
            w = path[t - delay]
            step = rate * X.T @ (X @ w - y) / len(X)
        path.append(path[t] - step)
    return np.array([np.mean((X @ w - y) ** 2) / 2 for w in path])


def test_two_are_one_that_sees_all_rows_and_late_ones_diverge_where_theory_says(new_children):
    X, y = data()
    curvature = np.linalg.eigvalsh(X.T @ X / len(X)).max()
    delays = np.array([0, 0, 3, 3])
    rates = max_stale_learning_rate(curvature, delays) * [0.8, 1.2, 0.8, 1.2]
    runs = two_process_sgd(X, y, learning_rate=rates, staleness=delays, steps=150)
    assert runs.losses.shape == (4, 151)
    assert runs.seconds.shape == (4,)
    for losses, rate, delay in zip(runs.losses, rates, delays, strict=True):
        expected = by_one_process(X, y, rate, delay, 150)
        np.testing.assert_allclose(losses, expected, rtol=1e-6)
    assert (runs.losses[:, -1] < runs.losses[:, 0]).tolist() == [True, False, True, False]
    assert not new_children()


def test_late_updates_hide_a_worker_that_is_slow_now_and_then():
    X, y = data(20)
    pauses = np.zeros((60, 2))
    pauses[np.arange(60), np.arange(60) % 2] = 0.02  # in turns: together they always wait
    runs = two_process_sgd(X, y, learning_rate=0.1, staleness=[0, 1, 0], steps=60, pauses=pauses)
    np.testing.assert_array_equal(runs.losses[0], runs.losses[2])  # the same bits
    # Each sleeps 0.6 s; waiting for each other they sleep one after the other.
    assert runs.seconds[[0, 2]].min() >= 1.2
    assert 0.6 <= runs.seconds[1] < runs.seconds[[0, 2]].max()
    assert (runs.losses[:, -1] < 0.3 * runs.losses[:, 0]).all()
    late_start = runs.losses[1, :2]
    assert late_start[0] == late_start[1] == np.mean(y**2) / 2


def test_what_cannot_be_done_in_time_is_killed(monkeypatch, new_children):
    monkeypatch.setattr(_distributed, "_TIMEOUT", 0.5)
    X, y = data(20)
    start = time.monotonic()
    with pytest.raises(TimeoutError, match=r"the workers were not done after 0\.5 s"):
        two_process_sgd(X, y, learning_rate=0.1, steps=2, pauses=np.full((2, 2), 50.0))
    assert time.monotonic() - start < 20
    assert not new_children()


def test_a_worker_that_fails_says_why_and_stops_the_other(tmp_path, monkeypatch, new_children):
    (tmp_path / "torch.py").write_text("raise OSError('no such device')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"(?s)worker \d failed: .*OSError: no such device"):
        two_process_sgd(np.ones((4, 1)), np.ones(4), learning_rate=0.1)
    assert not new_children()


def test_without_torch_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="two_process_sgd needs the package 'torch'"):
        two_process_sgd(np.ones((4, 1)), np.ones(4), learning_rate=0.1)


def test_both_workers_end_with_their_owner():
    code = (
        "import numpy as np; from mlsdlib.training import two_process_sgd\n"
        "two_process_sgd(np.ones((4, 1)), np.ones(4), learning_rate=0.1, steps=2,\n"
        "                pauses=np.full((2, 2), 60.0))"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as owner:
        deadline = time.monotonic() + 60
        while len(workers := psutil.Process(owner.pid).children()) < 2:
            assert time.monotonic() < deadline, "the workers did not start"
            time.sleep(0.02)
        os.kill(owner.pid, signal.SIGKILL)
    gone, alive = psutil.wait_procs(workers, timeout=30)
    assert (len(gone), alive) == (2, [])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"X": np.ones(4)}, ValueError, r"X must have a row for each worker and a column, got"),
        ({"X": np.ones((1, 1))}, ValueError, r"X must have a row for each worker"),
        ({"X": np.full((4, 1), np.nan)}, ValueError, "X must hold finite numbers"),
        ({"y": np.ones(3)}, ValueError, r"y must hold a number a row of X: got shape \(3,\) for 4"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate must be positive, got 0"),
        ({"learning_rate": [[0.1]]}, ValueError, "must be of one dimension, got"),
        ({"staleness": -1}, ValueError, "staleness must be zero or positive, got -1"),
        ({"staleness": 0.5}, TypeError, "staleness must be whole numbers"),
        ({"steps": 0}, ValueError, "steps must be at least 1, got 0"),
        ({"pauses": np.zeros((3, 2))}, ValueError, r"pauses must be of shape \(100, 2\), got"),
        ({"pauses": np.full((100, 2), -1)}, ValueError, "pauses must be zero or positive, got -1"),
    ],
)
def test_training_rejects(options, error, message):
    usual = {"X": np.ones((4, 1)), "y": np.ones(4), "learning_rate": 0.1}
    with pytest.raises(error, match=message):
        two_process_sgd(**usual | options)
