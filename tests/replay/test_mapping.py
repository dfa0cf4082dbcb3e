"""What is wrong with a mapping is said with file, line, column and the nearest right name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support_policy.adapters.tables import load_mapping, open_table
from support_policy.batch import mapping_checks, mapping_text, mapping_words
from support_policy.batch.mapping_checks import KEYS, check_words
from support_policy.batch.mapping_codes import CODES
from support_policy.batch.mapping_text import FIELDS, MAPPING, read_mapping
from support_policy.batch.replay import Options, replay
from support_policy.batch.replay_rows import REASONS
from support_policy.bootstrap import load_policy
from support_policy.source.diagnostics import Findings, PolicyError
from tests.replay.desk import FIXTURES, NOW, as_csv, replayed, written

GOOD = """shape: events
ticket: ticket
at: at
type: {column: what, values: {Opened: submitted, Answered: responded}}
by: {column: who, values: {agent: engineer}, otherwise: missing}
facts: {organization: {constant: north}, crop: {column: crop, values: {Apple: apple}}}
"""
ROW = {"ticket": "A", "at": "2026-03-02T10:00:00Z", "what": "Opened", "who": "agent", "crop": "Apple"}


@pytest.mark.parametrize(
    ("old", "new", "code", "place", "word"),
    [
        ("shape: events", "shape: event", "S202", "1:8", "did you mean `events`"),
        ("ticket: ticket", "tickets: ticket", "S205", "2:1", "did you mean `ticket`"),
        ("ticket: ticket\n", "", "S206", "1:1", "`ticket`"),
        ("at: at\n", "", "M502", "1:1", "`at`"),
        ("at: at", "at: at\nmilestones: []", "M501", "4:1", "`tickets`"),
        ("at: at", "at: at\ninstants: {zone: Europe/Londn}", "M503", "4:18", "Europe/London"),
        ("at: at", "at: at\ninstants: {zone: UTC, formats: '%d/%m'}", "M504", "4:32", "%Y"),
        ("at: at", "at: at\ninstants: {formats: '%d/%m/%Y'}", "M506", "4:21", "zone"),
        ("at: at", "at: at\ninstants: {zone: UTC, formats: ['%d/%m/%Y', '%m/%d/%Y']}", "M507", "4:45", "the day"),
        ("Answered:", "opened:", "M505", "4:50", "case"),
        ("{column: who,", "{column: who, constant: engineer,", "M508", "5:5", "one of the two"),
        ("at: at", "at: at\nencoding: latin-99", "M524", "4:11", "latin-1"),
        ("Opened: submitted", "Opened: submited", "M510", "4:39", "did you mean `submitted`"),
        ("crop: {", "corp: {", "M511", "6:42", "did you mean `crop`"),
        ("Apple: apple", "Apple: apples", "M512", "6:79", "apple"),
        ("agent: engineer", "agent: enginer", "M513", "5:35", "did you mean `engineer`"),
        ("by: {column: who, values: {agent: engineer}, otherwise: missing}", "by: who", "M513", "5:5", "{column: ...}"),
        ("at: at", "at: when", "M520", "3:5", "`x.csv` has no column `when`"),
        ("column: crop", "column: corp", "M520", "6:57", "did you mean `crop`"),
    ],
)  # fmt: skip
def test_a_fault_is_said_at_its_place(tmp_path: Path, old: str, new: str, code: str, place: str, word: str) -> None:
    """The code, the line and the column, and what to write instead."""
    assert old in GOOD
    path = written(tmp_path, "x.csv", as_csv([ROW]))
    with pytest.raises(PolicyError) as raised:
        replayed(path, GOOD.replace(old, new, 1))
    found = {(d.code, f"{d.span.line}:{d.span.column}"): f"{d.message} {d.help}" for d in raised.value.diagnostics}
    assert (code, place) in found
    assert word in found[code, place]
    assert {d.span.file for d in raised.value.diagnostics} == {"mapping.yaml"}


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    """Unknown event types, facts, actors and columns of one mapping come in one report."""
    text = GOOD.replace("submitted", "submited").replace("crop: {", "corp: {").replace("at: at", "at: when")
    with pytest.raises(PolicyError) as raised:
        replayed(written(tmp_path, "x.csv", as_csv([ROW])), text)
    assert [d.code for d in raised.value.diagnostics] == ["M520", "M510", "M511"]


def test_a_metric_to_compare_is_one_of_the_policy(tmp_path: Path) -> None:
    """Only metrics of the policy are compared, by the verdicts `met` and `missed`."""
    text = """
