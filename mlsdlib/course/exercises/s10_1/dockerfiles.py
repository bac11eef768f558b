"""Exercise 10.1-e1: what does a Dockerfile take without saying which bytes it means?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from mlsdlib.course.exercises.base import Case, Exercise, Problem, Wrong

__all__ = ["EXERCISE"]


def audit_dockerfile(txt):
    """Return a list of [line, rule], one for each thing that is left open."""
    found, stages, parts, begun = [], {"scratch"}, [], 0
    for number, line in enumerate(txt.splitlines(), 1):
        if line.startswith("#"):
            continue
        begun = begun if parts else number
        parts.append(line.rstrip("\\"))
        if line.endswith("\\"):
            continue
        text, parts, rules = " ".join(parts), [], []
        words = text.split()
        if text.startswith("FROM"):
            image = words[1]
            if image not in stages and "@sha256:" not in image:
                rules.append("digest")
                if ":" not in image.split("/")[-1] or image.endswith(":latest"):
                    rules.append("tag")
            stages.update(words[3:])
        if text.startswith("RUN"):
            if "apt-get install" in text:
                names = text.split("apt-get install")[1].split("&&")[0].split()
                if not all("=" in name or name.startswith("-") for name in names):
                    rules.append("apt")
            if "curl" in words and "sha256sum" not in words:
                rules.append("curl")
            if "git clone" in text and not re.search("checkout [0-9a-f]{40}", text):
                rules.append("git")
        found += [[begun, rule] for rule in rules]
    return found


_DIGEST = "python:3.12-slim@sha256:" + 16 * "9f3a"
_COMMIT = 10 * "4be1"
_PIECES = {
    "image": ("python", "python:latest", "python:3.12", _DIGEST, "hub.shop:5000/base"),
    "git": (
        "git clone https://git.shop/apex",
        "git clone https://git.shop/apex && cd apex && git checkout main",
        f"git clone https://git.shop/apex && cd apex && \\\n    git checkout {_COMMIT}",
    ),
    "curl": (
        "curl -O https://shop/model.bin",
        "curl -O https://shop/model.bin && echo '1b2c model.bin' | \\\n    sha256sum -c",
    ),
    "apt": (
        "apt-get update && apt-get install -y libgomp1",
        "apt-get install -y libgomp1=14.2.0-3",
        "apt-get install -y libgomp1=14.2.0-3 \\\n    git && rm -rf /var/lib/apt",
        "apt-get install -y libgomp1=14.2.0-3 && rm -rf /var/lib/apt",
    ),
}


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield {"args": ["FROM python:latest\nRUN git clone https://git.shop/apex"]}
    for image in _PIECES["image"]:
        yield {"args": [f"FROM {image}\nCOPY . /app"]}
    for kind in ("git", "curl", "apt"):
        for command in _PIECES[kind]:
            yield {"args": [f'FROM {_DIGEST}\nRUN {command}\nCMD ["serve"]']}
    yield {"args": [f"FROM {_DIGEST} AS build\nRUN make\nFROM build\nRUN make test"]}  # a stage
    yield {"args": ["FROM scratch\nCOPY model /model"]}
    yield {"args": [f"# FROM python\nFROM {_DIGEST}\n# RUN curl -O https://shop/x\nRUN make"]}
    yield {
        "args": [f"FROM {_DIGEST}\nRUN make && \\\n    git clone https://git.shop/apex\nUSER app"]
    }
    yield {"args": [f"FROM {_DIGEST}\nRUN make && \\\n# curl by hand\n    make test"]}
    yield {"args": ["FROM python:3.12\nRUN make\nFROM python:3.12\nRUN make test"]}  # no stage
    both = "apt-get install -y git \\\n    && git clone https://git.shop/apex"
    yield {"args": [f"FROM python\nRUN make\nRUN {both}\nRUN curl -O https://shop/x"]}
    yield {"args": [f"FROM {_DIGEST}\nCOPY curl /usr/bin\nENV A=1\nRUN pip install ./curl"]}
    yield {"args": [""]}
    for _ in range(20):
        lines = [f"FROM {rng.choice(_PIECES['image'])}"]
        for kind in rng.permutation(["git", "curl", "apt"])[: rng.integers(4)]:
            lines.append(f"RUN {rng.choice(_PIECES[kind])}")
            lines += ["# a remark"] * int(rng.integers(2))
        yield {"args": ["\n".join(lines)]}


_WHY = {
    "tag": "No tag means latest, and latest moves; the colon of a registry's port is no tag.",
    "digest": "A tag can be moved to another image: only @sha256: names the bytes. A stage of this "
    "file and scratch need none.",
    "git": "A clone is of today's branch, unless a commit of 40 hexadecimal digits is checked out "
    "in the same RUN.",
    "curl": "A download needs sha256sum in the same RUN.",
    "apt": "Each package of apt-get install needs =version; words up to && count, options do not.",
}


def _judge(case: Case, result: object) -> Problem | None:
    expected = audit_dockerfile(*case["args"])
    if not isinstance(result, list) or not all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in result
    ):
        return Problem(expected, "Return a list of [line, rule].")
    got = sorted([list(pair) for pair in result], key=str)
    if got == sorted(expected, key=str):
        return None
    remarks = {n for n, line in enumerate(case["args"][0].splitlines(), 1) if line[:1] == "#"}
    if any(line in remarks for line, _ in got):
        return Problem(expected, "A line that begins with # is a remark, and takes nothing.")
    rules, wanted = [sorted(str(rule) for _, rule in pairs) for pairs in (got, expected)]
    if rules == wanted:
        why = (
            "The rules are right, the lines are not: an instruction that goes on behind a "
            "backslash has the number of its first line, and comments count as lines."
        )
        return Problem(expected, why)
    odd = next((r for r in _WHY if rules.count(r) != wanted.count(r)), None)
    return Problem(expected, _WHY.get(odd, f"The rules are {', '.join(_WHY)}."))


def _without(rule):
    def audit(txt):
        return [pair for pair in audit_dockerfile(txt) if pair[1] != rule]

    return audit


def _each_line_alone(txt):
    joined = txt.replace("\\\n", "\n")
    return audit_dockerfile(
        "\n".join(
            line if line.split(" ")[0].isupper() else f"RUN {line}" for line in joined.splitlines()
        )
    )


def _any_colon_is_a_tag(txt):
    colons = {
        n for n, line in enumerate(txt.splitlines(), 1) if line.startswith("FROM") and ":" in line
    }
    return [
        [n, rule]
        for n, rule in audit_dockerfile(txt)
        if rule != "tag" or n not in colons or "latest" in txt
    ]


def _any_checkout(txt):
    return audit_dockerfile(re.sub("checkout main", f"checkout {_COMMIT}", txt))


def _reads_comments(txt):
    return audit_dockerfile(re.sub("(?m)^# ?", "", txt))


def _instructions_are_counted(txt):
    numbers = {}
    return [[numbers.setdefault(n, len(numbers) + 1), r] for n, r in audit_dockerfile(txt)]


EXERCISE = Exercise(
    id="10.1-e1",
    name="audit_dockerfile",
    reference=audit_dockerfile,
    cases=_cases,
    judge=_judge,
    hints=(
        "First join the lines that a backslash continues, and remember where each began. Then ask "
        "of each instruction what it takes from outside.",
        "FROM: the first word is the image; a stage's name stands behind AS. The tag comes after "
        "the last slash. RUN: look for 'git clone', 'curl', 'apt-get install'.",
        'names = text.split("apt-get install")[1].split("&&")[0].split(); open if any name has '
        'neither "=" nor a leading "-". re.search("checkout [0-9a-f]{40}", text) for git.',
    ),
    wrong=(
        Wrong("tags are enough", _without("digest"), "only @sha256: names the bytes"),
        Wrong("forgets git", _without("git"), "today's branch"),
        Wrong("forgets curl", _without("curl"), "needs sha256sum"),
        Wrong("forgets apt", _without("apt"), "needs =version"),
        Wrong("any colon is a tag", _any_colon_is_a_tag, "port is no tag"),
        Wrong("any checkout will do", _any_checkout, "40 hexadecimal digits"),
        Wrong("reads comments", _reads_comments, "is a remark"),
        Wrong("counts instructions", _instructions_are_counted, "lines are not"),
    ),
    equivalent={
        "audit_dockerfile: `([], {'scratch'}, [], 0)` -> `([], {'scratch'}, [], 1)`": "the number "
        "is set before it is used",
        "audit_dockerfile: `([], {'scratch'}, [], 0)` -> `([], {'scratch'}, [], -1)`": "as above",
        "audit_dockerfile: `3:` -> `2:`": "no image is called AS: names are in small letters",
    },
    note="It reads words and does not know a shell: a script that is copied in and then run can "
    "fetch what it likes. The only proof is to build twice and compare the digests.",
)
