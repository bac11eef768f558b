"""What one exercise of one submission may use."""

from __future__ import annotations

from dataclasses import dataclass, fields

from mlsdlib.course.classroom.checks import number

_FROM_TO = {
    "cpu_seconds": (1, 86_400), "seconds": (1, 86_400), "megabytes": (100, 1_000_000),
    "disk_megabytes": (1, 1_000_000), "answer_megabytes": (0.01, 1_000),
    "processes": (8, 10_000), "files": (32, 100_000),
}  # fmt: skip
"""With less than that no jail starts, and every student's marks would be missing."""
_WHOLE = ("processes", "files")


@dataclass(frozen=True)
class Limits:
    """The limits of one exercise of one submission.

    Parameters
    ----------
    cpu_seconds : float
        CPU time of a process, in whole seconds; all together may have two more.
    seconds : float
        From the first call to the last answer, on the clock on the wall.
    megabytes : float
        Memory of all processes together.
    disk_megabytes : float
        All files together; a single one may have a quarter of it.
    answer_megabytes : float
        The answer to one call; those to all calls together may have four times as much.
    processes : int
        Processes and threads.
    files : int
        Open files of a process.

    Raises
    ------
    ValueError
        If one is out of the range in which the grader works.
    """

    cpu_seconds: float = 10.0
    seconds: float = 60.0
    megabytes: float = 1_000.0
    disk_megabytes: float = 64.0
    answer_megabytes: float = 4.0
    processes: int = 64
    files: int = 128

    def __post_init__(self) -> None:
        for field in fields(self):
            name, (least, most) = field.name, _FROM_TO[field.name]
            number(name, getattr(self, name), most, least=least, whole=name in _WHOLE)
