"""A preview says what a version would do, and that is what it does once it is adopted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.bootstrap import compile_files
from support_policy.clock.holidays import Holidays
from support_policy.model.event import Due
from support_policy.policy.compiled import Policy
from support_policy.service.watch.adopting import GRACE
from support_policy.service.watch.preview import Options, preview
from support_policy.service.watch.preview_text import preview_text
from support_policy.service.watch.projecting import letters_of
from support_policy.service.watch.rebuild import rebuild, verify
from support_policy.service.watch.standing import changes
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.decide import draft_of
from support_policy.ticket.evaluate import Run
from support_policy.ticket.history import read_event
from support_policy.ticket.state import TicketState
from tests.watch.adopted import NOW, OLD, RETARGET, SHORTER, Serve, Service, service, submitted, version
from tests.whole.described import history
from tests.whole.policies import files
from tests.whole.search import SLOW
from tests.whole.test_retold import versions


def test_a_preview_of_what_would_be_refused_is_refused(serve: Serve) -> None:
    """A policy that could not be adopted has no preview but its problems."""
    service = serve(version("1"))
    service.adopting.adopt(version("2"), "manager")
    with pytest.raises(PolicyError) as problem:
        preview(service.shelf, service.store, version("1"), OLD, NOW)
    assert [d.code for d in problem.value.diagnostics] == ["P357"]


def test_a_preview_of_what_is_in_force_says_so(serve: Serve) -> None:
    """The newest version itself would change nothing."""
    service = serve(version("1"))
    made = preview(service.shelf, service.store, version("1"), OLD, NOW)
    assert (made.same, made.looked, made.promises) == (True, 0, [])


def test_a_preview_reads_well(serve: Serve) -> None:
    """The text of a preview says the versions, the targets, and the tickets that would change, missed ones marked."""
    service = serve(version("1"))
    service.take(submitted(NOW, "P2"))
    service.clock.tick(minutes=90)
    new = version("2", SHORTER, more=RETARGET)
    text = preview_text(preview(service.shelf, service.store, new, OLD, service.clock.at))
    assert text.startswith("from version 1 to version 2, which would be in force from Mon 2 Mar 2026, 11:30:01")
    for line in (
        "  * P2 first response  8bh -> 1bh",
        "    P1 first response  2bh",
        "  taken over by the new version  1",
        "  targets missed at once         1",
        "  VS-1001  status of first response: running -> breached  (missed at once)",
        "Told at once: nobody",
    ):
        assert line in text.splitlines(), text
    kept = preview_text(preview(service.shelf, service.store, version("2"), OLD, NOW))
    assert "Open tickets: none would change" in kept
    same = preview_text(preview(service.shelf, service.store, version("1"), OLD, NOW))
    assert same == "version 1 is in force already: nothing would change\n"


def test_a_preview_says_what_new_tickets_get(serve: Serve) -> None:
    """Under `keep` no ticket in flight changes, and the table of targets shows the old beside the new."""
    service = serve(version("1"))
    service.three()
    made = preview(service.shelf, service.store, version("2", SHORTER), OLD, NOW)
    assert (made.open_tickets, made.looked, made.rows) == ("keep", 0, [])
    assert {(p.what, p.old, p.new) for p in made.promises if p.changed} == {("P2 first_response", "8bh", "1bh")}
    assert ("P1 first_response", "2bh", "2bh") in {(p.what, p.old, p.new) for p in made.promises}


def test_a_preview_counts_what_would_be_missed_and_told_at_once(serve: Serve) -> None:
    """What a version would have happen the moment it takes over: targets missed, people told and how often."""
    service = serve(version("1"))
    for _ in range(3):
        service.take(submitted(NOW))
    service.clock.tick(minutes=90)
    hour = (
        ("P1: {name: Urgent, first_response: 2bh", "P1: {name: Urgent, first_response: 1bh"),
        ("- {after: 2bh, notify: manager, clause: c1}", "- {after: 1bh, notify: manager, clause: c1}"),
    )
    before = service.projections()
    options = Options(rows=2)
    new = version("2", *hour, more=RETARGET)
    made = preview(service.shelf, service.store, new, OLD, service.clock.at, options)
    assert service.projections() == before
    assert (made.looked, made.taken_over, made.changed, made.missed) == (3, 3, 3, 3)
    assert made.told == {("manager", "m@acme.example"): 3}
    assert (len(made.rows), made.left_out + 2) == (2, sum(made.kinds.values()))
    assert made.as_json()["told_at_once"] == [{"role": "manager", "to": "m@acme.example", "messages": 3}]


Story = tuple[Mapping[str, bytes], dict[str, bytes], datetime, list[dict[str, object]], int]
"""The files of two versions, when the first begins, its events, and the seconds that pass after the last."""


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Some of a generated story, and a version that takes over."""
    (policy, facts, _), following = draw(versions())
    if draw(st.booleans()):
        policy, following = replace(following, effective=None), policy  # so that promises become shorter too
    facts = facts[: draw(st.integers(1, len(facts)))]
    events = cast("list[dict[str, object]]", history(policy, facts)["events"])
    new = files(replace(following, open_tickets="retarget", effective=None))
    new["policy.yaml"] = new["policy.yaml"].replace(b"version: 1", b"version: next")
    return files(policy), new, policy.instant(facts[0].at), events, draw(st.sampled_from((0, 30, 100, 300, 900)))


