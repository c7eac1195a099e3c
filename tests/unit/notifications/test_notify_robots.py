"""Group robots against a real server on 127.0.0.1."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import unquote_plus

import pytest
from channel_kit import send
from notify_receivers import Receiver, Reply, robot

from hotline.notifications.channels import build
from hotline.notifications.channels.robots import WECOM_BYTES, shortened
from hotline.notifications.config import DingtalkChannel, WecomChannel
from hotline.notifications.port import GiveUp, NotYet, TryAgain


def wecom(receiver: Receiver, **options) -> WecomChannel:
    return WecomChannel(type="wecom", url=f"{receiver.url}/cgi-bin/webhook/send?key=k-1", **options)


def dingtalk(receiver: Receiver, **options) -> DingtalkChannel:
    return DingtalkChannel(type="dingtalk", url=f"{receiver.url}/robot/send?access_token=t", **options)


async def test_a_wecom_robot_gets_text_and_mentions(receiver, clock, message):
    receiver.answer = robot()
    await send(wecom(receiver, mention=("13900002222",), mention_all=True, keyword="热线"), clock, message)
    (request,) = receiver.requests
    assert request.target == "/cgi-bin/webhook/send?key=k-1"
    assert request.headers["content-type"].startswith("application/json")
    assert request.json == {
        "msgtype": "text",
        "text": {
            "content": "热线 新工单 202611230001\n地点：3-2-602\n内容：水管漏水",
            "mentioned_mobile_list": ["13900002222", "@all"],
        },
    }


async def test_a_dingtalk_robot_is_addressed_with_a_signature_of_the_moment(receiver, clock, message):
    receiver.answer = robot()
    await send(dingtalk(receiver, secret="SEC123", mention=("13900002222",)), clock, message)
    (request,) = receiver.requests
    milliseconds = str(int(clock.now().timestamp() * 1000))
    digest = hmac.new(b"SEC123", f"{milliseconds}\nSEC123".encode(), hashlib.sha256).digest()
    raw = request.target.partition("?")[2]
    assert raw.startswith(f"access_token=t&timestamp={milliseconds}&sign=")
    assert unquote_plus(raw.partition("&sign=")[2]) == base64.b64encode(digest).decode()
    assert "+" not in raw and "/" not in raw.partition("&sign=")[2]
    assert request.json["at"] == {"atMobiles": ["13900002222"], "isAtAll": False}
    assert request.json["text"]["content"].endswith("内容：水管漏水\n@13900002222")


async def test_a_dingtalk_robot_without_secret_is_addressed_as_it_stands(receiver, clock, message):
    receiver.answer = robot()
    await send(dingtalk(receiver), clock, message)
    assert receiver.requests[0].query == {"access_token": "t"}


@pytest.mark.parametrize(
    ("make", "code", "error", "after"),
    [
        (wecom, 93000, GiveUp, None),
        (wecom, 45009, TryAgain, 60.0),
        (wecom, -1, TryAgain, None),
        (dingtalk, 300005, GiveUp, None),
        (dingtalk, 310000, TryAgain, None),
        (dingtalk, 410100, TryAgain, 60.0),
    ],
)
async def test_a_robot_that_answers_200_with_an_errcode_has_not_taken_it(
    receiver, clock, message, make, code, error, after
):
    receiver.answer = robot(code, "keywords not in content 13800001111")
    with pytest.raises(error, match=f"errcode {code}") as caught:
        await send(make(receiver), clock, message)
    assert "1380" not in caught.value.sentence
    if after:
        assert caught.value.after == after


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errmsg": "ok"}', b'{"errcode": "0"}'])
async def test_what_is_no_robots_answer_counts_as_a_failure(receiver, clock, message, body):
    receiver.answer = lambda request: Reply(200, body)
    with pytest.raises(TryAgain):
        await send(wecom(receiver), clock, message)


async def test_a_robot_is_not_asked_more_often_than_it_allows(receiver, clock, message):
    receiver.answer = robot()
    channel = build(wecom(receiver, per_minute=2), clock)
    await channel.send(message)
    await channel.send(message)
    with pytest.raises(NotYet) as caught:
        await channel.send(message)
    assert 0 < caught.value.after <= 60
    assert len(receiver.requests) == 2
    await channel.aclose()


def test_long_texts_end_in_whole_characters():
    assert shortened("水" * 100, 300) == "水" * 100
    cut = shortened("a" + "水" * 1000, WECOM_BYTES)
    assert len(cut.encode()) <= WECOM_BYTES
    assert cut.endswith("水…")
