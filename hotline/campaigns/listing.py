"""A list of people to call, and every mistake in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hotline import sheets
from hotline.call.errors import Problem
from hotline.sheets import Column, Columns, Findings, Normalise, Row

COLUMNS = Columns(
    "the list",
    {
        "name": Column(
            "the name",
            ("name", "姓名", "业主", "业主姓名", "住户", "住户姓名", "客户姓名", "联系人"),
            repeats="first",
        ),
        "phone": Column(
            "the telephone",
            (
                "phone", "telephone", "mobile", "number", "tel", "电话", "电话号码", "手机", "手机号",
                "联系电话",
            ),
            needed=True,
            repeats="first",
        ),
        "building": Column(
            "the building",
            ("building", "block", "楼栋", "楼栋号", "楼号", "栋", "幢", "座", "楼"),
            repeats="first",
        ),
        "unit": Column("the unit", ("unit", "entrance", "单元", "单元号"), repeats="first"),
        "room": Column(
            "the room",
            ("room", "flat", "apartment", "房号", "房间", "房间号", "室", "室号"),
            repeats="first",
        ),
        "language": Column("the language", ("language", "语言"), repeats="first"),
    },
)  # fmt: skip
"""Headings understood, in English and Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Somebody to call."""

    number: str
    """Normalised, or a SIP address."""
    raw: str
    name: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    language: str = "zh"
    about: str = ""
    """See :attr:`~hotline.campaigns.models.PersonRow.about`."""


@dataclass(frozen=True, slots=True)
class PeopleList:
    """A whole list, each telephone once, and what was odd about it."""

    people: tuple[Listed, ...]
    warnings: tuple[Problem, ...] = ()


def read_list(path: Path, *, normalise: Normalise, language: str) -> PeopleList:
    """Read a list; rows without a language get ``language``.

    A telephone that is listed again is called once, with a warning. Raises
    :class:`~hotline.call.errors.InvalidInput` with the problems of all rows, each with its line.
    """
    sheet = sheets.read(path, COLUMNS)
    findings = Findings(sheet)
    if not sheet.rows:
        findings.bad_list("has headings and nobody below them")
    reader = _Reader(findings, normalise, language)
    for row in sheet.rows:
        reader.take(row)
    warnings = findings.settle()
    return PeopleList(tuple(reader.found.values()), warnings)


class _Reader:
    def __init__(self, findings: Findings, normalise: Normalise, language: str) -> None:
        self._findings = findings
        self._normalise = normalise
        self._language = language
        self._lines: dict[str, int] = {}
        self.found: dict[str, Listed] = {}

    def take(self, row: Row) -> None:
        """Read one row."""
        number = self._findings.telephone(row, "phone", self._normalise, needed=True)
        language = self._findings.language(row, "language", self._language)
        name, building, unit, room = (
            self._findings.text(row, column) for column in ("name", "building", "unit", "room")
        )
        if not self._findings.clean(row):
            return
        if number in self.found:
            message = f"the same telephone as in line {self._lines[number]}: it is called once"
            self._findings.warn(row, "phone", message)
            return
        self._lines[number] = row.line
        self.found[number] = Listed(
            number=number,
            raw=row.text("phone"),
            name=name,
            building=building,
            unit=unit,
            room=room,
            language=language,
        )
