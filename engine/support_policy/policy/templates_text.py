"""The shape of `templates:` in the files under rules/, and of `message:`, which names one."""

from __future__ import annotations

from support_policy.model.policy import Template
from support_policy.policy.promise_text import SAYS
from support_policy.source.passage import PassageText
from support_policy.source.shape import Field, MapOf, Partial

TEMPLATE = Partial(
    lambda span, **v: Template("", v["subject"], v["body"], v["says"], span),
    {
        "subject": Field(PassageText(), "the subject, one line, such as `{{ ticket }}: {{ says }}`", required=True),
        "body": Field(PassageText(), "the text, plain, as a Jinja template", required=True),
        "says": SAYS,
    },
    title="a template",
)
TEMPLATES = Field(MapOf(TEMPLATE, most=500), "the texts of messages, by name", {})
