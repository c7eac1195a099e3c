"""Who is asked about, in whose name, and what was done. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.call.errors import HotlineError


class ReasonMissing(HotlineError):
    """Nobody said how the person asked, and how it was made sure who they are."""

    code = "privacy-reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is asked about, as people write it: a number, or a room and a name."""

    estate: str
    number: str = ""
    room: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """In whose name it is done, and why."""

    id: str
    """As the audit knows them: ``user:wang``; empty for an account of the machine."""
    who: str
    reason: str = ""

    def must_say_why(self) -> None:
        """Raise :class:`ReasonMissing` without a reason: the book of requests keeps it."""
        if not self.reason.strip():
            raise ReasonMissing(
                "Say how the person asked and how you made sure who they are: the book of requests keeps it."
            )


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted, and codes of why something stays (:mod:`hotline.privacy.reasons`)."""

    request: int
    counts: dict[str, int]
    stays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written into a ZIP."""

    request: int
    counts: dict[str, int]
