"""What another policy would have earned, from the log of the one that ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlsdlib.checks import check_lengths, real
from mlsdlib.estimate import Estimate, t_interval


def propensity_weights(
    pi_b: Sequence[float], pi_e: Sequence[float], *, clip: float | None = None
) -> np.ndarray:
    """Return how often each logged row stands for one of the new policy: pi_e / pi_b.

    Their mean is near 1 if the log covers what the new policy does. A mean well below 1 says that
    part of it was never tried, and no estimate from this log can know about it. How many rows they
    are worth says `mlsdlib.sampling.effective_sample_size`.

    Parameters
    ----------
    pi_b : array of shape (n,)
        Probability with which the logging policy chose the action that it did choose, in (0, 1]:
        noted when it chose, not guessed afterwards.
    pi_e : array of shape (n,)
        Probability with which the new policy would choose that action there, 0 to 1.
    clip : float, optional
        The largest weight, positive. It trades variance for bias, towards 0 for positive rewards.

    Raises
    ------
    TypeError, ValueError
        If the arguments are not such numbers; if a logged action had the probability 0.

    Examples
    --------
    >>> propensity_weights([0.25, 0.25, 0.25, 0.25], [0.1, 0.4, 0.5, 0.5])
    array([0.4, 1.6, 2. , 2. ])
    """
    behaviour, target = _vector("pi_b", pi_b), _vector("pi_e", pi_e)
    check_lengths(pi_b=behaviour, pi_e=target)
    _probabilities("pi_b", behaviour)
    _probabilities("pi_e", target)
    if not behaviour.all():
        row = int(np.flatnonzero(behaviour == 0)[0])
        raise ValueError(f"pi_b must be positive, got 0 in row {row}: what was logged was possible")
    weights = target / behaviour
    if clip is None:
        return weights
    if real("clip", clip, 0) == 0:
        raise ValueError("clip must be positive, got 0")
    return np.minimum(weights, clip)


def ips(
    reward: Sequence[float],
    pi_b: Sequence[float],
    pi_e: Sequence[float],
    *,
    clip: float | None = None,
    level: float = 0.95,
) -> Estimate:
    """Return the new policy's mean reward by inverse propensity scoring: mean(w r).

    Right on average if the log covers all that the new policy does and nothing is clipped. Its
    variance grows with the weights, and with the level of the rewards: adding 5 to all of them
    adds noise, which `snips` does not.

    Parameters
    ----------
    reward : array of shape (n,), n >= 2
        What each logged action earned.
    pi_b, pi_e, clip
        As in `propensity_weights`.
    level : float
        Confidence level of the interval, which is Student's t over rows. It trusts the weights it
        sees: where large ones are rare it is too narrow.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above; if the new policy takes none of the logged
        actions.

    References
    ----------
    Horvitz & Thompson (1952).

    Examples
    --------
    >>> ips([1, 0, 1, 1], [0.25] * 4, [0.1, 0.4, 0.5, 0.5]).value
    1.1
    """
    r, w = _log(reward, pi_b, pi_e, clip)
    return replace(t_interval(w * r, level=level), method="IPS")


def snips(
    reward: Sequence[float],
    pi_b: Sequence[float],
    pi_e: Sequence[float],
    *,
    clip: float | None = None,
    level: float = 0.95,
) -> Estimate:
    """Return the new policy's mean reward, self-normalised: sum(w r) / sum(w).

    A weighted mean of the rewards: it never leaves their range, as `ips` may, and adding a constant
    to all rewards adds it to the estimate. The price is a bias of the order 1 / n.

    Parameters
    ----------
    reward, pi_b, pi_e, clip, level
        As in `ips`.

    Notes
    -----
    The interval is that of the delta method: the weights vary with the rewards, and the variance of
    the ratio is that of ``w (r - estimate)`` over the squared mean weight. Taking the denominator
    as fixed instead would give an interval several times too wide.

    References
    ----------
    Swaminathan & Joachims (2015), *The self-normalized estimator for counterfactual learning*.
    Owen (2013), *Monte Carlo theory, methods and examples*, section 9.2.

    Examples
    --------
    >>> round(snips([1, 0, 1, 1], [0.25] * 4, [0.1, 0.4, 0.5, 0.5]).value, 6)
    0.733333
    """
    r, w = _log(reward, pi_b, pi_e, clip)
    value = float(w @ r / w.sum())
    around = t_interval(w * (r - value) / w.mean(), level=level)  # its mean is 0
    half = (around.high - around.low) / 2
    return Estimate(value, value - half, value + half, "SNIPS", len(r), "", level)


def direct_method(
    pi_e: Sequence[Sequence[float]], q: Sequence[Sequence[float]], *, level: float = 0.95
) -> Estimate:
    """Return the new policy's mean reward as a model of rewards sees it: mean of Σₐ pi_e(a) q(a).

    No weights, so little variance; and whatever is wrong with the model is wrong with the answer.
    The interval covers which contexts were drawn, not the model.

    Parameters
    ----------
    pi_e : array of shape (n, n_arms)
        Probability of each action in each row under the new policy; rows sum to 1.
    q : array of shape (n, n_arms)
        Predicted reward of each action in each row. Learn it on other rows.
    level : float
        As in `ips`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Examples
    --------
    >>> direct_method([[0.5, 0.5], [0.0, 1.0]], [[1.0, 0.0], [0.2, 0.7]]).value
    0.6
    """
    return replace(t_interval((_policy(pi_e) * _model(q, pi_e)).sum(axis=1), level=level),
                   method="direct method")  # fmt: skip


def doubly_robust(
    reward: Sequence[float],
    pi_b: Sequence[float],
    pi_e: Sequence[float] | Sequence[Sequence[float]],
    q: Sequence[Sequence[float]] | None = None,
    *,
    action: Sequence[int] | None = None,
    clip: float | None = None,
    level: float = 0.95,
) -> Estimate:
    """Return the new policy's mean reward: the model's answer, corrected where the log disagrees.

    Each row gives ``Σₐ pi_e(a) q(a) + w (r - q(action))``. Right on average if the propensities are
    right (whatever the model) or the model is right (whatever the propensities).

    Parameters
    ----------
    reward, pi_b, clip, level
        As in `ips`.
    pi_e : array of shape (n, n_arms), or (n,) without a model
        Probability of each action in each row under the new policy; rows sum to 1.
    q : array of shape (n, n_arms), optional
        Predicted reward of each action in each row, learnt on other rows: a model that has seen the
        row hides what it got wrong. Without it q is 0, and this is `ips`.
    action : integer array of shape (n,)
        The logged action of each row; needed where `pi_e` has all actions.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    References
    ----------
    Dudík, Erhan, Langford & Li (2014), *Doubly robust policy evaluation and optimization*.

    Examples
    --------
    >>> pi_e, q = [[0.0, 1.0], [1.0, 0.0]], [[0.2, 0.6], [0.5, 0.1]]
    >>> doubly_robust([1, 1], [0.5, 0.5], pi_e, q, action=[1, 1]).value  # (0.6 + 2 * 0.4 + 0.5) / 2
    0.95
    """
    if action is None:
        if q is not None or np.ndim(pi_e) != 1:
            raise ValueError("action must be given where pi_e or q has a column for each action")
        return replace(ips(reward, pi_b, pi_e, clip=clip, level=level), method="doubly robust")
    policy = _policy(pi_e)
    chosen = _actions(action, policy.shape[1])
    check_lengths(action=chosen, pi_e=policy)
    rows = np.arange(len(policy))
    model = np.zeros_like(policy) if q is None else _model(q, pi_e)
    r, w = _log(reward, pi_b, policy[rows, chosen], clip, needs_overlap=q is None)
    scores = (policy * model).sum(axis=1) + w * (r - model[rows, chosen])
    return replace(t_interval(scores, level=level), method="doubly robust")


def _log(
    reward: object, pi_b: object, pi_e: object, clip: float | None, *, needs_overlap: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rewards and the weights."""
    r, w = _vector("reward", reward), propensity_weights(pi_b, pi_e, clip=clip)
    check_lengths(reward=r, pi_b=w)
    if needs_overlap and not w.any():
        raise ValueError(
            "pi_e must be positive somewhere: the log holds no action that the new policy takes"
        )
    return r, w


