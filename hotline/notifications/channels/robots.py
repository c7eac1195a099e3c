"""Group robots of 企业微信 (WeCom) and 钉钉 (DingTalk): text messages, the answer's ``errcode`` judged.

WeCom: https://developer.work.weixin.qq.com/document/path/91770. DingTalk:
https://open.dingtalk.com/document/robots/custom-robot-access. Both answer HTTP 200 also when they refuse.
Plain text, not Markdown: what a caller said must not become a link or a mention.
"""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from hotline.call.clock import Clock
from hotline.notifications.channels.http import Answer, Poster
from hotline.notifications.channels.signing import dingtalk_address
from hotline.notifications.config import DingtalkChannel, WecomChannel
from hotline.notifications.port import GiveUp, Message, NotYet, TryAgain

WECOM_BYTES = 2048
"""Longest ``text.content`` in UTF-8."""
DINGTALK_BYTES = 16_000
"""A request may have 20,000 bytes."""
_WECOM_NEVER = {
    93000: "the robot was removed or its address is wrong",
    40008: "the kind of message is refused",
}
_WECOM_BUSY = frozenset((45009,))
_DINGTALK_NEVER = {
    300001: "the robot's token is unknown",
    300005: "the robot's token is unknown",
    400013: "the group was dissolved",
    400101: "the robot's token is unknown",
    400102: "the robot is switched off",
    400105: "the kind of message is refused",
    400106: "the robot does not exist",
    460101: "the message is too long",
}
_DINGTALK_HINTS = {
    310000: "the robot's security settings refuse it: secret, keyword or address list (or the clock is wrong)"
}
_DINGTALK_BUSY = frozenset((130101, 410100, 90030))
_BUSY_PAUSE = 60.0
"""Seconds: both count messages a minute."""


class Pace:
    """At most so many messages in any minute."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=per_minute)

    def take(self) -> None:
        """Count a message; raises :class:`NotYet` when it is one too many for now."""
        now = self._clock.monotonic()
        if len(self._sent) == self._sent.maxlen and now - self._sent[0] < _BUSY_PAUSE:
            raise NotYet(
                "the robot may not take more messages this minute", after=_BUSY_PAUSE - (now - self._sent[0])
            )
        self._sent.append(now)


class WecomRobot:
    """企业微信群机器人."""

    def __init__(self, config: WecomChannel, clock: Clock) -> None:
        self._config = config
        self._pace = Pace(config.per_minute, clock)
        self._poster = Poster(clock, timeout=config.timeout, ca_file=config.ca_file, proxy=config.proxy)

    async def send(self, message: Message) -> None:
        """Post it; see :class:`~hotline.notifications.port.Channel`."""
        text: dict[str, Any] = {"content": shortened(text_of(message, self._config.keyword), WECOM_BYTES)}
        if self._config.mention_all or self._config.mention:
            everybody = ["@all"] if self._config.mention_all else []
            text["mentioned_mobile_list"] = [*self._config.mention, *everybody]
        self._pace.take()
        answer = await self._poster.post(self._config.url, _json({"msgtype": "text", "text": text}))
        judge(answer, never=_WECOM_NEVER, hints={}, busy=_WECOM_BUSY)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._poster.aclose()


class DingtalkRobot:
    """钉钉群机器人."""

    def __init__(self, config: DingtalkChannel, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._pace = Pace(config.per_minute, clock)
        self._poster = Poster(clock, timeout=config.timeout, ca_file=config.ca_file, proxy=config.proxy)

    async def send(self, message: Message) -> None:
        """Post it; see :class:`~hotline.notifications.port.Channel`."""
        config = self._config
        content = text_of(message, config.keyword)
        if config.mention:  # only numbers that also stand in the text are highlighted
            content += "\n" + " ".join(f"@{number}" for number in config.mention)
        body = {
            "msgtype": "text",
            "text": {"content": shortened(content, DINGTALK_BYTES)},
            "at": {"atMobiles": list(config.mention), "isAtAll": config.mention_all},
        }
        url = config.url
        if config.secret:
            url = dingtalk_address(url, config.secret, int(self._clock.now().timestamp() * 1000))
        self._pace.take()
        answer = await self._poster.post(url, _json(body))
        judge(answer, never=_DINGTALK_NEVER, hints=_DINGTALK_HINTS, busy=_DINGTALK_BUSY)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._poster.aclose()


def text_of(message: Message, keyword: str) -> str:
    """Return title and text, with the keyword the robot insists on."""
    content = f"{message.title}\n{message.text}".strip()
    return content if not keyword or keyword in content else f"{keyword} {content}"


def shortened(text: str, longest: int) -> str:
    """Return ``text`` in at most ``longest`` bytes of UTF-8: whole characters, “…” where it ends early."""
    encoded = text.encode()
    if len(encoded) <= longest:
        return text
    return encoded[: longest - len("…".encode())].decode(errors="ignore") + "…"


def judge(answer: Answer, *, never: dict[int, str], hints: dict[int, str], busy: frozenset[int]) -> None:
    """Raise unless the robot's JSON says ``errcode`` 0. What it wrote besides is not repeated."""
    try:
        code = json.loads(answer.body)["errcode"]
    except (ValueError, KeyError, TypeError) as error:
        raise TryAgain("the answer is not a robot's: no errcode in it") from error
    if code == 0:
        return
    if code in never:
        raise GiveUp(f"errcode {code}: {never[code]}")
    if code in busy:
        raise TryAgain(f"errcode {code}: too many messages", after=_BUSY_PAUSE)
    shown = code if isinstance(code, int) else "unknown"
    raise TryAgain(f"errcode {shown}" + (f": {hints[code]}" if code in hints else ""))


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
