"""What an operator's keys mean on a plain telephone without a screen. Pure; time is passed in.

``*1`` holds and resumes, ``*2 NUMBER #`` consults, and so on; the codes are configuration. Keys that are no
code are *not* passed on to the caller: what an operator types by mistake, or half of a code, would sound in
the caller's ear and could be taken for the caller's own keys by whatever listens there (an answering
machine, a menu they come from). Only where an operator has dialled out themselves do they reach the far end
(:mod:`hotline.operators.outcall`): a bank's or hospital's menu wants them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline.call.errors import HotlineError

TOGGLE = "toggle"
"""Hold, or resume when on hold."""
SURVEY = "survey"
"""Send to the survey's step."""
WITH_NUMBER = frozenset({"consult", "blind"})
"""A number follows the code, ended by ``#``."""
ACTIONS = frozenset({TOGGLE, "complete", "cancel", "conference", "park", SURVEY, "drop"}) | WITH_NUMBER
DEFAULT_CODES: Mapping[str, str] = {
    "*1": TOGGLE,
    "*2": "consult",
    "*3": "complete",
    "*4": "cancel",
    "*5": "blind",
    "*6": "conference",
    "*7": "park",
    "*8": SURVEY,
    "*0": "drop",
}
BETWEEN_KEYS = 8.0
"""Seconds after which a code that was begun is forgotten."""
_LONGEST_NUMBER = 20
_KEYS = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True)
class Keyed:
    """A whole code was typed."""

    action: str
    number: str = ""
    """What followed it; personal data."""


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Keys that belong to no code; heard by nobody except on an outgoing call."""

    keys: str


def problems(codes: Mapping[str, str]) -> list[str]:
    """Return what is wrong with configured codes, one sentence each."""
    found = []
    for code, action in codes.items():
        if len(code) < 2 or code[0] not in "*#" or not set(code) <= _KEYS or "#" in code[1:]:
            found.append(f"“{code}” is no code: * or #, then at least one digit, for instance *1.")
        if action not in ACTIONS:
            found.append(f"“{code}”: there is no action “{action}”; there are {', '.join(sorted(ACTIONS))}.")
        longer = [other for other in codes if other != code and other.startswith(code)]
        found.extend(
            f"“{code}” hides “{other}”: no code may begin with another; change one." for other in longer
        )
    return found


@dataclass(slots=True)
class FeatureCodes:
    """Collects keys to codes; one an operator.

    Raises :class:`~hotline.call.errors.HotlineError` (``feature-codes``) when the codes do not hold.
    """

    codes: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_CODES))
    _typed: str = ""
    _code: str = ""
    _last: float = float("-inf")

    def __post_init__(self) -> None:
        if found := problems(self.codes):
            raise HotlineError("\n".join(found), code="feature-codes")

    def press(self, key: str, now: float) -> Keyed | PassedOn | None:
        """Take one key at ``now`` (monotonic seconds); ``None`` while a code is not whole."""
        if now - self._last > BETWEEN_KEYS:
            self.forget()
        self._last = now
        if self._code:
            return self._number(key)
        return self._begin(key)

    def forget(self) -> None:
        """Begin anew."""
        self._typed = self._code = ""

    def _begin(self, key: str) -> Keyed | PassedOn | None:
        typed = self._typed + key
        action = self.codes.get(typed)
        if action in WITH_NUMBER:
            self._typed, self._code = "", typed
            return None
        if action is not None:
            self.forget()
            return Keyed(action)
        if any(code.startswith(typed) for code in self.codes):
            self._typed = typed
            return None
        self.forget()
        if len(typed) > 1 and any(code.startswith(key) for code in self.codes):
            self._typed = key  # “**1”: the last star begins the code
            return PassedOn(typed[:-1])
        return PassedOn(typed)

    def _number(self, key: str) -> Keyed | None:
        if key == "#":
            code, number = self._code, self._typed
            self.forget()
            return Keyed(self.codes[code], number)
        if key == "*":
            # a new code begins: the number was a mistake
            self.forget()
            self._typed = key
        elif len(self._typed) < _LONGEST_NUMBER:
            self._typed += key
        return None
