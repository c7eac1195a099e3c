"""What pages with long lists share: a form that is part of the address, pages by links, words for counts.

Lists work without an open connection: a filter is a GET form, a page of rows a link, so both can be sent
to a colleague, opened in a new tab and walked through with the browser's own keys. Values reach elements as
properties and texts, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any
from urllib.parse import urlencode

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from hotline.db.pages import Mark
from hotline.web.console.shell import View

STYLE = """
.hl-form{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:end}
.hl-form label,.hl-field{display:flex;flex-direction:column;font-size:.8rem;color:#333;gap:.15rem}
.hl-form input,.hl-form select,.hl-field input,.hl-field select,.hl-field textarea{border:1px solid #767676;
border-radius:4px;padding:.3rem .4rem;font-size:.9rem;min-height:2.2rem;background:#fff;color:#111;
max-width:100%}
.hl-form label.hl-check{flex-direction:row;align-items:center;min-height:2.2rem}
.hl-form label.hl-check input{min-height:0}
.hl-go{background:#1e3a5f;color:#fff;border-radius:4px;padding:.35rem 1rem;min-height:2.2rem;cursor:pointer}
.hl-plain{border:1px solid #1e3a5f;color:#1e3a5f;border-radius:4px;padding:.3rem .8rem;min-height:2.2rem;
display:inline-flex;align-items:center;background:#fff;cursor:pointer;text-decoration:none}
.hl-go:focus-visible,.hl-plain:focus-visible,.hl-form input:focus-visible{outline:3px solid #f59e0b}
.hl-more{width:100%}.hl-more summary{cursor:pointer;color:#1e3a5f;font-size:.9rem}
.hl-more[open] summary{margin-bottom:.4rem}
.hl-pages{display:flex;gap:.75rem;align-items:center;flex-wrap:wrap}
.hl-chip{border-radius:9px;padding:0 .5rem;font-size:.8rem;background:#e2e8f0;color:#111;white-space:nowrap}
.hl-chip.bad{background:#fee2e2;color:#8b1111}.hl-chip.good{background:#dcfce7;color:#14532d}
.hl-chip.warn{background:#fef3c7;color:#6b3d00}
.hl-list td{white-space:normal;word-break:break-word}.hl-list th{font-weight:600}
.hl-list a,.hl-a{color:#174a8b;text-decoration:underline}
.hl-facts{display:grid;grid-template-columns:max-content 1fr;gap:.2rem .8rem}
.hl-facts dt{color:#555}.hl-facts dd{margin:0;word-break:break-word}
.hl-quiet{color:#555;font-size:.85rem}
.hl-lines{width:100%;border-collapse:collapse;font-size:.9rem}
.hl-lines th,.hl-lines td{text-align:left;padding:.2rem .5rem;border-bottom:1px solid #e5e7eb;
vertical-align:top;word-break:break-word}
#main>*{margin-bottom:.75rem}
h2.hl-h2{font-size:1.1rem;font-weight:600;margin:.2rem 0;line-height:1.4}
"""

Options = Sequence[tuple[str, str]]
"""Value and what people read."""


_BEGINNINGS = frozenset({"value", "checked", "selected", "open"})
"""Set as attributes (``^`` in Vue): what people typed since must outlast the page's next update."""


def styled() -> None:
    """Bring the style along; once a page."""
    ui.add_css(STYLE)


def tag(name: str, text: str = "", classes: str = "", /, **attributes: Any) -> TextElement:
    """Return an element of HTML with a text; ``aria_label`` is ``aria-label``, ``for_`` is ``for``."""
    made = TextElement(tag=name, text=text)
    if classes:
        made.classes(classes)
    given = {key: value for key, value in attributes.items() if value is not None and value is not False}
    if given:  # all at once: NiceGUI looks at the element again with every change
        made.props.update({_attribute(key): value for key, value in given.items()})
    return made


def _attribute(key: str) -> str:
    plain = key.rstrip("_").replace("_", "-")
    return f"^{plain}" if plain in _BEGINNINGS else plain


def heading(text: str, level: int = 1) -> None:
    """Show a heading of the page (level 1) or of a part of it."""
    tag(f"h{level}", text, "text-2xl" if level == 1 else "hl-h2")


@contextmanager
def form(label: str, action: str) -> Iterator[None]:
    """Make a form that opens its own address with what is filled in."""
    with tag("form", "", "hl-form", method="get", action=action, role="search", aria_label=label):
        yield


def text_field(
    label: str, name: str, value: str, *, kind: str = "text", width: str = "8rem", hint: str = ""
) -> None:
    """Ask for a text, a ``date`` …"""
    with tag("label"):
        tag("span", label)
        tag(
            "input", name=name, value=value, type=kind, style=f"width:{width}", maxlength=100,
            placeholder=hint or None, autocomplete="off",
        )  # fmt: skip


def choice(label: str, name: str, value: str, options: Options, *, width: str = "8rem") -> None:
    """Ask for one of some."""
    with tag("label"):
        tag("span", label)
        tag("select", name=name, style=f"width:{width}", innerHTML=option_html(options, value))


def option_html(options: Options, value: str) -> str:
    """Return choices as markup: one text is sent and compared, not an element a choice."""
    return "".join(
        f'<option value="{escape(one)}"{" selected" if one == value else ""}>{escape(words)}</option>'
        for one, words in options
    )


def tick(label: str, name: str, value: bool) -> None:
    """Ask for yes or no."""
    with tag("label", "", "hl-check"):
        tag("input", name=name, type="checkbox", value="1", checked=True if value else None)
        tag("span", label)


@contextmanager
def more(view: View, is_open: bool) -> Iterator[None]:
    """Hold what is asked seldom; open where it is used."""
    with tag("details", "", "hl-more", open=True if is_open else None):
        tag("summary", view.t("更多条件", "More"))
        with ui.element("div").classes("hl-form"):
            yield


def buttons(view: View, reset: str) -> None:
    """Close a form: search, or begin anew."""
    tag("button", view.t("查询", "Search"), "hl-go", type="submit")
    tag("a", view.t("清除", "Clear"), "hl-plain", href=reset)


def link(text: str, target: str, classes: str = "hl-a") -> None:
    """Show a link."""
    tag("a", text, classes, href=target)


def address(path: str, asked: Mapping[str, str], **more_of_it: str) -> str:
    """Return an address with what is not empty of a query."""
    query = {key: value for key, value in {**asked, **more_of_it}.items() if value}
    return f"{path}?{urlencode(query)}" if query else path


def counted(view: View, count: int, most: int, zh: str, en: str) -> str:
    """Return ``共 1,234 条``, ``10,000+`` beyond what is counted."""
    shown = f"{count:,}" if count <= most else f"{most:,}+"
    return view.t(f"共 {shown} {zh}", f"{shown} {en}")


def neighbours(
    view: View, path: str, asked: Mapping[str, str], older: Mark | None, newer: Mark | None
) -> None:
    """Lead to the pages before and after."""
    with tag("nav", "", "hl-pages", aria_label=view.t("翻页", "Pages")):
        if newer is not None:
            link(view.t("« 最新", "« Newest"), address(path, asked), "hl-plain")
            link(view.t("‹ 较新", "‹ Newer"), address(path, asked, before=str(newer)), "hl-plain")
        if older is not None:
            link(view.t("较早 ›", "Older ›"), address(path, asked, after=str(older)), "hl-plain")


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Show names and values; empty ones are left out."""
    with tag("dl", "", "hl-facts"):
        for name, value in pairs:
            if value:
                tag("dt", name)
                tag("dd", value)


def lines(headings: Sequence[str], rows: Sequence[Sequence[str]], label: str) -> None:
    """Show a small table."""
    with tag("table", "", "hl-lines", aria_label=label):
        with tag("thead"), tag("tr"):
            for one in headings:
                tag("th", one, scope="col")
        with tag("tbody"):
            for row in rows:
                with tag("tr"):
                    for cell in row:
                        tag("td", cell)
