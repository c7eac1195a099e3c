"""Header, navigation and messages that every page has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

from nicegui import ui

from hotline.web.api import estates
from hotline.web.console.redbadge import badge
from hotline.web.console.typed import given_back

if TYPE_CHECKING:
    from hotline.web.console.shell import Listed, View

Texts = Callable[[str, str], str]

STYLE = """
body{font-family:system-ui,"Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}
a{color:#1e40af}nav a{color:#0f172a}header a{color:#fff}
.skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:.5rem;z-index:9999;background:#fff;padding:.5rem}
.q-notification .q-btn{color:#fff!important}
.hl-red{color:#b71c1c}.hl-muted{color:#555}
.hl-link{color:#fff;text-decoration:underline}
@media (prefers-reduced-motion:reduce){*,::before,::after{animation-duration:.01ms!important;
animation-iteration-count:1!important;transition-duration:.01ms!important;scroll-behavior:auto!important}}
"""
LONGEST_PASTE = 500_000
"""Letters that are pasted into an editor at once; socket.io takes a million in one message."""
_PASTE = """<script>document.addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const editor = event.target.closest?.(".cm-editor");
  if (text.length <= LONGEST || !editor || editor.closest("#menu-text")) return;  // a menu's says it itself
  event.preventDefault(); event.stopPropagation(); alert("TOLD");
}, true)</script>"""
_FIELDS = '<script type="module" src="/console-static/field-limits.js"></script>'


COLORS = {
    "primary": "#1e40af", "secondary": "#334155", "accent": "#6b21a8", "positive": "#166534",
    "negative": "#b71c1c", "warning": "#92400e", "info": "#075985",
}  # fmt: skip
"""Each readable on white, and white on each (WCAG 2.1, 1.4.3: contrast of 4.5 at least)."""


@lru_cache(1)
def _utilities() -> str:
    """Return the classes of Tailwind, made beforehand: browsers take long to make them."""
    return (files("hotline.web") / "static" / "console" / "tailwind.css").read_text(encoding="utf-8")


@contextmanager
def frame(view: View, pages: Sequence[Listed], current: str) -> Iterator[None]:
    """Build header and navigation, then what is inside."""
    t = view.t
    ui.page_title(f"{t('热线', 'Hotline')} · {_title(pages, current, t)}")
    told = t(
        "文本太大（超过 50 万字），没有粘贴；请在服务器上修改文件。",
        "This text is too large (500,000 letters) and was not pasted; change the file on the server.",
    )
    paste = _PASTE.replace("LONGEST", str(LONGEST_PASTE)).replace("TOLD", told)
    ui.add_head_html(f"<style>{_utilities()}</style><style>{STYLE}</style>{paste}{_FIELDS}{given_back(t)}")
    ui.colors(**COLORS)
    ui.query("html").props(f"lang={'zh-CN' if view.chinese else 'en'}")
    with ui.header().classes("items-center justify-between bg-slate-800 text-white q-py-xs"):
        ui.html(f'<a class="skip" href="#main">{t("跳到内容", "Skip to content")}</a>', sanitize=False)
        drawer_button = ui.button(icon="menu").props(
            f'flat color=white dense aria-label="{t("菜单", "Menu")}"'
        )
        _estate(view)
        badge(view)
        _own_menu(view)
    with (
        ui.left_drawer(value=None, bordered=True)
        .props("width=220 breakpoint=1000")
        .classes("q-pa-none") as drawer
    ):
        _navigation(view, pages, current)
    drawer_button.on_click(drawer.toggle)
    with ui.element("div").props("id=main tabindex=-1").classes("w-full q-pa-md"):  # inside Quasar's <main>
        yield


def _title(pages: Sequence[Listed], current: str, t: Texts) -> str:
    return next((t(one.entry.zh, one.entry.en) for one in pages if one.path == current), "")


def _navigation(view: View, pages: Sequence[Listed], current: str) -> None:
    shown = tuple(
        (one.path, one.entry.icon, view.t(one.entry.zh, one.entry.en)) for one in pages if view.may(one.needs)
    )
    with ui.element("nav").props(f'aria-label="{view.t("主导航", "Main navigation")}"').classes("w-full"):
        ui.html(navigation_html(shown, current), sanitize=False)


@lru_cache(maxsize=1024)
def navigation_html(pages: tuple[tuple[str, str, str], ...], current: str) -> str:
    """Return the links (path, icon, name) of those who see the same pages: one element a page, not 60."""
    lines = "row items-center no-wrap q-px-md q-py-sm no-underline text-slate-900"
    return "".join(
        f'<a href="{escape(path)}" class="{lines}'
        + (' bg-slate-200" aria-current="page">' if path == current else '">')
        + f'<i class="q-icon notranslate material-icons q-mr-sm" aria-hidden="true">{escape(icon)}</i>'
        f"<div>{escape(name)}</div></a>"
        for path, icon, name in pages
    )


def _estate(view: View) -> None:
    """Name the estate the page is about, with a choice where there is one."""
    others = estates.choices(view.parts, view.holder)
    if len(others) < 2:
        ui.label(view.estate.name).classes("text-lg grow")
        return
    with ui.element("div").classes("grow"):
        label = view.t(f"项目：{view.estate.name}，更换", f"Estate: {view.estate.name}, change")
        with ui.button(view.estate.name).props(
            "flat color=white no-caps dense icon-right=expand_more"
        ) as choice:
            choice.props["aria-label"] = label
            # plain links, walked through by Tab: what calls itself a menu would want the arrow keys
            with ui.menu().props("role=dialog") as shown:
                shown.props["aria-label"] = view.t("选择项目", "Choose an estate")
                for one in others:
                    link = ui.link(one.name, f"/estate?to={quote(one.id, safe='')}")
                    link.classes("block q-px-md q-py-sm no-underline")
                    if one.id == view.estate.id:
                        link.props("aria-current=true").classes("text-bold bg-slate-200")


def _own_menu(view: View) -> None:
    t = view.t
    other = "en" if view.chinese else "zh"
    ui.link("English" if view.chinese else "中文", f"/language?to={other}").classes(
        "text-white q-px-sm"
    ).props(f"lang={'en' if view.chinese else 'zh-CN'}")
    ui.link(view.signed.name, "/me").classes("text-white q-px-sm")
    with ui.element("form").props("method=post action=/sign-out"):
        ui.html(f'<input type="hidden" name="csrf" value="{view.signed.csrf}">', sanitize=False)
        ui.html(
            f'<button type="submit" class="hl-link">{t("退出", "Sign out")}</button>',
            sanitize=False,
        )


def refused(t: Texts) -> None:
    """Say that this person's role does not open the page."""
    problem(
        t,
        t(
            "您的角色不能打开此页；需要时请管理员调整角色。",
            "Your role does not open this page; ask an administrator.",
        ),
    )


def problem(t: Texts, sentence: str) -> None:
    """Show a sentence in place of a page."""
    with ui.card().classes("q-ma-md").props("role=alert"):
        ui.label(sentence).classes("text-lg")
        ui.link(t("返回首页", "Back to the start"), "/")


def tell_session_ended(view: View) -> None:
    """Ask to sign in again in another tab: what was typed here stays."""
    if view.client is None:
        return
    if view.ended is not None:
        view.ended.open()
        return
    t = view.t
    with view.client, ui.dialog(value=True).props("persistent") as view.ended, ui.card():
        ui.label(
            t(
                "登录已过期。请在新标签页登录，然后回到这里再试一次；本页内容不会丢失。",
                "Your session has ended. Sign in in a new tab, then try again; nothing here is lost.",
            )
        ).props("role=alert")
        with ui.row():
            ui.link(t("登录（新标签页）", "Sign in (new tab)"), "/sign-in?next=/signed-in", new_tab=True)
            ui.button(t("关闭", "Close"), on_click=view.ended.close)


def session_goes_on(view: View) -> None:
    """Take back that the session has ended."""
    if view.ended is not None and view.client is not None:
        with view.client:
            view.ended.delete()
            view.ended = None
            view.told("已重新登录，请继续。", "Signed in again: go on.")
