"""What a reader meets: predictions, exercises, quizzes, and the record of them."""

import functools
import math

import numpy as np
import pytest

from mlsdlib.course import TODO, exercise, predict, quiz
from mlsdlib.course.exercise import Handle, evaluate
from mlsdlib.course.exercises.base import Exercise, Problem, Question, Wrong, same_number
from mlsdlib.course.progress import read
from mlsdlib.course.session import SESSION


def spread(values):
    return max(values) - min(values)


def cases(rng):
    yield {"args": [[1.0, 4.0]]}
    yield {"args": [rng.normal(size=5).tolist()], "kwargs": {}}


def judge(case, result):
    expected = spread(*case["args"])
    if same_number(result, expected):
        return None
    return Problem(expected, "It is a difference.")


EXERCISE = Exercise(
    id="9.9-e1",
    name="spread",
    reference=spread,
    cases=cases,
    judge=judge,
    hints=("a concept", "a pointer", "nearly the code"),
    wrong=(Wrong("maximum", max, "difference"),),
    note="It reads the list twice.",
)
QUESTION = Question(
    id="9.9-q1",
    text="Which?",
    options={"a": "This one", "b": "That one"},
    answer="b",
    why={"a": "It is too small.", "b": "It fits."},
)


@pytest.fixture
def ex():
    return Handle(EXERCISE)


@pytest.fixture
def said(capsys):
    """What was printed since the last call."""
    return lambda: capsys.readouterr().out


def learned(source):
    """The function `spread` as a learner's cell defines it, whose lines a traceback can show."""
    import linecache

    lines = source.splitlines(keepends=True)
    linecache.cache["<cell 7>"] = (len(source), None, lines, "<cell 7>")
    names = {}
    exec(compile(source, "<cell 7>", "exec"), names)
    return names["spread"]


# ---- the four outcomes


@pytest.mark.parametrize("fn", [TODO, lambda values: TODO])
def test_a_stub_is_not_attempted(ex, said, fn):
    ex.check(fn)
    text = said()
    assert text.startswith("Exercise 9.9-e1: not attempted.\nReplace TODO in spread")
    assert 'exercise("9.9-e1").hint()' in text


def test_the_reference_is_correct_and_its_note_is_shown(ex, said):
    ex.check(lambda values: sorted(values)[-1] - sorted(values)[0])
    assert said() == "Exercise 9.9-e1: correct, on all 2 cases.\nIt reads the list twice.\n"


def test_a_wrong_answer_is_told_input_expected_got_and_why(ex, said):
    ex.check(max)
    assert said().splitlines() == [
        "Exercise 9.9-e1: not yet.",
        "  input     spread([1.0, 4.0])",
        "  expected  3.0",
        "  got       4.0",
        "  why       It is a difference.",
    ]


def test_a_missing_return_is_hinted(ex, said):
    ex.check(lambda values: None)
    assert "It returned None: was a return forgotten?" in said()


def test_an_error_is_traced_to_the_learners_line(ex, said):
    fn = learned(
        "def spread(values):\n    return helper(values)\n\n\n"
        "def helper(values):\n    low = values['low']\n    return low\n"
    )
    ex.check(fn)
    assert said().splitlines() == [
        "Exercise 9.9-e1: your function raised an error.",
        "  input     spread([1.0, 4.0])",
        "  error     TypeError: list indices must be integers or slices, not str",
        "  where     line 6 of your cell: low = values['low']",
    ]


def test_an_error_in_a_method_is_traced_to_the_learners_line(ex, said):
    ex.check(learned("class spread:\n    def __init__(self, values):\n        self.low = low\n"))
    assert "  where     line 3 of your cell: self.low = low" in said().splitlines()


@pytest.mark.parametrize("fn", [lambda: 1, functools.partial(spread, 1, 2)])
def test_a_function_with_other_arguments_is_told_so(ex, fn):
    outcome = evaluate(EXERCISE, fn)
    assert outcome.status == "raised an error"
    assert "in the call of spread: does it take these arguments?" in outcome.message


def test_what_is_no_function_is_not_yet(ex):
    assert evaluate(EXERCISE, 3.0).message == "not yet. spread must be a function, got float."


def test_a_function_that_changes_its_input_does_not_change_the_case():
    def destroys(values):
        result = max(values) - min(values)
        values.clear()
        return result

    assert evaluate(EXERCISE, destroys).correct


def test_a_long_input_is_shortened():
    big = {"args": [list(range(1_000))]}
    long = Exercise(**{**vars(EXERCISE), "cases": lambda rng: iter([big])})
    lines = evaluate(long, sum).message.splitlines()
    assert lines[1].endswith(" ...")
    assert max(map(len, lines)) < 420


def test_cases_repeat_with_the_same_generator():
    def kept(values):
        seen.append(values)
        return spread(values)

    seen = []
    for seed in (1, 1, 2):
        evaluate(EXERCISE, kept, rng=seed)
    assert seen[1] == seen[3] != seen[5]


# ---- hints, solution, use


def test_hints_come_in_order_and_the_last_stays(ex, said):
    for _ in range(4):
        ex.hint()
    assert said().splitlines() == [
        "Hint 1 of 3: a concept",
        "Hint 2 of 3: a pointer",
        "Hint 3 of 3: nearly the code",
        "Hint 3 of 3: nearly the code",
    ]


def test_a_hint_can_be_asked_for_and_the_next_follows_it(ex, said):
    ex.hint(2)
    ex.hint(1)
    ex.hint()
    assert [line[:6] for line in said().splitlines()] == ["Hint 2", "Hint 1", "Hint 3"]


@pytest.mark.parametrize("number", [0, 4, -1, "1", True])
def test_a_hint_that_is_not_there_is_refused(ex, number):
    with pytest.raises(ValueError, match=f"number must be 1, 2 or 3, got {number!r}"):
        ex.hint(number)


def test_the_solution_shows_code_and_what_it_trades_away(ex, said):
    ex.solution()
    assert said() == (
        "def spread(values):\n    return max(values) - min(values)\n# It reads the list twice.\n"
    )


def test_use_takes_the_learners_function_where_it_is_right(ex, said):
    mine = learned("def spread(values):\n    return -(min(values) - max(values))\n")
    assert ex.use(mine) is mine
    assert said() == "Using your spread.\n"


@pytest.mark.parametrize(
    ("fn", "status"),
    [
        (lambda values: TODO, "not attempted"),
        (max, "not yet"),
        (lambda values: 1 / 0, "raised an error"),
    ],
)
def test_use_falls_back_to_the_reference_and_says_so(ex, said, fn, status):
    assert ex.use(fn) is spread
    assert said() == f"Using the reference spread (yours: {status}).\n"


def test_an_exercise_tells_what_can_be_done_with_it(ex):
    assert repr(ex) == "Exercise 9.9-e1: check(spread), hint(), solution(), use(spread)"


def test_an_exercise_is_found_by_its_id(course, said):
    exercise("9.9-e1").check(lambda values: TODO)
    assert "not attempted" in said()
    with pytest.raises(ValueError, match="id of an exercise must look like"):
        exercise("9.9-1")


# ---- the quiz


@pytest.fixture
def question(monkeypatch):
    find = {QUESTION.id: QUESTION}.__getitem__
    monkeypatch.setitem(quiz.__globals__, "find_question", find)


def test_a_question_hides_its_answer_until_one_is_chosen(question, said):
    quiz("9.9-q1")
    assert said().splitlines() == [
        "Quiz 9.9-q1: Which?",
        "a) This one",
        "b) That one",
        'Put a letter in choice="..." and run this cell again.',
    ]


@pytest.mark.parametrize(
    ("choice", "answer"),
    [
        ("b", "b) is right. It fits."),
        (" B ", "b) is right. It fits."),
        ("a", "a) is not it. It is too small."),
    ],
)
def test_a_choice_is_answered_with_its_reason(question, said, choice, answer):
    quiz("9.9-q1", choice=choice)
    assert said().splitlines()[-1] == answer


@pytest.mark.parametrize("choice", ["c", "", 1])
def test_an_option_that_is_not_there_is_refused(question, choice):
    with pytest.raises(ValueError, match=f"choice must be one of a, b or None, got {choice!r}"):
        quiz("9.9-q1", choice=choice)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": "c"}, "answer of 9.9-q1 must be one of a, b"),
        ({"why": {"a": "x"}}, "why of 9.9-q1 must explain every option"),
    ],
)
def test_a_question_must_be_whole(change, message):
    with pytest.raises(ValueError, match=message):
        Question(**{**vars(QUESTION), **change})


# ---- predictions


def test_without_a_guess_nothing_waits(said, record_file):
    predict("9.9-1", "How many?")
    assert said().endswith("Put a number in guess=..., run this cell again, then run on.\n")
    assert SESSION.guesses == {}
    assert not record_file.exists()


def test_a_guess_can_be_taken_back():
    predict("9.9-1", "How many?", guess=3)
    predict("9.9-1", "How many?")
    assert SESSION.guesses == {}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"guess": "10"}, TypeError, "guess must be a number, got '10'"),
        ({"guess": True}, TypeError, "guess must be a number, got True"),
        ({"guess": math.nan}, ValueError, "guess must be finite, got nan"),
        ({"guess": math.inf}, ValueError, "guess must be finite, got inf"),
        ({"question": " "}, ValueError, "question must be a sentence, got ' '"),
        ({"id": "9.9-e1"}, ValueError, "id of a claim must look like"),
    ],
)
def test_a_guess_is_a_finite_number(arguments, error, message):
    with pytest.raises(error, match=message):
        predict(**{"id": "9.9-1", "question": "How many?", "guess": 1} | arguments)


def test_same_number_takes_any_number_but_no_bool():
    assert all(same_number(one, 1.0) for one in (1, 1.0, np.float32(1), np.int8(1), 1 + 1e-12))
    assert not any(same_number(x, 1.0) for x in (True, np.True_, "1", None, [1], 1.001, math.nan))


# ---- the record


def test_passed_exercises_quiz_answers_and_guesses_are_recorded(ex, question, record_file):
    ex.check(max)
    ex.check(spread)
    quiz("9.9-q1", choice="a")
    predict("9.9-1", "How many?", guess=4)
    kept = [{k: v for k, v in entry.items() if k != "when"} for entry in read()]
    assert kept == [
        {"kind": "exercise", "id": "9.9-e1", "passed": True},
        {"kind": "quiz", "id": "9.9-q1", "choice": "a", "right": False},
        {"kind": "guess", "id": "9.9-1", "guess": 4.0},
    ]
