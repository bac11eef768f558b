"""What a model card must say, and what one leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real

__all__ = ["card_gaps"]

_PARTS = {
    "model": "which model this is, with its version",
    "owner": "whom to ask or to wake",
    "intended_use": "who decides what with it",
    "out_of_scope": "for what it was not made",
    "data": "on which rows of which time it was tested",
    "overall": "how good it is, how surely, and compared with what",
    "slices": "how good it is for whom",
    "limits": "what it does badly",
    "failing": "what the user gets when it is late, and when it fails",
}
_DATA = ("source", "from", "to", "rows")
_OVERALL = ("metric", "unit", "value", "low", "high", "baseline")


def card_gaps(card: Mapping, *, higher_is_better: bool = False, min_rows: int = 30) -> list[str]:
    """Return what is missing in a model card, one sentence a gap, each beginning with its part.

    A card is a dictionary with the parts ``model``, ``owner``, ``intended_use``, ``out_of_scope``
    (a list), ``data`` (source, from, to, rows), ``overall`` (metric, unit, value, low, high,
    baseline), ``slices`` (name to rows and value; at least two), ``limits`` (a list), and
    ``failing`` (late, error). The limits must name the worst slice, and each that is too small
    to tell. What is looked at is the structure: no check sees whether a sentence is wise.

    Parameters
    ----------
    card : mapping
        The card.
    higher_is_better : bool
        Whether the metric is one such as accuracy; else it is an error.
    min_rows : int
        A slice of fewer rows must be named in the limits.

    References
    ----------
    Mitchell and others (2019), Model cards for model reporting.

    Examples
    --------
    >>> for gap in card_gaps({"model": "ETA 3", "owner": "eta@example.org"})[:2]:
    ...     print(gap)
    intended_use: missing. Say who decides what with it.
    out_of_scope: missing. Say for what it was not made.
    """
    if not isinstance(card, Mapping):
        raise TypeError(f"card must be a dictionary, got {type(card).__name__}")
    gaps = [f"{part}: missing. Say {what}." for part, what in _PARTS.items() if not card.get(part)]
    present = {part: card[part] for part in _PARTS if card.get(part)}
    checks = {
        "model": _text, "owner": _text, "intended_use": _sentence, "out_of_scope": _list,
        "limits": _list, "data": _data, "overall": _overall, "failing": _failing,
        "slices": _slices,
    }  # fmt: skip
    for part, value in present.items():
        gaps += [f"{part}: {gap}" for gap in checks[part](value)]
    if not any(gap.startswith(("slices", "limits")) for gap in gaps):
        gaps += _unnamed(card["slices"], card["limits"], higher_is_better, min_rows)
    return gaps


def _text(value: object) -> list[str]:
    return [] if isinstance(value, str) and value.strip() else ["must be a text."]


def _sentence(value: object) -> list[str]:
    if not isinstance(value, str) or len(value.split()) < 5:
        return ["fewer than five words cannot say who decides what."]
    return []


def _list(value: object) -> list[str]:
    good = isinstance(value, (list, tuple)) and all(isinstance(v, str) and v.strip() for v in value)
    return [] if good else ["must be a list of texts."]


def _missing(value: object, keys: tuple[str, ...]) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"must be a dictionary with {', '.join(keys)}."]
    return [f"{key} is missing." for key in keys if value.get(key) in (None, "")]


def _data(value: object) -> list[str]:
    return _missing(value, _DATA)


def _failing(value: object) -> list[str]:
    return _missing(value, ("late", "error"))


def _overall(value: object) -> list[str]:
    gaps = _missing(value, _OVERALL)
    if gaps:
        return gaps
    numbers = [value[key] for key in ("low", "value", "high", "baseline")]
    if not all(isinstance(n, Real) for n in numbers):
        return ["value, low, high and baseline must be numbers."]
    low, middle, high, _ = numbers
    return [] if low <= middle <= high and low < high else ["low < high must enclose the value."]


def _slices(value: object) -> list[str]:
    if not isinstance(value, Mapping) or len(value) < 2:
        return ["one number for all hides whom the model fails: give at least two groups."]
    return [f"{name}: {gap}" for name, found in value.items() for gap in _missing(found, _SLICE)]


_SLICE = ("rows", "value")


def _unnamed(slices: Mapping, limits: list, higher_is_better: bool, min_rows: int) -> list[str]:
    said = " ".join(limits).lower()
    pick = min if higher_is_better else max
    worst = pick(slices, key=lambda name: slices[name]["value"])
    gaps = []
    if str(worst).lower() not in said:
        gaps.append(f"limits: the worst slice, {worst}, is not named.")
    for name, found in slices.items():
        if found["rows"] < min_rows and str(name).lower() not in said and name != worst:
            gaps.append(f"limits: {name} has too few rows to tell, and this is not said.")
    return gaps
