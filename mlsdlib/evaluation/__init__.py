"""Offline evaluation: is the model better, right for the right reasons, and as sure as it says?

Everything is a function on arrays, whatever model they come from::

    from mlsdlib import evaluation as ev

    ev.seasonal_naive(y, m=168, h=24)  # what a forecast has to beat
    ev.corrected_resampled_t(a - b, n_train=800, n_test=200).pvalue  # over splits of the same rows
    ev.paired_comparison(loss_a, loss_b, by=day).difference  # on the same rows

    ev.invariance_test(model.predict, texts, add_link).rate  # one call of predict
    ev.calibration_test(y, p, rng=0)  # beside a perfectly calibrated model's error
    ev.conformal_interval(y_cal, pred_cal, pred, alpha=0.1)
    ev.slice_metrics(frame, y, p, by=["sex", "age"])  # counting how many slices were looked at

Cross-validation, dummies, and calibration itself are scikit-learn's
(``CalibratedClassifierCV(method="temperature")``).
"""

from mlsdlib.evaluation._abstain import RiskCoverage, risk_coverage
from mlsdlib.evaluation._baselines import seasonal_naive
from mlsdlib.evaluation._behaviour import (
    BehaviourTest,
    directional_test,
    invariance_test,
    minimum_functionality_test,
)
from mlsdlib.evaluation._calibration import (
    CalibrationTest,
    calibration_test,
    expected_calibration_error,
)
from mlsdlib.evaluation._committees import Winners, best_of_k, majority_accuracy
from mlsdlib.evaluation._compare import Comparison, corrected_resampled_t, paired_comparison
from mlsdlib.evaluation._conformal import (
    conformal_coverage,
    conformal_interval,
    conformal_quantile,
    conformal_sets,
)
from mlsdlib.evaluation._slices import slice_metrics

__all__ = [
    "BehaviourTest",
    "CalibrationTest",
    "Comparison",
    "RiskCoverage",
    "Winners",
    "best_of_k",
    "calibration_test",
    "conformal_coverage",
    "conformal_interval",
    "conformal_quantile",
    "conformal_sets",
    "corrected_resampled_t",
    "directional_test",
    "expected_calibration_error",
    "invariance_test",
    "majority_accuracy",
    "minimum_functionality_test",
    "paired_comparison",
    "risk_coverage",
    "seasonal_naive",
    "slice_metrics",
]
