"""`mlsd doctor`: each thing that can be wrong is found, and the advice names it."""

import hashlib
import json
import os
import sys
from importlib import metadata
from pathlib import Path

import pytest

from mlsdlib.course import doctor, kernel
from mlsdlib.datasets import _files


def finding(name):
    """Examine one thing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doctor, "_EXAMINATIONS", {name: doctor._EXAMINATIONS[name]})
        (found,) = doctor.examine()
    return found


@pytest.fixture
def versions(monkeypatch):
    """Pretend that other versions are installed: a mapping of name to version or None."""
    real, changed = metadata.version, {}

    def version(name):
        if changed.get(name, "") is None:
            raise metadata.PackageNotFoundError(name)
        return changed.get(name) or real(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    return changed


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder of one file, as the manifest describes it."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.csv").write_text("x\n1\n")
    digest = hashlib.sha256(b"x\n1\n").hexdigest()
    manifest = [{"path": "a.csv", "sha256": digest, "grade": "A"}]
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(_files, "CHECKOUT", folder)
    monkeypatch.setattr(_files, "PACKAGE", tmp_path / "nothing")
    return folder


def test_this_installation_is_in_order():
    for name in (
        "Python",
        "packages",
        "pinned versions",
        "kernel",
        "writable folder",
    ):
        found = finding(name)
        assert (found.ok, found.detail) == (True, "in order"), found


def test_a_wrong_python_is_found(monkeypatch):
    monkeypatch.setattr(sys, "version", "3.9.2 (main)")
    found = finding("Python")
    assert not found.ok
    assert "3.9.2" in found.detail
    assert ">=3.11" in found.detail


def test_a_wrong_version_is_found_with_advice(versions):
    versions["pandas"] = "2.2.0"
    found = finding("packages")
    assert not found.ok
    assert "pandas 2.2.0 is installed, <4,>=3.0 is needed" in found.detail
    assert 'pip install -c constraints.txt -e ".[course]"' in found.detail


def test_a_missing_package_is_found(versions):
    versions["papermill"] = None
    assert "papermill is missing" in finding("packages").detail


def test_a_package_of_the_tests_alone_is_not_missed(versions):
    versions["hypothesis"] = None
    assert finding("packages").ok


def test_a_version_that_is_not_pinned_is_found(tiny, versions):
    (tiny.root / "constraints.txt").write_text("numpy==1.0\ntorch==2.13.0\n# text\nnothing==1\n")
    versions.update({"torch": "2.13.0+cpu", "nothing": None})
    found = finding("pinned versions")
    assert not found.ok
    assert "numpy" in found.detail
    assert "(pinned 1.0)" in found.detail
    assert "torch" not in found.detail


def test_a_data_file_that_is_missing_or_changed_is_found(data):
    assert finding("data").ok
    (data / "a.csv").write_text("changed")
    assert "1 data files are missing or changed: a.csv; restore them" in finding("data").detail
    (data / "a.csv").unlink()
    assert not finding("data").ok


def test_a_notebook_that_is_not_built_is_found(tiny):
    assert tiny.write()
    assert finding("notebooks").ok
    tiny.notebook.unlink()
    assert finding("notebooks").detail == "not built: 09_9_tiny.ipynb; run mlsd build"


def spec(folder, python):
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    text = json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"})
    (place / "kernel.json").write_text(text)
    return folder


@pytest.fixture
def foreign(tmp_path):
    """A kernel of the name python3 whose Python is another: a link is one, as a venv is."""
    other = tmp_path / "other"
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    lib = other / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    (lib / "site-packages").mkdir(parents=True)
    ours = Path(metadata.distribution("ipykernel").locate_file("")).resolve()
    here = Path(doctor.__file__).resolve().parents[2]
    (lib / "site-packages" / "ours.pth").write_text(f"{ours}\n{here}\n")
    home = Path(sys.executable).resolve().parent
    (other / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
    return other / "bin" / "python"


def test_a_kernel_of_another_python_is_found(tmp_path, monkeypatch, foreign):
    # Where this interpreter's own folder holds the foreign kernel, it shadows the right one.
    monkeypatch.setattr(kernel, "sys", type("Sys", (), {"prefix": tmp_path, "platform": "linux"}))
    spec(tmp_path / "share" / "jupyter", foreign)
    found = finding("kernel")
    assert not found.ok
    assert "the kernel named python3 belongs to another Python" in found.detail


def test_a_kernel_that_another_folder_offers_does_not_shadow_ours(tmp_path, monkeypatch, foreign):
    monkeypatch.setenv("JUPYTER_PATH", str(spec(tmp_path / "theirs", foreign)))
    assert finding("kernel").ok


def test_a_kernel_that_cannot_start_is_a_finding(tmp_path, monkeypatch):
    monkeypatch.setattr(kernel, "sys", type("Sys", (), {"prefix": tmp_path, "platform": "linux"}))
    spec(tmp_path / "share" / "jupyter", tmp_path / "no-python")
    found = finding("kernel")
    assert not found.ok
    assert "could not be examined: " in found.detail


def test_too_little_space_is_found(monkeypatch):
    full = type("Usage", (), {"free": 5e8})
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: full)
    assert finding("disk space").detail == "only 0.5 GB free, a full run needs about 1 GB"


def test_a_folder_that_cannot_be_written_is_found(monkeypatch):
    def refuse(**_):
        raise PermissionError("Permission denied: here")

    monkeypatch.setattr(doctor.tempfile, "TemporaryDirectory", refuse)
    found = finding("writable folder")
    assert not found.ok
    assert found.detail == "could not be examined: PermissionError: Permission denied: here"


def test_the_report_has_a_line_for_each_and_the_exit_code_says_the_worst(mlsd, monkeypatch):
    monkeypatch.setattr(doctor, "_EXAMINATIONS", {"one": str, "two": lambda: "it is broken"})
    result = mlsd("doctor")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["ok   one: in order", "BAD  two: it is broken"]
    monkeypatch.setattr(doctor, "_EXAMINATIONS", {"one": str})
    assert mlsd("doctor").exit_code == 0


def test_set_environment_puts_our_kernels_first_once(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "/theirs")
    for _ in range(2):
        kernel.set_environment()
    ours = str(Path(sys.prefix) / "share" / "jupyter")
    assert os.environ["JUPYTER_PATH"].split(os.pathsep) == [ours, "/theirs"]
