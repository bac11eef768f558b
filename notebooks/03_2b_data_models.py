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
import sqlite3

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from mlsdlib import datasets, graphs, relational
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots,
)  # fmt: skip
from mlsdlib.estimate import t_interval, wilson
from mlsdlib.timing import time_ratio

begin("3.2b", seed=seed, n_orders=n_orders, hops=hops)
rng = np.random.default_rng(seed)

# %% [markdown]
# A format says how bytes lie in a file. A **data model** says what there is to talk about: rows in
# tables, documents, or things and their relations. It decides which questions are easy to ask.
#
# Our data are the order lines of a real shop for gifts, one row for each product on an invoice. We
# keep what was really sold, and leave out returns and corrections.

# %%
sales = datasets.load_online_retail().dropna(subset=["Description"])
sales = sales[(sales["Quantity"] > 0) & (sales["UnitPrice"] > 0)]
invoices = sales["InvoiceNo"].unique()
drawn = sales[sales["InvoiceNo"].isin(rng.choice(invoices, 5_000, replace=False))]
sales.iloc[:3, :5]

# %% [markdown]
# ## Round 1: the relational model
#
# A **relation** is a table: a set of rows, or *tuples*, with the same columns. The order of rows
# means nothing. It is asked by *what* is wanted: the language SQL is **declarative**. How to get
# the answer, the database's *optimiser* decides.
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
predict("3.2-4", "What share of the products sold is named in more than one way?", guess=None)
predict("3.2-4b", "Normalised, how many times smaller are the Parquet files?", guess=None)

# %%
find_anomalies = exercise("3.2-e4").use(find_anomalies)
contradicted = find_anomalies(drawn.to_dict("records"), "StockCode", "Description")
claim(
    "3.2-4",
    "More than one product in a hundred has several descriptions in the sales table",
    wilson(len(contradicted), drawn["StockCode"].nunique()),
    above=0.01,
    means={
        "holds": "Copies of a fact drift apart in real tables.",
        "fails": "The copies in this table agree almost everywhere.",
        "undecided": "The orders drawn are too few to say how often copies disagree.",
    },
)
found = relational.find_anomalies(drawn, "StockCode", "Description")
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
for _ in range(6):
    wide = sales[sales["InvoiceNo"].isin(rng.choice(invoices, 10_000, replace=False))]
    tables = normalised(wide)
    for kind, write in (("CSV", csv.write_csv), ("Parquet", pq.write_table)):
        savings[kind].append(stored_bytes([wide], write) / stored_bytes(tables, write))
claim(
    "3.2-4b",
    "Normalising makes the Parquet files more than 2 times smaller",
    t_interval(savings["Parquet"], unit="times"),
    above=2.0,
    means={
        "holds": "Normalising saves space even in an encoded format.",
        "fails": "Parquet's dictionaries removed the redundancy already.",
        "undecided": "Normalising makes the Parquet files about half as large.",
    },
)

# %% [markdown]
# The printed codes each come with several descriptions. Some are spellings, some are different
# products under one code. No report by description is right here, and no program can say which
# copy to trust. These are *update anomalies*, and somebody made each of them by changing one copy
# and not the others.
#
# Now the price. We join a few lines with their products in SQLite, a database in one file, and
# let the optimiser do it with an index, without one, and with leave to make one by itself.

# %%
predict("3.2-4c", "How many times longer does the join take without an index?", guess=None)

