"""Accounts of people and tokens of programs over HTTP, for administrators; and the audit, to read."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import auditbook, tokens, userchanges, users
from hotline.accounts.auditbook import Line, Wanted
from hotline.accounts.models import ApiTokenRow
from hotline.accounts.rights import Holder, Role, Scope
from hotline.accounts.tokens import BadToken
from hotline.accounts.userchanges import Facts
from hotline.accounts.usermodels import UserRow
from hotline.accounts.users import BadUser, NewUser
from hotline.web.api.bodies import Body, Instant, Language, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, aware, parts_of
from hotline.web.api.problems import ApiRefused
from hotline.web.api.shapes import Moment, Out, Page, instant, moment

router = APIRouter(tags=["accounts"])

Administrator = Annotated[Holder, Depends(needs(Scope.ACCOUNTS_WRITE))]
Auditor = Annotated[Holder, Depends(needs(Scope.AUDIT_READ))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Username = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{1,31}$", description="The username.")]
TokenId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}$", description="The token's id.")]
_PASSWORD_BYTES = 12


class UserOut(Out):
    """Somebody who signs in at the console."""

    username: str
    name: str
    estate: Annotated[str, Field(description="Empty: every estate.")]
    number: Annotated[str, Field(description="Staff or operator number.")]
    roles: list[Role]
    language: str
    must_change: Annotated[bool, Field(description="The next sign-in asks for a new password.")]
    second_factor: bool
    locked_until: Moment | None
    created_at: Moment
    created_by: str
    last_seen_at: Moment | None
    active: bool
    version: int


class NewPasswordOut(UserOut):
    """An account with the password that was just made up."""

    password: Annotated[
        str, Field(description="Shown only in the first answer; the person chooses their own at once.")
    ]


class NewUserBody(Body):
    """Somebody new."""

    username: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,31}$", examples=["wang"])]
    name: Annotated[Word, Field(min_length=1)]
    roles: Annotated[list[Role], Field(min_length=1, max_length=6)]
    estate: Annotated[Word, Field(description="Empty: every estate.")] = ""
    number: Annotated[str, Field(pattern=r"^\d{0,8}$")] = ""
    language: Language = "zh"


class UserFactsBody(Body):
    """What changes; what is left out stays."""

    name: Annotated[Word, Field(min_length=1)] | None = None
    roles: Annotated[list[Role], Field(min_length=1, max_length=6)] | None = None
    estate: Word | None = None
    number: Annotated[str, Field(pattern=r"^\d{0,8}$")] | None = None
    language: Language | None = None


class TokenOut(Out):
    """What a program shows to be let in."""

    number: Annotated[str, Field(description="Its id: no secret.")]
    name: str
    estate: str
    scopes: list[str]
    created_at: Moment
    created_by: str
    expires_at: Moment | None
    last_used_at: Moment | None
    revoked_at: Moment | None


class NewTokenOut(TokenOut):
    """A token that was just made."""

    token: Annotated[str, Field(description="Shown only in the first answer; kept only as a hash.")]


class NewTokenBody(Body):
    """A token to be made; nobody gives rights that they have not."""

    name: Annotated[Word, Field(min_length=1, examples=["pms"])]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=60)]
    estate: Word = ""
    days: Annotated[int | None, Field(ge=1, le=3650, description="Ends after so many days.")] = None


class AuditOut(Out):
    """One line of the audit."""

    at: Moment
    by: str
    event: str
    detail: str
    book: Annotated[str, Field(description="`console`, `staff` or `room`.")]


@router.get("/users", response_model=Page[UserOut])
async def search_users(
    parts: Parts, holder: Administrator, paging: Pages,
    inactive: Annotated[bool, Query(description="Also removed ones.")] = False,
) -> Page[UserOut]:  # fmt: skip
    """Accounts, by username."""

    def read(session: Session) -> Page[UserOut]:
        rows = [row for row in users.listed(session, inactive=inactive) if holder.serves(row.estate)]
        return paging.slice(rows, lambda row: _user(row, parts))

    return await parts.db.read(read)


@router.get("/users/{username}", response_model=UserOut, responses=TAGGED)
async def show_user(request: Request, parts: Parts, holder: Administrator, username: Username) -> Response:
    """An account."""
    return answered(
        request, await parts.db.read(lambda session: _user(_find(session, holder, username), parts))
    )


@router.post("/users", status_code=201, response_model=NewPasswordOut)
async def add_user(
    request: Request, parts: Parts, holder: Administrator, body: NewUserBody, key: KeyHeader = ""
) -> JSONResponse:
    """Make an account with a password that is shown once."""
    estate = parts.estate(body.estate, holder).id if body.estate else holder.estate
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    kept = await asyncio.to_thread(users.checked_password, password, username=body.username, name=body.name)
    new = NewUser(
        username=body.username, name=body.name, roles=body.roles, estate=estate, number=body.number,
        language=body.language,
    )  # fmt: skip

    def deed(session: Session) -> NewPasswordOut:
        row = users.add(session, new, kept, by=holder.who, at=parts.clock.now())
        return NewPasswordOut(**_user(row, parts).model_dump(), password=password)

    return await done(
        request, holder, "user.add", deed, key=key, status=201, about=body.username, once=("password",)
    )


@router.patch("/users/{username}", response_model=UserOut, responses=MATCHED)
async def change_user(
    request: Request, parts: Parts, holder: Administrator, username: Username, body: UserFactsBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Change an account; its sessions end when roles, estate or number differ."""
    if body.estate is not None and not holder.serves(body.estate):
        raise ApiRefused("This token is for one estate only.", code="scope-missing")
    if body.estate:
        parts.estate(body.estate, holder)
    facts = Facts(
        name=body.name, roles=body.roles, estate=body.estate, number=body.number, language=body.language
    )

    change = partial(userchanges.change, facts=facts)
    return await _changed(request, holder, username, "user.change", change, if_match, key)


