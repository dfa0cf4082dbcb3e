"""What may be wrong with `service.yaml`. A code is stable: it never gets a new meaning."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, str]] = {
    "C101": ("a file that cannot be read", "It does not exist, or may not be read by the user of the service."),
    "C102": (
        "not a place to listen",
        "An address and a port: `127.0.0.1:8080`, `[::1]:8080`; `0.0.0.0:8080` is every address of the machine.",
    ),
    "C103": ("not a size", "A number of bytes, or one with a unit: `512KiB`, `25MiB`."),
    "C104": (
        "not a database",
        (
            "SQLite is `sqlite:///FOLDER/FILE.db`, PostgreSQL `postgresql://USER@HOST/NAME`. The text is not shown: it "
            "may hold a password."
        ),
    ),
    "C105": ("two ways at once", "Only one of these can be meant; leave out the other."),
    "C106": (
        "a secret in the file",
        "Whoever can read the file or a copy of it knows it; name where it is kept.",
    ),
    "C107": ("a secret that cannot be had", "The variable is not set, or the file cannot be read or is empty."),
    "C108": ("a password without a user", "A password is sent with the name of a user, and only over TLS."),
    "C109": (
        "open to everybody, unprotected",
        "Listening beyond this machine without TLS: let a proxy with TLS stand before it, or listen on loopback.",
    ),
    "C110": ("no signing secret", "Standard Webhooks are signed with `whsec_` and base64 of 24 bytes or more."),
    "C111": ("a database that cannot be used", "It cannot be reached or opened, or holds something else."),
    "C112": ("a place that is taken", "Another program listens there, or the user of the service may not."),
    "C113": ("a folder that cannot be written to", "It does not exist and cannot be made, or belongs to another user."),
    "C114": ("a certificate that cannot be used", "The file is not there, is no PEM, or the key belongs to another."),
    "C115": ("something that is not installed", "The service, its databases and traces are extras of the package."),
    "C116": ("a backup that cannot be used", "It is damaged, cut off or another file, or the database is not empty."),
    "C117": ("a token that cannot be made", "A token has a name and a scope, and ends after it begins."),
}
"""Code -> (title, why it matters)."""
