"""Bundles: whole or not there, verified before use, with stages and a lineage."""

from __future__ import annotations

import json
import threading
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mlsdlib.platform import (
    ARTEFACTS,
    BundleReport,
    ModelStore,
    save_pickle,
    try_bundle,
    try_pickle,
    verify_bundle,
)
from mlsdlib.platform import _model_store as inside
from mlsdlib.platform._experiments import FUNCTIONS
from mlsdlib.processes import Child

FILES = {f"{name}.txt": f"the {name}\n" for name in ARTEFACTS} | {
    "dependencies.txt": f"numpy=={version('numpy')}  # pinned\n\n"
}
ME = "tests.library.test_platform_models"


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models")


def test_a_bundle_holds_what_was_put_in(store, tmp_path):
    (tmp_path / "weights").write_bytes(b"\x00\x01")
    files = {name: text for name, text in FILES.items() if name != "parameters.txt"}
    bundle = store.save("churn", files | {"parameters.bin": tmp_path / "weights"})
    assert (bundle.version, bundle.stage, bundle.parents) == (1, "staging", ())
    assert bundle.file("parameters").read_bytes() == b"\x00\x01"
    assert bundle.file("tags").read_text() == "the tags\n"
    assert store.load("churn", 1) == bundle
    assert verify_bundle(bundle.folder).ok
    assert str(verify_bundle(bundle.folder)) == "ok"


@pytest.mark.parametrize("artefact", ARTEFACTS)
def test_no_artefact_may_lack(store, artefact):
    with pytest.raises(ValueError, match=f"missing: {artefact}"):
        store.save("churn", {name: c for name, c in FILES.items() if name != f"{artefact}.txt"})
    bundle = store.save("churn", FILES)
    bundle.file(artefact).unlink()
    assert verify_bundle(bundle.folder).missing == (f"{artefact}.txt",)
    with pytest.raises(ValueError, match=f"churn 1 must not be used: missing: {artefact}"):
        store.load("churn", 1)
    with pytest.raises(FileNotFoundError, match=f"churn 1 has no {artefact}"):
        bundle.file(artefact)


def test_verify_names_everything(store):
    bundle = store.save("churn", FILES)
    bundle.file("tags").write_text("the tagS\n")
    bundle.file("code").unlink()
    (bundle.folder / "__pycache__").mkdir()
    (bundle.folder / "__pycache__" / "functions.pyc").touch()
    report = verify_bundle(bundle.folder, installed={"numpy": "0.1"})
    assert report == BundleReport(
        ("code.txt",), ("tags.txt",), ("__pycache__/functions.pyc",),
        (f"numpy=={version('numpy')} (have 0.1)",))  # fmt: skip
    assert not report.ok
    assert str(report).startswith("missing: code.txt; changed: tags.txt; extra: __pycache__/")


@pytest.mark.parametrize(
    ("text", "unmet"),
    [
        ("", ()), ("# nothing\n\n", ()), ("numpy", ("numpy (no version)",)),
        ("no-such-package==1", ("no-such-package==1 (have none)",)),
        (f"numpy == {version('numpy')}", ()), ("numpy>=1", ("numpy>=1 (no version)",)),
    ],
)  # fmt: skip
def test_versions_are_those_installed(store, text, unmet):
    bundle = store.save("churn", FILES | {"dependencies.txt": text})
    assert verify_bundle(bundle.folder).versions == unmet


def test_stages_and_the_way_back(store):
    for _ in range(3):
        store.save("churn", FILES)
    with pytest.raises(KeyError, match="no version of 'churn' is in production"):
        store.load("churn")
    for number in (1, 3):
        store.promote("churn", number)
    assert [b.stage for b in store.versions("churn")] == ["archived", "staging", "production"]
    store.promote("churn", 1)  # back
    assert store.load("churn").version == 1
    assert [b.stage for b in store.versions("churn")] == ["production", "staging", "archived"]
    store.versions("churn")[1].file("data").write_text("other")
    with pytest.raises(ValueError, match=r"churn 2 must not be used: changed: data\.txt"):
        store.promote("churn", 2)
    assert ModelStore(store.folder).load("churn").version == 1


def test_lineage_and_digests(store):
    base = store.save("text", FILES | {"tags.txt": "base"})
    first = store.save("churn", FILES, parents=[base])
    second = store.save("churn", FILES, parents=[first, base])
    assert [(b.name, b.version) for b in store.lineage("churn", 2)] == [
        ("churn", 2), ("churn", 1), ("text", 1)]  # fmt: skip
    assert len({base.digest, first.digest, second.digest}) == 3
    again = store.save("churn", dict(reversed(FILES.items())), parents=[base])
    assert again.digest == first.digest  # the same contents, in whatever order


def test_nothing_half_written_is_left(store, monkeypatch):
    store.save("churn", FILES)
    write, calls = inside.write_bytes, []

    def fail(file, content, *, durable):
        calls.append(file)
        if len(calls) == 5:
            raise OSError("no space left")
        write(file, content, durable=durable)

    monkeypatch.setattr(inside, "write_bytes", fail)
    with pytest.raises(OSError, match="no space left"):
        store.save("churn", FILES)
    assert sorted(file.name for file in (store.folder / "churn").iterdir()) == ["1"]


