"""Windows over events, in batch and as streams that give the same answer.

A batch is a pure function on arrays; its streaming twin is an object that takes events as they
arrive, out of order too, with `update`, `update_many`, `merge` and `get`::

    from mlsdlib import streaming

    # For each ride: how many left the same station in the hour up to it?
    streaming.window_aggregate(t, v, by=station, width=3600, agg="count")

    rides = streaming.RollingStat("count", 3600, lateness=300)
    rides.update(t, v, by=station)  # as a ride arrives
    rides.get(by=station)  # the feature, now

    hours = streaming.TumblingWindows(3600, agg="sum", lateness=300)
    hours.update(t, v, by=station)  # the windows that this event closes

Time is event time, when something happened, not when it became known. The *watermark* is the
greatest event time seen minus the allowed lateness: what is older comes too late, is left out and
is counted (Akidau et al. 2015, *The Dataflow Model*).
"""

from mlsdlib.streaming._assign import assign_windows
from mlsdlib.streaming._batch import window_aggregate
from mlsdlib.streaming._parity import Parity, parity
from mlsdlib.streaming._rolling import RollingStat
from mlsdlib.streaming._running import RunningStat
from mlsdlib.streaming._sessions import SessionWindows
from mlsdlib.streaming._windows import SlidingWindows, TumblingWindows, Window

__all__ = [
    "Parity",
    "RollingStat",
    "RunningStat",
    "SessionWindows",
    "SlidingWindows",
    "TumblingWindows",
    "Window",
    "assign_windows",
    "parity",
    "window_aggregate",
]
