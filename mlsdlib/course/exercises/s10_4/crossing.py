"""Exercise 10.4-e1: when does the cheaper plan become the dearer?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def crossover(buy, build, rate):
    """Return each month by whose end the cheaper plan has become the dearer."""
    months, leader, gap = [], None, 0.0
    for month in range(1, len(buy) + 1):
        gap += (buy[month - 1] - build[month - 1]) / (1 + rate) ** month
        if gap == 0:
            continue
        cheaper = "build" if gap > 0 else "buy"
        if leader is not None and cheaper != leader:
            months.append(month)
        leader = cheaper
    return months


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [[1, 3, 4, 8], [5, 2, 2, 2], 0.0]}  # crosses once
    yield {"args": [[1, 1, 1], [9, 2, 2], 0.0]}  # never
    yield {"args": [[9, 2, 2], [1, 1, 1], 0.0]}  # built is cheaper from the first month on
    yield {"args": [[1, 9, 1, 1, 1], [5, 1, 1, 1, 9], 0.0]}  # there and back again
    yield {"args": [[1, 1, 1, 7], [5, 0, 0, 0], 0.5]}  # with a discount it never crosses
    yield {"args": [[1, 1, 1, 7], [5, 0, 0, 0], 0.0]}  # without, it does
    yield {"args": [[0, 4, 4, 4], [5, 2, 2, 2], 0.1]}  # a month later than without a discount
    yield {"args": [[5, 1, 1, 4], [1, 3, 3, 1], 0.0]}  # they tie, and the old leader leads again
    yield {"args": [[1, 3, 3, 1], [5, 1, 1, 4], 0.0]}
    yield {"args": [[2, 3, 5], [2, 5, 1], 0.0]}  # they tie at first
    yield {"args": [[1, 3, 2], [2, 2, 1], 0.0]}  # they tie, then cross
    yield {"args": [[], [], 0.1]}
    made = 0
    while made < 25:
        n = int(rng.integers(3, 15))
        buy, build = rng.integers(0, 20, n), rng.integers(0, 20, n)
        build[0] += int(rng.integers(0, 15))
        rate = float(rng.choice([0.0, 0.05, 0.2, 0.4]))
        gaps = np.cumsum((buy - build) / (1 + rate) ** np.arange(1, n + 1))
        if rate and (np.abs(gaps) < 1e-6).any():
            continue  # a tie that is in the rounding
        made += 1
        yield {"args": [buy.tolist(), build.tolist(), rate]}


def _judge(case: Case, result: object) -> Problem | None:
    buy, build, rate = case["args"]
    expected = crossover(buy, build, rate)
    if not isinstance(result, list):
        return Problem(expected, "Return a list of months; where nothing crosses it is empty.")
    if result == expected:
        return None
    if result == crossover(buy, build, 0.0):
        why = "Discount first: what is paid in month t counts 1 / (1 + rate) ** t today."
    elif [month + 1 for month in result] == expected:
        why = "Months count from 1."
    elif result == _monthly(buy, build, rate):
        why = "Compare what has been spent so far, and not the costs of one month."
    elif result == _ties_overtake(buy, build, rate):
        why = "While both have cost the same, the leader of before is the leader."
    elif result == expected[:1]:
        why = "They may cross again: a plan that has become cheaper can become dearer."
    elif len(result) > len(expected) and not expected:
        why = (
            "Nothing crosses here: the plan that is cheaper at first stays so. Who leads in the "
            "first month has overtaken nobody."
        )
    else:
        why = (
            "Add up the discounted differences. A month counts if the other plan is now the "
            "cheaper one; while both have cost the same, the leader of before is the leader."
        )
    return Problem(expected, why)


def _monthly(buy, build, rate):
    months, leader = [], None
    for month, (bought, built) in enumerate(zip(buy, build, strict=True), start=1):
        if bought == built:
            continue
        cheaper = "build" if bought > built else "buy"
        if leader is not None and cheaper != leader:
            months.append(month)
        leader = cheaper
    return months


def _no_discount(buy, build, rate):
    return crossover(buy, build, 0.0)


def _from_zero(buy, build, rate):
    return [month - 1 for month in crossover(buy, build, rate)]


def _first_only(buy, build, rate):
    return crossover(buy, build, rate)[:1]


def _a_month_or_none(buy, build, rate):
    found = crossover(buy, build, rate)
    return found[0] if found else None


def _buy_leads_at_first(buy, build, rate):
    months, leader, gap = [], "buy", 0.0
    for month, (bought, built) in enumerate(zip(buy, build, strict=True), start=1):
        gap += (bought - built) / (1 + rate) ** month
        cheaper = "build" if gap > 0 else "buy"
        if cheaper != leader:
            months.append(month)
        leader = cheaper
    return months


def _ties_overtake(buy, build, rate):
    months, leader, gap = [], None, 0.0
    for month, (bought, built) in enumerate(zip(buy, build, strict=True), start=1):
        gap += (bought - built) / (1 + rate) ** month
        cheaper = "build" if gap > 0 else "buy"
        if leader is not None and cheaper != leader:
            months.append(month)
        leader = cheaper
    return months


EXERCISE = Exercise(
    id="10.4-e1",
    name="crossover",
    reference=crossover,
    cases=_cases,
    judge=_judge,
    hints=(
        "Only the difference of the two plans matters. Carry its sum from month to month.",
        "The sign of the sum says who is ahead. A crossing is a month with another sign than the "
        "last one that was not zero.",
        "gap += (a - b) / (1 + rate) ** month; skip the month if gap is 0; append it if there was "
        "a leader before and (gap > 0) says otherwise",
    ),
    wrong=(
        Wrong("no discount", _no_discount, "Discount first"),
        Wrong("months compared, not sums", _monthly, "spent so far"),
        Wrong("months from zero", _from_zero, "Months count from 1"),
        Wrong("the first crossing only", _first_only, "may cross again"),
        Wrong("one month, or None", _a_month_or_none, "Return a list"),
        Wrong("who leads at first has overtaken", _buy_leads_at_first, "overtaken nobody"),
        Wrong("a tie changes the leader", _ties_overtake, "the leader of before"),
    ),
    equivalent={
        "crossover: `gap > 0` -> `gap <= 0`": "the two leaders swap their names, nothing else",
        "crossover: `gap > 0` -> `gap >= 0`": "a gap of zero was left out before",
    },
    note="An empty list is an answer, too, and the one that a plan with one crossing in its title "
    "never shows.",
)
