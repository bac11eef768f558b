# %% [markdown]
# # 3.4 Dataflow
#
# **Core question.** How do data get from one program to another, and what happens to them when one
# of the programs dies?
#
# **Time** 60 minutes · **Builds on**
# [3.3 Storage engines and processing](03_3_storage_engines.ipynb)
#
# You will be able to
#
# - choose between a database, a service and a broker, and tell how available a chain of services
#   is (claims 3.4-1 to 3.4-1c, exercise 3.4-e1)
# - say who gets a message (claim 3.4-2, exercise 3.4-e2)
# - write a consumer for which a message that comes twice counts once (claims 3.4-3, 3.4-3b,
#   exercise 3.4-e3)
# - check the order of messages, and what a crash of the broker does (claims 3.4-4 to 3.4-4c,
#   exercise 3.4-e4)

# %% tags=["parameters"]
seed: int = 0  # when messages are sent, what is lost on the way, who crashes when [0, 1_000_000]
poll_ms: float = 20.0  # pause between two looks into the database, in milliseconds [1, 100] quick 5
n_services: int = 5  # services in a chain [1, 8]
consumers: int = 3  # programs that share a queue [2, 6]
n_messages: int = 1_000  # messages in a queue; thrice that for a chain [400, 5_000] quick 400
settle_ms: float = 0.0  # how long after the consumer the broker dies, in milliseconds [0, 1_000]
turns: int = 12  # how often a flow is timed, and the broker killed [7, 40] quick 7

# %%
import numpy as np
import pandas as pd

from mlsdlib import dataflow
from mlsdlib.course import (
    PALETTE, TODO, begin, claim, exercise, finding, predict, quiz, recap, show, subplots, sweep,
)  # fmt: skip
from mlsdlib.estimate import t_interval, wilson
from mlsdlib.timing import ratio_from_pairs

begin("3.4", seed=seed, poll_ms=poll_ms, n_services=n_services, consumers=consumers,
      n_messages=n_messages, settle_ms=settle_ms, turns=turns)  # fmt: skip
server = dataflow.NatsServer().__enter__()

# %% [markdown]
# Programs that run in different processes share no memory. Data that one has and another needs
# must flow, and there are three ways:
#
# - **Through a database.** One writes, the other reads.
# - **Through services.** One asks the other over the network and waits for the answer.
# - **Through real-time transport.** One hands its message to a *broker*, a program in the middle,
#   and goes on. The broker passes it to whoever wants it.
#
# We run all three with real programs on this machine. The last cell above has started the broker,
# NATS. Apache Kafka, Amazon Kinesis, RabbitMQ and Apache RocketMQ are others.
#
# ## Round 1: three ways, four measurements
#
# Somebody opens the app of our shop, ShopSmart, and searches for "smartphones". The app sends the
# request to a *gateway*, the gateway asks the *product service*, and that asks its database. The
# list of products comes back the same way. Each waits for the next. This is a **request-driven
# architecture**. Its requests usually look like addresses of the web, `GET
# /products?search=smartphones`, in a style called *REST*; or like calls of functions in another
# program, *remote procedure calls* (RPC). Companies like it since each service, such as drivers,
# rides and prices in a ride-sharing app, can be written and changed by a team of its own: a
# *microservice*.
#
# In our first experiment a producer sends messages, two milliseconds apart on average, and a
# consumer, another process, gets them. We measure the **latency**, from sending to arrival, in
# four ways: an SQLite file in which the consumer looks for new rows, an HTTP service, and the
# broker with its two patterns, which we explain below.

# %%
predict("3.4-1", "Through a database, how many times slower than a broker?", guess=None)

# %%
# The claim compares the first two; the others need few runs, for the figure.
FLOWS = {"database": turns, "pub-sub": turns, "service": 3, "queue": 3}
runs = {flow: [] for flow in FLOWS}
for turn in range(turns):
    for flow, times in FLOWS.items():
        if turn < times:
            runs[flow].append(dataflow.run_flow(flow, 100, server=server, poll_ms=poll_ms,
                                                rng=[seed, 1, turn]))  # fmt: skip
slow, fast = ([run["latency_ms"].median() for run in runs[f]] for f in ("database", "pub-sub"))
claim(
    "3.4-1",
    f"Through a database that is looked at every {poll_ms:g} ms, a message takes more than 5 times "
    "longer than through a broker",
    ratio_from_pairs(slow, fast),
    above=5.0,
    means={
        "holds": "Who polls waits for the next look: a broker is quicker.",
        "fails": "At this rate of looking a database is hardly slower than a broker.",
        "undecided": "This run cannot tell whether the database is 5 times slower.",
    },
)

