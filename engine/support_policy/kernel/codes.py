"""The codes of everything that can be wrong with a condition: title and explanation."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "R101": (
        "unknown fact",
        (
            "A condition names a fact or derived value that is not declared. Names are checked when the policy is "
            "loaded, not when the first ticket reaches the rule."
        ),
    ),
    "R102": (
        "operator not offered by this type",
        (
            "Each type of fact has its own operators: texts are not `greater_than`, lists are not `equal_to`. "
            "There is no `not_equal_to`: put the condition under `not`."
        ),
    ),
    "R103": (
        "value missing",
        (
            "The operator compares with a value, and none (or null) is written. Null is no value: to ask whether "
            "a fact is absent, use `is_missing`."
        ),
    ),
    "R104": (
        "value without use",
        (
            "The operator compares with nothing, yet a value is written. A reader would think that it matters: "
            "`is_true` with `value: false` is still `is_true`."
        ),
    ),
    "R105": (
        "value of the wrong type",
        (
            "The value cannot be compared with this fact by this operator: numbers for numeric facts (written "
            "without quotes; yes and no are not numbers), one text for texts and for `contains` on a list, a list "
            "of texts for the other operators on lists."
        ),
    ),
    "R106": (
        "not one of the options",
        (
            "The fact declares the values it may take, and this is none of them, so the condition could never "
            "depend on it. Texts count exactly as written; elements of lists, and `equal_to_case_insensitive`, in "
            "any case."
        ),
    ),
    "R107": (
        "regular expression not understood",
        (
            "Patterns have the syntax of RE2: no lookahead, no lookbehind, no backreferences; in return matching "
            "always takes time in proportion to the text. `\\d`, `\\w`, `\\s` and `\\b` know ASCII only; use `\\pL`, "
            "`\\pN` for letters and digits of every script. A pattern is found anywhere in the text: use `^` and "
            "`$` for the whole."
        ),
    ),
    "R108": (
        "regular expression too large",
        (
            "The pattern is correct but compiles to more instructions than is reasonable, mostly by counted "
            "repetitions such as `(...){500}`."
        ),
    ),
    "R109": (
        "nothing under all or any",
        "`all` of nothing would be true of every ticket and `any` of nothing of none; neither is ever meant.",
    ),
    "R110": (
        "not a finite number",
        "Infinity and not-a-number cannot be compared with in any useful way.",
    ),
    "R111": (
        "number too large",
        (
            "Numbers in rules stay within 9,007,199,254,740,991 (2^53 - 1) either way: up to there every "
            "evaluator, also the ones for columns of numbers, tells any two whole numbers apart."
        ),
    ),
    "R112": (
        "nested too deeply",
        ("Conditions stand at most 32 levels of `all`, `any` and `not` deep. Give a part of it a name of its own."),
    ),
    "R113": (
        "the same element twice",
        "A list of elements names one of them twice (elements are compared in any case).",
    ),
    "R114": (
        "condition that is always the same",
        (
            "With an empty value this operator does not depend on the fact any more: every text contains the "
            "empty text, every list includes all of nothing. Use `non_empty` or `is_missing`."
        ),
    ),
    "R115": (
        "text that is not Unicode",
        "The text holds half of a surrogate pair (`\\ud800` to `\\udfff`), which no text in UTF-8 can hold.",
    ),
    "R116": (
        "no option fits",
        ("The fact declares the values it may take, and the condition is true of none of them: it is never true."),
    ),
}
