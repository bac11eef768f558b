"""What can be planted in a world: drifts, a treatment, faults in the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.worlds._checks import one_of, real, whole

DRIFT_KINDS = ("covariate", "label", "concept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A change of the world at a known day.

    Parameters
    ----------
    kind : {"covariate", "label", "concept"}
        What changes.

        - "covariate": what is searched. Searches move towards dearer categories (for a negative
          size, cheaper ones): P(X) changes, P(click | X) does not.
        - "label": how many orders are sent back. P(returned) changes, the distribution of the
          orders' features given the label does not.
        - "concept": what is liked. All tastes turn by ``size`` quarter turns in the space of
          styles: P(click | X) changes; inputs, and the share of clicks, keep their distribution
          as long as the ranking does not depend on the user.
    day : int
        First day of the change, counted from 0.
    size : float
        Full size: "covariate", change in log-odds per standard deviation of a category's log
        price; "label", change in the log-odds of a return; "concept", quarter turns (1: the old
        tastes say nothing about the new).
    over : int
        Days until the full size is reached, growing linearly; 0 and 1 are sudden.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    References
    ----------
    Moreno-Torres et al. (2012), *A unifying view on dataset shift in classification*.

    Examples
    --------
    >>> Drift(kind="concept", day=3, size=0.9, over=3).levels(7)
    array([0. , 0. , 0. , 0.3, 0.6, 0.9, 0.9])
    """

    kind: str
    day: int
    size: float
    over: int = 0

    def __post_init__(self) -> None:
        one_of("kind", self.kind, DRIFT_KINDS)
        whole("day", self.day, 0)
        real("size", self.size, -20, 20)
        whole("over", self.over, 0)

    def levels(self, n_days: int) -> np.ndarray:
        """Return the size reached on each day, shape (n_days,)."""
        reached = (np.arange(n_days) - self.day + 1) / max(self.over, 1)
        return self.size * np.clip(reached, 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """An experiment on users: a random share of them gets a new version of the shop.

    Parameters
    ----------
    effect : float
        Change in the log-odds of the outcome, for the average user on the first day.
    share : float
        Probability that a user is assigned to the treatment, between 0 and 1.
    on : {"click", "order"}
        The outcome: a click on an examined product, or an order after a click.
    day : int
        First day of the treatment. Users are assigned before, so that what they did earlier can
        serve as a covariate.
    heterogeneity : float
        Effect on phone users minus effect on desktop users.
    fade_days : float, optional
        The effect is ``exp(-t / fade_days)`` of itself t days after the first (a novelty effect).
        By default it stays.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> Treatment(effect=0.2, share=0.05).on
    'click'
    """

    effect: float
    share: float = 0.5
    on: str = "click"
    day: int = 0
    heterogeneity: float = 0.0
    fade_days: float | None = None

    def __post_init__(self) -> None:
        real("effect", self.effect, -20, 20)
        real("share", self.share, 0, 1)
        one_of("on", self.on, ("click", "order"))
        whole("day", self.day, 0)
        real("heterogeneity", self.heterogeneity, -20, 20)
        if self.fade_days is not None and real("fade_days", self.fade_days) <= 0:
            raise ValueError(f"fade_days must be positive or None, got {self.fade_days!r}")

    def strengths(self, n_days: int) -> np.ndarray:
        """Return the share of the effect that acts on each day, shape (n_days,)."""
        since = np.arange(n_days) - self.day
        if self.fade_days is None:
            return (since >= 0).astype(float)
        return np.where(since >= 0, np.exp(-np.maximum(since, 0) / self.fade_days), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A column of the impressions that is logged wrongly from a day on.

    The shop and its customers go on as before: only the log is wrong. The same world without the
    fault, of the same seed, has the right values.

    Parameters
    ----------
    column : {"price", "affinity"}
        The column.
    kind : {"scale", "null", "shuffle"}
        "scale": the values are multiplied, as by a change of unit; "null": values are missing;
        "shuffle": the values of a page stand at the wrong products of that page, which no
        statistic of the column alone can show.
    day : int
        First day.
    size : float
        "scale": the factor; "null": share of impressions; "shuffle": share of pages.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> Fault(column="price", kind="scale", day=30, size=100).kind
    'scale'
    """

    column: str
    kind: str
    day: int
    size: float = 1.0

    def __post_init__(self) -> None:
        one_of("column", self.column, ("price", "affinity"))
        one_of("kind", self.kind, ("scale", "null", "shuffle"))
        whole("day", self.day, 0)
        if self.kind == "scale":
            real("size", self.size)
        else:
            real("size", self.size, 0, 1)
