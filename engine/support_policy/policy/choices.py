"""What a rule of the set `targets` chooses: the target of a metric, or a chain to add or drop."""

from __future__ import annotations

from support_policy.model.policy import Action
from support_policy.model.promise import Target
from support_policy.source.record import record
from support_policy.source.words import Duration, parse_duration, span_of

NO_TARGET = "none"


@record
class Choice:
    """A metric with its target (None: it has none), or a chain to `use` or to drop."""

    metric: str = ""
    target: Target | None = None
    chain: str = ""
    use: bool = False


def choice(action: Action) -> Choice:
    """What a checked action says."""
    if action.name != "set_target":
        return Choice(chain=str(action.params["chain"]), use=action.name == "use_chain")
    return Choice(metric=str(action.params["metric"]), target=within(action))


def within(action: Action) -> Target | None:
    """The target that an action sets; None for `none`, and for what is no duration."""
    word = action.params.get("within", "")
    found = parse_duration(word)
    if word == NO_TARGET or isinstance(found, str):
        return None
    span = span_of(word, action.span)
    return Target(Duration(found.seconds, found.business, str(word), span), action.params.get("calendar", ""), span)
