"""pyproject.toml, constraints.txt, environment.yml, Makefile and README say the same."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from mlsdlib.course.cli import app
from mlsdlib.course.sections import discover

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
COURSE = [*PROJECT["dependencies"], *EXTRAS["course"]]
EXTRA = [line for name in ("cluster", "containers", "test", "bench") for line in EXTRAS[name]]
DIRECT = [*COURSE, *EXTRA]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LINES = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
HERE = [line for line in LINES if line.marker is None or line.marker.evaluate()]
PINS = {canonicalize_name(line.name): str(line.specifier).removeprefix("==") for line in HERE}


def pip_section():
    (pip,) = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    return pip


def conda_section():
    return [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]


# ---- environment.yml


def test_the_environment_lists_the_requirements_word_for_word():
    listed = [line for line in pip_section() if not line.startswith("-")]
    assert listed == COURSE


def test_the_environment_pins_and_installs_the_checkout():
    options = [line for line in pip_section() if line.startswith("-")]
    assert options == ["-c constraints.txt", "-e ."]
    assert pip_section()[0] == options[0]
    assert pip_section()[-1] == options[1]


def test_the_environment_is_named_and_takes_python_and_pip_from_conda_forge():
    assert (CONDA["name"], CONDA["channels"]) == ("mlsdlib", ["conda-forge"])
    assert [entry.split("=")[0] for entry in conda_section()] == ["python", "pip"]


def test_the_environments_python_is_the_oldest_that_the_project_takes():
    # Binder reads `python=3.11` and nothing else; a range would give it a Python of its own.
    python = conda_section()[0]
    assert re.fullmatch(r"python=\d+\.\d+", python)
    (lowest,) = [spec for spec in SpecifierSet(PROJECT["requires-python"]) if spec.operator == ">="]
    assert python.removeprefix("python=") == lowest.version


def test_ruff_and_the_makefile_take_the_same_python():
    wanted = SpecifierSet(PROJECT["requires-python"])
    minors = [f"3.{minor}" for minor in range(9, 20) if Version(f"3.{minor}") in wanted]
    first, last = (minor.replace(".", ", ") for minor in (minors[0], minors[-1]))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"({first}) <= sys.version_info[:2] <= ({last})" in makefile
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert config["tool"]["ruff"]["target-version"] == f"py{minors[0].replace('.', '')}"


# ---- pins


@pytest.mark.parametrize("text", DIRECT)
def test_a_direct_requirement_is_pinned_inside_its_range(text):
    requirement = Requirement(text)
    pin = PINS.get(canonicalize_name(requirement.name))
    assert pin, f"{requirement.name} is not in constraints.txt"
    assert requirement.specifier.contains(pin, prereleases=True)


def test_every_constraint_is_one_exact_version():
    for line in LINES:
        (spec,) = line.specifier
        assert spec.operator == "=="
        Version(spec.version)


@pytest.mark.parametrize("python", ["3.11.0", "3.11.5", "3.12.0", "3.13.0"])
def test_no_package_is_pinned_twice_under_any_python(python):
    names = [
        line.name
        for line in LINES
        if line.marker is None or line.marker.evaluate({"python_full_version": python})
    ]
    assert len(names) == len(set(names))


def test_all_that_the_course_and_its_extras_pull_in_is_pinned():
    """Follow the requirements of what is installed, as pip did: outputs depend on these."""
    waiting = [Requirement(text) for text in [*COURSE, *EXTRAS["cluster"], *EXTRAS["containers"]]]
    seen, unpinned = set(), set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        key = (name, *sorted(requirement.extras))
        extras = requirement.extras or {""}
        if key in seen:
            continue
        seen.add(key)
        try:
            below = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # a marker or an extra that is not for this machine
            continue
        if name not in PINS:
            unpinned.add(name)
        for text in below:
            child = Requirement(text)
            if child.marker is None or any(child.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(child)
    assert unpinned - {"setuptools", "pip"} == set()


# ---- README


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def commands(readme):
    """What the README shows as code, without comments."""
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", readme, re.DOTALL))
    return re.sub(r" # .*", "", code)


@pytest.mark.parametrize("section", discover(ROOT), ids=lambda section: section.name)
def test_the_readme_lists_each_section_with_its_question(readme, section):
    title = section.title.split(" ", 1)[1]
    plain = re.sub(r"\s+", " ", re.sub(r"[*`]", "", readme))
    assert title in plain
    assert re.sub(r"[*`]", "", section.question) in plain
    assert section.stem in readme


def test_the_readme_lists_no_section_that_is_not_there(readme):
    stems = {section.stem for section in discover(ROOT)}
    assert set(re.findall(r"notebooks/(\d\d_\w+)\.(?:ipynb|py)", readme)) <= stems


def test_the_readme_names_only_commands_that_there_are(commands):
    there = {command.name or command.callback.__name__ for command in app.registered_commands}
    there |= {group.name for group in app.registered_groups}
    assert {"run", "reset", "doctor"} <= set(re.findall(r"\bmlsd ([a-z]+)", commands)) <= there


def test_the_readme_names_only_make_targets_that_there_are(commands):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    assert {"run", "test", "lab"} <= set(re.findall(r"\bmake ([a-z-]+)", commands)) <= targets


def test_every_make_target_is_phony_or_a_file():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"(?m)^\.PHONY: (.+)$", makefile)
    assert set(phony.split()) == set(re.findall(r"(?m)^([a-z-]+):", makefile))
