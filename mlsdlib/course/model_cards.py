"""The template of a model card, and a structural check that names what one leaves out.

As with the other `mlsdlib.course.documents`, the check sees structure and no wisdom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Real

from mlsdlib.course.documents import check_parts

__all__ = ["MODEL_CARD", "model_card_problems"]

MODEL_CARD = {
    "model": "which model this is, with its version",
    "owner": "whom to ask or to wake",
    "intended_use": "who decides what with it",
    "out_of_scope": "a list of what it was not made for",
    "data": "source, from, to, rows: on what it was tested",
    "overall": "metric, unit, value, low, high, baseline: how good it is, and how surely",
    "slices": "rows and value of each group: how good it is for whom",
    "limits": "a list of what it does badly",
    "failing": "late, error: what the user gets when it is late, and when it fails",
}
"""The parts of a model card (Mitchell and others 2019, Model cards for model reporting)."""


def model_card_problems(card: object, *, min_rows: int = 30) -> list[str]:
    """Return what is missing or wrong in a model card, an empty list if nothing is.

    The limits must name the worst slice, and each that is too small to tell.

    Parameters
    ----------
    card : dict
        The parts of `MODEL_CARD`. Its metric is an error: less is better.
    min_rows : int
        A slice of fewer rows is too small to tell.

    Examples
    --------
    >>> model_card_problems({part: "ETA 7" for part in ("model", "owner", "intended_use")})[1:]
    ['intended_use: fewer than five words cannot say who decides what.']
    """
    lacks = check_parts("model card", card, MODEL_CARD)
    if not isinstance(card, dict):
        return [lacks]
    problems = [lacks] if lacks else []
    for part, check in _CHECKS.items():
        if card.get(part):
            problems += [f"{part}: {problem}" for problem in check(card[part])]
    if not lacks and not any(problem.startswith(("slices", "limits")) for problem in problems):
        problems += _unnamed(card["slices"], card["limits"], min_rows)
    return problems


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _text(value: object) -> list[str]:
    return [] if _is_text(value) else ["must be a text."]


def _use(value: object) -> list[str]:
    if _is_text(value) and len(value.split()) >= 5:
        return []
    return ["fewer than five words cannot say who decides what."]


def _list(value: object) -> list[str]:
    good = isinstance(value, (list, tuple)) and all(map(_is_text, value))
    return [] if good else ["must be a list of texts."]


def _lacking(value: object, *keys: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"must be a dictionary with {', '.join(keys)}."]
    return [f"{key} is missing." for key in keys if value.get(key) in (None, "")]


def _data(value: object) -> list[str]:
    return _lacking(value, "source", "from", "to", "rows")


def _failing(value: object) -> list[str]:
    return _lacking(value, "late", "error")


def _overall(value: object) -> list[str]:
    lacking = _lacking(value, "metric", "unit", "value", "low", "high", "baseline")
    if lacking:
        return lacking
    if not all(_is_number(value[key]) for key in ("value", "low", "high", "baseline")):
        return ["value, low, high and baseline must be numbers."]
    enclosed = value["low"] <= value["value"] <= value["high"] and value["low"] < value["high"]
    return [] if enclosed else ["low < high must enclose the value."]


def _slices(value: object) -> list[str]:
    if not isinstance(value, dict) or len(value) < 2:
        return ["one number for all hides whom the model fails: give at least two groups."]
    lacking = [f"{name}: {gap}" for name in value for gap in _lacking(value[name], "rows", "value")]
    if not lacking and not all(
        _is_number(found[key]) for found in value.values() for key in ("rows", "value")
    ):
        return ["rows and value must be numbers."]
    return lacking


_CHECKS = {
    "model": _text,
    "owner": _text,
    "intended_use": _use,
    "out_of_scope": _list,
    "data": _data,
    "overall": _overall,
    "slices": _slices,
    "limits": _list,
    "failing": _failing,
}


def _unnamed(slices: Mapping, limits: list[str], min_rows: int) -> Iterator[str]:
    said = " ".join(limits).lower()
    largest = max(found["value"] for found in slices.values())
    worst = [name for name, found in slices.items() if found["value"] == largest]
    if not any(str(name).lower() in said for name in worst):
        yield f"limits: the worst slice, {worst[0]}, is not named."
    for name, found in slices.items():
        if found["rows"] < min_rows and name not in worst and str(name).lower() not in said:
            yield f"limits: {name} has too few rows to tell, and this is not said."
