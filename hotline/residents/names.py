"""Names of buildings, units and rooms as lists and people write them, in one plain form. Pure."""

from __future__ import annotations

import re
import unicodedata

from hotline.call.ports import Place
from hotline.language.numerals import to_digits
from hotline.language.slots.places import place as place_said

_BUILDING_WORDS = re.compile(
    r"^(?:第|building|block|tower)|(?:号楼|号栋|号院|栋楼|楼栋|栋|座|幢|#楼|#|号|楼)$", re.I
)
_UNIT_WORDS = re.compile(r"^(?:第|unit|entrance)|(?:个?单元|号门|门|#)$", re.I)
_ROOM_WORDS = re.compile(r"^(?:room|apartment|apt|flat)|(?:号房|房间|室|房|号|户|#)$", re.I)


def building(text: str) -> str:
    """``三号楼``, ``03栋``, ``Building 3`` → ``3``; ``a座`` → ``A``."""
    return _without_zeros(_plain(text, _BUILDING_WORDS))


def unit(text: str) -> str:
    """``2单元``, ``二单元``, ``02`` → ``2``."""
    return _without_zeros(_plain(text, _UNIT_WORDS))


def room(text: str) -> str:
    """``602室``, ``六零二``, ``602.0`` (a sheet's number) → ``602``. A leading zero belongs to it."""
    return _plain(text, _ROOM_WORDS)


def whole(text: str) -> Place | None:
    """Return the place when ``text`` names building and room together (``3-2-602``), else ``None``."""
    found = place_said(unicodedata.normalize("NFKC", text).strip(), "zh")
    return found if found is not None and found.building and found.room else None


def room_key(name: str) -> str:
    """Return what two spellings of one room share: callers leave a leading zero out."""
    return name.upper().lstrip("0")


def _plain(text: str, words: re.Pattern[str]) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"\d+\.0", plain):
        plain = plain[:-2]
    plain = to_digits(words.sub("", plain).strip(), "zh")
    return re.sub(r"\s+", " ", plain).strip().upper()


def _without_zeros(name: str) -> str:
    return name.lstrip("0") or name if name.isdigit() else name


def in_order(name: str) -> tuple[tuple[int, str], ...]:
    """Sort key: ``2`` before ``10``, numbers before letters."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((int(part), "") if part.isdigit() else (1 << 30, part) for part in parts)
