"""Labels where there are few: rules that vote, a model of their errors, and what to label next.

Weak supervision: people write labelling functions, a label model weighs their votes::

    from mlsdlib import labelling

    votes = labelling.apply_lfs([has_url, is_short], texts)  # -1 where a rule abstains
    labelling.lf_summary(votes, lfs=[has_url, is_short])
    proba = labelling.LabelModel().fit(votes).predict_proba(votes)

Active learning: which rows are worth a person's time?

    rows = labelling.margin_query(model.predict_proba(pool), 10)

For semi-supervision use scikit-learn's `SelfTrainingClassifier` and `LabelSpreading`.
"""

from mlsdlib.labelling._acquisition import k_center_greedy, margin_query, uncertainty
from mlsdlib.labelling._functions import apply_lfs, labelling_function, lf_summary
from mlsdlib.labelling._label_model import LabelModel

__all__ = [
    "LabelModel",
    "apply_lfs",
    "k_center_greedy",
    "labelling_function",
    "lf_summary",
    "margin_query",
    "uncertainty",
]
