"""Deeds that have transactions of their own: done off the event loop, then written in the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hotline.accounts import tokens
from hotline.accounts.rights import Scope
from hotline.web.console.shell import View

T = TypeVar("T")


async def worked(view: View, what: str, do: Callable[[], T], *, needs: Scope, about: str = "") -> T | None:
    """Do something that blocks; ``None`` when it was refused and told. ``what`` is the audit's word."""
    return await done(view, what, lambda: asyncio.to_thread(do), needs=needs, about=about)


async def done(
    view: View, what: str, do: Callable[[], Awaitable[T]], *, needs: Scope, about: str = ""
) -> T | None:
    """Do something of a service that commits by itself, then note it; ``None`` when it was refused."""
    found = await view.attempt(do, needs=needs)
    if found is not None:
        now, holder = view.parts.clock.now(), view.holder
        await view.parts.db.write(
            lambda session: tokens.note(session, holder.id, what, at=now, by=holder.who, detail=about)
        )
    return found
