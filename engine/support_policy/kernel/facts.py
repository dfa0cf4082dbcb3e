"""Whether a value given at run time is one that a declared fact may have."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from math import isfinite

from support_policy.model.condition import Variable
from support_policy.source.diagnostics import did_you_mean
from support_policy.source.values import NO, YES


def check_fact(variable: Variable, value: object) -> str | None:
    """What is wrong with `value` as the fact `variable`, or None; None itself, the missing value, is always fine.

    A boolean is True or False; a number an int, float or Decimal, finite; a string a str; both kinds of select a list
    or tuple of str. With options, a string must be one of them, an element of a list one of them in any case.
    """
    if value is None:
        return None
    match variable.type:
        case "boolean":
            return None if isinstance(value, bool) else _wrong(variable, "true or false", value)
        case "numeric":
            return _check_number(variable, value)
        case "string":
            if not isinstance(value, str):
                return _wrong(variable, "a text", value)
            return _check_text(variable, value, variable.options)
        case "select" | "select_multiple":
            return _check_list(variable, value)


def from_text(variable: Variable, word: str) -> bool | int | float | str | tuple[str, ...]:
    """What a word written for a fact is, by the fact's type; the word itself where it is none of its type."""
    if variable.type == "boolean" and word.lower() in YES | NO:
        return word.lower() in YES
    if variable.type == "numeric" and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", word):
        return float(word) if "." in word else int(word)
    return (word,) if variable.type in ("select", "select_multiple") else word


def is_unicode(text: str) -> bool:
    """Whether `text` can be written as UTF-8: it holds no half of a surrogate pair."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _check_number(variable: Variable, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return _wrong(variable, "a number", value)
    finite = value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or isfinite(value)
    return None if finite else _wrong(variable, "a finite number", value)


def _check_list(variable: Variable, value: object) -> str | None:
    if not isinstance(value, list | tuple):
        return _wrong(variable, "a list of texts", value)
    folded = {option.lower() for option in variable.options}
    for element in value:
        if not isinstance(element, str):
            return _wrong(variable, "a list of texts", element)
        problem = _check_text(variable, element, () if element.lower() in folded else variable.options)
        if problem:
            return problem
    return None


def _check_text(variable: Variable, text: str, options: Collection[str]) -> str | None:
    if not is_unicode(text):
        return f"`{variable.name}` is not valid Unicode: it holds half of a surrogate pair"
    if options and text not in options:
        return f"`{variable.name}` cannot be `{text[:80]}`: {did_you_mean(text, options)}"
    return None


def _wrong(variable: Variable, expected: str, value: object) -> str:
    return f"`{variable.name}` takes {expected}, not {describe(value)}"


def describe(value: object) -> str:
    """How a message speaks of a value: as policy text would write it, and what it is where that is not obvious."""
    match value:
        case None:
            return "null"
        case bool():
            return "`true`" if value else "`false`"
        case str():
            return f"the text `{value[:80]}`".encode("utf-8", "replace").decode()
        case list() | tuple():
            return "a list"
        case int() | float() | Decimal():
            return f"the number `{str(value)[:40]}`"
        case _:
            return f"a {type(value).__name__}"
