"""Transformers and the splitter inside scikit-learn: its own checks, pipelines and searches."""

import pickle
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.estimator_checks import parametrize_with_checks

from mlsdlib.features import (
    CyclicalEncoder,
    HashedCross,
    PurgedTimeSeriesSplit,
    cross,
    hash_index,
    sinusoidal_embedding,
)


@parametrize_with_checks([CyclicalEncoder(24), HashedCross(), HashedCross(7, seed=3)])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


# --- CyclicalEncoder ---


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=10),
    st.floats(0.1, 1000),
    st.integers(-100, 100),
)
def test_a_whole_turn_changes_nothing_and_all_lie_on_the_circle(x, period, turns):
    x = np.array(x)[:, None]
    once = CyclicalEncoder(period).fit_transform(x)
    later = CyclicalEncoder(period).fit_transform(x + turns * period)
    np.testing.assert_allclose(later, once, atol=1e-6)
    np.testing.assert_allclose((once**2).sum(axis=1), 1, atol=1e-12)


def test_neighbours_on_the_clock_are_as_near_at_midnight_as_at_noon():
    hours = CyclicalEncoder(24).fit_transform(np.arange(24.0)[:, None])
    steps = np.linalg.norm(hours - np.roll(hours, 1, axis=0), axis=1)
    np.testing.assert_allclose(steps, 2 * np.sin(np.pi / 24))


def test_columns_have_periods_and_names_of_their_own():
    frame = pd.DataFrame({"hour": [0, 6], "day": [0.0, 3.5]}, index=[7, 8])
    encoder = CyclicalEncoder([24, 7]).set_output(transform="pandas")
    found = encoder.fit_transform(frame)
    assert found.columns.tolist() == ["hour_sin", "hour_cos", "day_sin", "day_cos"]
    assert found.index.tolist() == [7, 8]
    np.testing.assert_allclose(found, [[0, 1, 0, 1], [1, 0, 0, -1]], atol=1e-12)
    assert encoder.periods_.tolist() == [24, 7]
    assert CyclicalEncoder(2).fit([[1, 2]]).get_feature_names_out().tolist() == [
        *("x0_sin", "x0_cos", "x1_sin", "x1_cos")
    ]


def test_missing_stays_missing_and_floats_keep_their_size():
    found = CyclicalEncoder(4).fit_transform(np.array([[1.0], [np.nan]], np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[1, 0], [np.nan, np.nan]], atol=1e-6)


def test_datetimes_are_no_numbers():
    days = pd.DataFrame({"hour": [1.0, 2.0], "day": pd.date_range("2024", periods=2)})
    for X in (days, days["day"].to_numpy()[:, None], days[["day"]] - pd.Timestamp(0)):
        with pytest.raises(TypeError, match="X must hold numbers in the unit of period, got date"):
            CyclicalEncoder(24).fit(X)
    encoder = CyclicalEncoder(24).fit(days[["hour"]])
    with pytest.raises(TypeError, match="X must hold numbers in the unit of period"):
        encoder.transform(days[["day"]].set_axis(["hour"], axis=1))


def test_hours_since_1970_keep_their_digits():
    hours = 490_000.25
    found = CyclicalEncoder(24).fit_transform([[hours]])
    expected = CyclicalEncoder(24).fit_transform([[hours % 24]])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("period", "error", "message"),
    [
        (0, ValueError, "period must be positive and finite, got 0"),
        ([24, np.inf], ValueError, "period must be positive and finite"),
        ([24, 7, 12], ValueError, "period must be one number or one for each of 2 columns"),
        ("24", TypeError, "period must be a number or one for each column, got '24'"),
        ([24, [7]], TypeError, "period must be a number or one for each column, got "),
        ([[24, 7]], ValueError, "period must be one number or one for each of 2 columns"),
        (True, TypeError, "period must be a number or one for each column, got True"),
        (None, TypeError, "period must be a number or one for each column, got None"),
    ],
)
def test_cyclical_encoder_says_what_it_takes(period, error, message):
    with pytest.raises(error, match=message):
        CyclicalEncoder(period).fit(np.zeros((3, 2)))


