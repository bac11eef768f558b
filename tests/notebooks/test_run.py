"""What `make test` calls: every phase counts, and none passes by doing nothing."""

import nbformat
import pytest

from tests import run


def outcome_of(tmp_path, source, *options):
    file = tmp_path / "test_trial.py"
    file.write_text(source)
    spared = ["-p", "no:cacheprovider", "-p", "no:nbval", "-p", "no:hypothesispytest"]
    return run.run(run.Phase("trial", [str(file), *spared, *options]))


def test_a_phase_counts_what_pytest_reports(tmp_path):
    source = "import pytest\n"
    source += "def test_a(): pass\ndef test_b(): assert 0\ndef test_c(): pytest.skip('later')\n"
    source += "@pytest.fixture\ndef broken(): 1 / 0\ndef test_d(broken): pass\n"
    outcome = outcome_of(tmp_path, source)
    assert (outcome.passed, outcome.failed, outcome.skipped) == (1, 2, 1)
    assert str(outcome).startswith("trial: 1 passed, 2 failed, 1 skipped in ")


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ("def test_a(): pass\n", ["-k", "nothing"]),
        ("def test_a(: pass\n", []),
        ("import os\ndef test_a(): os._exit(0)\n", []),
    ],
    ids=["none selected", "not Python", "broken down"],
)
def test_a_phase_that_ran_no_test_has_failed(tmp_path, source, options):
    outcome = outcome_of(tmp_path, source, *options)
    assert outcome.passed == 0
    assert outcome.failed >= 1  # pytest may count a second error as it ends


def timed(tmp_path, monkeypatch, *cells):
    """Run notebooks of one cell each, stored with "it holds", as a phase with a second look."""
    monkeypatch.setattr(run, "ROOT", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    files = []
    for number, source in enumerate(cells):
        output = nbformat.v4.new_output("stream", text="it holds\n")
        source = source.replace("FOLDER", str(tmp_path))
        cell = nbformat.v4.new_code_cell(source, outputs=[output], execution_count=1)
        files.append(f"notebooks/{number}_trial.ipynb")
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / files[-1])
    spared = ["--nbval", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    return run.run(run.Phase("timed", [*spared, *files], second_look=True))


COUNT = """
import pathlib
runs = pathlib.Path("FOLDER/runs")
runs.touch()
with runs.open("a") as log:
    log.write("x")
print("it holds" if {condition} else "it {otherwise}")
"""


def test_a_notebook_that_differs_once_gets_a_second_look_and_is_named(tmp_path, monkeypatch):
    shaky = COUNT.format(condition='runs.read_text() == "xx"', otherwise="is undecided")
    outcome = timed(tmp_path, monkeypatch, "print('it holds')", shaky)
    assert (outcome.passed, outcome.failed) == (2, 0)
    assert outcome.twice == ("notebooks/1_trial.ipynb",)
    assert str(outcome).endswith(" s; looked at twice: notebooks/1_trial.ipynb")


def test_what_differs_twice_has_failed_and_is_not_looked_at_again(tmp_path, monkeypatch):
    shaky = COUNT.format(condition="False", otherwise="is undecided")
    outcome = timed(tmp_path, monkeypatch, shaky, "print('it holds')")
    assert (outcome.passed, outcome.failed) == (1, 1)
    assert (tmp_path / "runs").read_text() == "xx"


def test_what_is_not_undecided_has_failed_at_once(tmp_path, monkeypatch):
    flipped = COUNT.format(condition="False", otherwise="fails")
    shaky = 'means = {"undecided": "in the source alone"}\n' + flipped
    outcome = timed(tmp_path, monkeypatch, shaky)
    assert (outcome.failed, outcome.twice) == (1, ())
    assert (tmp_path / "runs").read_text() == "x"


def test_no_second_look_where_something_else_failed_too(tmp_path, monkeypatch):
    said = "assert reference_output == test_output failed:\n  - it is undecided\n"
    found = run.Outcome("a", 3, 2), [("a.ipynb", said), ("b", said)]
    monkeypatch.setattr(run, "attempt", lambda phase: found)
    outcome = run.run(run.Phase("a", ["a.ipynb"], second_look=True))
    assert (outcome.failed, outcome.twice) == (2, ())


def test_only_notebooks_that_time_things_get_a_second_look():
    looked = [phase for phase in run.phases(everything=False) if phase.second_look]
    assert [p.name.split(";")[0] for p in looked] == ["timing notebooks"]


def test_phases_cover_every_notebook_and_solution_once():
    together, alone = run.notebooks()
    named = [a for phase in run.phases(everything=False) for a in phase.arguments]
    for file in [*together, *alone]:
        assert named.count(file) == named.count(run.solution(file)) == 1
    assert {*run.FOLDERS} <= {*named}


def test_all_runs_every_cell_of_every_solution_and_everything_at_full_size():
    found = list(run.phases(everything=True))
    slices = [p for p in found if any("solutions/" in a for a in p.arguments)]
    assert slices
    assert all("--all-cells" in phase.arguments for phase in slices)
    commands = [phase.arguments for phase in found if phase.module == "mlsdlib.course"]
    assert ["run", "--all", "--again"] in commands
    assert any("--solved" in command for command in commands)


def test_main_goes_on_after_a_failure_and_sums_up(monkeypatch, capsys):
    outcomes = {
        "a": run.Outcome("a", 5, 0),
        "b": run.Outcome("b", 1, 2),
        "c": run.Outcome("c", 3, 0),
    }
    monkeypatch.setattr(run, "phases", lambda *, everything: [run.Phase(n, []) for n in outcomes])
    monkeypatch.setattr(run, "run", lambda phase: outcomes[phase.name])
    monkeypatch.setattr("sys.argv", ["run.py"])
    assert run.main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "9 passed, 2 failed"
    del outcomes["b"]
    assert run.main() == 0


def test_notebooks_that_cannot_be_planned_are_a_failure_not_a_crash(monkeypatch, capsys):
    def broken():
        raise ValueError("section 9.9 has 0 parameters cells, needs one")

    monkeypatch.setattr(run, "notebooks", broken)
    monkeypatch.setattr(run, "run", lambda phase: run.Outcome(phase.name, 7, 0))
    monkeypatch.setattr("sys.argv", ["run.py"])
    assert run.main() == 1
    assert "section 9.9 has 0 parameters cells" in capsys.readouterr().out
