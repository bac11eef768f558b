"""The tables that the company sees: tidy, and nothing in them that it could not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.worlds._catalogue import Catalogue
from mlsdlib.worlds._config import CATEGORIES, N_STYLES, START, ShopSmartConfig
from mlsdlib.worlds._demand import match
from mlsdlib.worlds._draws import stream
from mlsdlib.worlds._events import Fault
from mlsdlib.worlds._orders import Orders
from mlsdlib.worlds._ranking import Pages
from mlsdlib.worlds._traffic import Traffic
from mlsdlib.worlds._users import DAY, Users

if TYPE_CHECKING:
    import pandas as pd


def times(microseconds: np.ndarray) -> pd.DatetimeIndex:
    """Return moments in UTC for microseconds since the start of the world."""
    import pandas as pd

    return pd.DatetimeIndex(START + np.asarray(microseconds).astype("m8[us]")).tz_localize("UTC")


def users_table(users: Users) -> pd.DataFrame:
    """Return one row for each user."""
    return _frame(
        user_id=_ids(len(users.joined)),
        joined=times(users.joined),
        device=_text(["desktop", "phone"], users.phone),
        treated=users.treated,
    )


def products_table(config: ShopSmartConfig, catalogue: Catalogue) -> pd.DataFrame:
    """Return one row for each product."""
    return _frame(
        product_id=_ids(config.n_products),
        category=_text(list(CATEGORIES), catalogue.category),
        launched=times(catalogue.launch_day.astype(np.int64) * DAY),
        list_price=catalogue.list_price,
        rating=catalogue.rating,
        popularity=catalogue.popularity.astype(np.int32),
        **{f"style_{j}": catalogue.style[:, j] for j in range(N_STYLES)},
    )


def sessions_table(traffic: Traffic) -> pd.DataFrame:
    """Return one row for each visit."""
    return _frame(
        session_id=_ids(len(traffic.session_user)),
        user_id=traffic.session_user,
        time=times(traffic.session_time),
    )


def searches_table(traffic: Traffic, pages: Pages) -> pd.DataFrame:
    """Return one row for each search."""
    return _frame(
        search_id=_ids(len(traffic.session)),
        session_id=traffic.session,
        user_id=traffic.user,
        time=times(traffic.time),
        query=_text(list(CATEGORIES), traffic.category),
        explored=pages.explored,
    )


def impressions_table(
    config: ShopSmartConfig,
    users: Users,
    catalogue: Catalogue,
    traffic: Traffic,
    pages: Pages,
    clicked: np.ndarray,
    seed: int,
) -> pd.DataFrame:
    """Return one row for each product shown, with the features as they were logged."""
    n, k = pages.products.shape
    price = catalogue.price[pages.products, traffic.day[:, None] // 7]
    affinity = match(users.taste_known[traffic.user], catalogue.style, pages.products)
    features = {"price": price, "affinity": affinity}
    for i, fault in enumerate(config.faults):
        _break(features[fault.column], fault, traffic.day, stream(seed, f"fault {i}"))
    return _frame(
        impression_id=_ids(n * k),
        search_id=np.repeat(_ids(n), k),
        session_id=np.repeat(traffic.session, k),
        user_id=np.repeat(traffic.user, k),
        product_id=pages.products.ravel(),
        position=np.tile(np.arange(1, k + 1, dtype=np.int32), n),
        time=times(np.repeat(traffic.time, k)),
        price=price.ravel(),
        affinity=affinity.ravel(),
        propensity=pages.propensity.ravel(),
        clicked=clicked,
    )


def clicks_table(
    impressions: pd.DataFrame, rows: np.ndarray, time: np.ndarray, received: np.ndarray
) -> pd.DataFrame:
    """Return one row for each click."""
    keys = {c: impressions[c].to_numpy()[rows] for c in ("session_id", "user_id", "product_id")}
    return _frame(
        impression_id=rows.astype(np.int32), **keys, time=times(time), received=times(received)
    )


def orders_table(impressions: pd.DataFrame, orders: Orders, paid: np.ndarray) -> pd.DataFrame:
    """Return one row for each order; `paid` is what a piece cost, whatever the log says."""
    rows = orders.impression
    keys = {c: impressions[c].to_numpy()[rows] for c in ("user_id", "product_id")}
    return _frame(
        order_id=_ids(len(rows)),
        impression_id=rows.astype(np.int32),
        **keys,
        time=times(orders.time),
        minutes=orders.minutes,
        quantity=orders.quantity,
        express=orders.express,
        amount=np.round(orders.quantity * paid, 2),
    )


def labels_table(orders: Orders) -> pd.DataFrame:
    """Return one row for each order, those whose label is not known yet included."""
    return _frame(
        order_id=_ids(len(orders.time)),
        event_time=times(orders.time),
        known_time=times(orders.known),
        returned=orders.returned,
    )


def _break(values: np.ndarray, fault: Fault, day: np.ndarray, rng: np.random.Generator) -> None:
    """Break a feature in place, shape (n, n_slots), from the day of the fault on."""
    since = day >= fault.day
    if fault.kind == "scale":
        values[since] *= fault.size
    elif fault.kind == "null":
        values[(rng.random(values.shape) < fault.size) & since[:, None]] = np.nan
    else:
        hit = (rng.random(len(values)) < fault.size) & since
        # Sorted random numbers are a random order, drawn for every page: see `_uniforms`.
        order = np.argsort(rng.random(values.shape), axis=1)[hit]
        values[hit] = np.take_along_axis(values[hit], order, axis=1)


def _frame(**columns: object) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns)


def _ids(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.int32)


def _text(words: list[str], codes: np.ndarray) -> pd.api.extensions.ExtensionArray:
    import pandas as pd

    return pd.array(words, dtype="str").take(np.asarray(codes, dtype=np.intp))
