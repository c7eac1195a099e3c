"""What every process is started with: the data folder and the command line's overrides."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline import settings as settings_module
from hotline.call.errors import InvalidInput, Problem
from hotline.home import Home, shown
from hotline.keptconfig import write_copy
from hotline.settings import Settings

_FORMS = {
    "--sip": "HOST:PORT, such as 0.0.0.0:5060",
    "--rtp": "FROM-TO between 1 and 65535, such as 16384-17383",
    "--http": "HOST:PORT, such as 127.0.0.1:8080",
}

_BEFORE, _FAILED = "hotline.before.yaml", "hotline.failed.json"
"""Beside the copy in service: the one it replaced, and why one that was tried went back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Options of ``hotline run``; empty strings leave the settings as they are."""

    home: Path
    sip: str = ""
    rtp: str = ""
    http: str = ""
    fetch_models: bool = True

    def arguments(self) -> list[str]:
        """Return the options as a child's command line."""
        given = ["--home", str(self.home)]
        for name, value in (("--sip", self.sip), ("--rtp", self.rtp), ("--http", self.http)):
            given += [name, value] if value else []
        return given if self.fetch_models else [*given, "--no-models"]

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> RunOptions:
        """Take :meth:`arguments` apart again (child side)."""
        parser = argparse.ArgumentParser()
        parser.add_argument("--home", type=Path, required=True)
        for name in ("--sip", "--rtp", "--http"):
            parser.add_argument(name, default="")
        parser.add_argument("--no-models", dest="fetch_models", action="store_false")
        return cls(**vars(parser.parse_args(arguments)))


def settings_in_service(options: RunOptions) -> tuple[Home, Settings]:
    """Return what :func:`keep_in_service` kept: what the hotline was started with.

    A process that replaces another must not stumble over an edit made since.
    """
    home = Home(options.home.resolve())
    return home, _laid_over(options, home.in_service / "hotline.yaml", home.config)


def keep_in_service(home: Home) -> None:
    """Keep a copy of the settings a start was checked with; what menus an earlier one had is forgotten."""
    shutil.rmtree(home.in_service / "menus", ignore_errors=True)
    home.in_service.mkdir(parents=True, exist_ok=True)
    path, copy = home.config / "hotline.yaml", home.in_service / "hotline.yaml"
    for left in (copy, home.in_service / _BEFORE, home.in_service / _FAILED):
        left.unlink(missing_ok=True)
    if path.exists():
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)  # it may hold trunk passwords


def take_up(options: RunOptions) -> None:
    """Keep an edited ``hotline.yaml`` as the one in service, for processes that are started from now on.

    The one before is kept for :func:`take_back`. Raises :class:`InvalidInput` with every problem; then what
    was in service stays.
    """
    home, _ = load_settings(options)
    copy = home.in_service / "hotline.yaml"
    write_copy(copy.read_bytes() if copy.exists() else b"", home.in_service / _BEFORE)
    (home.in_service / _FAILED).unlink(missing_ok=True)
    write_copy((home.config / "hotline.yaml").read_bytes(), copy)


def take_back(options: RunOptions, why: str) -> bool:
    """Put the settings before the last :func:`take_up` in service again; False: there are none.

    ``why``: what a process that was started with the new ones said when it ended.
    """
    home = Home(options.home.resolve())
    copy, before = home.in_service / "hotline.yaml", home.in_service / _BEFORE
    if not before.exists():
        return False
    failed = {"why": why, "of": hashlib.sha256(copy.read_bytes()).hexdigest()}
    write_copy(json.dumps(failed).encode(), home.in_service / _FAILED)
    before.replace(copy)
    return True


def failed_take_up(home: Home) -> str:
    """Return why ``hotline.yaml`` as it is on disk could not be taken up; empty: it was not tried, or edited
    since."""
    try:
        failed = json.loads((home.in_service / _FAILED).read_bytes())
        on_disk = (home.config / "hotline.yaml").read_bytes()
    except (OSError, ValueError):
        return ""
    same = failed["of"] == hashlib.sha256(on_disk).hexdigest()
    return str(failed["why"]) if same else ""


def load_settings(options: RunOptions) -> tuple[Home, Settings]:
    """Return the data folder and its settings with the overrides of the command line laid over them.

    Raises :class:`InvalidInput` with every problem of the file, or naming the option that is wrong.
    """
    home = Home(options.home.resolve())
    return home, _laid_over(options, home.config / "hotline.yaml", home.config)


def _laid_over(options: RunOptions, path: Path, folder: Path) -> Settings:
    found = settings_module.load(path, shown_as=shown(folder / path.name)) if path.exists() else Settings()
    problems: list[Problem] = []
    try:
        if found.web.redirect_from:
            split_address(found.web.redirect_from, "web.redirect_from")
    except InvalidInput as wrong:
        problems += wrong.problems
    for section, field, value, option in (
        ("sip", "listen", options.sip, "--sip"),
        ("sip", "rtp_ports", options.rtp, "--rtp"),
        ("web", "listen", options.http, "--http"),
    ):
        try:
            found = _overridden(found, section, field, value, option)
            if option == "--rtp":
                found = _fewer_channels(found) if value else found
            else:
                split_address(getattr(getattr(found, section), field), option)
        except InvalidInput as wrong:
            problems += wrong.problems
    if not options.rtp and _room(found) < found.sip.channels.total:
        problems.append(Problem(shown(folder / path.name), 0, "sip.rtp_ports", _too_narrow(found)))
    if problems:
        raise InvalidInput(tuple(problems))
    return _resolved(found, folder)


def _room(settings: Settings) -> int:
    """Return for how many calls there are ports: RTP and RTCP each (RFC 3550 section 11)."""
    first, _, last = settings.sip.rtp_ports.partition("-")
    return (int(last) - int(first) + 1) // 2


def _too_narrow(settings: Settings) -> str:
    total = settings.sip.channels.total
    return (
        f'"{settings.sip.rtp_ports}" has ports for {_room(settings)} calls (two each), sip.channels.total is '
        f"{total}: widen it to {2 * total} ports, or lower the channels"
    )


def _resolved(settings: Settings, folder: Path) -> Settings:
    """Files named in the settings lie beside them unless their path is absolute."""

    def beside(path: Path | None) -> Path | None:
        return path if path is None else (folder / path.expanduser())

    sip = settings.sip.model_copy(
        update={
            "tls_certificate": beside(settings.sip.tls_certificate),
            "accounts": tuple(
                account.model_copy(update={"password_file": beside(account.password_file)})
                for account in settings.sip.accounts
            ),
        }
    )
    speech = settings.speech.model_copy(update={"models": beside(settings.speech.models)})
    web = settings.web.model_copy(
        update={"certificate": beside(settings.web.certificate), "key": beside(settings.web.key)}
    )
    ice = tuple(
        server.model_copy(
            update={
                "password_file": beside(server.password_file),
                "secret_file": beside(server.secret_file),
            }
        )
        for server in settings.headsets.ice
    )
    headsets = settings.headsets.model_copy(update={"ice": ice})
    return settings.model_copy(update={"sip": sip, "speech": speech, "web": web, "headsets": headsets})


def _fewer_channels(settings: Settings) -> Settings:
    """A narrow ``--rtp`` means fewer calls."""
    room = _room(settings)
    channels = settings.sip.channels
    if room >= channels.total:
        return settings
    least = channels.reserved_outgoing + channels.reserved_emergency + 1
    if room < least:
        ports = settings.sip.rtp_ports
        sentence = f'"{ports}" has ports for {max(room, 0)} calls (two each); at least {least} are needed'
        raise InvalidInput((Problem("--rtp", 0, "", sentence),))
    return settings.model_copy(
        update={
            "sip": settings.sip.model_copy(update={"channels": channels.model_copy(update={"total": room})})
        }
    )


def _overridden(settings: Settings, section: str, field: str, value: str, option: str) -> Settings:
    if not value:
        return settings
    data: dict[str, Any] = settings.model_dump()
    data[section][field] = value
    try:
        return Settings.model_validate(data)
    except ValueError as error:
        sentence = f'"{value}" is not valid here: write {_FORMS[option]}'
        raise InvalidInput((Problem(option, 0, "", sentence),)) from error


def split_address(value: str, where: str) -> tuple[str, int]:
    """Split ``HOST:PORT``; raises :class:`InvalidInput` naming ``where`` it stands."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise InvalidInput((Problem(where, 0, "", f'"{value}" is not HOST:PORT, as in 0.0.0.0:5060'),))
    return host.strip("[]"), int(port)
