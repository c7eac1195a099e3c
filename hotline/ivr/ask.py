"""The machine behind every question: prompt, silence, keys and voice, as one table.

States and what ends them; every input step uses this one machine, so barge-in, interdigit
timing and stale events are judged in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from hotline.call.ports import Question
from hotline.ivr import events
from hotline.ivr.commands import Expect, Hush, Listen, Play, StartTimer, StopListening, StopTimer
from hotline.ivr.items import Spoken
from hotline.ivr.keypad import Pad, Verdict, by_length, entry, judge

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

SPEECH_SLACK = 5.0
"""Seconds after the longest answer at which ears that say nothing are given up."""
VOICE_LEAD = 0.5
"""Seconds of voice before the ears report it; kept at the head of the caller's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One asking of one question."""

    items: tuple[Spoken, ...]
    pad: Pad
    timeout: float
    interdigit: float
    barge_in: bool = True
    question: Question | None = None
    finish: str = ""
    """Key that ends the caller's own words (recordings); other keys that fit nothing are ignored."""


@dataclass(frozen=True, slots=True)
class Keys:
    """An entry by keys."""

    typed: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """Keys that mean nothing here."""


@dataclass(frozen=True, slots=True)
class Said:
    """The caller spoke; positions on the recording."""

    text: str
    score: float
    started: float
    ended: float


@dataclass(frozen=True, slots=True)
class Silence:
    """Neither key nor voice."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The answer no longer matters: the result that was waited for is here."""

    result: events.Result
    said: Said | None


@dataclass(frozen=True, slots=True)
class Denied:
    """Words with an emergency keyword in them; asked, the caller said that there is no emergency."""


Answer = Keys | Wrong | Said | Silence | Denied


class State(Enum):
    """Where a question is."""

    PROMPTING = auto()
    WAITING = auto()
    SPEAKING = auto()
    KEYING = auto()
    DONE = auto()


