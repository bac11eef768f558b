"""A label model: from the votes of labelling functions to probabilities of the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsdlib.estimate import Estimate, paired_t
from mlsdlib.labelling._inputs import ABSTAIN, check_amount, check_count, check_gold, check_votes

METHODS = ("em", "triplet", "vote")
ERRORS = ("equal", "by_class")
START = 0.7  # the accuracy of every function before any data: better than a guess
EDGE = 1e-9  # no probability is taken to be smaller


class LabelModel:
    """Probabilities of the classes, given what labelling functions voted.

    The model takes the functions to be independent given the true class. Where they copy each
    other, they agree whether right or wrong, and the model believes them.

    Parameters
    ----------
    n_classes : int
        At least 2.
    method : str
        ``"em"`` finds the errors that make the votes most likely, by expectation-maximisation
        (Dawid & Skene 1979). ``"triplet"`` computes accuracies from the agreement of pairs, in
        closed form (Fu et al. 2020); for two classes and at least three functions. ``"vote"`` is
        the baseline: all functions are equally good, so the majority decides.
    errors : str
        For ``"em"``, what it learns of a function. ``"by_class"``: how often it votes for what,
        and how often it abstains, in each class. Needed where a function votes for one class only.
        ``"equal"``: one accuracy, whatever the class, and abstaining says nothing; the other two
        methods always assume this.
    balance : None, "estimate" or array of shape (n_classes,)
        Probabilities of the classes: equal, found by EM, or given. Give them where one class is
        rare, else the model looks for classes of the same size.
    smoothing : float
        Rows that the EM adds to each count, at least 0: keeps probabilities from 0 and 1.
    max_iter : int
        Most rounds of the EM, at least 1.
    tol : float
        The EM stops once no probability moves by more, at least 0.

    Attributes
    ----------
    accuracy_ : array of shape (m,)
        Probability that a vote of the function is right (``"vote"``: the same for all).
    confusion_ : array of shape (m, n_classes, n_classes)
        Probability of a vote, given the true class (second axis) and that the function votes.
    coverage_ : array of shape (m, n_classes)
        Probability that the function votes, given the true class.
    balance_ : array of shape (n_classes,)
        Probabilities of the classes; what `predict_proba` returns for a row without votes.
    n_iter_ : int
        Rounds of the EM, 0 for the other methods.
    log_likelihood_ : float
        Of the votes and abstentions. Without smoothing, no round of the EM lowers it.
    disagreement_ : float
        Share of the rows with a vote on which the model and the majority vote decide otherwise.
        Without gold labels this is all that can be said: the gain lies between plus and minus it.
    gain_ : Estimate or None
        Accuracy minus that of the majority vote, on the rows that have a vote and a gold label;
        None where `fit` got fewer than two of those. Ties count as guesses.

    Raises
    ------
    TypeError, ValueError
        If an option is not what it must be.

    References
    ----------
    Ratner et al. (2017), *Snorkel*; Ratner et al. (2019), *Training complex models with multi-task
    weak supervision*; Fu et al. (2020), *Fast and three-rious*.

    Examples
    --------
    Three good functions and two that guess; nobody tells the model which:

    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(2, size=4_000)
    >>> right = rng.random((4_000, 5)) < [0.9, 0.85, 0.8, 0.55, 0.5]
    >>> votes = np.where(right, y[:, None], 1 - y[:, None])
    >>> model = LabelModel().fit(votes, y)
    >>> model.accuracy_.round(1).tolist(), model.gain_.low > 0
    ([0.9, 0.8, 0.8, 0.6, 0.5], True)
    >>> model.predict([[1, 1, 0, -1, -1], [-1, -1, -1, -1, -1]]).tolist()
    [1, -1]
    """

    def __init__(
        self,
        n_classes: int = 2,
        *,
        method: str = "em",
        errors: str = "by_class",
        balance: Sequence[float] | str | None = None,
        smoothing: float = 1.0,
        max_iter: int = 200,
        tol: float = 1e-6,
    ) -> None:
        self.n_classes = check_count("n_classes", n_classes, least=2, most=127)
        for name, value, allowed in (("method", method, METHODS), ("errors", errors, ERRORS)):
            if value not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
        if method == "triplet" and n_classes != 2:
            raise ValueError(f"n_classes must be 2 for triplets, got {n_classes}")
        if method != "em" and isinstance(balance, str):
            raise ValueError(f"balance='estimate' needs method='em', got {method!r}")
        self.method, self.errors = method, errors
        self._balance, self._estimate = _balance(balance, self.n_classes)
        self.smoothing, self.tol = check_amount("smoothing", smoothing), check_amount("tol", tol)
        self.max_iter = check_count("max_iter", max_iter, least=1)

    def fit(self, votes: np.ndarray, y: Sequence[int] | None = None) -> LabelModel:
        """Find the accuracies of the functions, and return self.

        Parameters
        ----------
        votes : array of shape (n, m)
            As `apply_lfs` returns it: classes from 0, and -1 to abstain.
        y : array of shape (n,), optional
            Gold labels, -1 where unknown. They do not enter the model: they tell what it gains
            over the majority vote, `gain_`.

        Raises
        ------
        TypeError, ValueError
            If the votes or labels are no classes, all functions abstain everywhere, or there are
            fewer than three functions for triplets.
        """
        votes = check_votes(votes, self.n_classes)
        if (votes == ABSTAIN).all():
            raise ValueError("votes must hold a vote, got abstentions only")
        k, m = self.n_classes, votes.shape[1]
        self.balance_, self.n_iter_ = self._balance.copy(), 0
        self.coverage_ = np.repeat((votes != ABSTAIN).mean(axis=0)[:, None], k, axis=1)
        start = _triplets(votes) if self.method == "triplet" else np.full(m, START)
        self.confusion_ = _equal_errors(start, k)
        if self.method == "em":
            self._run_em(_one_hot(votes, k))
        joint = self.confusion_ * (self.coverage_ * self.balance_)[:, :, None]
        self.accuracy_ = _share(np.trace(joint, axis1=1, axis2=2), joint.sum(axis=(1, 2)), 1 / k)
        self._compare(votes, y)
        return self

    def predict_proba(self, votes: np.ndarray) -> np.ndarray:
        """Return the probability of each class; `balance_` where all functions abstain.

        Parameters
        ----------
        votes : array of shape (n, m)

        Returns
        -------
        proba : array of shape (n, n_classes)

        Raises
        ------
        RuntimeError
            If the model is not fitted.
        TypeError, ValueError
            If the votes are no classes, or of another number of functions.
        """
        if not hasattr(self, "confusion_"):
            raise RuntimeError("the model is not fitted: call fit(votes) first")
        votes = check_votes(votes, self.n_classes)
        if votes.shape[1] != len(self.confusion_):
            m = len(self.confusion_)
            raise ValueError(f"votes must have {m} columns, got {votes.shape[1]}")
        return self._posterior(votes)[0]

    def predict(self, votes: np.ndarray) -> np.ndarray:
        """Return the most probable class; -1 for a tie or where all functions abstain.

        Parameters
        ----------
        votes : array of shape (n, m)
        """
        proba = self.predict_proba(votes)
        chosen = proba.argmax(axis=1)
        none = (np.asarray(votes) == ABSTAIN).all(axis=1)
        return np.where(none | (_best(proba).sum(axis=1) > 1), ABSTAIN, chosen)

    def _run_em(self, cast: np.ndarray) -> None:
        k, more = self.n_classes, self.smoothing
        m = cast.shape[1] // (k + 1)
        abstains = cast.reshape(len(cast), m, k + 1)[:, :, 0].any(axis=0)
        for rounds in range(1, self.max_iter + 1):
            posterior, _ = self._e_step(cast)
            counts = (posterior.T @ cast).reshape(k, m, k + 1).transpose(1, 0, 2)
            votes, silent = counts[:, :, 1:] + more, counts[:, :, 0] + more * abstains[:, None]
            before = self.confusion_, self.coverage_
            if self.errors == "equal":  # one share of right votes, over all classes
                right = np.trace(votes, axis1=1, axis2=2) - (k - 1) * more
                total = votes.sum(axis=(1, 2)) - k * (k - 1) * more
                self.confusion_ = _equal_errors(_share(right, total, 1 / k), k)
            else:
                cast_in = votes.sum(axis=2)
                self.coverage_ = _share(cast_in, cast_in + silent, 0.5)
                self.confusion_ = _share(votes, cast_in[:, :, None], 1 / k)
            if self._estimate:
                self.balance_ = (posterior.sum(axis=0) + more) / (len(cast) + k * more)
            moved = [
                np.abs(new - old).max()
                for new, old in zip((self.confusion_, self.coverage_), before, strict=True)
            ]
            self.n_iter_ = rounds
            if max(moved) <= self.tol:
                break

    def _posterior(self, votes: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the probabilities of the classes, and the log-likelihood of the votes."""
        proba, likelihood = self._e_step(_one_hot(votes, self.n_classes))
        proba[(votes == ABSTAIN).all(axis=1)] = self.balance_
        return proba, likelihood

    def _e_step(self, cast: np.ndarray) -> tuple[np.ndarray, float]:
        vote = self.confusion_ * self.coverage_[:, :, None]
        outcome = np.concatenate([1 - self.coverage_[:, :, None], vote], axis=2)
        weight = np.log(np.maximum(outcome, EDGE)).transpose(0, 2, 1).reshape(-1, self.n_classes)
        logits = cast @ weight + np.log(self.balance_)
        top = logits.max(axis=1, keepdims=True)
        proba = np.exp(logits - top)
        total = proba.sum(axis=1, keepdims=True)
        return proba / total, float((top + np.log(total)).sum())

    def _compare(self, votes: np.ndarray, y: Sequence[int] | None) -> None:
        """Set what the model changes against the majority vote."""
        proba, self.log_likelihood_ = self._posterior(votes)
        count = (votes[:, :, None] == np.arange(self.n_classes)).sum(axis=1)
        voted = count.sum(axis=1) > 0
        ours, theirs = _best(proba), _best(count)
        self.disagreement_ = float((ours != theirs).any(axis=1)[voted].mean())
        self.gain_: Estimate | None = None
        if y is None:
            return
        y = check_gold(y, len(votes), self.n_classes)
        rows = np.flatnonzero(voted & (y != ABSTAIN))
        if len(rows) >= 2:
            credit = [(b / b.sum(axis=1, keepdims=True))[rows, y[rows]] for b in (ours, theirs)]
            self.gain_ = paired_t(*credit)


