"""Call a function in a process of its own: its source and cases come in as JSON, results go out.

    python tests/checks/worker.py < request.json

The request holds the exercise's id, the source that defines the function, and the cases.
"""

import contextlib
import json
import sys

from mlsdlib.course.exercises import find_exercise


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    exercise = find_exercise(request["exercise"])
    namespace: dict[str, object] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(sys.stderr):  # what the function prints is no answer
        exec(request["source"], namespace)
        function = namespace[exercise.name]
        results = [exercise.call(function, case) for case in request["cases"]]
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
