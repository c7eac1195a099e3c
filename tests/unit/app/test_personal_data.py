"""Where people leave traces, what is given to them, and what goes when."""

from __future__ import annotations

import importlib
import json
import zipfile
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Boolean, Date, Float, Integer, Time, select
from sqlalchemy.types import JSON

from hotline.accounts.models import ApiAnswerRow, ApiAuditRow
from hotline.app.personal.desk import PrivacyDesk
from hotline.app.personal.finding import PersonUnnamed
from hotline.app.personal.nightly import Nightly, tonight
from hotline.app.personal.traces import BELOW, NOBODYS, TRACES
from hotline.call.ports import Direction
from hotline.callrecords.models import (
    CallEventRow,
    CallRow,
    LegRow,
    RecordingRow,
    TranscriptRow,
    TranscriptState,
)
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.states import PersonState
from hotline.db.base import Base, UtcDateTime, Word
from hotline.fees.models import BillRow
from hotline.fees.states import BillState
from hotline.home import Home
from hotline.language.numbers import normalise
from hotline.messages.models import MessageRow
from hotline.messages.states import MessageState
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.privacy.asking import Asked, By, ReasonMissing
from hotline.privacy.models import PrivacyRequestRow, RetentionRunRow
from hotline.residents.models import ResidentNumberRow, ResidentRow, RoomRow
from hotline.settings import Retention
from hotline.tickets.models import TicketHistoryRow, TicketRow

SHANGHAI = ZoneInfo("Asia/Shanghai")
WANG, WANG2, LI = "+8613800001111", "+8613800002222", "+8613900003333"


def made(row, at: datetime, **given):
    """A row with everything that does not matter filled in."""
    values = {}
    for column in row.__table__.columns:
        kind = column.type
        if column.nullable or (column.primary_key and isinstance(kind, Integer)):
            continue
        if isinstance(kind, Word):
            words: list[StrEnum] = list(kind.words)
            values[column.key] = words[0]
        else:
            values[column.key] = next(
                value
                for types, value in (
                    (UtcDateTime, at), (Date, at.date()), (Time, time(7)), (JSON, {}), (Boolean, False),
                    ((Integer, Float), 1), (object, ""),
                )
                if isinstance(kind, types)
            )  # fmt: skip
    return row(**values | given)


