"""The data files, the loaders and their errors."""

import gzip
import hashlib
import inspect
import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlsdlib import datasets
from mlsdlib.datasets import _feedback, _files

FOLDER = Path(__file__).resolve().parents[2] / "datasets"
ENTRIES = json.loads((FOLDER / "MANIFEST.json").read_text(encoding="utf-8"))
BY_PATH = {entry["path"]: entry for entry in ENTRIES}
TABLES = {
    "acs_employment_ma_2015_2018.parquet": datasets.load_acs_employment,
    "bank_marketing_additional.parquet": datasets.load_bank_marketing,
    "bike_sharing_dc_hourly.parquet": datasets.load_bike_sharing,
    "bikeshare14/stations.parquet": datasets.load_bikeshare_stations,
    "bikeshare14/trips.parquet": datasets.load_bikeshare_trips,
    "bikeshare14/weather.parquet": datasets.load_bikeshare_weather,
    "clickbait_headlines.parquet": datasets.load_clickbait,
    "fremont_bridge_hourly.parquet": datasets.load_fremont_bridge,
    "glove_6b_50d_top20k.parquet": datasets.load_glove,
    "hotel_bookings.parquet": datasets.load_hotel_bookings,
    "incidents.csv": datasets.load_incidents,
    "lending_club.parquet": datasets.load_lending_club,
    "nyc_taxi_2019_03_sample.parquet": datasets.load_taxi,
    "nycflights13/airlines.parquet": datasets.load_airlines,
    "nycflights13/airports.parquet": datasets.load_airports,
    "nycflights13/flights.parquet": datasets.load_flights,
    "nycflights13/planes.parquet": datasets.load_planes,
    "nycflights13/weather.parquet": datasets.load_weather,
    "online_retail.parquet": datasets.load_online_retail,
    "open_bandit_small/item_context.parquet": datasets.load_open_bandit_items,
    "sms_spam.parquet": datasets.load_sms_spam,
    "upworthy_exploratory.parquet": datasets.load_upworthy,
    "wordnet31_synsets.parquet": datasets.load_wordnet,
    "youtube_spam.parquet": datasets.load_youtube_spam,
    **{
        f"crowd/{name}.parquet": partial(datasets.load_crowd, name)
        for name in (
            "bluebirds",
            "multipico_en_irony",
            "music_genre",
            "sentiment_polarity",
            "sentiment_polarity_amt_timed",
            "weather_sentiment_amt_timed",
            "weather_sentiment_cf",
        )
    },
    **{
        f"movielens_latest_small/{table}.parquet": partial(datasets.load_movielens, table)
        for table in ("links", "movies", "ratings", "tags")
    },
    **{
        f"open_bandit_small/{campaign}.parquet": partial(datasets.load_open_bandit, campaign)
        for campaign in ("all", "men", "women")
    },
}
ARRAYS = {
    "fashion_mnist_900.parquet": datasets.load_fashion_mnist,
    "mnist_5k.parquet": datasets.load_mnist,
}
LOG = {"apache_access_pseudonymised.log.gz": datasets.load_access_log}
LOADERS = TABLES | ARRAYS | LOG
WITHOUT_LOADER = {"all_minilm_l6_v2_tokenizer.json.gz", "movielens_latest_small/README.txt"}


def function(loader):
    return loader.func if isinstance(loader, partial) else loader


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.delenv("MLSD_DATA", raising=False)


@pytest.fixture
def no_folder(monkeypatch, tmp_path):
    """No checkout and an empty package."""
    monkeypatch.setattr(_files, "CHECKOUT", tmp_path / "checkout")
    monkeypatch.setattr(_files, "PACKAGE", tmp_path / "package")
    return tmp_path


# --- the files ---


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["path"])
def test_every_file_is_the_one_the_manifest_describes(entry):
    content = (FOLDER / entry["path"]).read_bytes()
    assert len(content) == entry["bytes"]
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["grade"] in {"A", "A-", "A*"}
    assert all(entry[field] for field in ("licence", "source", "retrieved_from", "changes"))


def test_manifest_readme_and_folder_agree():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    row = r"^\| `([^`]+)` \| ([\d,]*) \| ([\d,]*) \| ([\d,]+) \| `(\w{64})` \|$"
    in_readme = {
        name: (count(rows), count(columns), count(size), digest)
        for name, rows, columns, size, digest in re.findall(row, readme, re.MULTILINE)
    }
    in_manifest = {
        name: (e["rows"], e["columns"], e["bytes"], e["sha256"]) for name, e in BY_PATH.items()
    }
    assert in_readme == in_manifest
    assert len(BY_PATH) == len(ENTRIES)

    texts = {
        name for name in re.findall(r"`(LICENSES/[^`]+)`", readme) if (FOLDER / name).is_file()
    }
    in_folder = {p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*") if p.is_file()}
    assert in_folder == set(in_manifest) | texts | {"README.md", "MANIFEST.json"}


def count(text):
    return int(text.replace(",", "")) if text else None


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["path"])
def test_readme_tells_source_licence_and_changes(entry):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for field in ("source", "licence", "retrieved_from", "changes"):
        assert entry[field] in readme, field


