"""What recognisers write, brought to one form before anything is looked for in it."""

from __future__ import annotations

import re
import unicodedata

_TRADITIONAL = str.maketrans(
    "號樓棟單兩點時鐘電報訴費總經熱線緊況沒謝請說對錯轉層門開關壞燈氣車進業務間後個來為嗎還會聽煙災"
    "盜搶傷員維護諮詢錄話語廳廚陽臺頂邊漲壓動鎖處這裡裏應該東幾麼條總給過認確點淩億萬",
    "号楼栋单两点时钟电报诉费总经热线紧况没谢请说对错转层门开关坏灯气车进业务间后个来为吗还会听烟灾"
    "盗抢伤员维护咨询录话语厅厨阳台顶边涨压动锁处这里里应该东几么条总给过认确点凌亿万",
)
"""Whisper writes Mandarin in either script; only words this trade looks for are covered."""

_BREAK = re.compile(r"[^\w\s一-鿿#*+:.\-/']+")
_NOT_IN_NUMBER = re.compile(r"(?<!\d)[.:/]|[.:/](?!\d)")
_SPACES = re.compile(r"\s+")
_AROUND_COMMA = re.compile(r"\s*,[\s,]*")


def clean(text: str, language: str) -> str:
    """Return ``text`` with half-width, lower-case, simplified characters.

    Punctuation becomes one comma, because it separates numbers that must not run together
    (“602，3个灯”). Mandarin loses its spaces (recognisers put one between all words), English
    keeps single ones. Colons, points and hyphens inside numbers stay.
    """
    text = unicodedata.normalize("NFKC", text).lower().translate(_TRADITIONAL)
    text = text.replace("—", "-").replace("–", "-").replace("\u2019", "'")
    text = _NOT_IN_NUMBER.sub(",", _BREAK.sub(",", text))
    text = _SPACES.sub("" if language == "zh" else " ", text)
    return _AROUND_COMMA.sub("," if language == "zh" else ", ", text).strip(", ")
