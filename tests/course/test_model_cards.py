"""A model card: what it leaves out is named, and odd contents never crash the check."""

import pytest

from mlsdlib.course.exercises import find_exercise
from mlsdlib.course.model_cards import MODEL_CARD, model_card_problems

CARD = {
    "model": "ETA 7",
    "owner": "eta@example.org",
    "intended_use": "Customers plan when to be home",
    "out_of_scope": ["pay of drivers"],
    "data": {"source": "trips", "from": "2019-03-01", "to": "2019-03-31", "rows": 100},
    "overall": {
        "metric": "MAE", "unit": "min", "value": 3.0, "low": 2.9, "high": 3.1, "baseline": 4.0,
    },
    "slices": {"short": {"rows": 60, "value": 2.0}, "long": {"rows": 40, "value": 5.0}},
    "limits": ["Long trips are worst."],
    "failing": {"late": "a rough time", "error": "an apology"},
}  # fmt: skip


def test_a_whole_card_has_no_problems():
    assert model_card_problems(CARD) == []


@pytest.mark.parametrize("part", CARD)
def test_a_missing_part_is_named(part):
    for lacking in ({k: v for k, v in CARD.items() if k != part}, CARD | {part: ""}):
        (message,) = model_card_problems(lacking)
        assert message.endswith(f"this one lacks {part}.")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": 7}, "model: must be a text."),
        ({"intended_use": "everything"}, "intended_use: fewer than five words"),
        ({"out_of_scope": "nothing"}, "out_of_scope: must be a list of texts."),
        ({"data": {**CARD["data"], "to": ""}}, "data: to is missing."),
        ({"data": "trips"}, "data: must be a dictionary with source"),
        ({"overall": {**CARD["overall"], "baseline": None}}, "overall: baseline is missing."),
        ({"overall": {**CARD["overall"], "low": 3.05}}, "overall: low < high must enclose"),
        ({"overall": {**CARD["overall"], "value": "good"}}, "overall: value, low, high and"),
        ({"slices": {"all": {"rows": 100, "value": 3.0}}}, "slices: one number for all hides"),
        ({"slices": {**CARD["slices"], "short": {"rows": 3}}}, "slices: short: value is missing."),
        ({"slices": {**CARD["slices"], "short": {"rows": "6", "value": 2.0}}}, "slices: rows and"),
        ({"limits": ["none known"]}, "limits: the worst slice, long, is not named."),
        ({"slices": {**CARD["slices"], "snow": {"rows": 2, "value": 1.0}}}, "limits: snow has too"),
        ({"failing": {"late": "a rough time"}}, "failing: error is missing."),
    ],
)
def test_a_poor_part_is_named(change, says):
    (gap,) = model_card_problems({**CARD, **change})
    assert gap.startswith(says)


@pytest.mark.parametrize(
    "odd", [3, [[None]], {"x": 1}, True, [{}], {"x": {"rows": "a", "value": 2}}]
)
def test_odd_contents_are_problems(odd):
    assert model_card_problems(odd)
    for part in CARD:
        assert model_card_problems(CARD | {part: odd}), part


def test_as_many_rows_as_asked_are_enough():
    assert model_card_problems(CARD, min_rows=60) == []
    (message,) = model_card_problems(CARD, min_rows=61)
    assert message.startswith("limits: short has too few rows")


def test_a_card_is_a_dictionary():
    (message,) = model_card_problems("ETA 7 is accurate and fast.")
    assert message.startswith("A model card is a dictionary with the parts model, owner")


def test_the_exercise_fills_the_template():
    exercise = find_exercise("11.1-e6")
    (facts,) = next(exercise.cases(None))["args"]
    card = exercise.reference(facts)
    assert list(card) == list(MODEL_CARD)
    assert model_card_problems(card, min_rows=facts["min_rows"]) == []
