"""The report of a backtest written: one HTML file, and its charts beside it where they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from support_policy.adapters.charts import Drawing, draw, png
from support_policy.adapters.places import beside
from support_policy.render.backtest_charts import charts
from support_policy.render.backtest_html import report_html
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

PAGE = "report.html"


def write_report(
    summary: Mapping[str, Any],
    path: str | Path,
    *,
    pictures: str | Path | None = None,
    opens: Callable[[str], str] | None = None,
) -> list[Path]:
    """Write the report of a summary to `path`, and say which files that made, the page first.

    A `path` that ends in `.html` or `.htm` is the page itself; any other is a folder, made where there is none, with
    `report.html` in it. `pictures` is a folder that gets each chart, as `write_pictures` writes it. `opens` gives the
    command line that opens a ticket in `explain`, or nothing. Files of an earlier report are written over. Raises
    `PolicyError` where it cannot be written, or without vl-convert.
    """
    page = Path(path)
    if page.suffix.lower() not in {".html", ".htm"}:
        page /= PAGE
    drawn = draw(charts(summary))
    text = report_html(summary, {name: drawing.svg for name, drawing in drawn.items()}, opens)
    files = {page: text.encode("utf-8", "replace")}
    if pictures is not None:
        files |= dict(_pictures(Path(pictures), drawn))
    return _written(files)


def write_pictures(summary: Mapping[str, Any], folder: str | Path) -> list[Path]:
    """Write each chart of a summary into a folder: NAME.light.svg, NAME.dark.svg, NAME.light.png, NAME.dark.png."""
    return _written(dict(_pictures(Path(folder), draw(charts(summary)))))


def _pictures(folder: Path, drawn: Mapping[str, Drawing]) -> list[tuple[Path, bytes]]:
    made: list[tuple[Path, bytes]] = []
    for name, drawing in drawn.items():
        for theme, svg in drawing.svg.items():
            made.append((folder / f"{name}.{theme}.svg", svg.encode("utf-8", "replace")))
            made.append((folder / f"{name}.{theme}.png", png(svg)))
    return made


def _written(files: Mapping[Path, bytes]) -> list[Path]:
    for file, data in files.items():
        _write(file, data)
    return list(files)


def _write(file: Path, data: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        whole, part = beside(file)
        try:
            part.write_bytes(data)
            if part != whole:
                part.replace(whole)
        finally:
            if part != whole:
                with suppress(OSError):
                    part.unlink(missing_ok=True)
    except OSError as problem:
        said = f"cannot be written: {problem.strerror or problem}"
        help = "name a folder, or a file that ends in `.html`, where you may write"
        raise PolicyError([Diagnostic("M528", "error", said, Span(str(file)), help)]) from None
