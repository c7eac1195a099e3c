"""Drafts, history, publishing: nothing typed and nothing edited on disk is ever put over silently."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotline.call.errors import Problem
from hotline.menubook import differences, publishing
from hotline.menubook.book import Menubook
from hotline.menubook.files import MenuFolder, hash_of
from hotline.menubook.merging import merged
from hotline.menubook.publishing import Change, Judged, Trial
from hotline.menubook.words import (
    MOST_BYTES,
    DraftChanged,
    MenuChanged,
    MenuHasMistakes,
    MenuRefused,
    MenuTooLarge,
    ScenariosFail,
)

TEXT = "menu: main\nsteps:\n  hello:\n    say: {prompts: greeting, next: bye}\n  bye:\n    hangup: {}\n"
OTHER = TEXT.replace("greeting", "hours")


@pytest.fixture
def book(tmp_path: Path) -> Menubook:
    folder = tmp_path / "menus"
    (folder / "outbound").mkdir(parents=True)
    (folder / "main.yaml").write_text(TEXT)
    shipped = tmp_path / "shipped"
    (shipped / "outbound").mkdir(parents=True)
    (shipped / "outbound" / "knock.yaml").write_text("flow: knock\n")
    return Menubook(MenuFolder(folder, shipped))


def judged(*texts: tuple[str, str], failed: int = 0, problems: tuple[Problem, ...] = ()) -> Judged:
    wrong = tuple(Problem("x.yaml", 1, "", "another way") for _ in range(failed))
    return Judged({file: hash_of(text) for file, text in texts}, problems, trial=Trial(5, wrong))


def put(session, book, clock, text, *, base=TEXT, file="main", **more):
    change = Change(file, text, hash_of(base))
    return publishing.publish(
        session, book, [change], judged((file, text)), by="user:wang", at=clock.now(), reason="hours", **more
    )


async def test_a_published_text_is_on_disk_and_in_the_history_with_who_and_why(db, book, clock):
    (row,) = await db.write(lambda session: put(session, book, clock, OTHER))
    assert (book.folder.folder / "main.yaml").read_text() == OTHER
    rows = await db.read(lambda session: book.history(session, "main"))
    assert [(one.number, one.kind, one.by, one.reason, one.tests) for one in rows] == [
        (2, "published", "user:wang", "hours", "5/5"),
        (1, "first", "", "", ""),
    ]
    assert row.content == OTHER
    assert [path.name for path in book.folder.folder.iterdir() if path.name.startswith(".")] == []


async def test_an_edit_on_disk_is_an_entry_of_its_own_and_a_draft_of_before_is_refused_with_all_three(
    db, book, clock
):
    draft = await db.write(lambda session: book.begin(session, "main", by="user:wang", at=clock.now()))
    await db.write(
        lambda session: book.save(session, draft.id, OTHER, version=1, by="user:wang", at=clock.now())
    )
    edited = TEXT.replace("bye:\n    hangup: {}", "bye:\n    hangup: {prompts: bye}")
    (book.folder.folder / "main.yaml").write_text(edited)
    standing = await db.write(lambda session: book.standing(session, draft.id, at=clock.now()))
    assert standing.stale and standing.base == TEXT and standing.theirs.text == edited
    with pytest.raises(MenuChanged) as refused:
        await db.write(lambda session: put(session, book, clock, OTHER))
    assert (refused.value.base, refused.value.theirs, refused.value.mine) == (TEXT, edited, OTHER)
    assert (book.folder.folder / "main.yaml").read_text() == edited
    kinds = await db.read(lambda session: [row.kind for row in book.history(session, "main")])
    assert kinds == ["disk", "first"]
    both = merged(TEXT, OTHER, edited)
    await db.write(
        lambda session: book.go_on_from_disk(
            session, draft.id, both.text, version=2, by="user:wang", at=clock.now()
        )
    )
    await db.write(lambda session: put(session, book, clock, both.text, base=edited))
    text = (book.folder.folder / "main.yaml").read_text()
    assert "hours" in text and "prompts: bye" in text and both.conflicts == 0


async def test_an_editor_that_saves_while_we_write_is_not_put_over(db, book, clock, monkeypatch):
    path = book.folder.folder / "main.yaml"
    real = os.fsync

    def edited_meanwhile(descriptor: int) -> None:
        with path.open("r+") as file:  # in place, as nano does
            file.write("menu: main  # theirs\n")
        real(descriptor)

    monkeypatch.setattr("hotline.menubook.files.os.fsync", edited_meanwhile)
    with pytest.raises(MenuRefused) as refused:
        await db.write(lambda session: put(session, book, clock, OTHER))
    assert refused.value.code == "menu-changed-on-disk"
    assert path.read_text().startswith("menu: main  # theirs")


async def test_two_files_are_published_together_or_not_at_all(db, book, clock, monkeypatch):
    flow = "flow: knock  # new\n"
    changes = [
        Change("main", OTHER, hash_of(TEXT)),
        Change("outbound/knock", flow, hash_of("flow: knock\n")),
    ]
    given = judged(("main", OTHER), ("outbound/knock", flow))

    def both(session):
        return publishing.publish(
            session, book, changes, given, by="user:wang", at=clock.now(), reason="both"
        )

    real = MenuFolder._replace
    monkeypatch.setattr(
        MenuFolder,
        "_replace",
        lambda self, file, text, expected: (
            real(self, file, text, expected)
            if file == "main"
            else (_ for _ in ()).throw(MenuRefused("no", code="menu-changed-on-disk"))
        ),
    )
    with pytest.raises(MenuRefused):
        await db.write(both)
    assert (book.folder.folder / "main.yaml").read_text() == TEXT
    monkeypatch.undo()
    await db.write(both)
    assert (book.folder.folder / "outbound" / "knock.yaml").read_text() == flow


async def test_what_was_not_checked_fails_or_has_no_reason_is_not_published(db, book, clock):
    change = Change("main", OTHER, hash_of(TEXT))

    async def tried(given: Judged, reason: str = "why", **more):
        await db.write(
            lambda session: publishing.publish(
                session, book, [change], given, by="user:wang", at=clock.now(), reason=reason, **more
            )
        )

    fine = judged(("main", OTHER))
    with pytest.raises(MenuRefused, match="after it was checked"):
        await tried(judged(("main", TEXT)))
    with pytest.raises(MenuHasMistakes):
        await tried(judged(("main", OTHER), problems=(Problem("main.yaml", 3, "", "no step"),)))
    with pytest.raises(ScenariosFail):
        await tried(judged(("main", OTHER), failed=2))
    with pytest.raises(MenuRefused, match="Say why"):
        await tried(fine, reason="  ")
    assert (book.folder.folder / "main.yaml").read_text() == TEXT
    await tried(judged(("main", OTHER), failed=2), despite_scenarios=True)
    rows = await db.read(lambda session: book.history(session, "main"))
    assert rows[0].tests == "3/5"


async def test_going_back_is_a_version_of_its_own(db, book, clock):
    await db.write(lambda session: put(session, book, clock, OTHER))
    change = await db.write(lambda session: publishing.back_to(session, book, "main", 1, at=clock.now()))
    await db.write(
        lambda session: publishing.publish(
            session, book, [change], judged(("main", TEXT)), by="user:li", at=clock.now(), reason="worse",
            restored=1,
        )
    )  # fmt: skip
    assert (book.folder.folder / "main.yaml").read_text() == TEXT
    rows = await db.read(lambda session: book.history(session, "main"))
    assert [(one.number, one.kind, one.restored) for one in rows] == [
        (3, "rollback", 1),
        (2, "published", None),
        (1, "first", None),
    ]


async def test_of_two_windows_at_one_draft_the_second_keeps_its_text_as_a_draft_of_its_own(db, book, clock):
    draft = await db.write(lambda session: book.begin(session, "main", by="user:wang", at=clock.now()))

    def save(text, version):
        return lambda session: book.save(
            session, draft.id, text, version=version, by="user:li", at=clock.now()
        )

    await db.write(save(OTHER, 1))
    with pytest.raises(DraftChanged, match="user:li"):
        await db.write(save("menu: mine\n", 1))
    kept = await db.write(
        lambda session: book.beside(
            session, draft.id, "menu: mine\n", by="user:wang", at=clock.now(), note="beside"
        )
    )
    found = await db.read(lambda session: {one.id: one.content for one in book.drafts(session, "main")})
    assert found == {draft.id: OTHER, kept.id: "menu: mine\n"}


async def test_what_was_discarded_can_be_looked_at_and_taken_up_again(db, book, clock):
    def put_away(session) -> int:
        draft = book.begin(session, "main", by="user:wang", at=clock.now(), content=OTHER)
        return book.discard(session, draft.id, version=1, at=clock.now()).id

    number = await db.write(put_away)
    open_one = await db.write(lambda session: book.begin(session, "main", by="user:li", at=clock.now()))
    assert await db.read(lambda session: [one.id for one in book.discarded(session)]) == [number]
    assert await db.read(lambda session: book.put_away(session, number).content) == OTHER
    for other in (open_one.id, 999):
        with pytest.raises(MenuRefused, match="No draft"):
            await db.read(lambda session, other=other: book.put_away(session, other))
    again = await db.write(
        lambda session: book.beside(session, number, OTHER, by="user:li", at=clock.now(), note="again")
    )
    assert (again.content, again.author, again.state) == (OTHER, "user:li", "open")
    assert again.base_hash == hash_of(TEXT)


async def test_a_text_beyond_the_limit_is_refused_and_leaves_the_draft_as_it_was(db, book, clock):
    draft = await db.write(lambda session: book.begin(session, "main", by="user:wang", at=clock.now()))
    with pytest.raises(MenuTooLarge, match=r"10,000,000"):
        await db.write(
            lambda session: book.save(
                session, draft.id, "x" * 10_000_000, version=1, by="user:wang", at=clock.now()
            )
        )
    assert (await db.read(lambda session: book.draft(session, draft.id))).content == TEXT
    assert MOST_BYTES < 1_000_000  # what a browser's connection carries at once


@pytest.mark.parametrize(
    "name", ["../../hotline", "/etc/passwd", "tests/../main", "Main", "", "main.yaml", "a\0b"]
)
def test_only_names_of_menus_lead_to_files(book, name):
    with pytest.raises(MenuRefused):
        book.folder.path(name)


def test_a_flow_the_folder_lacks_is_the_shipped_one(book):
    assert book.folder.names() == ["main", "outbound/knock"]
    assert book.folder.read("outbound/knock").text == "flow: knock\n"


def test_differences_are_told_by_step():
    after = OTHER.replace("  bye:\n    hangup: {}\n", "  end:\n    hangup: {}\n") + "longest: 60\n"
    found = differences.steps(TEXT, after)
    assert found is not None
    told = [
        (one.step, one.sort, one.kind, [(s.where, s.before, s.after) for s in one.settings]) for one in found
    ]
    assert told == [
        ("", "changed", "", [("longest", "", "60")]),
        ("hello", "changed", "say", [("say.prompts", "greeting", "hours")]),
        ("bye", "removed", "hangup", []),
        ("end", "added", "hangup", []),
    ]
    assert differences.steps("a: [", TEXT) is None
    assert differences.counted(differences.lines(TEXT, OTHER)) == (1, 1)


def test_two_changes_of_the_same_lines_stand_together_with_marks():
    both = merged("a\nb\nc\n", "a\nmine\nc\nd\n", "z\na\ntheirs\nc\n")
    assert both.conflicts == 1
    assert both.text == "z\na\n<<<<<<< mine\nmine\n=======\ntheirs\n>>>>>>> theirs\nc\nd\n"
    assert merged("a\n", "a\n", "b\n").text == "b\n"
    assert merged("", "x\n", "x\n").text == "x\n"
