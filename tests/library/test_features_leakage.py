"""The leakage report: each leak planted and found, the hotel's own, and silence on noise."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_wine
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import train_test_split

from mlsdlib import datasets
from mlsdlib.features import LeakageReport, leakage_report
from mlsdlib.features import _leakage as leakage
from mlsdlib.features import _overlaps as overlaps
from mlsdlib.features import _scores as scores


def noise(rng, n=400, *, kind="class"):
    """A table in which nothing tells the label."""
    table = pd.DataFrame(
        {
            "normal": rng.normal(size=n),
            "count": rng.poisson(3, n),
            "letter": rng.choice(list("abcde"), n),
            "flag": rng.random(n) < 0.3,
            "city": rng.zipf(1.5, n).clip(max=200).astype(str),
            "holes": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        }
    )
    table["day"] = pd.date_range("2024", periods=n, freq="h")
    table["user"] = np.arange(n)
    y = {
        "class": rng.random(n) < 0.3,
        "rare": rng.permutation(n) < max(0.03 * n, 6),
        "three": rng.choice(["x", "y", "z"], n),
        "number": rng.exponential(size=n),
    }
    return table.assign(y=y[kind])


def halves(table):
    cut = 3 * len(table) // 4
    return table[:cut], table[cut:]


def report(table, rng=0, **options):
    return leakage_report(*halves(table), target="y", rng=rng, **options)


def found(result):
    return {(check, column) for check, column in result.suspicious[["check", "column"]].to_numpy()}


# --- noise ---


@pytest.mark.parametrize("kind", ["class", "rare", "three", "number"])
@pytest.mark.parametrize(("n", "reports", "too_many"), [(60, 30, 6), (400, 10, 4)])
def test_it_is_silent_on_noise(kind, n, reports, too_many):
    rng = np.random.default_rng(0)
    alarms = [
        found(report(noise(rng, n, kind=kind), rng=rng, time="day", group="user"))
        for _ in range(reports)
    ]
    # At the rate of 5 % that it promises, so many come in one test of 200.
    assert sum(map(bool, alarms)) < too_many, list(filter(None, alarms))


def test_chance_is_exceeded_by_the_best_of_noise_in_one_report_of_twenty():
    rng = np.random.default_rng(1)
    beyond = 0
    for _ in range(100):
        table = noise(rng, 200)[["normal", "letter", "holes", "y"]]
        frame = report(table, rng=rng).frame
        tells = frame[frame["check"].eq("score")]
        beyond += (tells["value"] > tells["chance"]).any()
    assert 0 < beyond <= 13  # binomial(100, 1/20): 99 %


def test_a_false_alarm_in_one_report_of_twenty_is_what_the_shuffles_allow():
    assert (0 + 1) / (leakage.SHUFFLES + 1) == 0.05


def test_which_checks_there_are():
    table = noise(np.random.default_rng(18))
    result = report(table, time="day", group="user")
    scored = ["normal", "count", "letter", "flag", "city", "holes"]
    named = [("identifier", name) for name in ("index", "day", "user")]
    assert sorted(result.frame[["check", "column"]].itertuples(index=False, name=None)) == sorted(
        [("duplicates", ""), ("index", ""), ("time", "day"), ("group", "user"), *named]
        + [(check, name) for check in ("score", "value") for name in scored]
        + [("missing", "holes")]  # of the others nothing is missing
    )
    # The smallest tables it takes.
    small = leakage_report(table[:10], table[10:11], target="y", rng=0).frame
    assert small["check"].eq("score").sum() == 7
    leaky = report(table.assign(a=table["y"], b=table["y"])).suspicious
    assert leaky["column"].tolist() == ["a", "a", "b", "b"]
    assert leaky.index.tolist() == [0, 1, 2, 3]
    assert leaky.columns[0] == "check"


def test_the_seed_is_all_that_decides():
    table = noise(np.random.default_rng(2))
    first, again, other = (report(table, rng=seed).frame for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(first, again)
    assert not first["chance"].equals(other["chance"])


# --- planted leaks ---


def test_rows_of_train_in_test_are_found():
    table = noise(np.random.default_rng(3))
    train, test = halves(table)
    mixed = pd.concat([test, train.head(10)])
    result = leakage_report(train, mixed, target="y", rng=0)
    assert found(result) == {("duplicates", ""), ("index", "")}
    frame = result.frame.set_index("check")
    assert frame.loc["index", "value"] == 10 / 110
    # Rows with a number of their own are compared without it.
    anew = mixed.assign(user=range(1000, 1110)).reset_index(drop=True)
    result = leakage_report(train, anew, target="y", rng=0)
    assert found(result) == {("duplicates", "")}
    assert result.frame.loc[0, "value"] == 10 / 110
    assert result.frame.loc[0, "detail"] == "10 of 110 test rows stand in train"


def test_rows_that_repeat_by_chance_are_none_of_its_business():
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"a": rng.integers(0, 3, 400), "b": rng.integers(0, 3, 400)})
    table["y"] = rng.integers(0, 2, 400)
    row = report(table).frame.iloc[0]
    assert row["check"] == "duplicates"
    assert row["value"] == 1
    assert row["limit"] > 1
    assert not row["suspicious"]


def test_the_past_in_the_test_is_found():
    table = noise(np.random.default_rng(5))
    assert found(report(table, time="day")) == set()
    later = table.assign(day=table["day"].to_numpy()[::-1])
    assert ("time", "day") in found(report(later, time="day"))
    # The day on which training ends is not a later day.
    days = table.assign(day=np.arange(400) // 8)
    assert found(report(days, time="day")) == {("time", "day")}
    frame = report(days, time="day").frame.set_index("check")
    assert frame.loc["time", "value"] == 4 / 100


def test_groups_on_both_sides_are_found():
    rng = np.random.default_rng(6)
    table = noise(rng).assign(user=rng.integers(0, 100, 400))
    assert found(report(table, group="user")) == {("group", "user")}
    apart = table.sort_values("user", kind="stable").assign(user=lambda t: t["user"] // 2)
    train = apart[apart["user"] < 40]
    result = leakage_report(train, apart[apart["user"] >= 40], target="y", group="user", rng=0)
    assert found(result) == set()


@pytest.mark.parametrize("dressed", ["datetime", "text", "zone"])
def test_dates_from_the_future_are_found(dressed):
    table = noise(np.random.default_rng(7))
    shipped = table["day"] - pd.to_timedelta(3, "D")
    shipped[7] = table["day"][7] + pd.to_timedelta(1, "D")
    shipped[8] = pd.NaT
    table["shipped"] = {
        "datetime": shipped,
        "text": shipped.dt.strftime("%Y-%m-%d %H:%M"),
        "zone": shipped.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
    }[dressed]
    result = report(table, time="day")
    assert found(result) == {("future", "shipped")}
    assert result.suspicious.loc[0, "value"] == 1 / 300
    assert result.suspicious.loc[0, "detail"] == "1 of 300 rows have it after day"
    assert found(report(table)) == set()  # after what?


@pytest.mark.parametrize(
    "dressed", ["date", "category", "string[pyarrow]", "date32[pyarrow]", "timestamp[us][pyarrow]"]
)
def test_dates_from_files_are_dates(dressed):
    table = noise(np.random.default_rng(7))
    shipped = table["day"].dt.normalize() - pd.to_timedelta(3, "D")
    shipped[7] = table["day"][7].normalize() + pd.to_timedelta(1, "D")
    shipped[8] = pd.NaT
    if dressed == "date":
        table["shipped"] = shipped.dt.date
    elif dressed.startswith("timestamp"):
        table["shipped"] = shipped.astype(dressed)
    elif dressed == "date32[pyarrow]":
        table["shipped"] = shipped.dt.date.astype(dressed)
    else:
        table["shipped"] = shipped.dt.strftime("%Y-%m-%d").astype(dressed)
    result = report(table, time="day")
    assert found(result) == {("future", "shipped")}
    assert result.suspicious.loc[0, "value"] == 1 / 300


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_frames_of_other_backends_give_the_same_report(backend):
    table = noise(np.random.default_rng(15))
    other = table.convert_dtypes(dtype_backend=backend)
    other["day"] = table["day"]  # as numbers of one kind
    options = {"time": "day", "group": "user"}
    values = [report(one, **options).frame["value"] for one in (table, other)]
    np.testing.assert_allclose(*values)


def test_a_test_row_without_a_time_is_in_no_order():
    table = noise(np.random.default_rng(16)).assign(day=np.arange(400.0))
    table.loc[[300, 399], "day"] = np.nan, 5
    for dtype in ("float64", "Int64", "double[pyarrow]"):
        frame = report(table.astype({"day": dtype}), time="day").frame.set_index("check")
        assert frame.loc["time", "value"] == 1 / 100


def test_a_label_of_huge_numbers_is_scored_like_any():
    table = noise(np.random.default_rng(17), kind="number")
    values = [
        report(table.assign(y=table["y"] * factor)).frame["value"] for factor in (1, 1e200, 1e-200)
    ]
    np.testing.assert_allclose(values[1], values[0])
    np.testing.assert_allclose(values[2], values[0])


def test_numbers_and_other_texts_are_no_dates():
    table = noise(np.random.default_rng(8))
    for column in (["2024"] * 400, ["2999-13-01"] * 400, ["2999-01-011"] * 400, [None] * 400):
        assert "future" not in set(report(table.assign(c=column), time="day").frame["check"])
    assert "future" not in set(report(table.assign(n=table["user"]), time="user").frame["check"])


def test_a_table_sorted_by_its_label_is_found():
    rng = np.random.default_rng(9)
    table = (
        noise(rng).sort_values("y", kind="stable", ignore_index=True).sample(frac=1, random_state=0)
    )
    assert found(report(table.assign(user=rng.permutation(400)))) == {("identifier", "index")}
    assert ("identifier", "user") in found(report(table.assign(user=table.index)))
    # With an index of text it is the row's number.
    named = table.sort_index().set_axis([f"row{i}" for i in range(400)])
    train, test = named[::2], named[1::2]
    result = leakage_report(train, test, target="y", rng=0)
    assert ("identifier", "index") in found(result)


@pytest.mark.parametrize("kind", ["class", "rare", "three", "number"])
def test_a_column_that_is_the_label_in_other_words_is_found(kind):
    table = noise(np.random.default_rng(10), 2000, kind=kind)
    is_number = kind == "number"
    y = table["y"]
    words = y.round(1) if is_number else y.map(lambda label: f"is {label}")
    result = report(table.assign(words=words))
    assert ("score", "words") in found(result)
    assert {column for _, column in found(result)} == {"words"}
    assert result.metric == ("R2" if is_number else "AUC")


def test_a_value_that_gives_the_label_away_is_found():
    rng = np.random.default_rng(11)
    table = noise(rng, 1000)
    y = table["y"].to_numpy()
    table["deposit"] = np.where(y & (rng.random(1000) < 0.3), "none back", "free")
    result = report(table)
    assert found(result) == {("value", "deposit")}
    rows = int((halves(table)[0]["deposit"] == "none back").sum())
    assert result.suspicious.loc[0, "detail"] == f"'none back': 100.0% of {rows} rows are True"
    # A special number inside the range of the others, too.
    table["deposit"] = np.where(table["deposit"].eq("none back"), 0.0, rng.normal(size=1000))
    assert found(report(table)) == {("value", "deposit")}


def test_a_hole_that_gives_the_label_away_is_found():
    rng = np.random.default_rng(12)
    table = noise(rng, 1000)
    y = table["y"].to_numpy()
    gone = y & (rng.random(1000) < 0.5)
    hole = table.assign(last=np.where(gone, np.nan, rng.normal(size=1000)))
    assert found(report(hole)) == {("missing", "last")}
    assert report(hole).suspicious.loc[0, "detail"].startswith("missing: 100.0% of")
    there = table.assign(last=np.where(gone, rng.normal(size=1000), np.nan))
    assert ("missing", "last") in found(report(there))
    detail = report(there).frame.set_index(["check", "column"]).loc[("missing", "last"), "detail"]
    rows = int(halves(there)[0]["last"].notna().sum())
    assert detail == f"not missing: 100.0% of {rows} rows are True"
    number = noise(rng, 1000, kind="number")
    number.loc[gone, "y"] = 5.0
    number["last"] = np.where(gone, np.nan, rng.normal(size=1000))
    assert ("missing", "last") in found(report(number))


def test_many_small_classes_do_not_hide_a_leak():
    rng = np.random.default_rng(14)
    table = noise(rng, 2000)
    y = np.where(rng.random(2000) < 0.2, rng.integers(0, 300, 2000).astype(str), "common")
    y = np.where(rng.random(2000) < 0.3, "second", y)
    words = pd.Series(y).where(rng.random(2000) < 0.9, "unknown")
    assert ("score", "words") in found(report(table.assign(y=y, words=words)))
    assert found(report(table.assign(y=y))) == set()


def test_odd_columns_do_not_disturb():
    table = noise(np.random.default_rng(13)).assign(
        constant=1,
        empty=np.nan,
        category=pd.Categorical(list("ab") * 200),
        nullable=pd.array([1, None] * 200, "Int64"),
        mixed=[1, "a"] * 200,
        span=pd.to_timedelta(np.arange(400), "h"),
        zone=pd.date_range("2024", periods=400, freq="h", tz="Asia/Tokyo"),
        **{"7": 0.5},
    )
    table[7] = 1.5
    result = report(table)
    assert found(result) == set()
    assert isinstance(result, LeakageReport)
    assert result.frame.columns.tolist() == [
        *("check", "column", "value", "chance", "limit", "suspicious", "detail")
    ]


# --- real data ---


def hotel():
    table = datasets.load_hotel_bookings()
    parts = ("arrival_date_year", "arrival_date_month", "arrival_date_day_of_month")
    arrival = pd.to_datetime(
        table[parts[0]].astype(str).str.cat([table[p].astype(str) for p in parts[1:]], "-")
    )
    return table.assign(arrival=arrival)


def test_the_hotels_own_leaks_are_found():
    train, test = train_test_split(hotel(), random_state=0)
    result = leakage_report(train, test, target="is_canceled", time="arrival", rng=0)
    assert found(result) == {
        ("duplicates", ""),
        ("time", "arrival"),
        ("future", "reservation_status_date"),
        ("identifier", "index"),  # the file is in blocks of one label
        ("score", "reservation_status"),
        ("value", "reservation_status"),
        ("value", "deposit_type"),
        ("value", "required_car_parking_spaces"),  # noted down on arrival
    }
    duplicates = result.frame.loc[0]
    assert 0.25 < duplicates["value"] < 0.4
    assert duplicates["chance"] < 0.001


def test_the_hotel_with_shuffled_labels_has_no_leaks_left_but_its_duplicates():
    table = hotel().drop(columns="reservation_status_date").sample(20_000, random_state=0)
    table["is_canceled"] = np.random.default_rng(0).permutation(table["is_canceled"])
    train, test = train_test_split(table, random_state=0)
    result = leakage_report(train, test, target="is_canceled", rng=0)
    assert found(result) <= {("duplicates", "")}


def test_an_honest_table_is_not_accused_of_being_noise():
    wine = load_wine(as_frame=True).frame.sample(frac=1, random_state=0)
    result = leakage_report(wine[:130], wine[130:], target="target", rng=0)
    scored = result.frame[result.frame["check"].eq("score")]
    assert (scored["value"] > scored["chance"]).mean() > 0.8
    assert result.metric == "AUC"


# --- its parts ---


def auc_by_hand(bins, labels, folds):
    """The same, row by row with scikit-learn."""
    areas = {}
    sizes = np.bincount(labels)
    asked = np.flatnonzero(sizes >= min(20, np.sort(sizes)[-2]))
    for fold, label in itertools.product(range(5), asked):
        here, is_label = folds == fold, labels == label
        learnt = is_label[~here]
        if not 0 < is_label[here].sum() < here.sum():
            continue
        means = [
            (learnt[bins[~here] == one].sum() + 10 * learnt.mean())
            / ((bins[~here] == one).sum() + 10)
            for one in bins[here]
        ]
        areas.setdefault(label, []).append(roc_auc_score(is_label[here], np.round(means, 12)))
    return max(map(np.mean, areas.values()), default=0.5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(10, 60), st.integers(2, 4), st.integers(1, 12))
@example(9, 52, 3, 2)  # two bins with equal means that differ in the last digit
def test_the_area_from_counts_is_that_from_rows(seed, n, n_classes, n_bins):
    rng = np.random.default_rng(seed)
    column = rng.integers(0, n_bins, n).astype(float)
    target = np.append(np.arange(n_classes), rng.integers(0, n_classes, n - n_classes))
    labels = scores.labels_of(target, rng)
    bins = scores.bins_of("x", column)
    table = labels.table(bins)
    expected = auc_by_hand(bins.codes, labels.values, labels.folds)
    assert scores.score(table, is_classes=True) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(40, 100), st.integers(1, 12))
def test_the_variance_told_from_counts_is_that_from_rows(seed, n, n_bins):
    rng = np.random.default_rng(seed)
    column = rng.integers(0, n_bins, n)
    labels = scores.labels_of(column + rng.normal(size=n), rng)
    bins = scores.bins_of("x", column)
    y, folds = labels.values, labels.folds
    error = spread = 0.0
    for fold in range(5):
        here = folds == fold
        means = np.array(
            [
                (y[~here & (bins.codes == one)].sum() + 10 * y[~here].mean())
                / ((~here & (bins.codes == one)).sum() + 10)
                for one in bins.codes[here]
            ]
        )
        part = y[here].var() * here.sum()
        spread += part
        error += (1 - r2_score(y[here], means)) * part
    value = scores.score(labels.table(bins), is_classes=False)
    assert value == pytest.approx(1 - error / spread, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 60)), min_size=1, max_size=300))
def test_numbers_keep_their_order_in_bins_of_like_size(values):
    bins = scores.bins_of("x", pd.Series(values, dtype=float))
    assert bins.codes.max() < bins.size
    is_null = np.array([value is None for value in values])
    np.testing.assert_array_equal(bins.codes == bins.size - 1, is_null)
    known = [value for value in values if value is not None]
    counts = pd.Series(known, dtype=float).value_counts()
    parts = min(32, max(math.isqrt(len(values)), 2))
    one_by_one = len(counts) <= parts
    for code in np.unique(bins.codes[~is_null]):
        inside = {values[i] for i in np.flatnonzero(bins.codes == code)}
        is_heavy = max(counts[value] for value in inside) >= max(3, 20)
        assert len(inside) == 1 or not (one_by_one or is_heavy)
        if len(inside) > 1:
            assert sum(counts[value] for value in inside) <= len(known) / parts + counts.max()


def test_many_numbers_are_cut_into_32_parts_of_equally_many_rows():
    column = np.random.default_rng(0).permutation(np.arange(3200.0))
    bins = scores.bins_of("x", column)
    assert np.bincount(bins.codes).tolist() == [100] * 32
    np.testing.assert_array_equal(bins.codes, column // 100)
    assert bins.size == 33  # and one for what is missing
    # Few rows are cut into fewer, two at least.
    assert scores.bins_of("x", np.arange(101.0)).size == 11
    assert scores.bins_of("x", np.arange(3.0)).codes.tolist() == [0, 0, 1]
    # With no more values than parts each has its own.
    assert scores.bins_of("x", np.arange(3200) % 32).codes.tolist() == [*range(32)] * 100


@pytest.mark.parametrize(("n", "rows", "has_its_own"), [
    (1000, 19, False), (1000, 20, True), (5000, 49, False), (5000, 50, True),
])  # fmt: skip
def test_a_number_of_many_rows_has_a_bin_of_its_own(n, rows, has_its_own):
    column = np.arange(n, dtype=float)
    column[-rows:] = n / 2 + 0.5
    bins = scores.bins_of("x", column)
    code = bins.codes[-1]
    assert ((bins.codes == code).sum() == rows) == has_its_own
    assert (bins.label(code) == f"{n / 2 + 0.5:g}") == has_its_own


@pytest.mark.parametrize("dtype", [int, float, "Int64", "category", str, bool, "datetime64[ns]"])
def test_numbers_of_more_than_20_values_stay_numbers(dtype):
    rng = np.random.default_rng(0)
    for n_values in (2, 20, 21):
        values = pd.Series(np.arange(200) % n_values).astype(dtype)
        labels = scores.labels_of(values, rng)
        stays = n_values > 20 and dtype in (int, float, "Int64")
        assert labels.metric == ("R2" if stays else "AUC")
        if stays:
            assert labels.values.mean() == pytest.approx(0, abs=1e-12)
            assert labels.values.std() == pytest.approx(1)
            assert np.corrcoef(labels.values, np.arange(200) % 21)[0, 1] == pytest.approx(1)
        else:
            assert pd.Series(labels.classes)[labels.values].tolist() == values.tolist()
        # Five folds of equally many rows, and a shuffle that moves the labels only.
        assert np.bincount(labels.folds).tolist() == [40] * 5
        other = labels.shuffled(rng)
        assert other.folds is labels.folds
        assert other.metric == labels.metric
        assert sorted(other.values) == sorted(labels.values)
        assert other.values.tolist() != labels.values.tolist()


def test_purity_of_classes_by_hand():
    # Of 1000 rows 40 % are of class 1: in a bin of like rows 60 % would be of another one.
    cells = np.array([[0, 34], [0, 33], [17, 17], [600, 400], [50, 0], [49, 0], [0, 0]])
    gone = scores.purity(cells, np.array([600, 400]), is_classes=True)
    np.testing.assert_allclose(gone[:, 1], [1, 0, 1 / 6, 0, -2 / 3, -2 / 3, 0], atol=1e-12)
    # 20 rows of another label would be 50 rows, of which 40 % are of class 1.
    np.testing.assert_allclose(gone[:, 0], [0, 0, 0, 0, 1, 0, 0], atol=1e-12)
    # And a bin has 1 % of all rows.
    for rows, found in ((99, 0), (100, 1)):
        few = scores.purity(np.array([[rows, 0]]), np.array([5000, 5000]), is_classes=True)
        assert few[0, 0] == found


def test_purity_of_numbers_by_hand():
    def moments(values):
        return [len(values), np.sum(values), np.sum(np.square(values))]

    rng = np.random.default_rng(0)
    y = rng.normal(3, 2, 1000)
    parts = [y[:500] / 2 + 1, np.full(20, 7.0), np.full(19, 7.0), []]
    gone = scores.purity(
        np.array([moments(p) for p in parts]), np.array(moments(y)), is_classes=False
    )
    assert gone.shape == (4, 1)
    expected = 1 - np.var(parts[0]) / np.var(y)
    np.testing.assert_allclose(gone[:, 0], [expected, 1, 0, 0], atol=1e-9)
    for rows, found in ((99, 0), (100, 1)):
        cells = np.array([moments([7.0] * rows)])
        few = scores.purity(cells, np.array(moments(np.tile(y, 10))), is_classes=False)
        assert few[0, 0] == pytest.approx(found)


def test_a_class_of_a_few_rows_hides_no_other_and_counts_where_there_is_none():
    rng = np.random.default_rng(3)
    folds_of = np.arange(1000) % 5

    def area(sizes):
        y = np.repeat(np.arange(len(sizes)), sizes)
        labels = scores.Labels(y, tuple(range(len(sizes))), folds_of[: len(y)])
        told = np.where(y == len(sizes) - 1, "told", rng.choice(list("ab"), len(y)))
        return scores.score(labels.table(scores.bins_of("x", told)), is_classes=True)

    # The last class is told without fail; 20 rows are enough to be asked about, 19 are not,
    assert area([480, 500, 20]) == 1
    assert area([481, 500, 19]) < 0.8
    # unless there is only one larger class.
    assert area([981, 19]) == 1
    assert area([5, 4]) == 1


def test_nothing_is_asked_where_each_fold_has_one_class():
    labels = scores.Labels(np.array([0] * 5 + [1]), (0, 1), np.array([0, 0, 0, 0, 0, 1]))
    bins = scores.bins_of("x", np.arange(6) % 2)
    with np.errstate(invalid="ignore"):
        assert scores.score(labels.table(bins), is_classes=True) == 0.5


def test_names_seen_once_share_a_bin():
    bins = scores.bins_of("x", ["b", "a", "c", "b", None])
    assert bins.codes.tolist() == [1, 0, 0, 1, 2]
    assert [bins.label(i) for i in range(3)] == ["values seen once", "'b'", "missing"]
    numbers = scores.bins_of("x", np.arange(64.0))
    assert numbers.label(0) == "0 to 7"
    assert scores.bins_of("x", [None, None]).codes.tolist() == [0, 0]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", None])), min_size=2, max_size=20)
)
def test_shared_rows_are_those_of_the_loop(rows):
    table = pd.DataFrame(rows, columns=["n", "s"])
    train, test = table[::2], table[1::2]
    seen = set(train.itertuples(index=False, name=None))
    if table["n"].is_unique or table["s"].is_unique:
        return  # what numbers the rows is left out
    expected = [tuple(row) in seen for row in test.itertuples(index=False, name=None)]
    assert overlaps.shared_rows(train, test).tolist() == expected


# --- errors ---


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        (lambda a, b: (a.to_numpy(), b), {}, TypeError, "train must be a DataFrame, got ndarray"),
        (lambda a, b: (a, None), {}, TypeError, "test must be a DataFrame, got NoneType"),
        (
            lambda a, b: (a, b.drop(columns="flag")),
            {},
            ValueError,
            r"train and test must have the same columns, got only in one \['flag'\]",
        ),
        (
            lambda a, b: (pd.concat([a, a[["flag"]]], axis=1), b),
            {},
            ValueError,
            r"train must have each column once, got \['flag'\] again",
        ),
        (
            lambda a, b: (a[:9], b),
            {},
            ValueError,
            "train must have 10 rows and test one, got 9 and 100",
        ),
        (
            lambda a, b: (a, b[:0]),
            {},
            ValueError,
            "train must have 10 rows and test one, got 300 and 0",
        ),
        (
            lambda a, b: (a, b),
            {"target": "z"},
            ValueError,
            "target must be a column of train, got 'z'",
        ),
        (lambda a, b: (a, b), {"target": None}, ValueError, "target must be a column of train"),
        (
            lambda a, b: (a, b.assign(day=b["day"].dt.tz_localize("UTC"))),
            {"time": "day"},
            TypeError,
            "time must be of one kind in train and test, got datetime64.* and datetime64.*, UTC",
        ),
        (
            lambda a, b: (a.assign(day=0), b),
            {"time": "day"},
            TypeError,
            "time must be of one kind in train and test, got int64 and datetime64",
        ),
        (lambda a, b: (a, b), {"time": "z"}, ValueError, "time must be a column of train, got 'z'"),
        (
            lambda a, b: (a, b),
            {"time": "letter"},
            TypeError,
            "time must hold numbers or datetimes, got dtype str",
        ),
        (lambda a, b: (a, b), {"group": "y"}, ValueError, "must be a column of its own, got 'y'"),
        (
            lambda a, b: (a.assign(y=None), b),
            {},
            ValueError,
            r"train\[target\] must not hold nulls, got 300",
        ),
        (
            lambda a, b: (a.assign(y=1), b),
            {},
            ValueError,
            r"train\[target\] must hold two values or more, got 1",
        ),
        (
            lambda a, b: (a.assign(y=np.append(np.arange(299.0), np.inf)), b),
            {},
            ValueError,
            r"train\[target\] must be finite",
        ),
        (
            lambda a, b: (a.assign(flag=[[1]] * 300), b),
            {},
            TypeError,
            "column 'flag' must hold hashable values",
        ),
    ],
)
def test_it_says_what_it_takes(change, options, error, message):
    train, test = change(*halves(noise(np.random.default_rng(0))))
    with pytest.raises(error, match=message):
        leakage_report(train, test, **{"target": "y", **options})
