"""Late gradients, stragglers, and what a run leaves in its log."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from mlsdlib.training import (
    max_stale_learning_rate,
    read_runs,
    record_run,
    run_id,
    stale_descent,
    straggler_times,
)

# --- max_stale_learning_rate ---


def growth(rate, delay):
    """The largest root of z**(delay + 1) = z**delay - rate: below 1 it goes to zero."""
    polynomial = np.zeros(delay + 2)
    polynomial[0], polynomial[1] = 1, -1
    polynomial[-1] += rate
    return np.abs(np.roots(polynomial)).max()


@settings(deadline=None)
@given(st.integers(0, 30), st.floats(0.01, 100))
def test_the_bound_is_where_the_roots_leave_the_circle(delay, curvature):
    bound = max_stale_learning_rate(curvature, delay)
    assert growth(0.999 * bound * curvature, delay) < 1
    assert growth(1.001 * bound * curvature, delay) > 1


def test_known_bounds():
    assert max_stale_learning_rate(4.0, 0) == pytest.approx(2 / 4)
    assert max_stale_learning_rate(2.0, 1) == pytest.approx(1 / 2)
    np.testing.assert_allclose(
        max_stale_learning_rate([1.0, 2.0], [[0], [10]]), [[2, 1], [0.14946, 0.07473]], atol=1e-5
    )
    delay = 10_000
    assert max_stale_learning_rate(1.0, delay) == pytest.approx(math.pi / (2 * delay), rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0.0, 1), ValueError, "curvature must be positive, got 0"),
        ((math.nan, 1), ValueError, "curvature must be positive, got nan"),
        ((1.0, -1), ValueError, "staleness must be zero or positive, got -1"),
        ((1.0, 1.5), TypeError, "staleness must be whole numbers, got dtype float64"),
    ],
)
def test_the_bound_rejects(arguments, error, message):
    with pytest.raises(error, match=message):
        max_stale_learning_rate(*arguments)


# --- stale_descent ---


def by_loop(rate, delay, curvature, steps):
    x = [1.0]
    for t in range(steps):
        x.append(x[t] - rate * curvature * x[max(t - delay, 0)])
    return curvature * np.array(x) ** 2 / 2


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 1), st.integers(0, 8)), min_size=1, max_size=6),
    st.floats(0.1, 3),
    st.integers(1, 40),
)
def test_it_is_the_loop_over_steps(runs, curvature, steps):
    rate, delay = zip(*runs, strict=True)
    losses = stale_descent(rate, delay, curvature=curvature, steps=steps)
    assert losses.shape == (len(runs), steps + 1)
    for i, run in enumerate(runs):
        expected = by_loop(*run, curvature, steps)
        # At rate * curvature = 1 what is left of a loss is how its last digit was rounded.
        np.testing.assert_allclose(losses[i], expected, rtol=1e-9, atol=1e-19)


def test_it_is_stable_below_the_bound_only():
    delay = np.array([0, 1, 5, 20])
    bound = max_stale_learning_rate(3.0, delay)
    shares = np.array([[0.9], [1.1]])
    losses = stale_descent(shares * bound, delay, curvature=3.0, steps=4_000)
    assert losses.shape == (2, 4, 4_001)
    assert (losses[0, :, -1] < 1e-6).all()
    assert (losses[1, :, -1] > 1e6).all()
    assert stale_descent(0.2, 10, steps=200_000)[-1] == math.inf


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be positive, got 0"),
        ({"staleness": -1}, "staleness must be zero or positive, got -1"),
        ({"curvature": -1.0}, r"curvature must be positive, got -1\.0"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
    ],
)
def test_stale_descent_rejects(options, message):
    with pytest.raises(ValueError, match=message):
        stale_descent(**{"learning_rate": 0.1, "staleness": 1} | options)


# --- straggler_times ---


def expected_slowest(workers, sigma=0.5):
    density = stats.lognorm(sigma, scale=math.exp(-(sigma**2) / 2))
    return integrate.quad(lambda t: 1 - density.cdf(t) ** workers, 0, 30, limit=200)[0]


@pytest.mark.parametrize(("workers", "times"), [(1, 1.0), (4, 1.57), (256, 3.70)])
def test_a_step_takes_as_long_as_its_slowest_worker(workers, times):
    found = straggler_times(workers, 20_000, rng=0)
    assert found.shape == (20_000,)
    assert found.mean() == pytest.approx(expected_slowest(workers), rel=0.02)
    assert expected_slowest(workers) == pytest.approx(times, abs=0.01)


def test_backups_cut_the_tail_off():
    plain, backed = (straggler_times(50, 4_000, backups=b, rng=1).mean() for b in (0, 5))
    assert backed < 0.85 * plain
    assert straggler_times(50, 10, sigma=0.0).tolist() == [1.0] * 10
    # The second of two is the slowest; the first of two is the minimum.
    first = straggler_times(1, 40_000, backups=1, rng=2)
    assert first.mean() == pytest.approx(2 - expected_slowest(2), rel=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"backups": -1}, "backups must be at least 0, got -1"),
        ({"sigma": -1.0}, r"sigma must be zero or positive, got -1\.0"),
    ],
)
def test_stragglers_reject(arguments, message):
    with pytest.raises(ValueError, match=message):
        straggler_times(**{"workers": 2, "steps": 3} | arguments)


# --- run_id ---

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
configs = st.dictionaries(st.text(), plain, max_size=5)


@settings(deadline=None)
@given(configs, st.binary(max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(config, data, random):
    keys = list(config)
    random.shuffle(keys)
    assert run_id({key: config[key] for key in keys}, data) == run_id(config, data)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=50), st.data())
def test_every_byte_counts(data, draw):
    i, flip = draw.draw(st.integers(0, len(data) - 1)), draw.draw(st.integers(1, 255))
    other = data[:i] + bytes([data[i] ^ flip]) + data[i + 1 :]
    assert run_id({}, data) != run_id({}, other)


def test_what_is_the_same_and_what_is_not():
    same = [{"lr": 0.001}, {"lr": 1e-3}, {"lr": np.float64(0.001)}]
    assert len({run_id(config, b"") for config in same}) == 1
    assert run_id({"a": (1, 2)}, b"") == run_id({"a": [1, 2]}, b"")
    assert run_id({"a": np.int64(1)}, b"") == run_id({"a": 1}, b"")
    different = [
        {"x": 1}, {"x": 1.0}, {"x": True}, {"x": "1"}, {"x": None}, {"x": [1]}, {"y": 1}, {},
        {"x": 0.3}, {"x": 0.1 + 0.2}, {"x": np.float32(0.3)}, {"x": {"y": 1}}, {"x": -0.0},
        {"x": 0.0}, {"x": math.nan}, {"x": math.inf},
    ]  # fmt: skip
    assert len({run_id(config, b"") for config in different}) == len(different)


def test_data_of_every_kind():
    x = np.arange(6.0)
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})
    different = [
        b"", b"1", x, x.astype(int), x.reshape(2, 3), x[::-1], -x, x[:5], x.astype("f4"),
        np.array(["a"]), np.array(["b"]), {"x": x}, {"y": x}, {"x": x, "y": x},
        frame, frame[["b", "a"]], frame[::-1], frame.assign(a=[1.0, 2.5]),
        frame.assign(b=["x", "y"]), frame.astype({"a": "f4"}), frame.rename(columns={"a": "c"}),
        frame.set_index("a"), frame.assign(b=frame["b"].astype("category")), frame["a"],
        frame.assign(a=[0.0, 2.0]), frame.assign(a=[-0.0, 2.0]),
    ]  # fmt: skip
    assert len({run_id({}, data) for data in different}) == len(different)
    assert run_id({}, x[::2]) == run_id({}, x[::2].copy())
    assert run_id({}, np.asfortranarray(x.reshape(2, 3))) == run_id({}, x.reshape(2, 3))
    assert run_id({}, frame) == run_id({}, frame.copy())
    assert run_id({}, {"x": x, "y": b""}) == run_id({}, {"y": b"", "x": x})


def test_a_file_is_its_bytes(tmp_path):
    file = tmp_path / "data.csv"
    file.write_bytes(b"a,b\n1,2\n")
    assert run_id({}, file) == run_id({}, b"a,b\n1,2\n")


def test_another_process_gives_the_same_name():
    code = (
        "import pandas as pd; from mlsdlib.training import run_id\n"
        "print(run_id({'b': [1, 0.1], 'a': None}, pd.DataFrame({'t': ['x', 'y'], 'v': [1, 2]})))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True,
            text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    here = run_id({"a": None, "b": [1, 0.1]}, pd.DataFrame({"t": ["x", "y"], "v": [1, 2]}))
    assert found == {here}


@pytest.mark.parametrize(
    ("config", "data", "message"),
    [
        ({"model": object()}, b"", r"config\['model'\] must hold numbers, text, .* got object"),
        ({"a": {"b": {1}}}, b"", r"config\['a'\]\['b'\] must hold .* got set"),
        ({1: 2}, b"", "config must have text for keys, got 1"),
        ({}, [1, 2], "data must be bytes, a path, an array .* got list"),
        ({}, "data.csv", "data must be bytes, a path, an array .* got str"),
        ({}, np.array([object()]), "data must be bytes, a path, an array .* got ndarray"),
    ],
)
def test_run_id_rejects(config, data, message):
    with pytest.raises(TypeError, match=message):
        run_id(config, data)


# --- record_run and read_runs ---


def test_a_run_is_read_back(tmp_path):
    log = tmp_path / "runs.jsonl"
    config = {"model": {"depth": 3}, "rates": [0.1, 0.2], "name": "Zeile\u2028zwei"}
    found = record_run(log, config, b"data", {"auc": np.float64(0.875)}, threads=1)
    assert found == run_id(config, b"data")
    record_run(log, {"model": {"depth": 4}}, b"data", {"auc": math.nan}, threads=2)
    runs = read_runs(log)
    assert runs["run_id"].tolist()[0] == found
    assert runs["config.model.depth"].tolist() == [3, 4]
    assert runs["config.name"][0] == "Zeile\u2028zwei"
    assert runs["result.auc"][0] == 0.875
    assert math.isnan(runs["result.auc"][1])
    assert runs["threads"].tolist() == [1, 2]
    assert runs["data"].nunique() == 1
    assert runs["environment.numpy"].tolist() == [np.__version__] * 2
    assert pd.to_datetime(runs["time"]).is_monotonic_increasing


def test_threads_are_found_out(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3,1")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    log = tmp_path / "runs.jsonl"
    record_run(log, {}, b"", {})
    assert read_runs(log)["threads"].tolist() == [3]
    with pytest.raises(ValueError, match="threads must be at least 1, got 0"):
        record_run(log, {}, b"", {}, threads=0)
    assert len(read_runs(log)) == 1


def test_runs_that_end_together_do_not_mix(tmp_path):
    log = tmp_path / "runs.jsonl"

    def work(worker):
        for i in range(50):
            record_run(log, {"worker": worker, "i": i, "pad": "x" * 5_000}, b"", {}, threads=1)

    workers = [threading.Thread(target=work, args=[worker]) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    runs = read_runs(log)
    assert len(runs) == 200
    assert runs["run_id"].nunique() == 200


def test_nothing_is_written_of_a_run_that_cannot_be(tmp_path):
    log = tmp_path / "runs.jsonl"
    with pytest.raises(TypeError, match=r"result\['model'\] must hold"):
        record_run(log, {}, b"", {"model": object()})
    assert not log.exists()
    log.write_text('{"run_id": "a"}\n{"run_id": ', encoding="utf-8")
    with pytest.raises(ValueError, match="path must hold a record a line, line 2: "):
        read_runs(log)
    assert json.loads(log.read_text(encoding="utf-8").splitlines()[0]) == {"run_id": "a"}
