"""Exercise 8.1-e2: does serving send what training saw?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def contract(train, serve):
    """Return for each broken column of the model what is wrong with it."""
    broken = {}
    for name, promised in train.items():
        if name not in serve:
            broken[name] = "missing"
            continue
        sent = serve[name]
        widened = promised["dtype"] == "float" and sent["dtype"] == "int"
        if sent["dtype"] != promised["dtype"] and not widened:
            broken[name] = "dtype"
        elif sent.get("categories") != promised.get("categories"):
            broken[name] = "categories"
        elif sent["nan"] and not promised["nan"]:
            broken[name] = "nan"
    return broken


def _column(dtype, nan=False, categories=None):
    column = {"dtype": dtype, "nan": nan}
    return column if categories is None else column | {"categories": categories}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    price, age = _column("float"), _column("int", True)
    meal = _column("text", False, ["bed", "half", "full"])
    for train, serve in (
        ({"price": price, "meal": meal}, {"meal": meal, "price": price}),  # another order
        ({"price": price}, {"price": _column("text")}),
        ({"price": price}, {"price": _column("int")}),  # a whole number fits
        ({"age": age}, {"age": _column("float", True)}),  # the other way it does not
        ({"meal": meal}, {"meal": _column("text", False, ["bed", "full", "half"])}),
        ({"meal": meal}, {"meal": _column("text", False, ["bed", "half"])}),
        ({"meal": meal}, {"meal": _column("text", False, ["bed", "half", "full", "none"])}),
        ({"meal": meal}, {"meal": _column("text")}),
        ({"meal": _column("text")}, {"meal": meal}),
        ({"price": price}, {"price": _column("float", True)}),
        ({"age": age}, {"age": _column("int", False)}),  # fewer gaps harm nobody
        ({"age": age}, {"age": _column("int", True)}),
        ({"price": price, "age": age}, {"price": price}),
        ({"price": price}, {"price": price, "age": age}),  # the model does not read it
        ({"price": price}, {"price": _column("text", True)}),  # the first problem counts
        ({"meal": meal}, {"meal": _column("text", True, ["full"])}),
        ({"price": price, "meal": meal}, {"meal": _column("text", True, meal["categories"])}),
        ({"price": price}, {"price": _column("int", True)}),
        ({"price": price, "age": age}, {"price": _column("text"), "age": _column("int")}),
        ({}, {"price": price}),
    ):
        yield {"args": [train, serve]}
    for _ in range(20):
        sides = []
        for _ in range(2):
            side = {}
            for name in "abc":
                dtype = str(rng.choice(["int", "float", "text"]))
                order = rng.permutation(["x", "y"]).tolist() if dtype == "text" else None
                if rng.random() < 0.8:
                    side[name] = _column(dtype, bool(rng.random() < 0.5), order)
            sides.append(side)
        yield {"args": sides}


_WHY = {
    "missing": "A column that training had and serving does not send is missing.",
    "dtype": "Another type breaks the promise; only a whole number for a promised float fits.",
    "categories": "The lists of categories must be the same, in the same order: the place in the "
    "list is the code that the model learned.",
    "nan": "A NaN that training never saw is a surprise to the model; fewer NaNs than promised are "
    "none.",
}


def _judge(case: Case, result: object) -> Problem | None:
    train, serve = case["args"]
    expected = contract(train, serve)
    if not isinstance(result, dict):
        return Problem(expected, "Return a dictionary from column to what is wrong with it.")
    if result == expected:
        return None
    wrong = min(
        (name for name in {*result, *expected} if result.get(name) != expected.get(name)), key=str
    )
    if wrong not in train:
        why = "Only columns that the model reads can be broken; what else is sent does no harm."
    elif wrong in result and wrong in expected:
        order = "missing, dtype, categories, nan"
        why = f"Of several problems name the first of {order}: {expected[wrong]}."
    else:
        why = _WHY.get(expected.get(wrong, result.get(wrong)), "The words are those of the task.")
    return Problem(expected, why)


def _strict_types(train, serve):
    broken = contract(train, serve)
    for name in train:
        if name in serve and serve[name]["dtype"] != train[name]["dtype"]:
            broken[name] = "dtype"
    return broken


def _numbers_are_numbers(train, serve):
    plain = {"int": "float"}
    sides = [
        {n: c | {"dtype": plain.get(c["dtype"], c["dtype"])} for n, c in side.items()}
        for side in (train, serve)
    ]
    return contract(*sides)


def _categories_as_sets(train, serve):
    def sort(side):
        return {
            n: c | {"categories": sorted(c["categories"])} if "categories" in c else c
            for n, c in side.items()
        }

    return contract(sort(train), sort(serve))


def _new_categories_pass(train, serve):
    return {
        name: problem
        for name, problem in contract(train, serve).items()
        if problem != "categories"
        or not set(train[name].get("categories", [])) < set(serve[name].get("categories", []))
    }


def _any_nan_policy(train, serve):
    broken = contract(train, serve)
    for name in train:
        if name in serve and serve[name]["nan"] != train[name]["nan"]:
            broken.setdefault(name, "nan")
    return broken


def _extra_columns_too(train, serve):
    return contract(train, serve) | {name: "missing" for name in serve if name not in train}


def _common_columns_only(train, serve):
    return {n: problem for n, problem in contract(train, serve).items() if problem != "missing"}


EXERCISE = Exercise(
    id="8.1-e2",
    name="contract",
    reference=contract,
    cases=_cases,
    judge=_judge,
    hints=(
        "Go through the columns that the model was trained on, and ask four questions in order.",
        'serve.get(name), then the types, then .get("categories") of both, then "nan". Stop at the '
        "first problem.",
        'if name not in serve: "missing"; elif the types differ, unless float was promised and int '
        'is sent: "dtype"; elif the lists differ: "categories"; elif sent["nan"] and not '
        'promised["nan"]: "nan"',
    ),
    wrong=(
        Wrong("an int is no float", _strict_types, "only a whole number"),
        Wrong("numbers are numbers", _numbers_are_numbers, "only a whole number"),
        Wrong("categories as sets", _categories_as_sets, "in the same order"),
        Wrong("new categories pass", _new_categories_pass, "in the same order"),
        Wrong("NaN must be promised and sent", _any_nan_policy, "fewer NaNs than promised"),
        Wrong("what else is sent is broken", _extra_columns_too, "does no harm"),
        Wrong("common columns only", _common_columns_only, "does not send is missing"),
    ),
    note="A contract sees what a column is, not whether it is the right one: the features of "
    "another booking, and a price in cents, keep every promise made here.",
)
