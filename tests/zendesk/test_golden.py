"""Whole exports: what they become, byte for byte, and that `check` accepts it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support_policy.bootstrap import compile_files
from support_policy.service.zendesk import Imported, import_zendesk
from tests.cli.command import ROOT, Command

CASES = ROOT / "tests" / "fixtures" / "zendesk"
NAMES = ("simple", "plans", "hours", "gaps")


def export_of(case: str) -> Path:
    """The folder with the JSON of a case; the simple one is the example that the documents show."""
    return ROOT / "examples" / "zendesk" if case == "simple" else CASES / case / "export"


def result(case: str) -> Imported:
    """The import of a case, its files by their base names."""
    return import_zendesk({path.name: path.read_bytes() for path in sorted(export_of(case).iterdir())})


def policy_files(made: Imported) -> dict[str, bytes]:
    """The files that a policy is made of."""
    return {name: text.encode() for name, text in made.files.items() if name.endswith(".yaml")}


@pytest.mark.parametrize("case", NAMES)
def test_an_export_becomes_the_folder_that_is_kept_beside_it(case: str) -> None:
    """The texts are those of the golden folder, which `GOLDEN=write` in the environment writes anew."""
    kept, made = CASES / case / "policy", result(case).files
    if os.environ.get("GOLDEN") == "write":
        for name, text in made.items():
            (kept / name).parent.mkdir(parents=True, exist_ok=True)
            (kept / name).write_text(text, encoding="utf-8")
    found = {p.relative_to(kept).as_posix(): p.read_text(encoding="utf-8") for p in kept.rglob("*") if p.is_file()}
    assert dict(made) == found


@pytest.mark.parametrize("case", NAMES)
def test_check_accepts_what_an_export_became(case: str) -> None:
    """A policy made of an export has no errors and no warnings, but those its own targets deserve."""
    findings = compile_files(policy_files(result(case))).findings
    told = [finding for finding in findings if finding.severity != "note"]
    assert {finding.code for finding in told} <= ({"P312"} if case == "gaps" else set())


@pytest.mark.parametrize(("case", "code"), [("simple", 0), ("plans", 0), ("hours", 1), ("gaps", 1)])
def test_the_exit_code_says_whether_all_was_carried_over(
    case: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 0 when everything was carried over, 1 when the report lists something that was not."""
    out = tmp_path / "desk"
    files = sorted(str(path) for path in export_of(case).iterdir())
    done = Command(capsys)("import", "zendesk-sla", *files, "--out", str(out))
    assert done.code == code
    assert ("not carried over:" in done.out) == bool(code)
    assert ("## Not carried over: nothing" in (out / "IMPORTED.md").read_text()) != bool(code)
