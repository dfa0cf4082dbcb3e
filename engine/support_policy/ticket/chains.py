"""What an accepted fact does to escalation: chains begin, end, go on; requests are made and answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from support_policy.model.event import Because, Event, micros
from support_policy.model.promise import Chain
from support_policy.policy.names import REOPENED
from support_policy.ticket.draft import Draft, iso
from support_policy.ticket.firing import fire_level, of
from support_policy.ticket.past import next_cycle
from support_policy.ticket.state import ChainState, Clock, key_of


def chains_of(draft: Draft) -> Iterator[Chain]:
    """The chains that the ticket has now."""
    return (draft.policy.text.chains[name] for name in draft.state.escalation if name in draft.policy.text.chains)


def follow(draft: Draft, fact: Event, before: Collection[str], started: Collection[str], *, began: bool) -> None:
    """Chains the ticket no longer has are withdrawn; those it has begin, once the clock they count has started."""
    now = {chain.name: chain for chain in chains_of(draft) if not chain.requested}
    for run in list(draft.state.chains.values()):
        lost = run.chain in before and run.chain not in now
        if lost and not _requested(draft, run.chain):
            withdraw(draft, run, "priority_changed")
    for name, chain in now.items():
        for clock in draft.state.clocks_of(chain.counts):
            fresh = clock.key in started
            begun = key_of(name, clock.team) in draft.state.chains
            if fresh or not begun or name not in before:
                _begin(draft, fact, (chain, clock), changed=not (began or fresh or name in before), fresh=fresh)


def _requested(draft: Draft, name: str) -> bool:
    chain = draft.policy.text.chains.get(name)
    return chain is not None and chain.requested


def _begin(draft: Draft, fact: Event, what: tuple[Chain, Clock], *, changed: bool, fresh: bool) -> None:
    chain, clock = what
    run = draft.state.chains.get(key_of(chain.name, clock.team))
    since = clock.started
    if changed:
        how = draft.setting("priority_change_chain")
        since = clock.started if how == "from_submission" else micros(draft.at)
    if run is not None and (fresh or run.of_run != clock.run):
        # Another run of the clock is another run of what counts it.
        withdraw(draft, run, fact.type)
        cycle = next_cycle(draft.past, draft.state.log, chain.name, since, clock.team)
    elif run is not None:
        cycle = run.cycle
    else:
        others = any(known.chain == chain.name for known in draft.state.chains.values())
        # Told before, the first run may have been another team's.
        others |= any((name, cycle) == (chain.name, 1) and t != clock.team for name, _, cycle, t in draft.past.runs)
        cycle = next_cycle(draft.past, draft.state.log, chain.name, since, clock.team) if others else 1
    _start(draft, chain, clock.team, cycle, since, **({"run": clock.run} if clock.run > 1 else {}))
    says = chain.says or f"The chain {chain.name} counts {chain.counts}."
    draft.because(Because(f"escalation.{chain.name}", chain.span, chain.clauses(draft.state.priority), says))
    if not clock.ended:
        run = draft.state.chains[key_of(chain.name, clock.team)]
        plan(draft, run)
        next_round(draft, run, micros(draft.at))


def next_round(draft: Draft, run: ChainState, since: int) -> None:
    """Once all levels of a round have fired the next begins at `since`, if there is one and nothing holds the chain."""
    chain = draft.policy.text.chains[run.chain]
    held = run.over or run.acknowledged is not None or run.chain not in draft.state.escalation
    fired = len(run.levels) == len(chain.levels) and all(level.status == "fired" for level in run.levels.values())
    if fired and not held and run.round < chain.repeat:
        begin_anew(draft, run, since, run.round + 1)


def _start(draft: Draft, chain: Chain, team: str, cycle: int, since: int, **more: int) -> None:
    named = {"team": team} if team else {}
    draft.emit("chain_started", chain=chain.name, **named, cycle=cycle, since=iso(since), **more)


def plan(draft: Draft, run: ChainState) -> None:
    """Every level of the present run that has not fired is planned, unless the run is over or acknowledged."""
    if run.over or run.acknowledged is not None:
        return
    for level in draft.policy.text.chains[run.chain].levels:
        known = run.levels.get(level.number)
        if known is None or known.status == "withdrawn":
            draft.emit("level_planned", **of(run), level=level.number)


def withdraw(draft: Draft, run: ChainState, reason: str) -> None:
    """Levels still to come are withdrawn; fired ones stay fired."""
    for number, level in run.levels.items():
        if level.status == "planned":
            draft.emit("level_withdrawn", **of(run), level=number, reason=reason)


def _over(draft: Draft, run: ChainState, reason: str) -> None:
    """A run of a chain has come to its end: what was withdrawn of it does not come back."""
    withdraw(draft, run, reason)
    draft.emit("chain_ended", **of(run), reason=reason)


def stop_chains(draft: Draft, fact: Event) -> None:
    """Chains whose clock has ended, or that this fact ends; and those that it acknowledges."""
    for run in list(draft.state.chains.values()):
        chain = draft.policy.text.chains.get(run.chain)
        if chain is None:
            continue
        clock = draft.state.counted(chain.counts, run.team) if chain.counts else None
        ended = clock is not None and clock.ended
        if chain.requested and fact.type in chain.until:
            _end_request(draft, run, fact.type)
        elif ended:
            withdraw(draft, run, fact.type)
        elif run.over or chain.name not in draft.state.escalation:
            continue
        elif fact.type in chain.until or (
            chain.acknowledge and fact.type == chain.acknowledge.event and chain.acknowledge.lasts is None
        ):
            _over(draft, run, fact.type)
        elif chain.acknowledge and fact.type == chain.acknowledge.event:
            withdraw(draft, run, fact.type)
            draft.emit("chain_acknowledged", **of(run))


def end_chains(draft: Draft, reason: str) -> None:
    """The ticket is over: nothing is pending any more."""
    for run in list(draft.state.chains.values()):
        if _requested(draft, run.chain):
            _end_request(draft, run, reason)
        else:
            withdraw(draft, run, reason)


def _end_request(draft: Draft, run: ChainState, reason: str) -> None:
    withdraw(draft, run, reason)
    if run.chain in draft.state.open_requests:
        draft.emit("request_answered", chain=run.chain, answer="ended", reason=reason)


def reopen_chains(draft: Draft, fact: Event, restarted: Collection[str]) -> None:
    """A reopened ticket's chains go on, anew where the clock they count has `restarted`; those told are told again."""
    if fact.type != REOPENED:
        return
    answers = draft.state.requests
    draft.emit("ticket_reopened", reopened=draft.state.reopened + 1)
    mine = {chain.name: chain for chain in chains_of(draft)}
    for run in list(draft.state.chains.values()):
        chain = mine.get(run.chain)
        if chain is None:
            continue
        clock = draft.state.counted(chain.counts, run.team) if chain.counts else None
        anew = clock is not None and clock.key in restarted
        if anew:
            begin_anew(draft, run, micros(draft.at))
        elif clock is not None and not clock.ended:
            plan(draft, draft.state.chains[run.key])
        if not anew and answers.get(run.chain) != "declined":
            _tell_again(draft, chain, run)


