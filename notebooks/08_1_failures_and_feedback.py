# %% [markdown]
# # 8.1 Failures and feedback loops
#
# **Core question.** How do machine learning systems fail, and who notices?
#
# **Time** 70 minutes · **Builds on** [6.2 Offline evaluation](06_2_offline_evaluation.ipynb)
#
# You will be able to
#
# - sort failures by their cause, and doubt a statistic of failures (claim 8.1-1, exercise 8.1-e1)
# - tell loud faults from harmful ones, and edge cases from outliers (claims 8.1-2 to 8.1-2c,
#   exercise 8.1-e2)
# - see a feedback loop narrow what is shown (claim 8.1-3, exercise 8.1-e3)
# - correct it with the right two remedies together (claims 8.1-3b to 8.1-4c, exercise 8.1-e4)

# %% tags=["parameters"]
seed: int = 0  # which bookings, shops, ads and clicks are drawn [0, 1_000_000]
found: float = 1.0  # failures of ML that somebody finds, for each other one found [0.1, 1.0]
fault: str = "neighbour"  # what goes wrong in serving {neighbour, order, unit, requests, fill}
epsilon: float = 0.1  # share of pages that show ads by lot [0.01, 0.5]
prior: float = 0.1  # click rate of an ad that nobody has seen [0.0, 0.5]
assumed_decay: float = 1.0  # how fast the ranker believes attention falls, in truth 1 [0.5, 2.0]
worlds: int = 6  # shops in round 3 [3, 30] quick 3
runs: int = 200  # loops in round 4 [20, 400] quick 40

# %%
import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import ks_2samp
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from mlsdlib import datasets, feedback, labelling
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import paired_t, t_interval, wilson
from mlsdlib.worlds import ShopSmart, ShopSmartConfig

begin("8.1", seed=seed, found=found, fault=fault, epsilon=epsilon, prior=prior,
      assumed_decay=assumed_decay, worlds=worlds, runs=runs)  # fmt: skip

# %% [markdown]
# A system **fails** when it violates an expectation. There are two kinds. **Operational
# expectations** are those of any software: it is up, it answers, it answers in time. **Performance
# expectations** are those of machine learning: the answers are good. A translation that comes at
# once and says the opposite violates the second kind only. Nothing rings.
#
# ## Round 1: what breaks?
#
# Failures of **software systems** need no model to happen:
#
# - a **dependency** fails: a package or a service of somebody else changed or is gone
# - the **deployment** fails: the wrong binary, a missing permission
# - **hardware** fails: a disk is full, a processor overheats
# - **downtime**, or a crash: the server, or one that it needs, does not answer
#
# They are mended with the skills of software engineers, and you need these. Others are **specific
# to machine learning**:
#
# - **data** are collected or processed wrongly
# - **hyperparameters** are poor: the settings of training do not fit the task
# - **training and inference differ**: two pipelines compute the same feature differently
# - **the distribution shifts**: production differs from what the model was trained on
# - **edge cases**: rare inputs on which the model fails badly
# - **degenerate feedback loops**: outputs decide what the model learns next
#
# The fourth is the most general. A model **generalises** from data like those it has seen. Training
# data are a sample, seldom a perfect one, and the world moves: a pandemic, a season, but also a bug
# upstream that only looks like the world. Section [8.2a](08_2a_kinds_of_shift.ipynb) is about it.
#
# We wrote 40 incidents and labelled them twice, as two raters with two rules would. **Texts and
# labels are invented for this exercise.** They show how such sorting goes, and are no evidence of
# how often what fails.

# %%
incidents = datasets.load_incidents()
for row in (0, 8, 17, 34, 38):
    text, first, second = incidents.fillna("not known").loc[row]
    print(f"{text}\n    {first}  |  {second}")

# %% [markdown]
# ### Exercise 8.1-e1: which kind?
#
# `incident` is a dictionary with two lists: `causes`, and causes that were `ruled_out` later.
# `kinds` is a dictionary from cause to `"software"` or `"ML"`. Return the kind of the causes that
# are left: `"software"`, `"ML"`, `"both"`, or `"unknown"` if none has a known kind.


# %%
# exercise 8.1-e1
def classify(incident, kinds):
    """Return the kind of an incident: "software", "ML", "both" or "unknown"."""
    return TODO


# %%
exercise("8.1-e1").check(classify)

# %% [markdown]
# Where do broken data belong? They were spoiled by ordinary code, and harm only a model. In the
# `wide` taxonomy they are specific to machine learning, in the `narrow` one they are software.
#
# **Kappa** is the agreement of two raters beyond what chance would give: 1 is full agreement, 0 is
# none (section 4.2a).

