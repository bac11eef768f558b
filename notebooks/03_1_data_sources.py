# %% [markdown]
# # 3.1 Data sources
#
# **Core question.** Where do data come from, and what must you check before you trust them?
#
# **Time** 45 minutes · **Builds on** [0 How we test](00_how_we_test.ipynb)
#
# You will be able to
#
# - say what a parser lets through, and check a record that somebody typed (claims 3.1-1 to 3.1-1c,
#   exercise 3.1-e1)
# - tell how clean a server's log is (claim 3.1-1d)
# - sample a log and still estimate rates from it (claims 3.1-2 to 3.1-2c, exercise 3.1-e2)
# - show how little it takes to recognise a person in data without names (claims 3.1-3, 3.1-3b,
#   exercise 3.1-e3)

# %% tags=["parameters"]
seed: int = 0  # which records, samples and people are drawn [0, 1_000_000]
corrupt_rate: float = 0.05  # share of the reports that are malformed [0.01, 0.2]
sample_rate: float = 0.01  # share of the log's lines that is kept [0.005, 0.2]
k_known: int = 2  # ratings of a person that an attacker knows [1, 8]
n_batches: int = 20  # batches of reports of which the mean is taken [5, 100] quick 5

# %%
import io
import re
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv

from mlsdlib import datasets
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval, wilson

begin("3.1", seed=seed, corrupt_rate=corrupt_rate, sample_rate=sample_rate, k_known=k_known,
      n_batches=n_batches)  # fmt: skip

# %% [markdown]
# An online shop, ShopSmart, wants to rank its search results with a model. The data for it come
# from five kinds of **sources**:
#
# | Source | At ShopSmart | What to expect |
# |---|---|---|
# | **User input** | search words, reviews, photos | malformed; check it while the user waits |
# | **System-generated data** | logs, the model's predictions | well formed, huge; read it nightly |
# | **Behavioural data** | clicks, scrolling | made by systems, about people: privacy rules |
# | **Internal databases** | stock, prices, orders | another team's, which may change them |
# | **Third-party data** | market prices, interests | bought or public, made out of your sight |
#
# The kind decides what can go wrong. We measure it for the first three.

# %% [markdown]
# ## Round 1: what people type
#
# Our user input is a report of a flight's delay with four fields. The facts are those of real
# flights. A **parser** turns the text into values. Many treat that as the check: if the file could
# be read, it must be fine.
#
# We plant twelve mistakes that people and programs make. For each we know what was *meant*, or
# that nothing sensible was. Then a parser reads twenty reports, one of them with the mistake. It
# may get the meaning **right**, it may **refuse** with an error, or it may let a wrong value in,
# **silently**.

# %%
FIELDS = ["date", "carrier", "flight", "delay"]
flights = datasets.load_flights(columns=["time_hour", "carrier", "flight", "dep_delay"]).dropna()
reports = pd.DataFrame({
    "date": flights["time_hour"].dt.strftime("%Y-%m-%d"),
    "carrier": flights["carrier"].astype(str),
    "flight": flights["flight"].astype(str),
    "delay": flights["dep_delay"].astype(int).astype(str),
})  # fmt: skip
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
MISTAKES = {  # name: field, what was meant (None: nothing sensible), what was typed
    "leading zeros": ("flight", lambda text: text[-3:].zfill(4), str),
    "a code that reads NA": ("carrier", lambda text: "NA", str),
    "twenty digits": ("flight", None, lambda text: "1234567890" * 2),
    "digits of another script": ("delay", str, lambda text: text.translate(ARABIC)),
    "a truth value": ("delay", None, lambda text: "True"),
    "day first": ("date", str, lambda text: "/".join(reversed(text.split("-")))),
    "no such day": ("date", None, lambda text: text[:5] + "02-30"),
    "an invisible mark": ("carrier", str, lambda text: "\ufeff" + text),
    "a space": ("carrier", str, lambda text: " " + text),
    "a comma for thousands": ("delay", lambda text: "1200", lambda text: '"1,200"'),
    "seconds for minutes": ("delay", str, lambda text: str(60 * int(text))),
    "a field too few": ("delay", None, lambda text: None),
}


# %% [markdown]
# Two parsers guess the types from the text: pandas and DuckDB. The third, Arrow, is given a
# **schema**: the type that each field must have.


