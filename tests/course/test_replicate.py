"""Replication: which verdict repeats over seeds, what is looked at again, and what is kept."""

import csv
import datetime
from dataclasses import asdict, replace

import nbformat
import pytest

from mlsdlib.course import cli_batch
from mlsdlib.course.claim import METADATA_KEY, Claim
from mlsdlib.course.jobs import Job, Result
from mlsdlib.course.replicate import COLUMNS, Look, print_table, record, replicate, rows
from mlsdlib.course.sections import select
from mlsdlib.course.store import Store

VERDICT = {"h": "holds", "f": "fails", "u": "undecided"}


def made(id, letter, seed=0):
    return Claim(id, "It pays", VERDICT[letter], 7, 6, 8, "", "t", 9, "above 1", {"seed": seed})


@pytest.fixture
def printed(tiny):
    """Write a section whose published notebook shows these claims: ``printed("9.9", claim)``."""
    tiny.claims.write_text("", encoding="utf-8")

    def write(number, *claims, varies="which rows are drawn"):
        stem = f"0{number.replace('.', '_')}_tiny"
        source = tiny.write().source.read_text(encoding="utf-8").replace("9.9", number)
        (tiny.root / "notebooks" / f"{stem}.py").write_text(source, encoding="utf-8")
        notebook = nbformat.reads(tiny.notebook.read_text(encoding="utf-8"), as_version=4)
        notebook.cells[-1].outputs = [
            nbformat.v4.new_output("display_data", {}, metadata={METADATA_KEY: asdict(claim)})
            for claim in claims
        ]
        nbformat.write(notebook, tiny.root / "notebooks" / f"{stem}.ipynb")
        with tiny.claims.open("a", encoding="utf-8") as file:
            for claim in claims:
                file.write(f'["{claim.id}"]\nabove = 1\nreason = "r"\nseed = "{varies}"\n')
        return tiny

    return write


class Over:
    """Runs nothing: gives each claim its letters, one a seed; ``!`` is a notebook that failed."""

    def __init__(self, *looks):
        self.looks, self.asked = list(looks), []

    def __call__(self, sections, parameters):
        seeds = parameters["seed"]
        self.asked.append(([section.name for section in sections], list(seeds)))
        letters = self.looks.pop(0)
        return [
            self.result(section.name, seed, {id: found[n] for id, found in letters.items()})
            for section in sections
            for n, seed in enumerate(seeds)
        ]

    @staticmethod
    def result(section, seed, letters):
        mine = {id: letter for id, letter in letters.items() if id.startswith(f"{section}-")}
        job = Job(section, "n.ipynb", "{}", f"{section}-{seed}", Store("unused"), {"seed": seed})
        if "!" in mine.values():
            return Result(job, f"{section}-{seed}.failed", 1.0, "ValueError: no")
        claims = [made(id, letter, seed) for id, letter in mine.items() if letter in VERDICT]
        return Result(job, job.output, 1.0, claims=tuple(claims))


def looked(over, seeds=20):
    return replicate(select([]), seeds, over)


# ---- the rule


def test_a_verdict_that_always_comes_out_repeats_after_one_look(printed):
    printed("9.9", made("9.9-1", "h"), made("9.9-2", "f"))
    over = Over({"9.9-1": "h" * 20, "9.9-2": "f" * 20})
    first, second = looked(over)
    assert [(k.claim, k.outcome, k.ok, k.seeds) for k in (first, second)] == [
        ("9.9-1", "repeats", True, 20),
        ("9.9-2", "repeats", True, 20),
    ]
    assert over.asked == [(["9.9"], list(range(1, 21)))]


@pytest.mark.parametrize("first", ["h" * 19 + "u", "h" * 19 + "f", "u" + "h" * 18 + "f"])
@pytest.mark.parametrize(
    ("second", "outcome"),
    [
        ("h" * 60, "repeats"),
        ("h" * 57 + "uuu", "repeats"),
        ("h" * 57 + "fff", "repeats"),
        ("h" * 56 + "uuuu", "does not repeat"),
        ("h" * 56 + "ffff", "does not repeat"),
        ("h" * 59 + "?", "repeats"),
    ],
)
def test_a_verdict_in_doubt_is_judged_by_three_times_the_seeds_none_seen(
    printed, first, second, outcome
):
    printed("9.9", made("9.9-1", "h"))
    over = Over({"9.9-1": first}, {"9.9-1": second})
    (look,) = looked(over)
    assert [seeds for _, seeds in over.asked] == [list(range(1, 21)), list(range(21, 81))]
    assert (look.seeds, look.outcome, look.ok) == (60, outcome, outcome == "repeats")


@pytest.mark.parametrize("rest", ["uuu", "fff", "???"])
def test_a_verdict_in_17_of_20_seeds_is_refuted_without_a_second_look(printed, rest):
    printed("9.9", made("9.9-1", "h"))
    over = Over({"9.9-1": "h" * 17 + rest})
    (look,) = looked(over)
    assert (look.outcome, look.ok, len(over.asked)) == ("does not repeat", False, 1)


