"""The course's own cells, as strings: small parameters, and nothing of the course's windows."""

import re

import pytest

from mlsdlib.course.sections import select
from mlsdlib.course.shuffled import PRELUDE, code_cells
from mlsdlib.platform import run_cells


@pytest.mark.parametrize("name", ["0", "3.5", "5.1", "8.1"])
def test_the_first_cells_of_a_section_with_its_small_parameters(name):
    given = [cell.source for cell in select([name])[0].cells if cell.kind == "code"]
    for count in (1, 4, len(given)):
        cells = code_cells(name, count)
        assert len(cells) == count
        changed = [new != old for new, old in zip(cells, given, strict=False)]
        assert not any(changed[1:])  # the parameters stand in the first cell, and nowhere else
    for line in cells[0].splitlines():
        if quick := re.search(r"quick=? ?(\S+)", line):
            assert line.split(" = ")[1].split()[0] == quick.group(1)
    compile(cells[0], "parameters", "exec")


def test_parameters_without_a_small_value_stay():
    first = code_cells("3.5", 1)[0]
    assert "\nseed: int = 0 " in f"\n{first}"


def test_a_section_that_does_not_exist():
    with pytest.raises(ValueError, match=r"got '99\.9'"):
        code_cells("99.9", 3)


def test_the_prelude_prints_what_a_claim_measures_and_stays_silent_otherwise():
    source = (
        "from mlsdlib.course import begin, claim, exercise, predict, quiz, recap, show\n"
        "from mlsdlib.estimate import wilson\n"
        "begin('0'); predict('0-1', 'What?', guess=None); quiz('0-q1', choice=None); recap()\n"
        "claim('0-1', 'So', wilson(1, 2)); claim('0-2', 'So', 3, exact=True)\n"
        "exercise('0-e1').check(None)\n"
        "print(exercise('0-e1').use(None).__name__)"
    )
    (run,) = run_cells([[source]], prelude=PRELUDE)
    assert run.error == ""
    assert run.printed[0].splitlines()[:2] == ["0-1 0.5", "0-2 3"]
    assert len(run.printed[0].splitlines()) == 3


def test_a_run_may_change_its_data_and_the_next_does_not_see_it():
    load = "from mlsdlib import datasets\nrides = datasets.load_bike_sharing()"
    spoil = "rides['cnt'] = 0\nprint(rides['cnt'].sum())"
    runs = run_cells([[load, spoil], [load, "print(rides['cnt'].sum() > 0)"]], prelude=PRELUDE)
    assert [run.printed[1] for run in runs] == ["0\n", "True\n"]
