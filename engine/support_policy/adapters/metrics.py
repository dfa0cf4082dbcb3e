"""What is counted, for Prometheus: a `Meter` whose registry `/metrics` shows."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

LATENESS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
SPAN = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
GAUGES = {
    "overdue": "Tickets with something due and not decided for longer than the watchdog's limit.",
    "stuck": "Tickets that could not be decided and are tried again.",
    "letters_waiting": "Messages that wait to be sent.",
    "letters_dead": "Messages that were given up and wait for a person.",
    "alarms": "Alarms of the watchdog that are raised.",
    "workers": "Workers that have lived within the watchdog's limit.",
}
"""What there is now, by name, and what it means; measured by the watchdog."""


class PrometheusMeter:
    """Counts into a registry of its own. Safe among threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._decided = self._counter("events", "Facts and due instants decided.", "trigger", "outcome")
        self._breached = self._counter("breaches", "Targets missed.", "priority", "metric")
        self._delivered = self._counter("deliveries", "Messages handed over, or not.", "kind", "result")
        self._mails = self._counter("mails", "Mails that came in.", "status")
        self._refused = self._counter("calls_refused", "Calls of the API that were refused.", "why")
        self._late = self._histogram("firing_lateness_seconds", "From due to decided.", LATENESS)
        self._http = self._histogram("http_seconds", "From a call to its answer.", SPAN, "method", "route", "status")
        self._gauges = {
            name: Gauge(f"support_policy_{name}", says, registry=self.registry) for name, says in GAUGES.items()
        }

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"support_policy_{name}", says, labels, registry=self.registry)

    def _histogram(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"support_policy_{name}", says, labels, registry=self.registry, buckets=buckets)

    def decided(self, trigger: str, outcome: str) -> None:
        """See `Meter.decided`."""
        self._decided.labels(trigger, outcome).inc()

    def late(self, seconds: float) -> None:
        """See `Meter.late`."""
        self._late.observe(max(0.0, seconds))

    def breached(self, priority: str, metric: str) -> None:
        """See `Meter.breached`."""
        self._breached.labels(priority, metric).inc()

    def delivered(self, kind: str, result: str) -> None:
        """See `Meter.delivered`."""
        self._delivered.labels(kind, result).inc()

    def mail(self, status: str) -> None:
        """See `Meter.mail`."""
        self._mails.labels(status).inc()

    def refused(self, why: str) -> None:
        """See `Meter.refused`."""
        self._refused.labels(why).inc()

    def gauge(self, name: str, value: float) -> None:
        """See `Meter.gauge`."""
        self._gauges[name].set(value)

    def called(self, method: str, route: str, status: int, seconds: float) -> None:
        """A call of the API was answered; `route` is its pattern, not its path."""
        self._http.labels(method, route, str(status)).observe(seconds)

    def shown(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)