def _balance(balance: Sequence[float] | str | None, k: int) -> tuple[np.ndarray, bool]:
    """Return the balance to start from, and whether EM is to estimate it."""
    if balance is None or isinstance(balance, str):
        if balance not in (None, "estimate"):
            raise ValueError(f"balance must be None, 'estimate' or {k} numbers, got {balance!r}")
        return np.full(k, 1 / k), balance is not None
    try:
        given = np.asarray(balance, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"balance must hold {k} numbers, got {balance!r}") from None
    if given.shape != (k,) or not (given > 0).all() or abs(given.sum() - 1) > 1e-6:
        raise ValueError(f"balance must hold {k} positive numbers that add up to 1, got {balance}")
    return given / given.sum(), False


def _one_hot(votes: np.ndarray, k: int) -> np.ndarray:
    """Return (n, m * (k + 1)): for each function whether it abstained or voted 0, 1 and so on."""
    return (votes[:, :, None] == np.arange(ABSTAIN, k)).reshape(len(votes), -1).astype(float)


def _equal_errors(accuracy: np.ndarray, k: int) -> np.ndarray:
    accuracy = np.clip(accuracy, EDGE, 1 - EDGE)[:, None, None]
    return np.where(np.eye(k, dtype=bool), accuracy, (1 - accuracy) / (k - 1))


