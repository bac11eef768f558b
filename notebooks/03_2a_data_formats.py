# %% [markdown]
# # 3.2a Data formats
#
# **Core question.** In which format should a table be kept, and what does the wrong one cost?
#
# **Time** 45 minutes · **Builds on** [0 How we test](00_how_we_test.ipynb)
#
# You will be able to
#
# - choose between row-major and column-major by how data is read (claims 3.2-1, 3.2-1b, exercise
#   3.2-e1)
# - say which writes and look-ups want whole rows (claims 3.2-2 to 3.2-2c, exercise 3.2-e2)
# - say when text is larger than binary, and why Parquet is small (claims 3.2-3 to 3.2-3c, exercise
#   3.2-e3)

# %% tags=["parameters"]
seed: int = 0  # which rows and columns are drawn [0, 1_000_000]
n_rows: int = 100_000  # flights kept [100, 336_776] quick 10_000
n_cols: int = 1  # columns read of 19 [1, 19] quick 1

# %%
import csv as text_csv
import itertools
import math
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from mlsdlib import datasets, formats
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval
from mlsdlib.timing import time_ratio

begin("3.2a", seed=seed, n_rows=n_rows, n_cols=n_cols)
rng = np.random.default_rng([seed, 0])
scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)

# %% [markdown]
# To keep data or to send it, a program turns it into bytes. That is *serialization*, and the rules
# for the bytes are a *format*. Three questions tell formats apart. Can a person read it? Is it
# text or binary? Which reads and writes are cheap? The last one decides most.
#
# Our table is real: the flights that left New York City in 2013, in 19 columns. Think of it as an
# order log, one row for each thing that happened.

# %%
everything = pa.Table.from_pandas(datasets.load_flights(), preserve_index=False)
everything = everything.replace_schema_metadata()
flights = everything.take(np.sort(rng.choice(len(everything), n_rows, replace=False)))
types = {field.name: field.type for field in flights.schema}
flights.slice(0, 3).select(["month", "day", "dep_delay", "carrier", "tailnum", "dest"]).to_pandas()

# %% [markdown]
# ## Round 1: rows or columns
#
# A table has two dimensions, a file has one. **Row-major** formats such as CSV, or JSON with one
# object a line, put one row after the other. **Column-major** formats such as Parquet put one
# column after the other. Suppose you need the mean delay. In the first case the delays are
# scattered over the whole file. In the second they lie side by side.
#
# We give the same table to both formats, and read it with the same library, on one thread, into
# the same memory layout. Only the format differs.


# %%
def store(table, name):
    csv.write_csv(table, folder / f"{name}.csv")
    pq.write_table(table, folder / f"{name}.parquet")


def read_csv(name, columns):
    options = csv.ConvertOptions(
        include_columns=columns, column_types=types, strings_can_be_null=True
    )
    one_thread = csv.ReadOptions(use_threads=False)
    return csv.read_csv(folder / f"{name}.csv", read_options=one_thread, convert_options=options)


def read_parquet(name, columns):
    return pq.ParquetFile(folder / f"{name}.parquet").read(columns, use_threads=False)


def csv_over_parquet(name, columns, pairs=15):
    """How many times longer the CSV takes, for equal results."""
    slow, fast = (lambda: read_csv(name, columns)), (lambda: read_parquet(name, columns))
    return time_ratio(slow, fast, pairs=pairs, same=lambda a, b: a.cast(b.schema).equals(b))


# %%
predict("3.2-1", "How many times faster is one column read from Parquet than from CSV?", guess=None)
predict("3.2-1b", "With 100 rows: bytes of the CSV over bytes Parquet must read?", guess=None)

# %%
rng = np.random.default_rng([seed, 1])
texts = [name for name in types if flights[name].to_pandas().dtype == "str"]
numbers = [name for name in types if name not in texts]
order = [*rng.permutation(numbers).tolist(), *texts]  # text columns last: see below
sizes = sorted({min(size, n_rows) for size in (100, 1_000, 10_000, n_rows)})
for size in sizes:
    store(flights.take(np.sort(rng.choice(n_rows, size, replace=False))), f"flights{size}")

large = csv_over_parquet(f"flights{n_rows}", order[:n_cols])


