"""Agreement and crowds: published values, what must never change, and what is refused."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib import datasets
from mlsdlib.labelling import DawidSkene, fleiss_kappa, krippendorff_alpha, majority_vote

NAN = float("nan")

# --- Fleiss' kappa ---

# Ten items, fourteen annotators, five classes: the example of the encyclopaedias.
FLEISS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip


def test_fleiss_kappa_of_the_published_table():
    assert fleiss_kappa(FLEISS) == pytest.approx(0.209931, abs=5e-7)


def test_fleiss_kappa_at_its_ends():
    assert fleiss_kappa([[3, 0], [0, 3]]) == 1
    assert fleiss_kappa([[1, 1], [1, 1]]) == -1
    assert math.isnan(fleiss_kappa([[3, 0], [3, 0]]))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_fleiss_kappa_knows_no_order_and_no_names(seed):
    rng = np.random.default_rng(seed)
    table = rng.multinomial(4, [0.5, 0.3, 0.2], size=6)
    assert fleiss_kappa(rng.permutation(table)) == pytest.approx(fleiss_kappa(table), nan_ok=True)
    turned = table[:, rng.permutation(3)]
    assert fleiss_kappa(turned) == pytest.approx(fleiss_kappa(table), nan_ok=True)


@pytest.mark.parametrize(
    ("counts", "error", "message"),
    [
        ([], ValueError, r"counts must have the shape .* got \(0,\)"),
        ([[1.5, 0.5]], TypeError, "counts must hold whole numbers"),
        ([[3, -1]], ValueError, "counts must not be negative, got -1"),
        ([[1, 1], [1, 2]], ValueError, "the same number .* got 2 to 3"),
        ([[1, 0], [0, 1]], ValueError, "at least 2; got 1 to 1"),
    ],
)
def test_fleiss_kappa_refuses(counts, error, message):
    with pytest.raises(error, match=message):
        fleiss_kappa(counts)


# --- Krippendorff's alpha ---

# "Data C" of Krippendorff (2011): four observers, twelve units, gaps.
DATA_C = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def long(table):
    """Return a table of observers x units as columns of items, annotators and labels."""
    rows = [(i, a, v) for a, row in enumerate(table) for i, v in enumerate(row)]
    return [list(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize(
    ("level", "value"), [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491)]
)
def test_alpha_of_the_published_data(level, value):
    assert krippendorff_alpha(*long(DATA_C), level=level) == pytest.approx(value, abs=5e-5)


def brute_alpha(items, labels, distance):
    """Return alpha from its definition: all pairs within items over all pairs at large."""
    groups = {}
    for item, label in zip(items, labels, strict=True):
        if label is not None:
            groups.setdefault(item, []).append(label)
    groups = [group for group in groups.values() if len(group) > 1]
    every = [label for group in groups for label in group]
    observed = sum(
        distance(a, b) / (len(group) - 1) for g in groups for group in [g]
        for a, b in itertools.permutations(group, 2)
    ) / len(every)  # fmt: skip
    expected = sum(distance(a, b) for a, b in itertools.permutations(every, 2))
    return 1 - observed / (expected / (len(every) * (len(every) - 1)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_alpha_is_its_definition(seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(1, 5, (4, 7)).astype(object)
    table[rng.random(table.shape) < 0.3] = None
    columns = long(table.tolist())
    shared = pd.Series(columns[2]).groupby(columns[0]).apply(lambda g: g.notna().sum() > 1)
    kept = [v for i, v in zip(columns[0], columns[2], strict=True) if shared[i] and v is not None]
    if len(set(kept)) < 2:
        return
    for level, distance in (
        ("nominal", lambda a, b: float(a != b)),
        ("interval", lambda a, b: (a - b) ** 2),
        ("ordinal", lambda a, b: _between(kept, a, b) ** 2),
    ):
        found = krippendorff_alpha(*columns, level=level)
        assert found == pytest.approx(brute_alpha(columns[0], columns[2], distance))


def _between(kept, a, b):
    low, high = sorted((a, b))
    return sum(low <= v <= high for v in kept) - (kept.count(a) + kept.count(b)) / 2


def test_alpha_knows_no_order_of_rows_and_takes_any_names():
    items, who, labels = long(DATA_C)
    order = np.random.default_rng(0).permutation(len(items))
    shuffled = [np.array(column, dtype=object)[order] for column in (items, who, labels)]
    assert krippendorff_alpha(*shuffled) == pytest.approx(krippendorff_alpha(items, who, labels))
    named = [None if v is None else f"class {v}" for v in labels]
    assert krippendorff_alpha(items, [f"w{w}" for w in who], named) == pytest.approx(
        krippendorff_alpha(items, who, labels)
    )
    floats = [NAN if v is None else float(v) for v in labels]
    assert krippendorff_alpha(items, who, floats, level="interval") == pytest.approx(0.8491, 1e-4)


def test_alpha_at_its_ends():
    assert krippendorff_alpha([1, 1, 2, 2], [0, 1, 0, 1], ["a", "a", "b", "b"]) == 1
    assert krippendorff_alpha([1, 1, 2, 2], [0, 1, 0, 1], ["a", "b", "b", "a"]) < 0
    assert math.isnan(krippendorff_alpha([1, 1], [0, 1], ["a", "a"]))


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        (([1, 1], [1, 2], [1]), ValueError, "as long as each other, got 2, 2 and 1"),
        (([1, None], [1, 2], [1, 1]), ValueError, "items must not hold nulls, got 1"),
        (([1, 1], [1, None], [1, 1]), ValueError, "annotators must not hold nulls, got 1"),
        (([1, 1], [1, 2], [None, NAN]), ValueError, "at least one label, got none"),
        (([1, 2], [1, 2], [1, 1]), ValueError, "an item with two labels, got none"),
        (([1, 1], [1, 1], [1, 2]), ValueError, "got two for one pair"),
        (([1, 1], [1, 2], [1, [2]]), TypeError, "labels must hold hashable values"),
        (("ab", [1, 2], [1, 2]), TypeError, "items must be a sequence, got 'ab'"),
        (([[1], [1]], [1, 2], np.zeros((2, 1))), ValueError, "labels must be one-dimensional"),
    ],
)
def test_alpha_refuses(args, error, message):
    with pytest.raises(error, match=message):
        krippendorff_alpha(*args)


def test_alpha_refuses_a_level_that_does_not_fit():
    with pytest.raises(ValueError, match="level must be among nominal, ordinal, interval"):
        krippendorff_alpha([1, 1], [1, 2], [1, 2], level="ratio")
    with pytest.raises(TypeError, match="labels must be numbers for level='interval', got 'a'"):
        krippendorff_alpha([1, 1], [1, 2], ["a", "b"], level="interval")


# --- majority vote ---


def test_majority_vote_of_labels_of_any_kind():
    items = ["b", "a", "a", "a", "b", "b"]
    assert majority_vote(items, [1, 2, 2, 0, 1, 5]).to_dict() == {"a": 2, "b": 1}
    assert majority_vote(items, ["x", "y", None, None, "z", "z"]).to_dict() == {"a": "y", "b": "z"}


def test_ties_are_broken_by_lot():
    rng = np.random.default_rng(0)
    votes = majority_vote(np.repeat(np.arange(3_000), 3), ["x", "y", "z"] * 1_000 * 3, rng=rng)
    assert votes.value_counts().between(850, 1_150).all()
    first = majority_vote([1, 1], ["x", "y"], rng=5)
    assert first.equals(majority_vote([1, 1], ["x", "y"], rng=5))


def test_an_item_without_a_label_is_refused():
    with pytest.raises(ValueError, match="a label for every item, got none for 'b'"):
        majority_vote(["a", "b"], [1, None])


# --- Dawid and Skene ---

# Dawid & Skene (1979), table 1: five anaesthetists judge 45 patients from 1, fit, to 4. Each row
# is a patient: three judgements of observer 1, then one each of observers 2 to 5.
PATIENTS = [
    "1111111", "3334343", "1122122", "2223121", "2223222", "2223322", "1222111", "3333433",
    "2222223", "2322223", "4444444", "2223343", "1111111", "2223212", "1211111", "1112111",
    "1111111", "1111111", "2222221", "2221322", "2222222", "2222221", "2223222", "2212222",
    "1111111", "1111111", "2322222", "1111111", "1111111", "1121121", "1111111", "3333233",
    "1111111", "2222222", "2223232", "4334343", "2212232", "2323233", "3333432", "1111111",
    "1111111", "1212111", "2322222", "1211111", "2222222",
]  # fmt: skip
OBSERVERS = [1, 1, 1, 2, 3, 4, 5]


def patients():
    rows = [(i, who, int(label)) for i, row in enumerate(PATIENTS, 1)
            for who, label in zip(OBSERVERS, row, strict=True)]  # fmt: skip
    return [list(column) for column in zip(*rows, strict=True)]


def brute_em(items, annotators, labels, rounds):
    """Run the formulas of the paper with loops; return the posterior and the log likelihoods."""
    names, whos, classes = (sorted(set(column)) for column in (items, annotators, labels))
    votes = list(zip(items, annotators, labels, strict=True))
    posterior = {
        i: [sum(v == c for n, _, v in votes if n == i) / items.count(i) for c in classes]
        for i in names
    }
    history = []
    for _ in range(rounds):
        prior = [sum(posterior[i][c] for i in names) / len(names) for c in range(len(classes))]
        confusion = {}
        for who in whos:
            for c in range(len(classes)):
                total = sum(posterior[i][c] for i, w, _ in votes if w == who)
                for given_label in classes:
                    hits = sum(posterior[i][c] for i, w, v in votes if (w, v) == (who, given_label))
                    confusion[who, c, given_label] = hits / total if total else 0.25
        logs = 0.0
        for i in names:
            joint = [
                prior[c] * math.prod(confusion[w, c, v] for n, w, v in votes if n == i)
                for c in range(len(classes))
            ]
            logs += math.log(sum(joint))
            posterior[i] = [p / sum(joint) for p in joint]
        history.append(logs)
    return np.array([posterior[i] for i in names]), np.array(history)


def test_the_anaesthetists_of_1979():
    items, who, labels = patients()
    assert len(labels) == 315
    model = DawidSkene(tol=1e-12, max_iter=1_000).fit(items, who, labels)
    # The paper prints two digits. Copies of its table differ in a judgement or two, so that the
    # log likelihood of another one is -190.73.
    np.testing.assert_allclose(model.prior_, [0.40, 0.42, 0.11, 0.07], atol=5e-3)
    assert model.log_likelihood_ == pytest.approx(-190.98134, abs=5e-5)
    assert (np.diff(model.history_) >= -1e-9).all()
    np.testing.assert_allclose(model.posterior_.sum(axis=1), 1)
    np.testing.assert_allclose(model.confusion_.sum(axis=2), 1)
    assert (len(model.items_), model.annotators_.tolist()) == (45, [1, 2, 3, 4, 5])
    majority = majority_vote(items, labels, rng=0)
    different = model.predict()[model.predict() != majority].index
    assert set(different) <= {2, 12, 36}  # where the vote is close


def test_each_round_is_that_of_the_formulas():
    items, who, labels = patients()
    posterior, history = brute_em(items, who, labels, rounds=4)
    model = DawidSkene(tol=0, max_iter=4).fit(items, who, labels)
    np.testing.assert_allclose(model.history_, history)
    np.testing.assert_allclose(model.posterior_, posterior, atol=1e-12)


def simulated(seed, n=300, annotators=6, k=3):
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    confusion = rng.dirichlet(np.ones(k), size=(annotators, k)) + 2 * np.eye(k)
    confusion /= confusion.sum(axis=2, keepdims=True)
    items, who = np.repeat(np.arange(n), annotators), np.tile(np.arange(annotators), n)
    steps = confusion[who, truth[items]].cumsum(axis=1)
    labels = (rng.random(len(items))[:, None] > steps).sum(axis=1).clip(max=k - 1)
    return truth, items, who, labels


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.5, 1.0]))
def test_the_log_likelihood_never_falls(seed, share):
    _, items, who, labels = simulated(seed, n=40)
    kept = np.random.default_rng(seed).random(len(items)) < share
    kept[::6] = True  # each item keeps a label
    model = DawidSkene(tol=0, max_iter=60).fit(items[kept], who[kept], labels[kept])
    assert (np.diff(model.history_) >= -1e-8).all()
    assert np.isfinite(model.posterior_).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_the_rows_and_the_names_do_not_matter(seed):
    _, items, who, labels = simulated(seed, n=60)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(items))
    one = DawidSkene().fit(items, who, labels)
    two = DawidSkene().fit([f"{i:03}" for i in items[order]], who[order] * 7, labels[order])
    np.testing.assert_allclose(one.posterior_, two.posterior_, atol=1e-9)
    np.testing.assert_allclose(one.confusion_, two.confusion_, atol=1e-9)


def test_it_finds_truth_and_skill_that_are_known():
    truth, items, who, labels = simulated(1, n=4_000)
    model = DawidSkene().fit(items, who, labels)
    vote = majority_vote(items, labels, rng=0)
    assert (model.predict() == truth).mean() >= (vote == truth).mean()
    true = np.array([
        np.bincount(truth[items[who == a]] * 3 + labels[who == a], minlength=9) for a in range(6)
    ]).reshape(6, 3, 3)  # fmt: skip
    true = true / true.sum(axis=2, keepdims=True)
    assert np.abs(model.confusion_ - true).max() < 0.06


def test_gold_labels_stay_and_help():
    truth, items, who, labels = simulated(2, n=200)
    flipped = np.where(who < 4, 2 - labels, labels)  # most annotators turn the classes round
    gold = {i: int(truth[i]) for i in range(60)}
    alone = DawidSkene().fit(items, who, flipped)
    helped = DawidSkene().fit(items, who, flipped, gold=gold)
    assert (helped.predict()[:60] == truth[:60]).all()
    right = [(m.predict()[60:] == truth[60:]).mean() for m in (alone, helped)]
    assert right[1] > right[0]
    assert (np.diff(helped.history_) >= -1e-8).all()


def test_a_gold_label_that_nobody_gave_is_taken():
    model = DawidSkene(classes=[0, 1, 2]).fit([1, 1, 2, 2], [1, 2, 1, 2], [0, 0, 1, 1], gold={1: 2})
    assert model.predict().to_dict() == {1: 2, 2: 1}
    assert np.isfinite(model.log_likelihood_)


def test_smoothing_draws_annotators_to_the_crowd():
    items, who, labels = patients()
    spread = [
        np.ptp(DawidSkene(smoothing=s).fit(items, who, labels).confusion_, axis=0).max()
        for s in (0, 5, 1e6)
    ]
    assert spread[0] > spread[1] > spread[2]
    assert spread[2] < 1e-3


def test_smoothing_is_what_few_labels_an_annotator_need():
    truth, items, who, labels = simulated(3, n=300)
    right = {0: [], 5: []}
    for start in range(0, 300, 10):  # ten items, and each annotator labels about half of them
        here = (items >= start) & (items < start + 10)
        here &= (np.random.default_rng(start).random(len(items)) < 0.5) | (who == items % 6)
        for smoothing, found in right.items():
            model = DawidSkene(smoothing=smoothing).fit(items[here], who[here], labels[here])
            found.extend(model.predict() == truth[start : start + 10])
    assert np.mean(right[5]) > np.mean(right[0]) + 0.02


def test_it_beats_the_vote_on_bluebirds():
    votes = datasets.load_crowd("bluebirds")
    gold = votes.drop_duplicates("task").set_index("task")["gold"]
    found = DawidSkene().fit(votes["task"], votes["worker"], votes["label"]).predict()
    vote = majority_vote(votes["task"], votes["label"], rng=0)
    assert (found == gold.reindex(found.index)).mean() == pytest.approx(0.898, abs=5e-4)
    assert (vote == gold.reindex(vote.index)).mean() == pytest.approx(0.759, abs=5e-4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: DawidSkene(max_iter=0), ValueError, "max_iter must be at least 1, got 0"),
        (lambda: DawidSkene(max_iter=1.5), TypeError, "max_iter must be a whole number, got 1.5"),
        (lambda: DawidSkene(tol="a"), TypeError, "tol must be a number, got 'a'"),
        (lambda: DawidSkene(smoothing=-1), ValueError, "smoothing must be at least 0 and finite"),
        (lambda: DawidSkene().predict(), AttributeError, "must be fitted before predict"),
        (lambda: DawidSkene(classes=[0]).fit([1], [1], [5]), ValueError, "among the classes.* 5"),
        (lambda: DawidSkene(classes=[0, 0]).fit([1], [1], [0]), ValueError, "classes must be diff"),
        (lambda: DawidSkene().fit([1], [1], [0], gold={2: 0}), ValueError, "about the items.* 2"),
        (lambda: DawidSkene().fit([1], [1], [0], gold={1: 9}), ValueError, "among the classes.* 9"),
        (lambda: DawidSkene().fit([1], [1], [0], gold=[0]), TypeError, "gold must map .* list"),
        (lambda: DawidSkene().fit([1, 2], [1, 1], [0, None]), ValueError, "got none for 2"),
        (lambda: DawidSkene().fit([], [], []), ValueError, "at least one label, got none"),
    ],
)
def test_dawid_skene_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    "names",
    [range(40), range(-128, 112, 6), [10**i for i in range(40)], [2**63 + i for i in range(40)]],
)
@pytest.mark.parametrize("dtype", [object, "int8", "int64", "uint64"])
def test_names_are_only_names(names, dtype):
    items, _, labels = patients()
    try:
        renamed = pd.Series([names[(i - 1) % 40] for i in items], dtype=dtype)
    except OverflowError:
        return
    plain = majority_vote([(i - 1) % 40 for i in items], labels, rng=1)
    votes = majority_vote(renamed, labels, rng=1)
    assert votes.index.tolist() == list(names)
    assert votes.tolist() == plain.tolist()
