"""Letters as signed HTTP calls, by the Standard Webhooks specification.

The body is JSON: `type` (the command: `notify`, `notify_again`, `triage`, `flag`, `digest` ...), `timestamp` (when it
was decided) and `data`: `ticket`, `chain`, `level` and `cycle` (null where the command is of no level), `command`,
`key`, `decision` (its id), `subject`, `text`, `recipients` (each `role` and `to`). `webhook-id` stays the same however
often the call is made: a receiver that has seen it answers 2xx and does nothing.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import standardwebhooks

from support_policy.adapters.send.deadline import Deadline
from support_policy.adapters.signing import check_signing_secret
from support_policy.model.event import instant
from support_policy.render.sentences import plain
from support_policy.service.watch.ports import NotNow, Undeliverable, Unreachable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import Webhook

GONE = 410
NEVER = frozenset({GONE, 413, 422})
"""Answers after which the same call is not made again: nobody wants it, it is too large, it makes no sense there."""
ABOUT_THE_CALL = frozenset({400, 408, 409, 425})
"""Answers that speak of one call; any other failure speaks of the endpoint, and the others wait too."""


class WebhookMessenger:
    """Tells one endpoint. For one thread.

    410, 413 and 422 are `Undeliverable`; every other answer but 2xx, a redirect too (none is followed), is tried again,
    no sooner than `Retry-After` says: an endpoint that is being set up or moved answers 401 or 404 for a while.
    """

    def __init__(self, out: Webhook, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Raises ValueError, without the secret, for a secret that is none."""
        self._out, self._now = out, now
        check_signing_secret(out.secret)
        self._signer = standardwebhooks.Webhook(out.secret)
        self._http: httpx.Client | None = None
        self._stream: Any = None

    def deliver(self, letter: Letter, message_id: str) -> None:
        """Make the call. Raises `Undeliverable`, `NotNow` or `Unreachable`."""
        body = body_of(letter)
        at = self._now().astimezone(UTC)
        name = webhook_id(message_id)
        headers = {
            "content-type": "application/json",
            "user-agent": "support-policy",
            "webhook-id": name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._signer.sign(name, at, body),
        }
        with Deadline(self._out.deadline, self._socket) as deadline:
            try:
                code, wait = self._post(body.encode(), headers)
            except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
                self.close()
                late = f"it took longer than {self._out.deadline:g} s" if deadline.passed else _fault(problem)
                raise Unreachable(f"the endpoint cannot be reached: {late}") from None
        self._judge(code, _seconds(wait, at))

    def close(self) -> None:
        """Close the connection."""
        if self._http is not None:
            self._http.close()
        self._http = self._stream = None

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """Status and Retry-After of the answer; its body says nothing to us, however long it is."""
        if self._http is None:
            context = ssl.create_default_context(cafile=self._out.authorities or None)
            self._http = httpx.Client(timeout=self._out.timeout, follow_redirects=False, verify=context)
        traced = {"trace": self._trace}
        with self._http.stream("POST", self._out.url, content=body, headers=headers, extensions=traced) as answer:
            length = answer.headers.get("content-length", "")
            if answer.status_code == httpx.codes.NO_CONTENT or (length.isdecimal() and int(length[:9]) <= 4096):
                # Read to its end, the connection serves again; of any other answer the status is enough.
                answer.read()
            return answer.status_code, str(answer.headers.get("retry-after", ""))

    def _judge(self, code: int, wait: float | None) -> None:
        if 200 <= code < 300:
            return
        said = f"the endpoint answered {code} {httpx.codes.get_reason_phrase(code)}".rstrip()
        if code in NEVER:
            raise Undeliverable(said)
        if 300 <= code < 400:
            raise Unreachable(f"{said}: redirects are not followed, write the new address into the settings", wait)
        if code in ABOUT_THE_CALL:
            raise NotNow(said, wait)
        raise Unreachable(said, wait)

    def _trace(self, event: str, about: dict[str, Any]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._stream = about["return_value"]

    def _socket(self) -> socket.socket | None:
        found = self._stream.get_extra_info("socket") if self._stream is not None else None
        return found if isinstance(found, socket.socket) else None


def webhook_id(message_id: str) -> str:
    """The left side of a Message-ID: no full stop may stand in what is signed as an id."""
    return message_id.strip("<>").partition("@")[0]


def body_of(letter: Letter) -> str:
    """The body of the call; the same bytes whenever it is made."""
    chain, level, cycle = firing_of(letter)
    data = {
        "ticket": letter.ticket or None,
        "chain": chain,
        "level": level,
        "cycle": cycle,
        "command": letter.command,
        "key": letter.key,
        "decision": letter.decision or None,
        "subject": letter.subject,
        "text": letter.body,
        "recipients": [{"role": letter.role or None, "to": letter.recipient}],
    }
    whole = {"type": letter.command, "timestamp": instant(letter.created).isoformat(), "data": data}
    return json.dumps(whole, ensure_ascii=True, separators=(",", ":"))


def firing_of(letter: Letter) -> tuple[str | None, int | None, int | None]:
    """Chain, level and cycle of a letter whose key is that of a firing: `TICKET/CHAIN/LEVEL/CYCLE`, and more."""
    parts = letter.key.removeprefix(f"{letter.ticket}/").split("/")
    if letter.command.startswith("notify") and len(parts) >= 3 and parts[1].isdecimal() and parts[2].isdecimal():
        return parts[0], int(parts[1]), int(parts[2])
    return None, None, None


def _seconds(value: str, now: datetime) -> float | None:
    """What `Retry-After` says, seconds or a date, in seconds from now."""
    text = value.strip()
    if text.isdecimal() and text.isascii():
        return float(text[:10])
    try:
        return max(0.0, (parsedate_to_datetime(text).astimezone(UTC) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _fault(problem: Exception) -> str:
    return plain(f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__, 300)
