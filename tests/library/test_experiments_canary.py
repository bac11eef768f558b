"""Wald's sequential test, the gate that uses it, and the comparison with a shadow."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.experiments import CanaryGate, shadow_compare, sprt

# ---- the sequential test


def test_the_ratio_is_walds():
    # log(0.95 / 0.05) = 2.944; a failure adds log(3) = 1.099, a success log(0.7 / 0.9) = -0.251
    assert sprt([1, 1, 1], 0.1, 0.3).n == 3
    assert not sprt([1, 1], 0.1, 0.3).rejected
    found = sprt([0] * 20, 0.1, 0.3)
    assert (found.accepted, found.n) == (True, math.ceil(2.944 / 0.2513))


def test_a_bound_that_is_reached_exactly_decides():
    assert sprt([1, 1], 0.25, 0.5, alpha=0.2, beta=0.2).rejected  # two doublings make 0.8 / 0.2


def test_the_errors_are_about_those_asked_for_and_the_mean_length_is_walds():
    rng = np.random.default_rng(0)
    p0, p1, alpha, beta = 0.02, 0.04, 0.05, 0.1
    good = sprt(rng.random((2_000, 6_000)) < p0, p0, p1, alpha=alpha, beta=beta)
    bad = sprt(rng.random((2_000, 6_000)) < p1, p0, p1, alpha=alpha, beta=beta)
    assert (good.rejected | good.accepted).all()
    assert (bad.rejected | bad.accepted).all()
    assert good.rejected.mean() < alpha + 0.015  # the bounds are overshot: less than asked for
    assert bad.accepted.mean() < beta + 0.02
    upper, lower = math.log((1 - beta) / alpha), math.log(beta / (1 - alpha))
    drift = p1 * math.log(p1 / p0) + (1 - p1) * math.log((1 - p1) / (1 - p0))
    wald = ((1 - beta) * upper + beta * lower) / drift  # a lower bound, nearly reached
    assert wald < bad.n.mean() < 1.2 * wald


outcomes = st.lists(st.integers(0, 1), min_size=1, max_size=60)


@given(outcomes, st.sampled_from([(0.1, 0.3), (0.02, 0.5), (0.3, 0.4)]))
def test_many_sequences_are_as_one_after_the_other_and_as_the_gate(x, rates):
    one, many = sprt(x, *rates), sprt([x, x], *rates)
    assert many.n.tolist() == [one.n] * 2
    assert many.rejected.tolist() == [one.rejected] * 2
    assert many.accepted.tolist() == [one.accepted] * 2
    gate = CanaryGate(*rates, shares=(1.0,))
    said = [gate.update(bool(failed)) for failed in x[: one.n]]
    last = "roll back" if one.rejected else "promote" if one.accepted else "go on"
    assert said == ["go on"] * (one.n - 1) + [last]


@given(outcomes)
def test_what_comes_after_the_decision_changes_nothing(x):
    short = sprt(x, 0.1, 0.3)
    if short.rejected or short.accepted:
        assert sprt(x + [1] * 50, 0.1, 0.3).n == short.n


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (([1, 2], 0.1, 0.3), {}, "outcomes must hold 0 and 1 only"),
        (([1.0, math.nan], 0.1, 0.3), {}, "outcomes must hold 0 and 1 only"),
        ((["1"], 0.1, 0.3), {}, "outcomes must hold 0 and 1 only"),
        (([], 0.1, 0.3), {}, "outcomes must have shape"),
        (([[[1]]], 0.1, 0.3), {}, "outcomes must have shape"),
        (([1], 0.3, 0.3), {}, "p0 must be below p1, got 0.3 and 0.3"),
        (([1], 0.0, 0.3), {}, "p0 must lie between 0 and 1"),
        (([1], 0.1, 1), {}, "p1 must lie between 0 and 1"),
        (([1], 0.1, 0.3), {"alpha": 0}, "alpha must lie between 0 and 1"),
        (([1], 0.1, 0.3), {"alpha": 0.5, "beta": 0.5}, r"alpha \+ beta must be below 1, got 1"),
    ],
)
def test_a_wrong_argument_is_named(arguments, options, says):
    with pytest.raises(ValueError, match=says):
        sprt(*arguments, **options)


# ---- the gate


def test_a_good_challenger_goes_through_all_stages_and_each_is_logged():
    gate = CanaryGate(0.1, 0.3, shares=(0.1, 0.5, 1.0))
    said = [gate.update(False) for _ in range(36)]
    assert said[11::12] == ["next stage", "next stage", "promote"]
    assert [entry.share for entry in gate.log] == [0.1, 0.5, 1.0]
    assert [(entry.n, entry.failures) for entry in gate.log] == [(12, 0)] * 3
    assert all(entry.ratio <= math.log(0.05 / 0.95) for entry in gate.log)
    assert (gate.decided, gate.share) == ("promote", 1.0)


def test_a_stage_forgets_the_one_before():
    gate = CanaryGate(0.1, 0.3, shares=(0.1, 1.0))
    gate.update_many(0, 50)
    assert [gate.update(True) for _ in range(3)] == ["go on", "go on", "roll back"]
    assert (gate.decided, gate.share) == ("roll back", 0.0)
    assert [entry.decision for entry in gate.log] == ["next stage", "roll back"]


def test_a_batch_is_looked_at_once():
    gate = CanaryGate(0.1, 0.3)
    assert gate.update_many(3, 30) == "next stage"  # one by one, three failures first would end it


def test_who_has_decided_hears_no_more():
    gate = CanaryGate(0.1, 0.3)
    gate.update_many(9, 9)
    with pytest.raises(RuntimeError, match="the gate has decided: roll back"):
        gate.update(False)


@pytest.mark.parametrize("shares", [(), (0.5, 0.5), (0.5, 0.1), (0.0, 1.0), (0.5, 1.5), (-1,)])
def test_shares_must_rise(shares):
    with pytest.raises(ValueError, match="shares must rise from above 0 to at most 1"):
        CanaryGate(0.1, 0.3, shares=shares)


def test_a_gate_takes_counts_that_can_be():
    gate = CanaryGate(0.1, 0.3)
    with pytest.raises(ValueError, match="failures must be between 0 and 2, got 3"):
        gate.update_many(3, 2)
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        gate.update_many(0, 0)


# ---- the shadow


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 3)), min_size=1))
def test_a_comparison_counts_each_request_once(pairs):
    served, shadow = zip(*pairs, strict=True)
    both = [(a, b) for a, b in pairs if b is not None]
    if not both:
        with pytest.raises(ValueError, match="shadow must have answered"):
            shadow_compare(served, shadow)
        return
    report = shadow_compare(served, shadow)
    assert report.n + report.missing == len(pairs)
    assert report.agreement.value == pytest.approx(np.mean([a == b for a, b in both]))
    assert report.rows.tolist() == [k for k, (a, b) in enumerate(pairs) if b is not None and a != b]


def test_answers_within_the_tolerance_are_equal():
    assert shadow_compare([0.5, 0.5], [0.6, 0.9], tolerance=0.2).rows.tolist() == [1]


@pytest.mark.parametrize(
    ("served", "shadow", "options", "says"),
    [
        ([1, 2], [1], {}, "served and shadow must be as long as each other"),
        ([1, math.nan], [1, 2], {}, "served must not hold NaN, got 1"),
        ([1], [math.nan], {}, "shadow must have answered at least one request"),
        ([1], [1], {"tolerance": -1}, "tolerance must be at least 0, got -1"),
    ],
)
def test_a_comparison_names_what_is_wrong(served, shadow, options, says):
    with pytest.raises(ValueError, match=says):
        shadow_compare(served, shadow, **options)
