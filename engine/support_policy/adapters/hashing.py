"""Dice and argon2id for the secrets of tokens."""

from __future__ import annotations

import secrets
import string
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHash

AT_ONCE = 2
"""So many hashes are computed at once: each takes memory and a core, whoever asks."""


class Argon2:
    """Argon2id with OWASP's smallest parameters (19 MiB, 2 passes): a secret has 256 random bits, nobody chose it."""

    def __init__(self, *, memory_kib: int = 19 * 1024, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._room = BoundedSemaphore(AT_ONCE)

    def fresh(self) -> tuple[str, str]:
        """See `access.Hasher`."""
        letters = string.ascii_lowercase + string.digits
        return "".join(secrets.choice(letters) for _ in range(8)), secrets.token_urlsafe(32)

    def hashed(self, secret: str) -> str:
        """See `access.Hasher`."""
        return self._hasher.hash(secret)

    def matches(self, secret: str, hashed: str) -> bool:
        """See `access.Hasher`. What is no hash matches nothing."""
        with self._room:
            try:
                return self._hasher.verify(hashed, secret)
            except (Argon2Error, InvalidHash):
                return False
