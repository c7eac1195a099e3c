"""``/system``: how the machine stands – trunks, channels, processes, disk, models, versions, backups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nicegui import ui
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.notifications.models import AlarmRow, AlarmState
from hotline.web.console.duty.lines import roster_name
from hotline.web.console.kit import grid, times
from hotline.web.console.kit.grid import Row, columns
from hotline.web.console.livewords import BOARD
from hotline.web.console.shell import Console, Entry, View
from hotline.web.housekeeping import Machine

_FEW_MB = 2_000
_OLD_BACKUP_DAYS = 8
"""After a week without one the line is red: a weekly timer has failed."""
_CHANNELS = ("channels_in_use", "channels_limit")
_PLAIN = ("menus", "duty", "records", "outbound", "operators", "recording")
"""Sections of the status that say why something is not in service."""


ROLES = {
    "parent": ("主进程 parent", "parent"), "calls": ("通话 calls", "calls"), "work": ("后台 work", "work"),
    "web": ("控制台 web", "web"), "headsets": ("耳机 headsets", "headsets"),
    "standby": ("通话备用 standby", "standby"),
}  # fmt: skip
"""Processes; ``--roles`` and the log call them by their English names."""


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/system", needs=Scope.SYSTEM_READ, entry=Entry("系统", "System", "dns", 940))
    async def system(view: View) -> None:
        grid.styled()
        grid.heading(view, "系统", "System")
        machine = await view.parts.keeper.machine()
        status = await view.parts.calls.status()
        alarms = await view.read(_alarms)
        _troubles(view, status, alarms)
        _telephone(view, status)
        _processes(view, machine)
        _storage(view, machine)
        _versions(view, machine)


def _alarms(session: Session) -> Sequence[AlarmRow]:
    query = select(AlarmRow).where(AlarmRow.state == AlarmState.RAISED).order_by(AlarmRow.first_at)
    return session.scalars(query).all()


def problems_of(status: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the calls process says is wrong, by section; each line with its file and line."""
    found = []
    for section in _PLAIN:
        for name, value in (status.get(section) or {}).items():
            told = isinstance(value, str) and value not in ("", "ok")
            if told and (name == "problem" or section in ("menus", "duty")):
                found += [(f"{section} {name}", line) for line in value.splitlines()]
    return found


def alarm_in_words(view: View, row: AlarmRow) -> str:
    """Return what an alarm is about: what is wrong, with what, and where, when there are several estates."""
    said = view.t(*BOARD.get(f"alarm_{row.kind}", (row.kind, row.kind)))
    estate = view.parts.estates.get(row.estate)
    several = len(view.parts.estates) > 1 and estate is not None
    where = view.t(f"（{estate.name}）", f" ({estate.name})") if several and estate is not None else ""
    subject = roster_name(row.subject, view.t) if row.kind == "roster_gap" else row.subject
    return f"{said} {subject}".rstrip() + where


def _troubles(view: View, status: Mapping[str, Any] | None, alarms: Sequence[AlarmRow]) -> None:
    t = view.t
    rows = [
        Row((alarm_in_words(view, row), times.moment(row.first_at, view.estate.zone)), tone="red")
        for row in alarms
    ]
    if status is None:
        rows.append(Row((t("通话进程没有应答", "The calls process does not answer"), ""), tone="red"))
    rows += [Row((where, what), tone="amber") for where, what in problems_of(status or {})]
    grid.heading(view, "告警与配置问题", "Alarms and problems of configuration", 2)
    grid.grid(
        view, t("告警与配置问题", "Alarms and problems of configuration"),
        columns(view, ("来源", "What"), ("说明", "Since, or why")), rows,
        nothing=t("没有告警，配置都在使用中。", "No alarms; all files are in service."),
    )  # fmt: skip
    ui.link(t("检查全部配置文件", "Check all configuration files"), "/config").classes("text-blue-900")


