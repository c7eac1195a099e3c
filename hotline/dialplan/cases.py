"""``config/dialplan.tests.yaml``: what the plan must say, as whoever wrote it meant it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hotline.call.errors import Problem
from hotline.call.ports.paper import Place
from hotline.dialplan.classes import Decision, Dialler, decide
from hotline.dialplan.plan import Plan, whole_number
from hotline.dialplan.planfile import AnyCategory, Digits
from hotline.dialplan.tariff import Tariff, Tariffs
from hotline.yamlsource import Document


class Case(BaseModel):
    """One number from one telephone, and what comes of it. What is left out is not compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Digits
    room: Digits = ""
    building: Digits = ""
    extension: Annotated[Digits, Field(alias="from")] = ""
    operator: Digits = ""
    estate: str = ""
    category: AnyCategory | None = None
    service_class: str | None = Field(None, alias="class")
    allowed: Literal["yes", "no", "approval"] | bool | None = None
    code: str | None = None
    rule: str | None = None
    trunk: str | None = None
    sends: Annotated[Digits, Field()] | None = None
    tariff: str | None = None

    @property
    def dialler(self) -> Dialler:
        """Who dials."""
        place = Place(building=self.building, room=self.room)
        return Dialler(extension=self.extension, room=place, in_list=bool(self.room), operator=self.operator)


class CaseFile(BaseModel):
    """All of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[Case, ...] = ()


def differences(
    written: CaseFile, document: Document, plan: Plan, tariffs: Tariffs, estate: str
) -> Iterator[Problem]:
    """Yield every difference between the cases and the plan."""
    for place, case in enumerate(written.cases):
        of = case.estate or estate
        decision = decide(plan, case.dialler, case.number, of)
        tariff = rated(plan, tariffs, decision, of)
        found = {
            "category": decision.category if decision.rule is not None else None,
            "service_class": decision.service_class.name,
            "allowed": _word(decision),
            "code": decision.code,
            "rule": decision.rule.name if decision.rule is not None else "",
            "trunk": decision.trunk.name if decision.trunk is not None else "",
            "sends": decision.sends,
            "tariff": tariff.name if tariff is not None else "",
        }
        for name, value in found.items():
            wanted = getattr(case, name)
            if isinstance(wanted, bool):
                wanted = "yes" if wanted else "no"
            if wanted is not None and wanted != value:
                key = Case.model_fields[name].alias or name
                why = f" ({decision.sentence})" if decision.sentence else ""
                yield document.problem(
                    ("cases", place, key),
                    f"{case.number}: expected {wanted}, the plan says {value or 'nothing'}{why}",
                )


def rated(plan: Plan, tariffs: Tariffs, decision: Decision, estate: str) -> Tariff | None:
    """Return the tariff of a number that may be dialled; ``None`` when it is free or never dialled."""
    if decision.rule is None or decision.rule.free or decision.code:
        return None
    return tariffs.choose(decision.category, whole_number(decision.keys, plan.own_area(estate)))


def _word(decision: Decision) -> str:
    if decision.code:
        return "no"
    return "approval" if decision.needs_approval else "yes"
