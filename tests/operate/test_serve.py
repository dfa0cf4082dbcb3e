"""The service as an operator runs it: started, spoken to, told to reload, stopped, killed."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support_policy.service.watch.settings import DATABASE
from tests.operate.living import P1, Living, command, eventually, living, policy_in, run
from tests.sql.databases import Server

ANYWHERE = ("--http", "127.0.0.1:0", "--mail", "127.0.0.1:0")


def with_token(process: Living, *more: str) -> Living:
    """The process, spoken to with a token of an engineer and manager."""
    scopes = ("--scope", "engineer", "--scope", "manager", "--name", "test")
    process.token = command("token", "create", *scopes, *more, cwd=process.cwd)["token"]
    return process


def relabel(folder: Path, old: str, new: str) -> None:
    path = folder / "policy.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def test_a_day_of_the_service(tmp_path: Path) -> None:
    """Tickets come in by HTTP and mail, a policy is taken in or refused on SIGHUP, and all of it outlives a stop."""
    policy = policy_in(tmp_path / "policy")
    with living("serve", "--policy", "policy", *ANYWHERE, cwd=tmp_path) as serve:
        with_token(serve)
        status, taken = serve.call("POST", "/tickets", {"type": "submitted", "by": "customer", "fields": P1})
        assert (status, taken["ticket"], taken["priority"]) == (201, "VS-1001", "P1")
        serve.mail("jane@acme.example", "[P1] Our site is down", "Nothing works.")
        assert serve.call("GET", "/tickets/VS-1002")[1]["priority"] == "P1"
        assert [row["ticket"] for row in command("tickets", cwd=tmp_path)] == ["VS-1001", "VS-1002"]
        assert command("mails", "--status", "taken", cwd=tmp_path)[0]["ticket"] == "VS-1002"
        assert serve.call("GET", "/readyz")[0] == 200
        assert 'support_policy_mails_total{status="taken"} 1.0' in serve.figures()
        assert 'support_policy_http_seconds_count{method="POST",route="/tickets",status="201"} 1.0' in serve.figures()

        relabel(policy, "version: 2026-04", "version: 2026-05")
        serve.signal("SIGHUP")
        eventually(lambda: serve.call("GET", "/policy")[1]["version"] == "2026-05")
        relabel(policy, "first_response: 2bh", "first_respnse: 2bh")
        serve.signal("SIGHUP")
        eventually(lambda: "policy refused" in serve.logged())
        assert "P310" in serve.logged()
        assert serve.call("GET", "/policy")[1]["version"] == "2026-05"
        assert serve.call("POST", "/tickets", {"type": "submitted", "fields": P1})[0] == 201
        assert serve.end() == 0
        assert [json.loads(line)["level"] for line in serve.logged().splitlines()].count("error") == 1
    # The policy in the folder is still the bad one: the one that was in force goes on.
    with living("serve", "--policy", "policy", *ANYWHERE, cwd=tmp_path) as again:
        with_token(again)
        assert len(again.call("GET", "/tickets")[1]["items"]) == 3
        assert again.end("SIGINT") == 0
    assert command("rebuild", "--decisions", cwd=tmp_path)["decisions"]["equal"]
    assert command("backup", "kept.gz", cwd=tmp_path)["rows"]["tickets"] == 3
    restored = command("restore", "kept.gz", "--database", "sqlite:///other.db", cwd=tmp_path)
    assert restored["verified"]["equal"]


def test_a_version_that_is_read_otherwise_now_is_said(tmp_path: Path) -> None:
    """Where this program finds another digest in a version than the one that adopted it, the log says so."""
    policy_in(tmp_path / "policy")
    url = "sqlite:///kept.db"
    with living("serve", "--policy", "policy", *ANYWHERE, "--database", url, cwd=tmp_path) as serve:
        assert serve.end() == 0
    with closing(sqlite3.connect(tmp_path / "kept.db")) as store, store:
        store.execute("UPDATE versions SET digest = 'another'")
    with living("serve", "--policy", "policy", *ANYWHERE, "--database", url, cwd=tmp_path) as serve:
        assert serve.end() == 0
        assert "version 1 of the policy (2026-04) has another digest" in serve.logged()


SECONDS = (("after: 2bh", "after: 1s"), ("after: 3bh", "after: 2s"))
"""What makes the shipped policy escalate within seconds, whatever the day."""


def test_workers_over_postgresql(tmp_path: Path, postgres: Server) -> None:
    """With `serve` and two workers, one of them killed, each level fires once, and its letters are written."""
    policy_in(tmp_path / "policy", *SECONDS)
    database = ("--database", postgres.new())
    (tmp_path / "service.yaml").write_text("send: {folder: out}\nlog: {format: json}\n", encoding="utf-8")
    with (
        living("serve", "--policy", "policy", *ANYWHERE, *database, cwd=tmp_path) as serve,
        living("work", *database, cwd=tmp_path) as one,
        living("work", *database, cwd=tmp_path) as other,
    ):
        with_token(serve, *database)
        ticket = {"type": "submitted", "fields": P1}
        names = [serve.call("POST", "/tickets", ticket)[1]["ticket"] for _ in range(20)]
        one.process.kill()
        written = eventually(lambda: len(list((tmp_path / "out").glob("*.eml"))) >= 60 or None)
        assert written
        levels = [serve.call("GET", f"/tickets/{name}")[1]["escalation_level"] for name in names]
        assert levels == [2] * 20
        assert other.end() == 0
        assert serve.end() == 0
    found = command("rebuild", "--decisions", *database, cwd=tmp_path)
    assert found["projections"]["equal"]
    assert found["decisions"]["equal"]
    letters = command("letters", "--status", "all", "--limit", "1000", *database, cwd=tmp_path)
    keys = [(letter["decision"], letter["to"], letter["subject"]) for letter in letters]
    assert len(keys) == len(set(keys))


def test_a_shadow_sends_nothing(tmp_path: Path) -> None:
    """Beside a help desk everything is decided and recorded, and nothing leaves the house."""
    policy_in(tmp_path / "policy", *SECONDS)
    with living("serve", "--shadow", "--policy", "policy", *ANYWHERE, cwd=tmp_path) as serve:
        with_token(serve)
        ticket = serve.call("POST", "/tickets", {"type": "submitted", "fields": P1})[1]["ticket"]
        eventually(lambda: serve.call("GET", f"/tickets/{ticket}")[1]["escalation_level"] == 2)
        assert serve.end() == 0
    statuses = {letter["status"] for letter in command("letters", "--status", "all", cwd=tmp_path)}
    assert statuses <= {"shadow", "dead"}
    assert "shadow" in statuses
    assert not (tmp_path / "var" / "mail-out").exists()


def test_what_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """After kill -9 nothing that was answered is lost, and what fell due meanwhile happens once."""
    policy_in(tmp_path / "policy", *SECONDS)
    with living("serve", "--policy", "policy", *ANYWHERE, cwd=tmp_path) as serve:
        with_token(serve)
        for _ in range(10):
            assert serve.call("POST", "/tickets", {"type": "submitted", "fields": P1})[0] == 201
        assert serve.end("SIGKILL") == -9
    with living("serve", "--policy", "policy", *ANYWHERE, cwd=tmp_path) as serve:
        with_token(serve)
        tickets = eventually(
            lambda: [row for row in serve.call("GET", "/tickets")[1]["items"] if row["escalation_level"] == 2][9:]
        )
        assert tickets
        assert serve.end() == 0
    assert command("rebuild", "--decisions", cwd=tmp_path)["decisions"]["equal"]


def test_a_second_request_to_stop_does_not_wait(tmp_path: Path) -> None:
    """Whoever asks twice is not made to wait for what is being done."""
    policy_in(tmp_path / "policy")
    with living("serve", "--policy", "policy", *ANYWHERE, cwd=tmp_path) as serve:
        serve.signal("SIGTERM")
        assert serve.end() in (0, 130)


CANNOT = [
    (("serve", "--config", "none.yaml"), "none.yaml:1:1: error[C101]"),
    (("serve", "--http", "8080"), "--http:1:1: error[C102]"),
    (("serve", "--database", "mysql://u:hunter2@h/x"), "--database:1:1: error[C104]"),
    (("serve", "--database", "sqlite:////proc/none/x.db"), "--database:1:1: error[C111]"),
    (("serve", "--database", "postgresql://u:hunter2@127.0.0.1:1/x"), "--database:1:1: error[C111]"),
    (("serve", "--policy", "nowhere"), "\nnowhere/policy.yaml:1:1: error[P340]"),
    (("work",), "error[C111]: it has no policy yet"),
    (("tickets",), "the database:1:1: error[C111]: there is no `var/support-policy.db`"),
    (("rebuild", "--config", "hook.yaml", "--database", "sqlite:///none.db"), "there is no `none.db`"),
    (("letters", "--database", ""), "--database:1:1: error[C104]: it is empty"),
    (("serve", "--config", "secret.yaml"), "secret.yaml:1:27: error[C107]"),
    (("serve", "--config", "hook.yaml"), "hook.yaml:1:21: error[C110]"),
    (("serve", "--config", "folder.yaml"), "/proc/none:1:1: error[C113]"),
    (("serve", "--config", "tls.yaml"), "none.pem:1:1: error[C114]"),
    (("restore", "policy/policy.yaml"), "error[C116]"),
    (("restore", "none.gz"), "none.gz"),
    (("backup", "none.gz"), "there is no `var/support-policy.db`"),
    (("token", "create", "--name", "x"), "error[C117]: a token needs a scope"),
    (("token", "create", "--name", "x", "--scope", "enginer"), "did you mean `engineer`?"),
]


@pytest.mark.parametrize(
    ("words", "says"), CANNOT, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_what_cannot_run_says_why(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    """One clear line with the place to look at, exit code 2, no traceback and no secret."""
    policy_in(tmp_path / "policy")
    texts = {
        "secret": "hooks: {monitor: {secret: {file: nowhere}}}\n",
        "hook": "hooks: {m: {secret: {file: hook.yaml}}}\n",
        "folder": "send: {folder: /proc/none}\n",
        "tls": "mail: {listen: '127.0.0.1:0', tls: {certificate: none.pem, key: none.key}}\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    more = ("--policy", "policy") if words[0] == "serve" and "--policy" not in words else ()
    more = (*more, "--http", "127.0.0.1:0") if words[0] == "serve" and "--http" not in words else more
    done = run(*words, *more, cwd=tmp_path)
    assert done.code == 2, done.out + done.err
    told = [line for line in done.err.splitlines() if not line.startswith("{")]
    assert says in "\n".join(["", *told])
    assert "Traceback" not in done.err
    assert "hunter2" not in done.err


def test_a_default_database_that_is_none_is_named(tmp_path: Path) -> None:
    """Where no settings name the database there is no line to point at: it is named in words."""
    (tmp_path / DATABASE.removeprefix("sqlite:///")).parent.mkdir(parents=True)
    (tmp_path / DATABASE.removeprefix("sqlite:///")).write_bytes(b"something else" * 1000)
    done = run("tickets", cwd=tmp_path)
    assert (done.code, done.err.splitlines()[0]) == (
        2,
        "the database:1:1: error[C111]: the database cannot be used: file is not a database",
    )


def test_who_looks_needs_no_secret_but_the_store_s(tmp_path: Path) -> None:
    """Secrets of channels and hooks are the service's: a shell without them lists and makes tokens all the same."""
    text = "hooks: {m: {secret: {env: NOBODY_SET_THIS}}}\nchannels: {c: {apprise: {file: nowhere}}}\n"
    (tmp_path / "service.yaml").write_text(text, encoding="utf-8")
    assert command("token", "create", "--name", "x", "--scope", "auditor", cwd=tmp_path)
    assert command("letters", cwd=tmp_path) == []
    (store,) = (tmp_path / "var").glob("*.db")
    assert store.stat().st_mode & 0o777 == 0o600
    unwritten = run("backup", "none/none.gz", cwd=tmp_path)
    assert (unwritten.code, unwritten.err.startswith("none/none.gz:1:1: error[C113]")) == (2, True)
    shown = run("letters", "7", cwd=tmp_path)
    assert (shown.code, shown.out.strip()) == (1, "there is no message 7")


