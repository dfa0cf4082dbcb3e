"""Tokens: made, listed, revoked, and checked. Only a hash of a token's secret is kept."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Protocol

from support_policy.model.event import micros
from support_policy.service.watch.ports import Store, Work
from support_policy.service.watch.rights import SCOPES, Caller
from support_policy.service.watch.rows import AuditRow, TokenRow
from support_policy.source.diagnostics import did_you_mean

TOKEN = re.compile(r"sp_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
"""The text of a token: `sp_ID_SECRET`, the secret 256 random bits."""
RECHECK = 2.0
"""So many seconds a token is believed without asking the store: a revocation is seen no later."""
MOST_KEPT = 10_000
NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,100}")


class Hasher(Protocol):
    """Dice, and a hash that is slow on purpose."""

    def fresh(self) -> tuple[str, str]:
        """An id of eight letters and digits, and a secret of 256 bits as 43 letters."""
        ...

    def hashed(self, secret: str) -> str:
        """What is kept of a secret."""
        ...

    def matches(self, secret: str, hashed: str) -> bool:
        """Whether that was kept of this secret."""
        ...


class BadToken(Exception):
    """A token that cannot be made as asked; the message says why."""


def new_token(
    work: Work,
    hasher: Hasher,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    *,
    organizations: Sequence[str] = (),
    expires: datetime | None = None,
    actor: str = "cli",
) -> tuple[TokenRow, str]:
    """Make a token: its row, and its text, which is shown this once. Raises `BadToken`."""
    for text in (name, *organizations):
        if not NAME.fullmatch(text):
            raise BadToken(f"`{text[:100]!r}` is no name: 1 to 100 characters, no control characters")
    if not scopes:
        raise BadToken(f"a token needs a scope: {', '.join(SCOPES)}")
    for scope in scopes:
        if scope not in SCOPES:
            raise BadToken(f"there is no scope `{scope[:60]}`: {did_you_mean(scope, SCOPES)}")
    if expires is not None and expires <= now:
        raise BadToken("the token would have expired already")
    id, secret = hasher.fresh()
    row = TokenRow(
        id=id,
        name=name,
        secret=hasher.hashed(secret),
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        organizations=tuple(dict.fromkeys(organizations)),
        created=micros(now),
        expires=None if expires is None else micros(expires),
    )
    work.register.put_token(row)
    about = {"name": name, "scopes": list(row.scopes), "organizations": list(row.organizations), "expires": row.expires}
    work.register.audit(AuditRow(micros(now), "token.created", actor, id, about))
    return row, f"sp_{id}_{secret}"


def revoke_token(work: Work, id: str, now: datetime, actor: str = "cli") -> TokenRow | None:
    """Revoke a token, for good: its row; None when there is no such token. Twice is no error."""
    row = work.register.token(id)
    if row is None or row.revoked is not None:
        return row
    row = replace(row, revoked=micros(now))
    work.register.put_token(row)
    work.register.audit(AuditRow(micros(now), "token.revoked", actor, id, {"name": row.name}))
    return row


def standing(row: TokenRow, now: datetime) -> str:
    """How a token stands: `valid`, `expired` or `revoked`."""
    if row.revoked is not None:
        return "revoked"
    return "expired" if row.expires is not None and row.expires <= micros(now) else "valid"


@dataclass(slots=True)
class _Known:
    row: TokenRow
    read: float


class Tokens:
    """Checks tokens. The slow hash is computed once for a token; its row is read anew every `RECHECK` seconds.

    Safe among threads. `tick` counts seconds and never goes back.
    """

    def __init__(self, store: Store, hasher: Hasher, tick: Callable[[], float] = monotonic) -> None:
        self.store, self.hasher, self.tick = store, hasher, tick
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._lock = Lock()

    def known(self, text: str) -> bool:
        """Whether checking this token is cheap: its hash has been computed before."""
        with self._lock:
            return _key(text) in self._known

    def caller(self, text: str, now: datetime) -> Caller | str:
        """Who calls with this token, or why it is not believed: unreadable, unknown, wrong, expired, revoked.

        Raises what the store raises.
        """
        found = TOKEN.fullmatch(text)
        if found is None:
            return "unreadable"
        id, secret = found.groups()
        key = _key(text)
        with self._lock:
            known = self._known.get(key)
        if known is None or self.tick() - known.read > RECHECK:
            with self.store.look() as work:
                row = work.register.token(id)
            if row is None:
                return self._forget(key, "unknown")
            if (known is None or known.row.secret != row.secret) and not self.hasher.matches(secret, row.secret):
                return self._forget(key, "wrong")
            known = self._keep(key, _Known(row, self.tick()))
        row = known.row
        why = standing(row, now)
        return Caller(f"token:{row.id}", row.scopes, row.organizations, row.name) if why == "valid" else why

    def _keep(self, key: bytes, known: _Known) -> _Known:
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return known

    def _forget(self, key: bytes, why: str) -> str:
        with self._lock:
            self._known.pop(key, None)
        return why


def _key(text: str) -> bytes:
    # The token itself is not kept in memory longer than its call.
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
