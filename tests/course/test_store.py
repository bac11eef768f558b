"""Where outputs go: nothing is half written, and no row vouches for an output it does not know."""

import pickle
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from mlsdlib.course.manifest import Row, read_rows, write_row
from mlsdlib.course.store import Store

ROW = Row("a key", "9.9", "a-seed=1.ipynb", {"seed": 1}, 2.5, [{"id": "9.9-1", "high": None}])


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "not" / "there yet"


@pytest.fixture(params=["folder", "file://", "memory://"])
def store(request, folder):
    """A store of each kind, empty."""
    if request.param == "memory://":
        return Store(f"memory://test-{uuid.uuid4().hex}/inside")
    return Store(f"file://{folder}" if request.param == "file://" else folder)


# ---- files


def test_what_is_put_is_there_until_it_is_removed(store):
    assert (store.get("a.ipynb"), store.exists("a.ipynb")) == (None, False)
    store.put("a.ipynb", b"first")
    store.put("a.ipynb", "sécond".encode())
    assert (store.get("a.ipynb"), store.exists("a.ipynb")) == ("sécond".encode(), True)
    store.remove("a.ipynb")
    store.remove("a.ipynb")
    assert (store.get("a.ipynb"), store.exists("a.ipynb")) == (None, False)


def test_names_are_those_of_the_files_in_one_folder(store):
    assert store.names() == store.names("manifest") == []
    for name in ("b.ipynb", "a-seed=1.ipynb", "manifest/a.json"):
        store.put(name, b"x")
    assert store.names() == ["a-seed=1.ipynb", "b.ipynb"]
    assert store.names("manifest") == ["a.json"]
    assert not store.exists("manifest")


def test_a_store_that_was_sent_elsewhere_is_the_same_place(store, tmp_path):
    store.put("a.ipynb", b"x")
    other = pickle.loads(pickle.dumps(store))
    assert (other.place, str(other), other.local) == (store.place, str(store), store.local)
    assert other.names() == ["a.ipynb"]
    assert other.url("a.ipynb") == store.url("a.ipynb") == f"{store.place}/a.ipynb"


def test_a_folder_named_from_here_is_the_same_folder_in_a_process_that_works_elsewhere(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    sent = pickle.dumps(Store("runs"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    pickle.loads(sent).put("a.ipynb", b"x")
    assert (tmp_path / "runs" / "a.ipynb").read_bytes() == b"x"


def test_a_file_url_is_a_folder_of_this_machine(folder):
    store = Store(f"file://{folder}")
    assert (store.local, store.place) == (True, str(folder))
    assert not Store("memory://x").local


@pytest.mark.parametrize(
    ("place", "missing", "message"),
    [
        ("nowhere://bucket/x", None, "nowhere"),
        ("s3://bucket/x", "s3fs", "to write to s3://bucket/x a package is missing: .*s3fs"),
        ("memory://x", "fsspec.core", r'pip install "mlsdlib\[cluster\]"'),
    ],
)
def test_a_url_that_nothing_handles_is_refused(place, missing, message, monkeypatch):
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ValueError, match=message):
        Store(place)


# ---- nothing half written


def test_a_put_that_is_cut_off_leaves_the_old_file_and_nothing_else(folder, monkeypatch):
    store = Store(folder)
    store.put("a.ipynb", b"old")

    def cut_off(side, data):
        with side.open("wb") as stream:
            stream.write(data[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", cut_off)
    with pytest.raises(KeyboardInterrupt):
        store.put("a.ipynb", b"new")
    assert store.get("a.ipynb") == b"old"
    assert [file.name for file in folder.iterdir()] == ["a.ipynb"]


def test_a_file_being_written_is_seen_under_no_name(folder, monkeypatch):
    store = Store(folder)
    seen = []
    replace = Path.replace

    def look_first(side, file):
        seen.append((store.names(), store.exists("a.ipynb"), side.read_bytes()))
        return replace(side, file)

    monkeypatch.setattr(Path, "replace", look_first)
    store.put("a.ipynb", b"whole")
    assert (seen, store.names()) == ([([], False, b"whole")], ["a.ipynb"])


HALF = """
import os, sys
from pathlib import Path
from mlsdlib.course.store import Store
Path.replace = lambda *_: (print(os.getpid(), flush=True), sys.stdin.read())
Store(sys.argv[1]).put(sys.argv[2], b"half")
"""


@pytest.mark.parametrize("name", ["a.ipynb", "manifest/a.json"])
def test_clean_spares_a_living_writer_and_removes_what_a_killed_one_left(folder, name):
    store = Store(folder)
    command = [sys.executable, "-c", HALF, folder, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        (side,) = (folder / name).parent.iterdir()
        store.clean()
        assert side.exists()
        writer.kill()
    store.clean()
    assert not side.exists()


def test_clean_spares_what_another_machine_is_writing_and_what_is_not_ours(folder):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    folder.mkdir(parents=True)
    ours = f".01234567-{dead.pid}-{socket.gethostname()}.part"
    others = [f".01234567-{dead.pid}-another.part", ".claims.parquet.part", ".x-y-z.part", "a.part"]
    for name in (ours, *others):
        (folder / name).touch()
    Store(folder).clean()
    assert sorted(file.name for file in folder.iterdir()) == sorted(others)


def test_clean_of_a_place_that_is_not_there_does_nothing(store, folder):
    store.clean()
    assert not folder.exists()


# ---- the manifest


def test_a_row_comes_back_as_it_was_written(store):
    write_row(store, ROW, lambda: store.put(ROW.output, b"the output"))
    assert read_rows(store) == {"a-seed=1.ipynb": ROW}
    assert store.names("manifest") == ["a-seed=1.json"]


def test_a_row_without_its_output_does_not_count(store):
    write_row(store, ROW, lambda: store.put(ROW.output, b"the output"))
    store.remove(ROW.output)
    assert read_rows(store) == {}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"3",
        b"{}",
        b'{"key": "k", "section": "9.9", "output": [], "parameters": {}, "seconds": 1}',
        b'{"key": "k", "section": "9.9", "output": "a-seed=1.ipynb", "parameters": {}}',
        b'{"key": "k", "section": "9.9", "output": "a-seed=1.ipynb", "parameters": {}, '
        b'"seconds": 1, "of another version": 2}',
    ],
)
def test_a_row_that_cannot_be_read_does_not_count_and_hides_no_other(store, text):
    write_row(store, ROW, lambda: store.put(ROW.output, b"the output"))
    store.put("manifest/0.json", text)
    assert read_rows(store) == {ROW.output: ROW}
    store.put("manifest/a-seed=1.json", text)
    assert read_rows(store) == {}


def test_the_old_row_is_gone_before_the_new_output_is_there(store):
    write_row(store, ROW, lambda: store.put(ROW.output, b"old"))

    def put_new():
        assert store.names("manifest") == []
        assert store.get(ROW.output) == b"old"
        store.put(ROW.output, b"new")
        assert read_rows(store) == {}

    write_row(store, ROW, put_new)
    assert read_rows(store) == {ROW.output: ROW}


def test_a_put_that_fails_leaves_no_row_that_vouches_for_the_output(store):
    write_row(store, ROW, lambda: store.put(ROW.output, b"old"))

    def fail():
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        write_row(store, ROW, fail)
    assert (read_rows(store), store.get(ROW.output)) == ({}, b"old")
