"""The estates' menus, checked against the prompts, windows and rosters they name."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
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
from hotline.ivr.loader import FLOWS, check_menu, flow_files, load_menu, menu_files, shipped_flows
from hotline.ivr.model import Menu
from hotline.ivr.store import MenuStore
from hotline.operators.config import queue_names
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
    home: Home, prompts: PromptFolder, names: Names, clock: Clock, *, last_good: Path | None
) -> MenuStore:
    """Put the menus of ``HOME/config/menus`` in service; they are taken up anew when they change.

    ``last_good``: where a replacement process finds what was in service, should a file on disk not
    hold just now. Raises :class:`InvalidInput` with every problem otherwise.
    """
    return MenuStore(home.config / "menus", load=_loader(prompts, names), clock=clock, last_good=last_good)


def open_flows(
    home: Home, prompts: PromptFolder, names: Names, clock: Clock, *, last_good: Path | None
) -> MenuStore:
    """Put what is said on placed calls in service: own flows, shipped ones where there are none.

    ``last_good`` is the folder of the menus: a copy of a flow holds only where flows live, below it.
    """
    return MenuStore(
        home.config / "menus" / FLOWS,
        load=_loader(prompts, names),
        clock=clock,
        last_good=last_good and last_good / FLOWS,
        otherwise=shipped_flows(),
    )


def names_needed(*stores: MenuStore) -> tuple[frozenset[str], frozenset[str]]:
    """Return the windows and rosters that menus and flows in service ask for."""
    used = [store.in_service(name) for store in stores for name in store.names]
    return (
        frozenset[str]().union(*map(windows_of, used)),
        frozenset[str]().union(*map(rosters_of, used)),
    )


@dataclass(frozen=True, slots=True)
class Names:
    """What menus may name besides their own steps and prompts."""

    duty: Mapping[str, DutyBook]
    queues: Callable[[], frozenset[str]]
    """Those of operators.yaml in service."""


def _loader(prompts: PromptFolder, names: Names) -> Callable[[Path], Menu]:
    """Every estate reads the same duty files, so any of the books knows all names.

    A prompt whose sound is missing does not keep a menu out: calls go on without it. One that nobody
    has heard of is a mistake.
    """
    book = next(iter(names.duty.values()))
    known = KnownPrompts(prompts)
    return lambda path: load_menu(
        path, prompts=known, windows=book.windows, rosters=book.rosters, queues=names.queues(),
        shown_as=shown(path),
    )  # fmt: skip


@dataclass(slots=True)
class MenuFindings:
    """What checking before a start found."""

    problems: list[Problem] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def check_menus(home: Home, settings: Settings) -> MenuFindings:
    """Check duty files, every menu and every flow; say what will be in service. Raises nothing on purpose."""
    found = MenuFindings()
    book: DutyBook | None = None
    try:
        book = DutyBook(home.config, ZoneInfo(settings.estates[0].timezone))
        found.problems += book.warnings
    except InvalidInput as error:
        found.problems += error.problems
    menus, missing = _hold(home, book, found)
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


def check_flows(home: Home, book: DutyBook, names: Container[str]) -> list[Problem]:
    """Return what does not hold in the flows of these names."""
    known = KnownPrompts(PromptFolder(home.prompts, shipped("prompts")))
    return [
        problem
        for name, path in flow_files(home.config / "menus").items()
        if name in names
        for problem in check_menu(
            path, prompts=known, windows=book.windows, rosters=book.rosters, shown_as=shown(path)
        )[1]
    ]


def _hold(home: Home, book: DutyBook | None, found: MenuFindings) -> tuple[dict[str, Menu], list[Problem]]:
    """Check menus and flows; return the menus that could be read, and the prompts without a sound."""
    folder = home.config / "menus"
    prompts = PromptFolder(home.prompts, shipped("prompts"))
    known = KnownPrompts(prompts)
    menus: dict[str, Menu] = {}
    missing: list[Problem] = []
    queues = _queues(home)
    for path in (*menu_files(folder).values(), *flow_files(folder).values()):
        check = partial(
            check_menu,
            path,
            windows=book.windows if book else None,
            rosters=book.rosters if book else None,
            queues=queues,
            shown_as=shown(path),
        )
        menu, problems = check(prompts=known)
        found.problems += problems
        if menu is None:
            continue
        if menu.flow is None:
            menus[path.stem] = menu
        missing += [problem for problem in check(prompts=prompts)[1] if problem not in problems]
    return menus, missing


def _queues(home: Home) -> frozenset[str] | None:
    """Return the names of the queues; ``None`` when the file does not hold, which is said elsewhere."""
    try:
        return queue_names(home.config)
    except InvalidInput:
        return None


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
