"""The table of diagnostic codes: each that the engine uses is described once, each that is described is used."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import support_policy
from support_policy.policy.all_codes import CODES, TABLES

ENGINE = Path(support_policy.__file__).parent
OURS = "YSJRWPET"
CODE = re.compile(rf'"([{OURS}][0-9]{{3}})"')


def used() -> set[str]:
    """The codes that stand in the engine's source, the tables aside."""
    sources = [p for p in ENGINE.rglob("*.py") if "codes" not in p.stem]
    return {code for path in sources for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_every_code_is_described() -> None:
    """Whoever meets a code can look it up."""
    assert used() - set(CODES) == set()


def test_every_described_code_is_used() -> None:
    """No description outlives its finding."""
    assert set(CODES) - used() == set()


def test_no_code_is_described_twice() -> None:
    """A code has one meaning."""
    assert [code for code, times in Counter(code for table in TABLES for code in table).items() if times > 1] == []


def test_descriptions_read_as_such() -> None:
    """A title is a phrase, an explanation one or more sentences."""
    for code, (title, explanation) in CODES.items():
        assert re.fullmatch(rf"[{OURS}][0-9]{{3}}", code)
        assert title
        assert not title.endswith("."), code
        assert explanation.endswith((".", ")")), code
        assert explanation[0].isupper() or explanation[0] in "`0123456789", code
