"""Files that are whole, or as they were."""

import os

import pytest

from mlsdlib.files import write_bytes, write_text


def test_a_file_is_written_in_a_folder_that_is_made(tmp_path):
    file = tmp_path / "a" / "b" / "c.txt"
    write_text(file, "one\n")
    write_text(file, "zwei ü\n")
    assert file.read_bytes() == "zwei ü\n".encode()
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_could_not_be_written_is_as_it_was(tmp_path):
    file = tmp_path / "c.txt"
    write_text(file, "one")
    with pytest.raises(UnicodeEncodeError):
        write_text(file, "two\ud800")
    assert file.read_text() == "one"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("durable", [False, True])
def test_bytes_that_must_outlive_the_machine_are_synced_before_they_are_renamed(
    tmp_path, durable, monkeypatch
):
    done = []
    real_sync, real_replace = os.fsync, type(tmp_path).replace
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append("sync"), real_sync(fd)))
    monkeypatch.setattr(
        type(tmp_path), "replace", lambda a, b: (done.append("rename"), real_replace(a, b))
    )
    write_bytes(tmp_path / "a.bin", b"\x00\r\n", durable=durable)
    assert (tmp_path / "a.bin").read_bytes() == b"\x00\r\n"
    assert done == (["sync", "rename"] if durable else ["rename"])
