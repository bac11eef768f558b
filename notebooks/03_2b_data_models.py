# %% [markdown]
# # 3.2b Data models
#
# **Core question.** Tables, documents or a graph: what does each make cheap, and what does it hide?
#
# **Time** 50 minutes · **Builds on** [3.2a Data formats](03_2a_data_formats.ipynb)
#
# You will be able to
#
# - find the contradictions in a table that repeats itself (claims 3.2-4, 3.2-4b, exercise 3.2-e4)
# - price a join with and without an index (claim 3.2-4c)
# - say what a document store gains, and read its documents safely (claims 3.2-5 to 3.2-5c,
#   exercise 3.2-e5)
# - tell a graph query from a missing index (claims 3.2-6, 3.2-6b, exercise 3.2-e6)

# %% tags=["parameters"]
seed: int = 0  # which orders and words are drawn [0, 1_000_000]
n_orders: int = 500  # orders kept in the two stores [50, 5_000] quick 100
hops: int = 2  # steps of a walk in the graph [1, 2] quick 1

# %%
import io
import json
import math
import sqlite3

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from mlsdlib import datasets, graphs, relational
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots,
)  # fmt: skip
from mlsdlib.estimate import t_interval
from mlsdlib.timing import time_ratio

begin("3.2b", seed=seed, n_orders=n_orders, hops=hops)

# %% [markdown]
# A format says how bytes lie in a file. A **data model** says what there is to talk about: rows in
# tables, documents, or things and their relations. It decides which questions are easy to ask.
#
# Our data are the order lines of a real shop for gifts, one row for each product on an invoice. We
# keep what was really sold, and leave out returns and corrections. To get intervals, we part the
# invoices at random into four groups of about 5,000.

# %%
sales = datasets.load_online_retail().dropna(subset=["Description"])
sales = sales[(sales["Quantity"] > 0) & (sales["UnitPrice"] > 0)]
rng = np.random.default_rng([seed, 1])
quarters = np.array_split(rng.permutation(sales["InvoiceNo"].unique()), 4)
parts = [sales[sales["InvoiceNo"].isin(quarter)] for quarter in quarters]
sales.iloc[:3, :5]

# %% [markdown]
# ## Round 1: the relational model
#
# A **relation** is a table: a set of rows, or *tuples*, with the same columns. The order of rows
# means nothing. The language SQL is **declarative**: you say *what* you want, and the database's
# *optimiser* decides how to get it.
#
# The table above repeats itself. Every line of a product carries its description again.
# **Normalising** splits such a table until each fact stands in one place: the description in a
# table of products, and only the product's code in a line. That saves space, and a change has one
# place to go to. The price is a *join* whenever both are wanted together.
#
# Do the copies in the shop's table agree?

# %% [markdown]
# ### Exercise 3.2-e4: find the contradictions
#
# `rows` is a list of dictionaries. If column `lhs` decides column `rhs`, then each value of `lhs`
# comes with one value of `rhs`. Return, sorted, the values of `lhs` that come with several. `None`
# means unknown, on either side: it contradicts nothing.


# %%
# exercise 3.2-e4
def find_anomalies(rows, lhs, rhs):
    """Return, sorted, the values of column lhs that occur with more than one value of rhs."""
    return TODO


# %%
exercise("3.2-e4").check(find_anomalies)

# %%
predict("3.2-4", "In 5,000 invoices, what share of the products has several names?", guess=None)
predict("3.2-4b", "Normalised, how many times smaller are the Parquet files?", guess=None)

# %%
find_anomalies = exercise("3.2-e4").use(find_anomalies)
shares = []
for part in parts:
    codes = find_anomalies(part.to_dict("records"), "StockCode", "Description")
    shares.append(len(codes) / part["StockCode"].nunique())
claim(
    "3.2-4",
    "Among the products in 5,000 invoices, more than one in a hundred has several descriptions",
    t_interval(shares),
    above=0.01,
    means={
        "holds": "Copies of a fact drift apart in real tables.",
        "fails": "The copies in this table agree almost everywhere.",
        "undecided": "This run cannot tell whether one product in a hundred is contradicted.",
    },
)
found = relational.find_anomalies(parts[0], "StockCode", "Description")
print(found.sort_values(["StockCode", "rows"]).head(5).to_string(index=False))


