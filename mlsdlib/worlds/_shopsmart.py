"""The company itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.worlds._catalogue import Catalogue, draw_catalogue
from mlsdlib.worlds._config import START, ShopSmartConfig
from mlsdlib.worlds._demand import Demand
from mlsdlib.worlds._draws import as_generator, as_seed, stream
from mlsdlib.worlds._orders import draw_clicks, draw_orders
from mlsdlib.worlds._ranking import SPAN, Pages, draw_pages, top
from mlsdlib.worlds._requests import relevance_of_ranking, score_rows, search_rows
from mlsdlib.worlds._tables import (
    clicks_table,
    impressions_table,
    labels_table,
    orders_table,
    products_table,
    searches_table,
    sessions_table,
    users_table,
)
from mlsdlib.worlds._traffic import draw_traffic, hourly_sessions
from mlsdlib.worlds._truth import Truth, day_index
from mlsdlib.worlds._users import draw_users

if TYPE_CHECKING:
    import pandas as pd


class ShopSmart:
    """An e-commerce company whose truth is known; the module's text says how it comes about.

    Parameters
    ----------
    config : ShopSmartConfig, optional
        Size, behaviour and planted events; see there for the defaults.
    scores : array of shape (n_products,) or (n_users, n_products), optional
        What the shop ranks by: the first product of a page is drawn in proportion to
        ``exp(score)``, and so on. Multiply scores to make the ranking firmer; they may span 500.
        By default the logarithm of 1 + popularity.
    rng : numpy Generator, int or None
        Source of randomness. The same seed and arguments give the same bytes.

    Attributes
    ----------
    users, products, sessions, searches, impressions, clicks, orders, labels : DataFrame
        What the company sees; columns and units are listed in the module's text.
    truth : Truth
        What it does not see.
    start, end : Timestamp
        First moment of the world, and the moment at which the log is read: a day after the last
        day with traffic. What is not known by then is not in the tables.
    config : ShopSmartConfig
        As given.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> world = ShopSmart(ShopSmartConfig(n_days=14), rng=0)
    >>> first = world.impressions.groupby("position")["clicked"].mean()
    >>> bool(first[1] > 2 * first[5])  # position 5 is looked at a fifth as often
    True
    >>> world.truth.examination[:3]
    array([1.  , 0.5 , 0.33])
    """

    config: ShopSmartConfig
    start: pd.Timestamp
    end: pd.Timestamp
    users: pd.DataFrame
    products: pd.DataFrame
    sessions: pd.DataFrame
    searches: pd.DataFrame
    impressions: pd.DataFrame
    clicks: pd.DataFrame
    orders: pd.DataFrame
    labels: pd.DataFrame
    truth: Truth

    def __init__(
        self,
        config: ShopSmartConfig | None = None,
        *,
        scores: np.ndarray | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        import pandas as pd

        config = ShopSmartConfig() if config is None else config
        if not isinstance(config, ShopSmartConfig):
            raise TypeError(f"config must be a ShopSmartConfig, got {type(config).__name__}")
        seed = as_seed(rng)
        self.config = config
        self.start = pd.Timestamp(START, tz="UTC")
        self.end = self.start + pd.Timedelta(days=config.n_days + 1)
        users, catalogue = draw_users(config, seed), draw_catalogue(config, seed)
        traffic = draw_traffic(config, users, seed)
        pages = draw_pages(config, catalogue, traffic, _scores(config, catalogue, scores), seed)
        self._demand = Demand(config, users, catalogue, traffic)
        self.users, self.products = users_table(users), products_table(config, catalogue)
        self.sessions, self.searches = sessions_table(traffic), searches_table(traffic, pages)
        self._simulate(pages, seed)

    def __repr__(self) -> str:
        names = ("users", "products", "sessions", "searches", "impressions", "clicks", "orders")
        counts = ", ".join(f"{len(getattr(self, name)):,} {name}" for name in names)
        return f"<ShopSmart: {self.config.n_days} days, {counts}, {len(self.labels):,} labels>"

    def _simulate(self, pages: Pages, seed: int) -> None:
        """Let the customers act on the pages, and write down what comes of it."""
        demand, config = self._demand, self.config
        users, catalogue, traffic = demand.users, demand.catalogue, demand.traffic
        n, k = pages.products.shape
        rows = np.arange(n)
        appeal = demand.appeal(rows, pages.products)
        relevance = demand.relevance(rows, appeal)
        u = stream(seed, "clicks").random((n, k))
        clicked = (u < demand.examination * relevance).ravel()
        self.impressions = impressions_table(
            config, users, catalogue, traffic, pages, clicked, seed
        )
        click_time, received = draw_clicks(np.repeat(traffic.time, k), clicked, seed)
        on = np.flatnonzero(clicked)
        self.clicks = clicks_table(self.impressions, on, click_time, received)
        order_probability = demand.order_probability(on // k, appeal.reshape(-1, 1)[on])[:, 0]
        orders = draw_orders(
            config, on, click_time, traffic.day[on // k], order_probability, n * k, seed
        )
        page = orders.impression // k
        bought = pages.products.ravel()[orders.impression]
        paid = catalogue.price[bought, traffic.day[page] // 7]
        self.orders = orders_table(self.impressions, orders, paid)
        labels = labels_table(orders)
        self.labels = labels[labels["known_time"] <= self.end].reset_index(drop=True)
        self.truth = self._truth(
            pages, labels, relevance.ravel(), order_probability, orders.probability
        )

    def _truth(
        self,
        pages: Pages,
        labels: pd.DataFrame,
        relevance: np.ndarray,
        order_probability: np.ndarray,
        return_probability: np.ndarray,
    ) -> Truth:
        import pandas as pd

        days = day_index(self.config.n_days)
        hours = pd.date_range(self.start, periods=24 * len(days), freq="h", unit="us")
        onset: dict[str, pd.Timestamp] = {}
        for drift in sorted(self.config.drifts, key=lambda drift: drift.day):
            onset.setdefault(drift.kind, days[drift.day])
        return Truth(
            examination=self._demand.examination,
            relevance=relevance,
            order_probability=order_probability,
            return_probability=return_probability,
            labels=labels,
            quality=self._demand.catalogue.quality,
            user_bias=self._demand.users.bias,
            user_taste=self._demand.users.taste,
            session_taste=self._demand.traffic.taste,
            traffic=pd.Series(hourly_sessions(self.config), index=hours, name="sessions"),
            drift=pd.DataFrame(self.config.drift_levels(), index=days),
            drift_onset=onset,
            _demand=self._demand,
            _shown=pages.products,
        )

    def rank(self, searches: pd.DataFrame | np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Return the page that each search gets when the highest scores come first.

        Only products of the category searched that were launched by then are shown. Of equal
        scores the smaller product_id comes first.

        Parameters
        ----------
        searches : DataFrame or integer array of shape (n,)
            Rows of ``world.searches``, or their ``search_id``.
        scores : array of shape (n_products,) or (n, n_products)
            Score of each product, for all searches or for each.

        Returns
        -------
        integer array of shape (n, n_slots)
            Product ids, best first.

        Raises
        ------
        TypeError, ValueError
            If `searches` are not searches of this world, or `scores` have another shape or hold
            NaN.

        Examples
        --------
        >>> world = ShopSmart(rng=0)
        >>> page = world.rank(world.searches.head(3), world.products["popularity"])
        >>> page.shape
        (3, 10)
        """
        rows = search_rows(self._demand.traffic, searches)
        values = score_rows(scores, len(rows), self.config.n_products)
        catalogue, traffic = self._demand.catalogue, self._demand.traffic
        category = traffic.category[rows]
        ids = catalogue.members[category]
        can = catalogue.member_launch[category] <= traffic.day[rows, None]
        offered = values[ids] if values.ndim == 1 else np.take_along_axis(values, ids, axis=1)
        places = top(np.where(can, offered, -np.inf), self.config.n_slots)
        return np.take_along_axis(ids, places, axis=1)

    def click(
        self,
        searches: pd.DataFrame | np.ndarray,
        ranking: np.ndarray,
        *,
        rng: np.random.Generator | int | None = None,
    ) -> np.ndarray:
        """Return which products of a ranking are clicked, had these searches been answered so.

        The world stays as it is: nothing is logged, and no other answer changes.

        Parameters
        ----------
        searches : DataFrame or integer array of shape (n,)
            Rows of ``world.searches``, or their ``search_id``.
        ranking : integer array of shape (n, k), k <= n_slots
            Products of each page from the top.
        rng : numpy Generator, int or None
            Source of randomness. The same seed gives each place of a page the same luck, so that
            two rankings can be compared under equal conditions.

        Returns
        -------
        boolean array of shape (n, k)

        Raises
        ------
        TypeError
            If `searches` or `ranking` are not whole numbers.
        ValueError
            If they are not searches and products of this world, or a page holds a product twice,
            one of another category, or one that is not launched yet.

        Examples
        --------
        >>> world = ShopSmart(rng=0)
        >>> page = world.rank(world.searches, world.products["popularity"])
        >>> clicked = world.click(world.searches, page, rng=1)
        >>> expected = world.truth.value(world.searches, page).sum()
        >>> bool(abs(clicked.sum() / expected - 1) < 0.1)
        True
        """
        relevance = relevance_of_ranking(self._demand, searches, ranking)
        u = as_generator(rng).random(relevance.shape)
        return u < self.truth.examination[: relevance.shape[1]] * relevance


def _scores(config: ShopSmartConfig, catalogue: Catalogue, scores: np.ndarray | None) -> np.ndarray:
    if scores is None:
        return np.log1p(catalogue.popularity)
    values = score_rows(scores, config.n_users, config.n_products)
    if (np.ptp(values, axis=-1) > SPAN).any():
        raise ValueError(f"scores may span {SPAN:g}, got {np.ptp(values, axis=-1).max():g}")
    return values
