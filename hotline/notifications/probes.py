"""What can be seen of the machine. Nothing is guessed: what cannot be seen raises and clears nothing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from hotline.call.clock import Clock
from hotline.call.errors import InvalidInput
from hotline.home import Home
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.routes import EVERYWHERE
from hotline.settings import Settings

SILENT_AFTER = 60.0
"""A calls process is replaced within 2 s; one that does not answer this long does not come back."""
STEADY_AFTER = 600.0
"""A restart is over, or a broken recording, when nothing happened for so long."""
ROSTER_EVERY = 600.0
_ROOM = 1.1
"""Free space must be this much over a limit before its alarm is cleared."""

_FULL = ("磁盘空间不足，已停止录音。", "The disk is too full: recording is suspended.")
_UNWRITTEN = ("有录音文件无法写入。", "Recordings could not be written.")
_RESTARTED = ("电话进程已重启。", "The calls process was replaced by a new one.")
_SILENT = ("电话进程没有应答。", "The calls process does not answer.")

Status = Callable[[], Awaitable[dict[str, Any] | None]]


@dataclass(frozen=True, slots=True)
class RosterGap:
    """Nobody on duty today, at some time."""

    estate: str
    roster: str
    gaps: str
    """As people read it: ``12:00-13:00, 18:00-20:00``."""


RosterGaps = Callable[[datetime], Iterable[RosterGap]]
"""Gaps of the local day of an instant; may read files, is called in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One condition as it is now."""

    kind: AlarmKind
    subject: str
    bad: bool | None
    """``None``: neither clearly bad nor clearly good."""
    estate: str = EVERYWHERE
    detail: Mapping[str, str] = field(default_factory=dict)


class Probe(Protocol):
    """Looks at one thing."""

    async def look(self) -> Sequence[Finding] | None:
        """Return everything there is to be said of its kinds; ``None`` when it cannot be seen."""
        ...

    kind: AlarmKind
    local: bool
    """It is about this machine alone: another node has its own."""


class CallsStatus:
    """Asks the calls process once a look; others read what it said. Finds restarts and silence."""

    kind = AlarmKind.CALLS_RESTARTED
    local = True

    def __init__(self, status: Status, clock: Clock) -> None:
        self._status = status
        self._clock = clock
        self._since = ""
        self._answered_at: float | None = None
        self._restarted_at: float | None = None
        self.said: dict[str, Any] | None = None
        """The last look's answer; ``None`` when there was none."""

    async def look(self) -> Sequence[Finding] | None:
        """See :class:`Probe`. A node that never had a calls process has none to miss."""
        self.said = await self._status()
        now = self._clock.monotonic()
        if self.said is not None:
            since = str(self.said.get("calls", {}).get("since", ""))
            if self._since and since != self._since:
                self._restarted_at = now
            self._since, self._answered_at = since, now
        if self._answered_at is None:
            return None
        silent = now - self._answered_at >= SILENT_AFTER
        restarted = self._restarted_at is not None and now - self._restarted_at < STEADY_AFTER
        chinese, english = _SILENT if silent else _RESTARTED
        detail = {"sentence_zh": chinese, "sentence_en": english}
        return [Finding(kind=self.kind, subject="calls", bad=silent or restarted, detail=detail)]


class Trunks:
    """Accounts that should be registered."""

    kind = AlarmKind.TRUNK_DOWN
    local = True

    def __init__(self, calls: CallsStatus) -> None:
        self._calls = calls

    async def look(self) -> Sequence[Finding] | None:
        """See :class:`Probe`."""
        if self._calls.said is None:
            return None
        return [
            Finding(
                kind=self.kind,
                subject=name,
                bad=trunk.get("state") not in ("registered", "unregistered"),
                detail={"reason": str(trunk.get("last_error", ""))},
            )
            for name, trunk in self._calls.said.get("trunks", {}).items()
        ]


class Recordings:
    """Calls that go on without being recorded."""

    kind = AlarmKind.RECORDING_FAILED
    local = True

    def __init__(self, calls: CallsStatus, settings: Settings, clock: Clock) -> None:
        self._calls = calls
        self._limit = settings.recording.free_space_mb
        self._clock = clock
        self._failed: int | None = None
        self._failed_at: float | None = None

    async def look(self) -> Sequence[Finding] | None:
        """See :class:`Probe`."""
        said = self._calls.said
        if said is None:
            return None
        recording = said.get("recording", {})
        too_full = int(recording.get("free_mb", self._limit)) < self._limit
        full = bool(recording.get("enabled")) and too_full
        self._count(int(said.get("media", {}).get("failed_recordings", 0)))
        now = self._clock.monotonic()
        failing = self._failed_at is not None and now - self._failed_at < STEADY_AFTER
        chinese, english = _FULL if full else _UNWRITTEN
        detail = {"sentence_zh": chinese, "sentence_en": english}
        return [Finding(kind=self.kind, subject="calls", bad=full or failing, detail=detail)]

    def _count(self, failed: int) -> None:
        """A new process counts from 0 again."""
        if self._failed is not None and failed > (self._failed if failed >= self._failed else 0):
            self._failed_at = self._clock.monotonic()
        self._failed = failed


class Disk:
    """Room for recordings and the database: told of at twice the space at which recording stops."""

    kind = AlarmKind.DISK_FILLING
    local = True

    def __init__(self, home: Home, settings: Settings) -> None:
        self._home = home
        self._stop = settings.recording.free_space_mb

    async def look(self) -> Sequence[Finding] | None:
        """See :class:`Probe`."""
        folder = self._home.recordings if self._home.recordings.is_dir() else self._home.root
        try:
            free = (await asyncio.to_thread(shutil.disk_usage, folder)).free // 1_000_000
        except OSError:
            return None
        limit = 2 * self._stop
        detail = {
            "free_mb": str(free),
            "limit_mb": str(limit),
            "consequence_zh": f"低于 {self._stop} MB 时通话不再录音。",
            "consequence_en": f"Below {self._stop} MB calls are not recorded.",
        }
        bad = True if free < limit else False if free >= limit * _ROOM else None
        return [Finding(kind=self.kind, subject="recordings", bad=bad, detail=detail)]


class TimeKept:
    """The machine's clock follows a time server."""

    kind = AlarmKind.CLOCK_UNSYNCHRONISED
    local = True

    def __init__(self, kept: Callable[[], bool | None]) -> None:
        self._kept = kept

    async def look(self) -> Sequence[Finding] | None:
        """See :class:`Probe`."""
        kept = self._kept()
        return None if kept is None else [Finding(kind=self.kind, subject="clock", bad=not kept)]


class Rosters:
    """Somebody is on duty all day (DOMAIN section 5)."""

    kind = AlarmKind.ROSTER_GAP
    local = False

    def __init__(self, gaps: RosterGaps, clock: Clock) -> None:
        self._gaps = gaps
        self._clock = clock
        self._next = float("-inf")

    async def look(self) -> Sequence[Finding] | None:
        """See :class:`Probe`. Rosters change slowly: files are read every ten minutes."""
        if self._clock.monotonic() < self._next:
            return None
        self._next = self._clock.monotonic() + ROSTER_EVERY
        try:
            found = await asyncio.to_thread(lambda: list(self._gaps(self._clock.now())))
        except InvalidInput:
            return None  # the duty book says so itself; the old roster stays in service
        return [
            Finding(
                kind=self.kind, subject=gap.roster, estate=gap.estate, bad=True, detail={"gaps": gap.gaps}
            )
            for gap in found
        ]
