"""Every rule of a notebook's anatomy catches the offence it is there for."""

import copy

import nbformat
import pytest
from nbformat import v4

from mlsdlib.course import anatomy, check, thresholds
from mlsdlib.course.claim import METADATA_KEY
from mlsdlib.course.sections import Section


def text(source):
    return v4.new_markdown_cell(source)


def code(source, *outputs, tags=(), **metadata):
    cell = v4.new_code_cell(source, execution_count=1, outputs=list(outputs))
    cell.metadata.update(metadata | ({"tags": list(tags)} if tags else {}))
    return cell


def stream(shown, name="stdout"):
    return v4.new_output("stream", name=name, text=shown)


def shown(plain, metadata=None, **data):
    data = {kind.replace("_", "/"): value for kind, value in data.items()}
    return v4.new_output("display_data", {"text/plain": plain} | data, metadata=metadata or {})


def claim(number):
    rich = f'<p>Claim</p><span class="mlsd-value">{number}.12345 times [/tmp/x, 2]</span>'
    return shown(f"Claim 9.9-{number} holds: yes", {METADATA_KEY: {}}, text_html=rich)


def figure(plain="Figure: a line that rises.", alt="a line that rises."):
    return shown(plain, {"image/png": {"alt": alt}}, image_png="aGVsbG8=")


def whole():
    """Return a notebook that breaks no rule."""
    cells = [
        text("# 9.9 Trial\n\n" + "word " * 1_000),
        code("seed: int = 0  # which sample", tags=["parameters"]),
        *(code(f"claim({n})", claim(n)) for n in (1, 2, 3)),
        code("show()", figure()),
        code("show()", figure()),
        text("## Round 1\n\n### Break it\n\nThe 95 % interval, in 3 of 4 cases, since the 1990s."),
        *(code(f"# exercise 9.9-e{n}", mlsdlib={"exercise": f"9.9-e{n}"}) for n in (1, 2, 3)),
        *(
            code("x = 1\n" * 10, stream("0.125, 1,250, 0.5, 3.14e-5, flight 2013"))
            for _ in range(8)
        ),
        text("## Recap"),
        code("recap()", shown("recap")),
    ]
    return v4.new_notebook(cells=cells)


def found(notebook):
    return [*anatomy.problems(notebook), *anatomy.budget_problems(notebook)]


def test_a_whole_notebook_has_no_problem():
    assert found(whole()) == []


BUDGET_OFFENCES = [
    ("cells", [], -8),
    ("cells", [text("a cell")] * 60, 0),
    ("words", [text("word " * 2_500)], 0),
    ("lines of code", [code("x = 1\n" * 30)] * 10, 0),
    ("figures", [code("show()", figure())] * 7, 0),
    ("claims", [code("claim()", claim(1))] * 7, 0),
    ("exercises", [code("def f(): ...", mlsdlib={"exercise": "9.9-e9"})] * 4, 0),
    ("lines in its longest code cell", [code("x = 1\n" * 33)], 0),
]


@pytest.mark.parametrize(("name", "more", "drop"), BUDGET_OFFENCES)
def test_budget_catches_too_much_and_too_little(name, more, drop):
    notebook = whole()
    notebook.cells = notebook.cells[: len(notebook.cells) + drop] + copy.deepcopy(more)
    low, high = anatomy.BUDGET[name]
    count = anatomy.measure(notebook)[name]
    assert not low <= count <= high
    assert f"has {count} {name}, takes {low} to {high}" in found(notebook)


@pytest.mark.parametrize("name", ["words", "lines of code", "figures", "claims", "exercises"])
def test_budget_catches_an_empty_notebook(name):
    empty = v4.new_notebook(cells=[])
    assert f"has 0 {name}, takes {anatomy.BUDGET[name][0]}" in " ".join(found(empty))


def test_comments_and_empty_lines_are_no_lines_of_code():
    notebook = v4.new_notebook(cells=[code("# why\n\nx = 1\n    # indented\n")])
    assert anatomy.measure(notebook)["lines of code"] == 1


