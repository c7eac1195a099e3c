"""Notices on a real database: one call a telephone, the deadline, who understood."""

from __future__ import annotations

from datetime import timedelta

import pytest
from reminder_kit import LI, OTHER_ROOM, WANG

from hotline.campaigns.notices import Notice
from hotline.campaigns.states import CampaignKind
from hotline.outbound.kinds import Verdict
from hotline.outbound.policy import Outcome
from tests.unit.fees.fees_kit import ROOM


@pytest.fixture
def scene(reminders):
    now = reminders.clock.now()
    reminders.notice = Notice(
        topic="water", prompt="notice_1", begins=now + timedelta(hours=3), ends=now + timedelta(hours=9)
    )
    reminders.create(
        CampaignKind.NOTICE, name="停水", facts=reminders.notice.as_kept(), ends_at=reminders.notice.deadline
    )
    reminders.listed((WANG, ROOM, False), (WANG, OTHER_ROOM, False), (LI, OTHER_ROOM, False), name="停水")
    reminders.start("停水")
    return reminders


def test_each_telephone_is_called_once_with_what_is_said(scene):
    placings = scene.claim()
    assert sorted(placing.contact.number for placing in placings) == ["13800001111", "13800002222"]
    given = placings[0].given
    assert (given["notice.topic"], given["notice.text"]) == ("announce_water", "notice_1")
    assert (given["notice.begins"], given["notice.ends"]) == (scene.notice.begins, scene.notice.ends)


def test_who_understood_is_counted_and_not_called_again(scene):
    for placing in scene.claim():
        assert scene.report(placing, "understood") is Verdict.DONE
        scene.settle(placing, Outcome.CONFIRMED)
    assert scene.people("停水") == [("finished", "understood")] * 2
    assert scene.state("停水") == "done"


def test_nobody_is_told_once_it_is_over(scene):
    for placing in scene.claim():
        scene.settle(placing, Outcome.NO_ANSWER)
    scene.clock.pass_time(hours=9)
    assert scene.claim() == []
    assert scene.people("停水") == [("not_reached", "")] * 2
    assert scene.state("停水") == "done"


def test_who_wants_a_human_and_reaches_none_is_called_back(scene):
    placing = scene.claim()[0]
    assert scene.report(placing, "call_back") is Verdict.DONE
    (ticket,) = scene.filed()
    assert (ticket.topic, ticket.callback_number) == ("notice", "+8613800001111")


def test_a_voicemail_is_rung_again_and_nobody_counts_it_as_reached(scene):
    first = scene.claim()
    for placing in first:
        scene.settle(placing, Outcome.NO_KEY)
    scene.clock.pass_time(hours=1)
    again = scene.claim()
    assert len(again) == len(first)
    for placing in again:
        scene.settle(placing, Outcome.NO_KEY)
    assert scene.people("停水") == [("not_reached", "")] * 2
    assert scene.filed() == []
