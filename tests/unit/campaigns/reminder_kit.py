"""Bills, tickets and the dispatcher's desk for campaigns that are about something; everything commits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hotline.call.ports import DutyContact, Place
from hotline.call.ports.fees import room_subject
from hotline.campaigns import repository, service
from hotline.campaigns.calls import SurveyCalls
from hotline.campaigns.listing import Listed
from hotline.campaigns.notices import NoticeCalls
from hotline.campaigns.reminders import ReminderCalls
from hotline.campaigns.states import CampaignKind
from hotline.campaigns.tasks import Tasks
from hotline.campaigns.watch import CampaignWatch
from hotline.db.outbox import OutboxEvent
from hotline.fees.reminders import FeeReminders
from hotline.outbound.desk import Desk
from hotline.outbound.kinds import Report
from hotline.outbound.models import OutboundCallRow
from hotline.outbound.policy import Outcome, Policy
from hotline.tickets.models import TicketRow
from tests.unit.fees.fees_kit import ROOM, Office

ZONE = ZoneInfo("Asia/Shanghai")
POLICIES = {
    "reminder": Policy(
        name="reminder", pause=86400, spacing={Outcome.BUSY: 3600}, attempts=3, per_day=1, window="decent"
    ),
    "announcement": Policy(name="announcement", pause=3600, attempts=2),
    "survey": Policy(name="survey", attempts=2, pause=86400),
}
WANG, LI = "+8613800001111", "+8613800002222"
OTHER_ROOM = Place("3", "1", "101")


@dataclass
class DecentHours:
    """Open from nine to twenty, Shanghai."""

    def is_open(self, window, at):
        assert window == "decent"
        return 9 <= at.astimezone(ZONE).hour < 20

    def next_opening(self, window, at):
        local = at.astimezone(ZONE).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        while not self.is_open(window, local):
            local += timedelta(hours=1)
        return local

    def on_duty(self, roster, at):
        return (DutyContact("收费员", "8300"),)


@dataclass
class Scene:
    db: object
    clock: object
    office: Office
    tickets: object
    assigned: tuple[str, str] = ("财务", "收费员")
    desk: Desk = field(init=False)

    def __post_init__(self):
        fees = Tasks(self.tickets, lambda estate, at: self.assigned, "fees")
        notices = Tasks(self.tickets, lambda estate, at: self.assigned, "notice")
        self.fees = FeeReminders(self.office.book)
        kinds = {
            CampaignKind.SURVEY.value: SurveyCalls(),
            CampaignKind.REMINDER.value: ReminderCalls(self.fees, fees),
            CampaignKind.NOTICE.value: NoticeCalls(notices),
        }
        self.desk = Desk(
            owner="one", kinds=kinds, policies=lambda: POLICIES, duty={"default": DecentHours()},
            zones={"default": ZONE}, alone=True,
        )  # fmt: skip
        self.watch = CampaignWatch(self.db, self.clock)

    def do(self, fn):
        with self.db.transaction() as session:
            return fn(session)

    def create(self, kind=CampaignKind.REMINDER, name="催费", **facts):
        word = {"reminder": "reminder", "announcement": "announcement"}.get(kind.value, "survey")
        self.do(
            lambda s: repository.create(
                s, estate="default", name=name, flow=word, policy=word, created_by="lin",
                now=self.clock.now(), kind=kind, **facts,
            ).id
        )  # fmt: skip

    def listed(self, *people, name="催费"):
        """``people``: numbers and the room each is called about."""
        rows = [
            Listed(
                number=number, raw=number.removeprefix("+86"), name="王芳", building=place.building,
                unit=place.unit, room=place.room, about=room_subject("default", place) if about else "",
            )
            for number, place, about in people
        ]  # fmt: skip
        return self.do(lambda s: repository.add_people(s, repository.find(s, name), rows))

    def start(self, name="催费"):
        now = self.clock.now()
        return self.do(lambda s: service.start(s, repository.find(s, name), priority=70, now=now, by="lin"))

    def reminding(self, *people):
        self.create()
        self.listed(*(people or [(WANG, ROOM, True)]))
        self.start()

    def claim(self):
        return self.do(lambda s: self.desk.claim(s, self.clock.now(), limit=10))

    def report(self, placing, outcome, leg="leg1", **values):
        said = Report(outcome, values, "", leg, self.clock.now())
        return self.do(lambda s: self.desk.report(s, placing, said, self.clock.now()))

    def settle(self, placing, outcome):
        return self.do(lambda s: self.desk.settle(s, placing, outcome, self.clock.now()))

    def people(self, name="催费"):
        found = self.do(lambda s: list(repository.people(s, repository.find(s, name).id)))
        return [(person.state.value, person.result) for person in found]

    def state(self, name="催费"):
        return self.do(lambda s: repository.find(s, name).state.value)

    def filed(self):
        return self.do(lambda s: list(s.scalars(select(TicketRow).order_by(TicketRow.number))))

    def calls(self):
        return self.do(lambda s: list(s.scalars(select(OutboundCallRow).order_by(OutboundCallRow.subject))))

    def events(self):
        return self.do(lambda s: [event.kind for event in s.scalars(select(OutboxEvent))])
