"""Who may replace the model in use?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_share, whole
from mlsdlib.evaluation import paired_comparison


@dataclass(frozen=True, slots=True)
class Decision:
    """What a gate decided.

    Parameters
    ----------
    winner : str or None
        The challenger that takes over; None if the champion stays.
    gain : dict of str to float
        Mean loss of the champion minus that of each challenger. That of the winner is flattered:
        it was the largest of several, and large enough to pass.
    low : dict of str to float
        Lower bound of each gain, at the level of the gate.
    n : int
        Number of units that were compared.
    """

    winner: str | None
    gain: dict[str, float]
    low: dict[str, float]
    n: int


class ChampionChallenger:
    """A gate: a challenger takes over only if it is surely not worse than the champion by more
    than a margin.

    All models are compared on the same rows, which none of them may have learned from. With k
    challengers, each is tested at the level ``alpha / k``; of those that pass the one with the
    largest gain wins.

    Parameters
    ----------
    margin : float
        How much more loss is tolerable. 0 asks for a challenger that is surely better; more than
        0 lets in one that is as good and fresher, but again and again it lets the loss creep up.
    min_n : int
        Fewest units that are enough for a decision, at least 2.
    alpha : float
        Probability to let in a challenger that is worse by just the margin, at one gate.

    Examples
    --------
    >>> gate = ChampionChallenger(margin=0.0, min_n=4)
    >>> old = np.array([1.0, 2.0, 3.0, 2.0, 1.0, 3.0])
    >>> gate.decide(old, {"better": old - [0.5, 0.4, 0.6, 0.5, 0.4, 0.6], "same": old}).winner
    'better'
    >>> gate.decide(old[:3], {"better": old[:3] - 0.5}).winner is None  # too few
    True
    """

    def __init__(self, *, margin: float = 0.0, min_n: int = 30, alpha: float = 0.05) -> None:
        if not 0 <= margin < math.inf:
            raise ValueError(f"margin must be at least 0 and finite, got {margin!r}")
        self.margin = float(margin)
        self.min_n = whole("min_n", min_n, at_least=2)
        self.alpha = check_share("alpha", alpha)

    def decide(
        self,
        champion: Sequence[float],
        challengers: Mapping[str, Sequence[float]],
        *,
        by: Sequence | None = None,
    ) -> Decision:
        """Return which challenger takes over, if any.

        Parameters
        ----------
        champion : array of shape (n,)
            Loss of the champion on each row; less is better.
        challengers : mapping of str to arrays of shape (n,)
            Loss of each challenger on the same rows.
        by : array of shape (n,), optional
            What belongs together, such as the hours of a day: then groups are the units.

        Raises
        ------
        ValueError
            If there is no challenger, lengths differ or a loss is not finite.
        """
        if not challengers:
            raise ValueError("challengers must hold at least one, got none")
        units = len(champion) if by is None else len(set(by))
        if units < self.min_n:
            return Decision(None, {}, {}, units)
        from scipy.special import stdtrit

        gain, low = {}, {}
        for name, losses in challengers.items():
            found = paired_comparison(champion, losses, by=by)
            half = found.difference.high - found.difference.value
            level = 1 - self.alpha / len(challengers)
            quantiles = stdtrit(found.n - 1, np.array([level, 0.975]))
            gain[name] = found.difference.value
            low[name] = gain[name] - half * float(quantiles[0] / quantiles[1])
        passed = [name for name in challengers if low[name] > -self.margin]
        return Decision(max(passed, key=gain.__getitem__, default=None), gain, low, units)
