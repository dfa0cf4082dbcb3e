"""Whatever stands in the files: a policy or a `PolicyError` whose diagnostics point into the text, nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from support_policy.policy.compiled import Policy, compile_policy
from support_policy.policy.rules_text import RULES_FIELDS
from support_policy.policy.text import POLICY_FIELDS
from support_policy.policy.workflow_text import WORKFLOW_FIELDS
from support_policy.source.diagnostics import Diagnostic, PolicyError
from tests.policy.small import SMALL, bank_holidays

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {
    p.relative_to(ROOT).as_posix(): p.read_bytes()
    for part in ("policy.yaml", "rules/*.yaml", "workflows/*.yaml")
    for p in sorted(ROOT.glob(part))
}
BASES = [SHIPPED, {name: text.encode() for name, text in SMALL.items()}]
WORD = re.compile(rb"[\w.:*=@-]+")
WORDS = sorted({word for base in BASES for data in base.values() for word in WORD.findall(data)})
ODD = [
    *(b"* &a *a { } [ ] : - # ' \" | > !x % ~ << --- ... [] {} yes 1e999 0 -1 2026-02-30 __class__ all not".split()),
    b"", b": ", b"- ", b"\t", b"? ", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\r", b"x" * 70_000, b"null",
]  # fmt: skip
TOKENS = st.sampled_from(WORDS) | st.sampled_from(ODD)


def outcome(files: dict[str, bytes]) -> tuple[Diagnostic, ...]:
    """What is found; every diagnostic points into a file that is there, or to the missing policy.yaml."""
    found: tuple[Diagnostic, ...]
    try:
        made = compile_policy(files, bank_holidays, "test")
        assert isinstance(made, Policy)
        found = made.findings
        assert all(d.severity != "error" for d in found)
    except PolicyError as problem:
        found = problem.diagnostics
        assert any(d.severity == "error" for d in found)
    for d in found:
        assert d.span.file in files or (d.span.file, d.code) == ("policy.yaml", "P340")
        lines = re.split("\r\n|\r|\n", files.get(d.span.file, b"").decode("utf-8-sig", "replace"))
        assert 1 <= d.span.line <= len(lines), d
        assert 1 <= d.span.column <= len(lines[d.span.line - 1]) + 1, d
        assert len(str(d)) < 2_000
        assert d.message
    return found


@st.composite
def spoilt_lines(draw: st.DrawFn, data: bytes) -> bytes:
    """A file after a few of the things that happen to lines: lost, doubled, moved, indented, misspelt, cut."""
    lines = data.split(b"\n")
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match draw(st.sampled_from(["delete", "double", "swap", "indent", "word", "insert", "drop", "byte", "cut"])):
            case "delete":
                del lines[at]
            case "double":
                lines.insert(at, line)
            case "swap":
                lines[at] = draw(st.sampled_from(lines))
            case "indent":
                lines[at] = b" " * draw(st.integers(0, 8)) + line.lstrip()
            case "word":
                words = list(WORD.finditer(line))
                if words:
                    word = draw(st.sampled_from(words))
                    lines[at] = line[: word.start()] + draw(TOKENS) + line[word.end() :]
            case "insert":
                column = draw(st.integers(0, len(line)))
                lines[at] = line[:column] + draw(TOKENS) + line[column:]
            case "drop":
                column = draw(st.integers(0, len(line)))
                lines[at] = line[:column] + line[column + 1 :]
            case "byte":
                column = draw(st.integers(0, len(line)))
                lines[at] = line[:column] + draw(st.binary(min_size=1, max_size=2)) + line[column + 1 :]
            case "cut":
                lines = [*lines[:at], line[: draw(st.integers(0, len(line)))]]
        lines = lines or [b""]
    return b"\n".join(lines)


@given(st.data())
def test_a_spoilt_policy_is_told_of_or_used(data: st.DataObject) -> None:
    """However a policy's files are spoilt, reading them ends in a policy or in diagnostics."""
    files = dict(data.draw(st.sampled_from(BASES)))
    for _ in range(data.draw(st.integers(1, 2))):
        name = data.draw(st.sampled_from(sorted(files)))
        files[name] = data.draw(spoilt_lines(files[name]))
    outcome(files)


