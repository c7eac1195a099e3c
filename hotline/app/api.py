"""What the web process's API works with: slices opened as the calls process opens them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline.accounts.sessions import Sessions
from hotline.accounts.tokens import Tokens
from hotline.app.bills import BilledRooms, open_fees
from hotline.app.callees import owners
from hotline.app.campaigning import Campaigning
from hotline.app.desk import open_duty, open_policy, open_tickets
from hotline.app.enquiries import open_enquiries
from hotline.app.house import House
from hotline.app.housekeeping import HouseKeeper
from hotline.app.livefeed import ask, command, follow
from hotline.app.menubook import MenuTable
from hotline.app.notifying import open_book, open_composer
from hotline.app.outside import open_outside
from hotline.app.promptdesk import PromptShelf
from hotline.app.quality import open_quality
from hotline.app.reports import open_reports
from hotline.app.shiftfacts import OpenWork
from hotline.app.wakeups import DirectoryRooms, open_wakeups
from hotline.call.clock import Clock
from hotline.db.engine import Database
from hotline.duty.handover import Handovers
from hotline.home import Home
from hotline.notifications.sealing import Seal
from hotline.outbound.policies import PolicyBook
from hotline.residents.stays import Stays
from hotline.settings import Settings
from hotline.web.api.parts import ApiParts, EstateFacts
from hotline.web.console.livefigures import LiveFigures
from hotline.web.console.livehub import LiveHub
from hotline.web.eventstreams import EventStreams
from hotline.web.registerspan import SHIFT_LASTS


class CallsSocket:
    """The calls process as the web process reaches it (:class:`~hotline.web.api.parts.Calls`)."""

    def __init__(self, run: Path) -> None:
        """Use the socket in ``run``."""
        self._run = run

    async def status(self) -> dict[str, Any] | None:
        """Return what ``hotline status`` says; ``None`` when it does not answer."""
        found = await ask(self._run, "status")
        if found is not None:
            found.pop("type", None)
        return found

    async def command(self, name: str, words: dict[str, Any]) -> dict[str, Any]:
        """Have something done; raises :class:`HotlineError` when it is refused."""
        return await command(self._run, name, words)

    def follow(self) -> AsyncIterator[dict[str, Any]]:
        """Yield live events until the process goes."""
        return follow(self._run)

    def watch(self) -> AsyncIterator[dict[str, Any]]:
        """As :meth:`follow`, with one event ``live`` that says how things stand."""
        return follow(self._run, asking="live")


def open_api(home: Home, settings: Settings, db: Database, clock: Clock) -> ApiParts:
    """Open the slices of all estates; reads files, so not on an event loop.

    What was in service before counts while a file does not hold. Raises
    :class:`~hotline.call.errors.InvalidInput` when neither does.
    """
    duty = open_duty(home, settings, last_good=home.in_service / "duty")
    calls = CallsSocket(home.run)
    hub = LiveHub(calls.watch, clock)
    figures = LiveFigures(db, clock, settings, calls.status)
    figures.begin(hub)
    events = EventStreams(db, clock)
    hub.also(events.live)
    policies = PolicyBook(home.config, last_good=home.in_service / "outbound")
    wakeups = open_wakeups(
        home, settings, db, clock, duty,
        policies=lambda: policies.in_service().named, last_good=home.in_service / "wakeup",
    )  # fmt: skip
    enquiries = open_enquiries(home, settings, duty, last_good=home.in_service / "enquiries")
    return ApiParts(
        home=home,
        settings=settings,
        calls=calls,
        hub=hub,
        figures=figures,
        db=db,
        clock=clock,
        tokens=Tokens(db, clock=clock),
        sessions=Sessions(db, clock=clock),
        estates={
            one.id: EstateFacts(one.id, one.name, ZoneInfo(one.timezone), one.language)
            for one in settings.estates
        },
        book=wakeups.book,
        schedule=wakeups.schedule,
        rooms=DirectoryRooms(),
        stays=Stays((wakeups.book,)),
        fees=open_fees(home, settings, db, clock, last_good=home.in_service / "fees"),
        billed=BilledRooms(db),
        campaigning=Campaigning(home, settings, db),
        owners=owners,
        tickets=open_tickets(
            settings, db, clock, duty, open_policy(home, duty, last_good=home.in_service / "sla")
        ),
        duty=duty,
        handovers=Handovers(db, clock=clock, facts=OpenWork(db, lambda: wakeups.schedule, SHIFT_LASTS)),
        house=House(duty, enquiries),
        enquiries=enquiries,
        outside=open_outside(home, settings, db, clock, duty, last_good=home.in_service / "dialplan").book,
        notifications=open_book(home.config, settings, last_good=home.in_service),
        composer=open_composer(settings),
        events=events,
        seal=Seal(home.keys),
        rules=policies.in_service,
        menus=MenuTable(home, settings, clock),
        prompts=PromptShelf(home, clock),
        reports=open_reports(home, settings),
        quality=open_quality(home, last_good=home.in_service / "quality"),
        keeper=HouseKeeper(home, settings, db),
    )
