"""Customers who leave, and what they do before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlsdlib.worlds._checks import real, whole
from mlsdlib.worlds._config import ShopSmartConfig
from mlsdlib.worlds._draws import as_generator
from mlsdlib.worlds._shopsmart import ShopSmart

if TYPE_CHECKING:
    import pandas as pd

TICKETS = 0.03
"""Ordinary tickets of a customer a day, and returns of one who is neither happy nor unhappy."""


@dataclass(frozen=True, slots=True)
class Churn:
    """Customers of ShopSmart, when each leaves, and a log for each kind of event.

    Parameters
    ----------
    left : array of shape (n,)
        The day on which each customer leaves, counted from the start of the world; for many it
        lies after the last day.
    events : dict of DataFrame
        For ``visits``, ``returns`` and ``tickets`` a row after each event, in the order of
        customers and times: customer; the count so far, under the name of the kind;
        event_timestamp; created, when the row arrived.
    """

    left: np.ndarray
    events: dict[str, pd.DataFrame]


def draw_churn(
    n: int,
    *,
    days: int = 84,
    leak_strength: float = 1.5,
    late_days: float = 2.0,
    rng: np.random.Generator | int | None = None,
) -> Churn:
    """Return customers who visit, return goods, open tickets, and leave at some moment.

    Unhappy customers return more and leave earlier, those who visit often later. Ordinary tickets
    say nothing. Who has left writes more of them, about the account and the refund.

    Parameters
    ----------
    n : int
        Number of customers.
    days : int
        Days of the log.
    leak_strength : float
        Mean number of tickets of a customer who has left, a few days later.
    late_days : float
        Mean number of days until a row arrives (exponential).
    rng : numpy Generator, int or None

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.

    Examples
    --------
    >>> churn = draw_churn(500, rng=0)
    >>> tickets = churn.events["tickets"]
    >>> list(tickets.columns)
    ['customer', 'tickets', 'event_timestamp', 'created']
    >>> bool((churn.left < 84).mean() > 0.3)
    True
    """
    whole("n", n, 1)
    whole("days", days, 1)
    real("leak_strength", leak_strength, 0)
    real("late_days", late_days, 0)
    rng = as_generator(rng)
    world = ShopSmart(ShopSmartConfig(
        n_users=n, n_days=days, sessions_per_day=n / 7, searches_per_session=1, n_slots=1,
        new_user_share=0), rng=int(rng.integers(2**31)))  # fmt: skip
    user = world.sessions["user_id"].to_numpy()
    unhappy, visits = rng.normal(size=n), np.bincount(user, minlength=n)
    happy = 0.4 * (visits / visits.mean() - 1) - 0.8 * unhappy
    left = rng.exponential(170 * np.exp(happy))
    day = (world.sessions["time"] - world.start).dt.total_seconds().to_numpy() / 86_400
    logs = {"visits": (user, day)}
    for name, rate in (("returns", np.exp(0.8 * unhappy)), ("tickets", np.ones(n))):
        who = np.repeat(np.arange(n), rng.poisson(days * TICKETS * rate))
        logs[name] = who, rng.uniform(0, days, len(who))
    logs = {name: (who[day < left[who]], day[day < left[who]]) for name, (who, day) in logs.items()}
    gone = np.repeat(np.arange(n), rng.poisson(leak_strength, n) * (left < days))
    closing = left[gone] + rng.exponential(3, len(gone))
    logs["tickets"] = tuple(map(np.append, logs["tickets"], (gone, closing)))
    return Churn(left, {name: _counted(world.start, name, *log, late_days, rng)
                        for name, log in logs.items()})  # fmt: skip


def _counted(
    start: pd.Timestamp,
    name: str,
    who: np.ndarray,
    day: np.ndarray,
    late_days: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return a row after each event with the count so far."""
    import pandas as pd

    rows = pd.DataFrame({"customer": who, "day": day}).sort_values(["customer", "day"])
    rows[name] = rows.groupby("customer").cumcount() + 1
    happened = rows.pop("day").to_numpy()
    arrived = happened + rng.exponential(late_days, len(rows))
    for column, days in (("event_timestamp", happened), ("created", arrived)):
        rows[column] = start + pd.to_timedelta((days * 86_400e6).astype(np.int64), unit="us")
    return rows.reset_index(drop=True)
