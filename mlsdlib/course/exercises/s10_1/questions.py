"""Section 10.1: its quiz."""

from __future__ import annotations

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="10.1-q1",
        text="Which is a good division of labour between a notebook and an IDE?",
        options={
            "a": "explore in the notebook, move what stays into tested modules",
            "b": "write all in notebooks, and run them in production as they are",
            "c": "use no notebooks, since their state is hidden from review",
        },
        answer="a",
        why={
            "a": "A notebook keeps results between steps; a module has tests, and changes that "
            "one can read.",
            "b": "Then hidden state, outputs and code are one file, and nobody can review it.",
            "c": "State can be checked: restart, run all, twice. For a first look at data few "
            "things are better.",
        },
    ),
    Question(
        id="10.1-q2",
        text="You must say in a year which data made the model of today. What do you keep, and "
        "where?",
        options={
            "a": "the data themselves in Git, beside the code that read them",
            "b": "a hash in Git, the bytes in a store, the run in a tracker",
            "c": "the model alone, since it contains all that it has learned",
        },
        answer="b",
        why={
            "a": "Git compares lines and keeps every version in every clone: gigabytes choke it.",
            "b": "Code, data, model: three stores, tied by hashes.",
            "c": "Nobody can read the rows from the weights.",
        },
    ),
    Question(
        id="10.1-q3",
        text="What does CI add to tests that everybody runs before a commit anyway?",
        options={
            "a": "nothing, as long as people are careful",
            "b": "speed, since its machines are larger",
            "c": "a clean machine, before the change is in",
        },
        answer="c",
        why={
            "a": "Careful people have files that were never committed, and packages that no list "
            "names.",
            "b": "It is mostly slower than your own machine.",
            "c": "What runs there needs nothing from anyone's laptop.",
        },
    ),
    Question(
        id="10.1-q4",
        text="What does an environment in the cloud, such as Codespaces, not give?",
        options={
            "a": "the same kind of machine for all",
            "b": "the same packages next month",
            "c": "data that do not lie on laptops",
        },
        answer="b",
        why={
            "a": "That is its main use: help desks love it.",
            "b": "Packages come from a list. Without a lock, or an image by its digest, they move "
            "there as they do here.",
            "c": "It does: security is one of the reasons to have it.",
        },
    ),
    Question(
        id="10.1-q5",
        text="A model server, a feature store and a proxy; 40 copies of the server on 12 hosts, "
        "one of which dies. Who starts its copies elsewhere?",
        options={
            "a": "Docker",
            "b": "Docker Compose",
            "c": "Kubernetes",
        },
        answer="c",
        why={
            "a": "It builds images and runs containers on its own host. That host is dead.",
            "b": "It starts a set of containers, on one host.",
            "c": "It sees fewer copies than the manifest asks for, and starts them where room is.",
        },
    ),
    Question(
        id="10.1-q6",
        text="Two colleagues have one image, by digest, and one seed. Their scores differ in the "
        "seventh digit. What do you do?",
        options={
            "a": "compare with a tolerance: their processors add in another order",
            "b": "look for the package that differs between their images",
            "c": "fix the seed again, in each of the libraries they use",
        },
        answer="a",
        why={
            "a": "The image holds the library, which chooses its variant by the processor.",
            "b": "None does: the digest names all bytes.",
            "c": "It is the same already. The draws are equal, the sums are not.",
        },
    ),
)
