"""One label out of many: the vote of the majority, and Dawid and Skene's weighing of annotators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mlsdlib.labelling._votes import Votes, read_votes

TINY = 1e-300
"""Stands for a probability of zero in logarithms."""


def majority_vote(
    items: Sequence, labels: Sequence, *, rng: np.random.Generator | int | None = None
) -> object:
    """Return the most frequent label of each item, as a Series indexed by the sorted items.

    Parameters
    ----------
    items, labels : sequences of shape (n,)
        One row per label given. A missing label (None or NaN) is left out.
    rng : numpy Generator, int or None
        Breaks ties: each of the most frequent labels is equally likely.

    Raises
    ------
    TypeError, ValueError
        If the columns differ in length, items hold nulls, or an item has no label at all.

    Examples
    --------
    >>> majority_vote(["a", "a", "a", "b"], ["x", "y", "y", "x"], rng=0).to_dict()
    {'a': 'y', 'b': 'x'}
    """
    import pandas as pd

    votes = read_votes(items, None, labels)
    counts = _counts(votes)
    # A number below 1 on top of whole counts decides ties and nothing else.
    counts += np.random.default_rng(rng).random(counts.shape)
    return pd.Series(votes.classes[counts.argmax(axis=1)], index=votes.items, name="label")


class DawidSkene:
    """Labels and annotators judged together, by expectation maximisation.

    Each annotator has a confusion matrix, P(label given | true label), and given the truth the
    annotators err independently. The labels of an annotator who is usually right then weigh more,
    and a systematic error is turned round. It begins with the shares of the votes.

    Parameters
    ----------
    classes : sequence, optional
        All possible labels, in the order wanted; by default those that occur, sorted.
    max_iter : int
        Most rounds, at least 1.
    tol : float
        Ends when a round moves the log likelihood by less than `tol` a vote.
    smoothing : float
        Labels added to every row of each annotator's confusion matrix, at least 0, in the shares
        of the whole crowd. With few labels an annotator, 0 takes chance for skill; with about 5,
        who gave few labels is judged mostly as the crowd is.

    Attributes
    ----------
    items_, annotators_, classes_ : arrays
        What the axes of the following arrays stand for, sorted.
    posterior_ : array of shape (n_items, n_classes)
        P(true label | votes).
    prior_ : array of shape (n_classes,)
        P(true label).
    confusion_ : array of shape (n_annotators, n_classes, n_classes)
        P(label given | true label), true labels in rows. A row of which nothing is known is
        uniform.
    log_likelihood_ : float
        Log likelihood of the votes (and of the gold labels) at the last round's estimates.
    history_ : array
        The log likelihood of each round. Without smoothing it never falls.

    References
    ----------
    Dawid & Skene (1979), *Maximum likelihood estimation of observer error-rates using the EM
    algorithm*.

    Examples
    --------
    >>> items = [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    >>> who = ["ann", "bob", "eve"] * 4
    >>> given = ["y", "y", "n", "n", "n", "y", "y", "y", "n", "y", "n", "n"]
    >>> model = DawidSkene().fit(items, who, given)
    >>> model.predict().to_dict()  # Eve always says the contrary of Ann
    {1: 'y', 2: 'n', 3: 'y', 4: 'y'}
    """

    def __init__(
        self,
        *,
        classes: Sequence | None = None,
        max_iter: int = 100,
        tol: float = 1e-5,
        smoothing: float = 0.0,
    ) -> None:
        if isinstance(max_iter, bool) or not isinstance(max_iter, (int, np.integer)):
            raise TypeError(f"max_iter must be a whole number, got {max_iter!r}")
        if max_iter < 1:
            raise ValueError(f"max_iter must be at least 1, got {max_iter}")
        for name, number in (("tol", tol), ("smoothing", smoothing)):
            if isinstance(number, bool) or not isinstance(number, (int, float, np.number)):
                raise TypeError(f"{name} must be a number, got {number!r}")
            if not 0 <= number < np.inf:
                raise ValueError(f"{name} must be at least 0 and finite, got {number}")
        self.classes, self.max_iter, self.tol, self.smoothing = classes, max_iter, tol, smoothing

    def fit(
        self,
        items: Sequence,
        annotators: Sequence,
        labels: Sequence,
        *,
        gold: Mapping | None = None,
    ) -> DawidSkene:
        """Estimate true labels, their frequencies and the annotators' confusions; return itself.

        Parameters
        ----------
        items, annotators, labels : sequences of shape (n,)
            One row per label given; an annotator may label an item several times. A missing label
            (None or NaN) is left out.
        gold : mapping, optional
            Items whose true label is known: ``{item: label}``.

        Raises
        ------
        TypeError, ValueError
            If the columns differ in length, items or annotators hold nulls, an item has no label,
            a label is not among the classes, or a gold item or label is unknown.
        """
        from scipy import sparse

        votes = read_votes(items, annotators, labels, self.classes)
        shares = _counts(votes)
        shares /= shares.sum(axis=1, keepdims=True)
        known = self._known(votes, gold)
        k, width = len(votes.classes), len(votes.annotators) * len(votes.classes)
        cell = votes.annotator * k + votes.label
        given = sparse.csr_matrix(
            (np.ones(len(cell)), (votes.item, cell)), shape=(len(votes.items), width)
        )
        turned = given.T.tocsr()
        # Classes stand in rows: numpy reduces a few long rows much faster than many short ones.
        known, posterior, history = known.T, np.where(known, shares, 0.0).T, []
        posterior = np.where(posterior.sum(axis=0) == 0, known, posterior)
        posterior /= posterior.sum(axis=0)
        for _ in range(self.max_iter):
            prior = posterior.mean(axis=1)
            confusion = self._confusion(turned @ np.ascontiguousarray(posterior.T), k)
            logs = np.log(np.maximum(confusion, TINY)).reshape(width, k)
            joint = np.ascontiguousarray((given @ logs).T)
            joint += np.log(np.maximum(prior, TINY))[:, None]
            if gold is not None:
                joint[~known] = -np.inf
            top = joint.max(axis=0)
            posterior = np.exp(joint - top)
            total = posterior.sum(axis=0)
            posterior /= total
            history.append(float((np.log(total) + top).sum()))
            if len(history) > 1 and abs(history[-1] - history[-2]) < self.tol * len(cell):
                break
        self.items_, self.annotators_, self.classes_ = votes.items, votes.annotators, votes.classes
        self.posterior_, self.prior_ = posterior.T.copy(), prior
        self.confusion_ = confusion.transpose(0, 2, 1).copy()
        self.history_, self.log_likelihood_ = np.array(history), history[-1]
        return self

    def predict(self) -> object:
        """Return the most probable label of each item, as a Series indexed by the items.

        Of equally probable labels it is the first of the classes.

        Raises
        ------
        AttributeError
            Before `fit`.
        """
        import pandas as pd

        if not hasattr(self, "posterior_"):
            raise AttributeError("DawidSkene must be fitted before predict: call fit first")
        best = self.classes_[self.posterior_.argmax(axis=1)]
        return pd.Series(best, index=self.items_, name="label")

    def _confusion(self, counts: np.ndarray, k: int) -> np.ndarray:
        """Return P(label given | true label), shape (annotators, given, true), from its counts."""
        counts = counts.reshape(-1, k, k)
        if self.smoothing:
            crowd = counts.sum(axis=0)
            total = crowd.sum(axis=0)
            crowd = np.divide(crowd, total, out=np.full_like(crowd, 1 / k), where=total > 0)
            counts = counts + self.smoothing * crowd
        total = counts.sum(axis=1, keepdims=True)
        return np.divide(counts, total, out=np.full_like(counts, 1 / k), where=total > 0)

    def _known(self, votes: Votes, gold: Mapping | None) -> np.ndarray:
        """Return which true labels are possible for each item, shape (n_items, n_classes)."""
        known = np.ones((len(votes.items), len(votes.classes)), bool)
        if gold is None:
            return known
        if not isinstance(gold, Mapping):
            raise TypeError(f"gold must map items to labels, got {type(gold).__name__}")
        rows = {item: i for i, item in enumerate(votes.items.tolist())}
        columns = {label: j for j, label in enumerate(votes.classes.tolist())}
        for item, label in gold.items():
            if item not in rows:
                raise ValueError(f"gold must be about the items, got {item!r}")
            if label not in columns:
                raise ValueError(f"gold must hold labels among the classes, got {label!r}")
            known[rows[item]] = False
            known[rows[item], columns[label]] = True
        return known


def _counts(votes: Votes) -> np.ndarray:
    """Return how often each label was given to each item, shape (n_items, n_classes)."""
    n, k = len(votes.items), len(votes.classes)
    counts = np.bincount(votes.item * k + votes.label, minlength=n * k).reshape(n, k)
    without = np.flatnonzero(counts.sum(axis=1) == 0)
    if len(without):
        raise ValueError(f"labels must hold a label for every item, got none for "
                         f"{votes.items[without].tolist()[0]!r}")  # fmt: skip
    return counts.astype(float)
