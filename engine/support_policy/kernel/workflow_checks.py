"""What is wrong with a declared workflow: every check reads the declaration alone.

The declaration is checked before the `transitions` library sees it, because the library takes a misspelt initial
state for a new one, meets a missing destination only on the road, and imports what a callback's name points at.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from support_policy.model.workflow import ANY_STATE, SAME_STATE, Transition, Workflow
from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.span import Span

WORD = re.compile(r"[^\W_][\w-]*")
TRIGGER = re.compile(r"[^\W_][\w-]*(\.[^\W_][\w-]*)?")


def check_workflow(workflow: Workflow, findings: Findings) -> None:
    """Report everything wrong with `workflow`; it may be compiled if no error was added."""
    before = len(findings.items)
    _check_extent(workflow, findings)
    _check_words(workflow, findings)
    _check_states(workflow, findings)
    names = tuple(dict.fromkeys(state.name for state in workflow.states))
    for transition in workflow.transitions:
        _check_source(transition, names, findings)
        _check_dest(transition, names, findings)
    _check_order(workflow, names, findings)
    # With a misspelt end the graph has holes; what looks unreachable then is mostly the misspelling again.
    if not any(d.code in {"W201", "W203", "W204", "W208"} for d in findings.items[before:]):
        _check_paths(workflow, names, findings)


def expanded(transition: Transition, states: Iterable[str]) -> tuple[str, ...]:
    """The states a transition leaves from, `*` written out in order of declaration."""
    return tuple(states) if transition.source == (ANY_STATE,) else transition.source


def _check_extent(workflow: Workflow, findings: Findings) -> None:
    for words, what in ((workflow.states, "states"), (workflow.transitions, "transitions")):
        if not words:
            findings.error("W201", workflow.span, f"workflow `{workflow.name}` has no {what}", f"list its {what}")


def _check_words(workflow: Workflow, findings: Findings) -> None:
    for state in workflow.states:
        _check_word(state.name, "state", state.span, findings)
    for t in workflow.transitions:
        _check_word(t.trigger, "trigger", t.span, findings, TRIGGER)
        for what, names in (("condition", (*t.conditions, *t.unless)), ("required field", t.requires)):
            for name in names:
                _check_word(name, what, t.span, findings)


def _check_word(name: str, what: str, span: Span, findings: Findings, form: re.Pattern[str] = WORD) -> None:
    if form.fullmatch(name):
        return
    plain = re.sub(r"[^\w-]+|^_+", "_", name).strip("_-")
    hint = "use letters, digits, `_` and `-`" + (f", for example `{plain}`" if plain else "")
    if what == "condition":
        hint = "name a rule of the policy; code cannot be called from a workflow"
    findings.error("W202", span, f"{what} `{name}` is not a plain word", hint)


def _check_states(workflow: Workflow, findings: Findings) -> None:
    first: dict[str, Span] = {}
    for state in workflow.states:
        if state.name in first:
            related = (("first declared here", first[state.name]),)
            findings.error(
                "W203", state.span, f"state `{state.name}` is declared twice", "delete one of the two", related=related
            )
        first.setdefault(state.name, state.span)
    if first and workflow.initial not in first:
        hint = did_you_mean(workflow.initial, first)
        findings.error("W204", workflow.span, f"initial state `{workflow.initial}` is not declared", hint)


def _check_source(transition: Transition, names: tuple[str, ...], findings: Findings) -> None:
    span, trigger = transition.span, transition.trigger
    if transition.source == (ANY_STATE,):
        return
    if not transition.source:
        findings.error("W208", span, f"`{trigger}` leaves from no state", "name its source states, or `*`")
    if ANY_STATE in transition.source:
        message = f"`{trigger}` leaves from `*` and from named states"
        findings.error("W208", span, message, "`*` already means every state; delete one or the other")
    for name, times in Counter(transition.source).items():
        if times > 1:
            findings.error("W208", span, f"`{trigger}` lists source `{name}` twice", "delete one of the two")
        if name not in names and name != ANY_STATE:
            message = f"`{trigger}` leaves from unknown state `{name}`"
            findings.error("W204", span, message, _state_hint(name, names))


def _check_dest(transition: Transition, names: tuple[str, ...], findings: Findings) -> None:
    span, trigger = transition.span, transition.trigger
    if transition.dest not in names and transition.dest != SAME_STATE:
        message = f"`{trigger}` leads to unknown state `{transition.dest}`"
        findings.error("W204", span, message, _state_hint(transition.dest, names))
    for name in dict.fromkeys(transition.conditions):
        if name in transition.unless:
            message = f"`{trigger}` both needs and excludes `{name}`"
            findings.error("W207", span, message, "keep it under `conditions` or under `unless`")


def _state_hint(name: str, names: tuple[str, ...]) -> str:
    if name == ANY_STATE:
        return "`*` is a source; a transition leads to one named state, or to `=`"
    if name == SAME_STATE:
        return "`=` is a destination; a transition leaves from named states, or from `*`"
    return did_you_mean(name, names)


def _check_order(workflow: Workflow, names: tuple[str, ...], findings: Findings) -> None:
    seen: defaultdict[tuple[str, str], list[Transition]] = defaultdict(list)
    for later in workflow.transitions:
        hidden: dict[str, Transition] = {}
        sources = dict.fromkeys(expanded(later, names))
        for source in sources:
            for earlier in seen[source, later.trigger]:
                if _covers(earlier, later):
                    hidden[source] = earlier
                    break
            seen[source, later.trigger].append(later)
        # A `*` that comes after particular states is their fallback: dead only when all of it is.
        if hidden and (later.source != (ANY_STATE,) or len(hidden) == len(sources)):
            _report_hidden(later, hidden, findings)


def _report_hidden(later: Transition, hidden: Mapping[str, Transition], findings: Findings) -> None:
    states = ", ".join(f"`{state}`" for state in hidden)
    twins = [_twins(earlier, later, state) for state, earlier in hidden.items()]
    related = tuple(dict.fromkeys(("earlier transition", earlier.span) for earlier in hidden.values()))
    if all(twins):
        message = f"`{later.trigger}` from {states} to `{later.dest}` is declared twice"
        findings.error("W205", later.span, message, "delete one of the two", related=related)
    else:
        message = f"`{later.trigger}` from {states} to `{later.dest}` can never be taken"
        hint = "an earlier one always applies; move this before it"
        findings.error("W206", later.span, message, hint, related=related)


def _covers(earlier: Transition, later: Transition) -> bool:
    return set(earlier.conditions) <= set(later.conditions) and set(earlier.unless) <= set(later.unless)


def _twins(earlier: Transition, later: Transition, source: str) -> bool:
    ends = [source if t.dest == SAME_STATE else t.dest for t in (earlier, later)]
    return ends[0] == ends[1] and _covers(later, earlier)


def _check_paths(workflow: Workflow, names: tuple[str, ...], findings: Findings) -> None:
    forward: defaultdict[str, set[str]] = defaultdict(set)
    backward: defaultdict[str, set[str]] = defaultdict(set)
    for source, dest in _moves(workflow, names):
        forward[source].add(dest)
        backward[dest].add(source)
    reached = _closure({workflow.initial}, forward)
    finals = {state.name for state in workflow.states if state.final}
    ending = _closure(finals, backward)
    if not finals:
        findings.note("W211", workflow.span, f"workflow `{workflow.name}` has no final state")
    for state in workflow.states:
        if state.name not in reached:
            hint = f"add a transition that leads to it from a state that `{workflow.initial}` leads to, or delete it"
            findings.warn("W209", state.span, f"state `{state.name}` cannot be reached", hint)
        elif finals and state.name not in ending:
            hint = "add a transition towards a final state, or mark it `final: true`"
            findings.warn("W210", state.span, f"no final state can be reached from state `{state.name}`", hint)


def _moves(workflow: Workflow, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for transition in workflow.transitions:
        for source in expanded(transition, names):
            yield source, source if transition.dest == SAME_STATE else transition.dest


def _closure(start: set[str], steps: Mapping[str, set[str]]) -> set[str]:
    found, waiting = set(start), list(start)
    while waiting:
        new = steps.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
