"""What the hotline says, changed over HTTP: recordings and texts of one's own, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.web.api import etags
from hotline.web.api.bodies import Body
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, apart, replayed
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import needs
from hotline.web.api.menus import PromptOut, prompt_out
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.uploads import received, sound_too_large

router = APIRouter(tags=["prompts"])

Reader = Annotated[Holder, Depends(needs(Scope.MENUS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.MENUS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Language = Annotated[Literal["zh", "en"], Path(description="Of the prompt.")]
PromptId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,80}$", description="The prompt's id.")]
LARGEST = 12_000_000
"""Bytes of a recording: a minute of studio sound."""
_SOUND: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class PromptTextBody(Body):
    """What a prompt says."""

    text: Annotated[str, Field(max_length=2000, description="Empty: the program's own again.")]


@router.get("/prompts/{language}/{prompt}", response_model=PromptOut, responses=TAGGED)
async def show(
    request: Request, parts: Parts, holder: Reader, language: Language, prompt: PromptId
) -> Response:
    """One prompt: its text, where its sound comes from, whether they fit together."""
    return answered(request, await _found(parts, language, prompt))


@router.put(
    "/prompts/{language}/{prompt}/sound", response_model=PromptOut, responses=MATCHED, openapi_extra=_SOUND
)
async def record(
    request: Request, parts: Parts, holder: Writer, language: Language, prompt: PromptId,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Put a recording (WAV, 0.1 to 60 s) in service; brought to 8 kHz and the house's level."""
    async with received(request, parts.home.run, most=LARGEST, refused=sound_too_large) as path:

        def work() -> None:
            parts.prompts.record(language, prompt, path.read_bytes(), by=holder.name)

        return await _changed(request, holder, "prompt.record", language, prompt, work, if_match, key)


@router.delete("/prompts/{language}/{prompt}/sound", response_model=PromptOut, responses=MATCHED)
async def take_back(
    request: Request, parts: Parts, holder: Writer, language: Language, prompt: PromptId,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Take the own recording away: the built one is said again."""

    def work() -> None:
        parts.prompts.back(language, prompt)

    return await _changed(request, holder, "prompt.back", language, prompt, work, if_match, key)


@router.put("/prompts/{language}/{prompt}/text", response_model=PromptOut, responses=MATCHED)
async def write(
    request: Request, parts: Parts, holder: Writer, language: Language, prompt: PromptId,
    body: PromptTextBody, if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Give a prompt another text, or a new one its first."""

    def work() -> None:
        parts.prompts.write(language, prompt, body.text)

    return await _changed(request, holder, "prompt.text", language, prompt, work, if_match, key)


async def _changed(
    request: Request, holder: Holder, what: str, language: str, prompt: str, work: Callable[[], None],
    if_match: str, key: str,
) -> JSONResponse:  # fmt: skip
    """Change files of a prompt, with a line of the audit; ``work`` blocks."""
    parts = parts_of(request)
    if (again := await replayed(request, holder, key)) is not None:
        return again
    if if_match:
        etags.check(if_match, await _found(parts, language, prompt))

    async def act() -> PromptOut:
        await asyncio.to_thread(work)
        return await _found(parts, language, prompt, gone=True)

    return await apart(request, holder, what, act, key=key, about=f"{language}/{prompt}")


async def _found(parts: ApiParts, language: str, prompt: str, *, gone: bool = False) -> PromptOut:
    """Return a prompt; ``gone``: also one whose own text was just taken away."""
    lines = await asyncio.to_thread(parts.prompts.lines, language)
    found = next((one for one in lines if one.id == prompt), None)
    if found is not None:
        return prompt_out(found)
    if gone:
        return PromptOut(
            number=prompt, text="", source="missing", seconds=None, outdated="", remarks=[], recorded=""
        )
    raise HotlineError(f'There is no prompt "{prompt}".', code="prompt-unknown")
