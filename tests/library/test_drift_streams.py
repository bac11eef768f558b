"""Streams: a sliding distance, histograms of windows, alarms; laws, oracles and memory."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsdlib import drift

VALUES = st.integers(-3, 3).map(lambda v: v / 2)


# Only the distance is compared, and scipy cannot always find an exact p-value to it.
@pytest.mark.filterwarnings("ignore:ks_2samp. Exact calculation unsuccessful:RuntimeWarning")
@given(st.lists(VALUES, min_size=1, max_size=9), st.lists(VALUES, max_size=25), st.integers(1, 6))
@example([0.0] * 5, [0.0] * 4 + [0.5], 5)
def test_the_sliding_distance_is_scipys_after_every_event(reference, stream, window):
    recent = drift.SlidingKS(reference, window)
    assert math.isnan(recent.get())
    for i, x in enumerate(stream, 1):
        recent.update(x)
        peer = stats.ks_2samp(reference, stream[max(0, i - window) : i], method="exact")
        assert recent.get() == pytest.approx(peer.statistic, abs=1e-12)
        assert recent.n_seen == min(i, window)


@given(
    st.lists(VALUES, min_size=1, max_size=9),
    st.lists(st.lists(VALUES, max_size=9), max_size=5),
    st.integers(1, 6),
)
def test_sliding_many_at_once_and_merged_is_one_by_one(reference, chunks, window):
    one, many, merged = (drift.SlidingKS(reference, window) for _ in range(3))
    for chunk in chunks:
        other = drift.SlidingKS(reference, window)
        for x in chunk:
            one.update(x)
        many.update_many(chunk)
        other.update_many(chunk)
        merged.merge(other)
        for found in (many, merged):
            assert found.get() == one.get() or not one.n_seen
            assert np.array_equal(found._cells(), one._cells())
            assert np.array_equal(found._difference, one._difference)
    one.update(0.0)
    many.update(0.0)
    assert one.get() == many.get()


def test_the_distance_stays_exact_in_a_long_stream():
    rng = np.random.default_rng(0)
    reference, stream = rng.normal(size=200), rng.normal(size=30_000)
    recent = drift.SlidingKS(reference, 100)
    for x in stream.tolist():
        recent.update(x)
    assert recent.get() == pytest.approx(stats.ks_2samp(reference, stream[-100:]).statistic)


EVENTS = st.lists(st.tuples(st.integers(0, 40), VALUES), max_size=20)


def counted(edges, width, keep):
    return drift.WindowedHistogram(edges, width, keep=keep)


def state(histogram):
    return [histogram.cumulative().tolist(), *(histogram.sliding(k).tolist() for k in (1, 2, 3))]


@given(EVENTS)
def test_histograms_are_those_of_the_rows(events):
    found = counted([-0.5, 0.5], 5, keep=3)
    if events:
        found.update_many(*zip(*events, strict=True))
    window = np.array([t // 5 for t, _ in events])
    bins = np.array([int(x > -0.5) + int(x > 0.5) for _, x in events])
    count = lambda rows: np.bincount(bins[rows], minlength=3).tolist()  # noqa: E731
    if not events:
        assert state(found) == [[0, 0, 0]] * 4
        return
    assert found.cumulative().tolist() == count(np.ones(len(events), bool))
    late = window <= np.maximum.accumulate(window) - 3
    assert found.late == late.sum()
    for k in (1, 2, 3):
        assert found.sliding(k).tolist() == count(~late & (window > window.max() - k))


@given(EVENTS, EVENTS)
def test_histograms_one_by_one_and_merged_are_those_of_all(first, second):
    one, whole, a, b = (counted([-0.5, 0.5], 5, keep=3) for _ in range(4))
    for t, x in [*first, *second]:
        one.update(t, x)
    for part, target in ((first + second, whole), (first, a), (second, b)):
        if part:
            target.update_many(*zip(*part, strict=True))
    assert state(one) == state(whole)
    assert one.late == whole.late
    a.merge(b)
    assert state(a) == state(whole)


@pytest.mark.parametrize("kind", ["sliding", "histogram"])
def test_memory_does_not_grow_with_the_stream(kind):
    rng = np.random.default_rng(1)
    if kind == "sliding":
        detector = drift.SlidingKS(rng.normal(size=300), 50)
        feed = lambda t, x: detector.update_many(x)  # noqa: E731
    else:
        detector = counted(np.linspace(-2, 2, 9), 10.0, keep=7)
        feed = detector.update_many
    sizes = []
    for i in range(40):
        feed(100 * i + np.arange(500) / 5, rng.normal(size=500))
        sizes.append(len(pickle.dumps(detector)))
    assert max(sizes[2:]) - min(sizes[2:]) <= 16  # a counter may need one digit more


def by_hand(signal, limit, persistence):
    begun, run = [], 0
    for i, x in enumerate(signal):
        if x is None:
            continue
        run = run + 1 if x > limit else 0
        if run == persistence:
            begun.append(i)
    return begun


@settings(max_examples=200)
@given(st.lists(st.sampled_from([0, 1, 2, 3, None]), max_size=15), st.integers(1, 4))
def test_alarms_are_those_of_a_loop(signal, persistence):
    numbers = np.array([np.nan if x is None else x for x in signal], float)
    found = drift.alarms(numbers, 1, persistence=persistence)
    assert found.tolist() == by_hand(signal, 1, persistence)


@pytest.mark.parametrize(
    ("begun", "onset", "expected"),
    [
        ([], 10, (None, 0, 10)),
        ([10], 10, (0, 0, 10)),
        ([9], 10, (None, 1, 10)),
        ([29, 2, 12], 10, (2, 1, 10)),
        ([3, 5], None, (None, 2, 30)),
    ],
)
def test_a_score_counts_the_delay_and_the_false_alarms(begun, onset, expected):
    found = drift.score_detector(begun, 30, onset)
    assert (found.delay, found.false_alarms, found.quiet) == expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drift.SlidingKS([], 5), "reference must hold at least 1"),
        (lambda: drift.SlidingKS([1.0], 0), "window must be at least 1"),
        (lambda: drift.SlidingKS([1.0], 5).update(math.nan), "x must hold finite"),
        (lambda: drift.SlidingKS([1.0], 5).update("a"), "x must hold numbers"),
        (lambda: drift.SlidingKS([1.0], 5).merge(3), "other must be a SlidingKS"),
        (lambda: drift.SlidingKS([1.0], 5).merge(drift.SlidingKS([2.0], 5)), "same reference"),
        (lambda: counted([1.0, 1.0], 5, 3), "edges must increase strictly"),
        (lambda: counted([1.0], 0, 3), "width must be positive"),
        (lambda: counted([1.0], 5, 0), "keep must be at least 1"),
        (lambda: counted([1.0], 5, 3).update_many([1], [1.0, 2.0]), "t and x must be as long"),
        (lambda: counted([1.0], 5, 3).sliding(4), "windows must be at most keep=3"),
        (lambda: counted([1.0], 5, 3).merge(counted([1.0], 5, 4)), "same edges, width and keep"),
        (lambda: counted([1.0], 5, 3).merge(3), "other must be a WindowedHistogram"),
        (lambda: drift.alarms([[1]], 1), "one dimension"),
        (lambda: drift.alarms([1], math.nan), "limit must be a number"),
        (lambda: drift.alarms([1], 1, persistence=0), "persistence must be at least 1"),
        (lambda: drift.score_detector([3], 3), "begun must lie within 0 to 2"),
        (lambda: drift.score_detector([], 3, 3), "onset must lie before n_steps=3"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
