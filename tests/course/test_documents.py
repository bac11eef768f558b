"""Templates of documents: what is missing is named, and odd contents never crash the check."""

import pytest

from mlsdlib.course.documents import (
    DESIGN_MEMO,
    POST_MORTEM,
    check_parts,
    design_memo_problems,
    post_mortem_problems,
)
from mlsdlib.course.exercises import find_exercise

TEMPLATES = [
    ("11.2-e4", DESIGN_MEMO, design_memo_problems),
    ("11.2-e5", POST_MORTEM, post_mortem_problems),
]


def first(id):
    exercise = find_exercise(id)
    (facts,) = next(exercise.cases(None))["args"]
    return exercise.reference(facts), facts


@pytest.mark.parametrize(("id", "parts", "problems"), TEMPLATES)
def test_each_lacking_part_is_named(id, parts, problems):
    document, facts = first(id)
    assert set(document) == set(parts)
    assert problems(document, facts) == []
    for part in parts:
        for lacking in ({k: v for k, v in document.items() if k != part}, document | {part: ""}):
            (message,) = problems(lacking, facts)
            assert message.endswith(f"this one lacks {part}.")


@pytest.mark.parametrize(("id", "parts", "problems"), TEMPLATES)
@pytest.mark.parametrize("odd", [3, "text", [1], [[None]], {"x": 1}, True, [{}]])
def test_odd_contents_are_problems(id, parts, problems, odd):
    document, facts = first(id)
    assert problems(odd, facts)
    for part in set(parts) - {"went_well"}:
        assert problems(document | {part: odd}, facts), part


def test_parts_may_be_empty_where_nothing_is_an_answer():
    assert check_parts("memo", {"watch": []}, ["watch"], may_be_empty=True) is None
    assert "lacks watch" in check_parts("memo", {"watch": []}, ["watch"])
