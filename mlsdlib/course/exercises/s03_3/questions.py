"""Section 3.3: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="3.3-q1",
        text="A ride-sharing app books rides, and its managers look at last month's rides by "
        "district. Which is OLTP, and which OLAP?",
        options={
            "a": "booking is OLTP, the managers' question is OLAP",
            "b": "both are OLTP, since both use a database",
            "c": "booking is OLAP, since it happens online",
        },
        answer="a",
        why={
            "a": "A booking touches few rows and somebody waits; the question reads a few columns "
            "of all rows.",
            "b": "What decides is how many rows and columns a request touches, not what answers "
            "it.",
            "c": "Both names have *online* in them: what differs is transactions and analysis.",
        },
    ),
    Question(
        id="3.3-q2",
        text="A bank's program dies after it has told a customer that the payment is done. After "
        "the restart the payment is gone. Which promise was broken?",
        options={"a": "atomicity", "b": "isolation", "c": "durability"},
        answer="c",
        why={
            "a": "Atomicity forbids half a payment. This one is gone as a whole.",
            "b": "Isolation is about transactions at the same time.",
            "c": "What was reported as done must stay done.",
        },
    ),
    Question(
        id="3.3-q3",
        text="A shop's product pages are read from three copies that agree *eventually*. What may "
        "happen?",
        options={
            "a": "A price that was changed may be shown in the old version for a while",
            "b": "After a crash two copies differ for ever",
            "c": "Nothing: eventually consistent is the C of ACID",
        },
        answer="a",
        why={
            "a": "BASE: always there, and now and then a little behind.",
            "b": "Eventually means that they agree in the end.",
            "c": "The C of ACID is about rules in one database, such as no negative balance.",
        },
    ),
    Question(
        id="3.3-q4",
        text="Fifty new kinds of sensor send records whose fields change each month. Nobody knows "
        "yet which questions will be asked. Where do the records go first?",
        options={
            "a": "through ETL into a warehouse",
            "b": "raw into a data lake; a job cleans what is asked for often",
            "c": "nowhere, until there is a schema",
        },
        answer="b",
        why={
            "a": "Each change of a field would stop the load until somebody mends the schema.",
            "b": "They arrive at once, and nothing is lost that a later question may need.",
            "c": "What is not stored today cannot be asked about tomorrow.",
        },
    ),
    Question(
        id="3.3-q5",
        text="What does a lakehouse add to a lake?",
        options={
            "a": "more disks",
            "b": "a person who brings the tapes",
            "c": "tables with transactions over files in open formats, which several engines read",
        },
        answer="c",
        why={
            "a": "Space was what a lake had already.",
            "b": "That would be offline storage.",
            "c": "Storage and processing are decoupled: one copy of the data, and the engine that "
            "suits the question.",
        },
    ),
    Question(
        id="3.3-q6",
        text="An archive of old orders answers within ten minutes, without anybody's help. What "
        "is it called?",
        options={"a": "online", "b": "nearline", "c": "offline"},
        answer="b",
        why={
            "a": "Online data can be read at once.",
            "b": "Not at hand, but it comes by itself.",
            "c": "Offline data need a hand, such as a tape that somebody puts in.",
        },
    ),
)
