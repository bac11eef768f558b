"""Exercise 10.3-e3: which features to compute, and which names to settle."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def dedupe_plan(models):
    """Return which definitions to compute for whom, and which names mean several things."""
    compute, meanings = {}, {}
    for model, features in models.items():
        for name, definition in features.items():
            text = " ".join(definition.split())
            compute.setdefault(text, set()).add(model)
            meanings.setdefault(name, set()).add(text)
    conflicts = sorted(name for name, texts in meanings.items() if len(texts) > 1)
    return {
        "compute": {text: sorted(users) for text, users in compute.items()},
        "conflicts": conflicts,
    }


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    week, month = "count(visits, 7 days)", "count(visits, 28 days)"
    for models in (
        {"churn": {"visits": week}, "fraud": {"visits": week}},  # shared
        {"churn": {"visits": week}, "fraud": {"visits": month}},  # one name, two meanings
        {"churn": {"visits": week}, "fraud": {"visits_7d": week}},  # two names, one meaning
        {"churn": {"a": week, "b": week}},  # twice in one model: computed once, used by one
        {"churn": {"visits": "count(visits,  7 days)\n"}, "fraud": {"visits": week}},  # blanks
        {"churn": {"visits": week}, "fraud": {"visits": week.upper()}},  # case does matter
        {"z": {"visits": week}, "a": {"visits": week}},  # users sorted
        {"m": {"z": week, "a": week}, "n": {"z": month, "a": month}},  # conflicts sorted
        {"m": {"v": week}, "n": {"v": month}, "o": {"v": "sum(amount)"}},  # three meanings
        {"m": {"v": week, "u": month}, "n": {"u": week, "v": month}},  # names swapped
        {"m": {}},
        {},
    ):
        yield {"args": [models]}
    for _ in range(20):
        pool = [f"{f}({c}, {d} days)" for f in ("count", "sum") for c in "ab" for d in (7, 28)]
        models = {
            str(model): {
                str(name): str(rng.choice(pool)).replace(" ", " " * int(rng.integers(1, 3)))
                for name in rng.choice(list("uvwxyz"), int(rng.integers(1, 5)), replace=False)
            }
            for model in rng.permutation(list("klmn"))[: int(rng.integers(1, 5))]
        }
        yield {"args": [models]}


def _judge(case: Case, result: object) -> Problem | None:
    (models,) = case["args"]
    expected = dedupe_plan(models)
    if result == expected:
        return None
    if not isinstance(result, dict) or result.keys() != expected.keys():
        return Problem(expected, 'Return a dictionary with the keys "compute" and "conflicts".')
    compute, right = result["compute"], expected["compute"]
    if not isinstance(compute, dict) or not all(isinstance(v, list) for v in compute.values()):
        why = "compute maps each definition to a list of models."
    elif any(key != " ".join(str(key).split()) for key in compute):
        why = "Definitions that differ only in white space are the same: single blanks, none around"
    elif compute.keys() != right.keys():
        why = (
            "Compute each definition once, whatever its names: two definitions under one name are "
            "two computations, and case matters."
        )
    elif any(len(set(users)) < len(users) for users in compute.values()):
        why = "A model that uses a definition under two names uses it once."
    elif any(sorted(compute[key]) != users for key, users in right.items()):
        why = "List all models that use the definition, under any name."
    elif compute != right:
        why = "The models of a definition must be sorted."
    elif not isinstance(result["conflicts"], list):
        why = "conflicts is a list of names."
    elif sorted(result["conflicts"]) == expected["conflicts"]:
        why = "conflicts must be sorted."
    elif set(result["conflicts"]) < set(expected["conflicts"]):
        why = "A name that stands for different definitions in different models is a conflict."
    else:
        why = (
            "A name is a conflict if it stands for different definitions, once: not if it is "
            "shared, nor if one definition has two names."
        )
    return Problem(expected, why)


def _by_name(models):
    """Take a name for a definition."""
    first = {}
    for features in models.values():
        for name, definition in features.items():
            first.setdefault(name, definition)
    renamed = {m: {name: first[name] for name in features} for m, features in models.items()}
    return dedupe_plan(renamed)


def _blanks_matter(models):
    marked = {m: {n: d.replace(" ", "·").replace("\n", "¶") for n, d in f.items()}
              for m, f in models.items()}  # fmt: skip
    plan = dedupe_plan(marked)
    compute = {d.replace("·", " ").replace("¶", "\n"): u for d, u in plan["compute"].items()}
    return plan | {"compute": compute}


def _not_shared(models):
    """Keep the last user only."""
    plan = dedupe_plan(models)
    return plan | {"compute": {d: users[-1:] for d, users in plan["compute"].items()}}


def _counted_twice(models):
    plan, compute = dedupe_plan(models), {}
    for model, features in models.items():
        for definition in features.values():
            compute.setdefault(" ".join(definition.split()), []).append(model)
    return plan | {"compute": {d: sorted(users) for d, users in compute.items()}}


def _in_order_of_coming(models):
    compute = {}
    for model, features in models.items():
        for definition in features.values():
            users = compute.setdefault(" ".join(definition.split()), [])
            if model not in users:
                users.append(model)
    return dedupe_plan(models) | {"compute": compute}


def _shared_is_conflict(models):
    names = [name for features in models.values() for name in features]
    return dedupe_plan(models) | {"conflicts": sorted({n for n in names if names.count(n) > 1})}


def _no_conflicts(models):
    return dedupe_plan(models) | {"conflicts": []}


EXERCISE = Exercise(
    id="10.3-e3",
    name="dedupe_plan",
    reference=dedupe_plan,
    cases=_cases,
    judge=_judge,
    hints=(
        "A feature is its definition. A name is only what somebody called it.",
        "Go through all models once and fill two dictionaries of sets: definition to models, and "
        "name to definitions.",
        'text = " ".join(definition.split()); compute.setdefault(text, set()).add(model); '
        "meanings.setdefault(name, set()).add(text); a conflict has more than one meaning.",
    ),
    wrong=(
        Wrong("by name", _by_name, "two definitions under one name"),
        Wrong("blanks matter", _blanks_matter, "white space"),
        Wrong("not shared", _not_shared, "List all models"),
        Wrong("counted twice", _counted_twice, "under two names uses it once"),
        Wrong("in order of coming", _in_order_of_coming, "must be sorted"),
        Wrong("shared is conflict", _shared_is_conflict, "not if it is shared"),
        Wrong("no conflicts", _no_conflicts, "is a conflict"),
    ),
    note="Real definitions are code, and whether two pieces of code mean the same cannot be "
    "decided in general: compare values on a sample as well.",
)
