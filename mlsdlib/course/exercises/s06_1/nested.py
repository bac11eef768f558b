"""Exercise 6.1-e4: cross-validation inside cross-validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, attempted, same_number

__all__ = ["EXERCISE"]


def nested_cv(configs, fold, score):
    """Return for each outer fold the configuration chosen without it, and its score on it."""
    results = []
    for outer in sorted(set(fold)):
        means = []
        for config in configs:
            scores = []
            for inner in sorted(set(fold) - {outer}):
                train = [i for i, f in enumerate(fold) if f not in (outer, inner)]
                test = [i for i, f in enumerate(fold) if f == inner]
                scores.append(score(config, train, test))
            means.append(sum(scores) / len(scores))
        best = configs[means.index(max(means))]
        train = [i for i, f in enumerate(fold) if f != outer]
        test = [i for i, f in enumerate(fold) if f == outer]
        results.append([best, score(best, train, test)])
    return results


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    x, y = [0, 1, 2, 3, 4, 5, 6, 7, 8], [0, 2, 1, 4, 3, 6, 5, 8, 7]
    yield {"x": x, "y": y, "configs": [1, 2, 4], "fold": [0, 1, 2] * 3}
    yield {"x": x, "y": y, "configs": [4], "fold": [0, 1, 2] * 3}  # nothing to choose
    yield {"x": x, "y": [5] * 9, "configs": [4, 1, 2], "fold": [0, 1, 2] * 3}  # all alike
    yield {"x": x, "y": y, "configs": [4, 2, 1], "fold": [7, 3, 3, 7, 5, 5, 3, 7, 5]}
    # What is best on a fold is not what was best without it.
    yield {"x": [0, 1, 2, 3, 4, 5], "y": [0, 9, 0, 9, 0, 9], "configs": [1, 4],
           "fold": [0, 0, 1, 1, 2, 2]}  # fmt: skip
    yield {"x": x, "y": [9, 1, 8, 2, 7, 3, 6, 4, 5], "configs": [1, 3, 5], "fold": [2, 1, 0] * 3}
    for _ in range(15):
        n, folds = int(rng.integers(12, 18)), int(rng.integers(3, 5))
        x = rng.normal(0, 1, n).round(2)
        yield {
            "x": x.tolist(),
            "y": (np.sin(2 * x) + rng.normal(0, 0.7, n)).round(2).tolist(),
            "configs": [1, 2, 3, 5, 8],
            "fold": rng.permutation(np.arange(n) % folds).tolist(),
        }


def _score(case: Case) -> Callable[[int, list[int], list[int]], float]:
    """Return the scorer of a case: minus the mean absolute error of the k nearest rows' mean."""
    x, y = case["x"], case["y"]

    def score(config: int, train: list[int], test: list[int]) -> float:
        errors = []
        for i in test:
            near = sorted(train, key=lambda j: (abs(x[j] - x[i]), j))[:config]
            errors.append(abs(y[i] - sum(y[j] for j in near) / len(near)))
        return round(-sum(errors) / len(errors), 6)

    return score


def _call(fn, case: Case) -> object:
    """Return what the function returns, and in a word what it looked at that it must not."""
    scorer, calls = _score(case), []

    def score(config, train, test):
        train, test = [int(i) for i in train], [int(i) for i in test]
        calls.append([config, train, test])
        return scorer(config, train, test)

    result = attempted(fn(list(case["configs"]), list(case["fold"]), score))
    if isinstance(result, (list, tuple)):
        result = [list(pair) if isinstance(pair, tuple) else pair for pair in result]
    if any(set(train) & set(test) for _, train, test in calls):
        return {"pairs": result, "seen": "own rows"}
    rows, folds = len(case["fold"]), len(set(case["fold"]))
    full = [(config, *sorted(test)) for config, train, test in calls
            if len(train) + len(test) == rows]  # fmt: skip
    seen = ""
    if len(case["configs"]) > 1 and len(set(full)) == len(case["configs"]) * folds:
        seen = "outer scores" if len(full) == len(set(full)) else "outer fold"
    return {"pairs": result, "seen": seen}


def _show(name: str, case: Case) -> str:
    return f"{name}({case['configs']!r}, {case['fold']!r}, score)"


