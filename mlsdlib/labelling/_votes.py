"""Votes, checked and coded: who gave which label to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """One row per label given: the codes of item, annotator and label, and what they stand for."""

    item: np.ndarray
    annotator: np.ndarray
    label: np.ndarray
    items: np.ndarray
    annotators: np.ndarray
    classes: np.ndarray


def read_votes(
    items: Sequence,
    annotators: Sequence | None,
    labels: Sequence,
    classes: Sequence | None = None,
    *,
    sort: bool = True,
) -> Votes:
    """Return the votes; rows whose label is missing are left out.

    Without `annotators` each vote counts as from an annotator of its own. Items and annotators
    stand in sorted order, or as they appear, which is faster.
    """
    labels = column("labels", labels)
    items = column("items", items)
    annotators = np.arange(len(labels)) if annotators is None else column("annotators", annotators)
    if not len(items) == len(annotators) == len(labels):
        raise ValueError(
            "items, annotators and labels must be as long as each other, got "
            f"{len(items)}, {len(annotators)} and {len(labels)}"
        )
    item, items = coded("items", items, sort=sort)
    annotator, annotators = coded("annotators", annotators, sort=sort)
    label, found = coded("labels", labels, missing=True)
    if classes is not None:
        label, found = _recode(label, found, column("classes", classes))
    given = label >= 0
    if not given.any():
        raise ValueError("labels must hold at least one label, got none")
    if not given.all():
        item, annotator, label = item[given], annotator[given], label[given]
    return Votes(item, annotator, label, items, annotators, found)


def column(name: str, values: Sequence) -> np.ndarray:
    """Return one column of values as an array."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise TypeError(f"{name} must be a sequence, got {values!r}")
    array = values if hasattr(values, "dtype") else np.fromiter(values, object, len(values))
    if np.ndim(array) != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {np.shape(array)}")
    return array


def coded(
    name: str, values: np.ndarray, *, missing: bool = False, sort: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return each value's position in the distinct values, -1 if missing, and those."""
    import pandas as pd

    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "i" and len(values):
        numbers = np.asarray(values).astype(np.int64)
        lowest, highest = int(numbers.min()), int(numbers.max())
        if highest - lowest <= 4 * len(numbers):  # a table of the values is faster than hashing
            there = np.bincount(numbers - lowest) > 0
            return (np.cumsum(there) - 1)[numbers - lowest], np.flatnonzero(there) + lowest
    try:
        codes, distinct = pd.factorize(pd.Series(values).infer_objects(), sort=sort)
    except TypeError as error:
        raise TypeError(f"{name} must hold hashable values: {error}") from None
    if not missing and (codes < 0).any():
        raise ValueError(f"{name} must not hold nulls, got {int((codes < 0).sum())}")
    return codes.astype(np.intp), np.asarray(distinct)


def _recode(
    label: np.ndarray, found: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    classes = np.asarray(classes)
    position = {value: k for k, value in enumerate(classes.tolist())}
    if len(position) < len(classes):
        raise ValueError("classes must be different from each other")
    unknown = [value for value in found.tolist() if value not in position]
    if unknown:
        raise ValueError(f"labels must be among the classes, got {unknown[0]!r}")
    new = np.array([position[value] for value in found.tolist()] + [-1], dtype=np.intp)
    return new[label], classes
