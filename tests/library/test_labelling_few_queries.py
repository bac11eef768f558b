"""Which rows to label next: rankings, ties, and the bound of greedy k-centre."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.labelling import k_center_greedy, margin_query, uncertainty

METHODS = ("entropy", "margin", "least_confident")


def test_uncertainty_of_known_rows():
    proba = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]]
    assert uncertainty(proba, method="entropy") == pytest.approx([0, np.log(2), np.log(3)])
    assert uncertainty(proba, method="margin") == pytest.approx([0, 1, 1])
    assert uncertainty(proba, method="least_confident") == pytest.approx([0, 0.5, 2 / 3])


@given(st.lists(st.integers(0, 1_000), min_size=2, max_size=30, unique_by=lambda p: abs(p - 500)))
def test_for_two_classes_all_methods_rank_alike(thousandths):
    p = np.array(thousandths) / 1_000
    proba = np.column_stack([p, 1 - p])
    ranks = [np.argsort(uncertainty(proba, method=m)).tolist() for m in METHODS]
    assert ranks[0] == ranks[1] == ranks[2]


def test_for_three_classes_they_do_not():
    proba = [[0.48, 0.46, 0.06], [0.5, 0.25, 0.25]]
    most = {m: int(uncertainty(proba, method=m).argmax()) for m in METHODS}
    assert most == {"entropy": 1, "margin": 0, "least_confident": 0}


@given(st.integers(1, 20), st.integers(2, 5), st.integers(0, 2**31), st.data())
def test_margin_query_returns_the_smallest_margins_first(n, classes, seed, data):
    proba = np.random.default_rng(seed).multinomial(8, np.full(classes, 1 / classes), n) / 8
    k = data.draw(st.integers(0, n))
    chosen = margin_query(proba, k).tolist()
    ordered = np.sort(proba, axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    assert chosen == sorted(range(n), key=lambda i: (margins[i], i))[:k]


def radius(points, centres):
    distance = np.linalg.norm(points[:, None] - points[list(centres)][None], axis=2)
    return distance.min(axis=1).max()


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 9), st.integers(1, 3), st.integers(0, 2**31), st.booleans())
def test_greedy_k_centre_is_within_twice_the_optimum(n, k, seed, labelled):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 8, (n, 2)).astype(float)
    given_rows = [int(rng.integers(n))] if labelled else []
    k = min(k, n - len(given_rows))
    chosen = k_center_greedy(points, k, given_rows).tolist()
    assert len(set(chosen) | set(given_rows)) == k + len(given_rows)
    free = [i for i in range(n) if i not in given_rows]
    best = min(radius(points, [*given_rows, *rows]) for rows in combinations(free, k))
    assert radius(points, [*given_rows, *chosen]) <= 2 * best + 1e-9


def test_k_centre_never_chooses_a_row_twice_even_where_all_are_equal():
    assert sorted(k_center_greedy(np.zeros((4, 2)), 4)) == [0, 1, 2, 3]
    assert k_center_greedy([[0.0], [5.0]], 0).tolist() == []


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: uncertainty([[0.5, 0.5]], method="doubt"), ValueError, "method must be one of"),
        (lambda: uncertainty([[0.5, np.nan]]), ValueError, "must not hold NaN, got 1 rows"),
        (lambda: uncertainty([[0.5, 0.6]]), ValueError, "add up to 1"),
        (lambda: uncertainty([[1.5, -0.5]]), ValueError, "add up to 1"),
        (lambda: uncertainty([[1.0]]), ValueError, "k >= 2"),
        (lambda: uncertainty([["a", "b"]]), TypeError, "proba must hold numbers"),
        (lambda: margin_query([[0.5, 0.5]], 2), ValueError, "k must be from 0 to 1, got 2"),
        (lambda: margin_query([[0.5, 0.5]], 1.0), TypeError, "k must be a whole number"),
        (lambda: k_center_greedy([[0.0], [1.0]], 2, [0]), ValueError, "k must be from 0 to 1"),
        (lambda: k_center_greedy([[0.0]], 1, [3]), ValueError, "labelled must hold rows from 0"),
        (lambda: k_center_greedy([[np.nan]], 1), ValueError, "points must be finite"),
        (lambda: k_center_greedy([0.0], 1), ValueError, "points must have shape"),
        (lambda: k_center_greedy([["a"]], 1), TypeError, "points must hold numbers"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