def bytes_saved(rows):
    """Bytes of the CSV over the bytes that Parquet must read for the columns."""
    few = np.sort(rng.choice(len(everything), rows, replace=False))
    store(everything.take(few), "tiny")
    footer = pq.read_metadata(folder / "tiny.parquet")
    needed = formats.bytes_read(formats.row_groups(footer), order[:n_cols])
    return (folder / "tiny.csv").stat().st_size / (needed + footer.serialized_size)


tiny = t_interval([bytes_saved(100) for _ in range(20)], unit="times")

# %%
claim(
    "3.2-1",
    f"Reading {n_cols} of 19 columns, numbers before text, of {n_rows:,} rows is more than 5 times "
    "faster from Parquet",
    large,
    above=5.0,
    means={
        "holds": "Parquet reads what is asked for; CSV must scan everything.",
        "fails": "For so many columns, or so few rows, Parquet gains less than a factor of 5.",
        "undecided": "This run cannot tell whether Parquet gains a factor of 5.",
    },
)
claim(
    "3.2-1b",
    f"With 100 rows, Parquet still reads more than 5 times fewer bytes for {n_cols} of 19 columns",
    tiny,
    above=5.0,
    means={
        "holds": "Even of a tiny table Parquet reads far fewer bytes.",
        "fails": "On a tiny table the footer, which every reader needs, eats most of the gain.",
        "undecided": "This run cannot tell whether the gain survives on a tiny table.",
    },
)

# %%
widths = [1, 4, 19]
grid = [[csv_over_parquet(f"flights{size}", order[:width], pairs=7) for width in widths]
        for size in sizes]  # fmt: skip
ratios = np.array([[estimate.value for estimate in row] for row in grid])
fig, axis = subplots(figsize=(6, 3.8))
axis.grid(False)
picture = axis.imshow(np.log10(ratios), cmap="PuOr", vmin=-1.8, vmax=1.8, aspect="auto")
for (i, j), ratio in np.ndenumerate(ratios):
    ink = "white" if abs(math.log10(ratio)) > 1 else "black"
    axis.text(j, i, f"{ratio:.2g}", ha="center", va="center", color=ink)
axis.set_xticks(range(len(widths)), widths)
axis.set_yticks(range(len(sizes)), [f"{size:,}" for size in sizes])
axis.set(xlabel="columns read, of 19", ylabel="rows in the table")
axis.set_title(finding("3.2-1"))
fig.colorbar(picture, label="log10 (CSV time / Parquet time)")
show(fig, alt="Heat map of CSV time over Parquet time, by rows of the table and columns read, with "
     "the ratio written in each cell.")  # fmt: skip

# %% [markdown]
# Each cell holds CSV's time over Parquet's. The crossover lies where the number passes 1. In the
# first row the calls are so short that the number moves from run to run; hence the claim about a
# tiny table counts bytes.
#
# **Why.** A Parquet file keeps each column in *chunks*, and a footer says where they are. A reader
# fetches the chunks it wants. A CSV reader must look at every byte, because only the bytes tell
# where the next comma is. So for one column CSV still scans all of them.
#
# **When it breaks.** Every Parquet file has a footer and chunk headers, and many small files pay
# for them many times. Reading *all* columns leaves only the cost of parsing text, which is not a
# matter of layout. And text columns gain less than numbers, since every string must be built
# either way.

# %% [markdown]
# ### Exercise 3.2-e1: what a reader must fetch
#
# The footer lists, for each *row group* (a horizontal slice of the table), the bytes of each
# column's chunk: `[{"id": 80, "order.price": 50}, {"id": 90, "order.price": 60}]`. A dot marks a
# nested column: asking for `order` fetches everything whose path begins with `order.`. Return the
# bytes a reader fetches for the wanted columns. `groups` holds the numbers of the row groups it
# must open, counted from 0; `None` means all.


# %%
# exercise 3.2-e1
def bytes_read(row_groups, columns, groups=None):
    """Return the bytes a reader fetches for some columns, from the row groups it must open."""
    return TODO


# %%
exercise("3.2-e1").check(bytes_read)

# %% [markdown]
# ## Round 2: writes, and single rows
#
# An order log grows by one row at a time, and support staff look up single rows. Here row-major
# should win. To append to a CSV, write one line. Writers of Parquet do not append to a file, whose
# footer comes last; the fair alternative is one more small file, a *part*, in a folder. Both start
# from the same Python record and end in a file.
#
# To look up row 100,000 of a CSV you must know where it begins. Rows differ in length, so you need
# an *index*: a list that says where each one is. Here it is a list of offsets, made once.

