"""Team draft and its test."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from mlsdlib import experiments

RANKINGS = st.lists(st.integers(0, 7), min_size=1, max_size=6)


def by_hand(a, b, k, coins):
    """One session, one place after the other."""
    page, team = [], []
    while len(page) < k:
        turn = coins[len(page) // 2] if len(page) % 2 == 0 else 1 - team[-1]
        new = [item for item in (a, b)[turn] if item not in page]
        if not new:
            break
        page.append(new[0])
        team.append(turn)
    pad = [-1] * (k - len(page))
    return page + pad, team + pad


def test_there_are_exactly_four_equally_likely_drafts():
    a, b = (np.tile(x, (40_000, 1)) for x in ([0, 1, 2], [1, 2, 0]))
    pages, teams = experiments.team_draft(a, b, rng=0)
    drafts = Counter(map(tuple, np.hstack([pages, teams]).tolist()))
    assert set(drafts) == {
        (0, 1, 2, 0, 1, 0),
        (0, 1, 2, 0, 1, 1),
        (1, 0, 2, 1, 0, 0),
        (1, 0, 2, 1, 0, 1),
    }
    assert chisquare(list(drafts.values())).pvalue > 1e-4


@given(RANKINGS, RANKINGS, st.integers(1, 8), st.integers(0, 2**31))
def test_many_sessions_at_once_are_drafted_one_by_one(a, b, k, seed):
    sessions = 5
    coins = np.random.default_rng(seed)
    throws = np.array([coins.integers(2, size=sessions) for _ in range((k + 1) // 2)])
    stacked = [np.tile(x, (sessions, 1)) for x in (a, b)]
    pages, teams = experiments.team_draft(*stacked, k, rng=np.random.default_rng(seed))
    for i in range(sessions):
        assert (pages[i].tolist(), teams[i].tolist()) == by_hand(a, b, k, throws[:, i])


@given(RANKINGS, RANKINGS, st.integers(0, 2**31))
def test_a_page_names_an_item_once_and_teams_stay_level(a, b, seed):
    page, team = experiments.team_draft(a, b, 8, rng=seed)
    shown = page[page >= 0].tolist()
    assert len(set(shown)) == len(shown)
    assert set(shown) <= set(a) | set(b)
    assert abs((team == 0).sum() - (team == 1).sum()) <= 1
    assert ((page >= 0) == (team >= 0)).all()
    ended = np.flatnonzero(page < 0)
    assert ended.size == 0 or (page[ended[0] :] < 0).all()


def test_identical_rankings_are_shown_as_they_are_and_shared_fairly():
    ranking = np.tile(np.arange(10), (20_000, 1))
    pages, teams = experiments.team_draft(ranking, ranking, rng=0)
    assert (pages == ranking).all()
    assert teams.mean(axis=0) == pytest.approx(np.full(10, 0.5), abs=4 * 0.5 / np.sqrt(20_000))


def test_a_short_ranking_ends_the_page():
    drafts = {
        tuple(map(tuple, experiments.team_draft([5], [5, 6, 7], 3, rng=seed))) for seed in range(30)
    }
    assert drafts == {((5, 6, 7), (0, 1, 1)), ((5, 6, -1), (0, 1, -1)), ((5, -1, -1), (1, -1, -1))}


def test_one_session_needs_no_axis_and_a_seed_gives_the_same_page():
    one = experiments.team_draft([3, 1, 2], [2, 3, 1], rng=7)
    again = experiments.team_draft([3, 1, 2], [2, 3, 1], rng=7)
    assert one[0].shape == (3,)
    assert [x.tolist() for x in one] == [x.tolist() for x in again]


def test_sessions_of_any_shape():
    rng = np.random.default_rng(0)
    a, b = rng.permuted(np.tile(np.arange(6), (2, 4, 3, 1)), axis=-1)
    pages, teams = experiments.team_draft(a, b, 4, rng=0)
    assert pages.shape == teams.shape == (4, 3, 4)


@pytest.mark.parametrize(
    ("a", "b", "k", "error", "message"),
    [
        ([], [1], None, (TypeError, ValueError), "a must hold"),
        ([1], [-1], None, ValueError, "b must not be negative, got -1"),
        ([1.5], [1], None, TypeError, "a must hold whole numbers"),
        ([[1], [2]], [1], None, ValueError, "a and b must have as many sessions"),
        ([1], [1], 0, ValueError, "k must be at least 1, got 0"),
        ([1], [1], 1.5, TypeError, "k must be a whole number"),
    ],
)
def test_bad_rankings_are_errors(a, b, k, error, message):
    with pytest.raises(error, match=message):
        experiments.team_draft(a, b, k)


# --- the test ---


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_wins_are_tested_by_the_binomial_distribution(sessions):
    a, b = np.transpose(sessions)
    test, turned = experiments.interleaving_test(a, b), experiments.interleaving_test(b, a)
    won, lost = int((b > a).sum()), int((a > b).sum())
    if won + lost:
        assert test.pvalue == pytest.approx(min(1.0, binomtest(won, won + lost).pvalue))
        assert test.statistic == pytest.approx((won - lost) / np.sqrt(won + lost))
    else:
        assert (test.statistic, test.pvalue) == (0.0, 1.0)
    assert test.preference == pytest.approx((won - lost) / len(a))
    assert (turned.statistic, turned.pvalue) == pytest.approx((-test.statistic, test.pvalue))
    assert test.n == len(sessions)


def test_clicks_are_tested_by_their_mean_difference():
    a, b = np.array([1, 0, 2, 0, 1]), np.array([3, 1, 1, 1, 2])
    test = experiments.interleaving_test(a, b, by="clicks")
    lead = b - a
    assert test.statistic == pytest.approx(lead.mean() / lead.std() * np.sqrt(5))
    assert test.preference == pytest.approx(lead.sum() / 12)


def test_units_that_are_all_alike():
    sure = experiments.interleaving_test([0, 0, 0], [1, 1, 1], by="clicks")
    assert (sure.preference, sure.statistic, sure.pvalue) == (1.0, np.inf, 0.0)
    none = experiments.interleaving_test([0, 0], [0, 0], by="clicks")
    assert (none.preference, none.statistic, none.pvalue) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize("by", ["wins", "clicks"])
def test_many_tests_at_once_are_tested_one_by_one(by):
    a, b = np.random.default_rng(0).poisson(1, (2, 3, 4, 50))
    many = experiments.interleaving_test(a, b, by=by)
    for i in np.ndindex(3, 4):
        one = experiments.interleaving_test(a[i], b[i], by=by)
        assert (many.preference[i], many.pvalue[i]) == pytest.approx((one.preference, one.pvalue))
        assert isinstance(one.pvalue, float)


@pytest.mark.parametrize("by", ["wins", "clicks"])
def test_equal_rankers_are_told_apart_as_often_as_the_level_says(by):
    rng = np.random.default_rng(0)
    ranking = np.tile(np.arange(6), (2_000, 100, 1))
    _, team = experiments.team_draft(ranking, ranking, rng=rng)
    clicked = rng.random(team.shape) < 0.4 / np.arange(1, 7)
    clicks = [(clicked & (team == t)).sum(axis=2) for t in (0, 1)]
    false = (experiments.interleaving_test(*clicks, by=by).pvalue < 0.05).mean()
    assert 0.02 < false < 0.07  # the exact test is conservative


@pytest.mark.parametrize(
    ("a", "b", "by", "error", "message"),
    [
        ([1, 2], [1], "wins", ValueError, "clicks_a and clicks_b must have one shape"),
        ([], [], "wins", ValueError, "clicks_a must have at least 1 axis"),
        ([-1], [1], "wins", ValueError, "clicks_a must hold counts, got -1"),
        ([1], [0.5], "wins", ValueError, "clicks_b must hold counts, got 0.5"),
        (["a"], [1], "wins", TypeError, "clicks_a must hold numbers"),
        ([1], [1], "luck", ValueError, "by must be among wins, clicks; got 'luck'"),
    ],
)
def test_bad_clicks_are_errors(a, b, by, error, message):
    with pytest.raises(error, match=message):
        experiments.interleaving_test(a, b, by=by)