def test_who_cannot_listen_changes_no_policy(tmp_path: Path) -> None:
    """A second `serve` beside one that runs ends, and the policy of its folder is not put in force."""
    policy_in(tmp_path / "policy")
    policy_in(tmp_path / "other", ("version: 2026-04", "version: 2027-01"))
    with living("serve", "--policy", "policy", *ANYWHERE, cwd=tmp_path) as serve:
        with_token(serve)
        place = serve.said["http"].removeprefix("http://")
        done = run("serve", "--policy", "other", "--http", place, "--mail", "no", cwd=tmp_path)
        assert (done.code, "error[C112]" in done.err) == (2, True), done.err
        assert serve.call("GET", "/policy")[1]["version"] == "2026-04"
        assert serve.end() == 0


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    """A port in use is one line with the place; for a first look the next free one is taken instead."""
    policy_in(tmp_path / "policy")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        for option, other in (("--http", "--mail"), ("--mail", "--http")):
            done = run("serve", "--policy", "policy", option, place, other, "127.0.0.1:0", cwd=tmp_path)
            assert done.code == 2
            assert f"{place}:1:1: error[C112]: cannot listen: address already in use" in done.err
        with living("serve", "--demo", "--policy", "policy", "--http", place, "--mail", place, cwd=tmp_path) as serve:
            ports = {serve.said["http"].rpartition(":")[2], serve.said["mail"].rpartition(":")[2]}
            assert len(ports) == 2
            assert place.rpartition(":")[2] not in ports
            assert serve.end() == 0
