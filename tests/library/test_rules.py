"""Rules with versions, priorities and differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsdlib.rules import Rule, RuleBook

RUSH = Rule("rush", {"hour": [7, 8], "workday": [1]}, then=2.0, priority=1)


def test_a_rule_fires_where_all_its_fields_fit():
    columns = {"hour": [7, 7, 9], "workday": [1, 0, 1]}
    assert RUSH.fires(columns).tolist() == [True, False, False]


def test_versions_count_changes_only():
    book = RuleBook()
    wider = Rule("rush", {"hour": [7, 8, 9], "workday": [1]}, then=1.5, priority=1)
    assert [book.put(rule) for rule in (RUSH, RUSH, wider, RUSH)] == [1, 1, 2, 3]
    assert book.get("rush") == RUSH
    assert book.get("rush", 2) == wider
    assert book.diff("rush", 1, 3) == {}
    assert book.diff("rush", 2, 1) == {"when": (wider.when, RUSH.when), "then": (1.5, 2.0)}


def test_the_highest_priority_is_heard_whatever_those_below_say():
    book = RuleBook()
    for rule in (Rule("a", {"x": [1]}, 3.0), Rule("b", {"x": [1, 2]}, 4.0),
                 Rule("c", {"x": [1]}, 5.0, priority=2)):  # fmt: skip
        book.put(rule)
    assert book.decide({"x": [1, 2, 3]}, default=0.5).tolist() == [5.0, 4.0, 0.5]
    assert book.flags({"x": [1, 2]}).tolist() == [[True, True, True], [False, True, False]]


def test_a_conflict_names_both_and_agreement_is_none():
    book = RuleBook()
    book.put(Rule("a", {"x": [1]}, 3.0))
    book.put(Rule("b", {"x": [1]}, 4.0))
    with pytest.raises(ValueError, match="a and b fire on row 1"):
        book.decide({"x": [0, 1]}, default=0.0)
    book.put(Rule("b", {"x": [1]}, 3.0))
    assert book.decide({"x": [0, 1]}, default=0.0).tolist() == [0.0, 3.0]


@given(st.lists(st.tuples(st.sets(st.integers(0, 4), min_size=1), st.integers(1, 3)), min_size=1))
def test_with_distinct_priorities_the_last_that_fires_decides(given_rules):
    book, expected = RuleBook(), np.zeros(5)
    for k, (values, then) in enumerate(given_rules):
        book.put(Rule(f"r{k}", {"x": sorted(values)}, float(then), priority=k))
        expected[sorted(values)] = then
    assert book.decide({"x": range(5)}, default=0.0).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda book: Rule("r", {}, 1.0), "when of r must name at least one field"),
        (lambda book: book.get("rain"), "name must be among rush; got 'rain'"),
        (lambda book: book.get("rush", 2), "version of rush must be 1 to 1, got 2"),
        (lambda book: book.diff("rush", 0, 1), "must be 1 to 1, got 0"),
        (lambda book: book.flags({"hour": [7]}), "columns must hold workday"),
        (lambda book: RuleBook().decide({"x": [1]}, default=0.0), "must hold a rule"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    book = RuleBook()
    book.put(RUSH)
    with pytest.raises(ValueError, match=message):
        call(book)