# --- HashedCross ---


def frame():
    return pd.DataFrame({"carrier": ["UA", "UA", "AA"], "hour": [6, 17, 6], "delay": [0.5, 1, 2]})


def test_it_hashes_the_cross():
    found = HashedCross(50, seed=2).fit_transform(frame())
    expected = hash_index(cross(["UA", "UA", "AA"], [6, 17, 6], [0.5, 1, 2]), 50, seed=2)
    assert found.shape == (3, 1)
    assert found[:, 0].tolist() == expected.tolist()


def test_a_frame_an_array_and_a_list_are_one():
    table = frame()[["carrier", "hour"]]
    crossed = HashedCross(10**6).fit(table)
    expected = crossed.transform(table)
    for same in (table.to_numpy(), table.to_numpy().tolist(), table.astype({"hour": float})):
        np.testing.assert_array_equal(HashedCross(10**6).fit_transform(same), expected)


def test_integers_beside_floats_keep_their_digits():
    table = pd.DataFrame({"id": [2**60, 2**60 + 1], "x": [0.5, 0.5]})
    first, second = HashedCross(10**9).fit_transform(table)[:, 0]
    assert first != second


def test_what_was_never_seen_has_its_bin():
    crossed = HashedCross(100).fit(frame()[["carrier"]])
    found = crossed.transform(pd.DataFrame({"carrier": ["new"]}))
    assert found.tolist() == [[hash_index(["new"], 100)[0]]]


def test_its_column_has_a_name():
    crossed = HashedCross(100).set_output(transform="pandas").fit(frame())
    assert crossed.transform(frame()).columns.tolist() == ["carrier_x_hour_x_delay"]
    assert crossed.get_feature_names_out().tolist() == ["carrier_x_hour_x_delay"]


def test_hashed_cross_says_what_it_takes():
    with pytest.raises(ValueError, match="n_bins must be between 1 and 2147483647, got 0"):
        HashedCross(0).fit(frame())
    with pytest.raises(TypeError, match="seed must be a whole number, got None"):
        HashedCross(seed=None).fit(frame())
    with pytest.raises(ValueError, match=r"columns\[0\] must not hold nulls, got 1"):
        HashedCross().fit_transform(pd.DataFrame({"a": ["x", None]}))
    with pytest.raises(ValueError, match="carrier"):  # scikit-learn's own words
        HashedCross().fit(frame()).transform(frame()[["hour", "delay"]])
    for one in (frame()["carrier"], ["UA", "AA"]):
        with pytest.raises(ValueError, match=r"Expected (a )?2"):
            HashedCross().fit(one)


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_frames_of_other_backends_have_the_same_bins(backend):
    table = frame()
    expected = HashedCross(10**6).fit_transform(table)
    other = table.convert_dtypes(dtype_backend=backend)
    np.testing.assert_array_equal(HashedCross(10**6).fit(table).transform(other), expected)
    assert HashedCross(9).fit(table).transform(other[:0]).shape == (0, 1)


# --- together ---


def flights(n=400):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "a": rng.choice(list("xy"), n),
            "b": rng.choice(list("uv"), n),
            "hour": rng.integers(0, 24, n),
        }
    )
    xor = (table["a"] == "x") ^ (table["b"] == "u")
    return table, (xor ^ (rng.random(n) < 0.1)).astype(int)


def model(n_bins=64):
    crossed = make_pipeline(HashedCross(n_bins), OneHotEncoder(handle_unknown="ignore"))
    columns = make_column_transformer((crossed, ["a", "b"]), (CyclicalEncoder(24), ["hour"]))
    return make_pipeline(columns, LogisticRegression())


def test_a_cross_finds_the_xor_that_single_columns_do_not():
    X, y = flights()
    single = make_pipeline(OneHotEncoder(), LogisticRegression())
    assert cross_validate(single, X[["a", "b"]], y)["test_score"].mean() < 0.6
    assert cross_validate(model(), X, y)["test_score"].mean() > 0.85


