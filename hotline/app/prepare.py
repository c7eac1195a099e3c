"""Before anything starts: the data folder, its configuration, the database - and every problem at once.

Runs in the first process of a start so that the parent stays small. Nothing is started when something does
not hold (exit 2); what is merely missing (models, prompts) is said together with how to get it.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from hotline.accounts import users
from hotline.app import https
from hotline.app.desk import open_duty, open_policy
from hotline.app.enquiries import open_enquiries
from hotline.app.menus import KnownPrompts, check_menus, undiallable
from hotline.app.notifying import open_book
from hotline.app.options import RunOptions, keep_in_service, load_settings, split_address
from hotline.app.outside import around
from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault, HotlineError, InvalidInput, Problem
from hotline.db.engine import make_engine
from hotline.db.migrate import upgrade
from hotline.dialplan.book import PlanBook
from hotline.enquiries import entries
from hotline.fees import rules as fee_rules
from hotline.headsets.ice import IceServers
from hotline.home import Home, shipped
from hotline.ivr.loader import flow_files
from hotline.operators import config as operator_rules
from hotline.outbound import policies
from hotline.quality import form as quality_form
from hotline.settings import Settings
from hotline.speech.models import missing_sentences
from hotline.speech.voices.book import PromptFolder
from hotline.tickets.policy_file import PolicyFile
from hotline.wakeup import config as wakeup_rules
from hotline.web import firstcode, serving
from hotline.web.serving import Certificate


@dataclass(slots=True)
class Findings:
    """What preparing found."""

    problems: list[Problem] = field(default_factory=list)
    faults: list[EnvironmentFault] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """To print before the hotline starts: what is in service, what is missing."""


def prepare(options: RunOptions, *, running: bool = False, starting: bool = True) -> Findings:
    """Make the data folder ready and check everything a start depends on; never raises on purpose.

    Only a start (``starting``) migrates the database and keeps the settings as those in service.
    ``running``: a hotline works on this folder; its ports are taken by itself.
    """
    found = Findings()
    home = Home(options.home.resolve())
    if not _collect(found, lambda: make_folders(home)):
        return found
    _collect(found, lambda: copy_default_config(home, found))
    settings: list[Settings] = []
    _collect(found, lambda: settings.append(load_settings(options)[1]))
    chosen = settings[0] if settings else Settings()
    _collect(found, lambda: _take_menus(home, chosen, found))
    if settings:
        if not running:
            _collect(found, lambda: check_ports(chosen))
        _collect(found, lambda: _certificate(home, chosen, found, starting=starting))
        _collect(found, IceServers(chosen.headsets.ice, SystemClock()).now)
        if starting:
            _collect(found, lambda: upgrade(chosen.database or home.database_url))
            _collect(found, lambda: keep_in_service(home))
            _collect(found, lambda: _first_run(home, chosen))
        found.problems += undiallable(home, chosen)
        for paper in papers(home, chosen, found):
            _collect(found, paper)
        found.lines += space_lines(home, chosen)
        found.lines += missing_sentences(chosen.speech, home.models)
    return found


def _collect(found: Findings, step: Callable[[], object]) -> bool:
    try:
        step()
    except InvalidInput as error:
        found.problems += error.problems
    except EnvironmentFault as error:
        found.faults.append(error)
    except HotlineError as error:
        found.faults.append(EnvironmentFault(error.sentence))
    else:
        return True
    return False


def make_folders(home: Home) -> None:
    """Create the data folder, private to its user. Raises :class:`EnvironmentFault`."""
    if home.root.exists() and not home.root.is_dir():
        raise EnvironmentFault(f"{home.root} is a file: --home needs a folder. Name another one.")
    try:
        home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (home.recordings, home.models, home.run, home.prompts / "zh", home.prompts / "en"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = home.run / f".write-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise EnvironmentFault(
            f"The data folder {home.root} cannot be written ({error.strerror}). "
            "Free space, mend its permissions, or name another folder with --home."
        ) from error


def copy_default_config(home: Home, found: Findings) -> None:
    """Give a new data folder the shipped configuration; an existing one is never touched."""
    if home.config.exists():
        return
    unfinished = home.root / ".config.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(shipped("config"), unfinished)
    unfinished.rename(home.config)
    found.lines.append(f"New data folder {home.root}: the default configuration was put in {home.config}")


def _certificate(home: Home, settings: Settings, found: Findings, *, starting: bool) -> None:
    """Check a given certificate; make the console's own where it needs one, and say how to trust it."""
    kind = serving.certificate_of(settings.web)
    if kind is Certificate.GIVEN:
        https.check_given(settings.web)
    elif kind is Certificate.OWN and starting:
        own = https.own(home, settings.web, SystemClock())
        page = serving.address(settings.web, "/trust")
        found.lines.append(
            f"The console's certificate is of its own making; {page} says how to trust it. "
            f"SHA-256 {own.fingerprint}"
        )


