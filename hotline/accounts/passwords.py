"""Passwords of people at the console: which are too weak, how they are kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200
"""Characters. Length is what counts (NIST SP 800-63B section 5.1.1.2); no rules about kinds of characters."""
GENERATED_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Read from a screen and typed again: without those that are mistaken for others."""
GENERATED_GROUPS = 4
"""Of four letters each: 79 bits."""

# 46 MiB, one pass, one lane: what OWASP names first for argon2id; some 60 ms, on a thread
_HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A hash, ready to be stored: hashing has no place inside a transaction."""

    kept: str


def weakness(password: str, *, username: str, name: str = "") -> str:
    """Return why a password is not taken, as a sentence; empty when it is good enough."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters; a sentence is easy to keep in mind."
    if len(set(password)) < 5:
        return "A password of few different characters is among the first that are tried: choose another."
    lowered = password.lower()
    for known in filter(
        None, (username.lower(), name.lower(), "password", "hotline", "12345678", "qwertyui")
    ):
        if known in lowered and len(password) < len(known) + SHORTEST - 2:
            return "A password made of the own name, or of one everybody tries, is too easy: choose another."
    return ""


def hashed(password: str) -> NewPassword:
    """Return a password's hash; takes some 60 ms, so not on an event loop."""
    return NewPassword(_HASHER.hash(password))


def generate() -> str:
    """Return a random password for somebody who shall choose their own."""
    groups = ("".join(secrets.choice(GENERATED_LETTERS) for _ in range(4)) for _ in range(GENERATED_GROUPS))
    return "-".join(groups)


def right(password: str, kept: str) -> bool:
    """Whether ``password`` is the one kept; takes as long for nobody's (``kept`` empty)."""
    try:
        _HASHER.verify(kept or _nobodys(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)


@cache
def _nobodys() -> str:
    """Return a hash that nobody has the secret of; made when it is first wanted, it takes a while."""
    return _HASHER.hash(secrets.token_hex(8))