def test_clones_pickles_and_searches():
    X, y = flights()
    search = GridSearchCV(
        model(),
        {"columntransformer__pipeline__hashedcross__n_bins": [1, 64]},
        cv=PurgedTimeSeriesSplit(3, horizon=5),
    ).fit(X, y)
    assert list(search.best_params_.values()) == [64]
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))
    assert clone(CyclicalEncoder(7)).period == 7
    assert repr(clone(HashedCross(9, seed=1))) == "HashedCross(n_bins=9, seed=1)"


def test_names_reach_the_end_of_a_column_transformer():
    X, _ = flights()
    columns = ColumnTransformer(
        [("cross", HashedCross(9), ["a", "b"]), ("clock", CyclicalEncoder(24), ["hour"])]
    ).set_output(transform="pandas")
    names = ["cross__a_x_b", "clock__hour_sin", "clock__hour_cos"]
    assert columns.fit_transform(X).columns.tolist() == names
    assert columns.get_feature_names_out().tolist() == names


# --- sinusoidal_embedding ---


def test_the_published_embedding():
    expected = [0.841471, 0.540302, 0.01, 0.99995]
    np.testing.assert_allclose(sinusoidal_embedding(1, 4), expected, atol=5e-7)
    assert sinusoidal_embedding(0, 6).tolist() == [0, 1, 0, 1, 0, 1]


@settings(max_examples=50, deadline=None)
@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(-500, 500), st.integers(1, 32))
def test_dot_products_depend_on_the_offset_only(p, q, shift, half):
    d = 2 * half
    a, b, c, e = sinusoidal_embedding([p, q, p + shift, q + shift], d)
    assert a @ b == pytest.approx(c @ e, abs=1e-9)
    assert a @ a == pytest.approx(half)


def test_its_shape_is_that_of_the_positions():
    assert sinusoidal_embedding(np.zeros((2, 3)), 8).shape == (2, 3, 8)
    assert sinusoidal_embedding([], 2).shape == (0, 2)
    assert sinusoidal_embedding(3, 2, base=100).tolist() == [np.sin(3), np.cos(3)]


@pytest.mark.parametrize(
    ("position", "d", "base", "error", "message"),
    [
        (1, 3, 10, ValueError, "d must be even, got 3"),
        (1, 0, 10, ValueError, "d must be at least 2, got 0"),
        (1, 4.0, 10, TypeError, "d must be a whole number, got 4.0"),
        (1, 4, 1, ValueError, "base must be finite and above 1, got 1"),
        (1, 4, "e", TypeError, "base must be a number, got 'e'"),
        ("1", 4, 10, TypeError, "position must hold numbers"),
        ([1, np.nan], 4, 10, ValueError, "position must be finite, got 1 not"),
    ],
)
def test_sinusoidal_embedding_says_what_it_takes(position, d, base, error, message):
    with pytest.raises(error, match=message):
        sinusoidal_embedding(position, d, base=base)


# --- PurgedTimeSeriesSplit ---


def folds(splitter, X):
    return [(train.tolist(), test.tolist()) for train, test in splitter.split(X)]


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 40), st.integers(2, 6), st.integers(0, 4), st.integers(0, 3))
def test_on_whole_steps_it_is_scikit_learns_split_with_a_gap(n, n_splits, horizon, embargo):
    X = np.zeros((n, 1))
    ours = PurgedTimeSeriesSplit(n_splits, horizon=horizon, embargo=embargo)
    try:
        expected = folds(TimeSeriesSplit(n_splits, gap=horizon + embargo), X)
    except ValueError:
        with pytest.raises(ValueError, match="must"):
            folds(ours, X)
        return
    assert folds(ours, X) == expected


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=6, max_size=60),
    st.integers(1, 4),
    st.integers(0, 5),
    st.integers(0, 3),
)
def test_no_label_reaches_into_the_test(times, n_splits, horizon, embargo):
    X = pd.DataFrame({"t": times})
    splitter = PurgedTimeSeriesSplit(n_splits, horizon=horizon, embargo=embargo, time="t")
    try:
        found = list(splitter.split(X))
    except ValueError:
        assume(False)
    t, tested = np.array(times), []
    for train, test in found:
        begin = t[test].min()
        # All rows whose label is decided before the test, and no others.
        assert sorted(train) == np.flatnonzero(t + horizon + embargo < begin).tolist()
        assert (np.diff(t[train]) >= 0).all()
        assert (np.diff(t[test]) >= 0).all()
        tested.append(set(t[test].tolist()))
    # Simultaneous rows stay together, and each row from the first test on is tested once.
    assert sum(map(len, tested)) == len(set.union(*tested))
    first = t[found[0][1]].min()
    assert (
        sorted(np.concatenate([test for _, test in found])) == np.flatnonzero(t >= first).tolist()
    )


