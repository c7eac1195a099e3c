"""What the editor's script asks for: a text looked at, stored, completed, tried; the sounds of prompts.

Over HTTP rather than the page's own connection: what is typed is stored as a whole text, also when that
connection is lost, and nothing has to be put together from pieces.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts import tokens
from hotline.accounts.rights import Holder, Scope
from hotline.ivr.draw import draw
from hotline.menubook.files import cleaned
from hotline.menubook.words import MOST_BYTES, DraftChanged, MenuHasMistakes
from hotline.web.api.guard import needs
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.uploads import sound_too_large
from hotline.web.console.menus.answers import Answering, body_of, number_in, text_in, words_of
from hotline.web.console.menus.trialcalls import TrialCalls, Turn
from hotline.web.menudesk import Look

MOST_BODY = 4 * MOST_BYTES
"""JSON of a text: quotes and line ends take two characters, others up to six."""
MOST_SOUND = 12_000_000
Parts = Annotated[ApiParts, Depends(parts_of)]
Reader = Annotated[Holder, Depends(needs(Scope.MENUS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.MENUS_WRITE))]


def build_router() -> APIRouter:
    """Return the routes; tried calls live as long as the router."""
    router = APIRouter(include_in_schema=False, route_class=Answering)
    calls = TrialCalls()

    @router.post("/menus/look")
    async def look(request: Request, parts: Parts, _: Reader) -> dict[str, Any]:
        """Check a text that is not stored."""
        words = await words_of(request, MOST_BODY)
        text = cleaned(text_in(words, "text"))
        return _seen(await asyncio.to_thread(parts.menus.look, text_in(words, "file"), text))

    @router.post("/menus/drafts/{number}")
    async def save(number: int, request: Request, parts: Parts, holder: Writer) -> dict[str, Any]:
        """Store a draft's text; of two that were typed at once the second becomes a draft of its own."""
        words = await words_of(request, MOST_BODY)
        text, version = cleaned(text_in(words, "text")), number_in(words, "version")
        return await _saved(parts, holder, number, text, version)

    @router.post("/menus/drawing")
    async def drawing(request: Request, parts: Parts, _: Reader) -> dict[str, Any]:
        """Draw a text's menu; ``around``: only what leads to and from that step."""
        words = await words_of(request, MOST_BODY)
        found = await _must_hold(parts, words)
        assert found.menu is not None
        around = text_in(words, "around")
        menu = found.menu
        return {"drawing": draw(menu, around=around if around in menu.steps else None)}

    @router.post("/menus/completion")
    async def completion(request: Request, parts: Parts, _: Reader) -> dict[str, Any]:
        """Say what can stand at a place."""
        words = await words_of(request, MOST_BODY)
        found = await asyncio.to_thread(
            parts.menus.complete, text_in(words, "file"), text_in(words, "text"),
            max(number_in(words, "line"), 1), max(number_in(words, "column"), 0),
        )  # fmt: skip
        return {
            "typed": found.typed,
            "options": [[one.label, one.detail, one.sort] for one in found.options],
        }

    @router.post("/menus/calls")
    async def begin(request: Request, parts: Parts, holder: Reader) -> dict[str, Any]:
        """Let a call ring at a text."""
        words = await words_of(request, MOST_BODY)
        found = await _must_hold(parts, words)
        assert found.menu is not None
        caller = text_in(words, "caller")[:40]
        walk = await asyncio.to_thread(parts.menus.walk, found.menu, caller or "13900139000")
        name, turn = await calls.begin(walk, holder.id)
        return {"call": name, **_turn(turn)}

    @router.post("/menus/calls/{name}")
    async def answer(name: str, request: Request, holder: Reader) -> dict[str, Any]:
        """Press keys or say something in a tried call."""
        words = await words_of(request, 4_000)
        line = None if words.get("line") is None else text_in(words, "line")
        return _turn(await calls.answer(name, line, holder.id))

    @router.get("/prompts/sound/{language}/{prompt}")
    async def sound(language: str, prompt: str, parts: Parts, _: Reader) -> FileResponse:
        """Return what callers hear."""
        path = await asyncio.to_thread(parts.prompts.sound, language, prompt)
        return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "no-cache"})

    @router.put("/prompts/sound/{language}/{prompt}")
    async def record(
        language: str, prompt: str, request: Request, parts: Parts, holder: Writer
    ) -> dict[str, Any]:
        """Put a recording in service."""
        body = await body_of(request, MOST_SOUND, refused=sound_too_large)
        taken = await asyncio.to_thread(parts.prompts.record, language, prompt, body, by=holder.name)
        now = parts.clock.now()
        await parts.db.write(
            lambda session: tokens.note(
                session, holder.id, "prompt.record", at=now, by=holder.who, detail=f"{language}/{prompt}"
            )
        )
        return {"seconds": taken.seconds, "level": taken.level, "remarks": list(taken.remarks)}

    return router


async def _saved(parts: ApiParts, holder: Holder, number: int, text: str, version: int) -> dict[str, Any]:
    book, now = parts.menus.book, parts.clock.now()

    def save(session: Session) -> dict[str, Any]:
        row = book.save(session, number, text, version=version, by=holder.who, at=now)
        return {
            "draft": row.id, "version": row.version, "file": row.file,
            "stale": book.folder.read(row.file).hash != row.base_hash,
        }  # fmt: skip

    def keep(session: Session) -> dict[str, Any]:
        row = book.beside(session, number, text, by=holder.who, at=now, note=f"beside {number}")
        tokens.note(session, holder.id, "menu.draft", at=now, by=holder.who, detail=f"{row.file} {row.id}")
        return {"draft": row.id, "version": row.version, "file": row.file, "stale": False}

    try:
        done = await parts.db.write(save)
    except DraftChanged as changed:
        done = {**await parts.db.write(keep), "beside": number, "by": changed.by}
    return {**done, **_seen(await asyncio.to_thread(parts.menus.look, done["file"], text))}


async def _must_hold(parts: ApiParts, words: dict[str, Any]) -> Look:
    found = await asyncio.to_thread(parts.menus.look, text_in(words, "file"), cleaned(text_in(words, "text")))
    mistakes = [problem for problem in found.problems if not problem.warning]
    if mistakes or found.menu is None:
        raise MenuHasMistakes(mistakes)
    return found


def _seen(found: Look) -> dict[str, Any]:
    return {
        "holds": not any(not one.warning for one in found.problems),
        "steps": len(found.menu.steps) if found.menu is not None else 0,
        "problems": [
            {"line": one.line, "where": one.where, "message": one.message, "warning": one.warning}
            for one in found.problems
        ],
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {"said": list(turn.said), "sounds": [list(one) for one in turn.sounds], "outcome": turn.outcome}
