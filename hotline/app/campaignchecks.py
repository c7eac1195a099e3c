"""What must hold before a campaign calls anybody; whom starting it would call and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from hotline.app.menus import KnownPrompts
from hotline.call.errors import InvalidInput, Problem
from hotline.campaigns import repository
from hotline.campaigns.calls import NO_QUESTIONS
from hotline.campaigns.errors import CampaignRefused
from hotline.campaigns.models import CampaignRow
from hotline.campaigns.notices import UNDERSTOOD
from hotline.campaigns.outlook import Outlook
from hotline.campaigns.reminders import IDENTIFIED
from hotline.campaigns.states import CampaignKind, PersonState
from hotline.db.engine import Database
from hotline.duty.service import DutyBook
from hotline.home import Home, shipped, shown
from hotline.ivr.graph import edges, reachable
from hotline.ivr.loader import FLOWS, flow_files, load_menu
from hotline.ivr.model import Menu
from hotline.ivr.steps.base import InputStep, Step
from hotline.ivr.steps.lookup import Lookup
from hotline.ivr.steps.report import Report
from hotline.outbound import policies
from hotline.outbound.policy import Policy, first_attempt, preview
from hotline.settings import Settings
from hotline.speech.voices.book import PromptFolder


class Opened(Protocol):
    """A data folder as it is opened by whoever asks."""

    @property
    def home(self) -> Home:
        """Its files."""
        ...

    @property
    def settings(self) -> Settings:
        """``hotline.yaml``."""
        ...

    @property
    def db(self) -> Database:
        """Its database."""
        ...


_NEEDED = {
    CampaignKind.SURVEY: ("finished", "nobody would ever be through with it"),
    CampaignKind.REMINDER: (IDENTIFIED, "nobody would say who they are before amounts are said"),
    CampaignKind.NOTICE: (UNDERSTOOD, "nobody could say that they understood"),
}
"""The report a flow cannot do without, and why."""


def questionnaire(store: Opened, flow: str) -> Menu:
    """Return a survey's flow; raises :class:`~hotline.call.errors.InvalidInput` also when it asks nothing."""
    menu = flow_of(store, flow)
    if not questions(menu):
        message = (
            "no step reports an answer: a questionnaire needs a report besides finished, not_now and stop"
        )
        raise InvalidInput((_problem(store, flow, message),))
    return menu


def flow_of(store: Opened, flow: str) -> Menu:
    """Return the flow as it would be put in service.

    Raises :class:`~hotline.call.errors.InvalidInput`: it is not there, or does not hold.
    """
    path = _flow_file(store, flow)
    if path is None:
        raise InvalidInput((_no_flow(store, flow),))
    prompts = KnownPrompts(PromptFolder(store.home.prompts, shipped("prompts")))
    return load_menu(path, prompts=prompts, shown_as=shown(path))


def questions(menu: Menu) -> tuple[str, ...]:
    """Return the questions of a flow in the order of the file."""
    named = [step.outcome for step in menu.steps.values() if isinstance(step, Report)]
    return tuple(dict.fromkeys(name for name in named if name not in NO_QUESTIONS))


def questions_of(store: Opened, campaign: CampaignRow) -> tuple[str, ...]:
    """Return a survey's questions; none when its flow is gone meanwhile: the answers stay readable."""
    if campaign.kind is not CampaignKind.SURVEY:
        return ()
    try:
        return questions(questionnaire(store, campaign.flow))
    except InvalidInput:
        return ()


def must_hold(store: Opened, *, flow: str, policy: str, kind: CampaignKind = CampaignKind.SURVEY) -> Policy:
    """Return the policy; raises :class:`~hotline.call.errors.InvalidInput` for anything that is missing."""
    menu = questionnaire(store, flow) if kind is CampaignKind.SURVEY else flow_of(store, flow)
    found = policies.load(store.home.config)
    problems = list(_policy_problems(store, found, policy))
    needed, why = _NEEDED[kind]
    if not any(isinstance(step, Report) and step.outcome == needed for step in menu.steps.values()):
        problems.append(_problem(store, flow, f'no step reports "{needed}": {why}'))
    if kind is CampaignKind.REMINDER:
        problems += [_problem(store, flow, message) for message in _said_to_strangers(menu)]
    if problems:
        raise InvalidInput(tuple(problems))
    return found.policy(policy)


def _said_to_strangers(menu: Menu) -> Iterator[str]:
    """Bills are looked up only behind the report of who is on the line (DOMAIN section 8)."""

    def identified(step: Step, label: str) -> bool:
        return isinstance(step, Report) and step.outcome == IDENTIFIED and label == "next"

    told = _leading_to(menu, {name for name, step in menu.steps.items() if identified(step, "next")})
    for name, step in menu.steps.items():
        if isinstance(step, InputStep) and not step.fresh and told & {to for _, to in edges(menu, name)}:
            yield f'"{name}" takes keys pressed before it has asked who is on the line: set fresh: true'
    open_to_all = reachable(menu, barred=identified)
    for name, step in menu.steps.items():
        if isinstance(step, Lookup) and step.what == "bills" and name in open_to_all:
            yield f'"{name}" looks bills up before a step reports "{IDENTIFIED}"'