@router.post("/users/{username}/unlock", response_model=UserOut, responses=MATCHED)
async def unlock_user(
    request: Request, holder: Administrator, username: Username, if_match: IfMatch = "", key: KeyHeader = ""
) -> JSONResponse:
    """Open an account that wrong passwords or codes locked."""
    return await _changed(request, holder, username, "user.unlock", userchanges.unlock, if_match, key)


@router.post("/users/{username}/second-factor-reset", response_model=UserOut, responses=MATCHED)
async def reset_second_factor(
    request: Request, holder: Administrator, username: Username, if_match: IfMatch = "", key: KeyHeader = ""
) -> JSONResponse:
    """Forget somebody's second factor: the telephone is lost. Their sessions end."""
    return await _changed(
        request, holder, username, "user.second-factor", userchanges.reset_second_factor, if_match, key
    )


@router.post("/users/{username}/password", response_model=NewPasswordOut)
async def give_password(
    request: Request, parts: Parts, holder: Administrator, username: Username, key: KeyHeader = ""
) -> JSONResponse:
    """Give somebody a new password, shown once; their sessions end, a lock is opened."""
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    kept = await asyncio.to_thread(users.checked_password, password, username=username)

    def deed(session: Session) -> NewPasswordOut:
        _find(session, holder, username)
        row = users.set_password(
            session, username, kept, by=holder.who, at=parts.clock.now(), must_change=True
        )
        return NewPasswordOut(**_user(row, parts).model_dump(), password=password)

    return await done(request, holder, "user.password", deed, key=key, about=username, once=("password",))


@router.delete("/users/{username}", response_model=UserOut, responses=MATCHED)
async def remove_user(
    request: Request, holder: Administrator, username: Username, if_match: IfMatch = "", key: KeyHeader = ""
) -> JSONResponse:
    """Let somebody in no more; the account stays as a row, histories name it."""
    return await _changed(request, holder, username, "user.remove", userchanges.remove, if_match, key)


@router.get("/tokens", response_model=Page[TokenOut], tags=["tokens"])
async def search_tokens(
    parts: Parts, holder: Administrator, paging: Pages,
    revoked: Annotated[bool, Query(description="Also revoked ones.")] = False,
) -> Page[TokenOut]:  # fmt: skip
    """Tokens, by name."""

    def read(session: Session) -> Page[TokenOut]:
        rows = [row for row in tokens.listed(session, revoked=revoked) if holder.serves(row.estate)]
        return paging.slice(rows, lambda row: _token(row, parts))

    return await parts.db.read(read)


@router.post("/tokens", status_code=201, response_model=NewTokenOut, tags=["tokens"])
async def create_token(
    request: Request, parts: Parts, holder: Administrator, body: NewTokenBody, key: KeyHeader = ""
) -> JSONResponse:
    """Make a token; it is shown once."""
    estate = parts.estate(body.estate, holder).id if body.estate else holder.estate
    beyond = sorted(scope for scope in set(body.scopes) if not holder.may(scope))
    if beyond:
        raise ApiRefused(f"You have not these rights yourself: {', '.join(beyond)}.", code="scope-missing")
    now = parts.clock.now()

    def deed(session: Session) -> NewTokenOut:
        issued = tokens.create(
            session, name=body.name, scopes=body.scopes, by=holder.who, at=now, estate=estate,
            expires_at=None if body.days is None else now + timedelta(days=body.days),
        )  # fmt: skip
        return NewTokenOut(**_token(issued.row, parts).model_dump(), token=issued.token)

    return await done(request, holder, "token.create", deed, key=key, status=201, once=("token",))