KEYS = sorted({word.decode() for word in WORDS if re.fullmatch(rb"[a-z_]+", word)})
SCALARS = st.sampled_from(
    [*KEYS, "P1", "2bh", "09:00-17:00", "~", "'x'", '""', "0", "1.5", "2026-01-01", "*", "=", "[]", "{}"]
)


@st.composite
def flow(draw: st.DrawFn, depth: int = 3) -> str:
    """A value in YAML's flow style."""
    match draw(st.integers(0, 3 if depth else 1)):
        case 2:
            return f"[{', '.join(draw(st.lists(flow(depth - 1), max_size=3)))}]"
        case 3:
            pairs = draw(st.dictionaries(st.sampled_from(KEYS), flow(depth - 1), max_size=3))
            return "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
    return str(draw(SCALARS))


TOP = {
    "policy.yaml": sorted(POLICY_FIELDS),
    "rules/priority.yaml": sorted(RULES_FIELDS),
    "workflows/request.yaml": sorted(WORKFLOW_FIELDS),
}


@given(st.data())
def test_yaml_of_another_shape_is_told_of(data: st.DataObject) -> None:
    """Right keys with values of any other shape never surprise the reader."""
    files = {name: text.encode() for name, text in SMALL.items()}
    name = data.draw(st.sampled_from(sorted(TOP)))
    lines = files[name].decode().split("\n")
    for key, value in data.draw(st.dictionaries(st.sampled_from(TOP[name]), flow(), min_size=1, max_size=4)).items():
        lines = [line for line in lines if not line.startswith(f"{key}:")] + [f"{key}: {value}"]
    kept = [line for i, line in enumerate(lines) if not line.startswith((" ", "-")) or _has_parent(lines, i)]
    files[name] = "\n".join(kept).encode()
    outcome(files)


def _has_parent(lines: list[str], index: int) -> bool:
    above = next((line for line in reversed(lines[:index]) if line and line[0] not in " -"), "")
    return above.endswith(":")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_told_of(data: bytes) -> None:
    """Bytes of any kind in place of a file never end in another exception."""
    for name in TOP:
        outcome({**{n: text.encode() for n, text in SMALL.items()}, name: data})


def test_hostile_policies_end_in_findings() -> None:
    """Enormous but well-formed policies are refused by their size, not by exhausting the machine."""
    base = {name: text.encode() for name, text in SMALL.items()}
    rule = "  - {id: r%d, conditions: {name: f%d, operator: is_true}, actions: []}\n"
    hostile = {
        "rules/z.yaml": "facts:\n" + "".join(f"  g{n}: text\n" for n in range(9_000)),
        "rules/priority.yaml": "rule_set: priority\nhit_policy: first\nrules:\n"
        + "".join(rule % (n, n) for n in range(4_000)),
    }
    assert len(outcome({**base, **{name: text.encode() for name, text in hostile.items()}})) <= 201
    days = "".join(f"  - {{from: 20{n:02}-01-01, to: 20{n + 9:02}-12-31, hours: closed}}\n" for n in range(10, 80)) * 40
    policy = SMALL["policy.yaml"].replace("special_days:\n", f"special_days:\n{days}")
    assert [d.code for d in outcome({**base, "policy.yaml": policy.encode()})] == ["P335"]
    offices = "".join(f"  o{n}: {{zone: Europe/London, holidays: GB}}\n" for n in range(5_000))
    policy = SMALL["policy.yaml"].replace("offices:\n", f"offices:\n{offices}")
    assert [d.code for d in outcome({**base, "policy.yaml": policy.encode()})] == ["P335"]
    hours = ", ".join(["09:00-10:00"] * 5_000)
    policy = SMALL["policy.yaml"].replace("mon-fri: 09:00-17:00", f'mon-fri: "{hours}"')
    assert [d.code for d in outcome({**base, "policy.yaml": policy.encode()})] == ["S201"]
    options = ", ".join(f"o{n}" for n in range(20_000))
    directory = SMALL["rules/directory.yaml"].replace("[up, down]", f"[{options}]")
    assert "S207" in [d.code for d in outcome({**base, "rules/directory.yaml": directory.encode()})]
