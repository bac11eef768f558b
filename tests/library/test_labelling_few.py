"""Labelling functions and the label model: published values, laws, and complaints about peers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.labelling import LabelModel, apply_lfs, labelling_function, lf_summary


def world(n, accuracies, *, seed=0, coverage=1.0, classes=2):
    """Return votes of independent functions that err alike in all classes, and the truth."""
    rng = np.random.default_rng(seed)
    y = rng.integers(classes, size=n)
    right = rng.random((n, len(accuracies))) < accuracies
    wrong = (y[:, None] + rng.integers(1, classes, (n, len(accuracies)))) % classes
    votes = np.where(right, y[:, None], wrong)
    return np.where(rng.random(votes.shape) < coverage, votes, -1), y


def brute_force(votes, classes, rounds, *, estimate):
    """Dawid and Skene (1979), in loops and in the probabilities themselves."""
    n, m = votes.shape
    theta = [
        [[0.7 if v == y else 0.3 / (classes - 1) for v in range(classes)] for y in range(classes)]
        for _ in range(m)
    ]
    balance = [1 / classes] * classes

    def posterior():
        rows, total = [], 0.0
        for row in votes:
            joint = [
                balance[y] * math.prod(theta[j][y][v] for j, v in enumerate(row))
                for y in range(classes)
            ]
            rows.append([p / sum(joint) for p in joint])
            total += math.log(sum(joint))
        return rows, total

    for _ in range(rounds):
        proba, _ = posterior()
        for j in range(m):
            for y in range(classes):
                whole = sum(p[y] for p in proba)
                for v in range(classes):
                    part = sum(p[y] for p, row in zip(proba, votes, strict=True) if row[j] == v)
                    theta[j][y][v] = part / whole
        if estimate:
            balance = [sum(p[y] for p in proba) / n for y in range(classes)]
    return (*posterior(), theta, balance)


def test_triplets_recover_the_accuracies_of_independent_functions():
    votes, _ = world(20_000, [0.9, 0.8, 0.7, 0.6])
    model = LabelModel(method="triplet").fit(votes)
    assert model.accuracy_ == pytest.approx([0.9, 0.8, 0.7, 0.6], abs=0.015)


def test_triplets_of_three_functions_are_the_published_formula():
    votes, _ = world(500, [0.9, 0.8, 0.7])
    signed = 2 * votes - 1
    m = signed.T @ signed / len(signed)
    expected = [
        (1 + math.sqrt(m[i, j] * m[i, k] / m[j, k])) / 2
        for i, j, k in [(0, 1, 2), (1, 0, 2), (2, 0, 1)]
    ]
    assert LabelModel(method="triplet").fit(votes).accuracy_ == pytest.approx(expected)


def test_triplets_know_a_function_that_is_worse_than_a_coin():
    votes, _ = world(20_000, [0.9, 0.8, 0.7, 0.2], coverage=0.6)
    accuracy = LabelModel(method="triplet").fit(votes).accuracy_
    assert accuracy == pytest.approx([0.9, 0.8, 0.7, 0.2], abs=0.03)


@pytest.mark.parametrize("errors", ["equal", "by_class"])
@pytest.mark.parametrize("coverage", [1.0, 0.5])
def test_em_recovers_accuracies_with_and_without_abstentions(errors, coverage):
    votes, y = world(20_000, [0.9, 0.8, 0.7, 0.6], coverage=coverage)
    model = LabelModel(errors=errors).fit(votes, y)
    assert model.accuracy_ == pytest.approx([0.9, 0.8, 0.7, 0.6], abs=0.03)
    assert model.gain_.low > 0
    assert 0 < model.gain_.value <= model.disagreement_


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("estimate", [True, False])
def test_em_without_abstentions_is_dawid_and_skene(classes, estimate):
    votes, _ = world(60, [0.9, 0.7, 0.6, 0.55], classes=classes, seed=3)
    proba, likelihood, theta, balance = brute_force(votes, classes, 6, estimate=estimate)
    model = LabelModel(
        classes, balance="estimate" if estimate else None, smoothing=0, max_iter=6, tol=0
    ).fit(votes)
    assert model.n_iter_ == 6
    assert model.predict_proba(votes) == pytest.approx(np.array(proba), abs=1e-9)
    assert model.confusion_ == pytest.approx(np.array(theta), abs=1e-9)
    assert model.balance_ == pytest.approx(balance)
    assert model.log_likelihood_ == pytest.approx(likelihood)


@pytest.mark.parametrize("errors", ["equal", "by_class"])
def test_no_round_of_em_lowers_the_likelihood(errors):
    votes, _ = world(300, [0.8, 0.7, 0.6, 0.6], coverage=0.7, seed=1)
    found = [
        LabelModel(errors=errors, balance="estimate", smoothing=0, max_iter=i, tol=0)
        .fit(votes)
        .log_likelihood_
        for i in range(1, 15)
    ]
    assert np.diff(found).min() > -1e-9


def test_em_finds_one_sided_rules_and_a_bad_one_without_labels():
    rng = np.random.default_rng(5)
    y = (rng.random(8_000) < 0.3).astype(int)
    rates = [(0.02, 0.4, 1), (0.03, 0.5, 1), (0.05, 0.3, 1), (0.5, 0.02, 0), (0.4, 0.05, 0)]
    rates.append((0.3, 0.1, 1))  # votes 1, and mostly where the truth is 0
    votes = np.column_stack(
        [np.where(rng.random(len(y)) < np.where(y == 1, b, a), vote, -1) for a, b, vote in rates]
    )
    model = LabelModel(balance=[0.7, 0.3]).fit(votes, y)
    truth = lf_summary(votes, y)["accuracy"]
    assert model.accuracy_ == pytest.approx(truth, abs=0.06)
    assert model.accuracy_[-1] < 0.3
    assert model.gain_.low > 0


# What users of Snorkel complained about.


@pytest.mark.parametrize("method", ["em", "triplet", "vote"])
@pytest.mark.parametrize("vote", [0, 1])
def test_where_all_functions_say_one_thing_it_is_predicted(method, vote):  # 1591, 1487
    votes = np.full((200, 6), vote)
    model = LabelModel(method=method).fit(votes)
    assert set(model.predict(votes)) == {vote}
    mixed, _ = world(2_000, [0.9, 0.8, 0.75, 0.7, 0.65, 0.6])
    fitted = LabelModel(method=method).fit(mixed)
    assert fitted.predict([[vote] * 6]).tolist() == [vote]


@pytest.mark.parametrize("method", ["em", "triplet", "vote"])
def test_rows_without_votes_get_the_balance_and_no_label(method):
    votes, _ = world(500, [0.9, 0.8, 0.7], coverage=0.5)
    model = LabelModel(method=method, balance=[0.8, 0.2]).fit(votes)
    nothing = [[-1, -1, -1]]
    assert model.predict_proba(nothing) == pytest.approx(np.array([[0.8, 0.2]]))
    assert model.predict(nothing).tolist() == [-1]


def test_copies_make_em_worse_than_the_vote_and_it_says_so():  # tutorials 289
    votes, y = world(2_000, [0.85, 0.7, 0.6, 0.6, 0.55])
    copied = np.column_stack([votes, votes[:, -1], votes[:, -1]])
    assert LabelModel().fit(votes, y).gain_.low > 0
    assert LabelModel().fit(copied, y).gain_.high < 0
    unknown = LabelModel().fit(copied)
    assert unknown.gain_ is None
    assert unknown.disagreement_ == LabelModel().fit(copied, y).disagreement_ > 0


def test_a_given_balance_helps_where_a_class_is_rare():  # 1432
    rng = np.random.default_rng(2)
    y = (rng.random(5_000) < 0.1).astype(int)
    right = rng.random((5_000, 3)) < [0.85, 0.8, 0.75]
    votes = np.where(right, y[:, None], 1 - y[:, None])
    given = LabelModel(balance=[0.9, 0.1], errors="equal").fit(votes)
    equal = LabelModel(errors="equal").fit(votes)
    assert (given.predict(votes) == y).mean() > (equal.predict(votes) == y).mean()


def test_the_result_does_not_depend_on_the_global_seed():
    votes, _ = world(300, [0.8, 0.7, 0.6], coverage=0.8)
    found = []
    for seed in (1, 2):
        np.random.seed(seed)
        found.append(LabelModel().fit(votes).predict_proba(votes))
    assert np.array_equal(*found)


def test_the_vote_is_the_majority_and_gains_nothing():
    votes = np.array([[1, 1, 0], [0, -1, 1], [0, 0, -1]])
    model = LabelModel(method="vote").fit(votes, [1, 0, 1])
    assert model.predict(votes).tolist() == [1, -1, 0]
    assert (model.gain_.value, model.disagreement_) == (0, 0)


def test_gold_labels_may_be_missing_and_change_nothing():
    votes, y = world(400, [0.9, 0.7, 0.6], coverage=0.8)
    some = np.where(np.arange(400) < 100, y, -1)
    model = LabelModel().fit(votes, some)
    assert model.gain_.n <= 100
    assert np.array_equal(model.confusion_, LabelModel().fit(votes).confusion_)
    assert LabelModel().fit(votes, np.full(400, -1)).gain_ is None


votes_of = st.integers(3, 12).flatmap(
    lambda n: st.lists(st.lists(st.integers(-1, 1), min_size=3, max_size=3), min_size=n, max_size=n)
)


@settings(max_examples=40, deadline=None)
@given(
    votes=votes_of, order=st.permutations(range(3)), errors=st.sampled_from(["equal", "by_class"])
)
def test_order_of_functions_and_names_of_classes_do_not_matter(votes, order, errors):
    votes = np.array(votes)
    if (votes == -1).all():
        return
    options = {"errors": errors, "max_iter": 10}
    proba = LabelModel(**options).fit(votes).predict_proba(votes)
    assert proba.sum(axis=1) == pytest.approx(1)
    assert proba.min() >= 0
    mixed = votes[:, order]
    assert LabelModel(**options).fit(mixed).predict_proba(mixed) == pytest.approx(proba, abs=1e-7)
    swapped = np.where(votes == -1, -1, 1 - votes)
    found = LabelModel(**options).fit(swapped).predict_proba(swapped)
    assert found[:, ::-1] == pytest.approx(proba, abs=1e-7)


def test_apply_lfs_returns_a_vote_of_each_function_on_each_row():
    @labelling_function(name="url")
    def has_url(text):
        return 1 if "http" in text else -1

    votes = apply_lfs([has_url, lambda text: 0], ["http://x", "hello"])
    assert (votes.dtype, votes.tolist()) == (np.int8, [[1, 0], [-1, 0]])
    assert apply_lfs([has_url], []).shape == (0, 1)


def test_lf_summary_counts_overlaps_conflicts_and_right_votes():
    votes = np.array([[1, 1, -1], [1, 0, -1], [-1, 0, -1], [0, -1, -1]])
    table = lf_summary(votes, [1, 1, 0, -1], lfs=[abs, max, min])
    assert table.index.tolist() == ["abs", "max", "min"]
    assert table["polarity"].tolist() == [[0, 1], [0, 1], []]
    assert table["coverage"].tolist() == [0.75, 0.75, 0]
    assert table["overlaps"].tolist() == [0.5, 0.5, 0]
    assert table["conflicts"].tolist() == [0.25, 0.25, 0]
    assert table["accuracy"].tolist()[:2] == [1, pytest.approx(2 / 3)]
    assert math.isnan(table["accuracy"].iloc[2])
    assert "accuracy" not in lf_summary(votes)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: apply_lfs([], ["a"]), ValueError, "lfs must hold at least one"),
        (lambda: apply_lfs(["x"], ["a"]), TypeError, "lfs must hold functions, got str"),
        (lambda: apply_lfs([lambda t: True], ["a"]), TypeError, "a class or -1, got True"),
        (lambda: apply_lfs([lambda t: None], ["a"]), TypeError, "a class or -1, got None"),
        (lambda: apply_lfs([lambda t: -2], ["a"]), ValueError, "from 0 to 126 or -1, got -2"),
        (lambda: labelling_function(3), TypeError, "function must be callable, got int"),
        (lambda: lf_summary([1, 0]), ValueError, "votes must have shape"),
        (lambda: lf_summary([[0.5]]), TypeError, "votes must be whole numbers"),
        (lambda: lf_summary([[1]], [1, 0]), ValueError, r"y must have shape \(1,\)"),
        (lambda: lf_summary([[1]], lfs=[]), ValueError, "lfs must hold 1 functions, got 0"),
        (lambda: LabelModel(1), ValueError, "n_classes must be from 2"),
        (lambda: LabelModel(2.0), TypeError, "n_classes must be a whole number"),
        (lambda: LabelModel(method="mean"), ValueError, "method must be one of em, triplet"),
        (lambda: LabelModel(errors="none"), ValueError, "errors must be one of"),
        (lambda: LabelModel(3, method="triplet"), ValueError, "n_classes must be 2"),
        (lambda: LabelModel(method="vote", balance="estimate"), ValueError, "needs method='em'"),
        (lambda: LabelModel(balance=[1.0, 0.0]), ValueError, "balance must hold 2 positive"),
        (lambda: LabelModel(balance="even"), ValueError, "balance must be None, 'estimate'"),
        (lambda: LabelModel(smoothing=-1), ValueError, "smoothing must be at least 0"),
        (lambda: LabelModel(smoothing=np.inf), ValueError, "smoothing must be at least 0 and fin"),
        (lambda: LabelModel(tol=None), TypeError, "tol must be a number, got None"),
        (lambda: LabelModel(balance=["a", "b"]), TypeError, "balance must hold 2 numbers"),
        (lambda: LabelModel().fit([[1, 0], [1]]), ValueError, "votes must hold rows of equal"),
        (lambda: apply_lfs(len, ["a"]), TypeError, "lfs must be a sequence of functions"),
        (lambda: LabelModel(max_iter=0), ValueError, "max_iter must be at least 1"),
        (lambda: LabelModel().fit([[2, 0]]), ValueError, "votes must lie between -1 and 1"),
        (lambda: LabelModel().fit([[-1, -1]]), ValueError, "votes must hold a vote"),
        (lambda: LabelModel().fit([[1], [0]], [1, 2]), ValueError, "y must lie between -1 and 1"),
        (lambda: LabelModel(method="triplet").fit([[1, 0]]), ValueError, "at least 3 columns"),
        (lambda: LabelModel().predict_proba([[1]]), RuntimeError, "not fitted"),
        (lambda: LabelModel().fit([[1, 0]]).predict([[1]]), ValueError, "must have 2 columns"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_apply_lfs_refuses_a_data_frame():
    import pandas as pd

    with pytest.raises(TypeError, match="rows must be an iterable of rows, got a data frame"):
        apply_lfs([len], pd.DataFrame({"a": [1]}))
