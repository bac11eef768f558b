"""`mlsd new`: a section's skeleton, already in the anatomy every notebook has."""

from __future__ import annotations

import re
from pathlib import Path

from mlsdlib.course.check import PLACEHOLDER
from mlsdlib.course.ids import SECTION
from mlsdlib.files import write_text

_TEMPLATES = Path(__file__).parent / "templates"


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
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    if not slug:
        raise ValueError(f"title must hold letters, got {title!r}")
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


def _filled(template: str, facts: dict[str, str]) -> str:
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    for name, value in facts.items():
        text = text.replace(name, value)
    return text
