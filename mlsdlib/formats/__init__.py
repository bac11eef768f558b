"""What a file format costs: bytes to fetch, records to find, bytes to store.

Bytes are the same on every machine, times are not. Where the price of a format is an amount of
data, these functions say the amount::

    from mlsdlib import formats

    chunks = formats.row_groups(pyarrow.parquet.read_metadata("flights.parquet"))
    formats.bytes_read(chunks, ["arr_delay"])  # what one column costs a reader of Parquet

    offsets = formats.record_offsets(Path("flights.csv").read_bytes())
    formats.get_record("flights.csv", offsets, 1_000)  # one row, one seek

    formats.encoded_sizes(flights["arr_delay"])  # one column as text, as numbers, as Parquet
    formats.min_dtype(flights["day"])  # the smallest type that loses nothing
"""

from mlsdlib.formats._chunks import bytes_read, row_groups
from mlsdlib.formats._records import get_record, record_offsets
from mlsdlib.formats._sizes import encoded_sizes, min_dtype

__all__ = [
    "bytes_read",
    "encoded_sizes",
    "get_record",
    "min_dtype",
    "record_offsets",
    "row_groups",
]
