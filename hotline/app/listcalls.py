"""Calls to people on lists, and questions to owners: where campaigns, bills and tickets meet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from hotline.app.parts import Parts
from hotline.app.reach import Reach
from hotline.campaigns.calls import SurveyCalls
from hotline.campaigns.notices import NoticeCalls
from hotline.campaigns.reminders import ReminderCalls
from hotline.campaigns.states import CampaignKind
from hotline.campaigns.tasks import Tasks
from hotline.campaigns.watch import CampaignWatch
from hotline.confirmations.calls import ConfirmationCalls, ConfirmationWatch
from hotline.confirmations.service import KIND as CONFIRMATION
from hotline.fees.reminders import FeeReminders
from hotline.messages.calls import MessageCalls
from hotline.messages.service import KIND as TAKEN_MESSAGE
from hotline.outbound import policies
from hotline.outbound.kinds import Kind
from hotline.outbound.policies import OutboundFile


class Assignment:
    """Whose task it is: see :class:`hotline.campaigns.tasks.Assigned`. Who is on the roster, if anybody."""

    def __init__(self, reach: Reach, rule: Callable[[], policies.Tasks]) -> None:
        """``rule``: the part of ``outbound.yaml`` in service."""
        self._reach = reach
        self._rule = rule

    def __call__(self, estate: str, at: datetime) -> tuple[str, str]:
        """Return department and person; empty when nobody is named."""
        rule = self._rule()
        people = self._reach.on_duty(estate, rule.roster, at) if rule.roster else ()
        return rule.department, people[0].name if people else ""


def kinds(parts: Parts, rules: Callable[[], OutboundFile]) -> dict[str, Kind]:
    """Return the kinds of calls that go to people on lists, and to owners."""
    reach = Reach(parts.duty)
    fees = Tasks(parts.tickets, Assignment(reach, lambda: rules().reminders), "fees")
    notices = Tasks(parts.tickets, Assignment(reach, lambda: rules().notices), "notice")
    return {
        CampaignKind.SURVEY.value: SurveyCalls(),
        CampaignKind.REMINDER.value: ReminderCalls(FeeReminders(parts.fees), fees),
        CampaignKind.NOTICE.value: NoticeCalls(notices),
        CONFIRMATION: ConfirmationCalls(rules),
        TAKEN_MESSAGE: MessageCalls(),
        **parts.outside.kinds,
    }


def watches(parts: Parts) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """Return what has to look again and again, by name."""
    return {
        "campaigns": CampaignWatch(parts.db, parts.clock).tick,
        "confirmations": ConfirmationWatch(parts.db, parts.clock).tick,
        "outside lines": parts.outside.upkeep.tick,
    }
