"""``python -m hotline.app.child ROLE --link FD [--prepare] …``: one process of the hotline.

A child imports what its role needs, prepares the data folder if it is the one to do so, says ``warm``,
waits for ``go`` (the calls process's standby waits here for as long as its sibling lives), runs, and ends
when told, or when the parent is gone.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import signal
import sys
from collections.abc import Sequence
from typing import Protocol

import structlog

from hotline.app import logs
from hotline.app.link import Link
from hotline.app.options import RunOptions
from hotline.call.errors import HotlineError, InvalidInput

log = structlog.get_logger(__name__)

PREPARING = "hotline.app.prepare_process"
ROLES = {
    "check": "hotline.app.check_process",
    "calls": "hotline.app.calls_process",
    "work": "hotline.app.work_process",
    "web": "hotline.app.web_process",
    "headsets": "hotline.app.headsets_process",
}


class RoleModule(Protocol):
    """A role's module: one coroutine that runs it."""

    async def run(self, options: RunOptions, line: ChildLine) -> None:
        """Run until ``line.drain`` or ``line.parent_gone`` is set."""
        ...


class ChildLine:
    """A role's view of its parent."""

    def __init__(self, link: Link) -> None:
        """Wrap the child's end of the line."""
        self._link = link
        self.go = asyncio.Event()
        self.drain = asyncio.Event()
        self.leave = asyncio.Event()
        """Drain as soon as nobody notices: set only for a role that :attr:`leaves_when_idle`."""
        self.leaves_when_idle = False
        self.parent_gone = asyncio.Event()
        self.alive = Alive()
        self.warmed: object = None
        """What the role's ``warm_up`` made while it waited for ``go``."""

    async def follow(self) -> None:
        """Take in what the parent says until it is gone."""
        async for message in self._link.messages():
            if "ping" in message and await self.alive.check():
                self._link.send({"pong": message["ping"]})
            elif "go" in message:
                self.go.set()
            elif "drain" in message:
                self.drain.set()
            elif "leave" in message:
                (self.leave if self.leaves_when_idle else self.drain).set()
        self.parent_gone.set()
        self.drain.set()
        self.go.set()

    def warm(self) -> None:
        """Imports are done."""
        self._link.send({"warm": True})

    def prepared(self, lines: Sequence[str]) -> None:
        """The data folder is ready for a start; ``lines`` are for the person who asked for it."""
        self._link.send({"prepared": list(lines)})

    def ready(self, **facts: object) -> None:
        """Work is taken from now on."""
        self._link.send({"ready": facts})

    def leaving(self) -> None:
        """It ends now, as it was asked to, and need not answer any more."""
        self._link.send({"leaving": True})

    def replace(self, roles: Sequence[str]) -> None:
        """Have the parent drain the processes of these roles and start them anew: the settings changed."""
        self._link.send({"replace": list(roles)})

    def fatal(self, sentence: str, exit_code: int) -> None:
        """This process cannot work; the sentence says why and what to do."""
        self._link.send({"fatal": {"sentence": sentence, "exit": exit_code}})


class Alive:
    """How a role proves that it is alive beyond its event loop; the default proves just that."""

    async def check(self) -> bool:
        """Return False (or hang) when something vital has stopped."""
        return True


async def _main(role: str, fd: int, options: RunOptions, *, prepares: bool) -> int:
    line = ChildLine(await Link.over_fd(fd))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, line.drain.set)
    module = _imported(ROLES[role])
    following = asyncio.create_task(line.follow(), name="parent")
    try:
        if prepares:
            await _imported(PREPARING).run(options, line)
        line.warmed = _warmed(module, options)
        line.warm()
        await line.go.wait()
        if line.parent_gone.is_set():
            return 0
        await module.run(options, line)
    except Exception as error:  # whatever ended the role: said to the parent, then the process ends
        return _last_words(role, line, error)
    finally:
        await asyncio.sleep(0)  # let the last message out
        following.cancel()
    return 0


def _imported(name: str) -> RoleModule:
    """Import a role's module. It stays for good, so it is kept out of every collection, now and later."""
    gc.disable()
    module: RoleModule = importlib.import_module(name)
    gc.freeze()
    gc.enable()
    return module


def _warmed(module: RoleModule, options: RunOptions) -> object:
    """Let a role do beforehand what opens nothing; what fails here is tried again, and told, at ``go``."""
    warm_up = getattr(module, "warm_up", None)
    if warm_up is None:
        return None
    try:
        return warm_up(options)
    except HotlineError:
        return None


def _last_words(role: str, line: ChildLine, error: Exception) -> int:
    errors = _leaves(error)
    named = [e for e in errors if isinstance(e, HotlineError)]
    if len(named) < len(errors):
        log.error("a process failed", exc_info=error, role=role)
    if not named:
        return 1
    exit_code = 2 if all(isinstance(e, InvalidInput) for e in named) else 1
    line.fatal("\n".join(e.sentence for e in named), exit_code)
    return exit_code


def _leaves(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for part in error.exceptions for leaf in _leaves(part)]


def main() -> None:
    """Entry point of ``python -m hotline.app.child``."""
    role, flag, fd, *rest = sys.argv[1:]
    if role not in ROLES or flag != "--link":
        sys.exit("started by hotline run, not by hand")
    logs.configure(role)
    prepares = rest[:1] == ["--prepare"]
    options = RunOptions.parse(rest[1:] if prepares else rest)
    sys.exit(asyncio.run(_main(role, int(fd), options, prepares=prepares)))


if __name__ == "__main__":
    main()
