"""A drawn chart made fit to stand anywhere: named for those who cannot see it, small, and the same bytes each time."""

from __future__ import annotations

import re
from html import escape

_TAG = re.compile(r"<[^>]*>")
_LONG = re.compile(r"(?<![\w#.])-?\d+\.\d{3,}(?![\w.%])")
_ID = re.compile(r'(?<=\sid=")[^"]*(?=")')
_ROOT = re.compile(r"<svg\b[^>]*>")


def dressed(svg: str, name: str, title: str, description: str) -> str:
    """`svg` as an image with a title and a description.

    Its ids begin with `name`, so that several may stand in one page, and are counted from 1; its coordinates have two
    digits after the point. What its texts say is left as it is.
    """
    made = _TAG.sub(lambda tag: _LONG.sub(_short, tag[0]), svg)
    for number, id in enumerate(dict.fromkeys(found for tag in _TAG.findall(made) for found in _ID.findall(tag)), 1):
        made = made.replace(f'id="{id}"', f'id="{name}-{number}"').replace(f"url(#{id})", f"url(#{name}-{number})")
    named = f'role="img" aria-labelledby="{name}-title {name}-desc"'
    said = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    return _ROOT.sub(lambda root: f"{root[0][:-1]} {named}>{said}", made, count=1)


def _short(found: re.Match[str]) -> str:
    text = f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