# %%
desk = tempfile.TemporaryDirectory()
types = dict(zip(FIELDS, (pa.date32(), pa.string(), pa.string(), pa.int32())))
schema = csv.ConvertOptions(column_types=types)


def by_duckdb(text):
    file = Path(desk.name) / "reports.csv"
    file.write_text(text, encoding="utf-8")
    return duckdb.sql(f"SELECT * FROM read_csv('{file}')").df()


def by_arrow(text):
    return csv.read_csv(io.BytesIO(text.encode()), convert_options=schema).to_pandas()


PARSERS = {
    "pandas, guessing": lambda text: pd.read_csv(io.StringIO(text)),
    "DuckDB, guessing": by_duckdb,
    "Arrow, schema": by_arrow,
}


# %%
def outcome(read, batch, row, mistake):
    """What a parser makes of a batch of reports, one of them with a mistake."""
    field, meaning, typing = MISTAKES[mistake]
    lines, column = [list(line) for line in batch.to_numpy()], FIELDS.index(field)
    meant = meaning(lines[row][column]) if meaning else None
    typed = typing(meant or lines[row][column])
    lines[row][column : column + 1] = [] if typed is None else [typed]
    text = "\n".join(",".join(line) for line in [FIELDS, *lines]) + "\n"
    try:
        value = read(text)[field].iloc[row]
    except Exception:  # each parser has its own
        return "refused"
    if meant is None or (isinstance(value, str) and field == "delay"):
        return "silently wrong"
    right = value == int(meant) if field == "delay" else str(value)[:10] == meant
    return "right" if right else "silently wrong"


rng = np.random.default_rng([seed, 1])
batch, row = reports.sample(20, random_state=rng), int(rng.integers(20))
outcomes = [[outcome(read, batch, row, name) for read in PARSERS.values()] for name in MISTAKES]
found = pd.DataFrame(outcomes, index=list(MISTAKES), columns=list(PARSERS))

# %%
predict("3.1-1", "Of the twelve mistakes, how many does pandas let in silently?", guess=None)
predict("3.1-1b", "And Arrow, which knows each field's type?", guess=None)

# %%
silent = (found == "silently wrong").sum()
claim(
    "3.1-1",
    "Left to guess the types, pandas lets more than six of twelve common mistakes in silently",
    int(silent["pandas, guessing"]),
    above=6,
    exact=True,
    reason="each of the twelve is tried once, and a parser gives the same answer every time",
    means={
        "holds": "That a file could be read says little about its values.",
        "fails": "This parser refuses, or understands, most of the mistakes.",
        "undecided": "This run cannot tell: a count has no interval.",
    },
)
claim(
    "3.1-1b",
    "Told the types, Arrow still lets more than one of the twelve in silently",
    int(silent["Arrow, schema"]),
    above=1,
    exact=True,
    reason="as in 3.1-1",
)

# %%
LOOKS = {"right": (2, "o"), "refused": (0, "s"), "silently wrong": (1, "X")}
fig, axis = subplots(figsize=(7, 4))
for kind, (colour, marker) in LOOKS.items():
    rows, columns = np.nonzero((found == kind).to_numpy())
    axis.scatter(columns, rows, s=110, color=PALETTE[colour], marker=marker, label=kind)
axis.set(xlim=(-0.5, 2.5), xlabel="parser", ylabel="mistake", title=finding("3.1-1"))
axis.set_xticks(range(3), [name.replace(", ", "\n") for name in found])
axis.set_yticks(range(len(MISTAKES)), MISTAKES)
axis.invert_yaxis()
axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="A grid of twelve mistakes by three parsers. Crosses, for silently wrong, fill most "
     "of two columns; squares, for refused, fill half of the third.")  # fmt: skip

# %% [markdown]
# A parser that guesses has a way out: if a column does not look like numbers, it is text. One
# report with `True` for a delay turns the twenty delays into text, and nobody is told. `0017`
# becomes the number 17, and the carrier NA becomes a missing value. With a schema, Arrow refuses
# whatever is not of the type. What is left is right in its type and wrong in its meaning: seconds
# are whole numbers too.
#
# **Validation** says what a good value is, and rejects the rest: its form, its range, that the
# date exists. Write it.

