"""Fetching one file over HTTP: resumable, checked, with progress."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotline.call.errors import EnvironmentFault

Progress = Callable[[str, int, int], None]
"""Told the file's name, the bytes there and the bytes in all; often."""

TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as broken."""
TRIES = 4
"""Connections for one file; each goes on where the one before broke off."""
_BLOCK = 128 * 1024


class FetchFailed(EnvironmentFault):
    """A source did not give a file; the next one is tried."""

    code = "model-fetch-failed"


def fetch(address: str, target: Path, size: int, sha256: str, progress: Progress | None = None) -> None:
    """Fetch ``address`` into ``target``, which may hold the beginning from an earlier try.

    Raises :class:`FetchFailed`. A broken connection leaves what came for the next try; a wrong
    checksum leaves nothing.
    """
    tell = progress or (lambda name, done, total: None)
    name = address.rpartition("/")[2]
    for attempt in range(TRIES):
        before = _length(target)
        if before < size:
            reason = _go_on(address, target, size, lambda done: tell(name, done, size))
            if reason and (attempt == TRIES - 1 or _length(target) == before):
                raise FetchFailed(f"{address} cannot be fetched ({reason}).")
        if _length(target) >= size:
            break
    if digest(target) != sha256:
        target.unlink(missing_ok=True)
        raise FetchFailed(
            f"{address} gave another file than the one Hotline knows (wrong checksum); it was thrown away."
        )


def _go_on(address: str, target: Path, size: int, tell: Callable[[int], None]) -> str:
    """Fetch from where ``target`` ends; returns why it broke off, empty if it did not."""
    begin = _length(target)
    request = urllib.request.Request(address, headers={"User-Agent": "hotline-engine"})  # noqa: S310 - catalogue
    if begin:
        request.add_header("Range", f"bytes={begin}-")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - catalogue's addresses
            # 200 instead of 206: the server does not resume, the file begins anew.
            return _keep(
                answer, target, size, begin if answer.status == http.client.PARTIAL_CONTENT else 0, tell
            )
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            target.unlink(missing_ok=True)
        return f"the server answers {error.code}"
    except urllib.error.URLError as error:
        return f"no connection: {error.reason}"
    except (OSError, http.client.HTTPException) as error:
        return f"the connection broke: {error or type(error).__name__}"


def _keep(answer: Any, target: Path, size: int, begin: int, tell: Callable[[int], None]) -> str:
    done = begin
    with target.open("ab" if begin else "wb") as file:
        while block := answer.read(_BLOCK):
            done += len(block)
            if done > size:
                file.truncate(0)
                return "the file there is larger than the one Hotline knows"
            file.write(block)
            tell(done)
    return "" if done == size else "the connection broke"


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def digest(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