@router.get("/tokens/{token}", response_model=TokenOut, tags=["tokens"], responses=TAGGED)
async def show_token(request: Request, parts: Parts, holder: Administrator, token: TokenId) -> Response:
    """A token in use; the secret itself is kept nowhere."""
    return answered(request, await parts.db.read(lambda session: _used(session, parts, holder, token)))


@router.delete("/tokens/{token}", response_model=TokenOut, tags=["tokens"], responses=MATCHED)
async def revoke_token(
    request: Request, parts: Parts, holder: Administrator, token: TokenId, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Let a token in no more, from the next request on."""

    def current(session: Session) -> TokenOut:
        return _used(session, parts, holder, token)

    def deed(session: Session) -> TokenOut:
        current(session)
        return _token(tokens.revoke(session, token, by=holder.who, at=parts.clock.now()), parts)

    return await done(request, holder, "token.revoke", deed, key=key, if_match=if_match, current=current)


@router.get("/audit", response_model=Page[AuditOut], tags=["audit"])
async def audit(
    parts: Parts, holder: Auditor, paging: Pages,
    by: Annotated[Word, Query(description="Part of who did it: `user:wang`, `api:pms`.")] = "",
    word: Annotated[Word, Query(description="Part of what was done, or of what to.")] = "",
    since: Annotated[Instant | None, Query()] = None, until: Annotated[Instant | None, Query()] = None,
) -> Page[AuditOut]:  # fmt: skip
    """Who did what and looked at what, the latest first. Not for tokens of one estate: it is everybody's."""
    zone = parts.zone("")
    wanted = Wanted(by=by, word=word, since=aware(since, zone), until=aware(until, zone))
    place = paging.placed(str)

    def read(session: Session) -> Page[AuditOut]:
        rows = auditbook.page(session, wanted, after=place[0] if place else "", limit=paging.wanted)
        return paging.page(rows, lambda row: [row.place], lambda row: _line(row, parts))

    return await parts.db.read(read)


async def _changed(
    request: Request, holder: Holder, username: str, what: str, change: Callable[..., UserRow], if_match: str,
    key: str,
) -> JSONResponse:  # fmt: skip
    """Have a function of :mod:`hotline.accounts.userchanges` change an account."""
    parts = parts_of(request)

    def current(session: Session) -> UserOut:
        return _user(_find(session, holder, username), parts)

    def deed(session: Session) -> UserOut:
        _find(session, holder, username)
        change(session, username, by=holder.who, at=parts.clock.now())
        session.flush()
        return current(session)

    return await done(
        request, holder, what, deed, key=key, about=username, if_match=if_match, current=current
    )


def _find(session: Session, holder: Holder, username: str) -> UserRow:
    row = users.find(session, username)
    if not holder.serves(row.estate):
        raise BadUser(f'There is no account "{username}".', code="user-unknown")
    return row


def _user(row: UserRow, parts: ApiParts) -> UserOut:
    zone = parts.zone(row.estate)
    locked = row.locked_until is not None and row.locked_until > parts.clock.now()
    return UserOut(
        username=row.username, name=row.name, estate=row.estate, number=row.number,
        roles=[Role(role) for role in row.roles], language=row.language, must_change=row.must_change,
        second_factor=bool(row.totp_secret),
        locked_until=moment(row.locked_until, zone) if locked else None,
        created_at=instant(row.created_at, zone), created_by=row.created_by,
        last_seen_at=moment(row.last_seen_at, zone), active=row.active, version=row.version,
    )  # fmt: skip


def _used(session: Session, parts: ApiParts, holder: Holder, token: str) -> TokenOut:
    row = session.get(ApiTokenRow, token)
    if row is None or row.revoked_at is not None or not holder.serves(row.estate):
        raise BadToken(f"There is no token {token} in use.", code="token-unknown")
    return _token(row, parts)


def _token(row: ApiTokenRow, parts: ApiParts) -> TokenOut:
    zone = parts.zone(row.estate)
    return TokenOut(
        number=row.id, name=row.name, estate=row.estate, scopes=list(row.scopes),
        created_at=instant(row.created_at, zone), created_by=row.created_by,
        expires_at=moment(row.expires_at, zone), last_used_at=moment(row.last_used_at, zone),
        revoked_at=moment(row.revoked_at, zone),
    )  # fmt: skip


def _line(row: Line, parts: ApiParts) -> AuditOut:
    return AuditOut(
        at=instant(row.at, parts.zone("")), by=row.by, event=row.event, detail=row.detail, book=row.book
    )
