"""The callers of `run_load`, in their own process."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from urllib.parse import urlsplit

_OUTCOME = {200: "answered", 503: "rejected", 504: "late"}
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def main(folder: str) -> None:
    """Do what the plan in a folder says, and write down what came of it."""
    plan = json.loads(Path(folder, "plan.json").read_text())
    bodies = [body.encode() for body in plan["bodies"]]
    found = [
        asyncio.run(_Callers(run, bodies, plan["timeout"]).run(plan["clients"]))
        for run in plan["runs"]
    ]
    Path(folder, "found.json").write_text(json.dumps(found))
    print("done", flush=True)


class _Callers:
    """All callers of one service."""

    def __init__(self, run: dict, bodies: list[bytes], timeout: float) -> None:
        self.host, self.port = urlsplit(run["url"]).hostname, urlsplit(run["url"]).port
        self.due, self.rows, self.bodies, self.timeout = run["due"], run["rows"], bodies, timeout
        self.idle: list[_Connection] = []
        self.log: list[tuple] = []

    async def run(self, clients: int | None) -> dict[str, object]:
        """Send every request, and wait for every outcome."""
        self.start = time.perf_counter()
        if clients is None:
            waiting = []
            for number, due in enumerate(self.due):
                await asyncio.sleep(max(0.0, self.start + due - time.perf_counter()))
                waiting.append(asyncio.create_task(self.ask(number, self.start + due)))
            await asyncio.gather(*waiting)
        else:
            numbers = iter(range(len(self.rows)))
            await asyncio.gather(*(self.one_by_one(numbers) for _ in range(clients)))
        took = time.perf_counter() - self.start
        for _, writer in self.idle:
            writer.close()
        return {"seconds": took, "log": self.log}

    async def one_by_one(self, numbers) -> None:
        """Be a client: the next request follows the outcome of the last."""
        for number in numbers:  # which all clients share
            await self.ask(number, time.perf_counter())

    async def ask(self, number: int, due: float) -> None:
        """Send one request, and write down its outcome."""
        prediction = None
        try:
            async with asyncio.timeout(self.timeout):
                status, said = await self.exchange(self.bodies[self.rows[number]])
            default = "refused" if 400 <= status < 500 else "failed"
            outcome = _OUTCOME.get(status, default)
            if outcome == "answered":
                prediction = json.loads(said)["prediction"]
        except (OSError, EOFError, ValueError, TimeoutError):  # nobody there, cut, or no HTTP
            outcome = "failed"
        latency = 1000 * (time.perf_counter() - due)
        when = 1000 * (due - self.start)
        self.log.append((number, self.rows[number], when, latency, outcome, prediction))

    async def exchange(self, body: bytes) -> tuple[int, bytes]:
        """Send a body on a connection that is free, and return status and body of the answer."""
        if self.idle:
            reader, writer = self.idle.pop()
        else:
            reader, writer = await asyncio.open_connection(self.host, self.port)
        keep = False
        try:
            head = f"POST /predict HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}"
            writer.write(head.encode() + b"\r\n\r\n" + body)
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
            headers = dict(line.lower().split(": ", 1) for line in lines if line)
            said = await reader.readexactly(int(headers["content-length"]))
            keep = headers.get("connection") != "close"
            return int(first.split()[1]), said
        except (KeyError, IndexError) as error:
            raise ValueError(f"not an answer: {error}") from None
        finally:
            if keep:
                self.idle.append((reader, writer))
            else:
                writer.close()