# %% [markdown]
# ### Exercise 3.1-e1: check a report
#
# `record` is a dictionary of texts. Return, sorted, the names of the fields that are not valid.
# `date` reads YYYY-MM-DD and exists. `carrier` is two of the letters A to Z and digits 0 to 9.
# `flight` is one to four digits 0 to 9. `delay` is whole minutes in digits 0 to 9, perhaps with a
# minus, from -120 to 1800. A field that is missing, or not a text, is not valid.


# %%
# exercise 3.1-e1
def validate(record):
    """Return, sorted, the names of the fields of a delay report that are not valid."""
    return TODO


# %%
exercise("3.1-e1").check(validate)

# %% [markdown]
# What does a mistake cost that comes through? We take batches of 5,000 reports, spoil a share of
# them, each with one of the twelve mistakes, and compute the mean delay: once from all that
# Arrow's schema lets in, once from what passes your check.

# %%
predict("3.1-1c", "By what share is the mean delay off, with the schema alone?", guess=None)


# %%
def spoiled(batch, rng):
    """Records with their mistakes, as texts, and the name of each mistake or None."""
    records, names = batch.to_dict("records"), [None] * len(batch)
    for number in np.flatnonzero(rng.random(len(batch)) < corrupt_rate):
        names[number] = str(rng.choice(list(MISTAKES)))
        field, meaning, typing = MISTAKES[names[number]]
        typed = typing(meaning(records[number][field]) if meaning else records[number][field])
        records[number][field] = typed and typed.strip('"')
    return records, names


validate = exercise("3.1-e1").use(validate)
refused = set(found.index[found["Arrow, schema"] == "refused"])
errors = {"schema": [], "schema and check": []}
rng = np.random.default_rng([seed, 2])
for _ in range(n_batches):
    batch = reports.sample(5_000, random_state=rng)
    truth = batch["delay"].astype(int).mean()
    records, names = spoiled(batch, rng)
    typed = [record for record, name in zip(records, names) if name not in refused]
    valid = [record for record in typed if not validate(record)]
    for arm, kept in zip(errors, (typed, valid)):
        errors[arm].append(np.mean([int(record["delay"]) for record in kept]) / truth - 1)

# %%
claim(
    "3.1-1c",
    f"With {100 * corrupt_rate:g} % of reports malformed, the mean delay past a schema is off "
    "by more than a tenth",
    t_interval(np.abs(errors["schema"])),
    above=0.1,
    means={
        "holds": "A few values in the wrong unit move a mean that thousands of good ones made.",
        "fails": "At this rate of mistakes the mean hardly moves.",
        "undecided": "This run cannot tell whether the mean moves by a tenth.",
    },
)
for arm, moved in errors.items():
    print(f"{arm:<17} the mean delay is off by {np.mean(np.abs(moved)):.0%}")

# %% [markdown]
# One report in twelve of the malformed ones was in seconds. A check of the range stops the large
# ones, and the small ones pass: ten minutes typed as 600 is a possible delay. No check of one
# record alone finds them. A second source does, such as the airport's own clock, and so does a
# look at the distribution of a day.
#
# Are **logs** cleaner? A program writes them, and always the same way. We parse a real web
# server's log of 10,000 lines with the format that the server's manual promises.

# %%
LINE = re.compile(
    r'(?P<client>\S+) \S+ \S+ \[(?P<time>[^]]+)\] "(?P<request>[^"]*)" (?P<status>\d{3}) '
    r'(?P<size>\d+|-) "(?P<referrer>[^"]*)" "(?P<agent>[^"]*)"'
)
lines = datasets.load_access_log()
parsed = [LINE.fullmatch(line) for line in lines]
claim(
    "3.1-1d",
    "Fewer than one line in a thousand of a real server's log is malformed",
    wilson(parsed.count(None), len(lines)),
    below=0.001,
    means={
        "holds": "What a program writes keeps its form.",
        "fails": "This log breaks its own format more than once in a thousand lines.",
        "undecided": "This run cannot tell whether one line in a thousand is malformed.",
    },
)
print(f"{parsed.count(None)} of {len(lines)} lines: …{lines[parsed.index(None)][-48:]}")

# %% [markdown]
# **When it stops being true.** The one bad line lacks its closing quote: it was cut off. And a log
# is clean only until the program changes. Let the next version of the server add one number at the
# end of each line, the time it took, as many do.

