"""Labels: how far annotators agree, what is true behind their votes, which labels are wrong.

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

Cohen's kappa, for two annotators, is `sklearn.metrics.cohen_kappa_score`.
"""

from mlsdlib.labelling._agreement import fleiss_kappa, krippendorff_alpha
from mlsdlib.labelling._crowd import DawidSkene, majority_vote
from mlsdlib.labelling._delays import FeedbackJoiner, labels_as_of
from mlsdlib.labelling._lineage import SourceLoss, SourceReport, source_report
from mlsdlib.labelling._noise import flip_labels, neighbour_disagreement

__all__ = [
    "DawidSkene",
    "FeedbackJoiner",
    "SourceLoss",
    "SourceReport",
    "fleiss_kappa",
    "flip_labels",
    "krippendorff_alpha",
    "labels_as_of",
    "majority_vote",
    "neighbour_disagreement",
    "source_report",
]
