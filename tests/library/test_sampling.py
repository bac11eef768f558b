"""Samples with known chances: strata, weights and importance."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsdlib.sampling import (
    effective_sample_size,
    importance_mean,
    importance_weights,
    inclusion_probabilities,
    inclusion_test,
    neyman_allocation,
    proportional_allocation,
    snowball_sample,
    stratified_sample,
    systematic_pps,
    weighted_sample,
)

sizes_and_n = st.lists(st.integers(1, 12), min_size=1, max_size=6).flatmap(
    lambda sizes: st.tuples(st.just(sizes), st.integers(len(sizes), sum(sizes)))
)
weights = st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 1e3)), min_size=1, max_size=12)


# --- allocations ---


@settings(max_examples=300, deadline=None)
@given(sizes_and_n)
def test_a_proportional_allocation_is_near_the_ideal(case):
    sizes, n = case
    found = proportional_allocation(sizes, n)
    assert found.sum() == n
    assert (found >= 1).all()
    assert (found <= sizes).all()
    ideal = n * np.array(sizes) / sum(sizes)
    if (ideal >= 1).all():  # nobody had to be lifted to one row: largest remainders
        assert (np.abs(found - ideal) < 1 + 1e-9).all()
        rounded_up = ideal[found > ideal + 1e-9] % 1
        rounded_down = ideal[found < ideal - 1e-9] % 1
        if len(rounded_up) and len(rounded_down):
            assert rounded_up.min() >= rounded_down.max() - 1e-9


def test_a_proportional_allocation_by_hand():
    assert proportional_allocation([50, 30, 20], 10).tolist() == [5, 3, 2]
    assert proportional_allocation([1, 1, 98], 3).tolist() == [1, 1, 1]
    assert proportional_allocation([1, 1, 98], 100).tolist() == [1, 1, 98]
    assert proportional_allocation([100, 100, 1, 1, 1, 1], 8).tolist() == [2, 2, 1, 1, 1, 1]


def variance(sizes, sds, allocation):
    return sum((n * s) ** 2 / m for n, s, m in zip(sizes, sds, allocation, strict=True))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 4)), min_size=1, max_size=4).flatmap(
        lambda strata: st.tuples(
            st.just(strata), st.integers(len(strata), sum(size for size, _ in strata))
        )
    )
)
def test_no_whole_numbers_are_better_than_neymans(case):
    strata, n = case
    sizes, sds = zip(*strata, strict=True)
    found = neyman_allocation(sizes, sds, n)
    assert found.sum() == n
    assert (found >= 1).all()
    assert (found <= sizes).all()
    best = min(
        variance(sizes, sds, counts)
        for counts in itertools.product(*(range(1, size + 1) for size in sizes))
        if sum(counts) == n
    )
    assert variance(sizes, sds, found) == pytest.approx(best, rel=1e-12, abs=1e-12)


def test_neymans_allocation_by_hand():
    assert neyman_allocation([400, 100], [1, 4], 10).tolist() == [5, 5]
    assert neyman_allocation([400, 100], [0, 4], 10).tolist() == [1, 9]  # no spread: one row
    assert neyman_allocation([400, 4], [1, 1e9], 10).tolist() == [6, 4]  # no more are there
    assert neyman_allocation([10, 4], [0, 0], 9).tolist() == [8, 1]  # nothing to gain
    assert neyman_allocation([10, 4], [0, 3], 9).tolist() == [5, 4]
    scaled = neyman_allocation([30, 50, 70], [1e-200, 2e-200, 3e-200], 40)
    assert scaled.tolist() == neyman_allocation([30, 50, 70], [1, 2, 3], 40).tolist()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"sizes": []}, ValueError, "sizes must hold at least one value, got none"),
        ({"sizes": [3, 0]}, ValueError, "sizes must be whole numbers, at least 1; got 0"),
        ({"sizes": [3, 2.5]}, ValueError, "sizes must be whole numbers, at least 1; got 2.5"),
        ({"sizes": [3, -1]}, ValueError, "sizes must be finite and not negative, got -1"),
        ({"sizes": ["a", "b"]}, TypeError, "sizes must hold numbers, got dtype"),
        ({"n": 1}, ValueError, "n must be at least 2, got 1"),
        ({"n": 8}, ValueError, "n must be at most 7, got 8"),
        ({"n": 3.0}, TypeError, "n must be a whole number, got 3.0"),
        ({"sds": [1.0]}, ValueError, "sizes and sds must be as long as each other, got 2 and 1"),
        ({"sds": [1.0, math.nan]}, ValueError, "sds must not hold NaN, got 1"),
        ({"sds": [1.0, math.inf]}, ValueError, "sds must be finite and not negative, got inf"),
        ({"sds": [[1.0, 2.0]]}, ValueError, r"sds must be one-dimensional, got shape \(1, 2\)"),
    ],
)
def test_an_allocation_refuses(change, error, message):
    options = {"sizes": [3, 4], "sds": [1.0, 2.0], "n": 5} | change
    with pytest.raises(error, match=message):
        neyman_allocation(**options)
    if "sds" not in change:
        del options["sds"]
        with pytest.raises(error, match=message):
            proportional_allocation(**options)


# --- stratified_sample ---


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=40).flatmap(
        lambda labels: st.tuples(st.just(labels), st.integers(len(set(labels)), len(labels)))
    ),
    st.integers(0, 99),
)
def test_every_stratum_is_drawn_from(case, seed):
    labels, n = case
    rows = stratified_sample(labels, n, rng=seed)
    assert rows.dtype == np.int64
    assert len(set(rows.tolist())) == n
    drawn = pd.Series(labels).iloc[rows].value_counts()
    sizes = pd.Series(labels).value_counts(sort=False)
    expected = dict(zip(sizes.index, proportional_allocation(sizes, n), strict=True))
    assert drawn.to_dict() == expected


def test_rows_of_a_stratum_have_the_same_chance():
    labels = np.array(["a", "b", "a", "a", "b", "a", "b", "a"])
    rng = np.random.default_rng(0)
    times = 4_000
    counts = sum(np.bincount(stratified_sample(labels, {"a": 2, "b": 1}, rng=rng), minlength=8)
                 for _ in range(times))  # fmt: skip
    for label, taken in (("a", 2), ("b", 1)):
        assert inclusion_p(counts[labels == label], times, taken) > 1e-4


def test_a_mapping_says_how_many():
    labels = ["a"] * 5 + ["b"] * 3 + [("c", 1)]
    rows = stratified_sample(labels, {"b": 3, ("c", 1): 1}, rng=0)
    assert sorted(rows.tolist()) == [5, 6, 7, 8]
    assert len(stratified_sample(labels, {}, rng=0)) == 0
    assert stratified_sample(labels, 9, rng=0).tolist() != []


def test_the_seed_decides():
    labels = ["a", "b"] * 50
    assert (stratified_sample(labels, 9, rng=1) == stratified_sample(labels, 9, rng=1)).all()
    assert (stratified_sample(labels, 9, rng=1) != stratified_sample(labels, 9, rng=2)).any()


@pytest.mark.parametrize(
    ("strata", "n", "error", "message"),
    [
        ("aab", 2, TypeError, "strata must be an array or a list, one stratum for"),
        ({"a", "b"}, 2, TypeError, "one stratum for each row, got set"),
        (pd.DataFrame({"a": [1, 2]}), 1, TypeError, "one stratum for each row, got DataFrame"),
        ([], 0, ValueError, "strata must hold at least one row, got none"),
        (np.zeros((2, 2)), 2, ValueError, r"strata must be one-dimensional, got shape \(2, 2\)"),
        (["a", None], 2, ValueError, "strata must not hold nulls, got 1"),
        (["a", "b"], 1, ValueError, "n must be at least 2, got 1"),
        (["a", "b"], 3, ValueError, "n must be at most 2, got 3"),
        (["a", "b"], "2", TypeError, "n must be a whole number, got '2'"),
        (["a", "b"], {"c": 1}, ValueError, "n must name strata that have rows, got 'c'"),
        (["a", "b"], {"a": 2}, ValueError, r"n\['a'\] must be at most 1, got 2"),
        (["a", "b"], {"a": -1}, ValueError, r"n\['a'\] must be at least 0, got -1"),
    ],
)
def test_stratified_sample_refuses(strata, n, error, message):
    with pytest.raises(error, match=message):
        stratified_sample(strata, n)


# --- weights ---


def inclusion_p(counts, times, k):
    """The p value of the test that all items are included equally often."""
    found = inclusion_test(counts, k)
    assert found.n == times
    return found.pvalue


def test_two_of_three_by_weight_have_the_known_chances():
    rng = np.random.default_rng(0)
    times = 20_000
    counts = sum(np.bincount(weighted_sample([1, 2, 3], 2, rng=rng), minlength=3)
                 for _ in range(times))  # fmt: skip
    for count, chance in zip(counts, (5 / 12, 11 / 15, 17 / 20), strict=True):
        assert stats.binomtest(int(count), times, chance).pvalue > 1e-3


def test_the_first_draw_is_by_weight():
    rng = np.random.default_rng(1)
    first = [weighted_sample([1, 0, 2, 5], 2, rng=rng)[0] for _ in range(4_000)]
    counts = np.bincount(first, minlength=4)
    assert counts[1] == 0
    assert stats.chisquare(counts[[0, 2, 3]], np.array([1, 2, 5]) * 500).pvalue > 1e-3


@settings(max_examples=300, deadline=None)
@given(weights, st.integers(0, 12))
@example([0.1, 0.1, 0.1], 3)
@example([1.0, 1.0, 1.0, 1e-3], 3)
def test_inclusion_probabilities_sum_to_k_and_are_in_proportion(w, k):
    w = np.array(w)
    assume(k <= np.count_nonzero(w))
    chance = inclusion_probabilities(w, k)
    assert chance.sum() == pytest.approx(k)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert ((chance == 0) == (w == 0)).all() or k == 0
    below = (chance < 1) & (w > 0)
    if below.any() and k:
        ratios = chance[below] / w[below]
        assert ratios.max() == pytest.approx(ratios.min())
        # Certain are those that would get a chance of one or more at the same ratio.
        assert (w[chance == 1] * ratios.max() >= 1 - 1e-9).all()


def test_inclusion_probabilities_by_hand():
    assert inclusion_probabilities([1, 1, 2], 2).tolist() == [0.5, 0.5, 1.0]
    assert inclusion_probabilities([8, 4, 1, 1], 3).tolist() == [1.0, 1.0, 0.5, 0.5]
    assert inclusion_probabilities([1e300, 1e300, 0], 1).tolist() == [0.5, 0.5, 0.0]
    assert inclusion_probabilities([0.1] * 3, 3).tolist() == [1.0, 1.0, 1.0]
    assert inclusion_probabilities([0, 0], 0).tolist() == [0.0, 0.0]


@settings(max_examples=200, deadline=None)
@given(weights, st.integers(0, 12), st.integers(0, 99))
@example([0.1, 0.1, 0.1], 3, 0)
def test_systematic_pps_draws_k_different_items_with_weight(w, k, seed):
    w = np.array(w)
    assume(k <= np.count_nonzero(w))
    rows = systematic_pps(w, k, rng=seed)
    assert rows.dtype == np.int64
    assert (np.diff(rows) > 0).all()
    assert len(rows) == k
    assert (w[rows] > 0).all()
    assert set(np.flatnonzero(inclusion_probabilities(w, k) == 1)) <= set(rows.tolist())


def test_systematic_pps_keeps_its_promise():
    w, rng, times = [5, 1, 2, 0, 3, 7, 1, 1], np.random.default_rng(2), 8_000
    counts = sum(np.bincount(systematic_pps(w, 3, rng=rng), minlength=8) for _ in range(times))
    for count, chance in zip(counts.tolist(), inclusion_probabilities(w, 3), strict=True):
        assert stats.binomtest(count, times, chance).pvalue > 1e-3


def test_horvitz_and_thompson_are_right_on_average():
    rng = np.random.default_rng(3)
    w, y = rng.uniform(1, 10, 40), rng.uniform(0, 9, 40)
    chance = inclusion_probabilities(w, 12)
    totals = [(y[rows] / chance[rows]).sum()
              for rows in (systematic_pps(w, 12, rng=rng) for _ in range(3_000))]  # fmt: skip
    assert abs(np.mean(totals) - y.sum()) < 4 * np.std(totals) / math.sqrt(3_000)


@pytest.mark.parametrize("function", [weighted_sample, inclusion_probabilities, systematic_pps])
@pytest.mark.parametrize(
    ("w", "k", "error", "message"),
    [
        ([1, -1], 1, ValueError, "weights must be finite and not negative, got -1"),
        ([1, math.inf], 1, ValueError, "weights must be finite and not negative, got inf"),
        ([1, math.nan], 1, ValueError, "weights must not hold NaN, got 1"),
        ([1, 0, 2], 3, ValueError, "k must be at most the number of positive weights, 2; got 3"),
        ([1, 2], -1, ValueError, "k must be at least 0, got -1"),
        ([1, 2], True, TypeError, "k must be a whole number, got True"),
        ([], 0, ValueError, "weights must hold at least one value, got none"),
        (["1"], 1, TypeError, "weights must hold numbers"),
        ([1e308, 1e-308], 2, ValueError, "number of positive weights, 1; got 2"),  # beside it: 0
    ],
)
def test_weights_are_refused(function, w, k, error, message):
    with pytest.raises(error, match=message):
        function(w, k)


def test_nothing_is_drawn_of_nothing():
    assert weighted_sample([0, 0], 0).tolist() == []
    assert systematic_pps([1, 2], 0).tolist() == []


# --- importance ---


def test_the_effective_sample_size_of_the_published_weights():
    assert effective_sample_size([0.4, 1.6, 2, 2]) == pytest.approx(3.358209, abs=1e-6)
    assert effective_sample_size([3] * 7) == pytest.approx(7)
    assert effective_sample_size([0, 5, 0]) == 1
    assert effective_sample_size([1e300, 1e300]) == pytest.approx(2)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=2, max_size=20),
    st.floats(-1e4, 1e4),
    st.floats(-1e4, 1e4),
)
def test_constants_cancel(pairs, a, b):
    logp, logq = np.array(pairs).T
    w = importance_weights(logp, logq)
    assert w.sum() == pytest.approx(1)
    np.testing.assert_allclose(importance_weights(logp + a, logq + b), w, rtol=1e-6, atol=1e-12)
    assert 1 - 1e-9 <= effective_sample_size(w) <= len(w) * (1 + 1e-9)


def test_equal_densities_give_equal_weights():
    assert importance_weights([-3.0, -9.0], [-3.0, -9.0]).tolist() == [0.5, 0.5]
    assert importance_weights([-np.inf, 0.0], [0.0, 0.0]).tolist() == [0.0, 1.0]


def test_a_wide_q_recovers_p_and_covers_it():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(400):
        x = rng.normal(0, 2, 2_000)
        found.append(importance_mean(x**2, -(x**2) / 2, -(x**2) / 8))
    assert np.mean([e.value for e in found]) == pytest.approx(1, abs=0.01)
    assert 0.92 <= np.mean([e.low <= 1 <= e.high for e in found]) <= 0.98
    assert found[0].n == 2_000


def test_its_standard_error_is_that_of_the_delta_method():
    """As in the self-normalised estimate of off-policy evaluation: simulated .0398, delta .0403."""
    rng = np.random.default_rng(1)
    w = np.where(rng.random((2_000, 2_000)) < 0.2, 4.0, 0.25)
    reward = 5 + rng.normal(size=w.shape)
    simulated = ((w * reward).sum(axis=1) / w.sum(axis=1)).std()
    assert simulated == pytest.approx(0.0398, abs=0.002)
    widths = [importance_mean(r, np.log(v), np.zeros(2_000)) for r, v in zip(reward[:50], w)]  # noqa: B905
    half = np.mean([e.high - e.value for e in widths])
    assert half / 1.96 == pytest.approx(0.0403, abs=0.001)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"logp": [0.0]}, ValueError, "logp and logq must be as long as each other, got 1 and 2"),
        ({"logp": [-math.inf] * 2}, ValueError, "logp must be above -inf somewhere"),
        ({"logp": [math.inf, 0.0]}, ValueError, "logp must be below infinity"),
        ({"logp": [math.nan, 0.0]}, ValueError, "logp must not hold NaN, got 1"),
        ({"logq": [-math.inf, 0.0]}, ValueError, "logq must be finite: Q has made these draws"),
        ({"values": [1.0]}, ValueError, "values and logp must be as long as each other"),
        ({"values": [1.0, math.inf]}, ValueError, "values must be finite"),
        ({"values": ["a", "b"]}, TypeError, "values must hold numbers"),
        ({"values": [1.0], "logp": [0.0], "logq": [0.0]}, ValueError, "at least 2 values, got 1"),
    ],
)
def test_importance_refuses(change, error, message):
    with pytest.raises(error, match=message):
        importance_mean(**({"values": [1.0, 2.0], "logp": [0.0, 0.0], "logq": [0.0, 0.0]} | change))


@pytest.mark.parametrize(
    ("w", "message"),
    [([0, 0], "weights must hold a positive one"), ([1, -1], "weights must be finite and not")],
)
def test_effective_sample_size_refuses(w, message):
    with pytest.raises(ValueError, match=message):
        effective_sample_size(w)


# --- inclusion_test ---


def test_the_inclusion_test_keeps_its_level():
    rng, n, k = np.random.default_rng(0), 12, 5
    p_values = []
    for _ in range(600):
        drawn = rng.permuted(np.tile(np.arange(n), (150, 1)), axis=1)[:, :k]
        p_values.append(inclusion_test(np.bincount(drawn.ravel(), minlength=n), k).pvalue)
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3


def test_the_inclusion_test_by_hand():
    found = inclusion_test([6, 4, 5, 5], 2)
    assert found.n == 10
    assert found.freedom == 3
    assert found.statistic == pytest.approx((1 + 1) / 5 * 3 / 2)
    assert found.pvalue == pytest.approx(stats.chi2.sf(0.6, 3))


@pytest.mark.parametrize(
    ("counts", "k", "error", "message"),
    [
        ([1, 2, 2], 2, ValueError, "counts must be those of samples of 2 different items"),
        ([4, 0], 1, None, ""),
        ([5, 1, 0], 2, ValueError, "got a sum of 6 and a largest of 5"),
        ([0, 0], 1, ValueError, "counts must be those of samples of 1"),
        ([1, 1], 2, ValueError, "k must be at most 1, got 2"),
        ([3], 1, ValueError, "counts must hold at least 2 counts, got 1"),
        ([1, -1], 1, ValueError, "counts must be finite and not negative"),
        ([1, 1], 0.5, TypeError, "k must be a whole number"),
    ],
)
def test_inclusion_test_refuses(counts, k, error, message):
    if error is None:
        assert inclusion_test(counts, k).pvalue < 0.05
        return
    with pytest.raises(error, match=message):
        inclusion_test(counts, k)


# --- snowball_sample ---


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=15),
    st.integers(0, 10),
    st.integers(1, 4),
    st.integers(0, 9),
)
def test_a_snowball_finds_different_nodes_through_one_another(edges, n, names, seed):
    graph = {node: [] for node in range(10)}
    for a, b in edges:
        graph[a].append(b)
        graph[b].append(a)
    starts = min(2, max(n, 1))
    found = snowball_sample(graph, n, starts=starts, names=names, rng=seed)
    assert len(found) == len(set(found)) == n
    assert set(found) <= set(graph)
    assert found == snowball_sample(graph, n, starts=starts, names=names, rng=seed)


def test_a_snowball_finds_the_hub():
    star = {0: list(range(1, 101)), **{leaf: [0] for leaf in range(1, 101)}}
    rng = np.random.default_rng(0)
    found = [0 in snowball_sample(star, 5, starts=1, names=2, rng=rng) for _ in range(50)]
    assert all(found)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"n": 3}, ValueError, "n must be at most 2, got 3"),
        ({"starts": 0}, ValueError, "starts must be at least 1, got 0"),
        ({"starts": 3}, ValueError, "starts must be at most 2, got 3"),
        ({"names": 0}, ValueError, "names must be at least 1, got 0"),
        ({"names": 1.5}, TypeError, "names must be a whole number, got 1.5"),
    ],
)
def test_snowball_sample_refuses(change, error, message):
    options = {"n": 2, "starts": 1, "names": 1} | change
    with pytest.raises(error, match=message):
        snowball_sample({1: [2], 2: [1]}, options.pop("n"), **options)


def test_a_snowball_ends_where_the_graph_does():
    assert snowball_sample({}, 0, starts=1, names=1) == []
    with pytest.raises(ValueError, match="must hold each neighbour as a node, got 'b'"):
        snowball_sample({"a": ["b"], "c": ["b"]}, 2, starts=1, names=1, rng=0)
