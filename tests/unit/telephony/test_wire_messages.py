"""Reading traced messages and session descriptions."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.telephony.sdp import AudioDescription, parse_audio
from hotline.telephony.wire import TRACE_LOGGER, WireMessage, WireTap, parse_trace

INVITE = (
    "RX UDP 192.0.2.9:5060 -> 10.0.0.1:5060\nINVITE sip:95001@10.0.0.1 SIP/2.0\r\n"
    "v: SIP/2.0/UDP 192.0.2.9\r\nf: <sip:a@b>;tag=1\r\nt: <sip:95001@x>\r\ni: id7\r\nCSeq: 1 INVITE\r\n\r\n"
    "v=0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)


def test_a_request_is_read_with_short_header_names() -> None:
    message = parse_trace(INVITE)
    assert message is not None
    assert (message.received, message.transport, message.source) == (True, "udp", "192.0.2.9")
    assert (message.method, message.uri, message.status) == ("INVITE", "sip:95001@10.0.0.1", 0)
    assert message.call_id == "id7"
    assert message.opens_call
    assert parse_audio(message.body) == AudioDescription(("PCMA",), telephone_event=True)


def test_an_invite_inside_a_dialog_opens_no_call() -> None:
    message = parse_trace(INVITE.replace("t: <sip:95001@x>", "To: <sip:95001@x>;tag=2"))
    assert message is not None
    assert not message.opens_call


def test_a_response_has_the_method_of_its_cseq() -> None:
    text = (
        "TX TLS [fd00::1]:5061 -> [fd00::2]:5061\nSIP/2.0 488 Not Acceptable Here\r\nCSeq: 3 INVITE\r\n\r\n"
    )
    message = parse_trace(text)
    assert message is not None
    assert (message.received, message.transport, message.source) == (False, "tls", "fd00::1")
    assert (message.method, message.status, message.uri) == ("INVITE", 488, "")


@pytest.mark.parametrize("text", ["", "hello", "RX UDP a:1 -> b:2\n", "RX UDP a:1 -> b:2\nSIP/2.0 xx OK\n\n"])
def test_what_is_no_message_is_none(text: str) -> None:
    assert parse_trace(text) is None


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    parsed = parse_trace("RX UDP 192.0.2.9:5060 -> 10.0.0.1:5060\n" + text)
    assert parsed is None or isinstance(parsed, WireMessage)
    parse_audio(text)


@pytest.mark.parametrize(
    ("body", "audio"),
    [
        ("m=audio 1 RTP/AVP 0 8 13\r\n", AudioDescription(("PCMU", "PCMA"), telephone_event=False)),
        (
            "m=video 1 RTP/AVP 96\na=rtpmap:96 VP8/90000\nm=audio 1 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n",
            AudioDescription(("opus",), telephone_event=False),
        ),
        (
            "m=audio 1 RTP/AVP 9 97\na=rtpmap:97 TELEPHONE-EVENT/8000\nm=video 2 RTP/AVP 0\n",
            AudioDescription(("G722",), telephone_event=True),
        ),
        ("m=video 1 RTP/AVP 96\n", None),
        ("", None),
    ],
)
def test_the_first_audio_stream_counts(body: str, audio: AudioDescription | None) -> None:
    assert parse_audio(body) == audio


def test_traced_messages_reach_the_tap_and_no_handler() -> None:
    heard: list[WireMessage] = []
    written: list[logging.LogRecord] = []

    class Everything(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record)

    logger, handler, tap = logging.getLogger(TRACE_LOGGER), Everything(), WireTap(heard.append)
    logger.addHandler(handler)
    tap.open()
    try:
        logger.debug("%s", INVITE)
    finally:
        tap.shut()
        logger.removeHandler(handler)
    assert [message.call_id for message in heard] == ["id7"]
    assert written == []