def test_licence_texts_that_the_manifest_names_are_there():
    named = {name for e in ENTRIES for name in re.findall(r"LICENSES/[\w.-]+\w", e["licence"])}
    assert len(named) >= 4
    assert all((FOLDER / name).is_file() for name in named)


@pytest.mark.parametrize("name", ["README.md", "MANIFEST.json"])
def test_texts_name_no_path_of_a_machine(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.:/])/(work|tmp|home|root|Users|mnt)/|[A-Z]:\\", text)


def test_tokenizer_is_a_vocabulary_of_the_stated_size():
    name = "all_minilm_l6_v2_tokenizer.json.gz"
    with gzip.open(datasets.path(name), "rt", encoding="utf-8") as file:
        vocabulary = json.load(file)["model"]["vocab"]
    assert len(vocabulary) == BY_PATH[name]["rows"]


# --- the loaders ---


def test_every_file_has_a_loader_and_every_loader_a_file():
    assert set(LOADERS) == set(BY_PATH) - WITHOUT_LOADER
    public = {name for name in datasets.__all__ if name.startswith("load_")}
    assert {function(loader).__name__ for loader in LOADERS.values()} == public
    assert public == {name for name in dir(datasets) if name.startswith("load_")}


@pytest.mark.parametrize("name", TABLES)
def test_table_has_the_rows_and_columns_of_the_manifest(name):
    frame = TABLES[name]()
    assert frame.shape == (BY_PATH[name]["rows"], BY_PATH[name]["columns"])
    assert isinstance(frame.index, pd.RangeIndex)
    assert [column for column in frame if not is_plain(frame[column].dtype)] == []


def is_plain(dtype):
    """Text, number, truth value or time: neither objects nor categories."""
    types = pd.api.types
    return (
        dtype == "str"
        or types.is_numeric_dtype(dtype)
        or types.is_bool_dtype(dtype)
        or types.is_datetime64_any_dtype(dtype)
    )


@pytest.mark.parametrize("name", ARRAYS)
def test_images_are_arrays_of_the_size_of_the_manifest(name):
    images, labels = ARRAYS[name]()
    rows = BY_PATH[name]["rows"]
    assert images.shape == (rows, 28, 28)
    assert images.dtype == np.uint8
    assert labels.shape == (rows,)
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [rows // 10] * 10
    assert images.flags.writeable
    assert labels.flags.writeable


@pytest.mark.parametrize("name", ARRAYS)
def test_image_is_the_bytes_of_its_row(name):
    images, labels = ARRAYS[name]()
    row = pd.read_parquet(FOLDER / name).iloc[-7]
    assert images[-7].tobytes() == row["image"]
    assert labels[-7] == row["label"]


def test_digit_is_the_right_way_up():
    # A one is a stroke from top to bottom: it covers more rows than columns.
    images, labels = datasets.load_mnist()
    ones = images[labels == 1] > 0
    rows, columns = ones.any(axis=2).sum(axis=1), ones.any(axis=1).sum(axis=1)
    assert (rows > columns).mean() > 0.9


def test_access_log_is_its_raw_lines():
    lines = datasets.load_access_log()
    name = "apache_access_pseudonymised.log.gz"
    assert len(lines) == BY_PATH[name]["rows"]
    raw = gzip.decompress((FOLDER / name).read_bytes())
    assert "".join(line + "\n" for line in lines).encode() == raw


@pytest.mark.parametrize("name", LOADERS)
def test_docstring_states_shape_licence_source_and_example(name):
    loader, entry = function(LOADERS[name]), BY_PATH[name]
    text = inspect.getdoc(loader)
    shape = f"{entry['rows']:,} x {entry['columns']}"
    if name in ARRAYS:
        shape = f"({entry['rows']}, 28, 28)"
    elif name in LOG:
        shape = f"{entry['rows']:,} lines"
    assert shape in (text if isinstance(LOADERS[name], partial) else text.splitlines()[0])
    assert text.startswith("Return ")
    licence = re.match(r"[^(;,]+", entry["licence"])[0].strip()
    assert licence in text
    assert re.search(r"\bSources?: ", text)
    assert ">>> " in text


# --- columns ---


def test_columns_come_in_the_order_asked_for_and_with_the_same_values():
    whole = datasets.load_planes()
    part = datasets.load_planes(columns=["seats", "tailnum"])
    assert part.columns.tolist() == ["seats", "tailnum"]
    pd.testing.assert_frame_equal(part, whole[["seats", "tailnum"]])


@pytest.mark.parametrize(
    "columns",
    [("name",), np.array(["name"]), pd.Index(["name"])],
    ids=["tuple", "array", "index"],
)
def test_columns_may_be_any_sequence(columns):
    assert datasets.load_airlines(columns=columns).columns.tolist() == ["name"]


def columns_of(name):
    read = pd.read_csv if name.endswith(".csv") else pd.read_parquet
    return read(FOLDER / name).columns


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_read_by_column(name):
    last = columns_of(name)[-1]
    assert TABLES[name](columns=[last]).columns.tolist() == [last]


@pytest.mark.parametrize("name", TABLES)
def test_wrong_column_is_an_error_that_lists_the_right_ones(name):
    right = columns_of(name)
    with pytest.raises(ValueError, match=r"^columns: 'no such' not in") as caught:
        TABLES[name](columns=[right[0], "no such"])
    assert str(caught.value).endswith("which has " + ", ".join(right))


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ("name", TypeError, "columns must be a list of column names, got 'name'"),
        (3, TypeError, "columns must be a list of column names, got 3"),
        ([], ValueError, "columns must name at least one column"),
        (["name", "name"], ValueError, "columns must not name a column twice"),
        ([0], ValueError, "columns: 0 not in nycflights13/airlines.parquet"),
    ],
)
def test_bad_columns_are_errors(columns, error, message):
    with pytest.raises(error, match=message):
        datasets.load_airlines(columns=columns)


