"""Exercise 5.2-e5: which steps of a pipeline leak, and how badly?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def leak_audit(steps):
    """Return for each step of a pipeline how it leaks: "severe", "mild" or "none"."""
    verdicts = []
    is_split = False
    for step in steps:
        if step["name"] == "split":
            is_split = True
            verdicts.append("none")
            continue
        sees_test = not is_split or step["fit"] == "all"
        if step["own_label"] or (sees_test and (step["learns"] == "labels" or step["copies"])):
            verdicts.append("severe")
        elif sees_test and step["learns"] == "values":
            verdicts.append("mild")
        else:
            verdicts.append("none")
    return verdicts


def _step(name: str, learns: str = "nothing", fit: str | None = None, **marks: bool) -> dict:
    step = {"name": name, "learns": learns, "copies": False, "own_label": False} | marks
    return step if fit is None else step | {"fit": fit}


_SPLIT = {"name": "split"}
_SAFE = [
    _step("logarithm"),
    _SPLIT,
    _step("scaler", "values", "train"),
    _step("selector", "labels", "train"),
]


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [_SAFE]}
    yield {"args": [[_step("selector", "labels"), _SPLIT, _step("scaler", "values", "train")]]}
    yield {"args": [[_step("scaler", "values"), _SPLIT, _step("selector", "labels", "train")]]}
    yield {"args": [[_step("drop copies"), _step("logarithm"), _SPLIT]]}
    yield {"args": [[_SPLIT, _step("scaler", "values", "all")]]}  # after the split, yet on all
    yield {"args": [[_SPLIT, _step("selector", "labels", "all")]]}
    yield {"args": [[_SPLIT, _step("target encoder", "labels", "train", own_label=True)]]}
    yield {"args": [[_SPLIT, _step("target encoder, cross-fitted", "labels", "train")]]}
    yield {"args": [[_step("oversampling", copies=True), _SPLIT]]}
    yield {"args": [[_SPLIT, _step("oversampling", "nothing", "train", copies=True)]]}
    yield {"args": [[_SPLIT, _step("oversampling", "nothing", "all", copies=True)]]}
    yield {"args": [[_step("scaler", "values"), _step("selector", "labels")]]}  # no split at all
    yield {"args": [[_SPLIT]]}
    yield {"args": [[]]}
    for _ in range(20):
        n = int(rng.integers(1, 7))
        at = int(rng.integers(0, n + 1))
        steps = []
        for place in range(n):
            learns = str(rng.choice(["nothing", "values", "labels"]))
            fit = str(rng.choice(["train", "all"])) if place >= at else None
            own = learns == "labels" and bool(rng.random() < 0.3)
            copies = learns == "nothing" and bool(rng.random() < 0.3)
            steps.append(_step(f"step {place + 1}", learns, fit, own_label=own, copies=copies))
        yield {"args": [[*steps[:at], _SPLIT, *steps[at:]]]}


def _judge(case: Case, result: object) -> Problem | None:
    (steps,) = case["args"]
    expected = leak_audit(steps)
    if not isinstance(result, (list, tuple)) or len(result) != len(steps):
        return Problem(expected, "Return a list with one verdict for each step, the split too.")
    is_split = False
    for step, got, right in zip(steps, result, expected, strict=True):
        is_split = is_split or step["name"] == "split"
        if got != right:
            return Problem(expected, f"About {step['name']!r}: {_why(step, is_split=is_split)}")
    return None


def _why(step: dict, *, is_split: bool) -> str:
    if step["name"] == "split":
        return "the split itself leaks nothing."
    if step["own_label"]:
        return (
            "a training row is given a number in which its own label took part. That is severe "
            "even on training rows alone."
        )
    if is_split and step["fit"] == "train":
        return "behind the split, and on training rows alone, this step sees no test row."
    where = "it is fitted on all rows" if is_split else "ahead of the split all rows are there"
    if step["learns"] == "labels":
        return f"{where}, so it learns from the labels of test rows. That is severe."
    if step["copies"]:
        return f"{where}, so copies of test rows get among the training rows. That is severe."
    if step["learns"] == "values":
        return f"{where}, so it learns from the values of test rows, but not from labels: mild."
    return "what learns nothing carries nothing from row to row, wherever it stands."


def _order_only(steps):
    names = [step["name"] for step in steps]
    at = names.index("split") if "split" in names else len(names)
    cut = [step | {"fit": "train"} if i > at else step for i, step in enumerate(steps)]
    return leak_audit(cut)


def _labels_only(steps):
    return ["none" if verdict == "mild" else verdict for verdict in leak_audit(steps)]


def _all_alike(steps):
    return ["severe" if verdict == "mild" else verdict for verdict in leak_audit(steps)]


def _own_label_overlooked(steps):
    return leak_audit([step | {"own_label": False} for step in steps])


def _copies_overlooked(steps):
    return leak_audit([step | {"copies": False} for step in steps])


def _everything_ahead(steps):
    verdicts = leak_audit(steps)
    names = [step["name"] for step in steps]
    at = names.index("split") if "split" in names else len(names)
    return ["mild" if v == "none" and i < at else v for i, v in enumerate(verdicts)]


def _no_split_no_leak(steps):
    if not any(step["name"] == "split" for step in steps):
        return ["none"] * len(steps)
    return leak_audit(steps)


def _copies_always(steps):
    pairs = zip(steps, leak_audit(steps), strict=True)
    return ["severe" if step.get("copies") else verdict for step, verdict in pairs]


EXERCISE = Exercise(
    id="5.2-e5",
    name="leak_audit",
    reference=leak_audit,
    cases=_cases,
    judge=_judge,
    hints=(
        "First ask of each step whether it sees test rows. Then ask what it takes from them.",
        "It sees test rows if no split came before it, or if its fit is 'all'. A number made of a "
        "row's own label is severe in any place.",
        'sees_test = not is_split or step["fit"] == "all"; severe if own_label, or sees_test and '
        '(labels or copies); mild if sees_test and values; else "none"',
    ),
    wrong=(
        Wrong("trusts the order", _order_only, "it is fitted on all rows"),
        Wrong("only labels count", _labels_only, "but not from labels: mild"),
        Wrong("all leaks alike", _all_alike, "but not from labels: mild"),
        Wrong("own label overlooked", _own_label_overlooked, "its own label took part"),
        Wrong("copies overlooked", _copies_overlooked, "copies of test rows get among"),
        Wrong("everything ahead of the split", _everything_ahead, "what learns nothing"),
        Wrong("no split, no leak", _no_split_no_leak, "ahead of the split all rows are there"),
        Wrong("copies always", _copies_always, "this step sees no test row"),
    ),
    note="A real audit reads the code, but asks the same two questions: which rows were there when "
    "fit was called, and what was taken from them. A pipeline that is cross-validated whole "
    "answers them by itself.",
)
