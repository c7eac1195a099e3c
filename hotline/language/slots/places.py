"""Building, unit and room out of what somebody says.

Works on text whose numerals are digits already (:func:`hotline.language.numerals.to_digits`).
"""

from __future__ import annotations

import re

from hotline.call.ports import Place
from hotline.language.numerals import to_digits
from hotline.language.sounds import sound

_NAME = r"(?:\d{1,3}[a-z]?|[a-z]\d{0,2})"
"""A building's name: 3, 12, a, 3a, b2."""
_ROOM = r"(?:[a-z]?\d{2,5}[a-z]?|[a-z]\d)"
_ANY_ROOM = r"(?:[a-z]?\d{3,5}[a-z]?|[a-z]?\d{1,2}[a-z]?(?![\d层楼个台部盏块条扇处次点天月]|号楼)|[a-z])"
"""A room of one or two digits only where it is no floor and nothing counted (“三号楼二楼漏水”)."""
_NOT_DIGIT = r"(?!\d)"
_NOT_WORD = r"(?<![a-z\d])"
_LEVEL = r"(?:,?(?:第?\d{1,2}(?:层|楼),?))?"
"""“A座12层1203”: the floor is in the room number already."""
_LINK = r",?的?第?"

_BUILDING = r"(?:号楼|号栋|栋楼|楼栋|栋|座|幢|#楼?|号院)"
_ROOM_AFTER = rf"{_LEVEL}{_LINK}(?P<room>{_ANY_ROOM}){_NOT_DIGIT}(?:号房|房间|室|房|号|户)?"
_UNIT = rf"{_LINK}(?P<unit>{_NAME})(?:个?单元|号门|门(?!锁|禁|口))"
_DASH = r"(?:短?横杠?|杠|之|[-/])"

