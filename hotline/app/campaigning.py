"""Campaigns as people make them: checked before anybody is called, lists from files, bills and directory.

Everything here blocks: it reads files and has transactions of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from hotline.app import callees, campaignchecks
from hotline.call.errors import HotlineError, InvalidInput, Problem
from hotline.campaigns import repository, service
from hotline.campaigns.errors import CampaignRefused
from hotline.campaigns.listing import Listed, read_list
from hotline.campaigns.models import CampaignRow
from hotline.campaigns.notices import TOPICS, Notice
from hotline.campaigns.outlook import Outlook, Owing
from hotline.campaigns.repository import Added
from hotline.campaigns.sampling import sample
from hotline.campaigns.states import CampaignKind
from hotline.db.engine import Database
from hotline.fees.reminders import FeeReminders
from hotline.fees.service import FeesBook
from hotline.home import Home
from hotline.ivr.loader import flow_files
from hotline.language import numbers
from hotline.outbound import policies
from hotline.residents import repository as residents
from hotline.settings import Settings


@dataclass(frozen=True, slots=True)
class Campaigning:
    """Makes campaigns, fills their lists, starts them. See the module."""

    home: Home
    settings: Settings
    db: Database

    # --- what may be chosen ----------------------------------------------------------------------

    def flows(self, kind: CampaignKind) -> list[str]:
        """Return the flows a campaign of a kind can say."""
        policy = next(iter(policies.load(self.home.config).policies))
        return [
            name for name in sorted(flow_files(self.home.config / "menus")) if self._fits(name, policy, kind)
        ]

    def _fits(self, flow: str, policy: str, kind: CampaignKind) -> bool:
        try:
            campaignchecks.must_hold(self, flow=flow, policy=policy, kind=kind)
        except InvalidInput:
            return False
        return True

    def policies(self) -> list[str]:
        """Return how people may be called: names of ``outbound.yaml``."""
        return sorted(policies.load(self.home.config).policies)

    def questions(self, campaign: CampaignRow) -> tuple[str, ...]:
        """Return a survey's questions in their order; none of other kinds."""
        return campaignchecks.questions_of(self, campaign)

    # --- making ----------------------------------------------------------------------------------

    def create(
        self, *, estate: str, name: str, kind: CampaignKind, flow: str, policy: str, by: str,
        begins_at: datetime | None = None, ends_at: datetime | None = None,
    ) -> CampaignRow:  # fmt: skip
        """Make a survey or reminder; raises what stands against it."""
        campaignchecks.must_hold(self, flow=flow, policy=policy, kind=kind)
        with self.db.transaction() as session:
            return repository.create(
                session, estate=estate, name=name, flow=flow, policy=policy, created_by=by,
                now=self.db.clock.now(), begins_at=begins_at, ends_at=ends_at, kind=kind,
            )  # fmt: skip

    def create_notice(
        self, *, estate: str, name: str, notice: Notice, by: str, policy: str, flow: str = "announcement"
    ) -> CampaignRow:
        """Make a notice in recorded words; raises :class:`CampaignRefused` for one that says nothing."""
        if not notice.topic:
            raise CampaignRefused(f"Say what it is about: {', '.join(TOPICS)}.", code="campaign-topic")
        self.check_notice(notice, policy=policy, flow=flow)
        with self.db.transaction() as session:
            return self.file_notice(
                session, estate=estate, name=name, notice=notice, by=by, policy=policy, flow=flow
            )

    def check_notice(self, notice: Notice, *, policy: str, flow: str) -> None:
        """Raise what stands against a notice: words there are none of, times that are over."""
        campaignchecks.must_hold(self, flow=flow, policy=policy, kind=CampaignKind.NOTICE)
        if notice.topic and notice.topic not in TOPICS:
            raise CampaignRefused(
                f'There are no words about "{notice.topic}": {", ".join(TOPICS)}.', code="campaign-topic"
            )
        if notice.begins is not None and notice.ends is not None and notice.ends <= notice.begins:
            raise CampaignRefused("It would end before it begins.", code="campaign-backwards")
        if notice.deadline is not None and notice.deadline <= self.db.clock.now():
            raise CampaignRefused("It is over already: nobody is told of it any more.", code="campaign-past")

    def file_notice(
        self, session: Session, *, estate: str, name: str, notice: Notice, by: str, policy: str, flow: str
    ) -> CampaignRow:
        """Store a notice that was checked."""
        return repository.create(
            session, estate=estate, name=name, flow=flow, policy=policy, created_by=by,
            now=self.db.clock.now(), ends_at=notice.deadline, kind=CampaignKind.NOTICE,
            facts=notice.as_kept(),
        )  # fmt: skip

    # --- lists -----------------------------------------------------------------------------------

    def import_list(self, campaign: int, path: Path) -> tuple[Added, tuple[Problem, ...]]:
        """Put the people of a CSV or XLSX file on the list: all of them or, with a mistake in it, nobody."""
        estate = self._estate_of(campaign)
        found = read_list(path, normalise=self._normalise, language=self._language(estate))
        return self._add(campaign, found.people), found.warnings

    def residents(
        self, campaign: int, *, share: float, kind: str | None, dry_run: bool
    ) -> tuple[int, int, Added]:
        """Put a share of the estate's residents on the list: the same people however often it is asked.

        Returns how many were chosen, of how many, and what became of them.
        """
        with self.db.reading() as session:
            row = repository.get(session, campaign)
            everybody = _everybody(session, row.estate, self._language(row.estate), kind)
            name = row.name
        if not everybody:
            raise HotlineError(
                "No resident of the estate has a telephone number. `hotline residents import` reads them.",
                code="no-residents",
            )
        chosen = sample(everybody, name, share)
        added = Added(0, 0, ()) if dry_run else self._add(campaign, chosen)
        return len(chosen), len(everybody), added

    def neighbours(self, campaign: int, *, building: str = "", unit: str = "", everybody: bool) -> Added:
        """Put everybody of a building, a unit or the estate on the list; each telephone is called once."""
        if not building and not everybody:
            raise CampaignRefused(
                "Say who is told: --building 3, --building 3 --unit 2, or --everybody.", code="campaign-whom"
            )
        with self.db.reading() as session:
            estate = repository.get(session, campaign).estate
            people = callees.neighbours(
                session, estate, building=building, unit=unit, language=self._language(estate)
            )
        if not people:
            raise CampaignRefused(
                "Nobody there has a telephone. `hotline residents import` reads them.", code="no-residents"
            )
        return self._add(campaign, people)

    def unpaid(
        self, campaign: int, book: FeesBook, *, month: str = "", overdue: bool = True, dry_run: bool = False
    ) -> Owing:
        """Put one person on the list for every room that owes something: its owner, else who lives there."""
        with self.db.transaction() as session:
            row = repository.get(session, campaign)
            owing = FeeReminders(book).unpaid(
                session, row.estate, now=self.db.clock.now(), month=month, overdue=overdue,
                other=callees.not_now(session, row.estate, row.id),
            )  # fmt: skip
            payers = callees.payers(
                session, row.estate, owing.debts, normalise=self._normalise,
                language=self._language(row.estate),
            )  # fmt: skip
            people = payers.people
            added = Added(len(people), 0, ()) if dry_run else repository.add_people(session, row, people)
        return Owing(added, payers.unreachable, owing.left_out, len(people))

    # --- calling ---------------------------------------------------------------------------------

    def check(self, campaign: int) -> Outlook:
        """Return what starting would do; raises what stands against it."""
        with self.db.reading() as session:
            row = repository.get(session, campaign)
        return campaignchecks.check(self, row)

    def start(self, campaign: int, *, by: str) -> int:
        """Plan a call for everybody on the list; again: for those listed since. Returns how many.

        Raises whatever :meth:`check` raises: nobody is called then.
        """
        with self.db.reading() as session:
            row = repository.get(session, campaign)
        policy = campaignchecks.must_be_startable(self, row)
        now, planned = self.db.clock.now(), 0
        while True:
            with self.db.transaction() as session:
                fresh = repository.get(session, campaign)
                new = service.start(session, fresh, priority=policy.priority, now=now, by=by)
            planned += new
            if new < service.AT_ONCE:
                return planned

    # --- what is shared --------------------------------------------------------------------------

    def _add(self, campaign: int, people: Sequence[Listed]) -> Added:
        with self.db.transaction() as session:
            return repository.add_people(session, repository.get(session, campaign), people)

    def _estate_of(self, campaign: int) -> str:
        with self.db.reading() as session:
            return repository.get(session, campaign).estate

    def _language(self, estate: str) -> str:
        return next((each.language for each in self.settings.estates if each.id == estate), "zh")

    def _normalise(self, raw: str) -> str:
        sip = self.settings.sip
        return numbers.normalise(raw, country=sip.country, area_code=sip.area_code)


def _everybody(session: Session, estate: str, language: str, kind: str | None) -> list[Listed]:
    """Everybody with a telephone, each telephone once; the first number is the one to call."""
    found: dict[str, Listed] = {}
    for person in residents.residents(session, estate, limit=None):
        if not person.numbers or (kind is not None and person.kind != kind):
            continue
        number, room = person.numbers[0], person.room
        listed = Listed(
            number=number.number, raw=number.raw, name=person.name, building=room.building, unit=room.unit,
            room=room.room, language=language,
        )  # fmt: skip
        found.setdefault(number.number, listed)
    return list(found.values())
