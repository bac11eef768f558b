"""Run every benchmark: each hand-written piece of code side by side with its peer.

The machine, the versions and the load come first: a number without them says nothing. A benchmark
is a file `bench_*.py` that prints what it measures and exits with 1 where its promise is broken.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from side_by_side import cores

FOLDER = Path(__file__).resolve().parent
PACKAGES = (
    *(
        "numpy",
        "pandas",
        "pyarrow",
        "scipy",
        "scikit-learn",
        "duckdb",
        "river",
        "torch",
        "onnxruntime",
    ),
    *("papermill", "nbclient", "jupyter-client", "ipykernel", "nbgrader"),
)


def machine() -> str:
    """Return what the figures depend on, in three lines."""
    load = ", ".join(f"{x:.2f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    return (
        f"machine   {processor()}, {cores()} cores, {platform.system()} {platform.release()}\n"
        f"versions  Python {platform.python_version()}, {', '.join(map(installed, PACKAGES))}\n"
        f"load      {load} (1, 5 and 15 minutes) before the first benchmark"
    )


def processor() -> str:
    """Return the processor's name."""
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def installed(package: str) -> str:
    """Return a package with its version."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def main() -> int:
    """Run the benchmarks; return 1 if one fails, or if there is none."""
    print(machine(), flush=True)
    # One thread each, as in the notebooks: cores are not what is compared.
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    failed = []
    files = sorted(FOLDER.glob("bench_*.py"))
    for file in files:
        print(f"\n##### {file.stem}", flush=True)
        done = subprocess.run([sys.executable, str(file)], env=os.environ | single, check=False)
        if done.returncode:
            failed.append(file.name)
    print(f"\n{len(files) - len(failed)} benchmarks passed, {len(failed)} failed", *failed)
    return int(bool(failed) or not files)


if __name__ == "__main__":
    sys.exit(main())
