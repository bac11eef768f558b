"""Distribution shifts: has the world changed, in which way, and what can be done about it?

Tests compare a sample from the past with one of now; nothing here needs a label of now::

    from mlsdlib import drift

    drift.ks_drift(reference, current).drifted(at_least=0.1)  # columns that matter
    drift.psi(reference[:, 0], current[:, 0]).threshold       # knows how many rows there are
    drift.mmd(reference, current, rng=0).pvalue               # all columns together
    drift.classifier_test(reference, current, rng=0).statistic

    recent = drift.SlidingKS(reference[:, 0], window=500)     # event by event
    recent.update(x)
    recent.get()

Corrections, each right for one kind of shift: `density_ratio_weights` where only the inputs have
moved, `bbse_weights` with `reweighted` where only the shares of the classes have, after
`BiasCorrectedTemperature`. Where the relation between inputs and labels has changed, only new
labels help, and no test of the inputs tells. `score_detector` compares alarms with the truth.
"""

from mlsdlib.drift._alarms import DetectorScore, alarms, score_detector
from mlsdlib.drift._classifier import ClassifierTest, classifier_test, density_ratio_weights
from mlsdlib.drift._columns import ColumnTests, ks_drift, ks_threshold
from mlsdlib.drift._labels import BiasCorrectedTemperature, LabelShift, bbse_weights, reweighted
from mlsdlib.drift._mmd import MMDTest, mmd
from mlsdlib.drift._psi import StabilityIndex, psi, psi_of_counts, psi_threshold
from mlsdlib.drift._sliding import SlidingKS
from mlsdlib.drift._windows import WindowedHistogram

__all__ = [
    "BiasCorrectedTemperature",
    "ClassifierTest",
    "ColumnTests",
    "DetectorScore",
    "LabelShift",
    "MMDTest",
    "SlidingKS",
    "StabilityIndex",
    "WindowedHistogram",
    "alarms",
    "bbse_weights",
    "classifier_test",
    "density_ratio_weights",
    "ks_drift",
    "ks_threshold",
    "mmd",
    "psi",
    "psi_of_counts",
    "psi_threshold",
    "reweighted",
    "score_detector",
]
