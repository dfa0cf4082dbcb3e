"""The shape of policy.yaml: what may stand where, and the words it becomes."""

from __future__ import annotations

from collections.abc import Mapping as Map

from support_policy.model.policy import Contact
from support_policy.policy.calendars_text import CALENDAR, MAINTENANCE, OFFICE, SPECIAL_DAYS
from support_policy.policy.chains_text import CHAIN
from support_policy.policy.mail_text import MAIL
from support_policy.policy.promise_text import METRIC, PLAN, PRIORITY
from support_policy.policy.schedules_text import SCHEDULE
from support_policy.policy.settings import Assumptions
from support_policy.policy.week import CLAUSES, WeekHours
from support_policy.source.shape import (
    NAME,
    TEXT,
    Choice,
    Field,
    Instant,
    MapOf,
    Partial,
    Text,
)

CONTACT = Partial(
    lambda span, **v: Contact(v["email"], v["clause"], span),
    {
        "email": Field(Text("an e-mail address", r"[^@\s]+@[^@\s]+"), "the support address", required=True),
        "clause": CLAUSES,
    },
    title="`contact`",
)

POLICY_FIELDS: Map[str, Field] = {
    "policy": Field(TEXT, "the policy's name", required=True),
    "version": Field(TEXT, "your label for this version; the digest is computed", required=True),
    "effective_from": Field(Instant(), "from when on this version applies"),
    "open_tickets": Field(
        Choice(("keep", "retarget")),
        "what happens then to tickets begun under the version before: they stay with it, or are re-aimed",
        "keep",
    ),
    "contact": Field(CONTACT, "where customers reach support"),
    "business_hours": Field(WeekHours(), "the hours of every office, unless it says otherwise"),
    "offices": Field(MapOf(OFFICE), "the offices that serve customers", required=True),
    "calendars": Field(MapOf(CALENDAR), "further calendars, by name; each office is one too", {}),
    "default_office": Field(NAME, "the office that serves unknown organizations (default: the first)", ""),
    "special_days": Field(SPECIAL_DAYS, "days that differ", ()),
    "maintenance": Field(MAINTENANCE, "announced windows whose open time does not count", ()),
    "priorities": Field(MapOf(PRIORITY), "the priorities, most urgent first", required=True),
    "plans": Field(MapOf(PLAN), "what plans promise instead of the priorities' own targets and chains", {}),
    "metrics": Field(MapOf(METRIC), "what the clocks measure", required=True),
    "escalation": Field(MapOf(CHAIN), "the escalation chains", {}),
    "schedules": Field(MapOf(SCHEDULE), "what recurs: digests, reminders, reports", {}),
    "mail": Field(
        MAIL, "what a mail becomes; without it, mail becomes nothing (what is read from it: the rules `intake`)"
    ),
    "assumptions": Field(Assumptions(), "what is decided where the source document is silent", {}),
}
