"""Addresses about the house itself: messages, mails, the audit trail, the policy."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from support_policy.api.bodies import body_of
from support_policy.api.calls import caller_of
from support_policy.api.parts import Parts
from support_policy.api.routes import WORD, After, Number, Routes, Says, Word, answer, page_of, ref
from support_policy.service.watch.dead_letters import resend
from support_policy.service.watch.ports import Work
from support_policy.service.watch.refused import Refused
from support_policy.service.watch.rights import Caller
from support_policy.service.watch.rows import AuditRow, Letter, LetterStatus, MailRow, MailStatus, VersionRow
from support_policy.service.watch.taken import utc
from support_policy.service.watch.visible import known_of, letter_for, page

Limit = Annotated[int, Query(ge=1, le=500)]
NO_MAIL = "there is no such mail"


class House:
    """Reads what is kept beside tickets, and has messages sent again."""

    def __init__(self, parts: Parts, routes: Routes) -> None:
        self.parts = parts
        raw = {"message/rfc822": {"type": "string", "format": "binary"}}
        none = ("not-found",)
        text = "Messages with what became of them, by number."
        routes.add("GET", "/letters", self.letters, "see", Says("Messages", text, page_of("Letter")), "house")
        again = Says(
            "Send a message again",
            "One that was given up (`dead`) waits again, from the first try on.",
            ref("Letter"),
            problems=("not-found", "not-dead", "too-large", "full"),
        )
        routes.add("POST", "/letters/{id}/resend", self.resend, "resend", again, "house")
        about = "Mails as they came in, by number; `kept` are those that were not understood."
        routes.add("GET", "/mails", self.mails, "mails", Says("Mails", about, page_of("Mail")), "house")
        one = Says("A mail, as it came in", media=raw, problems=none)
        routes.add("GET", "/mails/{id}/raw", self.raw, "mails", one, "house")
        about = "Refused calls, tokens, versions of the policy, alarms. `what` is a name, or its first part: `call`."
        routes.add("GET", "/audit", self.audit, "audit", Says("The audit trail", about, page_of("Audit")), "house")
        now = Says(
            "The policy in force", "Its name, version and digest, and every version there has been.", ref("Policy")
        )
        routes.add("GET", "/policy", self.policy, "policy", now, "policy")
        files = Says("The files of a version of the policy", gives=ref("PolicyFiles"), problems=none)
        routes.add("GET", "/policy/files", self.files, "files", files, "policy")

    def letters(
        self,
        request: Request,
        status: LetterStatus | None = None,
        ticket: Word = "",
        after: After = 0,
        limit: Limit = 50,
    ) -> Response:
        """GET /letters."""
        where = {name: value for name, value in (("status", status), ("ticket", ticket)) if value}
        caller = caller_of(request)
        with self.parts.store.look() as work:
            rows, then = page(
                lambda after, size: work.letters.page(where, after, size),
                lambda some: known_of(work, caller, some),
                lambda row: row.id,
                after,
                self._size(limit),
            )
        return answer({"items": [_letter(row) for row in rows], "next": then})

    def resend(self, request: Request, id: Number) -> Response:
        """POST /letters/{id}/resend."""
        caller = caller_of(request)
        with self.parts.store.look() as work:
            letter = letter_for(work, caller, id)
        again = () if letter.status != "dead" else self._again(caller, id)
        if not again:
            said = f"it is `{letter.status}`" if letter.status != "dead" else letter.error or "nobody can receive it"
            raise Refused("not-dead", said)
        with self.parts.store.look() as work:
            return answer(_letter(letter_for(work, caller, id)))

    def mails(
        self, request: Request, status: MailStatus | None = None, after: After = 0, limit: Limit = 50
    ) -> Response:
        """GET /mails."""
        where = {"status": status} if status is not None else {}
        caller = caller_of(request)
        with self.parts.store.look() as work:
            rows, then = page(
                lambda after, size: work.mails.page(where, after, size),
                lambda some: known_of(work, caller, some),
                lambda row: row.id,
                after,
                self._size(limit),
            )
        return answer({"items": [_mail(row) for row in rows], "next": then})

    def raw(self, request: Request, id: Number) -> Response:
        """GET /mails/{id}/raw."""
        with self.parts.store.look() as work:
            row = work.mails.get(id)
            if row is None:
                raise Refused("not-found", NO_MAIL)
            if not known_of(work, caller_of(request), [row]):
                raise Refused("not-found", NO_MAIL, audit="organization")
        # Whatever it says of itself, a browser is to store it and not to show it.
        return Response(
            row.raw, 200, {"Content-Disposition": f'attachment; filename="mail-{id}.eml"'}, "message/rfc822"
        )

    def audit(
        self,
        what: Annotated[str, Query(max_length=100, pattern=WORD)] = "",
        after: After = 0,
        limit: Limit = 100,
    ) -> Response:
        """GET /audit."""
        size = self._size(limit)
        with self.parts.store.look() as work:
            rows = work.register.audit_page(what, after, size + 1)
        told = [_audit(row) for row in rows[:size]]
        return answer({"items": told, "next": rows[size - 1].id if len(rows) > size else None})

    def policy(self) -> Response:
        """GET /policy."""
        with self.parts.store.look() as work:
            self.parts.desk.shelf.refresh(work)
            rows = work.versions.all()
        policy = self.parts.desk.shelf.policy
        return answer(
            {
                "name": policy.name,
                "version": policy.version,
                "digest": policy.digest,
                "versions": dict(policy.versions),
                "adopted": [_version(row) for row in rows],
            }
        )

    def files(self, number: Annotated[int | None, Query(ge=1, lt=2**31)] = None) -> Response:
        """GET /policy/files."""
        with self.parts.store.look() as work:
            row = _numbered(work, number)
        return answer({"number": row.number, "digest": row.digest, "files": [*map(_file, sorted(row.files.items()))]})

    def _again(self, caller: Caller, id: int) -> tuple[int, ...]:
        return resend(self.parts.store, [id], caller.principal, self.parts.clock.now())

    def _size(self, limit: int) -> int:
        return min(limit, self.parts.limits.page)


class PolicyChanges:
    """Has the policy changed, where this process can do that."""

    def __init__(self, parts: Parts, routes: Routes) -> None:
        self.parts = parts
        reads = ("not-json", "not-json-type", "too-large", "full")
        if parts.changes is None:
            return
        about = "Which open tickets would change, and how, if the policy of these files were adopted now."
        shown = Says("Preview a policy", about, {"type": "object"}, takes=ref("Files"), problems=reads)
        routes.add("POST", "/policy/preview", self.preview, "change", shown, "policy")
        about = (
            "Adopt the policy of these files, or without `files` that of the folder the service was started with. One "
            "that cannot be used is refused, and the one in force stays."
        )
        done = Says(
            "Adopt a policy", about, {"type": "object"}, takes=ref("FilesOrNone"), problems=(*reads, "refused-policy")
        )
        routes.add("POST", "/policy/reload", self.reload, "change", done, "policy")

    def preview(self, request: Request) -> Response:
        """POST /policy/preview."""
        files = _files(body_of(request, self.parts.limits.depth), needed=True)
        return answer(self._changes().preview(files or {}))

    def reload(self, request: Request) -> Response:
        """POST /policy/reload."""
        files = _files(body_of(request, self.parts.limits.depth), needed=False)
        by = caller_of(request).principal
        made = self._changes().reload(by) if files is None else self._changes().adopt(files, by)
        if made["outcome"] == "refused":
            raise Refused("refused-policy", "the policy in force stays", [*map(_finding, made["findings"])])
        return answer(made)

    def _changes(self) -> Any:
        return self.parts.changes


def _files(data: object, *, needed: bool) -> Mapping[str, bytes] | None:
    """The files that were sent; None where there are none and none are needed. Raises `Refused`."""
    given = data if isinstance(data, Mapping) and not set(data) - {"files"} else {"files": None}
    if not needed and not given:
        return None
    files = given.get("files")
    if not isinstance(files, Mapping) or not all(isinstance(text, str) for text in files.values()):
        said = "`files` alone: an object of texts by the names of their files, policy.yaml, rules/..., workflows/..."
        raise Refused("unusable", said, [{"code": "E415", "message": said, "help": "", "path": ["files"]}])
    return {name: text.encode("utf-8") for name, text in files.items()}


def _finding(found: Mapping[str, Any]) -> dict[str, Any]:
    place = f"{found['file']}:{found['line']}:{found['column']}"
    return {"code": found["code"], "message": f"{place}: {found['message']}", "help": found["help"], "path": []}


def _numbered(work: Work, number: int | None) -> VersionRow:
    wanted = work.versions.newest() if number is None else number
    row = next((row for row in work.versions.all() if row.number == wanted), None)
    if row is None:
        raise Refused("not-found", "there is no such version of the policy")
    return row


def _file(item: tuple[str, bytes]) -> dict[str, Any]:
    name, content = item
    try:
        return {"name": name, "text": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"name": name, "base64": base64.b64encode(content).decode("ascii")}


def _letter(row: Letter) -> dict[str, Any]:
    return {
        "id": row.id,
        "key": row.key,
        "ticket": row.ticket or None,
        "decision": row.decision or None,
        "command": row.command,
        "role": row.role,
        "recipient": row.recipient or None,
        "subject": row.subject,
        "body": row.body,
        "status": row.status,
        "attempts": row.attempts,
        "error": row.error or None,
        "problem": row.problem or None,
        "created_at": utc(row.created),
        "next_at": utc(row.next_at) if row.status == "waiting" else None,
        "sent_at": utc(row.sent_at),
        "listed_in": row.listed_in,
    }


def _mail(row: MailRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "received_at": utc(row.received),
        "sender": row.sender,
        "recipients": list(row.recipients),
        "message_id": row.message_id,
        "subject": row.subject,
        "status": row.status,
        "ticket": row.ticket or None,
        "problem": row.problem or None,
        "size": row.size,
    }


def _audit(row: AuditRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": utc(row.at),
        "what": row.what,
        "actor": row.actor or None,
        "subject": row.subject or None,
        "detail": dict(row.detail),
    }


def _version(row: VersionRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": row.name,
        "version": row.version,
        "digest": row.digest,
        "in_force_from": utc(row.in_force_from or None),
        "adopted_at": utc(row.adopted_at),
        "adopted_by": row.adopted_by,
        "open_tickets": "retarget" if row.retarget else "keep",
    }
