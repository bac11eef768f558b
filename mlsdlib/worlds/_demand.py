"""What customers do with a page: the position-based click model, and orders after a click."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.worlds._catalogue import Catalogue
from mlsdlib.worlds._config import ShopSmartConfig
from mlsdlib.worlds._draws import chunks, logit, sigmoid
from mlsdlib.worlds._traffic import Traffic
from mlsdlib.worlds._users import Users


@dataclass(frozen=True, slots=True)
class Demand:
    """The behaviour of the customers, search by search.

    Throughout, `rows` are searches, shape (m,), and products or appeal have shape (m, k). The
    `uplift` is what the treatment adds to the log-odds of its outcome if the user is treated.
    """

    config: ShopSmartConfig
    users: Users
    catalogue: Catalogue
    traffic: Traffic

    @property
    def examination(self) -> np.ndarray:
        """P(examined) of every position, shape (n_slots,)."""
        return np.arange(1, self.config.n_slots + 1) ** -float(self.config.examination_decay)

    def appeal(self, rows: np.ndarray, products: np.ndarray) -> np.ndarray:
        """Return quality, match with the taste of the visit, and price, in log-odds."""
        week = self.traffic.day[rows] // 7
        taste = self.traffic.taste[self.traffic.session[rows]]
        return (
            self.catalogue.quality[products]
            + self.config.taste_sd * match(taste, self.catalogue.style, products)
            + self.config.price_sensitivity * self.catalogue.cheapness[products, week[:, None]]
        )

    def appeal_of_all(self, rows: np.ndarray) -> np.ndarray:
        """Return the appeal of every product, shape (m, n_products)."""
        taste = self.traffic.taste[self.traffic.session[rows]]
        cheap = self.catalogue.cheapness.T[self.traffic.day[rows] // 7]
        return (
            self.catalogue.quality
            + self.config.taste_sd * (taste @ self.catalogue.style.T)
            + self.config.price_sensitivity * cheap
        )

    def relevance(
        self, rows: np.ndarray, appeal: np.ndarray, uplift: np.ndarray | None = None
    ) -> np.ndarray:
        """Return P(click | examined)."""
        uplift = self.uplift("click", rows) if uplift is None else uplift
        bias = logit(self.config.base_click) + self.users.bias[self.traffic.user[rows]] + uplift
        return sigmoid(bias[:, None] + appeal)

    def order_probability(
        self, rows: np.ndarray, appeal: np.ndarray, uplift: np.ndarray | None = None
    ) -> np.ndarray:
        """Return P(order | click): half the appeal counts once more, a small screen costs some."""
        uplift = self.uplift("order", rows) if uplift is None else uplift
        phone = self.users.phone[self.traffic.user[rows]]
        bias = logit(self.config.base_order) - 0.4 * phone + uplift
        return sigmoid(bias[:, None] + 0.5 * appeal)

    def uplift(self, outcome: str, rows: np.ndarray) -> np.ndarray:
        """Return what the treatment does to an outcome, with the user's assignment."""
        return self.users.treated[self.traffic.user[rows]] * self.uplift_if_treated(outcome, rows)

    def uplift_if_treated(self, outcome: str, rows: np.ndarray) -> np.ndarray:
        """Return what the treatment would do to an outcome if the user were treated."""
        treatment = self.config.treatment
        if treatment is None or treatment.on != outcome:
            return np.zeros(len(rows))
        # The mean over users is the effect, whatever the share of phones is.
        phone = self.users.phone[self.traffic.user[rows]] - self.config.phone_share
        effect = treatment.effect + treatment.heterogeneity * phone
        return effect * treatment.strengths(self.config.n_days)[self.traffic.day[rows]]


def match(taste: np.ndarray, style: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Return ``taste @ style`` of the products, shape (m, k), for tastes of shape (m, N_STYLES)."""
    result = np.empty(products.shape)
    for part in chunks(len(products)):
        result[part] = np.einsum("md,mkd->mk", taste[part], style[products[part]])
    return result