# %%
classify = exercise("8.1-e1").use(classify)
SOFTWARE = ["dependency", "deployment", "hardware", "downtime"]
MODEL = ["hyperparameters", "skew", "shift", "edge case", "feedback loop"]
ANSWERS = ["software", "both", "unknown", "ML"]


def sorted_by(rater, name):
    """The kinds of all incidents after one rater's causes, under a taxonomy."""
    kinds = dict.fromkeys(SOFTWARE, "software") | dict.fromkeys(MODEL, "ML")
    kinds["data"] = {"wide": "ML", "narrow": "software"}[name]
    causes = incidents[rater].fillna("").str.split("+")
    return [classify({"causes": some, "ruled_out": [""]}, kinds) for some in causes]


bars = {}
for name in ("wide", "narrow"):
    rated = [sorted_by(rater, name) for rater in ("first_rater", "second_rater")]
    votes = [[pair.count(kind) for kind in ANSWERS] for pair in zip(*rated)]
    print(f"{name}: kappa of both raters {labelling.fleiss_kappa(votes):.2f}")
    for number, kinds in enumerate(rated, start=1):
        bars[f"rater {number}, {name}"] = [kinds.count(kind) for kind in ANSWERS]

# %%
fig, axis = subplots(figsize=(7, 2.6))
pd.DataFrame(bars, index=ANSWERS).T.plot.barh(
    stacked=True, ax=axis, color=[PALETTE[c] for c in (0, 4, 6, 1)], width=0.8)  # fmt: skip
axis.invert_yaxis()
axis.set(xlabel="incidents", ylabel="labels", title="The same 40 incidents, labelled in four ways")
axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(fig, alt="Four stacked bars of the kinds of incidents. The part that is specific to machine "
     "learning shrinks from the wide to the narrow taxonomy.")  # fmt: skip

# %% [markdown]
# The raters differ by rule and not by care: the first asks what changed first, the second what
# reached the model. The taxonomy moves the shares more than the choice of the rater does, and even
# decides which kind is in the majority. So a share of failures is worth what its definitions are
# worth.
#
# There is a published one. Papasian and Underwood (2020) went through a decade of post-mortems of
# one large pipeline at Google that trains and serves models. Of 96 outages, 60 had causes that are
# not specific to machine learning; most had to do with distributed systems and data pipelines. Now
# suppose that of the failures specific to machine learning only a share `found` was ever noticed.
# What follows for all failures?

# %%
predict("8.1-1", "Share of failures that are not specific to ML?", guess=None)
published = wilson(60, 96)
claim("8.1-1", f"If {found:.0%} of ML's failures are found, most failures are not specific to ML",
      published.map(lambda share: share / (share + (1 - share) / found)), above=0.5, means={
          "holds": "Taken at its word, the count says: first be good engineers of software.",
          "fails": "So many silent failures turn the count around: most are specific to ML.",
          "undecided": "This run cannot tell which kind most failures are of."})  # fmt: skip
for part in (1.0, 0.8, 0.6, 0.4, 0.2):
    print(f"found {part:.0%}: {published.map(lambda s: s / (s + (1 - s) / part))}")  # noqa: B023
print(f"turns around where fewer than {1 / published.value - 1:.0%} are found")

# %% [markdown]
# A post-mortem is written for what somebody noticed. A crash is noticed within minutes. A model
# that is worse than it could be may never be. The count is right about *found* failures, and no
# count of found failures can say how many were not. It is a **selection bias**, and here it does
# not take much of it to change the answer.
#
# **When it stops being true.** It was one pipeline, by people who had run it for years. Old
# pipelines have had their models' bugs mended.
#
# ## Round 2: loud faults and harmful faults
#
# So how silent are they? We predict which hotel bookings will be cancelled, with boosted trees. At
# serving time one thing goes wrong, in code that nobody thinks of as part of the model:
#
# - **neighbour**: lead time and country are those of the booking before, an index off by one
# - **order**: the codes of countries are numbered by alphabet, in training by frequency
# - **unit**: the price comes in cents
# - **requests**: the count of special requests was renamed, and 0 is filled in
# - **fill**: missing agents get the median, in training they stayed missing
# - **text**: the price comes as text with a decimal comma

# %%
hotel = datasets.load_hotel_bookings().drop_duplicates(ignore_index=True)
NUMBERS = ["lead_time", "adr", "stays_in_weekend_nights", "stays_in_week_nights", "adults",
           "children", "agent", "previous_cancellations", "previous_bookings_not_canceled",
           "total_of_special_requests", "arrival_date_week_number"]  # fmt: skip