# %%
print("lines that still parse:", sum(LINE.fullmatch(f"{line} 13") is not None for line in lines))

# %% [markdown]
# All at once, and if the parser skips what it does not understand, without an error. So count what
# was skipped, and raise an alarm when the count moves.
#
# ## Round 2: logs grow faster than anybody reads
#
# When something breaks you want to know everything, so the usual advice is to **log extensively**.
# Then the log is large, and the signal in it rare. Services such as Logstash, Datadog and Logz.io
# collect logs, index them and search them, with machine learning too. They charge by volume, so
# teams keep a sample.
#
# **Head sampling** decides at the start of a request, by chance, whether its lines are kept. A
# fault that happens $k$ times among all requests is kept at least once with probability
# $1-(1-s)^k$, if a share $s$ is kept.

# %%
predict("3.1-2", "In what share of samples is every server error lost?", guess=None)

# %%
log = pd.DataFrame([match.groupdict() for match in parsed if match])
status = log["status"].astype(int).to_numpy()
fault, server_error = status >= 400, status >= 500
bot = log["agent"].str.contains("bot|crawl|spider", case=False).to_numpy()
n, times = len(log), 2_000
rng = np.random.default_rng([seed, 3])
lost = sum(not (rng.random(server_error.sum()) < sample_rate).any() for _ in range(times))
claim(
    "3.1-2",
    f"A sample of {100 * sample_rate:g} % of the lines mostly loses every server error",
    wilson(lost, times),
    above=0.5,
    means={
        "holds": "What is rare is what a random sample drops.",
        "fails": "At this rate a random sample usually keeps a server error.",
        "undecided": "This run cannot tell whether most samples lose the errors.",
    },
)

# %%
rates = np.geomspace(0.001, 1, 60)
fig, axis = subplots(figsize=(7, 3.4))
for number, k in enumerate((int(server_error.sum()), 30, int(fault.sum()))):
    axis.plot(rates, 1 - (1 - rates) ** k, color=PALETTE[number], label=f"occurs {k} times")
axis.axvline(sample_rate, color="black", linestyle=":", linewidth=1)
axis.set(xscale="log", xlabel="share of lines kept", ylabel="P(at least one)",
         title=finding("3.1-2"))  # fmt: skip
axis.legend(title="a fault that", loc="upper left", bbox_to_anchor=(1, 1))
show(fig, alt="Three rising curves of the probability to keep a fault against the share of lines "
     "kept, on a log axis. The rarer the fault, the further right its curve rises.")  # fmt: skip

# %% [markdown]
# **Tail sampling** waits for the end of a request and keeps all that went wrong, and a share of
# the rest. Nothing rare is lost. But now the log lies about rates: it holds all the faults and few
# of the others.

# %%
predict("3.1-2b", "How many times too high is the fault rate in a tail-sampled log?", guess=None)

# %% [markdown]
# ### Exercise 3.1-e2: the rate before sampling
#
# `kept` is a list of lines such as `{"fault": True, "probability": 1.0}`: whether the request
# failed, and with what probability its line was kept. `n_requests` counts all requests, also those
# whose lines were dropped. Return the estimated share of faults among all requests.


# %%
# exercise 3.1-e2
def ht_rate(kept, n_requests):
    """Return the share of faults among all requests, estimated from the lines that were kept."""
    return TODO


# %%
exercise("3.1-e2").check(ht_rate)

# %%
ht_rate = exercise("3.1-e2").use(ht_rate)
probability = np.where(fault, 1.0, sample_rate)
naive, weighted = [], []
rng = np.random.default_rng([seed, 4])
for _ in range(1_000):  # a single estimate is off by about a quarter: fewer would not tell 5 %
    kept = np.flatnonzero(rng.random(n) < probability)
    naive.append(fault[kept].mean() / fault.mean())
    table = [{"fault": bool(bot[i]), "probability": float(probability[i])} for i in kept]
    weighted.append(ht_rate(table, n) / bot.mean())

