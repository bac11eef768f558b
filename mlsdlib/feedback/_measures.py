"""How narrow is what a system shows?"""

from __future__ import annotations

import numpy as np

from mlsdlib.feedback._inputs import counts


def exposure_gini(exposure: np.ndarray) -> np.ndarray | float:
    """Return the Gini index of exposure: 0 if all items are shown equally often.

    One item alone among n gives 1 - 1/n. Items that were never shown belong into the array, as
    zeros: without them a system that shows ten items of a thousand looks fair.

    Parameters
    ----------
    exposure : array of shape (..., n_items)
        How often each item was shown; leading axes are rounds, runs or users.

    Returns
    -------
    float or array of shape (...)

    Raises
    ------
    TypeError, ValueError
        If `exposure` does not hold numbers, is empty, or holds a negative number or NaN, or a row
        of zeros: where nothing was shown there is nothing to compare.

    References
    ----------
    Gini (1912), *Variabilità e mutabilità*.

    Examples
    --------
    >>> exposure_gini([3, 3, 3, 3])
    0.0
    >>> exposure_gini([[0, 0, 0, 8], [1, 2, 3, 4]])
    array([0.75, 0.25])
    """
    exposure, total = _shown(exposure)
    n = exposure.shape[-1]
    ordered = np.sort(exposure, axis=-1)
    place = 2 * np.arange(1, n + 1) - n - 1
    return _plain((ordered @ place) / (n * total))


def coverage(exposure: np.ndarray) -> np.ndarray | float:
    """Return the share of the items that were shown at least once (aggregate diversity).

    Parameters
    ----------
    exposure : array of shape (..., n_items)
        As in `exposure_gini`; here a row of zeros has coverage 0.

    Raises
    ------
    TypeError, ValueError
        If `exposure` does not hold numbers, is empty, or holds a negative number or NaN.

    References
    ----------
    Adomavicius & Kwon (2012), *Improving aggregate recommendation diversity using ranking-based
    techniques*.

    Examples
    --------
    >>> coverage([0, 0, 5, 1])
    0.5
    """
    return _plain((counts("exposure", exposure) > 0).mean(axis=-1))


def homogeneity(exposure: np.ndarray) -> np.ndarray | float:
    """Return the chance that two places, drawn by lot, show the same item (Simpson 1949).

    1/n if n items are shown equally often, 1 if all places show one item. Its inverse is the
    number of items that the places seem to be shared by.

    Parameters
    ----------
    exposure : array of shape (..., n_items)
        As in `exposure_gini`.

    Raises
    ------
    TypeError, ValueError
        As `exposure_gini`.

    References
    ----------
    Simpson (1949), *Measurement of diversity*.

    Examples
    --------
    >>> homogeneity([2, 2, 2, 2]), homogeneity([0, 0, 0, 8])
    (0.25, 1.0)
    """
    exposure, total = _shown(exposure)
    return _plain(((exposure / total[..., None]) ** 2).sum(axis=-1))


def _shown(exposure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    exposure = counts("exposure", exposure)
    total = exposure.sum(axis=-1)
    if not total.all():
        raise ValueError("exposure must not hold a row of zeros: nothing was shown there")
    return exposure, total


def _plain(result: np.ndarray) -> np.ndarray | float:
    return float(result) if np.ndim(result) == 0 else result
