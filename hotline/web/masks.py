"""How much of people's numbers and names a page or answer shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hotline.language import numbers

_NOBODYS = frozenset({"guest", "hotline", "import", ""})
"""Who is no person."""
ACCOUNT = "user:"
"""Before the name of an account, where histories say who did something."""
_LONG_DIGITS = re.compile(r"\+?\d(?:[ -]?\d){6,}")
_DAY = r"(?:19|20)\d\d{0}(?:0[1-9]|1[0-2]){0}(?:0[1-9]|[12]\d|3[01])"
_NO_NUMBER = re.compile(rf"((?<![\d+-])(?:{_DAY.format('-')}|{_DAY.format('')}\d{{4}})(?!-?\d))")
"""Dates, and numbers of tickets (a day and four digits): neither is how a telephone number is written."""


def _masked(found: re.Match[str]) -> str:
    """Mask what may be a number; spaces in it would count as digits that stay."""
    return numbers.mask(found[0].replace(" ", "").replace("-", ""))


@dataclass(frozen=True, slots=True)
class Masks:
    """Masked unless somebody may see it; extensions are nobody's secret."""

    unmasked: bool = False

    def name(self, name: str) -> str:
        """Return a name: ``张*``; programs (``api:pms``), accounts and the hotline itself whole."""
        if self.unmasked or name in _NOBODYS or name.startswith(("api:", ACCOUNT)):
            return name
        return name[0] + "*"

    def number(self, number: str, raw: str = "") -> str:
        """Return a number: ``138****1111``; ``raw`` when there is no normalised one."""
        text = number or raw
        return text if self.unmasked or ("@" not in text and len(text) <= 6) else self._hidden(number, text)

    def text(self, text: str) -> str:
        """Return what somebody wrote, telephone numbers in it hidden."""
        if self.unmasked:
            return text
        parts = _NO_NUMBER.split(text)  # every other one is a date or a ticket
        parts[::2] = [_LONG_DIGITS.sub(_masked, part) for part in parts[::2]]
        return "".join(parts)

    def words(self, text: str) -> str:
        """Return what somebody said to the hotline; masked, only that there is something is told."""
        return text if self.unmasked or not text else "…"

    def key(self, key: str) -> str:
        """Return a pressed key: several are a PIN or a telephone number."""
        return key if self.unmasked or not key else "•"

    def _hidden(self, number: str, text: str) -> str:
        if "@" not in text:
            return numbers.mask(number) if number else text[:1] + "*"
        scheme, _, rest = text.partition(":")
        user, _, host = rest.partition("@")
        return f"{scheme}:{user[:1]}*@{host}"
