"""What the API works with, made by the web process and handed in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts.rights import Holder
from hotline.accounts.sessions import Sessions
from hotline.accounts.tokens import Tokens
from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.call.ports import DutyContact, Place
from hotline.db.engine import Database
from hotline.dialplan.service import OutsideBook
from hotline.duty.handover import Handovers
from hotline.duty.service import DutyBook
from hotline.enquiries.service import Enquiries
from hotline.fees.rooms import Directory as BilledRooms
from hotline.fees.service import FeesBook
from hotline.home import Home
from hotline.language import numbers
from hotline.messages.service import House
from hotline.notifications.book import NotificationBook
from hotline.notifications.composer import Composer
from hotline.notifications.sealing import Seal
from hotline.outbound.policies import OutboundFile
from hotline.quality.service import QualityBook
from hotline.reports.service import Reports
from hotline.residents import names
from hotline.residents.stays import Stays
from hotline.settings import Settings
from hotline.tickets.service import Tickets
from hotline.wakeup.book import WakeupBook
from hotline.wakeup.house import Rooms
from hotline.wakeup.schedule import Schedule
from hotline.web.campaignwork import CampaignWork
from hotline.web.console.livefigures import LiveFigures
from hotline.web.console.livehub import LiveHub
from hotline.web.eventstreams import EventStreams
from hotline.web.housekeeping import Housekeeping
from hotline.web.menudesk import MenuDesk, PromptDesk


class RoomUnknown(HotlineError):
    """A request names a room the estate does not have."""

    code = "room-unknown"


class EstateUnknown(HotlineError):
    """A request names an estate there is none of, or that its token is not for."""

    code = "estate-unknown"


@dataclass(frozen=True, slots=True)
class EstateFacts:
    """An estate as answers need it."""

    id: str
    name: str
    zone: ZoneInfo
    language: str


class Owners(Protocol):
    """Who is asked about a room."""

    def __call__(self, session: Session, estate: str, place: Place) -> Sequence[DutyContact]:
        """Return the people whose yes counts, with every number they have."""
        ...


class Calls(Protocol):
    """The calls process, over its socket (:mod:`hotline.app.livefeed`)."""

    async def status(self) -> dict[str, Any] | None:
        """Return what ``hotline status`` says; ``None`` when it does not answer."""
        ...

    async def command(self, name: str, words: dict[str, Any]) -> dict[str, Any]:
        """Have something done (``operators``); raises :class:`HotlineError` when it is refused."""
        ...

    def follow(self) -> AsyncIterator[dict[str, Any]]:
        """Yield live events; ends, or raises :class:`OSError`, when the process goes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """The slices behind API and console."""

    home: Home
    settings: Settings
    calls: Calls
    hub: LiveHub
    """Calls in progress, queues and operators for pages; the one reader of live events."""
    figures: LiveFigures
    """What is red and how the day goes, for open pages."""

    db: Database
    clock: Clock
    tokens: Tokens
    sessions: Sessions
    estates: Mapping[str, EstateFacts]
    """By id; the first is meant where a request names none."""
    book: WakeupBook
    schedule: Schedule
    rooms: Rooms
    stays: Stays
    fees: FeesBook
    billed: BilledRooms
    """Rooms that lists of bills name."""
    campaigning: CampaignWork
    owners: Owners
    tickets: Tickets
    duty: Mapping[str, DutyBook]
    """By estate."""
    handovers: Handovers
    house: House
    """Rooms and staff as messages ask for them."""
    enquiries: Enquiries
    outside: OutsideBook
    notifications: NotificationBook
    composer: Composer
    events: EventStreams
    seal: Seal
    """Opens the secrets of webhooks."""
    rules: Callable[[], OutboundFile]
    """``outbound.yaml`` as it is in service."""
    menus: MenuDesk
    prompts: PromptDesk
    reports: Reports
    quality: QualityBook
    keeper: Housekeeping

    def estate(self, wanted: str, holder: Holder) -> EstateFacts:
        """Return the estate of a request; raises :class:`EstateUnknown`.

        A token of one estate means that one, and sees no other.
        """
        name = wanted or holder.estate or next(iter(self.estates))
        found = self.estates.get(name)
        if found is None or (holder.estate and holder.estate != name):
            raise EstateUnknown(f'There is no estate "{name}" for this token.')
        return found

    def zone(self, estate: str) -> ZoneInfo:
        """Return the time zone of an estate, of one removed from the settings the first's."""
        found = self.estates.get(estate) or next(iter(self.estates.values()))
        return found.zone

    def normalise(self, raw: str) -> str:
        """Return a number as it is compared and stored; empty for what is none."""
        sip = self.settings.sip
        return numbers.normalise(raw, country=sip.country, area_code=sip.area_code)

    def room(self, session: Session, estate: str, text: str) -> Place:
        """Return a room as the directory writes it; raises :class:`RoomUnknown`."""
        room = self.rooms.room(session, estate, place_of(text))
        if room is None:
            raise RoomUnknown(f'There is no room "{text}" in this estate, or not exactly one.')
        return room.place


def aware(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return an instant; one without an offset is the estate's time."""
    return at.replace(tzinfo=zone) if at is not None and at.tzinfo is None else at


def place_of(text: str) -> Place:
    """Return ``3-2-602``, ``A-1203`` or ``808`` taken apart."""
    return names.whole(text) or Place("", "", names.room(text))


def parts_of(request: Request) -> ApiParts:
    """Return the parts of the application a request came to."""
    parts: ApiParts = request.app.state.parts
    return parts
