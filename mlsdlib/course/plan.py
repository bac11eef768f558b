"""From sections and values to jobs: every parameter is checked here, before any kernel starts."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlsdlib.course import thresholds
from mlsdlib.course.inputs import PACKAGE, library_digest, section_files, third_party
from mlsdlib.course.jobs import JOB_GIGABYTES, JOB_SECONDS, Job, output_name
from mlsdlib.course.manifest import job_key
from mlsdlib.course.params import Parameter, check_known, parse_parameters, quick_values
from mlsdlib.course.sections import Section
from mlsdlib.course.store import Store

MOST_JOBS = 100_000
_SPAN = re.compile(r"(-?\d+):(-?\d+)")


def plan(
    sections: list[Section],
    parameters: Mapping[str, object],
    *,
    store: Store,
    solved: bool = False,
    quick: bool = False,
    seconds: float = JOB_SECONDS,
    gigabytes: float = JOB_GIGABYTES,
) -> list[Job]:
    """Return the jobs that run these sections, one for each combination of values.

    Parameters
    ----------
    sections : list of Section
        What to run.
    parameters : mapping
        One value or several by name, see `values_of`; each section must know all the names. The
        parts of one section (4.2a, 4.2b) take those that are theirs.
    store : Store
        Where outputs go.
    solved : bool
        Run the notebooks in `solutions/`.
    quick : bool
        Start from the small values that each notebook names for fast test runs.
    seconds, gigabytes : float
        Deadline and memory of each job.

    Raises
    ------
    ValueError
        If a parameter is unknown, of the wrong type or out of range; the message lists the right
        ones.
    FileNotFoundError
        If a notebook is not built yet.
    """
    limits = thresholds.load(sections[0].source.parents[1]) if sections else {}
    books = {section: _Notebook.of(section, solved=solved) for section in sections}
    jobs = []
    for section, book in books.items():
        parts = [b.parameters for s, b in books.items() if s.number == section.number]
        stem = f"{section.stem}-solved" if solved else section.stem
        for values in _grid(section.name, book.parameters, parts, parameters, quick=quick):
            jobs.append(
                Job(
                    section=section.name,
                    notebook=book.name,
                    source=book.source,
                    output=output_name(stem, values),
                    store=store,
                    parameters=values,
                    key=job_key(book.source, values, book.library),
                    files=book.files,
                    library=book.library,
                    alone=any(limits[id].timing for id in book.claims if id in limits),
                    preload=book.preload,
                    seconds=seconds,
                    gigabytes=gigabytes,
                )
            )
    return jobs


def values_of(wanted: object, parameter: Parameter) -> list[object]:
    """Return the checked values of one parameter: what a text, a value or several stand for.

    Parameters
    ----------
    wanted : object
        A value; a list, tuple or range of values; or a text: values separated by commas, whole
        numbers as a half-open range ``first:end``.
    parameter : Parameter
        What the parameter takes.

    Raises
    ------
    ValueError
        If a value is not taken, or there is none.

    Examples
    --------
    >>> seed = Parameter("seed", int, 0, "sample drawn", low=0, high=99)
    >>> values_of("0:3,7", seed)
    [0, 1, 2, 7]
    """
    if isinstance(wanted, str):
        pieces: Iterable[object] = itertools.chain.from_iterable(
            _span(piece, parameter) for piece in wanted.split(",")
        )
    elif isinstance(wanted, (list, tuple, range)):
        pieces = wanted
    else:
        pieces = [wanted]
    taken = list(itertools.islice(pieces, MOST_JOBS + 1))
    if len(taken) > MOST_JOBS:
        raise ValueError(f"{parameter.name} must have at most {MOST_JOBS} values, got more")
    values = list(dict.fromkeys(map(parameter.check, taken)))
    if not values:
        raise ValueError(f"{parameter.name} must have at least one value, got {wanted!r}")
    return values


def _span(piece: str, parameter: Parameter) -> Iterable[object]:
    span = _SPAN.fullmatch(piece.strip())
    if span is None or parameter.type is not int:
        return [piece.strip()]
    return range(*map(int, span.groups()))


def _grid(
    section: str,
    known: dict[str, Parameter],
    parts: list[dict[str, Parameter]],
    parameters: Mapping[str, object],
    *,
    quick: bool,
) -> list[dict[str, object]]:
    """Return the values of each job of a section."""
    # Asked of 4.2, a parameter is for the parts of 4.2 that know it, and one of them must.
    elsewhere = {name for part in parts for name in part} - set(known)
    asked = {name: wanted for name, wanted in parameters.items() if name not in elsewhere}
    check_known(asked, known, section=section)
    axes = {name: values_of(wanted, known[name]) for name, wanted in asked.items()}
    count = math.prod(len(values) for values in axes.values())
    if count > MOST_JOBS:
        raise ValueError(f"parameters must make at most {MOST_JOBS} jobs a section, got {count}")
    start = quick_values(known) if quick else {}
    grid = (
        start | dict(zip(axes, combination, strict=True))
        for combination in itertools.product(*axes.values())
    )
    # In the order of the notebook: the same values have the same output however they are asked for.
    return [{name: values[name] for name in known if name in values} for values in grid]


@dataclass(frozen=True)
class _Notebook:
    """What all jobs of one notebook share."""

    name: str
    source: str
    parameters: dict[str, Parameter]
    claims: tuple[str, ...]
    files: tuple[str, ...]
    library: str
    preload: tuple[str, ...]

    @classmethod
    def of(cls, section: Section, *, solved: bool) -> _Notebook:
        """Read a built notebook, as plain JSON: to import nbformat takes longer than the rest."""
        file = section.solution if solved else section.notebook
        if not file.exists():
            raise FileNotFoundError(f"not built yet: {file.name}; run mlsd build")
        try:
            made = json.loads(file.read_text(encoding="utf-8"))
            made["metadata"].get("mlsdlib", {}).pop("inputs", None)
            cells = [cell for cell in made["cells"] if cell["cell_type"] == "code"]
            for cell in cells:
                cell.update(outputs=[], execution_count=None, source="".join(cell["source"]))
            tagged = [c for c in cells if "parameters" in c["metadata"].get("tags", [])]
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise ValueError(f"{file.name} is not a notebook: {err!r}") from err
        if len(tagged) != 1:
            raise ValueError(
                f"section {section.name} has {len(tagged)} parameters cells, needs one"
            )
        code = "\n".join(cell["source"] for cell in cells)
        loaded = section_files(code, section.number)
        inside = [f.relative_to(PACKAGE).as_posix() for f in loaded if f.is_relative_to(PACKAGE)]
        return cls(
            name=f"{file.parent.name}/{file.name}",
            source=json.dumps(made),
            parameters=parse_parameters(tagged[0]["source"]),
            claims=tuple(call.id for call in thresholds.calls_in(code, file.name)),
            files=tuple(sorted(inside)),
            library=library_digest(inside),
            preload=tuple(third_party(code, loaded)),
        )
