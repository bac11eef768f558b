"""One of the two processes that `two_process_sgd` starts."""

from __future__ import annotations

import datetime
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def work(rank: int, folder: str) -> None:
    """Do what the folder asks for; a job for a `mlsdlib.processes.Child`."""
    import torch
    import torch.distributed as dist

    folder = Path(folder)
    torch.set_num_threads(1)
    with np.load(folder / "job.npz") as file:
        job = dict(file)
    dist.init_process_group(
        "gloo",
        store=dist.FileStore(str(folder / "rendezvous"), 2),  # no port to be chosen, or taken
        rank=rank,
        world_size=2,
        timeout=datetime.timedelta(seconds=float(job["timeout"])),
    )
    runs = [train(rank, job, *run) for run in zip(job["rate"], job["delay"], strict=True)]
    dist.destroy_process_group()
    if rank == 0:
        losses = np.array([_losses(job["X"], job["y"], weights) for weights, _ in runs])
        np.savez(folder / "runs.npz", losses=losses, seconds=[seconds for _, seconds in runs])


def train(
    rank: int, job: Mapping[str, np.ndarray], rate: float, delay: int
) -> tuple[np.ndarray, float]:
    """Return the weights before and after each step, and the seconds they took."""
    import torch
    import torch.distributed as dist

    X, y = (torch.from_numpy(job[name][rank::2]) for name in ("X", "y"))
    rng = np.random.default_rng([int(job["seed"]), rank])
    batch, pauses = int(job["batch"]), job["pauses"][:, rank].tolist()
    weights = torch.zeros(X.shape[1], dtype=torch.float64)
    path, on_the_way = [weights.clone()], deque()

    def apply_oldest() -> None:
        gradient, arrival = on_the_way.popleft()
        arrival.wait()
        weights.sub_(gradient, alpha=rate / 2)  # it is the sum of two workers' gradients

    dist.barrier()
    start = time.perf_counter()
    for pause in pauses:
        time.sleep(pause)
        rows = torch.from_numpy(rng.integers(len(X), size=batch)) if batch else slice(None)
        inputs = X[rows]
        gradient = inputs.T @ (inputs @ weights - y[rows]) / len(inputs)
        on_the_way.append((gradient, dist.all_reduce(gradient, async_op=True)))
        if len(on_the_way) > delay:
            apply_oldest()
        path.append(weights.clone())
    for _, arrival in on_the_way:  # too late to be applied: the run is over
        arrival.wait()
    return torch.stack(path).numpy(), time.perf_counter() - start


def _losses(X: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        losses = np.array([np.mean((X @ w - y) ** 2) / 2 for w in weights])
    return np.where(np.isnan(losses), np.inf, losses)