OFFENCES = [
    (text("# A second title"), "one heading of level 1"),
    (text("##### Deep"), "heading of level 5 below one of level 2"),
    (text("It was 12 times faster."), "typed in its text, '12 times faster'"),
    (text("It was 3.5× faster."), "typed in its text, '3.5×'"),
    (text("That is 45 % of all."), "typed in its text, '45 %'"),
    (text("That is 45 percent of all."), "typed in its text, '45 percent'"),
    (text("It took 12 ms."), "typed in its text, '12 ms'"),
    (text("It took 1.5 s."), "typed in its text, '1.5 s'"),
    (text("The file has 1,200 MB."), "typed in its text, '1,200 MB'"),
    (text("That is 45 % of all. <!-- given: -->"), "typed in its text"),
    (text("| claim | verdict |\n|---|---|"), "a table typed by hand in the recap"),
    (code("x = 1", tags=["parameters"]), "has 2 cells tagged parameters"),
    (v4.new_code_cell("x = 1"), "was never executed"),
    (code("x", v4.new_output("error", ename="KeyError", evalue="", traceback=[])), "error: KeyE"),
    (code("x", stream("Warning: old", "stderr")), "wrote to stderr"),
    (code("x", stream("saved '/tmp/mlsd/x.csv'")), 'shows an absolute path: "\'/tmp/"'),
    (code("x", shown(r"C:\Users\me")), "shows an absolute path"),
    (code("x", shown("frame", text_html="<p> /home/me/x.csv</p>")), "shows an absolute path"),
    (code("x", shown("<A object at 0x7f00aa12>")), "shows a memory address: '0x7f00aa12'"),
    (code("x", stream("numpy 2.3.1")), "shows a version: '2.3.1'"),
    (code("x", stream("numpy 2.3.1rc1.")), "shows a version: '2.3.1rc1'"),
    (code("x", stream("took 0.2 s")), "shows a time: '0.2 s'"),
    (code("x", stream("took 31.5ms")), "shows a time: '31.5ms'"),
    (code("x", stream("ratio 1.234")), "more than three significant digits: 1.234"),
    (code("x", shown("[0.00012345, 1.0]")), "more than three significant digits: 0.00012345"),
    (code("x", stream("sum is 1,234.5.")), "more than three significant digits: 1,234.5"),
    (code("x", stream("p = 1.2345e-07")), "more than three significant digits: 1.2345"),
    (code("x", figure(alt="")), "a figure without alt text"),
    (code("x", figure(plain="<Figure size 640x480>")), "a figure without alt text"),
]


@pytest.mark.parametrize(("cell", "message"), OFFENCES, ids=[m for _, m in OFFENCES])
def test_problems_catch_a_planted_offence(cell, message):
    notebook = whole()
    notebook.cells.append(copy.deepcopy(cell))
    (problem,) = anatomy.problems(notebook)
    assert message in problem


def test_a_duration_that_was_set_is_no_result():
    notebook = whole()
    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    parameters.source += "\npoll_ms: float = 20.0  # pause [1, 100]"
    source = "f'every {poll_ms:g} ms, for at least 3 seconds'"
    notebook.cells.append(code(source, shown("every 20 ms, for at least 3 seconds")))
    assert found(notebook) == []
    notebook.cells.append(code("x", stream("took 21 ms")))
    assert found(notebook) == [f"cell {len(notebook.cells) - 1} shows a time: '21 ms'"]


def test_a_number_at_the_end_of_a_line_is_no_duration():
    notebook = whole()
    notebook.cells.append(code("x", stream("rows: 41\nsecond run: 41")))
    assert found(notebook) == []


def test_a_number_that_is_given_is_no_typed_result():
    notebook = whole()
    notebook.cells.append(text("We keep 10 % of the rows. <!-- given: the parameter's default -->"))
    assert found(notebook) == []


def test_a_notebook_must_begin_with_its_title():
    notebook = whole()
    notebook.cells.insert(0, text("## First"))
    assert "must have one heading of level 1, and begin with it" in found(notebook)


@pytest.mark.parametrize(("hidden", "problems"), [(1, 0), (2, 1)])
def test_one_cell_in_ten_may_hide_its_output(hidden, problems):
    notebook = whole()
    for cell in [cell for cell in notebook.cells if cell.cell_type == "code"][:hidden]:
        cell.metadata.setdefault("tags", []).append(anatomy.VOLATILE)
    told = f"ignores the output of {hidden} code cells of 18, at most one in ten may"
    assert found(notebook) == [told] * problems


def trial(folder, source):
    (folder / "notebooks").mkdir()
    file = folder / "notebooks" / "09_9_trial.py"
    file.write_text(source)
    return Section(file, "9.9", "9.9")


@pytest.mark.parametrize(("hidden", "problems"), [(1, 0), (2, 1)])
def test_one_claim_in_ten_may_stand_in_a_hidden_cell(tmp_path, hidden, problems):
    section = trial(tmp_path, "# %%\nx = 1\n")
    cells = [code("c", claim(n), tags=[anatomy.VOLATILE] * (n < hidden)) for n in range(12)]
    nbformat.write(v4.new_notebook(cells=cells), section.notebook)
    told = check.check_sections([section], {})
    stands = [line for line in told if "claims stand in cells" in line]
    assert stands == [f"{hidden} of 12 claims stand in cells tagged nbval-ignore-output"] * problems


@pytest.mark.parametrize(
    ("reason", "problems"), [("# volatile: the order of threads\n", 0), ("", 1)]
)
def test_a_hidden_cell_must_say_why(tmp_path, reason, problems):
    section = trial(tmp_path, f'# %% tags=["{anatomy.VOLATILE}"]\n{reason}x = 1\n')
    told = check.check_sections([section], {})
    assert sum("# volatile:" in line for line in told) == problems


def test_build_check_tells_what_is_wrong_with_the_built_notebook(tmp_path):
    section = trial(tmp_path, "# %% [markdown]\n# # 9.9 Trial\n\n# %%\nrecap()\n")
    notebook = v4.new_notebook(cells=[text("# 9.9 Trial"), code("recap()", stream("ratio 1.234"))])
    nbformat.write(notebook, section.notebook)
    told = check.check_sections([section], thresholds.load())
    where = "9.9: notebooks/09_9_trial.ipynb"
    assert f"{where} cell 1 shows more than three significant digits: 1.234" in told
    assert f"{where} has 2 cells, takes 20 to 60" in told
