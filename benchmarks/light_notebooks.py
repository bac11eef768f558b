"""Notebooks that do little, for `bench_batch`: it measures what it costs to run them.

As a program, ``python light_notebooks.py KIND COUNT FOLDER``, it runs COUNT of them by `run_jobs`
with two workers, as papermill's command runs one, and prints the seconds of that call.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from mlsdlib.course.batch import run_jobs
from mlsdlib.course.inputs import section_files, third_party
from mlsdlib.course.jobs import Job
from mlsdlib.course.manifest import job_key
from mlsdlib.course.store import Store

WORKERS = 2
CLOCK = "clock"
"""Tag of the cells that read the processor's clock: nothing else differs between two runs."""

_START = "import time\nclock = time.process_time()"
_IMPORTED = "imports = time.process_time() - clock\nclock = time.process_time()"
_TELL = 'import json\nprint(json.dumps({"imports": imports, "cells": time.process_time() - clock}))'
_COURSE = 'from mlsdlib.course import begin, claim, recap, show, subplots\nbegin("9.9")'
_FRAMES = "import numpy as np\nimport pandas as pd\nfrom matplotlib import pyplot as plt"
_MODELS = "import torch\nfrom sklearn.linear_model import LogisticRegression"
_TABLE = """
rng = np.random.default_rng({number})
frame = pd.DataFrame({{"x": rng.normal(size=500), "y": rng.normal(size=500)}})
frame.groupby(frame["x"] > 0).mean().round(6)
"""
_FIGURE = """
fig, axis = subplots(figsize=(4, 3))
axis.scatter(frame["x"], frame["y"], s=4)
axis.set(xlabel="x", ylabel="y", title="Noise")
show(fig, alt="a round cloud of points without any structure")
"""
_FIT = """
target = frame["x"] > 0
print(round(LogisticRegression().fit(frame, target).score(frame, target), 3))
print(round(torch.relu(torch.tensor(frame.to_numpy())).mean().item(), 6))
"""
_RECAP = """
_ = claim("9.9-1", "Two is above one", 2, above=1, exact=True, reason="a constant")
recap()
"""
KINDS = {
    "empty": [_COURSE, _RECAP],
    "small": [f"{_FRAMES}\n{_COURSE}", _TABLE, _FIGURE, _RECAP],
    "light": [f"{_FRAMES}\n{_MODELS}\n{_COURSE}", _TABLE, _FIGURE, _FIT, _RECAP],
}
"""The code cells of each kind, its imports first."""


def source(kind: str, number: int) -> str:
    """Return a notebook as text; its number is the seed of its data."""
    imports, *middle, last = (text.format(number=number).strip() for text in KINDS[kind])
    clocks = (_START, _IMPORTED, _TELL)
    texts = [_START, imports, _IMPORTED, *middle, _TELL, last]
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{position}",
            "metadata": {"tags": [CLOCK] if text in clocks else []},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for position, text in enumerate(texts)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    facts = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": facts, "nbformat": 4, "nbformat_minor": 5})


def job(kind: str, number: int, store: Store) -> Job:
    """Return the job that `plan` would make, were the notebook a section of the course."""
    text = source(kind, number)
    code = "\n".join(cell["source"] for cell in json.loads(text)["cells"])
    return Job(
        section="9.9",
        notebook=f"{kind}.ipynb",
        source=text,
        output=f"{kind}-{number:03d}.ipynb",
        store=store,
        key=job_key(text, {}, ""),
        preload=tuple(third_party(code, section_files(code, "9.9"))),
    )


def outputs(folder: Path) -> dict[str, list]:
    """Return by name what the notebooks of a folder show, the processor's clock left out."""
    return {
        file.name: [
            cell["outputs"] for cell in _cells(file) if CLOCK not in cell["metadata"]["tags"]
        ]
        for file in folder.glob("*.ipynb")
    }


def processor_seconds(folder: Path) -> list[dict[str, float]]:
    """Return what each kernel has spent on its ``imports`` and on its other ``cells``."""
    return [
        json.loads("".join(cell["outputs"][0]["text"]))
        for file in sorted(folder.glob("*.ipynb"))
        for cell in _cells(file)
        if "".join(cell["source"]) == _TELL
    ]


def _cells(file: Path) -> list[dict]:
    return json.loads(file.read_text(encoding="utf-8"))["cells"]


def main(kind: str, count: str, folder: str) -> None:
    """Run them; print the seconds of `run_jobs`, and fail where one of them failed."""
    jobs = [job(kind, number, Store(folder)) for number in range(int(count))]
    start = time.perf_counter()
    results = run_jobs(jobs, workers=WORKERS)
    print(time.perf_counter() - start)
    sys.exit("\n".join(result.error for result in results if not result.ok) or None)


if __name__ == "__main__":
    main(*sys.argv[1:])
