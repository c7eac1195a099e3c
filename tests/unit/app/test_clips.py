"""Recordings made for single calls are deleted when their time is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.app.clips import purge_clips
from hotline.call.errors import EnvironmentFault
from hotline.call.ports import DutyContact, Place
from hotline.campaigns import repository
from hotline.campaigns.notices import Notice
from hotline.campaigns.states import CampaignKind
from hotline.confirmations import service
from hotline.confirmations.service import Question
from hotline.confirmations.states import Matter, Standing
from hotline.outbound.policies import Confirmations

KEEP = timedelta(days=180)


@pytest.fixture
def prompts(tmp_path):
    for language in ("zh", "en"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "greeting.wav").write_bytes(b"sound")
    return tmp_path


@pytest.fixture
def ask(db, clock, prompts):
    def put(standing=None):
        with db.transaction() as session:
            question = Question(
                estate="default", place=Place("3", "2", "602"), matter=Matter.VISITOR, asked_by="lin",
                owners=[DutyContact("王芳", "13800001111")],
            )  # fmt: skip
            row = service.ask(session, question, Confirmations(), priority=15, now=clock.now())
            row.clip = f"confirm_{row.id}"
            if standing is not None:
                row.standing = standing
            for language in ("zh", "en"):
                (prompts / language / f"{row.clip}.wav").write_bytes(b"sound")
            return row.id

    return put


@pytest.fixture
def notice(db, clock, prompts):
    def put(name, ends_in=timedelta(days=1)):
        with db.transaction() as session:
            row = repository.create(
                session, estate="default", name=name, flow="announcement", policy="announcement",
                created_by="lin", now=clock.now(), kind=CampaignKind.NOTICE, ends_at=clock.now() + ends_in,
            )  # fmt: skip
            row.facts = Notice(topic="water", prompt=f"notice_{row.id}").as_kept()
            (prompts / "zh" / f"notice_{row.id}.wav").write_bytes(b"sound")
            return row.id

    return put


def files(prompts):
    return sorted(path.stem for path in prompts.glob("*/*.wav") if path.stem != "greeting")


def purge(db, clock, prompts, **how):
    return purge_clips(db, prompts=prompts, before=clock.now() - KEEP, **how)


def test_clips_of_old_questions_and_notices_go_and_their_records_stay(db, clock, prompts, ask, notice):
    number, told = ask(Standing.ALLOWED), notice("停水")
    clock.pass_time(days=190)
    young, later = ask(Standing.REFUSED), notice("停电")
    assert purge(db, clock, prompts, dry_run=True) == 2
    assert len(files(prompts)) == 6
    assert purge(db, clock, prompts) == 2
    assert files(prompts) == [f"confirm_{young}", f"confirm_{young}", f"notice_{later}"]
    with db.reading() as session:
        assert service.find(session, number).clip == ""
        assert service.find(session, number).standing is Standing.ALLOWED
        kept = Notice.of(session.get_one(repository.CampaignRow, told))
    assert (kept.topic, kept.prompt) == ("water", "")
    assert purge(db, clock, prompts) == 0
    assert (prompts / "zh" / "greeting.wav").is_file()


def test_what_is_still_to_be_said_is_kept_however_old(db, clock, prompts, ask, notice):
    ask()
    notice("长期", ends_in=timedelta(days=400))
    clock.pass_time(days=190)
    assert purge(db, clock, prompts) == 0
    assert len(files(prompts)) == 3


def test_a_file_that_is_gone_already_is_no_fault_and_one_that_cannot_be_deleted_is_tried_again(
    db, clock, prompts, ask, monkeypatch
):
    number = ask(Standing.ALLOWED)
    clock.pass_time(days=190)
    (prompts / "en" / f"confirm_{number}.wav").unlink()

    def refused(self, missing_ok=False):
        raise OSError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.unlink", refused)
        with pytest.raises(EnvironmentFault, match="cannot be deleted"):
            purge(db, clock, prompts)
    assert purge(db, clock, prompts) == 1
    assert files(prompts) == []
