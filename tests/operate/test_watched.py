"""Decisions are told to the journal once they are stored; traces have a span for each; settings become ways out."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from support_policy.adapters.journal import Journal
from support_policy.adapters.sql.store import open_store
from support_policy.adapters.traces import NoTraces, OtelTraces
from support_policy.adapters.watched import WatchedDesk, WatchedMessenger
from support_policy.bootstrap.outside import fetched, limits_of, messengers_of, ways_out
from support_policy.model.event import Event
from support_policy.service.watch.desk import Fact
from support_policy.service.watch.ports import Undeliverable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings import LogSettings
from support_policy.service.watch.settings_out import Apprise, FolderOut, SmtpOut, Webhook
from support_policy.service.watch.settings_text import read_settings
from support_policy.source.diagnostics import PolicyError
from tests.watch.house import NINE, P1, Fixed

SIGNING = "whsec_" + "QUJD" * 8
LETTER = Letter("k", "a@b.example", "manager", "VS-1001", "notify", "s", "b", 1, decision="VS-1001.1")


class Nobody:
    """A messenger that nobody answers."""

    def deliver(self, letter: Letter, message_id: str) -> None:
        raise Undeliverable(f"nobody takes {letter.key} under {message_id}")

    def close(self) -> None:
        """Nothing is open."""


def test_a_decision_is_told_once_it_is_stored() -> None:
    """The journal names the ticket and the decision; of a transaction that is rolled back it hears nothing."""
    out, store = io.StringIO(), open_store("sqlite://")
    journal = Journal(LogSettings(format="json"), stream=out)
    desk = WatchedDesk(Fixed(), journal, NoTraces())
    fact = Fact("", Event("submitted", NINE, by="customer", fields=P1))
    with suppress(ZeroDivisionError), store.begin() as work:
        desk.take(work, [fact], NINE)
        raise ZeroDivisionError
    assert out.getvalue() == ""
    with store.begin() as work:
        (taken,) = desk.take(work, [fact], NINE)
        assert out.getvalue() == ""
    (line,) = map(json.loads, out.getvalue().splitlines())
    assert (line["event"], line["ticket"], line["decision"]) == ("decided", taken.ticket, taken.decision)
    assert (line["trigger"], line["priority"], line["state"]) == ("submitted", "P1", "open")
    journal.close()
    store.close()


def test_decisions_and_deliveries_have_spans() -> None:
    """A span for facts taken, one for what falls due, one for each delivery, with ticket and decision."""
    kept, store = InMemorySpanExporter(), open_store("sqlite://")
    traces = OtelTraces("", kept)
    journal = Journal(LogSettings("error"), stream=io.StringIO())
    desk = WatchedDesk(Fixed(), journal, traces)
    with store.begin() as work:
        (taken,) = desk.take(work, [Fact("", Event("submitted", NINE, by="customer", fields=P1))], NINE)
        desk.fall_due(work, [taken.ticket], NINE)
    with pytest.raises(Undeliverable):
        WatchedMessenger(Nobody(), "mail", traces).deliver(LETTER, "<x@y>")
    traces.close()
    spans = {span.name: dict(span.attributes or {}) for span in kept.get_finished_spans()}
    assert spans["take"] == {"facts": 1, "trigger": "submitted", "ticket": taken.ticket, "decision": taken.decision}
    assert spans["fall_due"]["ticket"] == taken.ticket
    assert spans["deliver"] == {"kind": "mail", "ticket": "VS-1001", "decision": "VS-1001.1"}
    journal.close()
    store.close()


SETTINGS = """\
send:
  smtp: {host: mail.example, port: 465, tls: implicit, user: me, password: {env: PASSWORD}}
  from: desk@vmoso.example
channels:
  pager: {webhook: "https://pager.example/in", secret: {env: SIGNING}, digest: yes}
  chat: {apprise: {env: CHAT}}
limits: {messages: 7, digest: 2m, attempts: 3, give_up: 12h}
"""


def test_settings_become_ways_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each channel and the server become what messengers are made of; without a server it is a folder."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"PASSWORD": "pa55-w0rd", "SIGNING": SIGNING, "CHAT": "json://chat.example"}.items():
        monkeypatch.setenv(name, value)
    settings, _ = read_settings(SETTINGS, "service.yaml")
    secrets = fetched(settings)
    out = ways_out(settings, secrets, Fixed().policy)
    assert isinstance(out.mail, SmtpOut)
    assert (out.mail.host, out.mail.port, out.mail.tls, out.mail.password) == (
        "mail.example",
        465,
        "implicit",
        "pa55-w0rd",
    )
    assert (out.mail.mail.sender, out.mail.mail.domain) == ("desk@vmoso.example", "vmoso.example")
    assert out.channels == {
        "pager": Webhook("https://pager.example/in", SIGNING, folded=True),
        "chat": Apprise("json://chat.example"),
    }
    limits = limits_of(settings)
    assert (limits.messages, limits.digest_minutes, limits.attempts, limits.days) == (7, 2, 3, 0.5)
    assert {"pa55-w0rd", SIGNING, "json://chat.example"} <= set(secrets.every)
    assert "pa55-w0rd" not in f"{secrets!r} {out!r}"
    made = messengers_of(out, settings)
    assert set(made) == {"mail", "channel:pager", "channel:chat"}
    for messenger in made.values():
        messenger.close()
    plain = ways_out(read_settings("", "service.yaml")[0], secrets, Fixed().policy)
    assert isinstance(plain.mail, FolderOut)
    assert plain.mail.mail.sender == "support@vmoso.com"


def test_every_secret_that_is_missing_is_told_at_once() -> None:
    """All that cannot be had is listed, each at its place."""
    text = "database: {env: NO_A}\nhooks: {m: {secret: {env: NO_B}}}\nchannels: {c: {apprise: {env: NO_C}}}\n"
    settings, _ = read_settings(text, "service.yaml")
    with pytest.raises(PolicyError) as caught:
        fetched(settings)
    assert [(d.code, d.span.line) for d in caught.value.diagnostics] == [("C107", 1), ("C107", 2), ("C107", 3)]
    assert fetched(read_settings("", "service.yaml")[0], "sqlite://").database == "sqlite://"
