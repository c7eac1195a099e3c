"""How much of people's numbers and names a page or answer shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hotline.call.ports import Place
from hotline.language import masking, numbers

_NOBODYS = frozenset({"guest", "hotline", "import", ""})
"""Who is no person."""
ACCOUNT = "user:"
"""Before the name of an account, where histories say who did something."""


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
        return text if self.unmasked else masking.masked(text)

    def place(self, place: Place) -> Place:
        """Return where something is: a room whole, what somebody wrote instead of one as :meth:`text`."""
        return replace(place, note=self.text(place.note))

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
