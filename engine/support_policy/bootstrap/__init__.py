"""Chooses the real parts: for policies here, for the service in `service.py`."""

from __future__ import annotations

from support_policy.bootstrap.policies import compile_files, load_policy

__all__ = ["compile_files", "load_policy"]
