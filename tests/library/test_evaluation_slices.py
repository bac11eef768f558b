"""Slices: the loop they replace, planted ones found, and none found where there are none."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsdlib.evaluation import slice_metrics

COLUMNS = ["slice", "n", "errors", "value", "low", "high", "rest", "pvalue", "qvalue"]


def world(rng, n=4_000, planted=0.0):
    """Return rows, labels and predictions wrong in 10 %, and more where a=1 and b=2."""
    frame = pd.DataFrame(
        {name: rng.integers(0, size, n) for name, size in (("a", 4), ("b", 6), ("c", 20))}
    )
    bad = (frame["a"] == 1) & (frame["b"] == 2)
    y = rng.integers(0, 2, n)
    wrong = rng.random(n) < np.where(bad, 0.1 + planted, 0.1)
    return frame, y, np.where(wrong, 1 - y, y)


def by_loop(frame, y, p, by, min_size, pairs):
    """The loop that everybody writes, a slice at a time."""
    wrong = pd.Series(np.asarray(y) != np.asarray(p), index=frame.index)
    keys = [[name] for name in by]
    if pairs:
        keys += [[a, b] for i, a in enumerate(by) for b in by[i + 1 :]]
    found = []
    for names in keys:
        for values, rows in frame.groupby(names, dropna=False, sort=False, observed=True):
            n, k = len(rows), int(wrong[rows.index].sum())
            if n < min_size or n == len(frame):
                continue
            interval = stats.binomtest(k, n).proportion_ci(method="wilson")
            table = [[k, n - k], [wrong.sum() - k, len(frame) - n - (wrong.sum() - k)]]
            pvalue = stats.fisher_exact(table, alternative="greater").pvalue
            name = ", ".join(f"{c}={v}" for c, v in zip(names, values, strict=True))
            rest = (wrong.sum() - k) / (len(frame) - n)
            found.append((name, n, k, k / n, interval.low, interval.high, rest, pvalue))
    result = pd.DataFrame(found, columns=COLUMNS[:-1])
    result["qvalue"] = stats.false_discovery_control(result["pvalue"]) if len(result) else []
    return result


def same(found, peer):
    found, peer = (f.set_index("slice").sort_index() for f in (found, peer))
    assert found.index.tolist() == peer.index.tolist()
    np.testing.assert_allclose(found.to_numpy(float), peer.to_numpy(float), rtol=1e-9, atol=1e-12)


rows = st.lists(
    st.tuples(
        st.sampled_from("xyz"), st.sampled_from([0, 1, None]), st.booleans(), st.integers(0, 2),
        st.integers(0, 2),
    ),
    min_size=2, max_size=40,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(rows, st.integers(1, 6), st.booleans())
def test_it_is_the_loop_over_slices(rows, min_size, pairs):
    a, b, c, y, p = zip(*rows, strict=True)
    frame = pd.DataFrame({"a": a, "b": pd.Series(b, dtype="Int64"), "c": c})
    found = slice_metrics(frame, y, p, by=["a", "b", "c"], min_size=min_size, pairs=pairs)
    assert found.columns.tolist() == COLUMNS
    assert (np.diff(found["pvalue"]) >= 0).all()
    same(found, by_loop(frame, y, p, ["a", "b", "c"], min_size, pairs))


def test_many_levels_are_the_loop_too():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 300, (2_000, 2)), columns=["a", "b"])
    y, p = rng.integers(0, 2, (2, 2_000))
    found = slice_metrics(frame, y, p, by=["a", "b"], min_size=2)
    assert len(found) > 600
    same(found, by_loop(frame, y, p, ["a", "b"], 2, True))


def test_false_positives_and_negatives_count_their_rows():
    rng = np.random.default_rng(1)
    frame, y, p = world(rng, planted=0.3)
    for metric, label in (("fpr", 0), ("fnr", 1)):
        kept = y == label
        found = slice_metrics(frame, y, p, by=["a", "b"], metric=metric)
        peer = slice_metrics(frame[kept], y[kept], p[kept], by=["a", "b"])
        pd.testing.assert_frame_equal(found, peer)


def test_on_null_data_the_promise_is_kept_and_the_naive_search_breaks_it():
    rng = np.random.default_rng(2)
    runs = 200
    found_any = {"none": 0, "bh": 0}
    worst_looks_bad = 0
    for _ in range(runs):
        frame, y, p = world(rng, n=2_000)
        for correction in found_any:
            found = slice_metrics(frame, y, p, by=["a", "b", "c"], correction=correction)
            found_any[correction] += (found["qvalue"] <= 0.05).any()
        assert len(found) > 50
        worst = found.loc[found["value"].idxmax()]
        worst_looks_bad += worst["low"] > 0.1  # the trivial baseline: its own interval
    # All slices are null: one found is one too many.
    assert found_any["bh"] <= stats.binom.ppf(0.999, runs, 0.05)
    assert found_any["none"] > 0.8 * runs
    assert worst_looks_bad > 0.5 * runs


def test_planted_slices_are_found_and_few_others():
    rng = np.random.default_rng(3)
    found_it = 0
    false, kept = [], 0
    for _ in range(50):
        frame, y, p = world(rng, planted=0.25)
        found = slice_metrics(frame, y, p, by=["a", "b", "c"])
        bad = found.loc[found["qvalue"] <= 0.05, "slice"]
        found_it += bad.iloc[0] == "a=1, b=2"
        # What overlaps the planted slice is worse too, diluted.
        false.append(np.mean(~bad.str.contains("a=1|b=2")) if len(bad) else 0.0)
        kept += len(bad)
    assert found_it == 50
    assert np.mean(false) < 0.05


def test_corrections():
    rng = np.random.default_rng(4)
    frame, y, p = world(rng, planted=0.1)
    found = {
        name: slice_metrics(frame, y, p, by=["a", "b"], correction=name)
        for name in ("none", "holm", "bh")
    }
    pvalue = found["none"]["pvalue"].to_numpy()
    m = len(pvalue)
    np.testing.assert_array_equal(found["none"]["qvalue"], pvalue)
    stepwise = [min(1, max((m - j) * pvalue[j] for j in range(i + 1))) for i in range(m)]
    np.testing.assert_allclose(found["holm"]["qvalue"], stepwise)
    rising = [min(1, min(m / (j + 1) * pvalue[j] for j in range(i, m))) for i in range(m)]
    np.testing.assert_allclose(found["bh"]["qvalue"], rising)


def test_tiny_slices_whole_slices_and_missing_values():
    frame = pd.DataFrame({"a": ["x"] * 99 + ["y"], "b": ["z"] * 100, "c": [None, 1.0] * 50})
    y, p = np.zeros(100), np.repeat([0, 1], [90, 10])
    found = slice_metrics(frame, y, p, by=["a", "b", "c"])
    assert set(found["slice"]) == {
        "a=x", "c=nan", "c=1.0", "a=x, c=nan", "a=x, c=1.0", "b=z, c=nan", "b=z, c=1.0", "a=x, b=z",
    }  # fmt: skip
    assert "a=y" in set(slice_metrics(frame, y, p, by=["a"], min_size=1)["slice"])
    nothing = slice_metrics(frame, y, p, by=["b"])
    assert nothing.columns.tolist() == COLUMNS
    assert len(nothing) == 0
    assert len(slice_metrics(frame, y, y, by=["a", "a"])) == 1  # named twice is named once


def test_categories_and_text_labels():
    frame = pd.DataFrame({"a": pd.Categorical(["x", "y"] * 50, categories=["x", "y", "unused"])})
    y, p = ["spam"] * 100, ["spam", "ham"] * 50
    found = slice_metrics(frame, y, p, by=["a"])
    assert found[["slice", "value", "rest"]].to_numpy().tolist() == [
        ["a=y", 1.0, 0.0], ["a=x", 0.0, 1.0],
    ]  # fmt: skip
    assert found["pvalue"][0] == pytest.approx(1 / math.comb(100, 50))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"by": []}, ValueError, "by must name at least one column, got none"),
        ({"by": ["b"]}, ValueError, r"by must name columns of \['a'\], got 'b'"),
        ({"by": "a"}, TypeError, "by must be a list of columns, got 'a'"),
        ({"y": [1]}, ValueError, "frame and y and p must be as long as each other"),
        ({"y": [1, None]}, ValueError, "y must not hold nulls, got 1"),
        ({"p": [[1], [0]]}, ValueError, "p must be one-dimensional"),
        ({"metric": "auc"}, ValueError, "metric must be among error, fpr, fnr; got 'auc'"),
        ({"metric": "fpr", "p": [2, 0]}, ValueError, "p must hold 0 and 1 only for metric='fpr'"),
        ({"metric": "fpr", "y": [1, 1]}, ValueError, "y must hold a row that counts"),
        ({"correction": "sidak"}, ValueError, "correction must be among bh, holm, none"),
        ({"min_size": 0}, ValueError, "min_size must be at least 1, got 0"),
        ({"level": 2}, ValueError, "level must lie between 0 and 1, got 2"),
        ({"frame": [[1], [2]]}, TypeError, "frame must be a DataFrame, got list"),
    ],
)
def test_slices_reject(options, error, message):
    usual = {"frame": pd.DataFrame({"a": [1, 2]}), "y": [0, 1], "p": [0, 1], "by": ["a"]}
    with pytest.raises(error, match=message):
        slice_metrics(**usual | options)
