"""What a dialog's messages tell about keys and codecs."""

from __future__ import annotations

from hotline.telephony.observed import Observed
from hotline.telephony.wire import WireMessage

PLAIN = "m=audio 4000 RTP/AVP 9 8\r\n"
WITH_EVENTS = "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"


def message(
    method: str = "INVITE", *, received: bool = True, status: int = 0, body: str = "", kind: str = ""
) -> WireMessage:
    return WireMessage(
        received=received,
        transport="udp",
        source="192.0.2.1",
        target="192.0.2.2",
        method=method,
        uri="",
        status=status,
        headers={"content-type": kind},
        body=body,
    )


def test_keys_are_sought_in_the_audio_only_without_telephone_event() -> None:
    observed = Observed()
    assert not observed.keys_are_in_the_audio
    assert observed.note(message(body=PLAIN))
    assert observed.keys_are_in_the_audio
    assert observed.note(message(body=WITH_EVENTS))
    assert not observed.keys_are_in_the_audio


def test_our_own_description_says_nothing_about_the_far_ends_keys() -> None:
    observed = Observed()
    assert not observed.note(message(received=False, body=PLAIN))
    assert not observed.keys_are_in_the_audio


def test_a_key_by_info_ends_the_search_in_the_audio() -> None:
    observed = Observed()
    observed.note(message(body=PLAIN))
    assert observed.note(message("INFO", body="Signal=7", kind="application/dtmf-relay"))
    assert not observed.keys_are_in_the_audio


def test_keys_in_quick_succession_all_came_as_the_first_of_them_did() -> None:
    observed = Observed()
    observed.note(message(body=WITH_EVENTS))
    assert observed.key_source() == "rtp"
    observed.note(message("INFO", body="Signal=7", kind="application/dtmf-relay"))
    assert {observed.key_source() for _ in "789"} == {"info"}, "events may come before their messages"
    without = Observed()
    without.note(message(body=PLAIN))
    assert without.key_source() == "info", "this telephone cannot send events in RTP"


def test_an_info_that_is_no_key_changes_nothing() -> None:
    observed = Observed()
    observed.note(message(body=PLAIN))
    assert not observed.note(message("INFO", body="<x/>", kind="application/media_control+xml"))
    assert observed.keys_are_in_the_audio


def test_the_codec_is_the_far_ends_first_that_we_named_too() -> None:
    observed = Observed()
    assert observed.codec == ""
    observed.note(message(body=PLAIN))
    assert observed.codec == "G722"
    observed.note(message(received=False, status=200, body="m=audio 1 RTP/AVP 8\r\n"))
    assert observed.codec == "PCMA"


def test_any_response_shows_that_the_far_end_can_be_reached() -> None:
    observed = Observed()
    observed.note(message())
    assert not observed.heard_back
    observed.note(message(status=100))
    assert observed.heard_back
