"""How common is each class now, without a single new label?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlsdlib.checks import check_lengths
from mlsdlib.drift._inputs import labels, probability_rows, vector


@dataclass(frozen=True, slots=True)
class LabelShift:
    """How much more or less common each class has become.

    Parameters
    ----------
    weights : array of shape (k,)
        New share of each class over its old one.
    prior : array of shape (k,)
        The new shares; they sum to 1.
    condition : float
        Condition number of the matrix that was solved: the larger, the more the noise of the
        predictions is blown up.
    """

    weights: np.ndarray
    prior: np.ndarray
    condition: float


def bbse_weights(
    y_val: Sequence[int], p_val: Sequence[Sequence[float]], p_new: Sequence[Sequence[float]]
) -> LabelShift:
    """Return how common each class is in new rows, from a model's predictions of them.

    Black box shift estimation (Lipton, Wang & Smola 2018): on labelled rows that the model has not
    trained on, C[i, j] is the mean of the predicted probability of class i times whether the class
    is j; on the new rows the mean prediction is mu. If only the shares of the classes have changed,
    and what a class looks like has not, mu = C w, and w is the ratio of new to old shares. Negative
    ratios are set to zero.

    The model may be biased, and need not be calibrated for this; to use the ratios on its
    probabilities it must be: see `reweighted` and `BiasCorrectedTemperature`.

    Parameters
    ----------
    y_val : array of shape (n,)
        Classes 0 to k - 1 of the labelled rows; each must occur.
    p_val, p_new : arrays of shape (n, k) and (m, k)
        Predicted probabilities of the labelled rows and of the new ones. One-hot rows are labels:
        the hard version.

    Raises
    ------
    TypeError, ValueError
        If predictions are no probabilities, a class is missing, or the predictions do not tell
        some classes apart, so that the matrix has no inverse.

    Examples
    --------
    >>> sure = np.repeat(np.eye(2), [5, 5], axis=0)  # right four times in five
    >>> y = [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> found = bbse_weights(y, sure, np.repeat(np.eye(2), [32, 68], axis=0))
    >>> found.weights
    array([0.4, 1.6])
    """
    p_val, p_new = probability_rows("p_val", p_val), probability_rows("p_new", p_new)
    k = p_val.shape[1]
    if p_new.shape[1] != k:
        raise ValueError(f"p_new must have a column for each of {k} classes, got {p_new.shape[1]}")
    y = labels("y_val", y_val, k)
    check_lengths(y_val=y, p_val=p_val)
    prior = np.bincount(y, minlength=k) / len(y)
    if (prior == 0).any():
        raise ValueError(f"y_val must hold every class, class {prior.argmin()} does not occur")
    joint = p_val.T @ np.eye(k)[y] / len(y)
    condition = float(np.linalg.cond(joint))
    if condition > 1e10:
        raise ValueError("p_val must tell all classes apart: the matrix has no inverse")
    weights = np.maximum(np.linalg.solve(joint, p_new.mean(axis=0)), 0)
    share = weights * prior
    return LabelShift(share / share.sum() / prior, share / share.sum(), condition)


def reweighted(p: Sequence[Sequence[float]], weights: Sequence[float]) -> np.ndarray:
    """Return probabilities as they are if each class is so many times as common.

    Bayes' rule, for any number of classes (Saerens, Latinne & Decaestecker 2002). It multiplies
    what the model says; a model that is not calibrated is made worse by it.

    Parameters
    ----------
    p : array of shape (n, k)
        Probabilities from a model that is calibrated where the classes had their old shares.
    weights : array of shape (k,)
        New share over old share of each class, none negative.

    Raises
    ------
    TypeError, ValueError
        If these are no probabilities or weights, or all classes of a row get the weight zero.

    Examples
    --------
    >>> reweighted([[0.5, 0.5], [0.8, 0.2]], [0.4, 1.6])
    array([[0.2, 0.8], [0.5, 0.5]])
    """
    p, weights = probability_rows("p", p), vector("weights", weights)
    if len(weights) != p.shape[1] or (weights < 0).any():
        raise ValueError(
            f"weights must hold {p.shape[1]} numbers, none negative, got {weights.tolist()}"
        )
    moved = p * weights
    total = moved.sum(axis=1, keepdims=True)
    if not total.all():
        raise ValueError("weights must leave every row of p a class that is possible")
    return moved / total


class BiasCorrectedTemperature:
    """Calibration of a classifier: softmax(log p / T + b), with T and b fitted to labels.

    A temperature alone makes a model more or less sure, in all classes alike. The biases mend
    classes that the model calls too often. Correcting for a label shift multiplies the
    probabilities of each class, and so needs exactly that (Alexandari, Kundaje & Shrikumar 2020).

    Attributes
    ----------
    temperature_ : float
        Above 1 where the model is too sure.
    bias_ : array of shape (k,)
        With the mean 0.

    Examples
    --------
    >>> sure = np.array([[0.99, 0.01]] * 10 + [[0.01, 0.99]] * 10)
    >>> y = [0] * 8 + [1] * 2 + [1] * 8 + [0] * 2
    >>> model = BiasCorrectedTemperature().fit(sure, y)
    >>> model.predict_proba(sure[:1]), model.temperature_ > 1
    (array([[0.8, 0.2]]), True)
    """

    def fit(self, p: Sequence[Sequence[float]], y: Sequence[int]) -> BiasCorrectedTemperature:
        """Fit to predicted probabilities of shape (n, k) and the classes of these rows.

        Raises
        ------
        TypeError, ValueError
            If these are no probabilities, or no classes, or not as many.
        """
        from scipy.optimize import minimize
        from scipy.special import log_softmax

        p = probability_rows("p", p)
        k = p.shape[1]
        y = labels("y", y, k)
        check_lengths(p=p, y=y)
        logs, hot = _logs(p), np.eye(k)[y]

        def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
            found = log_softmax(logs * np.exp(x[0]) + x[1:], axis=1)
            off = np.exp(found) - hot
            slope = np.exp(x[0]) * (off * logs).sum() / len(y)
            # A class that does not occur here would run to minus infinity.
            penalty = 1e-4 * x[1:]
            value = -(found * hot).sum() / len(y) + 0.5 * penalty @ x[1:]
            return float(value), np.concatenate([[slope], off.mean(axis=0) + penalty])

        best = minimize(loss, np.zeros(1 + k), jac=True, method="L-BFGS-B").x
        self.temperature_ = float(np.exp(-best[0]))
        self.bias_ = best[1:] - best[1:].mean()
        return self

    def predict_proba(self, p: Sequence[Sequence[float]]) -> np.ndarray:
        """Return calibrated probabilities, shape (n, k)."""
        from scipy.special import softmax

        if not hasattr(self, "bias_"):
            raise ValueError("fit must be called before predict_proba")
        p = probability_rows("p", p)
        if p.shape[1] != len(self.bias_):
            raise ValueError(f"p must have {len(self.bias_)} columns, got {p.shape[1]}")
        return softmax(_logs(p) / self.temperature_ + self.bias_, axis=1)


def _logs(p: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(p, 1e-12))
