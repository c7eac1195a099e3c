"""A house in which something has happened: a row of every kind, so that every page has something to show."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hotelhouse import PASSWORD, SAMPLES, House

from hotline.accounts import passwords, users
from hotline.accounts.rights import Role
from hotline.call.clock import SystemClock
from hotline.call.ports import Place
from hotline.call.ports.outside import OutsideCategory
from hotline.db.engine import Database
from hotline.dialplan import office
from hotline.dialplan.models import BookingState, OutsideBookingRow, OutsideCallRow, SlipState
from hotline.home import Home, shipped
from hotline.menubook.book import Menubook
from hotline.menubook.files import MenuFolder
from hotline.operators.lines import Leave
from hotline.operators.models import WaitRow

FOREIGNER = "foreigner"
"""An administrator whose console is in English: the language is kept with the account."""


def today() -> date:
    """Today in the house."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def live_in(house: House) -> list[str]:
    """Let everything happen once; returns the addresses of pages that are about one thing."""
    with _database(house) as db:
        _foreigner(db)
        drafts = _drafts(db, house)
    _roster(house)
    _fees(house)
    campaigns = [_survey(house), _reminder(house), _notice(house)]
    wakeup, shift, ticket = _guests(house), _shift(house), _ticket(house)
    _errands(house)
    house.call()
    call = _whole_call(house)
    with _database(house) as db:
        _outside(db)
        _taken_by_operator(db, call)
    house.cli("quality", "sample", "01", "--period", "week")
    reviews = [one["review"] for one in house.cli("quality", "list")["reviews"]]
    month = today().replace(day=1).isoformat()
    return [
        f"/calls/{call}", f"/tickets/{ticket}", "/tickets/new", "/tickets/board", "/live?screen=1",
        f"/register/{wakeup}", "/register/stays", "/fees/room?room=3-2-602", "/fees/promises", "/fees/import",
        *(f"/campaigns/{number}" for number in campaigns), f"/handover/{shift}", "/directory/residents",
        "/directory/import", "/directory/room?room=3-2-602", f"/quality/{reviews[0]}", "/reports/print",
        f"/reports/rows?figure=calls.offered&period=month&from={month}", "/menus/file?name=main",
        *drafts, "/menus/history?file=main", "/prompts?only=own&language=en", "/prompts/one?prompt=hours",
        "/users/operator", "/me", "/config/sla.yaml", "/setup/company", "/setup/trunk", "/setup/rooms",
        "/setup/operator", "/setup/test",
    ]  # fmt: skip


@contextlib.contextmanager
def _database(house: House) -> Iterator[Database]:
    db = Database(f"sqlite:///{house.home / 'hotline.db'}", clock=SystemClock())
    try:
        yield db
    finally:
        db.close()


def _foreigner(db: Database) -> None:
    new = users.NewUser(username=FOREIGNER, name="Ann", roles=[Role.ADMINISTRATOR], language="en")
    with db.transaction() as session:
        users.add(session, new, passwords.hashed(PASSWORD), by="root", at=db.clock.now(), must_change=False)


def _drafts(db: Database, house: House) -> list[str]:
    """Leave a draft, one whose file was changed meanwhile, and one that was discarded."""
    folder = MenuFolder(Home(house.home).config / "menus", shipped("config") / "menus")
    book, now = Menubook(folder), db.clock.now()
    with db.transaction() as session:
        plain = book.begin(session, "main", by="user:manager", at=now)
        text = plain.content.replace("longest: ", "longest:  ", 1)
        other = book.begin(session, "outbound/survey", by="user:manager", at=now)
        other.base_hash = "0" * 64
        gone = book.beside(session, plain.id, text, by="user:manager", at=now, note="")
        book.discard(session, gone.id, version=1, at=now)
        return [
            f"/menus/drafts/{plain.id}",
            f"/menus/compare?draft={other.id}",
            f"/menus/discarded/{gone.id}",
        ]


def _roster(house: House) -> None:
    """Put somebody on a roster that no menu rings."""
    path = house.home / "config" / "roster.yaml"
    shifts = 'technicians: {must_cover: true, week: [{times: ["08:00-20:00"], days: mon-fri, who: 张师傅}]}'
    begin = f'\npeople: {{张师傅: "13800009999"}}\nrosters:\n  {shifts}\n'
    path.write_text(path.read_text(encoding="utf-8").replace("\nrosters:\n", begin, 1), encoding="utf-8")


def _fees(house: House) -> None:
    house.cli("fees", "import", str(SAMPLES / "bills.csv"))
    house.cli("fees", "promise", "3-2-601", (today() + timedelta(days=5)).isoformat())


def _survey(house: House) -> int:
    house.cli("campaigns", "create", "上半年满意度")
    house.cli("campaigns", "from-residents", "上半年满意度")
    return _number(house, "上半年满意度")


def _reminder(house: House) -> int:
    house.cli("reminders", "create", "十月物业费")
    house.cli("reminders", "from-unpaid", "十月物业费", "--not-due-yet")
    return _number(house, "十月物业费")


