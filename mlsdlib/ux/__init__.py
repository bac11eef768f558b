"""What a user notices of a model: changes, mistakes, and waiting.

Changes. `churn` compares two models prediction by prediction; `should_refresh` decides whether a
user sees something new, and `sticky_choice` does so for many users at once::

    from mlsdlib import ux

    ux.churn(before, after, y).bad  # right before, wrong now
    ux.should_refresh(shown, scores, delta=0.5)

Mistakes. `topk_recall` and `net_utility` tell what several predictions are worth to a human who
picks one, and `best_lengths` how many to show.

Waiting. `with_fallback` asks a backup when the main model is late, and `hedged` asks the same
model twice. Both are coroutines; `run` runs them, if you like on a clock that skips the waiting::

    ux.run(ux.with_fallback(main, backup, 0.1))
"""

from mlsdlib.loops import run
from mlsdlib.ux._churn import Churn, churn
from mlsdlib.ux._consistency import should_refresh, sticky_choice
from mlsdlib.ux._fallback import Answer, hedged, with_fallback
from mlsdlib.ux._several import best_lengths, net_utility, topk_recall

__all__ = [
    "Answer",
    "Churn",
    "best_lengths",
    "churn",
    "hedged",
    "net_utility",
    "run",
    "should_refresh",
    "sticky_choice",
    "topk_recall",
    "with_fallback",
]
