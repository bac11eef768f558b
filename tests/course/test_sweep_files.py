"""Sweeps: that files keep all of them, and the command."""

import io
import json
import math
import subprocess
import sys

import pandas as pd
import pytest
from matplotlib import pyplot

from mlsdlib.course import sweep as sweep_module
from mlsdlib.course.inputs import section_files
from mlsdlib.course.store import Store
from mlsdlib.course.sweep import Sweep, load, name_of, publish, summary, tidy, write
from tests.course.swept import N_ROWS, measured, result, swept


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    pyplot.close("all")


# ---- the files


ODD = [
    ({"n_rows": 100, "share": 0.1, "on": True, "mode": "NA"}, 1 / 3, -math.inf, math.inf),
    (
        {"n_rows": 300_000, "share": 2.0, "on": False, "mode": 'a "b", c'},
        0.1 + 0.2,
        0.3,
        1e-300 + 1,
    ),
]


def odd_sweep():
    """Two sections, so that every parameter is missing somewhere, and a notebook that failed."""
    here = [
        result(measured(*ends, values, text='With a "comma", \u2265 1\r\nline'), parameters=values)
        for values, *ends in ODD
    ]
    there = result(measured(7, 6, 8, {"hops": 1}, id="3.2-4", unit=""), section="3.2b")
    failed = result(error="ValueError: it's 1,5", parameters={"n_rows": 5})
    return Sweep(tidy([*here, there, failed]))


def test_what_is_written_is_a_table_twice_and_a_figure_for_each_claim(tmp_path):
    sweep = odd_sweep()
    written = write(sweep, Store(tmp_path))
    names = ["claims.parquet", "claims.csv", "figures/3.2-1.png", "figures/3.2-4.png"]
    assert written == [str(tmp_path / name) for name in names]
    image = (tmp_path / names[2]).read_bytes()
    assert image.startswith(b"\x89PNG")
    assert b"Software" not in image
    assert pyplot.get_fignums() == []
    assert len((tmp_path / names[1]).read_text().splitlines()) == 1 + 4 + 2  # two texts of 2 lines


def test_a_sweep_without_any_claim_is_written_without_figures(tmp_path):
    sweep = Sweep(tidy([result(error="ValueError: no", parameters={"seed": 1})]))
    assert len(write(sweep, Store(tmp_path))) == 2
    pd.testing.assert_frame_equal(load(tmp_path).frame, sweep.frame)
    assert summary(sweep.frame) == "notebooks that failed: 1"


@pytest.mark.parametrize("name", ["claims.parquet", "claims.csv"])
def test_a_table_read_back_is_the_one_that_was_written(tmp_path, name):
    sweep = odd_sweep()
    write(sweep, Store(tmp_path))
    back = load(tmp_path / name)
    pd.testing.assert_frame_equal(back.frame, sweep.frame, check_exact=True)
    assert back.frame["n_rows"].dtype == "Int64"
    assert back.frame["on"].dtype == "boolean"


def test_a_sweep_is_found_by_folder_by_file_by_the_runs_name_and_by_url(tiny):
    sweep, place = swept(*N_ROWS), tiny.root / "runs" / "9.9-n_rows"
    write(sweep, Store(place))
    remote = Store("memory://sweeps/9.9")
    assert write(sweep, remote)[0] == "memory://sweeps/9.9/claims.parquet"
    urls = ["memory://sweeps/9.9", "memory://sweeps/9.9/", "memory://sweeps/9.9/claims.csv"]
    try:
        for where in (place, str(place), place / "claims.csv", "9.9-n_rows", *urls):
            pd.testing.assert_frame_equal(load(where).frame, sweep.frame)
    finally:
        for name in ("claims.parquet", "claims.csv", "figures/3.2-1.png"):
            remote.remove(name)
    with pytest.raises(FileNotFoundError, match=r"no sweep at memory://sweeps/9\.9, looked for"):
        load("memory://sweeps/9.9")


def test_the_csv_alone_is_enough(tmp_path):
    sweep = swept(*N_ROWS)
    write(sweep, Store(tmp_path))
    (tmp_path / "claims.parquet").unlink()
    pd.testing.assert_frame_equal(load(tmp_path).frame, sweep.frame)


