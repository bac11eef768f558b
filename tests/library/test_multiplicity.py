"""P-values of many tests: published examples, an oracle, and what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import false_discovery_control

from mlsdlib.multiplicity import adjusted_pvalues

# Benjamini & Hochberg (1995), section 3.2: fifteen comparisons in a trial of a drug.
TRIAL = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]
METHODS = ["none", "bonferroni", "holm", "bh", "by"]


@pytest.mark.parametrize(("method", "found"), [("bonferroni", 3), ("bh", 4), ("none", 9)])
def test_the_published_trial(method, found):
    assert (adjusted_pvalues(TRIAL, correction=method) <= 0.05).sum() == found


def test_holm_steps_down_and_keeps_the_order_of_the_tests():
    assert adjusted_pvalues([0.03, 0.01, 0.04], correction="holm") == pytest.approx(
        [0.06, 0.03, 0.06]
    )


pvalues = arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 6)), elements=st.floats(0, 1))


@given(pvalues, st.sampled_from(METHODS))
def test_adjusted_values_keep_the_order_and_never_fall(p, method):
    adjusted = adjusted_pvalues(p, correction=method)
    assert (adjusted >= p - 1e-15).all()
    assert (adjusted <= 1).all()
    for row, old in zip(adjusted, p, strict=True):
        order = np.argsort(old, kind="stable")
        assert (np.diff(row[order]) >= -1e-15).all()


@given(pvalues, st.sampled_from(METHODS))
def test_each_family_is_adjusted_alone_along_either_axis(p, method):
    rows = np.array([adjusted_pvalues(row, correction=method) for row in p])
    assert adjusted_pvalues(p, correction=method) == pytest.approx(rows)
    assert adjusted_pvalues(p.T, correction=method, axis=0) == pytest.approx(rows.T)


@given(pvalues)
def test_the_false_discovery_rate_is_scipys(p):
    for method in ("bh", "by"):
        expected = false_discovery_control(p, axis=-1, method=method)
        assert adjusted_pvalues(p, correction=method) == pytest.approx(expected)


def test_no_test_is_no_finding():
    for method in METHODS:
        assert adjusted_pvalues([], correction=method).shape == (0,)


@pytest.mark.parametrize(
    ("p", "method", "error", "message"),
    [
        (0.3, "bh", ValueError, "pvalues must be an array, got 0.3"),
        ([0.1, np.nan], "bh", ValueError, "pvalues must lie between 0 and 1"),
        ([1.1], "holm", ValueError, "pvalues must lie between 0 and 1"),
        (["a"], "bh", TypeError, "pvalues must hold numbers"),
        ([0.1], "fdr", ValueError, "correction must be among none, bonferroni"),
    ],
)
def test_what_cannot_be_adjusted_is_refused(p, method, error, message):
    with pytest.raises(error, match=message):
        adjusted_pvalues(p, correction=method)
