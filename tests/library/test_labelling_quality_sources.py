"""Wrong labels, bad sources and late labels."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsdlib.labelling import (
    FeedbackJoiner,
    flip_labels,
    labels_as_of,
    neighbour_disagreement,
    source_report,
)

NAN = float("nan")

# --- planted errors ---


def test_flips_follow_the_matrix():
    transition = np.array([[0.6, 0.4, 0.0], [0.1, 0.9, 0.0], [0.2, 0.3, 0.5]])
    y = np.repeat([0, 1, 2], 20_000)
    flipped = flip_labels(y, transition, rng=0)
    found = np.bincount(y * 3 + flipped, minlength=9).reshape(3, 3)
    assert (found[transition == 0] == 0).all()
    for row, expected in zip(found, transition, strict=True):
        some = expected > 0
        assert stats.chisquare(row[some], 20_000 * expected[some]).pvalue > 1e-4


def test_flips_at_the_ends():
    y = np.array([2, 0, 2])  # class 1 does not occur
    assert flip_labels(y, np.eye(3)).tolist() == [2, 0, 2]
    assert flip_labels(y, np.roll(np.eye(3), 1, axis=1)).tolist() == [0, 1, 0]
    assert flip_labels([], [[1.0]]).tolist() == []
    thirds = np.full((3, 3), 1 / 3)
    assert set(flip_labels(np.zeros(1_000, int), thirds, rng=0)) == {0, 1, 2}
    same = [flip_labels(np.zeros(50, int), thirds, rng=7).tolist() for _ in range(2)]
    assert same[0] == same[1]


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        (([0], [[1, 0]]), ValueError, r"transition must have the shape \(K, K\), got \(1, 2\)"),
        (([0], [[1.5, -0.5], [0, 1]]), ValueError, "got a negative one or NaN"),
        (([0], [[NAN, 1], [0, 1]]), ValueError, "got a negative one or NaN"),
        (([0], [[0.5, 0.4], [0, 1]]), ValueError, "rows that add up to 1, got 0.9"),
        (([2], np.eye(2)), ValueError, "y must hold labels from 0 to 1, got 2"),
        (([-1], np.eye(2)), ValueError, "got -1"),
        (([0.0], np.eye(2)), TypeError, "y must hold whole numbers"),
        (([[0]], np.eye(2)), ValueError, "y must be one-dimensional"),
    ],
)
def test_flip_labels_refuses(args, error, message):
    with pytest.raises(error, match=message):
        flip_labels(*args)


def test_neighbours_are_counted_as_by_hand():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), rng.integers(3, size=60)
    found = neighbour_disagreement(X, y, k=7)
    for i in range(60):
        distance = ((X - X[i]) ** 2).sum(axis=1)
        distance[i] = np.inf
        near = distance.argsort()[:7]
        assert found[i] == pytest.approx((y[near] != y[i]).mean())


def test_equal_rows_are_not_their_own_neighbours():
    X, y = np.zeros((4, 1)), [0, 0, 0, 1]
    assert neighbour_disagreement(X, y, k=3).tolist() == pytest.approx([1 / 3] * 3 + [1])


def test_planted_errors_between_two_clouds_are_found():
    rng = np.random.default_rng(1)
    y = np.repeat([0, 1], 200)
    X = rng.normal(size=(400, 2)) + 4 * y[:, None]
    wrong = rng.choice(400, 20, replace=False)
    given_labels = y.copy()
    given_labels[wrong] = 1 - y[wrong]
    worst = neighbour_disagreement(X, given_labels).argsort()[-20:]
    assert len(set(worst) & set(wrong)) >= 18


@pytest.mark.parametrize(
    ("args", "k", "error", "message"),
    [
        (([1.0, 2.0], [0, 1]), 1, ValueError, "X must be two-dimensional"),
        (([[1.0], [NAN]], [0, 1]), 1, ValueError, "X must hold finite numbers"),
        (([[1.0], [2.0]], [0]), 1, ValueError, r"y must have the shape \(2,\), got \(1,\)"),
        (([[1.0], [2.0]], [0, 1]), 2, ValueError, "k must be from 1 to 1, got 2"),
        (([[1.0], [2.0]], [0, 1]), 0, ValueError, "got 0"),
        (([[1.0], [2.0]], [0, 1]), True, TypeError, "k must be a whole number, got True"),
    ],
)
def test_neighbour_disagreement_refuses(args, k, error, message):
    with pytest.raises(error, match=message):
        neighbour_disagreement(*args, k=k)


# --- sources ---


def test_the_pvalues_are_welchs_by_holms_method():
    rng = np.random.default_rng(0)
    sources, losses = np.repeat(list("abcd"), 30), rng.exponential(size=120)
    losses[:30] += 0.4
    report = source_report(sources, losses)
    raw = {
        s: stats.ttest_ind(
            losses[sources == s], losses[sources != s], equal_var=False, alternative="greater"
        ).pvalue
        for s in "abcd"
    }
    ordered = sorted(raw, key=raw.get)
    adjusted = np.maximum.accumulate([min(1, (4 - i) * raw[s]) for i, s in enumerate(ordered)])
    assert [entry.source for entry in report.sources] == ordered
    assert [entry.pvalue for entry in report.sources] == pytest.approx(adjusted.tolist())
    worst = report.sources[0]
    assert (worst.n, worst.mean) == (30, pytest.approx(losses[:30].mean()))
    assert worst.excess == pytest.approx(losses[:30].mean() - losses[30:].mean())


def test_without_a_bad_source_few_are_accused():
    rng = np.random.default_rng(3)
    sources = np.repeat(np.arange(20), 50)
    accused = sum(bool(source_report(sources, rng.random(1_000) < 0.2).suspects)
                  for _ in range(400))  # fmt: skip
    assert accused / 400 < 0.09  # five in a hundred, and chance


def test_two_bad_sources_are_both_named_and_a_single_row_is_not():
    losses = [1, 1, 1, 0] * 20 + [1, 1, 1, 0] * 20 + [0, 0, 0, 1] * 100 + [1]
    sources = ["a"] * 80 + ["b"] * 80 + ["c"] * 400 + ["one"]
    report = source_report(sources, losses)
    assert report.suspects == ("a", "b")
    assert {entry.source: entry.pvalue for entry in report.sources}["one"] > 0.5
    assert str(report).count("suspect") == 2


def test_losses_without_spread():
    assert source_report([1, 1, 2, 2], [0.0] * 4).suspects == ()
    # One in six, whatever the losses: four rows prove nothing.
    assert source_report([1, 1, 2, 2], [0, 0, 1, 1]).sources[0].pvalue == pytest.approx(1 / 3)
    assert source_report([1] * 9 + [2] * 9, [0] * 9 + [1] * 9).suspects == (2,)


def test_losses_of_two_values_are_compared_by_fishers_test():
    rng = np.random.default_rng(1)
    sources, losses = np.repeat([1, 2], [12, 40]), rng.integers(0, 2, 52) * 3.5
    found = {entry.source: entry.pvalue for entry in source_report(sources, losses).sources}
    table = [[(losses[sources == s] == v).sum() for v in (3.5, 0)] for s in (1, 2)]
    raw = [stats.fisher_exact(table[::step], alternative="greater").pvalue for step in (1, -1)]
    assert min(found.values()) == pytest.approx(min(1, 2 * min(raw)))


def test_many_tiny_sources_do_not_bring_accusations():
    rng = np.random.default_rng(2)
    sources = np.repeat(np.arange(20), 3)
    accused = sum(bool(source_report(sources, rng.random(60) < 0.2).suspects) for _ in range(200))
    assert accused / 200 < 0.09


@pytest.mark.parametrize(
    ("args", "level", "error", "message"),
    [
        (([1, 2], [1]), 0.05, ValueError, r"losses must have the shape \(2,\), got \(1,\)"),
        (([1, 2], [1, NAN]), 0.05, ValueError, "losses must be finite"),
        (([1, 2], ["a", "b"]), 0.05, TypeError, "losses must hold numbers"),
        (([1, 1], [1, 2]), 0.05, ValueError, "at least two different ones, got 1"),
        (([1, None], [1, 2]), 0.05, ValueError, "sources must not hold nulls"),
        (([1, 2], [1, 2]), 0, ValueError, "level must lie between 0 and 1, got 0"),
        (([1, 2], [1, 2]), "a", TypeError, "level must be a number, got 'a'"),
    ],
)
def test_source_report_refuses(args, level, error, message):
    with pytest.raises(error, match=message):
        source_report(*args, level=level)


# --- late labels ---


@pytest.mark.parametrize(
    ("happened", "now", "label"),
    [
        (3.0, 2.9, "pending"),  # it has happened by then, and nobody knows
        (3.0, 3.0, "positive"),
        (0.0, 0.0, "positive"),
        (6.9, 7.0, "positive"),
        (7.0, 6.9, "pending"),
        (7.0, 7.0, "negative"),  # the end does not belong to the window
        (7.0, 90.0, "negative"),
        (-1.0, 3.0, "pending"),  # before the prediction
        (-1.0, 7.0, "negative"),
        (NAN, 6.9, "pending"),
        (NAN, 7.0, "negative"),
        (3.0, -1.0, "pending"),  # nothing is predicted yet
    ],
)
def test_labels_at_the_edges(happened, now, label):
    assert labels_as_of([0.0], [happened], window=7, now=now).tolist() == [label]
    joiner = FeedbackJoiner(7)
    joiner.predict("a", 0.0)
    if happened == happened:
        joiner.event("a", happened)
    assert joiner.resolve(now) == {"a": label}


times = st.integers(0, 20)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.integers(0, 6), times, min_size=1),
    st.lists(st.tuples(st.integers(0, 8), times), max_size=12),
    st.integers(1, 12),
    st.integers(0, 40),
    st.randoms(use_true_random=False),
)
def test_any_order_of_arrival_gives_one_set_of_labels(predicted, events, window, now, random):
    def arrive(order):
        joiner = FeedbackJoiner(window)
        for kind, id, t in order:
            getattr(joiner, kind)(id, t)
        return joiner.resolve(now)

    arrivals = [("predict", *p) for p in predicted.items()] + [("event", *e) for e in events]
    expected = arrive(arrivals)
    random.shuffle(arrivals)
    assert arrive(arrivals) == expected
    assert arrive(arrivals + arrivals) == expected  # delivered twice
    ids = sorted(predicted)
    first = [
        min((t for i, t in events if i == id and t >= predicted[id]), default=NAN) for id in ids
    ]
    batch = labels_as_of([predicted[i] for i in ids], np.array(first, float), window=window,
                         now=now)  # fmt: skip
    assert dict(zip(ids, batch.tolist(), strict=True)) == expected


def test_datetimes_work_in_both():
    start = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-05"]))
    event = pd.Series(pd.to_datetime(["2024-01-03", None, None]))
    at, week = dt.datetime(2024, 1, 9), dt.timedelta(days=7)
    found = labels_as_of(start, event, window=week, now=at)
    assert found.tolist() == ["positive", "negative", "pending"]
    joiner = FeedbackJoiner(week)
    for id, t in enumerate(start):
        joiner.predict(id, t)
    joiner.event(0, event[0])
    assert list(joiner.resolve(at).values()) == found.tolist()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: FeedbackJoiner(0), ValueError, "window must be positive, got 0"),
        (lambda: FeedbackJoiner(NAN), ValueError, "window must be positive, got nan"),
        (lambda: FeedbackJoiner("7"), TypeError, "window must be a number or a timedelta"),
        (lambda: FeedbackJoiner(7).predict("a", NAN), ValueError, "t must be a time, got nan"),
        (lambda: FeedbackJoiner(7).event("a", dt.datetime(2024, 1, 1)), TypeError, "same kind"),
        (lambda: FeedbackJoiner(7).event("a", "now"), TypeError, "t must be a number or a datet"),
        (lambda: FeedbackJoiner(7).resolve(None), TypeError, "now must be a number"),
        (
            lambda: FeedbackJoiner(7).resolve(dt.datetime(2024, 1, 1, tzinfo=dt.UTC)),
            TypeError,
            "now must be without time zone",
        ),
        (lambda: labels_as_of([0], [0, 1], window=1, now=1), ValueError, "as long as each other"),
        (lambda: labels_as_of([NAN], [1.0], window=1, now=1), ValueError, "predicted must hold"),
        (lambda: labels_as_of(["a"], [1.0], window=1, now=1), TypeError, "must hold numbers"),
        (
            lambda: labels_as_of([0.0], [1.0], window=dt.timedelta(1), now=dt.datetime(2024, 1, 1)),
            TypeError,
            "predicted must hold datetimes",
        ),
        (
            lambda: labels_as_of([0.0], [1.0], window=1, now=dt.datetime(2024, 1, 1)),
            TypeError,
            "now must be of the same kind",
        ),
    ],
)
def test_late_labels_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_id_has_one_prediction():
    joiner = FeedbackJoiner(7)
    joiner.predict("a", 1)
    joiner.predict("a", 1)  # delivered twice
    with pytest.raises(ValueError, match="one prediction, got 'a' at 1 and at 2"):
        joiner.predict("a", 2)
    assert joiner.resolve(8) == {"a": "negative"}


def test_narrow_integers_do_not_overflow():
    start, event = np.array([250], np.uint8), np.array([3], np.uint8)
    assert labels_as_of(start, event, window=7, now=10).tolist() == ["pending"]
    joiner = FeedbackJoiner(np.uint8(7))
    joiner.predict("a", np.uint8(250))
    assert joiner.resolve(10) == {"a": "pending"}


def test_ids_need_no_order():
    joiner = FeedbackJoiner(7)
    joiner.predict("a", 0)
    joiner.predict(1, 4)
    assert joiner.resolve(8) == {"a": "negative", 1: "pending"}


def test_rows_without_a_label_have_no_neighbours():
    with pytest.raises(ValueError, match="y must not hold nulls"):
        neighbour_disagreement([[1.0], [2.0]], [0, NAN], k=1)
    with pytest.raises(TypeError, match="X must be a table of numbers"):
        neighbour_disagreement([["a"], ["b"]], [0, 1], k=1)