def test_a_place_without_a_sweep_says_where_it_was_looked_for(tiny):
    with pytest.raises(FileNotFoundError) as caught:
        load("nowhere")
    for place in ("nowhere/claims.parquet", f"{tiny.root}/runs/nowhere/claims.csv"):
        assert place in str(caught.value)
    with pytest.raises(FileNotFoundError, match=r"looked for .*/missing\.csv$"):
        load(tiny.root / "missing.csv")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.parquet", b"no table", r"a\.parquet is not the table of a sweep"),
        ("a.csv", b"", r"a\.csv is not the table of a sweep"),
        ("a.csv", b"\xff\xfe\x00", r"a\.csv is not the table of a sweep"),
        ("a.csv", b"claim,value\n3.2-1,7\n", "lacks section, verdict, low"),
        ("a.csv", b"claim,value\n3.2-1,seven\n", r"a\.csv is not the table of a sweep"),
        ("a.txt", b"text", r"a folder, a \.parquet or a \.csv file, got .*a\.txt"),
    ],
)
def test_a_file_that_holds_no_sweep_is_refused(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=message):
        load(tmp_path / name)


def test_a_parquet_file_of_something_else_is_refused(tmp_path):
    other = io.BytesIO()
    pd.DataFrame({"a": [1]}).to_parquet(other)
    (tmp_path / "a.parquet").write_bytes(other.getvalue())
    with pytest.raises(ValueError, match=r"a\.parquet is not the table .* lacks section, claim"):
        load(tmp_path / "a.parquet")


# ---- words


def test_the_summary_has_a_line_a_claim_and_counts_what_failed():
    results = [
        result(measured(y, y - 1, y + 1, values), measured(9, 8, 10, values, id="3.2-10"))
        for values, y in N_ROWS
    ]
    failed = [result(error="ValueError: no", parameters={"n_rows": 5, "seed": 0})]
    assert summary(tidy(results + failed)).splitlines() == [
        "3.2-1   2 holds, 1 fails  holds for n_rows = 10,000 and 300,000, fails for 100",
        "3.2-10  3 holds           holds for all 3 values of n_rows",
        "notebooks that failed: 1",
    ]


@pytest.mark.parametrize(
    ("sections", "parameters", "name"),
    [
        (["3.2"], ["n_rows", "seed"], "3.2-n_rows-seed"),
        (["3.2a", "0"], ["seed"], "3.2a-0-seed"),
        (["all"], ["seed"], "all-seed"),
        (["../x y", "é"], ["a/b:*"], ".._x_y-_-a_b__"),
    ],
)
def test_a_folder_is_named_after_the_call_in_letters_any_system_takes(sections, parameters, name):
    assert name_of(sections, dict.fromkeys(parameters, "1")) == name


def test_the_readers_side_loads_nothing_that_runs_notebooks():
    code = "import json, sys, mlsdlib.course.sweep; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "mlsdlib.course.sweep" in loaded
    ours = {f"mlsdlib.course.{name}" for name in ("jobs", "batch", "plan", "cli_batch")}
    heavy = {"typer", "papermill", "nbformat", "pandas", "matplotlib", "pyarrow", "fsspec"}
    assert loaded & (ours | heavy) == set()


# ---- the command


@pytest.mark.usefixtures("no_process_left")
def test_a_sweep_writes_table_and_figures_and_tells_what_failed(tiny, mlsd):
    tiny.write()
    done = mlsd("sweep", "9.9", "-p", "scale=0.5,2", "--cold", "--workers", 1)
    # Half the scale lies below its own interval, which no Estimate takes.
    assert done.exit_code == 1, done.output
    place = tiny.root / "runs" / "9.9-scale"
    lines = done.stdout.splitlines()
    assert "9.9-1  1 holds  holds" in lines
    assert [line for line in lines if line.startswith("wrote")] == [
        f"wrote {place / name}" for name in ("claims.parquet", "claims.csv", "figures/9.9-1.png")
    ]
    assert "FAILED section 9.9" in done.stderr
    frame = load("9.9-scale").frame
    assert list(frame["scale"]) == [0.5, 2.0]
    assert list(frame["value"].dropna()) == [4.0]
    assert frame["error"][0].startswith("ValueError: low <= value <= high must hold")
    assert (place / "figures" / "9.9-1.png").exists()


def test_a_published_table_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_module, "PUBLISHED", tmp_path / "sweeps")
    made = swept(*N_ROWS)
    assert publish(made, "9.9-n_rows") == str(tmp_path / "sweeps" / "9.9-n_rows.csv")
    pd.testing.assert_frame_equal(load("published/9.9-n_rows").frame, made.frame)
    with pytest.raises(FileNotFoundError, match=r"looked for .*/sweeps/9\.8\.csv$"):
        load("published/9.8")
    with pytest.raises(ValueError, match="name may hold letters, digits"):
        publish(made, "../9.9")


def test_a_published_table_is_an_input_of_its_section():
    shown = {file.name for file in section_files("", "3.2") if file.suffix == ".csv"}
    assert "3.2a-n_rows.csv" in shown
    assert not any(file.suffix == ".csv" for file in section_files("", "0"))
