"""The policy that ships: in the wheel under `shipped/`, in a checkout at its top."""

from __future__ import annotations

from pathlib import Path


def shipped_folder() -> Path:
    """The folder of the shipped policy. Raises FileNotFoundError when the installation has none."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "shipped", package.parent.parent):
        if (folder / "policy.yaml").is_file():
            return folder
    raise FileNotFoundError(2, "this installation has no shipped policy", str(package / "shipped"))
