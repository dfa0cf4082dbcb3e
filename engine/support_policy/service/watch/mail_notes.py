"""What goes with taking a mail in: knowing a copy, the receipt to who begins a ticket, letters that came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from support_policy.model.event import Command, micros
from support_policy.render.messages import message_of
from support_policy.service.watch.desk import Desk
from support_policy.service.watch.mail_names import id_of_bytes, own_id
from support_policy.service.watch.mail_text import Mail, read_mail
from support_policy.service.watch.ports import Work
from support_policy.service.watch.projecting import thread_of
from support_policy.service.watch.rows import AuditRow, Letter

_HOUR = timedelta(hours=1)
_SAME_ID = 50


def copy_of(work: Work, mail: Mail, raw: bytes) -> tuple[str, int]:
    """What a mail is known by, and the row that has it already (0: none).

    The same Message-ID and the same words are the same mail, by whatever way it came. A Message-ID that other words
    had before (some mailers give every mail the same) names nothing: then the mail is named by its bytes.
    """
    if not work.mails.seen(mail.message_id):
        return mail.message_id, 0
    for name in dict.fromkeys((mail.message_id, id_of_bytes(raw))):
        for row in work.mails.page({"message_id": name}, 0, _SAME_ID):
            known = work.mails.get(row.id)
            if known is not None and (known.raw == raw or _same(read_mail(known.raw), mail)):
                return name, row.id
    return id_of_bytes(raw), 0


def _same(one: Mail, other: Mail) -> bool:
    def of(mail: Mail) -> tuple[object, ...]:
        return mail.message_id, mail.sender, mail.subject, mail.whole, mail.date, mail.attachments

    return of(one) == of(other)


def receipt(work: Work, desk: Desk, ticket: str, to: str, now: datetime, most: int) -> None:
    """Tell who began a ticket its name, by the policy's template; no more than `most` letters an hour go to an address.

    A machine that does not say it is one answers the receipt, and its answer may begin a ticket: so it comes to an end.
    """
    run = desk.run(work, ticket, now)
    words = run.governing.text.mail if run else None
    if run is None or words is None or not words.receipt:
        return
    if work.letters.sent_since(to, micros(now - _HOUR)) + len(work.letters.waiting(to, micros(now), most)) >= most:
        work.register.audit(AuditRow(micros(now), "mail.no_receipt", to, ticket, {"most": most}))
        return
    command = Command("tell_customer", f"{ticket}/receipt", now, (), {"about": "receipt", "message": words.receipt})
    message = message_of(run.governing, run, command)
    if message is None:
        return
    letter = Letter(
        key=command.key,
        recipient=to,
        role="customer",
        ticket=ticket,
        command="receipt",
        subject=message.subject,
        body=message.body,
        created=micros(now),
        template=message.template,
        problem=message.problem,
        status=desk.status,
        next_at=micros(now),
        headers=thread_of(run.state.log, to),
    )
    work.letters.add([letter])


def bounced(work: Work, mail: Mail, domain: str, now: datetime) -> tuple[str, str]:
    """The ticket of the letters that a report gives back, and what it says; ("", "") when it is about none of ours.

    A letter that was sent and has failed for good is `dead` from then on, among those an operator may send again.
    """
    ticket = work.mails.ticket_of(mail.returned) if mail.returned else ""
    if not ticket:
        return "", ""
    failed = mail.report == "delivery-status" and "failed" in mail.actions
    said = "a letter of ours could not be delivered" if failed else "a report about a letter of ours"
    letters = work.letters.page({"ticket": ticket}, 0, 10_000)
    for letter in letters if failed else ():
        if letter.status == "sent" and own_id(letter.key, letter.recipient, domain) in mail.returned:
            error = f"it came back: {mail.diagnosis or 'could not be delivered'}"
            work.letters.update(replace(letter, status="dead", error=error))
    if failed:
        detail = {"message_ids": list(mail.returned[:10]), "why": mail.diagnosis}
        work.register.audit(AuditRow(micros(now), "mail.bounced", "", ticket, detail))
    return ticket, said