@pytest.mark.parametrize(
    ("loader", "message", "choices"),
    [
        (datasets.load_crowd, "name must be one of 'bluebirds', ", _feedback.CROWDS),
        (datasets.load_movielens, "table must be one of 'ratings', ", _feedback.MOVIELENS_TABLES),
        (datasets.load_open_bandit, "campaign must be one of 'all', ", _feedback.CAMPAIGNS),
    ],
)
@pytest.mark.parametrize("got", ["Men", "../sms_spam", None, ["all"]])
def test_wrong_choice_is_an_error_that_lists_the_right_ones(loader, message, choices, got):
    with pytest.raises(ValueError, match=message) as caught:
        loader(got)
    assert str(caught.value).endswith(f"got {got!r}")
    assert all(repr(choice) in str(caught.value) for choice in choices)


# --- path ---


def test_path_is_in_the_checkout():
    assert datasets.path("crowd/bluebirds.parquet") == FOLDER / "crowd/bluebirds.parquet"


def test_path_prefers_the_folder_of_the_variable_file_by_file(monkeypatch, tmp_path):
    (tmp_path / "sms_spam.parquet").write_bytes(b"mine")
    monkeypatch.setenv("MLSD_DATA", str(tmp_path))
    assert datasets.path("sms_spam.parquet") == tmp_path / "sms_spam.parquet"
    assert datasets.path("youtube_spam.parquet") == FOLDER / "youtube_spam.parquet"


def test_loaders_read_from_the_folder_of_the_variable(monkeypatch, tmp_path, no_folder):
    file = tmp_path / "data" / "nycflights13" / "airlines.parquet"
    file.parent.mkdir(parents=True)
    pd.DataFrame({"carrier": ["XX"], "name": ["Mine"]}).to_parquet(file)
    monkeypatch.setenv("MLSD_DATA", str(tmp_path / "data"))
    assert datasets.load_airlines()["name"].tolist() == ["Mine"]


