"""Monitoring and observability: is the system well, and if not, why?

Metrics say that something is wrong. A service counts what it does, a page shows the counts, and
a rule calls somebody if a condition has held for long enough::

    from mlsdlib import monitoring as mon

    registry = mon.Registry()
    answered = registry.counter("requests_total", "Requests answered.", labels=["status"])
    latency = registry.histogram("latency_seconds", "Time to answer.")
    answered.inc(status=200), latency.observe(0.031)
    rule = mon.AlertRule("Errors", lambda share: share > 0.05, for_=300)
    with mon.MetricsEndpoint(registry) as endpoint:
        mon.scrape(endpoint.url)  # what a monitoring system does every few seconds

Logs and traces say why. `JsonLog` keeps events with named fields; a `Tracer` records what was
done for each request, and `critical_path` which part of it the request waited for.

While labels are still to come, `expected_accuracy` is what the model's probabilities promise.
"""

from mlsdlib.monitoring._alerts import Alert, AlertRule
from mlsdlib.monitoring._board import draw_board
from mlsdlib.monitoring._endpoint import MetricsEndpoint, scrape
from mlsdlib.monitoring._histogram import BinCounts
from mlsdlib.monitoring._logs import JsonLog, read_log
from mlsdlib.monitoring._metrics import Counter, Gauge, Histogram, Registry
from mlsdlib.monitoring._paths import Segment, align_clocks, critical_path, time_by_service
from mlsdlib.monitoring._proxies import expected_accuracy
from mlsdlib.monitoring._simulate import Call, simulate_traces
from mlsdlib.monitoring._spans import Span, SpanContext, Tracer
from mlsdlib.monitoring._text import parse

__all__ = [
    "Alert",
    "AlertRule",
    "BinCounts",
    "Call",
    "Counter",
    "Gauge",
    "Histogram",
    "JsonLog",
    "MetricsEndpoint",
    "Registry",
    "Segment",
    "Span",
    "SpanContext",
    "Tracer",
    "align_clocks",
    "critical_path",
    "draw_board",
    "expected_accuracy",
    "parse",
    "read_log",
    "scrape",
    "simulate_traces",
    "time_by_service",
]
