"""Signed webhooks that come in, by the Standard Webhooks scheme."""

from __future__ import annotations

from collections.abc import Mapping

from standardwebhooks import Webhook

from support_policy.adapters.signing import check_signing_secret


class SignedHook:
    """A source that signs with a secret (`whsec_` and base64). Raises ValueError for what is no such secret."""

    def __init__(self, secret: str) -> None:
        check_signing_secret(secret)
        self._hook = Webhook(secret)

    def signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether this body was signed with the secret, within five minutes of now."""
        try:
            self._hook.verify(body, dict(headers), json_parse=False)
        except Exception:  # noqa: BLE001 - whatever a header makes the library stumble over is no valid signature
            return False
        return True
