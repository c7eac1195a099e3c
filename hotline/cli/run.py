"""``hotline run``, ``hotline check``, ``hotline status``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer

from hotline.app import logs
from hotline.app.homelock import locked
from hotline.app.livefeed import ask
from hotline.app.options import RunOptions, take_back
from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault
from hotline.children import run_once
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.headsets import installed as headsets
from hotline.home import Home
from hotline.supervise import Supervisor

SipOption = Annotated[str, typer.Option("--sip", metavar="HOST:PORT", help="Where to take SIP calls.")]
RtpOption = Annotated[str, typer.Option("--rtp", metavar="FROM-TO", help="UDP ports for sound.")]
HttpOption = Annotated[str, typer.Option("--http", metavar="HOST:PORT", help="Where to serve status.")]


def run(
    home: HomeOption = DEFAULT_HOME,
    sip: SipOption = "",
    rtp: RtpOption = "",
    http: HttpOption = "",
    models: Annotated[bool, typer.Option("--models/--no-models", help="Fetch missing speech models.")] = True,
    roles: Annotated[
        str, typer.Option("--roles", metavar="ROLE,…", help="Only these: calls, work, web, headsets.")
    ] = "",
    standby: Annotated[
        bool, typer.Option("--standby/--no-standby", help="Keep a second calls process ready to take over.")
    ] = True,
) -> None:
    """Run the hotline in the foreground until SIGTERM or Ctrl-C (once: drain, twice: end at once)."""
    options = RunOptions(home=home, sip=sip, rtp=rtp, http=http, fetch_models=models)
    logs.configure("parent")
    with plain_errors(), locked(Home(home.resolve())):
        wanted = _roles(roles)
        raise typer.Exit(asyncio.run(_run(options, wanted, standby=standby)))


async def _run(options: RunOptions, roles: Sequence[str], *, standby: bool) -> int:
    parent = Supervisor(
        options.arguments(), roles, SystemClock(), standby=standby, take_back=partial(take_back, options)
    )
    return await parent.run()


def _roles(wanted: str) -> tuple[str, ...]:
    """Return which processes run here; raises :class:`EnvironmentFault` for one there is not."""
    there = ("calls", "work", "web", *headsets.roles())
    named = tuple(role.strip() for role in wanted.split(",") if role.strip())
    unknown = [role for role in named if role not in there]
    if unknown:
        raise EnvironmentFault(
            f'There is no role "{unknown[0]}" here: --roles takes {", ".join(there)}, with commas between.',
            code="unknown-role",
        )
    return tuple(role for role in there if role in named) if named else there


def check(
    home: HomeOption = DEFAULT_HOME, sip: SipOption = "", rtp: RtpOption = "", http: HttpOption = ""
) -> None:
    """Check configuration, menus and ports; starts nothing, changes nothing in service; exit 2 if wrong."""
    options = RunOptions(home=home, sip=sip, rtp=rtp, http=http)
    logs.configure("check")
    code = asyncio.run(run_once("check", options.arguments(), SystemClock()))
    if code == 0:
        print("Everything needed for a start is in order.")
    raise typer.Exit(code)


def status(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Ask the running hotline: channels, trunks, menu in service, recognition, what is missing."""
    with plain_errors():
        found = asyncio.run(ask(Home(home.resolve()).run, "status"))
        if found is None:
            raise EnvironmentFault(
                f"No hotline is running on the data folder {home}. Start it with ./start or `hotline run`, "
                "or name its folder with --home."
            )
    if as_json:
        print_json(found)
        return
    for section, values in found.items():
        if section != "type" and values:
            print(section)
            for name, value in values.items():
                print(f"  {name:<24} {_plain(value)}")


def _plain(value: object) -> str:
    """A value as people read it: yes and no, nothing as a dash, lists by line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("\n", "\n" + " " * 27) if value not in ("", None) else "–"
