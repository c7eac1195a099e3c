"""Who is written along: only those who are recorded, and only while the two talk with each other."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from hotline.app.talkscribe import UNRECORDED, TalkScribe
from hotline.call.inprogress import InProgress
from hotline.speech.live.talks import TalkWords


class Feed:
    def __init__(self) -> None:
        self.picture = InProgress()
        self.picture.take({"type": "leg", "leg": "c", "direction": "inbound"}, 1.0)

    def publish(self, kind: str, **facts: Any) -> None:
        self.picture.take({"type": kind, **facts}, 2.0)

    @property
    def words(self) -> str:
        return self.picture.legs["c"].words

    @property
    def lines(self) -> list[tuple[str, str]]:
        return [(line.who, line.text) for line in self.picture.lines("c")]


class Talks:
    def __init__(self) -> None:
        self.followed: list[tuple[dict[str, Any], str, Any]] = []
        self.closed: list[bool] = []

    def follow(self, speakers: Mapping[str, Any], language: str, sink: Any) -> Any:
        self.followed.append((dict(speakers), language, sink))
        sink.stands(TalkWords.ON)
        return SimpleNamespace(close=lambda forget=False: self.closed.append(forget))


def leg(name: str, recorded: float = 5.0) -> Any:
    return SimpleNamespace(facts=SimpleNamespace(leg=name), recorded_seconds=recorded)


def test_a_talk_is_followed_once_until_it_changes_and_ends() -> None:
    feed, talks = Feed(), Talks()
    scribe = TalkScribe(talks, feed)  # type: ignore[arg-type]
    caller, operator = leg("c"), leg("o")
    both = {"caller": caller, "operator": operator}
    scribe(caller, both, "zh")
    scribe(caller, both, "zh")
    assert [(set(speakers), language) for speakers, language, _ in talks.followed] == [(set(both), "zh")]
    assert feed.words == "on"
    talks.followed[0][2].said("operator", "哪里漏水")
    assert feed.lines == [("operator", "哪里漏水")]
    scribe(caller, {}, "zh")  # on hold
    assert (talks.closed, feed.words) == ([False], "")
    scribe(caller, both | {"operator": leg("other")}, "zh")  # another operator has them now
    scribe(caller, {}, "zh")
    scribe(caller, {}, "zh")
    assert (len(talks.followed), talks.closed) == (2, [False, False])


def test_a_caller_who_is_not_recorded_is_not_written_along_either() -> None:
    feed, talks = Feed(), Talks()
    scribe = TalkScribe(talks, feed)  # type: ignore[arg-type]
    refused = leg("c", recorded=0.0)
    scribe(refused, {"caller": refused, "operator": leg("o")}, "zh")
    assert (feed.words, talks.followed) == (UNRECORDED, [])
    scribe(refused, {}, "zh")
    assert feed.words == ""


def test_a_recording_that_is_thrown_away_meanwhile_takes_the_words_with_it() -> None:
    feed, talks = Feed(), Talks()
    scribe = TalkScribe(talks, feed)  # type: ignore[arg-type]
    caller = leg("c")
    scribe(caller, {"caller": caller, "operator": leg("o")}, "zh")
    caller.recorded_seconds = 0.0
    talks.followed[0][2].said("caller", "不该出现")
    scribe(caller, {}, "zh")
    assert (feed.lines, talks.closed) == ([], [True])
