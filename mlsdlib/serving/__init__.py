"""Predictions for those who ask: computed before (batch), when they ask (online), or both.

A service over HTTP, with a bounded queue, that predicts together what comes at the same time; and
callers, in a process of their own, that put it under load::

    from mlsdlib import serving

    with serving.PredictionService(predict, n_features=13, max_batch=32) as service:
        (run,) = serving.run_load([service.url], rows, n=500, rate=200, rng=0)
        run  # how many were answered, rejected, late, failed; lost

`MicroBatcher` is the part of it that gathers rows, and works without HTTP. `ServiceProcess` serves
an ONNX model (`OnnxModel`) in a process that can be killed. `Rollout` stands before several
services and brings in a new one: as a shadow, as a canary, and back if it is bad.

Batch prediction is `precompute` to a Parquet file, and `Precomputed` reads it as long as it is
fresh. `HybridPredictor` answers from it what is popular and computes the rest, with a `TTLCache` in
between. `Profiles` keeps the features that change while somebody is there, event by event;
`profiles_asof` computes the same from a log.
"""

from mlsdlib.serving._batcher import Closed, MicroBatcher, Overloaded
from mlsdlib.serving._cache import TTLCache
from mlsdlib.serving._hybrid import HybridPredictor
from mlsdlib.serving._load import LoadRun, run_load
from mlsdlib.serving._onnx import OnnxModel, classifier_to_onnx
from mlsdlib.serving._peers import Shadowed
from mlsdlib.serving._precompute import Precomputed, precompute
from mlsdlib.serving._process import ServiceProcess
from mlsdlib.serving._profiles import Profiles, profiles_asof
from mlsdlib.serving._rollout import Rollout, RolloutEvent
from mlsdlib.serving._service import PredictionService

__all__ = [
    "Closed",
    "HybridPredictor",
    "LoadRun",
    "MicroBatcher",
    "OnnxModel",
    "Overloaded",
    "Precomputed",
    "PredictionService",
    "Profiles",
    "Rollout",
    "RolloutEvent",
    "ServiceProcess",
    "Shadowed",
    "TTLCache",
    "classifier_to_onnx",
    "precompute",
    "profiles_asof",
    "run_load",
]
