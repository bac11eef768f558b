"""Section 3.2: its quiz, questions 1 to 5 in part a, 6 to 9 in part b."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="3.2-q1",
        text="A training job reads 12 of 400 columns, once a day, all rows. A support tool shows "
        "one whole customer at a time. Which layouts?",
        options={
            "a": "column-major for both, since it is the modern one",
            "b": "column-major for the job, row-major with an index for the tool",
            "c": "row-major for both, since both read rows",
        },
        answer="b",
        why={
            "a": "To show one customer a column store must open a chunk of every column.",
            "b": "The job skips 388 columns; the tool finds one row and reads just that.",
            "c": "To get 12 columns the job would read and parse all 400.",
        },
    ),
    Question(
        id="3.2-q2",
        text="Why is a Parquet file of flights so much smaller than the CSV?",
        options={
            "a": "because binary numbers are smaller than text",
            "b": "because values that repeat are stored once and then counted",
            "c": "because it leaves out the missing values' columns",
        },
        answer="b",
        why={
            "a": "A day of the month takes two characters as text and eight bytes as an int64. "
            "Plain binary is often the larger one.",
            "b": "Dictionary and run-length encoding use the repetition in a column; compression "
            "adds a little.",
            "c": "All columns are there; missing values take almost nothing in either format.",
        },
    ),
    Question(
        id="3.2-q3",
        text="Events arrive one at a time, all day. Each night a report reads 3 of their 40 fields "
        "for the last month. How do you keep them?",
        options={
            "a": "append them to a row-major log, and turn each day's log into one Parquet file",
            "b": "write each event as a Parquet file of its own, so that all is columnar at once",
            "c": "append them to one CSV for ever; the report can read that too",
        },
        answer="a",
        why={
            "a": "Each format does what it is good at: rows are appended, columns are read.",
            "b": "A footer and a schema for every event, and a report that opens them all.",
            "c": "It can, but every night it reads and parses all 40 fields of all events.",
        },
    ),
    Question(
        id="3.2-q4",
        text="Which is the best reason to keep a small table as CSV or JSON?",
        options={
            "a": "text is always the larger one, and storage is cheap",
            "b": "a person can read it, and any tool can open it",
            "c": "it keeps the types of its columns",
        },
        answer="b",
        why={
            "a": "It often is not the larger one, and size is no reason to choose it.",
            "b": "At this size nothing else costs anything, and you can see what is wrong.",
            "c": "CSV keeps none: a reader must guess whether 00501 is a number.",
        },
    ),
    Question(
        id="3.2-q5",
        text="A model trained in PyTorch must run on servers, on laptops and in a phone app. What "
        "do you store?",
        options={
            "a": "a pickle of the Python object, since it holds everything",
            "b": "one model for each device, trained on that device",
            "c": "its arrays and its computation in an exchange format such as ONNX",
        },
        answer="c",
        why={
            "a": "A pickle holds references to Python classes: without this very code, and without "
            "Python on the phone, it cannot be opened.",
            "b": "Training needs the data and the power that a phone does not have.",
            "c": "A runtime on each device reads the same file and runs it its own way.",
        },
    ),
    Question(
        id="3.2-q6",
        text="Parquet has removed most of the redundancy of a wide table. What does normalising "
        "it still give?",
        options={
            "a": "each fact stands in one place, so an update cannot miss a copy",
            "b": "faster queries, since joins are free",
            "c": "nothing: a wide table is then always the better choice",
        },
        answer="a",
        why={
            "a": "Encoded copies are still copies: they can contradict each other.",
            "b": "A join has its price, even with an index.",
            "c": "For data that nobody updates it often is. For a product catalogue it is not.",
        },
    ),
    Question(
        id="3.2-q7",
        text="A document store is called schemaless. Who knows the schema?",
        options={
            "a": "nobody: documents have no structure",
            "b": "the database, which infers it from the documents",
            "c": "every program that reads the documents",
        },
        answer="c",
        why={
            "a": "A reader that adds up quantities assumes that there are quantities.",
            "b": "It accepts any document; it cannot know what a reader expects.",
            "c": "The schema moved from writing to reading, and to every reader on its own.",
        },
    ),
    Question(
        id="3.2-q8",
        text="SQL and declarative ML tools such as Ludwig or H2O AutoML share an idea. Which?",
        options={
            "a": "you say what you want, and the system chooses how to get it",
            "b": "they need no data",
            "c": "they always find the best plan or the best model",
        },
        answer="a",
        why={
            "a": "A planner picks indexes and join orders; a tool picks and tunes models.",
            "b": "Both work on data, and neither repairs it.",
            "c": "Planners and tuners search a space somebody gave them. Without an index the "
            "best plan was still slow.",
        },
    ),
    Question(
        id="3.2-q9",
        text="You keep product photos, their captions, and the sales table. Where do they go?",
        options={
            "a": "everything as rows of one CSV file, so that it stays readable",
            "b": "photos as files in a lake, captions and sales as tables that refer to them",
            "c": "everything into the warehouse, since warehouses hold all data",
        },
        answer="b",
        why={
            "a": "A photo as text grows by a third and can be read by nobody.",
            "b": "Raw and unstructured data lie in a lake; what has a schema is queried as tables.",
            "c": "Warehouses hold processed tables; raw photos are kept, cheaply, in a lake.",
        },
    ),
)
