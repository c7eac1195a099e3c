"""What time it is elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hotline.enquiries import worldclock

HOME = ZoneInfo("Asia/Shanghai")
WINTER = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "winter", "summer"),
    [
        ("英国", -8, -7),
        ("New York", -13, -12),
        ("东京", 1, 1),
        ("印度", -2.5, -2.5),
        ("北京", 0, 0),
        ("sydney", 3, 2),
    ],
)
def test_the_difference_counts_daylight_saving(asked, winter, summer):
    city = worldclock.lookup(asked)
    assert city is not None
    assert worldclock.ahead(city, HOME, WINTER) == winter
    assert worldclock.ahead(city, HOME, SUMMER) == summer


def test_the_local_time_may_be_another_day():
    assert f"{worldclock.local('newyork', WINTER):%Y-%m-%d %H:%M}" == "2026-01-14 23:00"


def test_a_country_with_several_times_is_nobodys_answer():
    assert worldclock.lookup("美国") is None
    assert worldclock.lookup("美国西部") == "losangeles"


def test_no_name_means_two_cities_and_every_zone_exists():
    for language in ("zh", "en"):
        names = [name.casefold() for city in worldclock.CITIES.values() for name in city.names(language)]
        assert len(names) == len(set(names))
    assert all(ZoneInfo(city.zone) for city in worldclock.CITIES.values())


def test_every_city_can_be_keyed_and_no_code_hides_another():
    codes = list(worldclock.codes())
    assert set(worldclock.codes().values()) == set(worldclock.CITIES)
    assert worldclock.codes()["44"] == "london"
    assert not [code for code in codes for other in codes if code != other and other.startswith(code)]
    assert all(code[0] != "0" for code in codes), "0 is a human, and 00 the emergency"
