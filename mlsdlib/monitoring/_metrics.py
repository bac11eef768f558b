"""Counters and gauges, and the registry that holds a service's metrics."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from mlsdlib.monitoring._histogram import BUCKETS, BinCounts
from mlsdlib.monitoring._inputs import label_names, label_values, metric_name, number
from mlsdlib.monitoring._text import head, line


class _Metric:
    """A family of time series: one for each combination of its labels' values."""

    kind = ""

    def __init__(self, name: str, help: str, labels: Sequence[str] = ()) -> None:
        self.name = metric_name(name)
        self.help = help
        self.labels = label_names(labels, taken="le" if self.kind == "histogram" else "")
        self._series: dict[tuple[str, ...], object] = {}
        self._lock = threading.Lock()
        if not self.labels:  # what has no labels exists from the start, at zero
            self._series[()] = self._new()

    def _new(self) -> object:
        return 0.0

    def _key(self, labels: dict[str, object]) -> tuple[str, ...]:
        return label_values(self.labels, labels)

    def get(self, **labels: object) -> float:
        """Return the value of one series; 0 for one that never changed.

        Raises
        ------
        ValueError
            If the labels are not those of the metric.
        """
        key = self._key(labels)
        with self._lock:
            return self._series.get(key, 0.0)

    def merge(self, other: _Metric) -> None:
        """Add another process's metric of the same kind to this one, series by series.

        Raises
        ------
        TypeError, ValueError
            If the other is not of the same kind, name and labels.
        """
        if type(other) is not type(self):
            raise TypeError(f"other must be a {type(self).__name__}, got {other!r}")
        if (other.name, other.labels) != (self.name, self.labels):
            raise ValueError(
                f"other must be {self.name} with labels {list(self.labels)}, got {other.name} "
                f"with {list(other.labels)}"
            )
        with other._lock:
            theirs = dict(other._series)
        with self._lock:
            for key, value in theirs.items():
                self._take(key, value)

    def _take(self, key: tuple[str, ...], value: float) -> None:
        self._series[key] = self._series.get(key, 0.0) + value

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text format, sorted by the labels' values."""
        yield from head(self.name, self.kind, self.help)
        with self._lock:
            series = sorted(self._series.items())
        for key, value in series:
            yield line(self.name, zip(self.labels, key, strict=True), value)


class Counter(_Metric):
    """A count of what happened since the process began; it never falls.

    Its rate, not its value, is what one looks at; a restart sets it to zero. By convention its
    name ends in ``_total``. Made by `Registry.counter`; safe to use from several threads.

    Examples
    --------
    >>> registry = Registry()
    >>> requests = registry.counter("requests_total", "Requests answered.", labels=["status"])
    >>> requests.inc(status=200)
    >>> requests.inc(2, status=503)
    >>> requests.get(status=503)
    2.0
    """

    kind = "counter"

    def inc(self, amount: float = 1, /, **labels: object) -> None:
        """Count one more, or `amount` more.

        Raises
        ------
        TypeError, ValueError
            If the amount is negative or no number, or the labels are not those of the metric.
        """
        amount, key = number("amount", amount, at_least=0), self._key(labels)
        with self._lock:
            self._series[key] = self._series.get(key, 0.0) + amount


class Gauge(_Metric):
    """A number that rises and falls: a queue's length, a model's age, a share of missing values.

    Made by `Registry.gauge`; safe to use from several threads. Merged gauges are added, which is
    right for lengths and wrong for shares: those are better kept as two counters.

    Examples
    --------
    >>> queue = Registry().gauge("queue_length", "Requests that wait.")
    >>> queue.set(7)
    >>> queue.get()
    7.0
    """

    kind = "gauge"

    def set(self, value: float, /, **labels: object) -> None:
        """Set the number.

        Raises
        ------
        TypeError, ValueError
            If the value is NaN or no number, or the labels are not those of the metric.
        """
        value, key = number("value", value), self._key(labels)
        with self._lock:
            self._series[key] = value


