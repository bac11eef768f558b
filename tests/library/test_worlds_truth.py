"""ShopSmart's statistics against its truth.

Seeds are fixed, so a test passes always or never; tolerances are four standard errors or a p-value
of 1e-4, so that it is the model that passes and not the seed.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsdlib.worlds import Drift, ShopSmart, ShopSmartConfig, Treatment
from mlsdlib.worlds._config import CATEGORIES
from mlsdlib.worlds._ranking import _propensities

CONFIG = ShopSmartConfig(sessions_per_day=150)
TYPICAL = pd.Series(CATEGORIES)


@pytest.fixture(scope="module")
def world():
    return ShopSmart(CONFIG, rng=3)


def logit(p):
    return np.log(p / (1 - p))


def z_score(hits, p):
    """Return how many standard errors the number of hits is from the sum of its probabilities."""
    return (np.sum(hits) - np.sum(p)) / np.sqrt(np.sum(p * (1 - p)))


def check_calibrated(hits, p):
    """Hits come with their probabilities, at every level of these."""
    bins = pd.qcut(p, 20, duplicates="drop")
    z = pd.DataFrame({"hit": hits, "p": p}).groupby(bins, observed=True)
    scores = [z_score(part["hit"], part["p"]) for _, part in z]
    assert len(scores) >= 10
    assert stats.chi2.sf(np.square(scores).sum(), len(scores)) > 1e-4


def day_of_visit(world):
    """Return the day on which the visit of each search began."""
    day = (world.sessions["time"] - world.start) // pd.Timedelta(days=1)
    return day.to_numpy()[world.searches["session_id"]]


def match(world, sessions, products):
    style = world.products.filter(like="style_").to_numpy()
    return (world.truth.session_taste[sessions] * style[products]).sum(axis=1)


# --- clicks ---


def test_clicks_by_position_are_examination_times_relevance(world):
    im, truth = world.impressions, world.truth
    p = truth.examination[im["position"] - 1] * truth.relevance
    for position in range(1, 11):
        at = (im["position"] == position).to_numpy()
        assert abs(z_score(im["clicked"][at], p[at])) < 4
    check_calibrated(im["clicked"].to_numpy(), p)
    assert np.allclose(truth.examination, 1 / np.arange(1, 11))


@pytest.mark.parametrize("decay", [0.0, 0.5, 2.0])
def test_examination_decays_as_configured(decay):
    world = ShopSmart(ShopSmartConfig(n_days=14, examination_decay=decay), rng=0)
    assert np.allclose(world.truth.examination, np.arange(1, 11.0) ** -decay)
    seen = world.truth.examination[world.impressions["position"] - 1]
    assert abs(z_score(world.impressions["clicked"], seen * world.truth.relevance)) < 4


def test_relevance_is_the_documented_formula(world):
    im = world.impressions.sample(500, random_state=0)
    product = im["product_id"].to_numpy()
    typical = TYPICAL[world.products["category"].iloc[product]].to_numpy()
    expected = (
        logit(0.15)
        + world.truth.user_bias[im["user_id"]]
        + world.truth.quality[product]
        + match(world, im["session_id"], product)
        - np.log(im["price"] / typical)
    )
    assert np.allclose(logit(world.truth.relevance[im["impression_id"]]), expected)


def test_orders_follow_clicks_with_their_probability(world):
    ordered = world.clicks["impression_id"].isin(world.orders["impression_id"])
    check_calibrated(ordered.to_numpy(), world.truth.order_probability)
    clicks = world.impressions.iloc[world.clicks["impression_id"]]
    appeal = (
        logit(world.truth.relevance[clicks["impression_id"]])
        - logit(0.15)
        - world.truth.user_bias[clicks["user_id"]]
    )
    phone = (world.users["device"] == "phone").to_numpy()[clicks["user_id"]]
    assert np.allclose(logit(world.truth.order_probability), logit(0.2) - 0.4 * phone + appeal / 2)


def test_clicks_arrive_late(world):
    seconds = (world.clicks["received"] - world.clicks["time"]) / pd.Timedelta(seconds=1)
    fast, slow = stats.expon(scale=1), stats.expon(scale=120)
    assert stats.kstest(seconds, lambda x: 0.9 * fast.cdf(x) + 0.1 * slow.cdf(x)).pvalue > 1e-4
    page = world.impressions["time"].iloc[world.clicks["impression_id"]].array
    dwell = (world.clicks["time"] - page) / pd.Timedelta(seconds=1)
    assert stats.kstest(dwell, stats.expon(scale=20).cdf).pvalue > 1e-4


# --- traffic and tastes ---


def test_traffic_follows_hours_and_weekdays(world):
    traffic = world.truth.traffic
    count = world.sessions["time"].dt.floor("h").value_counts().reindex(traffic.index, fill_value=0)
    hour_of_week = traffic.index.day_of_week * 24 + traffic.index.hour
    seen, expected = (x.groupby(hour_of_week).sum() for x in (count, traffic))
    chi2 = ((seen - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(chi2, 168) > 1e-4
    assert stats.chi2.sf(chi2, 168) < 1 - 1e-4  # Poisson, not fixed
    assert abs(traffic.mean() * 24 - 150) < 1e-6
    days = traffic.to_numpy().reshape(-1, 24)
    assert np.allclose(days / days.sum(axis=1, keepdims=True), days[0] / days[0].sum())
    daily = traffic.groupby(traffic.index.hour).mean()
    assert (daily.idxmax(), daily.idxmin()) == (20, 8)
    assert traffic.groupby(traffic.index.day_of_week).mean().idxmax() == 5


def test_searches_in_a_visit_are_geometric(world):
    count = world.searches.groupby("session_id").size()
    assert len(count) == len(world.sessions)
    assert abs(count.mean() - 2) < 4 * np.sqrt(2 / len(count))
    once = (count == 1).mean()
    assert abs(once - 0.5) < 4 * 0.5 / np.sqrt(len(count))
    assert (world.searches.groupby("session_id")["query"].nunique() == 1).all()
    gap = world.searches.groupby("session_id")["time"].diff().dropna() / pd.Timedelta(seconds=60)
    assert stats.kstest(gap, stats.expon.cdf).pvalue > 1e-4


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_taste_belongs_to_the_visit(share):
    world = ShopSmart(ShopSmartConfig(n_days=14, session_share=share), rng=1)
    visit, user = world.truth.session_taste, world.truth.user_taste[world.sessions["user_id"]]
    own = visit - np.sqrt(1 - share) * user
    n = own.size
    assert abs(own.var() - share) <= 4 * share * np.sqrt(2 / n)
    assert abs((own * user).mean()) <= 8 * np.sqrt(share / n)


def test_affinity_is_a_calibrated_estimate_of_the_match():
    config = ShopSmartConfig(n_users=3_000, session_share=0.0, new_user_share=0.0)
    world = ShopSmart(config, rng=0)
    im = world.impressions.drop_duplicates("user_id")  # users are independent
    truth = match(world, im["session_id"], im["product_id"])
    fit = stats.linregress(im["affinity"], truth)
    assert abs(fit.slope - 1) < 4 * fit.stderr
    assert abs(fit.rvalue - np.sqrt(0.8)) < 0.03


# --- pages and propensities ---


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-8, 8), min_size=1, max_size=5),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.1, 1.0]),
)
def test_propensities_are_those_of_all_orders(scores, k, exploration):
    n, k = len(scores), min(k, len(scores))
    weights = np.exp(np.array(scores) - max(scores))
    pages = list(permutations(range(n), k))
    found = _propensities(
        np.tile(weights, (len(pages), 1)), np.full(len(pages), n), np.array(pages), exploration
    )
    for page, conditional in zip(pages, found, strict=True):
        ranked = uniform = 1.0
        for place, product in enumerate(page):
            left = [p for p in range(n) if p not in page[:place]]
            ranked *= weights[product] / weights[left].sum()
            uniform /= n - place
        expected = (1 - exploration) * ranked + exploration * uniform
        assert np.prod(conditional) == pytest.approx(expected, rel=1e-9)
    assert found.prod(axis=1).sum() == pytest.approx(1)


def test_the_first_product_comes_with_its_propensity(world):
    early = world.searches[day_of_visit(world) < 1]
    old = world.products[world.products["launched"] < world.start]
    weight = 1 + old["popularity"]
    share = weight / weight.groupby(old["category"]).transform("sum")
    n = old.groupby("category")["product_id"].transform("size")
    propensity = 0.95 * share + 0.05 / n
    first = world.impressions[world.impressions["position"] == 1]
    mine = first[first["search_id"].isin(early["search_id"]) & first["product_id"].isin(old.index)]
    assert len(mine) > 100
    launched = world.products["launched"].iloc[mine["product_id"]].max()
    assert launched < world.start
    today = world.products[world.products["launched"] == world.start]
    clean = ~world.products["category"].isin(today["category"]).to_numpy()[mine["product_id"]]
    assert np.allclose(mine["propensity"][clean], propensity[mine["product_id"]][clean])


def test_products_are_shown_as_often_as_their_propensities_say():
    # Without newcomers every page of a category is drawn from the same distribution.
    config = replace(CONFIG, new_product_share=0.0, exploration=0.2, n_slots=2)
    world = ShopSmart(config, rng=5)
    products, asked = world.products, world.searches["query"].to_numpy()
    weight = (1 + products["popularity"]).to_numpy()
    first, second = world.impressions["product_id"].to_numpy().reshape(-1, 2).T
    for category in ("smartphones", "toys"):
        ids = products.index[products["category"] == category].to_numpy()
        n, w, here = len(ids), weight[ids], asked == category
        p1 = 0.8 * w / w.sum() + 0.2 / n
        seen = np.bincount(first[here], minlength=400)[ids]
        assert stats.chisquare(seen, here.sum() * p1).pvalue > 1e-4
        # The second place, over all first ones.
        pairs = 0.8 * np.outer(w / w.sum(), w) / (w.sum() - w)[:, None] + 0.2 / n / (n - 1)
        p2 = pairs.sum(axis=0) - np.diag(pairs)
        seen = np.bincount(second[here], minlength=400)[ids]
        assert stats.chisquare(seen, here.sum() * p2 / p2.sum()).pvalue > 1e-4
    assert abs(z_score(world.searches["explored"], np.full(len(world.searches), 0.2))) < 4


def test_inverse_propensities_give_the_value_of_another_ranking(world):
    first = world.impressions[world.impressions["position"] == 1]
    page = world.rank(first["search_id"], world.products["rating"].fillna(0))[:, :1]
    agrees = first["product_id"].to_numpy() == page[:, 0]
    term = agrees / first["propensity"] * first["clicked"]
    truth = world.truth.value(first["search_id"], page).mean()
    assert abs(term.mean() - truth) < 4 * term.std() / np.sqrt(len(term))
    assert abs(first["clicked"].mean() - truth) > 2 * term.std() / np.sqrt(len(term))


# --- labels ---


def test_labels_come_with_a_known_delay_and_are_cut_at_the_end(world):
    complete = world.truth.labels
    days = (complete["known_time"] - complete["event_time"]) / pd.Timedelta(days=1)
    returned = complete["returned"]
    assert (days[~returned] == 30).all()
    assert days[returned].max() < 30
    assert stats.kstest(days[returned], stats.truncexpon(30 / 7, scale=7).cdf).pvalue > 1e-4
    known = complete[complete["known_time"] <= world.end].reset_index(drop=True)
    pd.testing.assert_frame_equal(known, world.labels)
    assert (complete["event_time"] == world.orders["time"]).all()
    # Returns are known first: what is known at the end shows too many of them.
    assert 0.3 < 1 - len(known) / len(complete) < 0.6
    assert world.labels["returned"].mean() > complete["returned"].mean() + 0.05


def test_a_narrow_window_cuts_most_of_the_delays():
    config = ShopSmartConfig(return_delay_days=7.0, return_window_days=2.0, return_rate=0.5)
    complete = ShopSmart(config, rng=4).truth.labels
    days = (complete["known_time"] - complete["event_time"]) / pd.Timedelta(days=1)
    cut = stats.truncexpon(2 / 7, scale=7)
    assert stats.kstest(days[complete["returned"]], cut.cdf).pvalue > 1e-4
    assert abs(complete["returned"].mean() - 0.5) < 4 * 0.5 / np.sqrt(len(complete))


def test_returns_come_with_their_probability(world):
    orders, truth = world.orders, world.truth
    check_calibrated(truth.labels["returned"].to_numpy(), truth.return_probability)
    assert abs(z_score(truth.labels["returned"], np.full(len(orders), 0.2))) < 4
    k, m, x = orders["quantity"] - 1, orders["minutes"], orders["express"]
    given_returned, given_kept = (
        stats.poisson(a).pmf(k) * stats.expon(scale=b).pdf(m) * np.where(x, c, 1 - c)
        for a, b, c in ((0.9, 8, 0.4), (0.2, 20, 0.2))
    )
    odds = 0.25 * given_returned / given_kept
    assert np.allclose(truth.return_probability, odds / (1 + odds))
    for y, mean in ((True, 0.9), (False, 0.2)):
        rows = (truth.labels["returned"] == y).to_numpy()
        poisson = stats.poisson(mean)
        share = np.append(poisson.pmf([0, 1, 2]), poisson.sf(2))
        assert stats.chisquare(np.bincount(k[rows].clip(0, 3)), rows.sum() * share).pvalue > 1e-4
        seconds = stats.kstest(m[rows], stats.expon(scale=8 if y else 20).cdf)
        assert seconds.pvalue > 1e-4


# --- drift ---


def drifted(kind, size):
    return ShopSmart(replace(CONFIG, drifts=(Drift(kind=kind, day=28, size=size),)), rng=3)


def test_drift_levels_are_readable():
    drifts = (
        Drift(kind="label", day=2, size=1.0),
        Drift(kind="label", day=4, size=-0.5, over=2),
        Drift(kind="covariate", day=1, size=2.0, over=10),
    )
    world = ShopSmart(ShopSmartConfig(n_days=6, drifts=drifts), rng=0)
    levels = world.truth.drift
    assert levels["label"].tolist() == [0, 0, 1, 1, 0.75, 0.5]
    assert np.allclose(levels["covariate"], [0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert (levels["concept"] == 0).all()
    assert levels.index[2] == pd.Timestamp("2024-01-03", tz="UTC")
    assert world.truth.drift_onset == {"covariate": levels.index[1], "label": levels.index[2]}


def test_covariate_drift_moves_what_is_searched(world):
    after = drifted("covariate", 1.0)
    late = (after.sessions["time"] >= after.truth.drift_onset["covariate"]).to_numpy()
    # What the sessions after the onset search, from the interests of their users.
    names = list(CATEGORIES)[:8]
    level = np.log(TYPICAL[names].to_numpy())
    logits = after._demand.users.interest[after.sessions["user_id"][late]]
    p = np.exp(logits + (level - level.mean()) / level.std())
    p /= p.sum(axis=1, keepdims=True)
    asked = after.searches.groupby("session_id")["query"].first().to_numpy()[late]
    for c, name in enumerate(names):
        assert abs(z_score(asked == name, p[:, c])) < 4
    # … and given the page, clicks are what they were.
    im = after.impressions
    rows = late[im["session_id"]]
    p = after.truth.relevance * after.truth.examination[im["position"] - 1]
    check_calibrated(im["clicked"].to_numpy()[rows], p[rows])
    same = (im["product_id"] == world.impressions["product_id"]).to_numpy()
    assert np.array_equal(after.truth.relevance[same], world.truth.relevance[same])
    assert (same & rows).any()


@pytest.mark.parametrize("size", [0.5, 1.0, -2.0])
def test_concept_drift_turns_tastes_and_nothing_else(world, size):
    after = drifted("concept", size)
    late = (after.sessions["time"] >= after.truth.drift_onset["concept"]).to_numpy()
    a, b = world.truth.session_taste, after.truth.session_taste
    assert np.array_equal(a[~late], b[~late])
    cosine = (a * b).sum(axis=1) / (a * a).sum(axis=1)
    assert np.allclose(cosine[late], np.cos(0.5 * np.pi * size))
    assert np.allclose((a * a).sum(axis=1), (b * b).sum(axis=1))
    rows = late[world.impressions["session_id"]]
    clicks = [w.impressions["clicked"].to_numpy()[rows] for w in (world, after)]
    # As many clicks on other products. Clicks of a user go together: errors by user.
    user = world.impressions["user_id"][rows]
    difference = pd.Series(clicks[1].astype(int) - clicks[0], index=user.index).groupby(user).sum()
    assert abs(difference.sum()) < 4 * np.sqrt((difference**2).sum())
    assert (clicks[0] != clicks[1]).mean() > 0.02


def test_label_drift_changes_how_many_and_not_how(world):
    after = drifted("label", 1.2)
    late = (after.orders["time"] >= after.truth.drift_onset["label"]).to_numpy()
    returned = after.truth.labels["returned"].to_numpy()
    share = 1 / (1 + np.exp(-(logit(0.2) + 1.2)))
    assert abs(z_score(returned[late], np.full(late.sum(), share))) < 4
    assert abs(z_score(returned[~late], np.full((~late).sum(), 0.2))) < 4
    check_calibrated(returned[late], after.truth.return_probability[late])
    for y in (True, False):
        before, since = (after.orders[(returned == y) & t] for t in (~late, late))
        assert stats.ks_2samp(before["minutes"], since["minutes"]).pvalue > 1e-4
        assert stats.ks_2samp(before["quantity"], since["quantity"]).pvalue > 1e-4
        table = pd.crosstab(after.orders["express"][returned == y], late[returned == y])
        assert stats.chi2_contingency(table).pvalue > 1e-4


def alarms(drifts, seeds):
    """Count the worlds in which two weeks seem to differ, by column, at a level of 5 %."""
    found = np.zeros(2)
    for seed in range(seeds):
        config = ShopSmartConfig(
            n_days=14,
            n_slots=1,
            searches_per_session=1,
            new_user_share=0.0,
            new_product_share=0.0,
            offer_share=0.0,
            drifts=drifts,
        )
        im = ShopSmart(config, rng=seed).impressions
        late = (im["time"] >= pd.Timestamp("2024-01-08", tz="UTC")).to_numpy()
        for i, column in enumerate(("price", "affinity")):
            found[i] += stats.ks_2samp(im[column][late], im[column][~late]).pvalue < 0.05
    return found.tolist()


def test_a_stationary_world_raises_no_alarms_and_a_drift_of_inputs_does():
    # 11 or more of 60 where one in twenty is expected: probability 1e-4.
    assert max(alarms((), 60)) <= 10
    assert alarms((Drift(kind="covariate", day=7, size=1.0),), 10)[0] == 10


# --- treatment ---


@pytest.mark.parametrize("on", ["click", "order"])
def test_the_treatment_effect_is_that_of_treating_all(on):
    treatment = Treatment(effect=0.4, on=on, day=14, heterogeneity=0.3, fade_days=20)
    none, half, every = (
        ShopSmart(replace(CONFIG, treatment=replace(treatment, share=share)), rng=3)
        for share in (0.0, 0.5, 1.0)
    )
    begin = none.sessions["time"] >= none.start + pd.Timedelta(days=14)
    rows = begin.to_numpy()[none.impressions["session_id"]]
    table = half.truth.treatment
    assert table["impressions"].sum() == rows.sum()
    assert len(table) == 42
    effect = half.truth.treatment_effect
    weights = table["impressions"]
    assert effect == pytest.approx(np.average(table["treated"] - table["control"], weights=weights))
    for world in (none, every):  # the truth does not depend on who is assigned
        assert world.truth.treatment_effect == pytest.approx(effect, rel=1e-12)
    # Both potential outcomes of every impression, with the same luck: a small standard error.
    a, b = (outcome(w, on)[rows] for w in (none, every))
    difference = b.astype(int) - a
    assert (difference >= 0).all()
    assert abs(difference.mean() - effect) < 4 * difference.std() / np.sqrt(len(difference))
    assert effect > 10 * difference.std() / np.sqrt(len(difference))


def outcome(world, on):
    """Return whether each impression was clicked, or ordered."""
    if on == "click":
        return world.impressions["clicked"].to_numpy()
    return world.impressions["impression_id"].isin(world.orders["impression_id"]).to_numpy()


@pytest.mark.parametrize("on", ["click", "order"])
def test_an_ab_test_finds_the_effect(on):
    effect = {"click": 0.4, "order": 0.8}[on]
    world = ShopSmart(replace(CONFIG, treatment=Treatment(effect=effect, on=on)), rng=3)
    hits = pd.Series(outcome(world, on)).groupby(world.impressions["user_id"]).agg(["sum", "size"])
    treated = world.users["treated"].to_numpy()[hits.index]
    rate, error = np.zeros(2), np.zeros(2)
    for arm in (0, 1):  # the ratio of two means over users, by the delta method
        y, n = hits["sum"][treated == arm], hits["size"][treated == arm]
        rate[arm] = y.sum() / n.sum()
        error[arm] = np.sqrt(((y - rate[arm] * n) ** 2).sum()) / n.sum()
    error = np.hypot(*error)
    assert abs(rate[1] - rate[0] - world.truth.treatment_effect) < 4 * error
    assert rate[1] - rate[0] > 2 * error


def test_heterogeneity_and_fading_are_exact():
    treatment = Treatment(effect=0.5, share=1.0, day=7, heterogeneity=0.4, fade_days=10.0)
    config = ShopSmartConfig(n_days=21, phone_share=0.7)
    without = ShopSmart(config, rng=2)
    world = ShopSmart(replace(config, treatment=treatment), rng=2)
    lift = logit(world.truth.relevance) - logit(without.truth.relevance)
    im = world.impressions
    day = day_of_visit(world)[im["search_id"]]
    phone = (world.users["device"] == "phone").to_numpy()[im["user_id"]]
    expected = (0.5 + 0.4 * (phone - 0.7)) * np.exp(-(day - 7) / 10)
    assert np.allclose(lift, np.where(day < 7, 0, expected))
    assert abs(phone[im["user_id"].drop_duplicates().index].mean() - 0.7) < 4 * 0.46 / np.sqrt(900)


def test_without_a_treatment_there_is_no_effect(world):
    assert world.truth.treatment_effect == 0
    table = world.truth.treatment
    assert len(table) == 56
    assert np.array_equal(table["treated"], table["control"])
    per_page = world.truth.relevance * np.tile(world.truth.examination, len(world.searches))
    assert np.average(table["control"], weights=table["impressions"]) == pytest.approx(
        per_page.mean()
    )


# --- asking the world ---


def test_answers_agree_with_the_log(world):
    page = world.impressions["product_id"].to_numpy().reshape(-1, 10)
    relevance = world.truth.relevance.reshape(-1, 10)
    value = world.truth.value(world.searches, page)
    assert np.allclose(value, relevance @ world.truth.examination)
    some = world.searches.sample(300, random_state=0)["search_id"].to_numpy()
    everything = world.truth.relevance_of(some)
    assert np.allclose(np.take_along_axis(everything, page[some], axis=1), relevance[some])
    launched = world.products["launched"].to_numpy()
    visit = world.sessions["time"].to_numpy()[world.searches["session_id"]][some]
    same = world.products["category"].to_numpy() == world.searches["query"].to_numpy()[some, None]
    assert np.array_equal(everything > 0, same & (launched <= visit[:, None]))


def test_clicks_of_an_answer_have_its_value(world):
    searches = world.searches.sample(4_000, random_state=1)
    page = world.rank(searches, world.products["rating"].fillna(0))[:, :3]
    clicked = world.click(searches, page, rng=9)
    relevance = np.take_along_axis(world.truth.relevance_of(searches), page, axis=1)
    check_calibrated(clicked.ravel(), (relevance * world.truth.examination[:3]).ravel())
    value = world.truth.value(searches, page)
    assert abs(clicked.sum() - value.sum()) < 4 * np.sqrt(value.sum())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 10))
def test_no_ranking_beats_the_order_of_relevance(world, seed, k):
    rng = np.random.default_rng(seed)
    searches = rng.integers(0, len(world.searches), 20)
    ideal = world.rank(searches, world.truth.relevance_of(searches))[:, :k]
    other = world.rank(searches, rng.random((20, 400)))[:, :k]
    assert (world.truth.value(searches, ideal) >= world.truth.value(searches, other) - 1e-12).all()


def test_the_truth_says_what_it_holds(world):
    assert repr(world.truth).startswith("Truth(examination, relevance, order_probability, ")
    assert "_demand" not in repr(world.truth)
    hidden = {"relevance", "quality", "user_bias", "taste", "session_taste", "examination"}
    tables = (world.users, world.products, world.sessions, world.searches, world.impressions)
    assert all(hidden.isdisjoint(table.columns) for table in tables)
