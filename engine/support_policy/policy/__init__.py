"""Nodes to a compiled policy: shapes, cross-checks, digest."""
