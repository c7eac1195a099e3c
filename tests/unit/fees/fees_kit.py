"""A directory, a contract and lists of bills for the tests of the fees slice."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from hotline.call.ports import Place
from hotline.fees import repository
from hotline.fees.rules import FeeRules, load
from hotline.fees.service import FeesBook
from hotline.residents import names

ESTATE = "default"
ZONES = {"default": ZoneInfo("Asia/Shanghai"), "west": ZoneInfo("Asia/Urumqi")}
ESTATES = {"default": "东湖花园", "west": "西苑"}
ROOM = Place("3", "2", "602")
OTHER = Place("3", "2", "0601")
HEADINGS = "楼栋,单元,房号,月份,物业费,水费,合计\n"


class Rooms:
    """A directory in memory; ``listed=None``: an estate without a room list."""

    def __init__(self, *listed: Place, has_list: bool = True) -> None:
        self.listed = listed if has_list else None

    def plain(self, building: str, unit: str, room: str) -> Place:
        together = names.whole(room) if room and not building and not unit else None
        return together or Place(names.building(building), names.unit(unit), names.room(room))

    def rooms(self, estate: str) -> tuple[Place, ...] | None:
        return self.listed


KNOWN = Rooms(ROOM, OTHER, Place("5", "", "1203"), Place("3", "1", "101"), Place("3", "2", "101"))


class Office:
    """A book of bills over a database, with lists written in the test."""

    def __init__(self, db, clock, folder: Path, rules: FeeRules | None = None) -> None:
        self.db, self.clock, self.folder = db, clock, folder
        found = rules or load(folder)  # the shipped file: the folder has none
        self.book = FeesBook(
            db, clock=clock, rules=SimpleNamespace(in_service=lambda: found, last=found), zones=ZONES
        )

    def load(self, content: str | bytes, *, directory=KNOWN, name="bills.csv", default=ESTATE, **options):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.book.import_list(
            path, estates=ESTATES, default=default, directory=directory, who="tester", **options
        )

    def bill(self, place: Place = ROOM, month: str = "2026-10", total: str = "100.00", **options) -> str:
        """Import one bill and return its number."""
        days = "".join(f",{options[day]}" if day in options else "," for day in ("due", "paid"))
        row = f"{place.building},{place.unit},{place.room},{month},{total},,{total}{days}\n"
        self.load(HEADINGS.strip() + ",到期日,付款日期\n" + row)
        with self.db.reading() as session:
            (found,) = repository.bills(session, estate=ESTATE, place=place, month=month)
        return found.number

    def row(self, number: str):
        with self.db.reading() as session:
            row = repository.find(session, number)
            _ = row.items
            return row

    def history(self, number: str) -> list[tuple[str, str]]:
        with self.db.reading() as session:
            return [(line.event, line.detail) for line in repository.history(session, number)]

    def do(self, method, *arguments, **options):
        """Call what works in a transaction."""
        with self.db.transaction() as session:
            return method(session, *arguments, **options)
