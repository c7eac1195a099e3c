"""The history of every file, and the drafts people work on. The file on disk stays the source of truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.menubook.files import Content, MenuFolder, cleaned, hash_of
from hotline.menubook.models import MenuDraftRow, MenuVersionRow
from hotline.menubook.words import DraftChanged, DraftState, Kind, MenuRefused

HISTORY_PAGE = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """A draft beside what it was taken from and what is on disk now."""

    draft: MenuDraftRow
    base: str
    theirs: Content

    @property
    def stale(self) -> bool:
        """Whether the file is not any more what the draft was taken from."""
        return self.draft.base_hash != self.theirs.hash


class Menubook:
    """Drafts and versions of the files of one folder."""

    def __init__(self, folder: MenuFolder) -> None:
        """Keep the history of ``folder``."""
        self.folder = folder

    # --- what was and is in the file -----------------------------------------------------------

    def notice(self, session: Session, file: str, *, at: datetime) -> Content:
        """Return what is on disk; a content that is not the last known one becomes a version of its own."""
        present = self.folder.read(file)
        last = self.last(session, file)
        if last is None and not present.there:
            return present
        if last is None or last.hash != present.hash:
            kind = Kind.FIRST if last is None else Kind.DISK if present.there else Kind.GONE
            self.add(session, file, present.text, kind=kind, at=at, hash_=present.hash)
        return present

    def add(
        self, session: Session, file: str, content: str, *, kind: Kind, at: datetime, by: str = "",
        reason: str = "", tests: str = "", restored: int | None = None, hash_: str | None = None,
    ) -> MenuVersionRow:  # fmt: skip
        """Add a version to a file's history."""
        last = self.last(session, file)
        row = MenuVersionRow(
            file=file, number=1 if last is None else last.number + 1, kind=kind.value,
            content=content.replace("\x00", "\ufffd"), hash=hash_of(content) if hash_ is None else hash_,
            at=at, by=by, reason=reason, restored=restored, tests=tests,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row

    def last(self, session: Session, file: str) -> MenuVersionRow | None:
        """Return a file's latest version."""
        query = select(MenuVersionRow).where(MenuVersionRow.file == file)
        return session.scalars(query.order_by(MenuVersionRow.number.desc()).limit(1)).first()

    def history(
        self, session: Session, file: str, *, before: int | None = None, limit: int = HISTORY_PAGE
    ) -> Sequence[MenuVersionRow]:
        """Return a file's versions, the latest first; ``before``: those older than that number."""
        self.folder.path(file)
        query = select(MenuVersionRow).where(MenuVersionRow.file == file)
        if before is not None:
            query = query.where(MenuVersionRow.number < before)
        return session.scalars(query.order_by(MenuVersionRow.number.desc()).limit(limit)).all()

    def version(self, session: Session, file: str, number: int) -> MenuVersionRow:
        """Return one version; raises :class:`MenuRefused` (``menu-version-unknown``)."""
        query = select(MenuVersionRow).where(MenuVersionRow.file == file, MenuVersionRow.number == number)
        row = session.scalars(query).first()
        if row is None:
            raise MenuRefused(f"{file} has no version {number}.", code="menu-version-unknown")
        return row

    def by_hash(self, session: Session, file: str, wanted: str) -> str:
        """Return a content the file once had; empty for one that was never there."""
        query = select(MenuVersionRow.content).where(
            MenuVersionRow.file == file, MenuVersionRow.hash == wanted
        )
        return session.scalars(query.limit(1)).first() or ""

    # --- drafts --------------------------------------------------------------------------------

    def drafts(self, session: Session, file: str | None = None) -> Sequence[MenuDraftRow]:
        """Return the open drafts, the latest saved first."""
        query = select(MenuDraftRow).where(MenuDraftRow.state == DraftState.OPEN)
        if file is not None:
            query = query.where(MenuDraftRow.file == file)
        return session.scalars(query.order_by(MenuDraftRow.saved_at.desc(), MenuDraftRow.id.desc())).all()

    def draft(self, session: Session, number: int) -> MenuDraftRow:
        """Return an open draft; raises :class:`MenuRefused` (``menu-draft-unknown``)."""
        row = session.get(MenuDraftRow, number)
        if row is None or row.state != DraftState.OPEN:
            raise MenuRefused(
                f"There is no open draft {number}: it was published or discarded.", code="menu-draft-unknown"
            )
        return row

    def discarded(self, session: Session, *, limit: int = HISTORY_PAGE) -> Sequence[MenuDraftRow]:
        """Return the drafts that were put away, the latest first."""
        query = select(MenuDraftRow).where(MenuDraftRow.state == DraftState.DISCARDED)
        order = query.order_by(MenuDraftRow.saved_at.desc(), MenuDraftRow.id.desc())
        return session.scalars(order.limit(limit)).all()

    def put_away(self, session: Session, number: int) -> MenuDraftRow:
        """Return a discarded draft; raises :class:`MenuRefused` (``menu-draft-not-discarded``)."""
        row = session.get(MenuDraftRow, number)
        if row is None or row.state != DraftState.DISCARDED:
            raise MenuRefused(f"No draft {number} was discarded.", code="menu-draft-not-discarded")
        return row

    def begin(
        self,
        session: Session,
        file: str,
        *,
        by: str,
        at: datetime,
        content: str | None = None,
        note: str = "",
    ) -> MenuDraftRow:
        """Return somebody's open draft of a file, or a new one of what is on disk.

        With ``content`` it is always a new one, of that text.
        """
        present = self.notice(session, file, at=at)
        own = [one for one in self.drafts(session, file) if one.author == by]
        if own and content is None:
            return own[0]
        text = present.text if content is None else content
        return self._new(session, file, text, base_hash=present.hash, by=by, at=at, note=note)

    def save(
        self, session: Session, number: int, content: str, *, version: int, by: str, at: datetime
    ) -> MenuDraftRow:
        """Store what was typed into a draft.

        Raises :class:`DraftChanged` when it is not any more at ``version``, which is what the typist saw.
        """
        row = self._at(session, number, version)
        text = cleaned(content)
        if text != row.content:
            row.content, row.saved_at, row.saved_by = text, at, by
            row.version += 1
            session.flush()
        return row

    def beside(
        self, session: Session, number: int, content: str, *, by: str, at: datetime, note: str
    ) -> MenuDraftRow:
        """Keep a text as a draft of its own, taken from where another one was taken from."""
        other = session.get(MenuDraftRow, number)
        if other is None:
            raise MenuRefused(f"There is no draft {number}.", code="menu-draft-unknown")
        return self._new(session, other.file, content, base_hash=other.base_hash, by=by, at=at, note=note)

    def go_on_from_disk(
        self, session: Session, number: int, content: str, *, version: int, by: str, at: datetime
    ) -> MenuDraftRow:
        """Let a draft be one of the present file, with the text somebody chose after comparing.

        The text it had stays as a discarded draft, to be found when the choice was wrong.
        """
        row = self._at(session, number, version)
        text = cleaned(content)
        if text != row.content:
            before = self.beside(session, number, row.content, by=row.author, at=at, note=f"before {number}")
            before.state = DraftState.DISCARDED
        row.base_hash = self.notice(session, row.file, at=at).hash
        row.content, row.saved_at, row.saved_by = text, at, by
        row.version += 1
        session.flush()
        return row

    def discard(self, session: Session, number: int, *, version: int, at: datetime) -> MenuDraftRow:
        """Put a draft away."""
        row = self._at(session, number, version)
        row.state, row.saved_at = DraftState.DISCARDED, at
        session.flush()
        return row

    def standing(self, session: Session, number: int, *, at: datetime) -> Standing:
        """Return a draft beside its base and the disk."""
        row = self.draft(session, number)
        present = self.notice(session, row.file, at=at)
        return Standing(row, self.by_hash(session, row.file, row.base_hash), present)

    def _at(self, session: Session, number: int, version: int) -> MenuDraftRow:
        row = self.draft(session, number)
        if row.version != version:
            raise DraftChanged(number, row.saved_by)
        return row

    def _new(
        self, session: Session, file: str, content: str, *, base_hash: str, by: str, at: datetime, note: str
    ) -> MenuDraftRow:
        row = MenuDraftRow(
            file=file, author=by, content=cleaned(content), base_hash=base_hash, version=1,
            state=DraftState.OPEN, note=note, created_at=at, saved_at=at, saved_by=by,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row
