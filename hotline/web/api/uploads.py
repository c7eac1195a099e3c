"""Bodies that are files: written to the disk piece by piece, with their digest for the idempotency key."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.requests import Request

from hotline.call.errors import HotlineError

LARGEST = 10_000_000
"""Bytes of a list (*default*, as in the console): 100,000 bills come to 8 MB."""
_TEXT = {"schema": {"type": "string"}}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIST_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/csv": _TEXT, SHEET: _BINARY}}
}
"""How a list is described; what it is is told by its first bytes, as on the command line."""


class UploadRefused(HotlineError):
    """A body that is larger than a file here may be; nothing was stored."""

    code = "list-too-large"


def _list_too_large(most: int) -> UploadRefused:
    return UploadRefused(f"A list is at most {most // 1_000_000} MB: divide it.")


def sound_too_large(most: int) -> UploadRefused:
    """Return how a recording that is too large is refused."""
    return UploadRefused(
        f"A recording is at most {most // 1_000_000} MB: a prompt has a few seconds, a minute at most.",
        code="prompt-too-large",
    )


@asynccontextmanager
async def received(
    request: Request, folder: Path, *, most: int = LARGEST,
    refused: Callable[[int], UploadRefused] = _list_too_large,
) -> AsyncIterator[Path]:  # fmt: skip
    """Keep a request's body in ``folder`` for as long as it is read; ``most`` bytes.

    Raises :class:`UploadRefused` – what ``refused`` makes of ``most`` – before all of a larger one is there.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as kept:
        path, digest, size = Path(kept) / "list", hashlib.sha256(), 0
        with path.open("wb") as file:
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise refused(most)
                digest.update(piece)
                await asyncio.to_thread(file.write, piece)
        request.state.digest = digest.digest()
        yield path
