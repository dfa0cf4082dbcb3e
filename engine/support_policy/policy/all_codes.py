"""Every diagnostic code about policies, histories and events: its title and its explanation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from support_policy.kernel import codes as rules
from support_policy.kernel import workflow_codes as workflows
from support_policy.policy import codes as policy
from support_policy.policy import codes_directory as directory
from support_policy.policy import codes_doubts as doubts
from support_policy.policy import codes_mail as mail
from support_policy.policy import codes_templates as templates
from support_policy.source import codes as text

TABLES = (
    text.CODES,
    rules.CODES,
    workflows.CODES,
    policy.CODES,
    directory.CODES,
    doubts.CODES,
    mail.CODES,
    templates.CODES,
)

CODES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {code: told for table in TABLES for code, told in table.items()}
)
