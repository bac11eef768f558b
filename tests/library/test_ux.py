"""What a user notices: churn, consistency, several predictions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import top_k_accuracy_score

from mlsdlib import ux

labels = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=30)


@given(labels)
def test_flips_add_up_and_turn_with_the_models(rows):
    a, b, y = map(list, zip(*rows, strict=True))
    found, back = ux.churn(a, b, y), ux.churn(b, a, y)
    assert found.changed == pytest.approx(found.good + found.bad + found.neutral)
    assert (found.good, found.bad, found.neutral) == (back.bad, back.good, back.neutral)
    accuracy = np.mean(np.array(b) == y) - np.mean(np.array(a) == y)
    assert found.gain == pytest.approx(accuracy)


def test_churn_of_a_model_with_itself_is_zero():
    assert ux.churn([1, 2], [1, 2], [0, 2]) == ux.Churn(0.0, 0.0, 0.0, 0.0)


def test_churn_says_what_is_wrong():
    with pytest.raises(ValueError, match="before and after and y must be as long"):
        ux.churn([1], [1, 2], [1, 2])
    with pytest.raises(ValueError, match="y must hold at least one answer"):
        ux.churn([], [], [])


SCORES = {"pool": 4.0, "wifi": 3.0, "pets": 2.0}


@pytest.mark.parametrize(
    ("shown", "flags", "expected"),
    [
        (None, {}, True),  # cold start
        ([], {"in_use": True}, True),
        (["gone"], {"in_use": True}, True),
        (["pool"], {"changed": True, "in_use": True}, True),
        (["pets"], {"in_use": True}, False),
        (["pets"], {}, True),
        (["wifi"], {}, False),  # a gain of exactly delta
        (["wifi", "pool"], {}, False),  # the order is no gain
    ],
)
def test_rules_of_refreshing(shown, flags, expected):
    assert ux.should_refresh(shown, SCORES, delta=1.0, **flags) is expected


@given(
    arrays(float, (6, 3, 4), elements=st.floats(-2, 2)),
    st.sampled_from([0.0, 0.5, 1.5]),
)
def test_many_users_get_what_the_rule_says_for_each(scores, delta):
    found = ux.sticky_choice(scores, delta)
    for user in range(3):
        now = int(scores[0, user].argmax())
        for visit in range(6):
            values = dict(enumerate(scores[visit, user].tolist()))
            if visit and ux.should_refresh([now], values, delta=delta):
                now = int(scores[visit, user].argmax())
            assert found[visit, user] == now


def test_an_infinite_delta_never_changes():
    scores = np.random.default_rng(0).normal(size=(5, 4, 3))
    assert (ux.sticky_choice(scores, np.inf) == scores[0].argmax(axis=1)).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ux.should_refresh([], SCORES, delta=-1), "delta must be at least 0"),
        (lambda: ux.should_refresh([], {}, delta=1), "scores must hold at least one item"),
        (lambda: ux.sticky_choice([[1.0]], 0.5), r"scores must have the shape"),
        (lambda: ux.sticky_choice([[[np.nan]]], 0.5), "scores must not hold NaN"),
        (lambda: ux.sticky_choice([[[1.0]]], np.nan), "delta must be at least 0"),
        (lambda: ux.topk_recall([[1, 2]], [2], 1), "y must hold whole numbers from 0 to 1"),
        (lambda: ux.topk_recall([[1, 2]], [0.5], 1), "y must hold whole numbers"),
        (lambda: ux.topk_recall([1, 2], [0], 1), r"scores must have the shape"),
        (lambda: ux.topk_recall([[1, 2]], [0, 1], 1), "as long as each other"),
        (lambda: ux.topk_recall([[1, np.nan]], [0], 1), "scores must not hold NaN"),
        (lambda: ux.topk_recall([[1, 2]], [0], 0), "k must be at least 1"),
        (lambda: utility((0.9, 0.8)), "recall must not fall"),
        (lambda: utility((0.5, 1.2)), r"recall\[1\] must be between 0 and 1"),
        (lambda: utility(human_acc=2), "human_acc must be between 0 and 1"),
        (lambda: utility(solo_share=-1), "solo_share must be between 0 and 1"),
        (lambda: utility(read_cost=-1), "read_cost must be at least 0"),
    ],
)
def test_errors_name_the_argument(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def utility(recall=(0.5, 0.8), k=3, **changes):
    return ux.net_utility(recall, k, **{"human_acc": 0.9, "read_cost": 0.01, **changes})


def test_recall_without_ties_is_scikit_learns():
    rng = np.random.default_rng(0)
    scores, y = rng.random((200, 6)), rng.permutation(np.arange(200) % 6)
    for k in range(1, 6):
        assert ux.topk_recall(scores, y, k) == pytest.approx(top_k_accuracy_score(y, scores, k=k))
    assert ux.topk_recall(scores, y, 9) == 1.0


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_recall_with_ties_is_that_of_a_random_order(k, seed):
    rng = np.random.default_rng(seed)
    row, right = rng.integers(0, 3, 5), int(rng.integers(5))
    shuffled = row + 0.5 * rng.random((4_000, 5))
    mean = ux.topk_recall(shuffled, np.full(4_000, right), k)
    assert ux.topk_recall([row], [right], k) == pytest.approx(mean, abs=0.05)


def test_utility_falls_with_the_cost_and_with_automation_bias():
    assert utility() > utility(read_cost=0.02) > utility(read_cost=0.2)
    assert utility(solo_share=1.0) == 0.5
    assert utility((0.5, 0.5), 1, read_cost=9) == 0.5


def test_a_list_is_as_long_as_is_worth_most():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.full(6, 0.4), 300)
    for human_acc, read_cost in ((0.95, 0.02), (0.6, 0.1), (1.0, 0.0), (0.0, 0.1)):
        worth = [
            [
                ux.net_utility(
                    (row[0], min(row[:k].sum(), 1.0)), k, human_acc=human_acc, read_cost=read_cost
                )
                for k in range(1, 7)
            ]
            for row in np.sort(proba, axis=1)[:, ::-1]
        ]
        lengths = ux.best_lengths(proba, human_acc=human_acc, read_cost=read_cost)
        found = np.take_along_axis(np.array(worth), lengths[:, None] - 1, axis=1)[:, 0]
        np.testing.assert_allclose(found, np.max(worth, axis=1), atol=1e-12)
    with pytest.raises(ValueError, match="proba must have the shape"):
        ux.best_lengths([0.5, 0.5], human_acc=1, read_cost=0)
    with pytest.raises(ValueError, match="human_acc must be between 0 and 1, got 2"):
        ux.best_lengths([[0.5, 0.5]], human_acc=2, read_cost=0)
    with pytest.raises(ValueError, match="read_cost must be at least 0, got -1"):
        ux.best_lengths([[0.5, 0.5]], human_acc=1, read_cost=-1)
