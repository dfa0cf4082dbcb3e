"""What an accepted fact does to escalation: chains begin, end, go on; requests are made and answered."""

from __future__ import annotations

from support_policy.model.event import Because, Event, micros
from support_policy.model.policy import Chain
from support_policy.policy.names import REOPENED
from support_policy.ticket.agenda import Timer
from support_policy.ticket.draft import Draft, iso
from support_policy.ticket.past import next_cycle
from support_policy.ticket.state import ChainState
from support_policy.ticket.timers import fire_level


def follow_priority(draft: Draft, previous: str) -> None:
    """Chains the priority no longer has are withdrawn; those it has begin, once the clock they count has started."""
    policy = draft.policy
    now = {chain.name: chain for chain in policy.chains_of(draft.state.priority) if not chain.requested}
    before = {chain.name for chain in policy.chains_of(previous) if not chain.requested}
    for name in sorted(before - set(now)):
        withdraw(draft, name, "priority_changed")
    for name, chain in now.items():
        clock = draft.state.clocks.get(chain.counts)
        begun = name in draft.state.chains
        if clock is None or (begun and name in before):
            continue
        since = clock.started
        if previous and name not in before:
            how = draft.setting("priority_change_chain")
            since = clock.started if how == "from_submission" else micros(draft.at)
        run = draft.state.chains.get(name)
        draft.emit("chain_started", chain=name, cycle=run.cycle if run else 1, since=iso(since))
        draft.because(Because(f"escalation.{name}", chain.span, chain.clauses(draft.state.priority), chain.says))
        if not clock.ended:
            plan(draft, chain)


def plan(draft: Draft, chain: Chain) -> None:
    """Every level of the present run that has not fired is planned."""
    levels = draft.state.chains[chain.name].levels
    for level in chain.levels:
        known = levels.get(level.number)
        if known is None or known.status == "withdrawn":
            draft.emit("level_planned", chain=chain.name, level=level.number)


def withdraw(draft: Draft, chain: str, reason: str) -> None:
    """Levels still to come are withdrawn; fired ones stay fired."""
    run = draft.state.chains.get(chain)
    for number, level in (run.levels if run else {}).items():
        if level.status == "planned":
            draft.emit("level_withdrawn", chain=chain, level=number, reason=reason)


def stop_chains(draft: Draft, fact: Event) -> None:
    """Chains whose metric's clock has ended, and requests that this fact brings to their end."""
    for name in draft.state.chains:
        chain = draft.policy.text.chains[name]
        clock = draft.state.clocks.get(chain.counts)
        if chain.counts and clock is not None and clock.ended:
            withdraw(draft, name, fact.type)
        if chain.requested and fact.type in chain.until:
            _end_request(draft, name, fact.type)


def end_chains(draft: Draft, reason: str) -> None:
    """The ticket is over: nothing is pending any more."""
    for name in draft.state.chains:
        withdraw(draft, name, reason)
        if draft.policy.text.chains[name].requested:
            _end_request(draft, name, reason)


def _end_request(draft: Draft, chain: str, reason: str) -> None:
    withdraw(draft, chain, reason)
    if draft.state.request == chain and draft.state.answer == "open":
        draft.emit("request_answered", chain=chain, answer="ended", reason=reason)


def reopen_chains(draft: Draft, fact: Event) -> None:
    """A reopened ticket's chains go on; those already told are told again."""
    if fact.type != REOPENED:
        return
    state, policy = draft.state, draft.policy
    times = state.reopened + 1
    draft.emit("ticket_reopened", reopened=times)
    for chain in policy.chains_of(state.priority):
        run = draft.state.chains.get(chain.name)
        clock = draft.state.clocks.get(chain.counts)
        if run is None:
            continue
        restarted = clock is not None and clock.running and clock.running[0][0] == micros(draft.at)
        fired = [number for number, level in run.levels.items() if level.status == "fired"]
        if chain.counts and clock is not None and not clock.ended:
            if restarted:
                at = micros(draft.at)
                cycle = next_cycle(draft.past, draft.state.log, chain.name, at)
                draft.emit("chain_started", chain=chain.name, cycle=cycle, since=iso(at))
            plan(draft, chain)
        declined = chain.requested and state.answer == "declined"
        if fired and not restarted and not declined and draft.setting("reopened_told_before") == "tell_again":
            _tell_again(draft, chain, run, fired)


def _tell_again(draft: Draft, chain: Chain, run: ChainState, fired: list[int]) -> None:
    for number in fired:
        draft.command(
            "notify_again",
            f"{chain.name}/{number}/{run.cycle}/reopened-{draft.at.isoformat()}",
            chain.levels[number - 1].notify,
            chain=chain.name,
            level=number,
            cycle=run.cycle,
            priority=draft.state.priority,
            says="The ticket is open again.",
        )


def requested_chain(draft: Draft, event_type: str) -> Chain | None:
    """The requested chain of the present priority that begins with this event type."""
    for chain in draft.policy.chains_of(draft.state.priority):
        if chain.on == event_type:
            return chain
    return None


def is_request(draft: Draft, event_type: str) -> bool:
    """Whether an event type requests escalation, for whatever priority."""
    return any(chain.on == event_type for chain in draft.policy.text.chains.values())


def follow_requests(draft: Draft, fact: Event) -> None:
    """A request begins (or joins) its chain; an answer ends it."""
    chain = requested_chain(draft, fact.type)
    if chain is not None:
        _request(draft, chain, fact)
        return
    if draft.state.answer != "open":
        return
    asked = draft.policy.text.chains[draft.state.request]
    if fact.type in (asked.accept, asked.decline):
        accepted = fact.type == asked.accept
        answer = "accepted" if accepted else "declined"
        withdraw(draft, asked.name, fact.type)
        draft.emit("request_answered", chain=asked.name, answer=answer, reason=fact.data.get("reason"))
        run = draft.state.chains[asked.name]
        draft.command(
            "tell_customer", f"{asked.name}/{run.cycle}/{answer}", (), about=answer, reason=fact.data.get("reason")
        )


def _request(draft: Draft, chain: Chain, fact: Event) -> None:
    if draft.state.answer == "open":
        draft.emit("request_joined", chain=draft.state.request, via=fact.data.get("via"))
        return
    draft.because(Because(f"escalation.{chain.name}", chain.span, chain.clauses(draft.state.priority), chain.says))
    at = micros(draft.at)
    cycle = next_cycle(draft.past, draft.state.log, chain.name, at)
    draft.emit("chain_started", chain=chain.name, cycle=cycle, since=iso(at))
    draft.emit("request_opened", chain=chain.name, via=fact.data.get("via"), reason=fact.data.get("reason"))
    plan(draft, chain)
    for level in chain.levels:
        if level.after is None:
            fire_level(draft, Timer(at, chain.name, level.number), draft.at, "requested")
