"""What a learner asks of a world: searches and rankings, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.worlds._config import CATEGORIES
from mlsdlib.worlds._demand import Demand
from mlsdlib.worlds._traffic import Traffic

if TYPE_CHECKING:
    import pandas as pd


def search_rows(traffic: Traffic, searches: pd.DataFrame | np.ndarray) -> np.ndarray:
    """Return the rows of some searches, given as rows of the table or by their ids."""
    if hasattr(searches, "columns"):
        if "search_id" not in searches.columns:
            names = ", ".join(map(str, searches.columns))
            raise ValueError(f"searches must have the column search_id, got {names}")
        searches = searches["search_id"]
    ids = np.asarray(searches)
    if ids.size == 0:
        ids = ids.astype(np.intp)
    if ids.dtype.kind not in "iu":
        raise TypeError(f"searches must be whole numbers (search_id), got dtype {ids.dtype}")
    if ids.ndim != 1:
        raise ValueError(f"searches must be one-dimensional, got shape {ids.shape}")
    n = len(traffic.session)
    if ids.size and not 0 <= ids.min() <= ids.max() < n:
        raise ValueError(
            f"searches must be search_ids from 0 to {n - 1}, got {ids.min()} to {ids.max()}"
        )
    return ids.astype(np.intp)


def relevance_of_ranking(
    demand: Demand, searches: pd.DataFrame | np.ndarray, ranking: np.ndarray
) -> np.ndarray:
    """Return P(click | examined) of the products of a ranking, shape (n, k)."""
    rows = search_rows(demand.traffic, searches)
    products = _products(demand, rows, ranking)
    return demand.relevance(rows, demand.appeal(rows, products))


def score_rows(scores: np.ndarray, n: int, n_products: int) -> np.ndarray:
    """Return scores of shape (n_products,) or (n, n_products), checked."""
    values = np.asarray(scores)
    if values.dtype.kind not in "biuf":
        raise TypeError(f"scores must be numbers, got dtype {values.dtype}")
    if values.shape not in ((n_products,), (n, n_products)):
        raise ValueError(
            f"scores must have shape ({n_products},) or ({n}, {n_products}), got {values.shape}"
        )
    if not np.isfinite(values).all():
        raise ValueError("scores must be finite, got NaN or infinity")
    return values.astype(float)


def _products(demand: Demand, rows: np.ndarray, ranking: np.ndarray) -> np.ndarray:
    products = np.asarray(ranking)
    n, most, n_products = len(rows), demand.config.n_slots, demand.config.n_products
    if products.size == 0:
        products = products.astype(np.intp)
    if products.dtype.kind not in "iu":
        raise TypeError(f"ranking must hold whole numbers (product_id), got {products.dtype}")
    if products.ndim != 2 or len(products) != n or not 1 <= products.shape[1] <= most:
        raise ValueError(
            f"ranking must have a row for each of {n} searches and 1 to {most} columns, "
            f"got shape {products.shape}"
        )
    if products.size and not 0 <= products.min() <= products.max() < n_products:
        raise ValueError(
            f"ranking must hold product_ids from 0 to {n_products - 1}, "
            f"got {products.min()} to {products.max()}"
        )
    _check_shown(demand, rows, products)
    return products.astype(np.intp)


def _check_shown(demand: Demand, rows: np.ndarray, products: np.ndarray) -> None:
    """Refuse a page that the shop could not show."""
    catalogue, traffic = demand.catalogue, demand.traffic
    ordered = np.sort(products, axis=1)
    if (ordered[:, 1:] == ordered[:, :-1]).any():
        row = int((ordered[:, 1:] == ordered[:, :-1]).any(axis=1).argmax())
        raise ValueError(f"ranking must hold a product once a row, got {products[row].tolist()}")
    strange = catalogue.category[products] != traffic.category[rows, None]
    if strange.any():
        i, j = np.argwhere(strange)[0]
        names = list(CATEGORIES)
        raise ValueError(
            f"ranking must hold products of the category searched: search {rows[i]} asks for "
            f"{names[traffic.category[rows[i]]]}, product {products[i, j]} is one of "
            f"{names[catalogue.category[products[i, j]]]}"
        )
    early = catalogue.launch_day[products] > traffic.day[rows, None]
    if early.any():
        i, j = np.argwhere(early)[0]
        raise ValueError(
            f"ranking must hold products launched by then: search {rows[i]} is on day "
            f"{traffic.day[rows[i]]}, product {products[i, j]} is launched on day "
            f"{catalogue.launch_day[products[i, j]]}"
        )
