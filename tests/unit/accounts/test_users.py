"""Accounts of people: sign-in in two steps, locks, changes; on a database, with a clock that is moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy.orm import Session

from hotline.accounts import admission, secondfactor, sessions, signingin, userchanges, users
from hotline.accounts.models import ApiTokenRow
from hotline.accounts.passwords import NewPassword, generate, weakness
from hotline.accounts.rights import Role
from hotline.accounts.secondfactor import Rule, Step
from hotline.accounts.sessions import SessionEnded
from hotline.accounts.userchanges import Facts
from hotline.accounts.usermodels import UserRow, UserSessionRow
from hotline.accounts.users import BadUser, NewUser, SignInRefused
from hotline.db.base import Base
from hotline.db.engine import make_engine

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
A_STEP = timedelta(seconds=30)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def person(session: Session, name: str = "wang", *roles: Role, **more) -> UserRow:
    new = NewUser(username=name, name=name, roles=roles or [Role.OPERATOR], **more)
    return users.add(session, new, NewPassword("kept"), by="root", at=NOW, must_change=False)


def password(session: Session, name: str, good: bool = True, at: datetime = NOW, rule=Rule.ADMINISTRATORS):
    return signingin.password_given(session, name, good=good, rule=rule, at=at, address="", agent="")


def code(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at)


def in_service(session: Session, name: str) -> tuple[str, tuple[str, ...]]:
    """Set up a second factor by a sign-in; return secret and recovery codes."""
    begun = password(session, name, rule=Rule.EVERYBODY)
    row = sessions.pending(session, begun.cookie, at=NOW)
    secret = signingin.offer(session, row)
    done = signingin.confirm(session, row, code(secret, NOW), at=NOW)
    assert done is not None
    return secret, done.recovery


@pytest.mark.parametrize(
    ("roles", "rule", "step"),
    [
        ([Role.OPERATOR], Rule.ADMINISTRATORS, Step.IN),
        ([Role.OPERATOR, Role.ADMINISTRATOR], Rule.ADMINISTRATORS, Step.SET_UP),
        ([Role.OPERATOR], Rule.EVERYBODY, Step.SET_UP),
        ([Role.ADMINISTRATOR], Rule.NOBODY, Step.IN),
    ],
)
def test_the_rule_says_who_needs_a_second_factor(session: Session, roles, rule, step) -> None:
    person(session, "wang", *roles)
    begun = password(session, "wang", rule=rule)
    row = session.get(UserSessionRow, sessions.hashed(begun.cookie))
    assert (begun.step, row.passed) == (step, step is Step.IN)


def test_a_code_is_taken_once_and_late_by_a_step_at_most(session: Session) -> None:
    person(session)
    secret, _ = in_service(session, "wang")
    later = NOW + A_STEP
    for given, at, taken in [
        (code(secret, NOW), later, False),  # the one it was set up with
        (code(secret, later), later, True),
        (code(secret, later), later, False),
        (code(secret, later), later + 4 * A_STEP, False),
        (code(secret, later + 3 * A_STEP), later + 4 * A_STEP, True),
    ]:
        begun = password(session, "wang", at=at)
        assert begun.step is Step.CODE
        assert (signingin.code_given(session, begun.cookie, given, at=at) is not None) is taken


def test_a_recovery_code_stands_for_one_code_and_is_then_void(session: Session) -> None:
    person(session)
    _, recovery = in_service(session, "wang")
    begun = password(session, "wang")
    assert signingin.code_given(session, begun.cookie, recovery[3].upper().replace("-", " "), at=NOW)
    begun = password(session, "wang")
    assert signingin.code_given(session, begun.cookie, recovery[3], at=NOW) is None
    assert len(users.find(session, "wang").recovery) == secondfactor.RECOVERY_CODES - 1


def test_right_passwords_do_not_forgive_wrong_codes_and_locks_grow(session: Session) -> None:
    person(session)
    secret, _ = in_service(session, "wang")
    for _ in range(5):
        begun = password(session, "wang")
        assert signingin.code_given(session, begun.cookie, "000000", at=NOW) is None
    with pytest.raises(SignInRefused) as refused:
        password(session, "wang")
    assert refused.value.code == "account-locked"
    first = users.find(session, "wang").locked_until - NOW
    with pytest.raises(SignInRefused):  # nor does the code of a session that was begun before
        signingin.code_given(session, begun.cookie, code(secret, NOW + A_STEP), at=NOW + A_STEP)
    after = NOW + first
    for _ in range(5):
        assert password(session, "wang", good=False, at=after) is None
    assert users.find(session, "wang").locked_until - after > first
    userchanges.unlock(session, "wang", by="root", at=after)
    assert password(session, "wang", at=after) is not None


def test_the_second_step_ends_after_ten_minutes_and_its_cookie_opens_nothing(session: Session) -> None:
    person(session)
    secret, _ = in_service(session, "wang")
    begun = password(session, "wang")
    late = NOW + sessions.PENDING
    with pytest.raises(SessionEnded):
        signingin.code_given(session, begun.cookie, code(secret, late), at=late)
    row = session.get(UserSessionRow, sessions.hashed(begun.cookie))
    assert not sessions.holds(row, NOW)


def test_the_last_administrator_keeps_account_and_role(session: Session) -> None:
    person(session, "chief", Role.ADMINISTRATOR)
    for deed in (
        lambda: userchanges.remove(session, "chief", by="chief", at=NOW),
        lambda: userchanges.change(session, "chief", Facts(roles=[Role.MANAGER]), by="chief", at=NOW),
    ):
        with pytest.raises(BadUser) as refused:
            deed()
        assert refused.value.code == "last-administrator"
    person(session, "second", Role.ADMINISTRATOR)
    assert not userchanges.remove(session, "chief", by="second", at=NOW).active
    assert password(session, "chief") is None


def test_a_change_made_on_an_older_state_is_refused_and_new_roles_end_sessions(session: Session) -> None:
    row = person(session)
    cookie = password(session, "wang").cookie
    version = row.version
    userchanges.change(session, "wang", Facts(name="王"), by="root", at=NOW, version=version)
    assert sessions.of(session, "wang")
    with pytest.raises(BadUser) as refused:
        userchanges.change(session, "wang", Facts(name="黄"), by="root", at=NOW, version=version)
    assert (refused.value.code, row.name) == ("user-changed", "王")
    userchanges.change(session, "wang", Facts(roles=[Role.AUDITOR]), by="root", at=NOW)
    assert session.get(UserSessionRow, sessions.hashed(cookie)) is None


def test_what_is_open_is_told_apart_by_how_its_session_or_token_ended(session: Session) -> None:
    person(session)
    person(session, "li")
    cookies = {name: password(session, name).cookie for name in ("wang", "li")}
    ids = {name: sessions.hashed(cookie) for name, cookie in cookies.items()}
    everything = {*ids.values(), "nobodys"}
    assert admission.ended_sessions(session, everything, NOW) == {"nobodys": False}
    late = NOW + sessions.UNUSED
    admission.count_as_used(session, [ids["li"]], late)
    assert admission.ended_sessions(session, ids.values(), late) == {ids["wang"]: True}
    userchanges.remove(session, "li", by="root", at=late)
    session.flush()
    assert admission.ended_sessions(session, [ids["li"]], late) == {ids["li"]: False}
    for name, more in {"a": {}, "b": {"expires_at": NOW}, "c": {"revoked_at": NOW}}.items():
        session.add(_token(name, **more))
    session.flush()
    assert admission.ended_tokens(session, ["a", "b", "c", "d"], NOW) == {"b": True, "c": False, "d": False}


def _token(name: str, **more) -> ApiTokenRow:
    facts = {
        "estate": "", "scopes": [], "secret_hash": "", "created_at": NOW, "created_by": "",
        "expires_at": None, "last_used_at": None, "revoked_at": None, "revoked_by": "",
    }  # fmt: skip
    return ApiTokenRow(id=name, name=name, **(facts | more))


def test_generated_passwords_are_good_enough_and_typed_easily() -> None:
    made = generate()
    assert not weakness(made, username="wang")
    assert not set(made) & set("l1o0iI_")
