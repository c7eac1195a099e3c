"""What a telephone's transfer key asks for, and what goes out in its stead."""

from dataclasses import replace

import pytest

from hotline.call.events import TransferAsked
from hotline.call.ports import DialOrder
from hotline.telephony.refer import parse_refer_to
from hotline.telephony.routes import route
from hotline.telephony.sdp import parse_audio

REPLACES = "12adf2f34456gs5;to-tag=12345;from-tag=54321"


@pytest.mark.parametrize(
    ("refer_to", "to", "replaces"),
    [
        ("sip:8002@192.0.2.1", "sip:8002@192.0.2.1", ""),
        ("<sip:8002@192.0.2.1;transport=tcp>", "sip:8002@192.0.2.1", ""),
        ('"Room 602" <sip:602@192.0.2.1>;method=INVITE', "sip:602@192.0.2.1", ""),
        ("sip:8002@192.0.2.1;method=invite", "sip:8002@192.0.2.1", ""),
        ("<tel:+8653288880000>", "+8653288880000", ""),
        (
            "<sip:8002@192.0.2.1?Replaces=12adf2f34456gs5%3Bto-tag%3D12345%3Bfrom-tag%3D54321>",
            "sip:8002@192.0.2.1",
            REPLACES,
        ),
        (
            "<sips:8002@example.com?Require=replaces&replaces=12adf2f34456gs5%3Bto-tag%3D12345%3Bfrom-tag%3D54321>",
            "sips:8002@example.com",
            REPLACES,
        ),
    ],
)
def test_a_refer_to_is_read_as_telephones_write_it(refer_to: str, to: str, replaces: str) -> None:
    assert parse_refer_to(refer_to) == TransferAsked(to=to, replaces=replaces)


@pytest.mark.parametrize(
    "refer_to", ["", "https://example.com", "<sip:8002@192.0.2.1>;method=BYE", "<mailto:a@example.com>", "<>"]
)
def test_what_is_no_call_to_a_telephone_is_no_transfer(refer_to: str) -> None:
    assert parse_refer_to(refer_to) is None


ORDER = DialOrder(to="sip:8002@192.0.2.1", linkedid="", purpose="transfer")


def test_a_call_that_is_to_take_anothers_place_says_so() -> None:
    way = route(replace(ORDER, replaces=REPLACES), (), own_host="192.0.2.9")
    assert way.headers == {"Replaces": REPLACES}


@pytest.mark.parametrize("replaces", ["", "a\r\nX: y", "a b;to-tag=1", "nothing", "a;to-tag=1\n"])
def test_what_is_no_replaces_is_not_sent(replaces: str) -> None:
    assert route(replace(ORDER, replaces=replaces), (), own_host="192.0.2.9").headers == {}


def described(session: str, stream: str = "") -> str:
    return f"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n{session}t=0 0\r\nm=audio 4000 RTP/AVP 8\r\n{stream}"


@pytest.mark.parametrize(
    ("session", "stream", "nowhere"),
    [
        ("c=IN IP4 192.0.2.1\r\n", "", False),
        ("c=IN IP4 0.0.0.0\r\n", "", True),
        ("c=IN IP6 ::\r\n", "", True),
        ("c=IN IP4 0.0.0.0\r\n", "c=IN IP4 192.0.2.1\r\n", False),
        ("c=IN IP4 192.0.2.1\r\n", "c=IN IP4 0.0.0.0\r\n", True),
        ("", "", False),
    ],
)
def test_an_unspecified_address_is_a_hold_and_the_streams_own_wins(
    session: str, stream: str, nowhere: bool
) -> None:
    audio = parse_audio(described(session, stream))
    assert audio is not None and audio.nowhere is nowhere
