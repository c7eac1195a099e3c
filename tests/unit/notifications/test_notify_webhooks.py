"""Webhooks kept in the table: sealed secrets, and what becomes of them without their key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotline.call.errors import EnvironmentFault
from hotline.notifications import alarms, webhooks
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.loader import load
from hotline.notifications.sealing import FILE, Seal
from hotline.notifications.webhookmodels import WebhookRow
from hotline.notifications.webhooks import NewWebhook, WebhookRefused

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def row(seal: Seal, **more) -> WebhookRow:
    facts = {
        "id": "0a1b2c3d", "name": "ERP", "estate": "", "url": "https://erp.example.com/",
        "events": ["ticket.*"], "language": "zh", "personal": False, "paused": False,
        "secret": seal.seal("s" * 43),
        "created_at": NOW, "created_by": "root", "changed_at": NOW, "removed_at": None, "version": 1,
    }  # fmt: skip
    return WebhookRow(**facts | more)


def test_a_secret_is_had_in_clear_only_with_the_key_file_that_sealed_it(tmp_path):
    sealed = Seal(tmp_path / "a").seal("secret")
    assert "secret" not in sealed
    assert Seal(tmp_path / "a").open(sealed) == "secret"
    Seal(tmp_path / "b").seal("other")
    with pytest.raises(EnvironmentFault) as wrong:
        Seal(tmp_path / "b").open(sealed)
    with pytest.raises(EnvironmentFault) as missing:
        Seal(tmp_path / "c").open(sealed)
    assert [fault.value.code for fault in (wrong, missing)] == ["webhook-key-wrong", "webhook-key-unreadable"]


def test_a_key_that_others_may_read_is_refused_with_the_remedy(tmp_path):
    sealed = Seal(tmp_path).seal("secret")
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(EnvironmentFault, match="chmod 600"):
        Seal(tmp_path).open(sealed)


def test_webhooks_stand_beside_the_channels_of_the_file_and_wait_without_their_key(tmp_path):
    plan, seal = load(tmp_path / "notifications.yaml", estates=()), Seal(tmp_path / "keys")
    rows = [row(seal), row(seal, id="11111111", paused=True, estate="west")]
    found = webhooks.with_webhooks(plan, rows, seal)
    assert set(found.channels) == {"webhook:0a1b2c3d", "webhook:11111111"}
    assert found.paused == {"webhook:11111111"}
    assert [route.estates for route in found.routes] == [frozenset(), frozenset({"west"})]
    lost = webhooks.with_webhooks(plan, rows, Seal(tmp_path / "elsewhere"))
    assert lost.paused == {"webhook:0a1b2c3d", "webhook:11111111"}


def test_an_address_of_before_that_is_refused_today_stops_no_other_channel(tmp_path):
    plan, seal = load(tmp_path / "notifications.yaml", estates=()), Seal(tmp_path / "keys")
    rows = [row(seal, url="http://127.0.0.1:99999/ok"), row(seal, id="11111111")]
    assert set(webhooks.with_webhooks(plan, rows, seal).channels) == {"webhook:0a1b2c3d", "webhook:11111111"}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999/ok", "http://127.0.0.1:0/ok", "http://a:b/", "http://[::1/"]
)
async def test_an_address_that_cannot_be_is_refused(db, tmp_path, url):
    new = NewWebhook(name="ERP", url=url, events=["*"])
    with pytest.raises(WebhookRefused) as refused:
        await db.write(lambda session: webhooks.create(session, new, Seal(tmp_path), by="root", at=NOW))
    assert refused.value.code == "webhook-address"


async def test_with_a_webhook_its_standing_alarm_goes(db, tmp_path):
    def remove(session) -> None:
        for one in (row(Seal(tmp_path)), row(Seal(tmp_path), id="11111111")):
            session.add(one)
            alarms.raise_(session, kind=AlarmKind.DELIVERY_FAILED, subject=one.channel, at=NOW)
        session.flush()
        webhooks.remove(session, webhooks.find(session, "0a1b2c3d"), at=NOW)

    await db.write(remove)
    standing = await db.read(alarms.standing)
    assert [one.subject for one in standing] == ["webhook:11111111"]
