"""Behaviour tests: what changes, what fails, and how often `predict` is called."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.estimate import wilson
from mlsdlib.evaluation import directional_test, invariance_test, minimum_functionality_test


class Counted:
    """A prediction that counts its calls and the rows it saw."""

    def __init__(self, predict):
        self.predict, self.rows = predict, []

    def __call__(self, X):
        self.rows.append(len(X))
        return self.predict(X)


def first_column(X):
    return np.asarray(X)[:, 0]


# --- invariance_test ---


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-5, 5), st.integers(-2, 2)), min_size=1, max_size=30).filter(
        lambda rows: any(step for _, step in rows)
    ),
    st.sampled_from([0.0, 1.0]),
)
def test_it_is_the_loop_over_rows(rows, tol):
    x, step = (np.array(column, float) for column in zip(*rows, strict=True))
    predict = Counted(lambda X: np.round(X[:, 0] / 2))
    found = invariance_test(predict, x[:, None], lambda X: X + step[:, None], tol=tol)
    failed, n = [], 0
    for i in range(len(x)):
        if step[i] == 0:
            continue
        n += 1
        if abs(round((x[i] + step[i]) / 2) - round(x[i] / 2)) > tol:
            failed.append(i)
    assert found.failed.tolist() == failed
    assert (found.n, found.unchanged) == (n, len(x) - n)
    assert found.rate == wilson(len(failed), n)
    assert predict.rows == [2 * n]  # one call, and not for what did not change


def test_every_kind_of_rows_can_be_perturbed():
    text = ["a http://x", "b", "c http://y"]

    def drop_url(t):
        return t.split(" http")[0]

    def n_words(texts):
        return [len(t.split()) for t in texts]

    by_list = invariance_test(n_words, text, lambda X: [drop_url(t) for t in X])
    by_series = invariance_test(n_words, pd.Series(text), lambda X: X.map(drop_url))
    by_array = invariance_test(
        n_words, np.array(text), lambda X: np.array([drop_url(t) for t in X])
    )
    frame = pd.DataFrame({"t": text, "n": [1.0, np.nan, 3.0]}, index=[7, 7, 9])
    by_frame = invariance_test(
        lambda X: n_words(X.loc[X.index, "t"]), frame, lambda X: X.assign(t=X["t"].map(drop_url))
    )
    for found in (by_list, by_series, by_array, by_frame):
        assert found.failed.tolist() == [0, 2]
        assert (found.n, found.unchanged) == (2, 1)
        assert found.failed.dtype == np.int64
    assert frame.index.tolist() == [7, 7, 9]


def test_missing_stays_missing_is_no_change_and_gone_missing_is_one():
    frame = pd.DataFrame(
        {
            "a": pd.array([1, None, 3], dtype="Int64"),
            "b": pd.Categorical(["x", None, "y"]),
            "c": [1.0, np.nan, 2.0],
        }
    )
    found = invariance_test(lambda X: X["c"].fillna(0), frame, lambda X: X.fillna({"c": 0.0}))
    assert (found.n, found.unchanged, found.failed.tolist()) == (1, 2, [])
    gone = invariance_test(
        lambda X: X["a"].isna(), frame, lambda X: X.assign(a=X["a"].where(X["a"] < 3))
    )
    assert (gone.n, gone.failed.tolist()) == (1, [2])


def test_what_cannot_be_compared_can_be_missing():
    frame = pd.DataFrame({"a": pd.Series([pd.NA, "x", pd.NA], dtype=object)})
    found = invariance_test(lambda X: X["a"].isna(), frame, lambda X: X.assign(a=["y", "x", pd.NA]))
    assert (found.n, found.unchanged, found.failed.tolist()) == (1, 2, [0])


def test_missing_is_missing_in_a_list_too():
    def predict(X):
        return [0.0 if x is None or x != x else x for x in X]

    def add(X):
        return [None if x is None else x + 1 for x in X]

    found = invariance_test(predict, [1.0, math.nan, None], add)
    assert (found.n, found.unchanged, found.failed.tolist()) == (1, 2, [0])


def test_labels_numbers_and_probabilities():
    x = np.array([[0.1], [0.5], [0.9]])

    def probabilities(X):
        return np.column_stack([X[:, 0] / 2, 1 - X[:, 0] / 2])

    def shift(X):
        return X + 0.06

    assert len(invariance_test(probabilities, x, shift).failed) == 3
    assert len(invariance_test(probabilities, x, shift, tol=0.05).failed) == 0
    # Of three probabilities two move, by 0.03 each.
    one_stays = invariance_test(lambda X: np.c_[probabilities(X) * 0.8, 0.2 + 0 * X], x, shift)
    assert len(one_stays.failed) == 3
    labels = invariance_test(lambda X: np.where(X[:, 0] > 0.52, "yes", "no"), x, shift)
    assert labels.failed.tolist() == [1]
    bools = invariance_test(lambda X: X[:, 0] > 0.52, x, shift)
    assert bools.failed.tolist() == [1]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"X": []}, ValueError, "X must hold at least one row, got none"),
        ({"X": "text"}, TypeError, "X must be an array, a frame or a list of rows"),
        ({"perturb": lambda X: X}, ValueError, "perturb must change at least one row, it changed"),
        ({"perturb": lambda X: X[:1] + 1}, ValueError, "perturb must return a row for each: got 1"),
        ({"perturb": lambda X: (X + 1).tolist()}, TypeError, "perturb must return what it takes"),
        ({"perturb": lambda X: np.hstack([X, X])}, ValueError, r"keep the shape \(2, 1\)"),
        ({"predict": lambda X: X[:1, 0]}, ValueError, "predict must return a prediction a row"),
        ({"predict": lambda X: 1.0}, ValueError, "predict must return a prediction a row"),
        ({"predict": lambda X: X[:, 0] * math.nan}, ValueError, "must not return NaN, got 4"),
        ({"predict": lambda X: ["a"] * len(X), "tol": 1}, ValueError, "tol must be 0 where"),
        ({"tol": -1}, ValueError, "tol must be zero or positive, got -1"),
    ],
)
def test_invariance_rejects(arguments, error, message):
    usual = {"predict": first_column, "X": np.zeros((2, 1)), "perturb": lambda X: X + 1}
    with pytest.raises(error, match=message):
        invariance_test(**usual | arguments)


def test_a_frame_must_keep_its_columns():
    with pytest.raises(ValueError, match=r"perturb must keep the columns \['a'\], got \['b'\]"):
        invariance_test(
            first_column, pd.DataFrame({"a": [1]}), lambda X: X.rename(columns={"a": "b"})
        )


# --- directional_test ---


@pytest.mark.parametrize("dtype", [float, int, np.uint8])
def test_a_plateau_does_not_fail_and_the_tolerance_is_allowed(dtype):
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    rise = np.array([1.0, 0.0, -1.0, -2.0])

    def predict(X):  # the rise of each row is what its second half adds
        return (np.r_[np.zeros(4), rise] + 2).astype(dtype)

    def shift(X):
        return X + 0.5

    def failed(direction, tol=0.0):
        return directional_test(predict, x, shift, direction=direction, tol=tol).failed.tolist()

    assert failed("up") == [2, 3]
    assert failed("down") == [0]
    assert failed("up", tol=1.0) == [3]
    assert failed("up", tol=2.0) == []


def test_a_monotone_model_never_fails_and_a_wrong_one_always():
    x = np.random.default_rng(0).normal(size=(200, 1))
    up = directional_test(first_column, x, lambda X: X * 2 + 9, direction="up")
    assert up.rate == wilson(0, 200)
    predict = Counted(lambda X: -X[:, 0])
    down = directional_test(predict, x, lambda X: X + 1, direction="up")
    assert (down.rate, predict.rows) == (wilson(200, 200), [400])


def test_a_prediction_may_be_infinite():
    def log(X):
        with np.errstate(divide="ignore"):
            return np.log(X[:, 0])

    x = np.array([[0.0], [1.0]])
    for tol in (0.0, 0.1):
        assert invariance_test(log, x, lambda X: X * [[1.0], [2.0]], tol=tol).failed.tolist() == [1]
    columns = np.array([[0.0, 1.0], [0.0, 2.0]])
    found = directional_test(log, columns, lambda X: X + np.array([0, 1]), direction="up")
    assert (found.n, len(found.failed)) == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"direction": "left"}, ValueError, "direction must be among up, down; got 'left'"),
        ({"predict": lambda X: ["a"] * len(X)}, TypeError, "predict must return a number a row"),
        ({"predict": lambda X: X[:, 0] > 0}, TypeError, "predict must return a number a row"),
        ({"predict": lambda X: np.hstack([X, X])}, TypeError, "predict must return a number a row"),
    ],
)
def test_directional_rejects(arguments, error, message):
    usual = {"predict": first_column, "X": np.zeros((2, 1)), "perturb": lambda X: X + 1}
    with pytest.raises(error, match=message):
        directional_test(**usual | {"direction": "up"} | arguments)


# --- minimum_functionality_test ---


def test_cases_are_counted_and_named():
    predict = Counted(lambda X: [x.upper() for x in X])
    found = minimum_functionality_test(predict, ["a", "b", "c"], ["A", "X", "C"])
    assert (found.failed.tolist(), found.n, found.rate) == ([1], 3, wilson(1, 3))
    assert predict.rows == [3]
    numbers = minimum_functionality_test(first_column, np.array([[1.0], [2.0]]), [1, 2.5], tol=0.5)
    assert len(numbers.failed) == 0
    numbers = minimum_functionality_test(first_column, np.array([[1.0], [2.0]]), [1, 2.5])
    assert numbers.failed.tolist() == [1]


@pytest.mark.parametrize(
    ("cases", "expected", "tol", "message"),
    [
        ([], [], 0, "cases must hold at least one row, got none"),
        (["a"], ["a", "b"], 0, "expected must hold a value a case: got 2 for 1"),
        (["a"], ["a"], 1, "tol must be 0 where predictions are labels, got 1"),
        (["a"], [["a"]], 0, "predict must return one value a case"),
    ],
)
def test_minimum_functionality_rejects(cases, expected, tol, message):
    with pytest.raises(ValueError, match=message):
        minimum_functionality_test(list, cases, expected, tol=tol)