def test_time_from_the_index_the_column_and_the_row():
    days = pd.date_range("2024-01-01", periods=9, freq="D")
    order = np.random.default_rng(0).permutation(9)
    expected = folds(PurgedTimeSeriesSplit(2, horizon=1), np.zeros((9, 1)))
    by_index = pd.DataFrame({"x": 0.0}, index=days)
    by_column = pd.DataFrame({"when": days})
    day = timedelta(days=1)
    assert folds(PurgedTimeSeriesSplit(2, horizon=day), by_index) == expected
    assert (
        folds(PurgedTimeSeriesSplit(2, horizon=np.timedelta64(24, "h")), by_index["x"]) == expected
    )
    assert folds(PurgedTimeSeriesSplit(2, horizon=day, time="when"), by_column) == expected
    assert folds(PurgedTimeSeriesSplit(2, horizon=day), by_index.tz_localize("UTC")) == expected
    shuffled = folds(PurgedTimeSeriesSplit(2, horizon=day), by_index.iloc[order])
    assert [(order[a].tolist(), order[b].tolist()) for a, b in shuffled] == expected


def test_rows_of_a_list_and_of_a_sparse_matrix_are_numbered():
    expected = folds(PurgedTimeSeriesSplit(2, horizon=1), np.zeros((9, 1)))
    assert folds(PurgedTimeSeriesSplit(2, horizon=1), [[0]] * 9) == expected
    assert folds(PurgedTimeSeriesSplit(2, horizon=1), csr_array((9, 1))) == expected


def test_the_hour_that_comes_twice_is_two_hours():
    night = pd.date_range("2024-10-27", periods=6, freq="h", tz="Europe/Paris")
    X = pd.DataFrame({"t": night})
    splitter = PurgedTimeSeriesSplit(1, horizon=timedelta(hours=1), time="t")
    assert folds(splitter, X) == [([0, 1], [3, 4, 5])]
    assert folds(splitter, X.assign(t=list(night.to_pydatetime()))) == [([0, 1], [3, 4, 5])]
    assert folds(splitter, X.astype("timestamp[ns, UTC][pyarrow]")) == [([0, 1], [3, 4, 5])]


def test_zero_needs_no_unit():
    X = pd.DataFrame({"x": range(4)}, index=pd.date_range("2024", periods=4, freq="h"))
    assert folds(PurgedTimeSeriesSplit(1, horizon=0), X) == [([0, 1], [2, 3])]
    found = folds(PurgedTimeSeriesSplit(1, horizon=0, embargo=timedelta(hours=1)), X)
    assert found == [([0], [2, 3])]


def test_times_at_the_end_of_what_can_be_counted():
    X = pd.DataFrame({"t": np.array([-(2**63), -(2**63) + 1, 5, 6])})
    assert folds(PurgedTimeSeriesSplit(1, horizon=1, time="t"), X) == [([0, 1], [2, 3])]
    with pytest.raises(ValueError, match="must leave rows to train on"):
        folds(PurgedTimeSeriesSplit(1, horizon=2**64, time="t"), X)


