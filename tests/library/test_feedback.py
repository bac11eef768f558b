"""Feedback loops: measures of narrowness, clicks without their position, and the loop itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mlsdlib import feedback

EXPOSURE = arrays.arrays(
    np.int64, st.integers(1, 30), elements=st.integers(0, 1_000)
).filter(lambda x: x.sum() > 0)  # fmt: skip


def pbm(rng, items, pages, *, seen, relevance=None):
    """A log of random pages: clicks and shows of each item at each position."""
    k = len(seen)
    relevance = rng.beta(2, 5, items) if relevance is None else relevance
    place = rng.permuted(np.tile(np.arange(items), (pages, 1)), axis=1)[:, :k]
    clicked = rng.random((pages, k)) < seen * relevance[place]
    cell = place * k + np.arange(k)
    shape = (items, k)
    shows = np.bincount(cell.ravel(), minlength=items * k).reshape(shape)
    clicks = np.bincount(cell[clicked], minlength=items * k).reshape(shape)
    return clicks, shows, relevance


# --- how narrow is what was shown ---


def mean_difference(x):
    """The Gini index by its definition: half the mean difference of two, over the mean."""
    x = np.asarray(x, float)
    return np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())


@given(EXPOSURE)
def test_gini_is_half_the_relative_mean_difference(x):
    assert feedback.exposure_gini(x) == pytest.approx(mean_difference(x), abs=1e-12)


@given(EXPOSURE, st.integers(2, 9), st.randoms(use_true_random=False))
def test_measures_do_not_care_about_scale_and_order(x, factor, random):
    mixed = np.array(random.sample(x.tolist(), len(x)))
    for measure in (feedback.exposure_gini, feedback.coverage, feedback.homogeneity):
        assert measure(factor * mixed) == pytest.approx(measure(x), abs=1e-12)


@given(EXPOSURE)
def test_measures_lie_in_their_ranges(x):
    n = len(x)
    assert -1e-12 <= feedback.exposure_gini(x) <= 1 - 1 / n + 1e-12
    assert 1 / n - 1e-12 <= feedback.homogeneity(x) <= 1 + 1e-12
    assert 1 / n <= feedback.coverage(x) <= 1


def test_measures_at_their_ends():
    one, alike = [0, 0, 7, 0], [3, 3, 3, 3]
    assert [f(one) for f in (feedback.exposure_gini, feedback.homogeneity)] == [0.75, 1.0]
    assert [f(alike) for f in (feedback.exposure_gini, feedback.homogeneity)] == [0.0, 0.25]
    assert (feedback.coverage(one), feedback.coverage(alike)) == (0.25, 1.0)
    assert feedback.coverage([0, 0]) == 0.0


def test_measures_work_along_the_last_axis():
    table = np.random.default_rng(0).integers(0, 9, (4, 3, 12)) + 1
    for measure in (feedback.exposure_gini, feedback.coverage, feedback.homogeneity):
        one_by_one = [[measure(row) for row in rows] for rows in table]
        assert measure(table) == pytest.approx(np.array(one_by_one))
        assert isinstance(measure(table[0, 0]), float)


@pytest.mark.parametrize(
    ("exposure", "error", "message"),
    [
        ([], ValueError, "exposure must have at least 1 axis, none empty"),
        (3, ValueError, "exposure must have at least 1 axis"),
        ([1, -2], ValueError, "exposure must not be negative, got -2"),
        ([1, np.nan], ValueError, "exposure must hold finite numbers, got nan"),
        (["a"], TypeError, "exposure must hold numbers"),
    ],
)
def test_bad_exposure_is_an_error(exposure, error, message):
    for measure in (feedback.exposure_gini, feedback.coverage, feedback.homogeneity):
        with pytest.raises(error, match=message):
            measure(exposure)


@pytest.mark.parametrize("measure", [feedback.exposure_gini, feedback.homogeneity])
def test_nothing_shown_is_an_error(measure):
    with pytest.raises(ValueError, match="exposure must not hold a row of zeros"):
        measure([[1, 2], [0, 0]])


# --- clicks without their position ---


def test_weights_are_the_inverse_of_what_is_believed():
    weights = feedback.ips_click_weights([1, 3, 2, 3], [1.0, 0.5, 0.0], clip=0.25)
    assert weights.tolist() == [1.0, 4.0, 2.0, 4.0]
    assert feedback.ips_click_weights([1, 2], [1.0, 0.5]).tolist() == [1.0, 2.0]
    assert feedback.ips_click_weights([], [1.0]).shape == (0,)


def test_weighted_clicks_estimate_the_relevance_and_raw_ones_do_not():
    rng, seen = np.random.default_rng(0), 1 / np.arange(1, 11)
    position = rng.integers(1, 11, 400_000)
    clicked = rng.random(400_000) < 0.3 * seen[position - 1]
    weighted = clicked * feedback.ips_click_weights(position, seen)
    error = weighted.std() / np.sqrt(len(weighted))
    assert abs(weighted.mean() - 0.3) < 3 * error
    assert clicked.mean() < 0.1


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (([0], [1.0]), {}, ValueError, "position must lie between 1 and 1, got 0"),
        (([3], [1.0, 0.5]), {}, ValueError, "position must lie between 1 and 2, got 3"),
        (([1.0], [1.0]), {}, TypeError, "position must be a list of whole numbers"),
        (([[1]], [1.0]), {}, TypeError, "position must be a list of whole numbers"),
        (([1], [1.5]), {}, ValueError, "examination must lie between 0 and 1, got 1.5"),
        (([1], [[1.0]]), {}, ValueError, "examination must be one-dimensional"),
        (([2], [1.0, 0.0]), {}, ValueError, "clip must be positive where .* at position 2"),
        (([1], [1.0]), {"clip": 2}, ValueError, "clip must be between 0 and 1, got 2"),
        (([1], [1.0]), {"clip": "a"}, TypeError, "clip must be a number, got 'a'"),
    ],
)
def test_bad_weights_are_errors(arguments, options, error, message):
    with pytest.raises(error, match=message):
        feedback.ips_click_weights(*arguments, **options)


def test_debiased_rate_is_clicks_over_looks():
    clicks, shows = [[3, 1], [0, 0]], [[10, 10], [0, 4]]
    assert feedback.debiased_ctr(clicks, shows, [1, 1]).tolist() == [0.2, 0.0]
    assert feedback.debiased_ctr(clicks, shows, [1, 0.6])[0] == pytest.approx(4 / 16)
    assert feedback.debiased_ctr(clicks, shows, [0.5, 0]).tolist()[0] == 0.8
    assert np.isnan(feedback.debiased_ctr(clicks, shows, [1, 0])[1])
    prior = feedback.debiased_ctr(clicks, shows, [1, 0], prior=0.3, prior_weight=2)
    assert prior.tolist() == pytest.approx([4.6 / 12, 0.3])


def test_debiased_rate_finds_the_relevance():
    rng, seen = np.random.default_rng(1), 1 / np.arange(1, 6)
    clicks, shows, relevance = pbm(rng, 20, 40_000, seen=seen)
    rate = feedback.debiased_ctr(clicks, shows, seen)
    error = np.sqrt(relevance / (shows @ seen))
    assert (np.abs(rate - relevance) / error).max() < 4


def test_examination_is_found_within_three_standard_errors():
    seen, found = 1 / np.arange(1, 6), []
    for seed in range(20):
        clicks, shows, _ = pbm(np.random.default_rng(seed), 20, 4_000, seen=seen)
        found.append(feedback.fit_position_bias(clicks, shows).examination)
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(20)
    assert mean[0] == 1
    assert (np.abs(mean - seen)[1:] < 3 * error[1:]).all()


def test_fit_reproduces_the_margins_and_an_exact_product():
    seen, liked = np.array([1.0, 0.4, 0.1]), np.array([0.5, 0.25, 0.05, 0.01])
    shows = np.full((4, 3), 2_000)
    fitted = feedback.fit_position_bias(shows * liked[:, None] * seen, shows)
    assert fitted.examination == pytest.approx(seen)
    assert fitted.attraction == pytest.approx(liked)
    clicks, shows, _ = pbm(np.random.default_rng(2), 8, 900, seen=seen)
    fitted = feedback.fit_position_bias(clicks, shows, tol=0)
    expected = shows * fitted.attraction[:, None] * fitted.examination
    assert expected.sum(axis=0) == pytest.approx(clicks.sum(axis=0))
    assert expected.sum(axis=1) == pytest.approx(clicks.sum(axis=1))


def test_product_with_logged_positions_is_the_click_through_rate():
    clicks, shows, _ = pbm(np.random.default_rng(3), 8, 900, seen=np.array([1.0, 0.4, 0.1]))
    fitted = feedback.fit_position_bias(clicks, shows, tol=0)
    product = fitted.attraction * (shows @ fitted.examination) / shows.sum(axis=1)
    assert product == pytest.approx(clicks.sum(axis=1) / shows.sum(axis=1))


def test_runs_are_fitted_as_if_alone():
    tables = [pbm(np.random.default_rng(s), 6, 500, seen=np.array([1.0, 0.5]))[:2] for s in (4, 5)]
    clicks, shows = (np.stack(side) for side in zip(*tables, strict=True))
    together = feedback.fit_position_bias(clicks, shows)
    for run, table in enumerate(tables):
        alone = feedback.fit_position_bias(*table)
        assert together.examination[run] == pytest.approx(alone.examination, rel=1e-4)
        assert together.attraction[run] == pytest.approx(alone.attraction, rel=1e-4)


def test_what_was_never_shown_is_unknown():
    shows = np.array([[50, 50, 0], [50, 50, 0], [0, 0, 0]])
    clicks = np.array([[20, 10, 0], [10, 5, 0], [0, 0, 0]])
    fitted = feedback.fit_position_bias(clicks, shows)
    assert fitted.examination[:2] == pytest.approx([1.0, 0.5])
    assert fitted.attraction[:2] == pytest.approx([0.4, 0.2])
    assert np.isnan(fitted.examination[2])
    assert np.isnan(fitted.attraction[2])


def test_a_position_without_clicks_is_not_examined():
    fitted = feedback.fit_position_bias([[5, 0], [2, 0]], [[10, 10], [10, 10]])
    assert fitted.examination.tolist() == [1.0, 0.0]
    assert fitted.attraction == pytest.approx([0.5, 0.2])


@pytest.mark.parametrize(
    ("clicks", "shows", "options", "error", "message"),
    [
        ([1], [1], {}, ValueError, "clicks must have at least 2 axes"),
        ([[1]], [[1, 1]], {}, ValueError, r"one shape, got \(1, 1\) and \(1, 2\)"),
        ([[2]], [[1]], {}, ValueError, r"clicks must not exceed shows, got 2 of 1 at \(0, 0\)"),
        ([[-1]], [[1]], {}, ValueError, "clicks must not be negative"),
        ([[0, 1]], [[1, 1]], {}, ValueError, "clicks must hold some at the first position"),
        ([[1]], [[1]], {"max_iter": 0}, ValueError, "max_iter must be at least 1, got 0"),
        ([[1]], [[1]], {"max_iter": 1.5}, TypeError, "max_iter must be a whole number, got 1.5"),
        ([[1]], [[1]], {"tol": -1}, ValueError, "tol must be at least 0, got -1"),
    ],
)
def test_bad_tables_are_errors(clicks, shows, options, error, message):
    with pytest.raises(error, match=message):
        feedback.fit_position_bias(clicks, shows, **options)


@pytest.mark.parametrize(
    ("examination", "options", "message"),
    [
        ([1.0], {}, "examination must have a number for each of 2 positions"),
        ([1.0, -0.5], {}, "examination must not be negative"),
        ([1.0, 0.5], {"prior": 2}, "prior must be between 0 and 1, got 2"),
        ([1.0, 0.5], {"prior_weight": -1}, "prior_weight must be at least 0, got -1"),
    ],
)
def test_bad_beliefs_are_errors(examination, options, message):
    with pytest.raises(ValueError, match=message):
        feedback.debiased_ctr([[1, 0]], [[2, 2]], examination, **options)


# --- two models ---


def test_ranker_orders_by_the_second_model_alone():
    ranker = feedback.TwoModelRanker([1.0, 0.5, 0.1], [0.2, np.nan, 0.9, 0.2, 0.4])
    assert ranker.rank().tolist() == [2, 4, 0]
    assert ranker.predict([2, 2, 0], [1, 3, 2]) == pytest.approx([0.9, 0.09, 0.1])
    assert feedback.TwoModelRanker([1.0], [[0.1, 0.3], [0.3, 0.1]]).rank().tolist() == [[1], [0]]
    known = feedback.TwoModelRanker([1.0, 1.0], [np.nan, 0.1])
    assert known.rank().tolist() == [1, 0]


@pytest.mark.parametrize(
    ("examined", "clicked", "message"),
    [
        ([1.5], [0.1], "p_examined must lie between 0 and 1, got 1.5"),
        ([[1.0]], [0.1], "p_examined must be one-dimensional"),
        ([1.0], [-0.1], "p_click_given_examined must lie between 0 and 1, got -0.1"),
        ([1.0, 0.5], [0.1], "p_click_given_examined must have an item for each of 2 positions"),
    ],
)
def test_bad_models_are_errors(examined, clicked, message):
    with pytest.raises(ValueError, match=message):
        feedback.TwoModelRanker(examined, clicked)


@pytest.mark.parametrize("position", [0, 3])
def test_position_outside_the_page_is_an_error(position):
    ranker = feedback.TwoModelRanker([1.0, 0.5], [0.1, 0.2])
    with pytest.raises(ValueError, match=f"positions must be .*, got {position}"):
        ranker.predict([0], [position])


# --- the loop ---


def small(**options):
    relevance = np.random.default_rng(0).beta(1, 9, (6, 30))
    return relevance, feedback.simulate_loop(
        relevance, **{"n_slots": 5, "rounds": 8, "pages": 40, "epsilon": 0.2, "rng": 1} | options
    )


def test_loop_shows_a_full_page_each_time_and_adds_up():
    _, result = small()
    assert result.exposure.shape == (6, 8, 30)
    assert (result.exposure.sum(axis=2) == 40 * 5).all()
    assert (result.shows.sum(axis=1) == 40 * 8).all()
    assert (result.shows.sum(axis=2) == result.exposure.sum(axis=1)).all()
    assert (result.clicks <= result.shows).all()
    assert (result.value <= 1 + 1e-12).all()


def test_the_same_seed_gives_the_same_loop():
    for name in ("exposure", "value", "score", "recall", "clicks", "shows"):
        one, two, other = (getattr(small(rng=s)[1], name) for s in (1, 1, 2))
        assert np.array_equal(one, two)
        assert not np.array_equal(one, other)


def test_score_is_the_debiased_rate_of_the_log():
    _, result = small(assumed_decay=1.0, prior=0.2, prior_weight=3.0)
    believed = 1 / np.arange(1, 6)
    rate = feedback.debiased_ctr(result.clicks, result.shows, believed, prior=0.2, prior_weight=3)
    assert result.score == pytest.approx(rate, abs=1e-8)


def test_clicks_follow_the_position_based_model():
    relevance, result = small(rounds=60, pages=300, decay=1.5)
    expected = result.shows * relevance[:, :, None] * np.arange(1, 6) ** -1.5
    deviation = result.clicks.sum() - expected.sum()
    assert abs(deviation) < 4 * np.sqrt(expected.sum())


def test_random_pages_show_every_item_at_every_place_alike():
    _, result = small(epsilon=1.0, rounds=100, pages=100)
    expected = 100 * 100 / 30
    assert np.abs(result.shows - expected).max() < 5 * np.sqrt(expected)
    _, never = small(epsilon=0.0, prior=0.0, rounds=1)
    assert set(feedback.coverage(never.exposure[:, 0]).round(6)) == {round(5 / 30, 6)}


def test_a_pessimist_never_shows_anything_new():
    _, result = small(epsilon=0.0, prior=0.0, pages=2_000)
    assert (feedback.coverage(result.exposure.sum(axis=1)) <= 5 / 30 + 1e-9).all()


def test_recall_and_value_are_one_if_all_is_known():
    relevance = np.tile(np.linspace(0.05, 0.95, 8), (3, 1))
    result = feedback.simulate_loop(
        relevance, n_slots=2, rounds=30, pages=20_000, epsilon=0.3, assumed_decay=1.0, rng=0
    )
    assert result.recall.tolist() == [1.0] * 3
    greedy = feedback.simulate_loop(
        relevance, n_slots=2, rounds=30, pages=20_000, prior=1.0, assumed_decay=1.0, rng=0
    )
    assert greedy.value[:, -1] == pytest.approx(1)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(1, 4), st.floats(0, 1), st.integers(0, 99))
def test_any_size_of_loop_runs(items, rounds, epsilon, seed):
    relevance = np.random.default_rng(seed).random((2, items))
    slots = 1 + seed % items
    result = feedback.simulate_loop(
        relevance, n_slots=slots, rounds=rounds, pages=3, epsilon=epsilon, rng=seed
    )
    assert result.shows.sum() == 2 * rounds * 3 * slots
    assert ((result.recall >= 0) & (result.recall <= 1)).all()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_slots": 31}, ValueError, "n_slots must be between 1 and 30, got 31"),
        ({"rounds": 0}, ValueError, "rounds must be at least 1, got 0"),
        ({"pages": 2.5}, TypeError, "pages must be a whole number, got 2.5"),
        ({"decay": -1}, ValueError, "decay must be between 0 and 10, got -1"),
        ({"assumed_decay": np.nan}, ValueError, "assumed_decay must be between 0 and 10, got nan"),
        ({"epsilon": 1.5}, ValueError, "epsilon must be between 0 and 1, got 1.5"),
        ({"prior": -0.1}, ValueError, "prior must be between 0 and 1, got -0.1"),
        ({"prior_weight": 0}, ValueError, "prior_weight must be positive, got 0"),
        ({"prior_weight": True}, TypeError, "prior_weight must be a number, got True"),
    ],
)
def test_bad_options_of_the_loop_are_errors(options, error, message):
    with pytest.raises(error, match=message):
        small(**options)


@pytest.mark.parametrize(
    ("relevance", "message"),
    [
        ([0.1, 0.2], "relevance must have at least 2 axes"),
        ([[[0.1, 0.2]]], r"relevance must have shape \(runs, n_items\), got \(1, 1, 2\)"),
        ([[0.1, 1.2]], "relevance must lie between 0 and 1, got 1.2"),
    ],
)
def test_bad_relevance_is_an_error(relevance, message):
    with pytest.raises(ValueError, match=message):
        feedback.simulate_loop(relevance, n_slots=1)
