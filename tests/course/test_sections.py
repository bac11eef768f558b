"""Sections: found from their sources, made with `mlsd new`, listed."""

import pytest

from mlsdlib.course.exercises import find_exercise, find_question, section_module
from mlsdlib.course.ids import check_id
from mlsdlib.course.new import create
from mlsdlib.course.paths import root, state_folder
from mlsdlib.course.sections import Section, discover, select


def test_sections_stand_in_reading_order_and_are_found_by_any_name(tiny):
    folder = tiny.root / "notebooks"
    for stem in ("00_start", "03_2_b", "03_10_c", "04_2a_d", "04_2b_e"):
        (folder / f"{stem}.py").write_text("# %% [markdown]\n# # T\n")
    assert [s.name for s in discover()] == ["0", "3.2", "3.10", "4.2a", "4.2b"]
    for word, names in {
        "0": ["0"],
        "00": ["0"],
        "00_start": ["0"],
        "03.2": ["3.2"],
        "03_2_b": ["3.2"],
        "4.2": ["4.2a", "4.2b"],
        "4.2b": ["4.2b"],
    }.items():
        assert [s.name for s in select([word])] == names
    with pytest.raises(
        ValueError, match=r"must be one of 0, 3\.2, 3\.10, 4\.2a, 4\.2b, got '3\.1'"
    ):
        select(["3.1"])


def test_a_source_with_another_name_is_refused(tiny):
    (tiny.root / "notebooks" / "scratch.py").touch()
    with pytest.raises(ValueError, match=r"notebooks/scratch.py must be named NN_M_slug\.py"):
        discover()


def test_a_head_without_facts_is_empty(tiny):
    tiny.source.write_text("# %%\nx = 1\n")
    section = Section(tiny.source, "9.9", "9.9")
    assert (section.title, section.question, section.minutes) == ("", "", "")


@pytest.mark.parametrize(
    ("number", "title", "error", "message"),
    [
        ("9", "T", ValueError, "number must look like 3.3 or 4.2a, got '9'"),
        ("9.9x1", "T", ValueError, "number must look like"),
        ("9.8", "!?", ValueError, "title must hold letters"),
        ("9.9", "Other", FileExistsError, "section 9.9 is there already: notebooks/09_9_tiny.py"),
        ("09.9", "Other", FileExistsError, "is there already"),
    ],
)
def test_a_section_that_cannot_be_made_writes_nothing(tiny, number, title, error, message):
    tiny.write()
    before = sorted(tiny.root.rglob("*"))
    with pytest.raises(error, match=message):
        create(number, title, tiny.root)
    assert sorted(tiny.root.rglob("*")) == before


def test_a_new_section_has_source_exercises_and_thresholds(tiny, mlsd):
    tiny.write()
    result = mlsd("new", "09.10", "Data: formats & models!")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "wrote notebooks/09_10_data_formats_models.py",
        "wrote mlsdlib/course/exercises/s09_10.py",
        "wrote notebooks/claims.toml",
    ]
    assert [section.name for section in discover()] == ["9.9", "9.10"]
    assert discover()[1].title == "9.10 Data: formats & models!"
    assert tiny.claims.read_text().count('["9.1') == 1
    assert '["9.9-1"]' in tiny.claims.read_text()


def test_the_parts_of_a_section_share_exercises_and_thresholds(tiny):
    first, second = (create(number, "Part", tiny.root) for number in ("9.8a", "9.8b"))
    assert [file.name for file in first] == ["09_8a_part.py", "s09_8.py", "claims.toml"]
    assert [file.name for file in second] == ["09_8b_part.py"]
    assert 'begin("9.8b", ' in second[0].read_text()


def test_new_refuses_a_section_that_is_there(tiny, mlsd):
    before = tiny.write().source.read_text()
    result = mlsd("new", "9.9", "Something else")
    assert result.exit_code == 2
    assert result.stderr == "mlsd: section 9.9 is there already: notebooks/09_9_tiny.py\n"
    assert tiny.source.read_text() == before


def test_the_list_gives_title_minutes_and_question(tiny, mlsd):
    tiny.write()
    result = mlsd("list")
    assert (result.exit_code, result.stdout) == (0, "9.9 Tiny  (1 min)\n    Does it run?\n")


# ---- ids and places


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("claim", ["0-1", "3.2-1", "3.2-12", "3.2-1b"]),
        ("exercise", ["0-e1", "3.2-e10"]),
        ("quiz", ["0-q1", "3.2-q4"]),
    ],
)
def test_each_kind_of_id_has_its_form(kind, right):
    assert [check_id(kind, id) for id in right] == right
    for wrong in ("", "3.2", "3.2-", "3-2-1", "3.2-x1", "3.2-1 ", "a-1", "3.2.1-1"):
        with pytest.raises(ValueError, match=f"id of an? {kind} must look like .*, got {wrong!r}"):
            check_id(kind, wrong)
    with pytest.raises(TypeError, match=rf"id of an? {kind} must be a string, got 3\.2"):
        check_id(kind, 3.2)


def test_an_unknown_exercise_or_question_lists_those_there_are(course):
    with pytest.raises(KeyError, match=r"no exercise 9\.9-e9: section 9\.9 has 9\.9-e1"):
        find_exercise("9.9-e9")
    with pytest.raises(
        KeyError, match=r"no quiz 9\.9-q9: .* has 9\.9-q1, 9\.9-q2, 9\.9-q3, 9\.9-q4"
    ):
        find_question("9.9-q9")
    with pytest.raises(KeyError, match=r"no exercise 98\.1-e1: section 98\.1 has none"):
        find_exercise("98.1-e1")


def test_an_import_error_inside_the_exercises_is_not_hidden(course):
    course.edit(
        "import numpy as np\n", "import numpy as np\nimport no_such_module\n", course.exercises
    )
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        section_module("9.9")


def test_the_root_is_the_variable_then_the_folder_above_then_the_checkout(tiny, monkeypatch):
    assert root() == tiny.root
    monkeypatch.delenv("MLSD_ROOT")
    (tiny.root / "work" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tiny.root / "work" / "deep")
    assert root() == tiny.root
    assert state_folder() == tiny.root / ".mlsd"
    monkeypatch.chdir("/")
    assert (root() / "mlsdlib" / "course").is_dir()


def test_a_wrong_root_is_an_error(tiny, monkeypatch, mlsd):
    monkeypatch.setenv("MLSD_ROOT", str(tiny.root / "nowhere"))
    result = mlsd("list")
    assert result.exit_code == 2
    assert "MLSD_ROOT must name the course's folder, got" in result.stderr


def test_outside_any_course_the_message_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mlsdlib.course.paths.__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(FileNotFoundError, match="no course found here: run this inside"):
        root()
    assert state_folder() == tmp_path / ".mlsd"
