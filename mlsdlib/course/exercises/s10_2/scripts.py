"""Exercise 10.2-e3: what a script asks of Slurm."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def parse_sbatch(text):
    """Return the limit in minutes and the earliest start that a script asks for."""
    found = {"time": None, "begin": None}
    for line in text.splitlines():
        if line.strip() and not line.strip().startswith("#"):
            break
        if not re.match(r"#SBATCH\s", line):
            continue
        words = line.removeprefix("#SBATCH").split(" #")[0]
        for name, short in (("time", "t"), ("begin", "b")):
            pattern = rf"(?:^|\s)(?:--{name}[=\s]\s*|-{short}\s*)(\S+)"
            for value in re.findall(pattern, words):
                found[name] = value
    if found["time"] is not None:
        found["time"] = minutes(found["time"])
    return found


def minutes(time):
    """Return a time of Slurm in minutes."""
    days, dash, rest = time.rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    if dash:
        parts += [0] * (3 - len(parts))
    elif len(parts) < 3:
        parts = [0, *parts, 0][:3]
    hours, mins, seconds = parts
    return int(days or 0) * 1440 + hours * 60 + mins + math.ceil(seconds / 60)


def _script(*lines: str, first: str = "#!/bin/bash") -> Case:
    return {"args": ["\n".join([first, *lines, "python train.py", ""])]}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _script(
        "#SBATCH -J JobName", "#SBATCH --time=11:00:00 # When to start the job",
        "#SBATCH --mem-per-cpu=4096 # Memory, in MB, to be allocated per CPU",
    )  # fmt: skip
    yield _script("#SBATCH --time=30")  # minutes
    yield _script("#SBATCH --time=30:00")  # minutes and seconds
    yield _script("#SBATCH --time=30:01")  # rounded up
    yield _script("#SBATCH --time=1:00:59")
    yield _script("#SBATCH --time=0:00:30")
    yield _script("#SBATCH --time=0:61")  # more seconds than a minute has
    yield _script("#SBATCH --time=0:120")
    yield _script("#SBATCH --time=2-12")  # days and hours
    yield _script("#SBATCH --time=1-06:30")
    yield _script("#SBATCH --time=1-06:30:15")
    yield _script("#SBATCH -t 45")
    yield _script("#SBATCH -t45")
    yield _script("#SBATCH --time 45")
    yield _script("#SBATCH --begin=16:00")
    yield _script("#SBATCH -b now+1hour", "#SBATCH -t 90")
    yield _script("#SBATCH --begin=16:00 --time=2:00:00")  # two on a line
    yield _script("#SBATCH -J JobName")  # neither
    yield _script()
    yield _script("#SBATCH --time=10", "#SBATCH --time=20")  # the last counts
    yield _script("#SBATCH -t 10 -J retrain -t 20")
    yield _script("#SBATCH --time=10", "python clean.py", "#SBATCH --time=20")  # too late
    yield _script("", "# our nightly job", "#SBATCH --time=10")  # blank lines and comments
    yield _script("##SBATCH --time=10", "# SBATCH --time=10")  # comments, both
    yield _script("#SBATCHES --time=10")
    yield _script("#SBATCH --time-min=5", "#SBATCH --ntasks=4")  # other options
    yield _script("#SBATCH -N 2 # nodes, -t 5 for tests")
    yield {"args": ["#!/bin/bash\n#SBATCH\t--time=7"]}  # a tab; no command
    for _ in range(20):
        d, h, m, s = (int(rng.integers(top)) for top in (4, 24, 60, 60))
        time = str(rng.choice([f"{m + 1}", f"{m}:{s + 1:02}", f"{h}:{m:02}:{s:02}", f"{d}-{h}",
                               f"{d}-{h}:{m:02}", f"{d}-{h}:{m:02}:{s:02}"]))  # fmt: skip
        option = str(rng.choice(["--time=", "-t ", "--time ", "-t"]))
        lines = ["#SBATCH -J retrain", f"#SBATCH {option}{time}", "#SBATCH --begin=18:30"]
        yield _script(*rng.permutation(lines).tolist())


def _judge(case: Case, result: object) -> Problem | None:
    (text,) = case["args"]
    expected = parse_sbatch(text)
    if result == expected:
        return None
    if not isinstance(result, dict) or result.keys() != expected.keys():
        return Problem(expected, 'Return a dictionary with the keys "time" and "begin".')
    if result["begin"] != expected["begin"]:
        why = (
            "The earliest start is what --begin (-b) says, as text, and None without it. --time is "
            "no start."
        )
    elif isinstance(result["time"], str):
        why = "The limit is a number of minutes."
    elif expected["time"] is None:
        why = (
            "Nothing here asks for a limit. A line counts if it begins with #SBATCH and a blank; "
            "what follows a # on it is a comment, and --time-min is another option."
        )
    elif result["time"] is None:
        why = "--time=30, --time 30, -t 30 and -t30 say the same."
    elif len(re.findall(r"--time", text)) > 1:
        why = "The last one counts, of those that stand before the first command."
    elif "-" in re.sub(r"^.*?(?:--time|-t)", "", next(
        line for line in text.splitlines() if re.search(r"\s(--time|-t)", line)
    )):  # fmt: skip
        why = "With a dash: days, then hours, minutes and seconds, as many as there are."
    elif abs(float(result["time"]) - expected["time"]) <= 1:
        why = "Seconds are rounded up to a whole minute."
    else:
        why = "Without a dash: 30 are minutes, 30:00 minutes and seconds, 1:30:00 has hours first."
    return Problem(expected, why)


def _changed(text, **changes):
    return parse_sbatch(text) | changes


def _time_is_the_start(text):
    found = re.search(r"--time=(\S+)", text)
    return {"time": None, "begin": found and found[1]}


def _rounds_down(text):
    return parse_sbatch(re.sub(r"(\d+:\d+):\d+", r"\1:00", re.sub(r"( |=)(\d+):\d+(?=\n)",
                                                                 r"\1\2:00", text)))  # fmt: skip


def _hours_and_minutes(text):
    """Read two numbers as hours and minutes."""
    return parse_sbatch(re.sub(r"(=|\s)(\d+:\d+)(?=\s)", r"\1\2:00", text))


def _lone_number_is_hours(text):
    return parse_sbatch(re.sub(r"(--time=|-t ?)(\d+)(?=\s)", r"\1\2:00:00", text))


def _days_ignored(text):
    found = parse_sbatch(text)
    return found if found["time"] is None else found | {"time": found["time"] % 1440}


def _long_options_only(text):
    return parse_sbatch(re.sub(r"\s-[tb].*", "", text))


def _first_counts(text):
    lines = text.splitlines()
    first = next((line for line in lines if re.match(r"#SBATCH.*(--time|-t)", line)), None)
    begin = parse_sbatch(text)["begin"]
    return {"time": first and parse_sbatch(f"#!\n{first}\n")["time"], "begin": begin}


def _whole_file(text):
    """Read options after the first command too."""
    return parse_sbatch("\n".join(line for line in text.splitlines() if line.startswith("#")))


def _comments_read(text):
    return parse_sbatch(text.replace(" #", " ").replace("##", "#"))


EXERCISE = Exercise(
    id="10.2-e3",
    name="parse_sbatch",
    reference=parse_sbatch,
    cases=_cases,
    judge=_judge,
    hints=(
        "Three steps: which lines count, which options they hold, what the time means.",
        "Stop at the first line that is neither blank nor a comment. Cut each line at ' #'. A time "
        "with a dash begins with days and hours; without one, it ends with seconds if it has a "
        "colon.",
        're.findall(r"(?:^|\\s)(?:--time[=\\s]\\s*|-t\\s*)(\\S+)", line); then split at "-" and '
        '":", and fill up with zeros: at the end if there is a dash, else around.',
    ),
    wrong=(
        Wrong("time is the start", _time_is_the_start, "--time is no start"),
        Wrong("rounds down", _rounds_down, "rounded up"),
        Wrong("hours and minutes", _hours_and_minutes, "minutes and seconds"),
        Wrong("a number is hours", _lone_number_is_hours, "30 are minutes"),
        Wrong("days forgotten", _days_ignored, "With a dash"),
        Wrong("long options only", _long_options_only, "say the same"),
        Wrong("the first counts", _first_counts, "The last one counts"),
        Wrong("reads on after a command", _whole_file, "before the first command"),
        Wrong("comments are options", _comments_read, "a comment"),
    ),
    note="A limit of 0 or UNLIMITED means none at all, which most partitions refuse. Without "
    "--time the partition's own limit applies.",
    equivalent={
        "minutes: `[0, *parts, 0]` -> `[0, *parts, -1]`": "less than a minute is rounded up to 0",
    },
)
