"""One person's data as a ZIP: ``data.json`` for programs, ``index.html`` for the person, their recordings."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from hotline.call.errors import EnvironmentFault

_PACKED = zipfile.ZIP_DEFLATED
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    "body{font:15px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;margin:2rem auto;max-width:70rem;"
    "padding:0 1rem}table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}"
    "td,th{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}th{background:#eee}"
)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one kind."""

    table: str
    zh: str
    en: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything about one person."""

    at: datetime
    house: str
    """Name of the company that keeps the data."""
    sections: Sequence[Section]
    files: Mapping[str, Path] = field(default_factory=dict)
    """Name in the ZIP → file; what is not there any more is left out."""

    @property
    def counts(self) -> dict[str, int]:
        """Rows by table, and files."""
        found = {section.table: len(section.rows) for section in self.sections if section.rows}
        return found | ({"files": len(self.files)} if self.files else {})


def write(bundle: Bundle, target: Path) -> None:
    """Write the ZIP, readable by its owner alone; whole or not at all.

    Raises :class:`~hotline.call.errors.EnvironmentFault` when the place cannot be written.
    """
    half = target.with_name(f".{target.name}.part")
    try:
        descriptor = os.open(half, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as file, zipfile.ZipFile(file, "w", _PACKED) as archive:
            archive.writestr("data.json", _json(bundle))
            archive.writestr("index.html", _page(bundle))
            for name, path in bundle.files.items():
                if path.is_file():
                    archive.write(path, name)
        half.replace(target)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise EnvironmentFault(
            f"{target} cannot be written ({error.strerror}): name another file with --out.",
            code="export-file",
        ) from error


def _json(bundle: Bundle) -> str:
    data = {section.table: list(section.rows) for section in bundle.sections if section.rows}
    whole = {"made_at": bundle.at.isoformat(), "kept_by": bundle.house, "data": data}
    return json.dumps(whole, ensure_ascii=False, indent=1, default=str) + "\n"


def _page(bundle: Bundle) -> str:
    parts = [
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{escape(bundle.house)}</title>',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<style>{_STYLE}</style><h1>个人信息副本 <small>Copy of personal data</small></h1>",
        f"<p>{escape(bundle.house)} · {bundle.at:%Y-%m-%d %H:%M} UTC",
    ]
    for section in bundle.sections:
        if section.rows:
            parts += _table(section)
    if bundle.files:
        parts.append("<h2>录音与附件 <small>Recordings and files</small></h2><ul>")
        parts += [f'<li><a href="{escape(name)}">{escape(name)}</a>' for name in bundle.files]
        parts.append("</ul>")
    if not bundle.sections or not any(section.rows for section in bundle.sections):
        parts.append("<p>没有保存此人的信息。 Nothing is kept about this person.")
    return "\n".join(parts) + "</html>\n"


def _table(section: Section) -> list[str]:
    """Columns that are empty in every row are left out."""
    empty: tuple[Any, ...] = ("", None, [], {})
    names = [name for name in section.rows[0] if any(row[name] not in empty for row in section.rows)]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = [
        "<tr>" + "".join(f"<td>{escape(_told(row[name]))}</td>" for name in names) + "</tr>"
        for row in section.rows
    ]
    title = f"<h2>{escape(section.zh)} <small>{escape(section.en)} ({len(section.rows)})</small></h2>"
    return [title, f"<table><tr>{head}</tr>", *body, "</table>"]


def _told(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