_CHINESE = (
    # 三号楼二单元六零二, 三栋二单元的六零二室, 三号二单元六零二, 三楼二单元六零二
    rf"{_NOT_WORD}(?P<building>{_NAME})(?:{_BUILDING}|号|楼){_UNIT}(?:{_ROOM_AFTER})?",
    # 三号楼六零二, A座1203
    rf"{_NOT_WORD}(?P<building>{_NAME}){_BUILDING}{_ROOM_AFTER}",
    # 三杠二杠六零二, 3-2-602, 3号楼-2-602
    rf"{_NOT_WORD}(?P<building>{_NAME})(?:{_BUILDING}|号)?{_DASH}(?P<unit>{_NAME})(?:单元)?{_DASH}"
    rf"(?P<room>{_ANY_ROOM}){_NOT_DIGIT}",
    rf"{_NOT_WORD}(?P<building>{_NAME})(?:{_BUILDING}|号)?{_DASH}(?P<room>{_ROOM}){_NOT_DIGIT}",
    # 3,2,602: three numbers with a pause between them
    rf"{_NOT_WORD}(?P<building>{_NAME}),(?P<unit>\d{{1,2}}),(?P<room>\d{{3,4}}){_NOT_DIGIT}",
    # 三号六零二室 (a lane's house number), 三楼的六零二
    rf"{_NOT_WORD}(?P<building>\d{{1,3}})号,?(?P<room>\d{{3,4}}[a-z]?){_NOT_DIGIT}",
    # 二单元六零二: the building is not said
    rf"{_NOT_WORD}{_UNIT}{_ROOM_AFTER}",
    # 六零二室, 房间八二零六
    rf"{_NOT_WORD}(?P<room>{_ROOM})(?:号房|房间|室|房|号(?!楼|栋|线|码|键))",
    rf"(?:房间号?|房号|房)(?:码)?(?:就?是)?,?(?P<room>{_ROOM}){_NOT_DIGIT}",
    # 三号楼, 三栋: the room is not said
    rf"{_NOT_WORD}(?P<building>{_NAME})(?:号楼|栋|座(?!位)|幢)",
    # 我住六零二, 六零二: nothing but a room number
    r"^(?:[^\d,]{0,6}(?:住|是|在))?,?(?P<room>\d{3,4}[a-z]?)(?![块元年月分度号])(?:[^\d]*)$",
)
_ENGLISH_LINK = r"(?:,| |-)*(?:number |no\.? ?)?"
_E_BUILDING = rf"\b(?:building|block|tower)\b{_ENGLISH_LINK}(?P<building>{_NAME})\b"
_E_UNIT = rf"(?:\bunit\b|\bentrance\b){_ENGLISH_LINK}(?P<unit>{_NAME})\b"
_E_ROOM = rf"(?:\b(?:room|apartment|apt|flat|suite)\b\.?)?{_ENGLISH_LINK}(?P<room>{_ANY_ROOM})\b"
_E_RUN = r"(?P<unit>\d)(?P<room>\d{3,4})\b"
"""“unit two six oh two” is one run of digits once its words are."""
_ENGLISH = (
    rf"{_E_BUILDING}[, ]*{_E_UNIT}(?:[, ]*{_E_ROOM})?",
    rf"{_E_BUILDING}[, ]*unit {_E_RUN}",
    rf"{_E_BUILDING}[, ]*{_E_ROOM}",
    rf"{_NOT_WORD}(?P<building>{_NAME}) ?(?:-|dash) ?(?P<unit>{_NAME}) ?(?:-|dash) ?(?P<room>{_ANY_ROOM})\b",
    rf"{_NOT_WORD}(?P<building>{_NAME}) ?(?:-|dash) ?(?P<room>{_ROOM})\b",
    rf"{_NOT_WORD}(?P<building>{_NAME}), (?P<unit>\d{{1,2}}), (?P<room>\d{{3,4}})\b",
    rf"{_E_UNIT}[, ]*{_E_ROOM}",
    rf"\bunit {_E_RUN}",
    rf"\b(?:room|apartment|apt|flat|suite)\b\.?{_ENGLISH_LINK}(?P<room>{_ANY_ROOM})\b",
    _E_BUILDING,
    r"^(?:[a-z' ]{0,12}\b(?:is|in|at)\b )?(?P<room>\d{3,4}[a-z]?)$",
)
_PATTERNS = {
    "zh": tuple(re.compile(pattern) for pattern in _CHINESE),
    "en": tuple(re.compile(pattern) for pattern in _ENGLISH),
}
_LETTER_SPACED = re.compile(r"(?<=\d) (?=[a-z]\b)|(?<=\b[a-z]) (?=\d)")

_AFTER_NUMBER = re.compile(r"(?<=[\da-z])[一-鿿]{1,2}(?=[\d,]|第)")
_AS_HEARD = {"hao lou": "号楼", "dan yuan": "单元", "dong": "栋", "zhuang": "幢"}
"""Recognisers without a grammar write “七洞二单源”: right by ear, between numbers."""


def place(text: str, language: str) -> Place | None:
    """Return the place said in ``text``; parts not said are empty; ``None`` when there is none.

    Understands 号楼/栋/座/幢/号/#, 单元, 室/房/号, digits joined by 杠 or “-”, rooms digit by digit
    (六零二, 幺二零四) or as numbers (六百零二), buildings with a letter, buildings without units,
    and the English words. The form that says most wins, then the one that comes first.
    """
    plain = to_digits(text, language)
    plain = _LETTER_SPACED.sub("", plain) if language == "en" else _AFTER_NUMBER.sub(_as_heard, plain)
    for pattern in _PATTERNS[language]:
        found = pattern.search(plain)
        if found is not None:
            parts = found.groupdict()
            return Place(*((parts.get(name) or "").upper() for name in ("building", "unit", "room")))
    return None


def _as_heard(found: re.Match[str]) -> str:
    return _AS_HEARD.get(" ".join(sound(found[0], "zh", exact=True)), found[0])
