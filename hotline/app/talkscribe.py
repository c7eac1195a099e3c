"""What caller and operator say to each other, shown while they talk: only of calls that are recorded.

Whoever refuses to be recorded is not written along either; nothing of it is kept or logged – the transcript
after the call is the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hotline.app.livefeed import LiveFeed
from hotline.call.ports import Call
from hotline.speech.live.talks import Following, TalkWords, Tapped

UNRECORDED = "unrecorded"
"""Besides :class:`TalkWords`: the caller refused, or calls are not recorded here."""


class Follow(Protocol):
    """Follows a talk (:class:`hotline.speech.live.talks.Talks`)."""

    def follow(self, speakers: Mapping[str, Tapped], language: str, sink: _Page) -> Following:
        """Begin at once, or as soon as it can be done."""
        ...


@dataclass(frozen=True, slots=True)
class _Page:
    """Shows what is said on one call."""

    call: Call
    feed: LiveFeed

    def said(self, who: str, text: str) -> None:
        """See :class:`hotline.speech.live.talks.LineSink`."""
        if recorded(self.call):
            self.feed.publish("said", leg=self.call.facts.leg, who=who, text=text)

    def stands(self, words: TalkWords) -> None:
        """See :class:`hotline.speech.live.talks.LineSink`."""
        self.feed.publish("words", leg=self.call.facts.leg, words=words.value)


@dataclass(frozen=True, slots=True)
class _Talk:
    legs: frozenset[str]
    following: Following | None


class TalkScribe:
    """Has talks taken down; implements :data:`~hotline.operators.talktools.TakeDown`."""

    def __init__(self, talks: Follow, feed: LiveFeed) -> None:
        """``feed`` shows lines to whoever looks at the call."""
        self._talks = talks
        self._feed = feed
        self._known: dict[str, _Talk] = {}

    def __call__(self, call: Call, speakers: Mapping[str, Call], language: str) -> None:
        """Follow ``speakers`` from now on instead of who was followed before."""
        leg, legs = call.facts.leg, frozenset(one.facts.leg for one in speakers.values())
        before = self._known.get(leg)
        if (before.legs if before is not None else frozenset()) == legs:
            return
        if before is not None and before.following is not None:
            before.following.close(forget=not recorded(call))
        if not legs:
            del self._known[leg]
            self._feed.publish("words", leg=leg, words="")
            return
        self._known[leg] = _Talk(legs, self._begin(call, speakers, language))

    def _begin(self, call: Call, speakers: Mapping[str, Call], language: str) -> Following | None:
        if not recorded(call):
            self._feed.publish("words", leg=call.facts.leg, words=UNRECORDED)
            return None
        return self._talks.follow(speakers, language, _Page(call, self._feed))


def recorded(call: Call) -> bool:
    """Return whether a call is recorded: by the settings, and with the consent of who is on the line."""
    return call.recorded_seconds > 0
