"""What a flow of messages is judged by: who gets a copy, in what order, and how often at all."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def deliver(bindings: Mapping[str, str | tuple[str, str]], subject: str) -> list[list[str]]:
    """Return who gets a message: a list of lists of subscribers, one of each list gets a copy.

    A plain subscriber stands alone, as it gets every message of its pattern (publish and
    subscribe). The members of a queue group stand together, as the broker picks one of them (a
    message queue). Both are patterns of delivery, and one broker has both.

    Parameters
    ----------
    bindings : mapping
        Name of each subscriber to the pattern that it listens to, or to the pair (pattern, group).
        In a pattern ``*`` stands for one token of the subject and a final ``>`` for one or more;
        tokens are what dots separate.
    subject : str
        What the message is published to, without wildcards.

    Raises
    ------
    TypeError
        If a name, pattern, group or the subject is not a string.
    ValueError
        If a pattern or the subject has an empty token or a blank, ``>`` is not last, the subject
        has a wildcard, or a group is empty.

    References
    ----------
    https://docs.nats.io/nats-concepts/subjects

    Examples
    --------
    >>> bindings = {"audit": "orders.>", "mail": "orders.*.paid", "a": ("orders.>", "packers"),
    ...             "b": ("orders.>", "packers")}
    >>> deliver(bindings, "orders.uk.paid")
    [['audit'], ['mail'], ['a', 'b']]
    >>> deliver(bindings, "orders.uk"), deliver(bindings, "returns")
    ([['audit'], ['a', 'b']], [])
    """
    tokens = _tokens("subject", subject)
    if {"*", ">"} & set(tokens):
        raise ValueError(f"subject must have no wildcard, got {subject!r}")
    copies: dict[tuple[str, str], list[str]] = {}
    for name, binding in bindings.items():
        pattern, group = (binding, None) if isinstance(binding, str) else binding
        if group is not None:
            _tokens("group", group)
        if _matches(_tokens("pattern", pattern), tokens):
            copies.setdefault(("", name) if group is None else ("group", group), []).append(name)
    return list(copies.values())


def _tokens(argument: str, text: str) -> list[str]:
    if not isinstance(text, str):
        raise TypeError(f"{argument} must be a string, got {text!r}")
    tokens = text.split(".")
    if not all(tokens) or any(character.isspace() for character in text):
        raise ValueError(f"{argument} must be tokens separated by dots, got {text!r}")
    if ">" in tokens[:-1]:
        raise ValueError(f"{argument} must have '>' as its last token only, got {text!r}")
    return tokens


def _matches(pattern: list[str], tokens: list[str]) -> bool:
    if pattern[-1] == ">":
        pattern = pattern[:-1]
        if len(tokens) <= len(pattern):
            return False
        tokens = tokens[: len(pattern)]
    return len(pattern) == len(tokens) and all(
        p in ("*", t) for p, t in zip(pattern, tokens, strict=True)
    )


def order_violations(
    sequence: Sequence[int], *, key: Sequence[Hashable] | None = None
) -> pd.DataFrame:
    """Return how far a log of processed messages is from in order and once, for each key.

    Parameters
    ----------
    sequence : array of int of shape (n,)
        Numbers that the producer gave the messages, in the order of processing.
    key : array of shape (n,), optional
        What each message is about. The numbers of a key count for themselves: a broker at best
        keeps the order within a key.

    Returns
    -------
    DataFrame
        Indexed by key (0 without `key`), in order of first appearance, with the columns
        "processed"; "duplicates", messages whose number had come before; "late", others that came
        after a larger number; "missing", numbers between the smallest and the largest that never
        came, which is a count of losses if the producer numbers each key without gaps.

    Raises
    ------
    ValueError
        If `sequence` is not one column of whole numbers, or `key` has another length.

    Examples
    --------
    >>> order_violations([1, 2, 4, 3, 2, 6])
       processed  duplicates  late  missing
    0          6           1     1        1
    >>> order_violations([1, 1, 2, 2], key=["a", "b", "b", "a"])["late"].to_dict()
    {'a': 0, 'b': 0}
    """
    import numpy as np
    import pandas as pd

    numbers = np.asarray(sequence)
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
        raise ValueError(
            "sequence must be one column of whole numbers, got shape "
            f"{numbers.shape} and dtype {numbers.dtype}"
        )
    if key is not None and len(key) != len(numbers):
        raise ValueError(f"key must have {len(numbers)} values, got {len(key)}")
    keys = pd.Series(0 if key is None else list(key), index=range(len(numbers)), dtype=object)
    log = pd.DataFrame({"key": keys, "number": numbers.astype("int64")}, index=range(len(numbers)))
    groups = log.groupby("key", sort=False, dropna=False)
    before = groups["number"].cummax().groupby(log["key"], sort=False, dropna=False).shift()
    log["duplicates"] = log.duplicated(["key", "number"])
    log["late"] = ~log["duplicates"] & (before > log["number"])
    groups = log.groupby("key", sort=False, dropna=False)
    span = groups["number"].max() - groups["number"].min() + 1
    result = groups[["duplicates", "late"]].sum().astype("int64")
    result.insert(0, "processed", groups.size())
    return result.assign(missing=span - groups["number"].nunique()).rename_axis(None)


def chain_availability(chain: Sequence[float | Sequence[float]], *, retries: int = 0) -> float:
    """Return how likely a request is answered that needs an answer of every service of a chain.

    Parameters
    ----------
    chain : sequence of floats, or of sequences of floats
        Availability of each service in turn, from 0 to 1. A sequence in place of a number is a
        parallel branch: copies of a service of which one suffices. An empty chain needs nothing.
    retries : int
        How often a call that failed is repeated, at least 0: each call by itself, as by a caller
        who asks the services one after another.

    Returns
    -------
    float
        The product over the chain of ``1 - (1 - a)**(retries + 1)``, where a parallel branch has
        ``a = 1 - (1 - a1)(1 - a2)…``. It takes failures to be independent, of each other and from
        one attempt to the next: right for a lost packet, wrong for a service that is down, which
        no retry brings back.

    Raises
    ------
    TypeError
        If an availability is no number or `retries` no whole number.
    ValueError
        If an availability is not within 0 and 1, a branch is empty or `retries` negative.

    Examples
    --------
    >>> chain_availability([0.99] * 5)
    0.9509900498999999
    >>> chain_availability([0.9, [0.9, 0.9]]), chain_availability([0.9, 0.9], retries=1)
    (0.891, 0.9801)
    """
    if isinstance(retries, bool) or not hasattr(retries, "__index__"):
        raise TypeError(f"retries must be a whole number, got {retries!r}")
    if retries < 0:
        raise ValueError(f"retries must be at least 0, got {retries}")
    answered = 1.0
    for link in chain:
        branch = list(link) if hasattr(link, "__iter__") and not isinstance(link, str) else [link]
        if not branch:
            raise ValueError("chain must have no empty branch, got one")
        failed = 1.0
        for availability in branch:
            failed *= 1.0 - _probability(availability)
        answered *= 1.0 - failed ** (retries + 1)
    return answered


def _probability(availability: object) -> float:
    import numbers

    if isinstance(availability, bool) or not isinstance(availability, numbers.Real):
        raise TypeError(f"chain must hold numbers, got {availability!r}")
    if not 0 <= availability <= 1:
        raise ValueError(f"chain must hold availabilities from 0 to 1, got {availability!r}")
    return float(availability)
