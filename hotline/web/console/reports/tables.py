"""Reports as HTML tables, every text escaped: hundreds of figures in one element. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from hotline.reports.figures import NONE, Counted, How, Part
from hotline.reports.service import Report
from hotline.reports.words import part_name, value
from hotline.web.console.reports.asking import rows_address

STYLE = """
.rp{border-collapse:collapse;font-size:.925rem;margin:.25rem 0 1rem}
.rp caption{text-align:left;font-weight:600;padding:.35rem 0;color:#222}
.rp th,.rp td{border-bottom:1px solid #d5d9e0;padding:.3rem .6rem;text-align:left;vertical-align:top}
.rp thead th{background:#eef1f5;color:#222}
.rp tbody th{font-weight:500}
.rp .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.rp a,.rp-tile a{color:#0b4a8f;text-decoration:underline}
.rp .m{color:#555;font-size:.85rem;max-width:34rem}
.rp-wide{width:100%}.rp-flow summary{cursor:pointer;font-weight:600;padding:.35rem 0;color:#0b4a8f}
.rp-flow{display:flex;flex-wrap:wrap;gap:0 2rem;align-items:flex-start}
.rp-box{max-width:100%;overflow-x:auto}
.rp-tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.75rem;margin:.5rem 0}
.rp-tile{border:1px solid #d5d9e0;border-radius:.4rem;padding:.6rem .8rem;background:#fff}
.rp-tile dt{color:#444;font-size:.875rem}.rp-tile dd{margin:0;font-size:1.5rem;line-height:1.3}
.rp-bars{display:flex;align-items:flex-end;gap:2px;height:32mm;border-bottom:1px solid #888;margin:2mm 0}
.rp-bars span{flex:1;background:#0b4a8f;-webkit-print-color-adjust:exact;print-color-adjust:exact}
"""
HEADLINES = (
    "calls.offered", "calls.in_three_rings", "waiting.abandoned", "waiting.seconds", "tickets.opened",
    "sla.kept", "satisfaction.satisfied", "wakeups.on_time", "promises.kept",
)  # fmt: skip
BARS = frozenset({"calls.by_day", "calls.by_hour", "tickets.by_day"})
"""Figures with too many parts for a table among the others: they are drawn."""


def tiles(found: Report, *, chinese: bool, linked: bool = True) -> str:
    """Return the figures a manager looks at first."""
    shown = (
        f'<div class="rp-tile"><dt>{_title(one, chinese)}</dt>'
        f"<dd>{_linked(found, one, None, chinese) if linked else _plain(one, None, chinese)}</dd></div>"
        for one in map(found.find, HEADLINES)
    )
    return f'<dl class="rp-tiles">{"".join(shown)}</dl>'


def figures(found: Report, figures: Sequence[Counted], *, chinese: bool, linked: bool = True) -> str:
    """Return the figures of a section that are one number, with what each means."""
    heads = ("指标", "数值", "含义") if chinese else ("Figure", "Value", "Meaning")
    lines = (
        f'<tr><th scope="row">{_title(one, chinese)}</th>'
        f'<td class="n">{_linked(found, one, None, chinese) if linked else _plain(one, None, chinese)}</td>'
        f'<td class="m">{escape(one.figure.about_zh if chinese else one.figure.about_en)}</td></tr>'
        for one in figures
        if one.figure.by is None
    )
    return _table("rp rp-wide", "", heads, lines)


def parts(found: Report, one: Counted, *, chinese: bool, linked: bool = True) -> str:
    """Return one figure by its parts; parts of which there is nothing are left out of long lists."""
    heads = ("", "数值", "数量") if chinese else ("", "Value", "Rows")
    counting = one.figure.how is How.COUNT
    lines = (
        f'<tr><th scope="row">{escape(part_name(one.figure, part.key, found.names, chinese=chinese))}</th>'
        f'<td class="n">{_linked(found, one, part, chinese) if linked else _plain(one, part, chinese)}</td>'
        + ("" if counting else f'<td class="n">{part.count:,}</td>')
        + "</tr>"
        for part in one.parts
        if part.count or len(one.parts) <= 8
    )
    table = _table("rp", _title(one, chinese), heads[:2] if counting else heads, lines)
    if one.figure.id not in BARS:
        return table
    return f"<details><summary>{_title(one, chinese)}</summary>{table}</details>"


def pivot(found: Report, figures: Sequence[Counted], *, chinese: bool, linked: bool = True) -> str:
    """Return figures by operator: one line an operator, one column a figure."""
    keys = sorted({part.key for one in figures for part in one.parts}, key=lambda key: (key == NONE, key))
    lines = []
    for key in keys:
        name = part_name(figures[0].figure, key, found.names, chinese=chinese)
        cells = [f'<th scope="row">{escape(name)}</th>']
        for one in figures:
            part = next((part for part in one.parts if part.key == key), None)
            shown = "" if part is None else _linked(found, one, part, chinese)
            if part is not None and not linked:
                shown = _plain(one, part, chinese)
            cells.append(f'<td class="n">{shown}</td>')
        lines.append(f"<tr>{''.join(cells)}</tr>")
    heads = ("话务员" if chinese else "Operator", *(_text(one, chinese) for one in figures))
    return _table("rp rp-wide", "", heads, lines)


def bars(found: Report, one: Counted, *, chinese: bool) -> str:
    """Return a small drawing of a figure by day or hour, for paper; the numbers stand below it."""
    most = max((part.value or 0 for part in one.parts), default=0) or 1
    drawn = "".join(
        f'<span style="height:{(part.value or 0) / most * 100:.1f}%"></span>' for part in one.parts
    )
    busiest = max(one.parts, key=lambda part: part.value or 0)
    name = part_name(one.figure, busiest.key, found.names, chinese=chinese)
    told = value(one.figure.unit, busiest.value, chinese=chinese)
    said = f"最多：{name}，{told}" if chinese else f"Most: {name}, {told}"
    return (
        f'<figure style="margin:0"><figcaption><b>{_title(one, chinese)}</b> '
        f'<span class="m">{escape(one.parts[0].key)} … {escape(one.parts[-1].key)}; {escape(said)}</span>'
        f'</figcaption><div class="rp-bars" aria-hidden="true">{drawn}</div></figure>'
    )


def _linked(found: Report, one: Counted, part: Part | None, chinese: bool) -> str:
    key = "" if part is None else part.key
    where = rows_address(found.asked.period, one.figure.id, key)
    return f'<a href="{escape(where)}">{_plain(one, part, chinese)}</a>'


def _plain(one: Counted, part: Part | None, chinese: bool) -> str:
    shown = one.value if part is None else part.value
    return escape(value(one.figure.unit, shown, chinese=chinese))


def _text(one: Counted, chinese: bool) -> str:
    return one.figure.zh if chinese else one.figure.en


def _title(one: Counted, chinese: bool) -> str:
    return escape(_text(one, chinese))


def _table(classes: str, caption: str, heads: Sequence[Any], lines: Iterable[str]) -> str:
    numbers = ("", *(' class="n"' if head not in ("含义", "Meaning") else "" for head in heads[1:]))
    head = "".join(
        f'<th scope="col"{look}>{escape(str(text))}</th>' if text else "<td></td>"
        for text, look in zip(heads, numbers, strict=True)
    )
    told = f"<caption>{caption}</caption>" if caption else ""
    named = f' aria-label="{caption or escape(str(heads[0]))}"'  # wide ones are scrolled with the arrow keys
    body = "".join(lines)
    return (
        f'<div class="rp-box" tabindex="0" role="group"{named}><table class="{classes}">{told}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