def test_variable_may_begin_with_the_home_folder(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sms_spam.parquet").write_bytes(b"mine")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("MLSD_DATA", "~/data")
    assert datasets.path("sms_spam.parquet") == tmp_path / "data" / "sms_spam.parquet"


def test_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("MLSD_DATA", "")
    assert datasets.path("sms_spam.parquet") == FOLDER / "sms_spam.parquet"


@pytest.mark.parametrize("kind", ["nothing", "file"])
def test_variable_that_names_no_folder_is_an_error(monkeypatch, tmp_path, kind):
    target = tmp_path / "gone"
    if kind == "file":
        target.write_text("")
    monkeypatch.setenv("MLSD_DATA", str(target))
    # Also where the checkout could serve: who set it meant something.
    for call in (lambda: datasets.path("sms_spam.parquet"), datasets.load_mnist, datasets.verify):
        with pytest.raises(FileNotFoundError, match=r"MLSD_DATA is set to .*gone.*not a folder"):
            call()


def test_missing_file_tells_what_was_tried_and_what_to_do(monkeypatch, tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        datasets.path("flights.parquet")
    for part in ("'flights.parquet'", str(FOLDER), str(_files.PACKAGE), "MLSD_DATA is not set"):
        assert part in str(caught.value)
    monkeypatch.setenv("MLSD_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError) as caught:
        datasets.path("flights.parquet")
    for part in (str(tmp_path), str(FOLDER), str(_files.PACKAGE), "reinstall mlsdlib"):
        assert part in str(caught.value)
    assert "is not set" not in str(caught.value)


@pytest.mark.parametrize("table", ["ratings", "movies", "tags", "links"])
def test_missing_movielens_tells_why_and_where(no_folder, table):
    with pytest.raises(FileNotFoundError) as caught:
        datasets.load_movielens(table)
    for part in (
        f"movielens_latest_small/{table}.parquet",
        str(no_folder / "package"),
        "forbid commercial use",
        "datasets/movielens_latest_small/",
        "repository",
        "README.txt",
        "MLSD_DATA",
    ):
        assert part in str(caught.value)


def test_other_missing_files_say_nothing_of_movielens(no_folder):
    with pytest.raises(FileNotFoundError, match="reinstall mlsdlib") as caught:
        datasets.load_sms_spam()
    assert "MovieLens" not in str(caught.value)


def test_somebody_elses_datasets_folder_is_no_checkout(no_folder):
    stranger = no_folder / "checkout" / "sms_spam.parquet"
    stranger.parent.mkdir()
    stranger.write_bytes(b"")
    with pytest.raises(FileNotFoundError) as caught:
        datasets.path("sms_spam.parquet")
    assert str(stranger.parent) not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (Path("sms_spam.parquet"), TypeError),
        (None, TypeError),
        ("", ValueError),
        ("/etc/hostname", ValueError),
        ("../pyproject.toml", ValueError),
        ("crowd/../sms_spam.parquet", ValueError),
    ],
)
def test_name_must_be_a_path_inside_the_folder(name, error):
    with pytest.raises(error, match=r"^name must be"):
        datasets.path(name)


def test_folder_is_not_a_file():
    with pytest.raises(FileNotFoundError):
        datasets.path("crowd")


# --- verify ---


def test_verify_finds_every_file_in_order():
    report = datasets.verify()
    assert report.columns.tolist() == ["path", "ok", "status", "file"]
    assert report["path"].tolist() == list(BY_PATH)
    assert report["ok"].all()
    assert set(report["status"]) == {"ok"}
    assert report["file"].tolist() == [str(FOLDER / name) for name in BY_PATH]


def test_verify_sees_a_changed_file(monkeypatch, tmp_path):
    content = bytearray((FOLDER / "sms_spam.parquet").read_bytes())
    content[1000] ^= 1
    (tmp_path / "sms_spam.parquet").write_bytes(content)
    monkeypatch.setenv("MLSD_DATA", str(tmp_path))
    report = datasets.verify().set_index("path")
    assert report.index[~report["ok"]].tolist() == ["sms_spam.parquet"]
    assert report.loc["sms_spam.parquet", "status"] == "changed"
    assert report.loc["sms_spam.parquet", "file"] == str(tmp_path / "sms_spam.parquet")


def test_verify_sees_missing_files_and_movielens_is_one_in_a_checkout(no_folder):
    write_manifest(no_folder / "checkout")
    report = datasets.verify()
    assert not report["ok"].any()
    assert set(report["status"]) == {"missing"}
    assert set(report["file"]) == {""}


def test_verify_does_not_miss_movielens_in_an_installed_package(no_folder):
    write_manifest(no_folder / "package")
    report = datasets.verify().set_index("path")
    movielens = report.index.str.startswith("movielens_latest_small/")
    assert movielens.sum() == 5
    assert set(report.loc[movielens, "status"]) == {"not carried"}
    assert report.loc[movielens, "ok"].all()
    assert set(report.loc[~movielens, "status"]) == {"missing"}


def test_verify_does_not_believe_a_manifest_beside_the_data(monkeypatch, tmp_path):
    name = "nycflights13/airlines.parquet"
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_bytes(b"mine")
    forged = {**BY_PATH[name], "sha256": hashlib.sha256(b"mine").hexdigest()}
    (tmp_path / "MANIFEST.json").write_text(json.dumps([forged]))
    monkeypatch.setenv("MLSD_DATA", str(tmp_path))
    report = datasets.verify().set_index("path")
    assert report.loc[name, "status"] == "changed"
    assert len(report) == len(ENTRIES)


def test_verify_without_a_manifest_is_an_error(no_folder):
    with pytest.raises(FileNotFoundError, match=r"MANIFEST\.json"):
        datasets.verify()


def write_manifest(folder):
    folder.mkdir()
    (folder / "MANIFEST.json").write_text(json.dumps(ENTRIES))


# --- import ---


def test_import_loads_nothing_heavy(tmp_path):
    code = "import sys, mlsdlib.datasets; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    loaded = set(done.stdout.split())
    assert "mlsdlib" in loaded
    assert not loaded & {"pandas", "pyarrow", "numpy", "scipy", "sklearn", "torch", "duckdb"}
