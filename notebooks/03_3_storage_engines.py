# %% [markdown]
# # 3.3 Storage engines and processing
#
# **Core question.** Which database for which work, and what does it promise when things go wrong?
#
# **Time** 60 minutes · **Builds on** [3.2a Data formats](03_2a_data_formats.ipynb),
# [3.2b Data models](03_2b_data_models.ipynb)
#
# You will be able to
#
# - choose between an engine for transactions and one for analysis (claims 3.3-1 to 3.3-1c,
#   exercise 3.3-e1)
# - write to one database from many processes (claim 3.3-2, exercise 3.3-e2)
# - say what a transaction is worth when a program dies, and what a lagging copy costs (claims
#   3.3-3, 3.3-3b, exercise 3.3-e3)
# - load data so that a bug found later can be mended (claims 3.3-4 to 3.3-4c, exercises 3.3-e4,
#   3.3-e5)

# %% tags=["parameters"]
seed: int = 0  # which flights are drawn, when a program is killed, how copies lag [0, 1_000_000]
n_rows: int = 300_000  # flights in the table [100, 300_000] quick 20_000
writers: int = 4  # programs that write to one file at once [2, 8]
kills: int = 80  # programs that are killed in the middle of their work [10, 200] quick 10
lag_ms: float = 100.0  # mean delay of a copy, in milliseconds [1, 1_000]

# %%
import json
import sqlite3
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from mlsdlib import datasets, etl, storage
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import wilson
from mlsdlib.timing import time_ratio

begin("3.3", seed=seed, n_rows=n_rows, writers=writers, kills=kills, lag_ms=lag_ms)
scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)

# %% [markdown]
# A format says how bytes lie in a file, a data model what there is to talk about. A **storage
# engine**, or database, is the program that does the work: it finds, changes and protects the
# data. There are hundreds of them, and they are made for two kinds of work.
#
# Somebody orders a ride, posts a message, pays. Each is a *transaction*: it touches a few rows,
# and a person waits for it. This is **online transaction processing, OLTP**. It must be fast and
# always there.
#
# How many rides were there last month, by district? Such a question reads a few columns of all the
# rows, and nobody waits at the door. This is **online analytical processing, OLAP**.
#
# ## Round 1: one row, or all of them
#
# Our transactional engine is SQLite, which runs in every phone. It keeps the values of a row
# together (*row-major*). Our analytical engine is DuckDB, which keeps the values of a column
# together. Both get the same flights, in memory, and one thread each. We ask for one flight by its
# number, and for the mean delay of each carrier. An answer counts only if both engines give it.

# %%
flights = datasets.load_flights()
rng = np.random.default_rng([seed, 1])
ONE_ROW = "SELECT * FROM flights WHERE id = {}"
ALL_ROWS = "SELECT carrier, avg(arr_delay) FROM flights GROUP BY carrier"


def opened(n):
    """The same n flights in SQLite and in DuckDB."""
    some = flights.sample(n, random_state=rng).reset_index(drop=True)
    some.insert(0, "id", range(n))
    lite, duck = sqlite3.connect(":memory:"), duckdb.connect()
    duck.execute("SET threads = 1")
    for con in (lite, duck):
        storage.load_table(con, "flights", some, key="id")
    return lite, duck


def times_longer(slow, fast, query):
    """How many times longer one engine takes for a query than the other, with equal answers."""
    ask = lambda con: lambda: con.execute(query).fetchall()  # noqa: E731
    return time_ratio(ask(slow), ask(fast), pairs=9, same=storage.same_rows)


# %%
predict("3.3-1", "The mean delay of each carrier: how many times faster is DuckDB?", guess=None)
predict("3.3-1b", "One flight by its number: how many times faster is SQLite?", guess=None)
predict("3.3-1c", "And the mean delays among 1,000 flights only?", guess=None)

