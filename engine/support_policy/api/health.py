"""Addresses for those who watch the service itself. Open to all: nothing here names a ticket or a customer."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from starlette.responses import Response

from support_policy.api.parts import Parts
from support_policy.api.routes import Routes, Says, answer, ref
from support_policy.service.watch.ports import StoreBusy, StoreConflict, StoreFull
from support_policy.service.watch.watchdog import ALARMS, Standing, Watchdog

FATAL = ("store", "overdue")
"""The checks without which the service is not ready; the others are shown."""
FRESH = timedelta(seconds=1)
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Health:
    """Says how the service is."""

    def __init__(self, parts: Parts, routes: Routes) -> None:
        self.parts = parts
        self.watchdog = Watchdog(parts.store, parts.meter, parts.journal, timedelta(seconds=parts.limits.late))
        self._last: tuple[datetime, dict[str, Any]] | None = None
        self._lock = Lock()
        alive = {"type": "object", "required": ["alive"], "properties": {"alive": {"const": True}}}
        routes.add("GET", "/healthz", self.alive, None, Says("Whether the process lives", gives=alive), "health")
        about = "200 when the store answers and what is due has been decided; 503 otherwise, and `checks` say why."
        ready = Says("Whether the service is ready", about, ref("Ready"), also={503: "It is not ready"})
        routes.add("GET", "/readyz", self.ready, None, ready, "health")
        if parts.metrics is not None:
            text = {"text/plain": {"type": "string"}}
            says = Says("Figures for Prometheus", media=text, problems=("failed",))
            routes.add("GET", "/metrics", self.metrics, None, says, "health")

    def alive(self) -> Response:
        """GET /healthz."""
        return answer({"alive": True})

    def ready(self) -> Response:
        """GET /readyz."""
        now = self.parts.clock.now()
        with self._lock:
            # Everybody may ask: the store is asked once a second at most.
            if self._last is None or abs(now - self._last[0]) >= FRESH:
                self._last = (now, self._look(now))
            told = self._last[1]
        return answer(told, 200 if told["ready"] else 503)

    def metrics(self) -> Response:
        """GET /metrics."""
        text = self.parts.metrics() if self.parts.metrics else b""
        return Response(text, 200, {"Content-Type": PROMETHEUS})

    def _look(self, now: datetime) -> dict[str, Any]:
        try:
            checks = [{"name": "store", "ok": True, "says": "it answers"}, *map(_check, self.watchdog.look(now))]
        except (StoreBusy, StoreConflict, StoreFull) as problem:
            self.parts.journal.say("error", "the store does not answer", why=str(problem))
            checks = [{"name": "store", "ok": False, "says": "it does not answer"}]
        return {"ready": all(check["ok"] for check in checks if check["name"] in FATAL), "checks": checks}


def _check(one: Standing) -> dict[str, Any]:
    says = f"{ALARMS[one.name]}: {one.count}" if one.count else "none"
    return {"name": one.name, "ok": not one.count, "says": says}