# %%
def normalised(wide):
    """The same facts in three tables: invoices, products, lines."""
    invoice = ["InvoiceNo", "InvoiceDate", "CustomerID", "Country"]
    product = ["StockCode", "Description"]
    ids = wide.groupby(product, sort=False).ngroup()
    return [
        wide[invoice].drop_duplicates(),
        wide[product].assign(product=ids).drop_duplicates(),
        wide[["InvoiceNo", "Quantity", "UnitPrice"]].assign(product=ids),
    ]


def stored_bytes(tables, write):
    total = 0
    for table in tables:
        file = io.BytesIO()
        write(pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(), file)
        total += file.tell()
    return total


# %%
savings = {"CSV": [], "Parquet": []}
for part in parts:
    tables = normalised(part)
    for kind, write in (("CSV", csv.write_csv), ("Parquet", pq.write_table)):
        savings[kind].append(stored_bytes([part], write) / stored_bytes(tables, write))
claim(
    "3.2-4b",
    "Normalising makes the Parquet files more than 2 times smaller",
    t_interval(savings["Parquet"], unit="times"),
    above=2.0,
    means={
        "holds": "Normalising saves space even in an encoded format.",
        "fails": "Parquet's encoding removed most of the redundancy already.",
        "undecided": "This run cannot tell whether normalising halves the files.",
    },
)

# %% [markdown]
# The printed codes each come with several descriptions. Some differ in spelling, and some are new
# names: the line kept the name of its day. Either way the table cannot say what the product is
# called, and a report by description counts it twice. Where somebody meant to change *the* name
# and changed some copies only, that is an *update anomaly*. With one row for each product it could
# not have happened, and whoever wants the history must ask for it.
#
# Now the price. We join a few lines with their products in SQLite, a database that runs inside
# this program. An **index** is a sorted copy of a column with pointers to the rows, so that a
# value is found by search. We join with an index, without one, and with SQLite allowed to build
# one for the query.

# %%
predict("3.2-4c", "How many times longer does the join take without an index?", guess=None)

# %%
strict, helpful = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
strict.execute("PRAGMA automatic_index = OFF")  # the other may make an index by itself
rng = np.random.default_rng([seed, 2])
lines, products = parts[0].sample(200, random_state=rng), parts[0].drop_duplicates("StockCode")
for con in (strict, helpful):
    lines[["StockCode", "Quantity"]].to_sql("lines", con, index=False)
    for table in ("products", "products_indexed"):
        products[["StockCode", "Description"]].to_sql(table, con, index=False)
    con.execute("CREATE INDEX by_code ON products_indexed (StockCode)")
join = "SELECT sum(length(Description)) FROM lines l JOIN {} p ON p.StockCode = l.StockCode"


def over_index(con):
    """Time of the join without a standing index over time with one."""
    slow = lambda: con.execute(join.format("products")).fetchall()  # noqa: E731
    fast = lambda: strict.execute(join.format("products_indexed")).fetchall()  # noqa: E731
    return time_ratio(slow, fast, same=list.__eq__)


# %%
no_index, by_itself = over_index(strict), over_index(helpful)
claim(
    "3.2-4c",
    "Joining 200 lines with their products takes SQLite more than 100 times longer when it has no "
    "index and may not build one",
    no_index,
    above=100.0,
    means={
        "holds": "With an index a join is a search a row, without one a scan a row.",
        "fails": "At this size a join without an index is less than 100 times slower.",
        "undecided": "This run cannot tell whether an index is worth a factor of 100.",
    },
)
for name, con in (("no index", strict), ("SQLite makes one", helpful)):
    print(f"{name}: {relational.query_plan(con, join.format('products'))}")

