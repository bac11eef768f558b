"""The slice of a solution: what differs, what that affects, what all of it needs."""

import nbformat
import pytest
from nbformat import v4

from tests.notebooks.effects import read_cells
from tests.notebooks.slicing import needed, solution_slice


def effects(source, *before):
    return read_cells([*before, source])[-1]


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ("y = x + 1", {"x"}),
        ("x = 1\ny = x", set()),
        ("total += x", {"total", "x"}),
        ("frame['a'] = 1", {"frame"}),
        ("[f(i) for i in rows if (k := i)]", {"f", "rows"}),
        ("for i in rows:\n    j = i\n    use(j)", {"rows", "use"}),
        ("for i in rows:\n    j = i\nuse(j)", {"rows", "use", "j"}),
        ("if x:\n    y = 1\nelse:\n    y = 2\nprint(y)", {"x", "print", "y"}),
        ("with opened(p) as f:\n    text = f.read()\nprint(text)", {"opened", "p", "print"}),
        ("try:\n    go()\nexcept Exception as err:\n    tell(err)", {"go", "Exception", "tell"}),
        ("def f(a, b=c):\n    local = a\n    return local + d", {"c"}),
        ("@d\ndef f(x):\n    return g", {"d"}),
        ("class A(Base):\n    def m(self):\n        return late", {"Base"}),
        ("match x:\n    case [a, *b] if a > c:\n        y = b", {"x", "c"}),
        ("match x:\n    case {'k': v, **rest}:\n        y = v, rest", {"x"}),
        ("r = await client.get(url)", {"client", "url"}),
        ("async with client as c:\n    await c.send(m)", {"client", "m"}),
        ("lambda a: a + b", {"b"}),
    ],
)
def test_needs_are_what_must_exist_before(source, needs):
    assert effects(source).needs == needs


def test_a_call_needs_what_the_body_of_its_function_uses():
    assert effects("f()", "def f():\n    return g()", "def g():\n    return x").needs == set("fgx")
    assert effects("def f():\n    return x\ny = f()").needs == {"x"}


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("frame.sort_values('a', inplace=True)", {"frame"}),
        ("axes[0].plot(x)", {"axes"}),
        ("frame['a'] = 1", {"frame"}),
        ("obj.attr.deep = 1", {"obj"}),
        ("del frame['a']", {"frame"}),
        ("with connection:\n    pass", {"connection"}),
        ("for i in x:\n    stack.push(i)", {"stack"}),
        ("fill(table, rows)", {"fill", "table", "rows"}),
        ("await client.publish(m)", {"client"}),
        ("claim('3.2-1', text, measured, above=limit)", set()),
        ("exercise('3.2-e1').check(f)", set()),
        ("print(x)", set()),
        ("y = frame.mean()", set()),
    ],
)
def test_changes_are_what_a_statement_alters(source, changes):
    assert effects(source).changes == changes


@pytest.mark.parametrize(
    ("source", "before", "changes"),
    [
        ("np.random.shuffle(order)", "import numpy as np", {"np", "order"}),
        ("torch.manual_seed(seed)", "import torch", {"torch", "seed"}),
        ("seed_all(0)", "from random import seed as seed_all", {"seed_all"}),
        ("fill(table, np.pi)", "import numpy as np", {"fill", "table"}),
        ("pd.DataFrame(rows).plot.barh(ax=axis)", "import pandas as pd", {"rows", "axis"}),
        ("ways().pop(x)", "def ways():\n    return []", {"ways"}),
        (
            "platform.write(folder, PIN)",
            "from mlsdlib import platform as platform",
            {"folder", "PIN"},
        ),
        ("serve(table)", "from mlsdlib.serving import serve", {"table"}),
        ("torch.seed()", "import mlsdlib, torch", {"torch"}),
        ("tell(table)", "from mlsdlib.course import tell", {"tell", "table"}),
        (
            "serve(table)",
            "from mlsdlib.serving import serve\nfrom a import serve",
            {"serve", "table"},
        ),
    ],
)
def test_a_function_changes_its_arguments_or_the_state_of_its_module(source, before, changes):
    assert effects(source, before).changes == changes


