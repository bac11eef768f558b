"""ShopSmart: its tables, what may and may not change between worlds, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from mlsdlib.worlds import Drift, Fault, ShopSmart, ShopSmartConfig, Treatment

TABLES = ["users", "products", "sessions", "searches", "impressions", "clicks", "orders", "labels"]
ARRAYS = ["examination", "relevance", "order_probability", "return_probability"]
ARRAYS += ["quality", "user_bias", "user_taste", "session_taste"]
SMALL = ShopSmartConfig(n_users=200, n_days=28, sessions_per_day=60)
DAY = 14
"""Day of the events planted below; not the first of a week, so that nothing else changes on it."""


@pytest.fixture(scope="module")
def world():
    return ShopSmart(SMALL, rng=7)


def is_before(world, day, table):
    """Return which rows of a table belong to visits that began before a day."""
    begin = ((world.sessions["time"] - world.start) // pd.Timedelta(days=1)).to_numpy() < day
    if "session_id" in table:
        return begin[table["session_id"]]
    if "impression_id" in table:
        return begin[world.impressions["session_id"].to_numpy()[table["impression_id"]]]
    return is_before(world, day, world.orders)[table["order_id"]]


def same_bytes(a, b):
    """Return whether two frames agree to the last bit."""
    a, b = a.reset_index(drop=True), b.reset_index(drop=True)
    assert_frame_equal(a, b, check_exact=True)
    numbers = a.select_dtypes(["number", "bool"]).columns
    return all(a[c].to_numpy().tobytes() == b[c].to_numpy().tobytes() for c in numbers)


# --- tables ---


def test_columns_and_types(world):
    moment, text = "datetime64[us, UTC]", "str"
    expected = {
        "users": {"user_id": "int32", "joined": moment, "device": text, "treated": "bool"},
        "products": {
            "product_id": "int32",
            "category": text,
            "launched": moment,
            "list_price": "float64",
            "rating": "float64",
            "popularity": "int32",
            **{f"style_{j}": "float64" for j in range(8)},
        },
        "sessions": {"session_id": "int32", "user_id": "int32", "time": moment},
        "searches": {
            "search_id": "int32",
            "session_id": "int32",
            "user_id": "int32",
            "time": moment,
            "query": text,
            "explored": "bool",
        },
        "impressions": {
            "impression_id": "int32",
            "search_id": "int32",
            "session_id": "int32",
            "user_id": "int32",
            "product_id": "int32",
            "position": "int32",
            "time": moment,
            "price": "float64",
            "affinity": "float64",
            "propensity": "float64",
            "clicked": "bool",
        },
        "clicks": {
            "impression_id": "int32",
            "session_id": "int32",
            "user_id": "int32",
            "product_id": "int32",
            "time": moment,
            "received": moment,
        },
        "orders": {
            "order_id": "int32",
            "impression_id": "int32",
            "user_id": "int32",
            "product_id": "int32",
            "time": moment,
            "minutes": "float64",
            "quantity": "int32",
            "express": "bool",
            "amount": "float64",
        },
        "labels": {
            "order_id": "int32",
            "event_time": moment,
            "known_time": moment,
            "returned": "bool",
        },
    }
    found = {name: getattr(world, name).dtypes.astype(str).to_dict() for name in TABLES}
    assert found == expected


def check_invariants(world):
    """What holds in every world."""
    config, end = world.config, world.end
    users, products, impressions = world.users, world.products, world.impressions
    for name, key in (("users", "user"), ("products", "product"), ("sessions", "session")):
        assert getattr(world, name)[f"{key}_id"].tolist() == [*range(len(getattr(world, name)))]
    assert len(users) == config.n_users
    assert len(products) == config.n_products
    # Pages: n_slots different products of the category searched, all launched by then.
    n = len(world.searches)
    page = impressions["product_id"].to_numpy().reshape(n, config.n_slots)
    assert all(len(set(row)) == config.n_slots for row in page.tolist())
    assert impressions["position"].tolist() == [*range(1, config.n_slots + 1)] * n
    assert impressions["search_id"].tolist() == np.repeat(range(n), config.n_slots).tolist()
    searched = np.repeat(world.searches["query"].to_numpy(), config.n_slots)
    shown = products.iloc[impressions["product_id"]]
    assert (shown["category"].to_numpy() == searched).all()
    visit = world.sessions["time"].iloc[impressions["session_id"]]
    assert (shown["launched"].to_numpy() <= visit.to_numpy()).all()
    assert (
        users["joined"].iloc[world.sessions["user_id"]].to_numpy()
        <= world.sessions["time"].to_numpy()
    ).all()
    assert ((impressions["propensity"] > 0) & (impressions["propensity"] <= 1)).all()
    # Every click was an impression, every order a click, every label an order; time goes on.
    clicks, orders, labels = world.clicks, world.orders, world.labels
    assert clicks["impression_id"].tolist() == np.flatnonzero(impressions["clicked"]).tolist()
    assert set(orders["impression_id"]) <= set(clicks["impression_id"])
    assert orders["impression_id"].is_unique
    assert labels["order_id"].is_monotonic_increasing
    assert set(labels["order_id"]) <= set(orders["order_id"])
    for table in (clicks, orders):
        origin = impressions.iloc[table["impression_id"]]
        for column in ("user_id", "product_id"):
            assert table[column].tolist() == origin[column].tolist()
        assert (table["time"].to_numpy() >= origin["time"].to_numpy()).all()
    assert (clicks["received"] >= clicks["time"]).all()
    assert (labels["known_time"] >= labels["event_time"]).all()
    # Nothing of the future: not one moment after the log is read.
    moments = [
        users["joined"],
        products["launched"],
        impressions["time"],
        clicks["received"],
        orders["time"],
        labels["known_time"],
    ]
    assert all((times <= end).all() for times in moments)
    assert world.sessions["time"].is_monotonic_increasing


def test_the_default_world():
    world = ShopSmart(rng=1)
    check_invariants(world)
    assert 90_000 < len(world.impressions) < 110_000
    assert repr(world).startswith("<ShopSmart: 56 days, 1,000 users, 400 products, ")
    assert world.start == pd.Timestamp("2024-01-01", tz="UTC")
    assert world.end == pd.Timestamp("2024-02-27", tz="UTC")


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        ShopSmartConfig,
        n_users=st.integers(1, 30),
        n_products=st.integers(60, 90),
        n_categories=st.integers(1, 12),
        n_days=st.integers(1, 40),
        sessions_per_day=st.floats(0.01, 8),
        searches_per_session=st.floats(1, 5),
        n_slots=st.integers(1, 4),
        examination_decay=st.floats(0, 3),
        exploration=st.sampled_from([0.0, 0.3, 1.0]),
        new_user_share=st.floats(0, 1),
        new_product_share=st.floats(0, 0.2),
        session_share=st.floats(0, 1),
        return_window_days=st.floats(1, 20),
        drifts=st.sampled_from([(), (Drift(kind="covariate", day=0, size=20),)]),
    ),
    st.integers(0, 2**64),
)
def test_invariants_of_any_world(config, seed):
    check_invariants(ShopSmart(config, rng=seed))


def test_a_world_in_which_nobody_came():
    config = ShopSmartConfig(n_days=1, sessions_per_day=0.01, treatment=Treatment(effect=1.0))
    world = ShopSmart(config, rng=0)
    assert len(world.impressions) == len(world.labels) == 0
    check_invariants(world)
    assert world.truth.treatment_effect == 0
    assert world.click([], np.empty((0, 3), int), rng=0).shape == (0, 3)
    assert world.rank(world.searches, np.zeros(400)).shape == (0, 10)


def test_prices_offers_and_amounts(world):
    im = world.impressions
    listed = world.products["list_price"].to_numpy()[im["product_id"]]
    offer = im["price"].to_numpy() < listed
    assert np.allclose(im["price"], np.round(np.where(offer, 0.8, 1.0) * listed, 2), atol=0.0101)
    # 400 products in 4 weeks; standard error 0.01
    week = ((im["time"] - world.start) // pd.Timedelta(days=7)).to_numpy()
    offers = pd.DataFrame({"p": im["product_id"], "w": week, "offer": offer})
    offers = offers[is_before(world, 28, im)].groupby(["p", "w"])["offer"].mean()
    assert abs(offers.mean() - 0.2) < 0.04
    paid = im["price"].to_numpy()[world.orders["impression_id"]]
    assert np.allclose(world.orders["amount"], paid * world.orders["quantity"], atol=0.0051)
    since = (
        world.orders["time"].to_numpy()
        - world.clicks.set_index("impression_id")["time"]
        .loc[world.orders["impression_id"]]
        .to_numpy()
    )
    assert np.allclose(since / np.timedelta64(1, "m"), world.orders["minutes"])


def test_what_the_company_cannot_know_of_newcomers(world):
    new = world.users["joined"] >= world.start
    assert new.sum() == 40
    strangers = new.to_numpy()[world.impressions["user_id"]]
    assert strangers.any()
    assert ((world.impressions["affinity"] == 0) == strangers).all()
    late = world.products["launched"] >= world.start
    assert late.sum() == 80
    assert (world.products["rating"].isna() == late).all()
    assert (world.products["popularity"][late] == 0).all()
    assert world.products["rating"].dropna().between(1, 5).all()
    style = world.products.filter(like="style_").to_numpy()
    assert np.allclose((style**2).sum(axis=1), 1)


# --- reproducible, and comparable row by row ---


def test_one_seed_one_world(world):
    again = ShopSmart(replace(SMALL), rng=np.int64(7))
    for name in TABLES:
        assert same_bytes(getattr(world, name), getattr(again, name)), name
    for name in ARRAYS:
        assert getattr(world.truth, name).tobytes() == getattr(again.truth, name).tobytes()
    assert_frame_equal(world.truth.labels, again.truth.labels)


def test_other_seeds_other_worlds(world):
    others = [
        ShopSmart(SMALL, rng=rng)
        for rng in (8, np.random.default_rng(7), np.random.default_rng(8), None)
    ]
    affinities = {w.impressions["affinity"].to_numpy().tobytes() for w in [world, *others]}
    assert len(affinities) == 5
    twin = ShopSmart(SMALL, rng=np.random.default_rng(7))
    assert same_bytes(twin.impressions, others[1].impressions)


DRIFTS = {
    "covariate": Drift(kind="covariate", day=DAY, size=1.5),
    "concept": Drift(kind="concept", day=DAY, size=1.0, over=5),
    "label": Drift(kind="label", day=DAY, size=2.0),
}
# The first table in which each drift is seen, and those that it leaves as they are to the end.
SEEN = {
    "covariate": ("searches", ["users", "products", "sessions"]),
    "concept": ("impressions", ["users", "products", "sessions", "searches"]),
    "label": ("orders", ["users", "products", "sessions", "searches", "impressions", "clicks"]),
}


@pytest.mark.parametrize("kind", DRIFTS)
def test_a_drift_leaves_the_past_as_it_was(world, kind):
    drifted = ShopSmart(replace(SMALL, drifts=(DRIFTS[kind],)), rng=7)
    for name in ("sessions", "searches", "impressions", "clicks", "orders"):
        a, b = getattr(world, name), getattr(drifted, name)
        early = is_before(world, DAY, a), is_before(drifted, DAY, b)
        assert same_bytes(a[early[0]], b[early[1]]), name
        assert early[0].sum() > 100
    complete = world.truth.labels, drifted.truth.labels
    early = (is_before(w, DAY, t) for w, t in zip((world, drifted), complete, strict=True))
    a, b = (table[rows] for table, rows in zip(complete, early, strict=True))
    assert same_bytes(a, b)
    first, untouched = SEEN[kind]
    for name in untouched:
        assert same_bytes(getattr(world, name), getattr(drifted, name)), name
    a, b = getattr(world, first), getattr(drifted, first)
    assert len(a) != len(b) or not a.equals(b)
    assert drifted.truth.drift_onset == {kind: world.start + pd.Timedelta(days=DAY)}


def test_a_concept_drift_is_in_no_input(world):
    drifted = ShopSmart(replace(SMALL, drifts=(DRIFTS["concept"],)), rng=7)
    inputs = world.impressions.columns.drop("clicked")
    assert same_bytes(world.impressions[inputs], drifted.impressions[inputs])
    assert not world.impressions["clicked"].equals(drifted.impressions["clicked"])


def test_a_treatment_leaves_the_control_group_alone(world):
    treatment = Treatment(effect=2.0, share=0.3, day=DAY)
    treated = ShopSmart(replace(SMALL, treatment=treatment), rng=7)
    assert 30 < treated.users["treated"].sum() < 90
    assert not world.users["treated"].any()
    a, b = world.impressions, treated.impressions
    changed = a["clicked"] != b["clicked"]
    assert changed.sum() > 100
    assert (b["clicked"] | ~a["clicked"]).all()  # a positive effect takes no click away
    assert treated.users["treated"].to_numpy()[b["user_id"][changed]].all()
    assert not is_before(world, DAY, a)[changed].any()
    # Who ordered after a click in both worlds ordered the same.
    both = world.orders.merge(treated.orders, on="impression_id")
    mine = np.isin(world.orders["impression_id"], both["impression_id"])
    assert mine.all()
    assert (both["quantity_x"] == both["quantity_y"]).all()
    assert (both["time_x"] == both["time_y"]).all()


FAULTS = {
    "scale": Fault(column="price", kind="scale", day=DAY, size=100),
    "null": Fault(column="affinity", kind="null", day=DAY, size=0.25),
    "shuffle": Fault(column="price", kind="shuffle", day=DAY, size=0.5),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_in_the_log_alone(world, kind):
    fault = FAULTS[kind]
    broken = ShopSmart(replace(SMALL, faults=(fault,)), rng=7)
    for name in TABLES:
        a, b = getattr(world, name), getattr(broken, name)
        if name == "impressions":
            a, b = a.drop(columns=fault.column), b.drop(columns=fault.column)
        assert same_bytes(a, b), name
    right, wrong = world.impressions[fault.column], broken.impressions[fault.column]
    early = is_before(world, DAY, world.impressions)
    assert right[early].equals(wrong[early])
    right, wrong = (x[~early].to_numpy().reshape(-1, 10) for x in (right, wrong))
    if kind == "scale":
        assert (wrong == 100 * right).all()
    elif kind == "null":
        share, n = np.isnan(wrong).mean(), wrong.size
        assert abs(share - 0.25) < 4 * np.sqrt(0.25 * 0.75 / n)
        assert (wrong == right)[~np.isnan(wrong)].all()
    else:
        moved = (wrong != right).any(axis=1)
        assert abs(moved.mean() - 0.5) < 4 * np.sqrt(0.25 / len(moved))
        assert (np.sort(wrong, axis=1) == np.sort(right, axis=1)).all()


def test_one_fault_does_not_change_another(world):
    one = ShopSmart(replace(SMALL, faults=(FAULTS["null"],)), rng=7)
    two = ShopSmart(replace(SMALL, faults=(FAULTS["null"], FAULTS["shuffle"])), rng=7)
    assert one.impressions["affinity"].equals(two.impressions["affinity"])
    assert not one.impressions["price"].equals(two.impressions["price"])
    other = Fault(column="price", kind="null", day=0, size=0.5)
    both = ShopSmart(replace(SMALL, faults=(FAULTS["null"], other)), rng=7).impressions
    late = ~is_before(world, DAY, both)
    joint = (both["price"].isna() & both["affinity"].isna())[late]
    assert abs(joint.mean() - 0.125) < 4 * np.sqrt(0.125 * 0.875 / len(joint))


def test_scores_change_pages_and_no_traffic(world):
    scores = 10 * world.products.groupby("category")["list_price"].rank("first").to_numpy()
    firm = ShopSmart(SMALL, scores=scores, rng=7)
    for name in ("users", "products", "sessions", "searches"):
        assert same_bytes(getattr(world, name), getattr(firm, name))
    page = firm.impressions["product_id"].to_numpy().reshape(-1, 10)
    calm = ~firm.searches["explored"].to_numpy()
    best = firm.rank(firm.searches, scores)
    # Neighbours differ by 10: two of them change places once in exp(10) pages.
    assert (page[calm] == best[calm]).mean() > 0.99
    assert (page[~calm] == best[~calm]).mean() < 0.2
    per_user = np.broadcast_to(scores, (200, 400))
    assert same_bytes(ShopSmart(SMALL, scores=per_user, rng=7).impressions, firm.impressions)


# --- asking the world ---


def test_rank_takes_the_best_that_can_be_shown(world):
    scores = np.random.default_rng(0).integers(0, 5, 400)  # with many ties
    page = world.rank(world.searches, scores)
    products = world.products
    for search in (0, 57, len(world.searches) - 1):
        asked = world.searches.iloc[search]
        visit = world.sessions["time"][asked["session_id"]]
        can = products[(products["category"] == asked["query"]) & (products["launched"] <= visit)]
        order = sorted(can["product_id"], key=lambda p: (-scores[p], p))
        assert page[search].tolist() == order[:10]


def test_rank_of_scores_for_each_search(world):
    rng = np.random.default_rng(0)
    searches = world.searches.sample(20, random_state=1)
    scores = rng.random((20, 400))
    page = world.rank(searches, scores)
    for i, search in enumerate(searches["search_id"]):
        assert page[i].tolist() == world.rank([search], scores[i])[0].tolist()


def test_asking_changes_nothing(world):
    before = world.impressions.copy()
    page = world.rank(world.searches, world.products["popularity"])
    a, b = (world.click(world.searches, page, rng=3) for _ in range(2))
    assert (a == b).all()
    assert (a != world.click(world.searches, page, rng=4)).any()
    generator = np.random.default_rng(3)
    c, d = (world.click(world.searches, page, rng=generator) for _ in range(2))
    assert (a == c).all()
    assert (c != d).any()
    assert same_bytes(before, world.impressions)


def test_searches_may_be_named_in_any_way(world):
    ids = [5, 3, 5]
    page = world.rank(ids, world.products["popularity"])
    frame = world.searches.iloc[ids]
    assert (world.rank(frame, world.products["popularity"].to_numpy()) == page).all()
    assert (world.rank(frame["search_id"], world.products["popularity"]) == page).all()
    assert (page[0] == page[2]).all()
    short = world.click(np.array(ids), page[:, :2], rng=0)
    assert short.shape == (3, 2)


# --- what it refuses ---


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ShopSmartConfig(n_users=0), ValueError, "n_users .* from 1 .*got 0"),
        (lambda: ShopSmartConfig(n_users=2.5), TypeError, r"n_users .*whole number, got 2\.5"),
        (lambda: ShopSmartConfig(n_users=True), TypeError, "n_users .*whole number, got True"),
        (lambda: ShopSmartConfig(n_categories=13), ValueError, "n_categories .*1 to 12, got 13"),
        (lambda: ShopSmartConfig(n_products=98), ValueError, "n_products must leave each .*got 98"),
        (lambda: ShopSmartConfig(session_share=1.1), ValueError, "session_share .*0 to 1, got 1.1"),
        (lambda: ShopSmartConfig(taste_sd=np.nan), ValueError, "taste_sd .*finite .*got nan"),
        (lambda: ShopSmartConfig(base_click="x"), TypeError, "base_click .*number, got 'x'"),
        (lambda: ShopSmartConfig(base_click=0), ValueError, "base_click .*from 1e-06"),
        (lambda: ShopSmartConfig(searches_per_session=0.5), ValueError, "searches_per_session"),
        (lambda: ShopSmartConfig(sessions_per_day=0), ValueError, "sessions_per_day .*at least"),
        (lambda: ShopSmartConfig(drifts=DRIFTS["label"]), TypeError, "drifts must be a tuple"),
        (lambda: ShopSmartConfig(drifts=(1,)), TypeError, "drifts must hold only Drift, got 1"),
        (lambda: ShopSmartConfig(treatment=0.5), TypeError, "treatment must be a Treatment or"),
        (
            lambda: ShopSmartConfig(n_days=DAY, drifts=(DRIFTS["label"],)),
            ValueError,
            "drifts must begin before n_days=14, got day=14",
        ),
        (
            lambda: ShopSmartConfig(n_days=5, treatment=Treatment(effect=1, day=5)),
            ValueError,
            "treatment must begin before n_days=5",
        ),
        (
            lambda: ShopSmartConfig(n_days=5, faults=[FAULTS["null"]]),
            ValueError,
            "faults must begin before n_days=5",
        ),
        (lambda: Drift(kind="sudden", day=1, size=1), ValueError, "kind must be one of 'covari"),
        (lambda: Drift(kind="label", day=-1, size=1), ValueError, "day must be .*got -1"),
        (lambda: Drift(kind="label", day=1, size=None), TypeError, "size must be a number"),
        (lambda: Treatment(effect=1, share=2), ValueError, "share .*from 0 to 1, got 2"),
        (lambda: Treatment(effect=1, on="return"), ValueError, "on must be one of 'click', 'or"),
        (lambda: Treatment(effect=1, fade_days=0), ValueError, "fade_days must be positive"),
        (lambda: Fault(column="x", kind="null", day=1), ValueError, "column must be one of 'pri"),
        (lambda: Fault(column="price", kind="null", day=1, size=2), ValueError, "size .*0 to 1"),
        (lambda: ShopSmart({"n_days": 3}), TypeError, "config must be a ShopSmartConfig, got dict"),
        (lambda: ShopSmart(rng=-1), ValueError, "rng must not be negative, got -1"),
        (lambda: ShopSmart(rng="0"), TypeError, "rng must be a whole number, .*got '0'"),
        (lambda: ShopSmart(scores=[1, 2], rng=0), ValueError, r"scores must have shape \(400,\)"),
        (lambda: ShopSmart(scores=np.arange(400) * 2, rng=0), ValueError, "scores may span 500"),
    ],
)
def test_a_world_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("searches", "error", "message"),
    [
        ([-1], ValueError, "searches must be search_ids from 0 to .*got -1 to -1"),
        ([10**7], ValueError, "searches must be search_ids"),
        ([1.0], TypeError, "searches must be whole numbers"),
        ([True], TypeError, "searches must be whole numbers"),
        (["a"], TypeError, "searches must be whole numbers"),
        ([[1]], ValueError, r"searches must be one-dimensional, got shape \(1, 1\)"),
        (pd.DataFrame({"id": [1]}), ValueError, "searches must have the column search_id, got id"),
    ],
)
def test_searches_are_refused_everywhere(world, searches, error, message):
    for ask in (
        lambda: world.rank(searches, np.zeros(400)),
        lambda: world.click(searches, [[0]], rng=0),
        lambda: world.truth.value(searches, [[0]]),
        lambda: world.truth.relevance_of(searches),
    ):
        with pytest.raises(error, match=message):
            ask()


def test_rankings_are_refused(world):
    page = world.rank([0], world.products["popularity"])
    other = (page[0, 0] + 1) % 400  # the next product is of another category
    new = world.products[world.products["launched"] > world.start + pd.Timedelta(days=3)]
    late = new.index[new["category"] == world.searches["query"][0]][0]
    for ranking, error, message in [
        (page[0], ValueError, r"ranking must have a row .* got shape \(10,\)"),
        (page[:, :0], ValueError, r"ranking must have .* 1 to 10 columns, got shape \(1, 0\)"),
        (np.tile(page, 2), ValueError, r"ranking must have .*got shape \(1, 20\)"),
        (np.tile(page, (2, 1)), ValueError, r"ranking must have a row for each of 1 searches"),
        (page.astype(float), TypeError, "ranking must hold whole numbers"),
        ([[400]], ValueError, "ranking must hold product_ids from 0 to 399, got 400 to 400"),
        ([[-1]], ValueError, "ranking must hold product_ids"),
        (page[:, [0, 0]], ValueError, "ranking must hold a product once a row"),
        ([[other]], ValueError, f"ranking must hold products of the category .*product {other}"),
        ([[late]], ValueError, f"ranking must hold products launched .*product {late}"),
    ]:
        for ask in (lambda r: world.click([0], r, rng=0), lambda r: world.truth.value([0], r)):
            with pytest.raises(error, match=message):
                ask(ranking)


@pytest.mark.parametrize(
    ("scores", "error", "message"),
    [
        (np.zeros(3), ValueError, r"scores must have shape \(400,\) or \(2, 400\), got \(3,\)"),
        (np.zeros((3, 400)), ValueError, r"scores must have shape"),
        (np.full(400, np.nan), ValueError, "scores must be finite"),
        (["a"] * 400, TypeError, "scores must be numbers"),
    ],
)
def test_scores_are_refused(world, scores, error, message):
    with pytest.raises(error, match=message):
        world.rank([0, 1], scores)
