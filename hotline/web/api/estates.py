"""Which estate the console looks at: somebody's own, else the one they chose in the header.

The choice is a cookie, so that pages, downloads and the desk's requests of one browser agree.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from hotline.accounts.rights import Holder
from hotline.web.api.parts import ApiParts, EstateFacts

COOKIE = "hotline_estate"


def chosen(parts: ApiParts, holder: Holder, request: Request) -> EstateFacts:
    """Return the estate a page, file or request of the console is about."""
    wanted = request.cookies.get(COOKIE, "")
    return parts.estate(holder.estate or (wanted if wanted in parts.estates else ""), holder)


def choices(parts: ApiParts, holder: Holder) -> Sequence[EstateFacts]:
    """Return the estates somebody can look at, in the order of the settings."""
    return [facts for facts in parts.estates.values() if holder.serves(facts.id)]
