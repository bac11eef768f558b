"""What follows a page: clicks on their way to the log, orders, and labels that come late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.worlds._config import ShopSmartConfig
from mlsdlib.worlds._draws import exponential, logit, microseconds, sigmoid, stream
from mlsdlib.worlds._users import DAY

DWELL_SECONDS = 20.0
"""Mean time from the page to a click."""

LATE_SHARE = 0.1
LATENESS_SECONDS = (1.0, 120.0)
"""Mean lateness of a click in the log: of most, and of the late share (phones off line)."""

# Features of an order as a kept and as a returned one has them. The label comes first and makes
# the features: who means to try on and send back orders more pieces, sooner, and in a hurry.
EXTRA_PIECES = (0.2, 0.9)
MINUTES_TO_ORDER = (20.0, 8.0)
EXPRESS = (0.2, 0.4)


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders in the order of impressions, and their truth.

    Times are microseconds since the start of the world; `known` is when the label is known, and
    `probability` is P(returned | minutes, quantity, express).
    """

    impression: np.ndarray
    time: np.ndarray
    minutes: np.ndarray
    quantity: np.ndarray
    express: np.ndarray
    returned: np.ndarray
    known: np.ndarray
    probability: np.ndarray


def draw_clicks(
    search_time: np.ndarray, clicked: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return when each click happened and when the log received it, for the clicked impressions."""
    rows = np.flatnonzero(clicked)
    dwell, late, lateness = (
        _uniforms(seed, purpose, len(clicked), rows) for purpose in ("dwell", "late", "lateness")
    )
    time = search_time[rows] + microseconds(exponential(dwell, DWELL_SECONDS))
    mean = np.where(late < LATE_SHARE, LATENESS_SECONDS[1], LATENESS_SECONDS[0])
    return time, time + microseconds(exponential(lateness, mean))


def draw_orders(
    config: ShopSmartConfig,
    impressions: np.ndarray,
    click_time: np.ndarray,
    day: np.ndarray,
    probability: np.ndarray,
    n_impressions: int,
    seed: int,
) -> Orders:
    """Draw the orders that follow the clicks on the given impressions."""

    def draw(purpose: str, rows: np.ndarray) -> np.ndarray:
        return _uniforms(seed, purpose, n_impressions, rows)

    ordered = draw("order", impressions) < probability
    rows, day = impressions[ordered], day[ordered]
    prior = logit(config.return_rate) + config.drift_levels()["label"][day]
    returned = draw("return", rows) < sigmoid(prior)
    y = returned.astype(np.int64)
    pieces = _poisson(draw("quantity", rows), y)
    delay = microseconds(60 * exponential(draw("delay", rows), np.array(MINUTES_TO_ORDER)[y]))
    express = draw("express", rows) < np.array(EXPRESS)[y]
    time = click_time[ordered] + delay
    return Orders(
        impression=rows,
        time=time,
        minutes=delay / 6e7,
        quantity=1 + pieces,
        express=express,
        returned=returned,
        known=time + _label_delay(config, draw("return delay", rows), returned),
        probability=sigmoid(prior + _evidence(pieces, delay / 6e7, express)),
    )


def _uniforms(seed: int, purpose: str, n: int, rows: np.ndarray) -> np.ndarray:
    """Return one number for each of the rows, the same whatever other rows are asked for.

    Numbers are drawn for all impressions: a click more or less must not shift another's dice.
    """
    return stream(seed, purpose).random(n)[rows]


def _poisson(u: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Poisson counts of mean EXTRA_PIECES[y] by the inverse distribution, at most 30."""
    count = np.arange(30)
    result = np.empty(len(u), dtype=np.int32)
    for label, mean in enumerate(EXTRA_PIECES):
        pmf = np.exp(-mean) * np.cumprod(np.where(count, mean / np.maximum(count, 1), 1.0))
        result[y == label] = np.searchsorted(np.cumsum(pmf), u[y == label], side="right")
    return result


def _evidence(pieces: np.ndarray, minutes: np.ndarray, express: np.ndarray) -> np.ndarray:
    """Return the log of P(features | returned) over P(features | kept)."""
    (kept, sent), (slow, fast), (calm, hurry) = EXTRA_PIECES, MINUTES_TO_ORDER, EXPRESS
    return (
        pieces * np.log(sent / kept)
        - (sent - kept)
        + np.log(slow / fast)
        - minutes * (1 / fast - 1 / slow)
        + np.where(express, np.log(hurry / calm), np.log((1 - hurry) / (1 - calm)))
    )


def _label_delay(config: ShopSmartConfig, u: np.ndarray, returned: np.ndarray) -> np.ndarray:
    """Return how long after the order its label is known, in microseconds."""
    mean, window = config.return_delay_days, config.return_window_days
    # The exponential distribution, cut at the window, by its inverse.
    days = -mean * np.log1p(u * np.expm1(-window / mean))
    return np.where(returned, np.rint(DAY * days), np.rint(DAY * window)).astype(np.int64)
