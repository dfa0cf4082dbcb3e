"""An emergency from a mail to the directors' mailboxes, through two workers of which one is killed."""

from __future__ import annotations

import json
import smtplib
from email.message import EmailMessage
from pathlib import Path

import httpx

from tests.soak.storm import Mailbox, Service, free_port, hasty_policy, mailbox, ready, until
from tests.sql.databases import Server

MANAGER = "support-manager.acme@vmoso.example"
DIRECTORS = {"director.services@vmoso.example", "director.americas@vmoso.example"}
ENGINEER = "engineers.americas@vmoso.example"
CUSTOMER = "jane@acme.example"


def test_a_mail_becomes_a_ticket_that_escalates_whatever_dies(tmp_path: Path, postgres: Server) -> None:
    """Answered, acknowledged and with its action plan, an unresolved emergency still reaches manager and directors."""
    http, mail = free_port(), free_port()
    policy = hasty_policy(tmp_path / "policy")
    common = ["--config", str(tmp_path / "service.yaml")]
    works = {"work1": ["work", *common], "work2": ["work", *common]}
    names = {"serve": ["serve", *common, "--policy", str(policy)], **works}
    with mailbox() as (box, smtp), Service(tmp_path, names) as service:
        (tmp_path / "service.yaml").write_text(_settings(postgres.new(), http, mail, smtp), encoding="utf-8")
        service.start("serve")
        until(lambda: ready(http), 60, "the service is ready")
        service.start("work1")
        service.start("work2")
        _send(mail, CUSTOMER, "[P1] The shop is down", "Environment: production\nSite: down\n\nNothing answers.")
        head = {"Authorization": f"Bearer {service.token('manager')}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{http}", headers=head, timeout=10) as client:
            (ticket,) = client.get("/tickets").json()["items"]
            name = ticket["ticket"]
            assert (ticket["priority"], ticket["organization"]) == ("P1", "acme")
            service.kill("work1")
            _send(mail, ENGINEER, f"Re: {name}", "We look at it now.")
            for type in ("acknowledged", "action_plan_recorded"):
                told = client.post(f"/tickets/{name}/events", json={"type": type, "by": "manager"})
                assert told.json()["outcome"] == "accepted", told.text
            until(lambda: _told(box, name) >= DIRECTORS, 60, "the directors are told")
            seen = client.get(f"/tickets/{name}").json()
        assert MANAGER in _told(box, name)
        assert CUSTOMER in _told(box, name)
        levels = {row["level"]: row["status"] for row in seen["escalations"] if row["chain"] == "automatic"}
        assert levels == {1: "fired", 2: "fired"}
        assert seen["state"] == "open"
        assert {row["metric"]: row["status"] for row in seen["targets"]}["first_response"] == "met"
        assert "Traceback" not in service.said()


def _told(box: Mailbox, ticket: str) -> set[str]:
    return {to for to, subject in box.messages.values() if ticket in subject}


def _send(port: int, sender: str, subject: str, text: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "support@vmoso.com", subject
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(message)


def _settings(url: str, http: int, mail: int, smtp: int) -> str:
    return f"""\
database: {json.dumps(url)}
http: {{listen: "127.0.0.1:{http}"}}
mail: {{listen: "127.0.0.1:{mail}", believe_staff: always}}
send: {{smtp: {{host: 127.0.0.1, port: {smtp}, tls: none}}, from: support@vmoso.example}}
"""
