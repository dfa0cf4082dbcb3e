"""The database's schema, step by step: one module in `versions/` for each that was ever released."""

from __future__ import annotations

from typing import Any

NEWEST = "0001"
"""The schema this program works with."""
KNOWN = ("0001",)
"""Every schema it can migrate from, the oldest first."""
TABLE = "support_policy_schema"
"""Where a database says which it has."""


def other_type(context: Any, _stored: Any, _column: Any, stored: Any, wanted: Any) -> bool:
    """Whether a column has another type than the program wants, as the database writes it; Alembic asks so."""
    dialect = context.dialect
    return bool(stored.compile(dialect) != wanted.compile(dialect))