class House:
    """Wang of 3-2-602 has two numbers, one of them his; Li has called, too."""

    def __init__(self, db, home: Home, at: datetime) -> None:
        self.db, self.home, self.at = db, home, at
        self.desk = PrivacyDesk(db, home, house="示范物业", normalise=normalise)
        self.by = By(id="user:chen", who="user:chen", reason="letter")

    def call(self, session, leg: str, number: str, **given) -> None:
        facts = {
            "linkedid": leg, "uniqueid": leg, "estate": "e", "direction": Direction.INBOUND, "src": number,
            "src_raw": number, "src_name": "王", "dst": "8000", "dst_raw": "8000", "start": self.at,
            "end": self.at,
        } | given  # fmt: skip
        session.add(made(CallRow, self.at, **facts))
        session.flush()
        session.add(made(LegRow, self.at, **facts))
        session.flush()
        detail = {"kind": "DTMF", "detail": {"key": "4", "source": "rtp"}, "uniqueid": leg, "estate": "e"}
        session.add(made(CallEventRow, self.at, **detail))
        path = Path("2026") / f"{leg}.wav"
        (self.home.recordings / path).parent.mkdir(parents=True, exist_ok=True)
        (self.home.recordings / path).write_bytes(b"RIFF" + leg.encode())
        session.add(made(RecordingRow, self.at, uniqueid=leg, estate="e", path=path, started_at=self.at))
        session.flush()
        done = {"state": TranscriptState.DONE, "text": "水管漏了", "segments": [], "created_at": self.at}
        session.add(made(TranscriptRow, self.at, uniqueid=leg, estate="e", **done))

    def ticket(self, session, number: str, call: str, closed: datetime | None) -> None:
        session.add(
            made(
                TicketRow, self.at, number=number, estate="e", serial=int(number[-1]), call=call,
                caller_number=WANG, caller_number_raw="13800001111", callback_number=WANG,
                caller_name="王芳", description="水管漏了", building="3", unit="2", room="602",
                closed_at=closed, limits_of=None,
            )
        )  # fmt: skip
        session.flush()
        line = {"number": number, "estate": "e", "event": "remark", "detail": "王芳说水管漏了"}
        session.add(made(TicketHistoryRow, self.at, **line))

    def fill(self) -> None:
        at = self.at
        with self.db.transaction() as session:
            room = made(RoomRow, at, estate="e", building="3", unit="2", room="602")
            session.add(room)
            session.flush()
            wang = made(ResidentRow, at, estate="e", room_id=room.id, name="王芳")
            li = made(ResidentRow, at, estate="e", room_id=room.id, name="李强")
            session.add_all([wang, li])
            session.flush()
            for owner, number in ((wang, WANG), (wang, WANG2), (li, LI), (li, "+865391234567"),
                                  (wang, "+865391234567")):  # fmt: skip
                given = {"resident_id": owner.id, "estate": "e", "number": number, "raw": number}
                session.add(made(ResidentNumberRow, at, **given))
            for leg, number in (("a" * 32, WANG), ("b" * 32, WANG2), ("c" * 32, LI), ("d" * 32, WANG)):
                self.call(session, leg, number)
            self.ticket(session, "202611210001", "a" * 32, at)
            self.ticket(session, "202611210002", "d" * 32, None)
            message = {
                "estate": "e", "key": "k", "from_number": WANG2, "from_name": "王芳", "text": "回电",
                "state": MessageState.DELIVERED, "settled_at": at, "words": {"recording": "b" * 32},
            }  # fmt: skip
            session.add(made(MessageRow, at, **message))
            campaign = made(CampaignRow, at, estate="e", name="2026")
            session.add(campaign)
            session.flush()
            for name, number in (("王芳", WANG), ("王芳", WANG2), ("李强", LI)):
                person = {
                    "campaign": campaign.id, "number": number, "raw": number, "name": name,
                    "state": PersonState.FINISHED, "settled_at": at,
                }  # fmt: skip
                session.add(made(PersonRow, at, **person))

    def rows(self, row):
        with self.db.reading() as session:
            return session.scalars(select(row).order_by(*row.__table__.primary_key.columns)).all()


@pytest.fixture
def house(database_url, clock, tmp_path):
    from hotline.db.engine import Database

    home = Home(tmp_path / "home")
    home.recordings.mkdir(parents=True)
    db = Database(database_url, clock=clock)
    filled = House(db, home, clock.now())
    filled.fill()
    yield filled
    db.close()


def test_every_table_is_judged_whether_it_names_people():
    for path in Path("hotline").rglob("*models.py"):
        importlib.import_module(".".join(path.with_suffix("").parts))
    judged = [trace.row.__tablename__ for trace in TRACES] + [*BELOW, *NOBODYS]
    assert len(judged) == len(set(judged))
    assert set(judged) == set(Base.metadata.tables)


