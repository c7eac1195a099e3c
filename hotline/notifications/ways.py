"""The channels in service: built when they are configured, closed when the last message is through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from hotline.call.clock import Clock
from hotline.notifications.config import ChannelConfig
from hotline.notifications.port import Channel

Build = Callable[[ChannelConfig, Clock], Channel]


class Way:
    """One channel as configured."""

    def __init__(self, config: ChannelConfig, channel: Channel) -> None:
        self.config = config
        self.channel = channel
        self._users = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def in_use(self) -> Iterator[Channel]:
        """Keep it open meanwhile."""
        self._users += 1
        self._idle.clear()
        try:
            yield self.channel
        finally:
            self._users -= 1
            if not self._users:
                self._idle.set()

    async def close(self) -> None:
        """Close it as soon as nobody uses it."""
        await self._idle.wait()
        await self.channel.aclose()


class Ways:
    """All channels by name."""

    def __init__(self, build: Build, clock: Clock) -> None:
        self._build = build
        self._clock = clock
        self._ways: dict[str, Way] = {}

    def get(self, name: str) -> Way | None:
        """Return a channel, ``None`` if it is not configured any more."""
        return self._ways.get(name)

    async def take_up(self, configs: Mapping[str, ChannelConfig]) -> list[Way]:
        """Build what is new or changed; returns what is out of service and to be closed."""
        old = {name: way for name, way in self._ways.items() if configs.get(name) != way.config}
        for name in old:
            del self._ways[name]
        for name, config in configs.items():
            if name not in self._ways:  # certificates are read from disk: not on the event loop
                channel = await asyncio.to_thread(self._build, config, self._clock)
                self._ways[name] = Way(config, channel)
        return list(old.values())

    async def aclose(self) -> None:
        """Close everything."""
        for way in self._ways.values():
            await way.channel.aclose()
