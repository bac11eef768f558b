"""Section 3.4: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="3.4-q1",
        text="Two companies share data each night. One suggests that both use one database. What "
        "speaks against it?",
        options={
            "a": "databases cannot be read by two programs",
            "b": "both must have access to the same database; latency is no problem at night",
            "c": "the latency of a database is too high for a nightly exchange",
        },
        answer="b",
        why={
            "a": "They can; that is how this dataflow works.",
            "b": "Few companies open their database to another one; a file or a service does it.",
            "c": "Polling costs some milliseconds, or a second. The night is long.",
        },
    ),
    Question(
        id="3.4-q2",
        text="ShopSmart's search asks the gateway, that the product service, that the stock "
        "service. The stock service is down. What do people see?",
        options={
            "a": "an error, or the results without stock if the product service is written for it",
            "b": "the right results, a little later",
            "c": "nothing changes, since services are independent",
        },
        answer="a",
        why={
            "a": "In a request-driven chain the caller depends on all it calls, unless it has a "
            "way to do without.",
            "b": "Nobody keeps the request for later: that is what a queue would do.",
            "c": "They can be written independently. Whether they answer depends on each other.",
        },
    ),
    Question(
        id="3.4-q3",
        text="Somebody posts a picture. The followers' phones, the statistics and the model that "
        "looks for spam all need to know. What fits?",
        options={
            "a": "a message queue that they share",
            "b": "a request from the posting service to each of them",
            "c": "publish and subscribe",
        },
        answer="c",
        why={
            "a": "Each message would reach one of them only.",
            "b": "It would have to know and to wait for all of them, and for each new one.",
            "c": "Every subscriber gets a copy, and the sender knows none of them.",
        },
    ),
    Question(
        id="3.4-q4",
        text="A model marks doubtful products. Five people check them, each product once. What "
        "fits?",
        options={
            "a": "a message queue with acknowledgement",
            "b": "publish and subscribe",
            "c": "a message queue without acknowledgement",
        },
        answer="a",
        why={
            "a": "One person gets each product; if the browser crashes, somebody else does.",
            "b": "Everybody would check everything.",
            "c": "What was sent to a browser that crashes is lost.",
        },
    ),
    Question(
        id="3.4-q5",
        text="A vendor says: our broker delivers exactly once. What do you ask?",
        options={
            "a": "nothing: acknowledgements make it so",
            "b": "what happens if my program dies after its effect and before the acknowledgement",
            "c": "whether it is fast",
        },
        answer="b",
        why={
            "a": "You have seen orders packed twice with acknowledgements.",
            "b": "No broker can see that. The effect is had once if the consumer is idempotent.",
            "c": "Speed decides nothing about repetitions.",
        },
    ),
    Question(
        id="3.4-q6",
        text="A system has many services, and each needs a little of what the others know. Why may "
        "a broker make it simpler?",
        options={
            "a": "Each service has one link, to the broker, and need not know who reads",
            "b": "A broker makes services stateless",
            "c": "With a broker nothing can fail any more",
        },
        answer="a",
        why={
            "a": "Links between pairs grow with the square of the services.",
            "b": "What a service remembers is its own affair.",
            "c": "The broker can, and then for everybody: run several copies of it.",
        },
    ),
)
