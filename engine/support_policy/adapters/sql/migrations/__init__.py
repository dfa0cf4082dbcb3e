"""The database's schema, step by step: one module in `versions/` for each that was ever released."""

NEWEST = "0001"
"""The schema this program works with."""
KNOWN = ("0001",)
"""Every schema it can migrate from, the oldest first."""
TABLE = "support_policy_schema"
"""Where a database says which it has."""
