"""The static check of conditions: everything that could go wrong with a ticket is found when the policy is loaded.

After it, `lower.py` and the interpreters may rely on: declared names, operators of the right type with values of the
right kind, patterns that compile, lists that are not empty, and a bounded depth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from support_policy.kernel.catalogue import Operator, operators_for
from support_policy.kernel.facts import describe, is_unicode
from support_policy.kernel.patterns import PatternError, PatternTooLargeError, matcher
from support_policy.model.condition import All, AnyOf, Condition, Leaf, Not, Variable
from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.span import NOWHERE

MAX_DEPTH = 32
LARGEST_NUMBER = 2**53 - 1

_ALWAYS_THE_SAME = {
    "starts_with": "true of every text",
    "ends_with": "true of every text",
    "contains": "true of every text",
    "matches_regex": "true of every text",
    "contains_all": "true of every list",
    "shares_no_elements_with": "true of every list",
    "shares_at_least_one_element_with": "true of no list",
    "shares_exactly_one_element_with": "true of no list",
}
"""What an empty value does to an operator. `is_contained_by` an empty list is meant: the fact is an empty list."""

_TEXT_TESTS: dict[str, Callable[[str, str], object]] = {
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": str.__contains__,
    "matches_regex": lambda option, pattern: matcher(pattern)(option),
}


def check_condition(condition: Condition, variables: Mapping[str, Variable], findings: Findings) -> None:
    """Add every problem of `condition` to `findings`, under the codes of `codes.py`."""
    _check(condition, variables, findings, 0)


def _check(condition: Condition, variables: Mapping[str, Variable], findings: Findings, depth: int) -> None:
    if depth > MAX_DEPTH:
        message = f"conditions are nested more than {MAX_DEPTH} levels deep"
        findings.error("R112", condition.span, message, "give a part of it a name of its own")
        return
    match condition:
        case All(items) | AnyOf(items):
            if not items:
                word = "all" if isinstance(condition, All) else "any"
                findings.error("R109", condition.span, f"`{word}` has no conditions", "write one, or delete it")
            for item in items:
                _check(item, variables, findings, depth + 1)
        case Not(item):
            _check(item, variables, findings, depth + 1)
        case Leaf():
            _check_leaf(condition, variables, findings)


def _check_leaf(leaf: Leaf, variables: Mapping[str, Variable], findings: Findings) -> None:
    variable = variables.get(leaf.name)
    if variable is None:
        findings.error("R101", leaf.span, f"unknown fact `{leaf.name}`", did_you_mean(leaf.name, variables))
        return
    offered = operators_for(variable.type)
    operator = offered.get(leaf.operator)
    if operator is None:
        message = f"`{leaf.name}` is {variable.type} and has no operator `{leaf.operator}`"
        findings.error("R102", leaf.span, message, _right_operators(leaf.operator, offered))
        return
    if operator.value == "none":
        if leaf.value is not None:
            findings.error("R104", leaf.span, f"`{operator.name}` takes no value", "delete `value`")
    elif leaf.value is None:
        message = f"`{operator.name}` needs a value"
        findings.error("R103", leaf.span, message, "to ask whether the fact is absent, use `is_missing`")
    else:
        _VALUE_CHECKS[operator.value](leaf, operator, variable, findings)


def _right_operators(word: str, offered: Mapping[str, Operator]) -> str:
    if word.startswith("not_") and word[4:] in offered:
        return f"put `{word[4:]}` under `not`"
    listed = "expected one of " + ", ".join(f"`{name}`" for name in offered)
    close = did_you_mean(word, offered)
    return f"{close} {listed}" if close.startswith("did you mean") else listed


def _check_number(leaf: Leaf, operator: Operator, variable: Variable, findings: Findings) -> None:
    value = leaf.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"`{operator.name}` takes a number, not {describe(value)}"
        findings.error("R105", leaf.span, message, _number_help(value))
    elif isinstance(value, float) and not isfinite(value):
        message = f"`{variable.name}` cannot be compared with `{value}`"
        findings.error("R110", leaf.span, message, "write a finite number")
    elif abs(value) > LARGEST_NUMBER:
        message = f"the number for `{variable.name}` is beyond {LARGEST_NUMBER}"
        findings.error("R111", leaf.span, message, "write a smaller number")


def _number_help(value: object) -> str:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return ""
        return f"write {value} without quotes"
    return ""


def _check_text(leaf: Leaf, operator: Operator, variable: Variable, findings: Findings) -> None:
    text = _text_value(leaf, operator, findings)
    if text is None or not variable.options:
        return
    test = _TEXT_TESTS.get(operator.name)
    if test is None:
        _check_option(text, operator.name != "equal_to", leaf, variable, findings)
    elif not any(test(option, text) for option in variable.options):
        message = f"no option of `{variable.name}` {operator.label} `{text}`"
        findings.warn("R116", leaf.span, message, "the options are " + ", ".join(f"`{o}`" for o in variable.options))


def _check_regex(leaf: Leaf, operator: Operator, variable: Variable, findings: Findings) -> None:
    if isinstance(leaf.value, str) and is_unicode(leaf.value):
        try:
            matcher(leaf.value)
        except PatternTooLargeError as error:
            findings.error("R108", leaf.span, f"the pattern is too large: {error}", "repeat less, or say it otherwise")
            return
        except PatternError as error:
            message = f"the pattern `{leaf.value[:200]}` is not understood: {error}"
            findings.error("R107", leaf.span, message, "patterns have the syntax of RE2")
            return
    _check_text(leaf, operator, variable, findings)


def _check_member(leaf: Leaf, operator: Operator, variable: Variable, findings: Findings) -> None:
    if not isinstance(leaf.value, str):
        message = f"`{operator.name}` takes one text, not {describe(leaf.value)}"
        findings.error("R105", leaf.span, message, "a `select_multiple` fact has operators that take lists")
    elif not is_unicode(leaf.value):
        _not_unicode(leaf, operator, findings)
    elif variable.options:
        _check_option(leaf.value, True, leaf, variable, findings)


def _check_members(leaf: Leaf, operator: Operator, variable: Variable, findings: Findings) -> None:
    if not isinstance(leaf.value, tuple):
        message = f"`{operator.name}` takes a list of texts, not {describe(leaf.value)}"
        findings.error("R105", leaf.span, message, "write a list, even around one element: `[...]`")
        return
    if not leaf.value and operator.name in _ALWAYS_THE_SAME:
        _always_the_same(leaf, operator, "an empty list", findings)
    seen: set[str] = set()
    for element in leaf.value:
        if not isinstance(element, str):
            code = "R103" if element is None else "R105"
            findings.error(code, leaf.span, f"`{operator.name}` takes a list of texts; {describe(element)} is none")
        elif not is_unicode(element):
            _not_unicode(leaf, operator, findings)
        elif element.lower() in seen:
            findings.error("R113", leaf.span, f"`{element}` is listed twice", "elements are compared in any case")
        else:
            seen.add(element.lower())
            if variable.options:
                _check_option(element, True, leaf, variable, findings)


def _text_value(leaf: Leaf, operator: Operator, findings: Findings) -> str | None:
    """The leaf's text, when it is a usable one."""
    if not isinstance(leaf.value, str):
        findings.error("R105", leaf.span, f"`{operator.name}` takes a text, not {describe(leaf.value)}")
        return None
    if not is_unicode(leaf.value):
        _not_unicode(leaf, operator, findings)
        return None
    if not leaf.value and operator.name in _ALWAYS_THE_SAME:
        _always_the_same(leaf, operator, "an empty text", findings)
        return None
    return leaf.value


