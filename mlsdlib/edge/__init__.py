"""Models on the devices of their users: whether they belong there, what they give away, how fast.

`place` compares a slow device with a server behind a network. `recover` and `recover_each` take
inputs out of the updates that a device sends, and `hide` puts noise over them.
`runtime_graph` shows what a compiler makes of a model, `simulate_tuner` how far its search for
fast code can be believed. `time_runtimes` runs one model natively, in WebAssembly and in plain
JavaScript, and `browser_page` in the reader's own browser::

    from mlsdlib import compression, edge

    model = compression.to_onnx(net, x[:1])
    if edge.find_node():
        times = edge.time_runtimes(model, x, rows=[1, 32])
    edge.browser_page(model, pictures)  # shows an address to open

The files of ONNX Runtime Web lie in ``web/onnxruntime_web``, with their licence. Nothing is
downloaded.
"""

from mlsdlib.edge._assets import runtime_bytes
from mlsdlib.edge._browser import BrowserPage, browser_page
from mlsdlib.edge._graph import RuntimeGraph, runtime_graph
from mlsdlib.edge._leakage import recover, recover_each
from mlsdlib.edge._placement import Placement, breakeven_slowdown, place
from mlsdlib.edge._runtimes import RuntimeTimes, find_node, time_runtimes
from mlsdlib.edge._together import hide, train_together
from mlsdlib.edge._tuning import TunerGain, simulate_tuner

__all__ = [
    "BrowserPage",
    "Placement",
    "RuntimeGraph",
    "RuntimeTimes",
    "TunerGain",
    "breakeven_slowdown",
    "browser_page",
    "find_node",
    "hide",
    "place",
    "recover",
    "recover_each",
    "runtime_bytes",
    "runtime_graph",
    "simulate_tuner",
    "time_runtimes",
    "train_together",
]