# %% [markdown]
# ### Exercise 3.2-e2: where records begin
#
# The file comes as `bytes`. Return the offset of each record, the header's included. A record ends
# with a line end, LF or CRLF, but a line end inside quotes is part of a value. A quote inside a
# quoted value is doubled. The last record may lack a line end. An empty file has no record.


# %%
# exercise 3.2-e2
def record_offsets(data):
    """Return the byte offset at which each record of a CSV file begins."""
    return TODO


# %%
exercise("3.2-e2").check(record_offsets)

# %%
predict("3.2-2", "How many times longer than a CSV append does a Parquet part take?", guess=None)
predict("3.2-2b", "Writing the whole table: Parquet's time over CSV's?", guess=None)

# %%
rng = np.random.default_rng([seed, 2])
[event] = flights.slice(int(rng.integers(n_rows)), 1).to_pylist()
part = itertools.count()


def append_csv():
    with (folder / "log.csv").open("a", newline="") as log:
        text_csv.writer(log).writerow(event.values())


def append_part():
    row = pa.Table.from_pylist([event], schema=flights.schema)
    pq.write_table(row, folder / f"part-{next(part)}.parquet")


def bulk(columns):
    """Parquet's time over CSV's to write these columns of the whole table."""
    table, to = flights.select(columns), folder / "bulk"
    return time_ratio(lambda: pq.write_table(table, to), lambda: csv.write_csv(table, to), pairs=9)


append, whole = time_ratio(append_part, append_csv), bulk(list(types))

# %%
claim(
    "3.2-2",
    "Appending one record takes more than 10 times longer as a Parquet part than as a line of CSV",
    append,
    above=10.0,
    means={
        "holds": "Single records are appended cheaply as text.",
        "fails": "Appending a part is less than 10 times slower than appending a line.",
        "undecided": "This run cannot tell whether appending a part is 10 times slower.",
    },
)
claim(
    "3.2-2b",
    "Writing the whole table at once takes longer as Parquet than as CSV",
    whole,
    above=1.0,
    means={
        "holds": "Text is the faster one to write in bulk as well.",
        "fails": "In bulk Parquet is the faster one to write.",
        "undecided": "This run cannot tell which is faster to write in bulk.",
    },
)

# %%
predict("3.2-2c", "To look up one row: blocks moved for Parquet over an indexed CSV's?", guess=None)

# %% [markdown]
# A disk moves whole *blocks* of 4,096 bytes, however few of them are wanted. So count blocks. For
# CSV: one of the index and those that the row touches. For Parquet: those of the row group that
# holds the row. We leave out the footer for now, as if the reader had it in memory.

# %%
bytes_read = exercise("3.2-e1").use(bytes_read)
record_offsets = exercise("3.2-e2").use(record_offsets)
block = 4_096
path = folder / f"flights{n_rows}.csv"
offsets = record_offsets(path.read_bytes())
starts = np.array([*offsets, path.stat().st_size])[1:]  # without the header
print(formats.get_record(path, offsets, n_rows)[:6])  # the last row, found by one seek


def csv_blocks(row):
    return 1 + (starts[row + 1] - 1) // block - starts[row] // block + 1


def grouped(rows):
    """Bytes of the chunks of each row group, and of the footer, for groups of so many rows."""
    pq.write_table(flights, folder / "grouped.parquet", row_group_size=rows)
    footer = pq.read_metadata(folder / "grouped.parquet")
    return formats.row_groups(footer), footer.serialized_size