# %%
claim(
    "3.1-2b",
    "The share of faults in a tail-sampled log is more than 2 times the true one",
    t_interval(naive, unit="times"),
    above=2.0,
    means={
        "holds": "A log that keeps all faults is no picture of the traffic.",
        "fails": "So much of the rest is kept that the rate is nearly right.",
        "undecided": "This run cannot tell whether the rate is twice too high.",
    },
)
claim(
    "3.1-2c",
    "Weighted by one over its probability, the same log gives the true share of bots within 5 %",
    t_interval(weighted, unit="times"),
    between=(0.95, 1.05),
    means={
        "holds": "With the probability logged beside each line, rates can be had back.",
        "fails": "The weighted rate is biased: something is wrong with the probabilities.",
        "undecided": "This run cannot tell: so few lines are kept that the estimate is too noisy.",
    },
)
print(f"a single weighted estimate is off by about {np.std(weighted):.0%} of the true share")

# %% [markdown]
# The weights are Horvitz and Thompson's (1952). A line kept with probability $p$ stands for $1/p$
# lines. The estimate is right *on average*; a single one is as noisy as the few lines behind it.
# Keep the probability with each line: who changes the sampling later and did not log it can never
# compare the rates of two months.
#
# ## Round 3: data about people
#
# Clicks, ratings and scrolling are made by systems, and they are about people. **Behavioural
# data** therefore fall under privacy rules such as the GDPR in Europe. A common belief is that
# without names they are harmless.
#
# We test it on MovieLens: real ratings of films by 610 people, without names. An attacker knows a
# few ratings of one person, from a conversation or a public page. In how many cases do they fit
# one person only?

# %%
predict("3.1-3", "Two films with their stars: what share of people is recognised?", guess=None)


# %%
def both_ways(facts):
    """Who has each fact, and which facts are known of each person."""
    return facts.groupby("fact")["person"].agg(set), facts.groupby("person")["fact"].agg(list)


def recognised(have, of, k, draws, rng):
    """How many of the people drawn are the only ones with k of the facts known of them."""
    alone = 0
    for person in rng.choice(of.index, draws):
        known = rng.choice(of[person], size=min(k, len(of[person])), replace=False)
        alone += len(set.intersection(*(have[fact] for fact in known))) == 1
    return alone


ratings = datasets.load_movielens("ratings")
stars = ratings.groupby(["movieId", "rating"]).ngroup()
facts = pd.DataFrame({"person": ratings["userId"], "fact": stars})
rng = np.random.default_rng([seed, 5])
everyone = wilson(recognised(*both_ways(facts), k_known, 2_000, rng), 2_000)
claim(
    "3.1-3",
    f"Among 610 people, the stars given to k = {k_known} films recognise more than one in four",
    everyone,
    above=0.25,
    means={
        "holds": "Without names is not anonymous: taste is as good as a name.",
        "fails": "With so few facts most people stay hidden in the crowd.",
        "undecided": "This run cannot tell whether one in four is recognised.",
    },
)

# %%
people = facts["person"].unique()
shares = []
for _ in range(20):
    some = facts[facts["person"].isin(rng.choice(people, 61, replace=False))]
    shares.append(recognised(*both_ways(some), k_known, 200, rng) / 200 / everyone.value)
claim(
    "3.1-3b",
    "In a crowd a tenth as large, more than 1.2 times as many are recognised",
    t_interval(shares, unit="times"),
    above=1.2,
    means={
        "holds": "A small table overstates the danger, and a large one hides people better.",
        "fails": "The size of the crowd hardly matters here.",
        "undecided": "This run cannot tell whether the crowd's size matters so much.",
    },
)

