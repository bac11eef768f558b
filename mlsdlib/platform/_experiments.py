"""What becomes of a model in a fresh process, where something lacks or its class has changed."""

from __future__ import annotations

import contextlib
import json
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mlsdlib.processes import Child, load_function

FUNCTIONS = """
import numpy as np

def featurise(table, columns):
    return np.column_stack([table[name] for name in columns])

def predict(x, w):
    return 1 / (1 + np.exp(-(x @ w[:-1] + w[-1])))
"""
"""What somebody writes who has a logistic model's weights and lacks its functions."""

TASKS = ("decide", "evaluate", "retrain", "look up")


def try_bundle(folder: Path, *, packages: Path, tables: Path) -> list[object]:
    """Return what a fresh process answers to four `TASKS` with a bundle; None where it fails.

    Its four tasks: decide about new customers; the AUC on customers that it was not trained on;
    train again; look up the task and the AUC that are noted. Where something lacks, the process
    guesses, as a helpful colleague would: the columns in order of the alphabet and a threshold of a
    half, no transformation, the newest version of a package, no customers seen before. Weights,
    code and notes nobody can guess.

    Parameters
    ----------
    folder : path
        Its `definition` names `columns` and `threshold`, its `functions` are ``featurise(table,
        columns)`` and ``predict(x, w)``, its `dependencies` one line ``name==version``, its `data`
        the customers, and its `code` is ``train(x, y)``.
    packages : path
        Versions of the package, each a folder.
    tables : path
        An ``.npz`` file with `columns`, `customer`, `x` and `y` of the past, and `new` rows.
    """
    return _ask("use_bundle", len(TASKS), folder=folder, packages=packages, tables=tables)


def try_pickle(file: Path, library: Path, tables: Path) -> list | None:
    """Return what a pickled model decides in a fresh process; None if it cannot be loaded.

    Parameters
    ----------
    file : path
        The pickle of an object with a method ``decide(rows)``.
    library : path
        The folder with its class.
    tables : path
        As for `try_bundle`; it decides about the `new` rows.
    """
    return _ask("use_pickle", 1, file=file, library=library, tables=tables)[0]


def save_pickle(file: Path, library: Path, name: str, arguments: Sequence) -> None:
    """Make an object of the class ``"module:class"`` in a fresh process, and pickle it."""
    _ask("make_pickle", 1, file=file, library=library, name=name, arguments=arguments)


def _ask(job: str, lines: int, **arguments: object) -> list[object]:
    plain = {name: str(v) if isinstance(v, Path) else v for name, v in arguments.items()}
    # A folder with a model in it is to stay as it is.
    quiet = {"PYTHONDONTWRITEBYTECODE": "1"}
    with Child(f"{__name__}:{job}", plain, env=quiet) as child:
        answers = [json.loads(child.hear()) for _ in range(lines)]
        child.finish()
    return answers


def _tell(task: Callable[[], object], *failures: type[Exception]) -> None:
    answer = None
    with contextlib.suppress(*failures):
        answer = task()
    print(json.dumps(answer), flush=True)


def use_bundle(folder: str, packages: str, tables: str) -> None:
    """Do the four tasks; in a process of its own."""
    import numpy as np

    files = {file.stem: file for file in Path(folder).iterdir()}
    data = np.load(tables)
    columns, x, y = data["columns"].tolist(), data["x"], data["y"]

    def read(artefact: str, guess: object = None) -> object:
        if guess is not None and artefact not in files:
            return guess
        return json.loads(files[artefact].read_text())

    newest = max(place.name for place in Path(packages).iterdir())
    needs = files["dependencies"].read_text() if "dependencies" in files else f"=={newest}"
    sys.path.insert(0, f"{packages}/{needs.split('==')[1].strip()}")
    definition = read("definition", {"columns": sorted(columns), "threshold": 0.5})
    seen = np.isin(data["customer"], read("data", []))
    functions: dict = {}
    if "functions" in files:
        functions = {name: load_function(f"{files['functions']}:{name}")
                     for name in ("featurise", "predict")}  # fmt: skip
    else:
        exec(FUNCTIONS, functions)

    def features(x: np.ndarray) -> np.ndarray:
        table = dict(zip(columns, x.T, strict=True))
        return functions["featurise"](table, definition["columns"])

    def score(x: np.ndarray) -> np.ndarray:
        return functions["predict"](features(x), np.array(read("parameters")))

    def evaluate() -> float:
        pairs = score(x[~seen & (y == 1)])[:, None] - score(x[~seen & (y == 0)])
        return float(np.sign(pairs).mean() / 2 + 0.5)

    def retrain() -> list[float]:
        rows = seen if seen.any() else ~seen
        return load_function(f"{files['code']}:train")(features(x[rows]), y[rows]).tolist()

    for task in (
        lambda: (score(data["new"]) > definition["threshold"]).astype(int).tolist(),
        evaluate, retrain, lambda: [read("tags")["task"], read("experiment")["auc"]],
    ):  # fmt: skip
        _tell(task, KeyError)


def make_pickle(file: str, library: str, name: str, arguments: list) -> None:
    """Make an object and pickle it; in a process of its own."""
    sys.path.insert(0, library)
    Path(file).write_bytes(pickle.dumps(load_function(name)(*arguments)))
    _tell(lambda: True)


def use_pickle(file: str, library: str, tables: str) -> None:
    """Load a pickle and let it decide; in a process of its own."""
    import numpy as np

    sys.path.insert(0, library)
    rows = np.load(tables)["new"].tolist()
    _tell(lambda: pickle.loads(Path(file).read_bytes()).decide(rows), AttributeError, ImportError)
