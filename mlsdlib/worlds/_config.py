"""The numbers that describe a world before a die is cast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.worlds._checks import instances, real, whole
from mlsdlib.worlds._events import DRIFT_KINDS, Drift, Fault, Treatment

START = np.datetime64("2024-01-01", "us")
"""Midnight, UTC, of the first day of every world: a Monday."""

CATEGORIES = {
    "smartphones": 450.0,
    "headphones": 90.0,
    "jackets": 120.0,
    "books": 15.0,
    "laptops": 900.0,
    "kitchen": 60.0,
    "shoes": 80.0,
    "toys": 25.0,
    "watches": 200.0,
    "lamps": 40.0,
    "bags": 70.0,
    "games": 35.0,
}
"""Names of the categories, in the order in which a world takes them, and a typical price."""

N_STYLES = 8
"""Dimensions of the space of styles and tastes; even, so that a taste can turn in pairs of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSmartConfig:
    """Everything about a `ShopSmart` but its seed; the defaults give about 100,000 impressions.

    Parameters
    ----------
    n_users, n_products, n_categories : int
        Their numbers. There are at most 12 categories, of equal size.
    n_days : int
        Days with traffic. The log is read one day after the last of them.
    sessions_per_day : float
        Mean number of visits a day; hours and weekdays differ, see `Truth.traffic`.
    searches_per_session : float
        Mean number of searches in a visit, 1 to 20 (geometric). All ask for one category.
    n_slots : int
        Products on a page. Each category needs as many that were launched before the first day.
    examination_decay : float
        A customer looks at position k with probability ``k ** -examination_decay``.
    exploration : float
        Share of pages on which all orders of the products are equally likely.
    new_user_share, new_product_share : float
        Share that joins, or is launched, while the world runs, at a random time.
    offer_share : float
        Share of the products that cost 20 % less in a week, drawn anew each week.
    phone_share : float
        Share of users on a phone; the others are on a desktop.
    base_click : float
        P(click | examined) of an average product for an average user.
    base_order : float
        P(order | click) likewise, on a desktop.
    user_sd : float
        Standard deviation between users of the log-odds of a click: some click more than others.
    taste_sd : float
        Standard deviation of the match between taste and product, in log-odds.
    session_share : float
        Share of the variance of taste that belongs to the visit and not to the user, 0 to 1.
        With 0 a user wants the same in every visit.
    price_sensitivity : float
        Fall of the log-odds of a click for each unit of log price.
    return_rate : float
        P(returned) of an order, before any drift.
    return_delay_days, return_window_days : float
        The days from an order to its return are exponential with this mean, cut at the window;
        that an order was kept is known when the window closes.
    drifts, faults : tuple of Drift, tuple of Fault
        What is planted. Drifts of one kind add up.
    treatment : Treatment, optional
        An experiment on the users.

    Raises
    ------
    TypeError, ValueError
        If a number is not what is said above, or an event lies after the last day.

    Examples
    --------
    >>> ShopSmartConfig(n_days=14, drifts=(Drift(kind="label", day=7, size=1.0),)).n_slots
    10
    >>> ShopSmartConfig(n_products=40)
    Traceback (most recent call last):
    ValueError: n_products must leave each category n_slots=10 products launched before the first
    day; got 40 products in 8 categories with new_product_share=0.2
    """

    n_users: int = 1_000
    n_products: int = 400
    n_categories: int = 8
    n_days: int = 56
    sessions_per_day: float = 90.0
    searches_per_session: float = 2.0
    n_slots: int = 10
    examination_decay: float = 1.0
    exploration: float = 0.05
    new_user_share: float = 0.2
    new_product_share: float = 0.2
    offer_share: float = 0.2
    phone_share: float = 0.6
    base_click: float = 0.15
    base_order: float = 0.2
    user_sd: float = 0.5
    taste_sd: float = 1.0
    session_share: float = 0.3
    price_sensitivity: float = 1.0
    return_rate: float = 0.2
    return_delay_days: float = 7.0
    return_window_days: float = 30.0
    drifts: tuple[Drift, ...] = ()
    faults: tuple[Fault, ...] = ()
    treatment: Treatment | None = None

    def __post_init__(self) -> None:
        whole("n_users", self.n_users, 1)
        whole("n_products", self.n_products, 1)
        whole("n_categories", self.n_categories, 1, len(CATEGORIES))
        whole("n_days", self.n_days, 1, 3_650)
        whole("n_slots", self.n_slots, 1, 100)
        real("sessions_per_day", self.sessions_per_day, 0.01)
        real("searches_per_session", self.searches_per_session, 1, 20)
        real("examination_decay", self.examination_decay, 0, 20)
        for name in ("exploration", "new_user_share", "new_product_share", "offer_share"):
            real(name, getattr(self, name), 0, 1)
        for name in ("base_click", "base_order", "return_rate"):
            real(name, getattr(self, name), 1e-6, 1 - 1e-6)
        for name in ("user_sd", "taste_sd"):
            real(name, getattr(self, name), 0, 20)
        for name in ("phone_share", "session_share"):
            real(name, getattr(self, name), 0, 1)
        real("price_sensitivity", self.price_sensitivity, -20, 20)
        real("return_delay_days", self.return_delay_days, 1e-3, 1e4)
        real("return_window_days", self.return_window_days, 1e-3, 1e4)
        self._check_counts()
        self._check_events()

    @property
    def n_old_users(self) -> int:
        """Users that joined before the first day; at least one, or nobody would visit."""
        return max(1, self.n_users - int(self.n_users * self.new_user_share))

    @property
    def n_old_products(self) -> int:
        """Products launched before the first day."""
        return self.n_products - int(self.n_products * self.new_product_share)

    def drift_levels(self) -> dict[str, np.ndarray]:
        """Return the level of each kind of drift on each day, shape (n_days,)."""
        levels = {kind: np.zeros(self.n_days) for kind in DRIFT_KINDS}
        for drift in self.drifts:
            levels[drift.kind] += drift.levels(self.n_days)
        return levels

    def _check_counts(self) -> None:
        if self.n_old_products // self.n_categories < self.n_slots:
            raise ValueError(
                f"n_products must leave each category n_slots={self.n_slots} products launched "
                f"before the first day; got {self.n_products} products in {self.n_categories} "
                f"categories with new_product_share={self.new_product_share:g}"
            )

    def _check_events(self) -> None:
        object.__setattr__(self, "drifts", instances("drifts", self.drifts, Drift))
        object.__setattr__(self, "faults", instances("faults", self.faults, Fault))
        planted = [("drifts", d) for d in self.drifts] + [("faults", f) for f in self.faults]
        if self.treatment is not None:
            if not isinstance(self.treatment, Treatment):
                raise TypeError(f"treatment must be a Treatment or None, got {self.treatment!r}")
            planted.append(("treatment", self.treatment))
        for name, event in planted:
            if event.day >= self.n_days:
                raise ValueError(
                    f"{name} must begin before n_days={self.n_days}, got day={event.day}"
                )