def _first_run(home: Home, settings: Settings) -> None:
    """While nobody has an account, keep a code by which the first is made from another machine."""
    engine = make_engine(settings.database or home.database_url)
    try:
        with Session(engine) as session:
            begun = users.any_at_all(session)
    finally:
        engine.dispose()
    if begun:
        firstcode.forget_code(home.run)
    else:
        firstcode.make_code(home.run)


def _take_menus(home: Home, settings: Settings, found: Findings) -> None:
    checked = check_menus(home, settings)
    found.problems += checked.problems
    found.lines += checked.lines


def papers(home: Home, settings: Settings, found: Findings) -> list[Callable[[], object]]:
    """Return what reads the other files people edit; each raises :class:`InvalidInput`."""
    return [
        lambda: _time_limits(home, settings),
        lambda: _placed_calls(home, settings, found),
        lambda: _notifications(home, settings),
        lambda: _wakeups(home, settings, found),
        lambda: _fees(home, settings, found),
        lambda: _operators(home, settings, found),
        lambda: _enquiries(home, settings),
        lambda: PlanBook(home.config, around(settings)),
        lambda: quality_form.load(home.config),
    ]


def _time_limits(home: Home, settings: Settings) -> None:
    try:
        duty = open_duty(home, settings)
    except InvalidInput:
        PolicyFile(home.config)  # what is wrong with the duty files is said elsewhere
    else:
        open_policy(home, duty)


def _placed_calls(home: Home, settings: Settings, found: Findings) -> None:
    try:
        book = next(iter(open_duty(home, settings).values()))
    except InvalidInput:
        policies.load(home.config, flows=_flows(home))  # what is wrong with the duty files is said elsewhere
    else:
        found.problems += policies.unknown_names(
            home.config,
            windows=book.known_windows,
            rosters=book.rosters | book.topics.keys(),
            flows=_flows(home),
        )


def _flows(home: Home) -> Collection[str]:
    return flow_files(home.config / "menus")


def _wakeups(home: Home, settings: Settings, found: Findings) -> None:
    try:
        book = next(iter(open_duty(home, settings).values()))
        known = policies.as_far_as_it_holds(home.config).policies
    except InvalidInput:
        wakeup_rules.load(home.config, flows=_flows(home))  # the other files are told of elsewhere
    else:
        rosters = book.rosters | book.topics.keys()
        found.problems += wakeup_rules.unknown_names(
            home.config, policies=known, rosters=rosters, flows=_flows(home)
        )


def _fees(home: Home, settings: Settings, found: Findings) -> None:
    prompts = KnownPrompts(PromptFolder(home.prompts, shipped("prompts")))
    found.problems += fee_rules.unknown_names(
        home.config, estates=[one.id for one in settings.estates], said=lambda name: prompts.has("zh", name)
    )


def _operators(home: Home, settings: Settings, found: Findings) -> None:
    found.problems += operator_rules.doubts(
        home.config, estates=frozenset(one.id for one in settings.estates)
    )


def _enquiries(home: Home, settings: Settings) -> None:
    try:
        duty = open_duty(home, settings)
    except InvalidInput:
        entries.load(home.config)  # what is wrong with the duty files is said elsewhere
    else:
        open_enquiries(home, settings, duty)


def _notifications(home: Home, settings: Settings) -> None:
    problems = open_book(home.config, settings).problems
    if any(not problem.warning for problem in problems):
        raise InvalidInput(problems)


def check_ports(settings: Settings) -> None:
    """Bind what the processes will bind. Raises :class:`EnvironmentFault` naming address and remedy."""
    host, port = split_address(settings.sip.listen, "--sip")
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        try_bind(host, port, kind, "SIP", "--sip HOST:PORT")
    try_bind(*split_address(settings.web.listen, "--http"), socket.SOCK_STREAM, "HTTP", "--http HOST:PORT")
    if settings.web.redirect_from:
        elsewhere = split_address(settings.web.redirect_from, "web.redirect_from")
        try_bind(*elsewhere, socket.SOCK_STREAM, "HTTP", "web.redirect_from")


def try_bind(host: str, port: int, kind: socket.SocketKind, what: str, option: str) -> None:
    """Bind and release one address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, kind)) as sock:
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as error:
            protocol = "UDP" if kind is socket.SOCK_DGRAM else "TCP"
            remedy = (
                "This machine has no such address: choose another with"
                if error.errno == errno.EADDRNOTAVAIL
                else "Stop the program that uses it, or choose another address with"
            )
            raise EnvironmentFault(
                f"{what} cannot listen on {host}:{port} ({protocol}): {error.strerror}. {remedy} {option}."
            ) from error


def space_lines(home: Home, settings: Settings) -> list[str]:
    """Say so when recordings would be switched off for lack of space."""
    free = shutil.disk_usage(home.root).free // 1_000_000
    if free >= settings.recording.free_space_mb:
        return []
    return [
        f"Only {free} MB are free in {home.root}: calls are taken but not recorded until "
        f"{settings.recording.free_space_mb} MB are free (recording.free_space_mb)."
    ]
