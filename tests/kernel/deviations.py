"""Every place where rules here do not do what `business-rules` does. There are no others: see the property tests."""

# ruff: noqa: E501 - a table is read across

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from support_policy.model.condition import All, AnyOf, Condition, Leaf, Variable


@dataclass(frozen=True)
class Deviation:
    """What the library makes of a condition over facts (a truth value, or what it raises), and what we do.

    `ours` is a truth value, the code under which the check refuses the condition, or `refused`, when it is the fact
    that is not let in.
    """

    says: str
    condition: Condition
    facts: dict[str, Any]
    library: bool | type[Exception]
    ours: bool | str
    types: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, Variable]:
        """The facts declared: `x` as the condition wants it, and whatever else `types` says."""
        return {name: Variable(name, type_) for name, type_ in self.types.items()}  # type: ignore[arg-type]


def _over(type_: str, operator: str, value: Any, fact: Any, library: Any, ours: Any, says: str) -> Deviation:
    return Deviation(says, Leaf("x", operator, value), {"x": fact}, library, ours, {"x": type_})


_FLAG = Leaf("flag", "is_true")

DEVIATIONS = [
    # Missing values
    _over("boolean", "is_true", None, None, AssertionError, False, "a missing boolean raises; it is false here"),
    _over("boolean", "is_false", None, None, AssertionError, True, "a missing boolean raises; it is false here, so is_false holds"),
    _over("numeric", "less_than", 5, None, AssertionError, False, "a missing number raises; comparing one is false here"),
    _over("string", "equal_to", "", None, True, False, "a missing text counts as empty; it equals nothing here"),
    _over("string", "matches_regex", "^$", None, True, False, "a missing text matches like an empty one; it matches nothing here"),
    _over("select", "contains", "a", None, AssertionError, False, "a missing list raises; it contains nothing here"),
    _over("select", "does_not_contain", "a", None, AssertionError, False, "a missing list raises; nothing is said of it here"),
    _over("select_multiple", "is_contained_by", ("a",), None, AssertionError, False, "a missing list raises; it is no part of anything here"),
    # Null in a rule
    _over("string", "equal_to", None, "abc", False, "R103", "a null text is compared as empty; a value is demanded here"),
    _over("string", "contains", None, "abc", True, "R103", "a null text is contained in everything; a value is demanded here"),
    _over("string", "starts_with", None, "abc", True, "R103", "a null text begins everything; a value is demanded here"),
    _over("string", "ends_with", None, "abc", True, "R103", "a null text ends everything; a value is demanded here"),
    _over("string", "matches_regex", None, "abc", True, "R103", "a null pattern matches everything; a value is demanded here"),
    _over("numeric", "equal_to", None, 5, AssertionError, "R103", "a null number raises at the ticket; here at load"),
    _over("select", "contains", None, ["a"], False, "R103", "a null element is looked for; a value is demanded here"),
    _over("select_multiple", "contains_all", None, ["a"], AssertionError, "R103", "a null list raises at the ticket; here at load"),
    _over("select_multiple", "contains_all", (None,), ["a"], False, "R103", "a null among elements is looked for; texts are demanded here"),
    # Empty values in a rule
    _over("string", "contains", "", "abc", True, "R114", "the empty text is contained in everything; such a condition is refused here"),
    _over("string", "starts_with", "", "abc", True, "R114", "the empty text begins everything; such a condition is refused here"),
    _over("string", "ends_with", "", "abc", True, "R114", "the empty text ends everything; such a condition is refused here"),
    _over("string", "matches_regex", "", "abc", True, "R114", "the empty pattern matches everything; such a condition is refused here"),
    _over("select_multiple", "contains_all", (), ["a"], True, "R114", "every list contains all of nothing; such a condition is refused here"),
    _over("select_multiple", "shares_no_elements_with", (), ["a"], True, "R114", "no list shares with nothing; such a condition is refused here"),
    _over("select_multiple", "shares_at_least_one_element_with", (), ["a"], False, "R114", "no list shares with nothing; such a condition is refused here"),
    _over("select_multiple", "shares_exactly_one_element_with", (), ["a"], False, "R114", "no list shares with nothing; such a condition is refused here"),
    Deviation("an empty `all` raises without a word (and is true of everything under `python -O`); it is refused here", All(()), {}, AssertionError, "R109"),
    Deviation("an empty `any` raises without a word; it is refused here", AnyOf(()), {}, AssertionError, "R109"),
    # Values without use, or of a wrong type, in a rule
    _over("boolean", "is_true", False, True, True, "R104", "a value beside is_true is ignored; it is refused here"),
    _over("string", "non_empty", "abc", "x", True, "R104", "a value beside non_empty is ignored; it is refused here"),
    _over("numeric", "equal_to", True, 1, True, "R105", "true is the number 1; it is no number here"),
    _over("numeric", "equal_to", "5", 5, AssertionError, "R105", "a number in quotes raises at the ticket; here at load"),
    _over("numeric", "less_than", float("nan"), 5, ValueError, "R110", "not-a-number raises at the ticket; here at load"),
    _over("numeric", "less_than", float("inf"), 5, OverflowError, "R110", "infinity raises at the ticket; here at load"),
    _over("numeric", "less_than", 2**53, 5, True, "R111", "numbers of any size are compared; rules stay where doubles tell whole numbers apart"),
    _over("string", "equal_to", 5, "5", AssertionError, "R105", "a number for a text raises at the ticket; here at load"),
    _over("string", "equal_to", False, "", True, "R105", "false counts as the empty text; it is no text here"),
    _over("select", "contains", 5, [5], True, "R105", "elements may be anything; they are texts here"),
    _over("select", "contains", ("a",), ["a"], False, "R105", "a list is looked for as an element; one text is demanded here"),
    _over("select_multiple", "contains_all", "ab", ["a", "b"], True, "R105", "a text passes as the list of its letters; a list is demanded here"),
    _over("select_multiple", "shares_exactly_one_element_with", ("a", "A"), ["a"], False, "R113", "an element written twice counts twice; that is refused here"),
    _over("string", "equal_to", "\ud800", "\ud800", True, "R115", "half a surrogate pair is a text; it is refused here"),
    # Facts of a wrong type
    _over("numeric", "equal_to", 1, True, True, "refused", "the fact true is the number 1; it is not let in here"),
    _over("numeric", "equal_to", 5, "5", AssertionError, "refused", "a number in quotes raises; it is not let in here"),
    _over("numeric", "less_than", 5, float("nan"), ValueError, "refused", "not-a-number raises; it is not let in here"),
    _over("numeric", "less_than", 5, float("-inf"), OverflowError, "refused", "infinity raises; it is not let in here"),
    _over("numeric", "less_than", 5, Decimal("-Infinity"), True, "refused", "the Decimal infinity is compared; it is not let in here"),
    _over("string", "equal_to", "", 0, True, "refused", "zero as a text is empty; it is not let in here"),
    _over("string", "equal_to", "", False, True, "refused", "false as a text is empty; it is not let in here"),
    _over("string", "equal_to", "", [], True, "refused", "an empty list as a text is empty; it is not let in here"),
    _over("select", "contains", "b", "abc", True, "refused", "a text passes as the list of its letters; it is not let in here"),
    _over("select", "contains", "b", {"b": 1}, True, "refused", "anything iterable passes as a list; lists and tuples are let in here"),
    # Numbers
    _over("numeric", "greater_than", 5e-324, Decimal("0.00000100000000000000000000000000000000001"), False, True,
          "differences are rounded to the 28 digits of the ambient context; they are exact here"),
    # Patterns
    _over("string", "matches_regex", "^\\d$", "\u0663", True, False, "digits are those of every script; ASCII here, as in RE2"),
    _over("string", "matches_regex", "^\\w$", "\u00e9", True, False, "word characters are those of every script; ASCII here, as in RE2"),
    _over("string", "matches_regex", "^\\s$", "\u00a0", True, False, "white space is that of every script; ASCII here, as in RE2"),
    _over("string", "matches_regex", "a$", "a\n", True, False, "the dollar also stands before a last newline; only at the end here, as in RE2"),
    _over("string", "matches_regex", "a(?=b)", "ab", True, "R107", "lookahead is known; it is refused here, as in RE2"),
    _over("string", "matches_regex", "(a)\\1", "aa", True, "R107", "backreferences are known; they are refused here, as in RE2"),
    _over("string", "matches_regex", "(a", "a", re.error, "R107", "a bad pattern raises at the ticket; here at load"),
    _over("string", "matches_regex", "\\pL", "a", re.error, True, "classes of letters raise; they are known here"),
    _over("string", "matches_regex", "(?:a{1000}){6}", "b", False, "R107", "repetition knows no bound; a thousand at most here"),
    _over("string", "matches_regex", "a{900}b{900}c{900}d{900}e{900}", "b", False, "R108", "a pattern may be of any size; 4,000 instructions at most here"),
    # Names
    _over("string", "__class__", "abc", "x", True, "R102", "any attribute passes for an operator, so that `__class__` fires; only the catalogue's do here"),
    _over("string", "not_equal_to", "abc", "x", AssertionError, "R102", "an unknown operator raises at the ticket; here at load"),
    _over("numeric", "contains", 5, 5, AssertionError, "R102", "another type's operator raises at the ticket; here at load"),
    Deviation("an unknown fact raises at the ticket; here at load", Leaf("nobody", "is_true"), {}, AssertionError, "R101"),
    Deviation("short-circuit hides an unknown fact until a ticket reaches it; it is refused at load here",
              AnyOf((_FLAG, Leaf("nobody", "is_true"))), {"flag": True}, True, "R101", {"flag": "boolean"}),
    Deviation("short-circuit hides an unknown operator until a ticket reaches it; it is refused at load here",
              All((_FLAG, Leaf("flag", "is_maybe"))), {"flag": False}, False, "R102", {"flag": "boolean"}),
    Deviation("short-circuit hides a bad pattern until a ticket reaches it; it is refused at load here",
              All((_FLAG, Leaf("x", "matches_regex", "("))), {"flag": False, "x": "a"}, False, "R107", {"flag": "boolean", "x": "string"}),
    Deviation("any method of the variables' class passes for a fact, and raises at the ticket; only declared facts do here",
              Leaf("get_all_variables", "is_true"), {}, AttributeError, "R101"),
]  # fmt: skip
