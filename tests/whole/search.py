"""How long the searches of this folder take: each example is a whole policy, lived second by second."""

from __future__ import annotations

from hypothesis import Phase, settings

SLOW = settings(
    max_examples=settings().max_examples // 4, phases=[phase for phase in Phase if phase is not Phase.explain]
)
"""A quarter of the examples of the profile in use: 25, and 1,250 where it searches long."""
