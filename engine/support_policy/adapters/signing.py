"""The secret by which webhooks are signed, in and out: the library takes whatever decodes to something."""

from __future__ import annotations

import binascii
from base64 import b64decode

PREFIX = "whsec_"
SHORTEST = 24
"""Bytes, by the Standard Webhooks scheme."""


def check_signing_secret(secret: str) -> None:
    """Raises ValueError, without the secret, for what is not `whsec_` and base64 of 24 bytes or more."""
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < SHORTEST:
        raise ValueError(f"the secret of a webhook is `{PREFIX}` and base64 of {SHORTEST} bytes or more")
