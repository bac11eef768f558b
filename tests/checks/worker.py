"""Call functions in a process of its own: their source and cases come in as JSON, results go out.

    python tests/checks/worker.py < requests.jsonl

A request is a line. It holds the exercise's id, the source that defines the function, and the
cases. Its answer is a line, too: the results, or the error that ended it.
"""

import contextlib
import json
import sys
import traceback

from mlsdlib.course.exercises import find_exercise


def answer(request: dict) -> list:
    """Return what the function returns on each case."""
    exercise = find_exercise(request["exercise"])
    namespace: dict[str, object] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(sys.stderr):  # what the function prints is no answer
        exec(request["source"], namespace)
        function = namespace[exercise.name]
        return [exercise.call(function, case) for case in request["cases"]]


def main() -> None:
    """Answer requests until there are no more."""
    for line in sys.stdin:
        try:
            told = json.dumps({"results": answer(json.loads(line))})
        except Exception:
            told = json.dumps({"error": traceback.format_exc()})
        print(told, flush=True)


if __name__ == "__main__":
    main()
