"""The live feed on a real Unix socket."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from hotline.app.livefeed import SOCKET, LiveFeed, ask, command, follow
from hotline.call.errors import EnvironmentFault, HotlineError, OperatorRefused


async def test_a_reader_sees_what_is_published_and_may_ask(tmp_path: Path) -> None:
    feed = LiveFeed(tmp_path, {"status": lambda: {"calls": {"channels_in_use": 3}}})
    await feed.start()
    try:
        events = follow(tmp_path)
        first = asyncio.ensure_future(anext(events))
        while not feed.readers:
            await asyncio.sleep(0.01)
        feed.publish("answered", leg="abc")
        assert await asyncio.wait_for(first, 5) == {"type": "answered", "leg": "abc"}
        assert await ask(tmp_path, "status") == {"type": "status", "calls": {"channels_in_use": 3}}
        await events.aclose()
    finally:
        await feed.close()


async def test_the_socket_is_private_and_works_however_deep_the_folder_lies(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    feed = LiveFeed(deep, {"status": lambda: {}})
    await feed.start()
    try:
        assert stat.S_IMODE((deep / SOCKET).stat().st_mode) == 0o600
        assert await ask(deep, "status") == {"type": "status"}
    finally:
        await feed.close()


async def test_nobody_there_is_an_answer_too(tmp_path: Path) -> None:
    assert await ask(tmp_path, "status") is None
    assert await ask(tmp_path / "nowhere", "status") is None


async def test_a_successor_takes_the_socket_over(tmp_path: Path) -> None:
    dead = LiveFeed(tmp_path, {})
    await dead.start()
    heir = LiveFeed(tmp_path, {"status": lambda: {"heir": True}})
    await heir.start()
    try:
        assert await ask(tmp_path, "status") == {"type": "status", "heir": True}
    finally:
        await dead.close()
        await heir.close()


async def test_a_command_is_done_refused_or_not_there(tmp_path: Path) -> None:
    async def pause(args: dict[str, Any]) -> dict[str, Any]:
        if args["operator"] != "8":
            raise OperatorRefused("There is no such operator.")
        return {"presence": "paused"}

    feed = LiveFeed(tmp_path, {})
    feed.commands["pause"] = pause
    await feed.start()
    try:
        assert await command(tmp_path, "pause", {"operator": "8"}) == {"presence": "paused", "id": 1}
        with pytest.raises(HotlineError, match="no such operator") as refused:
            await command(tmp_path, "pause", {"operator": "9"})
        assert refused.value.code == "operator-refused"
        with pytest.raises(HotlineError, match="no such command"):
            await command(tmp_path, "dance", {})
        with pytest.raises(HotlineError) as failed:
            await command(tmp_path, "pause", {})
        assert failed.value.code == "failed"
    finally:
        await feed.close()
    with pytest.raises(EnvironmentFault):
        await command(tmp_path, "pause", {"operator": "8"})
