"""A test message on one channel, now: does it arrive?"""

from __future__ import annotations

import asyncio
import uuid

from hotline.call.clock import Clock
from hotline.notifications import channels
from hotline.notifications.composer import Composer
from hotline.notifications.config import ChannelConfig
from hotline.notifications.loader import Plan
from hotline.notifications.port import Event, Message, TryAgain
from hotline.notifications.routes import EVERYWHERE

KIND = "notification.test"


async def send_test(config: ChannelConfig, composer: Composer, plan: Plan, clock: Clock) -> Message:
    """Send it and return it once it was taken.

    Raises :class:`~hotline.notifications.port.TryAgain` or :class:`~hotline.notifications.port.GiveUp`
    with the reason.
    """
    event = Event(
        id=str(uuid.uuid4()), estate=EVERYWHERE, kind=KIND, subject="test", detail={}, at=clock.now()
    )
    message = composer.word(event, {}, plan, config, urgent=False)
    channel = await asyncio.to_thread(channels.build, config, clock)
    try:
        async with asyncio.timeout(config.timeout):
            await channel.send(message)
    except TimeoutError as error:
        raise TryAgain(f"not done within {config.timeout:g} seconds") from error
    finally:
        await channel.aclose()
    return message
