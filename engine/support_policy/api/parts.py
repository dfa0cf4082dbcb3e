"""What the API is made of: plain parts, chosen by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from support_policy.service.watch.access import Tokens
from support_policy.service.watch.desk import Desk
from support_policy.service.watch.ports import Clock, Journal, Meter, Store


class Hook(Protocol):
    """A source of webhooks whose signing is configured."""

    def signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether this source signed that body, just now."""
        ...


class Changes(Protocol):
    """What changes the policy that is in force. What it gives is plain JSON data."""

    def preview(self, files: Mapping[str, bytes]) -> Mapping[str, Any]:
        """What a policy would change for open tickets. Raises `PolicyError` for one that cannot be used."""
        ...

    def adopt(self, files: Mapping[str, bytes], by: str) -> Mapping[str, Any]:
        """Put a policy in force: `outcome` is adopted, unchanged or refused (`findings` say why)."""
        ...

    def reload(self, by: str) -> Mapping[str, Any]:
        """Put in force what stands in the folder of the policy now; answers as `adopt`."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What callers may ask for at most.

    `body` in bytes, `batch` events in one call, `depth` of nested JSON, `page` rows. `calls` a minute and token,
    `strangers` a minute and address of callers without a valid token. `late` is after how many seconds of lateness the
    service says that it is not ready.
    """

    body: int = 1024 * 1024
    batch: int = 500
    depth: int = 32
    page: int = 500
    calls: int = 600
    strangers: int = 60
    late: int = 60


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the API stands on. `metrics` gives the text of /metrics, `hooks` are sources of webhooks by name."""

    store: Store
    desk: Desk
    clock: Clock
    tokens: Tokens
    meter: Meter
    journal: Journal
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    metrics: Callable[[], bytes] | None = None
    changes: Changes | None = None
    limits: Limits = Limits()
