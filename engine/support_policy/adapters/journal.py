"""The operator's log: one line a happening, JSON or (on a terminal) text. Secrets are blotted out of all of it."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from support_policy.service.watch.settings import LogSettings

NAME = "support_policy"
LIBRARIES = ("alembic", "mail.log", "sqlalchemy", "uvicorn", "uvicorn.error")
"""Libraries whose own lines go through here; uvicorn's line for each call is left out, `/metrics` counts them."""
HIDDEN = "(hidden)"
_IN_URL = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")


class Blot:
    """Takes secrets out of texts: those it was told of, and what stands before the host of a URL."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({one for one in secrets if len(one) > 3}, key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """As structlog calls it."""
        return {name: self._clean(value) for name, value in event.items()}

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {name: self._clean(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(inner) for inner in value]
        return value if isinstance(value, bool | int | float | type(None)) else self.text(str(value))

    def text(self, text: str) -> str:
        """A text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _IN_URL.sub(HIDDEN, text)


def _read_first(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """When, how bad and what stand first: that is how people read a line."""
    first = {name: event[name] for name in ("timestamp", "level", "event") if name in event}
    return {**first, **event}


class Journal:
    """Says what happens (see the port `Journal`), to `stream`; the libraries' lines go the same way.

    An `exception` among what it is about is told with its traceback, in JSON or at `debug`.
    """

    def __init__(
        self, settings: LogSettings, secrets: Iterable[str] = (), stream: TextIO | None = None, **always: str
    ) -> None:
        out = stream or sys.stderr
        self._text = settings.format == "text" or (settings.format == "auto" and out.isatty())
        self._tracebacks = not self._text or settings.level == "debug"
        level = logging.getLevelNamesMapping()[settings.level.upper()]
        self._handler = logging.StreamHandler(out)
        shared: list[Processor] = [
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            self._traced,
            Blot(secrets),
        ]
        self._handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=()), *shared],
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _read_first,
                    self._rendered(out),
                ],
            )
        )
        for name in (NAME, *LIBRARIES):
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [self._handler], False
            logger.setLevel(level if name == NAME else max(level, logging.WARNING))
        self._log = structlog.wrap_logger(
            logging.getLogger(NAME),
            processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.make_filtering_bound_logger(level),
        ).bind(**always)

    def say(self, level: str, event: str, **about: object) -> None:
        """See the port."""
        getattr(self._log, level)(event, **{name: value for name, value in about.items() if value != ""})

    def close(self) -> None:
        """Let go of the libraries' loggers."""
        self._handler.flush()
        for name in (NAME, *LIBRARIES):
            logging.getLogger(name).handlers = []

    def _rendered(self, out: TextIO) -> Processor:
        if self._text:
            return structlog.dev.ConsoleRenderer(colors=out.isatty(), sort_keys=False, pad_event_to=0)
        return structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)

    def _traced(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        problem = event.pop("exception", None)
        found = event.pop("exc_info", None)
        problem = found[1] if isinstance(found, tuple) else problem
        if isinstance(problem, BaseException) and self._tracebacks:
            event["traceback"] = "".join(traceback.format_exception(problem))
        return event
