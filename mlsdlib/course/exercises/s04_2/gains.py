"""Exercise 4.2-e7: what did the pre-trained model gain?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong, same_number
from mlsdlib.course.exercises.s04_2._results import as_list

__all__ = ["EXERCISE"]


def transfer_gain(pretrained, scratch):
    """Return the mean gain over the runs that both have, and the ends of its 95 % interval."""
    from scipy import stats

    gains = [pretrained[run] - scratch[run] for run in pretrained if run in scratch]
    n = len(gains)
    if n < 2:
        return None
    mean = sum(gains) / n
    spread = (sum((gain - mean) ** 2 for gain in gains) / (n - 1)) ** 0.5
    half = float(stats.t.ppf(0.975, n - 1)) * spread / n**0.5
    return mean, mean - half, mean + half


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": [{"a": 0.8, "b": 0.7, "c": 0.9}, {"a": 0.7, "b": 0.65, "c": 0.6}]}
    yield {"args": [{"a": 0.8, "b": 0.5, "c": 0.6}, {"d": 0.1, "c": 0.5, "b": 0.45}]}  # by name
    yield {"args": [{"a": 0.8, "b": 0.6}, {"a": 0.7, "b": 0.7}]}  # two runs: a huge interval
    yield {"args": [{"a": 0.75, "b": 0.5}, {"a": 0.5, "b": 0.25}]}  # all gains are equal
    yield {"args": [{"a": 0.8, "b": 0.6}, {"a": 0.8, "b": 0.6}]}
    yield {"args": [{"a": 0.8, "b": 0.6, "c": 0.9}, {"a": 0.7, "c": 0.4, "d": 0.1}]}
    yield {"args": [{"a": 0.8, "b": 0.6}, {"a": 0.7}]}  # one pair is too few
    yield {"args": [{}, {"a": 0.7}]}
    for _ in range(15):
        runs = [f"run {i}" for i in range(int(rng.integers(3, 8)))]
        tables = []
        for _ in range(2):
            kept = [run for run in rng.permutation(runs).tolist() if rng.random() < 0.85]
            tables.append({run: round(float(rng.uniform(0.3, 1)), 3) for run in kept})
        yield {"args": tables}


def _judge(case: Case, result: object) -> Problem | None:
    pretrained, scratch = case["args"]
    expected = transfer_gain(pretrained, scratch)
    if expected is None:
        why = "Fewer than two pairs have no interval: return None."
        return None if result is None else Problem(None, why)
    result = as_list(result)
    match result:
        case [mean, low, high]:
            pass
        case _:
            return Problem(expected, "Return three numbers: the mean gain, and both ends.")
    if all(same_number(*pair) for pair in zip(result, expected, strict=True)):
        return None
    if same_number(low, expected[0]) and same_number(mean, expected[1]):
        why = "First the mean gain, then the lower end, then the upper end."
    elif not same_number(mean, expected[0]):
        why = (
            "Pair the runs by their names: subtract scratch from pre-trained within each run that "
            "both have, and take the mean of the gains."
        )
    elif same_number(high - low, 0) or same_number(expected[1], expected[2]):
        why = "Equal gains in all runs have an interval without width; other gains have not."
    else:
        why = (
            "Half the width is t.ppf(0.975, n - 1) times the standard deviation of the gains, "
            "with n - 1 below the sum, divided by the root of n, the number of pairs."
        )
    return Problem(expected, why)


def _unpaired(pretrained, scratch):
    from scipy import stats

    common = [run for run in pretrained if run in scratch]
    if len(common) < 2:
        return None
    a, b = ([table[run] for run in common] for table in (pretrained, scratch))
    mean = float(np.mean(a) - np.mean(b))
    error = float(np.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / len(common)))
    half = float(stats.t.ppf(0.975, len(common) - 1)) * error
    return mean, mean - half, mean + half


def _by_position(pretrained, scratch):
    pairs = list(zip(pretrained.values(), scratch.values(), strict=False))
    numbers = range(len(pairs))
    return transfer_gain({i: pairs[i][0] for i in numbers}, {i: pairs[i][1] for i in numbers})


def _normal_quantile(pretrained, scratch):
    gains = [pretrained[run] - scratch[run] for run in pretrained if run in scratch]
    if len(gains) < 2:
        return None
    mean = float(np.mean(gains))
    half = 1.96 * float(np.std(gains, ddof=1)) / len(gains) ** 0.5
    return mean, mean - half, mean + half


def _loss_for_gain(pretrained, scratch):
    return transfer_gain(scratch, pretrained)


def _one_pair_is_certain(pretrained, scratch):
    gains = [pretrained[run] - scratch[run] for run in pretrained if run in scratch]
    return (gains[0],) * 3 if len(gains) == 1 else transfer_gain(pretrained, scratch)


EXERCISE = Exercise(
    id="4.2-e7",
    name="transfer_gain",
    reference=transfer_gain,
    cases=_cases,
    judge=_judge,
    hints=(
        "Runs differ much: some get good images, some bad ones. Compare within a run.",
        "First the gains, one a run that both have. Their mean, their standard deviation with "
        "n - 1, and Student's t with n - 1 degrees of freedom.",
        "half = stats.t.ppf(0.975, n - 1) * statistics.stdev(gains) / n ** 0.5; return mean, mean "
        "- half, mean + half",
    ),
    wrong=(
        Wrong("not paired", _unpaired, "standard deviation of the gains"),
        Wrong("paired by position", _by_position, "by their names"),
        Wrong("1.96 for so few runs", _normal_quantile, "t.ppf(0.975, n - 1)"),
        Wrong("loss for gain", _loss_for_gain, "subtract scratch from pre-trained"),
        Wrong("one pair is certain", _one_pair_is_certain, "Fewer than two pairs"),
    ),
    note="The interval covers what differs between the runs and nothing else. Runs that share "
    "training images are not independent, and it is then too narrow.",
)