def _notice(house: House) -> int:
    begins = f"{today() + timedelta(days=2)} 09:00"
    house.cli("notices", "create", "三号楼停水", "--about", "water", "--begins", begins)
    house.cli("notices", "to", "三号楼停水", "--building", "3")
    return _number(house, "三号楼停水")


def _number(house: House, name: str) -> int:
    with sqlite3.connect(house.home / "hotline.db") as db:
        return int(db.execute("SELECT id FROM campaigns WHERE name = ?", (name,)).fetchone()[0])


def _guests(house: House) -> str:
    house.cli("rooms", "import", str(SAMPLES / "rooms.csv"))
    house.cli("stays", "import", str(SAMPLES / "stays.csv"))
    house.cli("wakeups", "import", str(SAMPLES / "wakeups.csv"))
    return str(house.cli("wakeups", "book", "808", "07:10", "--note", "airport")["number"])


def _shift(house: House) -> int:
    house.cli("shift", "open", "--by", "王芳")
    house.cli("shift", "log", "--add", "2 号电梯停用检修", "--by", "王芳")
    with sqlite3.connect(house.home / "hotline.db") as db:
        return int(db.execute("SELECT max(id) FROM shifts").fetchone()[0])


def _ticket(house: House) -> str:
    words = (
        "--kind",
        "complaint",
        "--room",
        "602",
        "--building",
        "3",
        "--unit",
        "2",
        "--text",
        "楼上装修太吵",
    )
    made = house.cli("tickets", "new", *words, "--caller", "13800001111", "--who", "王芳", "--anyway")
    number = str(made["number"])
    house.cli("tickets", "assign", number, "--department", "客服部", "--who", "王芳")
    return number


def _errands(house: House) -> None:
    house.cli("confirm", "ask", "3-2-602", "--who", "陈先生", "--persons", "2", "--at", "gate")
    house.cli("confirm", "ask", "3-2-601", "--matter", "goods", "--what", "冰箱一台", "--at", "dock")
    house.cli("messages", "take", "请回电给前台", "--room", "808", "--from", "陈晨")


def _outside(db: Database) -> None:
    """Put an answered call that waits for its bill and one that is booked on the register."""
    now = db.clock.now()
    call = OutsideCallRow(
        slip="000901", estate="default", linkedid="f" * 32, extension="8808", leg="f" * 32,
        building="", unit="", room="808", stay="", operator="", dialled="901061234567",
        sent="01061234567", number="+861061234567",
        rated_as="01061234567", category=OutsideCategory.LONG_DISTANCE, rule="long", service_class="room",
        trunk="trunk", booking="", approval=None, approved_by="王芳", permitted_at=now, answered_at=now,
        ended_at=now + timedelta(seconds=63), seconds=63, disposition="ANSWERED", lost=False, tariff="long",
        cost_cents=140, currency="CNY", state=SlipState.CHARGED, billed_at=None, billed_by="", billed_as="",
    )  # fmt: skip
    booked = OutsideBookingRow(
        number="901", estate="default", extension="8801", rings="8801", building="", unit="", room="801",
        operator="", dialled="9001234567", wanted="+11234567", category=OutsideCategory.INTERNATIONAL,
        trunk="trunk", language="zh", arrived_at=now, expires_at=now + timedelta(hours=4),
        needs_approval=True, approved_by="", approved_at=None, state=BookingState.WAITING, slip="",
        ended_at=None, result="",
    )  # fmt: skip
    with db.transaction() as session:
        session.add_all([call, booked])
        office.approve(
            session, "default", place=Place(room="808"), category=OutsideCategory.LONG_DISTANCE, most=1,
            until=now + timedelta(hours=24), who="王芳", reason="会议", now=now,
        )  # fmt: skip


def _whole_call(house: House, within: float = 60) -> str:
    """Return the leg of the last call once its recording is whole: that is written a moment after it."""
    query = (
        "SELECT uniqueid FROM recordings JOIN legs USING (uniqueid) "
        "WHERE seconds > 1 AND legs.end NOT NULL ORDER BY legs.start DESC"
    )
    deadline = time.monotonic() + within
    while True:
        with sqlite3.connect(house.home / "hotline.db") as db:
            found = db.execute(query).fetchone()
        if found is not None:
            return str(found[0])
        assert time.monotonic() < deadline, "no recording was closed"
        time.sleep(0.2)


def _taken_by_operator(db: Database, leg: str) -> None:
    """Say that operator 01 took the call: what quality review draws from."""
    begin: datetime = db.clock.now() - timedelta(minutes=2)
    row = WaitRow(
        id="livedin", visit="livedin", estate="default", queue="main", leg=leg, priority=0, entered_at=begin,
        position=1, left_at=begin + timedelta(seconds=9), how=Leave.ANSWERED, waited=9.0, short=False,
        operator="01", offers=1, talk_ended_at=begin + timedelta(seconds=70), talked=61.0, talk_end="caller",
    )  # fmt: skip
    with db.transaction() as session:
        session.add(row)