def test_the_opposite_in_every_seed_is_refuted(printed):
    printed("9.9", made("9.9-1", "f"))
    (look,) = looked(Over({"9.9-1": "h" * 20}))
    assert (look.outcome, look.ok) == ("does not repeat", False)
    assert (rows([look])[0]["same"], rows([look])[0]["opposite"]) == (0, 20)


@pytest.mark.parametrize("found", ["u" * 20, "h" * 20, "f" * 10 + "h" * 10])
def test_what_is_printed_as_undecided_is_listed_and_never_fails(printed, found):
    printed("9.9", made("9.9-1", "u"))
    over = Over({"9.9-1": found})
    (look,) = looked(over)
    assert (look.outcome, look.ok, len(over.asked)) == ("undecided", True, 1)
    assert rows([look])[0]["undecided"] == found.count("u")


def test_what_no_seed_varies_is_listed_as_deterministic_and_not_counted(printed):
    printed("9.9", made("9.9-1", "h"), varies="nothing: the rows are counted")
    over = Over({"9.9-1": "h" * 20})
    (look,) = looked(over)
    assert (look.outcome, look.ok, len(over.asked)) == ("deterministic", True, 1)


def test_a_claim_without_a_threshold_on_file_is_taken_to_vary(printed):
    printed("9.9", made("9.9-1", "h"), varies="nothing").claims.write_text("")
    (look,) = looked(Over({"9.9-1": "h" * 20}))
    assert look.outcome == "repeats"


def test_a_seed_that_ends_without_the_claim_does_not_repeat_it(printed):
    printed("9.9", made("9.9-1", "h"))
    (look,) = looked(Over({"9.9-1": "?" * 20}))
    assert (look.seeds, look.outcome, look.ok) == (20, "does not repeat", False)


# ---- which seeds, which sections


def test_the_seeds_are_none_that_a_notebook_was_printed_with(printed):
    printed("9.8", made("9.8-1", "h", seed=7))
    printed("9.9", made("9.9-1", "h", seed=3))
    over = Over({"9.8-1": "hhh", "9.9-1": "hhh"})
    looked(over, seeds=3)
    assert over.asked == [(["9.8", "9.9"], [8, 9, 10])]


def test_only_the_section_in_doubt_is_run_again_and_only_its_doubtful_claim_judged_anew(printed):
    printed("9.8", made("9.8-1", "h"))
    printed("9.9", made("9.9-1", "h"), made("9.9-2", "h"), made("9.9-3", "h"))
    first = {"9.8-1": "h" * 20, "9.9-1": "h" * 20, "9.9-2": "h" * 19 + "f", "9.9-3": "f" * 20}
    again = {"9.9-1": "f" * 60, "9.9-2": "h" * 60, "9.9-3": "h" * 60}
    over = Over(first, again)
    looks = looked(over)
    assert over.asked[1][0] == ["9.9"]
    assert [(k.claim, k.seeds, k.outcome) for k in looks] == [
        ("9.8-1", 20, "repeats"),
        ("9.9-1", 20, "repeats"),
        ("9.9-2", 60, "repeats"),
        ("9.9-3", 20, "does not repeat"),
    ]


@pytest.mark.parametrize("seeds", [-1, 0, 1])
def test_one_seed_repeats_nothing(printed, seeds):
    printed("9.9", made("9.9-1", "h"))
    with pytest.raises(ValueError, match=f"seeds must be at least 2, got {seeds}"):
        looked(Over(), seeds=seeds)


def test_a_notebook_that_shows_no_claim_is_an_error(printed):
    printed("9.9")
    with pytest.raises(ValueError, match=r"09_9_tiny\.ipynb stores no claim: run mlsd build"):
        looked(Over())


def test_a_notebook_without_a_seed_is_an_error(printed):
    printed("9.9", replace(made("9.9-1", "h"), parameters={"n": 1}))
    with pytest.raises(ValueError, match=r"09_9_tiny\.ipynb has no parameter seed"):
        looked(Over())


# ---- notebooks that fail


def test_a_failed_notebook_counts_as_not_repeating_and_is_named(printed):
    printed("9.9", made("9.9-1", "h"))
    (look,) = looked(Over({"9.9-1": "h" * 17 + "!!!"}))
    assert (look.seeds, look.outcome, look.ok) == (20, "does not repeat", False)
    assert look.errors == tuple(f"9.9-{seed}.failed: ValueError: no" for seed in (18, 19, 20))


def test_a_failed_notebook_is_not_forgotten_when_the_second_look_repeats(printed):
    printed("9.9", made("9.9-1", "h"))
    (look,) = looked(Over({"9.9-1": "h" * 19 + "!"}, {"9.9-1": "h" * 59 + "!"}))
    assert (look.seeds, look.outcome, look.ok) == (60, "repeats", False)
    assert look.errors == ("9.9-20.failed: ValueError: no", "9.9-80.failed: ValueError: no")


