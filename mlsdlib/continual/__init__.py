"""Continual learning: models that go on learning while they are in use.

Replay a log as it happened. Nobody can learn from an answer that has not come yet::

    from mlsdlib import continual

    week = ((t, X[rows], y[rows]) for t, rows in weeks)
    model = continual.StatefulTrain(SGDRegressor())       # goes on from where it is
    model = continual.StatelessRetrain(Ridge, window=8_760)  # begins anew, with the last year
    run = continual.prequential_evaluate(model, week, delay=1.0)
    abs(run.prediction - run.y).mean(), run.n_learned

Do not forget, and do not stick to what was learned first::

    buffer = continual.ReplayBuffer(500, balanced=True, rng=0)  # a few old rows of each class
    continual.StatefulTrain(model, replay=buffer, share=0.2)
    continual.shrink_and_perturb(weights, shrink=0.5, fresh=drawn, noise=0.1)

Put nothing into use that was not compared, and be able to go back::

    gate = continual.ChampionChallenger(margin=0.01, min_n=100, alpha=0.05)
    decision = gate.decide(champion_loss, {"update": update_loss, "retrained": retrained_loss})
    registry = continual.ModelRegistry("models")
    registry.promote(registry.add(blob, info={"trained": "last week"}))
    registry.rollback()
"""

from mlsdlib.continual._factors import MatrixFactors
from mlsdlib.continual._gate import ChampionChallenger, Decision
from mlsdlib.continual._prequential import Prequential, prequential_evaluate
from mlsdlib.continual._registry import ModelRegistry, ModelVersion
from mlsdlib.continual._replay import ReplayBuffer
from mlsdlib.continual._trainers import StatefulTrain, StatelessRetrain
from mlsdlib.continual._weights import shrink_and_perturb

__all__ = [
    "ChampionChallenger",
    "Decision",
    "MatrixFactors",
    "ModelRegistry",
    "ModelVersion",
    "Prequential",
    "ReplayBuffer",
    "StatefulTrain",
    "StatelessRetrain",
    "prequential_evaluate",
    "shrink_and_perturb",
]
