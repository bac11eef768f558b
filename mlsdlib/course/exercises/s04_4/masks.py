"""Exercise 4.4-e4: hide words as BERT does."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def mlm_mask(ids, mask_id, vocab_size, special_ids, rng):
    """Return the inputs with some tokens hidden, and the labels: the hidden ones, else -100."""
    ordinary = [i for i in range(vocab_size) if i not in special_ids and i != mask_id]
    inputs, labels = [], []
    for token in ids:
        if token in special_ids or rng.random() >= 0.15:
            inputs.append(token)
            labels.append(-100)
            continue
        fate = rng.random()
        drawn = ordinary[int(rng.integers(len(ordinary)))]
        inputs.append(mask_id if fate < 0.8 else drawn if fate < 0.9 else token)
        labels.append(token)
    return inputs, labels


_N = 20_000


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"n": 0, "vocab": 50, "special": [0, 1], "seed": 1}
    yield {"n": 30, "vocab": 50, "special": [0, 1], "seed": 2}
    yield {"n": _N, "vocab": 50, "special": [0, 1], "seed": 3}
    yield {"n": _N, "vocab": 1_000, "special": [7, 999], "seed": 4}
    for _ in range(2):
        yield {"n": _N, "vocab": 200, "special": [0, 199], "seed": int(rng.integers(1_000))}


def _ids(case: Case) -> list[int]:
    ids = np.random.default_rng([case["seed"], 1]).integers(case["vocab"], size=case["n"])
    return [i if i != 2 else 3 for i in ids.tolist()]  # 2 is the mask


def _call(function: Callable[..., object], case: Case) -> object:
    rng = np.random.default_rng([case["seed"], 2])
    result = attempted(function(_ids(case), 2, case["vocab"], list(case["special"]), rng))
    try:
        inputs, labels = result
        return [[int(i) for i in inputs], [int(i) for i in labels]]
    except (TypeError, ValueError):
        return result


def _show(name: str, case: Case) -> str:
    return f"{name}(ids of {case['n']:,} tokens, 2, {case['vocab']}, {case['special']}, rng)"


def _judge(case: Case, result: object) -> Problem | None:
    ids, special = _ids(case), set(case["special"])
    match result:
        case [list() as inputs, list() as labels] if len(inputs) == len(labels) == len(ids):
            pass
        case _:
            why = "Return a pair of lists, inputs and labels, each as long as the ids."
            return Problem(Words("two lists of whole numbers"), why)
    selected = [i for i, label in enumerate(labels) if label != -100]
    for i, (new, label, old) in enumerate(zip(inputs, labels, ids, strict=True)):
        why = ""
        if old in special and (new != old or label != -100):
            why = "is special: it stays, and has the label -100."
        elif label == -100 and new != old:
            why = "was changed but has no label: then nothing is learned from it."
        elif label not in (-100, old):
            why = "has a label that is not the token that stood there."
        elif new in special and old not in special:
            why = "became a special token: draw the random ones from the ordinary tokens."
        elif not 0 <= new < case["vocab"]:
            why = "became a number that is no token."
        if why:
            return Problem(Words("unchanged, or selected with its label"), f"Token {i} {why}")
    if len(ids) < _N:
        return None
    able = sum(i not in special for i in ids)
    if not 0.135 < len(selected) / able < 0.165:
        why = (
            "15 % of the ordinary tokens are selected and have a label: here "
            f"{len(selected) / able:.1%}."
        )
        return Problem(Words("15 % selected"), why)
    masked = sum(inputs[i] == 2 for i in selected) / len(selected)
    kept = sum(inputs[i] == ids[i] for i in selected) / len(selected)
    if kept < 0.03 and 0.85 < masked < 0.95:
        why = "A selected token that stays as it is still has its label: the model must guess it."
        return Problem(Words("10 % of the selected stay"), why)
    if not (0.76 < masked < 0.84 and 0.07 < kept < 0.135):
        why = (
            "Of the selected, 80 % become the mask, 10 % a random token, 10 % stay: here "
            f"{masked:.0%} are masked and {kept:.0%} as they were."
        )
        return Problem(Words("80 %, 10 %, 10 %"), why)
    drawn = {inputs[i] for i in selected if inputs[i] not in (2, ids[i])}
    ordinary, draws = case["vocab"] - 3, len(selected) / 10
    if len(drawn) < 0.8 * ordinary * (1 - math.exp(-draws / ordinary)):
        return Problem(
            Words("any ordinary token"), "A random token is drawn anew each time, from all."
        )
    return None


def _changed(change):
    """The right answer, with one thing done otherwise."""

    def mask(ids, mask_id, vocab_size, special_ids, rng):
        inputs, labels = mlm_mask(ids, mask_id, vocab_size, special_ids, rng)
        return change(ids, inputs, labels, mask_id, vocab_size, rng)

    return mask


def _all_random(ids, inputs, labels, mask_id, vocab_size, rng):
    """Replaces all of the 15 % by random tokens, as the common short account says."""
    drawn = rng.integers(8, vocab_size - 8, len(ids)).tolist()
    return [new if label != -100 else i
            for i, new, label in zip(inputs, drawn, labels, strict=True)], labels  # fmt: skip


def _all_masked(ids, inputs, labels, mask_id, vocab_size, rng):
    return [mask_id if label != -100 else i
            for i, label in zip(inputs, labels, strict=True)], labels  # fmt: skip


def _labels_everywhere(ids, inputs, labels, mask_id, vocab_size, rng):
    return inputs, list(ids)


def _no_label_if_kept(ids, inputs, labels, mask_id, vocab_size, rng):
    """Gives no label to the selected tokens that stay."""
    return inputs, [label if i != old else -100
                    for i, old, label in zip(inputs, ids, labels, strict=True)]  # fmt: skip


def _specials_too(ids, mask_id, vocab_size, special_ids, rng):
    return mlm_mask(ids, mask_id, vocab_size, [], rng)


def _labels_are_inputs(ids, inputs, labels, mask_id, vocab_size, rng):
    return inputs, [i if label != -100 else -100 for i, label in zip(inputs, labels, strict=True)]


EXERCISE = Exercise(
    id="4.4-e4",
    name="mlm_mask",
    reference=mlm_mask,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=_show,
    hints=(
        "Two draws for a token: is it selected, and if so, what becomes of it?",
        "Special tokens are never selected. A selected one keeps its number as label, whatever "
        "becomes of it in the inputs.",
        "fate = rng.random(); mask below 0.8, a random ordinary token below 0.9, else the token",
    ),
    wrong=(
        Wrong("all selected become random", _changed(_all_random), "80 % become the mask"),
        Wrong("all selected become the mask", _changed(_all_masked), "10 % stay"),
        Wrong("every token has a label", _changed(_labels_everywhere), "label"),
        Wrong("no label if it stays", _changed(_no_label_if_kept), "still has its label"),
        Wrong("special tokens too", _specials_too, "is special"),
        Wrong("labels after masking", _changed(_labels_are_inputs), "not the token that stood"),
    ),
    note="BERT drew its masks once, before training. RoBERTa draws new ones each time a text is "
    "seen, which is more data for nothing.",
    equivalent={
        "mlm_mask: `rng.random() >= 0.15` -> `rng.random() > 0.15`": "a draw is never 0.15 itself",
        "mlm_mask: `fate < 0.8` -> `fate <= 0.8`": "a draw is never 0.8 itself",
        "mlm_mask: `fate < 0.9` -> `fate <= 0.9`": "a draw is never 0.9 itself",
        "mlm_mask: `fate < 0.9` -> `fate >= 0.9`": "two tenths change places: as many are random",
    },
)
