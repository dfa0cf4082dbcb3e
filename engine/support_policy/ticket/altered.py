"""A frozen object with some of its parts changed: what folding a log does all the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def altered(old: T, changes: Mapping[str, Any]) -> T:
    """`dataclasses.replace` for a class with slots and no `__post_init__`, many times as quick.

    Every record makes a state of another, and a log of some dozen records is folded for every decision about a ticket
    that is not in memory: most of that time went into asking each field how it is initialised. Raises AttributeError
    for a name that is no slot.
    """
    kind: Any = type(old)
    copied = _copier(kind)(old)
    for name, value in changes.items():
        setattr(copied, name, value)
    copied.__class__ = kind
    new: T = copied
    return new


def alter(mine: object, changes: Mapping[str, Any]) -> None:
    """The same in place: only for an object that its maker has not yet given to anybody."""
    for name, value in changes.items():
        object.__setattr__(mine, name, value)


@cache
def _copier(kind: type) -> Callable[[Any], Any]:
    """What copies an object of a class, slot by slot, into one of a class like it that is not frozen."""
    names = tuple(kind.__dict__["__slots__"])
    thawed = type(f"Thawed{kind.__name__}", (), {"__slots__": names})
    lines = ["def copied(old):", " new = thawed()", *(f" new.{name} = old.{name}" for name in names), " return new"]
    made: dict[str, Any] = {"thawed": thawed}
    # The names are those of the class, and nobody else's: a loop over them would be most of the time.
    exec("\n".join(lines), made)  # noqa: S102
    copied: Callable[[Any], Any] = made["copied"]
    return copied