@pytest.mark.parametrize("asked", [{"number": "138 0000 1111"}, {"room": "3号楼2单元602", "name": "王芳"}])
def test_somebody_gets_everything_about_them_and_nothing_of_others(house, tmp_path, asked):
    counts = house.desk.export(Asked(estate="e", **asked), tmp_path / "x.zip", house.by)
    assert (counts["calls"], counts["tickets"], counts["messages"], counts["files"]) == (3, 2, 1, 3)
    assert (tmp_path / "x.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        data = json.loads(archive.read("data.json"))["data"]
        page = archive.read("index.html").decode()
        sounds = {name for name in archive.namelist() if name.endswith(".wav")}
    assert sounds == {f"recordings/{letter * 32}.wav" for letter in "abd"}
    assert {row["number"] for row in data["resident_numbers"]} == {WANG, WANG2, "+865391234567"}
    assert len(data["transcripts"]) == 3 and "水管漏了" in page
    assert LI not in json.dumps(data) and "李强" not in page
    (request,) = house.rows(PrivacyRequestRow)
    assert (request.kind, request.by, request.reason) == ("export", "user:chen", "letter")
    assert [row.event for row in house.rows(ApiAuditRow)] == ["privacy.export"]


def test_deletion_leaves_what_is_open_names_why_and_touches_nobody_else(house):
    with house.db.transaction() as session:
        bill = {"number": "b1", "estate": "e", "building": "3", "unit": "2", "room": "602"}
        session.add(made(BillRow, house.at, **bill, state=BillState.UNPAID))
    asked = Asked(estate="e", number=WANG)
    looked = house.desk.look(asked)
    done = house.desk.delete(asked, house.by)
    assert set(looked.stays) == set(done.stays) == {"open-ticket", "unpaid-bills", "backups"}
    assert done.counts["calls"] == looked.counts["calls"] == 3
    calls = {row.linkedid[0]: row for row in house.rows(CallRow)}
    assert [calls[letter].src for letter in "abcd"] == ["", "", LI, ""]
    assert {row.dst for row in calls.values()} == {"8000"}
    left = sorted(path.name[0] for path in house.home.recordings.rglob("*.wav"))
    assert left == ["c", "d"], "the open ticket's recording and the other caller's stay"
    texts = {row.uniqueid[0]: row.text for row in house.rows(TranscriptRow)}
    assert (texts["a"], texts["b"], bool(texts["c"]), bool(texts["d"])) == ("", "", True, True)
    closed, still_open = house.rows(TicketRow)
    assert (closed.caller_name, closed.caller_number, closed.description) == ("", "", "")
    assert still_open.caller_number == WANG and still_open.description
    assert [row.detail for row in house.rows(TicketHistoryRow)] == ["", "王芳说水管漏了"]
    assert [row.name for row in house.rows(ResidentRow)] == ["王芳", "李强"]
    assert sorted(row.name for row in house.rows(PersonRow)) == ["", "", "李强"]
    (message,) = house.rows(MessageRow)
    assert (message.text, message.from_number, message.words) == ("", "", None)
    (request,) = house.rows(PrivacyRequestRow)
    assert WANG[3:] not in str(vars(request)) and "王" not in str(vars(request))


def test_without_debts_the_entry_in_the_directory_goes_and_a_second_request_is_known_to_be_the_same(house):
    with house.db.transaction() as session:
        for row in session.scalars(select(TicketRow)):
            row.closed_at = house.at
    done = house.desk.delete(Asked(estate="e", number="013800001111"), house.by)
    assert done.stays == ("backups",) and done.counts["residents"] == 1
    assert [row.name for row in house.rows(ResidentRow)] == ["李强"]
    assert len(list(house.home.recordings.rglob("*.wav"))) == 1
    again = house.desk.delete(Asked(estate="e", number="13800001111"), house.by)
    assert again.counts == {}
    first, second = house.rows(PrivacyRequestRow)
    assert first.person == second.person != ""


@pytest.mark.parametrize("asked", [{}, {"number": "8001"}, {"number": "x"}, {"room": "9-9-9", "name": "王"}])
def test_who_is_not_named_is_not_searched_for(house, asked):
    with pytest.raises(PersonUnnamed):
        house.desk.look(Asked(estate="e", **asked))


def test_lists_of_another_estate_are_nobodys_business_here(house):
    with house.db.transaction() as session:
        other = made(CampaignRow, house.at, estate="west", name="west")
        session.add(other)
        session.flush()
        person = {
            "campaign": other.id,
            "number": WANG,
            "raw": WANG,
            "name": "王芳",
            "state": PersonState.FINISHED,
        }
        session.add(made(PersonRow, house.at, **person))
    assert house.desk.look(Asked(estate="e", number=WANG)).counts["campaign_people"] == 2
    house.desk.delete(Asked(estate="e", number=WANG), house.by)
    assert [row.name for row in house.rows(PersonRow)] == ["", "", "李强", "王芳"]


def test_a_call_that_went_on_to_another_person_is_of_each_by_their_attempt(house, tmp_path):
    with house.db.transaction() as session:
        call = {"id": "q" * 32, "estate": "e", "to": LI, "to_name": "李强", "ended_at": house.at}
        session.add(made(OutboundCallRow, house.at, **call))
        session.flush()
        for number, (to, name) in enumerate(((WANG, "王芳"), (LI, "李强")), start=1):
            attempt = {"call": "q" * 32, "number": number, "to": to, "to_name": name, "ended_at": house.at}
            session.add(made(AttemptRow, house.at, **attempt))
    house.desk.export(Asked(estate="e", number=WANG), tmp_path / "x.zip", house.by)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        data = json.loads(archive.read("data.json"))["data"]
    assert [row["to"] for row in data["outbound_attempts"]] == [WANG]
    assert "outbound_calls" not in data
    house.desk.delete(Asked(estate="e", number=WANG), house.by)
    assert [(row.to, row.to_name) for row in house.rows(AttemptRow)] == [("", ""), (LI, "李强")]


def test_reasons_people_typed_go_with_the_ticket_what_the_program_wrote_stays(house):
    lines = {
        "cancelled": ("打 13800001111 不通", ""),
        "nature": ("asking_help: 王芳着急", "asking_help"),
        "promised": ("2026/11/25 14:30: 等 13800001111 回电", "2026/11/25 14:30"),
        "sla_breach": ("on_site", "on_site"),
        "added": ("王芳说还在漏", ""),
        "followed_up": ("1 of 5: 王芳很生气", "1 of 5"),
        "postponed": ("2026/11/26 10:00: 打过 13800001111", "2026/11/26 10:00"),
        "assigned": ("李工 工程部: 王芳催了", "李工 工程部"),
        "passed_on": ("王芳说: 换人", ""),
    }
    with house.db.transaction() as session:
        for event, (detail, _) in lines.items():
            line = {"number": "202611210001", "estate": "e", "event": event, "detail": detail}
            session.add(made(TicketHistoryRow, house.at, **line))
    house.desk.delete(Asked(estate="e", number=WANG), house.by)
    left = {row.event: row.detail for row in house.rows(TicketHistoryRow) if row.event in lines}
    assert left == {event: after for event, (_, after) in lines.items()}


def test_answers_kept_for_programs_lose_number_and_name_and_stay_answers(house):
    body = {
        "number": "202611210001",
        "estate": "e",
        "caller": {"name": "王芳", "number": WANG},
        "kind": "repair",
    }
    other = {"number": "7", "estate": "e", "caller": {"name": "李强", "number": LI}}
    west = {"number": "8", "estate": "west", "caller": {"name": "王芳", "number": WANG}}
    with house.db.transaction() as session:
        for key, one in (("k1", body), ("k2", other), ("k3", west)):
            session.add(made(ApiAnswerRow, house.at, token="t", key=key, status=201, body=one))
    house.desk.delete(Asked(estate="e", number=WANG), house.by)
    first, *others = house.rows(ApiAnswerRow)
    assert first.body == body | {"caller": {"name": "", "number": ""}}
    assert [row.body for row in others] == [other, west]


def test_what_others_wrote_is_not_touched_but_told(house):
    asked = Asked(estate="e", number=WANG)
    with house.db.transaction() as session:  # of their own, which goes: nobody has to look for it
        own = {
            "estate": "e",
            "key": "k9",
            "to": WANG,
            "text": "打 13800001111",
            "state": MessageState.DELIVERED,
        }
        session.add(made(MessageRow, house.at, **own, settled_at=house.at))
    assert "written-elsewhere" not in house.desk.look(asked).stays
    with house.db.transaction() as session:
        text = {"estate": "e", "key": "k2", "from_number": LI, "text": "请回 138-0000-1111"}
        session.add(made(MessageRow, house.at, **text))
    assert "written-elsewhere" in house.desk.delete(asked, house.by).stays
    assert [row.text for row in house.rows(MessageRow)] == ["", "", "请回 138-0000-1111"]


def test_a_misspelt_name_is_nobody_and_without_a_reason_nothing_is_done(house, tmp_path):
    asked = Asked(estate="e", room="3-2-602", name="王方")
    for do in (
        lambda: house.desk.export(asked, tmp_path / "x.zip", house.by),
        lambda: house.desk.delete(asked, house.by),
    ):
        with pytest.raises(PersonUnnamed, match="known in this room"):
            do()
    asked, nothing = Asked(estate="e", number=WANG), By(id="", who="chen", reason="  ")
    for do in (
        lambda: house.desk.export(asked, tmp_path / "x.zip", nothing),
        lambda: house.desk.delete(asked, nothing),
    ):
        with pytest.raises(ReasonMissing):
            do()
    assert house.rows(PrivacyRequestRow) == [] and not (tmp_path / "x.zip").exists()


def test_retention_masks_what_is_too_old_once_and_says_before_what_it_would_do(house, clock):
    periods = Retention(recordings=5, transcripts=5, call_numbers=5, messages=5, ticket_people=5, audit=0)
    nightly = Nightly(house.db, house.home, periods)
    assert nightly.run(dry_run=True) == {}
    clock.pass_time(days=6)
    with house.db.transaction() as session:
        house.at = clock.now()
        house.call(session, "e" * 32, LI)
    would = nightly.run(dry_run=True)
    done = nightly.run()
    assert done == would | {"recordings": 4}
    assert (done["calls"], done["tickets"], done["messages"], done["transcripts"]) == (4, 1, 1, 4)
    assert [row.src for row in house.rows(CallRow)] == ["138****1111", "138****2222", "139****3333",
                                                       "138****1111", LI]  # fmt: skip
    keys = {row.uniqueid[0]: row.detail["key"] for row in house.rows(CallEventRow)}
    assert keys == {"a": "", "b": "", "c": "", "d": "", "e": "4"}
    assert [row.caller_name for row in house.rows(TicketRow)] == ["", "王芳"]
    assert len(list(house.home.recordings.rglob("*.wav"))) == 1
    assert nightly.run() == {}


def test_it_is_done_once_a_night_also_after_restarts_and_again_when_it_was_killed(house, clock):
    nightly = Nightly(house.db, house.home, Retention(hour=3))
    clock.at = datetime(2026, 11, 24, 2, 59, tzinfo=SHANGHAI)
    assert not tonight(nightly, zone=SHANGHAI)
    clock.at = datetime(2026, 11, 24, 3, 0, tzinfo=SHANGHAI)
    assert tonight(nightly, zone=SHANGHAI)
    assert not tonight(Nightly(house.db, house.home, Retention(hour=3)), zone=SHANGHAI)
    (run,) = house.rows(RetentionRunRow)
    assert (run.day, run.ended_at) == (date(2026, 11, 24), clock.now())
    clock.pass_time(days=1)
    with house.db.transaction() as session:
        session.add(RetentionRunRow(day=date(2026, 11, 25), began_at=clock.now(), ended_at=None, counts={}))
    assert not tonight(nightly, zone=SHANGHAI), "somebody is at it"
    clock.pass_time(hours=2)
    assert tonight(nightly, zone=SHANGHAI)
    lines = [row.event for row in house.rows(ApiAuditRow)]
    assert lines == ["privacy.retention"] * 2
    assert clock.now() - house.rows(RetentionRunRow)[1].began_at == timedelta(0)
