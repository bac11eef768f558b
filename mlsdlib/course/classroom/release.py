"""What students get: notebooks, data, a pinned environment, and no answers."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np

from mlsdlib.course.classroom import strip
from mlsdlib.course.exercises import module_name, section_module
from mlsdlib.course.exercises.base import Exercise
from mlsdlib.course.exercises.released import facts_of
from mlsdlib.course.sections import Section
from mlsdlib.files import write_bytes

EXAMPLES = 3
_TIME = (2000, 1, 1, 0, 0, 0)  # the same release has the same bytes
_TOP = ("pyproject.toml", "constraints.txt", "LICENSE")
_INIT = '''\
"""Section {section}, as it is handed out: without references and checks."""

from pathlib import Path

from mlsdlib.course.exercises.released import load

EXERCISES, QUESTIONS = load(Path(__file__).with_name("exercises.json"))
'''
_README = """\
# {title}

You need Python 3.11, 3.12 or 3.13. In this folder:

```sh
python -m venv .venv
.venv/bin/python -m pip install -c constraints.txt -e ".[course]"
.venv/bin/mlsd lab
```

On Windows it is `.venv\\Scripts\\python` and `.venv\\Scripts\\mlsd`. JupyterLab opens on your own
copies, in `work/`. Hand in these:

{files}

- Write your answer in the cell that begins with `# exercise …`, under the name that stands there.
  The grader calls this function alone, with inputs that you have not seen.
- Helpers and imports may stand in other cells. What else a notebook does is not run.
- `ex.check(...)` tries your function on {examples} examples. This copy does not hold the answers:
  whether a result is right, the grader says. Where the notebook goes on with your function and you
  have none yet, it takes one fixed result instead, and says so.
"""


def release(sections: Sequence[Section], root: Path, out: Path) -> list[str]:
    """Write the archive; return the names in it.

    Parameters
    ----------
    sections : sequence of Section
        What is handed out.
    root : Path
        The course's folder.
    out : Path
        The archive, a zip file.

    Raises
    ------
    ValueError, FileNotFoundError
        If no section is named, the archive is none, or a notebook is not built.
    """
    if not sections:
        raise ValueError("name the sections to hand out, such as 4.1")
    if out.suffix != ".zip":
        raise ValueError(f"out must end in .zip, got {out.name!r}")
    for section in sections:
        if not section.notebook.exists():
            raise FileNotFoundError(f"not built yet: {section.notebook.name}; run mlsd build")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        package = strip.build(folder, compiled=False, sweeps=True)
        for number in dict.fromkeys(section.number for section in sections):
            _write_section(package, number)
        files = {file.relative_to(folder): file for file in folder.rglob("*") if file.is_file()}
        files |= {Path(name): root / name for name in _TOP}
        files |= {Path("notebooks") / s.notebook.name: s.notebook for s in sections}
        files |= {f.relative_to(root): f for f in (root / "datasets").rglob("*") if f.is_file()}
        return _write_zip(out, files, _readme(sections))


def _readme(sections: Sequence[Section]) -> str:
    files = "\n".join(f"- `{section.notebook.name}`" for section in sections)
    title = ", ".join(section.title for section in sections)
    return _README.format(title=title, files=files, examples=EXAMPLES)


def _write_section(package: Path, number: str) -> None:
    module = section_module(number)
    if module is None:
        return
    folder = package / "course" / "exercises" / module_name(number).rpartition(".")[2]
    folder.mkdir()
    made = {
        "exercises": [_facts(exercise) for exercise in module.EXERCISES],
        "questions": [asdict(question) for question in getattr(module, "QUESTIONS", ())],
    }
    text = json.dumps(made, indent=1, ensure_ascii=False)
    (folder / "exercises.json").write_text(text, encoding="utf-8")
    (folder / "__init__.py").write_text(_INIT.format(section=number), encoding="utf-8")


def _facts(exercise: Exercise) -> dict[str, object]:
    cases = list(islice(exercise.cases(np.random.default_rng(0)), EXAMPLES))
    return facts_of(exercise, cases, strip.call_source(exercise))


def _write_zip(out: Path, files: dict[Path, Path], readme: str) -> list[str]:
    top = out.stem
    contents = {f"{top}/{name.as_posix()}": file for name, file in files.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            _add(archive, name, contents[name].read_bytes())
        _add(archive, f"{top}/README.md", readme.encode())
    write_bytes(out, stream.getvalue())
    return [*sorted(contents), f"{top}/README.md"]


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    about = zipfile.ZipInfo(name, _TIME)
    about.compress_type = zipfile.ZIP_DEFLATED
    about.external_attr = 0o644 << 16
    archive.writestr(about, content)