# %%
sizes = [n for n in (100, 1_000, 10_000, 100_000) if n < n_rows] + [n_rows]
all_rows, one_row = [], []
for n in sizes:
    lite, duck = opened(n)
    all_rows.append(times_longer(lite, duck, ALL_ROWS))
    one_row.append(times_longer(duck, lite, ONE_ROW.format(n // 2)))
lite, duck = opened(1_000)
few_rows = times_longer(lite, duck, ALL_ROWS)

# %%
claim(
    "3.3-1",
    f"Mean delays by carrier among {n_rows:,} flights take SQLite over 5 times longer than DuckDB",
    all_rows[-1],
    above=5.0,
    means={
        "holds": "For analysis, an engine that keeps columns is worth having.",
        "fails": "At this size an engine for analysis gains less than a factor of 5.",
        "undecided": "This run cannot tell whether columns gain a factor of 5.",
    },
)
claim(
    "3.3-1b",
    "One flight by its number takes DuckDB more than 5 times longer than SQLite",
    one_row[-1],
    above=5.0,
    means={
        "holds": "For single rows, an engine that keeps rows is worth having.",
        "fails": "An engine for transactions gains less than a factor of 5 on single rows.",
        "undecided": "This run cannot tell whether rows gain a factor of 5.",
    },
)
claim("3.3-1c", "Among 1,000 flights, too, the mean delays take SQLite longer than DuckDB",
      few_rows, above=1.0, means={
        "holds": "Even a small table is analysed faster by columns.",
        "fails": "For a small table the engine for transactions does the analysis, too.",
        "undecided": "Here it makes no difference which engine you ask.",
      })  # fmt: skip

# %%
means = np.array([[e.value, e.low, e.high] for e in all_rows]).T
single = 1 / np.array([[e.value, e.high, e.low] for e in one_row]).T
fig, axis = subplots(figsize=(6, 3.6))
for number, (value, low, high) in enumerate((means, single)):
    axis.errorbar(
        sizes,
        value,
        [value - low, high - value],
        color=PALETTE[number],
        marker="os"[number],
        label=["mean of each carrier", "one row by its key"][number],
    )
axis.axhline(1, color="black", linewidth=1, linestyle=":")
axis.set(xscale="log", yscale="log", xlabel="rows", ylabel="time of SQLite ÷ DuckDB",
         title=finding("3.3-1"))  # fmt: skip
axis.legend()
show(fig, alt="Two lines of the ratio of times against the number of rows, on log axes. The one "
     "for means rises from below the line of equal times to far above it; the one for single rows "
     "stays far below.")  # fmt: skip

# %% [markdown]
# A mean over all rows needs two of twenty columns. DuckDB reads only those, a thousand values at a
# time; SQLite walks over every row. For a single row it is the other way round: SQLite goes down
# one tree and finds all its values side by side. DuckDB plans the query, which costs it more than
# the answer, and then gathers twenty columns.
#
# **When it stops being true.** That fixed cost of planning decides for small tables. Look at the
# claim about 1,000 flights before you set up a second database.
#
# Databases that keep rows in order of their key, one beside the other, are called *transactional*;
# those that keep columns, *analytical*. Many companies run one of each and copy from the first to
# the second every night. The course's cases need a rule for that choice.
#
# ### Exercise 3.3-e1: route the work
#
# A program makes `lookups` searches of one row and `scans` queries over all the `rows` a day.
# `cost` tells for each engine, "sqlite" and "duckdb", what a lookup costs, what a scan costs
# before it begins, and what it costs for each row: `{"lookup": 0.1, "scan": 0.1, "row": 0.002}`.
# Return the name of the engine with the smaller total; on a tie "sqlite", which needs no second
# copy.


# %%
# exercise 3.3-e1
def route(lookups, scans, rows, cost):
    """Return "sqlite" or "duckdb", whichever costs less for a day's work."""
    return TODO


# %%
exercise("3.3-e1").check(route)

# %% [markdown]
# These are costs in milliseconds as one laptop had them. A checkout, a dashboard and a bit of both
# come out like this:

# %%
route = exercise("3.3-e1").use(route)
cost = {"sqlite": {"lookup": 0.01, "scan": 0.01, "row": 0.0004},
        "duckdb": {"lookup": 0.5, "scan": 0.5, "row": 0.00001}}  # fmt: skip
for name, work in {"checkout": (50_000, 1, 300_000), "dashboard": (10, 500, 300_000),
                   "small shop": (100, 50, 1_000),
                   "both": (5_000, 25, 300_000)}.items():  # fmt: skip
    print(f"{name:<11} {route(*work, cost)}")

# %% [markdown]
# ## Round 2: can one engine do both?
#
# It is said that the line between the two kinds fades. CockroachDB serves transactions and can
# answer analytical queries; Apache Iceberg and DuckDB are made for analysis and have transactions.
# So let DuckDB do SQLite's work: several programs that each add 1 to a row of their own and commit,
# as fast as they can, in one file on disk.

# %%
predict("3.3-2", f"Of {writers} programs, how many get into the DuckDB file?", guess=None)

# %%
runs = {engine: storage.commit_rates(engine, writers=writers, seconds=1.0, rng=seed)
        for engine in ("sqlite", "duckdb")}  # fmt: skip
claim(
    "3.3-2",
    f"Of {writers} programs that write to one DuckDB file at the same time, more than one gets in",
    int((runs["duckdb"]["commits"] > 0).sum()),
    above=1,
    exact=True,
    reason="whoever has the file open locks it, and keeps it open",
    means={
        "holds": "The engine for analysis serves several writers, too.",
        "fails": "The engine for analysis has transactions, for one program at a time.",
        "undecided": "This run cannot tell: a count has no interval.",
    },
)
for engine, found in runs.items():
    print(f"{engine}: every commit is stored: {found['commits'].equals(found['stored'])}")

# %% [markdown]
# SQLite lets one writer in at a time; the others get an error, *database is locked*, and must ask
# again. DuckDB lets one *program* in: as long as the first has the file open, the others cannot
# even read it. Both lose nothing. But only a program that expects the error survives it.
#
# How fast they commit we do not claim. Both wait for the disk, and a slow disk makes them equal.
#
# So "modern engines blend both" is true of engines built for it, and each pays somewhere. Engines
# for **HTAP** (hybrid processing) keep two copies of the data, one by rows and one by columns, and
# carry each change over.
#
# ### Exercise 3.3-e2: ask again
#
# Call `commit()` until it succeeds, at most `attempts` times, and return what it returns. If it
# raises `sqlite3.OperationalError` with "locked" in its text, wait and call again: before the k-th
# repetition call `sleep` with `min(cap, base * 2 ** (k - 1))` seconds. After the last attempt
# raise its error. Any other error is raised at once.


# %%
# exercise 3.3-e2
def retry_commit(commit, sleep, attempts=5, base=0.01, cap=0.5):
    """Return what commit() returns, called again while another writer holds the lock."""
    return TODO


# %%
exercise("3.3-e2").check(retry_commit)

# %% [markdown]
# The library's `storage.retry_commit` draws each wait by lot, between zero and that bound. Writers
# that failed together would otherwise come back together.
#
# ## Round 3: what a transaction promises
#
# A customer pays. One account goes down, another goes up. If the program dies in between, money
# has vanished. A **transaction** makes several changes one. Its four promises are called **ACID**:
#
# - **Atomicity**: all of it happens, or nothing.
# - **Consistency**: what the database was told must hold, such as a balance of at least zero,
#   holds before and after.
# - **Isolation**: transactions at the same time do not see each other half done.
# - **Durability**: what was reported as done stays done, also after a crash.
#
# We start a program that moves pennies from a guest to a shop, as fast as it can, and kill it
# without warning (SIGKILL). Then we look whether what left one account has arrived in the other.

# %%
predict("3.3-3", "Without a transaction, in what share of kills has money vanished?", guess=None)

# %%
without = storage.crash_transfers(kills, transactional=False, rng=seed)
within = storage.crash_transfers(kills, transactional=True, rng=seed)
claim(
    "3.3-3",
    "Without a transaction, more than one kill in five leaves money that has vanished",
    wilson(int(without["broken"].sum()), kills),
    above=0.2,
    means={
        "holds": "Whoever changes two things in two steps will be caught in between.",
        "fails": "The moment between the two changes is short: few kills hit it.",
        "undecided": "So few kills cannot tell how often the moment is hit.",
    },
)
print(f"with a transaction: money has vanished in {within['broken'].sum()} of {kills} kills; "
      f"reported as done and lost: {(within['credits'] < within['reported']).sum()}")  # fmt: skip

# %% [markdown]
# **When it stops being true.** We killed a program, not the machine. What the operating system had
# taken over reached the disk. A power cut is harder. Databases ask the disk to confirm each
# commit, and that is what makes commits slow. `PRAGMA synchronous = OFF` switches it off: faster,
# and after a power cut the last commits, or the file, may be gone.
#
# ### Exercise 3.3-e3: a transfer
#
# `con` is an SQLite connection with `isolation_level=None`, so that it begins no transaction by
# itself. The table `accounts` has `name` and `balance`, and no rule against a negative balance.
# Move `amount` from `source` to `target`, in one transaction. Raise `ValueError`, and change
# nothing, if the amount is below 1, an account is missing, or the source holds less than that.
# From an account to itself nothing changes.


# %%
# exercise 3.3-e3
def transfer(con, source, target, amount):
    """Move an amount from one account to another: both balances change, or neither."""
    return TODO


# %%
exercise("3.3-e3").check(transfer)

# %% [markdown]
# One machine can fail as a whole, so large systems keep **replicas**: a *leader* takes the writes,
# *followers* copy them a little later and answer reads. Many such systems give up a part of ACID
# to be always there. Their promise is called **BASE**: *basically available*, *soft state*,
# *eventually consistent*. Eventually, all copies agree. Until then a customer who has just changed
# the address may be shown the old one.
#
# In a model of such a store, copies lag 100 milliseconds on average. Customers write, and look
# again after as long.

# %%
predict("3.3-3b", "What share of customers does not see the own change?", guess=None)


# %%
def missed(customers, *, after_own_write):
    """How many customers do not find what they wrote when they look again 100 ms later."""
    store = storage.ReplicatedStore(lag_ms, rng=np.random.default_rng([seed, 2]))
    count = 0
    for customer in range(customers):
        now = 10_000.0 * customer
        version = store.write(customer, "new address", at=now)
        seen = store.read(customer, at=now + 100, after=version if after_own_write else 0)
        count += seen is None
    return count


claim(
    "3.3-3b",
    f"With copies {lag_ms:g} ms behind, more than one customer in ten misses the own change "
    "100 ms later",
    wilson(missed(2_000, after_own_write=False), 2_000),
    above=0.1,
    means={
        "holds": "Eventually is later than people look.",
        "fails": "With such a short lag most people see what they did.",
        "undecided": "This run cannot tell whether one customer in ten is affected.",
    },
)
print("with the version of the own write:", missed(2_000, after_own_write=True), "of 2,000")

# %% [markdown]
# The cure costs little: the write returns a version number, and a read that carries it is answered
# by a copy that has it, else by the leader. This is called *read your writes*.
#
# ## Round 4: load first, or clean first?
#
# Data for analysis and for models are collected from many sources. **ETL** is the classical way.
# *Extract*: fetch the records, check them, turn away what is malformed. *Transform*: clean, join,
# remove duplicates, aggregate. *Load*: put the result into the target, often a **data warehouse**,
# a database for analysis.
#
# The library has one for our shop. It loads a month of order lines into a small warehouse, in one
# transaction, and keeps each rejected record with its reasons.

# %%
sales = datasets.load_online_retail()
month = sales["InvoiceDate"].dt.to_period("M").astype(str)
warehouse = sqlite3.connect(":memory:")
for attempt in ("first run", "second run"):
    report = etl.run(sales[month == "2010-12"], warehouse, batch="2010-12")
    rows = warehouse.execute("SELECT count(*) FROM fact_sales").fetchone()
    print(f"{attempt}: {report.read:,} read = {report.loaded:,} loaded + {report.rejected:,} "
          f"rejected + {report.duplicates:,} duplicates; in the warehouse {rows[0]:,}")  # fmt: skip
print(*(f"  {count:>4} × {reason}" for reason, count in report.reasons.items()), sep="\n")

# %% [markdown]
# Read, loaded, rejected and duplicates add up: no record is lost without a word. And the job can
# be run twice. Jobs fail halfway at night and are started again, so a load must be **idempotent**:
# twice is the same as once.
#
# ### Exercise 3.3-e4: load a batch
#
# `con` is an SQLite connection with `isolation_level=None` and two empty or filled tables, `sales
# (batch, position, code, pieces)` and `rejects (batch, position, reason)`. `records` is a list of
# dictionaries with `code` and `pieces`. Position counts from 0. A record whose `code` is missing,
# `None` or empty is rejected with reason "code"; else one whose `pieces` is not an `int` of at
# least 1 is rejected with reason "pieces". `True` is no number of pieces. The others go to
# `sales`. What an earlier run of the same batch brought is replaced, all in one transaction.
# Return how many were loaded and how many rejected.


# %%
# exercise 3.3-e4
def load_batch(con, batch, records):
    """Load a batch, keep its rejects; return the numbers of both. Twice is the same as once."""
    return TODO


# %%
exercise("3.3-e4").check(load_batch)

# %% [markdown]
# ETL makes data wait at the door, and every new source needs a schema first. As sources
# multiplied, companies turned it round. **ELT** loads the raw records as they come into a **data
# lake**, cheap storage for anything, and transforms when somebody asks. Data arrive fast and
# nothing is thrown away. But each question must dig through raw text.
#
# We take 20,000 order lines as JSON, as the tills send them. ELT writes them to a file. ETL
# validates and cleans them and writes Parquet. Then DuckDB computes the revenue of each month from
# either, with the cleaning inside the query where it has not been done. The answers are equal.

# %%
rng = np.random.default_rng([seed, 3])
lines = sales.iloc[np.sort(rng.choice(len(sales), 20_000, replace=False))]
arrived = lines.to_json(orient="records", lines=True, date_format="iso")
raw, clean = folder / "lines.json", folder / "lines.parquet"
FROM_RAW = f"""
SELECT date_trunc('month', InvoiceDate) AS month, sum(Quantity * UnitPrice) FROM (
  SELECT DISTINCT InvoiceNo, upper(trim(StockCode)), CustomerID, Country, InvoiceDate, Quantity,
    UnitPrice
  FROM read_json('{raw}', format = 'newline_delimited', columns = {{
    InvoiceNo: 'VARCHAR', StockCode: 'VARCHAR', Description: 'VARCHAR', Quantity: 'BIGINT',
    InvoiceDate: 'TIMESTAMP', UnitPrice: 'DOUBLE', CustomerID: 'BIGINT', Country: 'VARCHAR'}})
  WHERE regexp_full_match(InvoiceNo, 'C?[0-9]{{6}}') AND trim(Description) <> ''
    AND UnitPrice >= 0.001 AND (InvoiceNo LIKE 'C%') = (Quantity < 0)
) GROUP BY month ORDER BY month"""
FROM_CLEAN = f"""
SELECT date_trunc('month', invoiced_at) AS month, sum(quantity * unit_price)
FROM read_parquet('{clean}') GROUP BY month ORDER BY month"""
one = duckdb.connect()
_ = one.execute("SET threads = 1")


# %%
def load_raw():
    raw.write_text(arrived, encoding="utf-8")


def load_clean():
    records = pd.DataFrame(json.loads(line) for line in arrived.splitlines())
    found = etl.validate(records, etl.RETAIL, checks=etl.CHECKS)
    etl.transform(found.valid)[0].to_parquet(clean)


def ask_raw():
    return one.execute(FROM_RAW).fetchall()


def ask_clean():
    return one.execute(FROM_CLEAN).fetchall()


# %%
predict("3.3-4", "Storing the raw lines: how many times faster?", guess=None)
predict("3.3-4b", "A question about them: how many times slower?", guess=None)

# %%
load_raw()
load_clean()
loading = time_ratio(load_clean, load_raw, pairs=9)
asking = time_ratio(ask_raw, ask_clean, pairs=9, same=storage.same_rows)
claim(
    "3.3-4",
    "Validating and cleaning 20,000 lines takes more than 10 times longer than storing them raw",
    loading,
    above=10.0,
    means={
        "holds": "Load first, and data arrive at once.",
        "fails": "Cleaning is cheap enough to do it at the door.",
        "undecided": "This run cannot tell whether cleaning costs a factor of 10.",
    },
)
claim(
    "3.3-4b",
    "A question takes more than 3 times longer on the raw lines than on the clean ones",
    asking,
    above=3.0,
    means={
        "holds": "Who cleans late pays with each question.",
        "fails": "An engine that reads raw text well makes late cleaning bearable.",
        "undecided": "This run cannot tell whether raw lines cost a factor of 3.",
    },
)

# %% [markdown]
# ### Exercise 3.3-e5: from how many questions on?
#
# Way a costs `once_a` once and `each_a` for each use; way b likewise. Return from how many uses on
# b costs less in all: the number where the two lines meet, not rounded. It is 0 if b is cheaper
# from the first use on, and `math.inf` if it never is, or is so only at first. All costs are at
# least 0.


# %%
# exercise 3.3-e5
def crossover(once_a, each_a, once_b, each_b):
    """Return the number of uses from which on b costs less than a in all."""
    return TODO


# %%
exercise("3.3-e5").check(crossover)

# %%
crossover = exercise("3.3-e5").use(crossover)
raw_once = 1 / time_ratio(ask_raw, load_raw, pairs=7).value
clean_once, clean_each = raw_once * loading.value, 1 / asking.value
uses = np.arange(0, 101)
fig, axis = subplots(figsize=(6, 3.4))
axis.plot(uses, raw_once + uses, color=PALETTE[0], label="raw JSON (ELT)")
axis.plot(uses, clean_once + uses * clean_each, color=PALETTE[1], label="clean Parquet (ETL)")
axis.axvline(crossover(raw_once, 1, clean_once, clean_each), color="black", linewidth=1,
             linestyle=":", label="the same in all")  # fmt: skip
axis.set(xlabel="questions asked", ylabel="cost, in questions of raw lines",
         title=finding("3.3-4b"))  # fmt: skip
axis.legend()
show(fig, alt="Two straight lines of total cost against the number of questions. That of raw lines "
     "begins at nothing and rises steeply, the other begins higher and rises slowly; a dotted line "
     "marks where they cross.")  # fmt: skip

# %% [markdown]
# Speed is not all. In spring somebody finds a bug: since December the parser has read the invoice
# `C536379` as 536379 and dropped the minus of its pieces. Every *cancellation* was counted as a
# sale.

# %%
predict("3.3-4c", "By what share is the year's revenue too high?", guess=None)

# %%
amount = sales["Quantity"] * sales["UnitPrice"]
cancelled = sales["InvoiceNo"].str.startswith("C")
with_bug = amount.where(~cancelled, amount.abs())
claim(
    "3.3-4c",
    "Cancellations counted as sales make the year's revenue more than a tenth too high",
    float(with_bug.sum() / amount.sum() - 1),
    above=0.1,
    exact=True,
    reason="every line of the year is counted",
    means={
        "holds": "One letter lost in parsing, and every report of the year is wrong.",
        "fails": "The shop cancels so little that the bug hardly shows.",
        "undecided": "This run cannot tell: a count has no interval.",
    },
)
of_month = with_bug.groupby(month).sum() / amount.groupby(month).sum() - 1
print(f"months are too high by {of_month.min():.0%} to {of_month.max():.0%}")
print(f"{cancelled.sum():,} lines are wrong. To be recovered from the raw lines: "
      f"{cancelled.sum():,}; from the clean ones, where C and minus are gone: 0")  # fmt: skip

# %% [markdown]
# With ETL that keeps no raw records, the error is for ever: nothing in the table tells a
# cancellation from a sale. A table of rejects does not help either, since nothing was rejected. A
# lake does: mend the parser, run it again. The price is that the lake also keeps what should be
# forgotten, such as personal data that a customer asked you to delete.
#
# So most companies keep both. A **lakehouse** (Databricks, Snowflake and others) puts raw files
# and clean tables into the same cheap storage, with transactions over them. It rests on an idea
# called **decoupling storage from processing**: the data lie in one place in an open format, and
# whatever engine suits the question reads them.

# %%
totals = {
    "DuckDB": one.execute(f"SELECT sum(quantity) FROM '{clean}'").fetchall()[0][0],
    "pandas": pd.read_parquet(clean)["quantity"].sum(),
    "Arrow": pq.read_table(clean, columns=["quantity"])["quantity"].to_numpy().sum(),
}
print({engine: int(total) for engine, total in totals.items()})

# %% [markdown]
# One more pair of words. **Online** means at once: what you write can be read now. **Nearline**
# data are not at hand but come without a person's help, such as an archive that answers within
# minutes. **Offline** data need a hand: a tape in a cupboard. In machine learning the same words
# are also used for predictions: computed on request (online) or beforehand (offline).
#
# ## Turn the knob
#
# We ran this notebook with five sizes of the table and three seeds: `mlsd sweep 3.3 -p
# n_rows=100,1000,10000,100000,300000 -p seed=0:3`. Look from how many rows on a second engine
# pays.

# %%
swept = sweep.load("published/3.3-n_rows")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("3.3-1"), alt=swept.alt("3.3-1"))

# %% [markdown]
# ## Quiz

# %%
quiz("3.3-q1", choice=None)

# %%
quiz("3.3-q2", choice=None)

# %%
quiz("3.3-q3", choice=None)

# %%
quiz("3.3-q4", choice=None)

# %%
quiz("3.3-q5", choice=None)

# %%
quiz("3.3-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Gaffney and others (2022), *SQLite: past, present, and future*; Raasveldt and
# Mühleisen (2019), *DuckDB: an embeddable analytical database*; Kleppmann (2017), *Designing
# Data-Intensive Applications*, chapters 5 and 7; Terry and others (1994), *Session guarantees for
# weakly consistent replicated data*.
#
# **Next.** [3.4 Dataflow](03_4_dataflow.ipynb): how data get from one program to another.