@pytest.mark.parametrize(("letter", "varies"), [("u", "rows"), ("h", "nothing")])
def test_a_failed_notebook_is_an_error_of_claims_that_are_not_counted_too(printed, letter, varies):
    printed("9.9", made("9.9-1", letter), varies=varies)
    (look,) = looked(Over({"9.9-1": letter * 19 + "!"}))
    assert (look.ok, len(look.errors)) == (False, 1)


# ---- what is kept


def look(claim, found="hh", printed="holds"):
    return Look(claim, "9.9", printed, True, tuple(VERDICT[letter] for letter in found))


def kept(file):
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["claim"]: row for row in csv.DictReader(stream)}


def test_a_record_is_dated_and_says_on_which_system(tmp_path):
    file = tmp_path / "docs" / "replication.csv"
    record([look("9.9-1", "hhfu", "fails")], file)
    row = kept(file)["9.9-1"]
    assert tuple(row) == COLUMNS
    assert [row[name] for name in COLUMNS[1:7]] == [
        "fails",
        "4",
        "1",
        "2",
        "1",
        "does not repeat",
    ]
    assert row["date"] == datetime.date.today().isoformat()
    assert row["on"].startswith("Python 3.")


def test_a_record_keeps_the_rows_of_other_claims_and_is_sorted_by_number(tmp_path):
    file = tmp_path / "replication.csv"
    record([look("10.1-1"), look("3.2-10"), look("3.2-2"), look("0-1")], file)
    before = kept(file)
    record([look("3.2-2", "ff"), look("3.2-2b"), look("3.10-1")], file)
    after = kept(file)
    assert list(after) == ["0-1", "3.2-2", "3.2-2b", "3.2-10", "3.10-1", "10.1-1"]
    assert (before["3.2-2"]["outcome"], after["3.2-2"]["outcome"]) == ("repeats", "does not repeat")
    assert all(after[claim] == before[claim] for claim in ("0-1", "3.2-10", "10.1-1"))


def test_the_table_on_the_terminal_shows_counts_and_outcome(capsys):
    print_table([look("9.9-1", "hhu"), look("9.9-2", "uu", "undecided")])
    shown = [line.replace("│", " ").split() for line in capsys.readouterr().out.splitlines()]
    assert ["9.9-1", "holds", "3", "2", "0", "1", "does", "not", "repeat"] in shown
    assert ["9.9-2", "undecided", "2", "2", "0", "2", "undecided"] in shown


# ---- the command


@pytest.fixture
def given(monkeypatch):
    """Let the command run nothing: ``given(over)`` answers its jobs instead."""

    def install(over):
        def run(jobs, workers, dask, *, cold, again):
            seeds = [job.parameters["seed"] for job in jobs]
            return over(select([jobs[0].section]), {"seed": seeds})

        monkeypatch.setattr(cli_batch, "_run", run)

    return install


@pytest.mark.parametrize(("found", "code"), [("hhhh", 0), ("hhhf", 1)])
def test_the_exit_code_says_whether_all_repeat(printed, given, mlsd, found, code):
    tiny = printed("9.9", made("9.9-1", "h"))
    given(Over({"9.9-1": found}))
    done = mlsd("replicate", "9.9", "--seeds", 4)
    assert (done.exit_code, "9.9-1" in done.stdout) == (code, True)
    assert not (tiny.root / "docs").exists()


def test_a_failed_notebook_is_told_and_makes_the_command_fail(printed, given, mlsd):
    printed("9.9", made("9.9-1", "u"))
    given(Over({"9.9-1": "uu!"}))
    done = mlsd("replicate", "--seeds", 3)
    assert done.exit_code == 1
    assert "FAILED 9.9-3.failed: ValueError: no" in done.stderr


def test_too_few_seeds_are_an_error_of_use(printed, mlsd):
    printed("9.9", made("9.9-1", "h"))
    done = mlsd("replicate", "9.9", "--seeds", 1)
    assert (done.exit_code, done.stderr) == (2, "mlsd: seeds must be at least 2, got 1\n")


@pytest.mark.usefixtures("no_process_left")
def test_real_notebooks_are_replicated_and_recorded(printed, mlsd):
    tiny = printed("9.9", made("9.9-1", "h"))
    words = ["--seeds", 2, "--record", "--cold", "--workers", 1]
    done = mlsd("replicate", "9.9", *words)
    assert done.exit_code == 0, done.output
    row = kept(tiny.root / "docs" / "replication.csv")["9.9-1"]
    assert [row[name] for name in COLUMNS[1:7]] == ["holds", "2", "2", "0", "0", "repeats"]
    outputs = sorted(file.name for file in (tiny.root / "runs" / "replicate").glob("*.ipynb"))
    assert outputs == ["09_9_tiny-seed=1.ipynb", "09_9_tiny-seed=2.ipynb"]
