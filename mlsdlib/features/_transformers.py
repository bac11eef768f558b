"""Transformers for scikit-learn's pipelines."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import (
    _check_feature_names_in,
    check_is_fitted,
    validate_data,
)

from mlsdlib.checks import whole
from mlsdlib.features._hashing import MOST_BINS, cross, hash_index


class CyclicalEncoder(TransformerMixin, BaseEstimator):
    """Encode each column of times in a cycle as the sine and the cosine of its angle.

    As a number, hour 23 is far from hour 0; on the circle it is next to it. A linear model can then
    have one hill and one valley in a cycle, and no more.

    Parameters
    ----------
    period : number, or sequence of numbers
        Length of the cycle in the unit of the column, positive: 24 for hours. One for all columns,
        or one for each.

    Attributes
    ----------
    periods_ : array of shape (n_features,)
        The period of each column.

    Notes
    -----
    A missing value stays missing. The columns come out as sine and cosine of the first, then of the
    second, named ``hour_sin``, ``hour_cos``, ...

    Examples
    --------
    >>> import pandas as pd
    >>> encoder = CyclicalEncoder(24).set_output(transform="pandas")
    >>> encoder.fit_transform(pd.DataFrame({"hour": [0, 6, 23]})).round(3)
       hour_sin  hour_cos
    0     0.000     1.000
    1     1.000     0.000
    2    -0.259     0.966
    """

    def __init__(self, period: object) -> None:
        self.period = period

    def fit(self, X: object, y: object = None) -> CyclicalEncoder:
        """Check the periods against the columns of `X`; nothing is learnt."""
        X = self._numbers(X, reset=True)
        self.periods_ = self._periods(X.shape[1])
        return self

    def transform(self, X: object) -> np.ndarray:
        """Return an array of shape (n, 2 * n_features)."""
        check_is_fitted(self)
        X = self._numbers(X, reset=False)
        # The remainder first: the angle of a count of hours since 1970 would lose digits.
        turns = np.remainder(X, self.periods_) / self.periods_
        angles = (2 * np.pi * turns).astype(X.dtype)
        return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(len(X), -1)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the names of the columns that come out."""
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        return np.array([f"{name}_{wave}" for name in names for wave in ("sin", "cos")], object)

    def _numbers(self, X: object, *, reset: bool) -> np.ndarray:
        dtypes = X.dtypes if hasattr(X, "dtypes") else [getattr(X, "dtype", None)]
        if any(getattr(dtype, "kind", None) in ("m", "M") for dtype in dtypes):
            # As numbers they would be nanoseconds, or whatever unit the column happens to have.
            raise TypeError(
                "X must hold numbers in the unit of period, got datetimes or timedeltas: take "
                ".dt.hour or the like first"
            )
        dtypes = (np.float64, np.float32)
        return validate_data(self, X, reset=reset, dtype=dtypes, ensure_all_finite="allow-nan")

    def _periods(self, n_features: int) -> np.ndarray:
        try:
            periods = np.asarray(self.period)
        except ValueError:  # a ragged list
            periods = np.empty(0, object)
        if periods.dtype.kind not in "iuf":
            raise TypeError(f"period must be a number or one for each column, got {self.period!r}")
        if not (np.isfinite(periods).all() and (periods > 0).all()):
            raise ValueError(f"period must be positive and finite, got {self.period!r}")
        if periods.ndim and periods.shape != (n_features,):
            raise ValueError(
                f"period must be one number or one for each of {n_features} columns, "
                f"got {self.period!r}"
            )
        return np.broadcast_to(periods.astype(float), n_features).copy()

    def __sklearn_tags__(self) -> object:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class HashedCross(TransformerMixin, BaseEstimator):
    """Replace the columns by the bin of their combination, without a vocabulary.

    It is ``hash_index(cross(*columns), n_bins)``: nothing is learnt, a combination never seen
    before has its bin too, and training and serving agree in whatever process they run. A one-hot
    encoder after it gives each bin a weight. With a single column it hashes plain categories.

    Parameters
    ----------
    n_bins : int
        Number of bins, 1 to 2**31 - 1.

    See Also
    --------
    hash_index : what may stand in a column, and how it is hashed.

    Examples
    --------
    >>> import pandas as pd
    >>> flights = pd.DataFrame({"carrier": ["UA", "UA", "AA"], "hour": [6, 17, 6]})
    >>> crossed = HashedCross(1000).set_output(transform="pandas")
    >>> crossed.fit_transform(flights)
       carrier_x_hour
    0             790
    1              84
    2             615
    """

    def __init__(self, n_bins: int = 1024) -> None:
        self.n_bins = n_bins

    def fit(self, X: object, y: object = None) -> HashedCross:
        """Check the number of bins and remember the columns; nothing is learnt."""
        whole("n_bins", self.n_bins, 1, MOST_BINS)
        self._columns(X, reset=True)
        return self

    def transform(self, X: object) -> np.ndarray:
        """Return an array of shape (n, 1) of whole numbers below `n_bins`."""
        check_is_fitted(self)
        columns = self._columns(X, reset=False)
        return hash_index(cross(*columns), self.n_bins)[:, None]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the name of the one column that comes out."""
        check_is_fitted(self)
        return np.array(["_x_".join(_check_feature_names_in(self, input_features))], object)

    def _columns(self, X: object, *, reset: bool) -> list:
        if not hasattr(X, "iloc") or X.ndim != 2:
            # A null is left to `cross`, which says what to do about it.
            return list(validate_data(self, X, reset=reset, dtype=None).T)
        # A frame as one array would make floats of the integers beside a float.
        validate_data(self, X, reset=reset, skip_check_array=True)
        return [X.iloc[:, i] for i in range(X.shape[1])]

    def __sklearn_tags__(self) -> object:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags
