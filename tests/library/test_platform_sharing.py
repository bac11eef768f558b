"""Shared features: what is saved, and what breaks together."""

from __future__ import annotations

import numpy as np
import pytest

from mlsdlib.platform import share_features


def test_saving_and_breakage_of_the_two_extremes():
    rng = np.random.default_rng(0)
    none = share_features(0.0, rng=rng)
    assert none.saved == 0
    all_shared = share_features(1.0, pool=10, rng=rng)  # every model uses all ten
    assert all_shared.saved == pytest.approx(1 - 10 / 200)
    assert all_shared.worst == 20


def test_on_average_as_many_models_break_with_sharing_as_without():
    rng = np.random.default_rng(1)
    years = [share_features(0.6, rng=rng) for _ in range(200)]
    together, alone = (
        np.array([getattr(y, name) for y in years]) for name in ("mean", "mean_alone")
    )
    expected = 20 * (1 - (1 - 0.002) ** 10)
    for mean in (together, alone):
        assert abs(mean.mean() - expected) < 4 * mean.std() / np.sqrt(len(mean))
    assert np.mean([year.worst for year in years]) > 2 * np.mean([y.worst_alone for y in years])


def test_same_seed_same_year():
    assert share_features(0.3, rng=5) == share_features(0.3, rng=5)


def test_share_features_refuses():
    with pytest.raises(ValueError, match="overlap must be between 0 and 1, got 2"):
        share_features(2)
    with pytest.raises(ValueError, match="models must be at least 1"):
        share_features(0.5, models=0)
