"""Which calls are emergencies by their number alone (lift telephones, DOMAIN section 3)."""

from __future__ import annotations

from collections.abc import Callable

from hotline.language.numbers import normalise
from hotline.settings import Sip


def emergency_numbers(sip: Sip) -> Callable[[str], bool]:
    """Return the test for a raw number against ``sip.emergency_numbers``.

    Numbers are compared normalised; names (``sip:lift2@...``) as they are.
    """

    def plain(raw: str) -> str:
        return normalise(raw, country=sip.country, area_code=sip.area_code) or raw.strip().lower()

    listed = frozenset(plain(number) for number in sip.emergency_numbers)
    return lambda raw: plain(raw) in listed
