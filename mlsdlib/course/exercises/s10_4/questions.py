"""Section 10.4: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="10.4-q1",
        text="A hotel chain has one use for machine learning: each night it wants the probability "
        "that a booking is cancelled. A supplier sells exactly that, as an API. Which "
        "infrastructure does the chain need?",
        options={
            "a": "a feature store, a model registry and a cluster, smaller than the supplier's",
            "b": "something that moves its bookings out and the predictions back in, and watches "
            "both",
            "c": "none",
        },
        answer="b",
        why={
            "a": "These stand at the supplier's. What is outsourced wholly leaves little behind.",
            "b": "Who outsources all of it mainly has to move data. That part is not to be bought.",
            "c": "Data must get there and back, every night, and somebody must see when they do "
            "not.",
        },
    ),
    Question(
        id="10.4-q2",
        text="A company rents its computers from a cloud, its data warehouse from another vendor, "
        "and has built its feature store and its dashboards itself. What is this?",
        options={
            "a": "a company that could not decide",
            "b": "the common case: each part is bought or built for reasons of its own",
            "c": "in-house, since the feature store is its own",
        },
        answer="b",
        why={
            "a": "The decision is made for each part, and need not be the same for all.",
            "b": "A hybrid is what most companies have. What is common to all is rented; what is "
            "close to their own models is built.",
            "c": "In-house wholly would mean its own data centres.",
        },
    ),
    Question(
        id="10.4-q3",
        text="A chain of furniture shops with two data scientists and a search engine with two "
        "hundred engineers both need a feature store. Which rule of thumb tells them apart?",
        options={
            "a": "Build what gives you an advantage over your competitors; buy the rest, and buy "
            "it in modules if you must adapt it.",
            "b": "Buy what is mature; both should buy the same product.",
            "c": "Build as soon as the fee exceeds an engineer's salary.",
        },
        answer="a",
        why={
            "a": "Furniture shops do not win by their feature store; a managed service leaves "
            "their two people to their own work. The search engine may, and wants parts that it "
            "can change.",
            "b": "A mature product still has to fit what stands there, and the search engine has "
            "a lot standing there.",
            "c": "A fee is compared with all that it replaces: building, keeping, delay, and what "
            "the engineers do not do meanwhile.",
        },
    ),
    Question(
        id="10.4-q4",
        text="You sell a young monitoring product. A giant with an infrastructure of its own and "
        "a start-up with none both ask for it. Whom do you serve first, and why?",
        options={
            "a": "the giant: one contract pays for a year",
            "b": "the start-up: the giant's own tools would turn the sale into a year of fitting "
            "yours to theirs",
            "c": "both, with a version for each",
        },
        answer="b",
        why={
            "a": "It began early, when there was nothing to buy, and built. Your product must fit "
            "all of that: integration hell.",
            "b": "Where nothing stands, nothing has to be fitted.",
            "c": "A version for each customer is a consultancy, and not a product.",
        },
    ),
    Question(
        id="10.4-q5",
        text="“We have the engineers anyway, so building costs us nothing.” What is missing?",
        options={
            "a": "nothing, since salaries are sunk",
            "b": "the rent of the servers",
            "c": "what these engineers would have made instead, now and for as long as they keep "
            "the thing alive",
        },
        answer="c",
        why={
            "a": "Salaries of the future are not sunk: they can still buy something else.",
            "b": "It is on the list, and mostly the smaller part.",
            "c": "This is the opportunity cost. More engineers have to be hired, too, and what "
            "they build ties later work to it.",
        },
    ),
    Question(
        id="10.4-q6",
        text="The saving is uncertain by a million. A consultant offers a perfect forecast of the "
        "project's overrun. Its value (the partial EVPI of the overrun) is about zero. Why?",
        options={
            "a": "because overruns are small",
            "b": "because whatever the forecast says, you would decide the same",
            "c": "because forecasts are never perfect",
        },
        answer="b",
        why={
            "a": "An overrun may be large and still be unable to change which option is cheaper.",
            "b": "Information that cannot change a decision is worth nothing for it.",
            "c": "The value is that of a perfect one. A real one is worth less still.",
        },
    ),
)
