"""The machine over HTTP: how it stands, its configuration, backups."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.web.api import etags, menuviews
from hotline.web.api.bodies import Body
from hotline.web.api.description import MUST_MATCH, TAGGED
from hotline.web.api.doing import KeyHeader, apart, replayed
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import needs
from hotline.web.api.menuviews import LineOut
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import DayText, Moment, Out, Page, day, instant
from hotline.web.housekeeping import LARGEST, Backup, ConfigFile

router = APIRouter(tags=["system"])

Reader = Annotated[Holder, Depends(needs(Scope.SYSTEM_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.SYSTEM_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Name = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9_-]{0,60}\.yaml$", description="`hotline.yaml`, `roster.yaml` …")
]


class ProcessOut(Out):
    """A process of the hotline."""

    role: str
    pid: int
    seconds: float
    memory_mb: int


class BackupOut(Out):
    """A backup."""

    number: Annotated[str, Field(description="Its name.")]
    path: Annotated[str, Field(description="On the machine.")]
    at: Moment
    megabytes: int
    recordings: bool


class SystemOut(Out):
    """How the machine stands. What calls and trunks do: `/live`; what is red: `/alarms`."""

    answers: Annotated[bool, Field(description="Whether the calls process answers.")]
    trunks: Annotated[dict[str, Any], Field(description="As `hotline status` tells.")]
    version: str
    schema_revision: str
    python: str
    database: str
    disk_free_mb: int
    disk_total_mb: int
    recordings: int
    recorded_hours: float
    processes: list[ProcessOut]
    models: Annotated[dict[str, int], Field(description="Installed speech models, in MB.")]
    backup: BackupOut | None
    retention_day: Annotated[DayText | None, Field(description="Last night in which old data went.")]


class ConfigLine(Out):
    """A configuration file."""

    number: Annotated[str, Field(description="Its name.")]
    changed_at: Moment


class ConfigOut(ConfigLine):
    """A configuration file with its text."""

    text: str


class SavedOut(Out):
    """What was saved; processes take it up within seconds, `hotline.yaml` when they start anew."""

    number: str
    warnings: list[LineOut]


class ConfigBody(Body):
    """A file's new text."""

    text: Annotated[str, Field(max_length=LARGEST)]


class BackupBody(Body):
    """What is backed up."""

    recordings: Annotated[bool, Field(description="With the recordings of calls.")] = True


@router.get("/system")
async def show(parts: Parts, holder: Reader) -> SystemOut:
    """Versions, processes, disk, models, trunks, the last backup. For tokens of all estates."""
    found, status = await parts.keeper.machine(), await parts.calls.status()
    return SystemOut(
        answers=status is not None, trunks=dict((status or {}).get("trunks") or {}), version=found.version,
        schema_revision=found.schema, python=found.python, database=found.database,
        disk_free_mb=found.disk_free_mb, disk_total_mb=found.disk_total_mb, recordings=found.recordings,
        recorded_hours=found.recorded_hours,
        processes=[
            ProcessOut(role=one.role, pid=one.pid, seconds=one.seconds, memory_mb=one.memory_mb)
            for one in found.processes
        ],
        models={one.name: one.megabytes for one in found.models},
        backup=None if found.backup is None else _backup(found.backup, parts),
        retention_day=day(found.retention_day),
    )  # fmt: skip


@router.post("/system/backups", status_code=201, response_model=BackupOut)
async def back_up(
    request: Request, parts: Parts, holder: Writer, body: BackupBody, key: KeyHeader = ""
) -> JSONResponse:
    """Back up the data folder, while calls go on, into `backups` beside it; minutes with many recordings."""

    async def work() -> BackupOut:
        return _backup(await parts.keeper.back_up(recordings=body.recordings), parts)

    return await apart(request, holder, "system.backup", work, key=key, status=201)


@router.get("/config", response_model=Page[ConfigLine])
async def files(parts: Parts, holder: Reader, paging: Pages) -> Page[ConfigLine]:
    """The configuration's files, but the menus (`/menus`)."""
    found = await parts.keeper.config_files()
    return paging.slice(
        found, lambda one: ConfigLine(number=one.name, changed_at=instant(one.changed_at, parts.zone("")))
    )


@router.get("/config/{name}", response_model=ConfigOut, responses=TAGGED)
async def read(request: Request, parts: Parts, holder: Writer, name: Name) -> Response:
    """One with its text; for who may change it, as it may hold passwords of trunks."""
    return answered(request, _config(await parts.keeper.config_file(name), parts))


@router.put("/config/{name}", response_model=SavedOut, responses=MUST_MATCH)
async def save(
    request: Request, parts: Parts, holder: Writer, name: Name, body: ConfigBody, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Put a text in the place of the one that was read, when it holds with all other files."""
    if (again := await replayed(request, holder, key)) is not None:
        return again
    present = await parts.keeper.config_file(name)
    etags.must_be_given(if_match)
    etags.check(if_match, _config(present, parts))

    async def work() -> SavedOut:
        warnings = await parts.keeper.save_config(name, body.text, version=present.version)
        return SavedOut(number=name, warnings=menuviews.lines(warnings))

    return await apart(request, holder, "config.save", work, key=key)


def _config(found: ConfigFile, parts: ApiParts) -> ConfigOut:
    return ConfigOut(number=found.name, changed_at=instant(found.changed_at, parts.zone("")), text=found.text)


def _backup(made: Backup, parts: ApiParts) -> BackupOut:
    return BackupOut(
        number=made.path.rpartition("/")[2], path=made.path, at=instant(made.at, parts.zone("")),
        megabytes=made.megabytes, recordings=made.recordings,
    )  # fmt: skip
