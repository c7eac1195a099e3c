"""The second factor: codes of an authenticator app (RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from io import BytesIO

import pyotp
import segno

from hotline.accounts.rights import Role
from hotline.accounts.usermodels import UserRow

STEP = 30
"""Seconds a code lasts (RFC 6238 section 5.2)."""
DRIFT = 1
"""Steps a telephone's clock may be early or late."""
RECOVERY_CODES = 10
_RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters that are mistaken for others."""
_RECOVERY_LENGTH = 12
"""Letters, some 59 bits: never guessed within the tries of an account."""
ISSUER = "Hotline"


class Rule(StrEnum):
    """Who must have a second factor (``web.second_factor``)."""

    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"
    NOBODY = "nobody"


class Step(StrEnum):
    """What follows a right password."""

    IN = "in"
    """Nothing: they are in."""
    CODE = "code"
    """A code of their device."""
    SET_UP = "set-up"
    """They must have a second factor and have none yet."""


def step_after_password(user: UserRow, rule: Rule) -> Step:
    """Return what follows a right password; who has set up a second factor is always asked."""
    if user.totp_secret:
        return Step.CODE
    return (
        Step.SET_UP if required([Role(role) for role in user.roles if role in set(Role)], rule) else Step.IN
    )


def required(roles: Collection[Role], rule: Rule) -> bool:
    """Whether people of these roles must have a second factor."""
    return rule is Rule.EVERYBODY or (rule is Rule.ADMINISTRATORS and Role.ADMINISTRATOR in roles)


def make_secret() -> str:
    """Return a new secret, Base32."""
    return pyotp.random_base32()


def address(secret: str, username: str) -> str:
    """Return the ``otpauth:`` address an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def picture(text: str) -> str:
    """Return a QR code of ``text`` as an SVG element."""
    out = BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", scale=4, border=4, xmldecl=False, svgns=True, omitsize=False, light="#fff"
    )
    return out.getvalue().decode()


def step_of(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """Return the time step a code belongs to; ``None``: wrong, or of a step up to ``after``.

    No code is taken twice, nor one older than the last (RFC 6238 section 5.2).
    """
    plain = code.replace(" ", "")
    totp, now = pyotp.TOTP(secret), int(at.timestamp()) // STEP
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(totp.at(step * STEP).encode(), plain.encode()) and step > after:
            found = step
    return found


def make_recovery_codes() -> tuple[str, ...]:
    """Return new recovery codes; shown once, kept as :func:`kept`."""
    return tuple(
        "-".join(
            "".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(4)) for _ in range(_RECOVERY_LENGTH // 4)
        )
        for _ in range(RECOVERY_CODES)
    )


def kept(codes: Sequence[str]) -> list[str]:
    """Return hashes of recovery codes. They are random: a slow hash would protect nothing more."""
    return [_hash(code) for code in codes]


def without(codes: Sequence[str], given: str) -> list[str] | None:
    """Return the hashes that are left after ``given`` was used; ``None``: it is none of them."""
    hashed = _hash(given)
    left = [code for code in codes if not hmac.compare_digest(code, hashed)]
    return left if len(left) < len(codes) else None


def _hash(code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
