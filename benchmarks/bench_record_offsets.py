"""`record_offsets` beside Python's csv module: where does each record of a CSV file begin?

Run ``python benchmarks/bench_record_offsets.py [rows]``. Both find the same offsets, checked
first, in the flights as CSV: once as written with the fewest quotes, once with every field
quoted and a line feed inside each carrier, the worst case for a method that looks at quotes.
"""

from __future__ import annotations

import csv
import io
import os
import sys

from mlsdlib import datasets
from mlsdlib.formats import record_offsets
from mlsdlib.timing import time_ratio


def csv_module(data: bytes) -> list[int]:
    """Return the offsets by `csv.reader`, which pulls as many lines as a record needs."""
    position = start = 0
    offsets = []

    def lines():
        nonlocal position
        for line in io.BytesIO(data):
            position += len(line)
            yield line.decode("latin-1")

    for _ in csv.reader(lines()):
        offsets.append(start)
        start = position
    return offsets


def main(rows: int) -> None:
    """Print the ratio for both texts."""
    flights = datasets.load_flights().head(rows)
    multiline = flights.assign(carrier=flights["carrier"] + "\n")
    texts = {
        "few quotes": flights.to_csv(index=False).encode(),
        "all fields quoted, two lines a record": multiline.to_csv(
            index=False, quoting=csv.QUOTE_ALL
        ).encode(),
    }
    print(f"csv module / record_offsets, {len(flights):,} records; load {os.getloadavg()[0]:.1f}")
    for name, data in texts.items():
        ratio = time_ratio(
            lambda data=data: csv_module(data),
            lambda data=data: record_offsets(data),
            pairs=7,
            same=list.__eq__,
        )
        print(f"  {name:40s} {len(data) / 1e6:5.1f} MB  {ratio}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