# %%
fig, axis = subplots(figsize=(6, 3.4))
for number, (flow, found) in enumerate(sorted(runs.items())):
    found = pd.concat(found)["latency_ms"].sort_values()
    axis.plot(found, np.linspace(0, 1, len(found)), color=PALETTE[number],
              linestyle=["-", "--", "-.", ":"][number], label=flow)  # fmt: skip
axis.set(xscale="log", xlabel="latency, ms", ylabel="share of messages", title=finding("3.4-1"))
axis.legend()
show(fig, alt="Four rising curves of the share of messages that have arrived against latency on a "
     "log axis. Those of the service and the two patterns of the broker lie close together at the "
     "left; the database's rises later.")  # fmt: skip

# %% [markdown]
# A database is made to keep data, not to announce them. The reader must look, and on average waits
# half a pause. It could look every millisecond and would mostly find nothing, at a cost for
# everybody who uses the database. Both programs must also have access to the same database, which
# two companies seldom have.
#
# The broker is not the quickest, though. A service is asked directly, with nobody in the middle.
# What that costs comes next.
#
# **When it stops being true.** A few milliseconds are nothing for a nightly report or an e-mail.
# Where minutes are early enough, a table and a look now and then is the simplest dataflow there
# is.
#
# Now the consumer needs time, five milliseconds a message. How long is the *producer* held?

# %%
predict("3.4-1b", "How many times longer is the caller of a service held?", guess=None)

# %%
held = {"service": [], "queue": []}
for turn in range(turns):
    for flow in held:
        found = dataflow.run_flow(flow, 60, server=server, work_ms=5, rng=[seed, 2, turn])
        held[flow].append(found["held_ms"].median())
claim(
    "3.4-1b",
    "With a consumer that works 5 ms, the caller of a service is held more than 5 times longer "
    "than one who hands its message to a queue",
    ratio_from_pairs(held["service"], held["queue"]),
    above=5.0,
    means={
        "holds": "A service makes its caller wait for all its work; a broker does not.",
        "fails": "Handing a message over safely costs about as much as this work.",
        "undecided": "This run cannot tell whether the caller waits 5 times longer.",
    },
)

# %% [markdown]
# Waiting is not the worst. A service that asks others depends on all of them. We build the chain
# of the search: real services, each of which asks the next. Each answers 99 of 100 requests.

# %%
predict("3.4-1c", "What share of requests does the chain answer?", guess=None)

# %%
chain, url = [], ""
for number in range(n_services):
    chain.append(dataflow.HttpService(next_url=url, availability=0.99, rng=100 * seed + number))
    url = chain[-1].__enter__().url
requests = 3 * n_messages
answered = sum(chain[-1].call({"search": "smartphones"}) for _ in range(requests))
for service in chain:
    service.kill()
claim(
    "3.4-1c",
    f"A chain of {n_services} services that each answer 99 % answers less than 97 % of requests",
    wilson(answered, requests),
    below=0.97,
    means={
        "holds": "Small failures multiply: a chain is weaker than each of its links.",
        "fails": "So short a chain is nearly as good as one service.",
        "undecided": "This run cannot tell whether the chain answers 97 %.",
    },
)
for n in (3, 10, 30):
    print(f"{n} services that all talk to each other: {n * (n - 1) // 2} links; by a broker: {n}")

# %% [markdown]
# ### Exercise 3.4-e1: how available is a chain?
#
# `chain` is a list of availabilities between 0 and 1. A request is answered if every service of
# the chain answers. A list in place of a number stands for copies of one service: one that answers
# is enough. Each call of a link that fails is repeated up to `retries` times. All failures are
# independent. Return the share of requests that are answered; an empty chain answers all.


# %%
# exercise 3.4-e1
def chain_availability(chain, retries=0):
    """Return the share of requests that a chain of services answers."""
    return TODO


# %%
exercise("3.4-e1").check(chain_availability)

# %%
chain_availability = exercise("3.4-e1").use(chain_availability)
lost = [10_000 * (1 - chain_availability([0.99] * n_services, retries)) for retries in (0, 1)]
print(f"of 10,000 requests {lost[0]:.0f} stay unanswered; with one retry a link {lost[1]:.0f}")

