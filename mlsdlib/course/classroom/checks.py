"""What an instructor hands over, checked before anything is graded."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from mlsdlib import checks

MOST = 1e9


def text_of(name: str, file: Path) -> str:
    """Return the text of a file.

    Parameters
    ----------
    name : str
        What it is, for messages.
    file : Path
        The file, in UTF-8, with or without a mark of it at the beginning.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it cannot be read, or is not in UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileNotFoundError(f"no such {name}: {file}") from None
    except OSError as err:
        raise ValueError(f"{name} must be a file, got {str(file)!r}: {err.strerror}") from None
    except UnicodeDecodeError as err:
        raise ValueError(f"{name} must be in UTF-8, got {str(file)!r}: {err.reason}") from None


def number(
    name: str, value: object, most: float = MOST, *, least: float = 0, whole: bool = False
) -> float:
    """Return a number between `least` and `most`, both included.

    Raises
    ------
    ValueError
        If it is none, or not whole where it must be.
    """
    check = checks.whole if whole else checks.real
    try:
        return check(name, value, least, most)
    except TypeError as err:  # what stands in a file is a usage error, whatever its type
        raise ValueError(str(err)) from None


def moment(name: str, value: object) -> datetime:
    """Return a date with a time and its zone.

    Raises
    ------
    ValueError
        If it is none: nobody knows which midnight is meant where no zone is said.
    """
    if not isinstance(value, datetime):
        raise ValueError(f"{name} must be a date with a time, got {value!r}")
    if value.tzinfo is None:
        raise ValueError(f"{name} must have a time zone, such as +01:00 or Z, got {value}")
    return value
