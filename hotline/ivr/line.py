"""The caller's leg as the interpreter sees it: its numbers for sounds and questions, its events."""

from __future__ import annotations

from collections.abc import Callable

from hotline.call import events as call_events
from hotline.call.errors import CallGone
from hotline.call.ports import Call, CallLog, Ears, Hearing
from hotline.ivr import commands, events
from hotline.ivr.voice import Voice

SpeechEvent = call_events.SpeechStarted | call_events.Heard | call_events.HeardNothing


CONCEALED = "?"
"""Stands in the call record for a key of a PIN."""


class Line:
    """Plays and listens on one call, and words what happens on it for the interpreter."""

    def __init__(
        self, call: Call, *, voice: Voice, ears: Ears, record: CallLog, feed: Callable[[events.Event], None]
    ) -> None:
        """``feed`` takes the events, in order."""
        self._call = call
        self._voice = voice
        self._ears = ears
        self._record = record
        self._feed = feed
        self._playbacks: dict[int, int] = {}
        self._hearings: dict[int, Hearing] = {}
        self._concealed = False
        self.lent = False
        """The leg is being connected or talked on: nothing of the menu is heard there."""

    def lend(self) -> None:
        """Be silent at once and leave the leg to the operators' desk until :meth:`take_back`."""
        if not self.lent:
            self.lent = True
            self._call.stop_playing()

    def take_back(self) -> None:
        """Speak again."""
        self.lent = False

    # --- commands ------------------------------------------------------------------------------

    def play(self, command: commands.Play) -> None:
        """Say something; with nothing to be heard of it, it is over at once."""
        sounds = [] if self.lent else self._voice.sounds(command.items)
        if not sounds:
            self._feed(events.Played(playback=command.playback, completed=not self.lent))
            return
        self._playbacks[self._call.play(sounds)] = command.playback

    def hush(self, command: commands.Hush) -> None:
        """Be silent at once; what others say there is left alone."""
        if not self.lent:
            self._call.stop_playing()

    def listen(self, command: commands.Listen) -> None:
        """Open a question."""
        self._hearings[command.hearing] = self._ears.listen(self._call, command.question)

    def expect(self, command: commands.Expect) -> None:
        """Let the time to begin speaking run."""
        if command.hearing in self._hearings:
            self._hearings[command.hearing].expect()

    def stop_listening(self, command: commands.StopListening) -> None:
        """Close a question."""
        if command.hearing in self._hearings:
            self._hearings.pop(command.hearing).close()

    def conceal(self, command: commands.Conceal) -> None:
        """Keep the keys pressed from now on out of the call record, or write them down again."""
        self._concealed = command.on

    def close(self) -> None:
        """Close what is still open."""
        for hearing in self._hearings.values():
            hearing.close()
        self._hearings.clear()

    # --- events --------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Feed everything that happens on the call until it is over."""
        while True:
            try:
                event = await self._call.next_event()
            except CallGone:
                self._feed(events.CallerGone(at=self._call.recorded_seconds))
                return
            meant = self._meaning(event)
            if meant is not None:
                self._feed(meant)
            if isinstance(event, call_events.HungUp):
                return

    def _meaning(self, event: call_events.CallEvent) -> events.Event | None:
        at = self._call.recorded_seconds
        match event:
            case call_events.Digit(key=key):
                shown = CONCEALED if self._concealed else key
                self._record.event(self._call.facts.leg, "DTMF", {"key": shown, "source": event.source})
                return events.KeyPressed(key=key, at=at)
            case call_events.PromptEnded(playback=number):
                playback = self._playbacks.pop(number, 0)
                return events.Played(playback=playback, completed=event.completed) if playback else None
            case call_events.HungUp():
                return events.CallerGone(at=at)
            case call_events.SpeechStarted() | call_events.Heard() | call_events.HeardNothing():
                return self._speech(event, at)
            case call_events.Held() | call_events.Resumed():
                self._record.event(self._call.facts.leg, type(event).__name__.upper())
        return None

    def _speech(self, event: SpeechEvent, at: float) -> events.Event | None:
        known = next((n for n, hearing in self._hearings.items() if hearing.number == event.hearing), None)
        if known is None:
            return None
        if isinstance(event, call_events.SpeechStarted):
            return events.VoiceBegan(hearing=known, at=at)
        del self._hearings[known]
        if isinstance(event, call_events.HeardNothing):
            return events.SilenceHeard(hearing=known)
        understood = {"text": event.text, "score": f"{event.score:.2f}"}
        self._record.event(self._call.facts.leg, "HEARD", understood)
        return events.WordsHeard(
            hearing=known, text=event.text, score=event.score, started=event.started, ended=event.ended
        )
