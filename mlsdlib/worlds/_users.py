"""Who visits: users, their tastes, and what the company believes about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.worlds._config import CATEGORIES, N_STYLES, ShopSmartConfig
from mlsdlib.worlds._draws import microseconds, stream

DAY = 86_400 * 10**6
"""Microseconds in a day."""


@dataclass(frozen=True, slots=True)
class Users:
    """Users in the order in which they joined.

    joined : microseconds since the start of the world, negative for those of before; activity :
    cumulated weights of a visit; bias : log-odds; taste, taste_known : (n_users, N_STYLES), as it
    is and as the company estimates it; interest : (n_users, n_categories), log-odds.
    """

    joined: np.ndarray
    activity: np.ndarray
    bias: np.ndarray
    phone: np.ndarray
    treated: np.ndarray
    taste: np.ndarray
    taste_known: np.ndarray
    interest: np.ndarray


def draw_users(config: ShopSmartConfig, seed: int) -> Users:
    """Draw the users."""
    n, n_old = config.n_users, config.n_old_users
    rng = stream(seed, "users")
    days = np.concatenate([rng.uniform(-730, 0, n_old), rng.uniform(0, config.n_days, n - n_old)])
    taste = rng.standard_normal((n, N_STYLES))
    # The estimate is the posterior mean after one noisy look at each coordinate (sd 0.5), so that
    # a regression on it has slope 1. Of who joins later the company knows nothing: mean 0.
    taste_known = (taste + 0.5 * rng.standard_normal((n, N_STYLES))) / 1.25
    taste_known[n_old:] = 0
    demand = rng.normal(0, 0.5, len(CATEGORIES))  # some categories are asked for more by all
    interest = demand + rng.standard_normal((n, len(CATEGORIES)))
    share = config.treatment.share if config.treatment else 0.0
    return Users(
        joined=microseconds(86_400 * np.sort(days)),
        activity=np.cumsum(np.exp(0.8 * rng.standard_normal(n))),
        bias=config.user_sd * rng.standard_normal(n),
        phone=rng.random(n) < config.phone_share,
        treated=stream(seed, "treatment").random(n) < share,
        taste=taste,
        taste_known=taste_known,
        interest=interest[:, : config.n_categories],
    )


def turned(taste: np.ndarray, quarters: np.ndarray) -> np.ndarray:
    """Return the tastes turned by so many quarter turns, in each plane of two coordinates.

    A rotation leaves the distribution of a spherical Gaussian as it is: after it each user wants
    something else, and all users together want the same.
    """
    angle = 0.5 * np.pi * quarters[:, None]
    a, b = taste[:, 0::2], taste[:, 1::2]
    result = np.empty_like(taste)
    result[:, 0::2] = np.cos(angle) * a - np.sin(angle) * b
    result[:, 1::2] = np.sin(angle) * a + np.cos(angle) * b
    return result