# %% [markdown]
# A retry helps against a lost packet. It does not help against a service that is down for an hour,
# whose failures are not independent; there it makes things worse, as everybody asks twice.
#
# The way out is to ask nobody. In an **event-driven architecture** a service announces what has
# happened, an *event*, to a broker that holds it in memory or on disk. Whoever is interested reads
# it and keeps what it needs. The sender does not know the readers. Such a broker is also called an
# *event bus*. It suits systems that move much data; where one request must decide one thing, with
# much logic, services stay simpler. And it is one more program that can fail: for all at once.
#
# ## Round 2: everybody, or one of us
#
# Brokers deliver in two patterns.
#
# **Publish and subscribe** (*pub-sub*): a sender publishes to a topic, and every subscriber of the
# topic gets a copy. Somebody posts a picture: all followers are told. The sender does not know who
# they are. Kafka and Kinesis are made for this.
#
# **Message queue**: each message is for *one* of those who listen. A customer places an order: one
# of the packing stations takes it from the queue, packs it, and it is gone from the queue.
# RabbitMQ and RocketMQ are made for this. Another case is a model that sorts products into
# categories: each doubtful one goes to one of the people who check.
#
# Are these two kinds of products? We give our one broker three plain subscribers and a group.

# %%
predict("3.4-2", "Copies of each message that three plain subscribers get in all?", guess=None)

# %%
names = [f"packer {number}" for number in range(1, consumers + 1)]
bindings = {"audit": "orders.>", "mail": "orders.*", "reports": "orders.>"}
bindings |= dict.fromkeys(names, ("orders.*", "packers"))
found = dataflow.run_bindings(server, bindings, ["orders.uk"] * n_messages)
counts = found["subscriber"].value_counts()
claim(
    "3.4-2",
    "Three plain subscribers get three copies of each message, a group of packers gets one",
    float((counts.drop(names).sum() - counts[names].sum()) / n_messages),
    between=(1.99, 2.01),
    exact=True,
    reason="a running broker delivers every message, and nobody here leaves or crashes",
    means={
        "holds": "Pub-sub and queue are two patterns, and one broker has both.",
        "fails": "The broker did not deliver what it should.",
        "undecided": "This run cannot tell: a count has no interval.",
    },
)

# %%
order = [*bindings]
fig, axis = subplots(figsize=(6, 3))
axis.barh(order, counts[order], color=[PALETTE[0]] * 3 + [PALETTE[1]] * consumers)
axis.invert_yaxis()
axis.set(xlabel="messages received", ylabel="subscriber", title=finding("3.4-2"))
show(fig, alt="Bars of the messages that each subscriber got. Those of the three plain subscribers "
     "are equally long; the packers share one such length among them.")  # fmt: skip

# %% [markdown]
# The packers get about the same number, as the broker draws one of them for each order. Add a
# packer, and each has less to do. Add a plain subscriber, and it gets everything, too. So the two
# are patterns, and one broker has both.

# %% [markdown]
# ### Exercise 3.4-e2: who gets it?
#
# `bindings` maps the name of each subscriber to a pattern, or to a pair of a pattern and the name
# of a group. Patterns and `subject` are words with dots between them. In a pattern `*` stands for
# one word, and `>` at the end for one word or more. Return a list of lists of names, in the order
# of `bindings`. A plain subscriber whose pattern fits stands alone in its list. The members of a
# group whose patterns fit stand together where the first of them would, since one of them gets the
# message.


# %%
# exercise 3.4-e2
def deliver(bindings, subject):
    """Return who gets a message: one of each list gets a copy."""
    return TODO


# %%
exercise("3.4-e2").check(deliver)

# %% [markdown]
# ## Round 3: exactly once?
#
# A queue is said to see to it that each message is processed by exactly one consumer. What if that
# consumer dies? Here is a queue of orders. A consumer processes some and is killed without
# warning; another one takes over. We draw three times when it dies.
#
# It matters what the broker takes for done. **Without acknowledgement** a message counts as done
# when it was *sent*. With **acknowledgement** it counts as done when the consumer says so, after
# its work. We kill the consumer at the worst moment: its work is done and not yet acknowledged.

# %%
predict("3.4-3", "Without acknowledgement: what share of the waiting messages is lost?", guess=None)
predict("3.4-3b", "With it: how many orders are packed too often, each time?", guess=None)

