"""The ways to people: one module each, one place that builds them."""

from __future__ import annotations

from hotline.call.clock import Clock
from hotline.notifications.channels.mail import Mail
from hotline.notifications.channels.robots import DingtalkRobot, WecomRobot
from hotline.notifications.channels.webhook import Webhook
from hotline.notifications.config import ChannelConfig, EmailChannel, WebhookChannel, WecomChannel
from hotline.notifications.port import Channel


def build(config: ChannelConfig, clock: Clock) -> Channel:
    """Return the channel a configuration describes; connects to nothing yet."""
    if isinstance(config, WebhookChannel):
        return Webhook(config, clock)
    if isinstance(config, WecomChannel):
        return WecomRobot(config, clock)
    if isinstance(config, EmailChannel):
        return Mail(config)
    return DingtalkRobot(config, clock)