def live(service: Service, events: Sequence[dict[str, object]], after: int) -> None:
    """A service lives through a story."""
    ticket = ""
    for data in events:
        event = read_event(service.shelf.policy, data)
        service.clock.at = max(service.clock.at, event.at)
        service.work()
        ticket = service.take(event, ticket)
    service.clock.tick(seconds=after)
    service.work()


def no_holidays(country: str, subdivision: str | None, category: str) -> Holidays:
    """Generated policies keep no public holidays."""
    raise LookupError(country, subdivision, category)


@settings(SLOW, max_examples=SLOW.max_examples * 2)
@given(stories())
def test_what_a_preview_says_is_what_then_happens(story: Story) -> None:
    """The rows of a preview are the differences between the tickets without the version and with it, once adopted."""
    first, new, begun, events, after = story
    with service(first, holidays=no_holidays, compile=compile_files, at=begun) as made:
        live(made, events, after)
        compare(made, new)


def compare(service: Service, new: Mapping[str, bytes]) -> None:
    """Preview a version, adopt it, and compare what was said with what happened."""
    now, old = service.clock.now(), service.shelf.policy
    store = service.store
    said = preview(service.shelf, store, new, no_holidays, now)
    begins = now + GRACE
    stood = {}
    letters: Counter[tuple[str, str]] = Counter()
    for ticket, state in service.states().items():
        draft = draft_of(old, state, Due(begins), begins)
        stood[ticket] = draft.state
        letters.update(
            (x.role, x.recipient) for x in letters_of(Run(old, draft.state, begins), draft.commands, "", "shadow")
        )
    sent = len(service.letters())
    assert service.adopting.adopt(new, "manager").outcome == "adopted"
    service.clock.at = begins
    service.aim_all()
    policy = service.shelf.policy
    opened = {ticket for ticket, head in service.heads().items() if head.open or ticket in stood}
    rows = [
        row
        for ticket, state in service.states().items()
        if ticket in opened and state.digest
        for row in changes((old, stood[ticket]), (governs(policy, state), state), begins)
    ]
    assert said.rows == rows
    assert said.taken_over == sum(bool(state.digest) for state in service.states().values())
    told = Counter((x.role, x.recipient) for x in service.letters()[sent:])
    assert said.told == told - letters if said.taken_over else not said.told
    assert rebuild(store, service.shelf).as_json()["rows"] == []
    assert verify(store, service.shelf).as_json()["rows"] == []


def governs(policy: Policy, state: TicketState) -> Policy:
    """The version that governs a ticket."""
    return policy.governing(state.digest, state.begun)