class Asking:
    """One question under way. Feed it events until :attr:`answer` is there."""

    def __init__(self, ask: Ask, talk: Talk, *, urgent: frozenset[str] = frozenset()) -> None:
        """Ask; commands go to ``talk``. ``urgent`` keys count even where nothing may interrupt."""
        self.answer: Answer | None = None
        self.typed = ""
        self.cut_off: Said | None = None
        """What was being said when a key took over."""
        self._ask = ask
        self._urgent = urgent
        self._early = ""
        self._talk = talk
        self._state = State.PROMPTING
        self._playback = self._hearing = self._timer = 0
        self._voice_at = 0.0
        self._table = self._transitions()

    def _transitions(self) -> dict[tuple[State, type[events.Event]], Callable[..., None]]:
        prompting, waiting, speaking, keying = State.PROMPTING, State.WAITING, State.SPEAKING, State.KEYING
        return {
            (prompting, events.KeyPressed): self._key_during_prompt,
            (prompting, events.Played): self._prompt_over,
            (prompting, events.VoiceBegan): self._voice_during_prompt,
            (prompting, events.WordsHeard): self._words,
            (waiting, events.KeyPressed): self._key,
            (waiting, events.VoiceBegan): self._voice,
            (waiting, events.WordsHeard): self._words,
            (waiting, events.SilenceHeard): self._silence,
            (waiting, events.TimedOut): self._silence,
            (speaking, events.KeyPressed): self._key,
            (speaking, events.WordsHeard): self._words,
            (speaking, events.SilenceHeard): self._silence,
            (speaking, events.TimedOut): self._endless_voice,
            (keying, events.KeyPressed): self._key,
            (keying, events.TimedOut): self._pause_between_keys,
        }

    def begin(self) -> None:
        """Play the question, unless keys were typed ahead."""
        if self._talk.ahead:
            while self._talk.ahead and self.answer is None:
                pressed = self._talk.ahead.popleft()
                self._key(pressed)
            if self.answer is not None or self.typed:
                return
        if self._ask.question is not None:
            self._hearing = self._talk.number()
            self._talk.do(Listen(hearing=self._hearing, question=self._ask.question))
        if not self._ask.items:
            self._await_answer()
            return
        self._playback = self._talk.number()
        self._talk.do(Play(playback=self._playback, items=self._ask.items))

    def feed(self, event: events.Event) -> None:
        """Take one event; those of other questions, playbacks and timers are stale and ignored."""
        if self._is_stale(event):
            return
        handle = self._table.get((self._state, type(event)))
        if handle is not None:
            handle(event)

    def abandon(self, at: float) -> Said | None:
        """Stop asking; return what the caller was saying up to ``at``."""
        said = self._words_until(at) if self._state is State.SPEAKING else None
        self._settle()
        return said

    # --- transitions ---------------------------------------------------------------------------

    def _key_during_prompt(self, event: events.KeyPressed) -> None:
        if self._ask.barge_in:
            self._key(event)
            return
        self._early += event.key
        pressed = next((key for key in self._urgent if self._early.endswith(key)), None)
        if pressed is not None:
            self._finish(Keys(pressed))

    def _prompt_over(self, event: events.Played) -> None:
        self._await_answer()

    def _voice_during_prompt(self, event: events.VoiceBegan) -> None:
        if self._ask.barge_in:
            self._voice(event)

    def _voice(self, event: events.VoiceBegan) -> None:
        self._hush()
        self._voice_at = max(event.at - VOICE_LEAD, 0.0)
        longest = self._ask.question.longest if self._ask.question else 0.0
        self._restart_timer(longest + SPEECH_SLACK)
        self._state = State.SPEAKING

    def _words(self, event: events.WordsHeard) -> None:
        self._hearing = 0
        self._finish(Said(event.text, event.score, event.started, event.ended))

    def _silence(self, event: events.Event) -> None:
        if isinstance(event, events.SilenceHeard):
            self._hearing = 0
        self._finish(Silence())

    def _key(self, event: events.KeyPressed) -> None:
        if self._ask.finish and event.key == self._ask.finish and not self.typed:
            self._end_of_words(event)
            return
        verdict = judge(self._ask.pad, self.typed + event.key)
        if verdict is Verdict.WRONG and self._ask.finish:
            self.typed = ""
            return
        if self._state is State.SPEAKING:
            self.cut_off = self._words_until(event.at)
        self._hush()
        self._stop_listening()
        self.typed += event.key
        if verdict is Verdict.MORE:
            self._restart_timer(self._ask.interdigit)
            self._state = State.KEYING
        else:
            self._conclude(verdict)

    def _endless_voice(self, event: events.TimedOut) -> None:
        """The ears never said that the voice stopped: what was said until now is the answer."""
        longest = self._ask.question.longest if self._ask.question else 0.0
        self._finish(self._words_until(self._voice_at + longest))

    def _end_of_words(self, event: events.KeyPressed) -> None:
        if self._state is State.SPEAKING:
            self._finish(self._words_until(event.at))
        else:
            self._finish(Silence())

    def _words_until(self, at: float) -> Said:
        return Said("", 0.0, self._voice_at, max(at, self._voice_at))

    def _pause_between_keys(self, event: events.TimedOut) -> None:
        self._conclude(judge(self._ask.pad, self.typed, ended=True))

    def _conclude(self, verdict: Verdict) -> None:
        if verdict is Verdict.DONE:
            self._talk.swallow = "#" if by_length(self._ask.pad, self.typed) else ""
            self._finish(Keys(entry(self._ask.pad, self.typed)))
        else:
            self._talk.ahead.clear()
            self._finish(Wrong())

    # --- commands ------------------------------------------------------------------------------

    def _is_stale(self, event: events.Event) -> bool:
        match event:
            case events.Played(playback=number):
                return number != self._playback
            case events.VoiceBegan(hearing=number) | events.WordsHeard(hearing=number):
                return number != self._hearing
            case events.SilenceHeard(hearing=number):
                return number != self._hearing
            case events.TimedOut(timer=number):
                return number != self._timer
            case _:
                return False

    def _await_answer(self) -> None:
        self._playback = 0
        self._state = State.WAITING
        if self._hearing:
            self._talk.do(Expect(hearing=self._hearing))
        self._restart_timer(self._ask.timeout)

    def _hush(self) -> None:
        if self._playback:
            self._talk.do(Hush())
            self._playback = 0

    def _stop_listening(self) -> None:
        if self._hearing:
            self._talk.do(StopListening(hearing=self._hearing))
            self._hearing = 0

    def _restart_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self._talk.number()
        self._talk.do(StartTimer(timer=self._timer, seconds=seconds))

    def _stop_timer(self) -> None:
        if self._timer:
            self._talk.do(StopTimer(timer=self._timer))
            self._timer = 0

    def _settle(self) -> None:
        self._hush()
        self._stop_listening()
        self._stop_timer()
        self._state = State.DONE

    def _finish(self, answer: Answer) -> None:
        self._settle()
        self.answer = answer
