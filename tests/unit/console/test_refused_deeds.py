"""Recordings that are too large and deliveries without a receiver are refused in words of their own."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from hotline.call.errors import HotlineError
from hotline.web.api.uploads import sound_too_large
from hotline.web.console.menus.answers import body_of
from hotline.web.console.refusals import SENTENCES


async def test_a_recording_that_is_too_large_is_told_as_one() -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"12345", "more_body": False}

    request = Request({"type": "http", "method": "PUT", "path": "/", "headers": []}, receive)
    with pytest.raises(HotlineError) as refused:
        await body_of(request, 4, refused=sound_too_large)
    assert refused.value.code == "prompt-too-large"


@pytest.mark.parametrize(
    "code", ["prompt-too-large", "prompt-empty", "delivery-channel-gone", "delivery-channel-there"]
)
def test_what_pages_may_be_refused_has_a_chinese_sentence(code: str) -> None:
    assert code in SENTENCES
