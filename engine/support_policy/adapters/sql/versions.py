"""Versions of the policy in SQL."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import fields

from sqlalchemy import func, insert, select

from support_policy.adapters.sql.common import Part
from support_policy.adapters.sql.prepared import Prepared
from support_policy.adapters.sql.tables import versions
from support_policy.service.watch.rows import VersionRow

_LINE = 7_361_154_002
"""The lock that those who decide share, and who adopts a version has alone: any number that nobody else uses."""
_NO_ADOPTION = Prepared(lambda _: select(func.pg_advisory_xact_lock_shared(_LINE)))
_ADOPTION = select(func.pg_advisory_xact_lock(_LINE))
_NEWEST = Prepared(lambda _: select(func.coalesce(func.max(versions.c.number), 0)))


class SqlVersions(Part):
    """See `ports.Versions`."""

    def newest(self) -> int:
        """See the port."""
        if self.postgres and self.connection.get_execution_options().get("writes"):
            # A statement of its own: the one that waits for an adoption would not see what it has stored.
            _NO_ADOPTION.fetch(self.connection, {})
        return int(_NEWEST.fetch(self.connection, {})[0][0])

    def hold(self) -> None:
        """See the port."""
        if self.postgres:
            self.connection.execute(_ADOPTION)

    def all(self) -> Sequence[VersionRow]:
        """See the port."""
        found = self.connection.execute(select(versions).order_by(versions.c.number))
        return [VersionRow(**{**row._asdict(), "files": _unpacked(row.files)}) for row in found]

    def add(self, row: VersionRow) -> None:
        """See the port."""
        values = {field.name: getattr(row, field.name) for field in fields(VersionRow)}
        self.connection.execute(insert(versions), [{**values, "files": _packed(row.files)}])


def _packed(files: Mapping[str, bytes]) -> bytes:
    text = {name: b64encode(content).decode() for name, content in sorted(files.items())}
    return zlib.compress(json.dumps(text).encode())


def _unpacked(data: bytes) -> dict[str, bytes]:
    return {name: b64decode(text) for name, text in json.loads(zlib.decompress(data)).items()}
