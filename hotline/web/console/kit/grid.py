"""Tables of rows as plain HTML tables: headings are headings, what people wrote is text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from hotline.web.console.kit.paging import Part, address
from hotline.web.console.shell import View

STYLE = """
.hl-grid{border-collapse:collapse;width:100%;font-size:.925rem}
.hl-grid caption{text-align:left;padding:.25rem 0;color:#444}
.hl-grid th,.hl-grid td{border-bottom:1px solid #d5d9e0;padding:.35rem .5rem;text-align:left;
vertical-align:top;white-space:pre-line;overflow-wrap:anywhere}
.hl-grid th{background:#eef1f5;color:#222;white-space:nowrap}
.hl-grid td.num,.hl-grid th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.hl-grid td.tight{white-space:pre}
.hl-grid tr.red td{background:#fdecea;color:#7f1010}.hl-grid tr.red td:first-child{font-weight:700}
.hl-grid tr.amber td{background:#fff6df}.hl-grid tr.dim td{color:#555}
.hl-grid a,.hl-facts a{color:#0b4a8f;text-decoration:underline}
.hl-scroll{overflow-x:auto;width:100%}
@media screen and (max-width:600px){.hl-cards thead{position:absolute;left:-999rem}
.hl-cards,.hl-cards caption,.hl-cards tbody,.hl-cards tr{display:block}
.hl-cards tr{border:1px solid #d5d9e0;border-radius:4px;margin-bottom:.6rem;padding:.2rem 0}
.hl-cards td,.hl-cards td.num{display:grid;grid-template-columns:6.5rem minmax(0,1fr);gap:.5rem;border:0;
padding:.15rem .5rem;text-align:left;white-space:pre-line}
.hl-cards td:empty{display:none}.hl-cards td::before{content:attr(data-title);color:#444}
.hl-cards td .row{flex-wrap:wrap!important}}
.hl-facts{display:grid;grid-template-columns:fit-content(60%) minmax(0,1fr);gap:.25rem 1rem}
.hl-facts dt{color:#444}.hl-facts dd{margin:0;overflow-wrap:anywhere;white-space:pre-line}
.hl-tabs{display:flex;flex-wrap:wrap;gap:.25rem;border-bottom:2px solid #d5d9e0;width:100%}
.hl-tabs a{padding:.4rem .8rem;color:#0b4a8f;text-decoration:none;border-radius:.3rem .3rem 0 0}
.hl-tabs a[aria-current]{background:#e3e8ef;color:#111;font-weight:600}
.hl-tabs a:focus-visible{outline:2px solid #0b4a8f}
@media print{header,aside,.q-drawer,.no-print,.q-notifications{display:none!important}
.q-page-container,.q-layout{padding:0!important;min-height:0!important}
.hl-grid{font-size:9pt}.hl-scroll{overflow:visible}}
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and whether figures stand below it."""

    title: str
    figures: bool = False
    tight: bool = False
    """Never broken over lines: times, numbers."""


def columns(view: View, *titles: tuple[str, str] | tuple[str, str, str]) -> list[Column]:
    """Return headings from (Chinese, English) or (Chinese, English, ``figures`` or ``tight``)."""
    return [
        Column(view.t(one[0], one[1]), figures="figures" in one[2:], tight="tight" in one[2:])
        for one in titles
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table."""

    cells: tuple[str, ...]
    link: str = ""
    """Where its first cell leads."""
    tone: str = ""
    """``red``, ``amber``, ``dim``; always said in words, too."""
    key: str = ""
    """What is done about it is done to this."""


MOST_ON_A_PHONE = 2
"""Columns a telephone's screen has room for; of a table with more each row becomes a card there."""
Actions = Callable[[Row], None]
"""Builds what can be done about a row, in its last cell."""


def styled() -> None:
    """Bring the looks of everything in this package; once a page."""
    ui.add_css(STYLE)


def grid(
    view: View, caption: str, columns: Sequence[Column], rows: Sequence[Row], *, nothing: str,
    actions: Actions | None = None,
) -> None:  # fmt: skip
    """Show rows; ``nothing`` says what to do when there are none."""
    if not rows:
        ui.label(nothing).classes("hl-muted q-py-md")
        return
    wide = len(columns) + (actions is not None) > MOST_ON_A_PHONE
    region = f'tabindex=0 role=group aria-label="{_quoted(caption)}"'
    with _box("div", "hl-scroll", region), _box("table", "hl-grid hl-cards" if wide else "hl-grid"):
        text("caption", caption)
        with _box("thead"), _box("tr"):
            for column in columns:
                text("th", column.title, "num" if column.figures else "", "scope=col")
            if actions is not None:
                text("th", view.t("操作", "Actions"), "no-print", "scope=col")
        with _box("tbody"):
            for row in rows:
                _line(view, columns, row, actions)


def _line(view: View, columns: Sequence[Column], row: Row, actions: Actions | None) -> None:
    made: ui.element
    with _box("tr", row.tone):
        for place, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
            classes = "num" if column.figures else "tight" if column.tight else ""
            if place == 0 and row.link:
                with _box("td", classes) as made:
                    ui.link(cell, row.link)
            else:
                made = text("td", cell, classes)
            made.props["data-title"] = column.title
        if actions is not None:
            made = _box("td", "no-print")
            made.props["data-title"] = view.t("操作", "Actions")
            with made, ui.row().classes("gap-1 no-wrap"):
                actions(row)


def pager(view: View, part: Part[Any], path: str, given: Mapping[str, object]) -> None:
    """Lead to the pages before and after, with what was asked for."""
    if part.page == 1 and not part.more:
        return
    with _box("nav", "row items-center gap-4 q-py-sm no-print", f'aria-label="{view.t("分页", "Pages")}"'):
        if part.page > 1:
            before = address(path, {**given, "page": part.page - 1})
            ui.link(view.t("上一页", "Previous page"), before).classes("text-blue-900")
        ui.label(view.t(f"第 {part.page} 页", f"Page {part.page}"))
        if part.more:
            after = address(path, {**given, "page": part.page + 1})
            ui.link(view.t("下一页", "Next page"), after).classes("text-blue-900")


def facts(lines: Sequence[tuple[str, str]]) -> None:
    """Show what is known of one thing; empty facts are left out."""
    with _box("dl", "hl-facts q-my-none"):
        for name, value in lines:
            if value:
                text("dt", name)
                text("dd", value)


def heading(view: View, zh: str, en: str, level: int = 1) -> None:
    """Head a page (and name it) or a part of it."""
    size = {1: "text-2xl", 2: "text-xl q-mt-md"}.get(level, "text-lg q-mt-sm")
    text(f"h{level}", view.t(zh, en), f"{size} q-mb-sm", 'style="line-height:1.3;font-weight:500"')
    if level == 1:
        ui.page_title(f"{view.t(zh, en)} · {view.t('热线', 'Hotline')}")


def tabs(view: View, pages: Sequence[tuple[str, str, str]], current: str) -> None:
    """Lead to the pages that belong together: (address, Chinese, English)."""
    with _box("nav", "hl-tabs no-print q-mb-sm", f'aria-label="{view.t("子页面", "Sections")}"'):
        for path, zh, en in pages:
            link = ui.link(view.t(zh, en), path)
            if path == current:
                link.props("aria-current=page")


def text(tag: str, words: str, classes: str = "", props: str = "") -> TextElement:
    """Put words into an element of their own: as text, whatever they are."""
    made = TextElement(tag=tag, text=words)
    if classes:
        made.classes(classes)
    if props:
        made.props(props)
    return made


def _box(tag: str, classes: str = "", props: str = "") -> ui.element:
    made = ui.element(tag)
    if classes:
        made.classes(classes)
    if props:
        made.props(props)
    return made


def _quoted(words: str) -> str:
    return words.replace("\\", "").replace('"', "'")
