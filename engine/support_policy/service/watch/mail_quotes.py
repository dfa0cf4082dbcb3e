"""What is new in a mail: without the history that it quotes and the signature below it."""

from __future__ import annotations

import re

# ruff: noqa: RUF001 - words of other languages are meant as they are written
_SIGNATURE = re.compile(r"^(?:-- ?|__ ?)$")
# "On ... wrote:" in the languages that mailers speak; a line of its own, or two.
_WROTE = re.compile(
    r"^(?=.{6,300}$)(?:On\b.*\bwrote|Am\b.*\bschrieb\b.*|Le\b.*\ba écrit|El\b.*\bescribió|Em\b.*\bescreveu|"
    r"Il\b.*\bha scritto|Op\b.*\bschreef\b.*|Den\b.*\b(?:skrev|skrev følgende)\b.*|W dniu\b.*\bnapisał(?:\(a\))?|"
    r".*\bnapsal\(?a?\)?|.*\bпишет|.*\bписал\(?а?\)?|.*写道|.*のメール|.*님이 작성)\s*[:：]$"
)
_WROTE_BEGINS = re.compile(r"^(?:On|Am|Le|El|Em|Il|Op|Den|W dniu)\b.{4,200}$")
_ORIGINAL = re.compile(
    r"^\s*-{2,}\s*(?:Original Message|Original-Nachricht|Ursprüngliche Nachricht|Message d'origine|Mensaje original|"
    r"Mensagem original|Messaggio originale|Oorspronkelijk bericht|Исходное сообщение|原始邮件|元のメッセージ)"
    r"\s*-{2,}\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^[>*\s]*(?:From|Von|De|Da|Van|От|发件人|差出人|Sent|Gesendet|Envoyé|Enviado|Inviato|Verzonden|Отправлено|发送时间|送信日時"
    r"|Date|Datum|To|An|À|Para|A|Aan|Кому|收件人|宛先|Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Тема|主题|件名|Cc)"
    r"\s?[:：]\**\s"
)
_MOST_WROTE = 20
_RULE = re.compile(r"^[_-]{10,}$")


_WROTE_ENDS = re.compile(
    r"^(?:.{0,200}\b)?(?:wrote|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|skrev)\b.{0,80}[:：]$"
)


def newest(text: str) -> str:
    """The part of a mail's text that its sender wrote now; the whole where nothing would remain (a bare forward).

    Answers between quoted lines are kept, the quoted lines are not. A forwarded message is no history: it is kept.
    """
    lines = text.split("\n")
    mine: list[str] = []
    told = 0
    for n, said in enumerate(lines):
        wrote = _wrote(lines, n)
        told += bool(wrote)
        if wrote and told <= _MOST_WROTE and _answered_between(lines[n + wrote :]):
            mine.append("")
            lines[n + 1 : n + wrote] = [""] * (wrote - 1)
        elif wrote or _ends(lines, n, said):
            break
        elif not said.startswith(">"):
            mine.append(said)
    made = re.sub(r"\n{3,}", "\n\n", "\n".join(mine)).strip()
    return made or text.strip()


def _wrote(lines: list[str], n: int) -> int:
    """How many lines say here that somebody wrote what follows: none, one or two."""
    if _WROTE.match(lines[n]):
        return 1
    following = lines[n + 1] if n + 1 < len(lines) else ""
    return 2 if _WROTE_BEGINS.match(lines[n]) and _WROTE_ENDS.match(following) else 0


def _answered_between(rest: list[str]) -> bool:
    """Whether what follows is quoted, with answers in between."""
    said = [line for line in rest if line.strip()]
    return bool(said) and said[0].startswith(">") and not all(line.startswith(">") for line in said)


def _ends(lines: list[str], n: int, said: str) -> bool:
    """Whether from here on all is a signature or history."""
    if _SIGNATURE.match(said) or _ORIGINAL.match(said):
        return True
    return bool(_RULE.match(said) and _headers_at(lines, n + 1)) or (n > 0 and _headers_at(lines, n))


def _headers_at(lines: list[str], n: int) -> bool:
    """Whether three of the next five lines are headers of a mail, as Outlook writes them above what it quotes."""
    first = next((k for k in range(n, min(n + 2, len(lines))) if lines[k].strip()), len(lines))
    block = lines[first : first + 5]
    return bool(block) and bool(_HEADER.match(block[0])) and sum(bool(_HEADER.match(said)) for said in block) >= 3
