"""A method written by hand in an exercise gives what the library's own function gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlsdlib import formats, graphs, labelling, relational
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


def label_model(votes, rounds):
    options = {"errors": "equal", "max_iter": rounds, "tol": 0} if rounds else {"method": "vote"}
    return labelling.LabelModel(**options).fit(votes).predict_proba(votes)[:, 1].tolist()


def transfer_gain(pretrained, scratch):
    runs = [run for run in pretrained if run in scratch]
    if len(runs) < 2:
        return None
    return paired_interval([pretrained[run] for run in runs], [scratch[run] for run in runs])


def margin_query(proba, k):
    known = [i for i, row in enumerate(proba) if not np.isnan(row).any()]
    if not known:
        return []
    chosen = labelling.margin_query([proba[i] for i in known], min(k, len(known)))
    return [known[i] for i in chosen]


LIBRARY = {
    "0-e1": verdict,
    "0-e2": paired_interval,
    "3.2-e1": bytes_read,
    "3.2-e2": formats.record_offsets,
    "3.2-e3": min_dtype,
    "3.2-e4": find_anomalies,
    "3.2-e6": graphs.k_hop,
    "4.2-e5": label_model,
    "4.2-e7": transfer_gain,
    "4.2-e8": margin_query,
}


@pytest.mark.parametrize("id", LIBRARY)
def test_the_librarys_function_gives_the_same_as_the_exercises(id):
    exercise = find_exercise(id)
    for case in exercise.cases(np.random.default_rng(1)):
        assert exercise.judge(case, exercise.call(LIBRARY[id], case)) is None, case
