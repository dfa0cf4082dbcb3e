"""`record`: a frozen dataclass with slots that is cheap to define.

The library writes and compiles six functions for each frozen dataclass; half a millisecond a class, for the dozens of
words of a policy, is a fifth of what checking a policy takes. Here only `__init__` is written; the rest is shared.
Use the library's own where instances, not classes, are many.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import FrozenInstanceError, dataclass, field, fields
from functools import cache
from typing import Any, TypeVar, cast, dataclass_transform

T = TypeVar("T")


@cache
def compared(kind: Hashable) -> tuple[str, ...]:
    """The fields of a dataclass that take part in equality; positions in files do not."""
    return tuple(f.name for f in fields(cast("Any", kind)) if f.compare)


def _content(self: Any) -> tuple[Any, ...]:
    kind: Hashable = self.__class__
    return tuple(getattr(self, name) for name in compared(kind))


def _equal(self: Any, other: object) -> Any:
    return _content(self) == _content(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash((type(self), _content(self)))


def _shown(self: Any) -> str:
    parts = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))
    return f"{type(self).__qualname__}({parts})"


def _set_once(self: Any, name: str, value: Any) -> None:
    if hasattr(self, name):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _never_deleted(self: Any, name: str) -> None:  # noqa: ARG001 - as it is called
    raise FrozenInstanceError(f"cannot delete field {name!r}")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen dataclass with slots: equal by the fields that compare, hashable, unchangeable once made."""
    made: Any = dataclass(eq=False, repr=False, slots=True)(cls)
    made.__eq__, made.__hash__, made.__repr__ = _equal, _hash, _shown
    made.__setattr__, made.__delattr__ = _set_once, _never_deleted
    kept: type[T] = made
    return kept