def begin_anew(draft: Draft, run: ChainState, since: int, round: int = 1) -> None:
    """Another run of a chain begins at `since` (microseconds since 1970): all its levels are to come."""
    chain = draft.policy.text.chains[run.chain]
    cycle = next_cycle(draft.past, draft.state.log, run.chain, since, run.team)
    clock = draft.state.counted(chain.counts, run.team)
    counted = {"run": clock.run} if clock is not None and clock.run > 1 else {}
    _start(draft, chain, run.team, cycle, since, round=round, **counted)
    if clock is None or not clock.ended:
        plan(draft, draft.state.chains[run.key])


def _tell_again(draft: Draft, chain: Chain, run: ChainState) -> None:
    fired = [number for number, level in run.levels.items() if level.status == "fired"]
    if not fired or draft.setting("reopened_told_before") != "tell_again":
        return
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
    """The requested chain of the ticket that begins with this event type."""
    return next((chain for chain in chains_of(draft) if chain.on == event_type), None)


def is_request(draft: Draft, event_type: str) -> bool:
    """Whether an event type requests escalation, for whatever priority."""
    return any(chain.on == event_type for chain in draft.policy.text.chains.values())


def follow_requests(draft: Draft, fact: Event) -> None:
    """A request begins (or joins) its chain; an answer ends it."""
    chain = requested_chain(draft, fact.type)
    if chain is not None:
        _request(draft, chain, fact)
        return
    for name in draft.state.open_requests:
        asked = draft.policy.text.chains.get(name)
        if asked is None or fact.type not in (asked.accept, asked.decline):
            continue
        accepted = fact.type == asked.accept
        answer = "accepted" if accepted else "declined"
        run = draft.state.chains[asked.name]
        withdraw(draft, run, fact.type)
        draft.emit("request_answered", chain=asked.name, answer=answer, reason=fact.data.get("reason"))
        draft.command(
            "tell_customer", f"{asked.name}/{run.cycle}/{answer}", (), about=answer, reason=fact.data.get("reason")
        )


def _request(draft: Draft, chain: Chain, fact: Event) -> None:
    waiting = [name for name in draft.state.open_requests if draft.policy.text.chains[name].on == fact.type]
    if waiting:
        draft.emit("request_joined", chain=waiting[0], via=fact.data.get("via"))
        return
    says = chain.says or f"Escalation was requested: {chain.name}."
    draft.because(Because(f"escalation.{chain.name}", chain.span, chain.clauses(draft.state.priority), says))
    at = micros(draft.at)
    cycle = next_cycle(draft.past, draft.state.log, chain.name, at)
    _start(draft, chain, "", cycle, at)
    draft.emit("request_opened", chain=chain.name, via=fact.data.get("via"), reason=fact.data.get("reason"))
    run = draft.state.chains[chain.name]
    plan(draft, run)
    for level in chain.levels:
        if level.kind == "request":
            fire_level(draft, draft.state.chains[chain.name], level.number, at, draft.at, "requested")


def replan(draft: Draft) -> None:
    """Another version of the policy: what it adds to chains under way is to come, what it takes away is withdrawn."""
    for run in list(draft.state.chains.values()):
        chain = draft.policy.text.chains[run.chain]
        live = any(level.status == "planned" for level in run.levels.values())
        for number, level in run.levels.items():
            if number > len(chain.levels) and level.status == "planned":
                draft.emit("level_withdrawn", **of(run), level=number, reason="policy_adopted")
        for words in chain.levels:
            if live and words.number not in run.levels:
                draft.emit("level_planned", **of(run), level=words.number)
