"""Real servers for the messengers: mail by aiosmtpd or by a script of replies, and HTTP."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from support_policy.service.watch.settings_out import MailFrom, SmtpOut

TLS = Path(__file__).with_name("tls")
CERTIFICATE = str(TLS / "cert.pem")
FROM = MailFrom("service@support.example", "support.example", "Support", "help@support.example")


def server_tls() -> ssl.SSLContext:
    """The TLS of a server named `localhost`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, TLS / "key.pem")
    return context


@dataclass
class Mailbox:
    """Takes mails. `rcpt` and `data` hold replies to be given first, one a mail; `known` drops what came before."""

    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """As told, else take the recipient."""
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """As told, else take the mail."""
        if self.data:
            return self.data.pop(0)
        self.envelopes.append(envelope)
        self.sessions.append(session)
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails that were taken."""
        made = []
        for envelope in self.envelopes:
            assert isinstance(envelope.content, bytes)
            made.append(BytesParser(policy=default).parsebytes(envelope.content))
        return made


class _AnyPort(Controller):
    """A controller that takes any free port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def only_jane(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    """Let in jane, with her password."""
    return AuthResult(success=data == LoginPassword(b"jane", b"secret"), handled=False)


@contextmanager
def mail_server(mailbox: Mailbox, **settings: Any) -> Iterator[int]:
    """A mail server on this machine; its port."""
    controller = _AnyPort(mailbox, hostname="127.0.0.1", port=0, server_hostname="mx.example", **settings)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def smtp_out(port: int, **other: Any) -> SmtpOut:
    """Settings for a server on this machine."""
    return SmtpOut(**{"host": "localhost", "mail": FROM, "port": port, "tls": "none", "timeout": 5.0, **other})


Talk = Callable[[socket.socket, int], None]


@contextmanager
def raw_server(talk: Talk) -> Iterator[int]:
    """A server that has `talk` deal with each connection (and its number, from 1); its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_now: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket, number: int) -> None:
        with connection, suppress(OSError):
            talk(connection, number)

    def accept() -> None:
        number = 0
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            number += 1
            open_now.append(connection)
            threads.append(threading.Thread(target=serve, args=(connection, number)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for connection in open_now:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def script(*conversations: Mapping[str, str]) -> Talk:
    """Replies by verb, a mapping for each connection (the last for all that follow).

    `hangs up` closes, `stalls` says nothing more; what is not named is answered as a server does. `text` answers the
    text itself; a reply that begins with `half ` comes when half of the text is there.
    """

    def talk(connection: socket.socket, number: int) -> None:
        replies = conversations[min(number, len(conversations)) - 1]
        usual = {"greeting": "220 mx", "DATA": "354 go on", "QUIT": "221 bye"}
        file = connection.makefile("rb")

        def answer(verb: str) -> bool:
            reply = replies.get(verb, usual.get(verb, "250 OK"))
            if reply == "stalls":
                while file.readline():
                    pass
            if reply in {"stalls", "hangs up"}:
                return False
            connection.sendall(f"{reply}\r\n".encode())
            return True

        with file:
            going = answer("greeting")
            while going:
                line = file.readline()
                verb = line.split(b" ")[0].strip().upper().decode()
                going = bool(line) and answer(verb) and verb != "QUIT"
                if going and verb == "DATA" and replies.get("DATA", "354").startswith("354"):
                    if replies.get("text", "").startswith("half "):
                        file.readline()
                        return
                    while file.readline() not in {b".\r\n", b""}:
                        pass
                    going = answer("text")

    return talk


@dataclass(frozen=True)
class Call:
    """A call as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Endpoint:
    """An HTTP server's answers (status and headers), one a call, then 204; and what came."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    connections: int = 0


@contextmanager
def http_server(endpoint: Endpoint, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """An HTTP server on this machine; its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            endpoint.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            endpoint.calls.append(Call(self.command, self.path, headers, body))
            status, more = endpoint.answers.pop(0) if endpoint.answers else (204, {})
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", "2")
            self.end_headers()
            if status != 204:
                self.wfile.write(b"{}")

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http{'s' if context else ''}://localhost:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
