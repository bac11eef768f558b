"""Quizzes: plain text, offline; a wrong option is answered with why it is wrong."""

from __future__ import annotations

import textwrap

from mlsdlib.course.exercises import find_question
from mlsdlib.course.progress import record


def quiz(id: str, *, choice: str | None = None) -> None:
    """Ask a question, or answer the reader's choice; the right option stays hidden until chosen.

    Parameters
    ----------
    id : str
        The question's id, for example ``"3.2-q1"``.
    choice : str, optional
        The letter of the chosen option.

    Raises
    ------
    KeyError, ValueError
        If there is no such question, or no such option.
    """
    question = find_question(id)
    letter = choice.strip().lower() if isinstance(choice, str) else choice
    if letter is not None and letter not in question.options:
        raise ValueError(
            f"choice must be one of {', '.join(question.options)} or None, got {choice!r}"
        )
    print(f"Quiz {id}: {question.text}")
    for key, option in question.options.items():
        print(textwrap.fill(f"{key}) {option}", 88, subsequent_indent="   "))
    if letter is None:
        print('Put a letter in choice="..." and run this cell again.')
        return
    right = letter == question.answer
    record("quiz", id, choice=letter, right=right)
    print(f"{letter}) is {'right' if right else 'not it'}. {question.why[letter]}")
