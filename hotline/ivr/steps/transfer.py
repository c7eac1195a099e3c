"""``transfer``: ring people until one accepts by key, tell them what it is about, connect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from hotline.call.audio import ToneName
from hotline.call.errors import CallGone
from hotline.call.ports import QuestionKind
from hotline.ivr import events
from hotline.ivr.ask import Ask, Interrupted, Said
from hotline.ivr.commands import Afterwards as AskAfterwards
from hotline.ivr.commands import Bridge, Brief, Dismiss, NoteTicket, RingPeople, StopRinging, TakeTicket
from hotline.ivr.commands import Report as ReportOutcome
from hotline.ivr.faults import CallerLeft
from hotline.ivr.intake import WAITED
from hotline.ivr.items import BEEP, Sound, Spoken
from hotline.ivr.keypad import Choices
from hotline.ivr.steps.base import Items, Rounds, Seconds, Section, Step, Turn
from hotline.ivr.steps.filing import Filing, file_ticket
from hotline.ivr.steps.menu import KeyName
from hotline.ivr.steps.refs import FlowRef, RosterRef, StepRef, WrittenSlot

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

TURNS = 3
LOST = "*lost"
"""What came of a turn in which who accepted was gone before the caller was connected."""
EARLY = 0.1
"""Seconds in which an empty roster is known: nobody hears “connecting” when there is nobody."""
GAP = 0.2
"""Seconds between ring-back and the next words; a key may come in it too."""


class Hear(Section):
    """What the caller may say while people are being rung."""

    prompts: Items
    into: WrittenSlot
    longest: Seconds = 20.0
    timeout: Seconds = 4.0
    heard: Items = ()
    """Said afterwards."""


class Afterwards(Section):
    """A flow said to the person connected, with all slots of this call and ``who`` (their name)."""

    flow: FlowRef
    key: KeyName = "#"
    """Pressed by that person while connected: the caller goes on to ``next``."""


class Transfer(Step):
    """Ring a roster one after another; nobody is connected without pressing the accepting key."""

    step: Literal["transfer"] = "transfer"
    roster: RosterRef
    optional: bool = False
    """A roster that is not configured counts as nobody there."""
    prompts: Items = ()
    """Said to the caller while the first person is already rung."""
    hear: Hear | None = None
    comfort: Rounds = ()
    comfort_every: Seconds = 15.0
    """Seconds of ring-back (or music) between comforting words."""
    tone: Literal["ringback", "music"] = "ringback"
    """What the caller hears in between."""
    ring: Annotated[float, Field(ge=5, le=120)] = 20.0
    """Seconds each person is rung."""
    rounds: int = Field(1, ge=1, le=100)
    """How often the whole roster is rung before it counts as nobody."""
    pause: Annotated[float, Field(ge=0, le=600)] = 10.0
    """Seconds between two rounds."""
    whisper: Items = ()
    """What the person rung is told."""
    question: Items = ()
    """Then: which key accepts (1), declines (2), repeats (9)."""
    accepted: Items = ()
    """Said to the person who accepted."""
    declined: Items = ()
    """Said to a person who declined."""
    caller_gone: Items = ()
    """Said to the person who accepted when the caller has hung up meanwhile."""
    connected: Items = ()
    """Said to the caller before the two are connected."""
    keep_on: bool = False
    """Go on ringing after the caller hung up: somebody has to take the matter."""
    acknowledge: bool = False
    """Note on the call's ticket who took it, or that nobody did."""
    accept: bool = False
    """The call's ticket is accepted 签领 in the name of who took the call."""
    afterwards: Afterwards | None = None
    """What who took the call is asked when the caller is gone: an instruction, for instance."""
    register_as: Filing | None = Field(None, alias="register")
    """Ticket to file when somebody accepts."""
    reported: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    """Flows: what is reported when somebody accepts, before the two are connected."""
    next: StepRef
    """When the other side has hung up and the caller is still there."""
    nobody: StepRef

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ring, comfort, connect; who vanishes between accepting and being connected is replaced."""
        for _ in range(TURNS if self.keep_on else 1):
            following = yield from self._once(talk)
            if following != LOST:
                return following
        return self.nobody

    def _once(self, talk: Talk) -> Turn[str | None]:
        ring = talk.number()
        talk.do(self._ring_command(talk, ring))
        result: events.Result | None = None
        try:
            result = yield from self._ring_on(talk, ring)
        finally:
            if result is None:
                talk.do(StopRinging(request=ring))
        self._note_outcome(talk, result)
        if not isinstance(result, events.Found):
            return self.nobody
        return (yield from self._connect(talk, ring, result))

    # --- ringing -------------------------------------------------------------------------------

    def _ring_command(self, talk: Talk, ring: int) -> RingPeople:
        return RingPeople(
            request=ring,
            patience=float("inf"),
            roster=self.roster,
            purpose=self.roster,
            ring_seconds=self.ring,
            rounds=self.rounds,
            pause_seconds=self.pause,
            whisper=talk.spoken(self.whisper),
            question=talk.spoken(self.question),
            accepted=talk.spoken(self.accepted),
            declined=talk.spoken(self.declined),
            optional=self.optional,
        )

    def _ring_on(self, talk: Talk, ring: int) -> Turn[events.Result]:
        try:
            return (yield from self._until_somebody(talk, ring))
        except CallerLeft:
            if not self.keep_on:
                raise
        if self.hear is not None and self.hear.into in talk.slots.given:
            self._pass_on(talk, ring)
        return (yield from talk.result_of(ring))

    def _until_somebody(self, talk: Talk, ring: int) -> Turn[events.Result]:
        early = yield from talk.result_soon(ring, EARLY)
        if early is not None:
            return early
        items = talk.spoken(self.prompts)
        if self.hear is not None:
            heard = yield from self._hear(talk, ring, items, self.hear)
            if heard is not None:
                return heard
            items = talk.spoken(self.hear.heard) if talk.slots.get(self.hear.into) else ()
        talk.fill(WAITED, "yes", by_caller=False)
        turn = 0
        while True:
            between = Sound(ToneName(self.tone), self.comfort_every)
            answer = yield from talk.ask(self._wait(talk, (*items, between)), until=ring)
            if isinstance(answer, Interrupted):
                return answer.result
            items = talk.spoken(self.comfort[min(turn, len(self.comfort) - 1)]) if self.comfort else ()
            turn += 1

    def _wait(self, talk: Talk, items: tuple[Spoken, ...]) -> Ask:
        # "finish" makes keys that fit nothing harmless: only the emergency's keys count here
        return Ask(
            items=items,
            pad=_emergency_only(talk),
            timeout=GAP,
            interdigit=talk.menu.defaults.choice_interdigit,
            finish="#",
        )

    def _hear(
        self, talk: Talk, ring: int, items: tuple[Spoken, ...], hear: Hear
    ) -> Turn[events.Result | None]:
        ask = Ask(
            items=(*items, *talk.spoken(hear.prompts), BEEP),
            pad=_emergency_only(talk),
            timeout=hear.timeout,
            interdigit=talk.menu.defaults.choice_interdigit,
            question=talk.question(QuestionKind.FREE, timeout=hear.timeout, longest=hear.longest),
            finish="#",
        )
        answer = yield from talk.ask(ask, into=hear.into, until=ring)
        said = answer.said if isinstance(answer, Interrupted) else answer
        if isinstance(said, Said):
            talk.keep_words(hear.into, said)
            self._pass_on(talk, ring)
        return answer.result if isinstance(answer, Interrupted) else None

    def _pass_on(self, talk: Talk, ring: int) -> None:
        """Let the next person rung hear what was just said, and the ticket know it."""
        talk.do(Brief(request=ring, whisper=talk.spoken(self.whisper)))
        if not (talk.ticket and self.acknowledge and self.hear):
            return
        span = talk.slots.span(self.hear.into)
        where = f"{span.recording} {span.start:.1f}-{span.end:.1f} s" if span else ""
        detail = f"{where} {talk.slots.text('description')}".strip()
        talk.do(NoteTicket(number=talk.ticket, event="words", detail=detail))
        talk.filed(talk.ticket)

    # --- somebody there, or nobody -------------------------------------------------------------

    def _note_outcome(self, talk: Talk, result: events.Result) -> None:
        if not (self.acknowledge and talk.ticket):
            return
        if isinstance(result, events.Found) and isinstance(result.value, events.Acceptance):
            talk.do(NoteTicket(number=talk.ticket, event="acknowledged", detail=result.value.name))
            if self.accept:
                talk.do(TakeTicket(number=talk.ticket, who=result.value.name))
        else:
            talk.do(NoteTicket(number=talk.ticket, event="unacknowledged", detail="nobody took it"))

    def _connect(self, talk: Talk, ring: int, result: events.Result) -> Turn[str | None]:
        over: events.Result | None = None
        try:
            if talk.gone:
                return None
            yield from self._register(talk, result)
            yield from self._report(talk)
            yield from talk.say(talk.spoken(self.connected), barge_in=False)
            if not talk.gone:
                over = yield from self._bridge(talk, ring, _name(result))
        finally:
            if over is None or _caller_was_gone(over):
                # nobody there any more to be dismissed, if they had been connected
                talk.do(Dismiss(ringing=ring, items=talk.spoken(self.caller_gone)))
        if over is None or _caller_was_gone(over):
            return None
        return self.next if isinstance(over, events.Found) else LOST

    def _report(self, talk: Talk) -> Turn[None]:
        """Whoever talked to a human hangs up then: it is reported before. A failure costs no bridge."""
        if self.reported is not None and talk.menu.flow is not None:
            yield from talk.request(ReportOutcome(request=talk.number(), outcome=self.reported, values=()))

    def _bridge(self, talk: Talk, ring: int, who: str) -> Turn[events.Result]:
        before, talk.bridged = talk.outcome, True
        if not talk.in_emergency:
            talk.outcome = "transferred"
        bridge = Bridge(
            request=talk.number(),
            ringing=ring,
            patience=float("inf"),
            afterwards=self._asked_afterwards(talk, who),
        )
        over = yield from talk.request(bridge)
        talk.bridged = False
        talk.ahead.clear()
        if not isinstance(over, events.Found):
            talk.outcome = before
        return over

    def _asked_afterwards(self, talk: Talk, who: str) -> AskAfterwards | None:
        if self.afterwards is None:
            return None
        given = {name: value for name, value in talk.slots.values.items() if value}
        return AskAfterwards(
            flow=self.afterwards.flow, given=(*given.items(), ("who", who)), key=self.afterwards.key
        )

    def _register(self, talk: Talk, result: events.Result) -> Turn[None]:
        name = _name(result)
        if self.register_as is not None:
            yield from file_ticket(talk, self.register_as.model_copy(update={"note": f"connected to {name}"}))
        elif talk.worth_a_call_back:
            handed = Filing(complete=False, note=f"handed to {name}")
            yield from file_ticket(talk, handed)


def _emergency_only(talk: Talk) -> Choices:
    """Whoever presses 0 while a human is rung does not begin the ringing anew."""
    return Choices(frozenset() if talk.in_emergency else frozenset(talk.menu.emergency.keys))


def _caller_was_gone(over: events.Result) -> bool:
    return isinstance(over, events.Failed) and over.code == CallGone.code


def _name(result: events.Result) -> str:
    """Return who accepted."""
    match result:
        case events.Found(value=events.Acceptance(name=name)):
            return name
        case _:
            return ""
