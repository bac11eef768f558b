"""A service in a process of its own, that can be killed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np

from mlsdlib.checks import whole
from mlsdlib.processes import Child, told
from mlsdlib.serving._onnx import OnnxModel
from mlsdlib.serving._service import PredictionService


class ServiceProcess:
    """A `PredictionService` of an ONNX model in a process of its own.

    It ends when this process does, however that ends.

    Parameters
    ----------
    model : str or Path
        The ONNX file.
    crash_after : int, optional
        Kill itself with SIGKILL when the model has predicted so many rows, before the last batch is
        answered: the worst moment, for experiments.
    **options
        As for `PredictionService`, `n_features` excepted, which the model knows.

    Attributes
    ----------
    url : str
        Where it listens.

    Raises
    ------
    FileNotFoundError
        If the file is not there.
    RuntimeError
        If the process does not start; it has said why.

    Examples
    --------
    >>> ServiceProcess("no.onnx")
    Traceback (most recent call last):
    FileNotFoundError: model must be a file, got 'no.onnx'
    """

    def __init__(
        self, model: str | Path, *, crash_after: int | None = None, **options: object
    ) -> None:
        if not Path(model).is_file():
            raise FileNotFoundError(f"model must be a file, got {str(model)!r}")
        if crash_after is not None:
            crash_after = whole("crash_after", crash_after, 1)
        self._job = {"model": str(Path(model).absolute()), "crash_after": crash_after,
                     "options": options}  # fmt: skip
        self._child: Child | None = None
        self.url = ""

    def __enter__(self) -> ServiceProcess:
        """Start the process and wait until it listens."""
        self._child = Child("mlsdlib.serving._process:serve", self._job)
        try:
            self.url = self._child.hear()
        except BaseException:
            self._child.kill()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        """Kill it; `stop` ends it gently."""
        self.kill()

    def is_running(self) -> bool:
        """Return whether the process is there."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> dict[str, float]:
        """Let it answer what it has accepted, end it, and return its `BatcherStats` as a dict.

        Raises
        ------
        RuntimeError
            If it was not started, or has died.
        """
        if not self.is_running():
            raise RuntimeError("the process is not running")
        self._child.tell()
        said = self._child.hear()
        self._child.wait()
        return json.loads(said)

    def kill(self) -> None:
        """Kill it with SIGKILL: what it has not answered, it never will."""
        if self._child is not None:
            self._child.kill()


def serve(model: str, crash_after: int | None, options: dict[str, object]) -> None:
    """Serve until the owner wants no more; this runs in the process."""
    from dataclasses import asdict

    onnx = OnnxModel(model)
    predicted = 0

    def predict(rows: np.ndarray) -> np.ndarray:
        nonlocal predicted
        answers = onnx(rows)
        predicted += len(rows)
        if crash_after is not None and predicted >= crash_after:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return answers

    with PredictionService(predict, n_features=onnx.n_features, **options) as service:
        print(service.url, flush=True)
        told.wait()
    print(json.dumps(asdict(service.stats())), flush=True)
