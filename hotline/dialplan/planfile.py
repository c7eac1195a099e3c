"""``config/dialplan.yaml`` as it is written, and as the plan it makes."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hotline.call.ports.outside import OutsideCategory as Category
from hotline.dialplan.patterns import Pattern, parse
from hotline.dialplan.plan import Members, NumberRule, Plan, Rewrite, ServiceClass, Trunk, Waiting

EVERYBODY = "all"
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
AreaCode = Annotated[str, Field(pattern=r"^(0?[1-9]\d{1,3})?$")]
Minutes = Annotated[float, Field(gt=0, le=24 * 60)]
CATEGORIES = tuple(category.value for category in Category)


def _text(value: object) -> object:
    """Numbers are text: ``- 110`` is a number to YAML and a telephone number to everybody else."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _readable(text: str) -> str:
    parse(text)
    return text


def _category(word: str) -> Category:
    if word not in CATEGORIES:
        raise ValueError(f'no category "{word}" (there are: {", ".join(CATEGORIES)})')
    return Category(word)


def _all_or_list(value: object) -> object:
    return [] if value == EVERYBODY else value


Digits = Annotated[str, BeforeValidator(_text)]
Numbers = Annotated[Digits, AfterValidator(_readable)]
AnyCategory = Annotated[Category, BeforeValidator(lambda word: _category(str(word)))]
AllOrSome = Annotated[tuple[Numbers, ...], BeforeValidator(_all_or_list)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NumbersIn(_Section):
    """Numbers of one kind."""

    name: Name
    category: AnyCategory
    numbers: Annotated[tuple[Numbers, ...], Field(min_length=1)]
    always: bool = False
    free: bool = False


class RewriteIn(_Section):
    """How a line wants numbers sent."""

    numbers: Annotated[tuple[Numbers, ...], Field(min_length=1)]
    strip: int = Field(0, ge=0, le=20)
    add: Annotated[Digits, Field(pattern=r"^[0-9+*#]*$")] = ""


class TrunkIn(_Section):
    """A way out."""

    name: Name
    account: str = ""
    carries: tuple[AnyCategory, ...] = ()
    estates: tuple[str, ...] = ()
    caller_id: Digits = ""
    caller_name: str = ""
    lines: int | None = Field(None, ge=1, le=250)
    ring: float = Field(45, ge=5, le=180)
    rewrite: tuple[RewriteIn, ...] = ()


class ClassIn(_Section):
    """What telephones of a class may dial. Minutes and seconds."""

    may: tuple[AnyCategory, ...] = ()
    approval: tuple[AnyCategory, ...] = ()
    approves: tuple[AnyCategory, ...] = ()
    longest: Minutes | None = None
    """Minutes."""
    warn: float = Field(60, ge=5, le=600)
    """Seconds before the end."""
    tell_cost: bool = True

    @model_validator(mode="after")
    def _warned_in_time(self) -> Self:
        if self.longest is not None and self.warn >= self.longest * 60:
            raise ValueError("warn must be shorter than longest, or nobody could be warned")
        return self


class MembersIn(_Section):
    """Who is of a class."""

    service_class: str = Field(alias="class")
    rooms: AllOrSome | None = None
    buildings: tuple[Digits, ...] = ()
    extensions: tuple[Numbers, ...] = ()
    operators: AllOrSome | None = None
    estates: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.rooms is None and self.operators is None and not self.extensions:
            raise ValueError("names nobody: write rooms, extensions or operators")
        return self


class BookingsIn(_Section):
    """How booked calls are placed."""

    ring: float = Field(30, ge=5, le=120)
    """Seconds the guest's telephone rings."""
    pause: float = Field(60, ge=5, le=3600)
    """Seconds between two tries to reach the guest."""
    attempts: int = Field(3, ge=1, le=20)
    hours: float = Field(12, gt=0, le=168)
    flow: str = Field("booking", pattern=r"^[a-z][a-z0-9_]*$")


class PlanFile(_Section):
    """All of the file."""

    area_code: Annotated[Digits, AreaCode] = ""
    area_codes: dict[str, Annotated[Digits, AreaCode]] = {}
    prefixes: tuple[Annotated[Digits, Field(pattern=r"^\d{1,3}$")], ...] = ()
    inside: tuple[str, ...] = ()
    numbers: tuple[NumbersIn, ...] = ()
    trunks: tuple[TrunkIn, ...] = ()
    classes: dict[Name, ClassIn] = {}
    members: tuple[MembersIn, ...] = ()
    default_class: str = "barred"
    bookings: BookingsIn = BookingsIn()

    def plan(self, *, area_code: str = "") -> Plan:
        """Return the plan; ``area_code`` where the file has none. Names of classes must hold."""
        return Plan(
            rules=tuple(
                NumberRule(
                    name=rule.name, category=rule.category, patterns=parsed(rule.numbers),
                    always=rule.always, free=rule.free,
                )
                for rule in self.numbers
            ),
            trunks=tuple(map(_trunk, self.trunks)),
            classes={name: _class(name, given) for name, given in self.classes.items()},
            members=tuple(map(_members, self.members)),
            default_class=self.default_class,
            prefixes=self.prefixes,
            area_code=self.area_code or area_code,
            area_codes=self.area_codes,
            inside=frozenset(self.inside),
            waiting=Waiting(**self.bookings.model_dump()),
        )  # fmt: skip


def parsed(texts: tuple[str, ...]) -> tuple[Pattern, ...]:
    """Return the patterns of a list; each holds."""
    return tuple(pattern for text in texts for pattern in parse(text))


def _trunk(given: TrunkIn) -> Trunk:
    return Trunk(
        name=given.name,
        account=given.account,
        categories=frozenset(given.carries),
        estates=frozenset(given.estates),
        caller_id=given.caller_id,
        caller_name=given.caller_name,
        lines=given.lines,
        ring=given.ring,
        rewrites=tuple(Rewrite(patterns=parsed(r.numbers), strip=r.strip, add=r.add) for r in given.rewrite),
    )


def _class(name: str, given: ClassIn) -> ServiceClass:
    return ServiceClass(
        name=name,
        may=frozenset(given.may),
        approval=frozenset(given.approval),
        approves=frozenset(given.approves),
        longest=None if given.longest is None else given.longest * 60,
        warn=given.warn,
        tells_cost=given.tell_cost,
    )


def _members(given: MembersIn) -> Members:
    return Members(
        service_class=given.service_class,
        rooms=None if given.rooms is None else parsed(given.rooms),
        buildings=frozenset(given.buildings),
        extensions=parsed(given.extensions),
        operators=None if given.operators is None else parsed(given.operators),
        estates=frozenset(given.estates),
    )
