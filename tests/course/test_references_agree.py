"""A method written by hand in an exercise gives what the library's own function gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlsdlib import formats, graphs, imbalance, relational
from mlsdlib.course.claim import decide
from mlsdlib.course.exercises import find_exercise
from mlsdlib.estimate import Estimate, paired_t


def verdict(low, high, above):
    return decide(Estimate((low + high) / 2, low, high), above=above)


def paired_interval(a, b):
    estimate = paired_t(a, b)
    return [estimate.value, estimate.low, estimate.high]


def bytes_read(row_groups, columns, groups=None):
    known = [name for name in columns if any(p.startswith(name) for g in row_groups for p in g)]
    return formats.bytes_read(row_groups, known, groups=groups)


def min_dtype(values):
    return formats.min_dtype(values).name


def find_anomalies(rows, lhs, rhs):
    table = pd.DataFrame(rows, columns=[lhs, rhs])
    return sorted(relational.find_anomalies(table, lhs, rhs)[lhs].unique())


def best_threshold(y, p, c_fp, c_fn):
    found = imbalance.best_threshold(y, p, c_fp=c_fp, c_fn=c_fn)
    return None if np.isinf(found) else found


def precision_at(tpr, fpr, prevalence):
    found = imbalance.precision_at(tpr, fpr, prevalence)
    return None if np.isnan(found) else found


def unbias(p_s, beta):
    """Correct the prior: any true one will do, if a share beta of its negatives is kept."""
    train = 0.3 / (0.3 + beta * 0.7)
    return imbalance.prior_correction(np.array(p_s, float), train, 0.3).tolist()


def focal(p, y, gamma, alpha=None):
    import torch

    logits = torch.logit(torch.tensor(p, dtype=torch.float64))
    labels = torch.tensor(y, dtype=torch.float64)
    losses = imbalance.focal_loss(
        logits.clamp(-1e300, 1e300), labels, gamma=gamma, alpha=alpha, reduction="none"
    )
    return [float("inf") if loss > 1e200 else loss for loss in losses.tolist()]


LIBRARY = {
    "0-e1": verdict,
    "0-e2": paired_interval,
    "3.2-e1": bytes_read,
    "3.2-e2": formats.record_offsets,
    "3.2-e3": min_dtype,
    "3.2-e4": find_anomalies,
    "3.2-e6": graphs.k_hop,
    "4.3-e2": best_threshold,
    "4.3-e3": precision_at,
    "4.3-e4": unbias,
    "4.3-e6": focal,
}


@pytest.mark.parametrize("id", LIBRARY)
def test_the_librarys_function_gives_the_same_as_the_exercises(id):
    exercise = find_exercise(id)
    for case in exercise.cases(np.random.default_rng(1)):
        assert exercise.judge(case, exercise.call(LIBRARY[id], case)) is None, case
