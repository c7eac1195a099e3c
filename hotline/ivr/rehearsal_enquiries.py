"""A small directory and a desk for messages in memory: scenarios and the simulator run on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault, MessageRefused
from hotline.call.ports.enquiries import Listing, TimeThere
from hotline.call.ports.messages import MessageSummary, NewMessage

NOBODY = "999"
"""A staff number nobody has."""
_LISTINGS = {
    "police": Listing(
        id="police", number="110", told="110", kind="emergency", names={"zh": "报警", "en": "Police"},
        prompt="dir_police", code="91",
    ),
    "desk": Listing(
        id="desk", number="8001", told="8001", kind="department", names={"zh": "前台", "en": "Front desk"},
        connect=True, code="21",
    ),
}  # fmt: skip
_CITIES = {
    "london": ("Europe/London", {"zh": "伦敦", "en": "London"}),
    "tokyo": ("Asia/Tokyo", {"zh": "东京", "en": "Tokyo"}),
}


class RehearsalEnquiries:
    """The police, whose number is told, and the front desk, which is connected; two cities."""

    def phrases(self, estate: str, language: str) -> Mapping[str, str]:
        """What may be said."""
        return {one.names[language]: name for name, one in _LISTINGS.items()}

    def codes(self, estate: str) -> Mapping[str, str]:
        """What may be keyed."""
        return {one.code: name for name, one in _LISTINGS.items()}

    def listing(self, estate: str, entry: str, *, at: datetime) -> Listing | None:
        """Return one of them."""
        return _LISTINGS.get(entry)

    def cities(self, language: str) -> Mapping[str, str]:
        """Whose time is known."""
        return {names[language]: city for city, (_, names) in _CITIES.items()}

    def city_codes(self) -> Mapping[str, str]:
        """What may be keyed."""
        return {"44": "london", "81": "tokyo"}

    def time_in(self, estate: str, city: str, *, at: datetime) -> TimeThere | None:
        """Return the time there; how far ahead it is is not said."""
        if city not in _CITIES:
            return None
        zone, names = _CITIES[city]
        local = at.astimezone(ZoneInfo(zone))
        return TimeThere(id=city, names=names, prompt=f"city_{city}", at=local, ahead=0.0)


class RehearsalMessages:
    """Takes every message but one for nobody."""

    def __init__(self, clock: Clock, *, working: bool = True) -> None:
        """``working``: the database can be written."""
        self._clock = clock
        self._working = working
        self.taken: list[NewMessage] = []

    async def take(self, new: NewMessage) -> MessageSummary:
        """Keep it."""
        if not self._working:
            raise EnvironmentFault("the database cannot be written")
        if new.staff == NOBODY:
            raise MessageRefused("nobody has that number", code="message-nobody")
        self.taken.append(new)
        number = str(len(self.taken))
        return MessageSummary(number=number, state="waiting", deliver_at=self._clock.now())
