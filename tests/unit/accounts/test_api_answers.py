"""Tokens and kept answers on both databases, also when two programs ask at the same time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hotline.accounts import answers, tokens
from hotline.accounts.answers import Answer, KeyRefused
from hotline.accounts.models import ApiAnswerRow
from hotline.accounts.rights import Scope
from hotline.accounts.tokens import TokenRefused, Tokens
from hotline.db.engine import Database


def ask(session, db, do, *, key="k", fingerprint="f", token="t"):
    return answers.once(session, token=token, key=key, fingerprint=fingerprint, at=db.clock.now(), do=do)


async def test_what_was_answered_once_is_not_done_again(db):
    done = []

    def do():
        done.append(1)
        return Answer(201, {"number": "1001"})

    first = await db.write(lambda session: ask(session, db, do))
    again = await db.write(lambda session: ask(session, db, do))
    assert (first.again, again.again, again.body, len(done)) == (False, True, {"number": "1001"}, 1)
    await db.write(lambda session: ask(session, db, do, token="other"))
    assert len(done) == 2
    with pytest.raises(KeyRefused):
        await db.write(lambda session: ask(session, db, do, fingerprint="another"))


async def test_a_deed_that_fails_leaves_its_key_free(db):
    def fail():
        raise KeyRefused("no")

    with pytest.raises(KeyRefused):
        await db.write(lambda session: ask(session, db, fail))
    found = await db.write(lambda session: ask(session, db, lambda: Answer(200, {})))
    assert not found.again


async def test_keys_are_forgotten_after_a_week(db, clock):
    await db.write(lambda session: ask(session, db, lambda: Answer(200, {})))
    clock.at += timedelta(days=8)
    await db.write(lambda session: ask(session, db, lambda: Answer(200, {}), key="new"))
    count = select(func.count()).select_from(ApiAnswerRow)
    assert await db.read(lambda session: session.scalar(count)) == 1


def test_two_nodes_asked_the_same_at_once_do_it_once(database_url, clock):
    nodes = [Database(database_url, clock=clock, busy_seconds=10) for _ in range(2)]
    begun, done, found = threading.Barrier(2, timeout=10), [], []

    def node(db):
        def do():
            done.append(1)
            return Answer(201, {"number": "1001"})

        begun.wait()
        with db.transaction() as session:
            found.append(ask(session, db, do))

    threads = [threading.Thread(target=node, args=(db,)) for db in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for db in nodes:
        db.close()
    assert len(done) == 1
    assert sorted(answer.again for answer in found) == [False, True]
    assert {answer.body["number"] for answer in found} == {"1001"}


async def test_a_token_lets_in_who_has_its_secret_and_writes_down_its_use(db, clock):
    issued = await db.write(
        lambda session: tokens.create(
            session, name="pms", scopes=[Scope.WAKEUPS_WRITE], by="root", at=clock.now()
        )
    )
    holder = await Tokens(db, clock=clock).check(issued.token)
    assert (holder.who, holder.may(Scope.WAKEUPS_READ), holder.may(Scope.FEES_READ)) == (
        "api:pms", True, False,
    )  # fmt: skip
    for wrong in ("", "hlt", issued.token + "x", issued.token.rsplit("_", 1)[0]):
        with pytest.raises(TokenRefused):
            await Tokens(db, clock=clock).check(wrong)
    rows = await db.read(tokens.listed)
    assert rows[0].last_used_at == clock.now()
