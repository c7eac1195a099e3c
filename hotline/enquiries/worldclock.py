"""What time it is elsewhere: cities and countries guests ask about (DOMAIN 6). Pure; time is passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class City:
    """A place with a time of its own."""

    zone: str
    """IANA name."""
    zh: tuple[str, ...]
    """The first is its name, the others are understood as well."""
    en: tuple[str, ...]
    code: str
    """Keys that mean it: the country's code (ITU-T E.164), with the area code where it has several times."""

    def names(self, language: str) -> tuple[str, ...]:
        """Everything it is called in a language."""
        return self.en if language == "en" else self.zh


CITIES: Mapping[str, City] = {
    "beijing": City("Asia/Shanghai", ("北京", "中国"), ("Beijing", "China"), "86"),
    "hongkong": City("Asia/Hong_Kong", ("香港",), ("Hong Kong",), "852"),
    "taipei": City("Asia/Taipei", ("台北",), ("Taipei",), "886"),
    "tokyo": City("Asia/Tokyo", ("东京", "日本"), ("Tokyo", "Japan"), "81"),
    "seoul": City("Asia/Seoul", ("首尔", "韩国"), ("Seoul", "Korea"), "82"),
    "singapore": City("Asia/Singapore", ("新加坡",), ("Singapore",), "65"),
    "bangkok": City("Asia/Bangkok", ("曼谷", "泰国"), ("Bangkok", "Thailand"), "66"),
    "jakarta": City("Asia/Jakarta", ("雅加达", "印尼", "印度尼西亚"), ("Jakarta", "Indonesia"), "62"),
    "kualalumpur": City("Asia/Kuala_Lumpur", ("吉隆坡", "马来西亚"), ("Kuala Lumpur", "Malaysia"), "60"),
    "manila": City("Asia/Manila", ("马尼拉", "菲律宾"), ("Manila", "Philippines"), "63"),
    "hanoi": City("Asia/Ho_Chi_Minh", ("河内", "越南"), ("Hanoi", "Vietnam"), "84"),
    "delhi": City("Asia/Kolkata", ("新德里", "印度"), ("Delhi", "India"), "91"),
    "dubai": City("Asia/Dubai", ("迪拜", "阿联酋"), ("Dubai", "Emirates"), "971"),
    "moscow": City("Europe/Moscow", ("莫斯科", "俄罗斯"), ("Moscow", "Russia"), "7"),
    "istanbul": City("Europe/Istanbul", ("伊斯坦布尔", "土耳其"), ("Istanbul", "Turkey"), "90"),
    "cairo": City("Africa/Cairo", ("开罗", "埃及"), ("Cairo", "Egypt"), "20"),
    "johannesburg": City(
        "Africa/Johannesburg", ("约翰内斯堡", "南非"), ("Johannesburg", "South Africa"), "27"
    ),
    "london": City("Europe/London", ("伦敦", "英国"), ("London", "England", "Britain"), "44"),
    "paris": City("Europe/Paris", ("巴黎", "法国"), ("Paris", "France"), "33"),
    "berlin": City("Europe/Berlin", ("柏林", "德国"), ("Berlin", "Germany"), "49"),
    "rome": City("Europe/Rome", ("罗马", "意大利"), ("Rome", "Italy"), "39"),
    "madrid": City("Europe/Madrid", ("马德里", "西班牙"), ("Madrid", "Spain"), "34"),
    "newyork": City("America/New_York", ("纽约", "华盛顿", "美国东部"), ("New York", "Washington"), "1212"),
    "chicago": City("America/Chicago", ("芝加哥",), ("Chicago",), "1312"),
    "losangeles": City(
        "America/Los_Angeles",
        ("洛杉矶", "旧金山", "美国西部"),
        ("Los Angeles", "San Francisco", "California"),
        "1213",
    ),
    "toronto": City("America/Toronto", ("多伦多",), ("Toronto",), "1416"),
    "vancouver": City("America/Vancouver", ("温哥华",), ("Vancouver",), "1604"),
    "saopaulo": City("America/Sao_Paulo", ("圣保罗", "巴西"), ("Sao Paulo", "Brazil"), "55"),
    "sydney": City("Australia/Sydney", ("悉尼", "澳大利亚"), ("Sydney", "Australia"), "61"),
    "auckland": City("Pacific/Auckland", ("奥克兰", "新西兰"), ("Auckland", "New Zealand"), "64"),
}
"""Countries with several times go by their best known cities; America alone is nobody's answer."""


def lookup(wanted: str) -> str | None:
    """Return the id of a city or country named in any language, or by its id."""
    plain = wanted.strip().casefold()
    for city, one in CITIES.items():
        if plain == city or any(plain == name.casefold() for name in (*one.zh, *one.en)):
            return city
    return None


def phrases(language: str) -> dict[str, str]:
    """Return everything that may be said, and the city it means."""
    return {name: city for city, one in CITIES.items() for name in one.names(language)}


def codes() -> dict[str, str]:
    """Return what may be keyed, and the city it means; no code begins with another."""
    return {one.code: city for city, one in CITIES.items()}


def local(city: str, at: datetime) -> datetime:
    """Return the local time of a city; raises :class:`KeyError` for one that is not known."""
    return at.astimezone(ZoneInfo(CITIES[city].zone))


def ahead(city: str, home: ZoneInfo, at: datetime) -> float:
    """Return how many hours the city is ahead of ``home`` at that instant (daylight saving counted)."""
    there, here = local(city, at).utcoffset(), at.astimezone(home).utcoffset()
    assert there is not None and here is not None
    return (there - here).total_seconds() / 3600
