"""The frame of every page: who is let in, what they may do, how changes are made and refusals told.

A page module has ``register(console)`` and uses nothing of NiceGUI's own routing::

    def register(console: Console) -> None:
        @console.page("/calls", needs=Scope.CALLS_READ, entry=Entry("通话", "Calls", "call", 30))
        async def calls(view: View) -> None:
            rows = await view.read(lambda session: ...)

A page that passes here was let in by one table of rights (:mod:`hotline.accounts.rights`); whatever it
changes goes through :meth:`View.act`, which asks again, writes the audit line and tells refusals.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import Client, ui
from sqlalchemy.orm import Session
from starlette.responses import Response

from hotline.accounts import tokens
from hotline.accounts.rights import Holder, Scope
from hotline.accounts.sessions import COOKIE, SessionEnded, SignedIn
from hotline.call.errors import HotlineError
from hotline.web.api import estates
from hotline.web.api.guard import Guard
from hotline.web.api.parts import ApiParts, EstateFacts
from hotline.web.console import layout
from hotline.web.console.openpages import OpenPages
from hotline.web.console.refusals import sentence_of
from hotline.web.masks import Masks
from hotline.web.taking import TakesUp

log = structlog.get_logger(__name__)
T = TypeVar("T")

SIGN_IN = "/sign-in"
SLOWEST = 20.0
"""Seconds until a page is given up: a busy machine answers late, not with an error."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page's line in the navigation."""

    zh: str
    en: str
    icon: str
    order: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A page that stands in the navigation, and who sees it there."""

    path: str
    needs: Scope
    entry: Entry


@dataclass
class View:
    """One page as one person sees it."""

    signed: SignedIn
    parts: ApiParts
    guard: Guard
    estate: EstateFacts
    request: Request
    masks: Masks = field(default_factory=Masks)
    """Hide names and numbers until :meth:`unmask`."""
    client: Client | None = None
    """The page as NiceGUI has it."""
    ended: ui.dialog | None = None
    """Tells that the session has ended."""

    @property
    def holder(self) -> Holder:
        """Whose rights count."""
        return self.signed.holder

    @property
    def chinese(self) -> bool:
        """Whether the page is in Chinese."""
        return self.signed.language != "en"

    def t(self, zh: str, en: str) -> str:
        """Return a text in the page's language."""
        return zh if self.chinese else en

    def may(self, scope: Scope) -> bool:
        """Whether this person may do something: what they may not is not shown."""
        return self.holder.may(scope)

    async def unmask(self, at_what: str) -> None:
        """Show names and numbers in full where the role needs it; the look is on the record."""
        self.masks = Masks(await self.guard.looked(self.holder, at_what))

    async def read(self, ask: Callable[[Session], T]) -> T:
        """Return what a question to the database is answered."""
        return await self.parts.db.read(ask)

    async def act(
        self, what: str, deed: Callable[[Session], T], *, needs: Scope, about: str = ""
    ) -> T | None:
        """Do something in one transaction with its audit line; ``None`` when it was refused and told.

        ``what`` is the audit's word (``ticket.postpone``), ``about`` the number it is done to.
        """

        def write(session: Session) -> T:
            done = deed(session)
            now = self.parts.clock.now()
            tokens.note(session, self.holder.id, what, at=now, by=self.holder.who, detail=about)
            return done

        async def do() -> T:
            return await self.parts.db.write(write)

        return await self.attempt(do, needs=needs)

    async def attempt(self, do: Callable[[], Awaitable[T]], *, needs: Scope) -> T | None:
        """Do something that is no single transaction; refusals are told. ``None``: it was not done."""
        try:
            signed = await self.parts.sessions.used(self.signed.session)
            if signed.holder.name != self.signed.holder.name:  # somebody else's turn at this browser
                raise SessionEnded("Somebody else is signed in now.")
            self.signed = signed
            if not self.may(needs):
                raise HotlineError("Your role may not do that.", code="scope-missing")
            return await do()
        except SessionEnded:
            layout.tell_session_ended(self)
        except HotlineError as refused:
            self.tell(refused)
        return None

    def tell(self, refused: HotlineError) -> None:
        """Show why something was refused; what was typed stays."""
        ui.notify(
            sentence_of(refused, chinese=self.chinese), type="negative", position="top", timeout=0,
            close_button=self.t("知道了", "OK"), multi_line=True,
        )  # fmt: skip

    def told(self, zh: str, en: str) -> None:
        """Say that something was done."""
        ui.notify(self.t(zh, en), type="positive", position="top")


Page = Callable[..., Awaitable[None]]
"""Builds a page; gets the :class:`View` first, then the parameters of its path and query."""


class Console:
    """Pages and their navigation."""

    def __init__(self, parts: ApiParts, guard: Guard) -> None:
        """Serve pages over ``parts``."""
        self.parts = parts
        self.guard = guard
        self.listed: list[Listed] = []
        self.open_pages = OpenPages(parts)
        self.taking: TakesUp | None = None
        """Takes edited settings into service; the web process sets it."""

    def page(self, path: str, *, needs: Scope, entry: Entry | None = None) -> Callable[[Page], Page]:
        """Return a decorator that makes a function a page for those who have a right."""
        if entry is not None:
            self.listed.append(Listed(path, needs, entry))
            self.listed.sort(key=lambda one: one.entry.order)

        def make(build: Page) -> Page:
            async def opened(request: Request, **given: Any) -> Response | None:
                entered = await self.enter(request)
                if isinstance(entered, Response):
                    return entered
                self.open_pages.opened(entered, ui.context.client)
                with layout.frame(entered, self.listed, path):
                    if not entered.may(needs):
                        ui.context.client.status_code = 403
                        layout.refused(entered.t)
                    else:
                        await _built(build, entered, given)
                return None

            _with_parameters_of(build, opened)
            ui.page(path, title="Hotline", response_timeout=SLOWEST)(opened)
            return build

        return make

    async def enter(self, request: Request) -> View | Response:
        """Return the view of who asks, or the way to where they sign in."""
        try:
            signed = await self.parts.sessions.check(request.cookies.get(COOKIE, ""))
        except SessionEnded:
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"{SIGN_IN}?next={quote(target, safe='')}", 303)
        if signed.must_change and request.url.path != "/password":
            return RedirectResponse("/password", 303)
        estate = estates.chosen(self.parts, signed.holder, request)
        return View(signed, self.parts, self.guard, estate, request)


async def _built(build: Page, view: View, given: dict[str, Any]) -> None:
    try:
        await build(view, **given)
    except HotlineError as refused:  # a link to what is not there any more, a number that is none
        ui.context.client.status_code = 404
        layout.problem(view.t, sentence_of(refused, chinese=view.chinese))


def _with_parameters_of(build: Page, opened: Callable[..., Any]) -> None:
    """Let ``opened`` be called with the request and what ``build`` takes after the view."""
    hints = inspect.get_annotations(build, eval_str=True)
    own = list(inspect.signature(build).parameters.values())[1:]
    taken = [one.replace(annotation=hints.get(one.name, one.annotation)) for one in own]
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    opened.__name__, opened.__module__ = build.__name__, build.__module__
    opened.__signature__ = inspect.Signature([request, *taken])  # type: ignore[attr-defined]
    opened.__annotations__ = {"request": Request} | {one.name: one.annotation for one in taken}
