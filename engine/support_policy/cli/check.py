"""Check a policy: every problem with file, line and column, what was expected, and the nearest right name."""

from __future__ import annotations

import argparse
from collections import Counter

from support_policy.adapters.files import located, policy_folder
from support_policy.adapters.files import shown as spelt
from support_policy.adapters.scenarios import FOLDER, read_scenario, scenario_files
from support_policy.bootstrap import load_policy
from support_policy.cli.common import add_json, add_policy, colored, paint, print_json, told
from support_policy.cli.terminal import printable
from support_policy.policy.citations import clause_uses
from support_policy.policy.compiled import Policy
from support_policy.policy.settings import meaning
from support_policy.service.scenario_clauses import Shown, clauses_shown, note_clauses
from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError

HELP = "find everything that is wrong with a policy"


def arguments(parser: argparse.ArgumentParser) -> None:
    """See the package."""
    add_policy(parser)
    add_json(parser)
    parser.add_argument("--clauses", action="store_true", help="list the clauses with what follows from each")
    parser.add_argument("--assumptions", action="store_true", help="list the assumptions with their values")


def run(args: argparse.Namespace) -> int:
    """0 when there is nothing to do, 1 when there are errors or warnings, 2 when there is no policy to check."""
    policy: Policy | None = None
    shown: Shown | None = None
    try:
        policy = load_policy(args.policy)
        shown, notes = _scenarios(policy, args.policy)
        findings = (*located(policy.findings, args.policy), *notes)
    except PolicyError as problem:
        if any(d.code in ("P340", "P342") for d in problem.diagnostics):
            raise
        findings = problem.diagnostics
    bad = any(d.severity in ("error", "warning") for d in findings)
    if args.json:
        print_json(_data(policy, findings, shown, bad=bad))
    else:
        _print(args, policy, findings, shown)
    return 1 if bad else 0


def _scenarios(policy: Policy, path: str) -> tuple[Shown | None, tuple[Diagnostic, ...]]:
    """What the scenarios beside the policy show, and notes on what they do not; nothing where none are kept."""
    folder = policy_folder(path) / FOLDER
    if not folder.is_dir():
        return None, ()
    findings = Findings()
    try:
        files = {spelt(file.relative_to(policy_folder(path))): read_scenario(file) for file in scenario_files(folder)}
    except PolicyError:
        files = {}
    found = clauses_shown(files)
    note_clauses(policy, found, findings)
    return found, located(findings.sorted(), path)


def _data(
    policy: Policy | None, findings: tuple[Diagnostic, ...], shown: Shown | None, *, bad: bool
) -> dict[str, object]:
    data: dict[str, object] = {"ok": not bad, "diagnostics": [d.as_json() for d in findings]}
    if policy is not None:
        data["policy"] = {"name": policy.name, "version": policy.version, "digest": policy.digest}
        data["versions"] = dict(policy.versions)
        data["assumptions"] = {
            s.name: {
                "value": str(s.value) if not isinstance(s.value, bool) else s.value,
                "says": s.says,
                "means": meaning(s),
            }
            for s in policy.text.settings.values()
        }
        uses = clause_uses(policy.text, policy.workflows)
        data["clauses"] = {
            c.id: {"says": c.says, "binds": c.binds, "cited_by": uses.get(c.id, [])}
            | ({"scenarios": shown.scenarios.get(c.id, [])} if shown else {})
            for c in policy.text.clauses.values()
        }
    return data


def _print(
    args: argparse.Namespace, policy: Policy | None, findings: tuple[Diagnostic, ...], shown: Shown | None
) -> None:
    on = colored()
    for finding in findings:
        print(told(finding, on=on))
    counts = Counter(d.severity for d in findings)
    said = ", ".join(
        f"{counts[s]} {s}{'s' if counts[s] > 1 else ''}" for s in ("error", "warning", "note") if counts[s]
    )
    if policy is None:
        print(f"\n{said}; the policy cannot be used as it stands")
        return
    text = policy.text
    if findings:
        print()
    verdict = paint("ok", "good", on=on) if not counts["warning"] else paint("usable", "warning", on=on)
    print(f"{verdict}: {printable(f'{policy.name} {policy.version}')}" + (f" ({said})" if said else ""))
    print(f"digest {policy.digest}")
    rules = sum(len(s.rules) for s in text.rule_sets.values())
    more = {"calendars": text.calendars, "plans": text.plans, "templates": text.templates}
    counted = {
        "priorities": len(text.priorities),
        "rules": rules,
        "escalation chains": len(text.chains),
        "offices": len(text.offices),
        **{what: len(some) for what, some in more.items() if some},
        "organizations": len(text.organizations),
        "clauses": len(text.clauses),
        "assumptions": len(text.settings),
    }
    print(", ".join(f"{count} {what}" for what, count in counted.items()))
    if args.assumptions:
        print("\nassumptions (what the policy decides where its source is silent; change any line)")
        for s in text.settings.values():
            value = ("yes" if s.value else "no") if isinstance(s.value, bool) else str(s.value)
            print(printable(f"  {s.name + ': ' + value:<46} {s.says}: {meaning(s)}"))
    if args.clauses:
        uses = clause_uses(policy.text, policy.workflows)
        print("\nclauses")
        for c in text.clauses.values():
            print(printable(f"  {c.id:<24} {c.says}"))
            for place in uses.get(c.id, []) if c.binds else ["(no rule can follow)"]:
                print(printable(f"  {'':<24}   {place}"))
            for scenario in shown.scenarios.get(c.id, []) if shown else []:
                print(printable(f"  {'':<24}   shown by: {scenario}"))
    elif not args.assumptions:
        print("more: --clauses, --assumptions")
