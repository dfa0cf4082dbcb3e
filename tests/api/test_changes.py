"""The policy is previewed and adopted over the API, and a bad one changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from support_policy.bootstrap.changes import PolicyChanges
from support_policy.service.watch.adopting import Adopting
from support_policy.service.watch.desk import Desk
from support_policy.service.watch.versions import StoredShelf
from tests.api.client import Service, replace, service
from tests.policy.small import POLICY, SMALL
from tests.watch.adopted import OLD, compiled


def texts(label: str, **change: str) -> dict[str, str]:
    """The small policy under a label, with pieces of policy.yaml replaced."""
    text = POLICY.replace("version: 1\n", f"version: {label}\n")
    for old, new in change.items():
        text = text.replace(old, new)
    return {**SMALL, "policy.yaml": text}


@dataclass
class Folder:
    """A folder of a policy that somebody edits."""

    path: Path

    def hold(self, files: Mapping[str, str]) -> None:
        """It holds these files now."""
        for name, text in files.items():
            (self.path / name).parent.mkdir(exist_ok=True)
            (self.path / name).write_text(text, encoding="utf-8")


@dataclass
class Desks:
    """A service that keeps versions of its policy, and the folder it reads them from."""

    made: Service
    folder: Folder

    def call(self, path: str, body: Any) -> Any:
        """A call by a manager."""
        return self.made.client.call("POST", path, self.made.token("manager"), body)

    @property
    def adopted(self) -> list[str]:
        """The labels of the versions there are."""
        told = self.made.client.call("GET", "/policy", self.made.token("engineer")).json()
        return [row["version"] for row in told["adopted"]]


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Desks]:
    """The small policy, adopted as the first version."""
    folder = Folder(tmp_path)
    folder.hold(texts("1"))

    def change(parts: Any) -> Any:
        shelf = StoredShelf(compiled)
        changes = PolicyChanges(Adopting(shelf, parts.store, parts.clock, OLD), parts.journal, folder.path)
        assert changes.reload("cli")["outcome"] == "adopted"
        return replace(parts, desk=Desk(shelf), changes=changes)

    with service(change=change) as made:
        yield Desks(made, folder)


def test_a_new_version_is_previewed_without_being_adopted(desks: Desks) -> None:
    """A preview says what would change, and the policy in force stays."""
    found = desks.call("/policy/preview", {"files": texts("2")})
    assert found.status_code == 200, found.text
    assert found.json()["new"]["version"] == "2"
    assert desks.adopted == ["1"]


def test_a_new_version_is_adopted_from_the_folder_or_from_the_call(desks: Desks) -> None:
    """Without files the folder is read anew; with files those are adopted; the trail says by which token."""
    assert desks.call("/policy/reload", {}).json()["outcome"] == "unchanged"
    desks.folder.hold(texts("2"))
    assert desks.call("/policy/reload", {}).json()["outcome"] == "adopted"
    desks.made.house.clock.tick(minutes=1)
    assert desks.call("/policy/reload", {"files": texts("3")}).json()["outcome"] == "adopted"
    assert desks.adopted == ["1", "2", "3"]
    rows = desks.made.audit("policy.adopted")
    assert [row["actor"][:6] for row in rows] == ["cli", "token:", "token:"]


@pytest.mark.parametrize("path", ["/policy/preview", "/policy/reload"])
def test_a_bad_version_is_refused_with_its_places_and_the_old_one_runs_on(desks: Desks, path: str) -> None:
    """Every problem has its file, line and column; tickets are taken in as before."""
    bad = {**texts("2"), "policy.yaml": "version: 2\nnme: Small\n"}
    found = desks.call(path, {"files": bad})
    assert found.status_code == (422 if path.endswith("preview") else 409)
    assert any(one["message"].startswith("policy.yaml:2:1") for one in found.json()["diagnostics"])
    assert desks.adopted == ["1"]


@pytest.mark.parametrize(
    "body",
    [{"files": []}, {"files": {"policy.yaml": 1}}, {"files": None}, {"file": {}}, [], "x", {"files": {}, "a": 1}],
)
@pytest.mark.parametrize("path", ["/policy/preview", "/policy/reload"])
def test_files_are_texts_by_their_names(desks: Desks, path: str, body: Any) -> None:
    """Anything else is refused, and nothing is adopted by mistake."""
    assert desks.call(path, body).status_code == 422
    assert desks.adopted == ["1"]


def test_the_description_follows_the_policy(desks: Desks) -> None:
    """Once another version is adopted, /openapi.json describes its facts."""
    before = desks.made.client.call("GET", "/openapi.json").json()["components"]["schemas"]["Event"]
    text = texts("2")
    (file,) = (name for name, said in text.items() if "  note: text\n" in said)
    text[file] = text[file].replace("  note: text\n", "  note: text\n  weather: text\n")
    found = desks.call("/policy/reload", {"files": text})
    assert found.status_code == 200, found.text
    desks.made.house.clock.at += timedelta(minutes=1)
    after = desks.made.client.call("GET", "/openapi.json").json()["components"]["schemas"]["Event"]
    assert "weather" not in before["properties"]["fields"]["properties"]
    assert "weather" in after["properties"]["fields"]["properties"]
