"""One model of what is looked at, one of what is then clicked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.feedback._inputs import probabilities


@dataclass(frozen=True, slots=True, eq=False)
class TwoModelRanker:
    """Ranks items by P(click | examined) alone; where an item used to stand has no say.

    Parameters
    ----------
    p_examined : array of shape (n_positions,)
        The first model: P(examined) of each position. Predicts clicks, and orders nothing.
    p_click_given_examined : array of shape (..., n_items)
        The second model. NaN is an item that it knows nothing of; it is ranked last.

    Raises
    ------
    TypeError, ValueError
        If a probability is not one.

    Examples
    --------
    >>> ranker = TwoModelRanker([1.0, 0.5], [0.1, 0.4, 0.2])
    >>> ranker.rank()
    array([1, 2])
    >>> ranker.predict([1, 2], [1, 2])
    array([0.4, 0.1])
    """

    p_examined: np.ndarray
    p_click_given_examined: np.ndarray

    def __post_init__(self) -> None:
        examined = probabilities("p_examined", self.p_examined)
        if examined.ndim != 1:
            raise ValueError(f"p_examined must be one-dimensional, got shape {examined.shape}")
        clicked = np.asarray(self.p_click_given_examined)
        known = ~np.isnan(clicked) if clicked.dtype.kind == "f" else np.ones(clicked.shape, bool)
        name = "p_click_given_examined"
        probabilities(name, np.where(known, clicked, 0) if clicked.dtype.kind == "f" else clicked)
        if clicked.shape[-1] < len(examined):
            raise ValueError(
                f"{name} must have an item for each of {len(examined)} positions, got "
                f"{clicked.shape[-1]}"
            )
        object.__setattr__(self, "p_examined", examined)
        object.__setattr__(self, name, np.where(known, clicked, np.nan))

    def rank(self) -> np.ndarray:
        """Return the best page, shape (..., n_positions); of equal items the first comes first."""
        order = np.argsort(-self.p_click_given_examined, axis=-1, kind="stable")  # NaN comes last
        return order[..., : len(self.p_examined)]

    def predict(self, items: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Return P(click) of items at positions, counted from 1: the product of both models."""
        positions = np.asarray(positions)
        if positions.size:
            whole("positions", int(positions.min()), 1)
            whole("positions", int(positions.max()), 1, len(self.p_examined))
        return self.p_examined[positions - 1] * self.p_click_given_examined[..., np.asarray(items)]