shape: tickets
ticket: ticket
submitted: at
compare: {resolutoin: at, resolution: {verdict: {column: who, values: {in: well}}}}
"""
    with pytest.raises(PolicyError) as raised:
        replayed(written(tmp_path, "x.csv", as_csv([ROW])), text)
    assert [(d.code, d.span.line, d.span.column) for d in raised.value.diagnostics] == [
        ("M514", 5, 11),
        ("M512", 5, 76),
    ]


def test_every_code_used_is_explained() -> None:
    """The table of codes has every code that is reported, and no other of its family."""
    engine = Path(mapping_checks.__file__).parents[1]
    files = [*engine.glob("batch/*.py"), *engine.glob("adapters/*.py"), *engine.glob("cli/*.py")]
    used = {
        code for f in files if f.name != "mapping_codes.py" for code in re.findall(r'"(M5\d\d)"', f.read_text("utf-8"))
    }
    assert used == set(CODES)


def test_every_key_belongs_to_a_shape_and_says_what_it_means() -> None:
    """A mapping's keys are documented where they are declared."""
    assert set().union(*KEYS.values()) == set(FIELDS)
    records = (mapping_text.FIELDS, mapping_words.VALUE_FIELDS, mapping_words.SAY_FIELDS)
    assert all(f.says for fields in records for f in fields.values())


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/mapping.yaml")), ids=lambda path: path.parent.name)
def test_the_example_mappings_are_read(path: Path) -> None:
    """Every mapping kept beside the tests is a good one."""
    assert read_mapping(path.read_bytes(), path.name).name


def test_a_column_that_stands_twice_is_told(tmp_path: Path) -> None:
    """Of two columns of one name the first is read, and the second can be named."""
    text = b"ticket,at,what,who,crop,who\nA,2026-03-02T10:00:00Z,Opened,agent,Apple,client\n"
    made = replayed(written(tmp_path, "x.csv", text), GOOD)
    assert made.report["notes"] == ["the column `who` stands 2 times: the first is read; `who#2` is the second"]
    assert replayed(written(tmp_path, "x.csv", text), GOOD.replace("column: who", "column: who#2")).rejects == []


def test_the_schema_describes_every_key() -> None:
    """An editor that knows the schema can explain each key of a mapping."""
    schema = MAPPING.schema()
    assert set(schema["properties"]) == set(FIELDS)
    assert all(part["description"] for part in schema["properties"].values())
    json.dumps(schema)


def test_the_guide_explains_every_key() -> None:
    """The guide to mappings names every key of the language, and every reason why a row is rejected."""
    guide = (FIXTURES.parents[2] / "examples" / "incidents" / "README.md").read_text(encoding="utf-8")
    assert [key for key in FIELDS if f"`{key}`" not in guide] == []
    assert [reason for reason in REASONS if f"`{reason}`" not in guide] == []


def test_the_example_for_a_real_log_fits_its_policy() -> None:
    """The policy and the mapping kept as an example load without a finding, and know each other's words."""
    example = FIXTURES.parents[2] / "examples" / "incidents"
    policy = load_policy(example)
    findings = Findings()
    check_words(read_mapping((example / "mapping.yaml").read_bytes(), "mapping.yaml"), policy, findings)
    assert (list(policy.findings), findings.items) == ([], [])


def test_the_smallest_example_of_the_guide_runs(tmp_path: Path) -> None:
    """The policy and the mapping that the guide shows work as they stand there."""
    guide = (FIXTURES.parents[2] / "examples" / "incidents" / "README.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```yaml\n# ([a-z./]+)[^\n]*\n(.*?)```", guide, re.DOTALL))
    assert list(blocks) == ["policy.yaml", "workflows/request.yaml", "mapping.yaml"]
    (tmp_path / "workflows").mkdir()
    for name, text in blocks.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    row = {"Id": "1", "Created at": "2026-03-02T12:00:00+01:00", "First replied at": "2026-03-02T13:45:00+01:00"}
    path = written(tmp_path, "x.csv", as_csv([{**row, "Solved at": "", "Priority": "Urgent"}]))
    mapping = load_mapping(tmp_path / "mapping.yaml")
    options = Options(now=NOW)
    made = replay(load_policy(tmp_path), mapping, open_table(path, mapping), "x.csv", options)
    # 12:00 to 12:30 and 13:30 to 13:45: the lunch break does not count.
    (first, _) = made.report["priorities"][0]["targets"]
    assert (first["met"], first["median_seconds"]) == (1, 45 * 60)


@pytest.mark.parametrize("written_as", ["~", "[~]", "[north, ~]"])
def test_no_value_may_be_asked_for_alone_or_in_a_list(written_as: str) -> None:
    """In `when`, `only`, and a change's `from` and `to`, `~` is a missing value."""
    made = read_mapping(GOOD + f"only: {{place: {written_as}}}\n", "mapping.yaml")
    assert None in made.only["place"]