WORDS = ["hotel", "country", "market_segment", "deposit_type", "customer_type", "meal"]
inputs, canceled = hotel[NUMBERS].astype(float), hotel["is_canceled"].to_numpy()
for name in WORDS:  # the code of a word is its rank by frequency
    inputs[name] = hotel[name].map({w: i for i, w in enumerate(hotel[name].value_counts().index)})
alphabet = {word: code for code, word in enumerate(sorted(hotel["country"].dropna().unique()))}


def spoiled(kind, x, medians):
    """The inputs as the service would send them."""
    if kind == "neighbour":
        both = ["lead_time", "country"]
        return x.assign(**dict(zip(both, np.roll(x[both].to_numpy(), 1, axis=0).T)))
    return {
        "none": lambda: x,
        "order": lambda: x.assign(country=hotel["country"].loc[x.index].map(alphabet)),
        "unit": lambda: x.assign(adr=100 * x["adr"]),
        "requests": lambda: x.assign(total_of_special_requests=0.0),
        "fill": lambda: x.fillna(medians),
        "text": lambda: x.assign(adr=x["adr"].map("{:.2f}".format).str.replace(".", ",")),
    }[kind]()


# %%
predict("8.1-2", f"AUC lost to the fault {fault}?", guess=None)
predict("8.1-2b", "And how far does the mean prediction move?", guess=None)
predict("8.1-2c", "Share of the worst predicted twentieth among the oddest twentieth?", guess=None)

