"""An interpreter and what is outstanding around it: what may happen next, in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st
from ivr_kit import RESIDENT, shipped_menu

from hotline.call.ports import (
    OperatorSummary,
    Place,
    Presence,
    QueuePlace,
    Served,
    ServeEnd,
    StaffMember,
    StaffRole,
    Taken,
    TicketKind,
    TicketSummary,
    Urgency,
)
from hotline.ivr import commands, events
from hotline.ivr.intake import CallFacts
from hotline.ivr.interpreter import Interpreter
from hotline.ivr.model import Menu

TICKET = TicketSummary(
    number="202611230001",
    kind=TicketKind.REPAIR,
    urgency=Urgency.ORDINARY,
    state="registered",
    place=Place("3", "2", "602"),
    opened_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
    due_at=None,
    assignee="",
    complete=True,
)
STAFF = [
    StaffMember(number="12", name="张师傅", telephone="", roles=frozenset({role}))
    for role in (StaffRole.TECHNICIAN, StaffRole.SUPERVISOR, StaffRole.MANAGER)
]
OPERATOR = OperatorSummary(
    number="12", name="张师傅", estate="default", presence=Presence.READY, since=None, line="8123"
)
SERVED = [
    Served(end=ServeEnd.TALKED, operator="801"),
    Served(end=ServeEnd.SENT, operator="801", step="fees"),
    Served(end=ServeEnd.SENT, operator="801", step="emergency"),
    Served(end=ServeEnd.SENT, operator="801", step="nowhere"),
    Served(end=ServeEnd.NOBODY),
]
NEWS = [QueuePlace(3, 200.0), QueuePlace(1, None), QueuePlace(2, 9000.0), Taken("801"), Taken("802")]
WORDS = [
    "报修",
    "三号楼二单元六零二",
    "是的",
    "不对",
    "13700137000",
    "电梯困人",
    "嗯",
    "",
    "五",
    "help me",
    "yes",
]


class World:
    """What is outstanding between the interpreter and a session that performs its commands."""

    def __init__(self, facts: CallFacts, menu: Menu | None = None) -> None:
        self.machine = Interpreter(menu or shipped_menu(), facts)
        self.playbacks: list[int] = []
        self.hearings: list[int] = []
        self.timers: dict[int, float] = {}
        self.requests: dict[int, commands.Request] = {}
        self.no_duplicates = False
        """Answer at once that the room has no ticket yet."""
        self.issued: list[commands.Command] = []
        self.gone = False
        self.feed(events.Started())

    def feed(self, event: events.Event) -> list[commands.Command]:
        issued = self.machine.feed(event)
        for command in issued:
            self._note(command)
        self.issued += issued
        queue = self.machine.talk.queue
        if queue is not None and queue.taken and not queue.over:
            assert not any(isinstance(one, commands.Play) for one in issued), "said into a talk"
        asked = [one for one in self.requests.values() if isinstance(one, commands.FindDuplicate)]
        if self.no_duplicates and asked:
            del self.requests[asked[0].request]
            issued = [*issued, *self.feed(events.Nothing(request=asked[0].request))]
        return issued

    def _note(self, command: commands.Command) -> None:
        match command:
            case commands.Play(playback=number):
                self.playbacks.append(number)
            case commands.Hush():
                self.playbacks.clear()
            case commands.Listen(hearing=number):
                self.hearings.append(number)
            case commands.StopListening(hearing=number):
                if number in self.hearings:
                    self.hearings.remove(number)
            case commands.StartTimer(timer=number, seconds=seconds):
                assert seconds > 0
                self.timers[number] = seconds
            case commands.StopTimer(timer=number):
                self.timers.pop(number, None)
            case commands.StopRinging(request=number) | commands.LeaveQueue(queue=number):
                self.requests.pop(number, None)
            case commands.Request():
                self.requests[command.request] = command

    def no_operator(self) -> None:
        """Nobody is signed in: whoever waits for an operator is told at once."""
        for one in [one for one in self.requests.values() if isinstance(one, commands.EnterQueue)]:
            del self.requests[one.request]
            self.feed(events.Nothing(request=one.request))

    def waits(self) -> bool:
        """True when something outside will certainly feed another event."""
        limit = self.machine._limit
        own_timers = [timer for timer in self.timers if timer != limit]
        if self.gone:
            return bool(self.requests)
        return bool(self.playbacks or own_timers or self.requests)

    def result(self, request: commands.Request, kind: int) -> events.Event:
        del self.requests[request.request]
        number = request.request
        value: object = None
        match request:
            case commands.ListCases():
                value = (TICKET.number, "202611200001")
            case commands.EnterStaff():
                value = STAFF[kind % len(STAFF)]
            case commands.FindTicket() | commands.FindDuplicate() | commands.Act() | commands.AddTo():
                value = TICKET
            case commands.OpenTicket():
                value = TICKET
            case commands.AskHours():
                value = events.Hours(kind % 2 == 0, TICKET.opened_at)
            case commands.RingPeople():
                value = events.Acceptance("8001")
            case commands.EnterQueue():
                value = SERVED[kind // 5 % len(SERVED)]
            case commands.AskPresence() | commands.SetPresence():
                value = OPERATOR
        return [
            events.Found(request=number, value=value),  # type: ignore[arg-type]
            events.Nothing(request=number),
            events.Failed(request=number, code="environment"),
            events.Late(request=number),
            events.Refused(request=number, code="staff-locked"),
        ][kind % 5]


def happen(world: World, choice: int, detail: int) -> None:  # noqa: C901 -- a list of happenings
    """Let one possible thing happen; ``choice`` and ``detail`` pick which."""
    at = float(detail % 100)
    match choice:
        case 0 | 1 | 2 if not world.gone:
            world.feed(events.KeyPressed(key="0123456789*#"[detail % 12], at=at))
        case 3 if world.playbacks:
            playback = world.playbacks.pop(0)
            world.feed(events.Played(playback=playback, completed=True))
        case 4 if world.timers:
            timer = list(world.timers)[detail % len(world.timers)]
            del world.timers[timer]
            world.feed(events.TimedOut(timer=timer))
        case 5 if world.hearings:
            world.feed(events.VoiceBegan(hearing=world.hearings[-1], at=at))
        case 6 if world.hearings:
            hearing = world.hearings.pop()
            text, score = WORDS[detail % len(WORDS)], (detail % 11) / 10
            world.feed(events.WordsHeard(hearing=hearing, text=text, score=score, started=at, ended=at + 1))
        case 7 if world.hearings:
            world.feed(events.SilenceHeard(hearing=world.hearings.pop()))
        case 8 | 9 if world.requests:
            request = list(world.requests.values())[detail % len(world.requests)]
            world.feed(world.result(request, detail))
        case 10 if detail % 40 == 0:
            world.feed(events.CallerGone(at=at))
            world.gone = True
            world.playbacks.clear()
            world.hearings.clear()
        case 11 if detail % 40 == 0:
            world.feed(events.Broken(code="x"))
        case 13:
            for request in [one for one in world.requests.values() if isinstance(one, commands.EnterQueue)]:
                news = NEWS[detail % len(NEWS)]
                world.feed(events.QueueTold(request=request.request, news=news, at=at))
        case 12:
            # news of things long over
            world.feed(events.Played(playback=detail, completed=False))
            world.feed(events.Nothing(request=10_000 + detail))
            world.feed(events.QueueTold(request=10_000 + detail, news=NEWS[detail % len(NEWS)]))


FACTS = st.builds(
    CallFacts,
    leg=st.just("c" * 32),
    estate=st.just("default"),
    language=st.sampled_from(["zh", "en"]),
    number=st.sampled_from(["", "13900139000"]),
    known=st.sampled_from([None, RESIDENT]),
    late=st.booleans(),
    recording=st.booleans(),
    emergency=st.sampled_from([False, False, False, True]),
    understood=st.sampled_from([frozenset(), frozenset({"zh", "en"})]),
)
HAPPENINGS = st.lists(st.tuples(st.integers(0, 13), st.integers(0, 400)), max_size=120)


def at_main_menu(*, menu: Menu | None = None, **facts: object) -> World:
    known = CallFacts(leg="c" * 32, estate="default", language="zh", number="13900139000", **facts)  # type: ignore[arg-type]
    world = World(known, menu)
    world.no_duplicates = True
    while world.machine.step != "main":
        world.feed(events.Played(playback=world.playbacks.pop(), completed=True))
    return world
