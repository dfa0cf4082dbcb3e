"""A town: the real service under load, with those who write to it and those whom it writes to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.soak.storm import (
    Customers,
    Mailbox,
    Service,
    drained,
    free_port,
    hasty_policy,
    mailbox,
    must_hold,
    ready,
    until,
)


@dataclass
class Town:
    """A service on a database, its customers, and the mailbox of those whom it tells."""

    url: str
    port: int
    service: Service
    customers: Customers
    box: Mailbox

    def ready(self) -> bool:
        """Whether it says that it is ready."""
        return ready(self.port)

    def says(self) -> int:
        """What /readyz answers."""
        return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=30).status_code

    def busy(self, more: int = 5) -> None:
        """Wait until so many more tickets have come in."""
        begun = len(self.customers.begun)
        until(lambda: len(self.customers.begun) > begun + more, 30, "more tickets")

    def ends_well(self) -> Counter[str]:
        """All is decided and sent, all end when told to, and nothing was lost."""
        self.customers.stop()
        drained(self.url)
        assert set(self.service.stop().values()) == {0}, self.service.said()[-3000:]
        assert "Traceback" not in self.service.said()
        counts = must_hold(self.url, self.customers, self.box)
        rebuilt = self.service.call("rebuild", "--config", "service.yaml")
        assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
        return counts


@contextmanager
def town(folder: Path, url: str, workers: int = 0, mail: int = 0) -> Iterator[Town]:
    """A service under load."""
    policy, port = hasty_policy(folder / "policy"), free_port()
    works = {f"work{n}": ["work", "--config", "service.yaml"] for n in range(workers)}
    names = {"serve": ["serve", "--config", "service.yaml", "--policy", str(policy)], **works}
    with mailbox() as (box, smtp), Service(folder, names) as service:
        (folder / "service.yaml").write_text(settings(url, port, smtp, mail), encoding="utf-8")
        service.start("serve")
        until(lambda: ready(port), 60, "the service is ready")
        for name in list(names)[1:]:
            service.start(name)
        customers = Customers(f"http://127.0.0.1:{port}", service.token("manager"), 7, pause=1.0)
        customers.start()
        try:
            yield Town(url, port, service, customers, box)
        finally:
            customers.stop(hopeless=True)


def settings(url: str, port: int, smtp: int, mail: int) -> str:
    """The settings; `mail` is the port where mail is taken, 0 for none."""
    return f"""\
database: {json.dumps(url)}
http: {{listen: "127.0.0.1:{port}", calls_per_minute: 1000000}}
mail: {{listen: {f'"127.0.0.1:{mail}"' if mail else "no"}}}
send: {{smtp: {{host: 127.0.0.1, port: {smtp}, tls: none}}, from: support@vmoso.example}}
limits: {{messages: 1000000}}
"""
