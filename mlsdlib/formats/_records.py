"""Records of a CSV file found and fetched by their byte offset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

_BOM = b"\xef\xbb\xbf"
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
_PIECE = 1 << 16


def record_offsets(data: bytes, *, delimiter: str = ",") -> list[int]:
    r"""Return the byte offset at which each record of a CSV text begins.

    With these a reader fetches record i with one seek (`get_record`). A line end inside quotes
    belongs to its field, so counting lines is not enough. The rule is RFC 4180's: a line feed
    ends a record when an even number of quotes stands before it, because a quoted field holds
    its own quotes doubled. A header counts as record 0, an empty line as a record without fields,
    and the end of the last line starts no record.

    Parameters
    ----------
    data : bytes, bytearray, memoryview or mmap
        The text in UTF-8 or another encoding that keeps ASCII, with LF or CRLF line ends. A byte
        order mark belongs to record 0.
    delimiter : str
        The one ASCII character between two fields.

    Raises
    ------
    TypeError
        If `data` is text, not bytes.
    ValueError
        If a quote stands where RFC 4180 allows none (inside an unquoted field, after the end of
        a quoted one) or a quoted field is never closed: offsets would be wrong from there on.

    References
    ----------
    Shafranovich (2005), *Common Format and MIME Type for CSV Files*, RFC 4180.

    Examples
    --------
    >>> record_offsets(b'id,note\n1,"two\nlines"\n2,plain')
    [0, 8, 22]
    """
    if isinstance(data, str):
        raise TypeError("data must be bytes, got str: read the file with mode 'rb'")
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        raise ValueError(f"delimiter must be one ASCII character, got {delimiter!r}")
    text = np.frombuffer(data, dtype=np.uint8)
    if not len(text):
        return []
    first = len(_BOM) if text[: len(_BOM)].tobytes() == _BOM else 0
    starts = [np.zeros(1, dtype=np.intp)]
    inside = False  # a quoted field
    for start in range(first, len(text), _PIECE):  # pieces that fit in the processor's cache
        stop = min(start + _PIECE, len(text))
        newline, quote = text[start:stop] == _NEWLINE, text[start:stop] == _QUOTE
        if inside or quote.any():
            # The parity of the quotes so far: true from an opening quote to its closing one.
            parity = np.logical_xor.accumulate(quote) ^ inside
            _check_quotes(text, start, stop, first, quote, parity, ord(delimiter))
            newline &= ~parity
            inside = bool(parity[-1])
        starts.append(np.flatnonzero(newline) + (start + 1))
    if inside:
        last = np.flatnonzero(text == _QUOTE)[-1]
        raise ValueError(f"data has a quote at byte {last} that is never closed")
    offsets = np.concatenate(starts).tolist()
    return offsets[:-1] if offsets[-1] == len(text) else offsets


def _check_quotes(
    text: np.ndarray,
    start: int,
    stop: int,
    first: int,
    quote: np.ndarray,
    parity: np.ndarray,
    delimiter: int,
) -> None:
    """Raise if a quote between start and stop is where RFC 4180 allows none."""
    edge = np.array([_NEWLINE], dtype=np.uint8)  # before the first byte and after the last
    before = np.concatenate([text[start - 1 : start] if start > first else edge,
                             text[start : stop - 1]])  # fmt: skip
    after = np.concatenate([text[start + 1 : stop], text[stop : stop + 1]
                            if stop < len(text) else edge])  # fmt: skip
    # A doubled quote reads as "closed and opened again", hence the quote on both sides.
    opens = (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE)
    closes = (after == delimiter) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
    wrong = quote & ~((parity & opens) | (~parity & closes))  # numpy.where is 20 times slower
    if wrong.any():
        raise ValueError(
            f"data has a quote at byte {start + int(wrong.argmax())} that neither opens nor closes "
            "a field: a quote inside a field must be doubled, and the field quoted"
        )


def get_record(
    path: str | Path,
    offsets: Sequence[int],
    i: int,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> list[str]:
    r"""Return the fields of record `i` of a CSV file, reading that record only.

    Parameters
    ----------
    path : str or Path
        The file.
    offsets : sequence of int
        Where each record begins, from `record_offsets`.
    i : int
        Position of the record, the header being 0.
    delimiter, encoding : str
        As the file was written.

    Raises
    ------
    IndexError
        If `i` is negative or not below the number of records.
    ValueError
        If the file ends before the record begins: the offsets are another file's.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "notes.csv"
    ...     size = path.write_bytes(b'id,note\r\n1,"two\nlines"\r\n2,plain')
    ...     offsets = record_offsets(path.read_bytes())
    ...     get_record(path, offsets, 1)
    ['1', 'two\nlines']
    """
    import csv
    import io

    if not 0 <= i < len(offsets):
        raise IndexError(f"i must lie in 0..{len(offsets) - 1}, got {i}")
    start = int(offsets[i])
    with Path(path).open("rb") as file:
        file.seek(start)
        raw = file.read(int(offsets[i + 1]) - start if i + 1 < len(offsets) else -1)
    if not raw:
        raise ValueError(f"offsets do not belong to {path}: it ends before byte {start}")
    if start == 0:
        raw = raw.removeprefix(_BOM)
    text = io.StringIO(raw.decode(encoding), newline="")
    return next(csv.reader(text, delimiter=delimiter), [])