def _check_option(text: str, any_case: bool, leaf: Leaf, variable: Variable, findings: Findings) -> None:
    known = text.lower() in {o.lower() for o in variable.options} if any_case else text in variable.options
    if not known:
        message = f"`{text[:80]}` is not one of the options of `{variable.name}`"
        # What the engine itself offers is declared nowhere.
        related = () if variable.span == NOWHERE else (("the options are declared here", variable.span),)
        findings.error("R106", leaf.span, message, did_you_mean(text, variable.options), related=related)


def _not_unicode(leaf: Leaf, operator: Operator, findings: Findings) -> None:
    findings.error("R115", leaf.span, f"the text for `{operator.name}` holds half of a surrogate pair")


def _always_the_same(leaf: Leaf, operator: Operator, value: str, findings: Findings) -> None:
    message = f"with {value}, `{operator.name}` is {_ALWAYS_THE_SAME[operator.name]}"
    findings.error("R114", leaf.span, message, "use `is_missing`, or `non_empty` for a text")


_VALUE_CHECKS: dict[str, Callable[[Leaf, Operator, Variable, Findings], None]] = {
    "number": _check_number,
    "text": _check_text,
    "regex": _check_regex,
    "member": _check_member,
    "members": _check_members,
}


def check_rules(rules: Sequence[tuple[str, Condition]], variables: Mapping[str, Variable], findings: Findings) -> None:
    """Add every problem of every rule's condition to `findings`."""
    for _, condition in rules:
        check_condition(condition, variables, findings)
