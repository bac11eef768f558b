"""Predictions in a file, profiles from a log, and models in ONNX."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsdlib.serving import (
    HybridPredictor,
    OnnxModel,
    Precomputed,
    Profiles,
    TTLCache,
    precompute,
    profiles_asof,
)
from mlsdlib.worlds import Drift, ShopSmart, ShopSmartConfig


def total(rows):
    return rows.sum(axis=1)


# ---- precompute


@pytest.mark.parametrize("chunk", [1, 3, 256])
def test_the_file_holds_what_the_model_says(tmp_path, chunk):
    rows, file = np.arange(20.0).reshape(10, 2), tmp_path / "p.parquet"
    keys = [f"user {k}" for k in range(10)]
    assert precompute(total, keys, rows, file, computed_at=50.0, chunk=chunk) == 10
    table = pd.read_parquet(file).set_index("key")["prediction"]
    assert table.to_dict() == dict(zip(keys, total(rows).tolist(), strict=True))
    found = Precomputed(file)
    assert (len(found), found.computed_at) == (10, 50.0)
    assert found.get("user 3", at=51.0).value == 13.0
    assert [path.name for path in tmp_path.iterdir()] == ["p.parquet"]


def test_a_prediction_may_be_a_list(tmp_path):
    file = tmp_path / "p.parquet"
    precompute(lambda rows: rows[:, :2], [1, 2], np.eye(2, 3), file, computed_at=0.0)
    assert Precomputed(file).get(2, at=0.0).value == [0.0, 1.0]


def test_a_run_that_fails_leaves_the_older_file(tmp_path):
    file = tmp_path / "p.parquet"
    precompute(total, [1], np.ones((1, 2)), file, computed_at=1.0)

    def broken(rows):
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        precompute(broken, [1], np.ones((1, 2)), file, computed_at=2.0)
    with pytest.raises(pa.ArrowException):  # no type for these: fails while it writes
        precompute(lambda rows: np.array([object()]), [1], np.ones((1, 2)), file, computed_at=2.0)
    assert Precomputed(file).computed_at == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["p.parquet"]


def test_no_key_makes_an_empty_file(tmp_path):
    file = tmp_path / "p.parquet"
    assert precompute(total, [], np.ones((0, 2)), file, computed_at=1.0) == 0
    assert len(Precomputed(file)) == 0


@pytest.mark.parametrize(
    ("keys", "rows", "more", "message"),
    [
        ([1, 2], np.ones((3, 2)), {}, r"rows must be as many as keys, 2, got shape \(3, 2\)"),
        ([1, 1], np.ones((2, 2)), {}, "keys must differ from each other"),
        ([1], np.ones((1, 2)), {"chunk": 0}, "chunk must be at least 1, got 0"),
        ([1], np.ones((1, 2)), {"computed_at": float("nan")}, "computed_at must be at least 0"),
        ([1], np.ones((1, 2)), {"predict": lambda rows: [1, 2]}, "got 1 rows and gave 2"),
    ],
)
def test_precompute_names_what_it_will_not_take(tmp_path, keys, rows, more, message):
    options = {"predict": total, "computed_at": 0.0} | more
    with pytest.raises(ValueError, match=message):
        precompute(options.pop("predict"), keys, rows, tmp_path / "p.parquet", **options)
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_fresh_is_given_out(tmp_path):
    file = tmp_path / "p.parquet"
    precompute(total, [7], np.ones((1, 2)), file, computed_at=100.0)
    table = Precomputed(file, max_age=60.0, max_skew=5.0)
    ages = {at: table.get(7, at=at) for at in (94.9, 95.0, 100.0, 160.0, 160.1)}
    assert [at for at, served in ages.items() if served is not None] == [95.0, 100.0, 160.0]
    assert [ages[at].age for at in (95.0, 100.0, 160.0)] == [0.0, 0.0, 60.0]
    assert table.get(8, at=100.0) is None
    assert Precomputed(file).get(7, at=99.9) is None  # without skew the future is an error


def test_another_file_is_refused(tmp_path):
    pq.write_table(pa.table({"key": [1], "prediction": [1.0]}), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match=r"x\.parquet was not written by precompute"):
        Precomputed(tmp_path / "x.parquet")


def test_the_hybrid_takes_the_table_while_it_is_fresh(tmp_path):
    file = tmp_path / "p.parquet"
    precompute(total, ["a"], np.ones((1, 2)), file, computed_at=0.0)
    table = Precomputed(file, max_age=10.0)
    hybrid = HybridPredictor(lambda key: key.upper(), precomputed=table, cache=TTLCache(5))
    asked = [("a", 1.0), ("b", 1.0), ("b", 2.0), ("a", 11.0), ("a", 12.0)]
    found = [hybrid(key, at=at) for key, at in asked]
    assert [served.value for served in found] == [2.0, "B", "B", "A", "A"]
    assert [s.source for s in found] == ["precomputed", "online", "cache", "online", "cache"]
    assert hybrid.sources() == {"precomputed": 1, "online": 2, "cache": 2}


# ---- profiles


events = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(-5, 5)), min_size=0, max_size=30
)


@settings(max_examples=200, deadline=None)
@given(events, st.lists(st.tuples(st.integers(-1, 11), st.integers(0, 4)), max_size=15))
def test_the_log_and_the_stream_give_the_same(log, queries):
    vectors = np.array([[v, 1.0] for _, _, v in log]).reshape(-1, 2)
    arguments = ([time for time, _, _ in log], [key for _, key, _ in log], vectors,
                 [at for at, _ in queries], [key for _, key in queries])  # fmt: skip
    found = profiles_asof(*arguments, prior=2)
    assert found == pytest.approx(Profiles(2, prior=2).replay(*arguments))
    for row, (at, key) in zip(found, queries, strict=True):
        stream = Profiles(2, prior=2)
        for time, whose, value in sorted(log):
            if time < at:
                stream.update(whose, [value, 1.0])
        assert row == pytest.approx(stream.get(key))


def test_many_is_one_by_one_and_merged_is_all():
    rng = np.random.default_rng(0)
    keys, vectors = rng.integers(3, size=50).tolist(), rng.normal(size=(50, 4))
    one, many, halves = Profiles(4), Profiles(4), [Profiles(4), Profiles(4)]
    for key, vector in zip(keys, vectors, strict=True):
        one.update(key, vector)
    many.update_many(keys, vectors)
    for half, part in zip(halves, (slice(25), slice(25, None)), strict=True):
        half.update_many(keys[part], vectors[part])
    untouched = halves[1].get(0)
    halves[0].merge(halves[1])
    halves[0].update(0, np.ones(4))
    one.update(0, np.ones(4))
    many.update(0, np.ones(4))
    assert halves[1].get(0) == pytest.approx(untouched)
    for key in range(4):
        assert many.get(key).tolist() == one.get(key).tolist()
        assert halves[0].get(key) == pytest.approx(one.get(key))


def visit_profiles(world, *, prior=3.0):
    style = world.products.filter(like="style_").to_numpy()
    clicks, searches = world.clicks, world.searches
    known = (clicks["received"] - world.start).dt.total_seconds()
    asked = (searches["time"] - world.start).dt.total_seconds()
    return profiles_asof(known, clicks["session_id"], style[clicks["product_id"]], asked,
                         searches["session_id"], prior=prior)  # fmt: skip


def test_no_search_knows_a_click_that_comes_later():
    """Two worlds that are one until a day have the same features until then, to the last digit."""
    drift = Drift(kind="concept", day=3, size=1.0)
    plain, turned = (
        ShopSmart(ShopSmartConfig(n_days=6, searches_per_session=5, drifts=drifts), rng=3)
        for drifts in ((), (drift,))
    )
    before = (plain.searches["time"] < plain.truth.drift.index[3]).to_numpy()
    found, other = visit_profiles(plain), visit_profiles(turned)
    assert found[before] == pytest.approx(other[before])
    assert not np.allclose(found[~before], other[~before])
    first = ~plain.searches["session_id"].duplicated()
    assert not found[first].any()  # nobody has clicked before the first search
    assert found[~first].any()


def test_the_profile_of_a_visit_turns_to_the_taste_of_the_visit():
    """Each search of a visit knows more of what is truly wanted in it than the one before."""
    world = ShopSmart(ShopSmartConfig(searches_per_session=6, session_share=1, n_days=28), rng=1)
    wanted = world.truth.session_taste[world.searches["session_id"]]
    along = (visit_profiles(world) * wanted).sum(axis=1)
    number = world.searches.groupby("session_id").cumcount().to_numpy()
    means = [along[number == k].mean() for k in range(5)]
    assert means[0] == 0
    assert means == sorted(means)
    assert means[4] > 0.15


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keys": ["a"]}, "times, keys and vectors must be as long as each other, got 2, 1"),
        ({"vectors": [1.0, 2.0]}, r"got 2, 2 and shape \(2,\)"),
        ({"query_keys": []}, "query_times and query_keys must be as long as each other, got 1"),
        ({"times": [0.0, np.nan]}, "times must not hold NaN"),
        ({"vectors": [[1.0], [np.inf]]}, "vectors must be finite"),
        ({"prior": -1}, "prior must be at least 0"),
    ],
)
def test_profiles_asof_names_what_it_will_not_take(change, message):
    given = {"times": [0.0, 1.0], "keys": ["a", "b"], "vectors": [[1.0], [2.0]],
             "query_times": [3.0], "query_keys": ["a"], "prior": 1.0} | change  # fmt: skip
    with pytest.raises(ValueError, match=message):
        profiles_asof(**given)


def test_profiles_name_what_they_will_not_take():
    profiles = Profiles(2)
    with pytest.raises(ValueError, match=r"vector must have shape \(2,\), got \(3,\)"):
        profiles.update("a", [1, 2, 3])
    with pytest.raises(ValueError, match="vector must be finite"):
        profiles.update("a", [1, np.nan])
    with pytest.raises(ValueError, match="other must have the same dim and prior"):
        profiles.merge(Profiles(2, prior=9))
    with pytest.raises(ValueError, match="dim must be at least 1"):
        Profiles(0)


# ---- OnnxModel


def graph(inputs, *, width=1):
    from onnx import TensorProto, helper

    named = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in inputs]
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", width])
    node = helper.make_node("ReduceSum", [inputs[0][0], "axes"], ["y"], keepdims=1)
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    made = helper.make_graph([node], "sum", named, [y], initializer=[axes])
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(made, opset_imports=opset, ir_version=9).SerializeToString()


def test_an_onnx_model_is_a_function_of_rows(tmp_path):
    (tmp_path / "m.onnx").write_bytes(graph([("x", ["n", 3])]))
    model = OnnxModel(tmp_path / "m.onnx")
    assert model.n_features == 3
    assert model(np.arange(6).reshape(2, 3)).tolist() == [3.0, 12.0]


@pytest.mark.parametrize("inputs", [[("x", ["n", "m"])], [("x", ["n", 2, 2])],
                                    [("x", ["n", 2]), ("z", ["n", 2])]])  # fmt: skip
def test_a_model_of_other_inputs_is_refused(inputs):
    with pytest.raises(ValueError, match="model must have one input of shape"):
        OnnxModel(graph(inputs))
