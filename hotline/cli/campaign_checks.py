"""What must hold before a campaign calls anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.app.menus import KnownPrompts
from hotline.call.errors import InvalidInput, Problem
from hotline.campaigns import repository
from hotline.campaigns.calls import NO_QUESTIONS
from hotline.campaigns.models import CampaignRow
from hotline.campaigns.states import PersonState
from hotline.cli import tables
from hotline.cli.store import Store
from hotline.duty.service import DutyBook
from hotline.home import shipped, shown
from hotline.ivr.loader import FLOWS, load_menu
from hotline.ivr.model import Menu
from hotline.ivr.steps.report import Report
from hotline.outbound import policies
from hotline.outbound.policy import Policy, preview
from hotline.speech.voices.book import PromptFolder


def questionnaire(store: Store, flow: str) -> Menu:
    """Return the flow as it would be put in service.

    Raises :class:`~hotline.call.errors.InvalidInput`: it is not there, does not hold, or asks nothing.
    """
    path = _flow_file(store, flow)
    if path is None:
        raise InvalidInput((_no_flow(store, flow),))
    prompts = KnownPrompts(PromptFolder(store.home.prompts, shipped("prompts")))
    menu = load_menu(path, prompts=prompts, shown_as=shown(path))
    if not questions(menu):
        message = (
            "no step reports an answer: a questionnaire needs a report besides finished, not_now and stop"
        )
        raise InvalidInput((Problem(shown(path), 0, "steps", message),))
    return menu


def questions(menu: Menu) -> tuple[str, ...]:
    """Return the questions of a flow in the order of the file."""
    named = [step.outcome for step in menu.steps.values() if isinstance(step, Report)]
    return tuple(dict.fromkeys(name for name in named if name not in NO_QUESTIONS))


def questions_of(store: Store, campaign: CampaignRow) -> tuple[str, ...]:
    """Return a campaign's questions; none when its flow is gone meanwhile: the answers stay readable."""
    try:
        return questions(questionnaire(store, campaign.flow))
    except InvalidInput:
        return ()


def must_hold(store: Store, *, flow: str, policy: str) -> Policy:
    """Return the policy; raises :class:`~hotline.call.errors.InvalidInput` for anything that is missing."""
    menu = questionnaire(store, flow)
    found = policies.load(store.home.config)
    problems = list(_policy_problems(store, found, policy))
    if not any(isinstance(step, Report) and step.outcome == "finished" for step in menu.steps.values()):
        message = 'no step reports "finished": nobody would ever be through with it'
        problems.append(Problem(shown(_flow_file(store, flow) or Path(flow)), 0, "steps", message))
    if problems:
        raise InvalidInput(tuple(problems))
    return found.policy(policy)


def check(store: Store, campaign: CampaignRow) -> Sequence[str]:
    """Return what starting would do, a line each; raises :class:`InvalidInput` with what is against it."""
    policy = must_hold(store, flow=campaign.flow, policy=campaign.policy)
    with store.db.reading() as session:
        people = repository.people(session, campaign.id, PersonState.LISTED)
        left_out = set(repository.stops_among(session, [person.number for person in people]))
    bare = [person for person in people if ":" not in person.raw]
    if bare and not any(account.outgoing for account in store.settings.sip.accounts):
        message = (
            f"{len(bare)} people have bare telephone numbers, but no account carries outgoing calls: add "
            "one under sip.accounts"
        )
        raise InvalidInput((Problem(shown(store.home.config / "hotline.yaml"), 0, "sip.accounts", message),))
    return _lines(store, campaign, policy, len(people), len(left_out))


def _lines(store: Store, campaign: CampaignRow, policy: Policy, people: int, left_out: int) -> list[str]:
    now = store.db.clock.now()
    due = max(campaign.begins_at or now, now)
    zone = _zone(store, campaign.estate)
    book = DutyBook(store.home.config, zone)
    window = policy.window
    times = preview(
        policy,
        due,
        zone=zone,
        opens=(lambda at: at if book.is_open(window, at) else book.next_opening(window, at)),
        most=policy.attempts or 3,
    )
    asked = ", ".join(questions_of(store, campaign))
    lines = [
        f"{campaign.name} ({campaign.state.value}): flow {campaign.flow} asks {asked}.",
        f"{people - left_out} people would be planned; {left_out} must not be called.",
        "Attempts for somebody who does not answer: " + ", ".join(tables.local(at, zone) for at in times),
    ]
    if campaign.ends_at is not None:
        lines.append(f"Nobody is called after {tables.local(campaign.ends_at, zone)}.")
    return lines


def _policy_problems(store: Store, found: policies.OutboundFile, policy: str) -> Iterator[Problem]:
    file = shown(policies.file_of(store.home.config))
    if policy not in found.policies:
        known = ", ".join(sorted(found.policies)) or "none"
        yield Problem(file, 0, "policies", f'no policy "{policy}" (there are: {known})')
        return
    window = found.policies[policy].window
    if window and window not in DutyBook(store.home.config, store.zone).windows:
        yield Problem(file, 0, f"policies.{policy}.window", f'no window "{window}" in hours.yaml')


def _zone(store: Store, estate: str) -> ZoneInfo:
    named = next((each for each in store.settings.estates if each.id == estate), store.settings.estates[0])
    return ZoneInfo(named.timezone)


def _no_flow(store: Store, flow: str) -> Problem:
    folder = store.home.config / "menus" / FLOWS
    ours = shipped("config") / "menus" / FLOWS / f"{flow}.yaml"
    remedy = f"; copy {ours} there" if ours.is_file() else ""
    return Problem(shown(folder / f"{flow}.yaml"), 0, "", f"there is no such flow{remedy}")


def _flow_file(store: Store, flow: str) -> Path | None:
    own = store.home.config / "menus" / FLOWS
    folder = own if own.is_dir() else shipped("config") / "menus" / FLOWS
    path = folder / f"{flow}.yaml"
    return path if path.is_file() else None
