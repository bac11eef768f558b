"""Labels: how far annotators agree, what is true behind their votes, and what to do without them.

One row per label given, in three columns, items, annotators and labels::

    from mlsdlib import labelling

    labelling.krippendorff_alpha(items, annotators, labels)  # agreement beyond chance
    labelling.majority_vote(items, labels, rng=0)            # one label an item
    model = labelling.DawidSkene().fit(items, annotators, labels)
    model.predict()                                          # the same, annotators weighed

Errors with a known structure are planted by `flip_labels`. Wrong labels are found by their
neighbours, `neighbour_disagreement`, or through the source they came from, `source_report`.

Natural labels come late: `labels_as_of` says what is known at some moment, and `FeedbackJoiner`
the same for a stream. A prediction whose window is still open is *pending*, not negative.

Weak supervision: people write labelling functions, a label model weighs their votes::

    votes = labelling.apply_lfs([has_url, is_short], texts)  # -1 where a rule abstains
    labelling.lf_summary(votes, lfs=[has_url, is_short])
    proba = labelling.LabelModel().fit(votes).predict_proba(votes)

Active learning: which rows are worth a person's time? ::

    rows = labelling.margin_query(model.predict_proba(pool), 10)

Cohen's kappa, for two annotators, is `sklearn.metrics.cohen_kappa_score`; for semi-supervision use
scikit-learn's `SelfTrainingClassifier` and `LabelSpreading`.
"""

from mlsdlib.labelling._acquisition import k_center_greedy, margin_query, uncertainty
from mlsdlib.labelling._agreement import fleiss_kappa, krippendorff_alpha
from mlsdlib.labelling._crowd import DawidSkene, majority_vote
from mlsdlib.labelling._delays import FeedbackJoiner, labels_as_of
from mlsdlib.labelling._functions import apply_lfs, labelling_function, lf_summary
from mlsdlib.labelling._label_model import LabelModel
from mlsdlib.labelling._lineage import SourceLoss, SourceReport, source_report
from mlsdlib.labelling._noise import flip_labels, neighbour_disagreement

__all__ = [
    "DawidSkene",
    "FeedbackJoiner",
    "LabelModel",
    "SourceLoss",
    "SourceReport",
    "apply_lfs",
    "fleiss_kappa",
    "flip_labels",
    "k_center_greedy",
    "krippendorff_alpha",
    "labelling_function",
    "labels_as_of",
    "lf_summary",
    "majority_vote",
    "margin_query",
    "neighbour_disagreement",
    "source_report",
    "uncertainty",
]
