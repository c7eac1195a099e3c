"""PINs: which are too easy, how they are kept, how long wrong ones lock an account."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 4, 8
"""Digits of a PIN."""
GENERATED = 6
TRIES = 5
"""Wrong PINs until the account is locked."""
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=24)
_KEYPAD_COLUMNS = ("147", "258", "369", "2580", "0852")

# 19 MiB, two passes, one lane: the floor OWASP names for argon2id; about 30 ms here, so that an
# attempt by telephone does not wait and a stolen table of four digits still costs something
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def weakness(pin: str, *, number: str, telephone: str = "") -> str:
    """Return why a PIN is not taken, as a sentence; empty when it is good enough.

    ``number`` is the person's staff number, ``telephone`` their own: both are known to colleagues.
    """
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        return f"A PIN has {SHORTEST} to {LONGEST} digits and nothing else."
    if len(set(pin)) <= 1 or _repeats(pin):
        return "A PIN of repeated digits is the first that is tried: choose another."
    if _runs(pin) or pin in _KEYPAD_COLUMNS:
        return "A PIN that runs along the keys (1234, 8765, 2580) is too easy: choose another."
    if pin in (number, number[::-1]) or (number and pin.strip("0") == number.strip("0")):
        return "The staff number is known to everybody: choose another PIN."
    if telephone.endswith(pin):
        return "The end of the own telephone number is known to colleagues: choose another PIN."
    return ""


def generate(*, number: str, telephone: str = "") -> str:
    """Return a random PIN that is not weak."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(GENERATED))
        if not weakness(pin, number=number, telephone=telephone):
            return pin


@dataclass(frozen=True, slots=True)
class NewPin:
    """A PIN and its hash, ready to be stored: hashing has no place inside a transaction."""

    digits: str
    kept: str


def prepared(pin: str) -> NewPin:
    """Return a PIN somebody chose; whether it is too easy is judged when it is given."""
    return NewPin(pin, hashed(pin))


def made_up(*, number: str, telephone: str = "") -> NewPin:
    """Return a random PIN."""
    return prepared(generate(number=number, telephone=telephone))


def hashed(pin: str) -> str:
    """Return the hash to keep. Takes some 30 ms of a core: not on an event loop."""
    return _HASHER.hash(pin)


def fits(pin: str, kept: str) -> bool:
    """True when ``kept`` is the hash of ``pin``. As slow as :func:`hashed`, whatever the answer:

    an empty ``kept`` (no such person, no PIN) is compared with a hash nobody has the PIN of.
    """
    try:
        right = _HASHER.verify(kept or _nobodys(), pin)
    except (VerificationError, InvalidHashError):
        return False
    return right and bool(kept)


def is_outdated(kept: str) -> bool:
    """True when a hash was made with other settings than today's and should be made anew."""
    return _HASHER.check_needs_rehash(kept)


def lock_for(locks_before: int) -> timedelta:
    """Return how long the next lock lasts: 15 min, 30 min, 1 h … up to a day."""
    return min(FIRST_LOCK * (1 << min(locks_before, 10)), LONGEST_LOCK)


def _repeats(pin: str) -> bool:
    """``1212``, ``123123``, ``1122``."""
    halves = len(pin) % 2 == 0 and pin[: len(pin) // 2] == pin[len(pin) // 2 :]
    pairs = len(pin) % 2 == 0 and all(pin[at] == pin[at + 1] for at in range(0, len(pin), 2))
    return halves or pairs or (len(pin) % 2 == 0 and pin == pin[:2] * (len(pin) // 2))


def _runs(pin: str) -> bool:
    """Each digit one more (or one less) than the one before; 0 follows 9."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return steps in ({1}, {9})


@cache
def _nobodys() -> str:
    """Return a hash that nobody has the secret of; made when it is first wanted, it takes a while."""
    return _HASHER.hash(secrets.token_hex(8))
