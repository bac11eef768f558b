"""Tests that may be looked at: bounds, crossing probabilities, always valid p-values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib import experiments

# Armitage, McPherson & Rowe (1969), table 2: repeated tests at the level of 5 %.
PEEKING = {1: 0.050, 2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142, 10: 0.193, 20: 0.248, 50: 0.320}


@pytest.mark.parametrize(("looks", "published"), PEEKING.items())
def test_peeking_errs_as_often_as_published(looks, published):
    found = experiments.crossing_probabilities(np.full(looks, 1.959964)).sum()
    assert found == pytest.approx(published, abs=6e-4)


def test_constant_bounds_of_pocock_and_of_obrien_and_fleming():
    # Jennison & Turnbull (2000), tables 2.1 and 2.3, five looks, level 0.05.
    pocock = experiments.crossing_probabilities(np.full(5, 2.413))
    obrien = experiments.crossing_probabilities(2.040 * np.sqrt(5 / np.arange(1, 6)))
    assert pocock.sum() == pytest.approx(0.05, abs=1e-4)
    assert obrien.sum() == pytest.approx(0.05, abs=1e-4)


def test_spending_bounds_are_the_published_ones():
    # Lan & DeMets's functions at five equal looks, two-sided level 0.05.
    assert experiments.spending_bounds(5) == pytest.approx(
        [4.8769, 3.3569, 2.6803, 2.2898, 2.0310],
        abs=2e-4,  # four digits of an older program
    )
    assert experiments.spending_bounds(5, spending="pocock") == pytest.approx(
        [2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=1e-4
    )


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.floats(0.05, 0.95), max_size=6, unique_by=lambda t: round(t, 2)),
    st.sampled_from([0.01, 0.05, 0.2]),
    st.sampled_from(["obrien_fleming", "pocock"]),
)
def test_bounds_keep_their_level_wherever_one_looks(shares, alpha, spending):
    looks = [*sorted(shares), 1.0]
    bounds = experiments.spending_bounds(looks, alpha=alpha, spending=spending)
    found = experiments.crossing_probabilities(bounds, looks)
    assert found.sum() == pytest.approx(alpha, rel=1e-6)


def test_one_look_is_the_usual_test():
    assert experiments.spending_bounds(1) == pytest.approx([1.959964], abs=1e-6)
    power = experiments.crossing_probabilities([1.959964], drift=2.801585).sum()
    assert power == pytest.approx(0.8, abs=1e-5)


def test_looks_at_equal_distances_are_the_default():
    bounds = experiments.spending_bounds(4)
    assert bounds == pytest.approx(experiments.spending_bounds([0.25, 0.5, 0.75, 1]))
    some, same = (experiments.crossing_probabilities(bounds, looks) for looks in (None, 4))
    assert some == pytest.approx(same)


def test_the_integral_agrees_with_a_simulation():
    rng, looks, runs = np.random.default_rng(0), 6, 60_000
    bounds = experiments.spending_bounds(looks, spending="pocock")
    for drift in (0.0, 2.0):
        steps = rng.normal(drift / looks, 1 / np.sqrt(looks), (runs, looks))
        z = steps.cumsum(axis=1) / np.sqrt(np.arange(1, looks + 1) / looks)
        out = np.abs(z) > bounds
        first = np.bincount(out.argmax(axis=1)[out.any(axis=1)], minlength=looks) / runs
        exact = experiments.crossing_probabilities(bounds, drift=drift)
        assert first == pytest.approx(exact, abs=4 * np.sqrt(0.25 / runs))


def test_a_hundred_looks_still_sum_to_the_level():
    for spending in ("obrien_fleming", "pocock"):
        bounds = experiments.spending_bounds(100, spending=spending)
        assert experiments.crossing_probabilities(bounds).sum() == pytest.approx(0.05, rel=1e-6)


def test_the_side_of_an_effect_does_not_matter():
    bounds = experiments.spending_bounds(5)
    up, down = (experiments.crossing_probabilities(bounds, drift=d) for d in (1.5, -1.5))
    assert up == pytest.approx(down)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: experiments.spending_bounds(0), ValueError, "looks must be at least 1, got 0"),
        (lambda: experiments.spending_bounds([0.5, 0.5, 1]), ValueError, "looks must be rising"),
        (lambda: experiments.spending_bounds([0.5, 0.9]), ValueError, "looks must be rising"),
        (lambda: experiments.spending_bounds([0.0, 1]), ValueError, "looks must be rising"),
        (lambda: experiments.spending_bounds("a"), TypeError, "looks must hold numbers"),
        (lambda: experiments.spending_bounds(2, alpha=1), ValueError, "alpha must lie between"),
        (lambda: experiments.spending_bounds(2, spending="all"), ValueError, "spending must be"),
        (lambda: experiments.crossing_probabilities([]), ValueError, "bounds must have"),
        (lambda: experiments.crossing_probabilities([2, 0]), ValueError, "bounds must be positive"),
        (lambda: experiments.crossing_probabilities([2, 2], 3), ValueError, "as many as bounds"),
        (lambda: experiments.crossing_probabilities([2], drift="a"), TypeError, "drift must hold"),
    ],
)
def test_bad_looks_are_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


# --- always valid ---


def test_the_ratio_is_that_of_the_averaged_likelihood():
    difference, variance, spread = 0.03, 1e-4, 0.02
    effects = np.linspace(-0.3, 0.3, 200_001)
    prior = np.exp(-(effects**2) / (2 * spread**2)) / np.sqrt(2 * np.pi * spread**2)
    given_effect = np.exp(-((difference - effects) ** 2) / (2 * variance))
    ratio = np.trapezoid(prior * given_effect, effects) / np.exp(-(difference**2) / (2 * variance))
    found = experiments.always_valid_pvalues([difference], [variance], spread=spread)
    assert found[0] == pytest.approx(1 / ratio)


def test_without_an_effect_they_hardly_ever_fall_below_the_level():
    rng, looks, runs = np.random.default_rng(0), 400, 4_000
    n = np.arange(1, looks + 1)
    difference = rng.normal(size=(runs, looks)).cumsum(axis=1) / n
    for spread in (0.02, 0.2, 2.0):
        p = experiments.always_valid_pvalues(difference, 1 / n, spread=spread)
        assert (np.diff(p, axis=1) <= 0).all()
        assert (p[:, -1] <= 0.05).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_with_an_effect_they_find_it_in_the_end():
    rng, n = np.random.default_rng(0), np.arange(1, 2_001)
    difference = (0.2 + rng.normal(size=(50, 2_000))).cumsum(axis=1) / n
    assert (experiments.always_valid_pvalues(difference, 1 / n, spread=0.2)[:, -1] < 0.01).all()


@pytest.mark.parametrize(
    ("arguments", "spread", "error", "message"),
    [
        (([0.1], [0.0]), 1.0, ValueError, "variance must be positive, got 0"),
        (([0.1], [1.0]), 0.0, ValueError, "spread must be positive"),
        (([0.1], [1.0]), -1.0, ValueError, "spread must be positive"),
        (([], [1.0]), 1.0, ValueError, "difference must have"),
        ((["a"], [1.0]), 1.0, TypeError, "difference must hold numbers"),
    ],
)
def test_bad_differences_are_errors(arguments, spread, error, message):
    with pytest.raises(error, match=message):
        experiments.always_valid_pvalues(*arguments, spread=spread)