# %%
fig, axes = subplots(1, 2, figsize=(9, 3.3))
axes[0].bar(list(savings), [np.mean(ratios) for ratios in savings.values()], color=PALETTE[:2])
axes[0].axhline(1, color="black")
axes[0].set(xlabel="format", ylabel="wide bytes / normalised bytes")
axes[0].set_title(finding("3.2-4b"), fontsize=9)
waits = {"index": 1, "index built\nfor the query": by_itself.value, "no index": no_index.value}
axes[1].plot(list(waits), list(waits.values()), "o", color=PALETTE[5], markersize=9)
axes[1].set(yscale="log", xlabel="how products are found", ylabel="time of the join, index = 1")
axes[1].set_title(finding("3.2-4c"), fontsize=9)
show(fig, alt="Left: bytes of the wide table over bytes of the normalised tables, for CSV and for "
     "Parquet. Right: time of a join by how products are found.")  # fmt: skip

# %% [markdown]
# **Why.** Parquet stores a copy cheaply, as a position in a dictionary. But it cannot tell which
# of two copies is right. So in a columnar file the lasting gain of normalising is correctness, not
# space. In the plans above, `SCAN` reads a whole table and `SEARCH` finds rows in an index. SQLite
# joins row by row, so without an index each line costs a scan.
#
# **When it breaks.** For data that is written once and only read, wide is fine, and joins are work
# you can avoid. Nor is "declarative" magic: the optimiser chooses among the plans it has. SQLite
# may build an index for one query, as the second plan shows, and throw it away after. Engines made
# for analysis build a hash table instead, which comes to much the same.
#
# The idea has reached machine learning. **Declarative ML** systems such as Ludwig or H2O AutoML
# take a description of inputs and outputs, and fill in encoders, model and settings themselves.

# %% [markdown]
# ## Round 2: documents
#
# **NoSQL** is a name for stores that drop the flat table. The **document model** keeps all that
# belongs to one thing in one document, often JSON or its binary cousin BSON. An order holds its
# lines, so nothing must be joined. That is *locality*. And documents need no common schema, so a
# new field needs no migration.
#
# We store the same orders both ways in the same database, with indexes where they help.

# %%
predict("3.2-5", "A whole order: time from tables over time as a document?", guess=None)
predict("3.2-5b", "A total over all orders: time on documents over time on tables?", guess=None)

# %%
shop = sqlite3.connect(":memory:")
rng = np.random.default_rng([seed, 3])
chosen = rng.choice(sales["InvoiceNo"].unique(), n_orders, replace=False)
orders = sales.loc[sales["InvoiceNo"].isin(chosen)]
names = orders.drop_duplicates("StockCode").set_index("StockCode")["Description"]
orders = orders[["InvoiceNo", "StockCode", "Quantity", "UnitPrice"]]
orders.columns = ["id", "code", "quantity", "price"]

orders.to_sql("lines", shop, index=False)
names.rename_axis("code").rename("name").reset_index().to_sql("products", shop, index=False)
shop.execute("CREATE INDEX lines_by_id ON lines (id)")
shop.execute("CREATE INDEX products_by_code ON products (code)")

documents = {
    id: json.dumps({"lines": group.drop(columns="id").to_dict("records")})
    for id, group in orders.assign(name=orders["code"].map(names)).groupby("id")
}
shop.execute("CREATE TABLE documents (id TEXT PRIMARY KEY, body TEXT)")
_ = shop.executemany("INSERT INTO documents VALUES (?, ?)", documents.items())

# %%
fields = ("code", "quantity", "price", "name")
whole = """SELECT l.code, l.quantity, l.price, p.name
           FROM lines l JOIN products p ON p.code = l.code WHERE l.id = ? ORDER BY l.rowid"""
in_tables = "SELECT round(sum(quantity * price), 2) FROM lines"
in_documents = """SELECT round(sum(json_extract(value, '$.quantity') *
                                   json_extract(value, '$.price')), 2)
                  FROM documents, json_each(body, '$.lines')"""


def from_tables(id):
    return [dict(zip(fields, row)) for row in shop.execute(whole, (id,))]


def from_document(id):
    (body,) = shop.execute("SELECT body FROM documents WHERE id = ?", (id,)).fetchone()
    return json.loads(body)["lines"]


