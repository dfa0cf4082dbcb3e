"""What became of scenarios, as text for people, as JSON data, as JUnit XML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from support_policy.render.sentences import plain
from support_policy.service.scenario_run import Failure, FileOutcome, Outcome

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def counted(number: int, what: str = "scenario") -> str:
    """`1 scenario`, `2 scenarios`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def summary(files: Iterable[FileOutcome]) -> str:
    """`12 scenarios passed, 1 failed`."""
    outcomes = [outcome for file in files for outcome in file.outcomes]
    failed = sum(not outcome.passed for outcome in outcomes)
    passed = f"{counted(len(outcomes) - failed)} passed"
    return f"{passed}, {failed} failed" if failed else passed


def lines(file: FileOutcome) -> Iterator[str]:
    """One line for a file that passed; else every failure with its story."""
    if not file.failed:
        yield f"{file.file}: {counted(len(file.outcomes))} passed"
        return
    passed = len(file.outcomes) - len(file.failed)
    yield f"{file.file}: {len(file.failed)} failed" + (f", {passed} passed" if passed else "")
    for outcome in file.failed:
        yield ""
        yield from told(outcome)
    yield ""


def told(outcome: Outcome) -> Iterator[str]:
    """A scenario that failed: each key that does not hold, and the ticket's story."""
    yield f"FAILED  {plain(outcome.scenario.name)}"
    for failure in outcome.failures:
        yield from _failure(failure)
    if outcome.tale:
        yield "  what happens"
        yield from (f"    {line}" for line in outcome.tale)


def _failure(failure: Failure) -> Iterator[str]:
    where = f" at {failure.at}" if failure.claim else ""
    yield f"  {failure.span}: {failure.key}{where}"
    yield f"    expected  {plain(failure.miss.expected)}"
    yield f"    found     {plain(failure.miss.found)}"
    yield from (f"    {plain(why)}" for why in failure.miss.why)


def as_json(files: Sequence[FileOutcome]) -> dict[str, Any]:
    """Everything as plain JSON data."""
    outcomes = [outcome for file in files for outcome in file.outcomes]
    failed = sum(not outcome.passed for outcome in outcomes)
    return {
        "ok": not failed,
        "passed": len(outcomes) - failed,
        "failed": failed,
        "files": [{"file": f.file, "scenarios": [_outcome(outcome) for outcome in f.outcomes]} for f in files],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    scenario = outcome.scenario
    return {
        "scenario": str(scenario.name),
        "line": scenario.span.line,
        "clauses": [str(clause) for clause in scenario.clauses],
        "passed": outcome.passed,
        "failures": [
            {
                "file": failure.span.file,
                "line": failure.span.line,
                "column": failure.span.column,
                "key": failure.key,
                "at": failure.instant.isoformat() if failure.instant else None,
                "expected": failure.miss.expected,
                "found": failure.miss.found,
                "why": failure.miss.why,
            }
            for failure in outcome.failures
        ],
        "timeline": list(outcome.tale),
    }


def as_junit(files: Sequence[FileOutcome]) -> bytes:
    """JUnit XML: a suite for each file, a case for each scenario."""
    outcomes = [outcome for file in files for outcome in file.outcomes]
    root = ET.Element("testsuites", {"name": "support-policy", **_counts(outcomes)})
    for file in files:
        suite = ET.SubElement(root, "testsuite", {"name": _xml(file.file), **_counts(file.outcomes), "skipped": "0"})
        for outcome in file.outcomes:
            name = _xml(outcome.scenario.name)
            case = ET.SubElement(suite, "testcase", classname=_xml(file.file), name=name)
            if not outcome.passed:
                said = "; ".join(why for failure in outcome.failures for why in failure.miss.why[:1])
                failure = ET.SubElement(case, "failure", message=_xml(said), type="expectation")
                failure.text = _xml("\n".join(told(outcome)))
    ET.indent(root)
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    failed = sum(not outcome.passed for outcome in outcomes)
    return {"tests": str(len(outcomes)), "failures": str(failed), "errors": "0"}


def _xml(text: str) -> str:
    """Text without what XML cannot hold."""
    return _NO_XML.sub("\ufffd", text)
