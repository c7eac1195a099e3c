"""What the calls process is made of, besides the telephone itself; the slices meet here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hotline.accounts.rooms import RoomPins
from hotline.accounts.service import Staff
from hotline.app.bills import open_fees
from hotline.app.desk import open_duty, open_policy, open_tickets
from hotline.app.enquiries import open_enquiries
from hotline.app.house import House
from hotline.app.menus import Names, names_needed, open_flows, open_menus
from hotline.app.outside import Outside, open_outside
from hotline.app.wakeups import Wakeups, open_wakeups
from hotline.call.clock import Clock
from hotline.callrecords.service import CallRecords
from hotline.db.engine import Database
from hotline.duty.fresh import keep_fresh
from hotline.duty.service import DutyBook
from hotline.enquiries.service import Enquiries
from hotline.fees.service import FeesBook
from hotline.home import Home, shipped
from hotline.ivr.loader import FLOWS, flow_files
from hotline.ivr.store import MenuStore
from hotline.language import numbers
from hotline.messages.service import Messages
from hotline.operators.config import OperatorBook
from hotline.outbound.policies import PolicyBook
from hotline.residents.service import Residents
from hotline.settings import Estate, Settings
from hotline.speech.grammar.place import PlaceBlock
from hotline.speech.live import LiveEars
from hotline.speech.voices.book import PromptFolder
from hotline.tickets.service import Tickets

PLACES_EVERY = 10.0
"""Seconds between looks at the room lists: an import shows in the grammars this soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """One of each."""

    home: Home
    settings: Settings
    clock: Clock
    process: str
    """Unique id of this run of the calls process."""
    db: Database
    records: CallRecords
    tickets: Tickets
    residents: Residents
    duty: dict[str, DutyBook]
    """By estate: an estate's hours are in its own time zone."""
    prompts: PromptFolder
    ears: LiveEars
    menus: MenuStore
    flows: MenuStore
    """What is said on calls the machine places, and to people whose caller is gone."""
    staff: Staff
    policies: PolicyBook
    """How often and when calls are placed."""
    wakeups: Wakeups
    fees: FeesBook
    door: RoomPins
    operators: OperatorBook
    """Operators and queues as the file says."""
    enquiries: Enquiries
    messages: Messages
    outside: Outside

    def normalise(self, number: str) -> str:
        """Return a raw number as it is stored; empty when it is none."""
        sip = self.settings.sip
        return numbers.normalise(number, country=sip.country, area_code=sip.area_code)

    @property
    def music(self) -> Path | None:
        """The administrator's music on hold, ``HOME/prompts/music.wav``."""
        own = self.home.prompts / "music.wav"
        return own if own.is_file() else None

    def estate_duty(self, estate: Estate) -> DutyBook:
        """The duty book of ``estate``."""
        return self.duty[estate.id]

    async def keep_duty(self) -> None:
        """Keep the changes of the roster fresh until cancelled."""
        await keep_fresh(self.duty, self.db, self.clock)

    async def keep_places(self) -> None:
        """Keep the room lists of the grammars fresh until cancelled."""
        while True:
            await self.residents.refresh_places([estate.id for estate in self.settings.estates])
            await self.clock.sleep(PLACES_EVERY)

    async def close(self) -> None:
        """Commit what is queued, end the recognition workers, close the database."""
        await self.ears.close()
        await self.records.close()
        self.db.close()


class Addresses:
    """The room lists as the recogniser's grammars want them."""

    def __init__(self, residents: Residents) -> None:
        """Ask ``residents``, which keeps them in memory."""
        self._residents = residents

    def places(self, estate: str) -> list[PlaceBlock]:
        """Return the estate's staircases."""
        return [PlaceBlock(s.building, s.unit, s.rooms) for s in self._residents.places(estate)]


def build_parts(
    home: Home, settings: Settings, clock: Clock, *, process: str, last_good: Path | None = None
) -> Parts:
    """Make the parts; opens no port and starts no process.

    ``last_good``: the folder with copies of the menus, flows and duty files in service.

    Raises :class:`~hotline.call.errors.InvalidInput` when a menu, flow or duty file does not hold.
    """
    normalise = partial(numbers.normalise, country=settings.sip.country, area_code=settings.sip.area_code)
    db = Database(settings.database or home.database_url, clock=clock)
    residents = Residents(db, normalise=normalise)
    duty = open_duty(home, settings, last_good=last_good and last_good / "duty")
    limits = open_policy(home, duty, last_good=last_good and last_good / "sla")
    prompts = PromptFolder(home.prompts, shipped("prompts"))
    operators = OperatorBook(home.config, last_good=last_good and last_good / "operators")
    names = Names(duty, lambda: frozenset(operators.in_service().queues))
    menus = open_menus(home, prompts, names, clock, last_good=last_good and last_good / "menus")
    flows = open_flows(home, prompts, names, clock, last_good=last_good and last_good / "menus")
    for book in duty.values():
        book.needed = partial(names_needed, menus, flows)
    policies = PolicyBook(
        home.config,
        last_good=last_good and last_good / "outbound",
        flows=partial(flow_files, home.config / "menus"),
        flows_in=home.config / "menus" / FLOWS,
    )
    wakeups = open_wakeups(
        home, settings, db, clock, duty,
        policies=lambda: policies.in_service().named, last_good=last_good and last_good / "wakeup",
    )  # fmt: skip
    return Parts(
        home=home,
        settings=settings,
        clock=clock,
        process=process,
        db=db,
        records=CallRecords(
            db, clock=clock, process=process, recordings=home.recordings, normalise=normalise
        ),
        tickets=open_tickets(settings, db, clock, duty, limits),
        residents=residents,
        duty=duty,
        prompts=prompts,
        ears=LiveEars(settings.speech, settings.speech.models or home.models, Addresses(residents), clock),
        menus=menus,
        flows=flows,
        staff=Staff(db, clock=clock),
        policies=policies,
        wakeups=wakeups,
        fees=open_fees(home, settings, db, clock, last_good=last_good and last_good / "fees"),
        door=RoomPins(db, clock=clock),
        operators=operators,
        enquiries=open_enquiries(home, settings, duty, last_good=last_good and last_good / "enquiries"),
        messages=Messages(db, clock=clock, house=House(duty)),
        outside=open_outside(home, settings, db, clock, duty, last_good=last_good and last_good / "outside"),
    )
