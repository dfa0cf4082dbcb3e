"""A mail, read: bytes in, a `Mail` out. Pure, and it never raises: what is not understood stands in `problems`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from support_policy.service.watch.mail_addresses import Address, addresses
from support_policy.service.watch.mail_html import text_of_html
from support_policy.service.watch.mail_names import MAX_IDS, MAX_LINE, MAX_TEXT, MESSAGE_ID, id_of_bytes
from support_policy.service.watch.mail_parts import Attachment, Parts, parts
from support_policy.service.watch.mail_quotes import newest
from support_policy.service.watch.mail_words import clean, header_text, line


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it is understood: every text is valid Unicode without NULs.

    `message_id`, `in_reply_to` and `references` keep their `<>`; a mail without an id is named by its bytes, and
    `id_given` is False. `sender` is None where `From` names nobody or several. `date` is what its header claims, aware.
    `text` is what the sender wrote now, `whole` all of its text with history and signature. `headers` are by name in
    small letters, in order, decoded. `type` is the content type of the whole. Of a report about a mail: its kind
    (`report`), the ids of the mails it gives back, the actions it tells (`failed`, `delayed`) and a diagnosis.
    """

    message_id: str
    id_given: bool = True
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    subject: str = ""
    text: str = ""
    whole: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    type: str = "text/plain"
    report: str = ""
    returned: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    diagnosis: str = ""
    problems: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """The first header of a name (in small letters); "" where there is none."""
        return next(iter(self.headers.get(name, ())), "")


def read_mail(raw: bytes) -> Mail:
    """What a mail says, whatever its bytes are."""
    taken = parts(raw)
    problems = taken.problems
    raws: dict[str, list[str]] = {}
    for name, value in taken.headers:
        raws.setdefault(clean(name), []).append(value)
    ids = _ids(raws.get("message-id", ()))
    whole = _whole(taken)
    told = _told(taken)
    return Mail(
        message_id=ids[0] if ids else id_of_bytes(raw),
        id_given=bool(ids),
        in_reply_to=_ids(raws.get("in-reply-to", ())),
        references=_ids(raws.get("references", ())),
        sender=_sender(raws, problems),
        to=_people(raws, "to", problems),
        cc=_people(raws, "cc", problems),
        date=_date(raws, problems),
        subject=line(header_text(_first(raws, "subject"), problems), MAX_LINE),
        text=newest(whole),
        whole=whole,
        attachments=tuple(taken.attachments),
        headers={name: tuple(line(header_text(v, set()), 4000) for v in values) for name, values in raws.items()},
        type=taken.type,
        report=line(taken.report, 100),
        returned=_ids([*told.get("original-message-id", ()), *told.get("message-id", ())]),
        actions=tuple(dict.fromkeys(line(value, 40).lower() for value in told.get("action", ()))),
        diagnosis=line("; ".join((*told.get("status", ())[:1], *told.get("diagnostic-code", ())[:1])), 500),
        problems=tuple(sorted(problems)),
    )


def _first(raws: Mapping[str, list[str]], name: str) -> str:
    return next(iter(raws.get(name, ())), "")


def _ids(values: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Message-IDs as they stand in headers, in order; of too many, the last ones (the nearest in a thread)."""
    found = [clean(one) for value in values for one in MESSAGE_ID.findall(value[:200_000])]
    return tuple(dict.fromkeys(found))[-MAX_IDS:]


def _sender(raws: Mapping[str, list[str]], problems: set[str]) -> Address | None:
    """Who the mail says it is from, where it says so once."""
    values = raws.get("from", [])[:20]
    found = [one for value in values for one in addresses(value, problems)]
    if len(values) == 1 and len(found) == 1:
        return found[0]
    problems.add("`From` names several senders" if found else "`From` names no sender")
    return None


def _people(raws: Mapping[str, list[str]], name: str, problems: set[str]) -> tuple[Address, ...]:
    return tuple(one for value in raws.get(name, [])[:20] for one in addresses(value, problems))


def _date(raws: Mapping[str, list[str]], problems: set[str]) -> datetime | None:
    """The instant that the header claims; one without an offset is taken as UTC."""
    value = _first(raws, "date")[:200]
    found: datetime | None = None
    with suppress(ValueError, OverflowError, TypeError, IndexError):
        read = parsedate_tz(value)
        zone = timezone(timedelta(seconds=(read[9] or 0) if read else 0))
        found = datetime(*read[:6], tzinfo=zone).astimezone(UTC) if read else None
    if found is None:
        problems.add("its date is not understood" if value else "it has no date")
    return found


def _whole(taken: Parts) -> str:
    """The text to read: plain where there is some, else what the HTML says."""
    plain = "\n\n".join(text.strip("\n") for text in taken.plain if text.strip())
    made = plain or "\n\n".join(text_of_html(text[: 4 * MAX_TEXT]) for text in taken.html)
    if len(made) > MAX_TEXT:
        taken.problems.add("its text is long and was cut")
        made = made[:MAX_TEXT]
    if not made.strip() and not taken.attachments:
        taken.problems.add("it has no text")
    return clean(made).strip("\n")


def _told(taken: Parts) -> dict[str, list[str]]:
    """What a report tells, by name in small letters."""
    found: dict[str, list[str]] = {}
    for data in taken.reported:
        unfolded = data.replace(b"\r\n", b"\n").replace(b"\n ", b" ").replace(b"\n\t", b" ")
        for row in unfolded.split(b"\n")[:5000]:
            name, colon, value = row.partition(b":")
            if colon and len(name) < 60:
                found.setdefault(name.strip().lower().decode("ascii", "replace"), []).append(
                    value[:2000].decode("utf-8", "replace")
                )
    return found
