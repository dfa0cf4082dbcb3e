"""How Hypothesis searches here: `default` on a desk, `ci` the same examples every time, `fuzz` for long.

No profile has a deadline or a speed check: how long a test takes says nothing about the code on a shared machine.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

UNTIMED = [HealthCheck.too_slow]

settings.register_profile("default", deadline=None, max_examples=100, suppress_health_check=UNTIMED)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.register_profile("fuzz", settings.get_profile("default"), max_examples=5_000)
settings.load_profile("ci" if os.environ.get("CI") else "default")
