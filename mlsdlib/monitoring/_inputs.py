"""Checks of arguments that several parts share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")


def metric_name(name: str) -> str:
    """Return a metric's name, if Prometheus takes it."""
    if not isinstance(name, str):
        raise TypeError(f"name must be a text, got {name!r}")
    if not _NAME.fullmatch(name):
        raise ValueError(f"name must be of letters, digits, _ and :, no digit first, got {name!r}")
    return name


def label_names(labels: Sequence[str], *, taken: str = "") -> tuple[str, ...]:
    """Return the names of labels, if Prometheus takes them."""
    if isinstance(labels, str):
        raise TypeError(f"labels must be a sequence of names, got the text {labels!r}")
    for label in labels:
        if not isinstance(label, str) or not _LABEL.fullmatch(label) or label == taken:
            raise ValueError(f"labels must be of letters, digits and _, got {label!r}")
    if len(set(labels)) < len(labels):
        raise ValueError(f"labels must differ from each other, got {list(labels)}")
    return tuple(labels)


def label_values(names: tuple[str, ...], given: Mapping[str, object]) -> tuple[str, ...]:
    """Return the values of a metric's labels as text, in the order of their names."""
    if given.keys() != set(names):
        raise ValueError(f"labels must be {list(names)}, got {list(given)}")
    return tuple(str(given[name]) for name in names)


def number(name: str, value: object, *, at_least: float = -math.inf) -> float:
    """Return a number that is not NaN, at least so large."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if math.isnan(value):
        raise ValueError(f"{name} must not be NaN")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least:g}, got {value:g}")
    return float(value)


def seconds(name: str, value: object) -> float:
    """Return a finite number of seconds, at least 0."""
    found = number(name, value, at_least=0)
    if math.isinf(found):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return found
