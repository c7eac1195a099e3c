"""Texts become what calls are answered by: judged, written, and kept with who, when and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.call.errors import Problem
from hotline.menubook.book import Menubook
from hotline.menubook.files import cleaned, hash_of
from hotline.menubook.models import MenuDraftRow, MenuVersionRow
from hotline.menubook.words import (
    LONGEST_REASON,
    DraftState,
    Kind,
    MenuChanged,
    MenuHasMistakes,
    MenuRefused,
    ScenariosFail,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """What the scenarios said."""

    total: int
    differences: tuple[Problem, ...] = ()
    """One for each scenario that went another way."""

    @property
    def failed(self) -> int:
        """How many went another way."""
        return len(self.differences)

    def __str__(self) -> str:
        """``364/365``: how many went as written."""
        return f"{self.total - self.failed}/{self.total}"


@dataclass(frozen=True, slots=True)
class Judged:
    """What checks and scenarios found about texts, and about exactly which."""

    hashes: Mapping[str, str]
    """Of the texts, by file."""
    problems: tuple[Problem, ...] = ()
    """Mistakes and warnings."""
    unspoken: tuple[Problem, ...] = ()
    """Prompts that have a text but no sound: calls go on without them."""
    trial: Trial | None = None
    """None: mistakes kept the scenarios from being run."""

    @property
    def mistakes(self) -> tuple[Problem, ...]:
        """What keeps the texts from being published."""
        return tuple(problem for problem in self.problems if not problem.warning)


@dataclass(frozen=True, slots=True)
class Change:
    """A text for a file."""

    file: str
    content: str
    base_hash: str
    """Of the content it was taken from."""
    draft: int | None = None


def publish(
    session: Session, book: Menubook, changes: Sequence[Change], judged: Judged, *, by: str, at: datetime,
    reason: str, despite_scenarios: bool = False, restored: int | None = None,
) -> list[MenuVersionRow]:  # fmt: skip
    """Put texts in place of files, all or none; the calls process takes them up within seconds.

    Raises :class:`MenuChanged` when a file is not what its text was taken from, :class:`MenuHasMistakes`,
    :class:`ScenariosFail` (unless ``despite_scenarios``) and :class:`MenuRefused` (``menu-reason``,
    ``menu-unchanged``, ``menu-not-judged``). Nothing was written then.
    """
    why = _why(reason)
    contents = {one.file: cleaned(one.content) for one in changes}
    _must_hold(judged, contents, despite_scenarios)
    expected = {one.file: _expected(session, book, one, at) for one in changes}
    changed = {file: text for file, text in contents.items() if hash_of(text) != expected[file]}
    if not changed:
        raise MenuRefused(
            "There is nothing to publish: the text is what is in service.", code="menu-unchanged"
        )
    tests = str(judged.trial) if judged.trial is not None else ""
    kind = Kind.PUBLISHED if restored is None else Kind.ROLLBACK
    rows = [
        book.add(session, file, text, kind=kind, at=at, by=by, reason=why, tests=tests, restored=restored)
        for file, text in changed.items()
    ]
    for one in changes:
        if one.draft is not None:
            book.draft(session, one.draft).state = DraftState.PUBLISHED
    session.flush()
    book.folder.write(changed, expected)  # last: a history without its file would be a lie
    return rows


def sign(
    session: Session, book: Menubook, file: str, judged: Judged, *, by: str, at: datetime, reason: str,
    despite_scenarios: bool = False,
) -> MenuVersionRow:  # fmt: skip
    """Let somebody answer, with a reason, for what is on disk; nothing is written but the history.

    Raises as :func:`publish`, and :class:`MenuRefused` (``menu-unchanged``) for what is signed already.
    """
    why = _why(reason)
    present = book.notice(session, file, at=at)
    _must_hold(judged, {file: present.text}, despite_scenarios)
    last = book.last(session, file)
    if last is not None and last.by:
        raise MenuRefused(f"Version {last.number} of {file} is what is on disk.", code="menu-unchanged")
    return book.add(
        session, file, present.text, kind=Kind.PUBLISHED, at=at, by=by, reason=why, tests=str(judged.trial),
        hash_=present.hash,
    )  # fmt: skip


def _why(reason: str) -> str:
    why = reason.strip()
    if not why or len(why) > LONGEST_REASON:
        raise MenuRefused(
            f"Say why, in at most {LONGEST_REASON} characters: it stands in the history.", code="menu-reason"
        )
    return why


def _must_hold(judged: Judged, contents: Mapping[str, str], despite_scenarios: bool) -> None:
    if {file: hash_of(text) for file, text in contents.items()} != dict(judged.hashes):
        raise MenuRefused(
            "The text was changed after it was checked: check it once more.", code="menu-not-judged"
        )
    if judged.mistakes:
        raise MenuHasMistakes(judged.mistakes)
    trial = judged.trial
    if trial is None or (trial.failed and not despite_scenarios):
        raise ScenariosFail(trial.failed if trial else 0, trial.total if trial else 0)


def _expected(session: Session, book: Menubook, change: Change, at: datetime) -> str:
    """Return the hash a file must have to be replaced; raises :class:`MenuChanged`."""
    present = book.notice(session, change.file, at=at)
    if present.hash != change.base_hash:
        raise MenuChanged(
            change.file, base=book.by_hash(session, change.file, change.base_hash), theirs=present.text,
            mine=change.content,
        )  # fmt: skip
    return present.hash


def of_draft(row: MenuDraftRow) -> Change:
    """Return what publishing a draft changes."""
    return Change(row.file, row.content, row.base_hash, row.id)


def back_to(session: Session, book: Menubook, file: str, number: int, *, at: datetime) -> Change:
    """Return what going back to a version changes: its content, over what is there now.

    Raises :class:`MenuRefused` (``menu-version-unknown``, ``menu-version-unreadable``).
    """
    row = book.version(session, file, number)
    if row.kind == Kind.GONE or hash_of(row.content) != row.hash:
        raise MenuRefused(
            f"Version {number} of {file} has no text to go back to: it was no UTF-8, or no file at all.",
            code="menu-version-unreadable",
        )
    return Change(file, row.content, book.notice(session, file, at=at).hash)