@pytest.mark.parametrize(
    ("source", "kills"),
    [
        ("x = 1", {"x"}),
        ("a, (b, *c) = x", {"a", "b", "c"}),
        ("import a.b as c, d.e", {"c", "d"}),
        ("if x:\n    y = 1", set()),
        ("for i in x:\n    y = 1", set()),
        ("with a as b:\n    c = 1", {"b", "c"}),
        ("try:\n    a = 1\nfinally:\n    b = 1", {"b"}),
        ("def f():\n    x = 1", {"f"}),
    ],
)
def test_kills_are_what_is_surely_bound_anew(source, kills):
    assert effects(source).kills == kills


@pytest.mark.parametrize(
    "before",
    [
        "s = np.random.default_rng(seed)",
        "with tempfile.TemporaryDirectory() as s:\n    pass",
        "d = Path(tempfile.mkdtemp())\ns = d / 'rows.csv'",
        "s = sqlite3.connect(':memory:').cursor()",
        "rng = default_rng(0)\na, s = rng.spawn(2)",
    ],
)
def test_using_something_with_inner_state_moves_it(before):
    assert effects("x = f(s)", before).moves == {"s"}
    assert effects("x = g()", before, "def g():\n    return f(s)").moves == {"s"}
    assert effects("x = f(y)", before).moves == set()


def test_nothing_that_is_independent_of_a_difference_is_kept():
    cells = ["a = 1", "b = 2", "f = lambda: 0", "print(b)", "print(f())"]
    assert needed(cells, {2}) == {2, 4}


def test_a_difference_reaches_through_what_it_affects():
    cells = ["f = 1", "g = f + 1", "h = g", "g = 0", "print(g)", "print(h)"]
    assert needed(cells, {0}) == {0, 1, 2, 5}


def test_needs_are_kept_with_those_that_change_them_before():
    cells = ["x = []", "y = 1", "x.append(y)", "z = 0", "f = len", "print(f(x))", "x.clear()"]
    assert needed(cells, {4}) == {0, 1, 2, 4, 5}


def test_what_was_replaced_is_not_needed():
    cells = ["x = load()", "x.append(1)", "x = []", "f = len", "print(f(x))"]
    assert needed(cells, {3}) == {2, 3, 4}


def test_draws_before_a_kept_cell_are_kept_and_a_new_generator_cuts_the_chain():
    cells = ["r = default_rng(0)", "a = r.normal()", "f = abs", "print(f(r.normal()))"]
    assert needed(cells, {2}) == {0, 1, 2, 3}
    assert needed([*cells[:2], "r = default_rng(1)", *cells[2:]], {3}) == {2, 3, 4}


def test_a_title_that_quotes_a_claim_needs_the_claim():
    cells = ["a = 1", "claim('0-1', 'text', a, above=0)", "f = 1", "show(f, finding('0-1'))"]
    assert needed(cells, {2}) == {0, 1, 2, 3}


def test_importing_a_module_once_more_affects_nobody():
    cells = ["import math", "import math\nf = math.pi", "print(math.e)", "print(f)"]
    assert needed(cells, {1}) == {1, 3}


def test_set_up_is_always_kept():
    assert needed(["x = 1", "y = 2", "z = 3"], {2}, always={0}) == {0, 2}


def test_slice_of_a_solution_compares_cells_by_id(tmp_path):
    def write(folder, *cells):
        made = [v4.new_code_cell(source, id=id) for id, source in cells]
        file = tmp_path / folder / "09_9_trial.ipynb"
        file.parent.mkdir()
        nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("# T"), *made]), file)
        return file

    same = [("one", "# set-up\nimport math"), ("two", "x = 1"), ("three", "print(x)")]
    write("notebooks", *same, ("four", "def f(): return TODO"), ("five", "check(f)"))
    solution = write("solutions", *same, ("four", "def f(): return 1"), ("five", "check(f)"))
    found = solution_slice(solution)
    assert found.kept == {"one", "four", "five"}
    assert found.line == "solutions/09_9_trial.ipynb: 3 of 5 code cells run"
