"""What the operator's screen shows after what the hotline said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hotline.desktop.situation import Link, Situation
from hotline.desktop.telling import card_text, clock_text, notice_text, state_text
from hotline.desktop.wording import Wording
from hotline.headsets.protocol import Connected, Desk, Done, Hello, Message, Over, Refused, Ring, StopRing

HELLO = Hello(operator="8", estate="default", name="李")
CARD = {"place": "3-2-602", "topic": "投诉"}
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def desk(**fields: object) -> Desk:
    return Desk.model_validate(fields)


def told(situation: Situation, *messages: Message, language: str = "en") -> list[str]:
    wording = Wording(language)
    return [
        notice_text(notice, situation, wording) for message in messages for notice in situation.take(message)
    ]


def test_a_call_rings_is_taken_and_ends() -> None:
    situation = Situation()
    said = told(situation, HELLO, Ring(call="c", card=CARD, seconds=15))
    assert said == ["Hello, operator 8 李", "Incoming call place 3-2-602 · about 投诉"]
    assert situation.ringing is not None
    assert told(situation, Connected(call="c")) == ["Connected with the caller"]
    assert situation.ringing is None
    assert situation.talking is not None
    assert situation.talking.card == CARD, "known from the ringing"
    assert told(situation, Over(why="normal")) == ["The call is over"]
    assert situation.talking is None


def test_ringing_that_stops_is_told_once() -> None:
    situation = Situation()
    told(situation, HELLO, Ring(call="c", seconds=15))
    assert told(situation, StopRing(why="gave_up"), StopRing(why="gave_up")) == ["It rings no more"]


def test_a_headset_that_connects_again_believes_only_what_it_is_told_now() -> None:
    situation = Situation()
    told(situation, HELLO, Ring(call="old", seconds=15))
    situation.lost(2.0)
    assert situation.link is Link.DOWN
    assert told(situation, HELLO) == ["Connected"]
    assert situation.ringing is None
    told(situation, Connected(call="c", card=CARD))
    assert situation.talking is not None


def test_the_state_is_told_when_it_changes_and_not_when_only_queues_do() -> None:
    situation = Situation()
    queue = {"queue": "service", "waiting": 2}
    first = told(situation, HELLO, desk(presence="ready", queues=[queue]))
    assert first[-1] == "State ready · waiting service 2"
    assert told(situation, desk(presence="ready", queues=[queue | {"waiting": 3}])) == []
    assert situation.queues == {"service": 3}
    assert told(situation, desk(presence="paused", reason="午饭")) == ["State paused · reason 午饭"]


def test_the_line_of_the_state_says_for_how_long() -> None:
    situation = Situation()
    told(situation, HELLO, desk(presence="wrap_up", since=(NOON - timedelta(seconds=75)).isoformat()))
    assert state_text(situation, Wording("zh"), NOON) == "状态 话后整理 1:15"
    told(situation, desk(presence="ready", since="no instant"))
    assert situation.since is None


def test_held_consulting_and_parked_are_shown_and_the_slot_is_kept_after_the_talk() -> None:
    situation = Situation()
    told(situation, HELLO, Connected(call="c"), desk(presence="talking", held=True, consulting="工程部"))
    assert state_text(situation, Wording("en")) == "State talking · on hold · consulting 工程部"
    told(
        situation, Done.model_validate({"presence": "talking", "parked": 2}), Over(), desk(presence="wrap_up")
    )
    assert situation.parked == "2"
    assert not situation.held


def test_refusals_are_in_the_operator_s_language_where_they_are_known() -> None:
    known = Refused(id=1, code="no-talk", sentence="You talk with nobody.")
    unknown = Refused(id=1, code="something-new", sentence="It is so.")
    assert told(Situation(), known, unknown, language="zh") == ["现在没有通话。", "It is so."]
    assert told(Situation(), known, language="en") == ["You talk with nobody."]


def test_of_a_card_nothing_is_left_out() -> None:
    card = {"new_fact": "x", "ticket": "T-1", "place": "602", "topic": ""}
    assert card_text(card, Wording("zh")) == "位置 602 · 工单 T-1 · new_fact x"


def test_spans_are_shown_as_clocks_show_them() -> None:
    assert [clock_text(seconds) for seconds in (-1, 7, 247, 3723)] == ["0:00", "0:07", "4:07", "1:02:03"]
