"""The story of a scenario's ticket in a few lines: what happened when, what the policy made of it, what is pending."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from support_policy.model.event import Event
from support_policy.policy.names import LIFECYCLE
from support_policy.render.sentences import moment, plain
from support_policy.service.scenario_seen import firing_name
from support_policy.service.scenario_walk import Walk
from support_policy.service.scenario_when import Place
from support_policy.ticket.state import key_of

MOST = 24
"""A longer story is cut in the middle."""
_METRICS = {
    "target_breached": "is missed",
    "target_met": "is met",
    "target_met_late": "is done, late",
    "target_withdrawn": "is withdrawn",
    "clock_stopped": "stops",
    "clock_paused": "pauses",
    "clock_resumed": "goes on",
    "clock_restarted": "begins anew",
}


def tale(walk: Walk, place: Place, marked: Collection[datetime]) -> tuple[str, ...]:
    """The lines of the story, from the first event to the end of what is pending; `marked` instants have an arrow."""
    steps = list(walk.steps())
    if not steps:
        return ()
    rows = [(event.recorded_at or event.at, _says(event)) for event in steps[-1].run.state.log]
    lines: dict[datetime, list[str]] = {}
    for at, said in sorted(rows, key=lambda row: row[0]):
        if said:
            lines.setdefault(at, []).append(said)
    told = [(at, "; ".join(words), at in marked) for at, words in lines.items()]
    told += [(at, "(looked at here)", True) for at in marked if at not in lines]
    told.sort(key=lambda row: row[0])
    width = max(len(moment(place.local(at))) for at, *_ in told)
    made = [f"{'->' if arrow else '  '} {moment(place.local(at)):<{width}}  {plain(said)}" for at, said, arrow in told]
    if len(made) > MOST:
        made[MOST // 2 : -MOST // 2] = [f"   ... {len(made) - MOST} more"]
    return tuple(made)


def _says(event: Event) -> str:
    data = event.data
    if not event.engine or event.outcome:
        by = f" by {event.by}" if event.by else ""
        late = " (learned late)" if event.outcome == "late" else ""
        refused = f": refused, {event.why}" if event.outcome == "refused" else ""
        return f"{event.type}{by}{late}{refused}"
    fired = firing_name(event)
    if fired:
        told = dict.fromkeys(str(told["role"]) for told in data.get("notify", ()))
        return f"{fired} fires" + (f", {' and '.join(told)} told" if told else "")
    if event.type in _METRICS:
        return f"{key_of(data['metric'], data.get('team', ''))} {_METRICS[event.type]}"
    if event.type == "state_changed" and data["workflow"] == LIFECYCLE:
        return f"state {data['to']}"
    if event.type == "priority_set":
        return f"priority {data['to']}"
    if event.type in ("level_withdrawn", "level_voided"):
        return f"{key_of(data['chain'], data.get('team', ''))}.{data['level']} {event.type.removeprefix('level_')}"
    return f"request {data['answer']}" if event.type == "request_answered" else ""
