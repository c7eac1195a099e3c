"""The estates' menus, checked against the prompts, windows and rosters they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.call.audio import Playable
from hotline.call.clock import Clock
from hotline.call.errors import InvalidInput, Problem
from hotline.duty.service import DutyBook
from hotline.home import Home, shipped, shown
from hotline.ivr.checks import rosters_of, windows_of
from hotline.ivr.loader import FLOWS, check_menu, load_menu
from hotline.ivr.model import Menu
from hotline.ivr.store import MenuStore
from hotline.settings import Settings
from hotline.speech.voices.book import PromptFolder


class KnownPrompts:
    """A prompt book for checks that knows every prompt with a recording or a text."""

    def __init__(self, prompts: PromptFolder) -> None:
        """Ask ``prompts``."""
        self._prompts = prompts

    def has(self, language: str, prompt: str) -> bool:
        """True when it can be said, or could be rendered."""
        return self._prompts.has(language, prompt) or self._prompts.text(language, prompt) != f"<{prompt}>"

    def clips(self, language: str, prompts: Sequence[str]) -> list[Playable]:
        """Resolve ids to clips."""
        return self._prompts.clips(language, prompts)


def open_menus(
    home: Home, prompts: PromptFolder, duty: Mapping[str, DutyBook], clock: Clock, *, last_good: Path | None
) -> MenuStore:
    """Put the menus of ``HOME/config/menus`` in service; they are taken up anew when they change.

    ``last_good``: where a replacement process finds what was in service, should a file on disk not
    hold just now. Raises :class:`InvalidInput` with every problem otherwise.
    """
    return MenuStore(home.config / "menus", load=_loader(prompts, duty), clock=clock, last_good=last_good)


def open_flows(home: Home, prompts: PromptFolder, duty: Mapping[str, DutyBook], clock: Clock) -> MenuStore:
    """Put what is said on placed calls in service: ``HOME/config/menus/outbound``, else the shipped flows."""
    own = home.config / "menus" / FLOWS
    folder = own if own.is_dir() else shipped("config") / "menus" / FLOWS
    kept = home.in_service / "flows"
    return MenuStore(folder, load=_loader(prompts, duty), clock=clock, last_good=kept)


def names_needed(menus: MenuStore) -> tuple[frozenset[str], frozenset[str]]:
    """Return the windows and rosters the menus in service ask for."""
    used = [menus.in_service(name) for name in menus.names]
    return (
        frozenset[str]().union(*map(windows_of, used)),
        frozenset[str]().union(*map(rosters_of, used)),
    )


def _loader(prompts: PromptFolder, duty: Mapping[str, DutyBook]) -> Callable[[Path], Menu]:
    """Every estate reads the same duty files, so any of the books knows all names.

    A prompt whose sound is missing does not keep a menu out: calls go on without it. One that nobody
    has heard of is a mistake.
    """
    book = next(iter(duty.values()))
    known = KnownPrompts(prompts)
    return lambda path: load_menu(
        path, prompts=known, windows=book.windows, rosters=book.rosters, shown_as=shown(path)
    )


@dataclass(slots=True)
class MenuFindings:
    """What checking before a start found."""

    problems: list[Problem] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def check_menus(home: Home, settings: Settings) -> MenuFindings:
    """Check duty files and every menu; say what will be in service. Raises nothing on purpose."""
    found = MenuFindings()
    prompts = PromptFolder(home.prompts, shipped("prompts"))
    known = KnownPrompts(prompts)
    book: DutyBook | None = None
    try:
        book = DutyBook(home.config, ZoneInfo(settings.estates[0].timezone))
        found.problems += book.warnings
    except InvalidInput as error:
        found.problems += error.problems
    menus: dict[str, Menu] = {}
    missing: list[Problem] = []
    for path in sorted((home.config / "menus").glob("*.yaml")):
        check = partial(
            check_menu,
            path,
            windows=book.windows if book else None,
            rosters=book.rosters if book else None,
            shown_as=shown(path),
        )
        menu, problems = check(prompts=known)
        found.problems += problems
        if menu is not None:
            menus[path.stem] = menu
            missing += [problem for problem in check(prompts=prompts)[1] if problem not in problems]
    for estate in settings.estates:
        path = home.config / "menus" / f"{estate.menu}.yaml"
        if not path.exists():
            found.problems.append(Problem(shown(path), 0, "", f'the menu of estate "{estate.id}" is missing'))
        elif estate.menu in menus:
            found.lines.append(
                f"Estate {estate.id} ({estate.name}): menu {shown(path)}, "
                f"{len(menus[estate.menu].steps)} steps, {', '.join(menus[estate.menu].languages)}"
            )
    found.lines += [_prompts_line(home, language) for language in ("zh", "en")]
    if missing:
        found.lines.append(
            f"{len(missing)} prompts of the menus are missing (the first: {missing[0].message}): calls go "
            f"on without them. `hotline prompts check` lists them; record them into "
            f"{shown(home.prompts)}/<language>/"
            "<id>.wav or run `hotline prompts build`."
        )
    return found


def undiallable(home: Home, settings: Settings) -> list[Problem]:
    """Warn of people on a roster whose bare number no account can carry."""
    if any(account.outgoing for account in settings.sip.accounts):
        return []
    try:
        book = DutyBook(home.config, ZoneInfo(settings.estates[0].timezone))
    except InvalidInput:
        return []  # said elsewhere
    bare = [name for name in sorted(book.rosters) if any(":" not in n for n in book.numbers(name))]
    file = shown(home.config / "roster.yaml")
    sentence = (
        "has bare telephone numbers, but no account carries outgoing calls: nobody there can be rung. "
        "Add an account under sip.accounts in hotline.yaml, or write sip: addresses"
    )
    return [Problem(file, 0, f"rosters.{name}", sentence, warning=True) for name in bare]


def _prompts_line(home: Home, language: str) -> str:
    shipped_ids = {path.stem for path in (shipped("prompts") / language).glob("*.wav")}
    own_ids = {path.stem for path in (home.prompts / language).glob("*.wav")}
    own = f", {len(own_ids)} of them your own recordings" if own_ids else ""
    return f"Prompts {language}: {len(shipped_ids | own_ids)} in service{own}"