# %%
fortnight = ratings.groupby(["movieId", ratings["timestamp"] // (14 * 86_400)]).ngroup()
kinds = {"film": ratings["movieId"], "film and stars": stars, "film and fortnight": fortnight}
counts = (1, 2, 3, 4, 6, 8)
fig, axis = subplots(figsize=(6, 3.6))
rng = np.random.default_rng([seed, 6])
for number, (kind, fact) in enumerate(kinds.items()):
    known = both_ways(pd.DataFrame({"person": ratings["userId"], "fact": fact}))
    found = [wilson(recognised(*known, k, 300, rng), 300) for k in counts]
    value = [e.value for e in found]
    ends = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    axis.errorbar(counts, value, ends, color=PALETTE[number], marker="os^"[number], label=kind)
axis.set(xlabel="facts known", ylabel="share recognised", ylim=(0, 1.02), title=finding("3.1-3"))
axis.legend()
show(fig, alt="Three rising curves of the share of people recognised against the number of known "
     "facts. Films alone rise slowest; with stars or fortnight they rise at once.")  # fmt: skip

# %% [markdown]
# Films alone do not tell people apart: many have seen the same ones. Each detail multiplies: the
# stars, or when the rating was entered. The data held no name, only pseudonyms. **Pseudonymous is
# not anonymous.** Narayanan and Shmatikov (2008) did this to half a million real customers,
# knowing the dates only roughly.
#
# **When it stops being true.** Our crowd is small, and smaller ones are worse, as the claim shows.
# Among millions, two films would recognise few; eight with dates still would recognise nearly
# everybody.
#
# One remedy makes facts coarser until everybody shares theirs with others: years for dates,
# regions for towns. A table is **k-anonymous** if everybody agrees with at least k - 1 others in
# all that an attacker may know, its *quasi-identifiers* (Sweeney 2002).

# %% [markdown]
# ### Exercise 3.1-e3: the smallest crowd
#
# `rows` is a list of dictionaries, `quasi` a list of column names. Return the size of the smallest
# group of rows that agree in all these columns: the k of the table. `None`, unknown, is a value
# like others. Without rows there is no group, and the answer is 0.


# %%
# exercise 3.1-e3
def k_anonymity(rows, quasi):
    """Return the size of the smallest group of rows that agree in all columns of quasi."""
    return TODO


# %%
exercise("3.1-e3").check(k_anonymity)

# %% [markdown]
# The census asked real people in Massachusetts. How small is the smallest crowd, as we release
# more columns, and with ages in bins of ten years?

# %%
k_anonymity = exercise("3.1-e3").use(k_anonymity)
census = datasets.load_acs_employment().sample(
    20_000, random_state=np.random.default_rng([seed, 7])
)
census["decade"] = census["AGEP"] // 10 * 10
for quasi in (["SEX"], ["SEX", "decade"], ["SEX", "AGEP"], ["SEX", "AGEP", "SCHL"]):
    rows = census[quasi].to_dict("records")
    alone = (census.groupby(quasi).size() == 1).sum()
    print(f"{', '.join(quasi):<16} k = {k_anonymity(rows, quasi):<6} people alone: {alone}")

# %% [markdown]
# ## Data from inside and from elsewhere
#
# **Internal databases** belong to other teams: the stock, the orders, the customers. A search that
# ranks products asks the stock first whether there are any. Such tables are clean for their
# owners' purpose. Yours is another, and their next change of a column is your next incident. Agree
# on it beforehand, in a *data contract*.
#
# Data that a company collects about its own customers are **first-party** data. **Second-party**
# data are those of another company about its customers, which it lets you have, usually for money.
# **Third-party** data are about people who are nobody's customers: public data, or bought from a
# company that collects them, such as what a group buys, earns or says in social media.
#
# Third-party data on people became scarce. Each phone carries an advertiser's number, on Apple's
# phones the IDFA. For years apps could read it unasked, and so join one person's doings across
# apps. In 2021 Apple made it opt-in: an app must ask, and most people decline. Companies now rely
# more on their first-party data. Some look for a way round: the China Advertising Association
# backed CAID, a *device fingerprint* made from facts such as model, language and start time of a
# phone. You have just seen why that works: each fact is harmless, and a few together are a name.

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with five numbers of known films and three seeds: `mlsd sweep 3.1 -p
# k_known=1,2,3,4,8 -p seed=0:3`. Look how soon a few films are as good as a name.

# %%
swept = sweep.load("published/3.1-k_known")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("3.1-3"), alt=swept.alt("3.1-3"))

# %% [markdown]
# ## Quiz

# %%
quiz("3.1-q1", choice=None)

# %%
quiz("3.1-q2", choice=None)

# %%
quiz("3.1-q3", choice=None)

# %%
quiz("3.1-q4", choice=None)

# %%
quiz("3.1-q5", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Narayanan and Shmatikov (2008), *Robust de-anonymization of large sparse datasets*;
# Sweeney (2002), *k-anonymity*; Horvitz and Thompson (1952), *A generalization of sampling without
# replacement from a finite universe*.
#
# **Next.** [3.2a Data formats](03_2a_data_formats.ipynb): how data lie in a file.