# %%
rng = np.random.default_rng([seed, 3])
crashes = rng.integers(n_messages // 5, n_messages // 2, 3).tolist()
QUEUE = {"work_ms": 0.1, "ack_wait_ms": 300}
none = [dataflow.run_queue(server, n_messages, ack="none", crash_after=after, **QUEUE)
        for after in crashes]  # fmt: skip
acked = [dataflow.run_queue(server, n_messages, crash_after=after, **QUEUE) for after in crashes]
careful = [dataflow.run_queue(server, n_messages, crash_after=after, idempotent=True, **QUEUE)
           for after in crashes]  # fmt: skip

# %%
claim(
    "3.4-3",
    "Without acknowledgement, a crash loses more than half of the messages that were waiting",
    t_interval([run.lost / (n_messages - after) for run, after in zip(none, crashes)]),
    above=0.5,
    means={
        "holds": "Sent is not processed: what was on its way dies with the consumer.",
        "fails": "Most of what was waiting reaches the next consumer.",
        "undecided": "Three crashes cannot tell how much is lost.",
    },
)
claim(
    "3.4-3b",
    "With acknowledgement, a crash before it leaves each order packed exactly once",
    float(np.mean([run.effects - n_messages for run in acked])),
    below=0.5,
    exact=True,
    reason="the mean of three crashes that are alike: the broker cannot know what was done",
    means={
        "holds": "The broker has somehow found out what was done.",
        "fails": "Nothing is lost, and something is done twice: at least once, not exactly once.",
        "undecided": "This run cannot tell: a count has no interval.",
    },
)
print(
    "orders packed too often if the consumer recognises what it has done:",
    sum(run.effects - n_messages for run in careful),
)
print("lost with acknowledgement:", sum(run.lost for run in acked + careful))

# %% [markdown]
# Whoever acknowledges *before* the work loses messages in a crash (*at most once*). Whoever does
# it *after* the work repeats some (*at least once*). No broker can do better, as it cannot look
# into the consumer. What can be had is the *effect* exactly once: the consumer writes down the
# number of each message in the same transaction as its effect, and skips numbers that it knows.
# Such a consumer is **idempotent**.
#
# Many consumers acknowledge in batches, since each acknowledgement costs time. Then a crash
# repeats a whole batch:

# %%
for batch in (1, 10, 100):
    run = dataflow.run_queue(server, n_messages, crash_after=200, unacked=batch, **QUEUE)
    print(f"{batch:>3} not yet acknowledged: lost {run.lost}, processed twice {run.duplicates}")

# %% [markdown]
# ### Exercise 3.4-e3: once is enough
#
# `con` is an SQLite connection with `isolation_level=None` and two tables, `done (id)` and
# `payments (id, amount)`. A message with an `id` and an `amount` may come several times. Write its
# payment once, and return whether you did so now. A crash may come between any two statements:
# after it, the same message comes again and must then be paid, if it was not. If it was, `False`.


# %%
# exercise 3.4-e3
def pay_once(con, id, amount):
    """Write the payment of a message once, however often it comes; return whether it did now."""
    return TODO


# %%
exercise("3.4-e3").check(pay_once)

# %% [markdown]
# ## Round 4: in order, and safe in the broker?
#
# Queues are said to be **FIFO**, first in, first out, and to keep messages until they are
# processed. We let several consumers share the queue and look at the order in which the messages
# were processed.

# %%
predict("3.4-4", "What share of messages is processed after a later one?", guess=None)
predict("3.4-4b", "And of those about the same customer, with a queue each?", guess=None)

# %%
shared = dataflow.run_queue(server, n_messages, consumers=consumers, keys=20, work_ms=0.5,
                            rng=[seed, 4])  # fmt: skip
split = dataflow.run_queue(server, n_messages, consumers=consumers, keys=20, work_ms=0.5,
                           partitioned=True, rng=[seed, 4])  # fmt: skip
late = int(dataflow.order_violations(shared.log["message"])["late"].sum())
of_key = dataflow.order_violations(split.log["message"], key=split.log["key"])
late_of_key = int(of_key["late"].sum())
claim(
    "3.4-4",
    f"With {consumers} consumers, fewer than one message in a hundred is processed out of order",
    wilson(late, n_messages),
    below=0.01,
    means={
        "holds": "The queue keeps the order, even with several consumers.",
        "fails": "First out is not first done: several consumers break the order.",
        "undecided": "This run cannot tell whether one message in a hundred is late.",
    },
)
claim(
    "3.4-4b",
    "With the customers split among the consumers, fewer than one in a hundred comes after a "
    "later one of the same customer",
    wilson(late_of_key, n_messages),
    below=0.01,
    means={
        "holds": "Order within a key can be had, if one consumer has the key for itself.",
        "fails": "Even within a key the order is lost.",
        "undecided": "This run cannot tell whether one message in a hundred is late.",
    },
)

# %% [markdown]
# The queue hands the messages out in order. But the consumers take differently long, and a message
# that comes back after a crash comes late. What systems promise at best is order *per key*: all
# messages about one customer go to one consumer.

# %% [markdown]
# ### Exercise 3.4-e4: how far from in order?
#
# `log` is a list of pairs (key, number), in the order of processing. Each producer of a key
# numbers its messages from 1 up. Return a dictionary from each key to a dictionary with three
# counts: `"duplicates"`, messages whose number had come before; `"late"`, others that came after a
# larger number of the same key; `"missing"`, numbers from 1 to the largest that never came.


# %%
# exercise 3.4-e4
def order_violations(log):
    """Return for each key how many messages came twice, late, or never."""
    return TODO


# %%
exercise("3.4-e4").check(order_violations)

# %% [markdown]
# Now the persistence. A consumer has processed some messages and acknowledged all but 37 of them.
# Once only the consumer is killed; in twelve runs (`turns`) the broker with it, at the same moment,
# and started again on its files.

# %%
predict("3.4-4c", "In what share of crashes does the broker repeat acknowledged ones?", guess=None)

# %%
CRASH = {"unacked": 37, **QUEUE}
alone = dataflow.run_queue(server, n_messages, crash_after=259, **CRASH)
crashes = np.random.default_rng([seed, 6]).integers(150, 350, turns).tolist()
joint = [dataflow.run_queue(server, n_messages, kill="broker", settle_ms=settle_ms,
                            crash_after=after, **CRASH) for after in crashes]  # fmt: skip
more = sum(run.duplicates > alone.duplicates for run in joint)
claim(
    "3.4-4c",
    f"If the broker dies {settle_ms:g} ms after the consumer, more than one crash in four repeats "
    "messages that were acknowledged",
    wilson(more, len(joint)),
    above=0.25,
    means={
        "holds": "A broker forgets acknowledgements that it has not yet written.",
        "fails": "After so long the broker has written the acknowledgements down.",
        "undecided": "So few crashes cannot tell how often the broker forgets.",
    },
)
print(f"processed twice if only the consumer dies: {alone.duplicates}")
print(f"lost in {1 + len(joint)} crashes: {alone.lost + sum(run.lost for run in joint)} messages")

# %%
down = [dataflow.run_flow(flow, 150, server=server, down=(50, 100), rng=[seed, 5])
        for flow in ("pub-sub", "queue")]  # fmt: skip
for found in down:
    never = found["latency_ms"].isna()
    print(f"{found['flow'].iloc[0]:<7} while the consumer was down: {never[50:100].sum()} of 50 "
          f"never arrived")  # fmt: skip
server.stop()

# %% [markdown]
# Three lessons. First, messages in a queue on disk survive both crashes. Second, the broker writes
# acknowledgements a moment later than it takes them; if it dies in that moment, it delivers again
# what was done long ago. The idempotent consumer is safe from that, too. Third, plain pub-sub
# stores nothing: who is not there gets nothing. Kafka stores its topics for days, so that a
# subscriber can come back and read on. Ask what a broker stores before you rely on it.
#
# | | pub-sub | message queue |
# |---|---|---|
# | a message goes to | every subscriber | one consumer |
# | use it for | announcing: an order was placed | work: pack this order |
# | add a consumer, and | it gets everything, too | the others have less to do |
# | products made for it | Kafka, Kinesis | RabbitMQ, RocketMQ |
#
# What a real-time transport gives in both cases: senders and receivers need not know each other,
# nor be up at the same time, nor be equally fast; and data arrive in milliseconds. What it costs:
# a broker to run, messages that come twice and out of order, and no answer.

# %% [markdown]
# ## Turn the knob
#
# We ran this notebook with four pauses between two looks and three seeds: `mlsd sweep 3.4 -p
# poll_ms=1,5,20,100 -p seed=0:3`. Look how often a reader must look into the database until a
# broker gains nothing.

# %%
swept = sweep.load("published/3.4-poll_ms")
print(*map(swept.finding, swept.claims), sep="\n")
show(swept.figure("3.4-1"), alt=swept.alt("3.4-1"))

# %% [markdown]
# ## Quiz

# %%
quiz("3.4-q1", choice=None)

# %%
quiz("3.4-q2", choice=None)

# %%
quiz("3.4-q3", choice=None)

# %%
quiz("3.4-q4", choice=None)

# %%
quiz("3.4-q5", choice=None)

# %%
quiz("3.4-q6", choice=None)

# %% [markdown]
# ## Recap

# %%
recap()

# %% [markdown]
# **Read on.** Helland (2012), *Idempotence is not a medical condition*; Kleppmann (2017),
# *Designing Data-Intensive Applications*, chapters 4 and 11; the NATS documentation on [JetStream
# consumers](https://docs.nats.io/nats-concepts/jetstream/consumers).
#
# **Next.** [3.5 Batch and stream processing](03_5_batch_and_stream.ipynb): computing with data
# that never end.
