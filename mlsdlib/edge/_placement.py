"""Where a model should run: on the device of its user, or on a server."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Placement:
    """Where each request is answered soonest.

    Parameters
    ----------
    where : array of str
        ``"edge"``, ``"cloud"``, or ``"none"`` where the model fits nowhere that can be reached. Of
        two equal latencies the edge wins, since it needs no network.
    edge_ms, cloud_ms : array of float
        Milliseconds until the answer; infinite where it never comes.
    """

    where: np.ndarray
    edge_ms: np.ndarray
    cloud_ms: np.ndarray


def place(
    compute_ms: ArrayLike,
    *,
    slowdown: ArrayLike,
    rtt_ms: ArrayLike,
    memory_mb: ArrayLike = 0.0,
    free_mb: ArrayLike = np.inf,
    online: ArrayLike = True,
) -> Placement:
    """Return whether the device or the server answers sooner.

    The device needs ``slowdown * compute_ms``, the server ``compute_ms`` and a round trip. All
    arguments are numbers or arrays, broadcast against each other.

    Parameters
    ----------
    compute_ms : float or array
        What the model takes on the server, positive.
    slowdown : float or array
        How many times longer the device computes, positive.
    rtt_ms : float or array
        The round trip through the network, at least 0.
    memory_mb, free_mb : float or array
        What the model needs on the device, and what is free there; it may need all.
    online : bool or array
        Whether the server can be reached.

    Raises
    ------
    ValueError
        If a number is NaN or out of its range.

    Examples
    --------
    >>> found = place(5.0, slowdown=[8.0, 20.0], rtt_ms=60.0)
    >>> found.where.tolist(), found.edge_ms.tolist(), found.cloud_ms.tolist()
    (['edge', 'cloud'], [40.0, 100.0], [65.0, 65.0])
    >>> place(5.0, slowdown=20.0, rtt_ms=60.0, online=False).where.item()
    'edge'
    """
    compute_ms, slowdown = (
        _numbers(name, value, positive=True)
        for name, value in (("compute_ms", compute_ms), ("slowdown", slowdown))
    )
    rtt_ms, memory_mb, free_mb = (
        _numbers(name, value)
        for name, value in (("rtt_ms", rtt_ms), ("memory_mb", memory_mb), ("free_mb", free_mb))
    )
    edge = np.where(memory_mb <= free_mb, slowdown * compute_ms, np.inf)
    cloud = np.where(np.asarray(online, bool), compute_ms + rtt_ms, np.inf)
    edge, cloud = np.broadcast_arrays(edge, cloud)
    where = np.where(edge <= cloud, "edge", "cloud")
    return Placement(np.where(np.isinf(edge) & np.isinf(cloud), "none", where), edge, cloud)


def breakeven_slowdown(compute_ms: ArrayLike, rtt_ms: ArrayLike) -> np.ndarray:
    """Return how many times slower a device may be and still answer as soon as the server.

    It is ``1 + rtt_ms / compute_ms``: the more there is to compute, the faster the device must be.

    Parameters
    ----------
    compute_ms, rtt_ms
        As in `place`.

    Raises
    ------
    ValueError
        As `place`.

    Examples
    --------
    >>> breakeven_slowdown([5.0, 100.0], 60.0).tolist()
    [13.0, 1.6]
    """
    return 1 + _numbers("rtt_ms", rtt_ms) / _numbers("compute_ms", compute_ms, positive=True)


def _numbers(name: str, value: ArrayLike, *, positive: bool = False) -> np.ndarray:
    array = np.asarray(value, float)
    if not (array > 0 if positive else array >= 0).all():
        takes = "positive" if positive else "at least 0"
        raise ValueError(f"{name} must be {takes}, got {value!r}")
    return array
