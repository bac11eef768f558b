"""What one exercise of one submission may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields


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
        If one is not above 0.
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
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(f"{field.name} must be a number above 0, got {value!r}")

    def as_dict(self) -> dict[str, float]:
        """Return the limits by name."""
        return asdict(self)
