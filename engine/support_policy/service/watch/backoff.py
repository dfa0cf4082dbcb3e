"""When a letter that could not be delivered is tried again, by the strategies of tenacity (this is its only home)."""

from __future__ import annotations

from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import OutLimits

LONGEST_ASKED = 86_400.0
"""Seconds: a server that asks for more patience than this is not believed."""
_DAY = 86_400_000_000


def wait_after(limits: OutLimits, attempts: int, asked: float | None = None) -> float:
    """Seconds to wait after so many tries: twice as long each time, half of it by chance, so that not all come at once.

    `asked` is how long the other side asked for: no less is waited, up to a day.
    """
    # Slow to load, and only a failure needs it.
    from tenacity import RetryCallState, Retrying, wait_exponential, wait_random_exponential

    first, longest = limits.first_wait / 2, limits.longest_wait / 2
    strategy = wait_exponential(multiplier=first, max=longest) + wait_random_exponential(multiplier=first, max=longest)
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempts
    return max(strategy(state), min(asked or 0.0, LONGEST_ASKED))


def given_up(limits: OutLimits, letter: Letter, now: int) -> str:
    """Why a letter (its last try counted) is not tried again at `now`; empty: it is."""
    if letter.attempts >= limits.attempts:
        return f"given up after {letter.attempts} tries"
    old = now - letter.created > limits.days * _DAY
    return f"given up after {limits.days:g} days" if old and letter.attempts >= limits.least else ""
