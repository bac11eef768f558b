"""The quiz of section 7.3."""

from mlsdlib.course.exercises.base import Question

__all__ = ["QUESTIONS"]

QUESTIONS = (
    Question(
        id="7.3-q1",
        text="A start-up runs its first model on a managed service of a cloud. What is it to watch "
        "first?",
        options={
            "a": "That the service can run a model at all",
            "b": "The bill: what is left running is paid for, used or not",
            "c": "That its users' phones have enough memory",
        },
        answer="b",
        why={
            "a": "That is what such services are for: one file, and it runs.",
            "b": "Easy to start is also easy to leave on. Cost is why companies move work to the "
            "edge.",
            "c": "In the cloud the phone only asks. Memory matters on the edge.",
        },
    ),
    Question(
        id="7.3-q2",
        text="A clinic keeps its patients' data on the doctors' tablets, where a model trains. "
        "Which risk does that leave?",
        options={
            "a": "None, since no data leave the tablet",
            "b": "Only that the server is broken into",
            "c": "A stolen tablet, and what the updates tell about the data",
        },
        answer="c",
        why={
            "a": "The updates leave it, and an update of one patient is that patient.",
            "b": "The server holds no data here. What comes to it are updates, and those can tell.",
            "c": "Edge helps with laws and breaches. It moves the risk, and does not end it.",
        },
    ),
    Question(
        id="7.3-q3",
        text="Why do compilers for models have intermediate representations?",
        options={
            "a": "So that many frameworks and many chips need not be matched one by one",
            "b": "So that the model can be read by people",
            "c": "So that it needs less memory on the device",
        },
        answer="a",
        why={
            "a": "Each framework writes the common form, each chip needs a way from there: a sum "
            "of efforts, not a product.",
            "b": "It can be read, which helps; it is not what it is for.",
            "c": "What it compiles to may need less. The form in the middle is not shipped.",
        },
    ),
    Question(
        id="7.3-q4",
        text="A compiler lets an addition and the ReLU behind it run as one loop over the array. "
        "What is this called?",
        options={
            "a": "Vectorising",
            "b": "Parallelising",
            "c": "Tiling",
            "d": "Fusing",
        },
        answer="d",
        why={
            "a": "That would be to work on several numbers with one instruction.",
            "b": "That would be to give parts of the array to several cores.",
            "c": "That would be to cut the loop into blocks that fit the cache.",
            "d": "The sum between the two never goes through memory.",
        },
    ),
    Question(
        id="7.3-q5",
        text="After a night of search, autoTVM has made your model twice as fast on your server's "
        "GPU. What do you expect on your users' phones?",
        options={
            "a": "The same factor: the model is faster now",
            "b": "Nothing: what was found holds for that chip, and there it should be timed again",
            "c": "A smaller file, since tuning removes what is not needed",
        },
        answer="b",
        why={
            "a": "The search chose loops and tiles for one chip's caches and cores.",
            "b": "Another chip needs another search. And the best of many timings is partly luck.",
            "c": "Tuning changes the order of the work, not the model.",
        },
    ),
    Question(
        id="7.3-q6",
        text="Why would somebody ship a model as WebAssembly, though native code is faster?",
        options={
            "a": "It runs in any browser on any device, with nothing to install",
            "b": "It starts sooner than plain JavaScript",
            "c": "It is compiled for the chip of the developer, and need not be compiled again",
        },
        answer="a",
        why={
            "a": "One build for all hardware. That it trails native code is the price.",
            "b": "It starts later: a runtime of megabytes comes first.",
            "c": "Each browser compiles it for its own chip. That is why it runs anywhere.",
        },
    ),
)
