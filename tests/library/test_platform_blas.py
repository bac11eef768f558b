"""Networks trained in a process of their own, under one BLAS and under another variant."""

import numpy as np
import pytest

from mlsdlib.platform import train_elsewhere


@pytest.fixture(scope="module")
def trained():
    return train_elsewhere([1, 2, 1])


def test_a_seed_repeats_bit_by_bit_within_one_variant(trained):
    weights, answers = trained
    assert (weights.shape, weights.dtype) == ((3, 64, 10), np.float32)
    assert np.array_equal(weights[0], weights[2])
    assert np.array_equal(answers[0], answers[2])
    assert (weights[0] != weights[1]).mean() > 0.99


def test_the_networks_learn_and_answer_alike_under_an_old_processor(trained):
    from sklearn.datasets import load_digits

    weights, answers = trained
    truth = load_digits().target[1200:]
    assert answers.shape == (3, len(truth))
    assert ((answers == truth).mean(axis=1) > 0.8).all()
    other, said = train_elsewhere([1, 2, 1], core="Prescott")
    assert np.allclose(weights, other, atol=1e-2)  # other bits where BLAS listens, equal elsewhere
    assert (said == answers).mean() > 0.98


@pytest.mark.parametrize(
    ("seeds", "error", "message"),
    [
        ([], ValueError, "seeds must hold at least one"),
        ([1, -1], ValueError, "seeds must be at least 0, got -1"),
        ([0.5], TypeError, "seeds must be a whole number, got 0.5"),
    ],
)
def test_wrong_seeds(seeds, error, message):
    with pytest.raises(error, match=message):
        train_elsewhere(seeds)
