"""Reservoirs: equal chances, chances by weight, chunks of any size, and streams that meet."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsdlib.sampling import ReservoirSampler, WeightedReservoirSampler, inclusion_test


def inclusion_p(counts, times, k):
    """The p value of the test that all items are included equally often."""
    found = inclusion_test(counts, k)
    assert found.n == times
    return found.pvalue


def count(n, times, draw):
    counts = np.zeros(n, np.int64)
    for _ in range(times):
        counts[draw()] += 1
    return counts


# --- ReservoirSampler ---


@pytest.mark.parametrize(("n", "k"), [(50, 5), (30, 1), (12, 11), (200, 40)])
def test_each_item_has_the_same_chance(n, k):
    rng, times = np.random.default_rng([n, k]), 6_000

    def draw():
        sampler = ReservoirSampler(k, rng=rng)
        sampler.update_many(range(n))
        return sampler.get()

    assert inclusion_p(count(n, times, draw), times, k) > 1e-4


def test_each_pair_has_the_same_chance():
    rng, times = np.random.default_rng(0), 12_000
    pairs = np.zeros((7, 7), np.int64)
    for _ in range(times):
        sampler = ReservoirSampler(2, rng=rng)
        sampler.update_many(range(7))
        pairs[tuple(sorted(sampler.get()))] += 1
    assert stats.chisquare(pairs[np.triu_indices(7, 1)]).pvalue > 1e-4


def test_a_test_like_this_finds_the_usual_mistake():
    """Algorithm R that draws from i in place of i + 1 places: the test must not be blind."""
    rng, times = np.random.default_rng(0), 6_000
    kept = np.tile(np.arange(5), (times, 1))
    for i in range(5, 50):
        place = rng.integers(i, size=times)
        rows = np.flatnonzero(place < 5)
        kept[rows, place[rows]] = i
    assert inclusion_p(np.bincount(kept.ravel(), minlength=50), times, 5) < 1e-6


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 50), st.integers(0, 99), st.lists(st.integers(0, 60), max_size=12))
def test_chunks_of_any_size_give_the_same_sample_as_one_by_one(k, seed, lengths):
    single, chunked, mixed = (ReservoirSampler(k, rng=seed) for _ in range(3))
    start = 0
    for number, length in enumerate(lengths):
        chunk = np.arange(start, start + length)
        for x in chunk:
            single.update(x)
        chunked.update_many(chunk)
        if number % 2:
            mixed.update_many(chunk.tolist())
        else:
            for x in chunk:
                mixed.update(x)
        start += length
        assert single.get() == chunked.get() == mixed.get()
    assert single.n_seen == chunked.n_seen == mixed.n_seen == start
    assert single.n_accepted == chunked.n_accepted == mixed.n_accepted
    assert len(set(single.get())) == min(k, start)


def test_blocks_follow_each_other_in_a_long_stream():
    single, chunked = ReservoirSampler(2, rng=1), ReservoirSampler(2, rng=1)
    for start in range(0, 100_000, 1_000):
        chunked.update_many(np.arange(start, start + 1_000))
        for x in range(start, start + 1_000):
            single.update(x)
    assert single.get() == chunked.get()
    endless = ReservoirSampler(1, rng=0)
    endless.update_many(range(10**17))  # several blocks of jumps, the last ones huge
    assert endless.n_accepted > 32
    assert endless.n_seen == 10**17


@pytest.mark.parametrize(("k", "n"), [(1_000, 1_000_000), (100, 3_000), (10, 100_000_000)])
def test_it_accepts_about_k_times_one_plus_log_of_n_over_k(k, n):
    taken = []
    for seed in range(20):
        sampler = ReservoirSampler(k, rng=seed)
        sampler.update_many(range(n))
        taken.append(sampler.n_accepted)
    harmonic = k * (math.log(n / k) + (1 / n - 1 / k) / 2)  # k (H_n - H_k)
    error = math.sqrt(harmonic / 20)
    assert abs(np.mean(taken) - k - harmonic) < 4 * error


def test_only_accepted_rows_are_touched():
    class Counting:
        touched = 0

        def __len__(self):
            return 10**9

        def __getitem__(self, row):
            self.touched += 1
            return row

    stream, sampler = Counting(), ReservoirSampler(50, rng=0)
    sampler.update_many(stream)
    assert stream.touched == sampler.n_accepted < 1_500


@pytest.mark.parametrize(("a", "b"), [(30, 20), (47, 3), (3, 4), (0, 9), (5, 5)])
def test_a_merged_sample_is_one_of_both_streams(a, b):
    rng, times, k = np.random.default_rng([a, b]), 5_000, 5
    n = a + b + 6

    def draw():
        one, two = ReservoirSampler(k, rng=rng), ReservoirSampler(k, rng=rng)
        one.update_many(range(a))
        two.update_many(range(a, a + b))
        one.merge(two)
        one.update_many(range(a + b, n))  # and the stream goes on
        assert one.n_seen == n
        return one.get()

    assert inclusion_p(count(n, times, draw), times, k) > 1e-4


def test_merge_leaves_the_other_as_it_is():
    one, two = ReservoirSampler(3, rng=0), ReservoirSampler(3, rng=1)
    one.update_many(list("abcdefgh"))
    two.update_many(list("uvwxyz"))
    before = two.get()
    one.merge(two)
    assert two.get() == before
    assert two.n_seen == 6
    assert one.n_seen == 14
    assert len(set(one.get())) == 3
    assert set(one.get()) <= set("abcdefghuvwxyz")


def test_items_that_were_handed_out_do_not_change():
    one, two = ReservoirSampler(4, rng=0), ReservoirSampler(4, rng=1)
    for sampler in (one, two):
        sampler.update_many(np.arange(20).reshape(10, 2))
    one_before, two_before = np.array(one.get()), np.array(two.get())
    handed, taken = one.get(), two.get()
    one.merge(two)
    merged, before = one.get(), np.array(one.get())
    two.update_many(np.full((5_000, 2), -1))
    assert np.array_equal(handed, one_before)
    assert np.array_equal(taken, two_before)
    assert np.array_equal(merged, before)


@pytest.mark.parametrize(
    "chunks",
    [
        [np.arange(30), np.arange(30.0)],
        [np.arange(30), list("abcdefghijklmnopqrst"), np.arange(30)],
        [list(range(2)), np.arange(30)],
        [np.array([], int), np.arange(2), np.arange(90)],
        [np.array(["a", "b"] * 9), np.array(["long word"] * 40)],
        [np.array([1, "a", None] * 9, dtype=object), np.arange(80)],
    ],
)
def test_chunks_of_several_types_keep_their_items(chunks):
    single, chunked = ReservoirSampler(4, rng=3), ReservoirSampler(4, rng=3)
    for chunk in chunks:
        chunked.update_many(chunk)
        for x in chunk:
            single.update(x)
    assert single.get() == chunked.get()
    assert list(map(type, single.get())) == list(map(type, chunked.get()))


def test_short_streams_are_kept_whole():
    sampler = ReservoirSampler(5, rng=0)
    assert sampler.get() == []
    sampler.update_many([])
    sampler.update_many(["a", "b"])
    sampler.update("c")
    assert sampler.get() == ["a", "b", "c"]
    other = ReservoirSampler(5, rng=1)
    other.update("d")
    sampler.merge(other)
    assert sorted(sampler.get()) == ["a", "b", "c", "d"]


def test_chunks_of_every_kind():
    table = np.arange(40).reshape(20, 2)
    sampler = ReservoirSampler(3, rng=0)
    sampler.update_many(table)
    rows = np.array(sampler.get())
    assert (rows[:, 1] == rows[:, 0] + 1).all()
    table[:] = -1
    assert (rows >= 0).all()  # copies, not views
    labelled = ReservoirSampler(3, rng=0)
    labelled.update_many(pd.Series(list("abcde"), index=[9, 8, 7, 6, 5]))
    assert set(labelled.get()) <= set("abcde")
    sampler.get().clear()
    assert len(sampler.get()) == 3


@pytest.mark.parametrize("kind", [ReservoirSampler, WeightedReservoirSampler])
@pytest.mark.parametrize(
    ("k", "error", "message"),
    [
        (0, ValueError, "k must be at least 1, got 0"),
        (2.0, TypeError, "k must be a whole number, got 2.0"),
        (True, TypeError, "k must be a whole number, got True"),
    ],
)
def test_a_reservoir_needs_a_size(kind, k, error, message):
    with pytest.raises(error, match=message):
        kind(k)


@pytest.mark.parametrize(
    ("chunk", "error", "message"),
    [
        ("abc", TypeError, "chunk must be an array or a list, got str"),
        ({1: 2}, TypeError, "chunk must be an array or a list, got dict"),
        (iter([1]), TypeError, "chunk must be an array or a list, got list_iterator"),
        (5, TypeError, "chunk must be an array or a list, got int"),
        (np.array(5), ValueError, "chunk must have at least one dimension"),
        (pd.DataFrame({"a": [1]}), TypeError, "got a table: pass its rows' numbers"),
    ],
)
def test_chunks_that_are_refused(chunk, error, message):
    with pytest.raises(error, match=message):
        ReservoirSampler(2).update_many(chunk)


def test_only_samplers_of_one_kind_and_size_merge():
    for kind, other in ((ReservoirSampler, WeightedReservoirSampler),
                        (WeightedReservoirSampler, ReservoirSampler)):  # fmt: skip
        with pytest.raises(TypeError, match=f"other must be a {kind.__name__}, got"):
            kind(2).merge(other(2))
        with pytest.raises(ValueError, match="other must have the same k, 2; got 3"):
            kind(2).merge(kind(3))
        sampler = kind(2)
        with pytest.raises(ValueError, match="other must be another sampler"):
            sampler.merge(sampler)


# --- WeightedReservoirSampler ---


def weighted_counts(times, draw):
    counts = count(3, times, draw)
    return zip(counts.tolist(), (5 / 12, 11 / 15, 17 / 20), strict=True)


def test_two_of_three_by_weight_have_the_known_chances():
    rng, times = np.random.default_rng(0), 12_000

    def draw():
        sampler = WeightedReservoirSampler(2, rng=rng)
        sampler.update_many([0, 1, 2], [1, 2, 3])
        return sampler.get()

    for found, chance in weighted_counts(times, draw):
        assert stats.binomtest(found, times, chance).pvalue > 1e-3


def test_merged_streams_have_the_known_chances_too():
    rng, times = np.random.default_rng(1), 8_000

    def draw():
        one, two = (WeightedReservoirSampler(2, rng=rng) for _ in range(2))
        one.update(0, 1)
        two.update_many([1, 2], [2, 3])
        one.merge(two)
        return one.get()

    for found, chance in weighted_counts(times, draw):
        assert stats.binomtest(found, times, chance).pvalue > 1e-3


def test_equal_weights_are_equal_chances():
    rng, times = np.random.default_rng(2), 5_000

    def draw():
        sampler = WeightedReservoirSampler(4, rng=rng)
        sampler.update_many(range(15), np.full(15, 7.0))
        sampler.update_many(range(15, 20), np.full(5, 7.0))
        return sampler.get()

    assert inclusion_p(count(20, times, draw), times, 4) > 1e-4


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 8),
    st.integers(0, 99),
    st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0, 30.0]), max_size=12), max_size=6),
)
def test_weighted_chunks_give_the_same_sample_as_one_by_one(k, seed, chunks):
    single, chunked = (WeightedReservoirSampler(k, rng=seed) for _ in range(2))
    start = 0
    for w in chunks:
        items = list(range(start, start + len(w)))
        for item, weight in zip(items, w, strict=True):
            single.update(item, weight)
        chunked.update_many(np.array(items), w)
        start += len(w)
        assert single.get() == chunked.get() == sorted(single.get())
    assert single.n_seen == chunked.n_seen == start
    positive = sum(weight > 0 for w in chunks for weight in w)
    assert len(single.get()) == min(k, positive)


def test_weights_of_a_stream_are_checked():
    sampler = WeightedReservoirSampler(2)
    with pytest.raises(ValueError, match="weight must be finite and not negative, got -1"):
        sampler.update("a", -1)
    with pytest.raises(ValueError, match="chunk and weights must be as long as each other, got 2"):
        sampler.update_many(["a", "b"], [1.0])
    with pytest.raises(ValueError, match="weights must not hold NaN, got 1"):
        sampler.update_many(["a"], [math.nan])
    with pytest.raises(ValueError, match=r"weights must be one-dimensional, got shape \(\)"):
        sampler.update_many(["a", "b"], 1.0)
    with pytest.raises(TypeError, match="chunk must be an array or a list"):
        sampler.update_many("ab", [1.0, 2.0])
    sampler.update_many([], [])
    assert sampler.n_seen == 0