def total(query):
    return shop.execute(query).fetchone()[0]


def total_in_python():
    bodies = shop.execute("SELECT body FROM documents")
    lines = (line for (body,) in bodies for line in json.loads(body)["lines"])
    return round(sum(line["quantity"] * line["price"] for line in lines), 2)


# %%
asked = rng.choice(chosen, 50).tolist()
one_order = time_ratio(lambda: [from_tables(id) for id in asked],
                       lambda: [from_document(id) for id in asked], same=list.__eq__)  # fmt: skip
all_orders = time_ratio(lambda: total(in_documents), lambda: total(in_tables), same=math.isclose)
in_python = time_ratio(total_in_python, lambda: total(in_tables), same=math.isclose)

# %%
claim(
    "3.2-5",
    "Fetching a whole order takes more than 5 times longer from tables than as a document",
    one_order,
    above=5.0,
    means={
        "holds": "Locality pays: one document is much faster than a join.",
        "fails": "For one order locality gains less than a factor of 5.",
        "undecided": "This run cannot tell whether locality gains a factor of 5.",
    },
)
claim(
    "3.2-5b",
    "A total over all orders takes more than 5 times longer on documents than on tables",
    all_orders,
    above=5.0,
    means={
        "holds": "For a total, every document must be taken apart.",
        "fails": "A total over documents is less than 5 times slower here.",
        "undecided": "This run cannot tell whether a total is 5 times slower.",
    },
)

# %%
fig, axis = subplots(figsize=(7, 2.8))
bars = {"one whole order": one_order.map(lambda ratio: 1 / ratio),
        "total, in SQL": all_orders, "total, in Python": in_python}  # fmt: skip
for row, ratio in enumerate(bars.values()):
    colour = PALETTE[0 if ratio.value < 1 else 5]
    axis.barh(row, ratio.value - 1, left=1, height=0.5, color=colour)
    axis.plot([ratio.low, ratio.high], [row, row], color="black", linewidth=1.5)
axis.axvline(1, color="black")
axis.set_yticks(range(len(bars)), bars)
axis.set(xscale="log", ylabel="query")
axis.set_xlabel("document time / table time (log scale); left of 1 documents are faster")
axis.set_title(f"{finding('3.2-5')}\n{finding('3.2-5b')}")
show(fig, alt="Bars of document time over table time, with intervals, for one whole order and for "
     "a total over all orders, in SQL and in Python.")  # fmt: skip

# %% [markdown]
# **Why.** The document is found at once, but then it must be *parsed*: text becomes numbers and
# names. That costs part of what the join would have cost. For a total, a table holds its numbers
# ready in rows. A document must be taken apart; SQLite's `json_extract` even parses a line anew for
# each field it is asked for, so doing it in Python is no worse.
#
# **When it breaks.** Here both stores live in one process. On a disk, or across a network where
# each table costs a round trip, locality gains more.
#
# ### What the store does not check
#
# A new version of the app writes `qty` where the old one wrote `quantity`. The store accepts both.
# A careful-looking reader asks for `line.get("quantity", 0)`, so that a missing field does not
# stop it. Another asks for `line["quantity"]`.

# %%
predict("3.2-5c", "One document of ten is renamed: what share of the pieces is lost?", guess=None)

# %%
rng = np.random.default_rng([seed, 4])


def lenient(body):
    return sum(line.get("quantity", 0) for line in json.loads(body)["lines"])


def plain(body):
    return sum(line["quantity"] for line in json.loads(body)["lines"])