def _leading_to(menu: Menu, targets: set[str]) -> set[str]:
    """Return the steps, and those before them that lead there without asking anything."""
    found = set(targets)
    while more := {
        name
        for name, step in menu.steps.items()
        if name not in found and not step.asks and found & {to for _, to in edges(menu, name)}
    }:
        found |= more
    return found


def must_be_startable(store: Opened, campaign: CampaignRow) -> Policy:
    """Return the policy by which a campaign calls people; what starts it and what checks it ask the same.

    Raises :class:`~hotline.call.errors.InvalidInput` or :class:`CampaignRefused` with what is against it:
    every attempt would be used up on a number no account carries, or nobody could be rung in time.
    """
    policy = must_hold(store, flow=campaign.flow, policy=campaign.policy, kind=campaign.kind)
    with store.db.reading() as session:
        people = repository.people(session, campaign.id, PersonState.LISTED)
    bare = [person for person in people if ":" not in person.raw]
    if bare and not any(account.outgoing for account in store.settings.sip.accounts):
        message = (
            f"{len(bare)} people have bare telephone numbers, but no account carries outgoing calls: add "
            "one under sip.accounts"
        )
        raise InvalidInput((Problem(shown(store.home.config / "hotline.yaml"), 0, "sip.accounts", message),))
    must_be_in_time(store, campaign, policy)
    return policy


def check(store: Opened, campaign: CampaignRow) -> Outlook:
    """Return what starting would do; raises what :func:`must_be_startable` raises."""
    policy = must_be_startable(store, campaign)
    with store.db.reading() as session:
        people = repository.people(session, campaign.id, PersonState.LISTED)
        left_out = set(repository.stops_among(session, [person.number for person in people]))
    now = store.db.clock.now()
    zone = zone_of(store, campaign.estate)
    book, window = DutyBook(store.home.config, zone), policy.window
    times = preview(
        policy,
        max(campaign.begins_at or now, now),
        zone=zone,
        opens=(lambda at: at if book.is_open(window, at) else book.next_opening(window, at)),
        most=policy.attempts or 3,
    )
    return Outlook(len(people) - len(left_out), len(left_out), tuple(times), questions_of(store, campaign))


def _policy_problems(store: Opened, found: policies.OutboundFile, policy: str) -> Iterator[Problem]:
    file = shown(policies.file_of(store.home.config))
    if policy not in found.policies:
        known = ", ".join(sorted(found.policies)) or "none"
        yield Problem(file, 0, "policies", f'no policy "{policy}" (there are: {known})')
        return
    window = found.policies[policy].window
    if window and window not in DutyBook(store.home.config, zone_of(store, "")).known_windows:
        yield Problem(file, 0, f"policies.{policy}.window", f'no window "{window}" in hours.yaml')


def first_attempt_at(store: Opened, campaign: CampaignRow, policy: Policy) -> datetime:
    """Return when somebody could be rung at the earliest, were it started now."""
    due = max(campaign.begins_at or store.db.clock.now(), store.db.clock.now())
    book, window = DutyBook(store.home.config, zone_of(store, campaign.estate)), policy.window
    return first_attempt(
        policy, due, opens=lambda at: at if book.is_open(window, at) else book.next_opening(window, at)
    )


def must_be_in_time(store: Opened, campaign: CampaignRow, policy: Policy) -> None:
    """Raise :class:`CampaignRefused` when nobody could be rung before the campaign ends."""
    at, ends = first_attempt_at(store, campaign, policy), campaign.ends_at
    if ends is not None and at >= ends:
        zone = zone_of(store, campaign.estate)
        remedy = "" if campaign.kind is not CampaignKind.NOTICE else " `--urgent` calls people at any hour."
        raise CampaignRefused(
            f"By the hours of {policy.window or policy.name} nobody may be rung before "
            f"{local(at, zone)}, and it ends at {local(ends, zone)}.{remedy}",
            code="campaign-too-late",
        )


def _problem(store: Opened, flow: str, message: str) -> Problem:
    return Problem(shown(_flow_file(store, flow) or Path(flow)), 0, "steps", message)


def zone_of(store: Opened, estate: str) -> ZoneInfo:
    """Return an estate's time zone; of one that is no more, the first's."""
    named = next((each for each in store.settings.estates if each.id == estate), store.settings.estates[0])
    return ZoneInfo(named.timezone)


def _no_flow(store: Opened, flow: str) -> Problem:
    menus = store.home.config / "menus"
    there = ", ".join(sorted(flow_files(menus)))
    return Problem(
        shown(menus / FLOWS / f"{flow}.yaml"), 0, "", f"there is no such flow (there are: {there})"
    )


def _flow_file(store: Opened, flow: str) -> Path | None:
    return flow_files(store.home.config / "menus").get(flow)


def local(at: datetime, zone: ZoneInfo) -> str:
    """``2026-11-23 07:00``, in the estate's zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
