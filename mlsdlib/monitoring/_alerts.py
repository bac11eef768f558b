"""Alert rules: a condition that must hold for a while before anybody is called."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.monitoring._inputs import number, seconds

INACTIVE, PENDING, FIRING = "inactive", "pending", "firing"


@dataclass(frozen=True, slots=True)
class Alert:
    """One time that a rule fired.

    Attributes
    ----------
    name : str
        Of the rule.
    since : float
        When its condition began to hold.
    fired : float
        When it had held long enough, and somebody was called.
    resolved : float
        When it held no longer; infinite while it fires.
    """

    name: str
    since: float
    fired: float
    resolved: float = math.inf


class AlertRule:
    """A condition on what is measured, and how long it must hold before somebody is called.

    As in Prometheus: the rule is evaluated now and then. Where the condition holds it is
    *pending*; where it held at each evaluation for `for_` seconds it is *firing*; where it does
    not hold it is *inactive* at once, and a short spike calls nobody.

    Parameters
    ----------
    name : str
        Of the alert.
    expr : callable
        From what is measured to whether the condition holds, or to None if that cannot be said:
        nothing was measured.
    for_ : float
        Seconds for which it must hold; 0 fires at the first evaluation.
    keep_firing_for : float
        Seconds for which it must not hold before a firing alert counts as resolved. Without, a
        value that flutters about its limit calls again and again.
    absent : bool
        What None counts as. False, as in Prometheus, lets an alert go quiet when the thing that
        it watches dies.

    Attributes
    ----------
    limits : tuple of two float, or None
        The range of a rule made by `outside`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> rule = AlertRule("ManyErrors", lambda share: share > 0.1, for_=60)
    >>> [rule.update(t, share) for t, share in [(0, 0.3), (30, 0.0), (60, 0.2), (120, 0.2)]]
    ['pending', 'inactive', 'pending', 'firing']
    >>> rule.alerts
    [Alert(name='ManyErrors', since=60.0, fired=120.0, resolved=inf)]
    """

    def __init__(
        self,
        name: str,
        expr: Callable[[object], bool | None],
        *,
        for_: float = 0.0,
        keep_firing_for: float = 0.0,
        absent: bool = False,
    ) -> None:
        if not callable(expr):
            raise TypeError(f"expr must be a function of what is measured, got {expr!r}")
        if not isinstance(absent, bool):
            raise TypeError(f"absent must be True or False, got {absent!r}")
        self.name = str(name)
        self.limits: tuple[float, float] | None = None
        self._expr, self._absent = expr, absent
        self._for = seconds("for_", for_)
        self._keep = seconds("keep_firing_for", keep_firing_for)
        self._time = -math.inf
        self._since: float | None = None
        self._last_true = -math.inf
        self._alerts: list[Alert] = []
        self._state = INACTIVE

    @classmethod
    def outside(
        cls, name: str, history: Sequence[float], *, width: float = 3.0, **options: object
    ) -> AlertRule:
        """Return a rule for a number that leaves the range of its own past.

        Parameters
        ----------
        name : str
            Of the alert.
        history : sequence of float
            The number on at least two quiet occasions.
        width : float
            Standard deviations from the mean of the history to either limit.
        **options
            `for_`, `keep_firing_for` and `absent`, as for any rule. None is no reading.

        Raises
        ------
        TypeError, ValueError
            If the history is shorter or holds anything but finite numbers.

        Examples
        --------
        >>> rule = AlertRule.outside("score", [0.4, 0.5, 0.6])
        >>> [round(limit, 6) for limit in rule.limits]
        [0.2, 0.8]
        >>> rule.update_many([1, 2], [0.7, 0.9])
        ['inactive', 'firing']
        """
        values = np.asarray(history)
        if values.dtype.kind not in "iuf" or values.ndim != 1:
            raise TypeError(f"history must hold numbers in one dimension, got {history!r}")
        if len(values) < 2 or not np.isfinite(values).all():
            raise ValueError(f"history must hold at least 2 finite numbers, got {history!r}")
        half = seconds("width", width) * float(np.std(values, ddof=1))
        low, high = float(values.mean()) - half, float(values.mean()) + half
        rule = cls(name, lambda x: None if x is None else not low <= x <= high, **options)
        rule.limits = (low, high)
        return rule

    @property
    def state(self) -> str:
        """Whether it is "inactive", "pending" or "firing"."""
        return self._state

    @property
    def alerts(self) -> list[Alert]:
        """All times that it fired, in order."""
        return [*self._alerts]

    def update(self, time: float, measured: object) -> str:
        """Evaluate the rule and return its state.

        Parameters
        ----------
        time : float
            Seconds; later than those before.
        measured : object
            What `expr` takes.

        Raises
        ------
        TypeError, ValueError
            If the time is no number or does not rise, or `expr` gives neither a truth value nor
            None.
        """
        time = number("time", time)
        if time <= self._time:
            raise ValueError(f"time must rise, got {time:g} after {self._time:g}")
        holds = self._expr(measured)
        if holds is None:
            holds = self._absent
        elif not isinstance(holds, (bool, np.bool_)):
            raise TypeError(f"expr must give True, False or None, got {holds!r}")
        self._time = time
        if holds:
            self._true(time)
        else:
            self._false(time)
        return self._state

    def update_many(self, times: Sequence[float], measured: Iterable[object]) -> list[str]:
        """Evaluate the rule at several times, as many calls of `update`; return its states."""
        return [self.update(t, value) for t, value in zip(times, measured, strict=True)]

    def _true(self, time: float) -> None:
        self._last_true = time
        if self._state == INACTIVE:
            self._state, self._since = PENDING, time
        if self._state == PENDING and time - self._since >= self._for:
            self._state = FIRING
            self._alerts.append(Alert(self.name, self._since, time))

    def _false(self, time: float) -> None:
        if self._state == FIRING:
            if time - self._last_true < self._keep:
                return
            last = self._alerts[-1]
            self._alerts[-1] = Alert(last.name, last.since, last.fired, time)
        self._state, self._since = INACTIVE, None