def test_it_serves_cross_validation():
    X = pd.DataFrame({"x": range(40)})
    splitter = PurgedTimeSeriesSplit(3, horizon=2)
    assert splitter.get_n_splits(X) == 3
    y = np.arange(40) % 2
    assert len(cross_validate(DummyClassifier(), X, y, cv=splitter)["test_score"]) == 3
    assert repr(splitter) == "PurgedTimeSeriesSplit(embargo=0, horizon=2, n_splits=3, time=None)"
    assert folds(pickle.loads(pickle.dumps(splitter)), X) == folds(splitter, X)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_splits": 0, "horizon": 1}, ValueError, "n_splits must be at least 1, got 0"),
        ({"n_splits": 2.0, "horizon": 1}, TypeError, "n_splits must be a whole number, got 2.0"),
        ({"horizon": -1}, ValueError, "horizon must be zero or positive, got -1"),
        ({"horizon": np.nan}, ValueError, "horizon must be zero or positive, got nan"),
        ({"horizon": "1h"}, TypeError, "horizon must be a number or a timedelta, got '1h'"),
        ({"horizon": True}, TypeError, "horizon must be a number or a timedelta, got True"),
        ({"horizon": np.timedelta64(1)}, TypeError, "horizon must have a unit, got"),
        (
            {"horizon": 1, "embargo": timedelta(-1)},
            ValueError,
            "embargo must be zero or positive",
        ),
        (
            {"horizon": 1, "embargo": np.timedelta64("NaT")},
            ValueError,
            "embargo must be zero or positive",
        ),
    ],
)
def test_the_splitter_says_what_it_takes(options, error, message):
    with pytest.raises(error, match=message):
        PurgedTimeSeriesSplit(**options)


@pytest.mark.parametrize(
    ("X", "options", "error", "message"),
    [
        (np.zeros((5, 1)), {"horizon": 0}, ValueError, "n_splits must be below the number of rows"),
        (
            np.zeros((9, 1)),
            {"n_splits": 2, "horizon": 3},
            ValueError,
            "must leave rows to train on",
        ),
        (
            pd.DataFrame({"t": [1, 1, 1, 2, 2, 2]}),
            {"n_splits": 2, "horizon": 0, "time": "t"},
            ValueError,
            "n_splits must be small enough for the 2 distinct times, got 2",
        ),
        (
            pd.DataFrame({"t": [1, 2]}, index=["a", "b"]),
            {"n_splits": 1, "horizon": 0},
            TypeError,
            "the index of X must hold numbers or datetimes",
        ),
        (
            pd.DataFrame({"t": [1, 2]}),
            {"n_splits": 1, "horizon": 0, "time": "u"},
            ValueError,
            "time must name one column of X, got 'u'",
        ),
        (
            np.zeros((3, 1)),
            {"n_splits": 1, "horizon": 0, "time": "t"},
            TypeError,
            "time must be None where X is no DataFrame, got 't' and ndarray",
        ),
        (
            pd.DataFrame({"t": pd.to_datetime(["2024-01-01", "2024-01-02"])}),
            {"n_splits": 1, "horizon": 1, "time": "t"},
            TypeError,
            "horizon must be a timedelta, as the times are datetimes; got 1",
        ),
        *(
            (
                pd.DataFrame({"t": pd.to_datetime(["2024-01-01", "2024-01-02"])}),
                {"n_splits": 1, "horizon": span, "time": "t"},
                ValueError,
                "horizon must be countable in nanoseconds, got",
            )
            for span in (np.timedelta64(1, "M"), timedelta(days=200_000))
        ),
        (None, {"horizon": 0}, TypeError, "X must hold the rows to split, got None"),
        (
            np.zeros((4, 1)),
            {"n_splits": 1, "horizon": timedelta(1)},
            TypeError,
            "horizon must be a number, as the times are numbers",
        ),
        (
            pd.DataFrame({"t": [1.0, np.nan]}),
            {"n_splits": 1, "horizon": 0, "time": "t"},
            ValueError,
            r"X\['t'\] must not hold NaN, got 1",
        ),
    ],
)
def test_the_splitter_says_what_it_cannot_split(X, options, error, message):
    with pytest.raises(error, match=message):
        folds(PurgedTimeSeriesSplit(**options), X)
