"""``hotline headset``: an operator's line on this computer's sound card."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.wording import Wording

_PACKAGES = ("aiortc", "sounddevice", "websockets")
Language = Literal["zh", "en"]


def headset(
    url: Annotated[str, typer.Option("--url", help="Address of the hotline: http(s)://HOST:PORT.")] = "",
    token: Annotated[
        str, typer.Option("--token", envvar="HOTLINE_TOKEN", help="The operator's token.", show_default=False)
    ] = "",
    microphone: Annotated[str | None, typer.Option("--input", help="Microphone, by name or number.")] = None,
    earpiece: Annotated[str | None, typer.Option("--output", help="Earpiece, by name or number.")] = None,
    ring: Annotated[str | None, typer.Option("--ring", help="Where it rings, by name or number.")] = None,
    list_devices: Annotated[bool, typer.Option("--list-devices", help="List the sound devices.")] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Test the level: record 3 s and play them back.")
    ] = False,
    ca: Annotated[
        Path | None, typer.Option("--ca", help="File with the certificate of the hotline's authority (PEM).")
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="A line at a time, for screen readers and scripts.")
    ] = False,
    language: Annotated[Language, typer.Option("--language", help="zh or en.")] = "zh",
) -> None:
    """Work as an operator with this computer's headset: ring, talk, hold, consult, transfer.

    The devices chosen are remembered for the next time. Exit code 2: what was given does not hold; 3: the
    machine or the network lacks something, or another headset took the line over.
    """
    wording = Wording(language)
    try:
        for package in _PACKAGES:
            if find_spec(package) is None:
                raise HeadsetProblem("no-sounddevice")
        from hotline.desktop import program  # the libraries of the extra are needed from here on

        wanted = {"input": microphone, "output": earpiece, "ring": ring}
        if list_devices:
            asyncio.run(program.show_devices(wording))
        elif test:
            asyncio.run(program.test_level(wanted, wording))
        else:
            order = program.Order(url=url, token=token or _ask_token(wording), ca=ca, plain=plain)
            asyncio.run(program.work(order, wanted, wording))
    except HeadsetProblem as problem:
        print(problem.worded(wording), file=sys.stderr)
        raise typer.Exit(problem.exit_code) from problem
    except KeyboardInterrupt as interrupt:
        raise typer.Exit(130) from interrupt  # as shells count it


def _ask_token(wording: Wording) -> str:
    """Ask for the token without showing it; only where somebody can answer."""
    if not os.isatty(0):
        raise HeadsetProblem("no-token")
    token: str = typer.prompt(wording.text("token"), hide_input=True)
    return token