class Histogram(_Metric):
    """Counts of values in fixed bins, from which shares and quantiles are read.

    Unlike an average it keeps the tail, and unlike a list of quantiles it can be merged: the p99
    of a service that runs three times is the p99 of the added counts, and no function of three
    p99s. Made by `Registry.histogram`; safe to use from several threads.

    Examples
    --------
    >>> seconds = Registry().histogram("latency_seconds", "Time to answer.", buckets=[0.1, 1])
    >>> seconds.observe_many([0.02, 0.04, 0.05, 0.5])
    >>> seconds.quantile(0.5)
    0.06666666666666667
    """

    kind = "histogram"

    def __init__(
        self,
        name: str,
        help: str,
        labels: Sequence[str] = (),
        *,
        buckets: Sequence[float] = BUCKETS,
    ) -> None:
        self._buckets = BinCounts(buckets).upper
        super().__init__(name, help, labels)

    def _new(self) -> BinCounts:
        return BinCounts(self._buckets)

    def observe(self, value: float, /, **labels: object) -> None:
        """Count one value."""
        self.observe_many([value], **labels)

    def observe_many(self, values: Sequence[float], /, **labels: object) -> None:
        """Count values, as many calls of `observe` would.

        Raises
        ------
        TypeError, ValueError
            If a value is NaN or no number, or the labels are not those of the metric.
        """
        key = self._key(labels)
        with self._lock:
            self._series.setdefault(key, self._new()).update_many(values)

    def get(self, **labels: object) -> BinCounts:
        """Return a copy of the counts of one series."""
        key = self._key(labels)
        with self._lock:
            found = self._new()
            if key in self._series:
                found.merge(self._series[key])
        return found

    def quantile(self, q: float, /, **labels: object) -> float:
        """Return a quantile of one series, as `BinCounts.quantile`."""
        return self.get(**labels).quantile(q)

    def _take(self, key: tuple[str, ...], value: BinCounts) -> None:
        self._series.setdefault(key, self._new()).merge(value)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text format: cumulative counts, the sum and the count."""
        yield from head(self.name, self.kind, self.help)
        with self._lock:
            series = [(key, *value.cumulative()) for key, value in sorted(self._series.items())]
        for key, upper, counts, total in series:
            labels = [*zip(self.labels, key, strict=True)]
            for end, count in zip(upper, counts, strict=True):
                yield line(f"{self.name}_bucket", [*labels, ("le", end)], count)
            yield line(f"{self.name}_sum", labels, total)
            yield line(f"{self.name}_count", labels, counts[-1])


class Registry:
    """The metrics of one process, by name, and their text as Prometheus reads it.

    Examples
    --------
    >>> registry = Registry()
    >>> registry.counter("requests_total", "Requests answered.").inc(3)
    >>> print(registry.text(), end="")
    # HELP requests_total Requests answered.
    # TYPE requests_total counter
    requests_total 3
    """

    def __init__(self) -> None:
        self._metrics: dict[str, _Metric] = {}

    def counter(self, name: str, help: str, labels: Sequence[str] = ()) -> Counter:
        """Return a new counter.

        Parameters
        ----------
        name, help : str
            Its name, and a sentence for people.
        labels : sequence of str
            Names of its labels. Each combination of values is a series of its own, so a label
            with many values (a user's id) costs memory without bound.

        Raises
        ------
        TypeError, ValueError
            If a name is taken already, or is none that Prometheus takes.
        """
        return self._add(Counter(name, help, labels))

    def gauge(self, name: str, help: str, labels: Sequence[str] = ()) -> Gauge:
        """Return a new gauge; parameters and errors as for `counter`."""
        return self._add(Gauge(name, help, labels))

    def histogram(
        self,
        name: str,
        help: str,
        labels: Sequence[str] = (),
        *,
        buckets: Sequence[float] = BUCKETS,
    ) -> Histogram:
        """Return a new histogram; parameters and errors as for `counter` and `BinCounts`."""
        return self._add(Histogram(name, help, labels, buckets=buckets))

    def _add(self, metric: _Metric) -> _Metric:
        if self._metrics.setdefault(metric.name, metric) is not metric:
            raise ValueError(f"name must be new to the registry, got {metric.name!r}")
        return metric

    def merge(self, other: Registry) -> None:
        """Add another process's registry to this one, metric by metric.

        Raises
        ------
        TypeError, ValueError
            If the other is no registry, or one of its metrics is missing here or differs.
        """
        if not isinstance(other, Registry):
            raise TypeError(f"other must be a Registry, got {other!r}")
        for name, metric in other._metrics.items():
            if name not in self._metrics:
                raise ValueError(f"other must have the same metrics, got {name!r} too")
            self._metrics[name].merge(metric)

    def text(self) -> str:
        """Return all metrics in Prometheus's text format, version 0.0.4."""
        return "".join(f"{text}\n" for m in [*self._metrics.values()] for text in m.lines())