def _judge(case: Case, result: object) -> Problem | None:
    configs = case["configs"]
    expected = nested_cv(configs, case["fold"], _score(case))
    pairs, seen = result["pairs"], result["seen"]
    if not isinstance(pairs, list) or len(pairs) != len(expected):
        return Problem(expected, "Return one [configuration, score] for each fold.")
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        return Problem(expected, "Return one [configuration, score] for each fold.")
    if seen == "own rows":
        return Problem(expected, "A row must not be in the training and the test of one score.")
    both = list(zip(pairs, expected, strict=True))
    if all(a == c and same_number(b, d) for (a, b), (c, d) in both):
        return None
    if seen == "outer fold":
        why = "The inner loop must not train on the outer fold either: leave both folds out."
    elif seen == "outer scores":
        why = (
            "Choose by the inner scores. A configuration that was chosen by its score on the outer "
            "fold has seen that fold."
        )
    elif any(a != c for (a, _), (c, _) in both) and all(a in configs for a, _ in pairs):
        why = (
            "For each outer fold take the configuration with the greatest mean score over the "
            "other folds, each tested in turn, trained on the rest without the outer fold. Of "
            "equal ones take the first."
        )
    else:
        why = (
            "The score of a fold is that of the chosen configuration, trained on all rows outside "
            "the fold and tested on the fold."
        )
    return Problem(expected, why)


def _chosen_on_the_outer_fold(configs, fold, score):
    results = []
    for outer in sorted(set(fold)):
        train = [i for i, f in enumerate(fold) if f != outer]
        test = [i for i, f in enumerate(fold) if f == outer]
        scores = [score(config, train, test) for config in configs]
        results.append([configs[scores.index(max(scores))], max(scores)])
    return results


def _inner_trains_on_the_outer_fold(configs, fold, score):
    """The inner loop leaves only its own fold out."""
    results = []
    for outer in sorted(set(fold)):
        means = [
            np.mean([score(config, [i for i, f in enumerate(fold) if f != inner],
                           [i for i, f in enumerate(fold) if f == inner])
                     for inner in sorted(set(fold) - {outer})])
            for config in configs
        ]  # fmt: skip
        best = configs[int(np.argmax(means))]
        results.append([best, score(best, [i for i, f in enumerate(fold) if f != outer],
                                    [i for i, f in enumerate(fold) if f == outer])])  # fmt: skip
    return results


def _reports_the_inner_score(configs, fold, score):
    results = []
    for outer in sorted(set(fold)):
        rest = [i for i, f in enumerate(fold) if f != outer]
        means = [
            float(np.mean([score(config, [i for i in rest if fold[i] != inner],
                                 [i for i in rest if fold[i] == inner])
                           for inner in sorted({fold[i] for i in rest})]))
            for config in configs
        ]  # fmt: skip
        results.append([configs[int(np.argmax(means))], max(means)])
    return results


def _tests_on_training(configs, fold, score):
    rows, pairs = list(range(len(fold))), []
    chosen = [config for config, _ in nested_cv(configs, fold, score)]
    for config, outer in zip(chosen, sorted(set(fold)), strict=True):
        pairs.append([config, score(config, rows, [i for i in rows if fold[i] == outer])])
    return pairs


def _worst(configs, fold, score):
    chosen = [config for config, _ in nested_cv(configs, fold, lambda *call: -score(*call))]
    return [[config, score(config, [i for i, f in enumerate(fold) if f != outer],
                           [i for i, f in enumerate(fold) if f == outer])]
            for config, outer in zip(chosen, sorted(set(fold)), strict=True)]  # fmt: skip


def _one_pair(configs, fold, score):
    pairs = nested_cv(configs, fold, score)
    return [pairs[0][0], sum(value for _, value in pairs) / len(pairs)]


EXERCISE = Exercise(
    id="6.1-e4",
    name="nested_cv",
    reference=nested_cv,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Pretend, for each outer fold, that its rows do not exist. Choose. Only then look at them.",
        "Two loops over folds. The inner one runs over the other folds: train on the rows in "
        "neither of both, test on the inner fold. The best mean wins; then one score outside.",
        "inner: train = [i for i, f in enumerate(fold) if f not in (outer, inner)]; best = "
        "configs[means.index(max(means))]; then score(best, rows not in outer, rows in outer)",
    ),
    wrong=(
        Wrong("chosen on the outer fold", _chosen_on_the_outer_fold, "has seen that fold"),
        Wrong(
            "the inner loop trains on it", _inner_trains_on_the_outer_fold, "leave both folds out"
        ),
        Wrong("the inner score is reported", _reports_the_inner_score, "The score of a fold"),
        Wrong("tests on what it trained on", _tests_on_training, "must not be in the training"),
        Wrong("takes the worst", _worst, "greatest mean"),
        Wrong("one pair for all", _one_pair, "for each fold"),
    ),
    equivalent={
        "nested_cv: `sum(scores) / len(scores)` -> `sum(scores)`": "all have as many inner folds"
    },
    note="The mean of the scores estimates the whole procedure, choosing included. The folds may "
    "choose different configurations: ship what the same search chooses on all rows.",
)
