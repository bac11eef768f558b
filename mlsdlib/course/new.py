"""`mlsd new`: a section's skeleton, in the anatomy every notebook has, and an own exercise's."""

from __future__ import annotations

import builtins
import io
import keyword
import re
import tokenize
from itertools import count
from pathlib import Path

import nbformat

from mlsdlib.course import percent
from mlsdlib.course.check import PLACEHOLDER
from mlsdlib.course.exercises import find_exercise
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.ids import SECTION, check_id, section_of
from mlsdlib.course.own import load
from mlsdlib.files import write_text

_TEMPLATES = Path(__file__).parent / "templates"
_FIRST_OWN = 90  # the course's own numbers stay far below


def create(number: str, title: str, root: Path) -> list[Path]:
    """Write the source, the exercises and the thresholds of a new section; return the files.

    Parameters
    ----------
    number : str
        The section's number, ``"3.3"`` or ``"4.2a"``.
    title : str
        Its title, of which the file's name is made.
    root : Path
        The project's top folder.

    Raises
    ------
    ValueError
        If the number or the title cannot be used.
    FileExistsError
        If the section is there already; nothing is written then.
    """
    match = re.fullmatch(f"({SECTION})([a-z]?)", number)
    if match is None or "." not in number:
        raise ValueError(f"number must look like 3.3 or 4.2a, got {number!r}")
    slug = _slug(title)
    section, letter = match.groups()
    chapter, part = section.split(".")
    section = f"{int(chapter)}.{part}"
    stem = f"{int(chapter):02d}_{part}"
    source = root / "notebooks" / f"{stem}{letter}_{slug}.py"
    exercises = root / "mlsdlib" / "course" / "exercises" / f"s{stem}.py"
    existing = sorted((root / "notebooks").glob(f"{stem}{letter}_*.py"))
    if existing:
        raise FileExistsError(f"section {number} is there already: notebooks/{existing[0].name}")
    name = f"{section}{letter}"
    facts = {
        "@NUMBER@": section,
        "@SECTION@": name,
        "@TITLE@": f"{name} {title}",
        "@TODO@": PLACEHOLDER,
    }
    written = [source]
    write_text(source, _filled("notebook.py.txt", facts))
    if not exercises.exists():
        write_text(exercises, _filled("exercises.py.txt", facts))
        written.append(exercises)
    claims = root / "notebooks" / "claims.toml"
    old = claims.read_text(encoding="utf-8") if claims.exists() else ""
    if f'["{section}-1"]' not in old:
        write_text(claims, old.rstrip("\n") + "\n\n" + _filled("claims.toml.txt", facts))
        written.append(claims)
    return written


def create_exercise(id: str, title: str, own: Path) -> list[Path]:
    """Write a working example of an exercise and the notebook to hand out; return the files.

    Parameters
    ----------
    id : str
        Its id, ``"4.1-e90"``. The course's own numbers stay far below 90.
    title : str
        Its title, of which the name of the function and of its file is made.
    own : Path
        Where the own exercises are; it is made where it is missing.

    Raises
    ------
    ValueError
        If the id is malformed or taken, or the title makes no name for a function.
    FileExistsError
        If one of the files is there already; nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     [file.name for file in create_exercise("4.1-e90", "Trimmed mean", Path(place))]
    ['trimmed_mean.py', '4.1-e90.ipynb']
    """
    check_id("exercise", id)
    taken = load(own) if own.is_dir() else {}
    if _is_taken(id, taken):
        tried = (f"{section_of(id)}-e{number}" for number in count(_FIRST_OWN))
        free = next(other for other in tried if not _is_taken(other, taken))
        raise ValueError(f"id must be free, as {free} is, got {id!r}")
    name = _slug(title)
    if not _can_name(name):
        raise ValueError(f"title must make a name for a function, got {title!r}")
    facts = {"@ID@": id, "@TITLE@": " ".join(title.split()), "@NAME@": name}
    cells = percent.parse(_filled("own_notebook.py.txt", facts))
    notebook = percent.to_notebook(cells, section=section_of(id))
    made = {
        own / f"{name}.py": _filled("own_exercise.py.txt", facts),
        own / f"{id}.ipynb": nbformat.writes(notebook) + "\n",
    }
    for file in made:
        if file.exists():
            raise FileExistsError(f"{file} is there already")
    for file, text in made.items():
        write_text(file, text)
    return list(made)


def _is_taken(id: str, own: dict[str, Exercise]) -> bool:
    try:
        return id in own or bool(find_exercise(id))
    except KeyError:
        return False


def _can_name(name: str) -> bool:
    """Whether a function may have this name: no other name of the skeleton is hidden by it."""
    code = _filled("own_exercise.py.txt", {"@ID@": "", "@NAME@": "_"})
    used = {token.string for token in tokenize.generate_tokens(io.StringIO(code).readline)}
    reserved = keyword.iskeyword(name) or hasattr(builtins, name) or name in used
    return name.isidentifier() and not reserved


def _slug(title: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    if not slug:
        raise ValueError(f"title must hold letters, got {title!r}")
    return slug


def _filled(template: str, facts: dict[str, str]) -> str:
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    for name, value in facts.items():
        text = text.replace(name, value)
    return text