# %%
FAULTS = ["neighbour", "order", "unit", "requests", "fill", "text"]
rng, rows, edges, weekly = np.random.default_rng([seed, 1]), [], [], []
for part in np.array_split(rng.permutation(len(hotel)), 10):
    train, test = part[:5_000], part[5_000:]
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0)
    model.fit(inputs.iloc[train], canceled[train])
    medians, x, y = inputs.iloc[train].median(), inputs.iloc[test], canceled[test]
    right = model.predict_proba(x)[:, 1]
    for kind in FAULTS:
        sent = spoiled(kind, x, medians)
        row = {"fault": kind, "errors": 0.0, "nulls": 0.0}
        try:
            p = model.predict_proba(sent)[:, 1]
        except ValueError:  # the service answers 500 and not 200
            rows.append(row | {"errors": 1.0})
            continue
        rows.append(row | {
            "nulls": abs(sent.isna().mean().mean() - x.isna().mean().mean()),
            "mean prediction": abs(p.mean() - right.mean()),
            "an input (KS)": max(ks_2samp(x[c], sent[c], nan_policy="omit").statistic for c in x),
            "AUC lost": roc_auc_score(y, right) - roc_auc_score(y, p)})  # fmt: skip
    weekly.append(pd.Series(right).groupby(x["arrival_date_week_number"].to_numpy()).mean())
    loss = -np.log(np.where(y == 1, right, 1 - right))
    forest = IsolationForest(random_state=int(rng.integers(2**31)))
    odd = -forest.fit(inputs.iloc[train].fillna(medians)).score_samples(x.fillna(medians))
    oddest, worst = (np.argsort(-by)[: len(test) // 20] for by in (odd, loss))
    overlap = np.isin(oddest, worst).mean()
    edges.append((overlap, loss[oddest].mean(), loss[worst].mean(), loss.mean()))
faults, edges = pd.DataFrame(rows), np.array(edges)

# %%
mine = faults[faults["fault"] == fault]
claim("8.1-2", f"The fault {fault} costs more than 0.05 of AUC",
      t_interval(mine["AUC lost"]), above=0.05, means={
          "holds": "A difference between training and serving breaks a good model.",
          "fails": "The model gets over this fault.",
          "undecided": "This run cannot tell whether the fault costs so much."})  # fmt: skip
claim("8.1-2b", f"The fault {fault} moves the mean prediction by less than 0.05",
      t_interval(mine["mean prediction"]), below=0.05, means={
          "holds": "Who watches the mean of the predictions does not see it.",
          "fails": "Who watches the mean of the predictions can see it.",
          "undecided": "This run cannot tell whether the mean shows it."})  # fmt: skip
table = faults.groupby("fault", sort=False).mean()
print(table.round(3).to_string(na_rep="-"))
weeks = pd.concat(weekly, axis=1).mean(axis=1)
print(f"\nwithout a fault, the mean prediction of a week lies between {weeks.min():.2f} and "
      f"{weeks.max():.2f}")  # fmt: skip

# %%
fig, axis = subplots(figsize=(7, 3.2))
axis.grid(visible=False)
axis.imshow(np.ma.masked_invalid(np.sqrt(table)), cmap="cividis", vmin=0, vmax=1, aspect="auto")
for (i, j), value in np.ndenumerate(table.to_numpy()):
    text = "" if np.isnan(value) else f"{value:.2f}"
    axis.text(j, i, text, ha="center", va="center", color="white" if value < 0.3 else "black")
axis.set_xticks(range(table.shape[1]), table.columns)
axis.set_yticks(range(len(table)), table.index)
axis.set(xlabel="what it changes", ylabel="fault", title=finding("8.1-2"))
show(fig, alt="A heat map of faults by what they change. Only the text fault causes errors. The "
     "neighbour fault shows in no column but the last, the AUC that is lost.")  # fmt: skip

# %% [markdown]
# Read the table from the right. How much a fault harms and how loud it is have little to do with
# each other. The only one that stops the service is also the only one that nobody has to look for.
# For the others the service answers **HTTP 200**, in time, with probabilities of a usual size. From
# week to week of a year the mean prediction wanders further than the two worst faults move it.
#
# The fault of the neighbour is the purest. Each value is a true value of some booking, so each
# input has its old distribution, and so have the predictions, nearly. Only the *pairs* are wrong.
# No statistic of one input at a time can show that. What shows it are labels, or a parity test
# (section 3.5) of a few requests, key by key. Most of the others break a **contract** on what each
# input is.
#
# **When it stops being true.** Labels come: after weeks the AUC falls for all to see. How late is
# the question, and section 4.2a measured it.

# %% [markdown]
# ### Exercise 8.1-e2: the contract
#
# `train` and `serve` describe what training saw and what serving sends: dictionaries from column to
# a description such as `{"dtype": "float", "nan": False}`, for text also with a list of
# `categories`. Return a dictionary from each broken column that the model reads to the first of its
# problems, in this order:
#
# - `"missing"`: serving does not send it
# - `"dtype"`: another type; only `"int"` where `"float"` was promised is fine
# - `"categories"`: another list, or another order; the place in the list is the code. Either side
#   may have none
# - `"nan"`: serving may send NaN where training saw none


# %%
# exercise 8.1-e2
def contract(train, serve):
    """Return for each broken column of the model what is wrong with it."""
    return TODO


# %%
exercise("8.1-e2").check(contract)

# %% [markdown]
# ### Edge cases
#
# An **outlier** is a row unlike the others. An **edge case** is a rare one on which the model fails
# badly, and failing is dear: the car that meets a truck which carries traffic lights, the implant
# on the scan. One is about data, the other about a model. It is tempting to look for edge cases
# among the outliers. We score how odd each booking is with an isolation forest, and compare the
# oddest twentieth with the worst predicted twentieth.

# %%
claim("8.1-2c", "Of the worst predicted twentieth, less than a tenth is in the oddest twentieth",
      t_interval(edges[:, 0]), below=0.1, means={
          "holds": "Outliers are a poor place to look for edge cases.",
          "fails": "Outliers are a place to look for edge cases.",
          "undecided": "This run cannot tell whether outliers help to find them."})  # fmt: skip
for name, column in zip(("oddest twentieth", "worst twentieth", "all"), edges.T[1:]):
    print(f"mean log loss of the {name:<16} {column.mean():.2f}")

# %% [markdown]
# By chance it would be one in twenty. An odd booking, eight people for a month, is rather easy to
# predict: compare the first and the last line. The worst predictions are on bookings that look like
# many others, and end otherwise. Throwing outliers out of the training data spares us hardly any of
# them, and may turn true outliers into edge cases.
#
# **When it stops being true.** Where a model must extrapolate, as for sensors out of range, odd and
# badly predicted may well go together. It is worth the one line that it takes to look.
#
# ## Round 3: a system that sees what it showed
#
# In a **feedback loop**, predictions change what people see, and what they see decides the clicks
# that the next model learns from. It is **degenerate** if it feeds on itself: an ad is shown most,
# so it is clicked most, so it is shown more, while better ones are not seen. The system takes its
# own choice for the users' choice. The result is **popularity bias**, usual in recommenders.
#
# ShopSmart sells 400 products in eight categories. In the first week all are equally likely on a
# page. From then on a product's chance of a place goes with one plus its clicks so far. The top
# place is looked at ten times as often as the tenth. To *detect* a loop, measure each week how
# narrow the output is.
#
# ### Exercise 8.1-e3: Gini and coverage
#
# `shown` is a list of items shown, numbers from 0 to `n_items - 1`. Return a pair. First the **Gini
# index** of how often each item was shown: with the counts t sorted from the smallest, the sum of
# (2k - n - 1) t over the places k = 1 to n, divided by n times the sum of the counts; `None` if
# nothing was shown. Then the **coverage**, the share of all items shown at least once.


# %%
# exercise 8.1-e3
def exposure(shown, n_items):
    """Return the Gini index of how often items were shown, and the share shown at all."""
    return TODO


# %%
exercise("8.1-e3").check(exposure)

# %%
predict("8.1-3", "Rise of the Gini index in eight weeks?", guess=None)
config = ShopSmartConfig(new_product_share=0, new_user_share=0, offer_share=0,
                         sessions_per_day=150)  # fmt: skip
history, LOOP, TASTE = [], "the loop", "each customer's taste"
for number in range(worlds):
    rng = np.random.default_rng([seed, 2, number])
    world = ShopSmart(config, rng=rng)
    n, week = len(world.products), (world.searches["time"] - world.start).dt.days // 7
    clicks = np.zeros(n)
    for w, searches in world.searches.groupby(week):
        # Drawn in proportion to 1 + clicks: the highest of log weight plus Gumbel noise.
        page = world.rank(searches, np.log1p(clicks) + rng.gumbel(size=(len(searches), n)))
        clicked = world.click(searches, page, rng=rng)
        clicks += np.bincount(page[clicked], minlength=n)
        history.append((LOOP, w + 1, np.bincount(page.ravel(), minlength=n),
                        world.truth.value(searches, page).mean()))  # fmt: skip
    ideal = world.rank(searches, world.truth.relevance_of(searches))
    history.append((TASTE, w + 1, np.bincount(ideal.ravel(), minlength=n),
                    world.truth.value(searches, ideal).mean()))  # fmt: skip
history = pd.DataFrame(history, columns=["pages by", "week", "shown", "clicks a page"])
shown = np.stack(history["shown"])
history["Gini"], history["coverage"] = feedback.exposure_gini(shown), feedback.coverage(shown)
history["as if shared by"] = 1 / feedback.homogeneity(shown)

# %%
loop = history[history["pages by"] == LOOP].set_index("week")
claim("8.1-3", "In eight weeks of ranking by its own clicks, the Gini index rises by over 0.1",
      paired_t(loop.loc[8, "Gini"].to_numpy(), loop.loc[1, "Gini"].to_numpy()),
      above=0.1, means={
          "holds": "The loop makes what is shown more and more alike.",
          "fails": "In so short a time the loop hardly narrows what is shown.",
          "undecided": "This run cannot tell whether the loop narrows the output."})  # fmt: skip
kept = history.groupby(["pages by", "week"], sort=False).mean(numeric_only=True)
print(kept.query("week in [1, 2, 4, 8]").round({"as if shared by": 0}).round(2).to_string())

# %%
fig, axis = subplots(figsize=(5.4, 4))
share = np.linspace(0, 1, n + 1)
axis.plot(share, share, color="black", linewidth=1, linestyle=":", label="all alike")
for who, w, colour, style in ((LOOP, 1, 0, "-"), (LOOP, 8, 1, "-"), (TASTE, 8, 2, "--")):
    rows = np.sort(np.stack(history.query("`pages by` == @who and week == @w")["shown"]), axis=1)
    axis.plot(share, [0, *np.cumsum(rows.mean(axis=0)) / rows.mean(axis=0).sum()],
              color=PALETTE[colour], linestyle=style, label=f"{who}, week {w}")  # fmt: skip
axis.set(xlabel="share of the products, least shown first", ylabel="share of all places",
         title=finding("8.1-3"))  # fmt: skip
axis.legend()
show(fig, alt="Lorenz curves of exposure. The last week sags below the first, and nearly coincides "
     "with the curve of pages that show each customer what they like best.")  # fmt: skip

# %% [markdown]
# The loop narrows the pages: detected. (The last column is one over the chance that two places show
# the same product, the **homogeneity** of the output.) But look at the last line, and at the dashed
# curve. Had each customer been shown what *they* like best, the index would be about the same, and
# twice as much would be clicked. And within the loop, clicks rise as it narrows: it does learn
# which products are good. **The index tells that outputs become alike, not that they become
# wrong.** A ranker that is right and one that is stuck look the same from here. To tell them apart
# you need to know something of what was *not* shown.
#
# ## Round 4: three corrections
#
# The loop has two defects. It does not see what it does not show. And it takes clicks for merit,
# although a click needs a look first. This is the **position-based click model**: P(click) =
# P(examined at this position) × P(click if examined). Three corrections are usual:
#
# - **Randomisation**: a share `epsilon` of the pages shows ads by lot, which costs clicks at once.
# - **Positional features**: the model gets the position as a feature and soaks up its effect. To
#   rank, set it to the same value for all ads.
# - **Two models**: one for whether a position is examined, one for the click if it is.
#
# The last two **debias**. In our trials there are 100 ads, ten places, and position k is looked at
# with probability 1/k. The *raw* ranker sorts by clicks per show. The *debiased* one counts a show
# at position k as 1/k of a look. The best ads are known.

# %%
predict("8.1-3b", f"Share of the clicks lost by {epsilon:.0%} of pages by lot, alone?", guess=None)
predict("8.1-4", "Share of the possible clicks that is lost by debiasing alone?", guess=None)
predict("8.1-4b", "And gained by both together?", guess=None)

# %%
rng = np.random.default_rng([seed, 3])
relevance = rng.beta(1, 9, size=(runs, 100))  # most ads are clicked seldom, a few often
BELIEF = {"raw": 0.0, "debiased": assumed_decay}


def trials(start, number, beliefs=BELIEF):
    """Arms on the same ads, with what an unseen ad is believed to be worth."""
    return {(name, share): feedback.simulate_loop(
                relevance[:number], assumed_decay=decay, epsilon=share, prior=start, rng=rng)
            for name, decay in beliefs.items() for share in (0.0, epsilon)}  # fmt: skip


def late(result):
    """Clicks of the last ten rounds, as a share of what the best page would get."""
    return result.value[:, -10:].mean(axis=1)


arms = trials(prior, runs)
value = {arm: late(result) for arm, result in arms.items()}

# %%
claim("8.1-3b", f"Showing {epsilon:.0%} of the pages by lot, alone, loses over 0.01 of the clicks",
      paired_t(value["raw", 0.0], value["raw", epsilon]), above=0.01, means={
          "holds": "With a biased estimate, random pages cost more than they teach.",
          "fails": "Random pages cost little here, or pay for themselves.",
          "undecided": "This run cannot tell whether random pages alone cost clicks."})  # fmt: skip
claim("8.1-4", "Debiasing alone, without random pages, loses over 0.05 of the clicks",
      paired_t(value["raw", 0.0], value["debiased", 0.0]), above=0.05, means={
          "holds": "A better estimate of what is seen does harm if nothing else gets seen.",
          "fails": "Here debiasing does not need random pages, or little was to be lost.",
          "undecided": "This run cannot tell whether debiasing alone costs clicks."})  # fmt: skip
claim("8.1-4b", "Both together gain over 0.01 of the clicks",
      paired_t(value["debiased", epsilon], value["raw", 0.0]), above=0.01, means={
          "holds": "Together the two corrections pay.",
          "fails": "Even together the two corrections pay little or nothing here.",
          "undecided": "This run cannot tell whether both together gain clicks."})  # fmt: skip
print(pd.DataFrame({
    f"{name}, {p:.0%} by lot": {
        "clicks": value[name, p].mean(), "recall of the best 10": r.recall.mean(),
        "coverage of all rounds": feedback.coverage(r.exposure.sum(axis=1)).mean(),
        "Gini, last round": feedback.exposure_gini(r.exposure[:, -1]).mean()}
    for (name, p), r in arms.items()}).T.round(2).to_string())  # fmt: skip

# %% [markdown]
# What happens depends on what is believed of an ad that nobody has seen. Suppose that it counts as
# an average one, a `prior` of 0.1.
#
# **Randomisation alone.** The raw ranker sees all ads already, since it is wrong in a lucky way. An
# ad that slips to place ten is hardly looked at, its click rate falls, it drops out, and another
# gets its turn: the bias explores. Random pages teach it a little more, as the recall shows. But
# the rate of an ad still depends on where it stood, and the pages by lot cost their clicks.
#
# **Debiasing alone.** Now an ad at the bottom keeps its good rate, because shows there hardly
# count. It stays, and nothing new is ever seen. The estimate got better, and the loop got stuck.
#
# **Both.** Random pages bring in what was never seen, and the fair estimate knows what to make of
# it.
#
# Compare the last column: with equally many random pages the Gini index is the same, whether the
# ranker is good or stuck.
#
# **When it stops being true.** Let us try other beliefs: those of a pessimist, and of an optimist.

# %%
grid = {prior: value}
for start in (0.0, 0.1, 0.5):
    if start not in grid:
        grid[start] = {arm: late(result) for arm, result in trials(start, runs // 2).items()}
fig, axes = subplots(1, 3, figsize=(8, 3.1), sharey=True)
for axis, start in zip(axes, (0.0, 0.1, 0.5)):
    cells = np.array([[grid[start][name, p].mean() for p in (0.0, epsilon)]
                      for name in ("raw", "debiased")])  # fmt: skip
    axis.grid(visible=False)
    axis.imshow(cells, cmap="cividis", vmin=0.4, vmax=1)
    for (i, j), cell in np.ndenumerate(cells):
        axis.text(j, i, f"{cell:.2f}", ha="center", va="center",
                  color="black" if cell > 0.75 else "white")  # fmt: skip
    axis.set_xticks([0, 1], ["0%", f"{epsilon:.0%}"])
    axis.set_yticks([0, 1], ["raw", "debiased"])
    axis.set(title=f"unseen: {start:g}", xlabel="pages by lot", ylabel="estimate")
fig.suptitle("Share of the possible clicks, by what an unseen ad is believed to be worth")
show(fig, alt="Three grids of two by two. For the pessimist both rankers without random pages are "
     "dark; for the middle one the debiased; for the optimist none is.")  # fmt: skip

# %% [markdown]
# With a prior of 0, whatever was shown first stays, whatever the estimate: only random pages help,
# even raw ones. With a prior far above any ad's rate, each ad gets its turn before it is believed
# to be bad. **Optimism is exploration**, too, and then debiasing needs no random pages. A ranker
# that is started again each day, or gets new ads each day, pays for its optimism each day.
#
# ### Exercise 8.1-e4: debias one ad
#
# An ad was shown some times: `clicks` are 0 or 1, `pos` the positions, counted from 1. `theta` is
# the list of probabilities that position 1, 2, … is examined. Return the mean over all shows of
# click / theta, an estimate by **inverse propensity weighting**. Where theta is below `clip`, use
# `clip`. Without a show, return `None`.


# %%
# exercise 8.1-e4
def ipw_ctr(clicks, pos, theta, clip):
    """Return the mean of the clicks, each divided by the chance that its place was looked at."""
    return TODO


# %%
exercise("8.1-e4").check(ipw_ctr)

# %%
ipw_ctr = exercise("8.1-e4").use(ipw_ctr)
rng, theta = np.random.default_rng([seed, 4]), 1 / np.arange(1, 11)
tried = {"ipw": [], "ipw, clip 0.3": [], "clicks / looks": []}
for _ in range(2_000):  # an ad with a true rate of 0.2, shown 50 times, anywhere on the page
    pos = rng.integers(1, 11, 50)
    clicked = (rng.random(50) < 0.2 * theta[pos - 1]).astype(int)
    tried["ipw"].append(np.mean(clicked * feedback.ips_click_weights(pos, theta)))
    tried["ipw, clip 0.3"].append(ipw_ctr(clicked.tolist(), pos.tolist(), theta.tolist(), 0.3))
    tried["clicks / looks"].append(clicked.sum() / theta[pos - 1].sum())
for name, rates in tried.items():
    print(f"{name:<15} mean {np.mean(rates):.2f}, standard deviation {np.std(rates):.2f}")

# %% [markdown]
# Weighting is right on average and jumps; the clip calms it and makes it too low. Clicks over the
# sum of the looks, which our debiased ranker uses, is right and calmer.
#
# ### Two models
#
# So far the ranker was told how attention falls. It can be learned: from a log in which ads stood
# at several positions, fit clicks = examination of the position × attraction of the ad. On a log
# scale this is a regression with the *position as a feature*: the two remedies are one idea. We
# take the log of the raw ranker with random pages, and rank the ads in four ways.
#
# It is often said that the two-model ranker sorts by *both probabilities combined*. With the
# positions at which the ads stood, that is a mistake.

# %%
predict("8.1-4c", "Clicks lost by ranking by the product with logged positions?", guess=None)
log = arms["raw", epsilon]
fitted, times = feedback.fit_position_bias(log.clicks, log.shows), log.shows.sum(axis=2)
seen = (log.shows * fitted.examination[:, None, :]).sum(axis=2) / times
top, places = -np.sort(-relevance, axis=1)[:, :10], np.indices((100, 10)).reshape(2, -1)
ads = np.hstack([np.eye(100)[places[0]], np.eye(10)[places[1]][:, 1:]])  # one column for each


def worth(score):
    """Clicks of the page with the highest scores, as a share of those of the best page."""
    page = feedback.TwoModelRanker(theta, np.minimum(score, 1)).rank()  # few looks may give 2
    n = len(page)
    return np.take_along_axis(relevance[:n], page, axis=1) @ theta / (top[:n] @ theta)


by_feature = []
for c, s in zip(log.clicks[:20], log.shows[:20]):
    clicked, missed = c.ravel(), (s - c).ravel()
    model = LogisticRegression(C=10, max_iter=500)
    model.fit(np.vstack([ads, ads]), np.repeat([1, 0], 1_000), np.concatenate([clicked, missed]))
    by_feature.append(model.coef_[0, :100])  # all ads at the same position
ways = {"clicks per show": worth(log.clicks.sum(axis=2) / times),
        "product with logged positions": worth(fitted.attraction * seen),
        "P(click if examined)": worth(fitted.attraction),
        "position as a feature, 20 runs": worth(expit(np.array(by_feature)))}  # fmt: skip

# %%
claim("8.1-4c", "P(click if examined) alone ranks over 0.02 of the clicks better than the product "
      "with the logged positions", paired_t(ways["P(click if examined)"],
                                            ways["product with logged positions"]),
      above=0.02, means={
          "holds": "The product puts back the bias that the second model took out.",
          "fails": "Here the bias that the product puts back does little harm.",
          "undecided": "This run cannot tell whether the product ranks worse."})  # fmt: skip
for name, clicks in ways.items():
    print(f"{name:<31} {clicks.mean():.2f} of the possible clicks")
print("examination found:", *fitted.examination[:, :5].mean(axis=0).round(2))

# %% [markdown]
# The first two lines are equal, and not by chance. Attraction is clicks over the sum of looks;
# times the mean look per show, it is clicks per show again. The product *predicts* clicks, for
# billing or for a report. To *rank*, what counts is the second model alone.
#
# **When it stops being true.** The model of examination may be wrong. `assumed_decay` is what the
# ranker believes: it counts a show at position k as 1 look over k to that power. 0 is the raw
# ranker, 1 the truth. What share of the possible clicks is left?

# %%
wrong = trials(prior, runs // 4, {decay: decay for decay in (0.0, 0.5, 1.0, 1.5, 2.0)})
table = pd.Series({arm: late(result).mean() for arm, result in wrong.items()}).unstack()
print(table.rename_axis(index="assumed decay", columns="by lot").round(2).to_string())

# %% [markdown]
# Suppose a `prior` of 0.1 again. With random pages the truth is best, and to believe in too steep a
# fall costs more than to believe in none: at 2 the ranker thinks that nobody looks at the bottom,
# and takes lucky clicks there for proof of great ads. Without random pages, half of the truth is
# better than all of it. It orders the ads that are seen nearly right, and is still wrong enough to
# let one go that has sunk: a last rest of the bias that explores.
#
# And without any ad at two positions nothing can be learned: the log needs its random pages for
# this, too.

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with five priors and three seeds: `mlsd sweep 8.1 -p
# prior=0,0.05,0.1,0.2,0.5 -p seed=0:3`. Look where debiasing alone does harm: only where an unseen
# ad is believed to be about as good as the average. Believe in nothing, and there is nothing left
# to lose; believe in twice the average, and that is optimism enough.

# %%
swept = sweep.load("published/8.1-prior")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("8.1-4"), alt=swept.alt("8.1-4"))

# %% [markdown]
# So: count the failures that you find, and distrust the count. Watch the pairs, not only the means.
# Measure how narrow a system is, and keep a few random pages to learn what that means. Correct the
# position *and* explore; one alone may be worse than none.

# %% [markdown]
# ## Quiz

# %%
quiz("8.1-q1", choice=None)

# %%
quiz("8.1-q2", choice=None)

# %%
quiz("8.1-q3", choice=None)

# %%
quiz("8.1-q4", choice=None)

# %%
quiz("8.1-q5", choice=None)

# %%
quiz("8.1-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Papasian and Underwood (2020), *How ML breaks*, OpML; Craswell and others (2008), *An
# experimental comparison of click position-bias models*; Joachims, Swaminathan and Schnabel (2017),
# *Unbiased learning-to-rank with biased feedback*; Wang and others (2018), *Position bias
# estimation for unbiased learning to rank in personal search*.
#
# **Next.** [8.2a Kinds of shift](08_2a_kinds_of_shift.ipynb).
