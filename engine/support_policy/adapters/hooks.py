"""Signed webhooks that come in, by the Standard Webhooks scheme."""

from __future__ import annotations

from collections.abc import Mapping

from standardwebhooks import Webhook

PREFIX = "whsec_"


class SignedHook:
    """A source that signs with a secret (`whsec_` and base64). Raises ValueError for what is no such secret."""

    def __init__(self, secret: str) -> None:
        try:
            self._hook = Webhook(secret)
        except Exception:  # noqa: BLE001 - the library raises what its decoder does; the secret must not be shown
            raise ValueError(f"the secret of a webhook is `{PREFIX}` and base64") from None

    def signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether this body was signed with the secret, within five minutes of now."""
        try:
            self._hook.verify(body, dict(headers), json_parse=False)
        except Exception:  # noqa: BLE001 - whatever a header makes the library stumble over is no valid signature
            return False
        return True
