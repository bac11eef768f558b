"""What no company knows: the truth of a world, readable beside its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.worlds._config import START
from mlsdlib.worlds._demand import Demand
from mlsdlib.worlds._draws import chunks
from mlsdlib.worlds._requests import relevance_of_ranking, search_rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False, eq=False)
class Truth:
    """The truth of a world: for scoring a method, never for the method to look at.

    Attributes
    ----------
    examination : array of shape (n_slots,)
        P(examined) of positions 1, 2, …
    relevance : array of shape (n_impressions,)
        P(click | examined) of each row of ``impressions``.
    order_probability : array of shape (n_clicks,)
        P(order | click) of each row of ``clicks``.
    return_probability : array of shape (n_orders,)
        P(returned | quantity, minutes from click to order, express) of each row of ``orders``:
        the best that a model of these features can know.
    labels : DataFrame
        As the table ``labels``, complete: also what is not known when the log is read.
    quality : array of shape (n_products,)
        Quality of each product, in log-odds of a click.
    user_bias : array of shape (n_users,)
        Readiness of each user to click, in log-odds.
    user_taste, session_taste : arrays of shape (n_users, 8) and (n_sessions, 8)
        Tastes; the match with a product is ``taste_sd * taste @ style``. That of a session has
        its own part, and the drift, in it.
    traffic : Series
        Expected sessions of every hour, indexed by its start.
    drift : DataFrame
        Level of each kind of drift on every day, indexed by the day.
    drift_onset : dict
        First day of each kind of drift that is planted, ``{kind: Timestamp}``.
    """

    examination: np.ndarray
    relevance: np.ndarray
    order_probability: np.ndarray
    return_probability: np.ndarray
    labels: pd.DataFrame
    quality: np.ndarray
    user_bias: np.ndarray
    user_taste: np.ndarray
    session_taste: np.ndarray
    traffic: pd.Series
    drift: pd.DataFrame
    drift_onset: dict[str, pd.Timestamp]
    _demand: Demand = field(repr=False)
    _shown: np.ndarray = field(repr=False)

    def __repr__(self) -> str:
        names = [name for name in self.__dataclass_fields__ if not name.startswith("_")]
        return f"Truth({', '.join(names)})"

    def relevance_of(self, searches: pd.DataFrame | np.ndarray) -> np.ndarray:
        """Return P(click | examined) of every product in some searches.

        Parameters
        ----------
        searches : DataFrame or integer array of shape (n,)
            Rows of ``world.searches``, or their ``search_id``.

        Returns
        -------
        array of shape (n, n_products)
            0 for a product of another category, or not launched yet.

        Raises
        ------
        TypeError, ValueError
            If `searches` are not searches of this world.

        Examples
        --------
        >>> from mlsdlib.worlds import ShopSmart
        >>> world = ShopSmart(rng=0)
        >>> relevance = world.truth.relevance_of([0, 1])
        >>> ideal = world.rank([0, 1], relevance)  # no ranking has a higher value
        >>> ideal.shape
        (2, 10)
        """
        rows = search_rows(self._demand.traffic, searches)
        catalogue, traffic = self._demand.catalogue, self._demand.traffic
        relevance = self._demand.relevance(rows, self._demand.appeal_of_all(rows))
        same = catalogue.category == traffic.category[rows, None]
        return np.where(same & (catalogue.launch_day <= traffic.day[rows, None]), relevance, 0.0)

    def value(self, searches: pd.DataFrame | np.ndarray, ranking: np.ndarray) -> np.ndarray:
        """Return the expected number of clicks on each page of a ranking, shape (n,).

        Parameters
        ----------
        searches : DataFrame or integer array of shape (n,)
            Rows of ``world.searches``, or their ``search_id``.
        ranking : integer array of shape (n, k), k <= n_slots
            Products of each page from the top.

        Raises
        ------
        TypeError, ValueError
            As `ShopSmart.click`.

        Examples
        --------
        >>> from mlsdlib.worlds import ShopSmart
        >>> world = ShopSmart(rng=0)
        >>> ideal = world.rank(world.searches, world.truth.relevance_of(world.searches))
        >>> popular = world.rank(world.searches, world.products["popularity"])
        >>> regret = world.truth.value(world.searches, ideal) - world.truth.value(
        ...     world.searches, popular
        ... )
        >>> regret.min() >= 0
        np.True_
        """
        relevance = relevance_of_ranking(self._demand, searches, ranking)
        return relevance @ self.examination[: relevance.shape[1]]

    @cached_property
    def treatment(self) -> pd.DataFrame:
        """Expected outcomes per impression with no user and with every user treated, by day.

        One row for each day from the first of the treatment (of the world, if there is none), with
        the columns ``impressions``, ``control`` and ``treated``: clicks, or orders, per impression
        over that day's impressions.
        """
        import pandas as pd

        config, day = self._demand.config, self._demand.traffic.day
        first = config.treatment.day if config.treatment else 0
        control, treated = self._outcomes()
        per_day = [np.bincount(day, x, config.n_days)[first:] for x in (control, treated)]
        count = self._shown.shape[1] * np.bincount(day, minlength=config.n_days)[first:]
        with np.errstate(invalid="ignore"):  # a day without impressions has no rate
            rates = [total / count for total in per_day]
        index = self.drift.index[first:]
        columns = {"impressions": count, "control": rates[0], "treated": rates[1]}
        return pd.DataFrame(columns, index=index)

    @property
    def treatment_effect(self) -> float:
        """Expected clicks, or orders, per impression if all users were treated minus if none were.

        The mean over the impressions since the treatment began; 0 without a treatment. For the
        relative effect divide by the mean of ``treatment["control"]``, weighted likewise.
        """
        table = self.treatment[self.treatment["impressions"] > 0]
        if table.empty:
            return 0.0
        difference = table["treated"] - table["control"]
        return float(np.average(difference, weights=table["impressions"]))

    def _outcomes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the expected outcomes of each search if its user were not, and were, treated."""
        demand = self._demand
        outcome = demand.config.treatment.on if demand.config.treatment else "click"
        result = np.empty((2, len(self._shown)))
        for part in chunks(len(self._shown)):
            rows = np.arange(part.start, part.stop)
            appeal = demand.appeal(rows, self._shown[part])
            lift = demand.uplift_if_treated(outcome, rows)
            for arm, uplift in enumerate((np.zeros(len(rows)), lift)):
                if outcome == "click":
                    p = demand.relevance(rows, appeal, uplift)
                else:
                    p = demand.relevance(rows, appeal)
                    p = p * demand.order_probability(rows, appeal, uplift)
                result[arm, part] = p @ self.examination
        return result[0], result[1]


def day_index(n_days: int) -> pd.DatetimeIndex:
    """Return the days of a world."""
    import pandas as pd

    return pd.date_range(pd.Timestamp(START, tz="UTC"), periods=n_days, freq="D", unit="us")
