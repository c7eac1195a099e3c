"""``config/tariffs.yaml`` as it is written, and as the tariffs it makes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from hotline.dialplan.planfile import AnyCategory, Digits, Name
from hotline.dialplan.tariff import DAY, Band, Days, Surcharge, Tariff, Tariffs, Unit

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_UNTIL_MIDNIGHT = "24:00"
Money = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=4)]


def _plain(value: object) -> object:
    """YAML reads 0.1 as a float; what was written is 0.1, not the nearest fraction of two."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _minutes(text: str) -> str:
    found = _TIME.fullmatch(text)
    if found is None or (found[1] == "24" and text != _UNTIL_MIDNIGHT):
        raise ValueError(f'"{text}" is no time of day: write "07:00", or "24:00" for midnight')
    return text


Price = Annotated[Money, BeforeValidator(_plain)]
TimeOfDay = Annotated[str, AfterValidator(_minutes)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class UnitIn(_Section):
    """So many begun seconds at a price."""

    seconds: int = Field(ge=1, le=3600)
    price: Price


class BandIn(_Section):
    """Prices of certain hours."""

    days: Days = Days.EVERY_DAY
    begin: TimeOfDay = Field("00:00", alias="from")
    end: TimeOfDay = Field(_UNTIL_MIDNIGHT, alias="to")
    first: UnitIn
    next: UnitIn | None = None
    """Like the first when left out."""


class TariffIn(_Section):
    """Prices of a kind of call."""

    name: Name
    categories: Annotated[tuple[AnyCategory, ...], Field(min_length=1)]
    prefixes: tuple[Annotated[Digits, Field(pattern=r"^\d{1,12}$")], ...] = ()
    connection: Price = Decimal(0)
    minimum: Price = Decimal(0)
    bands: Annotated[tuple[BandIn, ...], Field(min_length=1)]


class SurchargeIn(_Section):
    """What the house adds."""

    percent: Annotated[Decimal, Field(ge=0, le=500), BeforeValidator(_plain)] = Decimal(0)
    fixed: Price = Decimal(0)


class TariffFile(_Section):
    """All of the file."""

    currency: str = Field("CNY", pattern=r"^[A-Z]{3}$")
    tariffs: tuple[TariffIn, ...] = ()
    surcharges: dict[str, SurchargeIn] = {}

    def made(self) -> Tariffs:
        """Return the tariffs."""
        return Tariffs(
            tariffs=tuple(map(_tariff, self.tariffs)),
            surcharges={
                name: Surcharge(percent=one.percent, fixed=one.fixed) for name, one in self.surcharges.items()
            },
            currency=self.currency,
        )


def _tariff(given: TariffIn) -> Tariff:
    return Tariff(
        name=given.name,
        categories=frozenset(given.categories),
        prefixes=given.prefixes,
        bands=tuple(map(_band, given.bands)),
        connection=given.connection,
        minimum=given.minimum,
    )


def _band(given: BandIn) -> Band:
    first = Unit(given.first.seconds, given.first.price)
    after = first if given.next is None else Unit(given.next.seconds, given.next.price)
    return Band(first=first, next=after, days=given.days, begin=_of_day(given.begin), end=_of_day(given.end))


def _of_day(text: str) -> int:
    hours, minutes = text.split(":")
    return min(int(hours) * 60 + int(minutes), DAY)