def _telephone(view: View, status: Mapping[str, Any] | None) -> None:
    t, found = view.t, status or {}
    calls = found.get("calls") or {}
    grid.heading(view, "电话", "Telephone", 2)
    grid.facts(
        [
            (t("地址", "Address"), str(calls.get("listen", ""))),
            (t("通道", "Channels"), " / ".join(str(calls.get(one, "–")) for one in _CHANNELS)),
            (t("语音识别（中/英）", "Recognition (zh, en)"), _engines(found.get("speech") or {})),
            (t("录音", "Recording"), _yes(view, (found.get("recording") or {}).get("enabled"))),
            (t("自", "Since"), _local(view, str(calls.get("since", "")))),
        ]
    )
    rows = [
        Row((name, ", ".join(f"{key}: {value}" for key, value in facts.items())))
        for name, facts in (found.get("trunks") or {}).items()
        if isinstance(facts, dict)
    ]
    grid.grid(
        view, t("中继", "Trunks"), columns(view, ("中继", "Trunk"), ("状态", "State")), rows,
        nothing=t("没有登记中继；分机和软电话可以直接拨入。", "No trunks; telephones may dial in directly."),
    )  # fmt: skip


def _local(view: View, moment: str) -> str:
    try:
        return times.moment(datetime.fromisoformat(moment), view.estate.zone)
    except ValueError:
        return moment


def _engines(speech: Mapping[str, Any]) -> str:
    return " / ".join(str(speech.get(f"engine_{one}") or "–") for one in ("zh", "en"))


def _yes(view: View, value: object) -> str:
    return view.t("开", "on") if value else view.t("关", "off")


def _processes(view: View, machine: Machine) -> None:
    rows = [
        Row(
            (
                view.t(*ROLES.get(one.role, (one.role, one.role))),
                str(one.pid),
                f"{one.seconds / 3600:.1f}",
                str(one.memory_mb),
            )
        )
        for one in machine.processes
    ]
    grid.heading(view, "进程", "Processes", 2)
    grid.grid(
        view, view.t("进程", "Processes"),
        columns(view, ("进程", "Process"), ("进程号", "Id", "figures"), ("运行小时", "Hours", "figures"),
                ("内存 MB", "Memory, MB", "figures")),
        rows, nothing=view.t("本系统不提供进程信息。", "This system tells nothing of processes."),
    )  # fmt: skip


def _storage(view: View, machine: Machine) -> None:
    t, zone = view.t, view.estate.zone
    short = machine.disk_free_mb < _FEW_MB
    free = f"{machine.disk_free_mb / 1000:.1f} / {machine.disk_total_mb / 1000:.1f} GB"
    grid.heading(view, "存储与备份", "Storage and backups", 2)
    backup = machine.backup
    if backup is None:
        told, old = t("还没有备份：hotline backup", "None yet: hotline backup"), True
    else:
        told = f"{times.moment(backup.at, zone)} · {backup.path} · {backup.megabytes} MB"
        old = (view.parts.clock.now() - backup.at).days >= _OLD_BACKUP_DAYS
    night = machine.retention_day
    rows = [
        Row((t("磁盘可用", "Disk free"), free), tone="red" if short else ""),
        Row((t("录音", "Recordings"), f"{machine.recordings} · {machine.recorded_hours:.1f} h")),
        Row((t("最近备份", "Last backup"), told), tone="red" if old else ""),
        Row((t("最近一次到期清理", "Last deletion of what is too old"), night.isoformat() if night else "–")),
    ]
    headings = columns(view, ("项目", "What"), ("情况", "How it stands"))
    grid.grid(view, t("存储与备份", "Storage and backups"), headings, rows, nothing="")


def _versions(view: View, machine: Machine) -> None:
    t = view.t
    grid.heading(view, "版本与模型", "Versions and models", 2)
    grid.facts(
        [
            ("Hotline", machine.version),
            (t("数据库", "Database"), f"{machine.database}, schema {machine.schema}"),
            ("Python", machine.python),
            *((t("模型", "Model"), f"{one.name} ({one.megabytes} MB)") for one in machine.models),
        ]
    )
    if not machine.models:
        ui.label(
            t("没有另装语音模型，使用内置的小模型。", "None installed: the small model in the box works.")
        ).classes("hl-muted")
