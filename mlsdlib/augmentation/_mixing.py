"""Mixtures of examples and of their labels."""

from __future__ import annotations

import numpy as np

from mlsdlib.augmentation._inputs import finite, strength_of


def mixup(
    x: np.ndarray,
    y: np.ndarray,
    alpha: float,
    *,
    rng: np.random.Generator | int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return each example mixed with another one, and the labels mixed alike (Zhang 2018).

    Example i becomes :math:`\lambda x_i + (1 - \lambda) x_j`, its label
    :math:`\lambda y_i + (1 - \lambda) y_j`, with j from a permutation and a
    :math:`\lambda \sim \mathrm{Beta}(\alpha, \alpha)` of its own.

    Parameters
    ----------
    x : array of shape (n, ...)
        Examples.
    y : array of shape (n, classes)
        Labels as shares, one-hot at first.
    alpha : float
        0 changes nothing; the greater, the nearer the mixtures are to halves.
    rng : numpy Generator, int or None

    Returns
    -------
    x, y : arrays of the same shapes
        Floats, float32 if `x` is.

    Raises
    ------
    TypeError, ValueError
        If the labels are not one row for each example, a number is NaN, or `alpha` is negative.

    Examples
    --------
    >>> x, y = mixup(np.array([0.0, 1.0]), np.eye(2), 1.0, rng=1)
    >>> bool(np.allclose(y.sum(axis=1), 1)), bool(np.allclose(x, y[:, 1]))
    (True, True)
    """
    x, y, alpha = np.asarray(x), np.asarray(y), strength_of("alpha", alpha)
    if y.ndim != 2 or x.ndim < 1 or len(x) != len(y):
        raise ValueError(
            f"y must have shape (n, classes), a row for each example; got {y.shape} for x of "
            f"shape {x.shape}"
        )
    finite("x", x)
    finite("y", y)
    rng = np.random.default_rng(rng)
    n = len(x)
    other = rng.permutation(n)
    lam = rng.beta(alpha, alpha, n) if alpha > 0 else np.ones(n)
    lam = lam.astype(np.result_type(x, np.float32))
    wide = lam.reshape(n, *[1] * (x.ndim - 1))
    return (
        wide * x + (1 - wide) * x[other],
        lam[:, None] * y + (1 - lam[:, None]) * y[other],
    )
