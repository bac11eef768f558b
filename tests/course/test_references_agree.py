"""A method written by hand in an exercise gives what the library's own function gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlsdlib import augmentation, formats, graphs, relational
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


def swap(words, synonyms, p, rng):
    lexicon = {word: [synonym] for word, synonym in synonyms.items()}
    text = augmentation.swap_synonyms(" ".join(words), lexicon, p, rng=rng)
    return text.split()


def fgsm(weights, biases, x, y, eps):
    import torch

    w, b = torch.tensor(weights, dtype=torch.float64), torch.tensor(biases, dtype=torch.float64)
    pixels = torch.tensor([x], dtype=torch.float64)
    return augmentation.fgsm(lambda x: x @ w.T + b, pixels, torch.tensor([y]), eps)[0].tolist()


def mlm_mask(ids, mask_id, vocab_size, special_ids, rng):
    return augmentation.mlm_mask(
        np.array(ids, int), mask_id=mask_id, vocab_size=vocab_size, special_ids=special_ids, rng=rng
    )


LIBRARY = {
    "0-e1": verdict,
    "0-e2": paired_interval,
    "3.2-e1": bytes_read,
    "3.2-e2": formats.record_offsets,
    "3.2-e3": min_dtype,
    "3.2-e4": find_anomalies,
    "3.2-e6": graphs.k_hop,
    "4.4-e2": swap,
    "4.4-e3": fgsm,
    "4.4-e4": mlm_mask,
}


@pytest.mark.parametrize("id", LIBRARY)
def test_the_librarys_function_gives_the_same_as_the_exercises(id):
    exercise = find_exercise(id)
    for case in exercise.cases(np.random.default_rng(1)):
        assert exercise.judge(case, exercise.call(LIBRARY[id], case)) is None, case
