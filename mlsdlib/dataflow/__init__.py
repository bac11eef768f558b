"""Data on its way from one process to another: through a database, a service or a broker.

The broker is a real one, NATS with JetStream, on this machine and for one block of code; nothing
of it is left when the block ends, or the notebook dies::

    from mlsdlib import dataflow

    with dataflow.NatsServer() as server:
        dataflow.run_flow("queue", server=server)  # or "database", "service", "pub-sub"
        dataflow.run_bindings(server, {"audit": "orders.>"}, ["orders.uk"])  # who gets what
        dataflow.run_queue(server, crash_after=200, ack="none")  # what a crash costs

Producers and consumers are processes of their own and can be killed. The functions are synchronous,
so that they work in a notebook; `run` does the same for asynchronous code of your own, written with
nats-py. `HttpService` is a service that others call, a chain of them if you like.

What the experiments are judged by is small and exact: `deliver`, `order_violations` and
`chain_availability`. `IdempotentConsumer` is how a message delivered twice counts once.
"""

from mlsdlib.dataflow._bindings import run_bindings
from mlsdlib.dataflow._flows import run_flow
from mlsdlib.dataflow._http import HttpService
from mlsdlib.dataflow._idempotent import IdempotentConsumer
from mlsdlib.dataflow._measures import chain_availability, deliver, order_violations
from mlsdlib.dataflow._queues import QueueRun, run_queue
from mlsdlib.dataflow._server import NatsServer
from mlsdlib.loops import run

__all__ = [
    "HttpService",
    "IdempotentConsumer",
    "NatsServer",
    "QueueRun",
    "chain_availability",
    "deliver",
    "order_violations",
    "run",
    "run_bindings",
    "run_flow",
    "run_queue",
]
