"""Exercise 9.1-e3: a buffer with room for each class."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Words, Wrong, attempted

__all__ = ["EXERCISE"]


def replay_buffer(stream, k, classes, rng):
    """Return the items kept of each class."""
    room = k // len(classes)
    kept, seen = {label: [] for label in classes}, dict.fromkeys(classes, 0)
    for item, label in stream:
        seen[label] += 1
        if len(kept[label]) < room:
            kept[label].append(item)
        else:
            place = rng.integers(seen[label])
            if place < room:
                kept[label][place] = item
    return kept


_TIMES = 1_200


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    def case(labels, k, classes=("a", "b"), times=1):
        return {
            "labels": list(labels),
            "k": k,
            "classes": list(classes),
            "times": times,
            "seed": int(rng.integers(2**31)),
        }

    yield case("abab", 4)
    yield case("aaaaaaab", 4)  # one of them is rare
    yield case("aaaaaaa", 4)  # and one does not come
    yield case("ab", 6)  # fewer than there is room for
    yield case("", 4)
    yield case("abcabcabc", 7, "abc")  # 7 // 3
    yield case("ababab", 1)  # no room at all
    yield case("a" * 10, 4, times=_TIMES)
    yield case("a" * 8, 3, "a", times=_TIMES)
    yield case("a" * 9 + "b" * 6, 4, times=_TIMES)  # runs
    yield case("ab" * 6, 6, times=_TIMES)
    for _ in range(2):
        labels = rng.choice(list("abc"), int(rng.integers(12, 18)), p=[0.5, 0.3, 0.2]).tolist()
        yield case(labels, 6, "abc", times=_TIMES)


def _call(function: Callable[..., object], case: Case) -> object:
    """Fill buffers again and again; return how often each item was kept, and their sizes."""
    rng, labels = np.random.default_rng(case["seed"]), case["labels"]
    counts, sizes = [0] * len(labels), set()
    for _ in range(case["times"]):
        stream = iter(list(enumerate(labels)))
        kept = attempted(function(stream, case["k"], list(case["classes"]), rng))
        if not isinstance(kept, dict) or set(kept) != set(case["classes"]):
            return {"problem": "no dictionary with all classes and no others"}
        for label, items in kept.items():
            if not isinstance(items, list) or len(set(map(str, items))) != len(items):
                return {"problem": f"for {label!r} no list of different items"}
            if not all(isinstance(i, int) and labels[i] == label for i in items):
                return {"problem": f"for {label!r} items that are not of this class"}
            for item in items:
                counts[item] += 1
        sizes.add(tuple(len(kept[label]) for label in case["classes"]))
    return {"counts": counts, "sizes": sorted(map(list, sizes))}


def _judge(case: Case, result: object) -> Problem | None:
    labels, times = case["labels"], case["times"]
    room = case["k"] // len(case["classes"])
    size = {label: min(room, labels.count(label)) for label in case["classes"]}
    words = Words(", ".join(f"{n} of {label!r}" for label, n in size.items()))
    if "problem" in result:
        return Problem(words, f"It returned {result['problem']}.")
    if result["sizes"] != [list(size.values())]:
        why = (
            f"It kept {' or '.join(map(str, result['sizes']))} of the classes. Each class has room "
            "for k // len(classes) items, whatever the others have, and keeps all if it has fewer."
        )
        return Problem(words, why)
    if times == 1:
        return None
    for label, kept in size.items():
        counts = np.array([c for c, own in zip(result["counts"], labels, strict=True)
                           if own == label], float)  # fmt: skip
        n = len(counts)
        if kept in (0, n):
            continue
        expected = times * kept / n
        # The counts of a sample without replacement vary less than independent ones.
        statistic = ((counts - expected) ** 2).sum() / expected * (n - 1) / (n - kept)
        if statistic > _limit(n - 1):
            shares = ", ".join(f"{c / times:.2f}" for c in counts)
            return Problem(
                Words(f"each item of {label!r} in {kept / n:.2f} of the buffers"),
                f"Over {times} streams the items of {label!r} were kept in {shares} of the "
                "buffers. The i-th item of a class is kept with probability room / i, in place of "
                "one of its class drawn at random: count what you have seen of each class.",
            )
    return None


def _limit(freedom: int) -> float:
    """A chi-square that chance exceeds once in ten million samples."""
    from scipy.special import chdtri

    return float(chdtri(freedom, 1e-7))


def _filled(stream, room, classes, place):
    """Fill the room of each class; `place` says where a further item goes, or not."""
    kept, seen = {label: [] for label in classes}, dict.fromkeys(classes, 0)
    for total, (item, label) in enumerate(stream, start=1):
        seen[label] += 1
        own = kept[label]
        if len(own) < room:
            own.append(item)
        elif room and (at := place(seen[label], total)) is not None and at < room:
            own[at] = item
    return kept


def _oldest(stream, k, classes, rng):
    return _filled(stream, k // len(classes), classes, lambda seen, total: None)


def _newest(stream, k, classes, rng):
    room = k // len(classes)
    kept = {label: [] for label in classes}
    for item, label in stream:
        kept[label] = [*kept[label], item][-room:] if room else []
    return kept


def _counts_all(stream, k, classes, rng):
    room = k // len(classes)
    return _filled(stream, room, classes, lambda seen, total: int(rng.integers(total)))


def _always_replaces(stream, k, classes, rng):
    room = k // len(classes)
    return _filled(stream, room, classes, lambda seen, total: int(rng.integers(room)))


def _one_reservoir(stream, k, classes, rng):
    kept = []
    for i, pair in enumerate(stream):
        if i < k:
            kept.append(pair)
        elif (place := rng.integers(i + 1)) < k:
            kept[place] = pair
    return {label: [item for item, own in kept if own == label] for label in classes}


def _only_those_that_came(stream, k, classes, rng):
    kept = replay_buffer(stream, k, classes, rng)
    return {label: items for label, items in kept.items() if items}


EXERCISE = Exercise(
    id="9.1-e3",
    name="replay_buffer",
    reference=replay_buffer,
    cases=_cases,
    judge=_judge,
    call=_call,
    show=lambda name, case: (
        f"{name}(enumerate({''.join(case['labels'])!r}), {case['k']}, {case['classes']}, rng)"
        + (f", {case['times']} times" if case["times"] > 1 else "")
    ),
    hints=(
        "A reservoir for each class, and each counts only what is its own.",
        "While a class has room, append. Its i-th item, counted from 1, then takes the place of "
        "one of its own with probability room / i.",
        "place = rng.integers(seen[label]); if place < room: kept[label][place] = item",
    ),
    wrong=(
        Wrong("the oldest", _oldest, "room / i"),
        Wrong("the newest", _newest, "room / i"),
        Wrong("counts all classes", _counts_all, "of each class"),
        Wrong("always replaces", _always_replaces, "room / i"),
        Wrong("one reservoir for all", _one_reservoir, "whatever the others have"),
        Wrong("only those that came", _only_those_that_came, "all classes"),
    ),
    note="It must know all classes beforehand, and leaves room empty while some have not come. The "
    "library's ReplayBuffer(balanced=True) needs neither: it takes from the largest class.",
)