# %%
strict, helpful = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
strict.execute("PRAGMA automatic_index = OFF")  # the other may make an index by itself
lines, products = drawn.sample(200, random_state=rng), drawn.drop_duplicates("StockCode")
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
    "Joining 200 lines with their products takes more than 100 times longer without an index",
    no_index,
    above=100.0,
    means={
        "holds": "With an index a join is a look-up a row, without one a scan a row.",
        "fails": "At this size a join without an index is less than 100 times slower.",
        "undecided": "At this size an index is worth about a factor of 100.",
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
waits = [1, by_itself.value, no_index.value]
axes[1].bar(["index", "SQLite makes\nan index", "no index"], waits, color=PALETTE[2:5])
axes[1].set(yscale="log", xlabel="how products are found", ylabel="time of the join, index = 1")
axes[1].set_title(finding("3.2-4c"), fontsize=9)
show(fig, alt="Left: normalising saves several times the bytes of CSV and little of Parquet. "
     "Right: a join without an index takes hundreds of times longer.")  # fmt: skip

# %% [markdown]
# **Why.** Parquet stores a copy cheaply, as a position in a dictionary. But it cannot tell which
# of two copies is right. So in a columnar file the lasting gain of normalising is correctness, not
# space. And a join is a look-up for each row: an index makes it a search, without one it is a scan
# of the whole table.
#
# **When it breaks.** For data that is written once and only read, wide is fine, and joins are work
# you can avoid. Nor is "declarative" magic: the optimiser chooses among the plans it has. It may
# build an index for one query, as the second plan shows, and throw it away after.
#
# The idea has reached machine learning. **Declarative ML** systems such as Ludwig or H2O AutoML
# take a description of inputs and outputs, and choose features, model and settings themselves.

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
chosen = rng.choice(drawn["InvoiceNo"].unique(), min(n_orders, 5_000), replace=False)
names = products.set_index("StockCode")["Description"]  # one description a product
orders = drawn.loc[drawn["InvoiceNo"].isin(chosen)]
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
shop.executemany("INSERT INTO documents VALUES (?, ?)", documents.items())
shop.commit()

# %%
fields = ("code", "quantity", "price", "name")
whole = """SELECT l.code, l.quantity, l.price, p.name
           FROM lines l JOIN products p ON p.code = l.code WHERE l.id = ? ORDER BY l.rowid"""
total = "SELECT round(sum({0}quantity{1} * {0}price{1}), 2) FROM {2}"
on_tables = total.format("", "", "lines")
on_documents = total.format(
    "json_extract(value, '$.", "')", "documents, json_each(body, '$.lines')"
)


def from_tables(id):
    return [dict(zip(fields, row)) for row in shop.execute(whole, (id,))]


def from_document(id):
    (body,) = shop.execute("SELECT body FROM documents WHERE id = ?", (id,)).fetchone()
    return json.loads(body)["lines"]


asked = rng.choice(chosen, 50).tolist()
one_order = time_ratio(lambda: [from_tables(id) for id in asked],
                       lambda: [from_document(id) for id in asked], same=list.__eq__)  # fmt: skip
all_orders = time_ratio(lambda: shop.execute(on_documents).fetchall(),
                        lambda: shop.execute(on_tables).fetchall(), same=list.__eq__)  # fmt: skip

# %%
claim(
    "3.2-5",
    "Fetching a whole order takes more than 5 times longer from tables than as a document",
    one_order,
    above=5.0,
    means={
        "holds": "Locality pays: one document is much faster than a join.",
        "fails": "For one order locality gains less than a second model would have to.",
        "undecided": "Locality gains about the factor that would justify a second model.",
    },
)
claim(
    "3.2-5b",
    "A total over all orders takes more than 5 times longer on documents than on tables",
    all_orders,
    above=5.0,
    means={
        "holds": "To add up one field, every document must be parsed whole.",
        "fails": "Adding up a field of documents is less than 5 times slower here.",
        "undecided": "Adding up a field of documents is about 5 times slower here.",
    },
)

# %%
fig, axis = subplots(figsize=(7, 2.4))
bars = {"one whole order": 1 / one_order.value, "total over all orders": all_orders.value}
for row, ratio in enumerate(bars.values()):
    axis.barh(row, ratio - 1, left=1, height=0.5, color=PALETTE[0 if ratio < 1 else 5])
axis.axvline(1, color="black")
axis.set_yticks(range(len(bars)), bars)
axis.set(xscale="log", xlim=(0.2, 100), ylabel="query")
axis.set_xlabel("document time / table time (log scale); left of 1 documents are faster")
axis.set_title(f"{finding('3.2-5')}\n{finding('3.2-5b')}")
show(fig, alt="Two bars of document time over table time: one whole order lies slightly left of "
     "one, the total over all orders far to the right.")  # fmt: skip

# %% [markdown]
# **Why.** The document is found at once, but then it must be *parsed*, and that costs much of what
# the join would have cost. A total needs one number of each line, and gets it by parsing all of
# every document.
#
# **When it breaks.** Here both stores live in one process. On a disk, or across a network where
# each table costs a round trip, locality gains more.
#
# ### What the store does not check
#
# A new version of the app writes `qty` where the old one wrote `quantity`. The store accepts both.
# A careful-looking reader asks for `line.get("quantity", 0)`, so that a missing field does not
# stop it.

# %%
predict("3.2-5c", "What share of the renamed documents does this reader report?", guess=None)

# %%
renamed = rng.choice(chosen, int(rng.integers(len(chosen) // 12, len(chosen) // 8)), replace=False)
mixed = documents | {id: documents[id].replace('"quantity"', '"qty"') for id in renamed}


def pieces(body):
    return sum(line.get("quantity", 0) for line in json.loads(body)["lines"])


reported = 0
for id in renamed:
    try:
        pieces(mixed[id])
    except (KeyError, TypeError, ValueError):
        reported += 1
claim(
    "3.2-5c",
    "The reader reports more than half of the documents whose field was renamed",
    wilson(reported, len(renamed)),
    above=0.5,
    means={
        "holds": "Most of these failures are loud.",
        "fails": "The failure is silent: the schema is in the reader now, and out of date.",
        "undecided": "It is open whether anybody would notice.",
    },
)
lost = 1 - sum(map(pieces, mixed.values())) / sum(map(pieces, documents.values()))
print(f"{len(renamed)} of {len(mixed)} documents renamed; {lost:.1%} of the pieces sold are lost.")

# %% [markdown]
# A table checks its columns when data is *written*, so a misnamed field is an error at once. A
# document store checks nothing. The schema is assumed when data is *read*, by each reader on its
# own. Schemaless means that the schema is in many places, and none of them is the store.

# %% [markdown]
# ### Exercise 3.2-e5: a reader for three versions
#
# Write the reader that knows its schema. A document is a JSON text with `lines`. Version 1 wrote
# `{"quantity": 3, "price": 2.5}`, version 2 renamed the field to `qty`, and version 3 writes both
# numbers as text. Return the total, quantity times price over all lines. If a number is missing,
# raise an error: any `KeyError`, `TypeError` or `ValueError` will do.


# %%
# exercise 3.2-e5
def read_order(document):
    """Return the total of an order, whichever version of the shop's software wrote it."""
    return TODO


# %%
exercise("3.2-e5").check(read_order)

# %%
read_order = exercise("3.2-e5").use(read_order)
right = sum(map(read_order, documents.values()))
print(
    "the renamed documents change the total:",
    abs(sum(map(read_order, mixed.values())) - right) > 0.01,
)

# %% [markdown]
# ## Round 3: graphs
#
# The **graph model** keeps *nodes* and *edges*, for data in which relations are the point: who
# knows whom, what is bought with what. A query is a walk. Our graph is the English dictionary
# WordNet. A word is joined to each of its meanings, and a meaning to all words that express it.
# Two steps lead from a word to its synonyms.
#
# We walk in three ways: in SQL over a table of edges, the same with an index, and over *adjacency
# lists*, in which each node holds its neighbours. All three return the same nodes.

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
print(
    "two steps from 'automobile':",
    sorted(set(wordnet["lemma"]) & k_hop(neighbours, "automobile", 2)),
)

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
words.commit()
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
without = time_ratio(lambda: in_sql("edges", hops, starts[:1]),
                     lambda: in_sql("edges_indexed", hops, starts[:1]),
                     pairs=9, same=list.__eq__)  # fmt: skip
claim(
    "3.2-6",
    f"A walk of {hops} steps in SQL takes more than 100 times longer without an index",
    without,
    above=100.0,
    means={
        "holds": "Most of the graph advantage is an index.",
        "fails": "On this graph an index gains less than a factor of 100.",
        "undecided": "On this graph an index gains about a factor of 100.",
    },
)
claim(
    "3.2-6b",
    "With an index, SQL still takes more than 50 times longer than adjacency lists",
    indexed,
    above=50.0,
    means={
        "holds": "Adjacency lists are far ahead even of an indexed table.",
        "fails": "With an index, SQL is near enough to do without a second database.",
        "undecided": "With an index SQL is about 50 times slower than adjacency lists.",
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
show(fig, alt="Time of a walk against its steps. SQL without an index is thousands of times slower "
     "than adjacency lists, SQL with an index about ten times.")  # fmt: skip

# %% [markdown]
# **Why.** Without an index each node of the walk costs a scan of all edges. With one it costs a
# search. An adjacency list costs a look-up in memory, and no SQL has to be interpreted.
#
# **When it breaks.** The lists must be built first, from every edge, and kept in step with the
# data. Questions about the *whole* graph, such as how many pairs of synonyms there are, are joins
# and counts again, and there a relational engine is at home. Walks of many steps, or along paths
# of unknown length, are where graph databases and their languages earn their keep.

# %% [markdown]
# ## What goes where
#
# **Structured** data follows a schema fixed beforehand. It is easy to query and hard to change,
# and lies in a *data warehouse* such as BigQuery or Snowflake. **Unstructured** data, such as
# photos or free text, follows none. It lies as files in a *data lake* such as Amazon S3. A
# warehouse holds data that is processed; a lake holds it raw.
#
# The schema is not gone in a lake. It waits for the reader, as it does with documents.

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
