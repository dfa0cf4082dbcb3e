"""What rules of the set `intake` do with a mail, as checked words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from support_policy.kernel.facts import check_fact, from_text
from support_policy.model.condition import Variable
from support_policy.model.mail import Give, Ignore, Part, SetFact
from support_policy.model.policy import Action, EventWords, PolicyText
from support_policy.policy.names import BASE, MAIL
from support_policy.source.diagnostics import did_you_mean
from support_policy.source.values import NO, YES

PARTS = "mail."


def stated(text: PolicyText) -> dict[str, Variable]:
    """The facts that a mail may state: those declared, and those that every policy has."""
    options = {"stated_priority": tuple(text.priorities)}
    base = {name: Variable(name, kind, options.get(name, ())) for name, (kind, _) in BASE.items()}
    return {**base, **text.facts}


def carried(events: Iterable[EventWords], event: str, name: str) -> Variable:
    """How an event type is typed to carry something; what the policy does not type is a text."""
    for words in events:
        if words.name == event and words.carries.get(name):
            return words.carries[name]
    return Variable(name, "string")


def read(variable: Variable, word: str) -> Any:
    """The value that `word` is for a variable: what stands there, or the part of the mail that it names."""
    return Part(word) if word.startswith(PARTS) else from_text(variable, word)


def wrong(variable: Variable, word: str) -> tuple[str, str]:
    """What is wrong with a word as the value of a variable, and what to write instead; empty: nothing."""
    if not word.startswith(PARTS):
        said, _, help = (check_fact(variable, from_text(variable, word)) or "").partition(": ")
        return said, help
    if word not in MAIL:
        return f"a mail has no `{word[:80]}`", did_you_mean(word, MAIL)
    kind = MAIL[word][0]
    fits = kind == variable.type or (kind == "select" and variable.type == "select_multiple")
    if fits and not variable.options:
        return "", ""
    said = f"`{variable.name}` cannot be `{word}`, which may be anything"
    if fits:
        return said, "give each value a rule of its own"
    names = [f"`{name}`" for name, (other, _) in MAIL.items() if other == variable.type and not variable.options]
    return f"`{variable.name}` is {variable.type}, and `{word}` is not", (
        f"there is {', '.join(names)}" if names else "give each value a rule of its own"
    )


def truth(word: str) -> bool | None:
    """`yes` or `no`; None for any other word."""
    return word.lower() in YES if word.lower() in YES | NO else None


def act(action: Action, text: PolicyText) -> SetFact | Give | Ignore:
    """What a checked action says."""
    params: Mapping[str, str] = action.params
    if action.name == "set_fact":
        fact = str(params["fact"])
        return SetFact(fact, read(stated(text)[fact], str(params["value"])))
    if action.name == "ignore":
        return Ignore(str(params["why"]))
    event = str(params["event"])
    given = {
        str(name): read(carried(text.events.values(), event, str(name)), str(word))
        for name, word in params.items()
        if name not in ("event", "instead")
    }
    return Give(event, given, truth(params.get("instead", "no")) is True)