chunks, _ = grouped(10_000)
rows = rng.choice(n_rows, min(200, n_rows), replace=False)
moved = [math.ceil(bytes_read(chunks, list(types), [row // 10_000]) / block) / csv_blocks(row)
         for row in rows]  # fmt: skip

# %%
claim(
    "3.2-2c",
    "To look up one row, Parquet moves more than 10 times the blocks of an indexed CSV",
    t_interval(moved, unit="times"),
    above=10.0,
    means={
        "holds": "An index over whole rows fetches one row; Parquet fetches its row group.",
        "fails": "Here Parquet moves less than 10 times the blocks for one row.",
        "undecided": "This run cannot tell whether Parquet moves 10 times the blocks.",
    },
)

# %%
kinds = {"append one record": append, "write all columns": whole,
         "write the numbers": bulk(numbers), "write the text": bulk(texts)}  # fmt: skip
fig, axes = subplots(1, 2, figsize=(10.5, 3.2))
for row, estimate in enumerate(kinds.values()):
    colour = PALETTE[5] if estimate.value > 1 else PALETTE[0]
    axes[0].barh(row, estimate.value - 1, left=1, height=0.5, color=colour)
    axes[0].plot([estimate.low, estimate.high], [row, row], color="black", linewidth=1.5)
axes[0].axvline(1, color="black")
axes[0].set_yticks(range(len(kinds)), kinds)
axes[0].set(xscale="log", xlabel="Parquet time / CSV time (log scale)", ylabel="kind of write")
axes[0].set_title(f"{finding('3.2-2')}\n{finding('3.2-2b')}", fontsize=9)
layouts = [grouped(size) for size in sizes]
group = [bytes_read(parts, list(types), [0]) / block for parts, _ in layouts]
footer = [size / block for _, size in layouts]
axes[1].plot(sizes, group, "o-", label="Parquet, row group")
axes[1].plot(sizes, np.add(group, footer), "s--", label="Parquet, with footer")
axes[1].axhline(np.mean([csv_blocks(row) for row in rows]), color="black", label="indexed CSV")
axes[1].set(xscale="log", yscale="log", xlabel="rows in a row group", ylabel="blocks for one row")
axes[1].set_title(finding("3.2-2c"), fontsize=9)
axes[1].legend(fontsize=8)
show(fig, alt="Left: Parquet time over CSV time for appending and for writing in bulk. Right: "
     "blocks moved to look up one row against the size of row groups.")  # fmt: skip

# %% [markdown]
# **Why.** A part needs a header, a footer and a schema around a single row. In bulk these are
# shared by all rows, and CSV has its own price: every number and every time must be printed as
# digits. For the text columns alone CSV has nothing to convert, and the last bar shows it.
#
# A row group is what Parquet reads at least. Small groups make it smaller, but each one adds to
# the footer; the dashed line is what a reader pays who must read the footer too.
#
# **When it breaks.** The index wins the row look-up; the layout only makes it possible. Without
# one, CSV must scan. And many parts are no way to keep a table: each must be opened to read it. In
# practice one uses both: rows arrive in a log, and a job turns the day's log into Parquet.

# %% [markdown]
# ## Round 3: text or binary
#
# Text formats can be read by people. They are said to be larger: the number 1000000 takes seven
# characters as text and four bytes as a 32-bit integer. But the day of the month takes two
# characters, and a default integer takes eight bytes. So measure, column by column.

# %%
predict("3.2-3", "Bytes of a typical column as text, over its bytes as 64-bit binary?", guess=None)
predict("3.2-3b", "And over its bytes in the smallest binary type that loses nothing?", guess=None)

# %%
rng = np.random.default_rng([seed, 3])
samples = np.array_split(rng.permutation(n_rows)[:40_000], 4)  # four parts without a common row
sizes_of = [pd.DataFrame({name: formats.encoded_sizes(flights[name].take(np.sort(part)))
                          for name in types}).T / len(part) for part in samples]  # fmt: skip


def typical(numerator, denominator):
    """Geometric mean over the columns of the ratio of bytes; the interval is over the parts."""
    logs = [np.log(sizes[numerator] / sizes[denominator]).mean() for sizes in sizes_of]
    return t_interval(logs).map(math.exp, unit="times")


# %%
claim(
    "3.2-3",
    "As text a typical column of flights takes more bytes than as 64-bit binary",
    typical("csv", "binary"),
    above=1.0,
    means={
        "holds": "Text is larger than 64-bit binary on this table.",
        "fails": "Text is smaller than 64-bit binary: most values are short.",
        "undecided": "This run cannot tell whether text or 64-bit binary is smaller.",
    },
)
claim(
    "3.2-3b",
    "As text it takes more bytes than in the smallest binary type that loses nothing",
    typical("csv", "binary.min"),
    above=1.0,
    means={
        "holds": "Text is larger than binary of the smallest type.",
        "fails": "Text is smaller even than binary of the smallest type.",
        "undecided": "This run cannot tell whether text or the smallest type is smaller.",
    },
)

# %%
claim(
    "3.2-3c",
    "As Parquet it takes less than half the bytes of text",
    typical("parquet", "csv"),
    below=0.5,
    means={
        "holds": "Parquet, which encodes, is far smaller than either.",
        "fails": "Parquet saves less than half on this table.",
        "undecided": "This run cannot tell whether Parquet saves half on this table.",
    },
)

# %%
shown = sizes_of[0].sort_values("csv")
styles = {"csv": ("s", 1, "text"), "binary": ("D", 5, "64-bit binary"),
          "binary.min": ("|", 6, "smallest type"), "csv.gz": ("v", 4, "text, zipped"),
          "parquet.plain": ("x", 3, "Parquet, no encoding"),
          "parquet": ("o", 0, "Parquet")}  # fmt: skip
fig, axis = subplots(figsize=(8, 4.8))
for name, (marker, colour, label) in styles.items():
    size = 11 if marker in "|x" else 6
    axis.plot(shown[name], shown.index, marker, color=PALETTE[colour], label=label, markersize=size)
axis.set(xscale="log", xlabel="bytes a value (log scale)", ylabel="column of flights")
axis.set_title(f"{finding('3.2-3')}\n{finding('3.2-3b')}\n{finding('3.2-3c')}", fontsize=10)
axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(fig, alt="Bytes a value for each column of flights in six encodings, on a logarithmic scale; "
     "64-bit binary is at eight for every number.")  # fmt: skip

# %% [markdown]
# *Typical* is the geometric mean of the ratio over the columns: twice and half cancel out.
#
# **Why.** Fixed-width binary spends the same bytes on every value, whatever it is. Parquet spends
# bytes on what is *new*: a column with few distinct values becomes a small dictionary and a list
# of positions, and runs of equal positions are counted. `Parquet, no encoding` is the same file
# without dictionary and compression, and it is back among the large ones. So it is the encoding
# that makes Parquet small, and not that it is binary.
#
# **When it breaks.** Floats with all their digits are shorter as binary. Values that never repeat
# gain nothing from a dictionary. And a column of text, zipped, comes near Parquet. But zipped text
# is stored row by row, and must be unzipped from the start to read anything.

# %% [markdown]
# ### Exercise 3.2-e3: the smallest type
#
# Much of the waste of plain binary is a choice of type. Return the name of the smallest type that
# holds every value exactly. If all values are whole, it is the first such type in `INTEGERS`, else
# the first in `FLOATS`. A missing value is `nan`, which only float types hold. One of them always
# fits. Beware: a float holds no odd integer beyond 2 to the power of 53.


# %%
# exercise 3.2-e3
INTEGERS = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
FLOATS = ["float16", "float32", "float64"]


def min_dtype(values):
    """Return the name of the first type that holds every value exactly."""
    return TODO


# %%
exercise("3.2-e3").check(min_dtype)

# %%
min_dtype = exercise("3.2-e3").use(min_dtype)
for name in ("month", "dep_delay", "distance"):
    values = flights[name].slice(0, 10_000).to_pandas().tolist()
    print(f"{name:<10} {types[name]!s:<7} -> {min_dtype(values)}")

# %% [markdown]
# ## What else is data
#
# **JSON** is text that holds nested values. Every reader knows it, and each record repeats the
# names of its fields. Programs come to rely on those names, so changing them is hard; part b shows
# how it goes wrong in silence.
#
# **Models** are data too: large arrays with a program. A format such as ONNX describes both, so
# that one file runs on different hardware. And think of the reader who comes in three years: what
# is cheap to keep may be costly to use.

# %% [markdown]
# ## Turn the knob
#
# These verdicts belong to tables of one size. We ran this notebook on three sizes, five seeds each:
# `mlsd sweep 3.2a -p n_rows=100,10000,300000 -p seed=0:5`. This is where each verdict changes.

# %%
swept = sweep.load("published/3.2a-n_rows")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("3.2-1"), alt=swept.alt("3.2-1"))

# %% [markdown]
# For a hundred rows nothing is gained by columns: opening the file costs more than reading it, and
# a Parquet file is mostly its own footer. The advice about formats is advice about large tables.

# %% [markdown]
# ## Quiz

# %%
quiz("3.2-q1", choice=None)

# %%
quiz("3.2-q2", choice=None)

# %%
quiz("3.2-q3", choice=None)

# %%
quiz("3.2-q4", choice=None)

# %%
quiz("3.2-q5", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Abadi and others (2013), *The design and implementation of modern column-oriented
# database systems*; the Apache Parquet format specification; Shafranovich (2005), RFC 4180, on CSV.
#
# **Next.** [3.2b Data models](03_2b_data_models.ipynb): tables, documents, graphs.
