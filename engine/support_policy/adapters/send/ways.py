"""The messengers of the settings, by the name of the way (see `service.watch.outgoing.way_of`)."""

from __future__ import annotations

from collections.abc import Iterable

from support_policy.service.watch.outgoing import CHANNEL, MAIL
from support_policy.service.watch.ports import Messenger
from support_policy.service.watch.settings_out import Apprise, FolderOut, Out, SmtpOut, Webhook


def messengers(out: Out) -> dict[str, Messenger]:
    """A messenger for mail and one for each channel. Raises ValueError for a secret of a webhook that is none."""
    made: dict[str, Messenger] = {MAIL: _mail(out.mail)}
    for name, channel in out.channels.items():
        made[CHANNEL + name] = _channel(channel)
    return made


def whole(out: Out) -> frozenset[str]:
    """The recipients that are told every letter by itself, in a storm too."""
    return frozenset(CHANNEL + name for name, channel in out.channels.items() if not channel.folded)


def close(made: Iterable[Messenger]) -> None:
    """Give back what all of them have opened."""
    for messenger in made:
        messenger.close()


# Each brings libraries that are slow to load, and few services have every kind.


def _mail(out: SmtpOut | FolderOut) -> Messenger:
    if isinstance(out, FolderOut):
        from support_policy.adapters.send.folder import FolderMessenger

        return FolderMessenger(out)
    from support_policy.adapters.send.smtp import SmtpMessenger

    return SmtpMessenger(out)


def _channel(out: Webhook | Apprise) -> Messenger:
    if isinstance(out, Apprise):
        from support_policy.adapters.send.apprise_ import AppriseMessenger

        return AppriseMessenger(out)
    from support_policy.adapters.send.webhook import WebhookMessenger

    return WebhookMessenger(out)
