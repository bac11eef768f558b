"""What is sold: products, their prices week by week, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.worlds._config import CATEGORIES, N_STYLES, ShopSmartConfig
from mlsdlib.worlds._draws import stream

NEVER = np.iinfo(np.int32).max
"""Launch day of the places in `Catalogue.members` that no product takes."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Products in the order of their launch; the category of product i is ``i % n_categories``.

    launch_day : negative before the world; quality : log-odds; style : unit vectors, (n_products,
    N_STYLES); price : (n_products, n_weeks); cheapness : minus log of price over the category's
    typical price; members, member_launch : (n_categories, C), the products of a category, and
    their launch days, ending in places that no product takes.
    """

    launch_day: np.ndarray
    category: np.ndarray
    quality: np.ndarray
    style: np.ndarray
    list_price: np.ndarray
    price: np.ndarray
    cheapness: np.ndarray
    rating: np.ndarray
    popularity: np.ndarray
    members: np.ndarray
    member_launch: np.ndarray


def draw_catalogue(config: ShopSmartConfig, seed: int) -> Catalogue:
    """Draw the products."""
    n, n_old = config.n_products, config.n_old_products
    rng = stream(seed, "products")
    launch = np.concatenate(
        [rng.integers(-730, 0, n_old), rng.integers(0, config.n_days, n - n_old)]
    )
    launch = np.sort(launch).astype(np.int32)
    category = np.arange(n) % config.n_categories
    style = rng.standard_normal((n, N_STYLES))
    style /= np.linalg.norm(style, axis=1, keepdims=True)
    z = rng.standard_normal(n)  # quality in standard deviations
    list_price, price, cheapness = _prices(config, category, z, rng)
    rating = np.clip(np.round(3.8 + 0.5 * z + 0.3 * rng.standard_normal(n), 1), 1, 5)
    # Orders in the year before. Luck and quality weigh the same: popular is not the same as good.
    popularity = rng.poisson(np.exp(2.5 + 0.7 * z + 0.7 * rng.standard_normal(n)))
    rating[n_old:], popularity[n_old:] = np.nan, 0
    members, member_launch = _members(category, launch, config.n_categories)
    return Catalogue(
        launch_day=launch,
        category=category,
        quality=0.6 * z,
        style=style,
        list_price=list_price,
        price=price,
        cheapness=cheapness,
        rating=rating,
        popularity=popularity,
        members=members,
        member_launch=member_launch,
    )


def typical_prices(config: ShopSmartConfig) -> np.ndarray:
    """Return the typical price of each category."""
    return np.array(list(CATEGORIES.values())[: config.n_categories])


def _prices(
    config: ShopSmartConfig, category: np.ndarray, z: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return list price, price of each week, and cheapness.

    Better products cost more, which hides what a price does; the weekly offers, drawn by lot, show
    it.
    """
    n = config.n_products
    typical = typical_prices(config)[category]
    list_price = np.round(typical * np.exp(0.35 * rng.standard_normal(n) + 0.25 * z), 2)
    n_weeks = (config.n_days + 6) // 7
    offer = rng.random((n, n_weeks)) < config.offer_share
    price = np.round(list_price[:, None] * np.where(offer, 0.8, 1.0), 2)
    return list_price, price, -np.log(price / typical[:, None])


def _members(
    category: np.ndarray, launch: np.ndarray, n_categories: int
) -> tuple[np.ndarray, np.ndarray]:
    width = -(-len(category) // n_categories)
    members = np.zeros((n_categories, width), dtype=np.int32)
    member_launch = np.full((n_categories, width), NEVER, dtype=np.int32)
    for c in range(n_categories):
        ids = np.flatnonzero(category == c)
        members[c, : len(ids)] = ids
        member_launch[c, : len(ids)] = launch[ids]
    return members, member_launch
