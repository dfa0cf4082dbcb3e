"""The files under deploy/: units that systemd takes, an image without root, settings that the service reads."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support_policy.adapters.service_file import load_settings
from support_policy.service.watch.settings import Settings
from tests.house.tree import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
INSTALLED = "/opt/support-policy/bin/support-policy"
HARDENED = [
    "DynamicUser=yes",
    "ProtectSystem=strict",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "PrivateTmp=yes",
]


def settings_of(path: Path) -> Settings:
    made, warnings = load_settings(path)
    assert warnings == ()
    return made


@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.name)
def test_systemd_takes_the_units(unit: Path, tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing to say, and gives a good mark for what the unit may not do."""
    text = unit.read_text(encoding="utf-8")
    assert {line for line in HARDENED if f"\n{line}\n" not in text} == set()
    assert re.search(rf"^ExecStart={INSTALLED} (serve|work) ", text, re.MULTILINE)
    assert "ExecReload=/bin/kill -HUP $MAINPID" in text
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd here")
    copy = tmp_path / unit.name.replace("@", "@1")
    copy.write_text(text.replace(INSTALLED, "/bin/true"), encoding="utf-8")
    for command in (["verify"], ["security", "--offline=true", "--threshold=25"]):
        run = subprocess.run([analyze, *command, str(copy)], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        assert command != ["verify"] or not run.stderr


def test_the_image_is_built_from_hashes_and_runs_as_nobody() -> None:
    """Every package of the image is checked by hash, the process is no root, and what it copies is there."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes --no-deps -r /src/deploy/requirements.lock" in text
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert text.index("\nUSER ") < text.index("\nENTRYPOINT ")
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE) for word in line.split()]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    kept = re.findall(r"^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in kept if not (ROOT / name).exists()] == []
    assert {name for name in copied if name != "."} <= set(kept)


def test_the_compose_file_is_postgresql_and_two_workers() -> None:
    """One process takes tickets in, two more decide, over one PostgreSQL; nothing but loopback is published."""
    made: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = made["services"]
    assert set(services) == {"postgres", "serve", "work"}
    assert services["work"]["deploy"]["replicas"] == 2
    assert services["work"]["command"][0] == "work"
    assert all(port.startswith("127.0.0.1:") for port in services["serve"]["ports"])
    for service in services.values():
        assert {name for name in service.get("depends_on", {}) if name not in services} == set()
        assert {name for name in service.get("secrets", ()) if name not in made["secrets"]} == set()
        volumes = {volume.split(":")[0] for volume in service["volumes"]}
        assert volumes <= set(made["volumes"])
        assert not any(
            "password" in str(value).lower() for name, value in service["environment"].items() if "FILE" not in name
        )
    build = services["serve"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    container = settings_of(DEPLOY / "service.container.yaml")
    assert container.database.env in services["serve"]["environment"]
    assert container.database_password is not None
    assert container.database_password.file == "/run/secrets/postgres-password"


def test_the_example_settings_are_the_defaults() -> None:
    """deploy/service.yaml reads without a warning, its comments too, and says what holds anyway."""
    made = settings_of(DEPLOY / "service.yaml")
    usual = Settings()
    assert (made.http, made.mail, made.limits, made.watch, made.log) == (
        usual.http,
        usual.mail,
        usual.limits,
        usual.watch,
        usual.log,
    )
    assert (made.channels, made.hooks, made.send.smtp) == ({}, {}, None)


def test_what_the_example_leaves_to_be_uncommented_is_right(tmp_path: Path) -> None:
    """Every line that is commented out in deploy/service.yaml can be taken in as it stands."""
    text = (DEPLOY / "service.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^channels: \{\}$", "channels:", text, flags=re.MULTILINE)
    text = re.sub(r"^hooks: \{\}$", "hooks:", text, flags=re.MULTILINE)
    text = re.sub(
        r"^( *)#( *)( [a-z_]+: )",
        lambda m: f"{m[1]}{m[2]}{m[3]}" if m[2] else f"{m[1]}{m[3][1:]}",
        text,
        flags=re.MULTILINE,
    )
    text = text.replace(" folder: mail-out", " # folder")
    (tmp_path / "service.yaml").write_text(text, encoding="utf-8")
    made = settings_of(tmp_path / "service.yaml")
    assert made.send.smtp is not None
    assert set(made.channels) == {"pager", "chat"}
    assert set(made.hooks) == {"monitoring"}
    assert made.mail.tls is not None
    assert made.traces


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_proxy_hands_over_to_where_the_service_listens(name: str) -> None:
    """The examples of proxies lead to the address that service.yaml has by default."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert str(Settings().http.listen) in text
    assert "/metrics" in text
    assert text.count("{") == text.count("}")
