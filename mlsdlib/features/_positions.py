"""Positions as vectors."""

from __future__ import annotations

import numpy as np

from mlsdlib.checks import whole


def sinusoidal_embedding(position: object, d: int) -> np.ndarray:
    r"""Return each position as `d` sines and cosines, whose waves are longer and longer.

    Components 2i and 2i + 1 are the sine and the cosine of ``position / 10000 ** (2 * i / d)``. The
    dot product of two embeddings depends only on how far apart the positions are.

    Parameters
    ----------
    position : number or array of any shape
        Positions, finite. They need not be whole: a share of the way will do as well.
    d : int
        Length of the vectors, even and positive. The longer they are, the nearer the longest wave
        comes to 2π · 10,000 positions.

    Returns
    -------
    array of shape (..., d)
        For a single position of shape (d,).

    Raises
    ------
    TypeError, ValueError
        If a position is not a finite number, or `d` is not even and positive.

    References
    ----------
    Vaswani et al. (2017), *Attention Is All You Need*.

    Examples
    --------
    >>> sinusoidal_embedding(1, 4).round(6).tolist()
    [0.841471, 0.540302, 0.01, 0.99995]
    >>> a, b, c, d = sinusoidal_embedding([3, 5, 103, 105], 32)
    >>> bool(np.isclose(a @ b, c @ d))
    True
    """
    d = whole("d", d, 2)
    if d % 2:
        raise ValueError(f"d must be even, got {d}")
    position = np.asarray(position)
    if position.dtype.kind not in "iuf":
        raise TypeError(f"position must hold numbers, got dtype {position.dtype}")
    if not np.isfinite(position).all():
        raise ValueError(f"position must be finite, got {int((~np.isfinite(position)).sum())} not")
    angles = position[..., None] / 10_000.0 ** (np.arange(0, d, 2) / d)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(*position.shape, d)