def _share(part: np.ndarray, whole: np.ndarray, empty: float) -> np.ndarray:
    """Return part / whole, and `empty` where there is nothing to divide."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), empty)


def _best(score: np.ndarray) -> np.ndarray:
    """Return which classes have the greatest score, all of them if tied, up to rounding."""
    return score >= score.max(axis=1, keepdims=True) - 1e-9


def _triplets(votes: np.ndarray) -> np.ndarray:
    """Return the accuracies that explain the agreement of the pairs.

    With a vote as -1 or +1 and a = 2 accuracy - 1, two independent functions agree on average to
    M_ij = a_i a_j, so a_i^2 M_jk = M_ij M_ik for any two others: a_i^2 is the least-squares
    solution over all of them. The sign says whether a function agrees with the rest on balance.
    """
    m = votes.shape[1]
    if m < 3:
        raise ValueError(f"votes must have at least 3 columns for triplets, got {m}")
    signed = np.where(votes == ABSTAIN, 0, 2 * votes.astype(float) - 1)
    both = np.abs(signed).T @ np.abs(signed)
    known = (both > 0) & ~np.eye(m, dtype=bool)
    agree = np.where(known, signed.T @ signed / np.maximum(both, 1), 0)
    top = np.einsum("ij,jk,ik->i", agree, agree, agree)
    bottom = np.einsum("ij,jk,ik->i", known * 1.0, agree**2, known * 1.0)
    square = np.clip(_share(top, bottom, 0), 0, 1)
    return (1 + np.sign(agree.sum(axis=1)) * np.sqrt(square)) / 2
