"""When who comes and what is searched: visits by the hour, searches within a visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.worlds._catalogue import typical_prices
from mlsdlib.worlds._config import N_STYLES, ShopSmartConfig
from mlsdlib.worlds._draws import microseconds, stream
from mlsdlib.worlds._users import DAY, Users, turned

WEEKDAYS = np.array([0.9, 0.9, 0.9, 0.95, 1.0, 1.2, 1.15])
"""Traffic of a weekday, Monday first, relative to the mean of the week."""

SECONDS_BETWEEN_SEARCHES = 60.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Visits in order of time, and their searches, visit by visit.

    Times are microseconds since the start of the world. A search belongs to the day on which its
    visit began. taste : (n_sessions, N_STYLES), what is wanted in this visit.
    """

    session_user: np.ndarray
    session_time: np.ndarray
    session_day: np.ndarray
    session_category: np.ndarray
    taste: np.ndarray
    session: np.ndarray
    time: np.ndarray
    user: np.ndarray
    day: np.ndarray
    category: np.ndarray


def hourly_sessions(config: ShopSmartConfig) -> np.ndarray:
    """Return the expected visits of every hour of the world, shape (24 * n_days,)."""
    hours = np.arange(24 * config.n_days)
    daily = 1 + 0.8 * np.cos(2 * np.pi * (hours % 24 - 20) / 24)  # busiest at 20, quietest at 8
    return config.sessions_per_day / 24 * daily * WEEKDAYS[hours // 24 % 7]


def draw_traffic(config: ShopSmartConfig, users: Users, seed: int) -> Traffic:
    """Draw visits, a Poisson process of known rate, and their searches."""
    rng = stream(seed, "sessions")
    hour = np.repeat(np.arange(24 * config.n_days), rng.poisson(hourly_sessions(config)))
    time = np.sort(microseconds(3600 * (hour + rng.random(len(hour)))))
    day = (time // DAY).astype(np.int32)
    user = _draw_users(users, time, stream(seed, "visitors"))
    category = _draw_categories(config, users.interest[user], day, stream(seed, "categories"))
    session, search_time = _draw_searches(config, time, stream(seed, "searches"))
    return Traffic(
        session_user=user,
        session_time=time,
        session_day=day,
        session_category=category,
        taste=_draw_tastes(config, users.taste[user], day, stream(seed, "moods")),
        session=session,
        time=search_time,
        user=user[session],
        day=day[session],
        category=category[session],
    )


def _draw_users(users: Users, time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return who comes: any user that has joined, in proportion to activity."""
    joined = np.searchsorted(users.joined, time, side="right")
    point = rng.random(len(time)) * users.activity[joined - 1]
    return np.searchsorted(users.activity, point, side="right").astype(np.int32)


def _draw_categories(
    config: ShopSmartConfig, interest: np.ndarray, day: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    level = np.log(typical_prices(config))
    dearness = (level - level.mean()) / (level.std() or 1.0)
    drift = config.drift_levels()["covariate"][day]
    logits = interest + drift[:, None] * dearness
    total = np.cumsum(np.exp(logits - logits.max(axis=1, keepdims=True)), axis=1)
    point = rng.random(len(day)) * total[:, -1]
    return (total[:, :-1] <= point[:, None]).sum(axis=1).astype(np.int32)


def _draw_searches(
    config: ShopSmartConfig, time: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the visit and the time of each search; the first comes with the visit itself."""
    count = rng.geometric(1 / config.searches_per_session, len(time))
    session = np.repeat(np.arange(len(time), dtype=np.int32), count)
    first = np.cumsum(count) - count
    gap = microseconds(SECONDS_BETWEEN_SEARCHES * rng.standard_exponential(len(session)))
    since = np.cumsum(gap)
    return session, time[session] + since - np.repeat(since[first], count)


def _draw_tastes(
    config: ShopSmartConfig, taste: np.ndarray, day: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    mood = rng.standard_normal((len(day), N_STYLES))
    share = config.session_share
    wanted = np.sqrt(1 - share) * taste + np.sqrt(share) * mood
    drift = config.drift_levels()["concept"][day]
    return turned(wanted, drift) if drift.any() else wanted
