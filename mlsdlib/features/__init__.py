"""Features that are the same in training and in serving, and what leaks into them.

Functions work on arrays, transformers and splitters inside scikit-learn::

    from mlsdlib import features

    features.hash_index(["JFK", "EWR"], 1000)  # the same bins in every process
    features.cross(carrier, hour)  # "UA|17": one value for a combination
    features.asof_count(seen, asked)  # how many events were known before each question?
    features.leakage_report(train, test, target="is_canceled", time="arrival")

    model = make_pipeline(features.CyclicalEncoder(24), LogisticRegression())
    folds = features.PurgedTimeSeriesSplit(5, horizon=timedelta(hours=24))
    cross_validate(model, X, y, cv=folds)

scikit-learn has the rest: imputers, scalers, `KBinsDiscretizer`, `FeatureHasher`, `GroupKFold`,
`permutation_importance`, and a `TargetEncoder` whose `fit_transform` is cross-fitted, while its
``fit(X, y).transform(X)`` is the naive encoding that lets each row see its own label.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from mlsdlib.features._asof import asof_count
from mlsdlib.features._hashing import cross, expected_collisions, hash_index
from mlsdlib.features._leakage import LeakageReport, leakage_report
from mlsdlib.features._positions import sinusoidal_embedding

if TYPE_CHECKING:
    from mlsdlib.features._splits import PurgedTimeSeriesSplit
    from mlsdlib.features._transformers import CyclicalEncoder, HashedCross

__all__ = [
    "CyclicalEncoder",
    "HashedCross",
    "LeakageReport",
    "PurgedTimeSeriesSplit",
    "asof_count",
    "cross",
    "expected_collisions",
    "hash_index",
    "leakage_report",
    "sinusoidal_embedding",
]

_ESTIMATORS = {
    "CyclicalEncoder": "_transformers",
    "HashedCross": "_transformers",
    "PurgedTimeSeriesSplit": "_splits",
}


def __getattr__(name: str) -> object:
    """Load what is built on scikit-learn only for those who ask for it."""
    if name not in _ESTIMATORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ESTIMATORS[name]}"), name)