def after_renaming():
    """The store after one document of ten was written by the new version; and which ones."""
    renamed = rng.choice(chosen, n_orders // 10, replace=False)
    return documents | {id: documents[id].replace('"quantity"', '"qty"') for id in renamed}, renamed


def errors(reader, bodies):
    count = 0
    for body in bodies:
        try:
            reader(body)
        except KeyError:
            count += 1
    return count


# %%
sold = sum(map(plain, documents.values()))
losses = []
for _ in range(20):
    mixed, renamed = after_renaming()
    losses.append(1 - sum(map(lenient, mixed.values())) / sold)
for reader in (lenient, plain):
    print(
        f"{reader.__name__:<8} {errors(reader, mixed.values())} errors for {len(renamed)} documents"
    )

# %%
claim(
    "3.2-5c",
    "With one document of ten renamed, the lenient reader loses more than 1 % of the pieces sold",
    t_interval(losses),
    above=0.01,
    means={
        "holds": "The loss is large and silent: the schema is in the reader now, and out of date.",
        "fails": "The loss is below one piece in a hundred.",
        "undecided": "This run cannot tell how large the loss is.",
    },
)

# %% [markdown]
# A table checks its columns when data is *written*, so a misnamed field is an error at once. A
# document store, unless told otherwise, checks nothing. The schema is assumed when data is *read*,
# by each reader on its own. Schemaless means that the schema is in many places, and none of them
# is the store. The lenient reader turned a loud error into a wrong number.

# %% [markdown]
# ### Exercise 3.2-e5: a reader for three versions
#
# Write the reader that knows its schema. A document is a JSON text with `lines`. Version 1 wrote
# `{"quantity": 3, "price": 2.5}`, version 2 renamed the field to `qty`, and version 3 writes both
# numbers as text. Return the total, quantity times price over all lines, not rounded. If a number
# is missing, raise an error; any kind will do.


# %%
# exercise 3.2-e5
def read_order(document):
    """Return the total of an order, whichever version of the shop's software wrote it."""
    return TODO


# %%
exercise("3.2-e5").check(read_order)

# %%
read_order = exercise("3.2-e5").use(read_order)
before, after = (sum(map(read_order, store.values())) for store in (documents, mixed))
print("total unchanged by the new name:", math.isclose(before, after))

# %% [markdown]
# ## Round 3: graphs
#
# The **graph model** keeps *nodes* and *edges*, for data in which relations are the point: who
# knows whom, what is bought with what. A query is a walk. Our graph is the English dictionary
# WordNet. A word is joined to each of its meanings, and a meaning to all words that express it.
# Two steps lead from a word to its synonyms.
#
# We walk in three ways: in SQL over a table of edges, the same with an index, and over *adjacency
# lists*, in which each node holds its neighbours. All three return the same nodes. As before,
# SQLite may not build an index by itself.

# %% [markdown]
# ### Exercise 3.2-e6: the walk
#
# `adjacency` maps each node to the list of its neighbours. Return the set of nodes that lie at
# most `k` steps from `source`. The source is one of them. Graphs may have cycles and loops.


# %%
# exercise 3.2-e6
def k_hop(adjacency, source, k):
    """Return the set of nodes at most k steps from source, which is at 0 steps from itself."""
    return TODO


# %%
exercise("3.2-e6").check(k_hop)

# %%
wordnet = datasets.load_wordnet(columns=["pos", "synset_offset", "lemma"])
meanings = wordnet["pos"] + " " + wordnet["synset_offset"].astype(str)
edges = [pair for a, b in zip(wordnet["lemma"], meanings) for pair in ((a, b), (b, a))]
neighbours = graphs.adjacency(edges)
k_hop = exercise("3.2-e6").use(k_hop)
print(sorted(k_hop(neighbours, "automobile", 2) & set(wordnet["lemma"])))
print(graphs.k_hop_query())

# %%
predict("3.2-6", "How many times longer does a walk in SQL take without an index?", guess=None)
predict("3.2-6b", "And in SQL with an index, compared with adjacency lists?", guess=None)

# %%
words = sqlite3.connect(":memory:")
words.execute("PRAGMA automatic_index = OFF")
for table in ("edges", "edges_indexed"):
    words.execute(f"CREATE TABLE {table} (source TEXT, target TEXT)")
    words.executemany(f"INSERT INTO {table} VALUES (?, ?)", edges)
words.execute("CREATE INDEX by_source ON edges_indexed (source)")
rng = np.random.default_rng([seed, 5])
senses = wordnet["lemma"].value_counts()
starts = rng.choice(senses.index[senses >= 5], 30, replace=False).tolist()


def in_sql(table, k, sources):
    return [graphs.k_hop_sql(words, word, k, table=table) for word in sources]


def over_lists(table, k, sources, pairs=7):
    """Time of the walks in SQL over time on adjacency lists."""
    lists = lambda: [graphs.k_hop(neighbours, word, k) for word in sources]  # noqa: E731
    return time_ratio(lambda: in_sql(table, k, sources), lists, pairs=pairs, same=list.__eq__)


# %%
indexed = over_lists("edges_indexed", hops, starts, pairs=15)
without = time_ratio(lambda: in_sql("edges", hops, starts[:3]),
                     lambda: in_sql("edges_indexed", hops, starts[:3]),
                     pairs=9, same=list.__eq__)  # fmt: skip
claim(
    "3.2-6",
    f"A walk of {hops} steps in SQL takes more than 100 times longer without an index",
    without,
    above=100.0,
    means={
        "holds": "A walk needs an index before it needs another database.",
        "fails": "On this graph an index gains less than a factor of 100.",
        "undecided": "This run cannot tell whether an index gains a factor of 100.",
    },
)
claim(
    "3.2-6b",
    "With an index, SQL still takes more than 50 times longer than adjacency lists",
    indexed,
    above=50.0,
    means={
        "holds": "Adjacency lists are far ahead even of an indexed table.",
        "fails": "With an index, SQL is less than 50 times slower than adjacency lists.",
        "undecided": "This run cannot tell whether adjacency lists gain a factor of 50.",
    },
)

# %%
steps = [1, 2, 3, 4]
searches = [over_lists("edges_indexed", k, starts).value for k in steps]
scans = [over_lists("edges", k, starts[:1]).value for k in steps[:hops]]
fig, axis = subplots(figsize=(6.5, 3.5))
axis.plot(steps[:hops], scans, "s-", color=PALETTE[5], label="SQL, no index")
axis.plot(steps, searches, "o-", color=PALETTE[0], label="SQL, index")
axis.axhline(1, color="black", label="adjacency lists")
axis.set(yscale="log", xticks=steps, xlabel="steps of the walk")
axis.set_ylabel("time, adjacency lists = 1 (log scale)")
axis.set_title(f"{finding('3.2-6')}\n{finding('3.2-6b')}")
axis.legend()
show(fig, alt="Time of a walk over that on adjacency lists against the steps of the walk, in SQL "
     "with an index and, for short walks, without one.")  # fmt: skip

# %% [markdown]
# **Why.** Without an index each node of the walk costs a scan of all edges. With one it costs a
# search. An adjacency list costs a look-up in memory, and no SQL has to be interpreted.
#
# **When it breaks.** The lists must be built first, from every edge, and kept in step with the
# data. They stand here for the best that memory can do, and a graph database has work of its own
# to do besides. What it adds is above all a language: look at the query printed above, and imagine
# one for a path of unknown length with conditions on the way. Questions about the *whole* graph,
# such as how many pairs of synonyms there are, are joins and counts again.

# %% [markdown]
# ## What goes where
#
# **Structured** data follows a schema fixed beforehand. It is easy to query and hard to change,
# and lies in a *data warehouse* such as BigQuery or Snowflake. **Unstructured** data, such as
# photos or free text, follows none. It lies as files in a *data lake* such as Amazon S3. A
# warehouse holds data that is processed; a lake holds it raw.
#
# The schema is not gone in a lake. It waits for the reader, as it does with documents.
#
# **Multimodal** data mixes kinds. Keep each photo or recording as a file of its own, in a format
# made for it, and a table with its key, its caption and its label. A photo inside a CSV grows by a
# third, since text cannot hold raw bytes.

# %% [markdown]
# ## Quiz

# %%
quiz("3.2-q6", choice=None)

# %%
quiz("3.2-q7", choice=None)

# %%
quiz("3.2-q8", choice=None)

# %%
quiz("3.2-q9", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Codd (1970), *A relational model of data for large shared data banks*; Chen (1976)
# on entities and relationships; Molino and others (2019) on Ludwig; Fellbaum (1998) on WordNet.
#
# **Next.** 3.3 Storage engines and processing: which engine should answer which query.
