"""service.yaml: read strictly, every slip at its place, secrets never shown."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from support_policy.adapters.service_file import database_url, fetch, load_settings
from support_policy.service.watch.settings import Listen, Secret, Settings
from support_policy.service.watch.settings_text import SETTINGS, read_settings
from support_policy.source.diagnostics import PolicyError
from tests.house.tree import ROOT

HIDDEN = "pa55-w0rd"

WHOLE = """\
database: {env: DATABASE_URL}
http: {listen: 0.0.0.0:8080, behind_proxy: 10.0.0.2, body: 2MiB, calls_per_minute: 50}
mail:
  listen: "[::1]:25"
  lmtp: yes
  addresses: [support@vmoso.example]
  size: 10MiB
  believe_staff: never
  trusted: mx.vmoso.example
  tls: {certificate: tls/chain.pem, key: tls/key.pem}
send:
  smtp: {host: mail.vmoso.example, port: 465, tls: implicit, user: support, password: {file: secrets/smtp}}
  from: support@vmoso.example
channels:
  pager: {webhook: "https://pager.example/in", secret: {env: PAGER}}
  chat: {apprise: {env: CHAT_URL}}
hooks:
  monitoring: {secret: {env: MONITORING}}
limits: {messages: 20, digest: 2m, attempts: 8, give_up: 24h}
watch: {late: 90s, workers: 2}
log: {level: warning, format: json}
traces: http://127.0.0.1:4318/v1/traces
"""


def test_everything_that_may_be_said_is_read() -> None:
    """Every key becomes the setting it names."""
    made, warnings = read_settings(WHOLE, "service.yaml")
    assert warnings == ()
    assert made.database == Secret(env="DATABASE_URL")
    assert (made.http.proxies, made.http.body) == (("10.0.0.2",), 2 * 1024 * 1024)
    assert made.mail.listen == Listen("::1", 25)
    assert made.mail.lmtp
    assert made.send.smtp is not None
    assert made.send.smtp.password == Secret(file="secrets/smtp")
    assert {name: channel.secret for name, channel in made.channels.items()} == {
        "pager": Secret(env="PAGER"),
        "chat": None,
    }
    assert made.hooks == {"monitoring": Secret(env="MONITORING")}
    assert (made.watch.late, made.watch.workers) == (90, 2)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "http: {}\n"])
def test_what_is_not_said_has_a_default(text: str) -> None:
    """Everything may be left out: SQLite in a local folder, HTTP and mail on loopback."""
    assert read_settings(text, "service.yaml")[0] == Settings()


SLIPS = [
    ("htpp: {}\n", "1:1", "S205", "did you mean `http`?"),
    ("http: {listn: 127.0.0.1:1}\n", "1:8", "S205", "did you mean `listen`?"),
    ("http: {listen: 8080}\n", "1:16", "C102", "write the address too: `127.0.0.1:8080`"),
    ("http: {listen: 127.0.0.1:99999}\n", "1:16", "C102", "127.0.0.1:8080"),
    ("http:\n  listen: localhost\n", "2:11", "C102", "127.0.0.1:8080"),
    ("http: {body: big}\n", "1:14", "C103", "512KiB"),
    ("mail: {size: 0}\n", "1:14", "C103", "25MiB"),
    ("mail: {addresses: support}\n", "1:19", "S201", ""),
    ("mail: {believe_staff: authentcated}\n", "1:23", "S202", "`authenticated`"),
    ("mail: {tls: {certificate: a.pem}}\n", "1:13", "S206", "its key"),
    ("database: mysql://root@host/x\n", "1:11", "C104", "not shown"),
    ("database: {evn: X}\n", "1:12", "S205", ""),
    ("send: {smtp: {port: 25}}\n", "1:14", "S206", "the server's name"),
    ("send: {smtp: {host: h, tls: ssl}}\n", "1:29", "S202", "expected one of"),
    ("send: {smtp: {host: h, password: {env: X}}}\n", "1:34", "C108", "name the user"),
    ("send: {smtp: {host: h, user: u, tls: none}}\n", "1:14", "C108", "starttls"),
    ("channels: {pager: {secret: {env: X}}}\n", "1:19", "S206", "the URL"),
    ("channels: {pager: {webhook: 'https://x.example'}}\n", "1:19", "S206", "signed"),
    ("channels: {pager: {webhook: pager.example, secret: {env: X}}}\n", "1:29", "S201", "not shown"),
    ("channels: {chat: {apprise: {env: A}, secret: {env: X}}}\n", "1:18", "C105", "leave it out"),
    ("channels: {chat: {apprise: {env: A}, webhook: {env: X}}}\n", "1:18", "C105", "leave"),
    ("hooks: {monitoring: {}}\n", "1:21", "S206", "signed"),
    ("watch: {late: 2bh}\n", "1:15", "S203", "without `b`"),
    ("watch: {workers: 0}\n", "1:18", "S201", ""),
    ("log: {level: warn}\n", "1:14", "S202", "`warning`"),
    ("traces: yes\n", "1:9", "S201", ""),
]


@pytest.mark.parametrize(("text", "place", "code", "help"), SLIPS)
def test_a_slip_is_found_at_its_place(text: str, place: str, code: str, help: str) -> None:
    """Each slip is one finding with line, column, code and what to write instead."""
    with pytest.raises(PolicyError) as caught:
        read_settings(text, "service.yaml")
    (found,) = caught.value.diagnostics
    assert (f"{found.span.line}:{found.span.column}", found.code) == (place, code)
    assert help in f"{found.message} {found.help}"


def test_all_slips_are_told_at_once() -> None:
    """One reading finds every problem of the file."""
    text = "htpp: {}\nlog: {level: loud}\nhooks: {a: {secret: []}}\n"
    with pytest.raises(PolicyError) as caught:
        read_settings(text, "service.yaml")
    assert [(d.span.line, d.code) for d in caught.value.diagnostics] == [(1, "S205"), (2, "S202"), (3, "S201")]


@pytest.mark.parametrize(
    "text",
    [
        f"database: mysql://u:{HIDDEN}@h/x\n",
        f"hooks: {{a: {{secret: [{HIDDEN}]}}}}\n",
        f"hooks: {{a: {{secret: {{{HIDDEN}}}}}}}\n",
        f"hooks: {{a: {{secret: {{value: {HIDDEN}}}}}}}\n",
        f"hooks: {{a: {{secret: {{env: X, file: {HIDDEN}}}}}}}\n",
        f"hooks: {{a: {{secrt: {HIDDEN}}}}}\n",
        f"channels: {{a: {{webhook: 'ftp://x/{HIDDEN}', secret: {HIDDEN}}}}}\n",
        f"send: {{smtp: {{host: h, password: {HIDDEN}}}}}\n",
        f"send: {{smtp: {{host: h, user: u, password: {HIDDEN}, tls: ssl}}}}\n",
    ],
)
def test_no_finding_shows_a_secret(text: str) -> None:
    """What is written where a secret belongs is never repeated, however wrong it is."""
    with pytest.raises(PolicyError) as caught:
        read_settings(text, "service.yaml")
    assert HIDDEN not in str(caught.value)


def test_settings_can_be_printed_without_their_secrets() -> None:
    """A settings object, printed whole, shows where secrets are kept and none of them."""
    text = f"database: postgresql://u:{HIDDEN}@h/x\nhooks: {{a: {{secret: {HIDDEN}}}, b: {{secret: {{env: B}}}}}}\n"
    made, warnings = read_settings(text, "service.yaml")
    assert [(d.code, d.severity, d.span.line) for d in warnings] == [("C106", "warning", 2)]
    shown = f"{made!r} {made} {made.hooks['a']} {made.hooks['b']} {warnings}"
    assert HIDDEN not in shown
    assert "{env: B}" in shown


def test_an_open_door_is_warned_of() -> None:
    """Listening for other machines without a proxy that has TLS is said to be doubtful."""
    warned = read_settings("http: {listen: ':8080'}\n", "service.yaml")[1]
    assert [(d.code, d.severity) for d in warned] == [("C109", "warning")]
    assert read_settings("http: {listen: ':8080', behind_proxy: yes}\n", "service.yaml")[1] == ()


def test_a_secret_is_fetched_from_where_it_is_kept(tmp_path: Path) -> None:
    """A variable, the first line of a file, or the text itself."""
    (tmp_path / "secret").write_text(f"{HIDDEN}\nnot this\n", encoding="utf-8")
    assert fetch(Secret(env="A"), {"A": HIDDEN}) == HIDDEN
    assert fetch(Secret(file=str(tmp_path / "secret"))) == HIDDEN
    assert fetch(Secret(HIDDEN)) == HIDDEN


@pytest.mark.parametrize(
    ("name", "says"), [("none", "no such file"), ("empty", "empty first line"), ("bytes", "no text")]
)
def test_a_secret_that_cannot_be_had_is_said(name: str, says: str, tmp_path: Path) -> None:
    """The place in service.yaml, what was looked for and why it was not found; no text of it."""
    (tmp_path / "empty").write_bytes(b"\nsecond")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe" + HIDDEN.encode())
    made, _ = read_settings(f"hooks:\n  a: {{secret: {{file: {tmp_path / name}}}}}\n", "service.yaml")
    with pytest.raises(PolicyError) as caught:
        fetch(made.hooks["a"])
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line, found.span.column) == ("C107", 2, 15)
    assert says in found.message
    assert HIDDEN not in str(found)
    with pytest.raises(PolicyError, match="`NOWHERE` is not set"):
        fetch(Secret(env="NOWHERE"), {})


def test_a_file_that_is_asked_for_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """./service.yaml may be missing, a file that was named may not."""
    monkeypatch.chdir(tmp_path)
    assert load_settings() == (Settings(), ())
    with pytest.raises(PolicyError, match=r"other\.yaml:1:1: error\[C101\]"):
        load_settings("other.yaml")
    (tmp_path / "service.yaml").write_text("log: {format: text}\n", encoding="utf-8")
    assert load_settings()[0].log.format == "text"


def test_the_password_of_the_database_may_be_kept_apart() -> None:
    """`database_password` is put into the URL, which names the user; a URL without a user is a slip."""
    text = "database: {env: URL}\ndatabase_password: {env: PASSWORD}\n"
    made, _ = read_settings(text, "service.yaml")
    given = {"URL": "postgresql://me@db/x", "PASSWORD": "a/b@c"}
    assert database_url(made, given) == "postgresql://me:a%2Fb%40c@db/x"
    for url in ("postgresql://db/x", "sqlite:///x.db", "postgresql://me:other@db/x"):
        with pytest.raises(PolicyError, match=r"service\.yaml:2:20: error\[C108\]"):
            database_url(made, {**given, "URL": url})


@pytest.mark.parametrize("text", [WHOLE, (ROOT / "deploy" / "service.yaml").read_text(encoding="utf-8")])
def test_an_editor_finds_nothing_to_underline(text: str) -> None:
    """What the service reads is valid by the schema that editors complete by, as they read YAML."""
    validator = jsonschema.Draft202012Validator(SETTINGS.schema())
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []
