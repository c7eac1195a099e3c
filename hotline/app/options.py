"""What every process is started with: the data folder and the command line's overrides."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline import settings as settings_module
from hotline.call.errors import InvalidInput, Problem
from hotline.home import Home, shown
from hotline.settings import Settings

_FORMS = {
    "--sip": "HOST:PORT, such as 0.0.0.0:5060",
    "--rtp": "FROM-TO between 1 and 65535, such as 16384-17383",
    "--http": "HOST:PORT, such as 127.0.0.1:8080",
}


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
    """Keep a copy of the settings a start was checked with."""
    home.in_service.mkdir(parents=True, exist_ok=True)
    path, copy = home.config / "hotline.yaml", home.in_service / "hotline.yaml"
    copy.unlink(missing_ok=True)
    if path.exists():
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)  # it may hold trunk passwords


def load_settings(options: RunOptions) -> tuple[Home, Settings]:
    """Return the data folder and its settings with the overrides of the command line laid over them.

    Raises :class:`InvalidInput` with every problem of the file, or naming the option that is wrong.
    """
    home = Home(options.home.resolve())
    return home, _laid_over(options, home.config / "hotline.yaml", home.config)


def _laid_over(options: RunOptions, path: Path, folder: Path) -> Settings:
    found = settings_module.load(path, shown_as=shown(folder / path.name)) if path.exists() else Settings()
    problems: list[Problem] = []
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
    if problems:
        raise InvalidInput(tuple(problems))
    return _resolved(found, folder)


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
    return settings.model_copy(update={"sip": sip, "speech": speech})


def _fewer_channels(settings: Settings) -> Settings:
    """A narrow ``--rtp`` means fewer calls: each takes two ports (RTP and RTCP, RFC 3550 section 11)."""
    first, _, last = settings.sip.rtp_ports.partition("-")
    room = (int(last) - int(first) + 1) // 2
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
