"""Costs that grow, what a ranking is worth, and what it is worth to know: closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from mlsdlib import economics
from mlsdlib.economics import (
    busy,
    crossover,
    crossovers,
    cumulative,
    evpi,
    evppi,
    growing,
    rank_stability,
    tiered,
    tornado,
    weight_draws,
)

money = st.floats(-1e3, 1e3, allow_nan=False)
rates = st.floats(-0.2, 0.3)


class TestGrowing:
    @given(rates, st.integers(1, 60))
    def test_without_a_half_life_growth_is_constant(self, growth, months):
        assert growing(growth, months) == pytest.approx((1 + growth) ** np.arange(months))

    @given(rates, st.floats(0.5, 100))
    def test_with_one_its_logarithm_is_a_geometric_sum(self, growth, half_life):
        q = 0.5 ** (1 / half_life)
        t = np.arange(40)
        expected = (1 + growth) ** ((1 - q**t) / (1 - q))
        assert growing(growth, 40, half_life=half_life) == pytest.approx(expected)

    def test_it_approaches_its_ceiling(self):
        ceiling = 1.08 ** (1 / (1 - 0.5 ** (1 / 12)))
        assert growing(0.08, 500, half_life=12)[-1] == pytest.approx(ceiling)

    def test_many_at_once_are_the_same_as_one_by_one(self):
        many = growing([0.0, 0.1], 5, half_life=[np.inf, 3])
        assert many[1] == pytest.approx(growing(0.1, 5, half_life=3))
        assert many[0] == pytest.approx(np.ones(5))

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"growth": -1.0, "months": 3}, ValueError, "growth must be above -1"),
            ({"growth": np.nan, "months": 3}, ValueError, "growth must be above -1"),
            ({"growth": "1", "months": 3}, TypeError, "growth must hold numbers"),
            ({"growth": 0.1, "months": 0}, ValueError, "months must be at least 1"),
            ({"growth": 0.1, "months": 2.5}, TypeError, "months must be a whole number"),
            ({"growth": 0.1, "months": 3, "half_life": 0}, ValueError, "half_life must be above 0"),
        ],
    )
    def test_bad_input_is_named(self, arguments, error, message):
        with pytest.raises(error, match=message):
            growing(**arguments)


class TestTiered:
    def test_each_part_has_its_own_price(self):
        assert tiered([0, 5, 20, 30], [(0, 1.0), (5, 0.8), (20, 0.6)]).tolist() == pytest.approx(
            [0, 5, 17, 23]
        )

    @given(st.lists(st.floats(0, 100), min_size=2, max_size=9))
    def test_more_never_costs_less(self, volume):
        paid = tiered(np.sort(volume), [(0, 1.0), (3, 0.5), (9, 0.0)])
        assert (np.diff(paid) >= -1e-9).all()

    def test_one_tier_is_a_price(self):
        assert tiered(np.array([[1.0], [4.0]]), [(0, 2.5)]).tolist() == [[2.5], [10.0]]

    @pytest.mark.parametrize(
        ("volume", "tiers", "message"),
        [
            (-1, [(0, 1)], "volume must be at least 0"),
            (1, [(1, 1)], "tiers must start at 0 and rise"),
            (1, [(0, 1), (0, 2)], "tiers must start at 0 and rise"),
            (1, [(0, 1, 2)], "tiers must hold pairs"),
            (1, [], "tiers must have 2 axes"),
        ],
    )
    def test_bad_input_is_named(self, volume, tiers, message):
        with pytest.raises((ValueError, TypeError), match=message):
            tiered(volume, tiers)


class TestBusy:
    @given(st.floats(0, 20), st.floats(0, 10))
    def test_the_shares_add_up_to_the_duration(self, duration, start):
        share = busy(duration, 40, start=start)
        assert share.sum() == pytest.approx(duration, abs=1e-9)
        assert ((share >= 0) & (share <= 1)).all()

    def test_what_never_begins_takes_no_time(self):
        assert busy(3, 4, start=np.inf).tolist() == [0, 0, 0, 0]

    @pytest.mark.parametrize("arguments", [{"duration": -1}, {"duration": 1, "start": -0.5}])
    def test_bad_input_is_named(self, arguments):
        with pytest.raises(ValueError, match="must be at least 0"):
            busy(months=3, **arguments)


class TestCumulative:
    @given(st.floats(-0.5, 2).filter(lambda rate: abs(rate) > 1e-3), st.integers(1, 80))
    def test_a_constant_cost_is_an_annuity(self, rate, months):
        q = (1 + rate) ** (-1 / 12)
        expected = q * (1 - q**months) / (1 - q)
        assert cumulative(np.ones(months), rate=rate)[-1] == pytest.approx(expected)

    def test_without_a_discount_it_is_a_sum(self):
        assert cumulative([[1, 2], [3, 4]]).tolist() == [[1, 3], [3, 7]]

    @pytest.mark.parametrize(
        ("costs", "rate", "message"),
        [
            ([1.0, np.inf], 0, "costs must hold finite"),
            (3.0, 0, "axis of months"),
            ([1], -1, "rate must be above -1"),
            ([], 0, "costs must not be empty"),
        ],
    )
    def test_bad_input_is_named(self, costs, rate, message):
        with pytest.raises((ValueError, TypeError), match=message):
            cumulative(costs, rate=rate)


class TestCrossing:
    def test_a_price_to_start_with_is_earned_back_in_closed_form(self):
        # A fee f a month against p once and k a month: after the first month t with t (f - k) > p.
        for price, fee, keep in ((100, 9.5, 3.0), (10, 3.0, 1.5), (7, 8.0, 0.5)):
            rent = cumulative(np.full(60, fee))
            own = price + cumulative(np.full(60, keep))
            assert crossover(rent, own) == np.floor(price / (fee - keep)) + 1

    def test_growth_crosses_where_the_geometric_sum_does(self):
        growth, price, own = 0.08, 400.0, 20.0
        rent = cumulative(10 * growing(growth, 100))
        built = price + cumulative(np.full(100, own))
        t = np.arange(1, 101)
        ahead = 10 * ((1 + growth) ** t - 1) / growth > price + own * t
        assert crossover(rent, built) == t[ahead][0]

    def test_it_may_never_happen(self):
        assert crossover([1, 2], [1, 2]) == np.inf
        assert crossovers([1, 2], [1, 2]) == []

    @given(st.lists(st.tuples(money, money), min_size=1, max_size=30))
    def test_one_and_all_crossings_agree(self, pairs):
        first, second = np.array(pairs).T
        months = crossovers(first, second)
        apart = np.flatnonzero(first != second)
        if len(apart) and first[apart[0]] < second[apart[0]]:
            assert crossover(first, second) == (months[0] if months else np.inf)
        assert months == crossovers(second, first)
        leader = np.sign((first - second)[apart])
        assert len(months) == np.count_nonzero(np.diff(leader))

    @pytest.mark.parametrize("function", [crossover, crossovers])
    def test_bad_input_is_named(self, function):
        with pytest.raises(ValueError, match="one shape"):
            function([1, 2], [1, 2, 3])
        with pytest.raises(ValueError, match="finite"):
            function([1, np.nan], [1, 2])
        with pytest.raises(ValueError, match="axis of months"):
            function(1.0, 2.0)
        with pytest.raises(ValueError, match="one axis"):
            crossovers([[1.0]], [[2.0]])


def gaussian_evpi(mean, deviation):
    """EVPI of two options whose costs differ by a normal amount (Raiffa & Schlaifer 1961)."""
    z = abs(mean) / deviation
    return deviation * (norm.pdf(z) - z * norm.sf(z))


class TestInformation:
    def test_evpi_is_raiffas_loss_integral(self):
        rng = np.random.default_rng(0)
        for mean, deviation in ((0.0, 1.0), (0.5, 1.0), (-2.0, 3.0)):
            costs = np.column_stack([np.zeros(400_000), rng.normal(mean, deviation, 400_000)])
            assert evpi(costs) == pytest.approx(gaussian_evpi(mean, deviation), rel=0.02)

    def test_evppi_sees_the_part_of_the_spread_that_an_input_makes(self):
        rng = np.random.default_rng(1)
        x, y = rng.normal(size=(2, 400_000))
        costs = np.column_stack([np.zeros(len(x)), 0.3 + x + 2 * y])
        assert evppi(costs, x) == pytest.approx(gaussian_evpi(0.3, 1), rel=0.03)
        assert evppi(costs, y) == pytest.approx(gaussian_evpi(0.3, 2), rel=0.03)
        assert evppi(costs, x + 2 * y, bins=400) == pytest.approx(evpi(costs), rel=0.03)

    def test_what_has_no_say_is_worth_nothing(self):
        rng = np.random.default_rng(2)
        costs = rng.normal([0.0, 1.0], 1.0, (20_000, 2))
        assert evppi(costs, rng.normal(size=20_000), bins=10) == pytest.approx(0, abs=1e-12)

    @given(st.lists(st.tuples(money, money, money), min_size=1, max_size=12), st.randoms())
    def test_no_part_is_worth_more_than_the_whole_and_none_less_than_nothing(self, rows, random):
        x = [random.random() for _ in rows]
        part = evppi(rows, x, bins=min(3, len(rows)))
        assert 0 <= part <= evpi(rows) + 1e-9

    def test_identical_options_and_sure_winners_are_worth_no_study(self):
        assert evpi([[3, 3], [9, 9]]) == 0
        assert evpi([[1, 2], [8, 9]]) == 0
        assert evppi([[1, 2], [8, 9]], [0, 1], bins=2) == 0

    @given(st.lists(st.tuples(money, money), min_size=1, max_size=9), money)
    def test_a_cost_that_all_options_share_changes_nothing(self, rows, more):
        assert evpi(np.array(rows) + more) == pytest.approx(evpi(rows), abs=1e-6)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: evpi([]), "costs must have 2 axes"),
            (lambda: evpi(np.empty((0, 2))), "costs must not be empty"),
            (lambda: evpi([[1, np.nan]]), "costs must hold finite"),
            (lambda: evpi([["a"]]), "costs must hold numbers"),
            (lambda: evppi([[1, 2]], [1, 2]), "as long as each other"),
            (lambda: evppi([[1, 2]], [1], bins=2), "bins must be between 1 and 1"),
        ],
    )
    def test_bad_input_is_named(self, call, message):
        with pytest.raises((ValueError, TypeError), match=message):
            call()


class TestTornado:
    def test_the_widest_swing_comes_first(self):
        found = tornado(lambda a, b, c: a + 10 * b + c, {
            "a": (0, 1, 3), "b": (-1, 0, 1), "c": (2, 2, 2)})  # fmt: skip
        assert found.names == ("b", "a", "c")
        assert found.base == 3
        assert found.low.tolist() == [-7, 2, 3]
        assert found.high.tolist() == [13, 5, 3]
        assert found.break_even[0] == pytest.approx(-0.3)
        assert np.isnan(found.break_even[1:]).all()

    @given(st.floats(-5, 5), st.floats(0.1, 5))
    def test_a_line_breaks_even_at_its_root(self, root, width):
        found = tornado(lambda x: 2 * (x - root), {"x": (root - width, root, root + width)})
        assert found.break_even[0] == pytest.approx(root, abs=1e-6)

    def test_it_sees_no_interplay(self):
        found = tornado(lambda a, b: a * b - 0.5, {"a": (0, 0, 1), "b": (0, 0, 1)})
        assert np.isnan(found.break_even).all()  # and yet 1 * 1 - 0.5 is positive

    @pytest.mark.parametrize(
        ("function", "inputs", "message"),
        [
            (lambda: 0, {}, "at least one input"),
            (lambda a: a, {"a": (1, 0, 2)}, r"inputs\['a'\] must be low <= middle <= high"),
            (lambda a: a, {"a": (1, 2)}, r"inputs\['a'\]"),
            (lambda a: np.inf * a, {"a": (1, 2, 3)}, "finite number, got inf"),
        ],
    )
    def test_bad_input_is_named(self, function, inputs, message):
        with pytest.raises(ValueError, match=message):
            tornado(function, inputs)


scores = st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=1, max_size=5)
draws = st.lists(
    st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any), min_size=1, max_size=6
)


class TestScorecard:
    @given(scores, draws)
    def test_rows_and_columns_add_up_to_one(self, score, weights):
        share = rank_stability(score, weights)
        assert share.sum(axis=0) == pytest.approx(np.ones(len(score)))
        assert share.sum(axis=1) == pytest.approx(np.ones(len(score)))

    @given(scores, draws, st.integers(1, 9))
    def test_the_scale_of_the_weights_has_no_say(self, score, weights, factor):
        scaled = np.array(weights) * factor / 7
        assert rank_stability(score, scaled) == pytest.approx(rank_stability(score, weights))

    def test_ties_share_their_places(self):
        share = rank_stability([[2, 2], [2, 2], [1, 1]], [[1, 3]])
        assert share.tolist() == [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]

    def test_two_options_and_one_weight_in_closed_form(self):
        # Scores (5, 1) and (1, 4): the first wins where w > 3/7; w is uniform on [0.3, 0.7].
        w = np.linspace(0.3, 0.7, 4_001)
        share = rank_stability([[5, 1], [1, 4]], np.column_stack([w, 1 - w]))
        assert share[0, 0] == pytest.approx((0.7 - 3 / 7) / 0.4, abs=1e-3)

    def test_weights_stay_within_their_spread(self):
        stated = np.array([3.0, 2.0, 0.0])
        drawn = weight_draws(stated, 0.5, 1_000, rng=0)
        assert drawn.sum(axis=1) == pytest.approx(np.ones(1_000))
        ratio = drawn[:, 0] / drawn[:, 1]
        assert ratio.min() >= 1.5 * 0.5 / 1.5
        assert ratio.max() <= 1.5 * 1.5 / 0.5
        assert not drawn[:, 2].any()
        assert np.array_equal(drawn, weight_draws(stated, 0.5, 1_000, rng=0))

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: rank_stability([[1, 2]], [[1, 2, 3]]), "as many criteria"),
            (lambda: rank_stability([[1, 2]], [[0, 0]]), "not all zeros"),
            (lambda: rank_stability([[1, 2]], [[1, -1]]), "weights must be at least 0"),
            (lambda: rank_stability([1, 2], [[1, 1]]), "scores must have 2 axes"),
            (lambda: weight_draws([0, 0], 0.5, 3), "must not all be zero"),
            (lambda: weight_draws([1, 1], 1.5, 3), "spread must lie between 0 and 1"),
            (lambda: weight_draws([1, 1], 0.5, 0), "n must be at least 1"),
        ],
    )
    def test_bad_input_is_named(self, call, message):
        with pytest.raises((ValueError, TypeError), match=message):
            call()


def test_all_is_what_stands_in_the_package():
    assert all(getattr(economics, name) is not None for name in economics.__all__)


def test_payback_never_immediate_and_later():
    assert economics.payback(24, 4, start=6) == 12
    assert economics.payback(0, 4) == 0
    assert economics.payback(24, [2, 0, -1]).tolist() == [12, np.inf, np.inf]
    with pytest.raises(ValueError, match="cost must be at least 0"):
        economics.payback(-1, 1)
    with pytest.raises(ValueError, match="saving must hold finite numbers"):
        economics.payback(1, np.nan)
