"""What the code imports is declared: nothing comes along by luck with another package."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PACKAGE_OF = {
    "imblearn": "imbalanced-learn",
    "nats": "nats-py",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def imported(folder):
    names = set()
    for file in (ROOT / folder).rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "# /// script" in text:  # it names its packages itself, and runs apart
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    ours = {"mlsdlib", "tests"}
    return {PACKAGE_OF.get(n, canonicalize_name(n)) for n in names - ours - sys.stdlib_module_names}


def declared(*extras):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return {canonicalize_name(Requirement(line).name) for line in lines}


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("mlsdlib", ["course", "cluster"]),
        ("notebooks", ["course"]),
        ("tests", ["course", "test"]),
    ],
)
def test_every_package_imported_is_declared(folder, extras):
    assert imported(folder), f"{folder} imports nothing: is it there?"
    assert imported(folder) - declared(*extras) == set()
