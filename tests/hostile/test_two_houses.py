"""Two services that write to each other: what one sends by itself, the other does not answer."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from tests.operate.living import Living, command, eventually, living, policy_in
from tests.soak.storm import free_port


def house_of(folder: Path, name: str, listens: int, sends: int) -> None:
    """The settings of a service that takes mail at one port, and sends all of its own to another."""
    folder.mkdir()
    policy_in(folder / "policy", ("support@vmoso.com", f"support@{name}.example"))
    (folder / "service.yaml").write_text(
        f'mail: {{listen: "127.0.0.1:{listens}"}}\n'
        f"send: {{smtp: {{host: 127.0.0.1, port: {sends}, tls: none}}, from: support@{name}.example}}\n",
        encoding="utf-8",
    )


def answered(service: Living, ticket: str, folder: Path) -> None:
    """One of the house answers a ticket."""
    words = ("token", "create", "--scope", "engineer", "--name", "test")
    service.token = command(*words, cwd=folder)["token"]
    event = {"type": "responded", "by": "engineer", "text": "We look at it."}
    assert service.call("POST", f"/tickets/{ticket}/events", event)[0] == 200


def _at_rest(folder: Path) -> bool:
    return not command("letters", "--status", "waiting", cwd=folder)


def test_two_services_that_write_to_each_other_come_to_rest(tmp_path: Path) -> None:
    """A mail in the name of the other begins one ticket; its receipt and an answer begin no exchange without end."""
    ports = free_port(), free_port()
    one, two = tmp_path / "one", tmp_path / "two"
    house_of(one, "one", *ports)
    house_of(two, "two", *reversed(ports))
    listen = ("serve", "--policy", "policy", "--http", "127.0.0.1:0")
    with living(*listen, cwd=one) as first, living(*listen, cwd=two) as second:
        first.mail("support@two.example", "Is anybody there?", "Hello.", to="support@one.example")
        # The receipt reaches the other, which takes it for what it is.
        (receipt,) = eventually(lambda: command("mails", "--status", "ignored", cwd=two))
        assert "Auto-Submitted" in json.dumps(receipt)
        answered(first, "VS-1001", one)
        # What a person has written is a ticket there; the receipt for that is the last of it.
        eventually(lambda: command("mails", "--status", "taken", cwd=two))
        eventually(lambda: command("mails", "--status", "ignored", cwd=one))
        for folder, other, letters in ((one, "two", 2), (two, "one", 1)):
            eventually(partial(_at_rest, folder))
            told = [letter["to"] for letter in command("letters", "--status", "all", cwd=folder)]
            assert told.count(f"support@{other}.example") == letters
            assert len(command("tickets", cwd=folder)) == 1
        assert (first.end(), second.end()) == (0, 0)
        assert "Traceback" not in first.logged() + second.logged()
