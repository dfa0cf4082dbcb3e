"""`service.yaml` on disk, and the secrets it names: variables of the environment, and files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from support_policy.adapters.files import shown
from support_policy.service.watch.settings import Secret, Settings
from support_policy.service.watch.settings_text import read_settings
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

MAIN = "service.yaml"
MAX_SECRET = 64 * 1024


def load_settings(path: str | Path | None = None) -> tuple[Settings, tuple[Diagnostic, ...]]:
    """The settings of a file, and warnings about it; without a path those of ./service.yaml, or the defaults.

    Raises `PolicyError` with every problem found.
    """
    file = Path(MAIN if path is None else path)
    try:
        data = file.read_bytes()
    except FileNotFoundError as problem:
        if path is None:
            return Settings(), ()
        raise PolicyError([_unreadable(file, problem)]) from None
    except OSError as problem:
        raise PolicyError([_unreadable(file, problem)]) from None
    return read_settings(data, shown(file))


def _unreadable(file: Path, problem: OSError) -> Diagnostic:
    why = (problem.strerror or type(problem).__name__).lower()
    help = "name the file with --config, or leave that out and take the defaults"
    return Diagnostic("C101", "error", f"cannot be read: {why}", Span(shown(file)), help)


def fetch(secret: Secret, environment: Mapping[str, str] = os.environ) -> str:
    """The text of a secret. Raises `PolicyError` that says what is missing and never what was found."""
    if secret.env:
        text = environment.get(secret.env, "")
        missing, help = f"the variable `{shown(secret.env)}` is not set", "set it for the process of the service"
    elif secret.file:
        text, missing = _of_file(secret.file)
        help = "let the user of the service read it; only the first line counts, so give it one"
    else:
        return secret.given
    if not text:
        raise PolicyError([Diagnostic("C107", "error", missing, secret.span, help)])
    return text


def database_url(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """The URL of the database with its password. Raises `PolicyError`; the URL is not shown."""
    url = fetch(settings.database, environment)
    if settings.database_password is None:
        return url
    password = quote(fetch(settings.database_password, environment), safe="")
    scheme, _, rest = url.partition("://")
    user, at, where = rest.partition("@")
    if not at or ":" in user or "/" in user:
        said = "`database_password` needs a `database` that names a user, and no password"
        help = "write `postgresql://USER@HOST/NAME`"
        raise PolicyError([Diagnostic("C108", "error", said, settings.database_password.span, help)])
    return f"{scheme}://{user}:{password}@{where}"


def _of_file(path: str) -> tuple[str, str]:
    """The first line of a file, and what to say when there is none."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(MAX_SECRET).decode()
    except (OSError, ValueError) as problem:
        why = problem.strerror.lower() if isinstance(problem, OSError) and problem.strerror else "it is no text"
        return "", f"the file `{shown(path)}` cannot be read: {why}"
    return text.partition("\n")[0].rstrip("\r"), f"the file `{shown(path)}` has an empty first line"
