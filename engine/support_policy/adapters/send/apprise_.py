"""Letters to whatever apprise knows by URL: chats, pagers, push services."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager
from io import StringIO
from typing import TYPE_CHECKING, cast

from support_policy.render.sentences import plain
from support_policy.service.watch.ports import NotNow, Undeliverable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import Apprise

if TYPE_CHECKING:
    import apprise

UNKNOWN = "apprise does not know this URL, or something is missing in it"


class AppriseMessenger:
    """Tells one service. These services know no key that a second telling could be recognised by. For one thread."""

    def __init__(self, out: Apprise) -> None:
        self._out = out
        self._service: apprise.Apprise | None = None

    def deliver(self, letter: Letter, message_id: str) -> None:  # noqa: ARG002 - there is no place for it
        """Tell the service. Raises `Undeliverable` for a URL that apprise does not know, else `NotNow`."""
        # Slow to load, and few services have such a channel.
        import apprise

        if self._service is None:
            self._service = service_of(self._out.url)
        if self._service is None:
            raise Undeliverable(UNKNOWN)
        with _capture() as said:
            told = self._service.notify(body=letter.body, title=letter.subject, body_format=apprise.NotifyFormat.TEXT)
            lines = str(said.getvalue()).split("\n")
        if not told:
            why = next((plain(line, 200) for line in lines if line.strip()), "no reason was given")
            raise NotNow(f"the service did not take it: {why}")

    def close(self) -> None:
        """Nothing is open."""


def service_of(url: str) -> apprise.Apprise | None:
    """The service of a URL; None when apprise does not know it, or something is missing in it."""
    import apprise

    with _capture(), warnings.catch_warnings():
        # Its plugins load modules that Python will drop; that is theirs to mend.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = apprise.Apprise.instantiate(url, asset=apprise.AppriseAsset(app_id="support-policy"))
    if not isinstance(found, apprise.NotifyBase):
        return None
    if "overflow=" not in url:
        # A text too long for the service comes in parts: by default it would be refused.
        found.overflow_mode = apprise.OverflowMode.SPLIT
    service = apprise.Apprise()
    service.add(found)
    return service


def _capture() -> AbstractContextManager[StringIO]:
    """What apprise says while it works, instead of its log: our journal is where an operator looks."""
    import apprise

    capture = apprise.LogCapture(level=apprise.logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]
    return cast("AbstractContextManager[StringIO]", capture)
