"""What keys mean: pure judgement of the keys typed so far.

Two pads: a choice among keys (menus, yes/no) and a number of digits. The caller of
:func:`judge` owns the timers: ``ended`` is True when the time between two keys ran out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto

LONGEST_ENTRY = 40
"""Keys after which an entry is wrong whatever follows; keeps a stuck key from filling memory."""


class Verdict(Enum):
    """What to do after a key."""

    MORE = auto()
    """Wait for the next key or the interdigit timeout."""
    DONE = auto()
    """The entry is complete: :func:`entry` gives it."""
    WRONG = auto()
    """No such choice, too short, too long."""


@dataclass(frozen=True, slots=True)
class Choices:
    """One of ``keys``; they may be several characters long (``00``)."""

    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Digits:
    """``least`` to ``most`` digits, ended by the terminator or a pause.

    With ``separator`` a ``*`` divides parts (``3*2*602``); otherwise ``*`` starts the entry over.
    """

    least: int
    most: int
    terminator: str = "#"
    separator: bool = False
    full: bool = False
    """Complete as soon as there are ``most`` digits, although fewer may do."""


Pad = Choices | Digits


def judge(pad: Pad, typed: str, *, ended: bool = False) -> Verdict:
    """Say whether the keys ``typed`` so far are complete, need more or cannot be right."""
    if len(typed) > LONGEST_ENTRY:
        return Verdict.WRONG
    if isinstance(pad, Choices):
        return _judge_choice(pad.keys, typed, ended)
    return _judge_digits(pad, typed, ended)


def entry(pad: Pad, typed: str) -> str:
    """Return what was entered, without terminator and without what ``*`` took back."""
    if isinstance(pad, Choices):
        return typed if typed in pad.keys else typed.removesuffix("#")
    body = typed.split(pad.terminator, 1)[0] if pad.terminator else typed
    return body if pad.separator else body.rpartition("*")[2]


def by_length(pad: Pad, typed: str) -> bool:
    """True when an entry was complete by its length: a terminator may still follow from habit."""
    return isinstance(pad, Digits) and bool(pad.terminator) and pad.terminator not in typed


def longer(keys: Collection[str], typed: str) -> bool:
    """True when some key is ``typed`` and more."""
    return any(key != typed and key.startswith(typed) for key in keys)


def _judge_choice(keys: frozenset[str], typed: str, ended: bool) -> Verdict:
    if typed in keys:
        return Verdict.DONE if ended or not longer(keys, typed) else Verdict.MORE
    if longer(keys, typed) and not ended:
        return Verdict.MORE
    # "0#": the hash only says "that was all"
    return Verdict.DONE if typed.endswith("#") and typed[:-1] in keys else Verdict.WRONG


def _judge_digits(pad: Digits, typed: str, ended: bool) -> Verdict:
    body = entry(pad, typed)
    finished = ended or bool(pad.terminator and pad.terminator in typed)
    fits = pad.least <= len(body) <= pad.most and all(key in "0123456789*" for key in body)
    if finished:
        return Verdict.DONE if fits else Verdict.WRONG
    # a fixed length needs no terminator; a longer entry waits for its end before it is judged
    ends = pad.full or pad.least == pad.most
    return Verdict.DONE if fits and ends and len(body) == pad.most else Verdict.MORE
