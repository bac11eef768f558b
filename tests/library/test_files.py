"""Files that are whole, or as they were."""

import pytest

from mlsdlib.files import write_text


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
