"""A local index, resolved by pip; and the runner of cells."""

import hashlib
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from mlsdlib.platform import (
    CellRun,
    Pin,
    Release,
    ResolveError,
    bookings,
    reorderings,
    resolve,
    run_cells,
    simulate_releases,
    write_wheels,
)


def newest_that_fit(releases, names):
    """Resolve without a resolver: right where no two requirements of one package conflict."""
    waiting, chosen = [Requirement(name) for name in names], {}
    while waiting:
        wanted = waiting.pop()
        fits = [r for r in releases if r.name == wanted.name and r.version in wanted.specifier]
        best = max(fits, key=lambda r: Version(r.version))
        if wanted.name not in chosen:
            chosen[wanted.name] = best.version
            waiting += [Requirement(line) for line in best.requires]
    return chosen


def test_pip_chooses_what_the_newest_fitting_releases_are(tmp_path):
    releases = [r for project in simulate_releases(1, days=360, rng=3) for r in project]
    write_wheels(tmp_path, releases)
    named = [f"p0-{name}" for name in ("frames", "learner", "plots", "client")]
    found = resolve(tmp_path, named)
    assert {name: pin.version for name, pin in found.items()} == newest_that_fit(releases, named)
    file = next(tmp_path.glob(f"p0_arrays-{found['p0-arrays'].version}-*.whl"))
    assert found["p0-arrays"].sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_cap_holds_a_package_back_and_a_hash_refuses_another_file(tmp_path):
    old, new = Release("b", "1.0", 0), Release("b", "2.0", 9)
    write_wheels(tmp_path, [Release("a", "1.0", 0, ("b>=1,<2",)), old, new])
    found = resolve(tmp_path, ["a"])
    assert {name: pin.version for name, pin in found.items()} == {"a": "1.0", "b": "1.0"}
    lock = [f"{name}=={pin.version} --hash=sha256:{pin.sha256}" for name, pin in found.items()]
    assert resolve(tmp_path, lock, hashes=True) == found
    write_wheels(tmp_path, [Release("b", "1.0", 0, content="other = True")])
    plain = resolve(tmp_path, [line.split()[0] for line in lock])
    assert plain["b"] == Pin("1.0", plain["b"].sha256) != found["b"]
    with pytest.raises(ResolveError, match="DO NOT MATCH THE HASHES"):
        resolve(tmp_path, lock, hashes=True)
    with pytest.raises(ResolveError, match="No matching distribution"):
        resolve(tmp_path, ["missing"])


def test_wheels_are_the_same_byte_for_byte_and_say_what_is_in_them(tmp_path):
    release = Release("a-b", "1.2", 0, ("c>=1",), content="x = 1\n")
    (path,) = write_wheels(tmp_path, [release])
    before = path.read_bytes()
    assert write_wheels(tmp_path, [release])[0].read_bytes() == before
    with zipfile.ZipFile(path) as wheel:
        assert wheel.read("a_b.py") == b"x = 1\n"
        assert b"Requires-Dist: c>=1" in wheel.read("a_b-1.2.dist-info/METADATA")
        listed = wheel.read("a_b-1.2.dist-info/RECORD").decode().splitlines()
        assert [line.split(",")[0] for line in listed] == wheel.namelist()


def test_histories_begin_on_day_0_and_versions_rise():
    projects = simulate_releases(20, days=360, rng=1)
    assert [sum(r.day == 0 for r in project) for project in projects] == [12] * 20
    for project in projects:
        assert [r.day for r in project] == sorted(r.day for r in project)
        for name in {r.name for r in project}:
            versions = [Version(r.version) for r in project if r.name == name]
            assert versions == sorted(set(versions))
    again = simulate_releases(20, days=360, rng=np.random.default_rng(1))
    assert again == projects
    # rates are log-uniform from 0.05 to 1 a month, 0.317 on average, for 12 packages and 12 months
    later = np.mean([len(project) - 12 for project in projects])
    assert later == pytest.approx(0.317 * 144, rel=0.15)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"projects": 0, "days": 1}, ValueError, "projects must be at least 1, got 0"),
        ({"projects": 1, "days": -1}, ValueError, "days must be at least 0, got -1"),
        ({"projects": 1.5, "days": 1}, TypeError, "projects must be a whole number"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        simulate_releases(**arguments)


def test_runs_do_not_see_each_other_and_end_at_the_first_error():
    found = run_cells([["x = 1", "print(x)", "1 / 0", "print(2)"], ["print(x)"], []])
    assert found == [
        CellRun(("", "1\n"), "ZeroDivisionError"),
        CellRun((), "NameError"),
        CellRun(()),
    ]


def test_the_prelude_runs_once_and_what_it_changes_stays():
    prelude = "import math; math.tau_ = 6.28; print('not seen')"
    assert run_cells([["import math; print(math.tau_)"]], prelude=prelude) == [CellRun(("6.28\n",))]
    with pytest.raises(RuntimeError, match="no_such_module"):
        run_cells([[]], prelude="import no_such_module")


def test_a_cell_may_define_a_dataclass_and_write_to_stderr():
    source = "import sys\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1"
    (run,) = run_cells([[source, "print(A(), file=sys.stderr)", "print(A().x)"]])
    assert run == CellRun(("", "", "1\n"))


@given(n=st.integers(4, 20), seed=st.integers(0, 99))
def test_orders_keep_the_set_up_and_change_one_thing(n, seed):
    plain = list(range(n))
    orders = {how: reorderings(n, how, rng=seed) for how in ("swap", "skip", "twice", "shuffle")}
    assert all(order[:2] == [0, 1] for some in orders.values() for order in some)
    assert [len(orders[how]) for how in orders] == [n - 3, n - 2, n - 2, 8]
    for order in orders["swap"]:
        moved = [k for k in plain if order[k] != k]
        assert sorted(order) == plain
        assert len(moved) == 2
        assert moved[1] - moved[0] == 1
    assert {tuple(sorted(set(plain) - set(order))) for order in orders["skip"]} == {
        (k,) for k in plain[2:]
    }
    for k, order in enumerate(orders["twice"], 2):
        assert order == sorted([*plain, k])
    assert all(sorted(order) == plain for order in orders["shuffle"])
    assert orders["shuffle"] == reorderings(n, "shuffle", rng=np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("n", "options", "error", "message"),
    [
        (6, {"how": "up"}, ValueError, "how must be among swap, skip, twice, shuffle; got 'up'"),
        (3, {"how": "swap"}, ValueError, "n must be at least 4, got 3"),
        (6, {"how": "shuffle", "shuffles": 0}, ValueError, "shuffles must be at least 1, got 0"),
        ("6", {"how": "swap"}, TypeError, "n must be a whole number"),
    ],
)
def test_wrong_orders(n, options, error, message):
    with pytest.raises(error, match=message):
        reorderings(n, **options)


def test_the_program_is_clean_and_each_mutant_is_one_change():
    clean = bookings.program(bookings.SOURCE)
    bookings.lint(bookings.SOURCE)
    bookings.unit(clean)
    for name, (kind, old, new) in bookings.MUTANTS.items():
        assert bookings.SOURCE.count(old) == 1, name
        source = bookings.SOURCE.replace(old, new)
        p = bookings.program(source)
        killed = bookings.fails(bookings.lint, source) or bookings.fails(bookings.unit, p)
        assert killed is (kind != "same"), name
