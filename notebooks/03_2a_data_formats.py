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
# - say when text is larger than binary, and why Parquet is small (claims 3.2-3, 3.2-3b, exercise
#   3.2-e3)

# %% tags=["parameters"]
seed: int = 0  # which rows and columns are drawn [0, 1_000_000]
n_rows: int = 200_000  # flights kept [2_000, 336_776] quick 10_000
n_cols: int = 1  # columns read of 19 [1, 19] quick 1

# %%
import io
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
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots,
)  # fmt: skip
from mlsdlib.estimate import bootstrap, t_interval
from mlsdlib.timing import time_ratio

begin("3.2a", seed=seed, n_rows=n_rows, n_cols=n_cols)
rng = np.random.default_rng(seed)
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
numbers = [name for name, kind in types.items() if not pa.types.is_string(kind)]
texts = [name for name in types if name not in numbers]
order = [*rng.permutation(numbers).tolist(), *texts]  # text columns last: see below
sizes = [100, 1_000, min(10_000, n_rows // 2), n_rows]
for size in sizes:
    store(flights.take(np.sort(rng.choice(n_rows, size, replace=False))), f"flights{size}")

large = csv_over_parquet(f"flights{n_rows}", order[:n_cols])


def bytes_saved(rows):
    """Bytes of the CSV over the bytes that Parquet must read for the columns."""
    store(flights.take(np.sort(rng.choice(n_rows, rows, replace=False))), "tiny")
    footer = pq.read_metadata(folder / "tiny.parquet")
    needed = formats.bytes_read(formats.row_groups(footer), order[:n_cols])
    return (folder / "tiny.csv").stat().st_size / (needed + footer.serialized_size)


tiny = t_interval([bytes_saved(100) for _ in range(20)], unit="times")

# %%
claim(
    "3.2-1",
    f"Reading {n_cols} of 19 columns of a large table is more than 5 times faster from Parquet",
    large,
    above=5.0,
    means={
        "holds": "On a large table Parquet reads only what is asked for.",
        "fails": "For so many columns, or so few rows, Parquet's layout gains little.",
        "undecided": "Parquet's gain is near the factor that would justify a change.",
    },
)
claim(
    "3.2-1b",
    f"With 100 rows, Parquet still reads more than 5 times fewer bytes for {n_cols} of 19 columns",
    tiny,
    above=5.0,
    means={
        "holds": "Even of a tiny table Parquet reads far fewer bytes.",
        "fails": "On a tiny table the footer, which every reader needs, eats the gain.",
        "undecided": "On a tiny table the gain is near that factor.",
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
axis.set_title(f"{finding('3.2-1')}\n{finding('3.2-1b')}")
fig.colorbar(picture, label="log10 (CSV time / Parquet time)")
show(fig, alt="Heat map of CSV time over Parquet time. The ratio grows with the rows and shrinks "
     "with the columns read; at 100 rows it is near one.")  # fmt: skip

# %% [markdown]
# Each cell holds CSV's time over Parquet's. The crossover lies where the number passes 1, at a few
# hundred rows.
#
# **Why.** A Parquet file keeps each column in *chunks*, and a footer says where they are. A reader
# fetches the chunks it wants. A CSV reader must look at every byte, because only the bytes tell
# where the next comma is. So for one column CSV still scans all of them.
#
# **When it breaks.** Footer and chunk headers are a fixed price. On a tiny table, or in a folder
# of many small files, you pay it again and again. Reading *all* columns leaves the cost of parsing
# text, which is not a matter of layout. And text columns gain less than numbers, since every
# string must be built either way.

# %% [markdown]
# ### Exercise 3.2-e1: what a reader must fetch
#
# The footer lists, for each *row group* (a horizontal slice of the table), the bytes of each
# column's chunk: `[{"id": 80, "order.price": 50}, {"id": 90, "order.price": 60}]`. A dot marks a
# nested column. Return the bytes a reader fetches for the wanted columns. `groups` holds the
# numbers of the row groups it must open; `None` means all. Asking for `order` fetches all leaves
# under it.


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
# should win. To append to a CSV, write one line. A Parquet file cannot grow, since its footer
# comes last; the fair alternative is one more small file, a *part*, in a folder.
#
# To look up row 100,000 of a CSV you must know where it begins. Rows differ in length, so you need
# an index of offsets, made once.

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
one = flights.slice(int(rng.integers(n_rows)), 1)
line = io.BytesIO()
csv.write_csv(one, line, csv.WriteOptions(include_header=False))
part = itertools.count()


def append_csv():
    with (folder / "log.csv").open("ab") as log:
        log.write(line.getvalue())


def append_part():
    pq.write_table(one, folder / f"part-{next(part)}.parquet")


def rewrite_parquet():
    grown = pa.concat_tables([read_parquet(f"flights{n_rows}", None), one])
    pq.write_table(grown, folder / "grown.parquet")


append = time_ratio(append_part, append_csv)
rewrite = time_ratio(rewrite_parquet, append_csv, pairs=7)
bulk = time_ratio(lambda: pq.write_table(flights, folder / "bulk.parquet"),
                  lambda: csv.write_csv(flights, folder / "bulk.csv"), pairs=9)  # fmt: skip

# %%
claim(
    "3.2-2",
    "Appending one row takes more than 10 times longer as a Parquet part than as a line of CSV",
    append,
    above=10.0,
    means={
        "holds": "Single rows are appended cheaply as text.",
        "fails": "Appending a part is not ten times slower than appending a line.",
        "undecided": "Appending a part is about ten times slower than appending a line.",
    },
)
claim(
    "3.2-2b",
    "Writing the whole table at once takes longer as Parquet than as CSV",
    bulk,
    above=1.0,
    means={
        "holds": "Text is the faster one to write in bulk as well.",
        "fails": "In bulk Parquet is the faster one to write.",
        "undecided": "In bulk neither is clearly faster to write.",
    },
)

# %%
predict("3.2-2c", "To fetch 200 random rows: Parquet's bytes over an indexed CSV's?", guess=None)

# %%
bytes_read = exercise("3.2-e1").use(bytes_read)
record_offsets = exercise("3.2-e2").use(record_offsets)
data = (folder / f"flights{n_rows}.csv").read_bytes()
starts = np.array([*record_offsets(data), len(data)])  # record 0 is the header
lengths = np.diff(starts)[1:]
group_rows = 10_000
pq.write_table(flights, folder / "grouped.parquet", row_group_size=group_rows)
chunks = formats.row_groups(pq.read_metadata(folder / "grouped.parquet"))


def bytes_for(rows):
    """Bytes of Parquet over bytes of CSV, to fetch these rows."""
    groups = np.unique(rows // group_rows).tolist()
    return bytes_read(chunks, list(types), groups) / int(lengths[rows].sum())


draws = [bytes_for(rng.choice(n_rows, 200, replace=False)) for _ in range(20)]
claim(
    "3.2-2c",
    "To fetch 200 random rows, Parquet reads more than 10 times the bytes of an indexed CSV",
    t_interval(draws, unit="times"),
    above=10.0,
    means={
        "holds": "An index over whole rows fetches what is asked for and no more.",
        "fails": "For these rows Parquet does not read ten times the bytes.",
        "undecided": "For these rows Parquet reads about ten times the bytes.",
    },
)

# %%
bars = {"append: one more part": append, "append: rewrite the file": rewrite, "write in bulk": bulk}
fig, axis = subplots(figsize=(7, 2.6))
for row, estimate in enumerate(bars.values()):
    colour = PALETTE[5] if estimate.value > 1 else PALETTE[0]
    axis.barh(row, estimate.value - 1, left=1, height=0.5, color=colour)
    axis.plot([estimate.low, estimate.high], [row, row], color="black", linewidth=1.5)
axis.axvline(1, color="black")
axis.set_yticks(range(len(bars)), bars, fontsize=9)
axis.set(xscale="log", ylabel="kind of write")
axis.set_xlabel("Parquet time / CSV time (log scale); left of 1 Parquet is faster")
axis.set_title(f"{finding('3.2-2')}\n{finding('3.2-2b')}")
show(fig, alt="Bars of Parquet time over CSV time for three kinds of writes. Both ways of "
     "appending lie far to the right of one, writing in bulk to the left.")  # fmt: skip

# %% [markdown]
# **Why.** A part needs a header, a footer and a schema around a single row. Rewriting the file
# costs the more the larger it has grown. In bulk these costs are shared by all rows, and turning
# numbers into digits, which CSV must do, is the slow part.
#
# **When it breaks.** The index wins the row look-up; the layout only makes it possible. Without
# one, CSV must scan. Smaller row groups do not save Parquet, since its footer grows with their
# number. And many parts are no way to keep a table: each must be opened to read it. In practice
# one uses both: rows arrive in a log, and a job turns the day's log into Parquet.

# %% [markdown]
# ## Round 3: text or binary
#
# Text formats can be read by people. They are said to be larger: the number 1000000 takes seven
# characters as text and four bytes as a 32-bit integer. But the day of the month takes two
# characters, and a default integer takes eight bytes. So measure, column by column.

# %%
predict("3.2-3", "Bytes of a typical column as text, over its bytes as plain binary?", guess=None)

# %%
sample = flights.take(np.sort(rng.choice(n_rows, min(n_rows, 20_000), replace=False)))
stored = pd.DataFrame({name: formats.encoded_sizes(sample[name]) for name in types}).T / len(sample)


def typical(numerator, denominator):
    """Geometric mean of the ratio over columns, with its interval."""
    logs = np.log(stored[numerator] / stored[denominator])
    return bootstrap(logs, rng=rng).map(math.exp, unit="times")


claim(
    "3.2-3",
    "As text a typical column takes more bytes than as fixed-width binary",
    typical("csv", "binary"),
    above=1.0,
    means={
        "holds": "Text is larger than plain binary on this table.",
        "fails": "Text is smaller than plain binary: most values are short.",
        "undecided": "On this table neither text nor plain binary is clearly smaller.",
    },
)
claim(
    "3.2-3b",
    "As Parquet a typical column takes less than half the bytes of text",
    typical("parquet", "csv"),
    below=0.5,
    means={
        "holds": "Parquet is small because it encodes, not because it is binary.",
        "fails": "Parquet saves less than half on this table.",
        "undecided": "Parquet saves about half on this table.",
    },
)

# %%
shown = stored.sort_values("csv")
styles = {"csv": ("s", 1), "binary": ("D", 5), "binary.min": ("|", 6), "parquet.plain": ("x", 3),
          "csv.gz": ("v", 4), "parquet": ("o", 0)}  # fmt: skip
fig, axis = subplots(figsize=(7.5, 4.8))
for name, (marker, colour) in styles.items():
    axis.plot(shown[name], shown.index, marker, color=PALETTE[colour], label=name)
axis.set(xscale="log", xlabel="bytes a value (log scale)", ylabel="column of flights")
axis.set_title(f"{finding('3.2-3')}\n{finding('3.2-3b')}")
axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(fig, alt="Bytes a value for each column in six encodings. Plain binary is at eight for "
     "numbers, text mostly below it, Parquet and zipped text far to the left.")  # fmt: skip

# %% [markdown]
# In the figure, `binary` is what numpy holds by default, `binary.min` the smallest type that loses
# nothing, and `parquet.plain` a Parquet file without dictionary and compression.
#
# **Why.** Fixed-width binary spends the same bytes on every value, whatever it is. Parquet spends
# bytes on what is *new*: a column with few distinct values becomes a small dictionary and a list
# of positions, and runs of equal positions are counted. Without that, `parquet.plain` is back
# among the large ones.
#
# **When it breaks.** Floats with all their digits are shorter as binary. Values that never repeat
# gain nothing from a dictionary. And zipped text is often as small as Parquet or smaller, but it
# must be unzipped from the start to read anything.

# %% [markdown]
# ### Exercise 3.2-e3: the smallest type
#
# Half of the binary's waste is a choice of type. Return the name of the smallest type that holds
# every value exactly. If all values are whole, it is the first such type in `INTEGERS`, else the
# first in `FLOATS`. A missing value is `nan`, which only float types hold. Beware: a 64-bit float
# holds no odd integer beyond 2 to the power of 53.


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
    print(f"{name:<10} {types[name]!s:<7} -> {min_dtype(sample[name].to_pandas().tolist())}")

# %% [markdown]
# ## What else is data
#
# **JSON** is text that holds nested values. Every reader knows it, and each record repeats the
# names of its fields. Programs come to rely on those names, so changing them is hard; part b shows
# how it goes wrong in silence.
#
# **Multimodal** data mixes kinds. Keep each photo or recording as a file of its own, in a format
# made for it, and a table with its key, its caption and its label. A photo inside a CSV grows by a
# third, since text cannot hold raw bytes.
#
# **Models** are data too: large arrays with a program. A format such as ONNX describes both, so
# that one file runs on different hardware. And think of the reader who comes in three years: what
# is cheap to keep may be costly to use.

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
