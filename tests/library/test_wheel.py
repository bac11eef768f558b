"""The wheel: what it carries, and that it works where there is no checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = "mlsdlib/datasets/files/"
ENTRIES = json.loads((ROOT / "datasets" / "MANIFEST.json").read_text(encoding="utf-8"))
FREE = [entry for entry in ENTRIES if entry["grade"] in ("A", "A-")]


def run(*command, **options):
    """Return what the command printed; show what it complained of if it failed."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(folder, *, version):
    run(
        sys.executable, "-m", "hatchling", "build", "-t", f"wheel:{version}", "-d", folder, cwd=ROOT
    )
    (wheel,) = folder.glob("mlsdlib-*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("wheel"), version="standard")


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The interpreter of a fresh environment with the wheel, and for the rest our packages.

    A line in a .pth file puts our site-packages behind the environment's own, and .pth files in a
    folder that comes in this way are not read: an editable mlsdlib cannot get in.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(python, "-I", "-c", code).strip())
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "zz_dependencies.pth").write_text("\n".join(sorted(ours)) + "\n")
    # The Hugging Face package of this name would be our neighbour in many environments.
    (site / "datasets").mkdir()
    (site / "datasets" / "__init__.py").write_text("")
    return python


def ask(python, code, folder):
    """Run `code` in the environment, away from the checkout, and return what it prints as JSON."""
    environment = {name: value for name, value in os.environ.items() if name != "MLSD_DATA"}
    return json.loads(run(python, "-I", "-c", code, cwd=folder, env=environment))


def test_wheel_carries_all_free_data_unchanged_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        sizes = {i.filename: i.file_size for i in archive.infolist()}
        readme = archive.read(DATA + "README.md")
        manifest = archive.read(DATA + "MANIFEST.json")
    free = {DATA + entry["path"]: entry["bytes"] for entry in FREE}
    texts = {
        DATA + file.relative_to(ROOT / "datasets").as_posix(): file.stat().st_size
        for file in [
            ROOT / "datasets" / "README.md",
            ROOT / "datasets" / "MANIFEST.json",
            *(ROOT / "datasets" / "LICENSES").iterdir(),
        ]
    }
    carried = {name: size for name, size in sizes.items() if name.startswith(DATA)}
    assert carried == free | texts
    assert readme == (ROOT / "datasets" / "README.md").read_bytes()
    assert json.loads(manifest) == ENTRIES


def test_wheel_holds_the_package_and_no_more(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mlsdlib"}
    assert not [name for name in names if "movielens" in name]
    assert not [name for name in names if name.endswith((".ipynb", ".pyc"))]
    assert not [name for name in names if {"tests", "notebooks"} & set(name.split("/"))]
    modules = {name for name in names if name.endswith(".py")}
    assert modules == {p.relative_to(ROOT).as_posix() for p in (ROOT / "mlsdlib").rglob("*.py")}


def test_wheel_carries_the_page_and_its_runtime(wheel):
    web = ROOT / "mlsdlib" / "edge" / "web"
    files = {f.relative_to(ROOT).as_posix(): f.read_bytes() for f in web.rglob("*") if f.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        assert {name: archive.read(name) for name in archive.namelist() if name in files} == files
        licences = [name for name in archive.namelist() if "/licenses/" in name]
    assert [name for name in licences if name.endswith("onnxruntime_web/LICENSE.txt")]


def test_installed_package_reads_its_own_data(python, tmp_path):
    code = """
import json, mlsdlib
from mlsdlib import datasets
report = datasets.verify()
print(json.dumps({
    "package": mlsdlib.__file__,
    "file": str(datasets.path("nycflights13/flights.parquet")),
    "flights": datasets.load_flights().shape,
    "ok": bool(report["ok"].all()),
    "status": report["status"].value_counts().to_dict(),
}))
"""
    answer = ask(python, code, tmp_path)
    environment = python.parents[1]
    assert Path(answer["package"]).is_relative_to(environment)
    assert Path(answer["file"]).is_relative_to(environment)
    assert answer["flights"] == [336_776, 19]
    assert answer["ok"]
    assert answer["status"] == {"ok": len(FREE), "not carried": len(ENTRIES) - len(FREE)}


def test_installed_package_tells_where_movielens_is(python, tmp_path):
    code = """
import json
from mlsdlib import datasets
try:
    datasets.load_movielens()
except FileNotFoundError as error:
    print(json.dumps(str(error)))
"""
    message = ask(python, code, tmp_path)
    assert "forbid commercial use" in message
    assert "datasets/movielens_latest_small/ of the course's repository" in message


def test_editable_install_leaves_the_data_in_the_checkout(tmp_path):
    with zipfile.ZipFile(build(tmp_path, version="editable")) as archive:
        names = archive.namelist()
        (pth,) = (name for name in names if name.endswith(".pth"))
        assert archive.read(pth).decode().split() == [str(ROOT)]
    assert [name for name in names if not name.startswith("mlsdlib-")] == [pth]