def _vector(name: str, x: object) -> np.ndarray:
    return _finite(name, x, 1)


def _finite(name: str, x: object, axes: int) -> np.ndarray:
    """Return finite numbers with so many axes, and at least two rows."""
    if x is None:
        raise TypeError(f"{name} must be given, got None: without it the log tells nothing")
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, none missing; got dtype {array.dtype}")
    if array.ndim != axes:
        kind = "be one-dimensional" if axes == 1 else f"have {axes} axes"
        raise ValueError(f"{name} must {kind}, got shape {array.shape}")
    if len(array) < 2:
        raise ValueError(f"{name} must hold at least 2 rows, got {len(array)}")
    array = array.astype(float)
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise ValueError(f"{name} must hold finite numbers, none missing; row {row} does not")
    return array


def _probabilities(name: str, p: np.ndarray) -> None:
    if p.min() < 0 or p.max() > 1:
        bad = p[(p < 0) | (p > 1)][0]
        raise ValueError(f"{name} must lie between 0 and 1, got {bad:g}")


def _policy(pi_e: object) -> np.ndarray:
    policy = _finite("pi_e", pi_e, 2)
    _probabilities("pi_e", policy)
    total = policy.sum(axis=1)
    if not np.allclose(total, 1, atol=1e-6):
        row = int(np.abs(total - 1).argmax())
        raise ValueError(f"pi_e must sum to 1 in each row, got {total[row]:g} in row {row}")
    return policy


def _model(q: object, pi_e: object) -> np.ndarray:
    model = _finite("q", q, 2)
    if model.shape != np.shape(pi_e):
        raise ValueError(f"q must have the shape of pi_e, {np.shape(pi_e)}, got {model.shape}")
    return model


def _actions(action: object, n_arms: int) -> np.ndarray:
    chosen = np.asarray(action)
    if chosen.dtype.kind not in "iu" or chosen.ndim != 1:
        raise TypeError(
            f"action must be a list of whole numbers, got shape {chosen.shape} of {chosen.dtype}"
        )
    if len(chosen) and (chosen.min() < 0 or chosen.max() >= n_arms):
        bad = chosen[(chosen < 0) | (chosen >= n_arms)][0]
        raise ValueError(f"action must lie between 0 and {n_arms - 1}, got {bad}")
    return chosen
