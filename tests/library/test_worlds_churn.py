"""Customers who leave: what is in the log, and what is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlsdlib.worlds import draw_churn

START = pd.Timestamp("2024-01-01", tz="UTC")


def days(times):
    return (times - START).dt.total_seconds().to_numpy() / 86_400


def test_counts_run_and_rows_arrive_late():
    churn = draw_churn(800, late_days=3.0, rng=0)
    assert list(churn.events) == ["visits", "returns", "tickets"]
    for name, rows in churn.events.items():
        assert list(rows.columns) == ["customer", name, "event_timestamp", "created"]
        first = rows.groupby("customer")
        assert (first[name].min() == 1).all()
        assert (first[name].max() == first.size()).all()
        assert rows.groupby("customer")["event_timestamp"].is_monotonic_increasing.all()
        late = days(rows["created"]) - days(rows["event_timestamp"])
        assert (late >= 0).all()
        assert late.mean() == pytest.approx(3, rel=0.1)


def test_who_has_left_only_writes():
    churn = draw_churn(800, leak_strength=2.0, rng=1)
    after = {name: rows[days(rows["event_timestamp"]) > churn.left[rows["customer"]]]
             for name, rows in churn.events.items()}  # fmt: skip
    assert len(after["visits"]) == len(after["returns"]) == 0
    assert len(after["tickets"]) / (churn.left < 84).sum() == pytest.approx(2, rel=0.15)
    quiet = draw_churn(800, leak_strength=0, rng=1).events["tickets"]
    assert (days(quiet["event_timestamp"]) <= churn.left[quiet["customer"]]).all()


def test_returns_tell_who_leaves_and_tickets_do_not():
    churn = draw_churn(5_000, leak_strength=0, rng=2)
    stay = churn.left > 28
    leaves = churn.left[stay] <= 56
    means = {}
    for name, rows in churn.events.items():
        early = rows[days(rows["event_timestamp"]) <= 28]
        counts = np.bincount(early["customer"], minlength=5_000)[stay]
        means[name] = counts[leaves].mean() / counts[~leaves].mean()
    assert means["returns"] > 1.3
    assert means["visits"] < 0.95
    assert means["tickets"] == pytest.approx(1, abs=0.12)


def test_same_seed_same_world():
    one, two = (draw_churn(300, rng=3) for _ in range(2))
    np.testing.assert_array_equal(one.left, two.left)
    pd.testing.assert_frame_equal(one.events["tickets"], two.events["tickets"])


def test_draw_churn_refuses():
    with pytest.raises(ValueError, match="n must be a whole number"):
        draw_churn(0)
    with pytest.raises(ValueError, match="leak_strength must be a finite number"):
        draw_churn(10, leak_strength=-1)
