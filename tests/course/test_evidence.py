"""Evidence: the claims of executed notebooks as one table, in every form it is written."""

import html
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from mlsdlib.course.claim import Claim
from mlsdlib.course.evidence import claims_of, print_table, table, to_html, to_markdown

REASON = "at one nobody would notice | a reason over two lines, with <tags>"


def with_claim(tiny, file, **changes):
    """Write an executed notebook whose one claim is `changes` on top of a plain one."""
    facts = {
        "id": "9.9-1",
        "text": "Twice the scale is above 1",
        "verdict": "holds",
        "value": 2.0,
        "low": 1.5,
        "high": None,
        "unit": "times",
        "method": "t",
        "n": 7,
        "threshold": "above 1",
        "parameters": {"seed": 3},
        "reading": "",
    }
    v4 = nbformat.v4
    shown = v4.new_output("display_data", {}, metadata={"mlsdlib.claim": facts | changes})
    cell = v4.new_code_cell("claim()", execution_count=1, outputs=[shown])
    file.parent.mkdir(exist_ok=True)
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("text"), cell]), file)
    return file


@pytest.fixture
def runs(tiny):
    """A folder of outputs: one good, and what failed or is under way."""
    tiny.write()
    for name in ("09_9_tiny.ipynb", ".01234567-1-a-machine.part", "09_9_tiny-seed=2.failed.ipynb"):
        with_claim(tiny, tiny.runs / name)
    return tiny.runs


def test_evidence_goes_to_the_terminal(runs, mlsd):
    result = mlsd("evidence")
    assert result.exit_code == 0
    assert result.stdout.count("9.9-1") == 1
    for word in ("holds", "2 times [1.5, inf]", "above 1", "Twice the scale is above 1"):
        assert word in result.stdout


def test_evidence_as_parquet_is_read_back(runs, tiny, mlsd):
    result = mlsd("evidence", runs, "--parquet", tiny.root / "new" / "e.parquet")
    assert (result.exit_code, result.stdout) == (0, "")
    (row,) = pd.read_parquet(tiny.root / "new" / "e.parquet").to_dict("records")
    assert row["reason"].split() == REASON.split()
    assert {name: row[name] for name in ("notebook", "claim", "verdict", "value", "low", "n")} == {
        "notebook": "09_9_tiny",
        "claim": "9.9-1",
        "verdict": "holds",
        "value": 2.0,
        "low": 1.5,
        "n": 7,
    }
    assert (row["high"], row["parameters"]) == (float("inf"), "seed=3")
    assert [file.name for file in (tiny.root / "new").iterdir()] == ["e.parquet"]


def test_evidence_as_markdown_and_html_holds_the_reason_of_the_threshold(runs, tiny, mlsd):
    tiny.edit('seed = "nothing"', 'seed = "nothing"\nchanged = "was 3"', tiny.claims)
    places = [tiny.root / "e.md", tiny.root / "e.html"]
    result = mlsd("evidence", "--markdown", places[0], "--html", places[1])
    assert (result.exit_code, result.stdout) == (0, "")
    head, _, line = places[0].read_text().splitlines()
    assert head.endswith("| text | why this threshold |")
    assert line.endswith(REASON.replace("|", "\\|") + " Changed: was 3 |")
    page = " ".join(places[1].read_text().split())
    assert html.escape(REASON) + " Changed: was 3</td></tr>" in page


def table_of(file):
    return table([(file.stem, claims_of(file))])


def test_brackets_in_a_text_are_no_markup(tiny, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    file = with_claim(tiny, tiny.root / "x.ipynb", text="From [a, b] to [/red] | <i>")
    frame = table_of(file)
    print_table(frame)
    assert "From [a, b] to [/red] | <i>" in capsys.readouterr().out
    assert "From [a, b] to [/red] \\| <i> |" in to_markdown(frame)
    assert "&lt;i&gt;" in to_html(frame)


def test_a_claim_that_was_run_with_several_parameters_shows_them(tiny, capsys):
    claims = claims_of(with_claim(tiny, tiny.root / "x.ipynb"))
    other = claims_of(with_claim(tiny, tiny.root / "y.ipynb", parameters={"seed": 4, "n": 1}))
    one, two = table([("x", claims)]), table([("x", claims), ("y", other)])

    def to_terminal(frame):
        print_table(frame)
        return capsys.readouterr().out

    for write in (to_markdown, to_html, to_terminal):
        assert "seed=3" not in write(one)
        assert write(two).index("seed=3") < write(two).index("seed=4")


def test_a_claim_without_a_threshold_on_file_has_no_reason(tiny):
    file = with_claim(tiny, tiny.root / "x.ipynb", id="9.9-7")
    assert table_of(file)["reason"].tolist() == [""]


def test_evidence_outside_a_course_has_no_reasons(tiny, monkeypatch):
    file = with_claim(tiny, tiny.root / "x.ipynb")
    monkeypatch.setenv("MLSD_ROOT", "/nowhere")
    assert table_of(file)["reason"].tolist() == [""]


def test_a_stored_claim_comes_back_as_it_was(tiny):
    (claim,) = claims_of(with_claim(tiny, tiny.root / "x.ipynb", low=None))
    assert isinstance(claim, Claim)
    assert (claim.low, claim.high) == (float("-inf"), float("inf"))
    assert claim.line == "Claim 9.9-1 holds: Twice the scale is above 1"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no such notebook or folder: "),
        (["nowhere"], "no such notebook or folder: nowhere"),
        (["empty"], "no claim found: run the notebooks first (mlsd run --all)"),
        (["broken.ipynb"], "broken.ipynb is not a notebook: "),
    ],
)
def test_evidence_of_nothing_is_exit_code_2(tiny, mlsd, monkeypatch, words, message):
    monkeypatch.chdir(tiny.root)
    Path("empty").mkdir()
    Path("broken.ipynb").write_text("no notebook")
    result = mlsd("evidence", *words)
    assert result.exit_code == 2
    assert f"mlsd: {message}" in result.stderr