def save_for_ever(folder):
    store = ModelStore(folder)
    while True:
        print(store.save("churn", FILES).version, flush=True)


def test_a_killed_writer_leaves_whole_bundles(store):
    told = 0
    for _ in range(3):
        with Child(f"{ME}:save_for_ever", {"folder": str(store.folder)}) as child:
            told = max(int(child.hear()) for _ in range(5))
    versions = store.versions("churn")
    assert len(versions) >= told
    assert all(verify_bundle(bundle.folder).ok for bundle in versions)


def test_writers_at_the_same_time_get_versions_of_their_own(store):
    found = []

    def write():
        found.extend(store.save("churn", FILES).version for _ in range(5))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 21))


def test_store_refuses(store, tmp_path):
    with pytest.raises(ValueError, match="name must be letters"):
        store.save("../churn", FILES)
    with pytest.raises(ValueError, match="eight artefacts"):
        store.save("churn", FILES | {"notes.txt": ""})
    with pytest.raises(ValueError, match="eight artefacts"):
        store.save("churn", FILES | {"tags.json": ""})
    nested = {name: text for name, text in FILES.items() if name != "tags.txt"}
    with pytest.raises(ValueError, match="eight artefacts"):
        store.save("churn", nested | {"sub/tags.txt": ""})
    with pytest.raises(TypeError, match=r"files\['tags.txt'\] must be text, bytes or a path"):
        store.save("churn", FILES | {"tags.txt": {"owner": "me"}})
    assert store.versions("churn") == []
    with pytest.raises(KeyError, match="no version 3 of 'churn': there are none"):
        store.load("churn", 3)
    with pytest.raises(FileNotFoundError, match=r"folder must hold a manifest\.json"):
        verify_bundle(tmp_path)
    for content in ("", "[]", json.dumps({"files": {}})):
        Path(tmp_path, "manifest.json").write_text(content)
        with pytest.raises(ValueError, match="cannot be read"):
            verify_bundle(tmp_path)


# ---- in a fresh process


CLASS = """
class Model:
    def __init__(self, cut):
        self.cut = cut
    def decide(self, rows):
        return [int(row[0] > self.cut) for row in rows]
"""


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("", ""), [0, 1]), ((">", "<"), [1, 0]), (("self.cut", "self.limit"), None),
        (("class Model", "class Other"), None),
    ],
)  # fmt: skip
def test_a_pickle_takes_its_class_from_where_it_is_opened(tmp_path, edit, expected):
    file, tables = tmp_path / "model.pickle", tmp_path / "tables.npz"
    np.savez(tables, new=[[1.0], [3.0]])
    for name, text in (("old", CLASS), ("new", CLASS.replace(*edit))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mymodels.py").write_text(text)
    save_pickle(file, tmp_path / "old", "mymodels:Model", [2.0])
    assert try_pickle(file, tmp_path / "new", tables) == expected


def test_each_artefact_serves_some_task(store, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.poisson(3, (300, 2)).astype(float)
    y = (rng.random(300) < 1 / (1 + np.exp(2 - x[:, 0]))).astype(int)
    np.savez(tmp_path / "t.npz", columns=["n", "a"], x=x, y=y, customer=np.arange(300), new=x)
    for number, factor in ((1, 1), (2, 3)):
        (tmp_path / "packages" / str(number)).mkdir(parents=True)
        (tmp_path / "packages" / str(number) / "tools.py").write_text(f"FACTOR = {factor}\n")
    end = "for name in columns])"
    functions = "import tools\n" + FUNCTIONS.replace(end, f"{end} * tools.FACTOR")
    bundle = store.save("churn", {
        "definition.json": json.dumps({"columns": ["n", "a"], "threshold": 0.6}),
        "parameters.json": json.dumps([1.0, 0.1, -2.0]),
        "functions.py": functions,
        "dependencies.txt": "tools==1\n",
        "data.json": json.dumps(list(range(150))),
        "code.py": "def train(x, y):\n    return x[y == 1].mean(axis=0)\n",
        "experiment.json": json.dumps({"auc": 0.7}),
        "tags.json": json.dumps({"task": "leaves"}),
    })  # fmt: skip

    def ask():
        return try_bundle(bundle.folder, packages=tmp_path / "packages", tables=tmp_path / "t.npz")

    whole = ask()
    score = 1 / (1 + np.exp(-(x[:, 0] + 0.1 * x[:, 1] - 2)))
    assert whole[0] == (score > 0.6).astype(int).tolist()
    assert whole[1] == pytest.approx(roc_auc_score(y[150:], score[150:]))
    assert whole[3] == ["leaves", 0.7]
    found = {}
    for artefact in ARTEFACTS:
        file = bundle.file(artefact)
        kept = file.read_bytes()
        file.unlink()
        found[artefact] = [
            "loud" if a is None else a == b for a, b in zip(ask(), whole, strict=True)
        ]
        file.write_bytes(kept)
    assert verify_bundle(bundle.folder, installed={"tools": "1"}).ok  # nothing was left behind
    assert found == {
        "definition": [False, False, False, True], "parameters": ["loud", "loud", True, True],
        "functions": [True, True, True, True], "dependencies": [False, True, False, True],
        "data": [True, False, False, True], "code": [True, True, "loud", True],
        "experiment": [True, True, True, "loud"], "tags": [True, True, True, "loud"],
    }  # fmt: skip
